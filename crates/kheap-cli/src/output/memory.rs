//! The memory of a process taken apart, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::memory::{MemoryPart, MemoryRow};
use kheap::{Memory, unit};
use serde::Serialize;

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{json, markdown, pad};
use crate::args::Format;

pub(crate) fn memory(sink: &mut Sink, memory: &Memory) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, memory),
        Format::Json => write_json(sink, memory),
        Format::Csv => write_csv(sink, memory),
        Format::Markdown => write_markdown(sink, memory),
    }
}

fn write_text(out: &mut Sink, memory: &Memory) -> Result<()> {
    out.line(HEADER, &title(memory))?;
    for warning in &memory.warnings {
        writeln!(out, "Warning: {warning}.")?;
    }
    let amounts: Vec<String> = memory.rows.iter().map(|row| value(memory, row)).collect();
    let lengths = amounts.iter().map(|amount| amount.chars().count());
    let width = lengths.max().unwrap_or(0).max(10);
    for (row, amount) in memory.rows.iter().zip(&amounts) {
        let line = format!(
            "{} {:>7}  {}",
            pad::right(amount, width),
            share(memory, row),
            row.part.title()
        );
        writeln!(out)?;
        out.line(by_share(row.high, memory.total), &line)?;
        let indent = pad::blanks(width + 10);
        writeln!(out, "{indent}{}", row.meaning)?;
        if let Some(remedy) = &row.remedy {
            writeln!(out, "{indent}Less: {remedy}")?;
        }
    }
    for note in &memory.notes {
        writeln!(out, "\nNote: {note}.")?;
    }
    Ok(())
}

fn title(memory: &Memory) -> String {
    let program = memory.program.as_deref().unwrap_or("unknown program");
    let total = amount(memory.total);
    format!("{program}: {total} {}", memory.size.title())
}

/// A figure, with its standard error where it is the sampled one, or a range.
fn value(memory: &Memory, row: &MemoryRow) -> String {
    if row.low != row.high {
        return format!("{} to {}", amount(row.low), amount(row.high));
    }
    let error = error(memory, row).map(|error| format!(" ± {}", amount(error)));
    format!("{}{}", amount(row.low), error.unwrap_or_default())
}

/// The standard error of the figure that is sampled.
fn error(memory: &Memory, row: &MemoryRow) -> Option<i64> {
    let error = memory.live_error?.round() as i64;
    (row.part == MemoryPart::LiveHeap).then_some(error)
}

fn share(memory: &Memory, row: &MemoryRow) -> String {
    match row.low == row.high {
        true => {
            // pprof's percentages have no sign.
            let sign = if row.low < 0 { "-" } else { "" };
            format!("{sign}{}", unit::percentage(row.low, memory.total).trim())
        }
        false => String::new(),
    }
}

fn amount(bytes: i64) -> String {
    unit::label(bytes, "bytes", unit::AUTO)
}

/// `kheap.memory/1`. The rows add up to `total`: the exact ones, and the low end
/// of `headroom` with the high end of `rest` or the other way round.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// What `total` is: `resident`, `peak` or `runtime`.
    size: &'static str,
    /// In bytes.
    total: i64,
    /// The standard error of the live heap, in bytes; null where it cannot be told.
    live_error: Option<i64>,
    /// The parts, the live heap first.
    rows: Vec<Row<'a>>,
    /// Why the rows should not be relied on, one sentence each.
    warnings: &'a [String],
    /// What a reader should know, one sentence each.
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    /// Such as `live-heap` or `outside-go`.
    part: &'static str,
    /// At least so many bytes.
    low: i64,
    /// At most so many; the same where it is known exactly.
    high: i64,
    /// What it is.
    meaning: &'a str,
    /// What makes it smaller; null where there is nothing of it.
    remedy: Option<&'a str>,
}

fn write_json(out: &mut Sink, memory: &Memory) -> Result<()> {
    let rows = memory.rows.iter().map(|row| Row {
        part: row.part.name(),
        low: row.low,
        high: row.high,
        meaning: &row.meaning,
        remedy: row.remedy.as_deref(),
    });
    let report = Report {
        schema: "kheap.memory/1",
        program: memory.program.as_deref(),
        size: memory.size.name(),
        total: memory.total,
        live_error: memory.live_error.map(|error| error.round() as i64),
        rows: rows.collect(),
        warnings: &memory.warnings,
        notes: &memory.notes,
    };
    json::write(out, &report)
}

fn write_csv(out: &mut Sink, memory: &Memory) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["part", "low", "high", "error", "meaning", "remedy"])?;
    for row in &memory.rows {
        csv.write_record([
            row.part.name(),
            &row.low.to_string(),
            &row.high.to_string(),
            &error(memory, row).map_or_else(String::new, |error| error.to_string()),
            &row.meaning,
            row.remedy.as_deref().unwrap_or_default(),
        ])?;
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut Sink, memory: &Memory) -> Result<()> {
    let program = markdown::code(memory.program.as_deref().unwrap_or("unknown program"));
    let total = amount(memory.total);
    writeln!(out, "{program}: {total} {}\n", memory.size.title())?;
    for warning in &memory.warnings {
        writeln!(out, "**Warning:** {warning}.\n")?;
    }
    writeln!(out, "| value | share | what | less of it |")?;
    writeln!(out, "| ---: | ---: | --- | --- |")?;
    for row in &memory.rows {
        writeln!(
            out,
            "| {} | {} | **{}**: {} | {} |",
            value(memory, row),
            share(memory, row),
            row.part.title(),
            row.meaning,
            row.remedy.as_deref().unwrap_or_default()
        )?;
    }
    for note in &memory.notes {
        writeln!(out, "\n> {note}")?;
    }
    Ok(())
}
