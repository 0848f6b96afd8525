//! How large the objects are, in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use kheap::sizes::SizeRow;
use kheap::{Sizes, unit};

use crate::change::counted;
use crate::value::share as share_of;

/// The sizes that hold most of the memory, in a sentence: as few as hold nine tenths of it,
/// three at most. `None` where values are no bytes, or a change.
pub fn answer(sizes: &Sizes) -> Option<String> {
    const ENOUGH: f64 = 0.9;
    const MOST: usize = 3;
    if !is_of_bytes(sizes) {
        return None;
    }
    let mut by_size: BTreeMap<i64, i64> = BTreeMap::new();
    for row in &sizes.rows {
        let held = by_size.entry(row.size?).or_default();
        *held = held.saturating_add(row.value);
    }
    let mut largest: Vec<(i64, i64)> = by_size.into_iter().collect();
    largest.sort_unstable_by_key(|&(size, held)| (Reverse(held), Reverse(size)));
    let (mut sum, mut named) = (0_i64, Vec::new());
    for (size, held) in largest.into_iter().take(MOST) {
        if sum as f64 >= ENOUGH * sizes.total as f64 {
            break;
        }
        sum = sum.saturating_add(held);
        let size = unit::label(size, "bytes", unit::AUTO);
        named.push((size, amount(sizes, held)));
    }
    let share = share_of(sum, sizes.total);
    let all = amount(sizes, sizes.total);
    match &named[..] {
        [] => None,
        [(size, _)] => Some(format!("{share} of the {all} is in objects of {size}.")),
        several => {
            let each = several
                .iter()
                .map(|(size, held)| format!("{size} ({held})"));
            let each: Vec<String> = each.collect();
            let count = several.len();
            let each = each.join(", ");
            Some(format!(
                "{share} of the {all} is in objects of {count} sizes: {each}."
            ))
        }
    }
}

/// Whether values are bytes, and no change.
fn is_of_bytes(sizes: &Sizes) -> bool {
    sizes.summary.sample_unit == "bytes" && sizes.total > 0
}

/// Some rows with those first that hold most: so people read them.
pub fn largest_first(rows: &[SizeRow]) -> Vec<SizeRow> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (Reverse(row.value.unsigned_abs()), Reverse(row.size)));
    rows
}

/// How much and how many there are. Values below zero are a change.
pub fn total(sizes: &Sizes) -> String {
    let what = match sizes.total < 0 {
        true => "Net change",
        false => "Total",
    };
    let total = amount(sizes, sizes.total);
    match (sizes.objects, sizes.mean_size()) {
        (Some(objects), Some(mean)) => {
            let mean = unit::label(mean as i64, "bytes", unit::AUTO);
            let objects = counted(objects, "object");
            format!("{what}: {total} in {objects}, {mean} each on average")
        }
        (Some(objects), None) if sizes.summary.sample_unit == "bytes" => {
            format!("{what}: {total}, {}", counted(objects, "object"))
        }
        _ => format!("{what}: {total}"),
    }
}

/// A bound of what rounding up wasted.
pub fn waste(sizes: &Sizes) -> Option<String> {
    let sum = sizes.most_waste()?;
    let share = share_of(sum, sizes.total);
    let sum = amount(sizes, sum);
    Some(format!(
        "Rounding up to Go's size classes wastes at most {sum} ({share})"
    ))
}

/// Why counts can be too low: Go rounds the number of objects down in each stack, which shows
/// where few objects are large. `None` where no count is off by much.
pub fn undercount(sizes: &Sizes) -> Option<String> {
    const MUCH: f64 = 1.1;
    if !is_of_bytes(sizes) {
        return None;
    }
    let counts = sizes.rows.iter().filter_map(|row| {
        let (size, objects) = (row.size?, row.objects.filter(|&objects| objects > 0)?);
        let held = row.value.checked_div(size)?;
        (held > objects && held as f64 > MUCH * objects as f64)
            .then_some((row.value, size, held, objects))
    });
    let (value, size, held, objects) = counts.max()?;
    let size = unit::label(size, "bytes", unit::AUTO);
    Some(format!(
        "Go rounds the number of objects down in each stack, so counts of large objects can be \
         too low: {} is about {held} objects of {size}, not {objects}.",
        amount(sizes, value)
    ))
}

/// What is said instead of tables without rows.
pub fn empty(sizes: &Sizes) -> Option<String> {
    let sample_type = &sizes.summary.sample_type;
    let words = || format!("The selected samples have no {sample_type}");
    sizes.rows.is_empty().then(words)
}

/// How many groups are not shown, and what they hold.
pub fn rest(sizes: &Sizes, groups: usize, held: i64) -> Option<String> {
    let held = amount(sizes, held);
    match groups {
        0 => None,
        1 => Some(format!("1 smaller one holds {held}")),
        groups => Some(format!("{groups} smaller ones hold {held}")),
    }
}

/// How many sizes are not shown, and what they hold.
pub fn smaller(sizes: &Sizes, rest: &[SizeRow]) -> Option<String> {
    let values = rest.iter().map(|row| row.value);
    let held = amount(sizes, values.fold(0, i64::saturating_add));
    match rest.len() {
        0 => None,
        1 => Some(format!("1 other size holds {held}")),
        count => Some(format!("{count} other sizes hold {held}")),
    }
}

/// A value of a histogram.
pub fn amount(sizes: &Sizes, value: i64) -> String {
    unit::label(value, &sizes.summary.sample_unit, unit::AUTO)
}

#[cfg(test)]
mod tests {
    use kheap::sizes::{SizesBy, sizes};
    use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};

    use super::*;

    fn check(objects: &[(i64, i64)], expected: Option<&str>) {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        for &(size, bytes) in objects {
            let label = builder.number_label("bytes", size, "");
            let added = builder.sample(&[], &[bytes], &[label]);
            added.expect("one value");
        }
        let profile = builder.finish();
        let sample_type = profile.sample_type("").expect("it was added");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        let sizes = sizes(&Heap::new(selection), SizesBy::Size);
        assert_eq!(answer(&sizes).as_deref(), expected);
    }

    #[test]
    fn a_count_that_go_rounded_down_is_explained() {
        let check = |objects: i64, expected: Option<&str>| {
            let mut builder = ProfileBuilder::new();
            builder.sample_type("inuse_objects", "count");
            builder.sample_type("inuse_space", "bytes");
            let label = builder.number_label("bytes", 448 << 10, "");
            let added = builder.sample(&[], &[objects, 10 * (448 << 10)], &[label]);
            added.expect("two values");
            let profile = builder.finish();
            let sample_type = profile.sample_type("inuse_space").expect("it was added");
            let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
            let sizes = sizes(&Heap::new(selection), SizesBy::Size);
            assert_eq!(undercount(&sizes).as_deref(), expected);
        };
        check(10, None);
        check(
            6,
            Some(
                "Go rounds the number of objects down in each stack, so counts of large objects \
                 can be too low: 4.38MB is about 10 objects of 448kB, not 6.",
            ),
        );
    }

    #[test]
    fn as_few_sizes_are_named_as_hold_most() {
        check(
            &[(48, 96), (1024, 9216), (2048, 4096)],
            Some("99.28% of the 13.09kB is in objects of 2 sizes: 1kB (9kB), 2kB (4kB)."),
        );
        check(
            &[(48, 96), (1024, 9216)],
            Some("98.97% of the 9.09kB is in objects of 1kB."),
        );
        // A difference has no share.
        check(&[(48, -96)], None);
        check(&[], None);
    }
}
