//! Each byte once: the attribution of the real dumps.

#![cfg(feature = "diagnose")]

/// What prost makes of the schema, see `proto/README.md`.
#[path = "../src/proto.rs"]
#[allow(unreachable_pub, reason = "generated")]
mod proto;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kheap::attribute::{Dimensions, OTHER, Role};
use kheap::filter::{Filters, Pattern};
use kheap::{Breakdown, Heap, Profile, Selection, SelectionOptions, breakdown};
use prost::Message;

/// What of a large API server's heap may stay without a part.
const MOST_OTHER: f64 = 0.03;

fn dumps() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".pb.gz") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Profile {
    let bytes = fs::read(path).expect("the dump is there");
    kheap::decode(&bytes).expect("a profile")
}

fn breakdown_of(profile: Profile, sample_type: &str, dimensions: Dimensions) -> Breakdown {
    let sample_type = profile.sample_type(sample_type).expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    breakdown(&Heap::new(selection), dimensions)
}

#[test]
fn rows_add_up_to_the_total_in_every_dimension() {
    for path in dumps() {
        let profile = read(&path);
        for sample_type in ["inuse_space", "inuse_objects", "alloc_space"] {
            for bits in [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31_u8] {
                let dimensions = Dimensions::default()
                    .part(bits & 1 != 0)
                    .verb(bits & 2 != 0)
                    .kind(bits & 4 != 0)
                    .package(bits & 8 != 0)
                    .module(bits & 16 != 0);
                let breakdown = breakdown_of(profile.clone(), sample_type, dimensions);
                let sum: i64 = breakdown.rows.iter().map(|row| row.value).sum();
                assert_eq!(sum, breakdown.total, "{}", path.display());
                let id = profile.sample_type(sample_type).unwrap();
                assert_eq!(breakdown.total, profile.total(id), "{}", path.display());
            }
        }
    }
}

#[test]
fn hardly_anything_of_a_large_api_server_is_without_a_part() {
    for path in dumps() {
        let breakdown = breakdown_of(read(&path), "inuse_space", Dimensions::ALL);
        if breakdown.role != Role::ApiServer || breakdown.total < 100_000_000 {
            continue;
        }
        let other = breakdown
            .rows
            .iter()
            .filter(|row| row.part.as_deref() == Some(OTHER));
        let other: i64 = other.map(|row| row.value).sum();
        let share = other as f64 / breakdown.total as f64;
        assert!(share <= MOST_OTHER, "{}: {share}", path.display());
    }
}

#[test]
fn the_role_comes_from_the_frames() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let check = |dump: &str, role: Role| {
        let profile = read(&root.join(format!("{dump}.pb.gz")));
        assert_eq!(
            breakdown_of(profile, "", Dimensions::ALL).role,
            role,
            "{dump}"
        );
    };
    check("v1.20/idle", Role::ApiServer);
    check("v1.34/idle", Role::ApiServer);
    check("v1.34/controller-secret-informer", Role::Client);
    check("other/etcd-range", Role::Etcd);
}

/// The shares of the largest places, by part, verb and kind.
fn places(breakdown: &Breakdown) -> BTreeMap<(String, String, String), i64> {
    let text = |text: &Option<String>| text.clone().expect("all dimensions");
    let rows = breakdown.rows.iter();
    let place =
        |row: &kheap::attribute::BreakdownRow| (text(&row.part), text(&row.verb), text(&row.kind));
    rows.map(|row| (place(row), row.value)).collect()
}

#[test]
fn the_largest_place_of_each_storm_is_its_cause() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let check = |dump: &str, part: &str, verb: &str, kind: &str, percent: f64| {
        let profile = read(&root.join(format!("{dump}.pb.gz")));
        let breakdown = breakdown_of(profile, "inuse_space", Dimensions::ALL);
        let place = (part.to_owned(), verb.to_owned(), kind.to_owned());
        let value = places(&breakdown).get(&place).copied().unwrap_or(0);
        let actual = 100.0 * value as f64 / breakdown.total as f64;
        assert!(
            (actual - percent).abs() < 1.0,
            "{dump} {part} {verb} {kind}: {actual} %"
        );
    };
    check(
        "v1.20/configmap-list-cache-json",
        "list-etcd",
        "LIST",
        "ConfigMap",
        54.0,
    );
    check(
        "v1.20/configmap-list-cache-json",
        "list-encode",
        "LIST",
        "unknown",
        41.1,
    );
    check(
        "v1.20/configmap-list-cache-json",
        "watch-cache-events",
        "internal",
        "ConfigMap",
        2.5,
    );
    check(
        "v1.20/configmap-list-json",
        "list-etcd",
        "LIST",
        "unknown",
        89.3,
    );
    check(
        "v1.20/watchers-6000",
        "watch-init",
        "WATCH",
        "ConfigMap",
        78.5,
    );
    check(
        "v1.20/restart-replace",
        "watch-cache-fill",
        "internal",
        "ConfigMap",
        45.3,
    );
    check(
        "v1.20/cr-12k-idle",
        "watch-cache-events",
        "internal",
        "custom resource",
        32.5,
    );
    check(
        "v1.34/configmap-list-cache-json",
        "list-encode",
        "LIST",
        "unknown",
        89.6,
    );
    check("v1.34/cr-10k-idle", "list-encode", "LIST", "unknown", 85.7);
    check(
        "v1.34/controller-secret-informer",
        "informer-list",
        "internal",
        "Secret",
        95.4,
    );
    check("other/etcd-range", "range", "internal", "unknown", 86.4);
}

