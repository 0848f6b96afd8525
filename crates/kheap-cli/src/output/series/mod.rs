//! What grows over time, in all formats.

mod data;

pub(super) use data::whole;

use std::io::Write;

use anyhow::Result;
use kheap::Series;
use kheap::series::{By, Growth, GrowthRow, Origin};

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{markdown, time};
use crate::args::{Format, Shown};
use kheap_text::View;
use kheap_text::change::{
    NOISE, ROWS, amount, counted, heading, name, share, signed, signed_near, verdict,
};
use kheap_text::series::changed;

pub(crate) fn series(sink: &mut Sink, series: &Series, by: &[By], shown: Shown) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, &View::of(series, by), shown),
        Format::Json => data::write_json(sink, series, by, shown),
        Format::Csv => data::write_csv(sink, series, by),
        Format::Markdown => write_markdown(sink, &View::of(series, by), shown),
    }
}

fn write_text(out: &mut Sink, view: &View<'_>, shown: Shown) -> Result<()> {
    out.line(HEADER, &view.headline())?;
    writeln!(out, "{}", view.title())?;
    for (side, origin) in ["first", "last"].into_iter().zip(view.ends()) {
        writeln!(out, "  {side:<5}  {}  {}", origin.name, when_taken(origin))?;
    }
    for remark in view.remarks() {
        writeln!(out, "Note: {remark}.")?;
    }
    let others = view.other_runs();
    if !others.is_empty() && view.run.is_some() {
        writeln!(out, "\nOther processes")?;
        for other in others {
            writeln!(out, "  {other}")?;
        }
    }
    for table in &view.tables {
        write_table(out, view, table, shown)?;
    }
    let is_noise = |row: &GrowthRow| !row.is_significant;
    let mut rows = view
        .tables
        .iter()
        .flat_map(|table| rows(view, table, shown));
    if rows.any(is_noise) {
        writeln!(out, "\n{NOISE}")?;
    }
    Ok(())
}

/// When a dump was taken, and of which build.
fn when_taken(origin: &Origin) -> String {
    let when = origin.time_nanos.map(time::local);
    let when = when.unwrap_or_else(|| "time unknown".to_owned());
    let build = origin.build_id.as_ref();
    let build = build.map_or_else(String::new, |build| format!("  build {build}"));
    when + &build
}

fn write_table(out: &mut Sink, view: &View<'_>, table: &Growth, shown: Shown) -> Result<()> {
    let unit = view.unit();
    let rows = rows(view, table, shown);
    let all = changed(table).count();
    let (gained, lost) = (signed(table.gained, unit), signed(-table.lost, unit));
    writeln!(
        out,
        "\n{}: {gained} grown, {lost} shrunk",
        heading(table.by)
    )?;
    if !rows.is_empty() {
        out.line(HEADER, &columns(view))?;
    }
    for row in &rows {
        let all = table.gained.max(table.lost).max(1);
        let paint = by_share(
            (row.delta().max(0) as f64 / all as f64 * 1e6) as i64,
            1_000_000,
        );
        let cells = cells(view, row);
        let name = name(table.by, &row.key);
        let name = out.style().name(&name, cells.chars().count());
        out.line(paint, &format!("{cells}{name}"))?;
    }
    let rest = all - rows.len();
    if rest > 0 {
        let sum: i128 = changed(table).map(GrowthRow::delta).sum();
        let sum = sum - rows.iter().map(|row| row.delta()).sum::<i128>();
        let what = match shown {
            Shown::Telling => "in what is noise, or less than a tenth of the largest",
            _ => "in what changed less",
        };
        let rest = counted(rest, "row");
        writeln!(
            out,
            "{:>33}  {what} ({rest}; --all shows them)",
            signed(sum, unit)
        )?;
    }
    Ok(())
}

/// The rows to show.
fn rows<'t>(view: &View<'_>, table: &'t Growth, shown: Shown) -> Vec<&'t GrowthRow> {
    match shown {
        Shown::All => changed(table).collect(),
        Shown::Count(count) => changed(table).take(count).collect(),
        Shown::Telling => view.telling(table).take(ROWS).collect(),
    }
}

fn columns(view: &View<'_>) -> String {
    let pace = match (view.nanos(), view.is_short()) {
        (Some(_), _) if view.is_counter() => format!("{:>11}", "a second"),
        (Some(_), true) => format!("{:>11} {:>11}", "a snapshot", "an hour"),
        (None, _) => format!("{:>11}", "a snapshot"),
        (Some(_), false) => format!("{:>11}", "an hour"),
    };
    let verdict = if view.is_counter() {
        "its rate"
    } else {
        "verdict"
    };
    format!(
        "{:>10} {:>10} {:>11} {pace} {:>6}  {verdict}",
        "first", "last", "delta", "share"
    )
}

fn cells(view: &View<'_>, row: &GrowthRow) -> String {
    let unit = view.unit();
    let cell = |slope: f64| format!("{:>11}", signed_near(slope, unit));
    let by_step = cell(row.per_snapshot);
    let pace = match row.per_hour.filter(|_| view.nanos().is_some()) {
        Some(by_hour) if view.is_counter() => cell(by_hour / 3600.0),
        Some(by_hour) if view.is_short() => format!("{by_step} {}", cell(by_hour)),
        Some(by_hour) => cell(by_hour),
        None => by_step,
    };
    let noise = if row.is_significant { " " } else { "~" };
    format!(
        "{:>10} {:>10} {noise}{:>10} {pace} {:>6}  {:<9}  {}  ",
        amount(row.first().into(), unit),
        amount(row.last().into(), unit),
        signed(row.delta(), unit),
        share(row.share),
        verdict(row),
        view.bars(row),
    )
}

fn write_markdown(out: &mut Sink, view: &View<'_>, shown: Shown) -> Result<()> {
    let unit = view.unit();
    writeln!(out, "**{}**\n", markdown::plain(&view.headline()))?;
    writeln!(out, "{}", markdown::plain(&view.title()))?;
    let ends = ["first", "last"].into_iter().zip(view.ends());
    let ends = ends.map(|(side, end)| format!("{side}: {}, {}", end.name, when_taken(end)));
    writeln!(out)?;
    for remark in ends.chain(view.remarks()).chain(view.other_runs()) {
        writeln!(out, "- {}", markdown::plain(&remark))?;
    }
    for table in &view.tables {
        writeln!(out, "\n### {}\n", heading(table.by))?;
        writeln!(
            out,
            "| first | last | delta | a snapshot | an hour | share | verdict | | |"
        )?;
        writeln!(
            out,
            "| ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |"
        )?;
        for row in rows(view, table, shown) {
            let by_hour = row.per_hour.map(|slope| signed_near(slope, unit));
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                amount(row.first().into(), unit),
                amount(row.last().into(), unit),
                signed(row.delta(), unit),
                signed_near(row.per_snapshot, unit),
                by_hour.unwrap_or_default(),
                share(row.share),
                verdict(row),
                view.bars(row),
                markdown::code(&name(table.by, &row.key)),
            )?;
        }
    }
    Ok(())
}
