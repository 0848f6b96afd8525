//! What the values of a table are.

/// What the values of a [`Table`](super::Table) are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Unit {
    /// Sizes, in bytes.
    #[default]
    Bytes,
    /// Times, in nanoseconds.
    Nanoseconds,
    /// Bare numbers: objects, most likely.
    Count,
}

crate::__vocabulary! {
    Unit, "unit" {
        Bytes = "bytes",
        Nanoseconds = "nanoseconds",
        Count = "count",
    }
}
