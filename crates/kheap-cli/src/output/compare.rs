//! What changed from one dump to another, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Comparison;
use kheap::compare::{CompareRow, CompareTable};
use kheap::series::{By, DOT, Origin};
use serde::Serialize;

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{json, markdown, time};
use crate::args::{Format, Shown};
use kheap_text::change::{
    NOISE, ROWS, amount, counted, duration, growth, heading, name, note, program, share, signed,
    signed_near,
};

/// How much of all growth, or shrinkage where that is more, a row is at least that is shown when
/// nobody says.
const LEAST_SHARE: f64 = 0.01;

pub(crate) fn comparison(sink: &mut Sink, comparison: &Comparison, shown: Shown) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, comparison, shown),
        Format::Json => write_json(sink, comparison, shown),
        Format::Csv => write_csv(sink, comparison, shown),
        Format::Markdown => write_markdown(sink, comparison, shown),
    }
}

/// The rows to show. Programs get all of them unless a number is asked for.
fn rows(table: &CompareTable, shown: Shown) -> &[CompareRow] {
    let most = match shown {
        Shown::All => table.rows.len(),
        Shown::Count(count) => count,
        Shown::Telling => {
            let least = LEAST_SHARE * table.gained.max(table.lost) as f64;
            let large = |row: &&CompareRow| row.delta().abs() as f64 >= least;
            table.rows.iter().take_while(large).count().min(ROWS)
        }
    };
    &table.rows[..most.min(table.rows.len())]
}

fn every(shown: Shown) -> Shown {
    match shown {
        Shown::Telling => Shown::All,
        shown => shown,
    }
}

fn write_text(out: &mut Sink, comparison: &Comparison, shown: Shown) -> Result<()> {
    out.line(HEADER, &title(comparison))?;
    write_origin(out, "before", &comparison.before, "")?;
    write_origin(out, "after", &comparison.after, &later(comparison))?;
    for told in &comparison.notes {
        writeln!(out, "Note: {}.", note(told))?;
    }
    if is_empty(comparison) {
        writeln!(out, "\n{NOTHING}")?;
        return Ok(());
    }
    for table in &comparison.tables {
        write_table(out, comparison, table, shown)?;
    }
    let rows_shown = comparison.tables.iter().flat_map(|t| rows(t, shown));
    if { rows_shown }.any(|row| !row.is_significant) {
        writeln!(out, "\n{NOISE}")?;
    }
    Ok(())
}

const NOTHING: &str = "Nothing changed.";

fn is_empty(comparison: &Comparison) -> bool {
    comparison.tables.iter().all(|table| table.rows.is_empty())
}

fn title(comparison: &Comparison) -> String {
    let (before, after, total) = (&comparison.before, &comparison.after, &comparison.total);
    let mut title = format!(
        "{}: {} {} → {}",
        programs(before, after),
        before.sample_type,
        amount(total.before.into(), &before.unit),
        amount(total.after.into(), &before.unit),
    );
    if total.delta() != 0 {
        let delta = signed(total.delta(), &before.unit);
        let growth = growth(total.before, total.after);
        title += &format!(", {delta} ({growth}){}", rate(comparison, total.delta()));
    }
    title
}

/// One program, or what took the place of what.
fn programs(before: &Origin, after: &Origin) -> String {
    match (&before.program, &after.program) {
        (Some(old), Some(new)) if old != new => format!("{} → {}", program(before), program(after)),
        (_, None) => program(before),
        _ => program(after),
    }
}

/// How fast a counter counts.
fn rate(comparison: &Comparison, delta: i128) -> String {
    let rate = comparison.per_second(delta);
    rate.map_or_else(String::new, |rate| {
        format!(", {}/s", signed_near(rate, &comparison.before.unit))
    })
}

fn write_origin(out: &mut Sink, side: &str, origin: &Origin, later: &str) -> Result<()> {
    let time = origin.time_nanos;
    let time = time.map_or_else(|| "time unknown".to_owned(), time::local);
    Ok(writeln!(
        out,
        "  {side:<6}  {}  {time}{later}",
        origin.name
    )?)
}

