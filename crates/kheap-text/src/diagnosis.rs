//! A diagnosis in words: the verdict, its cause, what to do first.

use std::collections::HashSet;

use kheap::attribute::{BreakdownRow, Role, UNKNOWN};
use kheap::diagnose::{Evidence, Finding, Note, OwnBy, ProgramBy, Severity, Unjudged, Verdict};
use kheap::memory::{MemoryOptions, Size};
use kheap::profile::Profiled;
use kheap::{Diagnosis, symbol, unit};
use kheap_evidence::join::{Answer, FileUse};
use kheap_evidence::{FileKind, Joined};

use crate::change::{UNKNOWN_PROGRAM, counted};
use crate::group::Group;
pub use crate::judgement::{Judgement, Word};
use crate::limit::is_tight;
pub use crate::limit::{passed, room};
use crate::shell::quoted;
pub use crate::step::{diagnose_next, first_step};
use crate::story::sequel;
use crate::trend::{HeapGrowth, growing};
pub use crate::value::amount;
use crate::value::{given, share as share_of};
use crate::{
    Commands, client, composition, fetch, finding, grown, limit, memory, place, process, step,
};

/// The program as a heading says it: its name, and what shows it where the file does not.
pub fn program(diagnosis: &Diagnosis) -> (&str, &'static str) {
    match (&diagnosis.program, &diagnosis.inferred_program) {
        (Some(program), _) => (program, ""),
        (None, Some(inferred)) => (&inferred.name, shown_by(inferred.by)),
        (None, None) => match diagnosis.role {
            Role::ApiServer => ("API server", BY_FUNCTIONS),
            Role::Etcd => ("etcd", BY_FUNCTIONS),
            Role::Prometheus => ("Prometheus", BY_FUNCTIONS),
            Role::Client => ("client of Kubernetes", BY_FUNCTIONS),
            Role::Unknown => own_module(diagnosis).unwrap_or((UNKNOWN_PROGRAM, "")),
            role => (role.name(), BY_FUNCTIONS),
        },
    }
}

/// The module of a program that nothing names, and what shows it.
fn own_module(diagnosis: &Diagnosis) -> Option<(&str, &'static str)> {
    let own = diagnosis.composition.as_ref()?.own.as_ref()?;
    let by = match own.by {
        OwnBy::Vendor => "module from its vendor folder",
        OwnBy::Files => "module from its source files",
        _ => return None,
    };
    Some((&own.module, by))
}

const BY_FUNCTIONS: &str = "by its functions";

/// What is diagnosed, in a line: the program, what shows it, its role, and how much there is.
/// The names are those of the diagnosis, written for their surroundings.
pub fn heading(diagnosis: &Diagnosis, program: &str, total: &str) -> String {
    format!("{program}{}: {total}", aside(diagnosis))
}

/// The role of the program behind its name, and what shows that name where the file does not.
pub fn aside(diagnosis: &Diagnosis) -> String {
    let (name, by) = program(diagnosis);
    let is_said = |role: &Role| by == BY_FUNCTIONS || role.name() == name;
    let role = Some(diagnosis.role).filter(|role| *role != Role::Unknown && !is_said(role));
    let asides = [role.map_or("", Role::name), by];
    let asides: Vec<&str> = asides.into_iter().filter(|one| !one.is_empty()).collect();
    match asides.is_empty() {
        true => String::new(),
        false => format!(" ({})", asides.join("; ")),
    }
}

pub(crate) fn shown_by(by: ProgramBy) -> &'static str {
    match by {
        ProgramBy::MainFolder => "name from the folder of its main function",
        ProgramBy::Vendor => "name from its vendor folder",
        ProgramBy::Files => "name from its source files",
        _ => "",
    }
}

/// What is known beside a diagnosis.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Known<'k> {
    /// The process, as for [`DiagnoseOptions`](kheap::DiagnoseOptions): its limit is what the
    /// heap is held against.
    pub process: MemoryOptions,
    /// The file of the newest dump.
    pub file: Option<&'k str>,
    /// The file of the dump since which it grows.
    pub older: Option<&'k str>,
    /// The dumps as they were given: one folder, or few files.
    pub dumps: &'k [&'k str],
    /// Whether the dumps that were given are of several programs, which this is one of.
    pub has_other_programs: bool,
    /// The folder of the dump, where metrics or logs lie in it that were not given.
    pub unread: Option<&'k str>,
    /// All files that were read, which no command may overwrite.
    pub inputs: &'k [&'k str],
    /// The size of the process as commands repeat it, such as `6GB`.
    pub rss: Option<&'k str>,
    /// What lies beside the dump.
    pub beside: Option<&'k Joined>,
    /// Whether manifests that limit clients can be asked for, and were not.
    pub offers_manifests: bool,
    /// What becomes of the commands of kheap in steps that are filled in, and in all of a
    /// report. Other sentences pass [`Commands::apply`].
    pub commands: Commands<'k>,
}

