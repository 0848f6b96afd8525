//! One finding in words.

use kheap::diagnose::{Confidence, Evidence, Finding, Severity, Thresholds};
use kheap::{Diagnosis, symbol, unit};
use kheap_evidence::join::Answer;

use crate::change::counted;
use crate::diagnosis::{
    Known, Word, in_heap, in_sentence, is_mostly_known, judgement, largest, worst,
};
use crate::guard::one_line;
use crate::value::{amount, number, share as share_of};
use crate::{client, limit, memory, place, step};

/// From which size on every object is sampled, at the rates that programs have: Go takes one
/// sample for each half a megabyte.
const LARGE_OBJECT: i64 = 4 << 20;

/// The longest line that fits a message of a chat without being folded.
const LONGEST_MESSAGE: usize = 200;

/// Stacks are listed until they hold this share of a finding.
const ENOUGH: f64 = 0.9;

/// A share from which on a finding is large in its heap, however few its bytes.
const LARGE_SHARE: f64 = 0.25;

/// How much a finding is about, and of what. Where bytes and share differ in what
/// they say, the one that decides the severity is named.
pub fn size(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let whole = whole(diagnosis, finding);
    let share = share_of(finding.bytes, finding.whole);
    let bytes = amount(diagnosis, finding.bytes);
    match least_for_more(finding) {
        Some(least) => format!(
            "{bytes}, {share} of the {whole}; {} because it is less than {}",
            finding.severity.name(),
            unit::label(least, "bytes", unit::AUTO)
        ),
        None if finding.is_capped => format!(
            "{bytes}, {share} of the {whole}; {} at most, because {}",
            finding.severity.name(),
            why_capped(finding)
        ),
        None => format!("{bytes}, {share} of the {whole}"),
    }
}

/// Why a finding of more bytes is not more severe. What is to be acted on is not called
/// healthy.
fn why_capped(finding: &Finding) -> &'static str {
    match finding.severity >= Severity::Medium {
        true => "a dump alone does not prove this fault",
        false => "a healthy program can look the same",
    }
}

/// The bytes that a finding lacks for the next severity, where its share is large.
fn least_for_more(finding: &Finding) -> Option<i64> {
    let is_lowered = finding.severity < Severity::Medium && finding.share >= LARGE_SHARE;
    // The worst level comes first.
    let levels = Thresholds::default().levels;
    let mut above = levels.iter().rev();
    let next = above.find(|(severity, ..)| *severity > finding.severity)?;
    let least = next.1;
    (is_lowered && !finding.is_capped && finding.bytes < least).then_some(least)
}

/// How much a finding holds, such as `83.69% of the heap (5MB)`.
pub(crate) fn share_and_bytes(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let share = share_of(finding.bytes, finding.whole);
    let bytes = amount(diagnosis, finding.bytes);
    format!("{share} of the {} ({bytes})", whole(diagnosis, finding))
}

/// That other signatures match, too, and do not count these kinds again; `None` where none
/// does.
pub fn related(finding: &Finding) -> Option<String> {
    let what = match finding.kinds.is_empty() {
        true => "this memory".to_owned(),
        false => finding.kinds.join(", "),
    };
    match &finding.related[..] {
        [] => None,
        [one] => Some(format!(
            "{one} matches {what}, too. It is more general: these bytes are counted once, here."
        )),
        several => Some(format!(
            "{} match {what}, too. They are more general: these bytes are counted once, here.",
            several.join(", ")
        )),
    }
}

/// The whole that the share of a finding refers to. A pasted part does not show its heap.
pub(crate) fn whole(diagnosis: &Diagnosis, finding: &Finding) -> &'static str {
    match is_about_process(finding) {
        true => "process",
        false if diagnosis.is_fragment => PASTED_PART,
        false => "heap",
    }
}

/// Whether a finding is a guess: the rows of a table do not show who allocates.
pub(crate) fn is_guess(diagnosis: &Diagnosis, finding: &Finding) -> bool {
    diagnosis.visible.is_some() && finding.confidence == Confidence::Low
}

