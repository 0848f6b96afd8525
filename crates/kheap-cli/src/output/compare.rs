//! What changed from one dump to another, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Comparison;
use kheap::compare::{CompareRow, CompareTable};
use kheap::series::{By, Origin};

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{github, markdown, time};
use crate::args::{Format, ShownRows};
use crate::gates::Failure;
use crate::json::v1;
use kheap_text::change::{
    self, NOISE, ROWS, amount, column, growth, heading, name, share_of, signed, signed_near,
    sums_of,
};
use kheap_text::compare::{headline, is_empty, later, notes, nothing, sides, title};
use kheap_text::diagnosis::sentence;
use kheap_text::table::{Cell, Column, Holds, Table};

/// How much of all growth, or shrinkage where that is more, a row is at least that is shown when
/// nobody says.
const LEAST_SHARE: f64 = 0.01;

/// Writes a comparison; `failed` are the conditions that it does not keep.
pub(crate) fn comparison(
    sink: &mut Sink,
    comparison: &Comparison,
    shown: ShownRows,
    failed: &[Failure],
) -> Result<()> {
    if sink.is_github() {
        return github::comparison(sink, comparison, failed);
    }
    match sink.format() {
        Format::Text => write_text(sink, comparison, shown),
        Format::Json => v1::compare::json(sink, comparison, |table| rows(table, every(shown))),
        Format::Csv => write_csv(sink, comparison, shown),
        Format::Markdown => write_markdown(sink, comparison, shown),
    }
}

/// The rows to show, and the others. Programs get all of them unless a number is asked for.
/// People get the large ones that are no noise unless they ask for more.
fn split(table: &CompareTable, shown: ShownRows) -> [Vec<&CompareRow>; 2] {
    let most = match shown {
        ShownRows::All => usize::MAX,
        ShownRows::Count(count) => count,
        ShownRows::Telling => ROWS,
    };
    let least = LEAST_SHARE * table.gained.max(table.lost) as f64;
    let is_telling = |row: &CompareRow| match shown {
        ShownRows::Telling => row.is_significant && row.delta().abs() as f64 >= least,
        ShownRows::All | ShownRows::Count(_) => true,
    };
    let (mut rows, mut rest): (Vec<_>, Vec<_>) = table.rows.iter().partition(|row| is_telling(row));
    rest.extend(rows.split_off(most.min(rows.len())));
    [rows, rest]
}

fn rows(table: &CompareTable, shown: ShownRows) -> Vec<&CompareRow> {
    let [rows, _] = split(table, shown);
    rows
}

fn every(shown: ShownRows) -> ShownRows {
    match shown {
        ShownRows::Telling => ShownRows::All,
        shown => shown,
    }
}

fn write_text(out: &mut Sink, comparison: &Comparison, shown: ShownRows) -> Result<()> {
    out.heading(HEADER, &title(comparison))?;
    if let Some(change) = headline(comparison) {
        out.prose("", "  ", &change)?;
    }
    let [before, after] = sides(comparison).map(|side| format!("{side:<6}"));
    write_origin(out, &before, &comparison.before, "")?;
    write_origin(out, &after, &comparison.after, &later(comparison))?;
    for note in notes(comparison) {
        out.prose("Note: ", "      ", &sentence(&note))?;
    }
    if let Some(nothing) = nothing(comparison) {
        writeln!(out, "\n{nothing}")?;
    }
    if is_empty(comparison) {
        return Ok(());
    }
    for table in &comparison.tables {
        write_table(out, comparison, table, shown)?;
    }
    let rows_shown = comparison.tables.iter().flat_map(|t| rows(t, shown));
    if { rows_shown }.any(|row| !row.is_significant) {
        writeln!(out)?;
        out.prose("", "  ", NOISE)?;
    }
    Ok(())
}

fn write_origin(out: &mut Sink, side: &str, origin: &Origin, later: &str) -> Result<()> {
    let line = format!("{}  {}{later}", origin.name, time::taken(origin));
    Ok(out.prose(&format!("  {side}  "), "          ", &line)?)
}

fn write_table(
    out: &mut Sink,
    comparison: &Comparison,
    compared: &CompareTable,
    shown: ShownRows,
) -> Result<()> {
    let unit = &comparison.before.unit;
    let sums = sums_of(compared, unit);
    writeln!(out)?;
    out.prose("", "  ", &sums)?;
    let [rows, rest] = split(compared, shown);
    if !rows.is_empty() {
        let table = table(comparison, compared, &rows, "~");
        out.table(&table, "", |row| paint(compared, rows[row]))?;
    }
    if let Some(rest) = rest_words(&rest, unit) {
        out.prose("", "  ", &rest)?;
    }
    Ok(())
}