kheap::__setters! {
    impl<'k> Known<'k> {
        process: MemoryOptions,
        file: impl Into<Option<&'k str>>,
        older: impl Into<Option<&'k str>>,
        dumps: &'k [&'k str],
        has_other_programs: bool,
        unread: impl Into<Option<&'k str>>,
        inputs: &'k [&'k str],
        rss: impl Into<Option<&'k str>>,
        beside: impl Into<Option<&'k Joined>>,
        offers_manifests: bool,
        commands: Commands<'k>,
    }
}

impl<'k> Known<'k> {
    /// The limit that the heap is held against, in bytes.
    pub fn limit(&self) -> Option<i64> {
        let limit = self.process.limit?;
        Some(i64::try_from(limit).unwrap_or(i64::MAX))
    }

    /// What lies beside the dump says of a finding.
    pub fn answer(&self, diagnosis: &Diagnosis, finding: &Finding) -> Option<&'k Answer> {
        let mut findings = diagnosis.findings.iter();
        let at = findings.position(|other| std::ptr::eq(other, finding))?;
        self.beside?.answers.get(at)
    }

    /// Puts what is known in the place of `FILE` and `SIZE` in a step, and lets it overwrite
    /// no input.
    pub fn fill_in(&self, step: &str) -> String {
        self.fill_in_with(self.file, step)
    }

    fn fill_in_with(&self, file: Option<&str>, step: &str) -> String {
        let mut step = fetch::to_new_files(step, self.inputs);
        // The dump alone does not say what the files beside it say.
        if let Some(folder) = self.folder().filter(|_| file == self.file) {
            let of_folder = format!("`kheap diagnose {}", quoted(folder));
            step = step.replace("`kheap diagnose FILE", &of_folder);
        }
        if let Some(file) = file {
            step = step.replace(" FILE", &format!(" {}", quoted(file)));
        }
        if let Some(older) = self.older {
            step = step.replace(" OLDER ", &format!(" {} ", quoted(older)));
        }
        if let Some(rss) = self.rss {
            step = step.replace("--rss SIZE", &format!("--rss {rss}"));
        }
        match self.commands {
            Commands::Kheap => step,
            commands => commands.apply(&step).into_owned(),
        }
    }

    /// The file that a command fetches a dump to.
    pub(crate) fn new_dump(&self) -> String {
        fetch::new_file(fetch::DUMP, self.inputs)
    }

    /// The same with what is known of the program and of a finding: one kind takes the place
    /// of `KIND`, profiles of kube-apiserver are fetched by kubectl, and of a table a dump
    /// is looked at.
    pub fn fill_in_for(&self, diagnosis: &Diagnosis, finding: &Finding, step: &str) -> String {
        self.fill_in_of(diagnosis, &Group::of(finding), step)
    }

    /// The same for all kinds of findings that are shown as one.
    pub(crate) fn fill_in_of(
        &self,
        diagnosis: &Diagnosis,
        group: &Group<'_>,
        step: &str,
    ) -> String {
        let new_dump = self.new_dump();
        let file = match step::needs_dump(diagnosis, step) {
            true => Some(&*new_dump),
            false => self.file,
        };
        let step = step::with_split(diagnosis, self, step);
        let mut step = fetch::fetched(diagnosis, &self.fill_in_with(file, &step));
        if let Some(program) = diagnosis.known_program() {
            let name = program.rsplit('/').next().unwrap_or(program);
            let listed = as_listed(name);
            if listed != name && step.contains("grep PROGRAM ") {
                step.push_str(" Linux cuts the name of a program at 15 bytes.");
            }
            step = step.replace("grep PROGRAM ", &format!("grep {} ", quoted(listed)));
        }
        if let Some(limit) = self.limit() {
            step = with_memory_limit(diagnosis, limit, step);
        }
        let answer = self.answer(diagnosis, group.first());
        if answer.and_then(Answer::client).is_some() {
            step = step.replace(client::WHEN_KNOWN, client::KNOWN);
        }
        match self.kinds(diagnosis, group) {
            Some(kinds) => {
                // A watch of kubectl is of one kind.
                let first = kinds.split(',').next().unwrap_or_default();
                let step = step.replace(" KIND -A -w", &format!(" {first} -A -w"));
                step.replace(" KIND ", &format!(" {kinds} "))
            }
            None => step,
        }
    }

    /// The kinds of findings as kubectl takes them, else the resource of their client.
    fn kinds(&self, diagnosis: &Diagnosis, group: &Group<'_>) -> Option<String> {
        // Nobody knows which kind a custom resource is of.
        let mut kinds: Vec<&str> = group.kinds().collect();
        // A command about the others alone would count a part as all.
        if kinds.iter().any(|kind| kind.contains(' ')) {
            kinds.clear();
        }
        let who = self.answer(diagnosis, group.first());
        let who = who.and_then(|answer| answer.who.first());
        match kinds.is_empty() {
            true => who.map(|who| who.resource.to_string()),
            false => Some(kinds.join(",")),
        }
    }

    /// What is resident, as metrics of the same process say.
    pub(crate) fn resident(&self) -> Option<i64> {
        self.beside?.server.process()?.rss
    }

    /// At which size of the heap the next collection starts, as they say.
    pub(crate) fn next_collection(&self) -> Option<i64> {
        let stats = &self.beside?.server.process()?.mem_stats;
        stats.get("next_gc_bytes").copied()
    }

    /// The files of metrics that were used.
    pub(crate) fn metrics(&self) -> Vec<&'k str> {
        let files = self.beside.iter().flat_map(|beside| &beside.files);
        let is_used = |file: &&FileUse| file.kind == FileKind::Metrics && file.usage.is_used();
        files.filter(is_used).map(|file| &*file.file).collect()
    }

    /// Whether the dump was given by its name, and no other dump with it.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self.dumps, []) || matches!(self.dumps, [given] if Some(*given) == self.file)
    }

    /// The folder that was given, where the dump and the files beside it were found.
    pub(crate) fn folder(&self) -> Option<&'k str> {
        match (self.dumps, self.file) {
            ([given], Some(file)) if *given != file => Some(given),
            _ => None,
        }
    }

    /// Whether the process, or else its heap, is above the limit.
    pub fn is_limit_passed(&self, diagnosis: &Diagnosis) -> bool {
        limit::is_passed(diagnosis, self)
    }
}