fn later(comparison: &Comparison) -> String {
    let nanos = comparison.elapsed_nanos.filter(|&nanos| nanos > 0);
    nanos.map_or_else(String::new, |nanos| format!(", {} later", duration(nanos)))
}

fn write_table(
    out: &mut Sink,
    comparison: &Comparison,
    table: &CompareTable,
    shown: Shown,
) -> Result<()> {
    let unit = &comparison.before.unit;
    let gained = signed(table.gained, unit);
    let lost = signed(-table.lost, unit);
    let counter = comparison.per_second(0).is_some();
    writeln!(
        out,
        "\n{}: {gained} grown, {lost} shrunk",
        heading(table.by)
    )?;
    let per_second = if counter { "    a second" } else { "" };
    let header = format!(
        "{:>10} {:>10} {:>11} {:>7} {:>6}{per_second}",
        "old", "new", "delta", "growth", "share"
    );
    out.line(HEADER, &header)?;
    let shown = rows(table, shown);
    for row in shown {
        let noise = if row.is_significant { " " } else { "~" };
        let cells = format!(
            "{:>10} {:>10} {noise}{:>10} {:>7} {:>6}{}  ",
            amount(row.before.into(), unit),
            amount(row.after.into(), unit),
            signed(row.delta(), unit),
            growth(row.before, row.after),
            share(row.share),
            match comparison.per_second(row.delta()) {
                Some(rate) => format!("{:>12}", signed_near(rate, unit)),
                None => String::new(),
            },
        );
        let name = name(table.by, &row.key);
        let name = out.style().name(&name, cells.chars().count());
        out.line(paint(table, row), &format!("{cells}{name}"))?;
    }
    write_rest(out, &table.rows[shown.len()..], unit)
}

fn paint(table: &CompareTable, row: &CompareRow) -> anstyle::Style {
    let all = table.gained.max(table.lost);
    let share = (row.delta().max(0) as f64 / all.max(1) as f64 * 1e6) as i64;
    by_share(share, 1_000_000)
}

fn write_rest(out: &mut Sink, rest: &[CompareRow], unit: &str) -> Result<()> {
    if rest.is_empty() {
        return Ok(());
    }
    let sum: i128 = rest.iter().map(CompareRow::delta).sum();
    let smaller = counted(rest.len(), "smaller change");
    let sum = signed(sum, unit);
    Ok(writeln!(out, "{sum:>33}  {smaller}; --all shows them")?)
}

/// `kheap.compare/1`. The deltas of a table add up to that of the totals.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// What the values count, such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values.
    unit: &'a str,
    /// The earlier dump.
    before: Side<'a>,
    /// The later one.
    after: Side<'a>,
    /// Seconds between them; null where a time is not known.
    elapsed_seconds: Option<f64>,
    /// Of the totals.
    delta: i128,
    /// What to know before the rows are believed.
    notes: Vec<String>,
    /// One table behind the other, each with the largest change first.
    rows: Vec<Row<'a>>,
}

/// A dump, also of `kheap.series/1`.
#[derive(Debug, Serialize)]
pub(super) struct Side<'a> {
    /// Its file.
    file: &'a str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// The program's build id.
    build_id: Option<&'a str>,
    /// RFC 3339 in UTC.
    time: Option<String>,
    /// Sum of all values.
    total: i64,
    /// Of the total.
    standard_error: f64,
}

impl<'a> Side<'a> {
    pub(super) fn of(origin: &'a Origin) -> Self {
        Self {
            file: &origin.name,
            program: origin.program.as_deref(),
            build_id: origin.build_id.as_deref(),
            time: origin.time_nanos.map(time::utc),
            total: origin.total.value,
            standard_error: origin.total.variance.sqrt(),
        }
    }
}

/// How much one name held, and holds.
#[derive(Debug, Serialize)]
struct Row<'a> {
    /// `place`, `function`, `path`, `part`, `kind` or `package`.
    by: &'static str,
    /// The function, path, …
    key: &'a str,
    /// Of a place only.
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// In the earlier dump.
    before: i64,
    /// In the later one.
    after: i64,
    /// The difference.
    delta: i128,
    /// The difference by second, of a counter whose times are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    /// The difference as a share of `before`; null where that is 0.
    growth: Option<f64>,
    /// Of all that grew, or shrank where that is more, 0..=1.
    share: f64,
    /// Of the difference.
    standard_error: f64,
    /// Whether it is more than two standard errors.
    significant: bool,
    /// `added`, `removed`, `grown` or `shrunk`.
    change: &'static str,
}