/// That a finding is one, behind what it says; nothing where it is none.
pub(crate) fn guess(diagnosis: &Diagnosis, finding: &Finding) -> &'static str {
    match diagnosis.visible {
        _ if !is_guess(diagnosis, finding) => "",
        Some(visible) if visible < diagnosis.total => {
            " This is not certain: the table shows only a part of the heap."
        }
        _ => " This is not certain: a table has no stacks.",
    }
}

/// Stacks of a profile that were pasted without the others.
pub(crate) const PASTED_PART: &str = "pasted part";

/// Whether a finding is about the process besides its heap.
pub(crate) fn is_about_process(finding: &Finding) -> bool {
    finding.evidence.iter().any(is_of_process)
}

fn is_of_process(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::Process { .. })
}

/// The kinds of a finding.
pub fn kinds(finding: &Finding) -> Option<String> {
    let probably = probably(finding);
    let kinds = finding.kinds.join(", ");
    (!kinds.is_empty()).then(|| format!("{probably}{kinds}"))
}

/// The same behind words: ` (Pod)`, or ` (probably Pod)`; empty where no kind is known.
pub fn kinds_aside(finding: &Finding) -> String {
    kinds(finding).map_or_else(String::new, |kinds| format!(" ({kinds})"))
}

/// What stands before kinds that other evidence than the stacks shows.
fn probably(finding: &Finding) -> &'static str {
    match finding.kinds_inferred {
        true => "probably ",
        false => "",
    }
}

/// How large a finding is, its kinds, and how sure that is, in a line.
pub fn about(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let kinds = kinds(finding).map_or_else(String::new, |kinds| format!("; {kinds}"));
    let confidence = finding.confidence.name();
    format!(
        "{}{kinds}; confidence {confidence}",
        size(diagnosis, finding)
    )
}

/// A figure, and what has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidenceRow {
    /// The figure in its unit.
    pub value: String,
    /// What has it.
    pub text: String,
    /// Whether that is a name from the profile.
    pub is_code: bool,
}

impl EvidenceRow {
    /// One piece of evidence.
    pub fn of(diagnosis: &Diagnosis, evidence: &Evidence) -> Self {
        let (value, text) = evidence_words(diagnosis, evidence);
        Self {
            value,
            text,
            is_code: matches!(evidence, Evidence::Path { .. } | Evidence::Row { .. }),
        }
    }
}

/// What a finding rests on, in rows of one sort. Stacks are listed until they hold nine
/// tenths of it, and one row is for the rest. Sums over stacks are a sentence, as are
/// sizes and counts of objects.
pub fn rows(diagnosis: &Diagnosis, finding: &Finding) -> Vec<EvidenceRow> {
    let mut left = finding.bytes;
    let mut rows = Vec::new();
    for evidence in &finding.evidence {
        match evidence {
            Evidence::Path { bytes, .. } if left as f64 > (1.0 - ENOUGH) * finding.bytes as f64 => {
                left = left.saturating_sub(*bytes);
                rows.push(EvidenceRow::of(diagnosis, evidence));
            }
            Evidence::Row { .. } | Evidence::Process { .. } => {
                left = 0;
                rows.push(EvidenceRow::of(diagnosis, evidence));
            }
            _ => {}
        }
    }
    let rest = (left > 0 && !rows.is_empty()).then(|| EvidenceRow {
        value: amount(diagnosis, left),
        text: "other stacks".to_owned(),
        is_code: false,
    });
    rows.extend(rest);
    rows
}

