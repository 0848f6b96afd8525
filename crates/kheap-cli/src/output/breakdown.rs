//! Which part of a program holds the memory, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Breakdown;
use kheap::attribute::{BreakdownRow, OTHER};
use kheap_text::breakdown::{LEAVES_OF_OTHER, amount, empty, remarks, total};
use kheap_text::change;
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::value::share as share_of;

use super::sink::Sink;
use super::terminal::{by_share, plain_paint};
use super::{markdown, text};
use crate::args::Format;
use crate::json::v1::{self, share};

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
    out.prose("", "  ", &total(breakdown))?;
    for line in remarks(breakdown) {
        out.prose("", "  ", &line)?;
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
        // Packages and modules are paths.
        true if at >= 3 => Column::shown(name, Holds::Code),
        true => Column::shown(name, Holds::Text),
        false => Column::shown(name, Holds::Words),
    }));
    let mut table = Table::new(columns);
    for row in &breakdown.rows {
        let words = dimensions(row).map(|word| word.as_deref().unwrap_or_default());
        let objects = row
            .objects
            .map_or_else(String::new, |objects| objects.to_string());
        let percent = share_of(row.value, breakdown.total);
        let named = words.into_iter().enumerate().filter(|(at, _)| data(*at));
        let mut cells: Vec<Cell> = named.map(|(_, word)| Cell::same(word)).collect();
        cells.extend([
            Cell::new(amount(breakdown, row.value), row.value),
            Cell::same(objects),
            Cell::new(percent, share(row.value, breakdown.total)),
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

fn has_other(breakdown: &Breakdown) -> bool {
    let mut rows = breakdown.rows.iter();
    rows.any(|row| row.part.as_deref() == Some(OTHER))
}

/// The value as a bar, the largest one in full length.
pub(super) fn bar(breakdown: &Breakdown, value: i64) -> String {
    let largest = breakdown.rows.first().map(|row| row.value.unsigned_abs());
    change::bar(value, largest)
}

fn write_csv(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    Ok(out.csv(&table(breakdown))?)
}

fn write_markdown(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    markdown::header(out, &breakdown.summary)?;
    writeln!(out, "\nRole: {}\n", breakdown.role.name())?;
    writeln!(out, "{}", markdown::words(&total(breakdown)))?;
    for (at, line) in remarks(breakdown).iter().enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        writeln!(out, "{gap}- {}", markdown::words(line))?;
    }
    writeln!(out)?;
    match empty(breakdown) {
        Some(words) => writeln!(out, "{}", markdown::words(words))?,
        None => write!(out, "{}", table(breakdown).markdown())?,
    }
    if has_other(breakdown) {
        writeln!(out, "\n{LEAVES_OF_OTHER}\n")?;
        for leaf in &breakdown.other_leaves {
            let name = markdown::code(&leaf.name);
            let amount = markdown::plain(&amount(breakdown, leaf.value));
            writeln!(out, "- {amount}: {name}")?;
        }
    }
    Ok(())
}
