//! A diagnosis as it is told to people.

use kheap::attribute::title as part_title;
use kheap::diagnose::{Evidence, Finding, Severity, Unjudged, Verdict};
use kheap::{Diagnosis, series, unit};

/// What is said where nothing is at medium or above.
pub fn verdict(diagnosis: &Diagnosis) -> Option<String> {
    let words = match diagnosis.verdict() {
        Verdict::Findings => return None,
        Verdict::Healthy if grows(diagnosis) => "Nothing is wrong yet, but the heap grows.",
        Verdict::Healthy => "Nothing is wrong.",
        Verdict::Uncertain if diagnosis.is_one_of_several => {
            "Nothing is certainly wrong in the first table; there are more, which are not read."
        }
        Verdict::Uncertain if diagnosis.is_part => {
            "No known problem in the part of the heap that the text holds."
        }
        Verdict::Uncertain => "Nothing is certainly wrong.",
        Verdict::Unexplained if has_small(diagnosis) => "No known signature matches most of it.",
        Verdict::Unexplained => "No known signature matches.",
        Verdict::NotJudged => return Some(unjudged(diagnosis)),
    };
    if diagnosis.verdict() == Verdict::Unexplained
        && diagnosis.visible.is_none()
        && diagnosis.is_unattributed()
    {
        let share = unit::percentage(diagnosis.unattributed, diagnosis.total);
        let share = share.trim();
        return Some(format!(
            "{words} {share} of the heap is in no known part of the program."
        ));
    }
    let visible = diagnosis.visible.filter(|_| diagnosis.is_fragment());
    Some(match (diagnosis.verdict(), visible) {
        (Verdict::Unexplained | Verdict::Uncertain, Some(visible)) => {
            let share = unit::percentage(visible, diagnosis.total);
            let share = share.trim();
            format!("{words} The rows in the text hold only {share} of the heap themselves.")
        }
        _ => words.to_owned(),
    })
}

/// Why nothing is judged.
fn unjudged(diagnosis: &Diagnosis) -> String {
    let words = match diagnosis.unjudged() {
        Some(Unjudged::Foreign(runtime)) => {
            let (profiled, runtime) = (diagnosis.profiled.name(), runtime.name());
            return format!(
                "This is the {profiled} profile of a {runtime} program; kheap knows problems of Go \
                 programs only."
            );
        }
        Some(Unjudged::NoMemory(profiled)) => {
            let profiled = profiled.name();
            return format!("This is a {profiled} profile; only heaps are judged.");
        }
        Some(Unjudged::Allocations) => "Allocation totals are not judged.",
        Some(Unjudged::Times) => "This is a profile of times; only heaps are judged.",
        Some(Unjudged::Counts) => "Bare counts are not judged.",
        Some(Unjudged::Untyped) => {
            "The sample type space is not judged: it may be memory in use or allocated in all."
        }
        _ => "A difference of two profiles is not judged.",
    };
    words.to_owned()
}

/// Whether there are findings, though none at medium.
fn has_small(diagnosis: &Diagnosis) -> bool {
    let mut findings = diagnosis.findings.iter();
    findings.any(|finding| finding.severity > Severity::Info)
}

/// Whether the heap as a whole looked like a leak until now.
fn grows(diagnosis: &Diagnosis) -> bool {
    let course = diagnosis.course.as_ref();
    course.is_some_and(|course| course.row.verdict == Some(series::Verdict::Grows))
}

/// The findings in a line, where there are several and not all is well: severity, id and
/// how much.
pub fn summary<'f>(
    diagnosis: &Diagnosis,
    findings: impl ExactSizeIterator<Item = &'f Finding>,
) -> Option<String> {
    let count = findings.len();
    let each = findings.map(|finding| {
        let (severity, id) = (finding.severity.name(), &finding.id);
        let kind = match &finding.kinds[..] {
            [kind] if !finding.kinds_inferred => format!(" ({kind})"),
            _ => String::new(),
        };
        format!("{severity} {id}{kind} {}", amount(diagnosis, finding.bytes))
    });
    let each: Vec<String> = each.collect();
    let is_told = count > 1 && diagnosis.verdict() == Verdict::Findings;
    is_told.then(|| format!("{count} findings: {}", each.join("; ")))
}

