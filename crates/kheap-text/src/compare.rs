//! A comparison of two dumps in words.

use kheap::Comparison;
use kheap::series::{Note, Origin};

use crate::change::{amount, duration, growth, pair_note, program, reversed, signed, signed_near};
use crate::diagnosis::sentence;
use crate::net::largest_change;
use crate::shell::quoted;

/// What is said instead of tables without rows.
const NOTHING: &str = "Nothing changed.";

/// Which programs, from what to what, and how fast a counter counts.
pub fn title(comparison: &Comparison) -> String {
    let (before, after, total) = (&comparison.before, &comparison.after, &comparison.total);
    let mut title = format!(
        "{}: {} {} → {}",
        programs(before, after),
        before.sample_type,
        amount(total.before.into(), &before.unit),
        amount(total.after.into(), &before.unit),
    );
    if total.delta() != 0 {
        let delta = signed(total.delta(), &before.unit);
        let growth = growth(total.before, total.after);
        title += &format!(", {delta} ({growth}){}", rate(comparison, total.delta()));
    }
    title
}

/// One program, or what took the place of what.
fn programs(before: &Origin, after: &Origin) -> String {
    match (&before.program, &after.program) {
        (Some(old), Some(new)) if old != new => format!("{} → {}", program(before), program(after)),
        (_, None) => program(before),
        _ => program(after),
    }
}

/// How fast a counter counts.
fn rate(comparison: &Comparison, delta: i128) -> String {
    let rate = comparison.per_second(delta);
    rate.map_or_else(String::new, |rate| {
        format!(", {}/s", signed_near(rate, &comparison.before.unit))
    })
}

/// Why two dumps show no change, or the largest one of a program.
pub fn headline(comparison: &Comparison) -> Option<String> {
    let says_all = |note: &Note| matches!(note, Note::Programs { .. } | Note::SameDump);
    let mut notes = comparison.notes.iter();
    match notes.find_map(|note| obstacle(comparison, note)) {
        None if comparison.notes.iter().any(says_all) => None,
        None => largest_change(comparison).or_else(|| steady(comparison)),
        obstacle => obstacle,
    }
}

/// That a heap is the same, although a collection finished in between.
fn steady(comparison: &Comparison) -> Option<String> {
    let (total, unit) = (&comparison.total, &comparison.before.unit);
    let is_one = !(comparison.before.is_counter() || total.before != total.after);
    (is_one && is_empty(comparison)).then(|| {
        format!(
            "Steady: {} in both dumps.",
            amount(total.after.into(), unit)
        )
    })
}

/// Which dump of a pair is which: a column of the newer one is never called old.
pub fn sides(comparison: &Comparison) -> [&'static str; 2] {
    let is_reversed = |note: &Note| matches!(note, Note::Reversed { .. });
    match comparison.notes.iter().any(is_reversed) {
        true => ["newer", "older"],
        false => ["before", "after"],
    }
}

/// Why the changes of a pair mean nothing, and what to do about it.
fn obstacle(comparison: &Comparison, note: &Note) -> Option<String> {
    match note {
        // Two programs do not grow into each other.
        Note::Reversed { nanos } if !are_two_programs(comparison) => Some(format!(
            "{} Growth shows as shrinkage, so swap the two: `kheap compare {} {}`.",
            sentence(&reversed(*nanos)),
            quoted(&comparison.after.name),
            quoted(&comparison.before.name)
        )),
        Note::NoCollection => Some(
            "All figures of both dumps are the same: no GC finished in between, or nothing changed. \
             Fetch the newer one again with `?gc=1`."
                .to_owned(),
        ),
        _ => None,
    }
}

/// What to know of a pair, but for what its headline says.
pub fn notes(comparison: &Comparison) -> Vec<String> {
    let notes = comparison.notes.iter();
    let notes = notes.filter(|note| obstacle(comparison, note).is_none());
    let words = notes.map(|note| match note {
        Note::Reversed { nanos } if are_two_programs(comparison) => reversed(*nanos),
        note => pair_note(note),
    });
    words.collect()
}

/// Whether the dumps are of programs of other names.
fn are_two_programs(comparison: &Comparison) -> bool {
    let is_other = |note: &Note| matches!(note, Note::Programs { .. });
    comparison.notes.iter().any(is_other)
}

/// What is said instead of tables, where none has a row. Without a collection between the
/// two, what changed is unknown.
pub fn nothing(comparison: &Comparison) -> Option<&'static str> {
    let is_empty = is_empty(comparison) && !comparison.notes.contains(&Note::NoCollection);
    is_empty.then_some(NOTHING)
}

/// Whether no table has a row.
pub fn is_empty(comparison: &Comparison) -> bool {
    comparison.tables.iter().all(|table| table.rows.is_empty())
}

/// How long after the first dump the second one was taken, behind a comma.
pub fn later(comparison: &Comparison) -> String {
    let nanos = comparison.elapsed_nanos.filter(|&nanos| nanos > 0);
    nanos.map_or_else(String::new, |nanos| format!(", {} later", duration(nanos)))
}
