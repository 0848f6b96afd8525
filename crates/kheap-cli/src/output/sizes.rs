//! How large the objects are, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::sizes::SizeRow;
use kheap::{Sizes, unit};
use kheap_text::change;
use kheap_text::sizes::{amount, answer, empty, largest_first, smaller, total, undercount, waste};
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::value::share as share_of;

use super::sink::Sink;
use super::terminal::by_share;
use super::{markdown, text};
use crate::args::Format;
use crate::json::v1;

/// Writes a histogram; people are shown the `count` largest groups and sizes.
pub(crate) fn sizes(sink: &mut Sink, sizes: &Sizes, count: usize) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, sizes, count),
        Format::Json => v1::sizes::json(sink, sizes),
        Format::Csv => write_csv(sink, sizes),
        Format::Markdown => write_markdown(sink, sizes, count),
    }
}

/// The rows of one function or kind.
fn groups(sizes: &Sizes) -> impl Iterator<Item = &[SizeRow]> {
    sizes.rows.chunk_by(|a, b| a.group == b.group)
}

fn held(group: &[SizeRow]) -> i64 {
    let values = group.iter().map(|row| row.value);
    values.fold(0, i64::saturating_add)
}

fn write_text(out: &mut Sink, sizes: &Sizes, count: usize) -> Result<()> {
    text::guarded_header(out, &sizes.summary)?;
    if let Some(answer) = answer(sizes) {
        out.prose("", "  ", &answer)?;
    }
    out.prose("", "  ", &total(sizes))?;
    if let Some(waste) = waste(sizes) {
        out.prose("", "  ", &waste)?;
    }
    if let Some(words) = empty(sizes) {
        return Ok(out.prose("", "  ", &words)?);
    }
    for group in groups(sizes).take(count) {
        writeln!(out)?;
        if let Some(name) = &group[0].group {
            let line = format!("{name}: {}", amount(sizes, held(group)));
            let line = out.style().name(&line, 0);
            writeln!(out, "{line}")?;
        }
        let (rows, rest) = split(group, count);
        let paint = |row: usize| by_share(rows[row].value, sizes.total);
        out.table(&table(sizes, &rows), "", paint)?;
        if let Some(rest) = smaller(sizes, &rest) {
            out.prose("", "  ", &format!("{rest}; add --count 0 to see them all"))?;
        }
    }
    if let Some(rest) = rest(sizes, count) {
        writeln!(out)?;
        out.prose("", "  ", &format!("{rest}; add --count 0 to see them all"))?;
    }
    if let Some(words) = undercount(sizes) {
        out.prose("", "  ", &words)?;
    }
    Ok(())
}

/// The `count` largest sizes of a group, and the others.
fn split(group: &[SizeRow], count: usize) -> (Vec<SizeRow>, Vec<SizeRow>) {
    let mut rows = largest_first(group);
    let rest = rows.split_off(count.min(rows.len()));
    (rows, rest)
}

/// What is said of groups that are not shown.
fn rest(sizes: &Sizes, count: usize) -> Option<String> {
    let rest: Vec<&[SizeRow]> = groups(sizes).skip(count).collect();
    let values = rest.iter().map(|group| held(group));
    let sum = values.fold(0, i64::saturating_add);
    kheap_text::sizes::rest(sizes, rest.len(), sum)
}

/// Size, share, objects, value, and what of it can be waste.
fn cells(sizes: &Sizes, row: &SizeRow) -> [String; 5] {
    let size = row.size.map(|size| unit::label(size, "bytes", unit::AUTO));
    [
        size.unwrap_or_else(|| "unknown".to_owned()),
        share_of(row.value, sizes.total),
        row.objects
            .map_or_else(String::new, |objects| objects.to_string()),
        amount(sizes, row.value),
        row.most_waste
            .map_or_else(String::new, |waste| amount(sizes, waste)),
    ]
}

fn bar(sizes: &Sizes, row: &SizeRow) -> String {
    let largest = sizes.rows.iter().map(|row| row.value.unsigned_abs()).max();
    change::bar(row.value, largest)
}

fn write_csv(out: &mut Sink, sizes: &Sizes) -> Result<()> {
    Ok(out.csv(&table(sizes, &sizes.rows))?)
}

/// Rows as a table. People read the group above its rows, programs in each row.
fn table(sizes: &Sizes, rows: &[SizeRow]) -> Table {
    let mut table = Table::new([
        Column::data("group"),
        Column::new("size", "size", Holds::Figures),
        Column::shown("share", Holds::Figures),
        Column::data("value"),
        Column::new("objects", "objects", Holds::Figures),
        Column::shown("value", Holds::Figures),
        Column::new("max waste", "most_waste", Holds::Figures),
        Column::shown("", Holds::Bars),
    ]);
    for row in rows {
        let [size, share, objects, value, waste] = cells(sizes, row);
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        table.push([
            Cell::same(row.group.clone().unwrap_or_default()),
            Cell::new(size, number(row.size)),
            Cell::new(share, ""),
            Cell::same(row.value.to_string()),
            Cell::new(objects, number(row.objects)),
            Cell::new(value, ""),
            Cell::new(waste, number(row.most_waste)),
            Cell::new(bar(sizes, row), ""),
        ]);
    }
    table
}

fn write_markdown(out: &mut Sink, sizes: &Sizes, count: usize) -> Result<()> {
    markdown::header(out, &sizes.summary)?;
    if let Some(answer) = answer(sizes) {
        writeln!(out, "\n{}", markdown::words(&answer))?;
    }
    writeln!(out, "\n{}\n", markdown::words(&total(sizes)))?;
    if let Some(waste) = waste(sizes) {
        writeln!(out, "{}\n", markdown::words(&waste))?;
    }
    if let Some(words) = empty(sizes) {
        return Ok(writeln!(out, "{}", markdown::words(&words))?);
    }
    for (at, group) in groups(sizes).take(count).enumerate() {
        if let Some(name) = &group[0].group {
            let gap = if at > 0 { "\n" } else { "" };
            let held = markdown::plain(&amount(sizes, held(group)));
            writeln!(out, "{gap}### {}: {held}\n", markdown::code(name))?;
        }
        let (rows, rest) = split(group, count);
        write!(out, "{}", table(sizes, &rows).markdown())?;
        if let Some(rest) = smaller(sizes, &rest) {
            writeln!(out, "\n{}", markdown::words(&rest))?;
        }
    }
    if let Some(rest) = rest(sizes, count) {
        writeln!(out, "\n{}", markdown::words(&rest))?;
    }
    if let Some(words) = undercount(sizes) {
        writeln!(out, "\n{}", markdown::words(&words))?;
    }
    Ok(())
}
