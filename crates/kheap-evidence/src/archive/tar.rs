//! The headers of a tar archive, one after the other.
//!
//! Source: POSIX.1-2017, "pax Interchange Format", and "Basic Tar Format" in the manual of
//! GNU tar.

use std::io::{self, Read};

use super::entry::Kind;
use crate::unpack::read_up_to;

/// The size of a header, and what everything is rounded up to.
const BLOCK: usize = 512;

/// How long a record of names and attributes may be, in bytes.
const MAX_RECORD_BYTES: u64 = 64 << 10;

/// How many such records may stand before one file.
const MOST_RECORDS: usize = 16;

/// One member of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// Where its content begins, in bytes from the beginning of the archive.
    pub(super) offset: u64,
}

/// Reads an archive from its beginning.
#[derive(Debug)]
pub(super) struct Tar<R> {
    reader: R,
    /// What was read.
    at: u64,
    /// Where the next header begins.
    next: u64,
}

/// What stands before a header and changes it.
#[derive(Debug, Default)]
struct Attributes {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

impl<R: Read> Tar<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            at: 0,
            next: 0,
        }
    }

    /// How much was read, in bytes.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next member; what was not read of the one before is passed over. `None` at the
    /// end.
    pub(super) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut attributes = Attributes::default();
        for _ in 0..MOST_RECORDS {
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let size = size_of(&header).ok_or_else(|| self.damaged())?;
            match header[156] {
                b'x' => attributes
                    .add(&self.record(size)?)
                    .ok_or_else(|| self.damaged())?,
                b'L' => {
                    let mut name = self.record(size)?;
                    name.retain(|&byte| byte != 0);
                    attributes.name = Some(name);
                }
                // Attributes for all, and names of links.
                b'g' | b'K' => {
                    self.record(size)?;
                }
                _ => return self.member(&header, size, attributes).map(Some),
            }
        }
        Err(self.damaged())
    }

    fn member(&mut self, header: &[u8; BLOCK], size: u64, given: Attributes) -> io::Result<Member> {
        let name = given.name.unwrap_or_else(|| name_of(header));
        let kind = match header[156] {
            b'S' => Kind::Sparse,
            _ if given.is_sparse => Kind::Sparse,
            b'5' => Kind::Folder,
            b'0' | b'7' | 0 if name.ends_with(b"/") => Kind::Folder,
            b'0' | b'7' | 0 => Kind::File,
            b'1' | b'2' => Kind::Link,
            _ => Kind::Other,
        };
        if header[156] == b'S' {
            self.skip_holes(header)?;
        }
        let size = given.size.unwrap_or(size);
        // Links and folders have no content, whatever they say.
        let stored = if matches!(kind, Kind::Link | Kind::Folder) {
            0
        } else {
            size
        };
        let offset = self.at;
        self.next = offset
            .checked_add(rounded(stored))
            .ok_or_else(|| self.damaged())?;
        Ok(Member {
            name,
            kind,
            size,
            offset,
        })
    }

    /// Lists of holes follow a header.
    fn skip_holes(&mut self, header: &[u8; BLOCK]) -> io::Result<()> {
        let mut goes_on = header[482] != 0;
        while goes_on {
            let mut more = [0; BLOCK];
            self.read_exact(&mut more)?;
            goes_on = more[504] != 0;
        }
        Ok(())
    }

    /// Reads the content of the last member, up to so many bytes.
    pub(super) fn read(&mut self, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let read = read_up_to(&mut self.reader, most, bytes)? as u64;
        self.at += read;
        match read == most {
            true => Ok(()),
            false => Err(truncated(self.at)),
        }
    }

    /// Reads what stands behind the last member: the checksum of what the archive is compressed
    /// with is at its end.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        io::copy(&mut self.reader, &mut io::sink()).map(|_| ())
    }

    /// Reads on in the last member.
    pub(super) fn rest(&mut self) -> impl Read + '_ {
        Rest(self)
    }

    /// The next header that is none of zeros.
    fn header(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let left = self.next - self.at;
        let skipped = io::copy(&mut (&mut self.reader).take(left), &mut io::sink())?;
        self.at += skipped;
        if skipped < left {
            return Err(truncated(self.at));
        }
        let mut header = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.reader.read(&mut header[filled..]) {
                // An archive may end without its mark.
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(truncated(self.at + filled as u64)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if header.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        if !is_header(&header) {
            return Err(self.damaged());
        }
        self.at += BLOCK as u64;
        self.next = self.at;
        Ok(Some(header))
    }

    /// The content of a header that is about the next one.
    fn record(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > MAX_RECORD_BYTES {
            return Err(self.damaged());
        }
        self.next = self.at + rounded(size);
        let mut bytes = Vec::new();
        self.read(size, &mut bytes)?;
        Ok(bytes)
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.reader.read_exact(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn damaged(&self) -> io::Error {
        let words = format!("damaged tar header at byte {}", self.next);
        io::Error::new(io::ErrorKind::InvalidData, words)
    }
}

/// The content of a member behind what was read of it.
struct Rest<'t, R>(&'t mut Tar<R>);

impl<R: Read> Read for Rest<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.reader.read(buffer)?;
        self.0.at += read as u64;
        match read == 0 && !buffer.is_empty() {
            true => Err(truncated(self.0.at)),
            false => Ok(read),
        }
    }
}

fn truncated(at: u64) -> io::Error {
    let words = format!("truncated tar archive at byte {at}");
    io::Error::new(io::ErrorKind::UnexpectedEof, words)
}

/// Whether a file begins with the header of a member: it has the sum of its bytes.
pub(super) fn is_header(head: &[u8]) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let Some(header) = head.get(..BLOCK) else {
        return false;
    };
    let sum = |(at, &byte): (usize, &u8)| u64::from(if SUM.contains(&at) { b' ' } else { byte });
    let found: u64 = header.iter().enumerate().map(sum).sum();
    // A name is never empty but for odd archives, which begin with zeros.
    header[0] != 0 && octal(&header[SUM]) == Some(found)
}

/// Whether a block is all zeros: the end of an archive, and all of an empty one.
pub(super) fn is_end(head: &[u8]) -> bool {
    let block = head.get(..BLOCK);
    block.is_some_and(|block| block.iter().all(|byte| *byte == 0))
}

fn rounded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64)
        .unwrap_or(u64::MAX)
}

fn name_of(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |bytes: &[u8]| -> Vec<u8> {
        let text = bytes.iter().copied().take_while(|&byte| byte != 0);
        text.collect()
    };
    let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
    // GNU's has times in the place of the prefix.
    match header[257..].starts_with(b"ustar\0") && !prefix.is_empty() {
        true => [&prefix[..], b"/", &name].concat(),
        false => name,
    }
}

/// The size of the content: digits, or a large number in binary.
fn size_of(header: &[u8; BLOCK]) -> Option<u64> {
    let field = &header[124..136];
    if field[0] & 0x80 == 0 {
        return octal(field);
    }
    let (high, low) = field.split_at(4);
    let is_small = high == [0x80, 0, 0, 0];
    let number = low
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte));
    is_small.then_some(number)
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(['\0', ' ']);
    match text.is_empty() {
        true => Some(0),
        false => u64::from_str_radix(text, 8).ok(),
    }
}

impl Attributes {
    /// Reads lines of the form `LENGTH KEY=VALUE`.
    fn add(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let blank = records.iter().take(8).position(|&byte| byte == b' ')?;
            let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
            let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|&byte| byte == b'=')?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
                key if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
                _ => {}
            }
            records = &records[length..];
        }
        Some(())
    }
}
