//! Annotations for the logs of GitHub Actions: what fails the job first, because a step shows
//! ten of each sort.

use std::io::Write;

use anyhow::Result;
use kheap::diagnose::{Finding, Severity};
use kheap::{Comparison, Diagnosis};
use kheap_text::compare::{headline, nothing, title};
use kheap_text::diagnosis::{judgement, lead, program, sentence, verdict};
use kheap_text::finding::message;
use kheap_text::github::{Level, annotation};
use kheap_text::note;

use super::View;
use super::sink::Sink;
use crate::gates::Failure;

/// Stands before each title.
const TITLE: &str = "kheap";

fn write(out: &mut Sink, level: Level, title: &str, message: &str) -> Result<()> {
    let title = format!("{TITLE}: {title}");
    Ok(writeln!(out, "{}", annotation(level, &title, message))?)
}

fn write_failed<'f>(out: &mut Sink, failed: impl Iterator<Item = &'f Failure>) -> Result<()> {
    for failure in failed {
        write(out, Level::Error, "gate failed", &sentence(&failure.line))?;
    }
    Ok(())
}

pub(super) fn comparison(
    out: &mut Sink,
    comparison: &Comparison,
    failed: &[Failure],
) -> Result<()> {
    write_failed(out, failed.iter())?;
    let words = headline(comparison).or_else(|| nothing(comparison).map(str::to_owned));
    let words = words.unwrap_or_else(|| "The total did not change.".to_owned());
    write(out, Level::Notice, &title(comparison), &words)
}

pub(super) fn diagnosis(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<()> {
    // Each finding that fails has an annotation of its own.
    let bounds = view.failed.iter().filter(|failure| !failure.is_of_findings);
    write_failed(out, bounds)?;
    let findings = view.findings(diagnosis);
    for finding in &findings {
        let title = format!("{}, {}", finding.id, finding.severity.name());
        let message = message(diagnosis, finding, &view.known, None);
        write(out, level(finding, view.fails_from), &title, &message)?;
    }
    if findings.is_empty() {
        let word = verdict(diagnosis, &judgement(diagnosis, &view.known));
        let title = format!("{}, {word}", program(diagnosis).0);
        write(out, Level::Notice, &title, &lead(diagnosis, &view.known))?;
    }
    for note in note::of(diagnosis, &view.known) {
        if let Some(suppressed) = note.strip_prefix(note::SUPPRESSED) {
            write(out, Level::Notice, "suppressed", suppressed)?;
        }
    }
    Ok(())
}

/// An error is what fails the job.
fn level(finding: &Finding, fails_from: Option<Severity>) -> Level {
    if fails_from.is_some_and(|level| finding.severity >= level) {
        return Level::Error;
    }
    match finding.severity >= Severity::Medium {
        true => Level::Warning,
        false => Level::Notice,
    }
}
