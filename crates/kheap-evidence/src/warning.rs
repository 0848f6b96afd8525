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

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutShort(bytes) => {
                write!(
                    f,
                    "the compressed data ends after {bytes} bytes; the rest is lost"
                )
            }
            Self::LongLines(lines) => write!(f, "{lines} lines over 1 MiB are left out"),
            Self::BrokenLines(lines) => write!(f, "{lines} broken lines are left out"),
            Self::TooManySeries(series) => write!(f, "{series} series are left out"),
            Self::TooManyClients(requests) => {
                write!(
                    f,
                    "{requests} requests of clients beyond the limit are left out"
                )
            }
            Self::TooManyUnfinished(requests) => {
                write!(
                    f,
                    "{requests} unfinished requests beyond the limit are left out"
                )
            }
        }
    }
}
