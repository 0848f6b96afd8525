//! Real dumps, read by us and by prost, written and read again.

mod common;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

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
