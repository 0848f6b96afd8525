//! What the values of a table are.

/// What the values of a [`Table`](super::Table) are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Unit {
    /// Sizes, in bytes.
    Bytes,
    /// Times, in nanoseconds.
    Nanoseconds,
    /// Bare numbers: objects, most likely.
    Count,
}

impl Unit {
    /// The name of the base unit: `bytes`, `nanoseconds` or `count`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Nanoseconds => "nanoseconds",
            Self::Count => "count",
        }
    }
}
