//! What to do first.

use std::borrow::Cow;

use kheap::Diagnosis;
use kheap::attribute::Role;
use kheap::diagnose::{Evidence, Unjudged, Verdict};
use kheap::profile::Profiled;
use kheap_evidence::join::Answer;

use crate::diagnosis::{Known, Word, is_mostly_known, judgement, largest, worst};
use crate::fetch::{FETCH, FETCH_AFTER_GC, fetched, two_more};
use crate::group::Group;
use crate::shell::quoted;
use crate::{client, composition, finding, limit, process, trend};

/// More files than this make a command that nobody reads.
const FEW_DUMPS: usize = 4;

/// How to go on with some files after a command that does not diagnose them; `None` where
/// they are too many to name, or one of them is standard input.
pub fn diagnose_next(files: &[&str]) -> Option<String> {
    let is_named = (1..=FEW_DUMPS).contains(&files.len()) && !files.contains(&"-");
    let files: Vec<String> = files.iter().map(|file| quoted(file)).collect();
    is_named.then(|| format!("Next: `kheap diagnose {}`.", files.join(" ")))
}

/// What to do first: about the worst finding, and with its client where that is known;
/// else about what is large, or grows.
pub fn first_step(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let word = judgement(diagnosis, known).word;
    let of_one = |finding| of_findings(diagnosis, known, &Group::of(finding));
    match (worst(diagnosis), word) {
        (Some(worst), _) if finding::is_about_process(worst) => {
            split_process(diagnosis, known).or_else(|| of_one(worst))
        }
        (Some(worst), _) => of_one(worst),
        (None, Word::LimitPassed) => limit::first_step(diagnosis, known),
        (None, Word::Check) if limit::is_tight(diagnosis, known) => {
            limit::first_step(diagnosis, known)
        }
        (None, Word::Check) => {
            of_largest(diagnosis, known).or_else(|| composition::callers(diagnosis, known))
        }
        (None, Word::Growing | Word::GrowingToLimit | Word::Grew) => {
            let cause = is_mostly_known(diagnosis)
                .then(|| largest(diagnosis))
                .flatten();
            let cause = cause.and_then(of_one);
            let callers = (word != Word::Grew && diagnosis.verdict() == Verdict::Unexplained)
                .then(|| composition::callers(diagnosis, known));
            cause
                .or_else(|| callers.flatten())
                .or_else(|| Some(of_growth(diagnosis, known)))
        }
        (None, Word::Unexplained | Word::Cut) => {
            let next = composition::steps(diagnosis, known).into_iter().next();
            let fetch = || (word == Word::Cut).then(|| fetch_dump(diagnosis, known));
            next.or_else(|| count_requests(diagnosis))
                .or_else(fetch)
                .or_else(|| split_process(diagnosis, known))
        }
        (None, Word::NotDiagnosed) => beside_heap(diagnosis, known),
        _ => None,
    }
}

/// What to do about the largest findings, where one of them holds half of the heap.
pub(crate) fn of_large(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    is_mostly_known(diagnosis)
        .then(|| of_largest(diagnosis, known))
        .flatten()
}

/// What to do about the largest finding.
fn of_largest(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let group = Group::of_signature(diagnosis, largest(diagnosis)?);
    of_findings(diagnosis, known, &group)
}

/// How to get more than a table has.
pub(crate) fn fetch_dump(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let (fetch, file) = (fetched(diagnosis, FETCH), known.new_dump());
    format!(
        "Fetch a dump, which has the callers: `{fetch} > {}`.",
        quoted(&file)
    )
}

/// How to find which requests a part of kube-apiserver serves that no finding explains.
fn count_requests(diagnosis: &Diagnosis) -> Option<String> {
    let verb = match diagnosis.unexplained_parts().next()? {
        Evidence::Place { part, .. } if diagnosis.role == Role::ApiServer && part == RECEIVED => {
            return Some(COUNT_READS.to_owned());
        }
        Evidence::Place { verb, .. } if diagnosis.role == Role::ApiServer => verb,
        _ => return None,
    };
    // Metrics count a watch there when it ends, and name the method, and some requests of one
    // method apart.
    let (methods, in_metrics) = match verb.as_str() {
        "WATCH" => return Some(diagnosis.versions.query(COUNT_WATCHES).into_owned()),
        "GET" | "LIST" => (verb.as_str(), ""),
        "CREATE" => ("POST", " (POST in metrics)"),
        "UPDATE" => ("PUT", " (PUT in metrics)"),
        "PATCH" => ("PATCH|APPLY", " (PATCH or APPLY in metrics)"),
        "DELETE" => (
            "DELETE|DELETECOLLECTION",
            " (DELETE or DELETECOLLECTION in metrics)",
        ),
        _ => return None,
    };
    let is = if methods.contains('|') { "=~" } else { "=" };
    Some(format!(
        "Count the {verb} requests{in_metrics} by resource, in Prometheus: `topk(5, sum by \
         (resource) (rate(apiserver_request_total{{verb{is}\"{methods}\"}}[5m])))`."
    ))
}

