//! The fields of a profile one after the other, without holding all of it.

use std::io::{self, Read};

use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::wire::{Field, FieldHead, Wire};

/// Two varints, the most that stands in front of a field's content.
const MAX_FIELD_HEAD: usize = 20;

/// Protobuf knows no messages from this size on, in bytes.
const PROTOBUF_LIMIT: u64 = 1 << 31;

/// How much is asked of the reader at a time, in bytes.
const READ_SIZE: usize = 32 * 1024;

/// Several fields without number and value.
const ZEROS: [u8; 16] = [0; 16];

/// How much of the beginning is kept for [`super::sniff`], in bytes.
const HEAD_SIZE: usize = 512;

/// Where inflated bytes come from.
pub(super) trait Input: Read {
    /// How many bytes of the file what has been read so far took, or `None` where
    /// the file is not compressed.
    fn file_bytes(&self) -> Option<u64>;
}

/// A file that is not compressed.
#[derive(Debug)]
pub(super) struct Bare<R>(pub(super) R);

impl<R: Read> Read for Bare<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R: Read> Input for Bare<R> {
    fn file_bytes(&self) -> Option<u64> {
        None
    }
}

/// Reads a profile field by field through a buffer that is as large as the
/// largest field.
pub(super) struct Stream<'l> {
    reader: &'l mut dyn Input,
    pub(super) limits: &'l Limits,
    buffer: Vec<u8>,
    /// What of the buffer is not read yet.
    start: usize,
    end: usize,
    /// Position of `start` in the profile.
    offset: u64,
    at_end: bool,
    head: Vec<u8>,
}

impl<'l> Stream<'l> {
    pub(super) fn new(reader: &'l mut dyn Input, limits: &'l Limits) -> Self {
        Self {
            reader,
            limits,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            at_end: false,
            head: Vec::new(),
        }
    }

    /// The first bytes of what has been read.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// How much of the profile has been read, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What the tables may take in memory by now, in bytes.
    pub(super) fn allowed_table_bytes(&self) -> u64 {
        self.limits
            .allowed_table_bytes(self.offset, self.reader.file_bytes())
    }

    /// How many fields there may have been by now.
    pub(super) fn allowed_fields(&self) -> u64 {
        self.limits
            .allowed_fields(self.offset, self.reader.file_bytes())
    }

    /// How many frames inlining may add to the stacks read by now.
    pub(super) fn allowed_inlined_frames(&self) -> u64 {
        self.limits
            .allowed_inlined_frames(self.offset, self.reader.file_bytes())
    }

    /// How many bytes the long names read by now may take, written wherever they stand.
    pub(super) fn allowed_name_bytes(&self) -> u64 {
        self.limits
            .allowed_name_bytes(self.offset, self.reader.file_bytes())
    }

