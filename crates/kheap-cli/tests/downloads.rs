//! Files that other tools save: downloads of Pyroscope and Parca, heaps of jemalloc with
//! names, OTLP. They are opened like dumps.

mod common;

use std::fs;
use std::path::Path;

use common::{Run, kheap, project};
use kheap::profile::{Mapping, ProfileBuilder};

/// What a download has, apart from its stacks.
struct Download {
    sample_type: (&'static str, &'static str),
    /// Whether it names its only sample type as the default.
    has_default: bool,
    has_mapping: bool,
    period: i64,
    duration_nanos: i64,
    time_nanos: i64,
    labels: &'static [(&'static str, &'static str)],
}

/// `profilecli query merge --output pprof=FILE`, and "Export as pprof" of the page.
const PYROSCOPE: Download = Download {
    sample_type: ("inuse_space", "bytes"),
    has_default: true,
    has_mapping: true,
    period: 524_288,
    duration_nanos: 300_000_000_000,
    time_nanos: 1_764_500_000_000_000_000,
    labels: &[],
};

/// "Download pprof" of Parca.
const PARCA: Download = Download {
    has_default: false,
    has_mapping: false,
    period: 0,
    labels: &[("namespace", "shop"), ("pod", "cart-0")],
    ..PYROSCOPE
};

/// Informers of a client of Kubernetes, 96 MB, and a stack without names.
fn write(folder: &Path, download: &Download) -> String {
    let mut builder = ProfileBuilder::new();
    let (kind, unit) = download.sample_type;
    builder.sample_type(kind, unit);
    if download.has_default {
        builder.default_sample_type(kind);
    }
    let mapping = download.has_mapping.then(|| {
        let filename = builder.string("/app/controller");
        builder.mapping(Mapping {
            filename,
            has_functions: true,
            ..Mapping::default()
        })
    });
    let period_type = builder.value_type("space", "bytes");
    let header = builder.header();
    header.period_type = period_type;
    header.period = download.period;
    header.duration_nanos = download.duration_nanos;
    header.time_nanos = download.time_nanos;
    let names = [
        "k8s.io/api/core/v1.(*Secret).Unmarshal",
        "k8s.io/apimachinery/pkg/runtime.WithoutVersionDecoder.Decode",
        "k8s.io/client-go/tools/cache.(*Reflector).list.func1",
        "k8s.io/client-go/tools/pager.(*ListPager).List",
    ];
    let stack: Vec<_> = names
        .iter()
        .zip(1..)
        .map(|(name, address)| {
            let function = builder.function(name, "");
            builder.location(mapping, address, &[(function, 0)])
        })
        .collect();
    let labels: Vec<_> = (download.labels.iter())
        .map(|(key, text)| builder.text_label(key, text))
        .collect();
    builder
        .sample(&stack, &[96 << 20], &labels)
        .expect("it fits");
    let unnamed = [builder.location(mapping, 0x4242, &[])];
    builder.sample(&unnamed, &[1 << 20], &[]).expect("it fits");
    let mut file = Vec::new();
    kheap::encode(&builder.finish(), &mut file).expect("memory takes it");
    let path = folder.join("download.pb.gz");
    fs::write(&path, file).expect("there is room");
    path.display().to_string()
}

fn check_ok(args: &[&str]) -> Run {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run
}

#[test]
fn a_download_with_one_sample_type_is_a_heap() {
    for download in [PYROSCOPE, PARCA] {
        let folder = tempfile::tempdir().expect("there is room");
        let file = write(folder.path(), &download);
        let info = check_ok(&["info", &file]).stdout;
        assert!(info.contains("inuse_space"), "{info}");
        let top = check_ok(&["top", &file]).stdout;
        assert!(top.contains("96MB 98.97%"), "{top}");
        let diagnosis = check_ok(&["diagnose", &file]).stdout;
        assert!(diagnosis.contains("Secret"), "{diagnosis}");
        // It covers five minutes, and says what is in use, not what changed.
        for text in [&info, &diagnosis] {
            assert!(!text.contains("delta"), "{text}");
            assert!(!text.contains("what changed"), "{text}");
        }
        for command in ["breakdown", "sizes", "tags", "traces", "tree", "flame"] {
            check_ok(&[command, "--format", "json", &file]);
        }
    }
}

#[test]
fn what_was_allocated_meanwhile_is_no_level() {
    let folder = tempfile::tempdir().expect("there is room");
    let allocated = Download {
        sample_type: ("alloc_space", "bytes"),
        ..PYROSCOPE
    };
    let file = write(folder.path(), &allocated);
    let json = check_ok(&["diagnose", "--format", "json", &file]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["sample_type"], "alloc_space");
    assert_eq!(json["healthy"], false);
    assert_eq!(json["findings"], serde_json::json!([]));
}

