//! `kheap export --format json`.

use std::collections::BTreeMap;

use anyhow::Result;
use kheap::{Heap, Summary};
use kheap_export::{LabelText, Rows};
use serde::Serialize;

use super::{added_up, write_rows};
use crate::output::{Sink, time};

/// The samples one by one, in the order of the profile.
#[cfg(test)]
pub(super) type ExportJson<'a> = super::Report<Head<'a>, ExportRowJson<'a>>;

/// Which profile, and which values it has.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Head<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// The program's build id.
    build_id: Option<&'a str>,
    /// RFC 3339, in UTC.
    time: Option<String>,
    /// The sample type that is looked at, such as `inuse_space`.
    sample_type: &'a str,
    /// All sample types of the rows, with their units.
    sample_types: Vec<SampleTypeJson<'a>>,
    /// How many files were added up; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_up: Option<usize>,
    /// The filters that apply.
    active_filters: &'a [String],
}

/// What a value counts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SampleTypeJson<'a> {
    /// Such as `inuse_space`.
    name: &'a str,
    /// Such as `bytes`.
    unit: String,
}

/// One sample. Samples of equal stacks stay apart, as those of objects of other sizes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ExportRowJson<'r> {
    /// The frames, root first.
    frames: Vec<&'r str>,
    /// By sample type.
    values: BTreeMap<&'r str, i64>,
    /// By key; the numbers of `bytes` are the sizes of the objects.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, Vec<LabelJson>>,
    /// The part of the program; null in a profile of other things than the heap of a Go
    /// program.
    part: Option<&'r str>,
    /// The verb of the request; null where none is known.
    verb: Option<&'r str>,
    /// The Kubernetes kind; null where none is known.
    kind: Option<&'r str>,
}

/// The value of a label.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum LabelJson {
    /// Its text.
    Text(String),
    /// Its number, in the unit of the label.
    Number(i64),
}

pub(crate) fn json(out: &mut Sink, heap: &Heap, rows: &Rows) -> Result<()> {
    let profile = heap.profile();
    let summary = Summary::new(heap);
    let units = profile.sample_type_ids();
    let units = units.map(|id| profile.sample_type_unit(id).into_owned());
    let types = rows.sample_types().iter().zip(units);
    let head = Head {
        schema: "kheap.export/1",
        program: summary.program.as_deref(),
        build_id: summary.build_id.as_deref(),
        time: summary.time_nanos.map(time::utc),
        sample_type: &summary.sample_type,
        sample_types: types
            .map(|(name, unit)| SampleTypeJson { name, unit })
            .collect(),
        added_up: added_up(&summary),
        active_filters: &summary.active_filters,
    };
    write_rows(out, &head, rows.iter(), |out, row| {
        serde_json::to_writer(out, &row_of(rows, row))
    })
}

fn row_of<'r>(rows: &'r Rows, row: kheap_export::Row<'r>) -> ExportRowJson<'r> {
    let mut labels: BTreeMap<String, Vec<LabelJson>> = BTreeMap::new();
    for (key, value) in row.labels {
        labels.entry(key).or_default().push(match value {
            LabelText::Text(text) => LabelJson::Text(text),
            LabelText::Number(number) => LabelJson::Number(number),
        });
    }
    let values = rows.sample_types().iter().map(String::as_str);
    ExportRowJson {
        frames: row.frames,
        values: values.zip(row.values).collect(),
        labels,
        part: row.place.map(|place| place.part.as_str()),
        verb: row.place.map(|place| place.verb.as_str()),
        kind: row.place.map(|place| place.kind.as_str()),
    }
}