/// What each of several parts has of a finding, or each kind in its largest row.
fn sums(diagnosis: &Diagnosis, finding: &Finding) -> [Option<String>; 2] {
    let (mut parts, mut kinds) = (Vec::new(), Vec::new());
    for evidence in &finding.evidence {
        match evidence {
            Evidence::Part { part, bytes } => {
                let title = diagnosis.parts().title(part);
                parts.push(format!("{} in {title}", amount(diagnosis, *bytes)));
            }
            Evidence::Kind { kind, bytes } => {
                kinds.push(format!("{kind} {}", amount(diagnosis, *bytes)));
            }
            _ => {}
        }
    }
    let sentence = |heading: &str, sums: Vec<String>| {
        (sums.len() > 1).then(|| format!("{heading}: {}.", sums.join("; ")))
    };
    [
        sentence("By part", parts),
        sentence("Largest row of each kind", kinds),
    ]
}

/// The sums by part and kind, the sizes of most objects, how many they are, and the function
/// through which nearly all of them come, in a sentence each. Where files beside the dump
/// count the requests, objects do not count them again.
pub fn remarks(diagnosis: &Diagnosis, finding: &Finding, known: &Known<'_>) -> Vec<String> {
    let answer = known.answer(diagnosis, finding);
    let count = answer.and_then(|answer| answer.how_many.as_ref());
    let requests = count.and_then(|count| count.requests_in_flight);
    let is_known = requests.is_some();
    let size = |evidence: &Evidence| match evidence {
        Evidence::Size { size, bytes } => {
            let size = unit::label(*size, "bytes", unit::AUTO);
            let held = amount(diagnosis, *bytes);
            let count = large_objects(evidence);
            let times = count.map_or_else(String::new, |count| {
                format!(" ({size} × {})", number(count))
            });
            if count.is_none() && is_one_object(evidence) {
                return Some(format!("One object holds {size}."));
            }
            let requests = count.zip(finding.request.as_deref()).map(|(most, request)| {
                let least = most.midpoint(1);
                match is_known || is_counted_elsewhere(diagnosis, finding, least) {
                    true => format!(" Each {request} holds one or two of these."),
                    false if is_counted(finding, least) => String::new(),
                    false => {
                        let more = more_requests(diagnosis, finding, request, *bytes);
                        format!(
                            " At least {}, running or just ended: each holds one or two of these \
                             objects.{}",
                            counted(least, request),
                            more.unwrap_or_default()
                        )
                    }
                }
            });
            let requests = requests.unwrap_or_default();
            Some(format!("{held} is in objects of {size}{times}.{requests}"))
        }
        Evidence::Answer { .. } => {
            let (size, held) = evidence_words(diagnosis, evidence);
            Some(format!(
                "A response of {size} is about as large as {held}. No other kind there has as much."
            ))
        }
        Evidence::Beside { .. } => {
            let (held, title) = evidence_words(diagnosis, evidence);
            Some(format!(
                "Another {held} of the kind is in {title}; it is not counted here."
            ))
        }
        Evidence::ManagedFields { bytes } => {
            let share = share_of(*bytes, finding.bytes);
            let (held, what) = evidence_words(diagnosis, evidence);
            let claimed = amount(diagnosis, finding.bytes);
            Some(format!("{held} of these {claimed} ({share}) is {what}."))
        }
        Evidence::Count { .. } => {
            let (each, count) = evidence_words(diagnosis, evidence);
            Some(format!("These are {count} of {each} each."))
        }
        // Large objects count the requests themselves.
        Evidence::Owners { each: 2.., .. } if has_large_objects(finding) => None,
        Evidence::Owners { .. } if !is_known || least_requests(finding) > requests => {
            let (least, why) = evidence_words(diagnosis, evidence);
            let each = objects_of_each(finding, evidence).unwrap_or_default();
            Some(format!("{least}: {why}{each}."))
        }
        _ => None,
    };
    let sizes = finding.evidence.iter().filter_map(size);
    let through = finding.accumulation.as_ref().map(|function| {
        let share = share_of(finding.accumulated, finding.bytes);
        let function = symbol::short(function);
        match finding.accumulated == finding.bytes {
            true => format!("All of these bytes are allocated below {function}."),
            false => format!("{share} of these bytes are allocated below {function}."),
        }
    });
    let holds_more = |evidence: &Evidence| match evidence {
        Evidence::Row { flat, .. } => *flat > finding.bytes,
        _ => false,
    };
    let shared = finding.evidence.iter().any(holds_more).then(|| {
        "A row can hold more than the finding claims: other callers may share it.".to_owned()
    });
    let sums = sums(diagnosis, finding).into_iter().flatten();
    let fields = managed_fields(diagnosis, finding);
    let sizes = fields.into_iter().chain(sizes);
    sums.chain(sizes).chain(through).chain(shared).collect()
}

