//! Findings, in all formats, and the catalogue that they come from.

use std::io::Write;

use anyhow::Result;
use kheap::diagnose::{Evidence, Finding, Need, Severity, Signature};
use kheap::{Catalog, Diagnosis, unit};
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
    if let Some(places) = &diagnosis.breakdown {
        writeln!(out, "\nWhere it is")?;
        let most = places.rows.len().min(PLACES);
        breakdown::write_rows(out, places, &places.rows[..most])?;
    }
    let findings = view.findings(diagnosis);
    writeln!(out)?;
    if diagnosis.is_healthy() {
        writeln!(out, "{}", verdict(diagnosis))?;
        if !findings.is_empty() {
            writeln!(out, "Small:")?;
        }
    }
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_finding(out, diagnosis, finding)?;
    }
    if diagnosis.is_unexplained() && !diagnosis.unclaimed.is_empty() {
        writeln!(out, "\nNo known signature matches what else is large:")?;
        for evidence in &diagnosis.unclaimed {
            write_evidence(out, diagnosis, evidence)?;
        }
    }
    for note in &diagnosis.notes {
        writeln!(out, "\nNote: {note}.")?;
    }
    Ok(())
}

/// What is said where nothing is at medium or above.
fn verdict(diagnosis: &Diagnosis) -> &'static str {
    if diagnosis.sample_type.starts_with("alloc") {
        "Allocation totals are not judged."
    } else if diagnosis.unit == "nanoseconds" {
        "This is a table of times; only heaps are judged."
    } else if diagnosis.unit == "count" {
        "Bare counts are not judged."
    } else if diagnosis.is_unexplained() {
        "No known signature matches."
    } else {
        "Nothing is wrong."
    }
}

fn write_finding(out: &mut Sink, diagnosis: &Diagnosis, finding: &Finding) -> Result<()> {
    let severity = finding.severity.name().to_uppercase();
    let title = format!("{severity}  {}  [{}]", finding.title, finding.id);
    out.line(by_share(finding.bytes, diagnosis.total), &title)?;
    let share = unit::percentage(finding.bytes, diagnosis.total);
    write!(
        out,
        "  {}, {} of the heap",
        amount(diagnosis, finding.bytes),
        share.trim()
    )?;
    if !finding.kinds.is_empty() {
        let inferred = if finding.kinds_inferred {
            " (inferred from the objects of the same requests)"
        } else {
            ""
        };
        write!(out, "; {}{inferred}", finding.kinds.join(", "))?;
    }
    writeln!(out, "; confidence {}", finding.confidence.name())?;
    for evidence in &finding.evidence {
        write_evidence(out, diagnosis, evidence)?;
    }
    if let Some(function) = &finding.accumulation {
        writeln!(
            out,
            "  It all comes through {}",
            kheap::symbol::short(function)
        )?;
    }
    if !finding.related.is_empty() {
        writeln!(out, "  Also explained by {}", finding.related.join(", "))?;
    }
    writeln!(out, "  What to do")?;
    for remedy in &finding.remedy {
        writeln!(out, "  - {remedy}")?;
    }
    for version in &finding.versions {
        writeln!(out, "  - {version}")?;
    }
    writeln!(out, "  More: kheap signatures {}", finding.id)?;
    Ok(())
}

fn write_evidence(out: &mut Sink, diagnosis: &Diagnosis, evidence: &Evidence) -> Result<()> {
    match evidence {
        Evidence::Path { frames, bytes } => {
            let path = frames.join(" → ");
            writeln!(out, "  {:>9}  {path}", amount(diagnosis, *bytes))?;
        }
        Evidence::Size { size, bytes } => {
            let size = unit::label(*size, "bytes", unit::AUTO);
            writeln!(
                out,
                "  {:>9}  in objects of {size}",
                amount(diagnosis, *bytes)
            )?;
        }
        Evidence::Process { part, low, high } => {
            let range = match low == high {
                true => amount(diagnosis, *high),
                false => format!(
                    "{} to {}",
                    amount(diagnosis, *low),
                    amount(diagnosis, *high)
                ),
            };
            writeln!(out, "  {range:>9}  {part}")?;
        }
        Evidence::Row { name, flat, cum } => {
            let (flat, cum) = (amount(diagnosis, *flat), amount(diagnosis, *cum));
            writeln!(out, "  {flat:>9}  flat, {cum} cum  {name}")?;
        }
    }
    Ok(())
}

