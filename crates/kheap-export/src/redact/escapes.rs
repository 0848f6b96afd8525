//! Characters as they are meant: escapes of JSON, URLs, Go and markup are undone. A colour of a
//! terminal is one character.

use super::exact;
use super::terminal::{self, MOST_PARAMETERS, is_parameter};

/// The longest escape of one character, in bytes: that of markup.
const LONGEST: usize = 32;

/// The longest number of a character, in bytes.
const LONGEST_NUMBER: usize = 12;

/// How often markup may be escaped: `&amp;amp;#46;`.
const MOST_OF_MARKUP: usize = 3;

/// The character that begins colours and other commands to a terminal.
pub(super) const ESCAPE: char = '\u{1b}';

/// The same as one character of eight bits.
const INTRODUCER: char = '\u{9b}';

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
        // To look up whether it is a letter takes the longest.
        let is_part =
            matches!(value, '-' | '_') || exact::is_strange(value) || value.is_alphanumeric();
        Self {
            value,
            length,
            is_part,
        }
    }
}

/// The first character of a text, with all of a command to a terminal.
#[inline]
pub(super) fn first(text: &str) -> Option<Char> {
    match plain(text) {
        Some(c) => Some(c),
        None => escaped_first(text),
    }
}

/// The first character of a text where it is ASCII and no escape, as most are.
#[inline]
pub(super) fn plain(text: &str) -> Option<Char> {
    let byte = *text.as_bytes().first()?;
    (byte.is_ascii() && !begins_escape(byte)).then(|| Char {
        value: char::from(byte),
        length: 1,
        is_part: byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
    })
}

fn escaped_first(text: &str) -> Option<Char> {
    let c = single(text)?;
    let rest = &text[c.length..];
    let is_introducer = c.value == INTRODUCER || c.value == exact::of_byte(INTRODUCER as u8);
    Some(match c.value {
        ESCAPE => Char::new(ESCAPE, c.length + terminal::command(rest)),
        _ if is_introducer => match terminal::parameters(rest) {
            0 => c,
            parameters => Char::new(ESCAPE, c.length + parameters),
        },
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
        '^' => of_caret(text),
        _ => None,
    };
    Some(escape.unwrap_or_else(|| Char::new(first, first.len_utf8())))
}

/// Whether a byte may begin an escape.
fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'^' | 0x1b)
}