/// Where the managed fields are of the objects of a finding, if they are not in it.
fn managed_fields(diagnosis: &Diagnosis, finding: &Finding) -> Option<String> {
    const OF_CACHED: [&str; 2] = ["informer-full-object-cache", "managedfields-in-informer"];
    let [cached, fields] = OF_CACHED;
    let mut others = diagnosis.findings.iter().filter(|_| finding.id == cached);
    let fields = others.find(|other| other.id == fields && other.kinds == finding.kinds)?;
    let (held, id) = (amount(diagnosis, fields.bytes), &fields.id);
    let hidden = match fields.severity {
        Severity::Info => " (shown with --all)",
        _ => "",
    };
    Some(format!(
        "Another {held} of these objects is managed fields: see {id}{hidden}."
    ))
}

/// That a finding holds more than objects of one size, so that there can be more requests.
fn more_requests(
    diagnosis: &Diagnosis,
    finding: &Finding,
    request: &str,
    counted: i64,
) -> Option<String> {
    let rest = finding.bytes.saturating_sub(counted);
    ((counted as f64) < client::NEARLY_ALL * finding.bytes as f64).then(|| {
        let rest = amount(diagnosis, rest);
        format!(" The other {rest} can be of more {request}s.")
    })
}

/// The least number of requests that a finding shows, rounded down as everywhere: each has an
/// object of its own.
pub(crate) fn least_requests(finding: &Finding) -> Option<i64> {
    let mut evidence = finding.evidence.iter();
    evidence.find_map(|evidence| match evidence {
        // Objects are no requests.
        Evidence::Owners { least, what, .. } if what != "objects" => Some(rounded_down(*least)),
        _ => None,
    })
}

/// Whether objects show at least so many requests: each request has one of them.
fn is_counted(finding: &Finding, requests: i64) -> bool {
    let mut evidence = finding.evidence.iter();
    evidence.any(
        |evidence| matches!(evidence, Evidence::Owners { least, each: 1, .. } if *least >= requests),
    )
}

/// Whether another finding about the same requests shows at least so many: one answer has one
/// number of them.
fn is_counted_elsewhere(diagnosis: &Diagnosis, finding: &Finding, requests: i64) -> bool {
    diagnosis.findings.iter().any(|other| {
        other.id != finding.id
            && other.request == finding.request
            && !other.kinds.is_empty()
            && other.kinds == finding.kinds
            && is_counted(other, requests)
    })
}

/// Whether requests are counted by large objects of one size.
fn has_large_objects(finding: &Finding) -> bool {
    let mut counts = finding.evidence.iter().map(large_objects);
    finding.request.is_some() && counts.any(|count| count.is_some())
}

/// Whether one large object holds all bytes of a size.
fn is_one_object(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::Size { size, bytes } if *size >= LARGE_OBJECT && bytes / size == 1)
}

/// How many large objects of one size there are: each of them is sampled, so that the count
/// is exact, and one request has one or two.
fn large_objects(evidence: &Evidence) -> Option<i64> {
    let Evidence::Size { size, bytes } = evidence else {
        return None;
    };
    let count = bytes.checked_div(*size)?;
    (*size >= LARGE_OBJECT && count > 1).then_some(count)
}

