//! CSV: a header and a line per row; values are integers in the sample type's unit.

use anyhow::Result;
use kheap::arithmetic::StandardError;
use kheap::{Info, Selection, Tags, Top, Trace, Tree, traces as each_trace};

use super::sink::Sink;
use super::{inline_word, time};

pub(super) fn top(out: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    let has_errors = top.rows.iter().any(|row| row.error.is_some());
    let mut header = vec!["name", "flat", "cum", "inline"];
    if has_errors {
        header.extend(["flat_error", "cum_error"]);
    }
    if seconds.is_some() {
        header.extend(["flat_per_second", "cum_per_second"]);
    }
    out.record(&header)?;
    for row in &top.rows {
        let inline = inline_word(row.inline).to_owned();
        let mut cells = vec![
            row.name.clone(),
            row.flat.to_string(),
            row.cum.to_string(),
            inline,
        ];
        if has_errors {
            let StandardError { flat, cum } = row.error.unwrap_or_default();
            cells.extend([flat, cum].map(|error| error.round().to_string()));
        }
        if let Some(seconds) = seconds {
            cells.extend([row.flat, row.cum].map(|value| (value as f64 / seconds).to_string()));
        }
        out.record(&cells)?;
    }
    Ok(())
}

/// A line per node, followed by one per caller and per callee of it.
pub(super) fn tree(out: &mut Sink, tree: &Tree) -> Result<()> {
    let header = [
        "name", "relation", "other", "flat", "cum", "weight", "inline",
    ];
    out.record(header)?;
    for row in &tree.rows {
        let (flat, cum) = (row.flat.to_string(), row.cum.to_string());
        let node = [&*row.name, "node", "", &flat, &cum, "", ""];
        out.record(node)?;
        let callers = row.callers.iter().map(|edge| ("caller", edge));
        let callees = row.callees.iter().map(|edge| ("callee", edge));
        for (relation, edge) in callers.chain(callees) {
            let weight = edge.weight.to_string();
            let inline = edge.inline.to_string();
            let edge = [&*row.name, relation, &*edge.name, "", "", &weight, &inline];
            out.record(edge)?;
        }
    }
    Ok(())
}

/// Frames are separated by semicolons, root first, as in folded stacks.
pub(super) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    out.record(["value", "labels", "stack"])?;
    for trace in each_trace(selection) {
        let frames: Vec<&str> = trace.frames.iter().rev().map(|f| f.name.as_str()).collect();
        let value = trace.value.to_string();
        let cells = [value, labels(&trace), frames.join(";")];
        out.record(cells)?;
    }
    Ok(())
}

fn labels(trace: &Trace) -> String {
    let texts = trace.text_labels.iter();
    let texts = texts.flat_map(|(key, texts)| texts.iter().map(move |t| format!("{key}={t}")));
    let numbers = trace.number_labels.iter();
    let numbers =
        numbers.flat_map(|(key, label)| label.numbers.iter().map(move |n| format!("{key}={n}")));
    texts.chain(numbers).collect::<Vec<_>>().join(";")
}

pub(super) fn tags(out: &mut Sink, tags: &Tags) -> Result<()> {
    out.record(["key", "text", "value"])?;
    for tag in &tags.rows {
        for row in &tag.values {
            let value = row.value.to_string();
            out.record([&tag.key, &row.text, &value])?;
        }
    }
    Ok(())
}

/// A line per file and sample type.
pub(super) fn info(out: &mut Sink, files: &[(String, Info)]) -> Result<()> {
    let header = [
        "file",
        "program",
        "build_id",
        "time",
        "sample_type",
        "unit",
        "total",
    ];
    let header = header.iter().chain(&["default", "samples", "warnings"]);
    out.record(header)?;
    for (file, info) in files {
        let warnings = info.warnings.iter().map(kheap_text::info::warning);
        let warnings = warnings.collect::<Vec<_>>().join("; ");
        for sample_type in &info.sample_types {
            let cells = [
                file,
                info.program.as_deref().unwrap_or_default(),
                info.build_id.as_deref().unwrap_or_default(),
                &info.time_nanos.map(time::utc).unwrap_or_default(),
                &sample_type.kind,
                &sample_type.unit,
                &sample_type.total.to_string(),
                &sample_type.is_default.to_string(),
                &info.samples.to_string(),
                &warnings,
            ];
            out.record(cells)?;
        }
    }
    Ok(())
}
