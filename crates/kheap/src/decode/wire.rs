//! The protobuf wire format, as Go's reader of profiles takes it.
//!
//! Source: google/pprof `profile/proto.go`, `decodeVarint` and `decodeField`.

use super::error::{DecodeError, DecodeErrorKind};

/// Go stops after ten bytes, and lets the tenth overflow.
const MAX_VARINT_BYTES: usize = 10;

/// A message, or what is left of it, and where it stands in the profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire<'a> {
    /// What is left of the message, and behind it whatever the buffer holds, so that
    /// a number near the end can be read as a whole word too.
    bytes: &'a [u8],
    /// How much of `bytes` is of the message.
    length: usize,
    /// Position of the message's end, which stays while reading goes on.
    end_offset: u64,
}

/// A field: its number, where it starts, and what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) value: Value<'a>,
}

/// What a field can hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Varint(u64),
    /// Eight or four bytes: the wire type, and the number that they are.
    Fixed(u8, u64),
    Bytes(Wire<'a>),
}

impl<'a> Wire<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self {
            bytes,
            length: bytes.len(),
            end_offset: offset + bytes.len() as u64,
        }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.bytes[..self.length]
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.end_offset - self.length as u64
    }

    #[cold]
    fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        kind.at(self.offset())
    }

    /// Leaves so many bytes of the message behind, or nothing where it has fewer.
    #[inline(always)]
    fn skip(&mut self, length: usize) -> Option<()> {
        self.length = self.length.checked_sub(length)?;
        self.bytes = &self.bytes[length..];
        Some(())
    }

    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<u64, DecodeError> {
        match self.short_varint() {
            Some(value) => Ok(value),
            None => self.long_varint(),
        }
    }

    /// Reads a varint of up to eight bytes, or nothing where it may be longer or
    /// where the buffer or the message ends.
    #[inline(always)]
    fn short_varint(&mut self) -> Option<u64> {
        // Most numbers have one to three bytes.
        let (value, length) = match *self.bytes {
            [a, ..] if a < 0x80 => (u64::from(a), 1),
            [a, b, ..] if b < 0x80 => (u64::from(a & 0x7f) | u64::from(b) << 7, 2),
            [a, b, c, ..] if c < 0x80 => {
                let low = u64::from(a & 0x7f) | u64::from(b & 0x7f) << 7;
                (low | u64::from(c) << 14, 3)
            }
            _ => word_varint(*self.bytes.first_chunk()?)?,
        };
        self.skip(length)?;
        Some(value)
    }

    #[cold]
    fn long_varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for (index, &byte) in self.bytes().iter().take(MAX_VARINT_BYTES).enumerate() {
            // The tenth byte's high bits fall off, as in Go.
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.skip(index + 1);
                return Ok(value);
            }
        }
        Err(self.error(if self.length < MAX_VARINT_BYTES {
            DecodeErrorKind::Truncated
        } else {
            DecodeErrorKind::LongVarint
        }))
    }

    /// Reads the next field, or `None` at the end of the message.
    #[inline(always)]
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, DecodeError> {
        if self.is_empty() {
            return Ok(None);
        }
        let (bytes, offset) = (self.bytes, self.offset());
        let head = self.field_head()?;
        match self.skip(head.content_length()) {
            Some(()) => Ok(Some(head.with_content(bytes, offset))),
            None => Err(self.error(DecodeErrorKind::Truncated)),
        }
    }

    /// Reads what stands in front of a field's content.
    #[inline(always)]
    pub(super) fn field_head(&mut self) -> Result<FieldHead, DecodeError> {
        let before = self.length;
        let offset = self.offset();
        let key = self.varint()?;
        let wire_type = (key & 7) as u8;
        let content = match wire_type {
            1 => 8,
            5 => 4,
            0 | 2 => self.varint()?,
            other => return Err(DecodeErrorKind::WireType(other).at(offset)),
        };
        Ok(FieldHead {
            number: key >> 3,
            wire_type,
            head_length: before - self.length,
            content,
        })
    }
}

/// What stands in front of a field's content.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldHead {
    number: u64,
    wire_type: u8,
    /// In bytes.
    head_length: usize,
    /// Length of what follows in bytes; of a varint, the value.
    content: u64,
}

impl FieldHead {
    /// How many bytes the whole field takes.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.head_length.saturating_add(self.content_length())
    }

    #[inline]
    fn content_length(&self) -> usize {
        match self.wire_type {
            0 => 0,
            _ => usize::try_from(self.content).unwrap_or(usize::MAX),
        }
    }

    /// Makes the field that `bytes` start with, and that starts at `offset`. More
    /// may follow; the field is all there.
    #[inline]
    pub(super) fn with_content(self, bytes: &[u8], offset: u64) -> Field<'_> {
        let value = match self.wire_type {
            0 => Value::Varint(self.content),
            2 => Value::Bytes(Wire {
                bytes: &bytes[self.head_length..],
                length: self.content_length(),
                end_offset: offset + self.length() as u64,
            }),
            fixed => {
                let content = &bytes[self.head_length..self.length()];
                let number = content.iter().rev();
                let number = number.fold(0, |number, &byte| number << 8 | u64::from(byte));
                Value::Fixed(fixed, number)
            }
        };
        Field {
            number: self.number,
            offset,
            value,
        }
    }
}

