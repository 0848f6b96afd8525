//! Whether a signature holds its own cases.

use hashbrown::HashMap;

use super::Diagnosis;
use super::catalog::Catalog;
use super::claim_reader::ClaimReader;
use super::diagnose::diagnose;
use super::finding::Finding;
use super::history::History;
use super::options::DiagnoseOptions;
use super::signature::{Case, Signature, line_with};
use super::signature_error::{CaseFault, SignatureError, SignatureFault};
use super::vocabulary::automata_bytes;
use crate::attribute::Heap;
use crate::memory::MemoryOptions;
use crate::profile::ProfileBuilder;
use crate::selection::{Selection, SelectionOptions};
use crate::table;

const MIB: f64 = 1_048_576.0;

/// In nanoseconds.
const HOUR: i64 = 3_600_000_000_000;

/// How far the bytes of a finding may be from those that a case names: figures are
/// rounded.
const TOLERANCE: f64 = 0.01;

/// How many cases a signature may have: each is a diagnosis of its own.
pub(super) const MOST_CASES: usize = 64;

/// Judges each case of the one signature of a catalogue, and refuses it where it does not
/// do there what it says. Returns how large the automata of its expressions are, in bytes.
pub(super) fn check(
    catalog: &Catalog,
    signature: &Signature,
    text: &str,
) -> Result<usize, SignatureError> {
    let refused = |key, reason| SignatureError {
        line: line_with(text, key),
        reason,
    };
    if signature.case.len() > MOST_CASES {
        let reason = SignatureFault::TooManyCases(signature.case.len());
        return Err(refused("case", reason));
    }
    let Some(bytes) = automata_bytes(signature) else {
        let reason = SignatureFault::TooLarge(signature.id.clone());
        return Err(refused("select", reason));
    };
    for case in &signature.case {
        let fault = diagnosis(catalog, case).map_or_else(Some, |found| fault(case, &found));
        if let Some(fault) = fault {
            return Err(SignatureError {
                line: line_with(text, &format!("name\n{:?}", case.name)),
                reason: SignatureFault::Case {
                    name: case.name.clone(),
                    fault: Box::new(fault),
                },
            });
        }
    }
    Ok(bytes)
}

fn diagnosis(catalog: &Catalog, case: &Case) -> Result<Diagnosis, CaseFault> {
    let process = MemoryOptions {
        rss: case.rss.map(|rss| (rss * MIB) as u64),
        ..MemoryOptions::default()
    };
    let history = history(catalog, case)?;
    let mut options = DiagnoseOptions::default().catalog(catalog).process(process);
    options.history = history.as_ref();
    if let Some(text) = &case.table {
        let table = table::parse(text.as_bytes()).map_err(CaseFault::Table)?;
        return Ok(diagnose(&table, &options));
    }
    let stacks = case.snapshots.last().unwrap_or(&case.stacks);
    let newest = case.snapshots.len().saturating_sub(1) as i64;
    Ok(diagnose(
        &heap(catalog, stacks, &case.allocated, newest)?,
        &options,
    ))
}

/// What the snapshots of a case show.
fn history(catalog: &Catalog, case: &Case) -> Result<Option<History>, CaseFault> {
    if case.snapshots.is_empty() {
        return Ok(None);
    }
    let reader = ClaimReader::new(catalog);
    let snapshots = case.snapshots.iter().zip(0..).map(|(stacks, hour)| {
        Ok(reader.snapshot(&heap(catalog, stacks, &[], hour)?, &hour.to_string()))
    });
    let snapshots: Result<Vec<_>, CaseFault> = snapshots.collect();
    let history = History::new(snapshots?).map_err(CaseFault::Series)?;
    Ok(Some(history))
}

/// A heap of folded stacks, root first, in MB, taken at some hour; and what was allocated
/// beside what is in use.
fn heap(
    catalog: &Catalog,
    stacks: &[String],
    allocated: &[String],
    hour: i64,
) -> Result<Heap<'static>, CaseFault> {
    let mut builder = ProfileBuilder::new();
    builder.header().time_nanos = (hour + 1) * HOUR;
    builder.sample_type("alloc_space", "bytes");
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    let mut locations = HashMap::new();
    let in_use = stacks.iter().map(|line| (line, true));
    for (line, is_in_use) in in_use.chain(allocated.iter().map(|line| (line, false))) {
        let value = line.rsplit_once(' ');
        let value = value.and_then(|(frames, value)| Some((frames, value.parse::<f64>().ok()?)));
        let (frames, megabytes) = value.ok_or_else(|| CaseFault::Stack(line.clone()))?;
        let mut stack = Vec::new();
        for frame in frames.rsplit(';') {
            let location = locations.entry(frame.trim()).or_insert_with_key(|name| {
                let function = builder.function(name, "");
                builder.location(None, 0, &[(function, 1)])
            });
            stack.push(*location);
        }
        let bytes = (megabytes * MIB) as i64;
        let values = match is_in_use {
            true => [bytes, 1, bytes],
            false => [bytes, 0, 0],
        };
        let pushed = builder.sample(&stack, &values, &[]);
        pushed.expect("a value for each type, and locations of this profile");
    }
    let profile = builder.finish();
    let sample_type = profile.sample_type("inuse_space").expect("it was added");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    Ok(Heap::new(selection).with_rules(catalog.rules()))
}

/// What a diagnosis says otherwise than the case.
fn fault(case: &Case, diagnosis: &Diagnosis) -> Option<CaseFault> {
    let found = &diagnosis.findings;
    if let Some(wanted) = case.role.filter(|&role| role != diagnosis.role) {
        let found = diagnosis.role;
        return Some(CaseFault::Role { found, wanted });
    }
    let Some(first) = found.first() else {
        return case.fires.then_some(CaseFault::Silent);
    };
    if !case.fires {
        return Some(CaseFault::Fires);
    }
    fault_of_bytes(case, found)
        .or_else(|| fault_of_kinds(case, found))
        .or_else(|| {
            let found = first.confidence;
            let wanted = case.confidence.filter(|&wanted| wanted != found)?;
            Some(CaseFault::Confidence { found, wanted })
        })
        .or_else(|| {
            let found = first.severity;
            let wanted = case.severity.filter(|&wanted| wanted != found)?;
            Some(CaseFault::Severity { found, wanted })
        })
}

fn fault_of_bytes(case: &Case, found: &[Finding]) -> Option<CaseFault> {
    let wanted = case.bytes?;
    let claimed: i128 = found.iter().map(|finding| i128::from(finding.bytes)).sum();
    let found = claimed as f64 / MIB;
    let is_close = (found - wanted).abs() < TOLERANCE * wanted + 0.5;
    (!is_close).then_some(CaseFault::Bytes { found, wanted })
}

fn fault_of_kinds(case: &Case, found: &[Finding]) -> Option<CaseFault> {
    let kinds: Vec<&String> = found.iter().flat_map(|finding| &finding.kinds).collect();
    let is_said = case.kinds.is_empty() || kinds.iter().copied().eq(&case.kinds);
    (!is_said).then(|| CaseFault::Kinds {
        found: kinds.into_iter().cloned().collect(),
        wanted: case.kinds.clone(),
    })
}