/// How many of the objects of most bytes each owner has, where a sample shows all owners.
fn objects_of_each(finding: &Finding, owners: &Evidence) -> Option<String> {
    let Evidence::Owners {
        least,
        objects,
        each: 1,
        ..
    } = owners
    else {
        return None;
    };
    let sizes = finding.evidence.iter();
    let mut counts = sizes.filter_map(|evidence| match evidence {
        Evidence::Size { size, bytes } => Some((*size, bytes.checked_div(*size)? / least.max(&1))),
        _ => None,
    });
    let (size, count) = counts.find(|(_, count)| least == objects && *count > 1)?;
    let size = unit::label(size, "bytes", unit::AUTO);
    let count = rounded_number(count);
    Some(format!(", about {count} objects of {size}"))
}

/// To two digits, and no more than it is: a least number stays true.
fn rounded_down(count: i64) -> i64 {
    let step = step_of(count);
    count / step * step
}

fn rounded_up(count: i64) -> i64 {
    let step = step_of(count);
    (count + step - 1) / step * step
}

/// To two digits: a sample is no census.
fn rounded(count: i64) -> i64 {
    let step = step_of(count);
    (count + step / 2) / step * step
}

/// The unit of the second digit of a count.
fn step_of(count: i64) -> i64 {
    let digits = count.max(1).ilog10();
    10_i64.pow(digits.saturating_sub(1))
}

/// A count to two digits, with a comma for each three.
pub(crate) fn rounded_number(count: i64) -> String {
    number(rounded(count))
}

/// A size of one object to the byte.
fn exact(size: i64) -> String {
    match size >= 1024 && size % 1024 == 0 {
        true => unit::label(size, "bytes", unit::AUTO),
        false => format!("{} bytes", number(size)),
    }
}

/// The program at the beginning of a line to paste.
fn program(diagnosis: &Diagnosis) -> String {
    let program = diagnosis.known_program();
    program.map_or_else(String::new, |name| format!("{name}, "))
}

/// The same with a remark behind it: `etcd (to check), `.
fn aside(program: &str, words: &str) -> String {
    match program.strip_suffix(", ") {
        Some(name) => format!("{name} ({words}), "),
        None => format!("({words}) "),
    }
}

/// A limit that is passed or close, or growth, in a line to paste into a chat; `None` where
/// the findings are the verdict.
pub fn message_of_all(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let judgement = judgement(diagnosis, known);
    let fact = match judgement.word.is_growth() {
        true => {
            // The line may be cut: the alarm comes first.
            let tight = limit::tight(diagnosis, known);
            let sentences = [tight, Some(judgement.sentence.clone())];
            sentences
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        }
        false => limit::passed(diagnosis, known).or_else(|| limit::tight(diagnosis, known))?,
    };
    let fact = format!("{}{}", program(diagnosis), in_sentence(&fact));
    let is_mostly_known = is_mostly_known(diagnosis);
    let cause = match judgement.word {
        // It is in the verdict.
        word if word.is_growth() && is_mostly_known => None,
        Word::LimitPassed if is_mostly_known => in_heap(diagnosis).or(largest(diagnosis)),
        _ => in_heap(diagnosis),
    };
    let sequel = |finding: &Finding, title: &str| {
        let client = known.answer(diagnosis, finding).and_then(Answer::client);
        let by = client.map_or_else(String::new, |who| format!(", by {}", client::name(who)));
        let size = share_and_bytes(diagnosis, finding);
        format!(
            "{fact} {size}: {}{}{by}.",
            in_sentence(title),
            kinds_aside(finding)
        )
    };
    // A half sentence is not shared.
    let ways = cause.into_iter().flat_map(|finding| {
        let title = finding.title.as_str();
        [sequel(finding, title), sequel(finding, short_title(title))]
    });
    let act = step::first_step(diagnosis, known).map(|step| next_act(&step::act(&step)));
    let act = act.unwrap_or_default();
    // What stands behind gives way: clauses, then sentences.
    let ends = fact.match_indices([',', '.']).map(|(at, _)| at);
    let ends: Vec<usize> = ends.filter(|&at| fact[at + 1..].starts_with(' ')).collect();
    let shorter = ends.iter().rev().map(|&end| format!("{}.", &fact[..end]));
    let facts = std::iter::once(fact.clone()).chain(shorter);
    let facts = facts.flat_map(|fact| [fact.clone() + &act, fact]);
    let mut ways = ways.chain(facts).map(|way| one_line(&way));
    let fitting = ways.find(|way| is_short(way));
    Some(fitting.unwrap_or_else(|| shorten_words(&one_line(&fact), LONGEST_MESSAGE)))
}

