//! A diagnosis in words: the verdict, its cause, what to do first.

use kheap::diagnose::{Evidence, Finding, Severity, Unjudged, Verdict};
use kheap::memory::{Gogc, MemoryPart, Size};
use kheap::{Diagnosis, Memory, symbol, unit};

use crate::change::counted;
use crate::finding;
use crate::story::sequel;
use crate::trend::growing;
pub use crate::value::amount;

/// What is known beside a diagnosis.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'k> {
    /// The limit that the heap is held against, in bytes.
    pub limit: Option<i64>,
    /// How far the heap grows between collections.
    pub gogc: Gogc,
    /// The file of the newest dump.
    pub file: Option<&'k str>,
    /// The size of the process as it was given, such as `6GB`.
    pub rss: Option<&'k str>,
}

impl Known<'_> {
    /// Puts what is known in the place of `FILE` and `SIZE` in a step.
    pub fn fill_in(&self, step: &str) -> String {
        let mut step = step.to_owned();
        if let Some(file) = self.file {
            step = step.replace(" FILE", &format!(" {file}"));
        }
        if let Some(rss) = self.rss {
            step = step.replace("--rss SIZE", &format!("--rss {rss}"));
        }
        step
    }

    /// Whether the heap is above the limit.
    pub fn is_limit_passed(&self, diagnosis: &Diagnosis) -> bool {
        let limit = self.limit.filter(|_| diagnosis.is_level);
        limit.is_some_and(|limit| diagnosis.total >= limit)
    }
}

/// A verdict: the class of a colour, a word for it, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// A severity, `healthy` or `info`.
    pub class: &'static str,
    /// Such as `high` or `growing`.
    pub word: &'static str,
    /// What is wrong, and why, in sentences.
    pub sentence: String,
}

/// What a diagnosis amounts to.
pub fn judgement(diagnosis: &Diagnosis, known: &Known<'_>) -> Judgement {
    let judgement = |class, word, sentence: String| Judgement {
        class,
        word,
        sentence,
    };
    let passed = known.limit.filter(|_| known.is_limit_passed(diagnosis));
    let worst = worst(diagnosis);
    if let Some(limit) = passed {
        let above = format!(
            "The live heap of {} is above the limit of {}.",
            amount(diagnosis, diagnosis.total),
            amount(diagnosis, limit)
        );
        let cause = worst.map(|worst| cause(diagnosis, worst));
        let sentence = [Some(above), cause].into_iter().flatten();
        let sentence = sentence.collect::<Vec<_>>().join(" ");
        return judgement("critical", "limit passed", sentence);
    }
    let grows = growing(diagnosis);
    match (diagnosis.verdict(), worst) {
        (Verdict::Findings, Some(worst)) => judgement(
            worst.severity.name(),
            worst.severity.name(),
            cause(diagnosis, worst),
        ),
        (Verdict::Findings, None) => judgement("medium", "check", String::new()),
        (Verdict::Healthy, _) if grows.is_some() => {
            let sentence = grows.unwrap_or_default();
            match sentence.starts_with("Growing") {
                true => judgement("medium", "growing", sentence),
                false => judgement("medium", "grew", sentence),
            }
        }
        (Verdict::Healthy, _) if !holds_half(diagnosis) => {
            let sentence = "No known problem in this dump.".to_owned();
            judgement("healthy", "healthy", sentence)
        }
        (Verdict::Healthy | Verdict::Uncertain, _) => {
            judgement("medium", "check", unsure(diagnosis))
        }
        (Verdict::Unexplained, _) => judgement("medium", "unexplained", unexplained(diagnosis)),
        (Verdict::NotJudged, _) => judgement("info", "not judged", not_judged(diagnosis)),
    }
}

/// The finding to look at first, if any is at medium or above.
pub fn worst(diagnosis: &Diagnosis) -> Option<&Finding> {
    let mut findings = diagnosis.findings.iter();
    findings.find(|finding| finding.severity >= Severity::Medium)
}

/// Whether findings of one id hold half of the heap, which is no "no problem".
fn holds_half(diagnosis: &Diagnosis) -> bool {
    let findings = || {
        let findings = diagnosis.findings.iter();
        findings.filter(|finding| finding.severity > Severity::Info)
    };
    findings().any(|one| {
        let of_id = findings().filter(|finding| finding.id == one.id);
        let bytes: i128 = of_id.map(|finding| i128::from(finding.bytes)).sum();
        2 * bytes >= i128::from(one.whole)
    })
}

/// Why nothing is judged.
fn not_judged(diagnosis: &Diagnosis) -> String {
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
        Some(Unjudged::Allocations) => {
            "Allocation totals are not judged: they show what was allocated, not what is in use."
        }
        Some(Unjudged::Times) => "This is a profile of times; only heaps are judged.",
        Some(Unjudged::Counts) => "Counts of objects are not judged; bytes are.",
        Some(Unjudged::Untyped) => {
            "The sample type space is not judged: it may be memory in use or all that was allocated."
        }
        _ => "A difference of two profiles is not judged.",
    };
    words.to_owned()
}

