//! Which part of a program holds the memory, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::attribute::{BreakdownRow, CutStacks, OTHER};
use kheap::{Breakdown, unit};
use kheap_text::table::{Cell, Column, Holds, Table};

use super::sink::Sink;
use super::terminal::{by_share, plain_paint};
use super::{markdown, text};
use crate::args::Format;
use crate::json::v1::{self, share};

/// Width of the longest bar, in characters.
const BAR_WIDTH: f64 = 24.0;

/// What stands above the functions that allocated what has no part.
const LEAVES_OF_OTHER: &str = "Allocated most of what is not attributed";

pub(crate) fn breakdown(sink: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, breakdown),
        Format::Json => v1::breakdown::json(sink, breakdown),
        Format::Csv => write_csv(sink, breakdown),
        Format::Markdown => write_markdown(sink, breakdown),
    }
}

fn write_text(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    text::guarded_header(out, &breakdown.summary)?;
    writeln!(out, "Role: {}", breakdown.role.name())?;
    writeln!(out, "{}", total_line(breakdown))?;
    for line in cut_lines(breakdown).iter().chain(&shared_line(breakdown)) {
        out.prose("", "  ", line)?;
    }
    writeln!(out)?;
    if let Some(words) = empty(breakdown) {
        writeln!(out, "{words}")?;
    }
    let paint = |row: usize| by_share(breakdown.rows[row].value, breakdown.total);
    out.table(&table(breakdown), "", paint)?;
    if has_other(breakdown) {
        writeln!(out, "\n{LEAVES_OF_OTHER}")?;
        let mut leaves = Table::new([
            Column::shown("", Holds::Figures),
            Column::shown("", Holds::Code),
        ]);
        for leaf in &breakdown.other_leaves {
            let value = amount(breakdown, leaf.value);
            leaves.push([Cell::new(value, ""), Cell::new(leaf.name.as_str(), "")]);
        }
        out.table(&leaves, "  ", |_| plain_paint())?;
    }
    Ok(())
}

/// The sum of the rows. Where some values are below zero it is a change.
fn total_line(breakdown: &Breakdown) -> String {
    let net = amount(breakdown, breakdown.total);
    let (all, sum) = (
        i128::from(breakdown.summary.total),
        i128::from(breakdown.total),
    );
    if all == sum.abs() && sum >= 0 {
        let each = match breakdown.summary.sample_unit.as_str() {
            "bytes" => "byte",
            _ => "sample",
        };
        return format!("Total: {net}, each {each} in one row");
    }
    let half = |value: i128| amount(breakdown, i64::try_from(value / 2).unwrap_or(i64::MAX));
    let (more, less) = (half(all + sum), half(all - sum));
    format!("Net change: {net} ({more} more, {less} less), each value in one row")
}

/// A row for each place; dimensions that were not asked for have no column.
fn table(breakdown: &Breakdown) -> Table {
    let asked = breakdown.rows.first();
    let asked = asked.map_or([false; 5], |row| dimensions(row).map(Option::is_some));
    let names = ["part", "verb", "kind", "package", "module"];
    // Parts, verbs and kinds always have a column of data, as ever.
    let data = |at: usize| at < 3 || asked[at];
    let named = names.into_iter().enumerate().filter(|(at, _)| data(*at));
    let mut columns: Vec<Column> = named.map(|(_, name)| Column::data(name)).collect();
    columns.extend([
        Column::new("value", "bytes", Holds::Figures),
        Column::data("objects"),
        Column::new("share", "share", Holds::Figures),
        Column::shown("", Holds::Bars),
    ]);
    let shown = || {
        asked
            .into_iter()
            .zip(names)
            .enumerate()
            .filter(|(_, (is, _))| *is)
    };
    // The last column is broken where there is no room.
    let last = shown().next_back().map_or(0, |(at, _)| at);
    columns.extend(shown().map(|(at, (_, name))| match at == last {
        true => Column::shown(name, Holds::Text),
        false => Column::shown(name, Holds::Words),
    }));
    let mut table = Table::new(columns);
    for row in &breakdown.rows {
        let words = dimensions(row).map(|word| word.as_deref().unwrap_or_default());
        let objects = row
            .objects
            .map_or_else(String::new, |objects| objects.to_string());
        let percent = unit::percentage(row.value, breakdown.total);
        let named = words.into_iter().enumerate().filter(|(at, _)| data(*at));
        let mut cells: Vec<Cell> = named.map(|(_, word)| Cell::same(word)).collect();
        cells.extend([
            Cell::new(amount(breakdown, row.value), row.value),
            Cell::same(objects),
            Cell::new(percent.trim(), share(row.value, breakdown.total)),
            Cell::new(bar(breakdown, row.value), ""),
        ]);
        cells.extend(shown().map(|(at, _)| match at {
            0 => Cell::new(breakdown.parts.title(words[0]), ""),
            at => Cell::new(words[at], ""),
        }));
        table.push(cells);
    }
    table
}

