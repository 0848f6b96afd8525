//! A pasted `top` table read back as rows.
//!
//! People post the output of `go tool pprof -top` where a profile cannot go: in
//! issues, chats and mails. [`parse`] finds the table in such a text, whatever
//! the way there did to it, and gives its values back as numbers.

mod cell;
mod check;
mod csv;
mod error;
mod heads;
mod line;
mod loose;
mod margin;
mod markup;
mod moments;
mod name;
mod number;
mod program;
mod reader;
mod text;
mod unit;
mod warning;
mod wrap;

pub use error::{TableError, TableErrorKind};
pub use moments::{TableGrowth, TableMoment};
pub use unit::Unit;
pub use warning::TableWarning;

pub(crate) use Unit as TableUnit;
pub(crate) use line::is_sample_type;
pub(crate) use number::{Amount, amount};
pub(crate) use text::{clean, unquote};

use crate::decode::is_heap_text;
use crate::graph::InlineMark;
use line::Line;
use margin::Margin;
use name::Name;

/// How large a text may be, in bytes.
///
/// The untrimmed `tree` of a kube-apiserver has 0.25 MB, and what was pasted has a
/// few kB. Rows take up to ten times their length in memory.
pub const MAX_BYTES: usize = 16 << 20;

/// A `top` table as somebody posted it.
///
/// Values are integers in the base unit, so they are as exact as the table: half
/// of the last digit that was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Table {
    /// Line of the text at which it starts, counted from 1; 0 for the first one.
    pub text_line: usize,
    /// When it was taken, as the text says it.
    pub time: Option<String>,
    /// The sample type, such as `inuse_space`: from the line `Type:`, or from the
    /// option of pprof that asked for it.
    pub sample_type: Option<String>,
    /// The program, from the line `File:`, the name of the saved profile or the command.
    pub program: Option<String>,
    /// What the values are.
    pub unit: Unit,
    /// The unit in which most of the sizes were printed, such as `MB`.
    pub printed_in: Option<&'static str>,
    /// What the functions that pprof showed hold, as its header says; rows that
    /// were not pasted are counted in.
    pub shown: Option<i64>,
    /// What percentages refer to. None where all of them are 0.
    pub total: Option<i64>,
    /// Whether the total is not written, but worked out from the largest row.
    pub total_is_derived: bool,
    /// Whether it is the difference of two profiles: rows are negative, or have more
    /// than all of the total. It says what changed, not what there is.
    pub is_difference: bool,
    /// How long a profile of what changed was taken, in nanoseconds (`?seconds=`).
    pub delta_nanos: Option<i64>,
    /// Whether the text has more tables of memory in use, of other programs; or of
    /// something else, where it has none of memory in use.
    pub has_more: bool,
    /// All tables of this program in the text, this one included, in its order; none
    /// where there is only this one.
    pub moments: Vec<TableMoment>,
    /// In the order of the text.
    pub rows: Vec<TableRow>,
    /// Callers and callees of the rows, where the text is a call graph; in its order.
    pub edges: Vec<TableEdge>,
    /// What is odd or missing.
    pub warnings: Vec<TableWarning>,
}

/// One function of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TableRow {
    /// Its name as written, without the following parts.
    pub name: String,
    /// What was allocated here.
    pub flat: i64,
    /// What was allocated here and below.
    pub cum: i64,
    /// Whether its calls were inlined.
    pub inline: InlineMark,
    /// Source file, with a line number where the table has it.
    pub source: Option<String>,
    /// Address of the code.
    pub address: Option<u64>,
    /// Line of the text that it stands in, counted from 1.
    pub text_line: usize,
}

/// A caller or a callee of a row of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TableEdge {
    /// Its name as written, without the following parts.
    pub name: String,
    /// What passes between it and the row: so much was allocated in it and below, at
    /// least.
    pub weight: i64,
    /// Whether the row calls it, and not it the row.
    pub is_callee: bool,
}

