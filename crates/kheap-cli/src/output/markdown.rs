//! Markdown tables for tickets; names are code, whatever they contain.

use std::io::Write;

use anyhow::Result;
use kheap::arithmetic::StandardError;
use kheap::tree::TreeEdge;
use kheap::{Info, Selection, Summary, Tags, Top, Tree, traces as each_trace, unit};

pub(super) use kheap_text::markdown::{code, plain, words};

use kheap_text::change::UNKNOWN_PROGRAM;
use kheap_text::note::added_up;
use kheap_text::table::{Cell, Column, Holds, Table};

use super::sink::Sink;
use super::{call_note, inline_note, time};

pub(super) fn top(out: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    let summary = &top.summary;
    header(out, summary)?;
    shown(out, summary, top.shown)?;
    let has_errors = top.rows.iter().any(|row| row.error.is_some());
    let mut headers = vec!["flat", "flat%", "cum", "cum%"];
    if has_errors {
        headers.extend(["± flat", "± cum"]);
    }
    if seconds.is_some() {
        headers.extend(["flat/s", "cum/s"]);
    }
    let mut table = figures(&headers, "function");
    for row in &top.rows {
        let mut cells = [amount(summary, row.flat), amount(summary, row.cum)].concat();
        let rounded = |value: f64| summary.value(value.round() as i64);
        if has_errors {
            let StandardError { flat, cum } = row.error.unwrap_or_default();
            cells.extend([flat, cum].map(rounded));
        }
        if let Some(seconds) = seconds {
            cells.extend([row.flat, row.cum].map(|value| rounded(value as f64 / seconds)));
        }
        cells.push(format!("{}{}", code(&row.name), inline_note(row.inline)));
        push(&mut table, cells);
    }
    Ok(write!(out, "\n{}", table.markdown())?)
}

pub(super) fn tree(out: &mut Sink, tree: &Tree) -> Result<()> {
    let summary = &tree.summary;
    header(out, summary)?;
    shown(out, summary, tree.shown)?;
    for row in &tree.rows {
        let mut table = figures(&["value", "share"], "");
        push_edges(&mut table, summary, "called by", &row.callers, row.cum);
        for (value, word) in [(row.flat, "flat"), (row.cum, "cum")] {
            let [value, share] = amount(summary, value);
            push(&mut table, [value, share, word.to_owned()]);
        }
        push_edges(&mut table, summary, "calls", &row.callees, row.cum);
        write!(out, "\n### {}\n\n{}", code(&row.name), table.markdown())?;
    }
    Ok(())
}

/// Percentages of edges refer to the node.
fn push_edges(table: &mut Table, summary: &Summary, relation: &str, edges: &[TreeEdge], cum: i64) {
    for edge in edges {
        let share = unit::percentage(edge.weight, cum).trim().to_owned();
        let (name, note) = (code(&edge.name), call_note(edge.inline));
        let words = format!("{relation} {name}{note}");
        push(table, [summary.value(edge.weight), share, words]);
    }
}

/// Columns of figures, and a last one that is Markdown already.
fn figures(headers: &[&'static str], last: &'static str) -> Table {
    let figures = headers
        .iter()
        .map(|header| Column::shown(header, Holds::Figures));
    let last = Column::shown(last, Holds::Markup);
    Table::new(figures.chain([last]).collect::<Vec<_>>())
}

fn push(table: &mut Table, cells: impl IntoIterator<Item = String>) {
    let cells = cells.into_iter().map(|text| Cell::new(text, ""));
    table.push(cells.collect::<Vec<_>>());
}

/// Written trace by trace: there may be too many for a table.
pub(super) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    let summary = Summary::new(selection);
    header(out, &summary)?;
    writeln!(out, "\n| value | share | stack, leaf first |")?;
    writeln!(out, "| ---: | ---: | --- |")?;
    for trace in each_trace(selection) {
        let frames: Vec<String> = trace.frames.iter().map(|frame| code(&frame.name)).collect();
        let [value, share] = amount(&summary, trace.value).map(|figure| plain(&figure));
        writeln!(out, "| {value} | {share} | {} |", frames.join("<br>"))?;
    }
    Ok(())
}

pub(super) fn tags(out: &mut Sink, tags: &Tags) -> Result<()> {
    header(out, &tags.summary)?;
    for tag in &tags.rows {
        writeln!(out, "\n### {}\n", code(&tag.key))?;
        writeln!(out, "| value | share | {} |", code(&tag.key))?;
        writeln!(out, "| ---: | ---: | ---: |")?;
        for row in &tag.values {
            let [value, share] = amount(&tags.summary, row.value).map(|figure| plain(&figure));
            writeln!(out, "| {value} | {share} | {} |", code(&row.text))?;
        }
    }
    Ok(())
}

pub(super) fn info(out: &mut Sink, files: &[(String, Info)]) -> Result<()> {
    for (file, info) in files {
        writeln!(out, "### {}\n", code(file))?;
        let program = code(info.program.as_deref().unwrap_or("unknown"));
        let time = info
            .time_nanos
            .map_or_else(|| "unknown".to_owned(), time::local);
        writeln!(out, "{program}, {time}, {} samples\n", info.samples)?;
        let mut table = Table::new([
            Column::shown("sample type", Holds::Markup),
            Column::shown("total", Holds::Figures),
        ]);
        for sample_type in &info.sample_types {
            let total = unit::label(sample_type.total, &sample_type.unit, unit::AUTO);
            push(&mut table, [code(&sample_type.kind), total]);
        }
        writeln!(out, "{}", table.markdown())?;
        let hints = info.go_hints.iter().map(kheap_text::info::go_hint);
        let warnings = info.warnings.iter().map(kheap_text::info::warning);
        for words in hints.chain(warnings) {
            writeln!(out, "- {}", self::words(&words))?;
        }
    }
    Ok(())
}

pub(super) fn header(out: &mut Sink, summary: &Summary) -> Result<()> {
    let program = code(summary.program.as_deref().unwrap_or(UNKNOWN_PROGRAM));
    let sample_type = code(&summary.sample_type);
    write!(out, "{program}, {sample_type}")?;
    if let Some(nanos) = summary.time_nanos {
        write!(out, ", {}", time::local(nanos))?;
    }
    writeln!(out)?;
    if let Some(files) = added_up(summary) {
        writeln!(out, "- {files}")?;
    }
    for filter in &summary.active_filters {
        writeln!(out, "- filter {}", code(filter))?;
    }
    Ok(())
}

fn shown(out: &mut Sink, summary: &Summary, shown_value: i64) -> Result<()> {
    // The unit of a figure is whatever the profile says.
    let [shown, total] = [shown_value, summary.total].map(|value| plain(&summary.value(value)));
    let share = summary.percentage(shown_value);
    writeln!(out, "\n{shown} ({}) of {total} shown", share.trim())?;
    Ok(())
}

/// A value and its share.
fn amount(summary: &Summary, value: i64) -> [String; 2] {
    let share = summary.percentage(value);
    [summary.value(value), share.trim().to_owned()]
}
