//! Frames that follow each other in a file: those of Zstandard and LZ4.

use std::io::{self, Read};

use crate::unpack::read_up_to;

/// The size of the number that begins a frame.
const MAGIC_BYTES: usize = 4;

/// Why frames cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("its checksum does not match")]
    Checksum,
    #[error("something else follows its last frame")]
    NoFrame,
    #[error("its window is too large")]
    Window,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

/// Whether these bytes begin a frame that a decoder skips: others note in it what they like, such
/// as an index.
///
/// Source: RFC 8878, section 3.1.2.
pub(crate) fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The size of what begins a frame that is skipped: a number, and how long it is.
const SKIPPABLE_HEAD: usize = 8;

/// What follows the frames that begin a file and are skipped; nothing where that does not show.
pub(crate) fn behind_skippable(head: &[u8]) -> &[u8] {
    let mut rest = head;
    while is_skippable(rest) {
        let size = rest.get(MAGIC_BYTES..SKIPPABLE_HEAD).map(|size| {
            let size = size.iter().rev();
            size.fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte))
        });
        let next = size.and_then(|size| rest.get(SKIPPABLE_HEAD.checked_add(size)?..));
        rest = next.unwrap_or_default();
    }
    rest
}

/// Reads the frames that begin a file and are skipped, and the number of the next one; less at
/// the end of the file.
pub(crate) fn first_magic(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    loop {
        let mut head = Vec::new();
        read_up_to(reader, MAGIC_BYTES as u64, &mut head)?;
        if !is_skippable(&head) {
            return Ok(head);
        }
        skip(reader)?;
    }
}

/// Passes over a frame whose number was read.
fn skip(reader: &mut dyn Read) -> io::Result<()> {
    let mut size = [0; 4];
    reader.read_exact(&mut size)?;
    let size = u64::from(u32::from_le_bytes(size));
    let skipped = io::copy(&mut reader.take(size), &mut io::sink())?;
    match skipped < size {
        true => Err(io::ErrorKind::UnexpectedEof.into()),
        false => Ok(()),
    }
}

/// A file of frames, from where one begins.
#[derive(Debug)]
pub(crate) struct Frames<R> {
    reader: R,
    magic: [u8; MAGIC_BYTES],
    /// How much of `magic` is still to be read: it was read to know the frame.
    unread: usize,
    has_ended: bool,
}

impl<R: Read> Frames<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            magic: [0; MAGIC_BYTES],
            unread: 0,
            has_ended: false,
        }
    }

    /// Goes to the next frame that is not skipped, which begins with this number; `false` at the
    /// end of the file.
    pub(crate) fn next(&mut self, magic: [u8; MAGIC_BYTES]) -> io::Result<bool> {
        let head = first_magic(&mut self.reader)?;
        if head.is_empty() {
            return Ok(false);
        }
        if head != magic {
            return Err(Fault::NoFrame.into());
        }
        (self.magic, self.unread) = (magic, MAGIC_BYTES);
        Ok(true)
    }

    /// Whether a frame needed more than there is.
    pub(crate) fn is_cut(&self) -> bool {
        self.has_ended
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unread > 0 {
            let read = (&self.magic[MAGIC_BYTES - self.unread..]).read(buffer)?;
            self.unread -= read;
            return Ok(read);
        }
        let read = self.reader.read(buffer)?;
        self.has_ended |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}
