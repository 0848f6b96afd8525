//! A diagnosis for people who read it on a screen: verdict, cause and first step,
//! then where the memory is, then the findings.

use std::io::Write;

use anyhow::Result;
use kheap::diagnose::{Finding, Trend};
use kheap::{Breakdown, Diagnosis};
use kheap_text::breakdown::empty;
use kheap_text::change::{self, signed};
use kheap_text::diagnosis::{
    Known, amount, first_step, heading, judgement, lead, program, summary, total, unclaimed,
    verdict, worst,
};
use kheap_text::finding::{
    EvidenceRow, kinds, message, message_of_all, related, remarks, rows, size,
};
use kheap_text::group::{Group, OTHER_KINDS, OfKinds};
use kheap_text::story::{Shown, Steps};
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::trend::{net_rows, trend_of_all, trend_of_finding};
use kheap_text::value::share as share_of;
use kheap_text::{composition, note, one_line, place, placeholder, version};

use super::{GROWING, View, evidence};
use crate::output::breakdown::bar;
use crate::output::sink::Sink;
use crate::output::terminal::{HEADER, by_share, plain_paint};
use crate::output::time;

pub(super) fn diagnosis(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<()> {
    out.heading(HEADER, &title(diagnosis))?;
    if let Some(version) = version::heading(diagnosis, &view.known) {
        out.prose("", "  ", &version)?;
    }
    if let Some(assumed) = note::assumed(diagnosis) {
        out.prose("", "  ", &assumed)?;
    }
    let findings = view.findings(diagnosis);
    let mut printed = write_lead(out, diagnosis, view)?;
    if let Some(places) = diagnosis
        .breakdown
        .as_ref()
        .filter(|_| diagnosis.has_parts())
    {
        write_places(out, diagnosis, places, &view.known)?;
    }
    if let Some(trend) = &diagnosis.trend {
        write_course(out, diagnosis, trend)?;
    }
    if let Some(summary) = summary(diagnosis, findings.iter().copied()) {
        writeln!(out)?;
        out.prose("", "  ", &summary)?;
    }
    // What is larger than each finding comes before them.
    let is_larger = worst(diagnosis).is_none() && diagnosis.larger().is_some();
    if is_larger {
        write_unclaimed(out, diagnosis)?;
    }
    let mut steps = Steps::below(first_step(diagnosis, &view.known));
    for group in Group::all(diagnosis, findings, &view.known) {
        let finding = group.first();
        writeln!(out)?;
        write_finding(out, diagnosis, finding, &view.known)?;
        write_other_kinds(out, &group.other_kinds(diagnosis))?;
        if let Some(answer) = view.known.answer(diagnosis, finding) {
            evidence::write_answer(out, finding, answer)?;
        }
        let shown = steps.shown(diagnosis, &view.known, &group);
        write_steps(out, finding, &shown)?;
        // One line, however long: it is to be pasted.
        let message = message(diagnosis, finding, &view.known, shown.new);
        writeln!(out, "  To share: {message}")?;
        printed.extend(shown.steps);
    }
    if !is_larger {
        write_unclaimed(out, diagnosis)?;
    }
    let next = composition::next(diagnosis, &view.known);
    printed.extend(next.iter().cloned());
    write_lines(out, "Next\n", "- ", next)?;
    let mut is_list = false;
    for note in note::of(diagnosis, &view.known) {
        let is_suppressed = note.starts_with(note::SUPPRESSED);
        if !(is_suppressed && is_list) {
            writeln!(out)?;
        }
        is_list = is_suppressed;
        match is_suppressed {
            // One line, however long: it is to be searched for.
            true => writeln!(out, "{note}")?,
            false => out.prose("Note: ", "      ", &note)?,
        }
        printed.push(note);
    }
    evidence::write_files(out, diagnosis, &view.known)?;
    if let Some(words) = placeholder::explained(printed.iter().map(String::as_str)) {
        writeln!(out)?;
        out.prose("", "", &words)?;
    }
    Ok(())
}

/// Findings that differ from the one above in their kinds, a line each.
fn write_other_kinds(out: &mut Sink, kinds: &[OfKinds]) -> Result<()> {
    let mut table = Table::new([
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Text),
    ]);
    for of in kinds {
        let cells = [&of.amount, &of.share, &of.kinds];
        table.push(cells.map(|text| Cell::new(one_line(text), "")));
    }
    if !table.is_empty() {
        writeln!(out, "  {OTHER_KINDS}")?;
    }
    Ok(out.table(&table, "    ", |_| plain_paint())?)
}

/// What no finding claims: what it is made of, and the largest of it.
fn write_unclaimed(out: &mut Sink, diagnosis: &Diagnosis) -> Result<()> {
    write_lines(out, "", "", composition::sentences(diagnosis))?;
    if let Some((heading, left)) = unclaimed(diagnosis) {
        writeln!(out, "\n{heading}")?;
        let rows = left.into_iter().map(|one| EvidenceRow::of(diagnosis, one));
        write_evidence(out, rows)?;
    }
    Ok(())
}

fn title(diagnosis: &Diagnosis) -> String {
    let time = diagnosis.breakdown.as_ref();
    let time = time.and_then(|places| places.summary.time_nanos);
    let time = time.map_or_else(String::new, |nanos| format!(", {}", time::local(nanos)));
    heading(diagnosis, program(diagnosis).0, &total(diagnosis)) + &time
}

