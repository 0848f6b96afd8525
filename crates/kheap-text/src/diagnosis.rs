//! A diagnosis in words: the verdict, its cause, what to do first.

use kheap::attribute::Role;
use kheap::diagnose::{Evidence, Finding, ProgramBy, Severity, Unjudged, Verdict};
use kheap::memory::{Gogc, Size};
use kheap::profile::Profiled;
use kheap::{Diagnosis, symbol, unit};
use kheap_evidence::Joined;
use kheap_evidence::join::Answer;

use crate::change::counted;
use crate::story::sequel;
use crate::trend::growing;
pub use crate::value::amount;
use crate::{client, finding, process};

/// The program as a heading says it: its name, and what shows it where the file does not.
pub fn program(diagnosis: &Diagnosis) -> (&str, &'static str) {
    match (&diagnosis.program, &diagnosis.inferred_program) {
        (Some(program), _) => (program, ""),
        (None, Some(inferred)) => (&inferred.name, shown_by(inferred.by)),
        (None, None) => ("unknown program", ""),
    }
}

fn shown_by(by: ProgramBy) -> &'static str {
    match by {
        ProgramBy::MainFolder => ", by the folder of its main function",
        ProgramBy::Vendor => ", by its vendor folder",
        ProgramBy::Files => ", by its source files",
        _ => "",
    }
}

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
    /// What lies beside the dump.
    pub beside: Option<&'k Joined>,
}

impl<'k> Known<'k> {
    /// What lies beside the dump says of a finding.
    pub fn answer(&self, diagnosis: &Diagnosis, finding: &Finding) -> Option<&'k Answer> {
        let mut findings = diagnosis.findings.iter();
        let at = findings.position(|other| std::ptr::eq(other, finding))?;
        self.beside?.answers.get(at)
    }

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

    /// The same with what is known of the program and of a finding: one kind takes the place
    /// of `KIND`, and profiles of kube-apiserver are fetched by kubectl.
    pub fn fill_in_for(&self, diagnosis: &Diagnosis, finding: &Finding, step: &str) -> String {
        let step = fetched(diagnosis, &self.fill_in(step));
        match &finding.kinds[..] {
            [kind] => step.replace(" KIND ", &format!(" {kind} ")),
            _ => step,
        }
    }

    /// What is resident, as metrics of the same process say.
    fn resident(&self) -> Option<i64> {
        self.beside?.server.process()?.rss
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
        let cause = worst.map(|worst| cause(diagnosis, worst, known));
        let sentence = [Some(above), cause].into_iter().flatten();
        let sentence = sentence.collect::<Vec<_>>().join(" ");
        return judgement("critical", "limit passed", sentence);
    }
    let grows = growing(diagnosis);
    match (diagnosis.verdict(), worst) {
        (Verdict::Findings, Some(worst)) => judgement(
            worst.severity.name(),
            worst.severity.name(),
            cause(diagnosis, worst, known),
        ),
        (Verdict::Findings, None) => judgement("medium", "check", String::new()),
        (Verdict::Healthy, _) if grows.is_some() => {
            let sentence = grows.unwrap_or_default();
            match sentence.starts_with("Growing") {
                true => judgement("medium", "growing", sentence),
                false => judgement("medium", "grew", sentence),
            }
        }
        (Verdict::Healthy, _)
            if diagnosis.is_small_client_table() && is_small(diagnosis, known) =>
        {
            judgement("info", "small", small(diagnosis, known))
        }
        // Nothing is healthy that the next collection may come too late for.
        (Verdict::Healthy, _) if large(diagnosis).is_none() => match is_tight(diagnosis, known) {
            true => judgement("medium", "check", healthy(diagnosis)),
            false => judgement("healthy", "healthy", healthy(diagnosis)),
        },
        (Verdict::Healthy | Verdict::Uncertain, _) => {
            judgement("medium", "check", unsure(diagnosis))
        }
        (Verdict::Unexplained, _) if is_small(diagnosis, known) => {
            judgement("info", "small", small(diagnosis, known))
        }
        (Verdict::Unexplained, _) => judgement("medium", "unexplained", unexplained(diagnosis)),
        (Verdict::NotJudged, _) => judgement("info", "not diagnosed", why_not_judged(diagnosis)),
    }
}