/// A step that sets a `GOMEMLIMIT` with its value; where the live heap leaves no room for one,
/// the advice to set none.
fn with_memory_limit(diagnosis: &Diagnosis, limit: i64, step: String) -> String {
    const SET: &str = "GOMEMLIMIT to nine tenths of the limit";
    let limit_words = given(limit);
    let is_full = diagnosis.process.as_ref().is_some_and(memory::is_full);
    match step.contains(SET) {
        true if is_full => format!(
            "Set no GOMEMLIMIT: the live heap leaves too little room below the {limit_words} limit."
        ),
        true => {
            let mebibytes = limit::nine_tenths(limit) >> 20;
            let set = format!("GOMEMLIMIT={mebibytes}MiB (nine tenths of the {limit_words} limit)");
            step.replace(SET, &set)
        }
        false => step,
    }
}

/// The name of a program as the system lists it: fifteen bytes at most.
fn as_listed(name: &str) -> &str {
    const LONGEST: usize = 15;
    name.get(..LONGEST).unwrap_or(name)
}

/// What a diagnosis amounts to. A passed limit comes before its cause.
pub fn judgement(diagnosis: &Diagnosis, known: &Known<'_>) -> Judgement {
    let judgement = of_heap(diagnosis, known);
    match limit::passed(diagnosis, known) {
        None if is_tight(diagnosis, known) => {
            Judgement::new(judgement.word.at_limit(), judgement.sentence)
        }
        None => judgement,
        Some(passed) => {
            let sentence = format!("{passed} {}", beside_limit(diagnosis, judgement));
            Judgement::new(Word::LimitPassed, sentence.trim().to_owned())
        }
    }
}

/// The verdict as people read it: of a healthy heap with the number of its small findings.
pub fn verdict(diagnosis: &Diagnosis, judgement: &Judgement) -> String {
    let verdict = judgement.word.shown();
    match (judgement.word, shown(diagnosis).count()) {
        (Word::Healthy, small @ 1..) => format!("{verdict}, {}", counted(small, "small finding")),
        _ => verdict,
    }
}

/// What is said of a heap above its limit: a cause, or growth. That nothing is known to be
/// wrong would contradict it.
fn beside_limit(diagnosis: &Diagnosis, judgement: Judgement) -> String {
    let is_cause = worst(diagnosis).is_some()
        || judgement.word.is_growth()
        || matches!(judgement.word, Word::Unexplained | Word::Cut);
    match is_cause {
        true => judgement.sentence,
        false => largest_finding(diagnosis).map_or_else(String::new, |largest| {
            format!("The largest finding: {largest}.")
        }),
    }
}

