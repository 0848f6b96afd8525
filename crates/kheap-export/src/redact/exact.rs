//! Bytes that are no text, as characters of their own: two names that differ stay two.

use std::borrow::Cow;

/// The last characters of the last private plane: a byte each.
const BYTES: u32 = 0x10_ff00;

/// Characters of a private plane: a half of a character of UTF-16 each.
const HALVES: u32 = 0x10_0000;

/// The first half of UTF-16.
const FIRST_HALF: u32 = 0xd800;

/// A text, in which bytes that are none have characters of their own.
pub(super) fn of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| of_byte(byte)));
    }
    Cow::Owned(text)
}

/// The bytes of a text that was made so.
pub(super) fn bytes(text: &str) -> Cow<'_, [u8]> {
    if !text.contains(|c| byte_of(c).is_some()) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// A byte alone.
pub(super) fn of_byte(byte: u8) -> char {
    match byte.is_ascii() {
        true => char::from(byte),
        false => char::from_u32(BYTES + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn byte_of(c: char) -> Option<u8> {
    let byte = u32::from(c).checked_sub(BYTES)?;
    u8::try_from(byte).ok().filter(|byte| !byte.is_ascii())
}

/// A unit of UTF-16, which may be half of a character.
pub(super) fn of_unit(unit: u32) -> char {
    let half = || char::from_u32(HALVES + unit.checked_sub(FIRST_HALF)?);
    let found = char::from_u32(unit).or_else(half);
    found.unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether a character stands for a byte or for half of a character. No letter has its place.
pub(super) fn is_made(c: char) -> bool {
    u32::from(c) >= HALVES
}

/// The character of two units.
pub(super) fn of_pair(high: u32, low: u32) -> Option<char> {
    let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let is_pair = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let mut decoded = char::decode_utf16(units);
    is_pair.then(|| decoded.next()?.ok())?
}

/// Whether a character is neither a letter nor what texts are set with: it is part of a name.
pub(super) fn is_strange(c: char) -> bool {
    let is_punctuation = |c: char| {
        matches!(u32::from(c),
            // Latin-1, general punctuation, arrows, operators, lines of tables and full width.
            0xa0..=0xbf | 0xd7 | 0xf7 | 0x2000..=0x206f | 0x2190..=0x22ff | 0x2500..=0x25ff
            | 0x3000..=0x303f | 0xfeff | 0xfffd)
    };
    !c.is_ascii() && !is_punctuation(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        for text in [&b"plain"[..], b"a\xffb\xc3", "\u{e9}\u{10ff00}".as_bytes()] {
            assert_eq!(&*bytes(&of_bytes(text)), text);
        }
        assert_ne!(of_bytes(b"\xff"), of_bytes(b"\xfe"));
        assert_ne!(of_bytes(b"\xff"), "\u{ff}");
    }
}
