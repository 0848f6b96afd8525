//! Markdown tables for tickets; names are code, whatever they contain.

use std::io::Write;

use anyhow::Result;
use kheap::arithmetic::StandardError;
use kheap::tree::TreeEdge;
use kheap::{Info, Selection, Summary, Tags, Top, Tree, traces as each_trace, unit};

pub(super) use kheap_text::markdown::{code, plain, words};

use kheap_text::note::added_up;

use super::sink::Sink;
use super::{call_note, inline_note, time};

pub(super) fn top(out: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    let summary = &top.summary;
    header(out, summary)?;
    shown(out, summary, top.shown)?;
    let has_errors = top.rows.iter().any(|row| row.error.is_some());
    let (names, rules) = match has_errors {
        true => ("| ± flat | ± cum ", "| ---: | ---: "),
        false => ("", ""),
    };
    let (rate_names, rate_rules) = match seconds {
        Some(_) => ("| flat/s | cum/s ", "| ---: | ---: "),
        None => ("", ""),
    };
    writeln!(
        out,
        "\n| flat | flat% | cum | cum% {names}{rate_names}| function |"
    )?;
    writeln!(
        out,
        "| ---: | ---: | ---: | ---: {rules}{rate_rules}| --- |"
    )?;
    for row in &top.rows {
        let note = inline_note(row.inline);
        let (flat, cum) = (amount(summary, row.flat), amount(summary, row.cum));
        let error = |value: f64| summary.value(value.round() as i64);
        let errors = row
            .error
            .map_or_else(String::new, |StandardError { flat, cum }| {
                format!("| {} | {} ", error(flat), error(cum))
            });
        let rates = seconds.map_or_else(String::new, |seconds| {
            let rate = |value: i64| summary.value((value as f64 / seconds).round() as i64);
            format!("| {} | {} ", rate(row.flat), rate(row.cum))
        });
        writeln!(
            out,
            "| {flat} | {cum} {errors}{rates}| {}{note} |",
            code(&row.name)
        )?;
    }
    Ok(())
}

pub(super) fn tree(out: &mut Sink, tree: &Tree) -> Result<()> {
    let summary = &tree.summary;
    header(out, summary)?;
    shown(out, summary, tree.shown)?;
    for row in &tree.rows {
        writeln!(out, "\n### {}\n", code(&row.name))?;
        writeln!(out, "| value | share | |")?;
        writeln!(out, "| ---: | ---: | --- |")?;
        edges(out, summary, "called by", &row.callers, row.cum)?;
        writeln!(out, "| {} | flat |", amount(summary, row.flat))?;
        writeln!(out, "| {} | cum |", amount(summary, row.cum))?;
        edges(out, summary, "calls", &row.callees, row.cum)?;
    }
    Ok(())
}

fn edges(
    out: &mut Sink,
    summary: &Summary,
    relation: &str,
    edges: &[TreeEdge],
    cum: i64,
) -> Result<()> {
    for edge in edges {
        let value = summary.value(edge.weight);
        let share = unit::percentage(edge.weight, cum);
        let name = code(&edge.name);
        let note = call_note(edge.inline);
        writeln!(
            out,
            "| {value} | {} | {relation} {name}{note} |",
            share.trim()
        )?;
    }
    Ok(())
}

pub(super) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    let summary = Summary::new(selection);
    header(out, &summary)?;
    writeln!(out, "\n| value | share | stack, leaf first |")?;
    writeln!(out, "| ---: | ---: | --- |")?;
    for trace in each_trace(selection) {
        let frames: Vec<String> = trace.frames.iter().map(|frame| code(&frame.name)).collect();
        writeln!(
            out,
            "| {} | {} |",
            amount(&summary, trace.value),
            frames.join("<br>")
        )?;
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
            writeln!(
                out,
                "| {} | {} |",
                amount(&tags.summary, row.value),
                code(&row.text)
            )?;
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
        writeln!(out, "| sample type | total |")?;
        writeln!(out, "| --- | ---: |")?;
        for sample_type in &info.sample_types {
            let total = unit::label(sample_type.total, &sample_type.unit, unit::AUTO);
            writeln!(out, "| {} | {total} |", code(&sample_type.kind))?;
        }
        writeln!(out)?;
        let hints = info.go_hints.iter().map(kheap_text::info::go_hint);
        let warnings = info.warnings.iter().map(kheap_text::info::warning);
        for words in hints.chain(warnings) {
            writeln!(out, "- {}", self::words(&words))?;
        }
    }
    Ok(())
}

pub(super) fn header(out: &mut Sink, summary: &Summary) -> Result<()> {
    let program = code(summary.program.as_deref().unwrap_or("unknown program"));
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

fn shown(out: &mut Sink, summary: &Summary, shown: i64) -> Result<()> {
    let total = summary.value(summary.total);
    let share = summary.percentage(shown);
    writeln!(
        out,
        "\n{} ({}) of {total} shown",
        summary.value(shown),
        share.trim()
    )?;
    Ok(())
}

/// A value and its share, as two cells.
fn amount(summary: &Summary, value: i64) -> String {
    format!(
        "{} | {}",
        summary.value(value),
        summary.percentage(value).trim()
    )
}
