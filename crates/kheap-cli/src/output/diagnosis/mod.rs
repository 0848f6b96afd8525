//! Findings, in all formats.

pub(super) mod evidence;
mod markdown;
mod text;

use std::io::Write;

use anyhow::Result;
use kheap::Diagnosis;
use kheap::diagnose::{Finding, Severity};
use kheap_text::diagnosis::Known;

use super::github;
use super::sink::Sink;
use crate::args::Format;
use crate::gates::Failure;
use crate::json::v1;

/// How many parts and kinds are shown that changed.
const GROWING: usize = 5;

/// How a diagnosis is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// Whether findings at info are shown.
    pub(crate) all: bool,
    /// The conditions that it does not keep.
    pub(crate) failed: &'a [Failure],
    /// The severities that fail.
    pub(crate) fails_from: Option<Severity>,
    /// What is known beside the diagnosis.
    pub(crate) known: Known<'a>,
}

impl View<'_> {
    pub(crate) fn findings<'d>(&self, diagnosis: &'d Diagnosis) -> Vec<&'d Finding> {
        let findings = diagnosis.findings.iter();
        let shown = findings.filter(|finding| self.all || finding.severity > Severity::Info);
        shown.collect()
    }
}

/// Writes one of several diagnoses; `index` were written before.
pub(crate) fn diagnosis(
    sink: &mut Sink,
    diagnosis: &Diagnosis,
    view: &View<'_>,
    index: usize,
) -> Result<()> {
    if let Some(joined) = view.known.beside
        && (sink.is_github() || sink.format() == Format::Csv)
    {
        evidence::warn_of_unused(&joined.files);
    }
    if sink.is_github() {
        return github::diagnosis(sink, diagnosis, view);
    }
    if index > 0 && matches!(sink.format(), Format::Text | Format::Markdown) {
        writeln!(sink)?;
    }
    match sink.format() {
        Format::Text => text::diagnosis(sink, diagnosis, view),
        Format::Json => v1::diagnose::json(sink, diagnosis, view),
        Format::Csv => v1::diagnose::csv(sink, diagnosis, view, index == 0),
        Format::Markdown => markdown::diagnosis(sink, diagnosis, view),
    }
}
