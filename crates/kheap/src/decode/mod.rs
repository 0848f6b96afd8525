//! Bytes in, a [`Profile`] out.
//!
//! The reader is our own: it fills the columns straight from the inflated bytes
//! as they come, and takes and refuses what Go takes and refuses. Gzip is undone
//! on a second thread meanwhile. Go's text form (`?debug=1`) is read too, and the stacks
//! that pprof's `traces` prints, be they pasted into something else. So are folded stacks,
//! profiles of OpenTelemetry, flame graphs of Pyroscope, and heaps of jemalloc that carry names.

mod budget;
mod error;
#[cfg(feature = "diagnose")]
mod flamebearer;
mod folded;
mod ids;
mod inflate;
mod jemalloc;
mod limits;
mod lines;
mod messages;
mod otlp;
mod paste;
mod record;
mod resolve;
mod sniff;
mod stream;
mod text;
mod text_stack;
mod traces;
mod wire;
mod written;

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Mutex;
use std::thread;

pub use error::{DecodeError, DecodeErrorKind};
pub use folded::is_folded;
pub(crate) use inflate::is_gzip;
pub use limits::Limits;
pub use record::{is_git_lfs_pointer, is_heap_text};
pub use sniff::{Lookalike, is_compressed, is_utf16};

use crate::profile::{Profile, SampleTypeId};
use budget::Budget;
use inflate::Inline;
use messages::Decoder;
use paste::Pasted;
use stream::{Bare, Input, Stream};

/// Decodes one profile from the bytes of a `.pb.gz` file, of a bare `.pb`, or of
/// the text that `?debug=1` gives; also OTLP, version 1.8 and newer, the flame graphs that
/// Pyroscope exports as JSON (feature `diagnose`), what `jeprof --raw` writes, and folded
/// stacks, whose values are taken for bytes in use.
///
/// Values stay as written: bytes for `*_space`, counts for `*_objects`, already
/// scaled up by the Go runtime; those of a text are scaled up here. Stacks are
/// leaf first, as in the file.
///
/// # Errors
///
/// [`DecodeError`] when the bytes are no such file, when a record refers
/// to a missing one, or when the profile exceeds the default [`Limits`].
///
/// # Example
///
/// ```
/// let error = kheap::decode(b"not a profile").unwrap_err();
/// assert_eq!(error.offset, 0);
/// ```
///
/// Source: `proto/profile.proto`; google/pprof `profile/profile.go`.
pub fn decode(bytes: &[u8]) -> Result<Profile, DecodeError> {
    decode_reader(bytes, &Limits::default())
}

/// Decodes one profile from a reader, gzipped or not, within the given limits.
///
/// Where the reader is gzipped, and no small file, it is read on another thread, if the
/// system gives one. That thread is waited for: after an error it still finishes what it
/// is reading at that moment, which may take as long as a slow reader makes it wait.
///
/// # Errors
///
/// As for [`decode`]; and [`DecodeErrorKind::Io`] when reading fails.
///
/// # Example
///
/// ```
/// let limits = kheap::Limits::default().inflated_bytes(16);
/// let error = kheap::decode_reader(&[0; 100][..], &limits).unwrap_err();
/// assert_eq!(error.kind.to_string(), "the profile is larger than the limit of 16 bytes");
/// ```
pub fn decode_reader(
    mut reader: impl Read + Send,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    decode_within(&mut reader, limits)
}

