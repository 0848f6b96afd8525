//! Results with `serde` are the same after they were stored and read again.
#![cfg(all(feature = "serde", feature = "diagnose"))]

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use kheap::attribute::Dimensions;
use kheap::diagnose::{Catalog, ClaimReader};
use kheap::memory::MemoryOptions;
use kheap::series::{By, GrowthThresholds, Keys, Note};
use kheap::{
    DiagnoseOptions, GraphOptions, Heap, Profile, ProfileBuilder, Selection, SelectionOptions,
    Series, Snapshot,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[track_caller]
fn check<T: Serialize + DeserializeOwned + Debug>(result: &T) {
    let text = serde_json::to_string(result).expect("it is written");
    let read: T = serde_json::from_str(&text).expect("it is read");
    let (read, written) = (rounded(&read), rounded(result));
    let differs = read
        .split(',')
        .zip(written.split(','))
        .find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_eq!(read.len(), written.len());
}

const ENDS: [char; 7] = [' ', ',', '(', ')', '[', ']', '}'];

/// A value with its fractions to 12 digits: `serde_json` reads the last digit as it likes,
/// unless its feature `float_roundtrip` is on.
fn rounded(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    let words = text.split_inclusive(ENDS);
    let words = words.map(|word| match word.trim_end_matches(ENDS) {
        number if number.contains('.') => match number.parse::<f64>() {
            Ok(number) => format!("{number:.11e}{}", &word[word.len() - 1..]),
            Err(_) => word.to_owned(),
        },
        _ => word.to_owned(),
    });
    words.collect()
}

fn profile(path: &str) -> Profile {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let bytes = fs::read(testdata.join(path)).expect("the dump is there");
    kheap::decode(&bytes).expect("it is a profile")
}

fn heap(profile: &Profile) -> Heap<'_> {
    let in_use = profile.sample_type("inuse_space").expect("it has one");
    Heap::new(Selection::new(
        profile,
        in_use,
        &SelectionOptions::default(),
    ))
}

const DUMPS: [&str; 2] = [
    "dumps/v1.34/idle.pb.gz",
    "dumps/v1.20/cr-list-cache-json.pb.gz",
];

#[test]
fn results_of_a_dump_are_read_as_they_were_written() {
    for dump in DUMPS {
        let profile = profile(dump);
        let heap = heap(&profile);
        check(&kheap::top(&heap, &GraphOptions::default().errors(true)));
        check(&kheap::tree(&heap, &GraphOptions::default()));
        check(&kheap::tags(&heap));
        check(&kheap::traces(&heap).collect::<Vec<_>>());
        check(&kheap::breakdown(&heap, Dimensions::ALL));
        check(&kheap::info(&profile));
        let options = MemoryOptions::default().rss(8 << 30);
        check(&kheap::memory(&profile, &options).expect("it has a size"));
        let mut diagnosis = kheap::diagnose(&heap, &DiagnoseOptions::default());
        assert!(dump.contains("idle") || !diagnosis.findings.is_empty());
        for finding in &mut diagnosis.findings {
            // Ids of the profile are not stored: without it they mean nothing.
            finding.samples.clear();
        }
        check(&diagnosis);
    }
}

#[test]
fn snapshots_are_stored_for_a_later_comparison() {
    let keys = Keys::default();
    let profiles = DUMPS.map(profile);
    let [before, mut after] = [&profiles[0], &profiles[1]].map(heap).map(|heap| {
        let snapshot = Snapshot::new(&heap, "heap.pb.gz", &keys);
        check(&snapshot);
        snapshot
    });
    after.origin.program.clone_from(&before.origin.program);
    let thresholds = GrowthThresholds::default();
    check(&kheap::compare(&before, &after, &By::ALL, &thresholds).expect("they compare"));
    let series = Series::new(vec![before, after]).expect("they are a series");
    check(&series);
    for by in By::ALL {
        check(&kheap::series::growth(&series.snapshots, by, &thresholds));
    }
}

#[test]
fn claims_are_stored_with_their_snapshot() {
    let profile = profile(DUMPS[1]);
    let heap = heap(&profile);
    let reader = ClaimReader::new(Catalog::builtin());
    let snapshot = reader.snapshot(&heap, "heap.pb.gz");
    let bare = Snapshot::new(&heap, "heap.pb.gz", &Keys::default());
    let text = |snapshot: &Snapshot| serde_json::to_string(snapshot).expect("it is written");
    assert!(text(&snapshot).len() > text(&bare).len());
    check(&snapshot);
}

/// The file is never rewritten: it stands for those that users keep.
#[test]
fn a_snapshot_that_an_earlier_version_stored_compares_with_new_ones() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/stored/snapshot-0.1.json");
    let bytes = 64 << 20;
    let profile = ProfileBuilder::folded(&format!("main.main;main.load {bytes}"));
    let profile = profile.expect("a stack").finish();
    let keys = Keys::default();
    let new = Snapshot::new(&heap(&profile), "new", &keys);
    let text = fs::read_to_string(&path).expect("the snapshot is there");
    let stored: Snapshot = serde_json::from_str(&text).expect("it is read");
    let stored = keys.adopt(stored);
    let thresholds = GrowthThresholds::default();
    let change = kheap::compare(&stored, &new, &By::ALL, &thresholds).expect("they compare");
    assert!(
        change.tables.iter().all(|table| table.rows.is_empty()),
        "{change:?}"
    );
    assert_eq!(change.notes, [Note::SameDump]);
}

#[test]
fn a_snapshot_that_lacks_amounts_or_has_others_is_read_and_has_none_of_them() {
    let profile = ProfileBuilder::folded("main.main;main.load 4096").expect("a stack");
    let profile = profile.finish();
    let whole = Snapshot::new(&heap(&profile), "heap.pb.gz", &Keys::default());
    let mut stored = serde_json::to_value(&whole).expect("it is written");
    let amounts = stored["amounts"].as_object_mut().expect("a table");
    let functions = amounts.remove("function").expect("it was stored");
    amounts.insert("module".to_owned(), functions);
    let read: Snapshot = serde_json::from_value(stored).expect("it is read");
    for by in By::ALL {
        assert_eq!(read.by(by).is_empty(), by == By::Function, "{by}");
    }
    let thresholds = GrowthThresholds::default();
    let change = kheap::compare(&read, &whole, &By::ALL, &thresholds).expect("they compare");
    let changed = |by: &By| {
        change
            .tables
            .iter()
            .any(|t| t.by == *by && !t.rows.is_empty())
    };
    assert!(
        By::ALL
            .iter()
            .all(|by| changed(by) == (*by == By::Function))
    );
    Series::new(vec![read, whole]).expect("they are a series");
}
