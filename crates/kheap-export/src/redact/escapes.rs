//! Characters as they are meant: escapes of JSON, URLs, Go and markup are undone. A colour of a
//! terminal is one character.

use super::exact;

/// The longest escape, in bytes: that of a command to a terminal.
const LONGEST: usize = LONGEST_OF_MARKUP + "[".len() + MOST_PARAMETERS + 1;

/// The longest escape of markup, in bytes.
const LONGEST_OF_MARKUP: usize = 12;

/// How long the parameters of a command may be, in bytes: two colours of 24 bits and some styles.
const MOST_PARAMETERS: usize = 44;

/// The character that begins colours and other commands to a terminal.
pub(super) const ESCAPE: char = '\u{1b}';

/// Characters that markup has names for.
const NAMED: [(&str, char); 9] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&apos;", '\''),
    ("&nbsp;", '\u{a0}'),
    ("&period;", '.'),
    ("&colon;", ':'),
    ("&vert;", '|'),
];

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

/// The first character of a text, with all of a command to a terminal.
pub(super) fn first(text: &str) -> Option<Char> {
    let c = single(text)?;
    Some(match c.value {
        ESCAPE => Char::new(ESCAPE, c.length + command(&text[c.length..])),
        _ => c,
    })
}

/// The first character of a text, without the rest of a command.
pub(super) fn single(text: &str) -> Option<Char> {
    let first = text.chars().next()?;
    let escape = match first {
        '%' => of_url(text),
        '\\' => of_backslash(text),
        '&' => of_markup(text),
        _ => None,
    };
    Some(escape.unwrap_or_else(|| Char::new(first, first.len_utf8())))
}

/// What is behind the first character of a command to a terminal, such as `[1;31m`: how many
/// bytes that has.
fn command(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('[') else {
        return 0;
    };
    let is_parameter = |byte: &u8| byte.is_ascii_digit() || b";:?".contains(byte);
    let parameters = rest.bytes().take(MOST_PARAMETERS).take_while(is_parameter);
    let parameters = parameters.count();
    match rest[parameters..].starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => "[".len() + parameters + 1,
        false => 0,
    }
}

/// Whether a command to a terminal sets colours and styles: each of its parameters is one.
///
/// Source: ECMA-48, SGR, and ITU-T T.416 for colours of 8 and 24 bits. Fonts (10 to 20) are left
/// out: no terminal has them, and many addresses begin with 10.
pub(super) fn is_colour(command: &str) -> bool {
    let parameters = command.strip_suffix('m').and_then(|c| c.rsplit_once('['));
    let Some((_, parameters)) = parameters else {
        return false;
    };
    let parameters = parameters.split([';', ':']).filter(|one| !one.is_empty());
    let mut numbers = parameters.map(|one| one.parse::<u8>().ok());
    while let Some(number) = numbers.next() {
        let is_known = match number {
            Some(38 | 48 | 58) => {
                let values = match numbers.next().flatten() {
                    Some(5) => 1,
                    Some(2) => 3,
                    _ => return false,
                };
                (0..values).all(|_| numbers.next().flatten().is_some())
            }
            Some(0..=9 | 21..=55 | 59 | 90..=97 | 100..=107) => true,
            _ => false,
        };
        if !is_known {
            return false;
        }
    }
    true
}