impl<'a> Field<'a> {
    fn type_error(&self, message: &'static str) -> DecodeError {
        let wire_type = match self.value {
            Value::Varint(_) => 0,
            Value::Fixed(wire_type, _) => wire_type,
            Value::Bytes(_) => 2,
        };
        DecodeErrorKind::FieldType {
            message,
            field: self.number,
            wire_type,
        }
        .at(self.offset)
    }

    #[inline]
    pub(super) fn uint64(&self, message: &'static str) -> Result<u64, DecodeError> {
        match self.value {
            Value::Varint(value) => Ok(value),
            _ => Err(self.type_error(message)),
        }
    }

    #[inline]
    pub(super) fn int64(&self, message: &'static str) -> Result<i64, DecodeError> {
        Ok(self.uint64(message)?.cast_signed())
    }

    pub(super) fn fixed64(&self, message: &'static str) -> Result<u64, DecodeError> {
        match self.value {
            Value::Fixed(1, number) => Ok(number),
            _ => Err(self.type_error(message)),
        }
    }

    pub(super) fn bool(&self, message: &'static str) -> Result<bool, DecodeError> {
        Ok(self.uint64(message)? != 0)
    }

    pub(super) fn message(&self, message: &'static str) -> Result<Wire<'a>, DecodeError> {
        match self.value {
            Value::Bytes(wire) => Ok(wire),
            _ => Err(self.type_error(message)),
        }
    }

    /// The numbers of a repeated field, packed or not.
    #[inline]
    pub(super) fn numbers(&self, message: &'static str) -> Result<Numbers<'a>, DecodeError> {
        match self.value {
            Value::Varint(value) => Ok(Numbers {
                packed: Wire::new(&[], 0),
                alone: Some(value),
            }),
            Value::Bytes(packed) => Ok(Numbers {
                packed,
                alone: None,
            }),
            Value::Fixed(..) => Err(self.type_error(message)),
        }
    }
}

/// Numbers of a repeated field: several that are packed, or one alone.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    packed: Wire<'a>,
    alone: Option<u64>,
}

impl Numbers<'_> {
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Option<u64>, DecodeError> {
        match self.packed.is_empty() {
            true => Ok(self.alone.take()),
            false => self.packed.varint().map(Some),
        }
    }
}

/// Reads a varint of up to eight bytes at once, with how many it has, or nothing
/// where it has more.
#[inline(always)]
fn word_varint(bytes: [u8; 8]) -> Option<(u64, usize)> {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    // The first byte without its high bit is the last of the number.
    let ends = !word & HIGH_BITS;
    if ends == 0 {
        return None;
    }
    let length = ends.trailing_zeros() as usize / 8 + 1;
    let word = word & (ends ^ (ends - 1)) & !HIGH_BITS;
    // Seven bits of each byte move together: pairs, fours, all eight.
    let word = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = word & 0x0000_3fff_0000_3fff | (word & 0x3fff_0000_3fff_0000) >> 2;
    Some((
        word & 0x0fff_ffff | (word & 0x0fff_ffff_0000_0000) >> 4,
        length,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(bytes: &[u8]) -> Result<u64, String> {
        let mut wire = Wire::new(bytes, 0);
        wire.varint().map_err(|error| error.kind.to_string())
    }

    #[test]
    fn a_varint_has_up_to_ten_bytes_and_wraps() {
        assert_eq!(varint(&[0x7f]), Ok(127));
        assert_eq!(varint(&[0x80, 0x01]), Ok(128));
        assert!(varint(&[0xff; 9]).unwrap_err().contains("ends inside"));
        let mut ten = [0xff; 10];
        ten[9] = 0x7f;
        assert_eq!(varint(&ten), Ok(u64::MAX));
        assert_eq!(
            varint(&[0x80; 11]),
            Err("a varint has more than 10 bytes".into())
        );
    }

    #[test]
    fn an_overlong_varint_counts() {
        assert_eq!(varint(&[0x81, 0x80, 0x00]), Ok(1));
        assert_eq!(varint(&[0x81, 0x80, 0x00, 1, 1, 1, 1, 1]), Ok(1));
    }

    #[test]
    fn a_varint_is_the_same_alone_and_with_others_behind_it() {
        for value in (0..64).flat_map(|bit| [1_u64 << bit, (1 << bit) - 1, u64::MAX >> bit]) {
            let mut bytes = Vec::new();
            let mut rest = value;
            while rest >= 0x80 {
                bytes.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
            assert_eq!(varint(&bytes), Ok(value));
            bytes.extend([0xff; 8]);
            let mut wire = Wire::new(&bytes, 0);
            assert_eq!(wire.varint().ok(), Some(value));
            assert_eq!(wire.bytes(), [0xff; 8]);
        }
    }

    #[test]
    fn offsets_count_from_the_start_of_the_profile() {
        let mut wire = Wire::new(&[0x08, 0x01, 0x1b], 100);
        assert_eq!(wire.field().unwrap().unwrap().offset, 100);
        let error = wire.field().unwrap_err();
        assert_eq!(
            (error.offset, error.kind.to_string().as_str()),
            (102, "unsupported wire type 3")
        );
    }
}
