//! What a file has used of the limits that grow with its size.

use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::stream::Stream;

/// What a file has used of the limits that grow with its size.
#[derive(Debug)]
pub(super) struct Budget {
    fields: u64,
    /// As many as the file justified when that was looked up last: more has been
    /// read meanwhile, so that more is allowed.
    allowed_fields: u64,
    /// What the entries take that were [added](Self::add), in bytes.
    bytes: u64,
    /// What the tables may take, in bytes: looked up likewise.
    allowed_bytes: u64,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            fields: 0,
            allowed_fields: limits.fields,
            bytes: 0,
            allowed_bytes: limits.table_bytes,
        }
    }

    /// That of a file that has been read whole.
    pub(super) fn of_whole(stream: &Stream<'_>) -> Self {
        Self {
            fields: 0,
            allowed_fields: stream.allowed_fields(),
            bytes: 0,
            allowed_bytes: stream.allowed_table_bytes(),
        }
    }

    /// Counts a field, or a line of a text, after which the tables take so many
    /// bytes.
    ///
    /// # Errors
    ///
    /// Where so small a file may not have so many, called `what`, or so large tables.
    #[inline]
    pub(super) fn spend(
        &mut self,
        stream: &Stream<'_>,
        table_bytes: u64,
        what: &'static str,
    ) -> Result<(), DecodeError> {
        self.fields += 1;
        if self.fields <= self.allowed_fields && table_bytes <= self.allowed_bytes {
            return Ok(());
        }
        self.allowed_fields = stream.allowed_fields();
        self.allowed_bytes = stream.allowed_table_bytes();
        self.check(table_bytes, what, stream.offset())
    }

    /// Counts an entry of a table that takes so many bytes.
    ///
    /// # Errors
    ///
    /// As for [`spend`](Self::spend).
    pub(super) fn add(&mut self, bytes: usize, offset: u64) -> Result<(), DecodeError> {
        self.fields += 1;
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.check(self.bytes, "fields, for so small a file", offset)
    }

    fn check(&self, bytes: u64, what: &'static str, offset: u64) -> Result<(), DecodeError> {
        let kind = if self.fields > self.allowed_fields {
            let limit = self.allowed_fields;
            DecodeErrorKind::TooMany { what, limit }
        } else if bytes > self.allowed_bytes {
            let limit = self.allowed_bytes;
            DecodeErrorKind::TablesTooLarge { limit }
        } else {
            return Ok(());
        };
        Err(kind.at(offset))
    }
}
