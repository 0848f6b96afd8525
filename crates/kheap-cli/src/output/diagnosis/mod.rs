//! Findings, in all formats.

mod data;
mod evidence;
mod markdown;
mod text;

use std::collections::HashSet;

use anyhow::Result;
use kheap::attribute::BreakdownRow;
use kheap::diagnose::{Finding, Severity, Verdict};
use kheap::series::{self, DOT};
use kheap::{Breakdown, Diagnosis};
use kheap_evidence::Joined;
use kheap_evidence::join::Answer;

use super::sink::Sink;
use crate::args::Format;

/// How many places are shown above the findings.
const PLACES: usize = 5;

/// From which share of the heap on a smaller place is shown, too, where it grows.
const GROWING_SHARE: f64 = 0.05;

/// How a diagnosis is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// Whether findings at info are shown.
    pub(crate) all: bool,
    /// What lies beside the dump.
    pub(crate) joined: Option<&'a Joined>,
}

impl<'a> View<'a> {
    /// What lies beside the dump says of a finding.
    fn answer(self, diagnosis: &Diagnosis, finding: &Finding) -> Option<&'a Answer> {
        let mut findings = diagnosis.findings.iter();
        let at = findings.position(|other| std::ptr::eq(other, finding))?;
        self.joined?.answers.get(at)
    }

    fn findings(self, diagnosis: &Diagnosis) -> Vec<&Finding> {
        let findings = diagnosis.findings.iter();
        let shown = findings.filter(|finding| self.all || finding.severity > Severity::Info);
        shown.collect()
    }
}

pub(crate) fn diagnosis(sink: &mut Sink, diagnosis: &Diagnosis, view: View<'_>) -> Result<()> {
    match sink.format() {
        Format::Text => text::diagnosis(sink, diagnosis, view),
        Format::Json => data::json(sink, diagnosis, view),
        Format::Csv => data::csv(sink, diagnosis, view),
        Format::Markdown => markdown::diagnosis(sink, diagnosis, view),
    }
}

/// What is to be done about a finding and was not told before: several findings may
/// have a remedy in common, and those of each kind have all.
fn untold<'f>(told: &mut HashSet<&'f str>, finding: &'f Finding) -> Vec<&'f str> {
    let lines = finding.remedy.iter().chain(&finding.versions);
    let lines = lines.map(String::as_str);
    lines.filter(|line| told.insert(line)).collect()
}

/// The places worth a line: of a healthy heap the largest says enough, and what grows in it.
fn largest_places(diagnosis: &Diagnosis, places: &Breakdown) -> Vec<BreakdownRow> {
    let most = match diagnosis.verdict() {
        Verdict::Healthy => 1,
        _ => PLACES,
    };
    let growing = diagnosis.growing.iter().take(PLACES);
    let growing = growing.filter(|row| row.verdict == Some(series::Verdict::Grows));
    let growing: Vec<&str> = growing.map(|row| &*row.key).collect();
    let is_shown = |(at, row): &(usize, &BreakdownRow)| {
        let place = row.part.as_deref().zip(row.kind.as_deref());
        let place = place.map(|(part, kind)| format!("{part}{DOT}{kind}"));
        let is_large = row.value as f64 >= GROWING_SHARE * places.total as f64;
        *at < most || is_large && place.is_some_and(|place| growing.contains(&&*place))
    };
    let shown = places.rows.iter().enumerate().filter(is_shown);
    shown
        .map(|(_, row)| row.clone())
        .take(most + PLACES)
        .collect()
}
