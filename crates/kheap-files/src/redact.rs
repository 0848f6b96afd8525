//! Files that are to be redacted, and their copies.

use std::io::{BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use anyhow::{Result, anyhow};
use flate2::Compression;
use flate2::bufread::GzEncoder;
use kheap::decode::Lookalike;
use kheap::{DecodeErrorKind, Limits};
use kheap_evidence::unpack::{is_packed, unpack_around_gzip};
use kheap_export::{RedactError, Redacted};

use crate::host::{Host, name};
use crate::refusal::not_unpacked;

/// Opens a file without what it is compressed in, but for one layer of gzip.
///
/// # Errors
///
/// Where it cannot be read.
pub fn unpacked(host: &dyn Host, file: &Path, limits: &Limits) -> Result<Box<dyn Read + Send>> {
    const MAGIC_BYTES: u64 = 6;
    let cannot_read = |error| not_unpacked(&name(file), &error);
    let mut reader = host.open(file, limits)?;
    let mut head = Vec::new();
    let begin = |reader: &mut dyn Read, head: &mut Vec<u8>| {
        reader
            .take(MAGIC_BYTES)
            .read_to_end(head)
            .map_err(cannot_read)
    };
    begin(&mut reader, &mut head)?;
    let was_packed = is_packed(&head);
    let whole = Cursor::new(head).chain(reader);
    let mut reader = unpack_around_gzip(whole, limits.inflated_bytes).map_err(cannot_read)?;
    if !was_packed {
        return Ok(reader);
    }
    let mut head = Vec::new();
    begin(&mut reader, &mut head)?;
    let is_gzip = is_packed(&head);
    let whole = BufReader::new(Cursor::new(head).chain(reader));
    Ok(match is_gzip {
        true => Box::new(whole),
        // What was compressed becomes gzip, which is inflated at once.
        false => Box::new(GzEncoder::new(whole, Compression::none())),
    })
}

/// The name of the copy of a file: what is compressed is compressed by gzip in it, once.
pub fn copied_name(name: &str) -> String {
    const ENDS: [&str; 5] = [".gz.gz", ".zst", ".zstd", ".xz", ".lz4"];
    let mut rest = name;
    while let Some(end) = ENDS.iter().find(|end| rest.ends_with(**end)) {
        rest = &rest[..rest.len() - end.len()];
    }
    match rest.len() == name.len() || rest.ends_with(".gz") {
        true => rest.to_owned(),
        false => format!("{rest}.gz"),
    }
}

/// The final name of a copy: a profile that was named like a text gets the name of one.
pub fn final_name(copied: &str, redacted: &Redacted) -> String {
    const TEXTS: [&str; 3] = [".json", ".txt", ".log"];
    let bare = copied.strip_suffix(".gz").unwrap_or(copied);
    let is_text = TEXTS.iter().any(|end| bare.ends_with(end));
    match redacted.is_profile && is_text {
        true => format!("{bare}.pb.gz"),
        false => copied.to_owned(),
    }
}

const RAISE: &str = "; raise the limit with --max-inflated-size";

/// What to do about a file that cannot be redacted.
pub fn refused(file: &Path, error: &RedactError) -> anyhow::Error {
    let name = name(file);
    if let RedactError::Decode(error) = error
        && let DecodeErrorKind::GzipTruncated
        | DecodeErrorKind::Gzip(_)
        | DecodeErrorKind::Reader(_) = &error.kind
    {
        return anyhow!("cannot redact {name}: {}; fetch the file again", error.kind);
    }
    if let RedactError::Decode(error) = error
        && let DecodeErrorKind::Lookalike(Lookalike::Utf16) = error.kind
    {
        return anyhow!(
            "cannot redact {name}: text in UTF-16, as PowerShell's `>` writes it; convert a log to \
             UTF-8 first, and fetch a dump again with `curl -o FILE`"
        );
    }
    let advice = match error {
        RedactError::Compressed | RedactError::Nested => "; uncompress it first",
        RedactError::TooLarge(_) => RAISE,
        RedactError::Io(error) if error.kind() == ErrorKind::FileTooLarge => RAISE,
        RedactError::Decode(_) => "; leave it out",
        _ => "",
    };
    anyhow!("cannot redact {name}: {error}{advice}")
}
