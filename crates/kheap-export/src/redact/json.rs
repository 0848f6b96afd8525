//! JSON as it is written: where a value ends, and what its strings mean.

use super::{exact, figures};

/// Where something that a text begins with ends, or else where it stops being one.
type End = Result<usize, usize>;

/// An object with members at the beginning of a text.
pub(super) fn object(text: &str) -> End {
    let begin = 1 + blanks(&text[1..]);
    match text[begin..].starts_with('"') {
        true => value(text),
        false => Err(begin),
    }
}

/// Whether a text is JSON, or a line of JSON that stands on several lines, such as `"key": [`,
/// `"text",` and, behind blanks, a number. What begins with an object has no key in front of it.
pub(super) fn is_line(text: &str) -> bool {
    let mut rest = text.trim_start();
    let is_number = |c: char| c.is_ascii_digit() || c == '-';
    let is_element = rest.len() < text.len() && rest.starts_with(is_number);
    if !rest.starts_with(['"', '[']) && !is_element {
        return false;
    }
    let key = rest.starts_with('"').then(|| string(rest).ok()).flatten();
    if let Some(behind) = key.and_then(|end| colon(&rest[end..])) {
        rest = behind.trim_start();
        if matches!(rest.trim_end(), "" | "{" | "[") {
            return true;
        }
    }
    let end = value(rest).map(|end| rest[end..].trim());
    end.is_ok_and(|rest| matches!(rest, "" | ","))
}

/// What stands behind a colon.
fn colon(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix(':')
}

/// Whether a string is the key of a member, by what stands behind it.
pub(super) fn is_key(behind: &str) -> bool {
    colon(behind).is_some()
}

/// How many bytes of blanks a text begins with.
fn blanks(text: &str) -> usize {
    let is_blank = |byte: &u8| b" \t\n\r".contains(byte);
    text.bytes().take_while(is_blank).count()
}

/// A value, however deep it is.
fn value(text: &str) -> End {
    let mut closing = Vec::new();
    let mut at = 0;
    let mut is_first = false;
    loop {
        at += blanks(&text[at..]);
        let is_closed = is_first && text[at..].chars().next() == closing.last().copied();
        if closing.last() == Some(&'}') && !is_closed {
            at = key(text, at)?;
        }
        is_first = false;
        match text.as_bytes().get(at) {
            _ if is_closed => {}
            Some(b'{' | b'[') => {
                closing.push(if text[at..].starts_with('{') {
                    '}'
                } else {
                    ']'
                });
                (at, is_first) = (at + 1, true);
                continue;
            }
            _ => at = scalar(text, at)?,
        }
        loop {
            let Some(end) = closing.last() else {
                return Ok(at);
            };
            at += blanks(&text[at..]);
            if text[at..].starts_with(*end) {
                closing.pop();
                at += 1;
            } else if text[at..].starts_with(',') {
                at += 1;
                break;
            } else {
                return Err(at);
            }
        }
    }
}

/// The key of a member, with its colon and the blanks behind it.
fn key(text: &str, at: usize) -> End {
    let end = text[at..].starts_with('"').then(|| string(&text[at..]));
    let end = at + end.ok_or(at)?.map_err(|end| at + end)?;
    let behind = colon(&text[end..]).ok_or(end)?;
    let end = text.len() - behind.len();
    Ok(end + blanks(behind))
}

/// A value that has no others in it.
fn scalar(text: &str, at: usize) -> End {
    let rest = &text[at..];
    if rest.starts_with('"') {
        return string(rest).map(|end| at + end).map_err(|end| at + end);
    }
    // Some programs write numbers that JSON has no word for.
    let words = ["true", "false", "null", "NaN", "Infinity", "-Infinity"];
    let word = words.iter().find(|word| rest.starts_with(**word));
    let length = word.map(|word| word.len());
    let end = length.or_else(|| figures::json_number(rest)).ok_or(at)?;
    Ok(at + end)
}

/// A string with its quotes at the beginning of a text.
pub(super) fn string(text: &str) -> End {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += escape(&text[at..]).ok_or(at)?.1,
            Some(0..0x20) | None => return Err(at),
            Some(_) => at += 1,
        }
    }
}

/// An escape at the beginning of a text: what it means, and how many bytes it has.
fn escape(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let value = match text.as_bytes().get(1)? {
        b'u' => {
            let high = unit(0)?;
            let pair = unit(6).and_then(|low| exact::of_pair(high, low));
            return Some(pair.map_or((exact::of_unit(high), 6), |value| (value, 12)));
        }
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        &mark @ (b'"' | b'\\' | b'/') => char::from(mark),
        _ => return None,
    };
    Some((value, 2))
}

/// A text that stands for another, whose characters may be spelled with more bytes or with fewer.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    pub(super) text: String,
    /// Where each character that is spelled otherwise begins and ends, here and there.
    spelled: Vec<[(usize, usize); 2]>,
}

impl Meaning {
    /// What a string means, given without its quotes.
    pub(super) fn of_string(written: &str) -> Self {
        let mut meaning = Self::default();
        let mut at = 0;
        while let Some(next) = written[at..].find('\\') {
            meaning.text.push_str(&written[at..at + next]);
            at += next;
            let (value, length) = escape(&written[at..]).unwrap_or(('\\', 1));
            meaning.push(value.encode_utf8(&mut [0; 4]), (at, at + length));
            at += length;
        }
        meaning.text.push_str(&written[at..]);
        meaning
    }

