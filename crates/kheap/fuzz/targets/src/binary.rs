//! Bytes of profiles, gzipped or not.

use std::io::{Read, Write};
use std::sync::LazyLock;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use kheap::decode::DecodeErrorKind;
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
        .name_bytes(1 << 20)
});

/// What only the size of a file justifies, so that each limit is reached.
static STRICT: LazyLock<Limits> = LazyLock::new(|| {
    LIMITS
        .clone()
        .fields(0)
        .record_bytes(1 << 10)
        .sample_types(4)
        .table_bytes(0)
        .inlined_frames(0)
        .name_bytes(0)
});

/// What is read is written and read as the same; and where prost writes down what
/// it has understood, both readers say the same of that.
pub fn decode(bytes: &[u8]) {
    let decoded = read(bytes);
    default_type_only(bytes, decoded.as_ref());
    if let Ok(profile) = kheap::decode_reader(bytes, &STRICT) {
        assert_eq!(Some(&profile), decoded.as_ref());
    }
    if let Some(mut profile) = decoded {
        let header = profile.header();
        let is_text = header.mem_stats.is_some() || header.mem_stats_fault.is_some();
        if is_text || header.fragment.is_some() {
            // What only texts have is not written.
            profile = reread(&profile);
        }
        assert_eq!(reread(&profile), profile);
    }
    if let Ok(message) = proto::Profile::decode(bytes) {
        let written = message.encode_to_vec();
        // Few sample types and short records are limits that prost does not have.
        let is_small = written.len() < 1 << 16 && message.sample_type.len() < 64;
        if !written.is_empty() && is_small && !is_over_limits(&written) {
            check_against_prost(&written);
        }
    }
}

/// Whether a profile is refused for what it repeats, which prost does not mind.
fn is_over_limits(bytes: &[u8]) -> bool {
    use DecodeErrorKind::{NamesTooLong, TablesTooLarge, TooMany};
    let error = kheap::decode(bytes).err().map(|error| error.kind);
    matches!(
        error,
        Some(TooMany { .. } | NamesTooLong { .. } | TablesTooLarge { .. })
    )
}

/// Without samples that have no value in the default type, nothing else is missing.
fn default_type_only(bytes: &[u8], whole: Option<&Profile>) {
    let limits = LIMITS.clone().default_type_only(true);
    match (kheap::decode_reader(bytes, &limits), whole) {
        (Ok(part), Some(whole)) => assert_eq!(defaults(&part), defaults(whole)),
        (Err(error), Some(_)) => {
            assert!(matches!(error.kind, DecodeErrorKind::LateDefaultType));
        }
        (Ok(_), None) => panic!("a part of what is refused is read"),
        (Err(_), None) => {}
    }
}

/// The values of the default type that are something.
fn defaults(profile: &Profile) -> Vec<i64> {
    let Ok(default) = profile.sample_type("") else {
        return Vec::new();
    };
    let values = profile.values(default).iter();
    values.copied().filter(|&value| value != 0).collect()
}

/// What bytes say. Where they are refused, one line says why.
fn read(bytes: &[u8]) -> Option<Profile> {
    let decoded = kheap::decode_reader(bytes, &LIMITS);
    if let Err(error) = &decoded {
        let _ = error.kind.is_damage();
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    decoded.ok()
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
    assert_eq!(read(&members), bare(content));
    // What is large is inflated on a thread of its own.
    assert_eq!(read(&[&PADDING[..], &members].concat()), bare(content));
}

/// Members without content, with names that take more than is read ahead.
static PADDING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const NAME_BYTES: usize = 60_000;
    let named = GzBuilder::new().filename(vec![b'n'; NAME_BYTES]);
    let member = named.write(Vec::new(), Compression::fast());
    member.finish().expect("memory takes it").repeat(3)
});

/// Go's text form, with its first line or without: what is read is written and
/// read as the same samples. The statistics are not written.
pub fn heap_text(bytes: &[u8]) {
    const FIRST: &[u8] = b"heap profile: 9: 9 [9: 9] @ heap/1048576\n";
    for text in [bytes, &[FIRST, bytes].concat()] {
        if let Some(profile) = read(text) {
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
    if let Some(profile) = read(bytes) {
        let read = reread(&profile);
        assert_eq!(read.samples(), profile.samples());
        assert_eq!(read.functions(), profile.functions());
        assert_eq!(read.locations(), profile.locations());
    }
}

/// What bytes say that are no gzip, even where they look like it.
fn bare(bytes: &[u8]) -> Option<Profile> {
    // Gzip in gzip is not undone twice.
    (!bytes.starts_with(&[0x1f, 0x8b]))
        .then(|| read(bytes))
        .flatten()
}

fn member(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

fn reread(profile: &Profile) -> Profile {
    kheap::decode(&encode(profile)).expect("what we write we read")
}
