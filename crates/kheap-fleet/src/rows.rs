//! What one dump gives to each dataset.

use std::sync::Arc;

use kheap::attribute::{BreakdownRow, Dimensions};
use kheap::diagnose::Finding;
use kheap::knowledge::VersionRange;
use kheap::profile::SampleTypeId;
use kheap::series::{FunctionAmount, Keys, function_amounts};
use kheap::{Catalog, DiagnoseOptions, Heap, Profile, breakdown, diagnose};

use crate::hash::ContentHash;
use crate::partition::Partition;
use crate::source::Source;

/// The rows of one dump.
#[derive(Debug)]
pub struct DumpRows {
    pub(crate) hash: ContentHash,
    pub(crate) partition: Partition,
    pub(crate) snapshot: SnapshotRow,
    pub(crate) functions: Vec<FunctionRow>,
    pub(crate) cells: Vec<CellRow>,
    pub(crate) findings: Vec<FindingRow>,
}

/// What a dump is, and its totals.
#[derive(Debug)]
pub(crate) struct SnapshotRow {
    pub(crate) snapshot: Arc<str>,
    pub(crate) file: String,
    pub(crate) source: Source,
    pub(crate) build_id: Option<String>,
    pub(crate) role: &'static str,
    pub(crate) kubernetes: VersionBounds,
    pub(crate) etcd: VersionBounds,
    pub(crate) go: VersionBounds,
    pub(crate) time_nanos: Option<i64>,
    pub(crate) delta_nanos: Option<i64>,
    pub(crate) is_fragment: bool,
    pub(crate) is_difference: bool,
    pub(crate) period: Option<i64>,
    pub(crate) sample_type: String,
    pub(crate) unit: String,
    pub(crate) total: i64,
    pub(crate) totals: Totals,
}

/// Bounds of a version, which it may have itself.
#[derive(Debug, Default)]
pub(crate) struct VersionBounds {
    pub(crate) at_least: Option<String>,
    pub(crate) at_most: Option<String>,
}

/// The sums of the four sample types of a Go heap.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) inuse_space: Option<i64>,
    pub(crate) inuse_objects: Option<i64>,
    pub(crate) alloc_space: Option<i64>,
    pub(crate) alloc_objects: Option<i64>,
}

/// What one function holds.
#[derive(Debug)]
pub(crate) struct FunctionRow {
    pub(crate) snapshot: Arc<str>,
    pub(crate) amount: FunctionAmount,
}

/// What one part holds for one verb and kind.
#[derive(Debug)]
pub(crate) struct CellRow {
    pub(crate) snapshot: Arc<str>,
    pub(crate) part: String,
    pub(crate) verb: String,
    pub(crate) kind: String,
    pub(crate) bytes: i64,
    pub(crate) objects: Option<i64>,
}

/// A known problem that the dump has.
#[derive(Debug)]
pub(crate) struct FindingRow {
    pub(crate) snapshot: Arc<str>,
    pub(crate) id: String,
    pub(crate) severity: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) bytes: i64,
    pub(crate) share: f64,
    pub(crate) kinds: Vec<String>,
    pub(crate) kinds_inferred: bool,
}

impl DumpRows {
    /// Takes the rows from a heap that was read from a file of this name, and has this content.
    /// All findings of the catalogue are taken, those at info too. `keys` may be shared by all
    /// dumps, and by several threads.
    pub fn of(heap: &Heap, hash: ContentHash, file: &str, catalog: &Catalog, keys: &Keys) -> Self {
        let snapshot: Arc<str> = hash.to_string().into();
        // First, because it remembers the names of functions, which many dumps share.
        let functions = function_amounts(heap, keys);
        let diagnosis = diagnose(heap, &DiagnoseOptions::default().catalog(catalog));
        let cells = breakdown(heap, Dimensions::ALL);
        let profile = heap.profile();
        let header = profile.header();
        let time_nanos = profile.moment_nanos();
        let inferred = diagnosis.inferred_program.as_ref();
        let inferred = inferred.map(|program| program.name.as_str());
        let versions = &diagnosis.versions;
        Self {
            hash,
            partition: Partition::of(diagnosis.program.as_deref().or(inferred), time_nanos),
            snapshot: SnapshotRow {
                snapshot: Arc::clone(&snapshot),
                file: file.to_owned(),
                source: Source::of(file),
                build_id: build_id(profile),
                role: diagnosis.role.name(),
                kubernetes: VersionBounds::of(versions.kubernetes.as_ref()),
                etcd: VersionBounds::of(versions.etcd.as_ref()),
                go: VersionBounds::of(versions.go.as_ref()),
                time_nanos,
                delta_nanos: profile.delta_nanos(),
                is_fragment: profile.is_fragment(),
                is_difference: profile.is_difference(),
                period: (header.period != 0).then_some(header.period),
                sample_type: diagnosis.sample_type,
                unit: diagnosis.unit,
                total: cells.total,
                totals: Totals::of(profile),
            },
            functions: (functions.into_iter())
                .map(|amount| FunctionRow {
                    snapshot: Arc::clone(&snapshot),
                    amount,
                })
                .collect(),
            cells: (cells.rows.into_iter())
                .map(|row| CellRow::of(&snapshot, row))
                .collect(),
            findings: (diagnosis.findings.into_iter())
                .map(|finding| FindingRow::of(&snapshot, finding))
                .collect(),
        }
    }

    /// How many rows it has in all datasets.
    pub(crate) fn len(&self) -> usize {
        1 + self.functions.len() + self.cells.len() + self.findings.len()
    }
}

impl VersionBounds {
    fn of(range: Option<&VersionRange>) -> Self {
        let Some(range) = range else {
            return Self::default();
        };
        Self {
            at_least: range.at_least.map(|version| version.to_string()),
            at_most: range.at_most.map(|version| version.to_string()),
        }
    }
}

impl Totals {
    fn of(profile: &Profile) -> Self {
        let total = |name: &str| Some(sum(profile, profile.exact_sample_type(name)?));
        Self {
            inuse_space: total("inuse_space"),
            inuse_objects: total("inuse_objects"),
            alloc_space: total("alloc_space"),
            alloc_objects: total("alloc_objects"),
        }
    }
}

/// The sum of all values; negative ones count as such.
fn sum(profile: &Profile, sample_type: SampleTypeId) -> i64 {
    let values = profile.values(sample_type).iter();
    let sum: i128 = values.map(|&value| i128::from(value)).sum();
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

fn build_id(profile: &Profile) -> Option<String> {
    let id = profile.text(profile.mappings().first()?.build_id);
    (!id.is_empty()).then(|| id.into_owned())
}

impl CellRow {
    fn of(snapshot: &Arc<str>, row: BreakdownRow) -> Self {
        Self {
            snapshot: Arc::clone(snapshot),
            part: row.part.unwrap_or_default(),
            verb: row.verb.unwrap_or_default(),
            kind: row.kind.unwrap_or_default(),
            bytes: row.value,
            objects: row.objects,
        }
    }
}

impl FindingRow {
    fn of(snapshot: &Arc<str>, finding: Finding) -> Self {
        Self {
            snapshot: Arc::clone(snapshot),
            id: finding.id,
            severity: finding.severity.name(),
            confidence: finding.confidence.name(),
            bytes: finding.bytes,
            share: finding.share,
            kinds: finding.kinds,
            kinds_inferred: finding.kinds_inferred,
        }
    }
}
