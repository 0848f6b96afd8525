//! `kheap compare`.

use anyhow::Result;
use kheap::Comparison;
use kheap::compare::{CompareRow, CompareTable};
use kheap::series::{By, DOT, Origin};
use kheap_text::change::pair_note;
use serde::Serialize;

use super::write;
use crate::output::{Sink, time};

/// `kheap.compare/1`. The deltas of a table add up to that of the totals.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CompareJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// What the values count, such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values.
    unit: &'a str,
    /// The earlier dump.
    before: Side<'a>,
    /// The later one.
    after: Side<'a>,
    /// Seconds between them; null where a time is not known.
    elapsed_seconds: Option<f64>,
    /// For the totals.
    delta: i128,
    /// What to know before the rows are believed.
    notes: Vec<String>,
    /// One table behind the other, each with the largest change first.
    rows: Vec<CompareRowJson<'a>>,
}

/// A dump, also of `kheap.series/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Side<'a> {
    /// Its file.
    file: &'a str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// The program's build id.
    build_id: Option<&'a str>,
    /// RFC 3339 in UTC.
    time: Option<String>,
    /// Sum of all values.
    total: i64,
    /// For the total.
    standard_error: f64,
}

impl<'a> Side<'a> {
    pub(super) fn of(origin: &'a Origin) -> Self {
        Self {
            file: &origin.name,
            program: origin.program.as_deref(),
            build_id: origin.build_id.as_deref(),
            time: origin.time_nanos.map(time::utc),
            total: origin.total.value,
            standard_error: origin.total.variance.sqrt(),
        }
    }
}

/// How much one name held, and holds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CompareRowJson<'a> {
    /// `place`, `function`, `path`, `part`, `kind` or `package`.
    by: &'static str,
    /// The function, path, …
    key: &'a str,
    /// For a place only.
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// In the earlier dump.
    before: i64,
    /// In the later one.
    after: i64,
    /// The difference.
    delta: i128,
    /// The difference by second, of a counter whose times are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    /// The difference as a share of `before`; null where that is 0.
    growth: Option<f64>,
    /// Share of all that grew, or shrank where that is more, 0..=1.
    share: f64,
    /// For the difference.
    standard_error: f64,
    /// Whether it is more than two standard errors.
    significant: bool,
    /// `added`, `removed`, `grown` or `shrunk`.
    change: &'static str,
}

/// The two halves of a place.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Place<'a> {
    /// The part of the program.
    part: &'a str,
    /// The Kubernetes kind.
    kind: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn of(by: By, key: &'a str) -> Option<Self> {
        let (part, kind) = key.split_once(DOT).filter(|_| by == By::Place)?;
        Some(Self { part, kind })
    }
}

/// Writes the rows that are chosen of each table.
pub(crate) fn json<'c>(
    out: &mut Sink,
    comparison: &'c Comparison,
    chosen: impl Fn(&'c CompareTable) -> Vec<&'c CompareRow>,
) -> Result<()> {
    let of_table = |table| {
        let table: &'c CompareTable = table;
        chosen(table).into_iter().map(|row| CompareRowJson {
            by: table.by.name(),
            key: &row.name,
            place: Place::of(table.by, &row.name),
            before: row.before,
            after: row.after,
            delta: row.delta(),
            per_second: comparison.per_second(row.delta()),
            growth: row.growth(),
            share: row.share,
            standard_error: row.standard_error,
            significant: row.is_significant,
            change: row.change.name(),
        })
    };
    let report = CompareJson {
        schema: "kheap.compare/1",
        sample_type: &comparison.before.sample_type,
        unit: &comparison.before.unit,
        before: Side::of(&comparison.before),
        after: Side::of(&comparison.after),
        elapsed_seconds: comparison.elapsed_nanos.map(|nanos| nanos as f64 / 1e9),
        delta: comparison.total.delta(),
        notes: comparison.notes.iter().map(pair_note).collect(),
        rows: comparison.tables.iter().flat_map(of_table).collect(),
    };
    write(out, &report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_said_in_its_halves() {
        let place = Place::of(By::Place, "write · Pod").map(|place| (place.part, place.kind));
        assert_eq!(place, Some(("write", "Pod")));
        assert!(Place::of(By::Function, "a · b").is_none());
    }
}