/// What to do, as the last sentence of a line to paste.
fn next_act(act: &str) -> String {
    format!(" Next: {}", in_sentence(act))
}

/// A finding in a line to paste into a chat: how much of what, by whom, and what to do: its
/// first step that no finding before it has named.
pub fn message(
    diagnosis: &Diagnosis,
    finding: &Finding,
    known: &Known<'_>,
    new: Option<&str>,
) -> String {
    let program = program(diagnosis);
    // Without it the line reads as an alarm, which it is beside a finding that is one.
    let program = match judgement(diagnosis, known).word {
        _ if worst(diagnosis).is_some() => match is_guess(diagnosis, finding) {
            true => aside(&program, "not certain"),
            false if finding.severity < Severity::Medium => aside(&program, "not urgent"),
            false => program,
        },
        Word::Healthy | Word::Suppressed | Word::Small => aside(&program, "not urgent"),
        _ => aside(&program, "to check"),
    };
    let client = known.answer(diagnosis, finding).and_then(Answer::client);
    let by = client.map_or_else(String::new, |who| format!(", by {}", client::name(who)));
    let share = share_of(finding.bytes, finding.whole);
    let all = amount(diagnosis, finding.whole);
    let (whole, kinds) = (whole(diagnosis, finding), kinds_aside(finding));
    let fact = |title: &str| {
        let title = in_sentence(title);
        format!("{program}{share} of the {all} {whole}: {title}{kinds}{by}.")
    };
    let title = finding.title.as_str();
    let short = short_title(title);
    // Who is known to cause it is the first to act.
    let act = match client {
        Some(_) => Some("Stop or change that client.".to_owned()),
        None => new
            .or(finding.remedy.first().map(|step| step.text.as_str()))
            .map(|step| match step::needs_dump(diagnosis, step) {
                true => "Fetch a dump.".to_owned(),
                false => step::act(step),
            })
            .map(|act| known.commands.apply(&act).into_owned())
            .filter(|act| !act.is_empty()),
    };
    let ways = act.iter().flat_map(|act| {
        [
            fact(title) + &next_act(act),
            fact(short) + &next_act(act),
            fact(short) + &next_act(&step::short(act)),
        ]
    });
    let mut ways = ways.chain([fact(title)]).map(|way| one_line(&way));
    let fitting = ways.find(|way| is_short(way));
    fitting.unwrap_or_else(|| shorten_words(&one_line(&fact(short)), LONGEST_MESSAGE))
}

/// The first part of a title of two.
fn short_title(title: &str) -> &str {
    let parts = title.split_once("; ").or(title.split_once(" and each "));
    parts.map_or(title, |(first, _)| first)
}

fn is_short(message: &str) -> bool {
    message.chars().count() <= LONGEST_MESSAGE
}

/// Cuts a text between words so that it has at most so many characters.
fn shorten_words(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most - 1).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ':', ';']))
}

