//! What grows over time, in all formats.

use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use kheap::Series;
use kheap::series::{By, Growth, GrowthRow, Origin};

use super::compare::name_column;
use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{markdown, time};
use crate::args::{Format, ShownRows};
use crate::json::v1;
use crate::output::diagnosis::evidence;
use kheap_evidence::Beside;
use kheap_text::View;
use kheap_text::change::{
    NOISE, ROWS, amount, heading, left_out, name, share, signed, signed_near, sums, verdict,
};
use kheap_text::diagnosis::sentence;
use kheap_text::series::changed;
use kheap_text::table::{Cell, Column, Holds, Table};

/// Writes a series, and what became of the files beside its newest dump.
pub(crate) fn series(
    sink: &mut Sink,
    series: &Series,
    by: &[By],
    shown: ShownRows,
    beside: Option<&Beside>,
) -> Result<()> {
    match sink.format() {
        Format::Text => {
            write_text(sink, &View::of(series, by), shown)?;
            beside.map_or(Ok(()), |beside| {
                evidence::write_beside(sink, beside.files(), beside.server())
            })
        }
        Format::Json => v1::series::json(sink, series, by, shown, beside),
        Format::Csv => {
            if let Some(beside) = beside {
                evidence::warn_of_unused(beside.files());
            }
            v1::series::csv(sink, series, by)
        }
        Format::Markdown => {
            write_markdown(sink, &View::of(series, by), shown)?;
            beside.map_or(Ok(()), |beside| {
                evidence::write_markdown_beside(sink, beside.files())
            })
        }
    }
}

fn write_text(out: &mut Sink, view: &View<'_>, shown: ShownRows) -> Result<()> {
    out.heading(HEADER, &sentence(&view.headline()))?;
    out.prose("", "  ", &view.title())?;
    for (side, origin) in ["first", "last "].into_iter().zip(view.ends()) {
        let line = format!("{}  {}", origin.name, when_taken(origin));
        out.prose(&format!("  {side}  "), "         ", &line)?;
    }
    for remark in view.remarks() {
        out.prose("Note: ", "      ", &sentence(&remark))?;
    }
    let others = view.other_runs();
    if !others.is_empty() && view.run.is_some() {
        writeln!(out, "\nOther processes")?;
        for other in others {
            out.prose("  ", "    ", &other)?;
        }
    }
    for table in &view.tables {
        write_table(out, view, table, shown)?;
    }
    let rows = view
        .tables
        .iter()
        .flat_map(|table| rows(view, table, shown));
    let rows: Vec<&GrowthRow> = rows.collect();
    let legends = [
        (rows.iter().any(|row| view.pace_of(row).is_none())).then(|| view.no_pace()),
        (rows.iter().any(|row| !row.is_significant)).then_some(NOISE),
    ];
    for (at, legend) in legends.into_iter().flatten().enumerate() {
        if at == 0 {
            writeln!(out)?;
        }
        out.prose("", "  ", legend)?;
    }
    Ok(())
}

/// When a dump was taken, and its build.
fn when_taken(origin: &Origin) -> String {
    let build = origin.build_id.as_ref();
    let build = build.map_or_else(String::new, |build| format!("  build {build}"));
    time::taken(origin) + &build
}

fn write_table(out: &mut Sink, view: &View<'_>, growth: &Growth, shown: ShownRows) -> Result<()> {
    let unit = view.unit();
    let rows = rows(view, growth, shown);
    let changes = growth.rows.iter();
    let changes = changes.map(|row| (row.delta(), row.is_significant));
    let sums = sums(growth.by, changes, [growth.gained, growth.lost], unit);
    writeln!(out)?;
    out.prose("", "  ", &sums)?;
    let paint = |row: usize| {
        let all = growth.gained.max(growth.lost).max(1);
        let share = rows[row].delta().max(0) as f64 / all as f64;
        by_share((share * 1e6) as i64, 1_000_000)
    };
    if !rows.is_empty() {
        out.table(&table(view, growth, &rows), "", paint)?;
    }
    let shown: HashSet<&str> = rows.iter().map(|row| &*row.name).collect();
    let rest = changed(growth).filter(|row| !shown.contains(&*row.name));
    let rest = rest.map(|row| (row.delta(), row.is_significant));
    if let Some(rest) = left_out(rest, unit) {
        out.prose("", "  ", &format!("{rest}; add --all to see them"))?;
    }
    Ok(())
}

/// The rows as a table: amounts, pace, share and verdict, then what has them.
fn table(view: &View<'_>, growth: &Growth, rows: &[&GrowthRow]) -> Table {
    let unit = view.unit();
    let figures = |header| Column::shown(header, Holds::Figures);
    let mut table = Table::new([
        figures("first"),
        figures("last"),
        figures("delta"),
        figures(view.pace_header()),
        figures("share"),
        Column::shown(view.verdict_header(), Holds::Words),
        Column::shown("", Holds::Bars),
        name_column(growth.by),
    ]);
    for row in rows {
        let noise = if row.is_significant { "" } else { "~" };
        let cells = [
            amount(row.first().into(), unit),
            amount(row.last().into(), unit),
            format!("{noise}{}", signed(row.delta(), unit)),
            view.pace_of(row)
                .map_or_else(|| "-".to_owned(), |pace| signed_near(pace, unit)),
            share(row.share),
            verdict(row).to_owned(),
            view.bars(row),
            name(view.parts(), growth.by, &row.name),
        ];
        table.push(cells.map(|text| Cell::new(text, "")));
    }
    table
}

/// The rows to show.
fn rows<'t>(view: &View<'_>, table: &'t Growth, shown: ShownRows) -> Vec<&'t GrowthRow> {
    match shown {
        ShownRows::All => changed(table).collect(),
        ShownRows::Count(count) => changed(table).take(count).collect(),
        ShownRows::Telling => view.telling(table).take(ROWS).collect(),
    }
}

fn write_markdown(out: &mut Sink, view: &View<'_>, shown: ShownRows) -> Result<()> {
    let headline = sentence(&view.headline());
    writeln!(out, "**{}**\n", markdown::plain(&headline))?;
    writeln!(out, "{}", markdown::plain(&view.title()))?;
    let ends = ["first", "last"].into_iter().zip(view.ends());
    let ends = ends.map(|(side, end)| format!("{side}: {}, {}", end.name, when_taken(end)));
    writeln!(out)?;
    for remark in ends.chain(view.remarks()).chain(view.other_runs()) {
        writeln!(out, "- {}", markdown::plain(&remark))?;
    }
    for growth in &view.tables {
        writeln!(out, "\n### {}\n", heading(growth.by))?;
        let rows = rows(view, growth, shown);
        write!(out, "{}", table(view, growth, &rows).markdown())?;
    }
    Ok(())
}
