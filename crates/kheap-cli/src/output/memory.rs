//! The memory of a process taken apart, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Memory;
use kheap::memory::MemoryRow;
use kheap_text::diagnosis::{Known, sentence};
use kheap_text::memory as words;
use kheap_text::placeholder;
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::value::bytes;

use super::markdown;
use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use crate::args::Format;
use crate::json::v1;

/// Writes what a process is made of; commands name the files that are `known`.
pub(crate) fn memory(sink: &mut Sink, memory: &Memory, known: &Known<'_>) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, memory, known),
        Format::Json => v1::memory::json(sink, memory, known),
        Format::Csv => write_csv(sink, memory, known),
        Format::Markdown => write_markdown(sink, memory, known),
    }
}

fn write_text(out: &mut Sink, memory: &Memory, known: &Known<'_>) -> Result<()> {
    out.heading(HEADER, &title(memory))?;
    if let Some(headline) = words::headline(memory) {
        out.prose("", "", &headline)?;
    }
    for warning in &memory.warnings {
        out.prose("Warning: ", "  ", &sentence(&words::warning(warning)))?;
    }
    for row in words::rows(memory) {
        let share = share(memory, row);
        let share = if share.is_empty() {
            share
        } else {
            format!(", {share}")
        };
        let line = format!(
            "{}: {}{share}",
            words::row_title(memory, row),
            words::value(memory, row)
        );
        writeln!(out)?;
        out.heading(by_share(row.high, memory.total), &sentence_case(&line))?;
        out.prose("  ", "  ", &sentence(&words::meaning(memory, row)))?;
        if let Some(remedy) = words::remedy(memory, row, known) {
            let label = format!("  {}: ", words::remedy_label(row.part));
            out.prose(&label, "    ", &sentence(&remedy))?;
        }
    }
    for note in words::notes(memory) {
        writeln!(out)?;
        out.prose("Note: ", "      ", &sentence(&words::note(memory, note)))?;
    }
    if let Some(words) = put_in(memory, known) {
        writeln!(out)?;
        out.prose("", "", &words)?;
    }
    Ok(())
}

/// What to put into the commands that are shown.
fn put_in(memory: &Memory, known: &Known<'_>) -> Option<String> {
    let remedies = words::rows(memory).filter_map(|row| words::remedy(memory, row, known));
    let remedies: Vec<String> = remedies.collect();
    placeholder::explained(remedies.iter().map(String::as_str))
}

/// A line with a capital letter.
fn sentence_case(line: &str) -> String {
    let mut chars = line.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

fn title(memory: &Memory) -> String {
    let (program, by) = words::program(memory);
    let by = match by {
        "" => String::new(),
        by => format!(" ({by})"),
    };
    let total = bytes(memory.total);
    format!("{program}{by}: {total} {}", words::size_title(memory.size))
}

fn share(memory: &Memory, row: &MemoryRow) -> String {
    words::share(memory, row).unwrap_or_default()
}

fn write_csv(out: &mut Sink, memory: &Memory, known: &Known<'_>) -> Result<()> {
    Ok(out.csv(&table(memory, &memory.rows, known))?)
}

fn table<'m>(
    memory: &Memory,
    rows: impl IntoIterator<Item = &'m MemoryRow>,
    known: &Known<'_>,
) -> Table {
    let mut table = Table::new([
        Column::data("part"),
        Column::data("low"),
        Column::data("high"),
        Column::data("error"),
        Column::shown("value", Holds::Figures),
        Column::shown("share", Holds::Figures),
        Column::shown("part", Holds::Text),
        Column::new("what it is", "meaning", Holds::Sentences),
        Column::new("what to do", "remedy", Holds::Sentences),
    ]);
    for row in rows {
        let error = words::error(memory, row).map_or_else(String::new, |error| error.to_string());
        table.push([
            Cell::same(row.part.name()),
            Cell::same(row.low.to_string()),
            Cell::same(row.high.to_string()),
            Cell::same(error),
            Cell::new(words::value(memory, row), ""),
            Cell::new(share(memory, row), ""),
            Cell::new(words::row_title(memory, row), ""),
            Cell::same(words::meaning(memory, row)),
            Cell::same(words::remedy(memory, row, known).unwrap_or_default()),
        ]);
    }
    table
}

fn write_markdown(out: &mut Sink, memory: &Memory, known: &Known<'_>) -> Result<()> {
    let program = markdown::code(words::program(memory).0);
    let total = bytes(memory.total);
    let size = words::size_title(memory.size);
    writeln!(out, "{program}: {total} {size}\n")?;
    if let Some(headline) = words::headline(memory) {
        writeln!(out, "{}\n", markdown::words(&headline))?;
    }
    for warning in &memory.warnings {
        let warning = sentence(&words::warning(warning));
        writeln!(out, "**Warning:** {}\n", markdown::words(&warning))?;
    }
    write!(
        out,
        "{}",
        table(memory, words::rows(memory), known).markdown()
    )?;
    for note in words::notes(memory) {
        let note = sentence(&words::note(memory, note));
        writeln!(out, "\n> {}", markdown::words(&note))?;
    }
    if let Some(what) = put_in(memory, known) {
        writeln!(out, "\n{}", markdown::words(&what))?;
    }
    Ok(())
}
