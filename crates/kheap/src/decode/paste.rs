//! What of a text in which somebody pasted a profile is one.

use std::borrow::Cow;
use std::fmt;

use super::text::{is_heap_text, is_record};
use crate::table::{clean, unquote};
use crate::unit;

/// How much of a text tells what was pasted into it, in bytes.
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
    /// Tells by the beginning of a file what it holds; `None` where it is no text, or one
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

/// What a pasted text lacks of a whole profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fragment {
    /// It was printed by `traces`, which shows the stacks that were asked for: they may
    /// be all or few of the heap.
    pub is_traces: bool,
    /// The first line is not there, so that its sampling rate is taken to be Go's
    /// default.
    pub lacks_header: bool,
    /// The text ends inside a record.
    pub is_cut: bool,
    /// Lines between the records that are no part of the text form.
    pub skipped_lines: u64,
    /// What the first line announces, where the records hold less: sampled bytes in use.
    pub announced: Option<Announced>,
}

/// What is in use by the first line of a text and by its records, in bytes as sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// By the first line.
    pub bytes: i64,
    /// By the records.
    pub held: i64,
}

impl Fragment {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a part of the heap may be missing, so that nothing can be said of the
    /// heap as a whole.
    pub fn is_part(&self) -> bool {
        self.is_traces || self.lacks_header || self.is_cut || self.announced.is_some()
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = |bytes| unit::label(bytes, "bytes", unit::AUTO);
        let mut faults = Vec::new();
        if self.is_traces {
            faults.push("it has the stacks that `traces` printed; the heap may have more".into());
        }
        if self.lacks_header {
            faults.push(
                "its first line is missing; sizes are scaled up for Go's default sampling rate, \
                 512 kB"
                    .into(),
            );
        }
        if let Some(Announced { bytes, held }) = self.announced {
            faults.push(format!(
                "it holds {} of the {} sampled bytes that its first line announces",
                size(held),
                size(bytes)
            ));
        }
        if self.is_cut {
            faults.push("it ends inside a record".into());
        }
        match self.skipped_lines {
            0 => {}
            1 => faults.push("one line between the records is left out".into()),
            lines => faults.push(format!("{lines} lines between the records are left out")),
        }
        write!(f, "the text is part of a profile: {}", faults.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Pasted>) {
        assert_eq!(Pasted::of(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn the_beginning_tells_what_was_pasted() {
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
