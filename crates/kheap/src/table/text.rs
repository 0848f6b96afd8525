//! What pasting does to a text, undone.

use std::borrow::Cow;

use super::error::{TableError, TableErrorKind};

/// Reads bytes as text: UTF-8, or UTF-16 where its mark stands in front, as a
/// Windows shell writes it.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    if let Some(text) = utf16(bytes) {
        return Ok(Cow::Owned(text));
    }
    let not_text = |at: usize| {
        let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        TableErrorKind::NotText(bytes[at]).at(line)
    };
    if let Some(at) = bytes.iter().position(|&byte| is_binary(byte)) {
        return Err(not_text(at));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(not_text(error.valid_up_to())),
    }
}

/// Reads the first bytes of a file as text; the last character may be cut.
pub(super) fn decode_head(head: &[u8]) -> Option<Cow<'_, str>> {
    if let Some(text) = utf16(head) {
        return Some(Cow::Owned(text));
    }
    let whole = match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => &head[..error.valid_up_to()],
        _ => head,
    };
    decode(whole).ok()
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (units, read): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, units @ ..] => (units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => (units, u16::from_be_bytes),
        _ => return None,
    };
    let units = units.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
    let text = char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .ok()?;
    (!text.bytes().any(is_binary)).then_some(text)
}

/// Control bytes, but for white space and what terminals write.
fn is_binary(byte: u8) -> bool {
    const BELL: u8 = 0x07;
    const FORM_FEED: u8 = 0x0c;
    let is_text = matches!(byte, b'\t' | b'\n' | b'\r' | BELL | FORM_FEED | ESCAPE);
    byte.is_ascii_control() && !is_text
}

const ESCAPE: u8 = 0x1b;

const ENTITIES: [(&str, char); 6] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&amp;", '&'),
    ("&quot;", '"'),
    ("&#39;", '\''),
    ("&nbsp;", ' '),
];

/// Frees a line from colours, HTML entities and unusual white space.
pub(super) fn clean(line: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'&';
    if line.bytes().all(plain) {
        return Cow::Borrowed(line);
    }
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
        match c {
            '\x1b' => {
                rest = after_escape(&rest[1..]);
                continue;
            }
            '&' => {
                let (name, c) = entity.unwrap_or(&("&", '&'));
                clean.push(*c);
                rest = &rest[name.len()..];
                continue;
            }
            // Byte order mark, zero-width space and joiners.
            '\u{feff}' | '\u{200b}'..='\u{200d}' => {}
            c if c.is_whitespace() => clean.push(' '),
            c if c.is_control() => {}
            // They would turn the direction of reading around, wherever they are shown.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                clean.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => clean.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(clean)
}

/// Skips a terminal's escape sequence, whose first character is gone already.
fn after_escape(text: &str) -> &str {
    let past = |end: Option<usize>| {
        let rest = &text[end.unwrap_or(text.len())..];
        let last = rest.chars().next().map_or(0, char::len_utf8);
        &rest[last..]
    };
    match text.as_bytes().first() {
        Some(b'[') => past(
            text[1..]
                .find(|c| matches!(c, '@'..='~'))
                .map(|end| end + 1),
        ),
        Some(b']') => past(text.find(['\x07', '\\'])),
        // A character set, such as `(B`: some intermediate characters and a last one.
        Some(b' '..=b'/') => past(text.find(|c| !matches!(c, ' '..='/'))),
        Some(b'0'..=b'~') => &text[1..],
        _ => text,
    }
}

/// Takes quote marks and fences off a line, which is clean.
pub(super) fn unquote(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '>', '`']);
    let line = line.trim_end();
    line.strip_suffix("```").unwrap_or(line).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let line = clean(line);
        assert_eq!(unquote(&line), expected);
    }

    #[test]
    fn a_line_is_freed_from_what_pasting_adds() {
        check("  1MB  main.f  ", "1MB  main.f");
        check("> > 1MB\tmain.f\r", "1MB main.f");
        check("&gt; 1MB &amp;&lt;x&gt; &c &", "1MB &<x> &c &");
        check("\u{feff}1MB\u{a0}main.f\u{200b}", "1MB main.f");
        check("\x1b[1;31m1MB\x1b[0m main.f\x1b[K", "1MB main.f");
        check("\x1b]0;title\x07a\x1b]0;t\x1b\\b\x1b(B\x1b[mc", "abc");
        check("a\x1b[12", "a");
        check("```1MB main.f```", "1MB main.f");
        check("1MB main.\u{202e}f\u{7f}\u{85}", "1MB main.\\u202ef");
        check("\x1b", "");
        check("\x1bé", "é");
    }

    #[test]
    fn utf16_is_read_by_its_mark() {
        let le: Vec<u8> = "\u{feff}1MB ü"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let be: Vec<u8> = "\u{feff}1MB ü"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(decode(&le).unwrap(), "1MB ü");
        assert_eq!(decode(&be).unwrap(), "1MB ü");
    }
}
