//! `kheap sizes`.

use anyhow::Result;
use kheap::Sizes;
use serde::Serialize;

use super::{added_up, share, write};
use crate::output::Sink;

/// `kheap.sizes/1`. The values add up to `total`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SizesJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of `total` and `value`.
    unit: &'a str,
    /// The sum of all values.
    total: i64,
    /// How many files were added up; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_up: Option<usize>,
    /// The sum of all objects; null where they are not counted.
    objects: Option<i64>,
    /// Mean size of an object, in bytes; null in a difference.
    mean_size: Option<f64>,
    /// The most that rounding up can have wasted of all, in bytes; null where it is not known.
    most_waste: Option<i64>,
    /// By size; with `--by`, the largest group first.
    rows: Vec<SizesRowJson<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SizesRowJson<'a> {
    /// The function or kind; absent without `--by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    /// Size of an object in bytes: a class of Go's, or whole pages.
    size: Option<i64>,
    /// What they hold.
    value: i64,
    /// How many there are; null where they are not counted.
    objects: Option<i64>,
    /// Share of the total, 0..=1.
    share: f64,
    /// The most that rounding up to the class can have wasted, in bytes.
    most_waste: Option<i64>,
}

pub(crate) fn json(out: &mut Sink, sizes: &Sizes) -> Result<()> {
    let rows = sizes.rows.iter().map(|row| SizesRowJson {
        group: row.group.as_deref(),
        size: row.size,
        value: row.value,
        objects: row.objects,
        share: share(row.value, sizes.total),
        most_waste: row.most_waste,
    });
    let report = SizesJson {
        schema: "kheap.sizes/1",
        program: sizes.summary.program.as_deref(),
        sample_type: &sizes.summary.sample_type,
        unit: &sizes.summary.sample_unit,
        total: sizes.total,
        added_up: added_up(&sizes.summary),
        objects: sizes.objects,
        mean_size: sizes.mean_size(),
        most_waste: sizes.most_waste(),
        rows: rows.collect(),
    };
    write(out, &report)
}
