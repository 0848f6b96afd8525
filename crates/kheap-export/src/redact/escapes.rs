//! Characters as they are meant: escapes of JSON, URLs, Go and markup are undone.

use super::exact;

/// The longest escape, in bytes: two halves of UTF-16.
const LONGEST: usize = 12;

/// A character as it is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Char {
    pub(super) value: char,
    /// How many bytes it takes in the text.
    pub(super) length: usize,
    /// Whether it is part of a word.
    pub(super) is_part: bool,
}

impl Char {
    fn new(value: char, length: usize) -> Self {
        let is_part = value.is_alphanumeric() || "-_".contains(value) || exact::is_strange(value);
        Self {
            value,
            length,
            is_part,
        }
    }
}

/// The first character of a text.
pub(super) fn first(text: &str) -> Option<Char> {
    let first = text.chars().next()?;
    let escape = match first {
        '%' => of_url(text),
        '\\' => of_backslash(text),
        '&' => of_markup(text),
        _ => None,
    };
    Some(escape.unwrap_or_else(|| Char::new(first, first.len_utf8())))
}

/// The last character of a text; where it may be the end of an escape, that of the escape.
pub(super) fn last(text: &str) -> Option<char> {
    let escape = (2..=LONGEST).rev().find_map(|length| {
        let begin = text.len().checked_sub(length)?;
        let ending = text.get(begin..)?;
        let escape = ending.starts_with(['%', '\\', '&']).then(|| first(ending));
        escape?.filter(|c| c.length == length)
    });
    escape.map(|c| c.value).or_else(|| text.chars().next_back())
}

/// A text without escapes.
pub(super) fn undone(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = first(rest) {
        plain.push(c.value);
        rest = &rest[c.length..];
    }
    plain
}

fn number(text: &str, from: usize, to: usize, base: u32) -> Option<u32> {
    let digits = text.get(from..to)?;
    let is_number = digits.chars().all(|digit| digit.is_digit(base));
    is_number.then(|| u32::from_str_radix(digits, base).ok())?
}

/// A byte: letters other than ASCII have several. What no text has may be a byte of an address.
fn byte(text: &str, from: usize, to: usize, base: u32) -> Option<Char> {
    const OF_TERMINALS: u8 = 0x1b;
    let byte = u8::try_from(number(text, from, to, base)?).ok()?;
    let c = Char::new(exact::of_byte(byte), to);
    let is_of_text = b"\t\n\r".contains(&byte) || byte == OF_TERMINALS;
    Some(Char {
        is_part: c.is_part || c.value.is_control() && !is_of_text,
        ..c
    })
}

/// `%2E`, or `%252E` where a URL stands in a URL. Only punctuation is taken from the second:
/// `%2541` may be a percent sign before a number.
fn of_url(text: &str) -> Option<Char> {
    let nested = text.strip_prefix("%25").and_then(|_| byte(text, 3, 5, 16));
    let nested = nested.filter(|c| c.value.is_ascii_punctuation() || c.value == ' ');
    nested.or_else(|| byte(text, 1, 3, 16))
}

fn of_backslash(text: &str) -> Option<Char> {
    let escaped = *text.as_bytes().get(1)?;
    let coded = match escaped {
        b'u' => number(text, 2, 6, 16).map(|unit| {
            let low = text.get(6..8).filter(|mark| *mark == "\\u");
            let low = low.and_then(|_| number(text, 8, 12, 16));
            match low.and_then(|low| exact::of_pair(unit, low)) {
                Some(value) => Char::new(value, 12),
                None => Char::new(exact::of_unit(unit), 6),
            }
        }),
        b'x' => byte(text, 2, 4, 16),
        b'0'..=b'3' => byte(text, 1, 4, 8),
        _ => None,
    };
    // Expressions escape the marks of an address.
    let mark = || {
        b".:-_/[](){}"
            .contains(&escaped)
            .then(|| char::from(escaped))
    };
    coded.or_else(|| {
        escaped
            .is_ascii()
            .then(|| Char::new(mark().unwrap_or('\\'), 2))
    })
}

/// `&#46;` or `&#x2e;`.
fn of_markup(text: &str) -> Option<Char> {
    let code = text.strip_prefix("&#")?;
    let (code, base) = match code.strip_prefix(['x', 'X']) {
        Some(code) => (code, 16),
        None => (code, 10),
    };
    let begin = text.len() - code.len();
    let digits = code.chars().take(LONGEST).take_while(|c| c.is_digit(base));
    let end = begin + digits.count();
    let is_ended = text[end..].starts_with(';') && end < LONGEST;
    let value = is_ended.then(|| number(text, begin, end, base))??;
    Some(Char::new(char::from_u32(value)?, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_one_character() {
        for (text, value) in [
            ("%2E", '.'),
            ("%252e", '.'),
            ("\\u002e", '.'),
            ("\\x2e", '.'),
            ("\\056", '.'),
            ("&#46;", '.'),
            ("&#x2E;", '.'),
            ("\\ud83d\\ude00", '\u{1f600}'),
            ("\\n", '\\'),
            ("\\.", '.'),
            ("a", 'a'),
        ] {
            let c = first(&format!("{text}10.0.0.1")).unwrap();
            assert_eq!((c.value, c.length), (value, text.len()), "{text}");
            assert_eq!(last(&format!("7{text}")), Some(value), "{text}");
        }
        for text in ["%zz", "&amp;", "&#;", "&#x110000;", "%"] {
            assert_eq!(first(text).unwrap().length, 1, "{text}");
        }
    }
}