#[test]
fn encoders_that_lost_their_handler_are_not_left_over() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let profile = read(&root.join("v1.20/cr-list-cache-json.pb.gz"));
    let breakdown = breakdown_of(profile, "inuse_space", Dimensions::ALL);
    let cut = breakdown.cut;
    assert_eq!(cut.left, 0);
    assert!(cut.inferred > 300_000_000, "{cut:?}");
}

/// The dump with every function name passed through `rename`.
fn renamed(path: &Path, rename: &dyn Fn(&str) -> String) -> Profile {
    let bytes = fs::read(path).expect("the dump is there");
    let mut inflated = Vec::new();
    let mut gzip = flate2::read::MultiGzDecoder::new(&bytes[..]);
    std::io::Read::read_to_end(&mut gzip, &mut inflated).expect("gzip");
    let mut message = proto::Profile::decode(&inflated[..]).expect("a message");
    let names: Vec<usize> = message.function.iter().map(|f| f.name as usize).collect();
    for index in names.into_iter().collect::<std::collections::BTreeSet<_>>() {
        let name = String::from_utf8_lossy(&message.string_table[index]).into_owned();
        message.string_table[index] = rename(&name).into_bytes();
    }
    kheap::decode(&message.encode_to_vec()).expect("still a profile")
}

#[test]
fn a_vendor_tree_changes_nothing() {
    let without = |name: &str| kheap::symbol::canonical(name).into_owned();
    let within = |prefix: &'static str| {
        move |name: &str| {
            let plain = kheap::symbol::canonical(name).into_owned();
            // Only packages with a domain are vendored.
            let domain = plain
                .split('/')
                .next()
                .is_some_and(|first| first.contains('.'));
            let own = plain.starts_with("k8s.io/kubernetes/");
            match domain && !own && plain.contains('/') {
                true => format!("{prefix}{plain}"),
                false => plain,
            }
        }
    };
    let kubernetes = within("k8s.io/kubernetes/vendor/");
    let other = within("example.com/fork/vendor/");
    for path in dumps() {
        let plain = breakdown_of(read(&path), "inuse_space", Dimensions::ALL);
        let spellings: [&dyn Fn(&str) -> String; 3] = [&without, &kubernetes, &other];
        for rename in spellings {
            let again = breakdown_of(renamed(&path, rename), "inuse_space", Dimensions::ALL);
            assert_eq!(again.role, plain.role, "{}", path.display());
            assert_eq!(places(&again), places(&plain), "{}", path.display());
        }
    }
}

/// What filters leave of a profile: whether its cut stacks are mended or not, the same
/// samples.
fn filtered(focus: Option<&str>) -> SelectionOptions {
    let focus = focus.map(|name| Pattern::new(name).expect("an expression"));
    SelectionOptions::default().filters(Filters::default().focus(focus))
}

#[test]
fn mending_changes_no_attribution() {
    for path in dumps() {
        let profile = read(&path);
        let Ok(sample_type) = profile.sample_type("inuse_space") else {
            continue;
        };
        for focus in [None, Some("encoding/json")] {
            let options = filtered(focus);
            let plain = Heap::new(Selection::new(&profile, sample_type, &options));
            let (mended, _) = Heap::mended(profile.clone(), sample_type, &options);
            assert_eq!(mended.values(), plain.values(), "{}", path.display());
            assert_eq!(
                mended.attribution(),
                plain.attribution(),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn an_encoder_without_callers_keeps_its_part_when_it_is_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let profile = read(&folder.join("v1.20/cr-list-cache-json.pb.gz"));
    let sample_type = profile.sample_type("inuse_space").expect("it is there");
    let (heap, mended) = Heap::mended(profile, sample_type, &SelectionOptions::default());
    // Some are below the function that stands for lost callers.
    assert!(mended.left > 0);
    let dimensions = Dimensions::NONE.part(true);
    let breakdown = breakdown(&heap, dimensions);
    let first = &breakdown.rows[0];
    let share = first.value as f64 / breakdown.total as f64;
    assert_eq!(first.part.as_deref(), Some("list-encode"));
    assert_eq!((share * 10_000.0).round(), 8013.0);
}

#[test]
fn places_of_a_mended_heap_are_of_its_samples() {
    let mut builder = kheap::ProfileBuilder::folded("main;load;runtime.mallocgc 64\nmain;serve 32")
        .expect("it is folded");
    let dropped = builder.string("runtime\\..*");
    builder.header().drop_frames = dropped;
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("it is there");
    let (heap, _) = Heap::mended(profile, sample_type, &SelectionOptions::default());
    let ids = heap.profile().samples().ids();
    assert_eq!(ids.filter_map(|id| heap.attribution().place(id)).count(), 2);
}