/// The finding to look at first, if any is at medium or above.
pub fn worst(diagnosis: &Diagnosis) -> Option<&Finding> {
    let mut findings = diagnosis.findings.iter();
    findings.find(|finding| finding.severity >= Severity::Medium)
}

/// What to do first: about the worst finding, and with its client where that is known.
pub fn first_step(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let worst = worst(diagnosis)?;
    let client = known.answer(diagnosis, worst).and_then(Answer::client);
    let client = client.map(client::blame);
    let step = worst.remedy.first();
    let step = step.map(|step| known.fill_in_for(diagnosis, worst, &step.text));
    let sentences: Vec<String> = client.into_iter().chain(step).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// A command that fetches a profile, as the program that is diagnosed needs it.
pub(crate) fn fetched(diagnosis: &Diagnosis, step: &str) -> String {
    let program = diagnosis.program.as_deref().unwrap_or("kube-apiserver");
    let is_apiserver = diagnosis.role == Role::ApiServer && program == "kube-apiserver";
    match is_apiserver {
        true => step.replace("curl -s 'http://HOST:PORT/", "kubectl get --raw '/"),
        false => step.to_owned(),
    }
}

/// Findings above info.
fn shown(diagnosis: &Diagnosis) -> impl Iterator<Item = &Finding> {
    let findings = diagnosis.findings.iter();
    findings.filter(|finding| finding.severity > Severity::Info)
}

/// What is large without being a clear fault: a finding that programs at work have too,
/// or findings of one id that hold half of the heap. The first of them, and their bytes.
fn large(diagnosis: &Diagnosis) -> Option<(&Finding, i64)> {
    let of_id = |one: &Finding| {
        let of_id = shown(diagnosis).filter(|finding| finding.id == one.id);
        of_id.map(|finding| i128::from(finding.bytes)).sum::<i128>()
    };
    let holds_half =
        |one: &Finding| one.severity > Severity::Info && 2 * of_id(one) >= i128::from(one.whole);
    let mut findings = diagnosis.findings.iter();
    let found = findings.find(|one| one.is_capped || holds_half(one))?;
    Some((found, clamp(of_id(found).max(found.bytes.into()))))
}

/// That no problem is known; what is small is named, as the findings follow.
fn healthy(diagnosis: &Diagnosis) -> String {
    const NAMED: usize = 2;
    let words = "No known problem in this dump";
    let count = shown(diagnosis).count();
    if count == 0 {
        return format!("{words}.");
    }
    let small = shown(diagnosis).take(NAMED).map(|finding| {
        let share = unit::percentage(finding.bytes, finding.whole);
        let (id, bytes) = (&finding.id, amount(diagnosis, finding.bytes));
        let whole = finding::whole(finding);
        let kinds = finding::kinds(finding).map_or_else(String::new, |kinds| format!("{kinds}, "));
        format!("{id} ({kinds}{bytes}, {} of the {whole})", share.trim())
    });
    let mut small = small.collect::<Vec<_>>().join(", ");
    if count > NAMED {
        small += &format!(" and {} more", count - NAMED);
    }
    format!("{words}, except small ones: {small}.")
}

/// Why nothing is judged, to follow a colon; `None` where something is.
pub fn not_judged(diagnosis: &Diagnosis) -> Option<String> {
    diagnosis.unjudged()?;
    let why = in_sentence(&why_not_judged(diagnosis));
    Some(why.trim_end_matches('.').to_owned())
}

/// Why nothing is judged.
fn why_not_judged(diagnosis: &Diagnosis) -> String {
    let words = match diagnosis.unjudged() {
        Some(Unjudged::Foreign(runtime)) => {
            let (profiled, runtime) = (diagnosis.profiled.name(), runtime.name());
            return format!(
                "This is the {profiled} profile of a {runtime} program; kheap knows problems of Go \
                 programs only."
            );
        }
        Some(Unjudged::NoMemory(Profiled::References)) => {
            "This is a reference profile: its stacks show which variables keep the memory, not who \
             allocated it. Show it with `kheap tree` or `kheap flame`, and diagnose a heap profile."
        }
        Some(Unjudged::NoMemory(profiled)) => {
            let profiled = profiled.name();
            return format!("This is a {profiled} profile; kheap diagnoses heap profiles only.");
        }
        Some(Unjudged::Allocations) => {
            "Allocation totals are not diagnosed: they show what was allocated, not what is in use."
        }
        Some(Unjudged::Times) => "This is a profile of times; kheap diagnoses heap profiles only.",
        Some(Unjudged::Counts) => "Counts of objects are not diagnosed; use inuse_space.",
        Some(Unjudged::Untyped) => {
            "The sample type space is not diagnosed: it may be memory in use or all that was allocated."
        }
        Some(Unjudged::ProfilerOff(bytes)) => {
            let bytes = unit::label(clamp(bytes.into()), "bytes", unit::AUTO);
            return format!(
                "The profile is empty, but {bytes} of the heap are in use: the profiler was off."
            );
        }
        Some(Unjudged::Unnamed) => {
            "These values are not diagnosed: the file does not say whether they are memory in use."
        }
        _ => "A difference of two profiles is not diagnosed.",
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
    if let Some(size) = process_size(diagnosis).filter(|&size| size >= limit) {
        let words = |bytes| amount(diagnosis, bytes);
        return Some(format!(
            "The process takes {}, {} above the limit of {}.",
            words(size),
            words(size - limit),
            words(limit)
        ));
    }
    let below = limit - diagnosis.total;
    let (below, limit_words) = (amount(diagnosis, below), amount(diagnosis, limit));
    let garbage = match known.gogc {
        Gogc::Percent(percent) => {
            let most = with_garbage(diagnosis.total, percent);
            let with = amount(diagnosis, most);
            match most >= limit {
                true => format!("Garbage can take it to {with} (GOGC={percent}), above the limit."),
                false => format!("With garbage it stays below {with} (GOGC={percent})."),
            }
        }
        Gogc::Off => "Without GC (GOGC=off) garbage alone can reach it.".to_owned(),
    };
    Some(format!(
        "The live heap is {below} below the limit of {limit_words}. {garbage}"
    ))
}

/// The most that the heap takes before the next collection.
fn with_garbage(live: i64, gogc: u32) -> i64 {
    let live = i128::from(live);
    clamp(live + live * i128::from(gogc) / 100)
}

/// Whether a heap that is below its limit passes it with its garbage, or the process has.
fn is_tight(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    let limit = known
        .limit
        .filter(|_| diagnosis.is_level && diagnosis.trend.is_none());
    limit.is_some_and(|limit| match known.gogc {
        _ if process_size(diagnosis).is_some_and(|size| size >= limit) => true,
        Gogc::Percent(percent) => with_garbage(diagnosis.total, percent) >= limit,
        Gogc::Off => true,
    })
}

/// What the process takes, where that can be.
fn process_size(diagnosis: &Diagnosis) -> Option<i64> {
    let process = diagnosis.process.as_ref();
    let process = process.filter(|process| !process::is_too_small(process));
    process.map(|process| process.total)
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// All that is said above the details: the process, the verdict, the limit.
pub fn lead(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let beside = || process::beside(diagnosis, known.resident()?);
    let process = match (&diagnosis.process, beside()) {
        // What the runtime holds is less than what is resident.
        (Some(process), beside) if beside.is_none() || process.size != Size::Runtime => {
            process::sentences(process)
        }
        (_, beside) => beside.into_iter().collect(),
    };
    let sentences = process
        .into_iter()
        .chain([judgement(diagnosis, known).sentence])
        .chain(room(diagnosis, known));
    sentences.collect::<Vec<_>>().join(" ")
}

/// How much there is, and of what: a sum below zero is a change.
pub fn total(diagnosis: &Diagnosis) -> String {
    let net = if diagnosis.total < 0 {
        "net change "
    } else {
        ""
    };
    let total = format!("{net}{}", amount(diagnosis, diagnosis.total));
    [total.as_str(), &diagnosis.sample_type]
        .join(" ")
        .trim_end()
        .to_owned()
}

/// The worst finding and its sequel, as one cause.
fn cause(diagnosis: &Diagnosis, worst: &Finding, known: &Known<'_>) -> String {
    let of = |finding: &Finding| amount(diagnosis, finding.bytes);
    let kinds = finding::kinds_aside(worst);
    let mut words = format!(
        "{} of the {} ({} of {}): {}{kinds}.",
        share_words(worst.share),
        finding::whole(worst),
        of(worst),
        amount(diagnosis, worst.whole),
        in_sentence(&worst.title),
    );
    if let Some((other, cause)) = sequel(diagnosis, worst) {
        let clients = [worst, other].map(|finding| known.answer(diagnosis, finding));
        let cause = client::of_both(clients).unwrap_or_else(|| cause.to_owned());
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
    let words = match large(diagnosis) {
        _ if diagnosis.is_one_of_several => {
            "No clear fault in the first table; kheap reads no other table.".to_owned()
        }
        Some((finding, bytes)) => format!(
            "No clear fault. One thing is large; check whether it is expected: {} ({}, {} of the \
             {}).",
            in_sentence(&finding.title),
            amount(diagnosis, bytes),
            unit::percentage(bytes, finding.whole).trim(),
            finding::whole(finding)
        ),
        None => "No known problem in this part of the profile; the rest of it is not in the text."
            .to_owned(),
    };
    with_visible(diagnosis, &words)
}

/// Whether a heap is small, and so is its process where its size is known.
fn is_small(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    const SMALL_PROCESS: i64 = 256 << 20;
    let size = known.resident().or(process_size(diagnosis));
    diagnosis.is_small() && size.is_none_or(|size| size < SMALL_PROCESS)
}

/// A heap that explains no large process.
fn small(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let size = amount(diagnosis, diagnosis.total);
    if known.resident().or(process_size(diagnosis)).is_some() {
        return format!("No known problem matches this heap, and it is small: {size}.");
    }
    let step = known.fill_in("kheap diagnose FILE --rss SIZE");
    format!(
        "No known problem matches this heap, and it is small: {size}. If the process is large, \
         compare its RSS: {step}."
    )
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
    match larger(diagnosis) {
        Some(larger) if has_small => with_visible(diagnosis, &format!("{words} {larger}")),
        _ => with_visible(diagnosis, words),
    }
}

/// What is larger than each finding, in a sentence.
fn larger(diagnosis: &Diagnosis) -> Option<String> {
    let share = |bytes| unit::percentage(bytes, diagnosis.total).trim().to_owned();
    let words = |bytes| format!("{} ({})", amount(diagnosis, bytes), share(bytes));
    let (name, held) = match diagnosis.larger()? {
        Evidence::Path { frames, bytes, .. } => (frames.last()?, words(*bytes)),
        Evidence::Row { name, flat, cum } if flat == cum => (name, words(*flat)),
        Evidence::Row { name, flat, cum } => (
            name,
            format!("{} itself, {} with its callees", words(*flat), words(*cum)),
        ),
        _ => return None,
    };
    Some(format!(
        "The largest is no finding: {} holds {held}.",
        short(name)
    ))
}

/// Adds how little of the heap a pasted table shows.
fn with_visible(diagnosis: &Diagnosis, words: &str) -> String {
    match diagnosis.visible.filter(|_| diagnosis.is_fragment()) {
        Some(visible) => {
            let share = unit::percentage(visible, diagnosis.total);
            let share = share.trim();
            match largest_cum(diagnosis).filter(|cum| *cum > visible) {
                Some(cum) => format!(
                    "{words} The rows of the table hold only {share} of the heap themselves, the \
                     largest {} with its callees (cum).",
                    unit::percentage(cum, diagnosis.total).trim()
                ),
                None => format!("{words} The rows of the table hold only {share} of the heap."),
            }
        }
        None => words.to_owned(),
    }
}

/// The most that a row of a table that no finding claims has with its callees.
fn largest_cum(diagnosis: &Diagnosis) -> Option<i64> {
    let rows = diagnosis.unclaimed.iter();
    let cums = rows.filter_map(|row| match row {
        Evidence::Row { cum, .. } => Some(*cum),
        _ => None,
    });
    cums.max()
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
            [_] => finding::kinds_aside(finding),
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
        Verdict::Unexplained if diagnosis.visible.is_none() => match &diagnosis.composition {
            Some(composition) => ("Who allocated it", composition.origins.iter().collect()),
            None => ("The largest stacks", diagnosis.unclaimed.iter().collect()),
        },
        Verdict::NotJudged if !diagnosis.has_parts() => {
            ("The largest stacks", diagnosis.unclaimed.iter().collect())
        }
        Verdict::Findings if diagnosis.visible.is_some() && diagnosis.is_level => (
            "Also large, and no known problem matches",
            diagnosis.notable_rows().collect(),
        ),
        // A table shows nothing else.
        _ if diagnosis.visible.is_some() => {
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
