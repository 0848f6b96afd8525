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

pub use catalog::Catalog;
pub use finding::{Confidence, Evidence, Finding, Severity, Thresholds};
pub use signature::{
    Case, Condition, ConfidenceRule, Each, Need, Select, Signature, SignatureError, TableSelect,
    VersionNote,
};

use crate::attribute::{Analysis, Breakdown, Dimensions, Role, breakdown_of};
use crate::memory::{Memory, MemoryOptions, apart};
use crate::memstats::MemStats;
use crate::selection::Selection;
use crate::table::{Table, Unit};
use heap::{Heap, StackHeap, TableHeap};
use judge::Match;

/// From which share of the heap on stacks that lost their root are worth a note.
const CUT_SHARE: f64 = 0.05;

/// From which bytes, and which share of the heap, on a path that no finding claims
/// is worth a word.
const UNEXPLAINED: (i64, f64) = (256 << 20, 0.25);

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
    /// The largest paths, root first and shortened, or rows of a table, that no
    /// finding above info claims.
    pub unclaimed: Vec<Evidence>,
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

    /// Whether the numbers are memory in use: no allocation totals, counts or times.
    pub fn is_level(&self) -> bool {
        self.unit == "bytes" && !self.sample_type.starts_with("alloc")
    }

    /// Whether a large part of the heap is what no signature is about.
    pub fn is_unexplained(&self) -> bool {
        if !self.is_level() {
            return false;
        }
        let (bytes, least_share) = UNEXPLAINED;
        let large = |evidence: &Evidence| match evidence {
            Evidence::Path { bytes: held, .. } | Evidence::Row { flat: held, .. } => {
                *held >= bytes && share(*held, self.total) >= least_share
            }
            Evidence::Size { .. } | Evidence::Process { .. } => false,
        };
        self.unclaimed.iter().any(large) || self.is_healthy() && self.role == Role::Unknown
    }
}

/// Looks for the signatures of a catalogue in a heap.
///
/// The selection's sample type is judged; allocation totals are no retention, so
/// that signatures for levels are silent on them and a note says why.
///
/// Where the profile brings `runtime.MemStats` along, its process is judged too.
pub fn diagnose(selection: &Selection, catalog: &Catalog, thresholds: &Thresholds) -> Diagnosis {
    diagnose_process(selection, &MemoryOptions::default(), catalog, thresholds)
}

/// Looks for the signatures of a catalogue in a heap and in the process that it is
/// of, whose size the caller may know.
pub fn diagnose_process(
    selection: &Selection,
    process: &MemoryOptions,
    catalog: &Catalog,
    thresholds: &Thresholds,
) -> Diagnosis {
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
    let mut stacks = StackHeap::new(&analysis, profile, objects, of_role);
    stacks.process = process_of(selection, process);
    let heap = Heap::Stacks(stacks);
    let values = profile.samples().values(selection.sample_type());
    let judged = Judged::new(
        &heap,
        catalog,
        &sample_type,
        &known(&heap, &[Need::Stacks]),
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
    notes.extend(cut_note(&breakdown));
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
        unclaimed: judged.unclaimed,
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
    let process = MemoryOptions::default();
    diagnose_table_process(table, sample_type, &process, catalog, thresholds)
}

/// Looks for the signatures of a catalogue in a pasted table and in the process
/// that it is of, whose size the caller may know.
pub fn diagnose_table_process(
    table: &Table,
    sample_type: Option<&str>,
    process: &MemoryOptions,
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
    let mut rows = TableHeap::new(table);
    if table.unit == Unit::Bytes && !sample_type.starts_with("alloc") {
        rows.process = apart(rows.total(), None, None, process).ok();
    }
    let heap = Heap::Table(rows);
    // Of processor time nothing is kept.
    let catalog = match table.unit {
        Unit::Nanoseconds => &Catalog::empty(),
        Unit::Bytes | Unit::Count => catalog,
    };
    let known = known(&heap, &[]);
    let mut judged = Judged::new(&heap, catalog, sample_type, &known, &[], thresholds);
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
        unit: match table.unit {
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Nanoseconds => "nanoseconds",
        }
        .to_owned(),
        total: heap.total(),
        findings: judged.findings,
        not_judged: judged.not_judged,
        breakdown: None,
        unclaimed: judged.unclaimed,
        notes,
    }
}

/// The process of a dump: its size as the caller knows it, else what the runtime
/// holds; a past peak does not count.
fn process_of(selection: &Selection, options: &MemoryOptions) -> Option<Memory> {
    let profile = selection.profile();
    let sample_type = profile.sample_type_name(selection.sample_type());
    if !matches!(&*sample_type, "inuse_space" | "space") {
        return None;
    }
    let stats = profile.header().mem_stats.map(|stats| MemStats {
        max_rss: None,
        ..stats
    });
    let values = selection.values().iter().map(|&value| i128::from(value));
    let live = i64::try_from(values.sum::<i128>()).unwrap_or(i64::MAX);
    apart(live, None, stats.as_ref(), options).ok()
}

/// What is known of a heap.
fn known(heap: &Heap<'_>, of_heap: &[Need]) -> Vec<Need> {
    let process = heap.process().map(|_| Need::Memstats);
    of_heap.iter().copied().chain(process).collect()
}

/// What the catalogue says of a heap.
#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    not_judged: Vec<NotJudged>,
    unclaimed: Vec<Evidence>,
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
        let shown = found.iter().filter(|(found, _)| {
            let severity = thresholds.severity(found.claimed.bytes, heap.total());
            severity > Severity::Info
        });
        let claimed = shown.flat_map(|(found, _)| found.claimed.items.iter().copied());
        let unclaimed = evidence::unclaimed(heap, &claimed.collect(), LARGEST_PATHS);
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
            unclaimed,
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
    let versions = signature.versions.iter().map(VersionNote::text);
    Finding {
        id: signature.id.clone(),
        title: signature.title.clone(),
        severity: severity(
            found,
            thresholds.severity(found.claimed.bytes, heap.total()),
        ),
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

/// The severity that the bytes give, as far as the signature lets it go.
fn severity(found: &Match<'_>, of_bytes: Severity) -> Severity {
    match found.signature.max_severity {
        Some(most) if found.confidence < Confidence::High => of_bytes.min(most),
        _ => of_bytes,
    }
}

fn cut_note(breakdown: &Breakdown) -> Option<String> {
    let cut = &breakdown.cut;
    let all = cut.mended.saturating_add(cut.decided);
    let all = all.saturating_add(cut.inferred).saturating_add(cut.left);
    // A few bytes do not change what is said.
    if share(all, breakdown.total) < CUT_SHARE {
        return None;
    }
    let text = |value: i64| breakdown.summary.value(value);
    let mut note = format!("{} stand on stacks that lost their root", text(all));
    if cut.inferred > 0 {
        note += &format!(
            "; {} of that is attributed by inference",
            text(cut.inferred)
        );
    }
    if cut.left > 0 {
        note += &format!("; {} could not be attributed", text(cut.left));
    }
    Some(note)
}

/// The share of a total; 0 where there is none.
fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