    /// Reads the next field, or `None` at the end of the profile.
    #[inline]
    pub(super) fn field(&mut self) -> Result<Option<Field<'_>>, DecodeError> {
        loop {
            if self.end - self.start < MAX_FIELD_HEAD {
                self.fill(MAX_FIELD_HEAD)?;
                if self.start == self.end {
                    return Ok(None);
                }
            }
            if !self.unread().starts_with(&ZEROS) {
                break;
            }
            self.skip_zeros();
        }
        let offset = self.offset;
        let head = Wire::new(&self.buffer[self.start..self.end], offset).field_head()?;
        if self.end - self.start < head.length() {
            self.fill_field(&head)?;
        }
        let start = self.start;
        self.take(head.length());
        Ok(Some(
            head.with_content(&self.buffer[start..self.end], offset),
        ))
    }

    /// Skips fields without number and value, two zeros each, which Go takes. The
    /// simplest gzip bomb is made of them.
    #[cold]
    fn skip_zeros(&mut self) {
        let blocks = self.unread().chunks_exact(ZEROS.len());
        let zeros = blocks.take_while(|&block| block == ZEROS).count();
        self.take(zeros * ZEROS.len());
    }

    /// What is there and not read yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads so many bytes of what is there.
    #[inline]
    pub(super) fn take(&mut self, length: usize) -> &[u8] {
        let start = self.start;
        self.start += length;
        self.offset += length as u64;
        &self.buffer[start..self.start]
    }

    /// Takes all that is left into memory: no more than its tables may take.
    pub(super) fn whole(&mut self) -> Result<Vec<u8>, DecodeError> {
        let mut wanted = READ_SIZE;
        loop {
            self.fill(wanted)?;
            let held = self.unread().len();
            let file = self.reader.file_bytes();
            let limit = self.limits.allowed_table_bytes(held as u64, file);
            if held as u64 > limit {
                return Err(DecodeErrorKind::TablesTooLarge { limit }.at(self.offset));
            }
            if held < wanted {
                break;
            }
            wanted = held.saturating_mul(2);
        }
        let mut whole = std::mem::take(&mut self.buffer);
        whole.truncate(self.end);
        whole.drain(..self.start);
        self.offset += whole.len() as u64;
        (self.start, self.end) = (0, 0);
        Ok(whole)
    }

    /// Reads the rest of a field that is longer than what is there.
    #[cold]
    fn fill_field(&mut self, head: &FieldHead) -> Result<(), DecodeError> {
        let length = head.length();
        if length as u64 > self.limits.record_bytes {
            let kind = match length as u64 {
                // No writer announces that, but garbage does.
                PROTOBUF_LIMIT.. => DecodeErrorKind::Truncated,
                length => DecodeErrorKind::RecordTooLong {
                    length,
                    limit: self.limits.record_bytes,
                },
            };
            return Err(kind.at(self.offset));
        }
        // Where the profile goes on past its limit, this says so.
        self.fill(length)?;
        match self.end - self.start < length {
            true => Err(DecodeErrorKind::Truncated.at(self.offset)),
            false => Ok(()),
        }
    }

    /// Reads until the buffer holds `wanted` unread bytes or the input ends.
    pub(super) fn fill(&mut self, wanted: usize) -> Result<(), DecodeError> {
        while self.end - self.start < wanted && !self.at_end {
            if self.buffer.len() - self.end < READ_SIZE {
                self.make_room();
            }
            let room = &mut self.buffer[self.end..];
            let count = match self.reader.read(room) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.failed(read_error(error))),
            };
            self.at_end = count == 0;
            self.note_head(count);
            self.end += count;
            let read = self.offset + (self.end - self.start) as u64;
            if read > self.limits.inflated_bytes {
                let limit = self.limits.inflated_bytes;
                return Err(DecodeErrorKind::TooLarge { limit }.at(limit));
            }
        }
        Ok(())
    }

    /// A file that ends too early ends where it ends, whatever it would inflate to.
    fn failed(&self, kind: DecodeErrorKind) -> DecodeError {
        let is_cut = matches!(kind, DecodeErrorKind::GzipTruncated);
        let end = self.reader.file_bytes().filter(|_| is_cut);
        kind.at(end.unwrap_or(self.offset))
    }

    /// Moves what is unread to the front, and grows the buffer if that is not
    /// enough. A field that announces more than there is costs no more memory
    /// than there is input.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() - self.end < READ_SIZE {
            let length = (self.buffer.len() * 2).max(2 * READ_SIZE);
            self.buffer.resize(length, 0);
        }
    }

    fn note_head(&mut self, count: usize) {
        let missing = HEAD_SIZE.saturating_sub(self.head.len()).min(count);
        self.head
            .extend_from_slice(&self.buffer[self.end..self.end + missing]);
    }
}

/// Separates damaged data from trouble with the disk: of gzip, or of what its reader decodes.
pub(super) fn read_error(error: io::Error) -> DecodeErrorKind {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => DecodeErrorKind::GzipTruncated,
        // So flate2 calls damage.
        io::ErrorKind::InvalidInput => DecodeErrorKind::Gzip(error.to_string()),
        io::ErrorKind::InvalidData => DecodeErrorKind::Reader(error.to_string()),
        _ => DecodeErrorKind::Io(error),
    }
}
