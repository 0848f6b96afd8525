//! Bytes of profiles, gzipped or not.

use std::io::{Read, Write};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use kheap::{Limits, Profile};
use prost::Message;

use crate::common::{check_against_prost, encode, proto};

/// Longer than anything that a fuzzer makes, and short enough for many runs.
static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    Limits::default()
        .fields(1 << 20)
        .inflated_bytes(1 << 20)
        .record_bytes(1 << 18)
        .sample_types(64)
        .table_bytes(8 << 20)
        .inlined_frames(1 << 16)
        .name_bytes(1 << 30)
});

/// What is read is written and read as the same; and where prost writes down what
/// it has understood, both readers say the same of that.
pub fn decode(bytes: &[u8]) {
    if let Ok(mut profile) = kheap::decode_reader(bytes, &LIMITS) {
        let header = profile.header();
        if header.mem_stats.is_some() || header.mem_stats_fault.is_some() {
            // What only the text form has is not written.
            profile = reread(&profile);
        }
        assert_eq!(reread(&profile), profile);
    }
    if let Ok(message) = proto::Profile::decode(bytes) {
        let written = message.encode_to_vec();
        // Few sample types and short records are limits that prost does not have.
        if !written.is_empty() && written.len() < 1 << 16 && message.sample_type.len() < 64 {
            check_against_prost(&written);
        }
    }
}

/// A gzip file says what its content says, in however many members.
pub fn gzip(bytes: &[u8]) {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let decoded = kheap::decode_reader(bytes, &LIMITS);
        let mut inflated = Vec::new();
        let mut reader = MultiGzDecoder::new(bytes).take(LIMITS.inflated_bytes + 1);
        match (decoded, reader.read_to_end(&mut inflated)) {
            (Ok(profile), Ok(_)) => assert_eq!(Some(profile), bare(&inflated)),
            (Ok(_), Err(error)) => panic!("read, but flate2 says {error}"),
            (Err(_), _) => {}
        }
        return;
    }
    let Some((&cut, content)) = bytes.split_first() else {
        return;
    };
    let (first, second) = content.split_at(usize::from(cut).min(content.len()));
    let members = [member(first), member(second)].concat();
    let decoded = kheap::decode_reader(&members[..], &LIMITS).ok();
    assert_eq!(decoded, bare(content));
}

/// Go's text form, with its first line or without: what is read is written and
/// read as the same samples. The statistics are not written.
pub fn heap_text(bytes: &[u8]) {
    const FIRST: &[u8] = b"heap profile: 9: 9 [9: 9] @ heap/1048576\n";
    for text in [bytes, &[FIRST, bytes].concat()] {
        if let Ok(profile) = kheap::decode_reader(text, &LIMITS) {
            let read = reread(&profile);
            assert_eq!(read.samples(), profile.samples());
            assert_eq!(read.functions(), profile.functions());
        }
    }
}

/// OTLP, which begins with a process: refused, or read and written as the same.
pub fn otlp(bytes: &[u8]) {
    const PROCESS: &[u8] = b"\x0a\x02\x12\0";
    for file in [bytes, &[PROCESS, bytes].concat()] {
        other(file);
    }
}

/// Files of other tools: refused, or read and written as the same.
pub fn other(bytes: &[u8]) {
    if let Ok(profile) = kheap::decode_reader(bytes, &LIMITS) {
        let read = reread(&profile);
        assert_eq!(read.samples(), profile.samples());
        assert_eq!(read.functions(), profile.functions());
        assert_eq!(read.locations(), profile.locations());
    }
}

/// What bytes say that are no gzip, even where they look like it.
fn bare(bytes: &[u8]) -> Option<Profile> {
    // Gzip in gzip is not undone twice.
    let decoded = || kheap::decode_reader(bytes, &LIMITS).ok();
    (!bytes.starts_with(&[0x1f, 0x8b])).then(decoded).flatten()
}

fn member(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

fn reread(profile: &Profile) -> Profile {
    kheap::decode(&encode(profile)).expect("what we write we read")
}
