//! `kheap flame`.

use anyhow::Result;
use kheap_flame::Flame;
use serde::Serialize;

use super::{added_up, write};
use crate::output::{Sink, time};

/// `kheap.flame/1`. Frames as a tree: each names its caller by position.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FlameJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// RFC 3339, in UTC.
    time: Option<String>,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values.
    unit: &'a str,
    /// What percentages refer to.
    total: i64,
    /// How many files were added up; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_up: Option<usize>,
    /// The filters that apply.
    active_filters: &'a [String],
    /// Whether the rows have values of the earlier dump.
    differential: bool,
    /// Callers before their callees; the first is the root, which is everything.
    rows: Vec<FlameRowJson<'a>>,
}

/// A frame below its callers.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FlameRowJson<'a> {
    /// Position of its caller among the rows; null for the root.
    parent: Option<usize>,
    /// The whole name.
    name: &'a str,
    /// The part of the program that holds nine tenths of it or more, if any does.
    part: Option<&'a str>,
    /// What is held here itself.
    flat: u64,
    /// What is held here and below.
    cum: u64,
    /// What was held here itself before.
    #[serde(skip_serializing_if = "Option::is_none")]
    flat_before: Option<u64>,
    /// What was held here and below before.
    #[serde(skip_serializing_if = "Option::is_none")]
    cum_before: Option<u64>,
}

pub(crate) fn json(out: &mut Sink, flame: &Flame) -> Result<()> {
    let summary = &flame.summary;
    let rows = flame.frames.iter().map(|frame| FlameRowJson {
        parent: frame.parent,
        name: &flame.name(frame).full,
        part: frame.part.map(|part| flame.parts[part].name.as_str()),
        flat: frame.flat_after,
        cum: frame.after,
        flat_before: flame.is_differential.then_some(frame.flat_before),
        cum_before: flame.is_differential.then_some(frame.before),
    });
    let report = FlameJson {
        schema: "kheap.flame/1",
        program: summary.program.as_deref(),
        time: summary.time_nanos.map(time::utc),
        sample_type: &summary.sample_type,
        unit: &summary.sample_unit,
        total: summary.total,
        added_up: added_up(summary),
        active_filters: &summary.active_filters,
        differential: flame.is_differential,
        rows: rows.collect(),
    };
    write(out, &report)
}
