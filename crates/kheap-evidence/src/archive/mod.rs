//! Archives as support bundles are: tar, compressed or not, and zip.
//!
//! An archive is read once, from its beginning to its end. What may be a dump or lies beside
//! one is kept in memory where it is small, and can be read again where it is not. Nothing
//! is ever written, and no path of an archive is opened.

mod classify;
mod entry;
mod kept;
mod tar;
mod zip;

use std::collections::HashSet;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use kheap::Limits;

use crate::lines::is_damage;
use crate::unpack::{Limited, Packing, is_cut, read_up_to, unpack};
pub use classify::has_profile_name;
use classify::{Worth, worth};
pub use entry::{Entry, PassedOver};
use entry::{Kind, Place, is_hidden, path_of};
use kept::Keeper;
use tar::Tar;

/// The beginning of a file that shows what it is, in bytes.
const HEAD_BYTES: u64 = 64 << 10;

/// The same where its compression hides that: a block of LZ4 has up to 4 MiB.
const PACKED_HEAD_BYTES: u64 = 5 << 20;

/// How much shows that something is an archive: the header of its first file, in bytes.
const BLOCK_BYTES: u64 = 512;

/// How much of all files together is kept in memory, compressed, in bytes.
const KEPT_BYTES: usize = 32 << 20;

/// How many files may be read again from the archive: each time all before it is inflated.
const MOST_READ_AGAIN: usize = 64;

/// How many files may be dumps or lie beside them.
const MOST_ENTRIES: usize = 10_000;

/// How long all their names may be together, in bytes.
const MAX_NAME_BYTES: usize = 4 << 20;

/// How many files of an archive are looked at.
const MOST_FILES: usize = 100_000;

/// How many files are named that are left out, and how long such a name is, in characters.
const NAMED: usize = 100;
const NAME_CHARS: usize = 200;

/// How many times the limit of one file all files of an archive may be.
const FILES_IN_ALL: u64 = 8;

/// How much of an archive is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveLimits {
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// All files together, inflated, in bytes.
    pub all_bytes: u64,
}

impl ArchiveLimits {
    /// One file as large as a profile may be, and all together eight times as much.
    pub fn of(limits: &Limits) -> Self {
        Self {
            file_bytes: limits.inflated_bytes,
            all_bytes: limits.inflated_bytes.saturating_mul(FILES_IN_ALL),
        }
    }
}

kheap::__setters! {
    impl ArchiveLimits {
        file_bytes: u64,
        all_bytes: u64,
    }
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self::of(&Limits::default())
    }
}

/// What an archive has.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Archive {
    is_zip: bool,
    limits: ArchiveLimits,
    /// What may be a dump or lies beside one, by path.
    pub entries: Vec<Entry>,
    /// What is neither, in the order of the archive.
    pub others: LeftOut<()>,
    /// What is never read.
    pub passed_over: LeftOut<PassedOver>,
    /// How many of these would be read if there was room: files, names or bytes are too many.
    pub without_room: usize,
    /// Whether it ends too early; what is whole before that is read.
    pub is_cut: bool,
}

/// Files that are left out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeftOut<R> {
    /// How many there are.
    pub count: usize,
    /// The first ones, with the reason.
    pub named: Vec<(String, R)>,
}

impl<R> Default for LeftOut<R> {
    fn default() -> Self {
        Self {
            count: 0,
            named: Vec::new(),
        }
    }
}

impl<R> LeftOut<R> {
    fn push(&mut self, name: &str, reason: R) {
        self.count += 1;
        if self.named.len() < NAMED {
            let name = name.chars().take(NAME_CHARS).collect();
            self.named.push((name, reason));
        }
    }
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Reading fails, or the data is damaged.
    #[error("{0}")]
    Io(io::Error),
    /// All files together exceed the limit.
    #[error("its files have more than {limit} bytes together")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// There are too many files, or their names are too long.
    #[error("it has too many files")]
    TooMany,
}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Whether a file is an archive, by its beginning.
///
/// # Errors
///
/// Those of the reader. Data that is damaged is no archive.
///
/// # Example
///
/// ```
/// assert!(kheap_evidence::archive::is_archive(&b"PK\x03\x04"[..])?);
/// assert!(!kheap_evidence::archive::is_archive(&b"go_goroutines 12\n"[..])?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn is_archive(mut reader: impl Read + Send) -> io::Result<bool> {
    begins_archive(&mut reader)
}

