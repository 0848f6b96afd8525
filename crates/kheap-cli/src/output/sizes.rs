//! How large the objects are, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::sizes::SizeRow;
use kheap::{Sizes, unit};
use serde::Serialize;

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{json, markdown, text};
use crate::args::Format;

/// Width of the longest bar, in characters.
const BAR_WIDTH: f64 = 24.0;

/// Writes a histogram; of groups, people are shown the `count` largest.
pub(crate) fn sizes(sink: &mut Sink, sizes: &Sizes, count: usize) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, sizes, count),
        Format::Json => write_json(sink, sizes),
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
    text::profile_header(out, &sizes.summary)?;
    writeln!(out, "Total: {}", total(sizes))?;
    if let Some(waste) = waste(sizes) {
        writeln!(out, "{waste}")?;
    }
    if sizes.rows.is_empty() {
        let sample_type = &sizes.summary.sample_type;
        return Ok(writeln!(
            out,
            "No sample that is looked at has any {sample_type}"
        )?);
    }
    writeln!(out)?;
    out.line(
        HEADER,
        &format!(
            "{:>10} {:>7} {:>9}  {:>10}  {:>10}",
            "size", "share", "objects", "value", "max waste"
        ),
    )?;
    for group in groups(sizes).take(count) {
        if let Some(name) = &group[0].group {
            writeln!(out, "{name}: {}", amount(sizes, held(group)))?;
        }
        for row in group {
            let cells = cells(sizes, row);
            let line = format!(
                "{:>10} {:>7} {:>9}  {:>10}  {:>10}  {}",
                cells[0],
                cells[1],
                cells[2],
                cells[3],
                cells[4],
                bar(sizes, row)
            );
            out.line(by_share(row.value, sizes.total), line.trim_end())?;
        }
    }
    if let Some(rest) = rest(sizes, count) {
        writeln!(out, "{rest}; --count 0 shows them all")?;
    }
    Ok(())
}

fn total(sizes: &Sizes) -> String {
    let total = amount(sizes, sizes.total);
    match (sizes.objects, sizes.mean_size()) {
        (Some(objects), Some(mean)) => {
            let mean = unit::label(mean as i64, "bytes", unit::AUTO);
            format!("{total} in {objects} objects, {mean} each on average")
        }
        (Some(objects), None) if sizes.summary.sample_unit == "bytes" => {
            format!("{total}, {objects} objects")
        }
        _ => total,
    }
}

/// A bound of what rounding up wasted, in a sentence.
fn waste(sizes: &Sizes) -> Option<String> {
    let sum = sizes.most_waste()?;
    let share = unit::percentage(sum, sizes.total);
    let sum = amount(sizes, sum);
    let share = share.trim();
    Some(format!(
        "Wasted by rounding up to Go's size classes: at most {sum} ({share})"
    ))
}

/// What is said of groups that are not shown.
fn rest(sizes: &Sizes, count: usize) -> Option<String> {
    let rest: Vec<&[SizeRow]> = groups(sizes).skip(count).collect();
    let values = rest.iter().map(|group| held(group));
    let sum = values.fold(0, i64::saturating_add);
    (!rest.is_empty()).then(|| format!("{} more hold {}", rest.len(), amount(sizes, sum)))
}

/// Size, share, objects, value, and what of it can be waste.
fn cells(sizes: &Sizes, row: &SizeRow) -> [String; 5] {
    let size = row.size.map(|size| unit::label(size, "bytes", unit::AUTO));
    [
        size.unwrap_or_else(|| "unknown".to_owned()),
        unit::percentage(row.value, sizes.total).trim().to_owned(),
        row.objects
            .map_or_else(String::new, |objects| objects.to_string()),
        amount(sizes, row.value),
        row.most_waste
            .map_or_else(String::new, |waste| amount(sizes, waste)),
    ]
}

fn bar(sizes: &Sizes, row: &SizeRow) -> String {
    let largest = sizes.rows.iter().map(|row| row.value.unsigned_abs()).max();
    let largest = largest.filter(|&largest| largest > 0).unwrap_or(1);
    let length = row.value.unsigned_abs() as f64 / largest as f64 * BAR_WIDTH;
    "█".repeat(length.round() as usize)
}

fn amount(sizes: &Sizes, value: i64) -> String {
    unit::label(value, &sizes.summary.sample_unit, unit::AUTO)
}

/// `kheap.sizes/1`. The values add up to `total`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of `total` and `value`.
    unit: &'a str,
    /// The sum of all values.
    total: i64,
    /// The sum of all objects; null where they are not counted.
    objects: Option<i64>,
    /// Mean size of an object, in bytes; null in a difference.
    mean_size: Option<f64>,
    /// The most that rounding up can have wasted of all, in bytes; null where it is not known.
    most_waste: Option<i64>,
    /// By size; with `--by`, the largest group first.
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    /// The function or kind; absent without `--by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    /// Size of an object in bytes: a class of Go's, or whole pages.
    size: Option<i64>,
    /// What they hold.
    value: i64,
    /// How many there are; null where they are not counted.
    objects: Option<i64>,
    /// Of the total, 0..=1.
    share: f64,
    /// The most that rounding up to the class can have wasted, in bytes.
    most_waste: Option<i64>,
}

fn write_json(out: &mut Sink, sizes: &Sizes) -> Result<()> {
    let rows = sizes.rows.iter().map(|row| Row {
        group: row.group.as_deref(),
        size: row.size,
        value: row.value,
        objects: row.objects,
        share: share(row.value, sizes.total),
        most_waste: row.most_waste,
    });
    let report = Report {
        schema: "kheap.sizes/1",
        program: sizes.summary.program.as_deref(),
        sample_type: &sizes.summary.sample_type,
        unit: &sizes.summary.sample_unit,
        total: sizes.total,
        objects: sizes.objects,
        mean_size: sizes.mean_size(),
        most_waste: sizes.most_waste(),
        rows: rows.collect(),
    };
    json::write(out, &report)
}

fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}

fn write_csv(out: &mut Sink, sizes: &Sizes) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["group", "size", "value", "objects", "most_waste"])?;
    for row in &sizes.rows {
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        csv.write_record([
            row.group.clone().unwrap_or_default(),
            number(row.size),
            row.value.to_string(),
            number(row.objects),
            number(row.most_waste),
        ])?;
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut Sink, sizes: &Sizes, count: usize) -> Result<()> {
    markdown::header(out, &sizes.summary)?;
    writeln!(out, "\n{}\n", total(sizes))?;
    if let Some(waste) = waste(sizes) {
        writeln!(out, "{waste}\n")?;
    }
    writeln!(out, "| size | share | objects | value | waste, at most | |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | --- |")?;
    for row in groups(sizes).take(count).flatten() {
        let group = row.group.as_deref().map(markdown::code);
        let cells = cells(sizes, row).join(" | ");
        writeln!(out, "| {cells} | {} |", group.unwrap_or_default())?;
    }
    if let Some(rest) = rest(sizes, count) {
        writeln!(out, "\n{rest}")?;
    }
    Ok(())
}
