//! A diagnosis for people who read it on a screen.

use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use kheap::Diagnosis;
use kheap::diagnose::{Course, Evidence, Finding, Severity};
use kheap::series::By;

use super::evidence;
use super::{PLACES, View, largest_places, untold};
use crate::output::sink::Sink;
use crate::output::terminal::{HEADER, by_share};
use crate::output::{breakdown, time};
use kheap_text::change::{self, name, signed};
use kheap_text::course::{course_of_all, course_of_finding, pace};
use kheap_text::diagnosis::{
    amount, evidence_words, heading, kinds, sentence, size, summary, unclaimed, verdict,
};
use kheap_text::visible;

pub(super) fn diagnosis(out: &mut Sink, diagnosis: &Diagnosis, view: View<'_>) -> Result<()> {
    let program = diagnosis.program.as_deref().unwrap_or("unknown program");
    let time = diagnosis.breakdown.as_ref();
    let time = time.and_then(|places| places.summary.time_nanos);
    let time = time.map_or_else(String::new, |nanos| format!(", {}", time::local(nanos)));
    let title = format!(
        "{program} ({}): {} {}{time}",
        diagnosis.role.name(),
        amount(diagnosis, diagnosis.total),
        diagnosis.sample_type,
    );
    out.line(HEADER, &title)?;
    let findings = view.findings(diagnosis);
    if let Some(summary) = summary(diagnosis, findings.iter().copied()) {
        out.prose("", "  ", &summary)?;
    }
    if let Some(places) = &diagnosis.breakdown {
        match breakdown::empty(places) {
            Some(words) => writeln!(out, "\n{words}")?,
            None => writeln!(out, "\nWhere it is")?,
        }
        breakdown::write_rows(out, places, &largest_places(diagnosis, places))?;
    }
    if let Some(course) = &diagnosis.course {
        write_course(out, diagnosis, course)?;
    }
    writeln!(out)?;
    if let Some(sentence) = verdict(diagnosis) {
        out.prose("", "", &sentence)?;
        if !findings.is_empty() {
            writeln!(out, "{}", heading(diagnosis))?;
        }
    }
    let mut told = HashSet::new();
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_finding(out, diagnosis, finding)?;
        if let Some(answer) = view.answer(diagnosis, finding) {
            evidence::write_answer(out, answer)?;
        }
        let remedies = match is_small(finding) {
            true => Vec::new(),
            false => untold(&mut told, finding),
        };
        match &remedies[..] {
            [] => writeln!(out, "  What to do: kheap signatures {}", finding.id)?,
            remedies => write_remedies(out, finding, remedies)?,
        }
    }
    if let Some((heading, left)) = unclaimed(diagnosis) {
        writeln!(out, "\n{heading}")?;
        for evidence in left {
            write_evidence(out, diagnosis, evidence)?;
        }
    }
    for note in &diagnosis.notes {
        writeln!(out)?;
        out.prose("Note: ", "      ", &sentence(note))?;
    }
    evidence::write_files(out, diagnosis, view.joined)
}

/// How the heap went on, and what of it changed most.
fn write_course(out: &mut Sink, diagnosis: &Diagnosis, course: &Course) -> Result<()> {
    writeln!(out, "\nOver time")?;
    out.prose(
        "  ",
        "  ",
        &course_of_all(diagnosis, course, Some(&time::local)),
    )?;
    for row in diagnosis.growing.iter().take(PLACES) {
        let delta = signed(row.delta(), &diagnosis.unit);
        let pace = pace(diagnosis, row);
        let place = name(By::Place, &row.key);
        writeln!(
            out,
            "  {delta:>10}  {}  {place}, {pace}",
            change::verdict(row)
        )?;
    }
    Ok(())
}

/// Whether a finding is told in short.
fn is_small(finding: &Finding) -> bool {
    finding.severity < Severity::Medium && !finding.is_capped
}

fn write_finding(out: &mut Sink, diagnosis: &Diagnosis, finding: &Finding) -> Result<()> {
    let severity = finding.severity.name().to_uppercase();
    let title = visible(&finding.title, &[]);
    let title = format!("{severity}  {title}  [{}]", finding.id);
    out.line(by_share(finding.bytes, finding.whole), &title)?;
    write!(out, "  {}", size(diagnosis, finding))?;
    if let Some(kinds) = kinds(finding) {
        write!(out, "; {kinds}")?;
    }
    writeln!(out, "; confidence {}", finding.confidence.name())?;
    for evidence in &finding.evidence {
        write_evidence(out, diagnosis, evidence)?;
    }
    if let Some(function) = &finding.accumulation {
        let function = kheap::symbol::short(function);
        writeln!(out, "  It all comes through {function}")?;
    }
    if let Some(course) = &finding.course {
        let words = course_of_finding(diagnosis, course, Some(&time::local));
        out.prose("  ", "  ", &words)?;
    }
    if !finding.related.is_empty() {
        writeln!(out, "  Also explained by {}", finding.related.join(", "))?;
    }
    Ok(())
}

fn write_remedies(out: &mut Sink, finding: &Finding, remedies: &[&str]) -> Result<()> {
    writeln!(out, "  What to do")?;
    for line in remedies {
        out.prose("  - ", "    ", line)?;
    }
    writeln!(out, "  More: kheap signatures {}", finding.id)?;
    Ok(())
}

fn write_evidence(out: &mut Sink, diagnosis: &Diagnosis, evidence: &Evidence) -> Result<()> {
    let (value, text) = evidence_words(diagnosis, evidence);
    writeln!(out, "  {value:>9}  {}", visible(&text, &[]))?;
    Ok(())
}