fn begins_archive(reader: &mut (dyn Read + Send)) -> io::Result<bool> {
    let mut head = Vec::new();
    read_up_to(reader, BLOCK_BYTES, &mut head)?;
    if zip::is_zip(&head) || tar::is_header(&head) || tar::is_end(&head) {
        return Ok(true);
    }
    if Packing::of(&head).is_none() {
        return Ok(false);
    }
    let mut inner = Vec::new();
    if let Ok(mut unpacked) = unpack(Cursor::new(head).chain(reader), PACKED_HEAD_BYTES) {
        // What was read before an error says enough.
        let _ = read_up_to(&mut unpacked, BLOCK_BYTES, &mut inner);
    }
    Ok(tar::is_header(&inner) || tar::is_end(&inner))
}

/// A file that holds an archive.
trait Source: Read + Seek + Send {}

impl<R: Read + Seek + Send> Source for R {}

impl Archive {
    /// Reads an archive, and keeps what may be a dump or lies beside one.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when it is damaged, or larger than the limits. A tar archive that is
    /// cut is read as far as its files are whole.
    ///
    /// # Example
    ///
    /// ```
    /// use std::io::Cursor;
    /// use kheap_evidence::archive::{Archive, ArchiveLimits};
    ///
    /// let empty = Cursor::new(vec![0; 1024]);
    /// let archive = Archive::read(empty, &ArchiveLimits::default())?;
    /// assert!(archive.entries.is_empty());
    /// # Ok::<(), kheap_evidence::archive::ArchiveError>(())
    /// ```
    pub fn read(
        mut reader: impl Read + Seek + Send,
        limits: &ArchiveLimits,
    ) -> Result<Self, ArchiveError> {
        Self::of(&mut reader, limits)
    }

    fn of(reader: &mut dyn Source, limits: &ArchiveLimits) -> Result<Self, ArchiveError> {
        let mut head = Vec::new();
        read_up_to(reader, HEAD_BYTES, &mut head)?;
        reader.seek(SeekFrom::Start(0))?;
        let mut scan = Scan::new(zip::is_zip(&head), *limits);
        match scan.archive.is_zip {
            true => scan.zip(reader)?,
            false => scan.tar(reader)?,
        }
        let mut archive = scan.archive;
        archive.entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(archive)
    }

    /// The file of a path, where it may be a dump or lies beside one.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        let found = self
            .entries
            .binary_search_by(|entry| entry.name.as_str().cmp(name));
        found.ok().map(|at| &self.entries[at])
    }

    /// Reads a file that is not kept again; `reader` is the same archive.
    ///
    /// # Errors
    ///
    /// Those of the reader, and where the archive has changed.
    pub fn open<'r>(
        &self,
        entry: &Entry,
        reader: impl Read + Seek + Send + 'r,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        self.open_in(entry, Box::new(reader))
    }

    fn open_in<'r>(
        &self,
        entry: &Entry,
        mut reader: Box<dyn Source + 'r>,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        match entry.place {
            Place::Zip(place) => zip::open(reader, place),
            Place::Tar(offset) => {
                let mut head = Vec::new();
                read_up_to(&mut reader, HEAD_BYTES, &mut head)?;
                if Packing::of(&head).is_none() {
                    reader.seek(SeekFrom::Start(offset))?;
                    return Ok(Box::new(reader.take(entry.size)));
                }
                reader.seek(SeekFrom::Start(0))?;
                let mut inflated = unpack(reader, self.limits.all_bytes)?;
                io::copy(&mut (&mut inflated).take(offset), &mut io::sink())?;
                Ok(Box::new(inflated.take(entry.size)))
            }
        }
    }
}