fn dimensions(row: &BreakdownRow) -> [&Option<String>; 5] {
    [&row.part, &row.verb, &row.kind, &row.package, &row.module]
}

/// What is said instead of a table without rows.
pub(super) fn empty(breakdown: &Breakdown) -> Option<&'static str> {
    let summary = &breakdown.summary;
    let words = match summary.sample_type.starts_with("inuse") {
        _ if !summary.active_filters.is_empty() => "Nothing matches.",
        true => "Nothing is in use.",
        false => "All values are 0.",
    };
    breakdown.rows.is_empty().then_some(words)
}

fn has_other(breakdown: &Breakdown) -> bool {
    let mut rows = breakdown.rows.iter();
    rows.any(|row| row.part.as_deref() == Some(OTHER))
}

/// The value as a bar, the largest one in full length.
pub(super) fn bar(breakdown: &Breakdown, value: i64) -> String {
    let largest = breakdown.rows.first().map(|row| row.value.unsigned_abs());
    let largest = largest.filter(|&largest| largest > 0).unwrap_or(1);
    let length = value.unsigned_abs() as f64 / largest as f64 * BAR_WIDTH;
    "█".repeat(length.round() as usize)
}

pub(super) fn amount(breakdown: &Breakdown, value: i64) -> String {
    unit::label(value, &breakdown.summary.sample_unit, unit::AUTO)
}

fn cut_lines(breakdown: &Breakdown) -> Vec<String> {
    let CutStacks {
        mended,
        decided,
        inferred,
        left,
    } = breakdown.cut;
    let lines = [
        (mended, "their callers were found in other stacks"),
        (decided, "attributed by their remaining frames"),
        (
            inferred,
            "attributed to the part that has nearly all encoded bytes",
        ),
        (left, "not attributed"),
    ];
    let lines = lines.into_iter().filter(|(value, _)| *value > 0);
    lines
        .map(|(value, what)| format!("{} on cut stacks: {what}", amount(breakdown, value)))
        .collect()
}

fn shared_line(breakdown: &Breakdown) -> Option<String> {
    let shared = breakdown.shared.as_ref()?;
    let (value, part) = (
        amount(breakdown, shared.value),
        breakdown.parts.title(&shared.part),
    );
    Some(format!(
        "{value} of receive buffers cannot be tied to a request: counted as {part}, the largest \
         reader"
    ))
}

fn write_csv(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    Ok(out.csv(&table(breakdown))?)
}

fn write_markdown(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    markdown::header(out, &breakdown.summary)?;
    let total = amount(breakdown, breakdown.total);
    writeln!(out, "\n{total} in all, role {}", breakdown.role.name())?;
    let lines: Vec<String> = (cut_lines(breakdown).into_iter())
        .chain(shared_line(breakdown))
        .collect();
    for (at, line) in lines.iter().enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        writeln!(out, "{gap}- {line}")?;
    }
    writeln!(out)?;
    match empty(breakdown) {
        Some(words) => writeln!(out, "{words}")?,
        None => write!(out, "{}", table(breakdown).markdown())?,
    }
    if has_other(breakdown) {
        writeln!(out, "\n{LEAVES_OF_OTHER}\n")?;
        for leaf in &breakdown.other_leaves {
            let name = markdown::code(&leaf.name);
            writeln!(out, "- {}: {name}", amount(breakdown, leaf.value))?;
        }
    }
    Ok(())
}
