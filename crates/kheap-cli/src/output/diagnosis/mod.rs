//! Findings, in all formats.

mod course;
mod data;
mod markdown;
mod text;

use anyhow::Result;
use kheap::attribute::BreakdownRow;
use kheap::diagnose::{Finding, Severity, Verdict};
use kheap::{Breakdown, Diagnosis};

pub(crate) use course::course_words;

use super::sink::Sink;
use crate::args::Format;

/// How many places are shown above the findings.
const PLACES: usize = 5;

/// How a diagnosis is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Whether findings at info are shown.
    pub(crate) all: bool,
}

impl View {
    fn findings(self, diagnosis: &Diagnosis) -> Vec<&Finding> {
        let findings = diagnosis.findings.iter();
        let shown = findings.filter(|finding| self.all || finding.severity > Severity::Info);
        shown.collect()
    }
}

pub(crate) fn diagnosis(sink: &mut Sink, diagnosis: &Diagnosis, view: View) -> Result<()> {
    match sink.format() {
        Format::Text => text::diagnosis(sink, diagnosis, view),
        Format::Json => data::json(sink, diagnosis, view),
        Format::Csv => data::csv(sink, diagnosis, view),
        Format::Markdown => markdown::diagnosis(sink, diagnosis, view),
    }
}

/// The places worth a line: of a healthy heap the largest says enough.
fn largest_places<'d>(diagnosis: &Diagnosis, places: &'d Breakdown) -> &'d [BreakdownRow] {
    let most = match diagnosis.verdict() {
        Verdict::Healthy => 1,
        _ => PLACES,
    };
    &places.rows[..places.rows.len().min(most)]
}