/// The rows as a table; `noise` marks changes that may be noise.
fn table(
    comparison: &Comparison,
    compared: &CompareTable,
    rows: &[&CompareRow],
    noise: &str,
) -> Table {
    let mut table = Table::new(columns(comparison, compared.by));
    for row in rows {
        let noise = if row.is_significant { "" } else { noise };
        table.push(cells(comparison, compared, row, noise));
    }
    table
}

fn columns(comparison: &Comparison, by: By) -> Vec<Column> {
    let figures = |header, key| Column::new(header, key, Holds::Figures);
    let [old, new] = match sides(comparison) {
        ["before", _] => ["old", "new"],
        reversed => reversed,
    };
    let mut columns = vec![
        Column::data("by"),
        Column::data("key"),
        figures(old, "before"),
        figures(new, "after"),
        figures("delta", "delta"),
        figures("growth", "growth"),
        figures("share", "share"),
        Column::data("standard_error"),
        Column::data("significant"),
        Column::data("change"),
    ];
    let is_counter = comparison.per_second(0).is_some();
    columns.extend(is_counter.then(|| Column::shown("a second", Holds::Figures)));
    columns.push(name_column(by));
    columns
}

fn cells(
    comparison: &Comparison,
    table: &CompareTable,
    row: &CompareRow,
    noise: &str,
) -> Vec<Cell> {
    let by = table.by;
    let unit = &comparison.before.unit;
    let delta = row.delta();
    let ratio = row.growth().map(|growth| growth.to_string());
    let mut cells = vec![
        Cell::same(by.name()),
        Cell::same(&*row.name),
        Cell::new(amount(row.before.into(), unit), row.before),
        Cell::new(amount(row.after.into(), unit), row.after),
        Cell::new(format!("{noise}{}", signed(delta, unit)), delta),
        Cell::new(growth(row.before, row.after), ratio.unwrap_or_default()),
        Cell::new(share_of(table, row), row.share),
        Cell::new("", row.standard_error),
        Cell::new("", row.is_significant),
        Cell::new("", row.change.name()),
    ];
    let rate = comparison.per_second(delta);
    cells.extend(rate.map(|rate| Cell::new(signed_near(rate, unit), "")));
    cells.push(Cell::new(name(&comparison.parts, by, &row.name), ""));
    cells
}

/// The last column: a place or part in words, or a name from the profile.
pub(super) fn name_column(by: By) -> Column {
    match by {
        By::Place | By::Part | By::Kind => Column::shown(column(by), Holds::Text),
        _ => Column::shown(column(by), Holds::Code),
    }
}

fn paint(table: &CompareTable, row: &CompareRow) -> anstyle::Style {
    let all = table.gained.max(table.lost);
    let share = (row.delta().max(0) as f64 / all.max(1) as f64 * 1e6) as i64;
    by_share(share, 1_000_000)
}

fn rest_words(rest: &[&CompareRow], unit: &str) -> Option<String> {
    let left_out = change::left_out(
        rest.iter().map(|row| (row.delta(), row.is_significant)),
        unit,
    )?;
    Some(format!("{left_out}; add --all to see them"))
}

fn write_csv(out: &mut Sink, comparison: &Comparison, shown: ShownRows) -> Result<()> {
    let by = comparison
        .tables
        .first()
        .map_or(By::Place, |table| table.by);
    let mut table = Table::new(columns(comparison, by));
    for compared in &comparison.tables {
        for row in rows(compared, every(shown)) {
            table.push(cells(comparison, compared, row, ""));
        }
    }
    Ok(out.csv(&table)?)
}

fn write_markdown(out: &mut Sink, comparison: &Comparison, shown: ShownRows) -> Result<()> {
    writeln!(out, "**{}**\n", markdown::plain(&title(comparison)))?;
    if let Some(change) = headline(comparison) {
        writeln!(out, "{}\n", markdown::plain(&change))?;
    }
    let origins = [&comparison.before, &comparison.after];
    for (side, origin) in sides(comparison).into_iter().zip(origins) {
        let (name, time) = (markdown::code(&origin.name), time::taken(origin));
        writeln!(out, "- {side}: {name}, {time}")?;
    }
    for note in notes(comparison) {
        writeln!(out, "- {}", markdown::plain(&note))?;
    }
    if let Some(nothing) = nothing(comparison) {
        writeln!(out, "\n{}", markdown::words(nothing))?;
    }
    for compared in &comparison.tables {
        writeln!(out, "\n### {}\n", heading(compared.by))?;
        let [rows, rest] = split(compared, shown);
        if !rows.is_empty() {
            let table = table(comparison, compared, &rows, "~");
            write!(out, "{}", table.markdown())?;
        }
        if let Some(rest) = rest_words(&rest, &comparison.before.unit) {
            writeln!(out, "\n{}", markdown::words(&rest))?;
        }
    }
    Ok(())
}
