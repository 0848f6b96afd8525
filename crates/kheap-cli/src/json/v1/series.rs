//! `kheap series`, and its CSV, ready for a plot.

use anyhow::Result;
use kheap::Series;
use kheap::series::{By, Growth, GrowthPattern, GrowthRow, GrowthThresholds, Note, Order, Origin};
use kheap_evidence::Beside;
use kheap_text::change::pair_note;
use kheap_text::series::has_rate;
use serde::Serialize;

use super::compare::{Place, Side};
use super::diagnose::{FileRow, file_row};
use super::write;
use crate::args::ShownRows;
use crate::output::{Sink, time};

/// `kheap.series/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SeriesJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// What the values count, such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values.
    unit: &'a str,
    /// `time`, or `name` where times are missing or all the same.
    order: &'static str,
    /// Oldest first.
    snapshots: Vec<Side<'a>>,
    /// The snapshots of each process: position of the first, and of the one behind the last.
    runs: Vec<[usize; 2]>,
    /// What parts a snapshot from the one before it.
    notes: Vec<Remark>,
    /// For each run of two snapshots or more, for each table, largest change first.
    rows: Vec<SeriesRowJson<'a>>,
    /// What became of the files beside the newest dump, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<FileRow<'a>>>,
}

/// Something to know of a snapshot.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Remark {
    /// Its position.
    snapshot: usize,
    /// `restart`, `build`, `period`, `no-collection`, `same-dump`, `delta`, `fragment`, `rules`, `renamed` or
    /// `other`.
    kind: &'static str,
    /// In words.
    text: String,
}

impl Remark {
    fn of((snapshot, note): &(usize, Note)) -> Self {
        Self {
            snapshot: *snapshot,
            kind: kind(note),
            text: pair_note(note),
        }
    }
}

/// What one name held over time.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SeriesRowJson<'a> {
    /// `place`, `function`, `path`, `part`, `kind`, `package`, or `total` for the sum of all.
    by: &'static str,
    /// The function, path, …
    key: String,
    /// For a place only.
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// Position of the run.
    run: usize,
    /// In its first snapshot.
    first: i64,
    /// In its last one.
    last: i64,
    /// The difference.
    delta: i128,
    /// For the difference.
    standard_error: f64,
    /// Whether the change is more than noise.
    significant: bool,
    /// Slope of the line that fits best, of a counter the change over the time that took; null
    /// where times do not show it, and for a level where they cover less than ten minutes.
    per_hour: Option<f64>,
    /// The same from one dump to the next.
    per_snapshot: f64,
    /// Share of the steps that went up, 0..=1.
    steps_up: f64,
    /// Share of all that grew, or shrank where that is more, 0..=1.
    share: f64,
    /// `grows`, `rises`, `plateau`, `spike`, `saw-tooth`, `shrinks` or `flat`; of a counter, what
    /// its rate does, and null for two snapshots, which have one rate.
    verdict: Option<&'static str>,
    /// In each snapshot of the run.
    values: Vec<i64>,
}

impl SeriesRowJson<'_> {
    fn of(by: &'static str, run: usize, row: &GrowthRow, unit: &str, has_rate: bool) -> Self {
        Self {
            by,
            key: row.name.to_string(),
            place: None,
            run,
            first: row.first(),
            last: row.last(),
            delta: row.delta(),
            standard_error: row.standard_error,
            significant: row.is_significant,
            per_hour: row
                .per_hour
                .filter(|_| has_rate)
                .map(|slope| whole(slope, unit)),
            per_snapshot: whole(row.per_snapshot, unit),
            steps_up: row.steps_up,
            share: row.share,
            verdict: row.pattern.map(GrowthPattern::name),
            values: row.values.clone(),
        }
    }
}

