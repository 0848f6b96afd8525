//! What to do about archives.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use kheap::{Limits, decode_reader};
use kheap_evidence::archive::{Archive, ArchiveError, Entry, PassedOver, has_profile_name};
use kheap_evidence::unpack::unpack_around_gzip;

use crate::files::Files;

/// Why an archive cannot be read.
pub fn unread(path: &Path, error: &ArchiveError) -> anyhow::Error {
    let name = path.display();
    match error {
        ArchiveError::Io(_) => anyhow!("cannot read {name}: {error}; fetch the archive again"),
        ArchiveError::TooLarge { .. } => anyhow!(
            "cannot read {name}: {error}; raise --max-inflated-size: an archive may have eight times as much"
        ),
        _ => anyhow!("cannot read {name}: {error}; unpack it, and name a folder of it"),
    }
}

/// Why a file of an archive is not read, or one below it where it is an archive itself.
pub fn missing(path: &Path, name: &str, archive: &Archive) -> anyhow::Error {
    let path = path.display();
    let mut passed_over = archive.passed_over.named.iter();
    let is_above = |above: &str| name.strip_prefix(above).is_some_and(is_below);
    match passed_over.find(|(above, _)| is_above(above)) {
        Some((inner, reason @ PassedOver::Nested)) => anyhow!(
            "cannot read {path}/{inner}: {}; unpack {path}, and name {inner}",
            reason.words()
        ),
        Some((other, reason)) => anyhow!(
            "cannot read {path}/{other}: {}; `kheap diagnose {path}` reads the other files",
            reason.words()
        ),
        None => anyhow!(
            "cannot read {path}/{name}: the archive has no dump, metrics or log of that name; \
             `kheap diagnose {path}` reads all of them"
        ),
    }
}

/// Whether the rest of a path is nothing, or begins with another name.
fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// What to do about an archive where one dump is needed.
pub fn refuse(path: &Path, archive: Result<Arc<Archive>>) -> anyhow::Error {
    let archive = match archive {
        Ok(archive) => archive,
        Err(error) => return error,
    };
    let mut files = Files::default();
    files.add_archive(path, &archive);
    if let Err(error) = files.in_order(&[path.to_path_buf()]) {
        return error;
    }
    let name = path.display();
    let mut entries = archive.entries.iter();
    let dump = entries.find(|entry| is_heap(entry));
    let dump = dump.map(|dump| format!(", such as {name}/{}", dump.name));
    anyhow!(
        "{name} is an archive; run `kheap diagnose {name}`, or name a dump in it{}",
        dump.unwrap_or_default()
    )
}

/// Whether a file is called like a profile, and is one of memory: goroutines lie beside it.
fn is_heap(entry: &Entry) -> bool {
    let limits = Limits::default();
    let content = { entry.content() }.filter(|_| has_profile_name(&entry.name));
    let profile = content.and_then(|content| {
        let content = unpack_around_gzip(content, limits.inflated_bytes).ok()?;
        decode_reader(content, &limits).ok()
    });
    profile.is_some_and(|profile| !profile.profiled().is_no_memory())
}
