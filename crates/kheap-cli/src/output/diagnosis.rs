//! Findings, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::attribute::BreakdownRow;
use kheap::diagnose::{Evidence, Finding, Severity, Verdict};
use kheap::{Breakdown, Diagnosis};
use kheap_report::words::diagnosis::{
    amount, evidence_words, heading, heading_of_unclaimed, kinds, sentence, size, verdict,
};
use serde::Serialize;

use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{breakdown, json, markdown, time};
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
        Format::Text => write_text(sink, diagnosis, view),
        Format::Json => write_json(sink, diagnosis, view),
        Format::Csv => write_csv(sink, diagnosis, view),
        Format::Markdown => write_markdown(sink, diagnosis, view),
    }
}

fn write_text(out: &mut Sink, diagnosis: &Diagnosis, view: View) -> Result<()> {
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
    if let Some(places) = &diagnosis.breakdown {
        writeln!(out, "\nWhere it is")?;
        breakdown::write_rows(out, places, largest_places(diagnosis, places))?;
    }
    writeln!(out)?;
    if let Some(sentence) = verdict(diagnosis) {
        writeln!(out, "{sentence}")?;
        if !findings.is_empty() {
            writeln!(out, "{}", heading(diagnosis))?;
        }
    }
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_finding(out, diagnosis, finding)?;
        // Of a finding for each kind the remedies are told once.
        let told = (findings[..index].iter()).any(|before| before.id == finding.id);
        match told || is_small(finding) {
            true => writeln!(out, "  What to do: kheap signatures {}", finding.id)?,
            false => write_remedies(out, finding)?,
        }
    }
    if let Some(heading) = heading_of_unclaimed(diagnosis) {
        writeln!(out, "\n{heading}")?;
        for evidence in &diagnosis.unclaimed {
            write_evidence(out, diagnosis, evidence)?;
        }
    }
    for note in &diagnosis.notes {
        writeln!(out)?;
        out.prose("Note: ", "      ", &sentence(note))?;
    }
    Ok(())
}

/// The places worth a line: of a healthy heap the largest says enough.
fn largest_places<'d>(diagnosis: &Diagnosis, places: &'d Breakdown) -> &'d [BreakdownRow] {
    let most = match diagnosis.verdict() {
        Verdict::Healthy => 1,
        _ => PLACES,
    };
    &places.rows[..places.rows.len().min(most)]
}

/// Whether a finding is told in short.
fn is_small(finding: &Finding) -> bool {
    finding.severity < Severity::Medium && !finding.is_capped
}

fn write_finding(out: &mut Sink, diagnosis: &Diagnosis, finding: &Finding) -> Result<()> {
    let severity = finding.severity.name().to_uppercase();
    let title = format!("{severity}  {}  [{}]", finding.title, finding.id);
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
    if !finding.related.is_empty() {
        writeln!(out, "  Also explained by {}", finding.related.join(", "))?;
    }
    Ok(())
}

fn write_remedies(out: &mut Sink, finding: &Finding) -> Result<()> {
    writeln!(out, "  What to do")?;
    for line in finding.remedy.iter().chain(&finding.versions) {
        out.prose("  - ", "    ", line)?;
    }
    writeln!(out, "  More: kheap signatures {}", finding.id)?;
    Ok(())
}

fn write_evidence(out: &mut Sink, diagnosis: &Diagnosis, evidence: &Evidence) -> Result<()> {
    let (value, text) = evidence_words(diagnosis, evidence);
    writeln!(out, "  {value:>9}  {text}")?;
    Ok(())
}

/// `kheap.diagnose/1`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null for a table that does not name it.
    program: Option<&'a str>,
    /// `apiserver`, `etcd`, `prometheus`, `client` or `unknown`.
    role: &'static str,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values, such as `bytes`.
    unit: &'a str,
    /// What shares refer to.
    total: i64,
    /// `findings`: something is at medium or above; `healthy`; `uncertain`: something
    /// large may be as it should be; `unexplained`: a large part is what no signature
    /// is about; `not-judged`: the values are no memory in use.
    verdict: &'static str,
    /// Whether nothing is at medium or above.
    healthy: bool,
    /// By severity, then bytes, then id.
    findings: Vec<FindingRow<'a>>,
    /// The largest paths, or rows of a table, that no finding claims.
    unclaimed: Vec<EvidenceRow<'a>>,
    /// Signatures that could not be judged.
    not_judged: Vec<NotJudgedRow<'a>>,
    /// What a reader should know, one sentence each.
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct FindingRow<'a> {
    /// Id of the signature.
    id: &'a str,
    /// One line.
    title: &'a str,
    /// `critical`, `high`, `medium`, `low` or `info`.
    severity: &'static str,
    /// Whether the bytes alone would make it worse: programs at work look like it too.
    capped: bool,
    /// `high`, `medium` or `low`.
    confidence: &'static str,
    /// What it claims.
    bytes: i64,
    /// The same as a share of the total, 0..=1.
    share: f64,
    /// The Kubernetes kinds of the claimed objects, largest first.
    kinds: &'a [String],
    /// Whether the kinds are those of other objects of the same requests.
    kinds_inferred: bool,
    /// What it rests on.
    evidence: Vec<EvidenceRow<'a>>,
    /// The function through which nearly all of it comes.
    accumulation: Option<&'a str>,
    /// Ids of signatures that explain the same bytes less specifically.
    related: &'a [String],
    /// What to do, most effective first.
    remedy: &'a [String],
    /// What changed with a version.
    versions: &'a [String],
    /// Where the signature is known from.
    sources: &'a [String],
}

