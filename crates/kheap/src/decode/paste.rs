//! What of a text in which somebody pasted a profile is one.

use std::borrow::Cow;

use super::record::{is_heap_text, is_record};
use crate::table::{clean, unquote};

/// How much of a text shows what was pasted into it, in bytes.
pub(super) const BEGINNING: usize = 64 << 10;

/// How a line of `traces` between two stacks begins.
pub(super) const TRACE_SEPARATOR: &str = "-----------+---";

/// What kind of profile a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pasted {
    /// Go's text form, from its first line on.
    HeapText,
    /// Records of it, perhaps behind something else.
    Records,
    /// Stacks as pprof's `traces` prints them.
    Traces,
}

impl Pasted {
    /// Finds by the beginning of a file what it holds; `None` where it is no text, or one
    /// without a stack.
    pub(super) fn of(beginning: &[u8]) -> Option<Self> {
        if is_heap_text(beginning) {
            return Some(Self::HeapText);
        }
        if !may_be_text(beginning) {
            return None;
        }
        let mut traces = false;
        for line in beginning.split(|&byte| byte == b'\n') {
            let line = line_of(line);
            if is_record(line.as_bytes()) || is_first_line(&line) {
                return Some(Self::Records);
            }
            traces |= line.starts_with(TRACE_SEPARATOR);
        }
        traces.then_some(Self::Traces)
    }
}

/// Whether bytes may begin a text: protobuf has control bytes from its second byte on.
pub(super) fn may_be_text(beginning: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let head = &beginning[..beginning.len().min(64)];
    !head.is_empty() && !head.iter().any(|byte| is_control(byte) && *byte != 0x1b)
}

/// A line without what quoting put around it.
pub(super) fn line_of(line: &[u8]) -> Cow<'_, str> {
    let cleaned = match String::from_utf8_lossy(line) {
        Cow::Borrowed(line) => clean(line),
        Cow::Owned(line) => Cow::Owned(clean(&line).into_owned()),
    };
    match cleaned {
        Cow::Borrowed(line) => Cow::Borrowed(unquote(line)),
        Cow::Owned(line) => Cow::Owned(unquote(&line).to_owned()),
    }
}

/// Where the first line of Go's text form begins in a line, as behind a tag of HTML.
pub(super) fn first_line(line: &str) -> Option<&str> {
    let line = &line[line.find("heap profile: ")?..];
    line.contains("] @ heap").then_some(line)
}

fn is_first_line(line: &str) -> bool {
    first_line(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Pasted>) {
        assert_eq!(Pasted::of(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn the_beginning_shows_what_was_pasted() {
        let header = "heap profile: 1: 2 [3: 4] @ heap/1048576";
        check(header, Some(Pasted::HeapText));
        check(&format!("What is it?\n> {header}"), Some(Pasted::Records));
        check(&format!("<html><pre>{header}"), Some(Pasted::Records));
        check("1: 2 [3: 4] @ 0x1000 0x2000", Some(Pasted::Records));
        check("```\n1: 2 [3: 4] @ 0x1000", Some(Pasted::Records));
        let trace = "-----------+------\n   1.50MB   main.f\n            main.main";
        check(trace, Some(Pasted::Traces));
        check(
            &format!("> {}", trace.replace('\n', "\n> ")),
            Some(Pasted::Traces),
        );
        check("Forbidden", None);
        check(
            "----------------------------------------------------------+---",
            None,
        );
        check("\u{a}\u{4}\u{8}\u{1}1: 2 [3: 4] @ 0x1000", None);
    }
}