pub(crate) fn json(
    out: &mut Sink,
    series: &Series,
    by: &[By],
    shown: ShownRows,
    beside: Option<&Beside>,
) -> Result<()> {
    let origin = &series.snapshots[0].origin;
    let tables = tables(series, by);
    let snapshots = series.snapshots.iter();
    let report = SeriesJson {
        schema: "kheap.series/1",
        program: series.program(),
        sample_type: &origin.sample_type,
        unit: &origin.unit,
        order: match series.order {
            Order::Time => "time",
            Order::Untimed(_) | Order::SameTime => "name",
        },
        snapshots: snapshots
            .map(|snapshot| Side::of(&snapshot.origin))
            .collect(),
        runs: series.runs.iter().map(|run| [run.start, run.end]).collect(),
        notes: series.notes.iter().map(Remark::of).collect(),
        rows: rows(&tables, shown, origin),
        evidence: beside.map(|beside| beside.files().iter().map(file_row).collect()),
    };
    write(out, &report)
}

/// The tables of each run of two snapshots or more, with the position of the run.
fn tables(series: &Series, by: &[By]) -> Vec<(usize, Vec<Growth>)> {
    let thresholds = GrowthThresholds::default();
    let runs = series.runs.iter().enumerate();
    let runs = runs.filter(|(_, run)| run.len() > 1).map(|(at, run)| {
        let table = |by: &By| series.growth(run, *by, &thresholds).ok();
        (at, by.iter().filter_map(table).collect())
    });
    runs.collect()
}

fn rows<'t>(
    tables: &'t [(usize, Vec<Growth>)],
    shown: ShownRows,
    origin: &Origin,
) -> Vec<SeriesRowJson<'t>> {
    let unit = origin.unit.as_str();
    let most = match shown {
        ShownRows::Count(count) => count,
        ShownRows::All | ShownRows::Telling => usize::MAX,
    };
    let mut rows = Vec::new();
    for (run, tables) in tables {
        let rate = |table: &Growth| origin.is_counter() || has_rate(table);
        rows.extend(
            tables
                .first()
                .map(|table| SeriesRowJson::of("total", *run, &table.total, unit, rate(table))),
        );
        for table in tables {
            let rate = rate(table);
            rows.extend(table.rows.iter().take(most).map(|row| SeriesRowJson {
                place: Place::of(table.by, &row.name),
                ..SeriesRowJson::of(table.by.name(), *run, row, unit, rate)
            }));
        }
    }
    rows
}

/// A slope as exact as it can be: nobody knows less than a byte.
pub(super) fn whole(slope: f64, unit: &str) -> f64 {
    match unit {
        // Adding 0 makes a 0 of -0.
        "bytes" => slope.round() + 0.0,
        _ => slope,
    }
}

fn kind(note: &Note) -> &'static str {
    match note {
        Note::Restart(_) => "restart",
        Note::Builds { .. } => "build",
        Note::Periods { .. } => "period",
        Note::NoCollection => "no-collection",
        Note::SameDump => "same-dump",
        Note::Delta { .. } => "delta",
        Note::Fragment { .. } => "fragment",
        Note::Rules => "rules",
        Note::Renamed(_) => "renamed",
        _ => "other",
    }
}

/// One row for each snapshot and name, ready to be plotted; the total first.
pub(crate) fn csv(out: &mut Sink, series: &Series, by: &[By]) -> Result<()> {
    let header = [
        "by",
        "key",
        "run",
        "file",
        "time",
        "value",
        "standard_error",
    ];
    out.record(header)?;
    for (run, range) in series.runs.iter().enumerate() {
        for snapshot in &series.snapshots[range.clone()] {
            let origin = &snapshot.origin;
            let time = origin.time_nanos.map(time::utc).unwrap_or_default();
            let total = [("total", "total", &origin.total)].into_iter();
            let tables = by.iter().flat_map(|by| {
                let amounts = snapshot.by(*by).into_iter().flatten();
                amounts.map(|(key, amount)| (by.name(), &**key, amount))
            });
            for (by, key, amount) in total.chain(tables) {
                let cells = [
                    by,
                    key,
                    &run.to_string(),
                    &origin.name,
                    &time,
                    &amount.value.to_string(),
                    &amount.variance.sqrt().to_string(),
                ];
                out.record(cells)?;
            }
        }
    }
    Ok(())
}