/// What stands above the findings where nothing is at medium or above.
pub fn heading(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.verdict() {
        Verdict::Uncertain => "What is large may be as it should be, or not:",
        _ => "Small:",
    }
}

/// The largest paths or rows that no finding claims, below their heading: of a heap that
/// nobody knows all, beside findings those that are large by themselves.
pub fn unclaimed(diagnosis: &Diagnosis) -> Option<(&'static str, Vec<&Evidence>)> {
    let (heading, evidence): (_, Vec<&Evidence>) = match diagnosis.verdict() {
        Verdict::Unexplained if diagnosis.visible.is_none() => {
            ("The largest paths:", diagnosis.unclaimed.iter().collect())
        }
        Verdict::NotJudged if diagnosis.runtime.is_foreign() => {
            ("The largest paths:", diagnosis.unclaimed.iter().collect())
        }
        // A table shows nothing else.
        Verdict::Unexplained | Verdict::NotJudged if diagnosis.visible.is_some() => {
            ("The largest rows:", diagnosis.unclaimed.iter().collect())
        }
        _ => (
            "No known signature matches what else is large:",
            diagnosis.unexplained().collect(),
        ),
    };
    (!evidence.is_empty()).then_some((heading, evidence))
}

/// A note with its full stop.
pub fn sentence(note: &str) -> String {
    let end = if note.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{note}{end}")
}

/// How much a finding is about, and of what.
pub fn size(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let is_of_process = |evidence: &Evidence| matches!(evidence, Evidence::Process { .. });
    let whole = match finding.evidence.iter().any(is_of_process) {
        true => "process",
        false => "heap",
    };
    let share = unit::percentage(finding.bytes, finding.whole);
    let bytes = amount(diagnosis, finding.bytes);
    format!("{bytes}, {} of the {whole}", share.trim())
}

/// The kinds of a finding, in words.
pub fn kinds(finding: &Finding) -> Option<String> {
    let inferred = match finding.kinds_inferred {
        true => " (inferred from the objects of the same requests)",
        false => "",
    };
    let kinds = finding.kinds.join(", ");
    (!kinds.is_empty()).then(|| format!("{kinds}{inferred}"))
}

/// A figure, and what has it.
pub fn evidence_words(diagnosis: &Diagnosis, evidence: &Evidence) -> (String, String) {
    match evidence {
        Evidence::Part { part, bytes } => (amount(diagnosis, *bytes), part_title(part).to_owned()),
        Evidence::Path { frames, bytes } => (amount(diagnosis, *bytes), frames.join(" → ")),
        Evidence::Kind { kind, bytes } => (
            amount(diagnosis, *bytes),
            format!("{kind}, in its largest row"),
        ),
        Evidence::Size { size, bytes } => {
            let size = unit::label(*size, "bytes", unit::AUTO);
            (amount(diagnosis, *bytes), format!("in objects of {size}"))
        }
        Evidence::Process { part, low, high } => {
            let (least, most) = (amount(diagnosis, *low), amount(diagnosis, *high));
            let range = match low == high {
                true => most,
                false => format!("{least} to {most}"),
            };
            (range, part.clone())
        }
        Evidence::Row { name, flat, cum } => {
            let (flat, cum) = (amount(diagnosis, *flat), amount(diagnosis, *cum));
            (flat, format!("flat, {cum} cum  {name}"))
        }
    }
}

/// A value in the unit that suits it.
pub fn amount(diagnosis: &Diagnosis, value: i64) -> String {
    unit::label(value, &diagnosis.unit, diagnosis.shown_in)
}
