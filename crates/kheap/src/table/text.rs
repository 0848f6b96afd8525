//! What pasting does to a text, undone.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::error::{TableError, TableErrorKind};

/// Reads bytes as text: UTF-8, or UTF-16 where its mark stands in front, as a
/// Windows shell writes it, or what is left, Latin-1. Lines end as here.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    if let Some(text) = utf16(bytes) {
        return Ok(Cow::Owned(with_line_feeds(text.into()).into_owned()));
    }
    if let Some(at) = bytes.iter().position(|&byte| is_binary(byte)) {
        let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        return Err(TableErrorKind::NotText(bytes[at]).at(line));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    Ok(with_line_feeds(text))
}

/// Ends lines with a line feed where they end with a carriage return alone.
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_alone =
        |at: usize| bytes[at] == b'\r' && !matches!(bytes.get(at + 1), Some(b'\n' | b'\r'));
    match (0..bytes.len()).any(is_alone) {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => text,
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

/// Ends a line within one of the text, such as a row of HTML. No text has it: it begins
/// with a control byte.
pub(super) const BREAK: &str = "\u{b}\n";

/// The lines of a text with their numbers, from 1: those of the text as it was, so that
/// what a [`BREAK`] parts has one number.
#[derive(Debug, Clone)]
pub(super) struct NumberedLines<'a> {
    rest: std::str::Lines<'a>,
    number: usize,
}

impl<'a> NumberedLines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            rest: text.lines(),
            number: 1,
        }
    }
}

impl<'a> Iterator for NumberedLines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.rest.next()?;
        let number = self.number;
        match line.strip_suffix('\u{b}') {
            Some(part) => Some((number, part)),
            None => {
                self.number += 1;
                Some((number, line))
            }
        }
    }
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

/// Frees a line from colours, HTML entities, unusual white space, and space before
/// the unit of a number.
pub(crate) fn clean(line: &str) -> Cow<'_, str> {
    match printable(line) {
        Cow::Borrowed(line) => without_links(with_units(line)),
        Cow::Owned(line) => Cow::Owned(without_links(with_units(&line)).into_owned()),
    }
}

/// Leaves of links what they show: `[main.f](http://…)` of Markdown, and
/// `<http://…|main.f>` of chats.
fn without_links(line: Cow<'_, str>) -> Cow<'_, str> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| {
        // Brackets are a part of the address where they are in pairs.
        let address = r"https?://(?:[^\s()]|\([^\s()]*\)){1,2000}";
        let link = format!(
            r"\[([^\[\]\s]+(?:\[\.\.\.\][^\[\]\s]*)?)\]\({address}\)|<https?://[^\s|>]+\|([^\s>]+)>"
        );
        Regex::new(&link).expect("it is valid")
    });
    if !line.contains("://") {
        return line;
    }
    match LINK.replace_all(&line, "$1$2") {
        Cow::Borrowed(_) => line,
        Cow::Owned(shown) => Cow::Owned(shown),
    }
}

/// Brings units to their numbers: `9226.15 MB`.
fn with_units(line: &str) -> Cow<'_, str> {
    let bytes = line.as_bytes();
    let is_space = |at: usize| {
        bytes[at] == b' ' && bytes[at - 1].is_ascii_digit() && starts_with_unit(&bytes[at + 1..])
    };
    let mut spaces = (1..bytes.len()).filter(|&at| is_space(at)).peekable();
    if spaces.peek().is_none() {
        return Cow::Borrowed(line);
    }
    let mut joined = String::with_capacity(line.len());
    let mut from = 0;
    for at in spaces {
        joined.push_str(&line[from..at]);
        from = at + 1;
    }
    joined.push_str(&line[from..]);
    Cow::Owned(joined)
}

/// Whether a text starts with a unit of sizes as a word: `B`, `MB`, `GiB`.
fn starts_with_unit(text: &[u8]) -> bool {
    let rest = match text {
        [
            b'k' | b'K' | b'M' | b'G' | b'T' | b'P',
            b'i',
            b'B',
            rest @ ..,
        ]
        | [b'k' | b'K' | b'M' | b'G' | b'T' | b'P', b'B', rest @ ..]
        | [b'B', rest @ ..] => rest,
        _ => return false,
    };
    matches!(rest.first(), None | Some(b' ' | b',' | b'|'))
}

fn printable(line: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'^');
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
            // A terminal's escape, as some programs write it.
            '^' if rest.starts_with("^[[") => {
                rest = after_escape(&rest[2..]);
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
pub(crate) fn unquote(line: &str) -> &str {
    let inner = line.trim_start_matches([' ', '>', '`']);
    let opening = &line[..line.len() - inner.len()];
    let is_code = opening.contains('`') && !opening.contains("```");
    let line = inner.trim_end();
    let line = line.strip_suffix("```").unwrap_or(line);
    let end = line.trim_end_matches('`');
    // A name in the line may be code, too.
    let is_closed = is_code && !end.contains('`');
    (if is_closed { end } else { line }).trim_end()
}

/// The first characters of a text.
pub(super) fn excerpt(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
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
        check("^[[1;31m1MB^[[0m main.f", "1MB main.f");
        check("`  1MB main.f`", "1MB main.f");
        check("> ``1MB main.f``", "1MB main.f");
        check("`a`, `b`", "a`, `b`");
        check(
            "9226.15 MB  5%  1 GiB main.f 7 B",
            "9226.15MB  5%  1GiB main.f 7B",
        );
        check("5% [a/b.F](http://a/b.F) x", "5% a/b.F x");
        check("[a/b.(*T).f](http://a/b.(*T).f)", "a/b.(*T).f");
        check("[a.b](https://a.b)/c.(*T).f", "a.b/c.(*T).f");
        check("1MB <http://a.io|a.io>/c.f", "1MB a.io/c.f");
        check("[server] https://a.b", "[server] https://a.b");
        check("\x1b", "");
        check("\x1bé", "é");
    }

    #[test]
    fn lines_end_in_one_way() {
        let check = |text: &[u8], expected: &str| assert_eq!(decode(text).unwrap(), expected);
        check(b"a\rb\r\nc\r", "a\nb\nc\n");
        check(b"a\r\r\nb\r\n", "a\r\r\nb\r\n");
    }

    #[test]
    fn what_a_line_is_parted_into_has_one_number() {
        let lines: Vec<_> = NumberedLines::of("a\nb\u{b}\nc\nd\u{b}\n").collect();
        assert_eq!(lines, [(1, "a"), (2, "b"), (2, "c"), (3, "d")]);
    }

    #[test]
    fn what_is_no_utf8_is_latin1() {
        assert_eq!(decode(b"Gr\xfc\xdfe").unwrap(), "Gr\u{fc}\u{df}e");
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
