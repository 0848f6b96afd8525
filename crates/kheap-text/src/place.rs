//! Where the memory is: names of places, and which of them fit a screen.

use kheap::attribute::{BreakdownRow, INTERNAL, UNKNOWN};
use kheap::knowledge::Parts;
use kheap::series::{self, DOT};
use kheap::{Breakdown, Diagnosis};

use crate::change::counted;
use crate::diagnosis::Known;
use crate::shell::quoted;

/// Rows are shown until they hold this share of the heap, …
const ENOUGH: f64 = 0.9;

/// … but no more than this many.
const MOST_PLACES: usize = 20;

/// A smaller place is shown, too, where it grows and has this share of the heap.
const GROWING_SHARE: f64 = 0.05;

/// What stands for a kind that no stack shows.
pub(crate) const NO_KIND: &str = "unknown kind";

/// So many parts behind the large ones.
pub fn smaller(count: usize) -> String {
    counted(count, "smaller part")
}

/// A kind in a part as people call it, in tables and sentences: `ConfigMap in LIST (read from
/// etcd)`.
pub fn name(parts: &Parts, part: &str, kind: &str) -> String {
    let title = parts.title(part);
    match kind {
        UNKNOWN => title.to_owned(),
        kind => in_part(kind, title),
    }
}

fn in_part(kind: &str, title: &str) -> String {
    format!("{kind} in {title}")
}

/// A part and the requests that it serves: `write requests (CREATE)`.
pub(crate) fn of_verb(parts: &Parts, part: &str, verb: &str) -> String {
    let title = parts.title(part);
    match verb == INTERNAL || title.contains(verb) {
        true => title.to_owned(),
        false => with_verb(title, verb),
    }
}

/// A title with a verb behind it, in the brackets of the title where it has some.
fn with_verb(title: &str, verb: &str) -> String {
    match title.strip_suffix(')') {
        Some(open) => format!("{open}, {verb})"),
        None => format!("{title} ({verb})"),
    }
}

/// A part and a kind for a row of a breakdown that is shown among others.
pub fn name_of(breakdown: &Breakdown, shown: &[&BreakdownRow], row: &BreakdownRow) -> String {
    let part = row.part.as_deref().unwrap_or_default();
    let kind = row.kind.as_deref().unwrap_or(UNKNOWN);
    let title = breakdown.parts.title(part);
    let is_of_other_verb = |other: &&BreakdownRow| {
        other.part == row.part && other.kind == row.kind && other.verb != row.verb
    };
    let title = match &row.verb {
        Some(verb) if shown.iter().any(is_of_other_verb) => with_verb(title, verb),
        _ => title.to_owned(),
    };
    // Else two rows have one name, as if one were the sum.
    let is_of_part = |other: &&BreakdownRow| {
        other.part == row.part && other.kind.as_deref().is_some_and(|kind| kind != UNKNOWN)
    };
    match kind {
        UNKNOWN if !shown.iter().any(is_of_part) => title,
        UNKNOWN => in_part(NO_KIND, &title),
        kind => in_part(kind, &title),
    }
}

/// The command that shows all places, where the dump can be read again.
pub fn all_parts(known: &Known<'_>) -> Option<String> {
    let file = quoted(known.file?);
    Some(format!("All parts: `kheap breakdown {file}`."))
}

/// The largest places, until they hold nine tenths of the heap, and what grows; then
/// how many others there are, and what they hold.
pub fn largest<'b>(
    diagnosis: &Diagnosis,
    breakdown: &'b Breakdown,
) -> (Vec<&'b BreakdownRow>, usize, i64) {
    let growing = diagnosis.growing.iter();
    let growing = growing.filter(|row| row.pattern == Some(series::GrowthPattern::Grows));
    let growing: Vec<&str> = growing.map(|row| &*row.name).collect();
    let grows = |row: &BreakdownRow| {
        let place = row.part.as_deref().zip(row.kind.as_deref());
        let place = place.map(|(part, kind)| format!("{part}{DOT}{kind}"));
        let is_large = row.value as f64 >= GROWING_SHARE * breakdown.total as f64;
        is_large && place.is_some_and(|place| growing.contains(&&*place))
    };
    let (mut shown, mut sum, mut others, mut rest) = (Vec::new(), 0.0, 0, 0_i64);
    for row in &breakdown.rows {
        let is_enough = sum >= ENOUGH * breakdown.total as f64 || shown.len() >= MOST_PLACES;
        if is_enough && !grows(row) {
            others += 1;
            rest = rest.saturating_add(row.value);
        } else {
            shown.push(row);
            sum += row.value as f64;
        }
    }
    match (others, shown.len()) {
        // A line for one place takes as much room as the place.
        (1, _) => (breakdown.rows.iter().collect(), 0, 0),
        _ => (shown, others, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_name() {
        let check = |part, kind, expected: &str| {
            assert_eq!(name(Parts::builtin(), part, kind), expected);
        };
        check(
            "watch-cache-events",
            "ConfigMap",
            "ConfigMap in watch cache (objects from watch updates)",
        );
        check("connections", UNKNOWN, "HTTP and TLS connections");
    }

    #[test]
    fn a_verb_stands_in_the_brackets_of_a_part() {
        let check = |part, verb, expected: &str| {
            assert_eq!(of_verb(Parts::builtin(), part, verb), expected);
        };
        check("write", "CREATE", "write requests (CREATE)");
        check("watch-init", "WATCH", "watches (initial state, WATCH)");
        check("list-etcd", "LIST", "LIST (read from etcd)");
        check("start-up", INTERNAL, "start-up");
    }
}
