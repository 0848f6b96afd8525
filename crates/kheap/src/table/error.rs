//! Why a text is not a table.

use std::fmt;

use crate::unit;

/// Why a text is not a table, and where that shows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TableError {
    /// The line, counted from 1; none where the text as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong there.
    pub kind: TableErrorKind,
}

/// What can be wrong with a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableErrorKind {
    /// There is nothing to read.
    #[error("the text is empty")]
    Empty,
    /// The text is larger than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the text is larger than the limit of {limit} bytes; keep only the table")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A byte that no text has.
    #[error("byte 0x{0:02x} is not text")]
    NotText(u8),
    /// No line is a row.
    #[error(
        "no row (flat, flat%, sum%, cum, cum%, name) in {lines} {}",
        if *lines == 1 { "line" } else { "lines" }
    )]
    NoRows {
        /// How many lines were read.
        lines: usize,
    },
    /// Percentages of nobody knows how much.
    #[error(
        "the rows have percentages, but no sizes; add the line that says of how much \
         (`Showing nodes accounting for …`)"
    )]
    NoSizes,
    /// There is no row, only the beginning or the end of one.
    #[error("this is half a row: {missing} is missing")]
    HalfRow {
        /// The first column that is not there.
        missing: &'static str,
    },
    /// A number that pprof does not print, such as `NaN` or `1e400`.
    #[error("invalid number {0:?}")]
    InvalidNumber(String),
    /// A number past 2^63.
    #[error("number {0:?} is too large")]
    OutOfRange(String),
    /// A function holds more than it and its callees together.
    #[error("{0:?} has more flat than cum")]
    MoreThanCum(String),
    /// A function holds more than there is.
    #[error("{0:?} has more than the total; leave out a total that is of another table")]
    MoreThanTotal(String),
    /// All functions together hold more than there is.
    #[error("the rows up to here hold more than the total; leave out rows that stand twice")]
    SumMoreThanTotal,
    /// More memory in use than a program can have.
    #[error(
        "a total of {} in use is more than a Go program can address, 256TB",
        unit::label(*.total, "bytes", unit::AUTO)
    )]
    MoreThanAddresses {
        /// The total, in bytes.
        total: i64,
    },
    /// A share that is none of the total.
    #[error(
        "{percent}% of the total does not fit the value; leave out a total that is of another table"
    )]
    MoreThanAll {
        /// The share, more than 100.
        percent: f64,
    },
    /// Sizes and times do not stand in one table.
    #[error("{0:?} has another unit than the lines before")]
    MixedUnits(String),
}

impl TableErrorKind {
    pub(super) fn at(self, line: usize) -> TableError {
        TableError {
            line: Some(line),
            kind: self,
        }
    }

    pub(super) fn anywhere(self) -> TableError {
        TableError {
            line: None,
            kind: self,
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "invalid table at line {line}: {}", self.kind),
            None => write!(f, "invalid table: {}", self.kind),
        }
    }
}

impl std::error::Error for TableError {}
