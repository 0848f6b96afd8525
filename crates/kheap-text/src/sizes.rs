//! How large the objects are, in words.

use kheap::{Sizes, unit};

use crate::change::counted;

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
    let share = unit::percentage(sum, sizes.total);
    let (sum, share) = (amount(sizes, sum), share.trim());
    Some(format!(
        "Rounding up to Go's size classes wastes at most {sum} ({share})"
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
    (groups > 0).then(|| format!("{groups} smaller ones hold {}", amount(sizes, held)))
}

/// A value of a histogram.
pub fn amount(sizes: &Sizes, value: i64) -> String {
    unit::label(value, &sizes.summary.sample_unit, unit::AUTO)
}