    /// A text in which backslashes are escaped, behind something else that is no part of it.
    pub(super) fn escaped(before: &str, written: &str) -> Self {
        let mut meaning = Self::default();
        meaning.push(before, (0, 0));
        let mut at = 0;
        while let Some(next) = written[at..].find('\\') {
            meaning.text.push_str(&written[at..at + next]);
            at += next;
            meaning.push("\\\\", (at, at + 1));
            at += 1;
        }
        meaning.text.push_str(&written[at..]);
        meaning
    }

    fn push(&mut self, text: &str, written: (usize, usize)) {
        let begin = self.text.len();
        self.text.push_str(text);
        self.spelled
            .push([(begin, written.0), (self.text.len(), written.1)]);
    }

    /// Where the characters from `begin` to `end` are written. Half of a character is none.
    pub(super) fn written(&self, begin: usize, end: usize) -> (usize, usize) {
        (self.place(begin, true), self.place(end, false))
    }

    fn place(&self, at: usize, is_begin: bool) -> usize {
        let after = self.spelled.partition_point(|[begin, _]| begin.0 <= at);
        let Some([begin, end]) = after.checked_sub(1).map(|last| self.spelled[last]) else {
            return at;
        };
        match at {
            _ if at >= end.0 => end.1 + (at - end.0),
            _ if at > begin.0 && is_begin => end.1,
            _ => begin.1,
        }
    }

    /// Whether a character begins before this place and ends behind it.
    pub(super) fn is_inside(&self, at: usize) -> bool {
        self.place(at, true) != self.place(at, false)
    }
}

/// The text of a string that means another one, without quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out
}

/// The numbers that the rest of an array begins with, also those in quotes: all of them with
/// commas between them, and where each ends, there and in the array. There are no more than `most`.
pub(super) fn numbers(text: &str, most: usize) -> (String, Vec<(usize, usize)>) {
    let (mut joined, mut ends, mut at) = (String::new(), Vec::new(), 0);
    while ends.len() < most {
        let rest = &text[at..];
        let (number, length) = match rest.starts_with('"') {
            true => {
                let length = string(rest).unwrap_or(1);
                (rest.get(1..length - 1).unwrap_or_default(), length)
            }
            false => {
                let length = figures::json_number(rest).unwrap_or(0);
                (&rest[..length], length)
            }
        };
        let is_part = |byte: u8| byte.is_ascii_hexdigit() || b"xX.+-".contains(&byte);
        if number.is_empty() || !number.bytes().all(is_part) {
            break;
        }
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(number);
        at += length;
        ends.push((joined.len(), at));
        let next = at + blanks(&text[at..]);
        if !text[next..].starts_with(',') {
            break;
        }
        at = next + 1 + blanks(&text[next + 1..]);
    }
    (joined, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_end_where_they_close() {
        for (text, end) in [
            (r#"{"a":1}x"#, Ok(7)),
            (r#"{ "a" : [ ] , "b":{},"c":[[1,-2.5e3],"\"}"]} "#, Ok(44)),
            (r#"{"a":"\ud83d\ude00\n"}"#, Ok(22)),
            (r#"{"a":[NaN,-Infinity,Infinity]}"#, Ok(30)),
            (r#"{"a":tru}"#, Err(5)),
            (r#"{"a":1"#, Err(6)),
            (r#"{"a":"\x"}"#, Err(6)),
            (r#"{"a" 1}"#, Err(4)),
            (r#"{"a":1,}"#, Err(7)),
            ("{}", Err(1)),
            ("{", Err(1)),
        ] {
            assert_eq!(object(text), end, "{text}");
        }
    }

    #[test]
    fn lines_of_json_are_known_by_their_strings() {
        for line in [
            r#"  "a": "b","#,
            r#""a":{"#,
            r#""a" : [ "#,
            r#""b\n""#,
            r#""a": [1, 2], "#,
            "[1, 2]",
            "  1234567,",
            "\t-1.5",
        ] {
            assert!(is_line(line), "{line}");
        }
        for line in [
            r#""a" "b""#,
            r#""a"="b""#,
            "[1 2]",
            "10,",
            " 1.2.3",
            " 1,2",
            r#""a": b"#,
            "",
        ] {
            assert!(!is_line(line), "{line}");
        }
    }

    #[test]
    fn what_a_string_means_is_found_where_it_is_written() {
        let written = r"a\u00e9\\b\ud83d\ude00c";
        let meaning = Meaning::of_string(written);
        assert_eq!(meaning.text, "aé\\b😀c");
        let place = |text: &str| {
            let at = meaning.text.find(text).unwrap();
            let (begin, end) = meaning.written(at, at + text.len());
            &written[begin..end]
        };
        assert_eq!(place("é"), r"\u00e9");
        assert_eq!(place("b😀"), r"b\ud83d\ude00");
        assert_eq!(place("c"), "c");
        let doubled = Meaning::escaped("key", r"a\b");
        assert_eq!(doubled.text, r"keya\\b");
        assert_eq!(doubled.written(3, 7), (0, 3));
        assert_eq!(doubled.written(5, 7), (2, 3));
        assert!(doubled.is_inside(5) && !doubled.is_inside(4));
    }
}