/// The last character of a text; where it may be the end of an escape, that of the escape.
pub(super) fn last(text: &str) -> Option<char> {
    let from = text.len().saturating_sub(LONGEST);
    let begins = (from..text.len()).filter(|&at| b"%\\&\x1b".contains(&text.as_bytes()[at]));
    let escape = { begins }.find_map(|begin| {
        let length = text.len() - begin;
        first(&text[begin..]).filter(|c| c.length == length)
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

/// The same without tags of HTML.
pub(super) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = first(rest) {
        let tag = tag(rest);
        if tag.is_none() {
            plain.push(c.value);
        }
        rest = &rest[tag.unwrap_or(c.length)..];
    }
    plain
}

/// A tag of HTML at the beginning of a text: how many bytes it has.
pub(super) fn tag(text: &str) -> Option<usize> {
    const LONGEST: usize = 100;
    let mut length = 0;
    for at in 0..LONGEST {
        let c = first(&text[length..])?;
        length += c.length;
        match (at, c.value) {
            (0, '<') | (1, '/') => {}
            (0, _) => return None,
            (1, value) if !value.is_ascii_alphabetic() => return None,
            (_, '>') => return Some(length),
            (_, '<') => return None,
            _ => {}
        }
    }
    None
}

fn number(text: &str, from: usize, to: usize, base: u32) -> Option<u32> {
    let digits = text.get(from..to)?;
    let is_number = digits.chars().all(|digit| digit.is_digit(base));
    is_number.then(|| u32::from_str_radix(digits, base).ok())?
}

/// A byte: letters other than ASCII have several. What no text has may be a byte of an address.
fn byte(text: &str, from: usize, to: usize, base: u32) -> Option<Char> {
    let byte = u8::try_from(number(text, from, to, base)?).ok()?;
    let c = Char::new(exact::of_byte(byte), to);
    let is_of_text = b"\t\n\r".contains(&byte) || c.value == ESCAPE;
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
        b'e' if text[2..].starts_with('[') => Some(Char::new(ESCAPE, 2)),
        _ => None,
    };
    // Expressions and strings escape the marks of an address. A digit is no part of an escape.
    let is_mark = escaped.is_ascii_punctuation();
    let value = if is_mark { char::from(escaped) } else { '\\' };
    let is_escape = escaped.is_ascii() && !escaped.is_ascii_digit();
    coded.or_else(|| is_escape.then(|| Char::new(value, 2)))
}

/// `&#46;`, `&#x2e;` or `&period;`.
fn of_markup(text: &str) -> Option<Char> {
    let named = NAMED.iter().find(|(name, _)| text.starts_with(name));
    if let Some((name, value)) = named {
        return Some(Char::new(*value, name.len()));
    }
    let code = text.strip_prefix("&#")?;
    let (code, base) = match code.strip_prefix(['x', 'X']) {
        Some(code) => (code, 16),
        None => (code, 10),
    };
    let begin = text.len() - code.len();
    let digits = code
        .chars()
        .take(LONGEST_OF_MARKUP)
        .take_while(|c| c.is_digit(base));
    let end = begin + digits.count();
    let is_ended = text[end..].starts_with(';') && end < LONGEST_OF_MARKUP;
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
            ("\\\"", '"'),
            ("&amp;", '&'),
            ("&period;", '.'),
            ("\x1b[1;31m", ESCAPE),
            ("\\u001b[0m", ESCAPE),
            ("\\e[38;2;255;255;255m", ESCAPE),
            ("&#x0000001b;[1;38;2;255;255;255;48;2;255;255;255m", ESCAPE),
            ("a", 'a'),
        ] {
            let c = first(&format!("{text}10.0.0.1")).unwrap();
            assert_eq!((c.value, c.length), (value, text.len()), "{text}");
            assert_eq!(last(&format!("7{text}")), Some(value), "{text}");
        }
        for text in ["%zz", "&amp", "&#;", "&#x110000;", "%", "\x1b[", "\\4"] {
            assert_eq!(first(text).unwrap().length, 1, "{text}");
        }
    }

    #[test]
    fn colours_have_styles_and_colours_alone() {
        for colour in [
            "\x1b[m",
            "\x1b[0m",
            "\x1b[01;31m",
            "\\u001b[1;32;40;5m",
            "\x1b[1;38;5;196m",
            "\x1b[38;2;10;20;30;48;5;7m",
            "\x1b[38:2::255:0:0m",
        ] {
            assert!(is_colour(colour), "{colour}");
        }
        for other in [
            "\x1b[10;211;47;93m",
            "\x1b[1;2;3;4H",
            "\x1b[38;5m",
            "\x1b",
            "m",
        ] {
            assert!(!is_colour(other), "{other}");
        }
    }

    #[test]
    fn what_an_escape_means_is_no_escape_again() {
        assert_eq!(undone("%2541"), "%41");
        assert_eq!(without_tags("1%3Cb%3E%2541%3C/b%3E"), "1%41");
    }
}