/// The same by the heap alone.
fn of_heap(diagnosis: &Diagnosis, known: &Known<'_>) -> Judgement {
    let worst = worst(diagnosis);
    let grows = growing(diagnosis);
    match (diagnosis.verdict(), worst, grows) {
        (Verdict::Findings, Some(worst), _) => Judgement::new(
            Word::Findings(worst.severity),
            cause(diagnosis, worst, known),
        ),
        (Verdict::Findings, None, _) => Judgement::new(Word::Check, String::new()),
        (Verdict::Healthy, _, Some(growth)) => grew(growth),
        (Verdict::Healthy, _, _)
            if diagnosis.is_small_client_table() && is_small(diagnosis, known) =>
        {
            Judgement::new(Word::Small, small(diagnosis, known))
        }
        (Verdict::Healthy, _, _) if half(diagnosis).is_some() && !is_tight(diagnosis, known) => {
            Judgement::new(Word::Small, small_half(diagnosis))
        }
        // Nothing is healthy that the next collection may come too late for.
        (Verdict::Healthy, _, _) => match is_tight(diagnosis, known) {
            true => Judgement::new(Word::Check, close(diagnosis)),
            false => match suppressed(diagnosis, Severity::Medium).next() {
                None => Judgement::new(Word::Healthy, healthy(diagnosis)),
                Some(_) => Judgement::new(Word::Suppressed, no_open_finding(diagnosis)),
            },
        },
        (Verdict::Uncertain, _, Some(_)) if is_mostly_known(diagnosis) => {
            cause_that_grew(diagnosis)
        }
        (Verdict::Uncertain, _, Some(growth)) if !has_capped(diagnosis) => grew(growth),
        (Verdict::Uncertain, _, _) => Judgement::new(Word::Check, unsure(diagnosis)),
        (Verdict::Unexplained, _, _) if is_small(diagnosis, known) => {
            Judgement::new(Word::Small, small(diagnosis, known))
        }
        (Verdict::Unexplained, _, _) => match grown::unexplained(diagnosis, known) {
            Some((goes_on, sentence)) => Judgement::new(word_of_growth(goes_on), sentence),
            None => {
                let word = match diagnosis.is_only_cut() {
                    true => Word::Cut,
                    false => Word::Unexplained,
                };
                Judgement::new(word, unexplained(diagnosis, known))
            }
        },
        (Verdict::NotJudged, _, _) => Judgement::new(Word::NotDiagnosed, why_not_judged(diagnosis)),
        (_, _, _) => Judgement::new(Word::Check, String::new()),
    }
}

/// The verdict on a heap that grows, and has no other problem.
fn grew(growth: HeapGrowth) -> Judgement {
    Judgement::new(word_of_growth(growth.goes_on), growth.sentence)
}

fn word_of_growth(goes_on: bool) -> Word {
    match goes_on {
        true => Word::Growing,
        false => Word::Grew,
    }
}

/// Whether one signature explains half of the heap: then it is the cause of its growth.
pub(crate) fn is_mostly_known(diagnosis: &Diagnosis) -> bool {
    large(diagnosis)
        .first()
        .is_some_and(|one| 2 * i128::from(one.bytes) >= i128::from(one.first.whole))
}

/// The cause of growth, and the growth. Only growth that goes on is more than a question.
fn cause_that_grew(diagnosis: &Diagnosis) -> Judgement {
    let growth = grown::beside_cause(diagnosis);
    let word = match growth {
        Some((true, _)) => Word::Growing,
        _ => Word::Check,
    };
    let growth = growth.map_or_else(String::new, |(_, growth)| format!(" {growth}"));
    Judgement::new(word, format!("{}{growth}", unsure(diagnosis)))
}

fn has_capped(diagnosis: &Diagnosis) -> bool {
    diagnosis.findings.iter().any(|finding| finding.is_capped)
}

/// The finding to look at first, if any is at medium or above.
pub fn worst(diagnosis: &Diagnosis) -> Option<&Finding> {
    let mut findings = diagnosis.findings.iter();
    findings.find(|finding| finding.severity >= Severity::Medium)
}

/// Findings above info.
fn shown(diagnosis: &Diagnosis) -> impl Iterator<Item = &Finding> {
    let findings = diagnosis.findings.iter();
    findings.filter(|finding| finding.severity > Severity::Info)
}

/// Findings of one signature.
struct Large<'d> {
    first: &'d Finding,
    /// How many: one for each kind.
    count: usize,
    bytes: i64,
}

/// The findings above info by signature, in the order of their first ones: several normal
/// kinds together do not come before a fault.
fn by_signature(diagnosis: &Diagnosis) -> Vec<Large<'_>> {
    let mut all: Vec<Large<'_>> = Vec::new();
    for finding in shown(diagnosis) {
        match all.iter_mut().find(|one| one.first.id == finding.id) {
            Some(one) => {
                one.count += 1;
                one.bytes = one.bytes.saturating_add(finding.bytes);
            }
            None => all.push(Large {
                first: finding,
                count: 1,
                bytes: finding.bytes,
            }),
        }
    }
    all
}

