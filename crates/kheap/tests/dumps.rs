//! Real dumps, read by us and by prost, written and read again.

#![cfg(feature = "encode")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use kheap::{GraphOptions, Limits, Selection, SelectionOptions, decode_reader};

#[test]
fn real_dumps_read_like_prost_reads_them_and_survive_writing() {
    let dumps = dumps(&testdata().join("dumps"));
    assert!(dumps.len() >= 25, "only {} dumps", dumps.len());
    for path in dumps {
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
    }
}

fn check(file: &[u8]) {
    let mut inflated = Vec::new();
    let mut gzip = flate2::bufread::MultiGzDecoder::new(file);
    gzip.read_to_end(&mut inflated).expect("a gzip file");
    let bare = common::check_against_prost(&inflated).expect("a valid profile");
    assert!(!bare.samples().is_empty());
    assert!(kheap::decode(file).is_ok_and(|profile| profile == bare));
    let written = common::encode(&bare);
    assert!(kheap::decode(&written).is_ok_and(|profile| profile == bare));
}

/// Flat and cum bytes in use by function, and allocated ones.
fn by_function(file: &str, sample_type: &str) -> BTreeMap<String, [i64; 2]> {
    let bytes = fs::read(testdata().join("dumps/v1.20").join(file)).expect("a dump");
    let profile = kheap::decode(&bytes).expect("a profile");
    let sample_type = profile.sample_type(sample_type).expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let top = kheap::top(&selection, &GraphOptions::default().untrimmed());
    let rows = top.rows.into_iter();
    rows.map(|row| (row.name, [row.flat, row.cum])).collect()
}

#[test]
fn the_text_form_of_a_moment_has_the_functions_and_bytes_of_the_protobuf_form() {
    let missing_in_main = [
        ("inuse_space", 524_432),
        ("inuse_objects", 1820),
        ("alloc_space", 16_189_560),
        ("alloc_objects", 63_915),
    ];
    for (sample_type, missing) in missing_in_main {
        let mut text = by_function("series-configmaps-10.debug1.txt.gz", sample_type);
        let protobuf = by_function("series-configmaps/10.pb.gz", sample_type);
        assert!(text.len() > 300, "{sample_type}: {}", text.len());
        // Of what was cut at 32 addresses, the last one is a call inlined into
        // main.main: protobuf expands it, the text does not mention main.main.
        let main = "main.main".to_owned();
        let [flat, cum] = protobuf[&main];
        let [text_flat, text_cum] = text[&main];
        assert_eq!(text_flat, flat);
        assert_eq!(cum - text_cum, missing, "{sample_type}");
        text.insert(main, [flat, cum]);
        // Otherwise the largest difference is none: we scale as Go's writer does.
        assert_eq!(text, protobuf, "{sample_type}");
    }
}

#[test]
fn a_real_profile_takes_half_of_what_its_size_justifies() {
    // Without the allowance that lets every small file pass.
    let limits = Limits::default().table_bytes(128 << 10);
    let dump = fs::read(testdata().join("dumps/v1.20/cr-list-cache-json.pb.gz")).expect("a dump");
    assert!(decode_reader(&dump[..], &limits).is_ok());
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// All `.pb.gz` below a folder, sorted.
fn dumps(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("testdata is part of the checkout") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(dumps(&path));
        } else if path.to_string_lossy().ends_with(".pb.gz") {
            found.push(path);
        }
    }
    found.sort();
    found
}
