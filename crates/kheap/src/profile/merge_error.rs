//! Why profiles cannot be added up.

use super::TableFull;

/// Why profiles cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no profiles to merge")]
    Nothing,
    /// They have no sample type in common.
    #[error("the profiles have no sample type in common: {} against {}", first.join(", "), other.join(", "))]
    NoCommonSampleType {
        /// The types of the first profile.
        first: Vec<String>,
        /// Those of one that shares none of them.
        other: Vec<String>,
    },
    /// A type is counted in units that cannot be converted into each other.
    #[error("the profiles count {what} in different units: {first} against {other}")]
    Units {
        /// The sample type, or the period.
        what: String,
        /// Unit in the first profile.
        first: String,
        /// Unit in the other one.
        other: String,
    },
    /// Tables hold up to `u32::MAX` rows, and strings 4 GiB.
    #[error(
        "the profiles are too large to be merged: together they have more than {} rows or 4 GiB of strings",
        u32::MAX
    )]
    TooLarge,
}

impl From<TableFull> for MergeError {
    fn from(TableFull: TableFull) -> Self {
        Self::TooLarge
    }
}
