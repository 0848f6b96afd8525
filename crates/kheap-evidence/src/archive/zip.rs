//! The list of files at the end of a zip archive.
//!
//! Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4.

use std::io::{self, BufReader, Read, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::entry::Kind;
use super::{ArchiveError, MOST_FILES, Source};
use crate::unpack::{Packing, read_up_to};

/// How large the list may be, in bytes.
const MAX_LIST_BYTES: u64 = 32 << 20;

/// The end of the archive: a record of 22 bytes and a comment.
const END_BYTES: u64 = 22;
const MOST_END_BYTES: u64 = END_BYTES + 0xffff;

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// Where a file is, and how it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Where its header begins.
    offset: u64,
    packed: u64,
    method: u16,
    /// How large its content is, as the list says, and its checksum.
    pub(super) size: u64,
    crc: Option<u32>,
}

/// Whether a file begins like a zip archive.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Reads the list of files. Files that lie one over the other are how a small archive holds any
/// amount of data, so they are refused.
pub(super) fn list(reader: &mut dyn Source) -> Result<Vec<File>, ArchiveError> {
    let (list, shift) = read_list(reader)?;
    let files = files(&list, shift)?;
    match overlap(&files) {
        true => Err(damaged("its files overlap").into()),
        false => Ok(files),
    }
}

/// Whether the data of a file begins before that of another ends.
fn overlap(files: &[File]) -> bool {
    let mut places: Vec<(u64, u64)> = { files.iter() }
        .map(|file| (file.place.offset, file.place.packed))
        .collect();
    places.sort_unstable();
    places
        .windows(2)
        .any(|pair| pair[0].0.saturating_add(pair[0].1) > pair[1].0 || pair[0].0 == pair[1].0)
}

/// The list of files, and how many bytes stand before the archive.
fn read_list(reader: &mut dyn Source) -> io::Result<(Vec<u8>, u64)> {
    let length = reader.seek(SeekFrom::End(0))?;
    let tail_at = length.saturating_sub(MOST_END_BYTES);
    let tail = read_at(reader, tail_at, length - tail_at)?;
    let end_at = find_end(&tail).ok_or_else(|| damaged("it has no list of files"))?;
    let end = &tail[end_at..];
    let count = u16_at(end, 10)?;
    let mut size = u64::from(u32_at(end, 12)?);
    let mut offset = u64::from(u32_at(end, 16)?);
    let end_at = tail_at + end_at as u64;
    let mut list_end = end_at;
    let is_large = offset == u64::from(u32::MAX) || size == u64::from(u32::MAX);
    let locator = match end_at.checked_sub(20) {
        Some(at) if is_large || count == u16::MAX => read_at(reader, at, 20)?,
        _ => Vec::new(),
    };
    // So many files as fit into 16 bits need none.
    if locator.starts_with(b"PK\x06\x07") {
        list_end = u64_at(&locator, 8)?;
        let large = read_at(reader, list_end, 56)?;
        if !large.starts_with(b"PK\x06\x06") {
            return Err(damaged("its end is damaged"));
        }
        (size, offset) = (u64_at(&large, 40)?, u64_at(&large, 48)?);
    } else if is_large {
        return Err(damaged("its end is damaged"));
    }
    if size > MAX_LIST_BYTES {
        return Err(damaged("its list of files is too long"));
    }
    let begin = list_end.checked_sub(size);
    let begin = begin.ok_or_else(|| damaged("its list of files is cut"))?;
    // A program may stand before an archive that unpacks itself.
    let shift = begin.checked_sub(offset);
    let shift = shift.ok_or_else(|| damaged("its list of files is cut"))?;
    Ok((read_at(reader, begin, size)?, shift))
}

