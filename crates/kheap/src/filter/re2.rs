//! Regular expressions of RE2 written in the syntax of the regex crate.
//!
//! What both read alike, errors included, is passed on.
//!
//! Source: Go's `regexp/syntax`, `parse.go`.

/// Writes out what RE2 reads otherwise than the regex crate:
///
/// - `\Q…\E`, and braces that are no repetition, as in `struct {`;
/// - `[`, `&&`, `--` and `~~` in a class, which stand for themselves or a range;
/// - `\<` and `\>`, which are no word boundaries;
/// - `\d`, `\s`, `\w` and `\b`, which know ASCII only.
pub(super) fn from_re2(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = match rest.as_bytes() {
            [b'\\', b'Q', ..] => quoted(&rest[2..], &mut out),
            [b'\\', b'b', ..] => put("(?-u:\\b)", &rest[2..], &mut out),
            [b'\\', b'B', ..] => put("(?-u:\\B)", &rest[2..], &mut out),
            [b'\\', ..] => match perl_class(rest) {
                Some((ranges, negated)) => {
                    let not = if negated { "^" } else { "" };
                    out.push_str(&format!("[{not}{ranges}]"));
                    &rest[2..]
                }
                None => escape(rest, &mut out),
            },
            [b'[', ..] => class(rest, &mut out),
            [b'{', ..] => {
                let length = 1 + repetition_length(&rest[1..]).unwrap_or(0);
                if length == 1 {
                    out.push('\\');
                }
                put(&rest[..length], &rest[length..], &mut out)
            }
            _ => put(&rest[..c.len_utf8()], &rest[c.len_utf8()..], &mut out),
        };
    }
    out
}

/// Writes a text and returns what is left to read.
fn put<'p>(text: &str, rest: &'p str, out: &mut String) -> &'p str {
    out.push_str(text);
    rest
}

/// Reads what follows `\Q`.
fn quoted<'p>(rest: &'p str, out: &mut String) -> &'p str {
    let (text, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
    put(&regex_syntax::escape(text), rest, out)
}

/// The ranges of a class such as `\d` at the beginning of a text, and whether it is
/// everything else that is meant.
fn perl_class(text: &str) -> Option<(&'static str, bool)> {
    let letter = *text.as_bytes().get(1)?;
    let ranges = match letter.to_ascii_lowercase() {
        b'd' => "0-9",
        b's' => "\\t\\n\\f\\r ",
        b'w' => "0-9A-Za-z_",
        _ => return None,
    };
    Some((ranges, letter.is_ascii_uppercase()))
}

/// Reads any other escape.
fn escape<'p>(text: &'p str, out: &mut String) -> &'p str {
    match text.as_bytes() {
        // The regex crate has word boundaries of this form.
        [_, b'<' | b'>', ..] => put(&text[1..2], &text[2..], out),
        _ => {
            let length = escape_length(text);
            put(&text[..length], &text[length..], out)
        }
    }
}

/// How long an escape is; braces may belong to it.
fn escape_length(text: &str) -> usize {
    match text.as_bytes() {
        [_, b'p' | b'P' | b'x', b'{', ..] => text.find('}').map_or(3, |end| end + 1),
        _ => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
    }
}

/// Reads a class in brackets.
fn class<'p>(text: &'p str, out: &mut String) -> &'p str {
    let start = if text.starts_with("[^") { 2 } else { 1 };
    let mut rest = put(&text[..start], &text[start..], out);
    let mut first = true;
    while let Some(c) = rest.chars().next() {
        if c == ']' && !first {
            return put("]", &rest[1..], out);
        }
        first = false;
        rest = match posix_class_length(rest) {
            Some(length) => put(&rest[..length], &rest[length..], out),
            None => class_item(rest, out),
        };
    }
    rest
}

/// How long `[:alpha:]` is at the beginning of a text.
fn posix_class_length(text: &str) -> Option<usize> {
    text.starts_with("[:").then_some(())?;
    Some(2 + text[2..].find(":]")? + 2)
}

/// Reads a character, an escape or a range in a class.
fn class_item<'p>(text: &'p str, out: &mut String) -> &'p str {
    if let (true, Some((ranges, negated))) = (text.starts_with('\\'), perl_class(text)) {
        match negated {
            true => out.push_str(&format!("[^{ranges}]")),
            false => out.push_str(ranges),
        }
        return &text[2..];
    }
    if text.starts_with("\\p") || text.starts_with("\\P") {
        return escape(text, out);
    }
    let rest = class_character(text, out);
    match rest.strip_prefix('-') {
        Some(end) if !end.is_empty() && !end.starts_with(']') => {
            out.push('-');
            class_character(end, out)
        }
        _ => rest,
    }
}

