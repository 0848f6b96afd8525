//! Which part of a program holds the memory, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::attribute::{BreakdownRow, CutStacks, OTHER};
use kheap::{Breakdown, unit};
use serde::Serialize;

use super::sink::Sink;
use super::terminal::by_share;
use super::{json, markdown, pad, text};
use crate::args::Format;

/// Width of the longest bar, in characters.
const BAR_WIDTH: f64 = 24.0;

/// Names that are longer do not widen the column: a file may hold one of a
/// megabyte, and thousands of rows.
const NAME_WIDTH: usize = 120;

/// What stands above the functions that allocated what has no part.
const LEAVES_OF_OTHER: &str = "Most of `other` was allocated in";

pub(crate) fn breakdown(sink: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, breakdown),
        Format::Json => write_json(sink, breakdown),
        Format::Csv => write_csv(sink, breakdown),
        Format::Markdown => write_markdown(sink, breakdown),
    }
}

fn write_text(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    text::profile_header(out, &breakdown.summary)?;
    writeln!(out, "Role: {}", breakdown.role.name())?;
    writeln!(out, "{}", total_line(breakdown))?;
    for line in cut_lines(breakdown).iter().chain(&shared_line(breakdown)) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    if let Some(words) = empty(breakdown) {
        writeln!(out, "{words}")?;
    }
    write_rows(out, breakdown, &breakdown.rows)?;
    if has_other(breakdown) {
        writeln!(out, "\n{LEAVES_OF_OTHER}")?;
        for leaf in &breakdown.other_leaves {
            writeln!(out, "{:>10}  {}", amount(breakdown, leaf.value), leaf.name)?;
        }
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
        return format!("Total: {net}, each byte in one row");
    }
    let half = |value: i128| amount(breakdown, i64::try_from(value / 2).unwrap_or(i64::MAX));
    let (more, less) = (half(all + sum), half(all - sum));
    format!("Net change: {net} ({more} more, {less} less), each value in one row")
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

/// The rows with their bars, as `kheap diagnose` shows them too.
pub(super) fn write_rows(
    out: &mut Sink,
    breakdown: &Breakdown,
    rows: &[BreakdownRow],
) -> Result<()> {
    let names: Vec<String> = rows.iter().map(|row| name(breakdown, row)).collect();
    let width = pad::column(names.iter().map(String::as_str), NAME_WIDTH);
    for (row, name) in rows.iter().zip(&names) {
        let share = unit::percentage(row.value, breakdown.total);
        let value = amount(breakdown, row.value);
        let line = format!(
            "{value:>10} {share}  {}  {}",
            pad::left(name, width),
            bar(breakdown, row.value)
        );
        out.line(by_share(row.value, breakdown.total), line.trim_end())?;
    }
    Ok(())
}

/// What the names of rows are made of.
fn dimensions(row: &BreakdownRow) -> String {
    let all = [
        ("part", &row.part),
        ("verb", &row.verb),
        ("kind", &row.kind),
    ];
    let asked = all.into_iter().filter(|(_, value)| value.is_some());
    let words: Vec<&str> = asked.map(|(word, _)| word).collect();
    words.join(" · ")
}

/// The dimensions of a row that were asked for, in words.
fn name(breakdown: &Breakdown, row: &BreakdownRow) -> String {
    let mut words: Vec<&str> = Vec::new();
    if let Some(part) = &row.part {
        words.push(part);
    }
    words.extend(row.verb.as_deref());
    words.extend(row.kind.as_deref());
    let name = words.join(" · ");
    match &row.part {
        Some(part) => format!("{name}  ({})", breakdown.title(part)),
        None => name,
    }
}

fn bar(breakdown: &Breakdown, value: i64) -> String {
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
        (mended, "their root was found in other stacks"),
        (decided, "what is left of them says where they belong"),
        (
            inferred,
            "inferred from where nearly all encoders' bytes belong",
        ),
        (left, "nothing is known of them"),
    ];
    let lines = lines.into_iter().filter(|(value, _)| *value > 0);
    lines
        .map(|(value, what)| format!("Cut stacks: {}, {what}", amount(breakdown, value)))
        .collect()
}

fn shared_line(breakdown: &Breakdown) -> Option<String> {
    let shared = breakdown.shared.as_ref()?;
    let (value, part) = (amount(breakdown, shared.value), &shared.part);
    Some(format!(
        "Receive buffers without a request: {value}, counted as {part}, which reads most"
    ))
}