/// The verdict, its cause, and what to do first; returns what has commands.
fn write_lead(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<Vec<String>> {
    let judgement = judgement(diagnosis, &view.known);
    let whole = diagnosis.total;
    let paint = worst(diagnosis).map_or(plain_paint(), |worst| by_share(worst.bytes, whole));
    out.heading(
        paint,
        &format!("Verdict: {}", verdict(diagnosis, &judgement)),
    )?;
    let mut printed = vec![lead(diagnosis, &view.known)];
    out.prose("", "", &printed[0])?;
    if let Some(step) = first_step(diagnosis, &view.known) {
        out.prose("Do first: ", "  ", &step)?;
        printed.push(step);
    }
    if let Some(message) = message_of_all(diagnosis, &view.known) {
        writeln!(out, "To share: {message}")?;
    }
    Ok(printed)
}

fn write_places(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    places: &Breakdown,
    known: &Known<'_>,
) -> Result<()> {
    if let Some(words) = empty(places) {
        return Ok(writeln!(out, "\n{words}")?);
    }
    writeln!(out, "\nWhere it is")?;
    let (rows, others, rest) = place::largest(diagnosis, places);
    let mut table = Table::new([
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Bars),
        Column::shown("", Holds::Text),
    ]);
    let cell = |text: String| Cell::new(text, "");
    let share = |value: i64| share_of(value, places.total);
    for row in &rows {
        table.push([
            cell(amount(diagnosis, row.value)),
            cell(share(row.value)),
            cell(bar(places, row.value)),
            cell(one_line(&place::name_of(places, &rows, row))),
        ]);
    }
    if others > 0 {
        table.push([
            cell(amount(diagnosis, rest)),
            cell(share(rest)),
            cell(String::new()),
            cell(place::smaller(others)),
        ]);
    }
    let paint = |row: usize| {
        let value = rows.get(row).map_or(0, |row| row.value);
        by_share(value, places.total)
    };
    out.table(&table, "  ", paint)?;
    if let Some(command) = place::all_parts(known).filter(|_| others > 0) {
        out.prose("  ", "  ", &command)?;
    }
    Ok(())
}

/// Sentences below a heading, each on a line of its own.
fn write_lines(out: &mut Sink, heading: &str, lead: &str, sentences: Vec<String>) -> Result<()> {
    if !sentences.is_empty() {
        write!(out, "\n{heading}")?;
    }
    for sentence in sentences {
        out.prose(lead, "  ", &sentence)?;
    }
    Ok(())
}

/// How the heap changed, and what of it changed most.
fn write_course(out: &mut Sink, diagnosis: &Diagnosis, trend: &Trend) -> Result<()> {
    writeln!(out, "\nOver time")?;
    let words = trend_of_all(diagnosis, trend, Some(&time::local));
    out.prose("  ", "  ", &words)?;
    let mut table = Table::new([
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Words),
        Column::shown("", Holds::Text),
    ]);
    let cell = |text: String| Cell::new(text, "");
    for net in net_rows(diagnosis, trend).iter().take(GROWING) {
        table.push([
            cell(signed(net.row.delta(), &diagnosis.unit)),
            cell(change::verdict(net.row).to_owned()),
            cell(one_line(&net.words)),
        ]);
    }
    Ok(out.table(&table, "  ", |_| plain_paint())?)
}

fn write_finding(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    finding: &Finding,
    known: &Known<'_>,
) -> Result<()> {
    let severity = finding.severity.name().to_uppercase();
    let title = one_line(&finding.title);
    let title = format!("{severity}  {title}  [{}]", finding.id);
    out.heading(by_share(finding.bytes, finding.whole), &title)?;
    let kinds = kinds(finding).map_or_else(String::new, |kinds| format!("; {kinds}"));
    let confidence = finding.confidence.name();
    let facts = format!(
        "{}{kinds}; confidence {confidence}",
        size(diagnosis, finding)
    );
    out.prose("  ", "  ", &facts)?;
    write_evidence(out, rows(diagnosis, finding))?;
    for remark in remarks(diagnosis, finding, known) {
        out.prose("  ", "    ", &remark)?;
    }
    if let Some(trend) = &finding.trend {
        let words = trend_of_finding(diagnosis, trend, Some(&time::local));
        out.prose("  ", "  ", &words)?;
    }
    if let Some(related) = related(finding) {
        out.prose("  ", "    ", &related)?;
    }
    Ok(())
}

/// What to do about a finding, and where more of it stands.
fn write_steps(out: &mut Sink, finding: &Finding, shown: &Shown<'_>) -> Result<()> {
    let is_one = shown.steps.len() == 1;
    if shown.steps.len() > 1 {
        writeln!(out, "  What to do")?;
    }
    for step in &shown.steps {
        let lead = if is_one { "  What to do: " } else { "  - " };
        out.prose(lead, "    ", step)?;
    }
    if !shown.versions.is_empty() {
        writeln!(out, "  Versions")?;
    }
    for version in &shown.versions {
        out.prose("  - ", "    ", version)?;
    }
    let page = format!("kheap signatures {}", finding.id);
    Ok(out.prose("  ", "    ", &format!("More: {page}"))?)
}

/// Figures and what has them, below each other.
fn write_evidence(out: &mut Sink, rows: impl IntoIterator<Item = EvidenceRow>) -> Result<()> {
    let mut table = Table::new([
        Column::shown("", Holds::Figures),
        Column::shown("", Holds::Code),
    ]);
    for row in rows {
        table.push([Cell::new(row.value, ""), Cell::new(one_line(&row.text), "")]);
    }
    Ok(out.table(&table, "    ", |_| plain_paint())?)
}