fn files(mut list: &[u8], shift: u64) -> Result<Vec<File>, ArchiveError> {
    let mut files = Vec::new();
    while list.starts_with(b"PK\x01\x02") {
        if files.len() == MOST_FILES {
            return Err(ArchiveError::TooMany);
        }
        let lengths = [28, 30, 32].map(|at| u16_at(list, at).map(usize::from));
        let [name, extra, comment] = lengths;
        let (name_end, extra_end) = (46 + name?, 46 + u16_at(list, 28)? as usize + extra?);
        let cut = || damaged("its list of files is cut");
        let name = list.get(46..name_end).ok_or_else(cut)?.to_vec();
        let extra = list.get(name_end..extra_end).ok_or_else(cut)?;
        let mut numbers = [
            u64::from(u32_at(list, 24)?),
            u64::from(u32_at(list, 20)?),
            u64::from(u32_at(list, 42)?),
        ];
        widen(&mut numbers, extra);
        let [size, packed, offset] = numbers;
        let (made_by, mode) = (u16_at(list, 4)? >> 8, u32_at(list, 38)? >> 16);
        let (flags, method) = (u16_at(list, 8)?, u16_at(list, 10)?);
        // Zero in place of one that nobody computed.
        let crc = Some(u32_at(list, 16)?).filter(|crc| *crc != 0 || flags & CRC_BEHIND != 0);
        let kind = match mode & 0o170_000 {
            _ if name.ends_with(b"/") => Kind::Folder,
            _ if flags & ENCRYPTED != 0 => Kind::Encrypted,
            0o120_000 if made_by == UNIX => Kind::Link,
            _ if !matches!(method, STORED | DEFLATED | ZSTD) => Kind::Packed,
            _ => Kind::File,
        };
        let place = Place {
            offset: offset.checked_add(shift).ok_or_else(cut)?,
            packed,
            method,
            size,
            crc,
        };
        files.push(File { name, kind, place });
        list = list.get(extra_end + comment?..).ok_or_else(cut)?;
    }
    match list.is_empty() {
        true => Ok(files),
        false => Err(damaged("its list of files is damaged").into()),
    }
}

/// Flags of a file: it needs a password; its checksum was computed while it was written.
const ENCRYPTED: u16 = 1;
const CRC_BEHIND: u16 = 8;

/// Who makes links.
const UNIX: u16 = 3;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ZSTD: u16 = 93;

/// Numbers that do not fit into 32 bits stand in a field of their own, in this order.
fn widen(numbers: &mut [u64; 3], mut extra: &[u8]) {
    while let (Ok(id), Ok(size)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(size);
        let mut field = extra.get(4..end).unwrap_or_default();
        if id == 1 {
            let wide = numbers
                .iter_mut()
                .filter(|number| **number == u64::from(u32::MAX));
            for number in wide {
                let Ok(value) = u64_at(field, 0) else { return };
                *number = value;
                field = &field[8..];
            }
            return;
        }
        extra = extra.get(end..).unwrap_or_default();
    }
}

/// Opens one file of an archive.
pub(super) fn open<'r>(
    mut reader: Box<dyn Source + 'r>,
    place: Place,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    let header = read_at(&mut reader, place.offset, 30)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(damaged("a file is not where the list says"));
    }
    let skipped = i64::from(u16_at(&header, 26)?) + i64::from(u16_at(&header, 28)?);
    reader.seek(SeekFrom::Current(skipped))?;
    let packed = Box::new(BufReader::new(reader.take(place.packed)));
    let content: Box<dyn Read + Send + 'r> = match place.method {
        DEFLATED => Box::new(DeflateDecoder::new(packed)),
        ZSTD => Packing::Zstd.decoder(packed)?,
        _ => packed,
    };
    Ok(Box::new(Checked {
        content,
        left: place.size,
        crc: Crc::new(),
        expected: place.crc,
    }))
}

/// The content of a file, whose last bytes come only where its checksum matches.
struct Checked<'r> {
    content: Box<dyn Read + Send + 'r>,
    left: u64,
    crc: Crc,
    expected: Option<u32>,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = buffer.len().min(most);
        if most == 0 {
            return Ok(0);
        }
        let read = self.content.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(invalid("it is smaller than its archive says"));
        }
        self.left -= read as u64;
        self.crc.update(&buffer[..read]);
        let is_wrong = |expected| expected != self.crc.sum();
        match self.left == 0 && self.expected.is_some_and(is_wrong) {
            true => Err(invalid("its checksum in the archive does not match")),
            false => Ok(read),
        }
    }
}

/// Where the last record begins: the comment behind it ends the file.
fn find_end(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_BYTES as usize)?;
    (0..=last).rev().find(|&at| {
        let comment = u16_at(&tail[at..], 20).unwrap_or(0);
        tail[at..].starts_with(b"PK\x05\x06")
            && at + END_BYTES as usize + usize::from(comment) == tail.len()
    })
}

fn read_at(reader: &mut dyn Source, offset: u64, size: u64) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    read_up_to(reader, size, &mut bytes)?;
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err(damaged("it is cut")),
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> io::Result<[u8; N]> {
    let found = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    found.copied().ok_or_else(|| damaged("it is cut"))
}

fn u16_at(bytes: &[u8], at: usize) -> io::Result<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> io::Result<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> io::Result<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

fn damaged(what: &str) -> io::Error {
    invalid(&format!("damaged zip archive: {what}"))
}

fn invalid(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}