/// Whether the beginning of a file shows little of its content.
fn hides_content(head: &[u8]) -> bool {
    head.len() as u64 == HEAD_BYTES
        && Packing::of(head).is_some_and(|packing| packing != Packing::Gzip)
}

/// An archive while it is read.
struct Scan {
    archive: Archive,
    names: HashSet<String>,
    name_bytes: usize,
    keeper: Keeper,
    read_again: usize,
    files: usize,
}

impl Scan {
    fn new(is_zip: bool, limits: ArchiveLimits) -> Self {
        Self {
            archive: Archive {
                is_zip,
                limits,
                entries: Vec::new(),
                others: LeftOut::default(),
                passed_over: LeftOut::default(),
                without_room: 0,
                is_cut: false,
            },
            names: HashSet::new(),
            name_bytes: 0,
            keeper: Keeper::new(KEPT_BYTES),
            read_again: 0,
            files: 0,
        }
    }

    fn tar(&mut self, reader: &mut dyn Source) -> Result<(), ArchiveError> {
        let most = self.archive.limits.all_bytes;
        let result = unpack(reader, most)
            .map_err(ArchiveError::from)
            .and_then(|unpacked| {
                // What is not compressed has a limit, too.
                let limited = Limited {
                    reader: unpacked,
                    left: most,
                };
                let buffered = BufReader::with_capacity(HEAD_BYTES as usize, limited);
                self.members(Tar::new(buffered))
            });
        result.map_err(|error| match error {
            ArchiveError::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                ArchiveError::TooLarge { limit: most }
            }
            error => error,
        })
    }

    /// Reads all members; where the archive is cut, those that are whole.
    fn members(&mut self, mut tar: Tar<impl Read>) -> Result<(), ArchiveError> {
        let result = self.whole_members(&mut tar);
        let Err(ArchiveError::Io(error)) = &result else {
            return result;
        };
        let is_whole = |entry: &Entry| match entry.place {
            Place::Tar(offset) => offset.saturating_add(entry.size) <= tar.at(),
            Place::Zip(_) => true,
        };
        if !is_cut(error) {
            return result;
        }
        self.archive.entries.retain(is_whole);
        if self.archive.entries.is_empty() {
            return result;
        }
        self.archive.is_cut = true;
        Ok(())
    }

    fn whole_members(&mut self, tar: &mut Tar<impl Read>) -> Result<(), ArchiveError> {
        while let Some(member) = tar.next()? {
            let Some(name) = self.named(&member.name, member.kind, member.size)? else {
                continue;
            };
            let mut head = Vec::new();
            tar.read(member.size.min(HEAD_BYTES), &mut head)?;
            if hides_content(&head) {
                let more = member.size.min(PACKED_HEAD_BYTES) - head.len() as u64;
                tar.read(more, &mut head)?;
            }
            if let Some(worth) = self.wanted(&name, &head) {
                let place = Place::Tar(member.offset);
                self.add(name, member.size, place, worth, head, &mut tar.rest())?;
            }
        }
        Ok(tar.finish()?)
    }

    /// Reads all files; those that are damaged are passed over.
    fn zip(&mut self, reader: &mut dyn Source) -> Result<(), ArchiveError> {
        let mut inflated = 0_u64;
        for file in zip::list(reader)? {
            let Some(name) = self.named(&file.name, file.kind, file.place.size)? else {
                continue;
            };
            match self.zipped(&mut *reader, &name, file.place, &mut inflated) {
                Err(ArchiveError::Io(error)) if is_damage(&error) => {
                    self.archive.passed_over.push(&name, PassedOver::Damaged);
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Reads one file of a zip archive.
    fn zipped(
        &mut self,
        reader: &mut dyn Source,
        name: &str,
        place: zip::Place,
        inflated: &mut u64,
    ) -> Result<(), ArchiveError> {
        let mut opened = zip::open(Box::new(reader), place)?;
        let mut head = Vec::new();
        let mut result = read_up_to(&mut opened, HEAD_BYTES, &mut head);
        if result.is_ok() && hides_content(&head) {
            result = read_up_to(&mut opened, PACKED_HEAD_BYTES, &mut head);
        }
        let worth = result.is_ok().then(|| self.wanted(name, &head)).flatten();
        // What a damaged file inflates to counts as well.
        *inflated += worth.map_or(head.len() as u64, |_| place.size);
        let limit = self.archive.limits.all_bytes;
        if *inflated > limit {
            return Err(ArchiveError::TooLarge { limit });
        }
        result?;
        if let Some(worth) = worth {
            let (name, size) = (name.to_owned(), place.size);
            self.add(name, size, Place::Zip(place), worth, head, &mut opened)?;
        }
        Ok(())
    }

    /// The path of a file that may be read; what may not is passed over.
    fn named(
        &mut self,
        name: &[u8],
        kind: Kind,
        size: u64,
    ) -> Result<Option<String>, ArchiveError> {
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(ArchiveError::TooMany);
        }
        let path = path_of(name);
        let reason = match kind {
            Kind::Folder => return Ok(None),
            _ if path.as_ref().is_some_and(|path| is_hidden(path)) => return Ok(None),
            _ if name.is_empty() => Some(PassedOver::Nameless),
            _ if path.is_none() => Some(PassedOver::Path),
            Kind::Link => Some(PassedOver::Link),
            Kind::Sparse => Some(PassedOver::Sparse),
            Kind::Other => Some(PassedOver::NoFile),
            Kind::Encrypted => Some(PassedOver::Encrypted),
            Kind::Packed => Some(PassedOver::Packed),
            Kind::File if size > self.archive.limits.file_bytes => Some(PassedOver::TooLarge),
            Kind::File => None,
        };
        if let Some(reason) = reason {
            let name = path.unwrap_or_else(|| String::from_utf8_lossy(name).into_owned());
            self.archive.passed_over.push(&name, reason);
            return Ok(None);
        }
        Ok(path)
    }

    /// Whether a file may be a dump or lies beside one. Others are counted.
    fn wanted(&mut self, name: &str, head: &[u8]) -> Option<Worth> {
        let worth = worth(name, head);
        let reason = match worth {
            Worth::Nothing => {
                self.archive.others.push(name, ());
                return None;
            }
            Worth::Nested => PassedOver::Nested,
            _ if self.names.contains(name) => PassedOver::Repeated,
            Worth::Dump | Worth::Beside => return Some(worth),
        };
        self.archive.passed_over.push(name, reason);
        None
    }

    /// Keeps a file in memory, or where it is found again.
    fn add(
        &mut self,
        name: String,
        size: u64,
        place: Place,
        worth: Worth,
        mut head: Vec<u8>,
        rest: &mut dyn Read,
    ) -> io::Result<()> {
        self.name_bytes += name.len();
        let is_full =
            self.archive.entries.len() >= MOST_ENTRIES || self.name_bytes > MAX_NAME_BYTES;
        let content = match is_full {
            true => None,
            false => self.keeper.keep(&head, rest, size)?,
        };
        let reason = match content {
            _ if is_full => Some(PassedOver::TooMany),
            None if self.read_again >= MOST_READ_AGAIN => Some(PassedOver::NoRoom),
            _ => None,
        };
        if let Some(reason) = reason {
            self.archive.passed_over.push(&name, reason);
            self.archive.without_room += 1;
            return Ok(());
        }
        self.read_again += usize::from(content.is_none());
        head.truncate(HEAD_BYTES as usize);
        self.names.insert(name.clone());
        self.archive.entries.push(Entry {
            name,
            size,
            is_beside: worth == Worth::Beside,
            place,
            head: content.is_none().then(|| head.into()),
            content,
        });
        Ok(())
    }
}
