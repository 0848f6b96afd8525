//! What was passed over while a file was read.

use std::fmt;

/// Something that a reader left out, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The compressed data ends in its middle, or is damaged there; so many bytes came
    /// out before.
    CutShort(u64),
    /// Lines over 1 MiB.
    LongLines(u64),
    /// Lines that begin as JSON and are none, or lack what they need.
    BrokenLines(u64),
    /// Series that no room is left for.
    TooManySeries(u64),
    /// Requests whose client no room is left for.
    TooManyClients(u64),
    /// Requests that began and for whose end no room is left.
    TooManyUnfinished(u64),
}

impl Warning {
    /// How many lines of a log it is about.
    pub(crate) fn lines_left_out(&self) -> u64 {
        match *self {
            Self::LongLines(lines) | Self::BrokenLines(lines) => lines,
            Self::TooManyUnfinished(requests) | Self::TooManyClients(requests) => requests,
            Self::CutShort(_) | Self::TooManySeries(_) => 0,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, what) = match *self {
            Self::CutShort(bytes) => {
                let bytes = counted(bytes, ["byte", "bytes"]);
                return write!(
                    f,
                    "the compressed data ends after {bytes}; the rest is lost"
                );
            }
            Self::LongLines(count) => (count, ["line over 1 MiB", "lines over 1 MiB"]),
            Self::BrokenLines(count) => (count, ["broken line", "broken lines"]),
            Self::TooManySeries(count) => (count, ["series beyond the limit"; 2]),
            Self::TooManyClients(count) => (
                count,
                [
                    "request of clients beyond the limit",
                    "requests of clients beyond the limit",
                ],
            ),
            Self::TooManyUnfinished(count) => (
                count,
                [
                    "unfinished request beyond the limit",
                    "unfinished requests beyond the limit",
                ],
            ),
        };
        write!(f, "left out: {}", counted(count, what))
    }
}

fn counted(count: u64, [one, many]: [&str; 2]) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}
