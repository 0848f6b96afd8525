//! What happened, in sentences for those who read no more.

use kheap::attribute::{OTHER, UNKNOWN};
use kheap::series::{By, Note};
use kheap::{Comparison, Diagnosis, Series};

use crate::View;
use crate::change::{self, FETCH_LATER, NO_GC, amount, counted, duration, growth};
use crate::diagnosis::{self, sentence, worst};
use crate::net::largest_change;
use crate::place;
use crate::value::share as share_of;
use crate::width::{LONGEST_NAME, shorten};

/// How much there is, and when; where no finding says it, what most of it is.
pub fn situation(diagnosis: &Diagnosis, time: Option<&str>) -> String {
    let program = program(diagnosis.program.as_deref());
    let who = time.map_or_else(
        || capitalized(&program),
        |time| format!("On {time} {program}"),
    );
    let total = diagnosis::amount(diagnosis, diagnosis.total);
    let what = match diagnosis.sample_type.as_str() {
        "inuse_space" => format!("held {total} of live memory"),
        "inuse_objects" => format!("held {total} live objects"),
        "alloc_space" => format!("had allocated {total} since it started"),
        other => format!("had {total} of {}", name(other)),
    };
    let places = diagnosis
        .breakdown
        .as_ref()
        .filter(|_| diagnosis.has_parts());
    let largest = places.and_then(|places| places.rows.first());
    // That most of it is in no known place, or in a finding, is in the verdict.
    let is_known = |part: &str| part != OTHER && worst(diagnosis).is_none();
    let largest = largest.filter(|row| row.value > 0 && row.part.as_deref().is_some_and(is_known));
    let most = largest.map(|row| {
        let part = row.part.as_deref().unwrap_or_default();
        let kind = row.kind.as_deref().unwrap_or(UNKNOWN);
        let place = place::name(diagnosis.parts(), part, kind);
        let share = share_of(row.value, diagnosis.total);
        format!(", {share} of it {}", name(&place))
    });
    format!("{who} {what}{}.", most.unwrap_or_default())
}

/// What happened between two dumps that were taken at these times, and why.
pub fn of_pair(comparison: &Comparison, times: Option<(&str, &str)>) -> [String; 2] {
    let (total, unit) = (&comparison.total, &comparison.before.unit);
    if comparison.notes.contains(&Note::SameDump) {
        let situation = "Both files are the same dump.".to_owned();
        return [situation, "Compare two different dumps.".to_owned()];
    }
    if comparison.notes.contains(&Note::NoCollection) {
        let situation = sentence(&format!("all figures are the same: {NO_GC}"));
        let advice = format!("Growth cannot be measured; {FETCH_LATER}.");
        return [situation, advice];
    }
    let reversed = comparison.notes.iter().find_map(|note| match note {
        Note::Reversed { nanos } => Some(*nanos),
        _ => None,
    });
    let when = times.map_or_else(
        || "From the first dump to the second".to_owned(),
        |(before, after)| format!("From {before} to {after}"),
    );
    let (old, new) = (
        amount(total.before.into(), unit),
        amount(total.after.into(), unit),
    );
    let [first, second] =
        [&comparison.before, &comparison.after].map(|origin| program(origin.known_program()));
    let what = match comparison.after.sample_type.as_str() {
        "inuse_space" => "live memory".to_owned(),
        "inuse_objects" => "live objects".to_owned(),
        other => name(other),
    };
    let is_other = |note: &Note| matches!(note, Note::Programs { .. });
    if comparison.notes.iter().any(is_other) {
        let situation = format!(
            "Two programs are compared: {first} with {old} and {second} with {new} of {what}."
        );
        let caution = "Their difference is not growth.".to_owned();
        return [situation, caution];
    }
    let is_restart = |note: &Note| matches!(note, Note::Restart(_));
    if comparison.after.is_counter() {
        let is_other = comparison.notes.iter().any(is_restart);
        let situation = match is_other {
            true => format!(
                "The dumps are of two processes of {second}: a restart, or two servers. The first \
                 had allocated {old}, the second {new}."
            ),
            false => format!(
                "{when} {second} allocated {}: its total went from {old} to {new}.",
                amount(total.delta(), unit)
            ),
        };
        let caution = "These are all allocations, not the memory in use.".to_owned();
        return [situation, caution];
    }
    let verb = match total.delta() {
        0 => "stayed",
        1.. => "grew",
        _ => "shrank",
    };
    let percent = growth(total.before, total.after);
    let situation = format!("{when} {what} of {second} {verb} from {old} to {new} ({percent}).");
    // Which of two processes is the older one does not matter.
    if let Some(nanos) = reversed.filter(|_| comparison.is_one_process()) {
        let newer = change::reversed(nanos);
        let caution = format!("The files are in the wrong order ({newer}): swap the two.");
        return [situation, caution];
    }
    let nothing = || "No single change is larger than sampling noise.".to_owned();
    [
        situation,
        largest_change(comparison).map_or_else(nothing, |why| name(&why)),
    ]
}

