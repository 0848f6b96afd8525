//! What stands after the numbers of a row: address, name, source, inline mark.

use std::borrow::Cow;

use crate::graph::InlineMark;

/// The parts of a row's last column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub(crate) address: Option<u64>,
    pub(crate) name: &'a str,
    pub(crate) source: Option<&'a str>,
    pub(crate) inline: InlineMark,
}

impl<'a> Name<'a> {
    /// Takes a last column apart, as far as its granularity had the parts.
    pub(super) fn parse(text: &'a str) -> Self {
        let (text, inline) = split_mark(code_span(text.trim()));
        let (address, text) = split_address(code_span(text));
        let (name, source) = split_source(text);
        Self {
            address,
            name,
            source,
            inline,
        }
    }

    /// Whether this is surely a Go symbol, and not some word of a sentence.
    pub(super) fn is_symbol(&self) -> bool {
        let name = self.name;
        let inner = name.trim_end_matches(['.', ',', ':', ';', '?', '!']);
        inner.len() == name.len()
            && inner.contains('.')
            && !name.contains("://")
            && depth_zero_spaces(name).next().is_none()
            && is_complete(name)
    }
}

/// The cell of a Markdown table that `text` starts with.
pub(super) fn markdown_cell(text: &str) -> Cow<'_, str> {
    let mut before = ' ';
    let end = text.find(|c| {
        let is_end = c == '|' && before != '\\';
        before = c;
        is_end
    });
    let cell = text[..end.unwrap_or(text.len())].trim();
    if cell.contains("\\|") {
        Cow::Owned(cell.replace("\\|", "|"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// What a Markdown code span holds.
fn code_span(text: &str) -> &str {
    let fence = text.len() - text.trim_start_matches('`').len();
    let (open, inner) = text.split_at(fence);
    let Some(inner) = inner.strip_suffix(open).filter(|_| fence > 0) else {
        return text;
    };
    let padded = inner
        .strip_prefix(' ')
        .and_then(|inner| inner.strip_suffix(' '));
    padded.unwrap_or(inner)
}

pub(super) fn split_mark(text: &str) -> (&str, InlineMark) {
    const MARKS: [(&str, InlineMark); 2] = [
        ("(inline)", InlineMark::Inline),
        ("(partial-inline)", InlineMark::Partial),
    ];
    let marked = |(mark, inline)| Some((text.strip_suffix(mark)?, inline));
    match MARKS.into_iter().find_map(marked) {
        // Only a mark that stands alone is one.
        Some((before, inline)) if before.is_empty() || before.ends_with(' ') => {
            (before.trim_end(), inline)
        }
        _ => (text, InlineMark::None),
    }
}

/// Addresses are 16 hexadecimal digits.
fn split_address(text: &str) -> (Option<u64>, &str) {
    let split = || {
        let (digits, rest) = text.split_once(' ')?;
        let is_address = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let address = u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| is_address)?;
        Some((Some(address), rest.trim_start()))
    };
    split().unwrap_or((None, text))
}

/// Separates `name /path/file.go:12`; both may have spaces in them.
fn split_source(text: &str) -> (&str, Option<&str>) {
    let Some(end) = SourceEnd::of(text) else {
        return (text, None);
    };
    let is_source = |&at: &usize| end.ends_source(&text[at + 1..]);
    match depth_zero_spaces(text).find(is_source) {
        Some(at) => (text[..at].trim_end(), Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Whether a line is a source path that a mail program moved down.
pub(super) fn is_source(text: &str) -> bool {
    SourceEnd::of(text).is_some_and(|end| end.ends_source(text))
}

/// What the end of a text says about its being a source path. Found once, so
/// that every beginning can be tried in constant time.
#[derive(Debug)]
struct SourceEnd {
    has_line: bool,
    has_extension: bool,
    /// How long the last word is, without line and column.
    last_word: usize,
    /// How long line and column are.
    position: usize,
}

impl SourceEnd {
    fn of(text: &str) -> Option<Self> {
        const EXTENSIONS: [&str; 9] = ["go", "s", "S", "c", "cc", "cpp", "cxx", "h", "y"];
        let column = without_number(text);
        let path = column.map(|rest| without_number(rest).unwrap_or(rest));
        let has_line = path.is_some();
        let path = path.unwrap_or(text);
        let last_word = path.rsplit(' ').next().unwrap_or(path);
        let extension = last_word.rsplit_once('.').map(|(_, extension)| extension);
        let has_extension = extension.is_some_and(|found| EXTENSIONS.contains(&found));
        (has_line || has_extension).then_some(Self {
            has_line,
            has_extension,
            last_word: last_word.len(),
            position: text.len() - path.len(),
        })
    }

    /// Whether a beginning fits this end. A relative path must be one word.
    fn ends_source(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let on_drive =
            matches!(bytes, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
        let is_last_word = text.len() == self.last_word + self.position;
        let is_missing =
            self.has_line && (text.starts_with(':') || text.starts_with("<autogenerated>"));
        text.starts_with('/') || on_drive || is_missing || self.has_extension && is_last_word
    }
}

/// Takes `:12` off the end.
fn without_number(text: &str) -> Option<&str> {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
    rest.strip_suffix(':').filter(|_| rest.len() < text.len())
}

/// Where the spaces are that stand in no brackets.
fn depth_zero_spaces(text: &str) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (byte == b' ' && depth == 0).then_some(at)
    })
}

/// Whether a name may end here: all brackets closed, no separator last.
pub(super) fn is_complete(name: &str) -> bool {
    let mut depth = 0_i64;
    for byte in name.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    depth <= 0 && !name.ends_with(['/', '.', '*', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: address, name, source, mark, and the text they come from.
    fn check(text: &str, expected: &str) {
        let name = Name::parse(text);
        let address = name
            .address
            .map_or("-".to_owned(), |address| format!("{address:x}"));
        let inline = match name.inline {
            InlineMark::None => "none",
            InlineMark::Inline => "inline",
            InlineMark::Partial => "partial",
        };
        let source = name.source.unwrap_or("-");
        assert_eq!(
            format!("{address} | {} | {source} | {inline}", name.name),
            expected
        );
    }

    #[test]
    fn names_are_kept_as_written() {
        check("main.f", "- | main.f | - | none");
        check("main.f (inline)", "- | main.f | - | inline");
        check("main.f (partial-inline)", "- | main.f | - | partial");
        check(
            "m.f[go.shape.struct { F int }]",
            "- | m.f[go.shape.struct { F int }] | - | none",
        );
        check(
            "type..eq.struct { F int }",
            "- | type..eq.struct { F int } | - | none",
        );
        check("[kube-apiserver]", "- | [kube-apiserver] | - | none");
        check("0000000000401000", "- | 0000000000401000 | - | none");
        check("x.go", "- | x.go | - | none");
    }

    #[test]
    fn addresses_and_sources_are_taken_off() {
        check("m.f /src/m.go:12", "- | m.f | /src/m.go:12 | none");
        check(
            "m.f /src/m.go:12:3 (inline)",
            "- | m.f | /src/m.go:12:3 | inline",
        );
        check("m.f /src/m.go", "- | m.f | /src/m.go | none");
        check("m.f k8s.io/m/m.go:12", "- | m.f | k8s.io/m/m.go:12 | none");
        check(
            "m.f C:/Program Files/Go/m.go:1",
            "- | m.f | C:/Program Files/Go/m.go:1 | none",
        );
        check(
            "m.f <autogenerated>:1",
            "- | m.f | <autogenerated>:1 | none",
        );
        check(
            "000000000052eef3 m.f[struct { F /a.b }] /a b/m.go:2",
            "52eef3 | m.f[struct { F /a.b }] | /a b/m.go:2 | none",
        );
        check(
            "000000000052eef3 [apiserver]",
            "52eef3 | [apiserver] | - | none",
        );
    }

    #[test]
    fn code_spans_are_opened() {
        check("`m.f` (inline)", "- | m.f | - | inline");
        check("`m.f /src/m.go:1`", "- | m.f | /src/m.go:1 | none");
        check("``` m.``f ```", "- | m.``f | - | none");
        assert_eq!(markdown_cell("`a\\|b` (inline) | x |"), "`a|b` (inline)");
    }
}
