//! What is kept and what is thrown away, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Lifetimes;
use kheap::lifetimes::LifetimeRow;
use kheap_text::change;
use kheap_text::lifetimes::{
    EXTRAPOLATED, NO_AGE, OF_TOTAL, age, answer, headline, is_ageless, is_extrapolated, meanings,
    name, percent, rest, word,
};
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::value::bytes;

use super::sink::Sink;
use super::terminal::{by_share, plain_paint};
use super::{markdown, text};
use crate::args::Format;
use crate::json::v1;
use crate::json::v1::lifetimes::LifetimesRowJson;

/// Writes lifetimes; people are shown the first `count` rows.
pub(crate) fn lifetimes(sink: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, lifetimes, count),
        Format::Json => v1::lifetimes::json(sink, lifetimes),
        Format::Csv => write_csv(sink, lifetimes),
        Format::Markdown => write_markdown(sink, lifetimes, count),
    }
}

fn write_text(out: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    text::guarded_header(out, &lifetimes.summary)?;
    if let Some(answer) = answer(lifetimes) {
        out.prose("", "  ", &answer)?;
    }
    out.prose("", "  ", &headline(lifetimes))?;
    out.table(&meanings(lifetimes), "  ", |_| plain_paint())?;
    writeln!(out)?;
    let rows = &lifetimes.rows[..count.min(lifetimes.rows.len())];
    let paint = |row: usize| by_share(rows[row].weight(), lifetimes.total.weight());
    out.table(&table(lifetimes, rows), "", paint)?;
    if let Some(rest) = rest(lifetimes, count) {
        out.prose("", "  ", &format!("{rest}; add --count 0 to see them all"))?;
    }
    if lifetimes.seconds.is_some() {
        out.prose("", "  ", OF_TOTAL)?;
    }
    if rows.iter().any(is_extrapolated) {
        out.prose("", "  ", EXTRAPOLATED)?;
    }
    if rows.iter().any(is_ageless) {
        out.prose("", "  ", NO_AGE)?;
    }
    Ok(())
}

/// Rows as a table.
fn table(lifetimes: &Lifetimes, rows: &[LifetimeRow]) -> Table {
    let mut columns = vec![
        Column::data("name"),
        Column::data("lifetime"),
        Column::data("allocated"),
        Column::data("inuse"),
        Column::data("live_ratio"),
        Column::data("allocated_between"),
        Column::data("grown"),
        Column::data("per_second"),
        Column::data("mean_age"),
    ];
    let shown = shown(lifetimes);
    let figures = |header: &&'static str| Column::shown(header, Holds::Figures);
    columns.extend(self::columns(lifetimes)[..shown].iter().map(figures));
    columns.push(Column::shown("lifetime", Holds::Words));
    columns.push(Column::shown(lifetimes.by.name(), Holds::Code));
    let mut table = Table::new(columns);
    for row in rows {
        let data = LifetimesRowJson::of(row);
        let mut cells = vec![
            Cell::same(data.name),
            Cell::same(data.lifetime),
            Cell::same(data.allocated.to_string()),
            Cell::same(data.inuse.to_string()),
            Cell::same(number(data.live_ratio)),
            Cell::same(number(data.allocated_between)),
            Cell::same(number(data.grown)),
            Cell::same(number(data.per_second)),
            Cell::same(number(data.mean_age)),
        ];
        let figures = self::cells(row).into_iter().take(shown);
        cells.extend(figures.map(|text| Cell::new(text, "")));
        cells.push(Cell::new(word(row.lifetime), ""));
        cells.push(Cell::new(name(lifetimes, row), ""));
        table.push(cells);
    }
    table
}

/// What stands in the columns of numbers.
fn columns(lifetimes: &Lifetimes) -> [&'static str; 6] {
    match lifetimes.seconds {
        None => ["allocated", "in use", "in use %", "", "", ""],
        Some(_) => [
            "allocated",
            "in use",
            "in use of total",
            "rate/s",
            "grown",
            "mean age",
        ],
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

fn write_csv(out: &mut Sink, lifetimes: &Lifetimes) -> Result<()> {
    Ok(out.csv(&table(lifetimes, &lifetimes.rows))?)
}

fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn write_markdown(out: &mut Sink, lifetimes: &Lifetimes, count: usize) -> Result<()> {
    markdown::header(out, &lifetimes.summary)?;
    if let Some(answer) = answer(lifetimes) {
        writeln!(out, "\n{}", markdown::words(&answer))?;
    }
    writeln!(out, "\n{}\n", markdown::words(&headline(lifetimes)))?;
    let rows = &lifetimes.rows[..count.min(lifetimes.rows.len())];
    write!(out, "{}", table(lifetimes, rows).markdown())?;
    if let Some(rest) = rest(lifetimes, count) {
        writeln!(out, "\n{}", markdown::words(&rest))?;
    }
    Ok(())
}
