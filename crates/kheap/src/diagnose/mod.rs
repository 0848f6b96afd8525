//! Which known problems a heap has, on what evidence, and what to do.
//!
//! Signatures are data (`signatures/*.toml`); one engine evaluates them over
//! stacks, or over the rows of a pasted table. A wrong diagnosis costs more than
//! none: where nothing matches, the largest places and paths are the answer.

mod catalog;
mod evidence;
mod finding;
mod heap;
mod judge;
mod signature;

use std::cmp::Reverse;

pub use catalog::Catalog;
pub use finding::{Confidence, Evidence, Finding, Severity, Thresholds};
pub use signature::{
    Case, Condition, ConfidenceRule, Each, Need, Select, Signature, SignatureError, TableSelect,
    VersionNote,
};

use crate::attribute::{Analysis, Breakdown, Dimensions, JudgedStack, Role, breakdown_of};
use crate::selection::Selection;
use crate::table::{Table, Unit};
use heap::{Heap, StackHeap, TableHeap};
use judge::Match;

/// How many of the largest paths are shown where no signature matches.
const LARGEST_PATHS: usize = 3;

/// What is known of a heap.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Diagnosis {
    /// Base name of the program; `None` for a table that does not name it.
    pub program: Option<String>,
    /// What the program is.
    pub role: Role,
    /// The sample type that was judged.
    pub sample_type: String,
    /// Unit of all values, such as `bytes`.
    pub unit: String,
    /// What shares refer to.
    pub total: i64,
    /// By severity, then bytes, then id; those at [`Severity::Info`] included.
    pub findings: Vec<Finding>,
    /// Signatures that could not be judged, and what they need.
    pub not_judged: Vec<NotJudged>,
    /// The places that hold the memory; `None` for a table.
    pub breakdown: Option<Breakdown>,
    /// The largest paths, root first, shortened; empty for a table.
    pub paths: Vec<Evidence>,
    /// What a reader should know, one sentence each.
    pub notes: Vec<String>,
}

/// A signature that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NotJudged {
    /// Its id.
    pub id: String,
    /// What it needs, such as `stacks`.
    pub needs: String,
}

impl Diagnosis {
    /// Whether nothing is at medium or above.
    pub fn is_healthy(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity < Severity::Medium)
    }
}

/// Looks for the signatures of a catalogue in a heap.
///
/// The selection's sample type is judged; allocation totals are no retention, so
/// that signatures for levels are silent on them and a note says why.
pub fn diagnose(selection: &Selection, catalog: &Catalog, thresholds: &Thresholds) -> Diagnosis {
    let analysis = Analysis::new(selection);
    let profile = selection.profile();
    let sample_type = profile
        .sample_type_name(selection.sample_type())
        .into_owned();
    let objects = crate::attribute::objects_type(profile, selection.sample_type());
    let of_role = catalog
        .signatures()
        .iter()
        .filter(|s| s.is_for(analysis.role));
    let stacks = StackHeap::new(&analysis, profile, objects, of_role);
    let heap = Heap::Stacks(stacks);
    let values = profile.samples().values(selection.sample_type());
    let judged = Judged::new(
        &heap,
        catalog,
        &sample_type,
        &[Need::Stacks],
        values,
        thresholds,
    );
    let mut notes = Vec::new();
    if sample_type.starts_with("alloc") {
        notes.push(
            "allocation totals since the start say what was made, not what is kept: no leak is \
             told from them; inuse_space is the level"
                .to_owned(),
        );
    }
    let breakdown = breakdown_of(selection, &analysis, Dimensions::ALL);
    if breakdown.cut.left + breakdown.cut.inferred > 0 {
        notes.push(cut_note(&breakdown));
    }
    Diagnosis {
        program: profile.program(),
        role: heap.role(),
        unit: profile
            .sample_type_unit(selection.sample_type())
            .into_owned(),
        sample_type,
        total: heap.total(),
        findings: judged.findings,
        not_judged: judged.not_judged,
        breakdown: Some(breakdown),
        paths: largest_paths(&analysis),
        notes,
    }
}

