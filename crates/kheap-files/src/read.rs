//! One file in, one profile or table out.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::bufread::MultiGzDecoder;
use kheap::{
    DecodeError, DecodeErrorKind, Limits, Opened, Profile, decode_reader, open_reader, table,
};
use kheap_evidence::unpack::unpack_around_gzip;
use kheap_report::Fingerprint;

use crate::beside::is_companion;
use crate::host::{Host, name};
use crate::refusal::{belongs_beside, not_opened, not_unpacked, refuse};

/// How much of a file shows a text from a dump, in bytes.
const HEAD_BYTES: u64 = 64 * 1024;

/// Reads one file.
///
/// # Errors
///
/// Where it is no profile.
pub fn read(host: &dyn Host, file: &Path, limits: &Limits) -> Result<Profile> {
    decode(host, host.open(file, limits)?, file, limits)
}

/// Reads the bytes of one file.
///
/// # Errors
///
/// Where they are no profile.
pub fn decode(
    host: &dyn Host,
    bytes: impl Read + Send,
    file: &Path,
    limits: &Limits,
) -> Result<Profile> {
    settle(
        host,
        decode_reader(unpacked(bytes, file, limits)?, limits),
        file,
    )
}

/// Reads of one file what a look at its default sample type needs. The file has to be one
/// that can be read once more.
///
/// # Errors
///
/// As for [`read`].
pub fn read_in_default_type(host: &dyn Host, file: &Path, limits: &Limits) -> Result<Profile> {
    let only = limits.clone().default_type_only(true);
    match decode_reader(unpacked(host.open(file, limits)?, file, limits)?, &only) {
        // Dropping a type changes what is shown by default.
        Ok(profile) if profile.has_repeated_sample_types() => read(host, file, limits),
        // What they count is not known, which is a warning.
        Ok(profile) if profile.header().fragment.is_some_and(|text| text.is_folded) => {
            settle(host, Ok(profile), file)
        }
        Ok(profile) => Ok(profile),
        Err(error) if matches!(error.kind, DecodeErrorKind::LateDefaultType) => {
            read(host, file, limits)
        }
        Err(error) => Err(refuse(host, file, &error)),
    }
}

/// Reads one file, and takes the fingerprint of the same bytes, so that nothing comes
/// between.
///
/// # Errors
///
/// As for [`read`].
pub fn load(
    host: &dyn Host,
    file: &Path,
    limits: &Limits,
) -> Result<(Fingerprint<Box<dyn Read + Send>>, Profile)> {
    let mut bytes = Fingerprint::new(host.open(file, limits)?);
    let decoded = decode_reader(unpacked(&mut bytes, file, limits)?, limits);
    let profile = settle(host, decoded, file)?;
    Ok((bytes, profile))
}

/// Reads a profile, in text form too, or a table that somebody pasted.
///
/// # Errors
///
/// Where it is neither.
pub fn read_dump_or_table(host: &dyn Host, file: &Path, limits: &Limits) -> Result<Opened> {
    let mut reader = unpacked(host.open(file, limits)?, file, limits)?;
    let mut head = Vec::new();
    let part = reader.by_ref().take(HEAD_BYTES);
    { part }
        .read_to_end(&mut head)
        .map_err(|error| not_unpacked(&name(file), &error))?;
    match open_reader(Cursor::new(&head[..]).chain(reader), limits) {
        Ok(Opened::Profile(profile)) => {
            let profile = settle(host, Ok(profile), file)?;
            Ok(Opened::Profile(profile))
        }
        // Lines of a log with a time or size in them look like rows of a table.
        Ok(_) if is_companion(host, file) => Err(belongs_beside(host, file)),
        Ok(opened) => Ok(opened),
        Err(error) => Err(not_opened(host, file, &head, error)),
    }
}

/// What is compressed other than by one layer of gzip, without that.
///
/// # Errors
///
/// Where it cannot be read or unpacked.
pub fn unpacked<'r>(
    reader: impl Read + Send + 'r,
    file: &Path,
    limits: &Limits,
) -> Result<Box<dyn Read + Send + 'r>> {
    let unpacked = unpack_around_gzip(reader, limits.inflated_bytes);
    unpacked.map_err(|error| not_unpacked(&name(file), &error))
}

/// The first bytes of a file, where it can be read once more.
pub(crate) fn head_of(host: &dyn Host, file: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let reader = host.head(file)?;
    { reader.take(HEAD_BYTES) }.read_to_end(&mut head).ok()?;
    Some(head)
}

/// Whether a file is a table that somebody pasted, gzipped or not; `false` where it cannot be read
/// once more.
pub fn is_table(host: &dyn Host, file: &Path) -> bool {
    let is_table = |head: Vec<u8>| table::looks_like_table(&inflated(&head));
    head_of(host, file).is_some_and(is_table)
}

/// Whether a file is folded stacks, which somebody made of a dump that may lie beside them.
pub(crate) fn is_folded(host: &dyn Host, file: &Path) -> bool {
    let is_folded = |head: Vec<u8>| kheap::decode::is_folded(&inflated(&head));
    head_of(host, file).is_some_and(is_folded)
}

/// The beginning of what is in a file that begins so, without its gzip.
pub(crate) fn inflated(head: &[u8]) -> Cow<'_, [u8]> {
    if !head.starts_with(&[0x1f, 0x8b]) {
        return head.into();
    }
    let mut text = Vec::new();
    // The head ends anywhere, and what came before that is enough.
    let _ = { MultiGzDecoder::new(head).take(HEAD_BYTES) }.read_to_end(&mut text);
    text.into()
}

/// Whether a file is a pointer of Git LFS in place of another one.
pub fn is_git_lfs_pointer(host: &dyn Host, file: &Path) -> bool {
    head_of(host, file).is_some_and(|head| kheap::decode::is_git_lfs_pointer(&head))
}

/// What was decoded, without sample types that leave open what they
/// count, as in pprof.
fn settle(host: &dyn Host, result: Result<Profile, DecodeError>, file: &Path) -> Result<Profile> {
    let mut profile = result.map_err(|error| refuse(host, file, &error))?;
    let name = name(file);
    let dropped = profile.drop_repeated_sample_types();
    let dropped = dropped.with_context(|| format!("cannot use {name}"))?;
    for kind in dropped {
        host.warn(&format!(
            "{name} has several sample types named {kind}; all of them are left out"
        ));
    }
    if let Some(fragment) = profile.header().fragment {
        let words = kheap_text::warning::fragment(&fragment);
        host.warn(&format!("{name}: {words}"));
    }
    Ok(profile)
}
