//! What is odd or missing in a pasted table.

use std::borrow::Cow;

/// What is odd or missing in a [`Table`](super::Table).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TableWarning {
    /// The percentages do not fit the total, whose line may be of another table.
    Percentages,
    /// Nothing says whether the values are flat or cum.
    Values {
        /// Whether they are taken for cum.
        are_cum: bool,
    },
    /// Lines between rows that are no rows.
    NotRow {
        /// The first of them, counted from 1.
        line: usize,
        /// How many others there are.
        more: usize,
    },
    /// Lines with half a row.
    HalfRow {
        /// The first of them, counted from 1.
        line: usize,
        /// How many others there are.
        more: usize,
        /// What it lacks.
        missing: Cow<'static, str>,
    },
    /// The text has fewer rows than its header announces.
    MissingRows {
        /// How many it has.
        rows: usize,
        /// How many are announced.
        announced: usize,
    },
    /// CSV has no unit and no total.
    Csv,
    /// Another table of the text.
    LeftOut {
        /// Its program, where it is memory in use.
        program: Option<String>,
        /// Its sample type, where it is something else.
        sample_type: Option<String>,
        /// Its first line, counted from 1.
        line: usize,
    },
}