/// What happened in a series, and why.
pub fn of_series(series: &Series) -> [String; 2] {
    let view = View::of(series, &[By::Place]);
    let [first, last] = view.ends();
    let unit = view.unit();
    let time = view.nanos().map(duration);
    let time = time.map_or_else(String::new, |time| format!(" in {time}"));
    let count = view
        .run
        .as_ref()
        .map_or(series.snapshots.len(), |run| run.len());
    let (old, new) = (first.total.value, last.total.value);
    if view.is_one_heap() {
        let (program, size) = (program(last.known_program()), amount(old.into(), unit));
        let situation = format!(
            "{} held {size} in each of {}.",
            capitalized(&program),
            counted(count, "dump")
        );
        return [situation, view.headline()];
    }
    let situation = format!(
        "Over {}{time} {} went from {} to {} ({}).",
        counted(count, "dump"),
        program(last.known_program()),
        amount(old.into(), unit),
        amount(new.into(), unit),
        growth(old, new),
    );
    [situation, sentence_case(&name(&view.headline()))]
}

fn program(program: Option<&str>) -> String {
    program.map_or_else(|| "the program".to_owned(), name)
}

/// A sentence that begins with words of ours; names keep their first letter.
pub(crate) fn sentence_case(sentence: &str) -> String {
    let word = sentence.split(' ').next().unwrap_or_default();
    match !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()) {
        true => format!("{}{}", word[..1].to_uppercase(), &sentence[1..]),
        false => sentence.to_owned(),
    }
}

/// Only our own words begin with a small letter that may be changed.
fn capitalized(program: &str) -> String {
    match program.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => program.to_owned(),
    }
}

/// A name from a dump, as far as anybody reads it.
fn name(text: &str) -> String {
    shorten(text, LONGEST_NAME)
}

#[cfg(test)]
mod tests {
    use kheap::series::{GrowthThresholds, Keys, RestartSign};
    use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};

    use super::*;

    /// A heap of so many bytes that was taken at a time, by a process that allocated so many.
    fn snapshot(bytes: i64, time_nanos: i64, allocated: i64) -> Snapshot {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("alloc_space", "bytes");
        builder.sample_type("inuse_space", "bytes");
        builder.header().time_nanos = time_nanos;
        let function = builder.function("main.load", "main.go");
        let location = builder.location(None, 1, &[(function, 7)]);
        let added = builder.sample(&[location], &[allocated, bytes], &[]);
        added.expect("two values");
        let profile = builder.finish();
        let in_use = profile.sample_type("inuse_space").expect("it was added");
        let selection = Selection::new(profile, in_use, &SelectionOptions::default());
        Snapshot::new(&Heap::new(selection), "heap", &Keys::default())
    }

    fn pair(before: &Snapshot, after: &Snapshot) -> Comparison {
        let by = [By::Place, By::Function];
        let found = kheap::compare(before, after, &by, &GrowthThresholds::default());
        found.expect("they count the same")
    }

    #[test]
    fn of_one_dump_given_twice_no_later_one_is_awaited() {
        let dump = snapshot(4096, 10, 8192);
        assert_eq!(
            of_pair(&pair(&dump, &dump), None),
            [
                "Both files are the same dump.",
                "Compare two different dumps."
            ]
        );
        let later = snapshot(4096, 20, 8192);
        let [_, advice] = of_pair(&pair(&dump, &later), None);
        assert!(advice.starts_with("Growth cannot be measured"), "{advice}");
    }

    #[test]
    fn only_dumps_of_one_process_are_swapped() {
        let [_, caution] = of_pair(
            &pair(&snapshot(8192, 20, 9000), &snapshot(4096, 10, 8192)),
            None,
        );
        assert!(caution.ends_with(": swap the two."), "{caution}");
        // The older one allocated more: it is of another process.
        let other = pair(&snapshot(8192, 20, 9000), &snapshot(4096, 10, 90_000));
        let restart = Note::Restart(RestartSign::Counters);
        assert!(other.notes.contains(&restart), "{:?}", other.notes);
        let [_, caution] = of_pair(&other, None);
        assert!(!caution.contains("swap"), "{caution}");
    }
}