/// The same, compiled once for all readers.
fn decode_within(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Profile, DecodeError> {
    let (profile, kept_column) = decode_kept(reader, limits)?;
    let default = profile.sample_type("").map(SampleTypeId::index);
    match kept_column.is_none_or(|column| default == Ok(column)) {
        true => Ok(profile),
        false => Err(DecodeErrorKind::LateDefaultType.at(0)),
    }
}

/// How much is read ahead, in bytes. A gzip file that ends before is inflated without
/// another thread: to start and to wake one takes longer than it would save.
const LOOK_AHEAD: u64 = 128 * 1024;

/// The profile, and the column that decided which samples are in it.
type Decoded = (Profile, Option<usize>);

fn decode_kept(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Decoded, DecodeError> {
    let mut head = look_ahead(reader)?;
    if !inflate::is_gzip(&head) {
        return decode_stream(&mut Bare(Cursor::new(head).chain(reader)), limits);
    }
    inflate::clear_reserved_flags(&mut head);
    if (head.len() as u64) < LOOK_AHEAD {
        return decode_stream(&mut Inline::new(&head[..]), limits);
    }
    let reader = Cursor::new(head).chain(reader);
    if !limits.threads {
        return decode_stream(&mut Inline::new(BufReader::new(reader)), limits);
    }
    let reader = Mutex::new(Some(reader));
    let threaded = thread::scope(|scope| {
        let mut blocks = inflate::in_background(scope, &reader)?;
        io::Result::Ok(decode_stream(&mut blocks, limits))
    });
    threaded.unwrap_or_else(|error| match inflate::take(&reader) {
        Some(reader) => decode_stream(&mut Inline::new(BufReader::new(reader)), limits),
        None => Err(DecodeErrorKind::Io(error).at(0)),
    })
}

/// Reads the first bytes, which tell gzip from other files; all of a small one.
fn look_ahead(reader: &mut (dyn Read + Send)) -> Result<Vec<u8>, DecodeError> {
    let mut head = Vec::new();
    let result = reader.take(LOOK_AHEAD).read_to_end(&mut head);
    // A reader that inflates may come to damage within these bytes.
    result.map_err(|error| stream::read_error(error).at(head.len() as u64))?;
    match head.is_empty() {
        true => Err(DecodeErrorKind::Empty.at(0)),
        false => Ok(head),
    }
}

fn decode_stream(input: &mut dyn Input, limits: &Limits) -> Result<Decoded, DecodeError> {
    let mut stream = Stream::new(input, limits);
    let result = decode_any(&mut stream, limits);
    result.map_err(|error| {
        let lookalike = match error.kind.may_be_lookalike() {
            true => sniff::lookalike(stream.head()),
            false => None,
        };
        match lookalike {
            Some(lookalike) => DecodeErrorKind::Lookalike(lookalike).at(0),
            None => error,
        }
    })
}

/// Reads a text or protobuf, as it begins.
fn decode_any(stream: &mut Stream<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    if paste::may_be_text(stream.beginning()?) {
        stream.fill(paste::BEGINNING)?;
    }
    let (profile, kept_column) = match decode_other(stream, limits)? {
        Some(profile) => (profile, None),
        None => decode_pprof(stream, limits)?,
    };
    resolve::check_inlined_frames(&profile, stream.allowed_inlined_frames())
        .and_then(|()| written::check_names(&profile, stream.allowed_name_bytes()))
        .map_err(|kind| kind.at(stream.offset()))?;
    Ok((profile, kept_column))
}

/// Whether a file begins like what another tool than Go or pprof writes: a flame graph of
/// Pyroscope, a heap of jemalloc behind its names, or OTLP.
pub fn is_of_other_tool(head: &[u8]) -> bool {
    #[cfg(feature = "diagnose")]
    if flamebearer::is_flamebearer(head) {
        return true;
    }
    jemalloc::is_named(head) || otlp::is_otlp(head)
}

/// Reads what neither pprof nor Go writes, where it is that.
fn decode_other(stream: &mut Stream<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    if jemalloc::is_named(stream.unread()) {
        return jemalloc::decode_named(stream, limits).map(Some);
    }
    #[cfg(feature = "diagnose")]
    if flamebearer::is_flamebearer(stream.unread()) {
        return flamebearer::decode_flamebearer(stream).map(Some);
    }
    otlp::decode_otlp(stream, limits)
}

fn decode_pprof(stream: &mut Stream<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    Ok(match Pasted::of(stream.unread()) {
        Some(Pasted::HeapText) => (text::decode_text(stream, limits)?, None),
        Some(Pasted::Records) => (text::decode_pasted(stream, limits)?, None),
        Some(Pasted::Traces) => (traces::decode_traces(stream, limits)?, None),
        None if is_folded(stream.unread()) => (folded::decode_folded(stream, limits)?, None),
        None => decode_fields(stream, limits)?,
    })
}

fn decode_fields(stream: &mut Stream<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::new(limits);
    let mut budget = Budget::new(limits);
    while let Some(field) = stream.field()? {
        decoder.profile_field(&field)?;
        budget.spend(stream, decoder.table_bytes(), "fields, for so small a file")?;
    }
    if stream.offset() == 0 {
        return Err(DecodeErrorKind::Empty.at(0));
    }
    let kept_column = decoder.kept_column;
    Ok((decoder.finish(stream.offset())?, kept_column))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A field with these bytes as content.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut length = content.len();
        let mut bytes = vec![number << 3 | 2];
        while length >= 0x80 {
            bytes.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(content);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    fn error(bytes: &[u8], limits: &Limits) -> (u64, String) {
        let error = decode_reader(bytes, limits).unwrap_err();
        (error.offset, error.kind.to_string())
    }

    #[test]
    fn tables_take_what_the_size_of_the_file_justifies() {
        let limits = Limits {
            table_bytes: 1 << 20,
            ..Limits::default()
        };
        // A sample without a stack: 6 bytes, and 16 in memory.
        let bytes: Vec<u8> = field(6, b"")
            .into_iter()
            .chain(field(1, b""))
            .chain(field(2, &[0x10, 5]).repeat(1_000_000))
            .collect();
        assert!(decode_reader(&bytes[..], &limits).is_ok());
        let (offset, message) = error(&gzip(&bytes), &limits);
        assert!(offset < 1 << 20, "{offset}");
        assert!(message.contains("bytes of memory, too many for so small a file"));
        let unlimited = Limits {
            table_bytes: u64::MAX,
            ..limits
        };
        assert!(decode_reader(&gzip(&bytes)[..], &unlimited).is_ok());
    }

    #[test]
    fn fields_that_say_nothing_are_as_many_as_the_file_justifies() {
        let limits = Limits {
            fields: 1000,
            ..Limits::default()
        };
        let start = [field(1, b""), field(6, b""), field(6, b"a")].concat();
        // Every other byte is 0, as in text of UTF-16, which this is not.
        let bytes = [&start[..], &field(11, b"").repeat(1_000_000)].concat();
        assert!(decode_reader(&bytes[..], &limits).is_ok());
        let (offset, message) = error(&gzip(&bytes), &limits);
        assert!(offset < 1 << 20, "{offset}");
        assert!(
            message.ends_with("fields, for so small a file"),
            "{message}"
        );
    }

    #[test]
    fn lines_that_say_nothing_are_as_many_as_the_file_justifies() {
        let limits = Limits {
            fields: 1000,
            ..Limits::default()
        };
        let start = b"heap profile: 1: 16 [1: 16] @ heap/1048576\n1: 16 [1: 16] @ 0x1\n";
        let text = [&start[..], &b"# x\n".repeat(1_000_000), b"\n"].concat();
        assert!(decode_reader(&text[..], &limits).is_ok());
        let (offset, message) = error(&gzip(&text), &limits);
        assert!(offset < 1 << 20, "{offset}");
        assert!(message.ends_with("lines, for so small a file"), "{message}");
    }

    #[test]
    fn stacks_of_many_inlined_calls_are_as_many_as_the_file_justifies() {
        let line = field(4, &[8, 1]);
        let location = field(4, &[&[8, 1][..], &line.repeat(1000)].concat());
        let sample = |depth| field(2, &[field(1, &vec![1; depth]), vec![0x10, 5]].concat());
        let end = [field(5, &[8, 1]), field(1, b""), field(6, b"")].concat();
        let file = |depth| [&sample(depth)[..], &location, &end].concat();
        assert!(decode(&file(1000)).is_ok());
        let bytes = file(2000);
        let limit = (1 << 20) + 2 * bytes.len();
        let expected = format!("more than {limit} frames of inlined calls");
        assert_eq!(error(&bytes, &Limits::default()).1, expected);
    }

    /// Two sample types, one sample with a value in the first only, one in both;
    /// the default is named before or after them.
    fn two_types(default: &[u8], is_first: bool) -> Vec<u8> {
        let types = [field(1, &[8, 1]), field(1, &[8, 2])].concat();
        let samples = [field(2, &[0x10, 5, 0x10, 0]), field(2, &[0x10, 7, 0x10, 9])].concat();
        let strings = [field(6, b""), field(6, b"a"), field(6, b"b")].concat();
        let rest = match is_first {
            true => [default, &samples].concat(),
            false => [&samples[..], default].concat(),
        };
        [types, rest, strings].concat()
    }

    #[test]
    fn samples_without_a_value_in_the_default_type_are_left_out() {
        let read = |bytes: &[u8]| {
            let limits = Limits::default().default_type_only(true);
            match decode_reader(bytes, &limits) {
                Ok(profile) => Some(profile.values(profile.sample_type("").unwrap()).to_vec()),
                Err(error) => {
                    assert!(matches!(error.kind, DecodeErrorKind::LateDefaultType));
                    None
                }
            }
        };
        const FIRST: &[u8] = &[14 << 3, 1];
        const LAST: &[u8] = &[14 << 3, 2];
        assert_eq!(read(&two_types(b"", true)), Some(vec![9]));
        assert_eq!(read(&two_types(LAST, true)), Some(vec![9]));
        assert_eq!(read(&two_types(FIRST, true)), Some(vec![5, 7]));
        assert_eq!(read(&two_types(LAST, false)), Some(vec![9]));
        // The samples that are gone may have had values.
        assert_eq!(read(&two_types(FIRST, false)), None);
    }

    #[test]
    fn a_sample_that_is_left_out_is_checked() {
        let limits = Limits::default();
        let start = [field(1, b""), field(1, b""), field(6, b"")].concat();
        for sample in [
            &[0x10, 0][..],
            &[0x08, 1, 0x10, 5, 0x10, 0],
            &[0x10, 5, 0x10],
        ] {
            let bytes = [&start[..], &field(2, sample)].concat();
            let whole = decode_reader(&bytes[..], &limits).unwrap_err();
            let only = limits.clone().default_type_only(true);
            let kept = decode_reader(&bytes[..], &only).unwrap_err();
            assert_eq!(kept.to_string(), whole.to_string());
        }
    }

    #[test]
    fn every_sample_type_is_a_column_so_that_there_may_not_be_many() {
        let limits = Limits::default();
        let values = field(2, &field(2, &[1; 5000]));
        let expected = "more than 4096 sample types".to_owned();
        assert_eq!(error(&values, &limits), (3, expected.clone()));
        let types = field(1, b"").repeat(5000);
        assert_eq!(error(&types, &limits), (2 * 4096, expected));
    }

    #[test]
    fn after_a_duplicate_id_only_a_second_time_is_looked_for() {
        let (mapping, time) = (field(3, &[8, 1]), [9 << 3, 1]);
        // Broken inside, which nobody sees any more.
        let broken = field(2, &[0xff]);
        let start = [field(6, b""), mapping.clone(), mapping].concat();
        let bytes = [&start[..], &broken, &time].concat();
        let duplicate = (8, "two mappings have the id 1".to_owned());
        assert_eq!(error(&bytes, &Limits::default()), duplicate);
        let bytes = [&start[..], &time, &broken, &time].concat();
        let concatenated = "two profiles follow each other in this file";
        assert_eq!(error(&bytes, &Limits::default()).1, concatenated);
    }

    #[test]
    fn a_negative_string_is_shown_with_the_number_of_strings() {
        let minus_one = [&[0x08][..], &[0xff; 9], &[1]].concat();
        let bytes = [field(1, &minus_one), field(6, b""), field(6, b"a")].concat();
        let expected = "ValueType refers to string -1, and the file has 2".to_owned();
        assert_eq!(error(&bytes, &Limits::default()), (2, expected));
    }

    #[test]
    fn a_long_record_is_too_large_where_it_is_there_and_cut_off_where_it_is_not() {
        let limits = Limits {
            inflated_bytes: 100_000,
            ..Limits::default()
        };
        let record = field(6, &[0; 300_000]);
        let too_large = "the profile is larger than the limit of 100000 bytes".to_owned();
        assert_eq!(error(&record, &limits), (100_000, too_large));
        let cut_off = "the data ends inside a field".to_owned();
        assert_eq!(error(&record[..50_000], &limits), (0, cut_off.clone()));
        // Longer than any record: garbage from 2 GiB on.
        let length =
            |bytes: &[u8]| error(&[&[6 << 3 | 2][..], bytes, b"\x01\xff"].concat(), &limits);
        let too_long = "a record of 268435462 bytes exceeds the limit of 16777216".to_owned();
        assert_eq!(length(&[0x80, 0x80, 0x80, 0x80, 1]), (0, too_long));
        assert_eq!(length(&[0x80, 0x80, 0x80, 0x80, 0x7f]), (0, cut_off));
    }
}