/// The rows of `top` by flat: name, flat, cum.
fn rows(file: &str) -> Vec<(String, i64, i64)> {
    let json = check_ok(&["top", "--no-trim", "--format", "json", file]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let rows = json["rows"].as_array().expect("rows").iter();
    let number = |row: &serde_json::Value, key: &str| row[key].as_i64().expect("a number");
    rows.map(|row| {
        let name = row["name"].as_str().expect("a name").to_owned();
        (name, number(row, "flat"), number(row, "cum"))
    })
    .collect()
}

#[track_caller]
fn check_rows(file: &str, expected: &[(&str, i64, i64)]) {
    let rows = rows(file);
    let rows: Vec<(&str, i64, i64)> = (rows.iter())
        .map(|(name, flat, cum)| (name.as_str(), *flat, *cum))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn a_flame_graph_of_pyroscope_has_its_stacks() {
    let file = "testdata/other/pyroscope-flamegraph.json";
    check_rows(
        file,
        &[
            ("bytes.growSlice", 1_572_864, 1_572_864),
            ("encoding/json.Marshal", 524_288, 2_097_152),
            ("main.serve", 524_288, 2_621_440),
            ("other", 524_288, 524_288),
            ("main.main", 0, 3_145_728),
        ],
    );
    check_ok(&["info", file]);
    check_ok(&["diagnose", file]);
}

/// The figures are those that `jeprof --show_bytes --text` prints for the file.
#[test]
fn a_heap_of_jemalloc_with_names_has_the_figures_of_jeprof() {
    let file = "testdata/other/jemalloc-named.heap";
    check_rows(
        file,
        &[
            (
                "<alloc::raw_vec::RawVec<T>>::grow_one",
                14_183_301,
                14_183_301,
            ),
            ("store::log::Writer::new", 524_800, 524_800),
            ("store::cache::Cache::insert", 0, 14_183_301),
            ("store::cache::Shard::push", 0, 14_183_301),
            ("store::main", 0, 14_708_101),
        ],
    );
    let info = check_ok(&["info", file]).stdout;
    assert!(info.contains("store"), "{info}");
    check_ok(&["diagnose", file]);
}

/// One profile of pprof, as jemalloc_pprof writes it: of Rust, with one sample type.
#[test]
fn a_profile_of_jemalloc_pprof_is_a_heap_of_rust() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let period_type = builder.value_type("space", "bytes");
    builder.header().period_type = period_type;
    builder.header().period = 524_288;
    let filename = builder.string("/usr/local/bin/store");
    let build_id = builder.string("e59eaae7");
    let mapping = builder.mapping(Mapping {
        start: 0x1000,
        limit: 0x9000,
        filename,
        build_id,
        ..Mapping::default()
    });
    let names = [
        (
            "alloc::raw_vec::finish_grow",
            "/rustc/1/library/alloc/src/raw_vec.rs",
        ),
        ("store::cache::Cache::insert", "/src/store/src/cache.rs"),
    ];
    let stack: Vec<_> = names
        .iter()
        .zip(1..)
        .map(|((name, file), at)| {
            let function = builder.function(name, file);
            builder.location(Some(mapping), 0x1000 * at, &[(function, 7)])
        })
        .collect();
    builder.sample(&stack, &[64 << 20], &[]).expect("it fits");
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("memory takes it");
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("heap.pb.gz").display().to_string();
    fs::write(&file, bytes).expect("there is room");
    check_rows(
        &file,
        &[
            ("alloc::raw_vec::finish_grow", 64 << 20, 64 << 20),
            ("store::cache::Cache::insert", 0, 64 << 20),
        ],
    );
    let info = check_ok(&["info", &file]).stdout;
    assert!(info.contains("Rust"), "{info}");
    check_ok(&["diagnose", &file]);
}

#[test]
fn files_of_other_tools_may_be_compressed() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("there is room");
    for name in ["pyroscope-flamegraph.json", "jemalloc-named.heap"] {
        let plain = project().join("testdata/other").join(name);
        let bytes = fs::read(&plain).expect("it can be read");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes).expect("memory takes it");
        let file = folder.path().join(name).display().to_string();
        fs::write(&file, gzip.finish().expect("memory takes it")).expect("there is room");
        assert_eq!(rows(&file), rows(&plain.display().to_string()));
    }
}