/// How far one dump is below a limit, with the garbage that the next collection
/// finds, or how far its process is above; `None` where the heap has passed the limit,
/// or several dumps say more.
pub fn room(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let is_asked = diagnosis.is_level && diagnosis.trend.is_none();
    let limit = known
        .limit
        .filter(|_| is_asked && !known.is_limit_passed(diagnosis))?;
    let process = diagnosis.process.as_ref().map(|process| process.total);
    if let Some(size) = process.filter(|&size| size >= limit) {
        let words = |bytes| amount(diagnosis, bytes);
        return Some(format!(
            "The process takes {}, {} above the limit of {}.",
            words(size),
            words(size - limit),
            words(limit)
        ));
    }
    let (below, total) = (limit - diagnosis.total, i128::from(diagnosis.total));
    let (below, limit_words) = (amount(diagnosis, below), amount(diagnosis, limit));
    let garbage = match known.gogc {
        Gogc::Percent(percent) => {
            let most = clamp(total + total * i128::from(percent) / 100);
            let with = amount(diagnosis, most);
            match most >= limit {
                true => format!("Garbage can take it to {with} (GOGC={percent}), above the limit."),
                false => format!("With garbage it stays below {with} (GOGC={percent})."),
            }
        }
        Gogc::Off => "Without collections (GOGC=off) garbage alone can reach it.".to_owned(),
    };
    Some(format!(
        "The live heap is {below} below the limit of {limit_words}. {garbage}"
    ))
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// All that is said above the details: the process, the verdict, the limit.
pub fn lead(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let process = diagnosis.process.as_ref().map(process).unwrap_or_default();
    let sentences = process
        .into_iter()
        .chain([judgement(diagnosis, known).sentence])
        .chain(room(diagnosis, known));
    sentences.collect::<Vec<_>>().join(" ")
}

/// The worst finding and its sequel, as one cause.
fn cause(diagnosis: &Diagnosis, worst: &Finding) -> String {
    let of = |finding: &Finding| amount(diagnosis, finding.bytes);
    let kinds = match &worst.kinds[..] {
        [] => String::new(),
        kinds => format!(" ({})", kinds.join(", ")),
    };
    let mut words = format!(
        "{} of the {} ({} of {}): {}{kinds}.",
        share_words(worst.share),
        finding::whole(worst),
        of(worst),
        amount(diagnosis, worst.whole),
        in_sentence(&worst.title),
    );
    if let Some((other, cause)) = sequel(diagnosis, worst) {
        words += &format!(
            " Another {}: {}. {cause}",
            of(other),
            in_sentence(&other.title)
        );
    }
    words
}

/// A share as one says it.
fn share_words(share: f64) -> String {
    match share {
        0.95.. => "Nearly all".to_owned(),
        0.505.. => "More than half".to_owned(),
        0.495.. => "Half".to_owned(),
        share => format!("{:.0} %", share * 100.0),
    }
}

/// A title inside a sentence: its first word in small letters, unless it is a name
/// or an abbreviation.
fn in_sentence(title: &str) -> String {
    let word = title.split(' ').next().unwrap_or_default();
    let rest = word.get(1..).unwrap_or_default();
    let is_word = !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_lowercase());
    match is_word && !NAMES.contains(&word) {
        true => format!("{}{}", word[..1].to_lowercase(), &title[1..]),
        false if word == "A" => format!("a{}", &title[1..]),
        false => title.to_owned(),
    }
}

/// Words that stay capitalized in a sentence.
const NAMES: [&str; 4] = ["Prometheus", "Kubernetes", "Go", "Cilium"];

fn unsure(diagnosis: &Diagnosis) -> String {
    let words = match diagnosis.is_one_of_several {
        true => "No clear fault in the first table; the other tables are not read.",
        false => "No clear fault. One thing is large; check whether it is expected.",
    };
    with_visible(diagnosis, words)
}

fn unexplained(diagnosis: &Diagnosis) -> String {
    let mut findings = diagnosis.findings.iter();
    let has_small = findings.any(|finding| finding.severity > Severity::Info);
    let words = match has_small {
        true => "No known problem explains most of this heap.",
        false => "No known problem matches this heap.",
    };
    if diagnosis.visible.is_none() && diagnosis.is_unattributed() {
        let share = unit::percentage(diagnosis.unattributed, diagnosis.total);
        let share = share.trim();
        return format!("{words} {share} of it is in no known part of the program.");
    }
    with_visible(diagnosis, words)
}

