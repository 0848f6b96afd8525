//! A comparison of two dumps in words.

use kheap::Comparison;
use kheap::compare::{Change, CompareRow, CompareTable};
use kheap::series::{Note, Origin};

use crate::change::{
    amount, duration, growth, name, pair_note, program, reversed, signed, signed_near,
};
use crate::net::{largest_change, of_gross};
use crate::shell::quoted;

/// What is said instead of tables without rows.
const NOTHING: &str = "Nothing changed.";

/// Which programs, from what to what, and how fast a counter counts.
pub fn title(comparison: &Comparison) -> String {
    let (before, after, total) = (&comparison.before, &comparison.after, &comparison.total);
    // No growth is said of files in the wrong order.
    let is_reversed = is_reversed(comparison) && !are_two_programs(comparison);
    let [first, second] = match is_reversed {
        true => [" (newer)", " (older)"],
        false => ["", ""],
    };
    let mut title = format!(
        "{}: {} {}{first} → {}{second}",
        programs(before, after),
        before.sample_type,
        amount(total.before.into(), &before.unit),
        amount(total.after.into(), &before.unit),
    );
    if total.delta() != 0 && !is_reversed {
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

/// What a row of a comparison says, in a sentence.
///
/// # Example
///
/// ```
/// # use kheap::series::{By, GrowthThresholds, Keys};
/// # use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};
/// # let snapshot = |stacks: &str| {
/// #     let profile = ProfileBuilder::folded(stacks).expect("stacks").finish();
/// #     let sample_type = profile.sample_type("").expect("there is one");
/// #     let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
/// #     Snapshot::new(&Heap::new(selection), "heap.pb.gz", &Keys::default())
/// # };
/// let before = snapshot("main;main.load 4194304");
/// let after = snapshot("main;main.load 16777216\nmain;main.keep 4194304");
/// let thresholds = GrowthThresholds::default();
/// let comparison = kheap::compare(&before, &after, &[By::Function], &thresholds)?;
/// let table = &comparison.tables[0];
/// assert_eq!(
///     kheap_text::compare::sentence(&comparison, table, &table.rows[0]),
///     "main.load grew by 12MB, from 4MB to 16MB, 75.0% of all growth."
/// );
/// # Ok::<(), kheap::series::SeriesError>(())
/// ```
pub fn sentence(comparison: &Comparison, table: &CompareTable, row: &CompareRow) -> String {
    let unit = &comparison.before.unit;
    let size = |value: i64| amount(value.into(), unit);
    let what = name(&comparison.parts, table.by, &row.name);
    if row.change == Change::Same {
        return format!("{what} did not change: {}.", size(row.after));
    }
    let by = amount(row.delta().abs(), unit);
    let (before, after) = (size(row.before), size(row.after));
    let ends = format!("from {before} to {after}");
    let instead = format!("{after} instead of {before}");
    let is_growth = row.delta() > 0;
    let change = match comparison.is_one_process() {
        true if comparison.before.is_counter() => format!("allocated {by} in between"),
        true if is_growth => format!("grew by {by}, {ends}"),
        true => format!("shrank by {by}, {ends}"),
        // Two processes do not grow into each other.
        false if comparison.before.is_counter() => {
            let than = if is_growth { "more" } else { "less" };
            format!("allocated {by} {than}, {instead}")
        }
        false if is_growth => format!("holds {by} more, {instead}"),
        false => format!("holds {by} less, {instead}"),
    };
    let noise = match row.is_significant {
        true => "",
        false => "; sampling alone may explain it",
    };
    let of_all = of_gross(table, row.delta());
    format!("{what} {change}{of_all}{noise}.")
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
    match is_reversed(comparison) {
        true => ["newer", "older"],
        false => ["before", "after"],
    }
}

fn is_reversed(comparison: &Comparison) -> bool {
    let mut notes = comparison.notes.iter();
    notes.any(|note| matches!(note, Note::Reversed { .. }))
}

/// What happened between two dumps that were given the newer one first, and how to give them.
fn wrong_order(comparison: &Comparison, nanos: Option<i64>) -> String {
    let (total, unit) = (&comparison.total, &comparison.before.unit);
    let [newer, older] = [total.before, total.after].map(|value| amount(value.into(), unit));
    let verb = match total.delta() {
        0 => "stayed",
        ..0 => "grew",
        _ => "shrank",
    };
    let happened = match (comparison.is_one_process(), comparison.before.is_counter()) {
        (true, false) => format!("over time the heap {verb} from {older} to {newer}"),
        _ => format!("the older dump has {older}, the newer one {newer}"),
    };
    format!(
        "The files are in the wrong order ({}): {happened}. Swap them: `kheap compare {} {}`.",
        reversed(nanos),
        quoted(&comparison.after.name),
        quoted(&comparison.before.name)
    )
}

/// Why the changes of a pair mean nothing, and what to do about it.
fn obstacle(comparison: &Comparison, note: &Note) -> Option<String> {
    match note {
        // Two programs do not grow into each other.
        Note::Reversed { nanos } if !are_two_programs(comparison) => {
            Some(wrong_order(comparison, *nanos))
        }
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

#[cfg(test)]
mod tests {
    use kheap::series::{By, GrowthThresholds, Keys};
    use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};

    use super::sentence;

    /// A program with a cache of so many megabytes.
    fn snapshot(program: &str, sample_type: &str, megabytes: i64) -> Snapshot {
        let mut builder = ProfileBuilder::new();
        builder.sample_type(sample_type, "bytes");
        let put = builder.function("main.put", "main.go");
        let put = builder.location(None, 1, &[(put, 7)]);
        let value = megabytes << 20;
        builder.sample(&[put], &[value], &[]).expect("one value");
        let profile = builder.finish();
        let sample_type = profile.sample_type("").expect("there is one");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        let mut snapshot = Snapshot::new(&Heap::new(selection), "", &Keys::default());
        snapshot.origin.program = Some(program.to_owned());
        snapshot
    }

    #[test]
    fn a_row_says_what_became_of_it() {
        let check = |before: &Snapshot, after: &Snapshot, expected: &str| {
            let thresholds = GrowthThresholds::default();
            let comparison = kheap::compare(before, after, &[By::Function], &thresholds);
            let comparison = comparison.expect("they count the same");
            let table = &comparison.tables[0];
            let row = table.rows.first().unwrap_or(&comparison.total);
            assert_eq!(sentence(&comparison, table, row), expected);
        };
        let in_use = |program, megabytes| snapshot(program, "inuse_space", megabytes);
        let (small, large) = (in_use("a", 4), in_use("a", 16));
        let shrinks = "main.put shrank by 12MB, from 16MB to 4MB, 100% of all shrinkage.";
        check(&large, &small, shrinks);
        let instead = "main.put holds 12MB more, 16MB instead of 4MB, 100% of all growth.";
        check(&in_use("b", 4), &large, instead);
        let allocated = |megabytes| snapshot("a", "alloc_space", megabytes);
        let counts = "main.put allocated 12MB in between, 100% of all growth.";
        check(&allocated(4), &allocated(16), counts);
        check(&small, &small, "total did not change: 4MB.");
    }

    #[test]
    fn a_change_that_may_be_noise_says_so() {
        let row_of = |is_significant| {
            let (before, after) = (
                snapshot("a", "inuse_space", 4),
                snapshot("a", "inuse_space", 5),
            );
            let thresholds = GrowthThresholds::default();
            let mut comparison = kheap::compare(&before, &after, &[By::Function], &thresholds)
                .expect("they compare");
            comparison.tables[0].rows[0].is_significant = is_significant;
            let table = &comparison.tables[0];
            sentence(&comparison, table, &table.rows[0])
        };
        let grew = "main.put grew by 1MB, from 4MB to 5MB, 100% of all growth";
        assert_eq!(row_of(true), format!("{grew}."));
        let noise = format!("{grew}; sampling alone may explain it.");
        assert_eq!(row_of(false), noise);
    }
}