/// The two halves of a place.
#[derive(Debug, Serialize)]
pub(super) struct Place<'a> {
    /// The part of the program.
    part: &'a str,
    /// The Kubernetes kind.
    kind: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn of(by: By, key: &'a str) -> Option<Self> {
        let (part, kind) = key.split_once(DOT).filter(|_| by == By::Place)?;
        Some(Self { part, kind })
    }
}

fn write_json(out: &mut Sink, comparison: &Comparison, shown: Shown) -> Result<()> {
    let of_table = |table| {
        let table: &CompareTable = table;
        rows(table, every(shown)).iter().map(|row| Row {
            by: table.by.name(),
            key: &row.key,
            place: Place::of(table.by, &row.key),
            before: row.before,
            after: row.after,
            delta: row.delta(),
            per_second: comparison.per_second(row.delta()),
            growth: row.growth(),
            share: row.share,
            standard_error: row.standard_error,
            significant: row.is_significant,
            change: row.change.name(),
        })
    };
    let report = Report {
        schema: "kheap.compare/1",
        sample_type: &comparison.before.sample_type,
        unit: &comparison.before.unit,
        before: Side::of(&comparison.before),
        after: Side::of(&comparison.after),
        elapsed_seconds: comparison.elapsed_nanos.map(|nanos| nanos as f64 / 1e9),
        delta: comparison.total.delta(),
        notes: comparison.notes.iter().map(note).collect(),
        rows: comparison.tables.iter().flat_map(of_table).collect(),
    };
    json::write(out, &report)
}

fn write_csv(out: &mut Sink, comparison: &Comparison, shown: Shown) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let columns = ["by", "key", "before", "after", "delta", "growth", "share"];
    csv.write_record(
        columns
            .iter()
            .chain(&["standard_error", "significant", "change"]),
    )?;
    for table in &comparison.tables {
        for row in rows(table, every(shown)) {
            let growth = row.growth().map(|growth| growth.to_string());
            csv.write_record([
                table.by.name(),
                &row.key,
                &row.before.to_string(),
                &row.after.to_string(),
                &row.delta().to_string(),
                &growth.unwrap_or_default(),
                &row.share.to_string(),
                &row.standard_error.to_string(),
                &row.is_significant.to_string(),
                row.change.name(),
            ])?;
        }
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut Sink, comparison: &Comparison, shown: Shown) -> Result<()> {
    let unit = &comparison.before.unit;
    writeln!(out, "**{}**\n", markdown::plain(&title(comparison)))?;
    for (side, origin) in [("before", &comparison.before), ("after", &comparison.after)] {
        let time = origin.time_nanos.map(time::local);
        let time = time.unwrap_or_else(|| "time unknown".to_owned());
        writeln!(out, "- {side}: {}, {time}", markdown::code(&origin.name))?;
    }
    for told in &comparison.notes {
        writeln!(out, "- {}", markdown::plain(&note(told)))?;
    }
    if is_empty(comparison) {
        writeln!(out, "\n{NOTHING}")?;
    }
    for table in &comparison.tables {
        writeln!(out, "\n### {}\n", heading(table.by))?;
        writeln!(out, "| old | new | delta | growth | share | |")?;
        writeln!(out, "| ---: | ---: | ---: | ---: | ---: | --- |")?;
        for row in rows(table, shown) {
            let noise = if row.is_significant { "" } else { " (noise)" };
            writeln!(
                out,
                "| {} | {} | {}{noise} | {} | {} | {} |",
                amount(row.before.into(), unit),
                amount(row.after.into(), unit),
                signed(row.delta(), unit),
                growth(row.before, row.after),
                share(row.share),
                markdown::code(&name(table.by, &row.key)),
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_its_halves() {
        let place = Place::of(By::Place, "write · Pod").map(|place| (place.part, place.kind));
        assert_eq!(place, Some(("write", "Pod")));
        assert!(Place::of(By::Function, "a · b").is_none());
    }
}