/// The part of answers of etcd that no reader accounts for.
const RECEIVED: &str = "etcd-receive";

/// How to count reads of etcd. The label is `type` before 1.34, and `resource` since.
const COUNT_READS: &str = "Find what the server reads from etcd, in Prometheus: `topk(5, sum by \
                           (operation, resource, type) \
                           (rate(etcd_request_duration_seconds_count[5m])))`.";

/// How to count open watches, with the newest names of metrics.
const COUNT_WATCHES: &str = "Count watches by resource, in Prometheus: `sum by (resource) \
                             (apiserver_longrunning_requests{verb=\"WATCH\"})`.";

/// What goroutines are good for: a heap with them beside it says more.
fn beside_heap(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    match diagnosis.unjudged()? {
        Unjudged::NoMemory(Profiled::Goroutines) => Some(
            known.fill_in(&match known.unread {
                Some(folder) => format!(
                    "Diagnose the heap in its folder, with all that is there: `kheap diagnose {}`.",
                    quoted(folder)
                ),
                None => {
                    "Give it beside a heap of the same process: `kheap diagnose heap.pb.gz --with \
                     FILE`."
                        .to_owned()
                }
            }),
        ),
        _ => None,
    }
}

/// How to see what a process consists of, where nothing shows it.
fn split_process(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    process::is_whole(diagnosis).then(|| known.fill_in(&split_step(diagnosis, known)))
}

/// The step that splits a process.
fn split_step(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    format!("See what the rest is: {}.", limit::split(diagnosis, known))
}

/// A step with the commands that split this process where it splits one: a dump without
/// `runtime.MemStats` shows no more than is known already.
pub(crate) fn with_split<'s>(
    diagnosis: &Diagnosis,
    known: &Known<'_>,
    step: &'s str,
) -> Cow<'s, str> {
    match step.contains("`kheap memory FILE") && process::is_whole(diagnosis) {
        true => split_step(diagnosis, known).into(),
        false => step.into(),
    }
}

