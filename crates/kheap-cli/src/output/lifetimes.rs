//! What is kept and what is thrown away, in all formats.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use kheap::lifetimes::{Between, Lifetime, LifetimeRow, Sites};
use kheap::{Lifetimes, unit};
use kheap_text::change;
use serde::Serialize;

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{json, markdown, text};
use crate::args::Format;

/// What a lifetime means, where all sites with it are added up.
fn meaning(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::MostlyLive => "most of what was allocated here is live",
        Lifetime::PartlyLive => "some of what was allocated here is live",
        Lifetime::MostlyFreed => "nearly all was freed; what is live may be new or kept",
        Lifetime::Retained => "it stays: this is the heap",
        Lifetime::Mixed => "some stays",
        Lifetime::Churning => "allocated anew again and again: work for the collector",
        _ => "too few samples to say",
    }
}

/// Writes lifetimes; people are shown the first `count` rows.
pub(crate) fn lifetimes(sink: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, lifetimes, count),
        Format::Json => write_json(sink, lifetimes),
        Format::Csv => write_csv(sink, lifetimes),
        Format::Markdown => write_markdown(sink, lifetimes, count),
    }
}

fn write_text(out: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    let style = out.style();
    text::profile_header(out, &lifetimes.summary)?;
    writeln!(out, "{}", headline(lifetimes))?;
    // The names for one dump are longer.
    let (label, width) = if lifetimes.seconds.is_some() {
        (10, 8)
    } else {
        (12, 12)
    };
    for lifetime in told(lifetimes) {
        let (sum, meaning) = (in_all(lifetimes, lifetime), meaning(lifetime));
        writeln!(out, "{:>label$} {sum}; {meaning}", lifetime.name())?;
    }
    writeln!(out)?;
    let names = columns(lifetimes);
    let line = |cells: &[String]| -> String { cells.iter().map(|c| format!("{c:>10} ")).collect() };
    let header = line(&names.map(str::to_owned)[..shown(lifetimes)]);
    let by = lifetimes.by.name();
    out.line(HEADER, &format!("{header} {:<width$}  {by}", "lifetime"))?;
    for row in lifetimes.rows.iter().take(count) {
        let cells = line(&cells(row)[..shown(lifetimes)]);
        let name = style.name(&row.name, cells.len() + width + 3);
        let weight = by_share(row.weight(), lifetimes.total.weight());
        out.line(
            weight,
            &format!("{cells} {:<width$}  {name}", row.lifetime.name()),
        )?;
    }
    if let Some(rest) = rest(lifetimes, count) {
        writeln!(out, "{rest}; --count 0 shows them all")?;
    }
    if lifetimes
        .rows
        .iter()
        .take(count)
        .any(|row| row.between.is_some_and(|between| between.is_extrapolated))
    {
        writeln!(out, "~ older than the time between the dumps: extrapolated")?;
    }
    Ok(())
}

/// The lifetimes of which is said how much they are in all.
fn told(lifetimes: &Lifetimes) -> [Lifetime; 4] {
    Lifetime::told(lifetimes.seconds.is_some())
}

/// What stands in the columns of numbers.
fn columns(lifetimes: &Lifetimes) -> [&'static str; 6] {
    match lifetimes.seconds {
        None => ["allocated", "in use", "live", "", "", ""],
        Some(_) => ["allocated", "in use", "live", "rate/s", "grown", "mean age"],
    }
}

/// How many of these columns there are.
fn shown(lifetimes: &Lifetimes) -> usize {
    match lifetimes.seconds {
        None => 3,
        Some(_) => 6,
    }
}

fn cells(row: &LifetimeRow) -> [String; 6] {
    let ratio = row.live_ratio.map_or("-".to_owned(), percent);
    let inuse = bytes(row.inuse);
    let Some(between) = row.between else {
        let none = String::new;
        return [bytes(row.allocated), inuse, ratio, none(), none(), none()];
    };
    [
        bytes(between.allocated),
        inuse,
        ratio,
        bytes(between.per_second.round() as i64),
        change::signed(between.grown.into(), "bytes"),
        age(&between),
    ]
}

fn age(between: &Between) -> String {
    let Some(seconds) = between.mean_age else {
        return "-".to_owned();
    };
    let mark = if between.is_extrapolated { "~" } else { "" };
    format!("{mark}{}", duration(seconds))
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..0.1 => format!("{:.1}ms", seconds * 1e3),
        _ => change::duration((seconds * 1e9) as i128),
    }
}

fn headline(lifetimes: &Lifetimes) -> String {
    let total = &lifetimes.total;
    let inuse = bytes(total.inuse);
    match (lifetimes.seconds, total.between) {
        (Some(seconds), Some(between)) => {
            let between_dumps = change::duration((seconds * 1e9) as i128);
            let age = lifetimes.churning_age();
            let age = age.map_or_else(String::new, |seconds| {
                format!(
                    "; a byte of what churns lives {} on average",
                    duration(seconds)
                )
            });
            format!(
                "{} allocated in {between_dumps}, {}/s; {inuse} in use{age}",
                bytes(between.allocated),
                bytes(between.per_second.round() as i64)
            )
        }
        _ => format!(
            "{inuse} in use of {} allocated since the process started ({}). One dump tells no rate \
             and no age: what is in use may be new or kept. `kheap lifetimes BEFORE AFTER` tells",
            bytes(total.allocated),
            total.live_ratio.map_or("-".to_owned(), percent)
        ),
    }
}

