//! A diagnosis for tickets.

use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use kheap::Diagnosis;
use kheap::diagnose::{Evidence, Finding};

use super::evidence;
use super::{PLACES, View, largest_places, untold};
use crate::output::sink::Sink;
use crate::output::{breakdown, markdown, time};
use kheap_text::change::{self, signed};
use kheap_text::course::{course_of_all, course_of_finding, pace};
use kheap_text::diagnosis::{
    amount, evidence_words, heading, kinds, sentence, size, summary, unclaimed, verdict,
};
use kheap_text::visible;

pub(super) fn diagnosis(out: &mut Sink, diagnosis: &Diagnosis, view: View<'_>) -> Result<()> {
    let program = markdown::code(diagnosis.program.as_deref().unwrap_or("unknown program"));
    let total = amount(diagnosis, diagnosis.total);
    let sample_type = markdown::code(&diagnosis.sample_type);
    let role = diagnosis.role.name();
    writeln!(out, "{program} ({role}), {total} {sample_type}")?;
    let findings = view.findings(diagnosis);
    if let Some(summary) = summary(diagnosis, findings.iter().copied()) {
        writeln!(out, "\n{}", markdown::plain(&summary))?;
    }
    if let Some(places) = &diagnosis.breakdown {
        writeln!(out)?;
        breakdown::write_markdown_rows(out, places, &largest_places(diagnosis, places))?;
    }
    if let Some(course) = &diagnosis.course {
        writeln!(
            out,
            "\n{}",
            course_of_all(diagnosis, course, Some(&time::local))
        )?;
        if !diagnosis.growing.is_empty() {
            writeln!(out)?;
        }
        for row in diagnosis.growing.iter().take(PLACES) {
            let (delta, pace) = (signed(row.delta(), &diagnosis.unit), pace(diagnosis, row));
            let (place, verdict) = (markdown::code(&row.key), change::verdict(row));
            writeln!(out, "- {delta}: {place} {verdict}, {pace}")?;
        }
    }
    if let Some(sentence) = verdict(diagnosis) {
        writeln!(out, "\n{sentence}")?;
        if !findings.is_empty() {
            writeln!(out, "\n{}", heading(diagnosis))?;
        }
    }
    let mut told = HashSet::new();
    for finding in &findings {
        write_markdown_finding(out, diagnosis, finding)?;
        if let Some(answer) = view.answer(diagnosis, finding) {
            evidence::write_markdown_answer(out, answer)?;
        }
        let remedies = untold(&mut told, finding);
        if !remedies.is_empty() {
            writeln!(out, "\nWhat to do:\n")?;
        }
        for line in remedies {
            writeln!(out, "1. {}", visible(line, &['\n']))?;
        }
    }
    if let Some((heading, left)) = unclaimed(diagnosis) {
        writeln!(out, "\n{heading}\n")?;
        for evidence in left {
            write_markdown_evidence(out, diagnosis, evidence)?;
        }
    }
    for note in &diagnosis.notes {
        writeln!(out, "\n> {}", sentence(note))?;
    }
    evidence::write_markdown_files(out, diagnosis, view.joined)
}

fn write_markdown_finding(out: &mut Sink, diagnosis: &Diagnosis, finding: &Finding) -> Result<()> {
    let (severity, title) = (finding.severity.name(), visible(&finding.title, &[]));
    writeln!(out, "\n### {severity}: {title}\n")?;
    let kinds = kinds(finding).map(|kinds| format!(", {}", markdown::code(&kinds)));
    writeln!(
        out,
        "`{}`, {}{}, confidence {}\n",
        finding.id,
        size(diagnosis, finding),
        kinds.unwrap_or_default(),
        finding.confidence.name(),
    )?;
    for evidence in &finding.evidence {
        write_markdown_evidence(out, diagnosis, evidence)?;
    }
    if let Some(function) = &finding.accumulation {
        let function = markdown::code(&kheap::symbol::short(function));
        writeln!(out, "- it all comes through {function}")?;
    }
    if !finding.related.is_empty() {
        writeln!(out, "- also explained by {}", finding.related.join(", "))?;
    }
    if let Some(course) = &finding.course {
        writeln!(
            out,
            "\n{}",
            course_of_finding(diagnosis, course, Some(&time::local))
        )?;
    }
    Ok(())
}

fn write_markdown_evidence(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    evidence: &Evidence,
) -> Result<()> {
    let (value, text) = evidence_words(diagnosis, evidence);
    let text = match evidence {
        Evidence::Path { .. } | Evidence::Row { .. } => markdown::code(&text),
        Evidence::Part { .. }
        | Evidence::Kind { .. }
        | Evidence::Size { .. }
        | Evidence::Process { .. } => text,
    };
    writeln!(out, "- {value}: {text}")?;
    Ok(())
}
