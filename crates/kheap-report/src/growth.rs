//! What changed: the tables of a comparison, or the chart and tables of a series.

use kheap::compare::{CompareRow, CompareTable};
use kheap::series::{DOT, GrowthRow, Order};
use kheap::{Comparison, Series};
use kheap_flame::part_color;

use crate::chart::{self, Line};
use crate::name::name;
use crate::report::{Change, Report, ReportError, not_filled};
use kheap_text::View;
use kheap_text::change::{self, NOISE, amount, heading, share, signed, signed_near, sums_of};
use kheap_text::shell::quoted;
use kheap_text::table::{Column, Holds};

/// How many rows a table has.
const MOST_ROWS: usize = 40;

/// How many lines a chart has, so that each can be distinguished.
const MOST_LINES: usize = 6;

/// What stands in the name of the chart in place of the ending of the report.
pub(crate) const ENDING: &str = "growth.svg";

/// What changed, in words.
#[derive(Debug)]
pub(crate) struct Growth {
    /// What to know before the tables are believed.
    pub(crate) remarks: Vec<String>,
    /// For a series only.
    pub(crate) chart: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// What a mark in the tables means, where there is one.
    pub(crate) noise: Option<&'static str>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) heading: String,
    /// The figures, and last what has them.
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<ChangeRow>,
    /// What is left out.
    pub(crate) rest: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ChangeRow {
    /// Figures with what they are sorted by.
    pub(crate) cells: Vec<(f64, String)>,
    /// What a series does, beside its trend.
    pub(crate) verdict: Option<(&'static str, String)>,
    pub(crate) is_noise: bool,
    pub(crate) name: String,
}

/// Puts into words what changed, if there is anything to compare with.
pub(crate) fn growth(report: &Report<'_>) -> Result<Option<Growth>, ReportError> {
    Ok(match report.change {
        Change::None => None,
        Change::Pair { comparison, .. } => Some(of_pair(comparison)),
        Change::Series(series) => Some(of_series(series)?),
    })
}

fn of_pair(comparison: &Comparison) -> Growth {
    let unit = &comparison.before.unit;
    let tables = comparison.tables.iter().map(|table| {
        // What may be noise is no news for those who were not there.
        let telling = || table.rows.iter().filter(|row| row.is_significant);
        let rows = telling().take(MOST_ROWS).map(|row| ChangeRow {
            cells: vec![
                (row.before as f64, amount(row.before.into(), unit)),
                (row.after as f64, amount(row.after.into(), unit)),
                (row.delta() as f64, signed(row.delta(), unit)),
                (
                    row.growth().unwrap_or(f64::MAX),
                    change::growth(row.before, row.after),
                ),
                (row.share, change::share_of(table, row)),
            ],
            verdict: None,
            is_noise: false,
            name: name(&change::name(&comparison.parts, table.by, &row.name)),
        });
        Table {
            heading: sums_of(table, unit),
            columns: columns_of_pair(),
            rows: rows.collect(),
            rest: rest(comparison, table, telling().skip(MOST_ROWS)),
        }
    });
    let remarks = comparison.notes.iter().map(change::pair_note);
    let remarks = remarks.map(|note| format!("{note}."));
    Growth {
        remarks: remarks.collect(),
        chart: None,
        tables: tables.collect(),
        noise: None,
    }
}

fn columns_of_pair() -> Vec<Column> {
    let figures = ["old", "new", "delta", "growth", "share"];
    let mut columns = figures.map(figures_below).to_vec();
    columns.push(Column::shown("name", Holds::Code));
    columns
}

fn figures_below(header: &'static str) -> Column {
    Column::shown(header, Holds::Figures)
}

fn of_series(series: &Series) -> Result<Growth, ReportError> {
    use kheap::series::By;
    let view = View::of(series, &[By::Place, By::Function]);
    let tables = view.tables.iter().map(|table| {
        let rows: Vec<&GrowthRow> = view.telling(table).take(MOST_ROWS).collect();
        Table {
            heading: heading(table.by).to_owned(),
            columns: columns(&view),
            rows: rows
                .iter()
                .map(|row| series_row(&view, table.by, row))
                .collect(),
            rest: None,
        }
    });
    let others = view.other_runs().into_iter();
    let others = others.map(|run| format!("Another process: {run}"));
    let remarks = view
        .remarks()
        .into_iter()
        .map(|remark| format!("{remark}."));
    let tables = tables.collect();
    Ok(Growth {
        remarks: remarks.chain(others).collect(),
        chart: chart(series, &view)?,
        tables,
        noise: None,
    }
    .marked())
}

impl Growth {
    fn marked(mut self) -> Self {
        let mut rows = self.tables.iter().flat_map(|table| &table.rows);
        self.noise = rows.any(|row| row.is_noise).then_some(NOISE);
        self
    }
}

fn columns(view: &View<'_>) -> Vec<Column> {
    let figures = ["first", "last", "delta", view.pace_header(), "share"];
    let mut columns = figures.map(figures_below).to_vec();
    columns.extend([
        Column::shown(view.verdict_header(), Holds::Words),
        Column::shown("name", Holds::Code),
    ]);
    columns
}

fn series_row(view: &View<'_>, by: kheap::series::By, row: &GrowthRow) -> ChangeRow {
    let unit = view.unit();
    let pace = view.pace_of(row);
    ChangeRow {
        cells: vec![
            (row.first() as f64, amount(row.first().into(), unit)),
            (row.last() as f64, amount(row.last().into(), unit)),
            (row.delta() as f64, signed(row.delta(), unit)),
            (
                pace.unwrap_or(0.0),
                pace.map_or_else(|| "-".to_owned(), |pace| signed_near(pace, unit)),
            ),
            (row.share, share(row.share)),
        ],
        verdict: Some((change::verdict(row), view.bars(row))),
        is_noise: !row.is_significant,
        name: name(&change::name(view.parts(), by, &row.name)),
    }
}

/// What of all changes is not shown.
fn rest<'c>(
    comparison: &Comparison,
    table: &'c CompareTable,
    smaller: impl Iterator<Item = &'c CompareRow>,
) -> Option<String> {
    let noise = table.rows.iter().filter(|row| !row.is_significant);
    let left_out = change::left_out(
        smaller
            .chain(noise)
            .map(|row| (row.delta(), row.is_significant)),
        &comparison.before.unit,
    )?;
    let [before, after] = [&comparison.before, &comparison.after].map(|one| quoted(&one.name));
    Some(format!(
        "{left_out}; `kheap compare --all {before} {after}` shows them."
    ))
}

/// The places that grew, over time, or nothing where no process lasted.
fn chart(series: &Series, view: &View<'_>) -> Result<Option<String>, ReportError> {
    let (Some(run), Some(table)) = (&view.run, view.tables.first()) else {
        return Ok(None);
    };
    let line = |row: &GrowthRow| Line {
        name: match &*row.name {
            "total" => "total".to_owned(),
            key => name(&change::name(view.parts(), table.by, key)),
        },
        color: row
            .name
            .split_once(DOT)
            .map(|(part, _)| part_color(view.parts(), part).to_owned()),
        values: row.values.clone(),
    };
    let mut lines = vec![line(&table.total)];
    lines.extend(view.telling(table).take(MOST_LINES).map(line));
    let snapshots = &series.snapshots[run.clone()];
    let times: Option<Vec<i64>> = snapshots.iter().map(|s| s.origin.time_nanos).collect();
    let times = times.filter(|_| series.order == Order::Time && view.nanos().is_some());
    let chart = chart::draw(&lines, times.as_deref(), view.unit());
    chart.map(Some).map_err(not_filled)
}
