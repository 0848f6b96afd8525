//! Results with `serde` are the same after they were stored and read again.
#![cfg(all(feature = "serde", feature = "diagnose"))]

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use kheap::attribute::Dimensions;
use kheap::diagnose::{Catalog, ClaimReader};
use kheap::gate::{Gate, GateError};
use kheap::memory::MemoryOptions;
use kheap::series::{By, GrowthThresholds, Keys, Note, SeriesError};
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
    let (read, written) = (format!("{read:?}"), format!("{result:?}"));
    let differs = read
        .split(',')
        .zip(written.split(','))
        .find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_eq!(read.len(), written.len());
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
        let growth = kheap::series::growth(&series.snapshots, by, &thresholds);
        check(&growth.expect("they have all amounts"));
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

/// A snapshot as a version stored it that had no amounts by function, and others by module.
fn stored_elsewhere(whole: &Snapshot) -> Snapshot {
    let mut stored = serde_json::to_value(whole).expect("it is written");
    let amounts = stored["amounts"].as_object_mut().expect("a table");
    let functions = amounts.remove("function").expect("it was stored");
    amounts.insert("module".to_owned(), functions);
    serde_json::from_value(stored).expect("it is read")
}

#[test]
fn amounts_that_were_not_stored_are_not_0() {
    let profile = ProfileBuilder::folded("main.main;main.load 4096").expect("a stack");
    let profile = profile.finish();
    let whole = Snapshot::new(&heap(&profile), "new", &Keys::default());
    let mut read = stored_elsewhere(&whole);
    read.origin.name = "stored".to_owned();
    for by in By::ALL {
        assert_eq!(read.by(by).is_none(), by == By::Function, "{by}");
    }
    let thresholds = GrowthThresholds::default();
    let others = By::ALL.into_iter().filter(|by| read.by(*by).is_some());
    let others: Vec<By> = others.collect();
    let change = kheap::compare(&read, &whole, &others, &thresholds).expect("they compare");
    assert!(change.tables.iter().all(|table| table.rows.is_empty()));
    let lack = SeriesError::NoAmounts {
        name: "stored".to_owned(),
        by: By::Function,
    };
    assert_eq!(
        lack.to_string(),
        "stored was stored without amounts by function; read its dump again"
    );
    for sides in [[&read, &whole], [&whole, &read]] {
        let refused = kheap::compare(sides[0], sides[1], &By::ALL, &thresholds);
        assert_eq!(refused.unwrap_err(), lack);
    }
    let gate = |text: &str| text.parse::<Gate>().expect("a gate");
    let function = gate("function:main.load>1MB");
    assert_eq!(
        function.check(None, &read),
        Err(GateError::Unlike(lack.clone()))
    );
    assert!(!function.is_absent(&read));
    assert_eq!(gate("part:main>1MB").check(None, &read), Ok(None));
    let series = Series::new(vec![read, whole]).expect("they are a series");
    let growth = |by| series.growth(&(0..2), by, &thresholds);
    assert_eq!(growth(By::Function), Err(lack));
    assert_eq!(growth(By::Part).map(|growth| growth.gained), Ok(0));
}

#[test]
fn functions_that_were_not_stored_are_no_restart() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("alloc_space", "bytes");
    let load = builder.function("main.load", "main.go");
    let load = builder.location(None, 1, &[(load, 7)]);
    builder.sample(&[load], &[4096], &[]).expect("one value");
    let profile = builder.finish();
    let counted = profile.sample_type("alloc_space").expect("it has one");
    let selection = Selection::new(&profile, counted, &SelectionOptions::default());
    let whole = Snapshot::new(&Heap::new(selection), "b", &Keys::default());
    let read = stored_elsewhere(&whole);
    let thresholds = GrowthThresholds::default();
    for sides in [[&read, &whole], [&whole, &read]] {
        let change = kheap::compare(sides[0], sides[1], &[By::Part], &thresholds);
        let change = change.expect("they compare");
        assert!(change.is_one_process(), "{:?}", change.notes);
    }
}
