//! Bytes in, a [`Profile`] out.
//!
//! The reader is our own: it fills the columns straight from the inflated bytes
//! as they come, and takes and refuses what Go takes and refuses. Gzip is undone
//! on a second thread meanwhile.

mod error;
mod ids;
mod inflate;
mod messages;
mod sniff;
mod stream;
mod wire;

use std::io::{Cursor, Read};
use std::thread;

pub use error::{DecodeError, DecodeErrorKind};
pub use sniff::Lookalike;

use crate::profile::Profile;
use messages::Decoder;
use stream::Stream;

/// How large a profile may be. Every size that input controls has a limit here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the inflated profile, in bytes. 3 MB of gzip can inflate to 3 GiB.
    pub inflated_bytes: u64,
    /// Size of one record, such as a sample or a string, in bytes: it is held in
    /// memory whole. A stack of a million frames takes less than 10 MB.
    pub record_bytes: u64,
    /// Frames in all stacks together: they take four bytes each in memory, but
    /// may take only one in the file.
    pub frames: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inflated_bytes: 1 << 30,
            record_bytes: 64 << 20,
            frames: 256 << 20,
        }
    }
}

/// Decodes one profile from the bytes of a `.pb.gz` file, or of a bare `.pb`.
///
/// Values stay as written: bytes for `*_space`, counts for `*_objects`, already
/// scaled up by the Go runtime. Stacks are leaf first, as in the file.
///
/// # Errors
///
/// [`DecodeError`] when the bytes are not gzip or protobuf, when a record refers
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
/// The reader is read to its end on another thread where it is gzipped.
///
/// # Errors
///
/// As for [`decode`]; and [`DecodeErrorKind::Io`] when reading fails.
///
/// # Example
///
/// ```
/// let limits = kheap::Limits { inflated_bytes: 16, ..Default::default() };
/// let error = kheap::decode_reader(&[0; 100][..], &limits).unwrap_err();
/// assert_eq!(error.kind.to_string(), "the profile is larger than the limit of 16 bytes; \
///     raise --max-inflated-size if it is meant to be");
/// ```
pub fn decode_reader(reader: impl Read + Send, limits: &Limits) -> Result<Profile, DecodeError> {
    let (head, reader) = look_ahead(reader)?;
    if !inflate::is_gzip(&head) {
        return decode_stream(reader, limits);
    }
    thread::scope(|scope| decode_stream(inflate::in_background(scope, reader), limits))
}

/// Reads the first two bytes, which tell gzip from other files.
fn look_ahead<R: Read>(mut reader: R) -> Result<(Vec<u8>, impl Read + use<R>), DecodeError> {
    let mut head = Vec::new();
    let result = reader.by_ref().take(2).read_to_end(&mut head);
    result.map_err(|error| DecodeErrorKind::Io(error).at(0))?;
    if head.is_empty() {
        return Err(DecodeErrorKind::Empty.at(0));
    }
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

fn decode_stream(reader: impl Read, limits: &Limits) -> Result<Profile, DecodeError> {
    let mut stream = Stream::new(reader, limits);
    let result = decode_fields(&mut stream, limits);
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

fn decode_fields<R: Read>(
    stream: &mut Stream<'_, R>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut decoder = Decoder::new(limits);
    while let Some(field) = stream.field()? {
        decoder.profile_field(&field)?;
    }
    if stream.offset() == 0 {
        return Err(DecodeErrorKind::Empty.at(0));
    }
    decoder.finish(stream.offset())
}