/// Looks for the signatures of a catalogue in a pasted table. `sample_type` is
/// what the poster says of it; else its `Type:` line counts, else `inuse_space`
/// where it has bytes. Bare counts are never judged above [`Severity::Info`].
pub fn diagnose_table(
    table: &Table,
    sample_type: Option<&str>,
    catalog: &Catalog,
    thresholds: &Thresholds,
) -> Diagnosis {
    let counts = table.unit == Unit::Count;
    let guess = if counts {
        "inuse_objects"
    } else {
        "inuse_space"
    };
    let sample_type = sample_type
        .or(table.sample_type.as_deref())
        .unwrap_or(guess);
    let heap = Heap::Table(TableHeap::new(table));
    let mut judged = Judged::new(&heap, catalog, sample_type, &[], &[], thresholds);
    if counts {
        for finding in &mut judged.findings {
            finding.severity = Severity::Info;
        }
    }
    let mut notes: Vec<String> = table.warnings.clone();
    notes.push("a table has no stacks, so that findings are less sure than from a dump".to_owned());
    if sample_type.starts_with("alloc") {
        notes.push("allocation totals since the start are not judged as memory in use".to_owned());
    }
    Diagnosis {
        program: table.program.clone(),
        role: heap.role(),
        sample_type: sample_type.to_owned(),
        unit: if counts { "count" } else { "bytes" }.to_owned(),
        total: heap.total(),
        findings: judged.findings,
        not_judged: judged.not_judged,
        breakdown: None,
        paths: Vec::new(),
        notes,
    }
}

/// What the catalogue says of a heap.
#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    not_judged: Vec<NotJudged>,
}

impl Judged {
    fn new(
        heap: &Heap<'_>,
        catalog: &Catalog,
        sample_type: &str,
        known: &[Need],
        values: &[i64],
        thresholds: &Thresholds,
    ) -> Self {
        let role = heap.role();
        let mut matches = Vec::new();
        let mut not_judged = Vec::new();
        for signature in catalog.signatures() {
            let of_type = signature.sample_types.is_empty()
                || signature.sample_types.iter().any(|t| t == sample_type)
                // A table of counts is judged as a level, and told as info.
                || sample_type == "inuse_objects" && matches!(heap, Heap::Table(_));
            if !of_type || !signature.is_for(role) {
                continue;
            }
            if let Some(need) = signature.needs.iter().find(|need| !known.contains(need)) {
                not_judged.push(NotJudged {
                    id: signature.id.clone(),
                    needs: need.name().to_owned(),
                });
                continue;
            }
            matches.extend(judge::matches(heap, signature));
        }
        let found = judge::relate(heap, matches);
        let mut findings: Vec<Finding> = (found.into_iter())
            .map(|(found, related)| finding(heap, &found, related, values, thresholds))
            .collect();
        findings.sort_by(|a, b| {
            let severity = b.severity.cmp(&a.severity);
            severity
                .then(b.bytes.cmp(&a.bytes))
                .then_with(|| a.id.cmp(&b.id))
        });
        Self {
            findings,
            not_judged,
        }
    }
}

fn finding(
    heap: &Heap<'_>,
    found: &Match<'_>,
    related: Vec<String>,
    values: &[i64],
    thresholds: &Thresholds,
) -> Finding {
    let signature = found.signature;
    let (kinds, kinds_inferred) = evidence::kinds(heap, found);
    let versions = signature.versions.iter().map(|version| {
        let since = version
            .since
            .as_ref()
            .map(|since| format!(" since {since}"));
        let until = version
            .until
            .as_ref()
            .map(|until| format!(" until {until}"));
        let (since, until) = (since.unwrap_or_default(), until.unwrap_or_default());
        format!("{}{since}{until}: {}", version.program, version.note)
    });
    Finding {
        id: signature.id.clone(),
        title: signature.title.clone(),
        severity: thresholds.severity(found.claimed.bytes, heap.total()),
        confidence: found.confidence,
        bytes: found.claimed.bytes,
        share: share(found.claimed.bytes, heap.total()),
        kinds,
        kinds_inferred,
        evidence: evidence::evidence(heap, found, values),
        accumulation: evidence::accumulation(heap, found),
        related,
        remedy: signature.remedy.clone(),
        versions: versions.collect(),
        sources: signature.sources.clone(),
    }
}

fn cut_note(breakdown: &Breakdown) -> String {
    let text = |value: i64| breakdown.summary.value(value);
    let cut = &breakdown.cut;
    format!(
        "{} of the stacks lost their root and were attributed by inference, {} could not be; \
         {} were mended or decided by what is left of them",
        text(cut.inferred),
        text(cut.left),
        text(cut.mended.saturating_add(cut.decided)),
    )
}

/// The stacks that hold most.
fn largest_paths(analysis: &Analysis<'_>) -> Vec<Evidence> {
    let mut stacks: Vec<_> = analysis.stacks.iter().collect();
    stacks.sort_by_key(|stack| Reverse(stack.value));
    let stacks = stacks.into_iter().take(LARGEST_PATHS);
    let path = |stack: &JudgedStack| Evidence::Path {
        frames: evidence::shortened(analysis, stack),
        bytes: stack.value,
    };
    stacks.map(path).collect()
}

/// The share of a total; 0 where there is none.
fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