impl Table {
    fn empty(line: usize) -> Self {
        Self {
            text_line: line,
            time: None,
            delta_nanos: None,
            printed_in: None,
            moments: Vec::new(),
            sample_type: None,
            program: None,
            unit: Unit::Count,
            shown: None,
            total: None,
            total_is_derived: false,
            is_difference: false,
            has_more: false,
            rows: Vec::new(),
            edges: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds up what the rows hold themselves.
    pub fn flat_sum(&self) -> i64 {
        let sum: i128 = self.rows.iter().map(|row| i128::from(row.flat)).sum();
        let limited = sum.clamp(i64::MIN.into(), i64::MAX.into());
        limited.try_into().unwrap_or_default()
    }

    /// Checks values that somebody says are of a sample type, as [`parse`] checks
    /// those whose text says so.
    ///
    /// # Errors
    ///
    /// [`TableError`] when they are more bytes in use than a program can have.
    pub fn check_as(&self, sample_type: &str) -> Result<(), TableError> {
        match sample_type {
            "inuse_space" => check::check_addresses(self),
            _ => Ok(()),
        }
    }

    /// The sample types of a heap that its values can be of.
    pub fn sample_types(&self) -> &'static [&'static str] {
        match self.unit {
            Unit::Bytes => &["inuse_space", "alloc_space", "space"],
            // Sizes are also written without their unit.
            Unit::Count => &line::HEAP_TYPES,
            Unit::Nanoseconds => &[],
        }
    }
}

/// Finds the `top` table in a text and reads it: of several the first one of memory
/// in use, so far as that is known, else the first.
///
/// The text may be quoted, fenced, indented, coloured, escaped as HTML, wrapped by
/// a mail program or a terminal, numbered, marked or dated line by line, and stand
/// between prose and prompts. `top`, `text`, `tree`, `peek` and `list` of any version and
/// granularity are read, and `top` as we write it, as Markdown and CSV too; of a tree
/// the edges are kept apart from the rows. Where there is none of them, tables of
/// Markdown and HTML with other columns are read, and lists of values and names.
///
/// Several outputs of one heap are one table. Those of several moments are kept as
/// [`Table::moments`]; the largest is the table.
///
/// Rows keep their order and their names. A total that is not written is worked
/// out from the largest value and its percentage.
///
/// # Errors
///
/// [`TableError`] when the bytes are not text or more than [`MAX_BYTES`]; when there
/// is no row, or only half of one; when a number is none or too large, or the units do
/// not fit each other; when rows hold more than they, or all of them, can.
///
/// # Example
///
/// ```
/// let text = b"
///     Why is that so much?
///     > Showing nodes accounting for 1.50GB, 75% of 2GB total
///     >       flat  flat%   sum%        cum   cum%
///     >     1.50GB 75.00% 75.00%     1.50GB 75.00%  bytes.growSlice (inline)
/// ";
/// let table = kheap::table::parse(text)?;
/// assert_eq!(table.total, Some(2 << 30));
/// assert_eq!(table.rows[0].name, "bytes.growSlice");
/// assert_eq!(table.rows[0].flat, 3 << 29);
/// # Ok::<(), kheap::TableError>(())
/// ```
///
/// Source: google/pprof `internal/report/report.go`, `printText`, `printTree` and
/// `reportLabels`; the older header is that of its versions before 2017.
pub fn parse(bytes: &[u8]) -> Result<Table, TableError> {
    if bytes.len() > MAX_BYTES {
        return Err(TableErrorKind::TooLarge { limit: MAX_BYTES }.anywhere());
    }
    let text = text::decode(bytes)?;
    if text.trim().is_empty() {
        return Err(TableErrorKind::Empty.anywhere());
    }
    let text = markup::without_tags(&text);
    if let Some(table) = csv::read(&text)? {
        return Ok(table);
    }
    let text = heads::in_order(&text);
    let table = reader::read(&text);
    match &table {
        Err(error) if matches!(error.kind, TableErrorKind::NoRows { .. }) => {
            loose::read(&text)?.map_or(table, Ok)
        }
        _ => table,
    }
}

/// Whether a file that begins with these bytes may be a table: a text, in an encoding in
/// which [`parse`] reads tables, and no heap profile.
pub(crate) fn may_be_table(head: &[u8]) -> bool {
    !head.is_empty() && text::decode_head(head).is_some() && !is_heap_text(head)
}

/// Whether a file that begins with these bytes is a text with a table in it, or
/// with a part of one: a header or half a row is enough, so that [`parse`] can
/// say what is wrong with it. A profile is none.
///
/// # Example
///
/// ```
/// assert!(kheap::table::looks_like_table(b"Showing nodes accounting for 1MB, 50% of 2MB total"));
/// assert!(!kheap::table::looks_like_table(b"\x1f\x8b\x08\0\0"));
/// assert!(!kheap::table::looks_like_table(b"Forbidden"));
/// ```
pub fn looks_like_table(head: &[u8]) -> bool {
    let is_part = |line: &str| {
        let line = text::clean(line);
        let line = text::unquote(&line);
        let found = line::classify(line);
        !matches!(
            found,
            Ok(Line::Other | Line::Edge(_) | Line::About(_) | Line::Count(_) | Line::Time(_))
                | Ok(Line::Total { .. } | Line::Duration(_) | Line::RoutineValues { .. })
        ) || Margin::stands_before_row(line)
    };
    may_be_table(head)
        && text::decode_head(head).is_some_and(|text| {
            let text = markup::without_tags(&text);
            let text = heads::in_order(&text);
            text.lines().any(is_part) || loose::has_rows(&text)
        })
}

/// Takes a name as pprof prints it apart: source and mark stand behind it.
pub(crate) fn name_parts(text: &str) -> Name<'_> {
    Name::parse(text)
}

#[cfg(test)]
mod tests;