fn amount(diagnosis: &Diagnosis, value: i64) -> String {
    unit::label(value, &diagnosis.unit, unit::AUTO)
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
    /// What shares refer to, in bytes, or in objects for a table of counts.
    total: i64,
    /// Whether nothing is at medium or above.
    healthy: bool,
    /// By severity, then bytes, then id.
    findings: Vec<FindingRow<'a>>,
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
        total: diagnosis.total,
        healthy: diagnosis.is_healthy(),
        findings: findings.collect(),
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
    writeln!(out, "{program}, {total} `{}`\n", diagnosis.sample_type)?;
    if diagnosis.is_healthy() {
        writeln!(out, "{}\n", verdict(diagnosis))?;
    } else if diagnosis.is_unexplained() {
        writeln!(out, "No known signature matches what else is large.\n")?;
    }
    for finding in view.findings(diagnosis) {
        let share = unit::percentage(finding.bytes, diagnosis.total);
        writeln!(out, "### {}: {}\n", finding.severity.name(), finding.title)?;
        writeln!(
            out,
            "`{}`, {}, {} of the heap, confidence {}\n",
            finding.id,
            amount(diagnosis, finding.bytes),
            share.trim(),
            finding.confidence.name(),
        )?;
        for evidence in &finding.evidence {
            if let Evidence::Path { frames, bytes } = evidence {
                let path = markdown::code(&frames.join(" → "));
                writeln!(out, "- {}: {path}", amount(diagnosis, *bytes))?;
            }
        }
        writeln!(out, "\nWhat to do:\n")?;
        for remedy in &finding.remedy {
            writeln!(out, "1. {remedy}")?;
        }
        writeln!(out)?;
    }
    for note in &diagnosis.notes {
        writeln!(out, "> {note}")?;
    }
    Ok(())
}

/// Lists the catalogue.
pub(crate) fn catalog(out: &mut Sink, catalog: &Catalog) -> Result<()> {
    let ids = catalog
        .signatures()
        .iter()
        .map(|signature| signature.id.len());
    let width = ids.max().unwrap_or(0);
    for signature in catalog.signatures() {
        writeln!(out, "{:<width$}  {}", signature.id, signature.title)?;
    }
    Ok(())
}

/// Writes the manual page of one signature.
pub(crate) fn manual(out: &mut Sink, signature: &Signature) -> Result<()> {
    out.line(HEADER, &signature.id)?;
    writeln!(out, "{}\n\n{}\n", signature.title, signature.about.trim())?;
    let roles: Vec<&str> = signature.roles.iter().map(|role| role.name()).collect();
    if !roles.is_empty() {
        writeln!(out, "Programs: {}", roles.join(", "))?;
    }
    let needs: Vec<&str> = signature.needs.iter().copied().map(Need::name).collect();
    if !needs.is_empty() {
        writeln!(out, "Needs: {}", needs.join(", "))?;
    }
    if !signature.yields_to.is_empty() {
        writeln!(out, "Yields to: {}", signature.yields_to.join(", "))?;
    }
    writeln!(out, "\nWhat to do")?;
    for remedy in &signature.remedy {
        writeln!(out, "- {remedy}")?;
    }
    for version in &signature.versions {
        writeln!(out, "- {}", version.text())?;
    }
    writeln!(out, "\nSources")?;
    for source in &signature.sources {
        writeln!(out, "- {source}")?;
    }
    Ok(())
}