/// `type` tells which fields there are.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum EvidenceRow<'a> {
    /// What one part of the program has, where the signature is about several.
    Part { part: &'a str, bytes: i64 },
    /// A heavy path, root first; `…` where frames are left out.
    Path { frames: &'a [String], bytes: i64 },
    /// Objects of one size, in bytes.
    Size { size: i64, bytes: i64 },
    /// A part of the process, between so many bytes.
    Process { part: &'a str, low: i64, high: i64 },
    /// A row of a table.
    Row { name: &'a str, flat: i64, cum: i64 },
}

#[derive(Debug, Serialize)]
struct NotJudgedRow<'a> {
    /// Id of the signature.
    id: &'a str,
    /// `stacks`, `memstats` or `series`.
    needs: &'a str,
}

fn write_json(out: &mut Sink, diagnosis: &Diagnosis, view: View) -> Result<()> {
    let findings = view.findings(diagnosis).into_iter().map(finding_row);
    let not_judged = diagnosis.not_judged.iter().map(|signature| NotJudgedRow {
        id: &signature.id,
        needs: &signature.needs,
    });
    let report = Report {
        schema: "kheap.diagnose/1",
        program: diagnosis.program.as_deref(),
        role: diagnosis.role.name(),
        sample_type: &diagnosis.sample_type,
        unit: &diagnosis.unit,
        total: diagnosis.total,
        verdict: diagnosis.verdict().name(),
        healthy: diagnosis.is_healthy(),
        findings: findings.collect(),
        unclaimed: diagnosis.unclaimed.iter().map(evidence_row).collect(),
        not_judged: not_judged.collect(),
        notes: &diagnosis.notes,
    };
    json::write(out, &report)
}

fn finding_row(finding: &Finding) -> FindingRow<'_> {
    FindingRow {
        id: &finding.id,
        title: &finding.title,
        severity: finding.severity.name(),
        capped: finding.is_capped,
        confidence: finding.confidence.name(),
        bytes: finding.bytes,
        share: finding.share,
        kinds: &finding.kinds,
        kinds_inferred: finding.kinds_inferred,
        evidence: finding.evidence.iter().map(evidence_row).collect(),
        accumulation: finding.accumulation.as_deref(),
        related: &finding.related,
        remedy: &finding.remedy,
        versions: &finding.versions,
        sources: &finding.sources,
    }
}

fn evidence_row(evidence: &Evidence) -> EvidenceRow<'_> {
    match evidence {
        Evidence::Part { part, bytes } => EvidenceRow::Part {
            part,
            bytes: *bytes,
        },
        Evidence::Path { frames, bytes } => EvidenceRow::Path {
            frames,
            bytes: *bytes,
        },
        Evidence::Size { size, bytes } => EvidenceRow::Size {
            size: *size,
            bytes: *bytes,
        },
        Evidence::Process { part, low, high } => EvidenceRow::Process {
            part,
            low: *low,
            high: *high,
        },
        Evidence::Row { name, flat, cum } => EvidenceRow::Row {
            name,
            flat: *flat,
            cum: *cum,
        },
    }
}

fn write_csv(out: &mut Sink, diagnosis: &Diagnosis, view: View) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "id",
        "severity",
        "confidence",
        "bytes",
        "share",
        "kinds",
        "title",
    ])?;
    for finding in view.findings(diagnosis) {
        csv.write_record([
            &finding.id,
            finding.severity.name(),
            finding.confidence.name(),
            &finding.bytes.to_string(),
            &finding.share.to_string(),
            &finding.kinds.join(";"),
            &finding.title,
        ])?;
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut Sink, diagnosis: &Diagnosis, view: View) -> Result<()> {
    let program = markdown::code(diagnosis.program.as_deref().unwrap_or("unknown program"));
    let total = amount(diagnosis, diagnosis.total);
    let sample_type = markdown::code(&diagnosis.sample_type);
    let role = diagnosis.role.name();
    writeln!(out, "{program} ({role}), {total} {sample_type}")?;
    if let Some(places) = &diagnosis.breakdown {
        writeln!(out)?;
        breakdown::write_markdown_rows(out, places, largest_places(diagnosis, places))?;
    }
    if let Some(sentence) = verdict(diagnosis) {
        writeln!(out, "\n{sentence}")?;
    }
    let findings = view.findings(diagnosis);
    for (index, finding) in findings.iter().enumerate() {
        write_markdown_finding(out, diagnosis, finding)?;
        // Of a finding for each kind the remedies are told once.
        if !(findings[..index].iter()).any(|before| before.id == finding.id) {
            writeln!(out, "\nWhat to do:\n")?;
            for line in finding.remedy.iter().chain(&finding.versions) {
                writeln!(out, "1. {line}")?;
            }
        }
    }
    if let Some(heading) = heading_of_unclaimed(diagnosis) {
        writeln!(out, "\n{heading}\n")?;
        for evidence in &diagnosis.unclaimed {
            write_markdown_evidence(out, diagnosis, evidence)?;
        }
    }
    for note in &diagnosis.notes {
        writeln!(out, "\n> {}", sentence(note))?;
    }
    Ok(())
}

fn write_markdown_finding(out: &mut Sink, diagnosis: &Diagnosis, finding: &Finding) -> Result<()> {
    let (severity, title) = (finding.severity.name(), &finding.title);
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
        Evidence::Part { .. } | Evidence::Size { .. } | Evidence::Process { .. } => text,
    };
    writeln!(out, "- {value}: {text}")?;
    Ok(())
}