/// Adds how little of the heap a pasted table shows.
fn with_visible(diagnosis: &Diagnosis, words: &str) -> String {
    match diagnosis.visible.filter(|_| diagnosis.is_fragment()) {
        Some(visible) => {
            let share = unit::percentage(visible, diagnosis.total);
            let share = share.trim();
            format!("{words} The rows of the table hold only {share} of the heap.")
        }
        None => words.to_owned(),
    }
}

/// The size of the process, and what of it the heap does not explain; nothing where
/// the size is not known.
fn process(memory: &Memory) -> Vec<String> {
    let bytes = |bytes: i64| unit::label(bytes, "bytes", unit::AUTO);
    let Some(live) = memory
        .rows
        .iter()
        .find(|row| row.part == MemoryPart::LiveHeap)
    else {
        return Vec::new();
    };
    let total = bytes(memory.total);
    let size = match memory.size {
        Size::Resident => format!("The process has {total} resident"),
        Size::Peak => format!("The process had {total} resident at its peak"),
        Size::Runtime => format!("The Go runtime holds {total}"),
    };
    let share = unit::percentage(live.low, memory.total);
    let heap = format!(
        "the live heap is {} of it ({})",
        bytes(live.low),
        share.trim()
    );
    let rest = memory.total.saturating_sub(live.low);
    let beside = memory
        .rows
        .iter()
        .filter(|row| row.part != MemoryPart::LiveHeap);
    let largest = beside.max_by_key(|row| row.low.min(row.high));
    let mut sentences = vec![format!("{size}; {heap}.")];
    if rest > 0 {
        let of_what = match largest.filter(|row| row.low == row.high && row.low > 0) {
            Some(row) => format!("mostly {} ({})", row.part.title(), bytes(row.low)),
            None => "fetch the heap with ?debug=1 to split it".to_owned(),
        };
        sentences.push(format!(
            "The profile does not show the other {}: {of_what}.",
            bytes(rest)
        ));
    }
    sentences
}

/// The findings in a line, where there are several: severity, id and how much.
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
    (count > 1).then(|| format!("{}: {}", counted(count, "finding"), each.join("; ")))
}

/// The largest paths or rows that no finding claims, below their heading: of a heap that
/// no signature explains all, beside findings those that are large by themselves.
pub fn unclaimed(diagnosis: &Diagnosis) -> Option<(&'static str, Vec<&Evidence>)> {
    let (heading, evidence): (_, Vec<&Evidence>) = match diagnosis.verdict() {
        Verdict::Unexplained if diagnosis.visible.is_none() => {
            ("The largest stacks", diagnosis.unclaimed.iter().collect())
        }
        Verdict::NotJudged if diagnosis.runtime.is_foreign() => {
            ("The largest stacks", diagnosis.unclaimed.iter().collect())
        }
        // A table shows nothing else.
        Verdict::Unexplained | Verdict::NotJudged if diagnosis.visible.is_some() => {
            ("The largest rows", diagnosis.unclaimed.iter().collect())
        }
        _ => (
            "Also large, and no known problem matches",
            diagnosis.unexplained().collect(),
        ),
    };
    (!evidence.is_empty()).then_some((heading, evidence))
}

/// A text with a capital letter and its full stop.
pub fn sentence(note: &str) -> String {
    let end = if note.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    let word = note.split(' ').next().unwrap_or_default();
    let word = word.trim_end_matches([',', ':', ';', '.']);
    match !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase()) {
        true => format!("{}{}{end}", word[..1].to_uppercase(), &note[1..]),
        false => format!("{note}{end}"),
    }
}

/// A function as it is shown, without its import path.
pub fn short(function: &str) -> String {
    symbol::short(function).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_in_a_sentence_begins_small_unless_it_is_a_name() {
        let check = |title: &str, expected: &str| assert_eq!(in_sentence(title), expected);
        check("Clients list whole kinds", "clients list whole kinds");
        check("A client keeps objects", "a client keeps objects");
        check("LISTs read from etcd", "LISTs read from etcd");
        check(
            "Prometheus holds very many series",
            "Prometheus holds very many series",
        );
        check("CustomResourceDefinition", "CustomResourceDefinition");
        check("", "");
    }

    #[test]
    fn a_share_is_said_in_words_where_it_is_plain() {
        let check = |share: f64, expected: &str| assert_eq!(share_words(share), expected);
        check(0.541, "More than half");
        check(0.97, "Nearly all");
        check(0.3, "30 %");
        check(0.5, "Half");
    }

    #[test]
    fn steps_name_the_file_and_the_size() {
        let known = Known {
            file: Some("a.pb.gz"),
            rss: Some("6GB"),
            ..Known::default()
        };
        assert_eq!(
            known.fill_in("run `kheap memory FILE --rss SIZE`"),
            "run `kheap memory a.pb.gz --rss 6GB`"
        );
    }
}
