//! A diagnosis for tickets.

use std::io::Write;

use anyhow::Result;
use kheap::diagnose::Finding;
use kheap::{Breakdown, Diagnosis};
use kheap_text::breakdown::empty;
use kheap_text::change::{self, signed};
use kheap_text::diagnosis::{
    Known, amount, first_step, heading, judgement, lead, program, summary, unclaimed, verdict,
    worst,
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
use crate::output::markdown::{code, plain, words};
use crate::output::sink::Sink;
use crate::output::time;

pub(super) fn diagnosis(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<()> {
    let program = code(program(diagnosis).0);
    let sample_type = code(&diagnosis.sample_type);
    // The unit of a figure is whatever the profile says.
    let total = format!(
        "{} {sample_type}",
        plain(&amount(diagnosis, diagnosis.total))
    );
    writeln!(out, "{}", heading(diagnosis, &program, &total))?;
    if let Some(version) = version::heading(diagnosis, &view.known) {
        writeln!(out, "\n{}", plain(&version))?;
    }
    if let Some(assumed) = note::assumed(diagnosis) {
        writeln!(out, "\n{}", words(&assumed))?;
    }
    let mut printed = write_lead(out, diagnosis, view)?;
    if let Some(places) = diagnosis
        .breakdown
        .as_ref()
        .filter(|_| diagnosis.has_parts())
    {
        write_places(out, diagnosis, places)?;
    }
    if diagnosis.trend.is_some() {
        write_course(out, diagnosis)?;
    }
    let findings = view.findings(diagnosis);
    if let Some(summary) = summary(diagnosis, findings.iter().copied()) {
        writeln!(out, "\n{}", words(&summary))?;
    }
    // What is larger than each finding comes before them.
    let is_larger = worst(diagnosis).is_none() && diagnosis.larger().is_some();
    if is_larger {
        write_unclaimed(out, diagnosis)?;
    }
    let mut steps = Steps::below(first_step(diagnosis, &view.known));
    for group in Group::all(diagnosis, findings, &view.known) {
        let finding = group.first();
        write_finding(out, diagnosis, finding, &view.known)?;
        write_other_kinds(out, &group.other_kinds(diagnosis))?;
        let answer = view.known.answer(diagnosis, finding);
        if let Some(answer) = answer {
            evidence::write_markdown_answer(out, finding, answer)?;
        }
        let shown = steps.shown(diagnosis, &view.known, &group);
        write_steps(out, &shown)?;
        writeln!(out, "\nMore: `kheap signatures {}`", finding.id)?;
        let message = message(diagnosis, finding, &view.known, shown.new);
        writeln!(out, "\nTo share: {}", words(&message))?;
        printed.extend(shown.steps);
    }
    if !is_larger {
        write_unclaimed(out, diagnosis)?;
    }
    let next = composition::next(diagnosis, &view.known);
    for (at, step) in next.into_iter().enumerate() {
        let heading = if at == 0 { "\nNext:\n\n" } else { "" };
        writeln!(out, "{heading}1. {}", words(&step))?;
        printed.push(step);
    }
    for note in note::of(diagnosis, &view.known) {
        writeln!(out, "\n> {}", words(&note))?;
        printed.push(note);
    }
    evidence::write_markdown_files(out, diagnosis, &view.known)?;
    if let Some(what) = placeholder::explained(printed.iter().map(String::as_str)) {
        writeln!(out, "\n{}", words(&what))?;
    }
    Ok(())
}

/// What no finding claims: what it is made of, and the largest of it.
fn write_unclaimed(out: &mut Sink, diagnosis: &Diagnosis) -> Result<()> {
    for sentence in composition::sentences(diagnosis) {
        writeln!(out, "\n{}", words(&sentence))?;
    }
    if let Some((heading, left)) = unclaimed(diagnosis) {
        writeln!(out, "\n{}:\n", words(heading))?;
        for evidence in left {
            write_evidence(out, &EvidenceRow::of(diagnosis, evidence))?;
        }
    }
    Ok(())
}

/// The verdict, its cause, and what to do first; returns what has commands.
fn write_lead(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<Vec<String>> {
    let judgement = judgement(diagnosis, &view.known);
    writeln!(out, "\n**Verdict: {}**", verdict(diagnosis, &judgement))?;
    let mut printed = vec![lead(diagnosis, &view.known)];
    writeln!(out, "\n{}", words(&printed[0]))?;
    if let Some(step) = first_step(diagnosis, &view.known) {
        writeln!(out, "\nDo first: {}", words(&step))?;
        printed.push(step);
    }
    if let Some(message) = message_of_all(diagnosis, &view.known) {
        writeln!(out, "\nTo share: {}", words(&message))?;
    }
    Ok(printed)
}

fn write_places(out: &mut Sink, diagnosis: &Diagnosis, places: &Breakdown) -> Result<()> {
    if let Some(nothing) = empty(places) {
        return Ok(writeln!(out, "\n{nothing}")?);
    }
    let (rows, others, rest) = place::largest(diagnosis, places);
    let mut table = Table::new([
        Column::shown("value", Holds::Figures),
        Column::shown("share", Holds::Figures),
        Column::shown("where it is", Holds::Text),
    ]);
    let mut push = |value: i64, name: String| {
        let share = share_of(value, places.total);
        let cells = [amount(diagnosis, value), share, name];
        table.push(cells.map(|text| Cell::new(text, "")));
    };
    for row in &rows {
        push(row.value, one_line(&place::name_of(places, &rows, row)));
    }
    if others > 0 {
        push(rest, place::smaller(others));
    }
    Ok(write!(out, "\n{}", table.markdown())?)
}

fn write_course(out: &mut Sink, diagnosis: &Diagnosis) -> Result<()> {
    let Some(trend) = &diagnosis.trend else {
        return Ok(());
    };
    let all = trend_of_all(diagnosis, trend, Some(&time::local));
    writeln!(out, "\n{}", words(&all))?;
    if !diagnosis.growing.is_empty() {
        writeln!(out)?;
    }
    for net in net_rows(diagnosis, trend).iter().take(GROWING) {
        let delta = plain(&signed(net.row.delta(), &diagnosis.unit));
        let what = words(&net.words);
        writeln!(out, "- {delta} ({}): {what}", change::verdict(net.row))?;
    }
    Ok(())
}

fn write_finding(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    finding: &Finding,
    known: &Known<'_>,
) -> Result<()> {
    let (severity, title) = (finding.severity.name(), words(&finding.title));
    writeln!(out, "\n### {severity}: {title}\n")?;
    let kinds = kinds(finding).map(|kinds| format!(", {}", code(&kinds)));
    writeln!(
        out,
        "`{}`, {}{}, confidence {}\n",
        finding.id,
        plain(&size(diagnosis, finding)),
        kinds.unwrap_or_default(),
        finding.confidence.name(),
    )?;
    for row in rows(diagnosis, finding) {
        write_evidence(out, &row)?;
    }
    let remarks = remarks(diagnosis, finding, known);
    if !remarks.is_empty() {
        writeln!(out, "\n{}", words(&remarks.join(" ")))?;
    }
    if let Some(trend) = &finding.trend {
        let trend = trend_of_finding(diagnosis, trend, Some(&time::local));
        writeln!(out, "\n{}", words(&trend))?;
    }
    if let Some(related) = related(finding) {
        writeln!(out, "\n{}", words(&related))?;
    }
    Ok(())
}

/// Findings that differ from the one above in their kinds, a line each.
fn write_other_kinds(out: &mut Sink, kinds: &[OfKinds]) -> Result<()> {
    for (at, of) in kinds.iter().enumerate() {
        if at == 0 {
            writeln!(out, "\n{OTHER_KINDS}:\n")?;
        }
        let (amount, kinds) = (plain(&of.amount), words(&of.kinds));
        writeln!(out, "- {amount}, {}: {kinds}", of.share)?;
    }
    Ok(())
}

fn write_steps(out: &mut Sink, shown: &Shown<'_>) -> Result<()> {
    if !shown.steps.is_empty() {
        writeln!(out, "\nWhat to do:\n")?;
    }
    for step in &shown.steps {
        writeln!(out, "1. {}", words(step))?;
    }
    if !shown.versions.is_empty() {
        writeln!(out, "\nVersions:\n")?;
    }
    for version in &shown.versions {
        writeln!(out, "- {}", words(version))?;
    }
    Ok(())
}

fn write_evidence(out: &mut Sink, row: &EvidenceRow) -> Result<()> {
    let text = match row.is_code {
        true => code(&one_line(&row.text)),
        false => words(&row.text),
    };
    Ok(writeln!(out, "- {}: {text}", plain(&row.value))?)
}