/// The first step of findings, behind their client where that is known.
fn of_findings(diagnosis: &Diagnosis, known: &Known<'_>, group: &Group<'_>) -> Option<String> {
    let finding = group.first();
    let step = finding.remedy.first();
    let client = known.answer(diagnosis, finding).and_then(Answer::client);
    let least = finding::least_requests(finding);
    let client = client.map(|client| client::blame(client, least));
    let step = step.map(|step| {
        let step = filled_in(diagnosis, known, group, group.text(step));
        first_order(&step).to_owned()
    });
    let sentences: Vec<String> = client.into_iter().chain(step).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// A step up to its first command, or its first sentence where it has none: one thing is to
/// be done first.
fn first_order(step: &str) -> &str {
    let mut ticks = step.match_indices('`').map(|(at, _)| at);
    let command_ends = ticks.nth(1);
    let from = command_ends.unwrap_or_default();
    match step[from..].find(". ") {
        Some(at) => &step[..from + at + 1],
        None => step,
    }
}

/// A step without what "Do first" has said already.
pub(crate) fn after_first(first: Option<&str>, step: &str) -> String {
    let is_command = |text: &str| text.contains('`');
    let first = first.unwrap_or_default();
    if first.contains(step) && !step.is_empty() {
        return AS_FIRST.to_owned();
    }
    // A step of several commands goes on behind the first of them.
    let order = first_order(step);
    match is_command(order) && first.contains(order) {
        true => format!("{AS_FIRST} {}", step[order.len()..].trim_start()),
        false => step.to_owned(),
    }
}

/// What stands for a step that comes first.
pub(crate) const AS_FIRST: &str = "As in \"Do first\".";

/// More dumps, until they show a pace; then what grew.
fn of_growth(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    match diagnosis.trend.as_ref().is_some_and(trend::has_rate) {
        true => known.fill_in("See what grew: `kheap compare OLDER FILE`."),
        false => more_dumps(diagnosis, known),
    }
}

/// How to fetch two more dumps, and what to run then.
fn more_dumps(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let dumps: Vec<String> = known.dumps.iter().map(|dump| quoted(dump)).collect();
    let fetch = fetched(diagnosis, FETCH_AFTER_GC);
    match &dumps[..] {
        [folder] => {
            let folder_name = folder.trim_end_matches('/');
            format!(
                "Fetch two more dumps, ten minutes apart. Run this for each: `{fetch} > \
                 {folder_name}/$(date +%s).pb.gz`. Then run `kheap diagnose {folder}` again."
            )
        }
        files => {
            let (fetch, [first, second]) = two_more(diagnosis, known.inputs);
            let then = match (1..=FEW_DUMPS).contains(&files.len()) {
                true => format!(
                    "Then run `kheap diagnose {} {first} {second}`.",
                    files.join(" ")
                ),
                false => "Then diagnose them together with these.".to_owned(),
            };
            format!("{fetch} {then}")
        }
    }
}

/// A step with all that is known; where it needs a dump and there is none, with the command
/// that fetches one.
pub(crate) fn filled_in(
    diagnosis: &Diagnosis,
    known: &Known<'_>,
    group: &Group<'_>,
    step: &str,
) -> String {
    let filled = known.fill_in_of(diagnosis, group, step);
    match needs_dump(diagnosis, step) {
        true => {
            let (fetch, file) = (fetched(diagnosis, FETCH), known.new_dump());
            format!("Fetch a dump: `{fetch} > {file}`. {filled}")
        }
        false => filled,
    }
}

/// Whether a step is a command that reads stacks, which a table does not have.
pub(crate) fn needs_dump(diagnosis: &Diagnosis, step: &str) -> bool {
    let is_command = step.contains("`kheap ") && step.contains(" FILE");
    diagnosis.visible.is_some() && is_command && !step.contains("`kheap diagnose FILE")
}

/// What a step says, without its commands and reasons: `Find the client.`
pub(crate) fn act(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    let sentence = &text[..end];
    let command = sentence.find('`').map(|at| &sentence[..at]);
    let words = match command {
        Some(before) if before.trim_end().ends_with(':') => before.trim_end(),
        _ => sentence,
    };
    format!("{}.", words.trim_end_matches(['.', ':']))
}

/// An act without what explains it.
pub(crate) fn short(act: &str) -> String {
    const EXPLAINS: [&str; 7] = [
        ": ",
        "; ",
        " (",
        ", which ",
        ", such as ",
        ", and ",
        ", or ",
    ];
    let ends = EXPLAINS.iter().filter_map(|word| act.find(word));
    let end = ends.min().unwrap_or(act.len());
    format!("{}.", act[..end].trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_is_done_first() {
        let check = |step: &str, expected: &str| assert_eq!(first_order(step), expected);
        check(
            "Find the client. Which resource: `topk(5, a)`. Which client: `jq . x`.",
            "Find the client. Which resource: `topk(5, a)`.",
        );
        check(
            "Keep fewer Events. Let clients watch.",
            "Keep fewer Events.",
        );
        check("Upgrade to 1.25 or later.", "Upgrade to 1.25 or later.");
    }

    #[test]
    fn what_was_said_first_is_not_repeated() {
        let check = |step: &str, expected: &str| {
            assert_eq!(
                after_first(Some("Stop it. Find it: `jq . x`."), step),
                expected
            );
        };
        check("Find it: `jq . x`.", "As in \"Do first\".");
        check(
            "Find it: `jq . x`. Count it: `wc -l`.",
            "As in \"Do first\". Count it: `wc -l`.",
        );
        check("Page with limit=500.", "Page with limit=500.");
    }

    #[test]
    fn an_act_is_one_sentence_without_its_command() {
        let check = |text: &str, expected: &str| {
            assert_eq!(act(text), expected);
        };
        check(
            "Find the client. Which resource: `topk(5, x)`.",
            "Find the client.",
        );
        check(
            "Count them: `kubectl get crd`. Few are right.",
            "Count them.",
        );
        check(
            "Pass `Config{Logger: logger}`.",
            "Pass `Config{Logger: logger}`.",
        );
        check("Upgrade to 1.25 or later.", "Upgrade to 1.25 or later.");
        assert_eq!(
            short("Keep fewer Events, which nobody reads."),
            "Keep fewer Events."
        );
        assert_eq!(short("Page with limit=500."), "Page with limit=500.");
    }

    #[test]
    fn answers_of_etcd_that_nobody_reads_have_a_step() {
        let stacks = "google.golang.org/grpc/internal/transport.(*http2Client).reader;\
                      google.golang.org/grpc/mem.(*sizedBufferPool).Get 900000000\n\
                      k8s.io/apiserver/pkg/storage/etcd3.(*store).Get;main.load 90000000";
        let profile = kheap::ProfileBuilder::folded(stacks)
            .expect("stacks")
            .finish();
        let sample_type = profile.sample_type("").expect("one sample type");
        let selection = kheap::Selection::new(profile, sample_type, &<_>::default());
        let heap = kheap::Heap::new(selection);
        let subject = kheap::diagnose::Subject::Heap(&heap);
        let diagnosis = kheap::diagnose(subject, &kheap::DiagnoseOptions::default());
        let first = first_step(&diagnosis, &Known::default());
        assert_eq!(first.as_deref(), Some(COUNT_READS));
    }
}
