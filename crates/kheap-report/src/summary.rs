//! The two sentences that are read by those who read no more.

use crate::report::{Change, Input, Report};
use kheap_text::diagnosis::{self as words, Judgement, judgement, lead, passed, process, room};
use kheap_text::summary::{of_pair, of_series, situation};

/// What happened, and why.
pub(crate) fn sentences(report: &Report<'_>) -> [String; 2] {
    // A passed limit comes first.
    let passed = passed(report.diagnosis, &report.known);
    let [situation, cause] = match report.change {
        Change::None => {
            let time = time(report.inputs.last());
            let situation = situation(report.diagnosis, time);
            let lead = lead(report.diagnosis, &report.known);
            return match passed {
                Some(_) => [lead, situation],
                None => [situation, lead],
            };
        }
        Change::Pair { comparison, .. } => {
            let (first, last) = (report.inputs.first(), report.inputs.last());
            of_pair(comparison, time(first).zip(time(last)))
        }
        Change::Series(series) => of_series(series),
    };
    let process = process(report.diagnosis, &report.known);
    let cause = [Some(cause), process].into_iter().flatten();
    let cause = cause.collect::<Vec<_>>().join(" ");
    match passed {
        Some(passed) => [passed, format!("{situation} {cause}")],
        None => [situation, cause],
    }
}

/// What is to be thought of the newest dump.
pub(crate) fn verdict(report: &Report<'_>) -> Judgement {
    judgement(report.diagnosis, &report.known)
}

/// The verdict in a sentence, and how far the newest of several dumps is from the limit: of
/// one dump, the summary says that.
pub(crate) fn of_newest(report: &Report<'_>, sentence: String) -> String {
    // The word of the verdict stands before it.
    let word = format!("{}: ", words::verdict(report.diagnosis, &verdict(report)));
    let is_same = |start: &str| start.eq_ignore_ascii_case(&word);
    let sentence = match sentence.get(..word.len()).is_some_and(is_same) {
        true => sentence[word.len()..].to_owned(),
        false => sentence,
    };
    let is_one = matches!(report.change, Change::None);
    let room = room(report.diagnosis, &report.known).filter(|_| !is_one);
    let sentences = [Some(sentence), room].into_iter().flatten();
    sentences.collect::<Vec<_>>().join(" ")
}

fn time(input: Option<&Input>) -> Option<&str> {
    input.and_then(|input| input.time.as_deref())
}