/// How much all sites with a lifetime have in use and allocate.
fn in_all(lifetimes: &Lifetimes, lifetime: Lifetime) -> String {
    let all = lifetimes.in_all(lifetime);
    let (inuse, allocated) = (bytes(all.inuse), bytes(all.allocated));
    format!(
        "{:>4} sites: {inuse:>9} in use, {allocated:>9} allocated",
        all.sites
    )
}

fn rest(lifetimes: &Lifetimes, count: usize) -> Option<String> {
    let rest = Sites::of(lifetimes.rows.iter().skip(count));
    (rest.sites > 0).then(|| {
        format!(
            "{} more allocated {} and have {} in use",
            rest.sites,
            bytes(rest.allocated),
            bytes(rest.inuse)
        )
    })
}

fn bytes(value: i64) -> String {
    unit::label(value, "bytes", unit::AUTO)
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// `kheap.lifetimes/1`. Sums of the rows are those of `total`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// What the rows are: `function`, `package`, `part` or `kind`.
    by: &'static str,
    /// Unit of all amounts: `bytes`.
    unit: &'static str,
    /// Seconds between the two dumps; null for a single one.
    seconds: Option<f64>,
    /// All rows together.
    total: Row<'a>,
    /// What has each of these lifetimes, in all.
    in_all: BTreeMap<&'static str, InAll>,
    /// Of two dumps only: mean age of what churns, in seconds; null where it cannot be told.
    churning_age: Option<f64>,
    /// Most allocated first, of two dumps between them.
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct InAll {
    /// How many rows.
    sites: usize,
    /// What they have in use.
    inuse: i64,
    /// What they allocated, of two dumps between them.
    allocated: i64,
}

impl InAll {
    fn of(sites: Sites) -> Self {
        Self {
            sites: sites.sites,
            inuse: sites.inuse,
            allocated: sites.allocated,
        }
    }
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    /// The function, package, part or kind.
    name: &'a str,
    /// What was allocated since the process started.
    allocated: i64,
    /// What of it is in use.
    inuse: i64,
    /// `inuse` as a share of `allocated`; null where nothing was allocated.
    live_ratio: Option<f64>,
    /// Of two dumps `retained`, `mixed`, `churning` or `idle`; of one `mostly-live`, `partly-live`
    /// or `mostly-freed`; `unclear` where samples are few.
    lifetime: &'static str,
    /// Of two dumps only: what was allocated between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    allocated_between: Option<i64>,
    /// Of two dumps only: the change of `inuse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    grown: Option<i64>,
    /// Of two dumps only: `allocated_between` by second.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    /// Of two dumps only: mean age of live objects in seconds; absent where it cannot
    /// be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_age: Option<f64>,
}

impl<'a> Row<'a> {
    fn of(row: &'a LifetimeRow) -> Self {
        Self {
            name: &row.name,
            allocated: row.allocated,
            inuse: row.inuse,
            live_ratio: row.live_ratio,
            lifetime: row.lifetime.name(),
            allocated_between: row.between.map(|between| between.allocated),
            grown: row.between.map(|between| between.grown),
            per_second: row.between.map(|between| between.per_second),
            mean_age: row.between.and_then(|between| between.mean_age),
        }
    }
}

fn write_json(out: &mut Sink, lifetimes: &Lifetimes) -> Result<()> {
    let in_all = told(lifetimes).into_iter();
    let in_all = in_all.map(|lifetime| (lifetime.name(), InAll::of(lifetimes.in_all(lifetime))));
    let report = Report {
        schema: "kheap.lifetimes/1",
        program: lifetimes.summary.program.as_deref(),
        by: lifetimes.by.name(),
        unit: "bytes",
        seconds: lifetimes.seconds,
        total: Row::of(&lifetimes.total),
        in_all: in_all.collect(),
        churning_age: lifetimes.churning_age(),
        rows: lifetimes.rows.iter().map(Row::of).collect(),
    };
    json::write(out, &report)
}

fn write_csv(out: &mut Sink, lifetimes: &Lifetimes) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "name",
        "lifetime",
        "allocated",
        "inuse",
        "live_ratio",
        "allocated_between",
        "grown",
        "per_second",
        "mean_age",
    ])?;
    for row in &lifetimes.rows {
        let row = Row::of(row);
        csv.write_record([
            row.name.to_owned(),
            row.lifetime.to_owned(),
            row.allocated.to_string(),
            row.inuse.to_string(),
            number(row.live_ratio),
            number(row.allocated_between),
            number(row.grown),
            number(row.per_second),
            number(row.mean_age),
        ])?;
    }
    Ok(csv.flush()?)
}

fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn write_markdown(out: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    markdown::header(out, &lifetimes.summary)?;
    writeln!(out, "\n{}\n", headline(lifetimes))?;
    let names = columns(lifetimes)[..shown(lifetimes)].join(" | ");
    let rules = "| ---: ".repeat(shown(lifetimes));
    writeln!(out, "| {names} | lifetime | {} |", lifetimes.by.name())?;
    writeln!(out, "{rules}| --- | --- |")?;
    for row in lifetimes.rows.iter().take(count) {
        let cells = cells(row)[..shown(lifetimes)].join(" | ");
        let name = markdown::code(&row.name);
        writeln!(out, "| {cells} | {} | {name} |", row.lifetime.name())?;
    }
    if let Some(rest) = rest(lifetimes, count) {
        writeln!(out, "\n{rest}")?;
    }
    Ok(())
}