/// What is large without being a clear fault: what programs at work have too, else as few
/// as hold half of the heap.
fn large(diagnosis: &Diagnosis) -> Vec<Large<'_>> {
    let mut all = by_signature(diagnosis);
    if let Some(at) = all.iter().position(|one| is_capped(diagnosis, one.first)) {
        return vec![all.swap_remove(at)];
    }
    let (mut sum, mut enough) = (0_i128, 0);
    for one in &all {
        if 2 * sum >= i128::from(one.first.whole) {
            break;
        }
        sum += i128::from(one.bytes);
        enough += 1;
    }
    all.truncate(enough);
    all
}

fn is_capped(diagnosis: &Diagnosis, one: &Finding) -> bool {
    let mut of_id = shown(diagnosis).filter(|finding| finding.id == one.id);
    of_id.any(|finding| finding.is_capped)
}

/// The finding above info that holds most.
pub(crate) fn largest(diagnosis: &Diagnosis) -> Option<&Finding> {
    let large = large(diagnosis).into_iter().next();
    large.map(|large| large.first)
}

/// A title, its kinds and what in parentheses follows them.
fn named(diagnosis: &Diagnosis, large: &Large<'_>, with_share: bool) -> String {
    let finding = large.first;
    let kinds = match large.count {
        1 => finding::kinds(finding),
        count => Some(format!("{} kinds together", in_words(count))),
    };
    let share = share_of(large.bytes, finding.whole);
    let share = format!("{share} of the {}", finding::whole(diagnosis, finding));
    let bytes = amount(diagnosis, large.bytes);
    let facts = [kinds, Some(bytes), with_share.then_some(share)];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    format!("{} ({})", in_sentence(&finding.title), facts.join(", "))
}

/// What is large, and how large, in a sentence without its end.
fn large_one(diagnosis: &Diagnosis, large: &Large<'_>) -> String {
    let finding = large.first;
    let kinds = match large.count {
        1 => finding::kinds_aside(finding),
        count => format!(" ({} kinds together)", in_words(count)),
    };
    let share = share_of(large.bytes, finding.whole);
    held(diagnosis, finding, &kinds, &share, large.bytes)
}

/// How much a finding holds, or those of its signature together, in a sentence without its end.
fn held(diagnosis: &Diagnosis, finding: &Finding, kinds: &str, share: &str, bytes: i64) -> String {
    format!(
        "{}{kinds}: {share} of the {} ({} of {})",
        finding.title,
        finding::whole(diagnosis, finding),
        amount(diagnosis, bytes),
        amount(diagnosis, finding.whole),
    )
}

