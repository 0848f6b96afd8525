//! What was passed over while a file was read.

/// Something that a reader left out, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The compressed data ends in its middle, or is damaged there; so many bytes came
    /// out before.
    CutShort(u64),
    /// It inflates to more than it may ([`ReadOptions::inflated_bytes`](crate::ReadOptions)):
    /// only so many bytes were read.
    TooLarge(u64),
    /// Lines over 1 MiB.
    LongLines(u64),
    /// Lines that begin as JSON and are none, or lack what they need.
    BrokenLines(u64),
    /// Values of metrics that are no number, or beyond what can be counted.
    ImpossibleValues(u64),
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
            Self::CutShort(_)
            | Self::TooLarge(_)
            | Self::ImpossibleValues(_)
            | Self::TooManySeries(_) => 0,
        }
    }
}