/// Reads one character of a class, so that it stands for itself.
fn class_character<'p>(text: &'p str, out: &mut String) -> &'p str {
    if text.starts_with('\\') {
        return escape(text, out);
    }
    if text.starts_with(['[', ']', '^', '-', '&', '~']) {
        out.push('\\');
    }
    let length = text.chars().next().map_or(0, char::len_utf8);
    put(&text[..length], &text[length..], out)
}

/// How long `2}`, `2,}` or `2,3}` is at the beginning of a text.
fn repetition_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let low = digits(text);
    let mut length = low;
    if text[length..].starts_with(',') {
        length += 1;
        length += digits(&text[length..]);
    }
    (low > 0 && text[length..].starts_with('}')).then_some(length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Pattern;

    #[test]
    fn what_only_re2_knows_is_written_out() {
        let check = |pattern: &str, expected: &str| assert_eq!(from_re2(pattern), expected);
        check("struct {", "struct \\{");
        check("a{2}b{2,}c{2,3}", "a{2}b{2,}c{2,3}");
        check("a{,2}{x}{2", "a\\{,2}\\{x}\\{2");
        check("\\Qa.b{\\E.c", "a\\.b\\{.c");
        check("\\Qa.b", "a\\.b");
        check("\\p{Greek}\\x{3b1}\\{", "\\p{Greek}\\x{3b1}\\{");
        check("αβ{γ\\", "αβ\\{γ\\");
        check("[a-z0-9]", "[a-z0-9]");
        check("[^]x[:alpha:]-]", "[^\\]x[:alpha:]\\-]");
    }

    /// What Go's `regexp` says: whether the text is found, or that the pattern is
    /// none.
    #[track_caller]
    fn check(pattern: &str, text: &str, expected: Option<bool>) {
        let found = Pattern::new(pattern).map(|pattern| pattern.is_match(text.as_bytes()));
        assert_eq!(found.ok(), expected, "{pattern} in {text}");
    }

    const FOUND: Option<bool> = Some(true);
    const NOT_FOUND: Option<bool> = Some(false);

    #[test]
    fn brackets_and_doubled_signs_stand_for_themselves_in_a_class() {
        check("[[]", "a[", FOUND);
        check("[[]", "a", NOT_FOUND);
        check("[a&&b]", "&", FOUND);
        check("^[a&&b]$", "a", FOUND);
        check("[a~~b]", "~", FOUND);
        check("[a[b]]", "b]", FOUND);
        check("[a[b]]", "b", NOT_FOUND);
        check("[^]a]", "]", NOT_FOUND);
        check("[^]a]", "b", FOUND);
        check("[a-z{2}]", "}", FOUND);
    }

    #[test]
    fn a_hyphen_makes_a_range_wherever_it_can() {
        check("[+--]", ",", FOUND);
        check("[--a]", "A", FOUND);
        check("[a--]", "a", None);
        check("[a-]", "-", FOUND);
        check("[a\\-z]", "b", NOT_FOUND);
        check("[\\w-z]", "-", FOUND);
        check("[a-\\d]", "-", None);
        check("[é-ü]", "ö", FOUND);
        check("[\\x{3b1}-\\x{3c9}]", "β", FOUND);
    }

    #[test]
    fn posix_and_unicode_classes_work_in_a_class() {
        check("[[:alpha:]]", "x", FOUND);
        check("[[:alpha:]]", "5", NOT_FOUND);
        check("[[:^alpha:]]", "5", FOUND);
        check("[[:alpha]", "[", FOUND);
        check("[\\p{Greek}]", "α", FOUND);
        check("[\\pL]", "é", FOUND);
    }

    #[test]
    fn perl_classes_and_word_boundaries_know_ascii_only() {
        check("^\\d$", "3", FOUND);
        check("^\\d$", "٣", NOT_FOUND);
        check("^\\w$", "é", NOT_FOUND);
        check("^\\W$", "é", FOUND);
        check("^\\s$", "\u{a0}", NOT_FOUND);
        check("^\\s$", "\u{b}", NOT_FOUND);
        check("^[\\d.]$", "٣", NOT_FOUND);
        check("^[\\D]$", "٣", FOUND);
        check("^[^\\W]$", "é", NOT_FOUND);
        check("\\bx", "éx", FOUND);
        check("\\Bx", "éx", NOT_FOUND);
        check("\\b{start}", "b{start}", FOUND);
    }

    #[test]
    fn angle_brackets_are_no_word_boundaries() {
        check("\\<init\\>", "<init>", FOUND);
        check("[\\<]", "<", FOUND);
    }
}