/// A figure, and what has it.
pub fn evidence_words(diagnosis: &Diagnosis, evidence: &Evidence) -> (String, String) {
    match evidence {
        Evidence::Part { part, bytes } | Evidence::Beside { part, bytes } => {
            let title = diagnosis.parts().title(part).to_owned();
            (amount(diagnosis, *bytes), title)
        }
        Evidence::Place { part, verb, bytes } => {
            let name = place::of_verb(diagnosis.parts(), part, verb);
            (amount(diagnosis, *bytes), name)
        }
        Evidence::Path { frames, bytes } => {
            let frames = frames.join(" → ");
            let frames = match frames.is_empty() {
                true => "(no function)".to_owned(),
                false => frames,
            };
            (amount(diagnosis, *bytes), frames)
        }
        Evidence::ManagedFields { bytes } => {
            (amount(diagnosis, *bytes), "managed fields".to_owned())
        }
        Evidence::Kind { kind, bytes } => (
            amount(diagnosis, *bytes),
            format!("{kind}, in its largest row"),
        ),
        Evidence::Size { size, bytes } => {
            let size = unit::label(*size, "bytes", unit::AUTO);
            (amount(diagnosis, *bytes), format!("objects of {size}"))
        }
        Evidence::Answer {
            kind,
            size,
            held,
            error,
        } => {
            let bytes = |value: i64| unit::label(value, "bytes", unit::AUTO);
            let (held, error) = (bytes(*held), bytes(*error));
            let held = format!("all objects of {kind} in the watch cache ({held} ± {error})");
            (bytes(*size), held)
        }
        Evidence::Count {
            what,
            least,
            most,
            each: [small, large],
        } => {
            let bytes = match small == large {
                true => exact(*small),
                false => format!("{} to {}", exact(*small), exact(*large)),
            };
            let count = match rounded(*least) == rounded(*most) {
                true => number(rounded(*most)),
                false => format!("{} to {}", number(rounded(*least)), number(rounded(*most))),
            };
            (bytes, format!("about {count} {what}"))
        }
        Evidence::Owners {
            what,
            least,
            most,
            objects,
            size,
            each,
        } => {
            let size = unit::label(*size, "bytes", unit::AUTO);
            let sure = least.saturating_mul(*each).min(*objects);
            let all = match sure < *objects {
                true => format!("about {}", rounded_number(*objects)),
                false => number(*objects),
            };
            let least = number(rounded_down(*least));
            // What the objects are that each of them holds.
            let [has, purpose] = match what.as_str() {
                "LISTs" if *each == 1 => ["has one array", " for its items"],
                "watches" if *each == 1 => ["got one array", " for its initial events"],
                "objects" => ["is one Go value", ""],
                _ => ["has one object", ""],
            };
            match (each, sure < *objects) {
                (1, true) => (
                    format!(
                        "About {} {what} ({least} to {})",
                        rounded_number(*objects),
                        number(rounded_up(*most))
                    ),
                    format!("each {has} of {size}{purpose}"),
                ),
                (1, false) => (
                    format!("At least {least} {what}"),
                    format!("each {has} of {size}{purpose}"),
                ),
                (each, _) => (
                    match what.as_str() {
                        "LISTs" => format!("At least {least} LISTs, running or just ended"),
                        what => format!("At least {least} {what}"),
                    },
                    match sure < *objects {
                        true => format!(
                            "{all} objects of {size}, at most {each} for each; the sampling error is \
                             subtracted"
                        ),
                        false => format!("{all} objects of {size}, at most {each} for each"),
                    },
                ),
            }
        }
        Evidence::Process { part, low, high } => {
            let (least, most) = (amount(diagnosis, *low), amount(diagnosis, *high));
            let range = match low == high {
                true => most,
                false => format!("{least} to {most}"),
            };
            (range, memory::title(*part).to_owned())
        }
        Evidence::Row { name, flat, cum } => {
            let (flat, cum) = (amount(diagnosis, *flat), amount(diagnosis, *cum));
            (flat, format!("flat, {cum} cum  {name}"))
        }
        _ => (String::new(), crate::newer(evidence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_words() {
        let check = |most, expected: &str| {
            assert_eq!(shorten_words("kinds, straight from etcd", most), expected);
        };
        check(25, "kinds, straight from etcd");
        check(20, "kinds, straight…");
        check(9, "kinds…");
    }
}