/// The last character of a text; where it may be the end of an escape, that of the escape.
pub(super) fn last(text: &str) -> Option<char> {
    let bytes = text.as_bytes();
    // Only the letter of a command may stand far behind where its escape begins.
    let mut parameters = bytes.iter().rev().skip(1).take(MOST_PARAMETERS);
    let parameters = parameters
        .by_ref()
        .take_while(|byte| is_parameter(byte))
        .count();
    let is_command = bytes.last().is_some_and(u8::is_ascii_alphabetic);
    let command = if is_command {
        "[".len() + parameters + 1
    } else {
        0
    };
    let from = text.len().saturating_sub(LONGEST + command);
    let is_begin = |at: &usize| {
        // The first byte of a longer character says what it is.
        begins_escape(bytes[*at]) || is_command && bytes[*at] >= 0xc0
    };
    let escape = (from..text.len()).filter(is_begin).find_map(|begin| {
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

/// A tag or a comment of HTML at the beginning of a text: how many bytes it has. The value of an
/// attribute may have what else ends a tag.
pub(super) fn tag(text: &str) -> Option<usize> {
    tag_with(text, true).or_else(|| tag_with(text, false))
}

fn tag_with(text: &str, has_quotes: bool) -> Option<usize> {
    const LONGEST: usize = 100;
    let mut length = 0;
    let (mut is_comment, mut dashes) = (false, 0);
    let (mut last, mut quote) = ('<', None);
    for at in 0..LONGEST {
        let c = first(&text[length..])?;
        length += c.length;
        match (at, c.value) {
            (0, '<') | (1, '/' | '!' | '?') => is_comment = c.value == '!',
            (0, _) => return None,
            (1, value) if !value.is_ascii_alphabetic() => return None,
            (2, value) if is_comment => is_comment = value == '-',
            (_, value) if quote.is_some() => quote = quote.filter(|quote| *quote != value),
            (_, '"' | '\'') if has_quotes && last == '=' => quote = Some(c.value),
            (_, '>') if !is_comment || dashes >= 2 => return Some(length),
            (_, '<') if !is_comment => return None,
            _ => {}
        }
        dashes = if c.value == '-' { dashes + 1 } else { 0 };
        last = c.value;
    }
    None
}

/// An entity of markup at the beginning of a text, known or not: how many bytes it has.
pub(super) fn entity(text: &str) -> Option<usize> {
    let name = text.strip_prefix('&')?;
    let length = name
        .bytes()
        .take(LONGEST)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (begins && name[length..].starts_with(';')).then_some(1 + length + 1)
}

fn number(text: &str, from: usize, to: usize, base: u32) -> Option<u32> {
    let digits = text.get(from..to).filter(|digits| !digits.is_empty())?;
    digits.chars().try_fold(0_u32, |number, digit| {
        number.checked_mul(base)?.checked_add(digit.to_digit(base)?)
    })
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
        b'x' | b'u' | b'o' if text[2..].starts_with('{') => in_braces(text, escaped),
        b'U' => number(text, 2, 10, 16)
            .and_then(char::from_u32)
            .map(|value| Char::new(value, 10)),
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
        b'e' if text[2..].starts_with(['[', '(']) => Some(Char::new(ESCAPE, 2)),
        _ => None,
    };
    // Expressions and strings escape the marks of an address. A digit is no part of an escape, and
    // in a copy a pseudonym may stand for one.
    let is_mark = escaped.is_ascii_punctuation();
    let value = if is_mark { char::from(escaped) } else { '\\' };
    let is_pseudonym = || {
        ["anon", "Anon"]
            .iter()
            .any(|anon| text[1..].starts_with(anon))
    };
    let is_escape = escaped.is_ascii() && !escaped.is_ascii_digit() && !is_pseudonym();
    coded.or_else(|| is_escape.then(|| Char::new(value, 2)))
}

/// `\x{2e}`, `\u{2e}` or `\o{56}`, as expressions have them.
fn in_braces(text: &str, kind: u8) -> Option<Char> {
    const BEGIN: usize = "\\x{".len();
    const MOST_DIGITS: usize = 8;
    let base = if kind == b'o' { 8 } else { 16 };
    let rest = &text[BEGIN..];
    let digits = { rest.bytes().take(MOST_DIGITS) }.take_while(u8::is_ascii_hexdigit);
    let end = BEGIN + digits.count();
    let value = number(text, BEGIN, end, base).filter(|_| text[end..].starts_with('}'))?;
    Some(Char::new(char::from_u32(value)?, end + 1))
}

/// A command to a terminal as editors show it: `^[[0m`.
fn of_caret(text: &str) -> Option<Char> {
    let command = text.strip_prefix("^[")?;
    // In an expression a bracket may stand there, and a class of characters.
    let is_command = match command.strip_prefix('[') {
        Some(rest) => rest[..terminal::parameters(rest)].ends_with(['m', 'K']),
        None => command.starts_with("(B"),
    };
    is_command.then(|| Char::new(ESCAPE, "^[".len()))
}

/// `&#46;`, `&#x2e;` or `&period;`; or a mark where markup stands in markup: `&amp;#46;`.
fn of_markup(text: &str) -> Option<Char> {
    const ESCAPED: &str = "amp;";
    let mut begin = "&".len();
    let (value, length) = reference(text.get(begin..)?)?;
    let mut found = Char::new(value, begin + length);
    for _ in 1..MOST_OF_MARKUP {
        if !text[begin..].starts_with(ESCAPED) {
            break;
        }
        begin += ESCAPED.len();
        match reference(&text[begin..]) {
            Some((value, length)) if !value.is_alphanumeric() => {
                found = Char::new(value, begin + length);
            }
            _ => break,
        }
    }
    Some(found)
}

/// What stands behind the `&` of markup: a character, and how many bytes it takes.
fn reference(text: &str) -> Option<(char, usize)> {
    /// More than the longest name of the list has, in bytes.
    const LONGEST_NAME: usize = 20;
    let Some(code) = text.strip_prefix('#') else {
        let end = text.bytes().take(LONGEST_NAME).position(|b| b == b';')?;
        return Some((named(&text[..end])?, end + 1));
    };
    let (code, base) = match code.strip_prefix(['x', 'X']) {
        Some(code) => (code, 16),
        None => (code, 10),
    };
    let begin = text.len() - code.len();
    let digits = { code.chars().take(LONGEST_NUMBER) }.take_while(|c| c.is_digit(base));
    let end = begin + digits.count();
    let value = { text[end..].starts_with(';') }.then(|| number(text, begin, end, base))??;
    Some((char::from_u32(value)?, end + 1))
}

/// The mark or blank that markup has a name for.
///
/// Source: HTML, named character references, without letters, arrows and operators.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" | "NonBreakingSpace" => '\u{a0}',
        "Tab" => '\t',
        "NewLine" => '\u{85}',
        "period" => '.',
        "comma" => ',',
        "colon" => ':',
        "semi" => ';',
        "excl" => '!',
        "quest" => '?',
        "num" => '#',
        "dollar" => '$',
        "percnt" => '%',
        "ast" | "midast" => '*',
        "plus" => '+',
        "equals" => '=',
        "commat" => '@',
        "sol" => '/',
        "bsol" => '\\',
        "Hat" => '^',
        "lowbar" | "UnderBar" => '_',
        "grave" | "DiacriticalGrave" => '`',
        "vert" | "verbar" | "VerticalLine" => '|',
        "lpar" => '(',
        "rpar" => ')',
        "lsqb" | "lbrack" => '[',
        "rsqb" | "rbrack" => ']',
        "lcub" | "lbrace" => '{',
        "rcub" | "rbrace" => '}',
        "hyphen" | "dash" => '\u{2010}',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "horbar" => '\u{2015}',
        "minus" => '\u{2212}',
        "middot" | "centerdot" | "CenterDot" => '\u{b7}',
        "bull" | "bullet" => '\u{2022}',
        "hellip" | "mldr" => '\u{2026}',
        "sdot" => '\u{22c5}',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "lrm" => '\u{200e}',
        "rlm" => '\u{200f}',
        "ZeroWidthSpace" => '\u{200b}',
        "NoBreak" => '\u{2060}',
        "ensp" => '\u{2002}',
        "emsp" => '\u{2003}',
        "numsp" => '\u{2007}',
        "puncsp" => '\u{2008}',
        "thinsp" | "ThinSpace" => '\u{2009}',
        "hairsp" | "VeryThinSpace" => '\u{200a}',
        _ => return None,
    })
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
            ("&lsqb;", '['),
            ("&amp;#46;", '.'),
            ("&amp;amp;#x2e;", '.'),
            ("&amp;comma;", ','),
            (r"\x{2e}", '.'),
            (r"\o{56}", '.'),
            (r"\u{2e}", '.'),
            (r"\U0000002e", '.'),
            ("^[[0m", ESCAPE),
            ("^[(B", ESCAPE),
            ("\u{1b}(B", ESCAPE),
            ("\\e(B", ESCAPE),
            ("\\u001b(0", ESCAPE),
            ("\u{1b}\\", ESCAPE),
            ("\u{1b}[0 q", ESCAPE),
            ("\u{1b}]8;;a\u{1b}\\", ESCAPE),
            ("\\u001b]0;a\\u0007", ESCAPE),
            ("\u{9b}1;31m", ESCAPE),
            (r"\x9b0m", ESCAPE),
            (r"\u009b0m", ESCAPE),
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
        for text in [
            "%zz",
            "&amp",
            "&#;",
            "&#x110000;",
            "%",
            "\x1b[",
            "\\4",
            "^[[a",
        ] {
            assert_eq!(first(text).unwrap().length, 1, "{text}");
        }
    }

    #[test]
    fn a_tag_ends_behind_its_attributes() {
        for tag in [
            "<b>",
            "<sub title='a>b'>",
            r#"<a href="<x>" b>"#,
            r#"<a href=\"<x>\">"#,
            "<b it's>",
            "<a b=' c>",
            "<!-- a='>' -->",
        ] {
            assert_eq!(super::tag(&format!("{tag}10")), Some(tag.len()), "{tag}");
        }
    }

    #[test]
    fn what_an_escape_means_is_no_escape_again() {
        assert_eq!(undone("%2541"), "%41");
        assert_eq!(without_tags("1%3Cb%3E%2541%3C/b%3E"), "1%41");
    }
}