/// Small numbers, as one says them.
fn in_words(count: usize) -> String {
    const WORDS: [&str; 8] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    let word = count.checked_sub(2).and_then(|at| WORDS.get(at));
    word.map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// That no problem is known, or none that is urgent: then the largest is named.
fn healthy(diagnosis: &Diagnosis) -> String {
    match largest_finding(diagnosis) {
        None => format!("No known problem in this dump{}.", besides(diagnosis)),
        Some(largest) => {
            let besides = besides(diagnosis);
            format!("No urgent problem{besides}. The largest finding: {largest}.")
        }
    }
}

/// That a limit is close, and what is largest.
fn close(diagnosis: &Diagnosis) -> String {
    let largest =
        largest_finding(diagnosis).map(|largest| format!(" The largest finding: {largest}."));
    format!("Close to the limit.{}", largest.unwrap_or_default())
}

/// The signature that holds most, by all its findings together.
fn largest_finding(diagnosis: &Diagnosis) -> Option<String> {
    let all = by_signature(diagnosis).into_iter();
    let largest = all.rev().max_by_key(|one| one.bytes)?;
    Some(named(diagnosis, &largest, true))
}

/// The ids of the findings that are suppressed, of a severity or above: without their names, that
/// nothing is wrong would not be true.
fn suppressed(diagnosis: &Diagnosis, from: Severity) -> impl Iterator<Item = &str> {
    let notes = diagnosis.notes.iter();
    notes.filter_map(move |note| match note {
        Note::Suppressed { id, severity, .. } if *severity >= from => Some(&**id),
        _ => None,
    })
}

/// Their ids, each once.
fn suppressed_ids(diagnosis: &Diagnosis) -> Vec<&str> {
    let mut named = HashSet::new();
    let ids = suppressed(diagnosis, Severity::Low).filter(|id| named.insert(*id));
    ids.collect()
}

fn besides(diagnosis: &Diagnosis) -> String {
    match &suppressed_ids(diagnosis)[..] {
        [] => String::new(),
        ids => format!(" besides what is suppressed ({})", ids.join(", ")),
    }
}

/// That what is known would be a problem, were it not suppressed.
fn no_open_finding(diagnosis: &Diagnosis) -> String {
    let ids = suppressed_ids(diagnosis);
    let suppressed = format!("{} suppressed ({})", ids.len(), ids.join(", "));
    match largest_finding(diagnosis) {
        Some(largest) => {
            format!("No urgent problem is open, {suppressed}. The largest open finding: {largest}.")
        }
        None => format!("No open finding, {suppressed}."),
    }
}

/// The finding that holds half of the heap, where nothing is above info: its bytes are few.
fn half(diagnosis: &Diagnosis) -> Option<&Finding> {
    let mut findings = diagnosis.findings.iter();
    let is_alone = shown(diagnosis).next().is_none();
    findings.find(|finding| is_alone && finding.share >= 0.5)
}

/// That a heap is small, and what holds half of it.
fn small_half(diagnosis: &Diagnosis) -> String {
    let half = half(diagnosis).map(|finding| {
        let size = finding::share_and_bytes(diagnosis, finding);
        format!(
            " One finding holds {size}: {}.",
            in_sentence(&finding.title)
        )
    });
    format!(
        "No urgent problem{}: the heap is small.{}",
        besides(diagnosis),
        half.unwrap_or_default()
    )
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
        Some(Unjudged::Counts) => {
            return match diagnosis.visible {
                None => "Counts of objects are not diagnosed; for bytes, add `--sample-type \
                         inuse_space`."
                    .to_owned(),
                Some(_) => {
                    "Counts of objects are not diagnosed; a heap dump has the bytes.".to_owned()
                }
            };
        }
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

pub(crate) fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// All that is said above the details: a passed limit, the cause, the process, the limit.
pub fn lead(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let process = process(diagnosis, known);
    // What the process consists of is said once: before the cause in the heap, where it is the
    // problem itself.
    let is_problem = worst(diagnosis).is_some_and(finding::is_about_process) && process.is_some();
    let passed = limit::passed(diagnosis, known);
    let cause = match &passed {
        _ if is_problem => in_heap(diagnosis)
            .map(|worst| cause(diagnosis, worst, known))
            .unwrap_or_default(),
        Some(_) => beside_limit(diagnosis, of_heap(diagnosis, known)),
        None => judgement(diagnosis, known).sentence,
    };
    // The limit names the size of the process: its parts follow.
    let room = room(diagnosis, known).unwrap_or_default();
    let process = process.unwrap_or_default();
    let in_order = match (is_problem, limit::names_process(diagnosis, known)) {
        (true, _) => [room, process, cause],
        (false, true) => [cause, room, process],
        (false, false) => [cause, process, room],
    };
    let sentences = passed
        .into_iter()
        .chain(in_order)
        .filter(|sentence| !sentence.is_empty());
    sentences.collect::<Vec<_>>().join(" ")
}

/// The finding about the heap itself to look at first, if any is at medium or above.
pub(crate) fn in_heap(diagnosis: &Diagnosis) -> Option<&Finding> {
    let mut findings = diagnosis.findings.iter();
    findings
        .find(|finding| finding.severity >= Severity::Medium && !finding::is_about_process(finding))
}

/// The size of the process, and what of it the heap does not explain; `None` where nothing of
/// it is known. How far it is from a limit is said elsewhere, and so is its size then.
pub fn process(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let is_size_known = limit::names_process(diagnosis, known);
    let beside = || process::beside(diagnosis, known, is_size_known);
    match (&diagnosis.process, beside()) {
        // What the runtime holds is less than what is resident.
        (Some(process), beside) if beside.is_none() || process.size != Size::Runtime => {
            let sentences = process::sentences(process, is_size_known);
            (!sentences.is_empty()).then(|| sentences.join(" "))
        }
        (_, beside) => beside,
    }
}

/// How much there is, and of what: a sum below zero is a change.
pub fn total(diagnosis: &Diagnosis) -> String {
    let net = if diagnosis.total < 0 {
        "net change "
    } else {
        ""
    };
    let total = format!("{net}{}", amount(diagnosis, diagnosis.total));
    let sample_type = match diagnosis.sample_type.as_str() {
        UNKNOWN | "" => "(sample type unknown)",
        named => named,
    };
    let assumed = match diagnosis.notes.contains(&Note::AssumedType) {
        true => "(assumed)",
        false => "",
    };
    let part = if diagnosis.is_fragment {
        "(pasted part)"
    } else {
        ""
    };
    [total.as_str(), sample_type, assumed, part]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The worst finding and its sequel, as one cause.
fn cause(diagnosis: &Diagnosis, worst: &Finding, known: &Known<'_>) -> String {
    let kinds = finding::kinds_aside(worst);
    let share = share_words(worst.share);
    let mut words = held(diagnosis, worst, &kinds, &share, worst.bytes) + ".";
    if let Some((other, cause)) = sequel(diagnosis, worst) {
        let clients = [worst, other].map(|finding| known.answer(diagnosis, finding));
        let cause = client::of_both(clients).or(cause.map(str::to_owned));
        words += &format!(
            " Also, {}: another {}.",
            in_sentence(&other.title),
            amount(diagnosis, other.bytes)
        );
        words.extend(cause.map(|cause| format!(" {cause}")));
    }
    words += finding::guess(diagnosis, worst);
    words
}

/// A share as one says it.
fn share_words(share: f64) -> String {
    match share {
        0.95.. => "nearly all".to_owned(),
        // From there on the figure says more.
        0.6.. => format!("{:.0}%", share * 100.0),
        0.505.. => "more than half".to_owned(),
        0.495.. => "half".to_owned(),
        share => format!("{:.0}%", share * 100.0),
    }
}

/// A title inside a sentence: its first word in small letters, unless it is a name
/// or an abbreviation.
pub(crate) fn in_sentence(title: &str) -> String {
    let word = title.split(' ').next().unwrap_or_default();
    let word = word.trim_end_matches([',', ':', '.']);
    let rest = word.get(1..).unwrap_or_default();
    let is_small = |c: u8| c.is_ascii_lowercase() || c == b'-';
    let is_word = !rest.is_empty() && rest.bytes().all(is_small);
    match is_word && !NAMES.contains(&word) {
        true => format!("{}{}", word[..1].to_lowercase(), &title[1..]),
        false if word == "A" => format!("a{}", &title[1..]),
        false => title.to_owned(),
    }
}

/// Words that stay capitalized in a sentence.
const NAMES: [&str; 4] = ["Prometheus", "Kubernetes", "Go", "Cilium"];

fn unsure(diagnosis: &Diagnosis) -> String {
    let large = large(diagnosis);
    let words = match &large[..] {
        _ if diagnosis.is_one_of_several => {
            "No known problem in the first table; kheap reads no other table.".to_owned()
        }
        [] => "No known problem in this part of the profile; the rest of it is not in the text."
            .to_owned(),
        [one] => {
            let guess = finding::guess(diagnosis, one.first);
            format!(
                "{}. Check whether that is expected.{guess}",
                large_one(diagnosis, one)
            )
        }
        several => together(diagnosis, several),
    };
    with_visible(diagnosis, &words)
}

/// Whether a heap is small, and so is its process where its size is known.
fn is_small(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    const SMALL_PROCESS: i64 = 256 << 20;
    let size = limit::size(diagnosis, known);
    diagnosis.is_small() && size.is_none_or(|size| size < SMALL_PROCESS)
}

/// Findings that hold half of the heap only together.
fn together(diagnosis: &Diagnosis, several: &[Large<'_>]) -> String {
    let bytes = several.iter().map(|one| i128::from(one.bytes)).sum();
    let bytes = clamp(bytes);
    let each = several.iter().map(|one| named(diagnosis, one, false));
    let each: Vec<String> = each.collect();
    format!(
        "Together, {} findings hold {} of the {} ({}): {}. Check whether they are expected.",
        in_words(several.len()),
        share_of(bytes, diagnosis.total),
        match diagnosis.is_fragment {
            true => finding::PASTED_PART,
            false => "heap",
        },
        amount(diagnosis, bytes),
        each.join("; ")
    )
}

/// A heap that explains no large process.
fn small(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let size = amount(diagnosis, diagnosis.total);
    if limit::size(diagnosis, known).is_some() {
        return format!("No known problem matches this heap, and it is small: {size}.");
    }
    let step = known.fill_in("`kheap diagnose FILE --rss SIZE`");
    let fact = format!("No known problem matches this heap, and it is small: {size}.");
    match step.is_empty() {
        true => fact,
        false => format!("{fact} If the process is large, give its RSS: {step}."),
    }
}

fn unexplained(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let words = match shown(diagnosis).next() {
        Some(_) => "No known problem explains most of this heap.",
        None => "No known problem matches this heap.",
    };
    let parts = parts_unexplained(diagnosis);
    let words = format!("{words}{}", parts.as_deref().unwrap_or_default());
    if let Some((function, bytes)) = composition::allocator(diagnosis) {
        let heap = if parts.is_some() { "the heap" } else { "it" };
        let caller = composition::caller(diagnosis).map_or_else(String::new, |caller| {
            format!(", called from {}", short(caller))
        });
        let words = format!(
            "{words} {} of {heap} ({}) is allocated by {}{caller}{}.{}",
            share_of(bytes, diagnosis.total),
            amount(diagnosis, bytes),
            short(function),
            composition::objects(diagnosis, known).unwrap_or_default(),
            left_in_rows(diagnosis)
        );
        return with_visible(diagnosis, &words);
    }
    let larger = larger(diagnosis).filter(|_| shown(diagnosis).next().is_some());
    let larger = larger.map_or_else(String::new, |larger| format!(" {larger}"));
    with_visible(diagnosis, &format!("{words}{larger}"))
}

/// How much is in parts of a server for requests of one verb, in however many stacks.
fn parts_unexplained(diagnosis: &Diagnosis) -> Option<String> {
    let parts = diagnosis.unexplained_parts().filter_map(|part| match part {
        Evidence::Place { part, verb, bytes } => Some((part, verb, *bytes)),
        _ => None,
    });
    let mut parts = parts.map(|(part, verb, bytes)| {
        let name = place::of_verb(diagnosis.parts(), part, verb);
        let share = share_of(bytes, diagnosis.total);
        let kinds = match has_kinds(diagnosis, part, verb) {
            true => ", all kinds together",
            false => "",
        };
        (name, share, amount(diagnosis, bytes), kinds)
    });
    let (name, share, bytes, kinds) = parts.next()?;
    let first = format!(" {share} of it ({bytes}) is in one part{kinds}: {name}.");
    let others =
        parts.map(|(name, share, bytes, kinds)| format!("{name}, {share} ({bytes}{kinds})"));
    let others: Vec<String> = others.collect();
    Some(match others.is_empty() {
        true => first,
        false => format!("{first} Also large: {}.", others.join("; ")),
    })
}

/// Whether a part is shown elsewhere by kind, in rows that hold less.
fn has_kinds(diagnosis: &Diagnosis, part: &str, verb: &str) -> bool {
    let rows = diagnosis.breakdown.iter().flat_map(|places| &places.rows);
    let of_part = |row: &&BreakdownRow| {
        row.part.as_deref() == Some(part) && row.verb.as_deref() == Some(verb)
    };
    rows.filter(of_part).count() > 1
}

/// How much the rows of a table of a server hold that no finding explains. For other programs
/// the answer shows what that is made of.
fn left_in_rows(diagnosis: &Diagnosis) -> String {
    let is_said = diagnosis.visible.is_some() && diagnosis.composition.is_none();
    if !is_said || !diagnosis.is_unattributed() {
        return String::new();
    }
    format!(
        " In all, {} of the heap ({}) is in rows that no finding explains: the table does not \
         show who asked for it.",
        share_of(diagnosis.unattributed, diagnosis.total),
        amount(diagnosis, diagnosis.unattributed)
    )
}

/// What is larger than each finding, in a sentence.
fn larger(diagnosis: &Diagnosis) -> Option<String> {
    let share = |bytes| share_of(bytes, diagnosis.total);
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
    match diagnosis.visible.filter(|_| diagnosis.has_few_rows()) {
        Some(visible) => {
            let share = share_of(visible, diagnosis.total);
            match largest_cum(diagnosis).filter(|cum| *cum > visible) {
                Some(cum) => {
                    let cum = share_of(cum, diagnosis.total);
                    let (rows, missing) = match visible {
                        0 => ("All rows have flat 0.".to_owned(), "allocate"),
                        _ => (
                            format!("The rows of the table have only {share} of the heap as flat."),
                            "allocate the rest",
                        ),
                    };
                    format!(
                        "{words} {rows} The largest cum is {cum}: the functions that {missing} are \
                         not in this table."
                    )
                }
                None => format!("{words} The rows of the table hold only {share} of the heap."),
            }
        }
        None => format!("{words}{}", little_known(diagnosis)),
    }
}

/// How little of the heap has a cause that the rows of a cut table show.
fn little_known(diagnosis: &Diagnosis) -> String {
    let is_cut = diagnosis.is_only_cut() && diagnosis.has_unknown_rows();
    match diagnosis.known.filter(|_| is_cut) {
        None => String::new(),
        Some(0) => " The table does not show who asked for the memory in its rows.".to_owned(),
        Some(known) => format!(
            " The table shows the cause of only {} of the heap.",
            share_of(known, diagnosis.total)
        ),
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
            let rows: Vec<&Evidence> = diagnosis.unclaimed.iter().collect();
            let is_caller = |row: &&Evidence| matches!(row, Evidence::Row { flat: 0, .. });
            match rows.iter().all(is_caller) {
                true => (
                    "The largest rows by cum, which allocate nothing themselves",
                    rows,
                ),
                false => ("The largest rows", rows),
            }
        }
        _ => (
            "Also large, and no known problem matches",
            diagnosis.notable_parts().collect(),
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
        check("Growing: 4MB", "growing: 4MB");
        check("Server-side applies", "server-side applies");
        check("TLS-only servers", "TLS-only servers");
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
        check(0.541, "more than half");
        check(0.97, "nearly all");
        check(0.785, "78%");
        check(0.3, "30%");
        check(0.5, "half");
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