/// `kheap.breakdown/1`. The bytes add up to `total`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// `apiserver`, `etcd`, `prometheus`, `client` or `unknown`.
    role: &'static str,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of `total` and `bytes`.
    unit: &'a str,
    /// The sum of all values.
    total: i64,
    /// What became of stacks that lost their root.
    cut_stacks: Cut,
    /// Largest first.
    rows: Vec<Row<'a>>,
    /// The functions that allocated most of what has no part.
    other_leaves: Vec<Leaf<'a>>,
}

/// In the unit of the report.
#[derive(Debug, Serialize)]
struct Cut {
    /// Their root was found in other stacks.
    mended: i64,
    /// Their remaining frames say where they belong.
    decided: i64,
    /// They belong where nearly all encoders' bytes belong.
    inferred: i64,
    /// Nothing is known of them.
    left: i64,
}

/// A dimension that was not asked for is absent.
#[derive(Debug, Serialize)]
struct Row<'a> {
    /// The part of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    /// The verb of the request, or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verb: Option<&'a str>,
    /// The Kubernetes kind, `custom resource` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    /// In the unit of the report.
    bytes: i64,
    /// How many objects, where the profile counts them.
    objects: Option<i64>,
    /// Of the total, 0..=1.
    share: f64,
}

/// A function that allocates.
#[derive(Debug, Serialize)]
struct Leaf<'a> {
    /// Its canonical name.
    name: &'a str,
    /// In the unit of the report.
    bytes: i64,
}

fn write_json(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    let summary = &breakdown.summary;
    let rows = breakdown.rows.iter().map(|row| Row {
        part: row.part.as_deref(),
        verb: row.verb.as_deref(),
        kind: row.kind.as_deref(),
        bytes: row.value,
        objects: row.objects,
        share: share(row.value, breakdown.total),
    });
    let leaves = breakdown.other_leaves.iter().map(|leaf| Leaf {
        name: &leaf.name,
        bytes: leaf.value,
    });
    let report = Report {
        schema: "kheap.breakdown/1",
        program: summary.program.as_deref(),
        role: breakdown.role.name(),
        sample_type: &summary.sample_type,
        unit: &summary.sample_unit,
        total: breakdown.total,
        cut_stacks: Cut {
            mended: breakdown.cut.mended,
            decided: breakdown.cut.decided,
            inferred: breakdown.cut.inferred,
            left: breakdown.cut.left,
        },
        rows: rows.collect(),
        other_leaves: leaves.collect(),
    };
    json::write(out, &report)
}

fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}

fn write_csv(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["part", "verb", "kind", "bytes", "objects", "share"])?;
    for row in &breakdown.rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let objects = row.objects.map(|objects| objects.to_string());
        csv.write_record([
            text(&row.part),
            text(&row.verb),
            text(&row.kind),
            row.value.to_string(),
            objects.unwrap_or_default(),
            share(row.value, breakdown.total).to_string(),
        ])?;
    }
    Ok(csv.flush()?)
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
    write_markdown_rows(out, breakdown, &breakdown.rows)?;
    if has_other(breakdown) {
        writeln!(out, "\n{LEAVES_OF_OTHER}\n")?;
        for leaf in &breakdown.other_leaves {
            let name = markdown::code(&leaf.name);
            writeln!(out, "- {}: {name}", amount(breakdown, leaf.value))?;
        }
    }
    Ok(())
}

/// The table alone, as `kheap diagnose` shows it too.
pub(super) fn write_markdown_rows(
    out: &mut Sink,
    breakdown: &Breakdown,
    rows: &[BreakdownRow],
) -> Result<()> {
    if let Some(words) = empty(breakdown) {
        writeln!(out, "{words}")?;
    }
    let Some(first) = rows.first() else {
        return Ok(());
    };
    writeln!(out, "| value | share | {} |", dimensions(first))?;
    writeln!(out, "| ---: | ---: | --- |")?;
    for row in rows {
        let share = unit::percentage(row.value, breakdown.total);
        let name = markdown::code(&name(breakdown, row));
        writeln!(
            out,
            "| {} | {} | {name} |",
            amount(breakdown, row.value),
            share.trim()
        )?;
    }
    Ok(())
}
