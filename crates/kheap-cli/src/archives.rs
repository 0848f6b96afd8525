//! Files of archives, under names such as `must-gather.tar.gz/host/heap.pb.gz`. An archive is
//! read once, and nothing of it is written.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, anyhow};
use kheap::Limits;
use kheap_evidence::archive::{self, Archive, ArchiveLimits};

use crate::{input, opened};

/// The archives that were read, by their paths.
static READ: LazyLock<Mutex<HashMap<PathBuf, Arc<Archive>>>> = LazyLock::new(Mutex::default);

/// Which files are archives, by their paths: several steps of a command ask.
static IS_ARCHIVE: LazyLock<Mutex<HashMap<PathBuf, bool>>> = LazyLock::new(Mutex::default);

/// A file to be read, of a folder or of an archive.
pub(crate) enum Source {
    File(File),
    /// A file of an archive, with its size.
    Entry(Box<dyn Read + Send>, u64),
}

impl Source {
    /// Its size, in bytes; 0 where nobody knows it.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
            Self::Entry(_, size) => *size,
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Entry(reader, _) => reader.read(buffer),
        }
    }
}

/// Whether a path has files below it: a folder or an archive.
pub(crate) fn has_files(path: &Path) -> bool {
    path.is_dir() || is_archive(path)
}

/// The first folder or archive among what was given.
pub(crate) fn folder_of(given: &[PathBuf]) -> Option<&Path> {
    given
        .iter()
        .map(PathBuf::as_path)
        .find(|path| has_files(path))
}

/// Whether a file is an archive, by its content.
pub(crate) fn is_archive(path: &Path) -> bool {
    if input::is_stdin(path) || !path.is_file() {
        return false;
    }
    let known = || IS_ARCHIVE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&is_archive) = known().get(path) {
        return is_archive;
    }
    let file = File::open(path);
    let is_archive = file.is_ok_and(|file| archive::is_archive(file).unwrap_or(false));
    known().insert(path.to_path_buf(), is_archive);
    is_archive
}

/// Whether a path names a file in an archive.
pub(crate) fn is_entry(path: &Path) -> bool {
    place(path).is_some()
}

/// Whether a path is that of a regular file, which can be read once more.
pub(crate) fn is_file(path: &Path) -> bool {
    path.is_file() || is_entry(path)
}

/// The archive of a path, and the path in it; `None` where it is a path of the system.
fn place(path: &Path) -> Option<(&Path, String)> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let existing = path.ancestors().skip(1).find(|part| part.exists())?;
    let inner = path.strip_prefix(existing).ok()?.to_str()?;
    let inner = inner.replace(std::path::MAIN_SEPARATOR, "/");
    let is_known = known().contains_key(existing);
    (is_known || is_archive(existing)).then_some((existing, inner))
}

/// Opens a file in an archive; `None` where the path is none of an archive.
pub(crate) fn open(path: &Path, limits: &Limits) -> Option<Result<Source>> {
    let (archive, name) = place(path)?;
    Some(open_entry(archive, &name, limits))
}

/// The beginning of a file in an archive, which is not read again for it; `None` where the
/// path is none of an archive, or the archive cannot be read.
pub(crate) fn head(path: &Path) -> Option<Box<dyn Read + Send>> {
    let (archive, name) = place(path)?;
    let archive = read(archive, &Limits::default()).ok()?;
    archive.get(&name).map(|entry| entry.head())
}

/// Whether a file in an archive lies beside dumps; `None` as for [`head`].
pub(crate) fn is_beside(path: &Path) -> Option<bool> {
    let (archive, name) = place(path)?;
    let archive = read(archive, &Limits::default()).ok()?;
    archive.get(&name).map(|entry| entry.is_beside)
}

fn open_entry(path: &Path, name: &str, limits: &Limits) -> Result<Source> {
    let archive = read(path, limits)?;
    let Some(entry) = archive.get(name) else {
        return Err(kheap_files::archives::missing(path, name, &archive));
    };
    if let Some(content) = entry.content() {
        return Ok(Source::Entry(content, entry.size));
    }
    let cannot_read = |error| anyhow!("cannot read {}/{name}: {error}", path.display());
    let file = opened::open(path).map_err(cannot_read)?;
    let reader = archive.open(entry, file).map_err(cannot_read)?;
    Ok(Source::Entry(reader, entry.size))
}

/// The archives that were read.
fn known() -> MutexGuard<'static, HashMap<PathBuf, Arc<Archive>>> {
    // What is added is whole, so a panic elsewhere does not matter.
    READ.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops what is kept of an archive that was read.
#[cfg(feature = "parquet")]
pub(crate) fn forget(path: &Path) {
    known().remove(path);
}

/// Reads an archive, unless it was read before.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Arc<Archive>> {
    // Held until it is read: two threads that ask for one archive read it once.
    let mut known = known();
    if let Some(archive) = known.get(path) {
        return Ok(Arc::clone(archive));
    }
    let name = path.display();
    let file = opened::open(path).map_err(|error| anyhow!("cannot read {name}: {error}"))?;
    let archive = Archive::read(file, &ArchiveLimits::of(limits));
    let archive = archive.map_err(|error| kheap_files::archives::unread(path, &error))?;
    let archive = Arc::new(archive);
    known.insert(path.to_path_buf(), Arc::clone(&archive));
    Ok(archive)
}

/// What to do about an archive where one dump is needed.
pub(crate) fn refuse(path: &Path) -> anyhow::Error {
    kheap_files::archives::refuse(path, read(path, &Limits::default()))
}
