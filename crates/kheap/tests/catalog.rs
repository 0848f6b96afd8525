//! The built-in signatures: each holds its own cases, and the whole catalogue its
//! contract.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kheap::diagnose::{
    Background, Case, Catalog, Diagnosis, Finding, History, Signature, Thresholds, Watch,
};
use kheap::memory::MemoryOptions;
use kheap::{
    ProfileBuilder, Selection, SelectionOptions, diagnose_table_with, diagnose_with, table,
};

const MIB: i64 = 1 << 20;

/// In nanoseconds.
const HOUR: i64 = 3_600_000_000_000;

/// A heap of folded stacks, root first, in MB, taken at some hour.
fn selection(stacks: &[String], hour: i64) -> Selection {
    let mut builder = ProfileBuilder::new();
    builder.header().time_nanos = (hour + 1) * HOUR;
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    let mut locations = HashMap::new();
    for line in stacks {
        let (frames, value) = line.rsplit_once(' ').expect("a stack and its megabytes");
        let value: f64 = value.parse().expect("megabytes are a number");
        let mut stack: Vec<_> = (frames.split(';'))
            .map(|frame| {
                *locations
                    .entry(frame.trim().to_owned())
                    .or_insert_with_key(|name| {
                        let function = builder.function(name, "");
                        builder.location(None, 0, &[(function, 1)])
                    })
            })
            .collect();
        stack.reverse();
        let bytes = (value * MIB as f64) as i64;
        builder
            .sample(&stack, &[1, bytes], &[])
            .expect("two values");
    }
    let profile = builder.finish();
    let sample_type = profile.sample_type("inuse_space").expect("it is there");
    Selection::new(profile, sample_type, &SelectionOptions::default())
}

/// What the snapshots of a case tell.
fn history(catalog: &Catalog, case: &Case) -> Option<History> {
    let watch = Watch::new(catalog);
    let snapshots = case.snapshots.iter().zip(0..).map(|(stacks, hour)| {
        let name = format!("{hour}");
        watch.snapshot(&selection(stacks, hour), &name)
    });
    let snapshots: Vec<_> = snapshots.collect();
    (!snapshots.is_empty()).then(|| History::new(snapshots).expect("a series"))
}

fn diagnosis(signature: &str, case: &Case) -> Diagnosis {
    let mut catalog = Catalog::empty();
    catalog.add(signature).expect("a signature");
    let thresholds = Thresholds::default();
    let background = Background {
        process: MemoryOptions {
            rss: case.rss.map(|rss| (rss * MIB as f64) as u64),
            ..MemoryOptions::default()
        },
        history: history(&catalog, case),
    };
    let stacks = case.snapshots.last().unwrap_or(&case.stacks);
    match &case.table {
        Some(text) => {
            let table = table::parse(text.as_bytes()).expect("a table");
            diagnose_table_with(&table, None, &background, &catalog, &thresholds)
        }
        None => diagnose_with(&selection(stacks, 0), &background, &catalog, &thresholds),
    }
}

fn check(signature: &Signature, text: &str, case: &Case) {
    let what = format!("{}: {}", signature.id, case.name);
    let diagnosis = diagnosis(text, case);
    if let Some(role) = case.role {
        assert_eq!(diagnosis.role, role, "{what}");
    }
    let found: Vec<&Finding> = diagnosis.findings.iter().collect();
    assert_eq!(!found.is_empty(), case.fires, "{what}: {found:#?}");
    let Some(first) = found.first() else {
        return;
    };
    if let Some(bytes) = case.bytes {
        let claimed: i64 = found.iter().map(|finding| finding.bytes).sum();
        let difference = (claimed as f64 / MIB as f64 - bytes).abs();
        assert!(
            difference < 0.01 * bytes + 0.5,
            "{what}: claims {claimed} bytes"
        );
    }
    if !case.kinds.is_empty() {
        let kinds: Vec<&String> = found.iter().flat_map(|finding| &finding.kinds).collect();
        assert_eq!(kinds, case.kinds.iter().collect::<Vec<_>>(), "{what}");
    }
    if let Some(confidence) = case.confidence {
        assert_eq!(first.confidence, confidence, "{what}");
    }
    if let Some(severity) = case.severity {
        assert_eq!(first.severity, severity, "{what}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose/signatures")
}

/// The files of the catalogue: id and text.
fn files() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ext| ext == "toml"));
    let file = |path: PathBuf| {
        let id = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (id, fs::read_to_string(path).expect("it can be read"))
    };
    let mut files: Vec<_> = paths.map(file).collect();
    files.sort();
    files
}

#[test]
fn every_file_is_compiled_in_and_named_like_its_id() {
    let ids: Vec<&str> = Catalog::builtin()
        .signatures()
        .iter()
        .map(|s| s.id.as_str())
        .collect();
    let files = files();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(ids, names);
}

#[test]
fn every_signature_has_a_case_that_fires_a_near_miss_and_a_source() {
    for signature in Catalog::builtin().signatures() {
        let id = &signature.id;
        assert!(
            signature.case.iter().any(|case| case.fires),
            "{id} has no case that fires"
        );
        assert!(
            signature.case.iter().any(|case| !case.fires),
            "{id} has no near miss"
        );
        assert!(!signature.sources.is_empty(), "{id} has no source");
        assert!(!signature.remedy.is_empty(), "{id} has no remedy");
        for other in &signature.yields_to {
            assert!(
                Catalog::builtin().get(other).is_some(),
                "{id} yields to {other}"
            );
        }
    }
}

#[test]
fn every_case_holds() {
    for (_, text) in files() {
        let signature = Signature::parse(&text).expect("a signature");
        for case in &signature.case {
            check(&signature, &text, case);
        }
    }
}

#[test]
fn every_file_passes_the_checks_that_users_files_pass() {
    for (id, text) in files() {
        let signature = Signature::parse(&text);
        let signature = signature.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(signature.id, id);
    }
}

#[test]
fn the_example_for_authors_holds() {
    let guide = fs::read_to_string(folder().join("README.md")).expect("the guide is there");
    let (_, rest) = guide.split_once("```toml\n").expect("an example");
    let (text, _) = rest.split_once("```").expect("its end");
    let signature = Signature::parse(text).expect("a signature");
    assert_eq!(signature.case.len(), 2);
    for case in &signature.case {
        check(&signature, text, case);
    }
}
