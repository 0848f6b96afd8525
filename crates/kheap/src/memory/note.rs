//! What a reader of a process should know, as values.

use super::Size;
use crate::memstats::MemStatsFault;

/// Why the parts of a process should not be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MemoryWarning {
    /// The given RSS is too small for the dump.
    SmallRss {
        /// The RSS as it was given, in bytes.
        rss: i64,
        /// What the dump shows at least, in bytes.
        least: i64,
        /// Whether that is what the Go runtime holds; else it is the live heap.
        is_runtime: bool,
    },
    /// The statistics of the runtime are damaged or missing.
    Statistics(MemStatsFault),
}

/// What a reader of a process should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MemoryNote {
    /// When the next collection starts.
    NextCollection {
        /// At this size of the heap, in bytes.
        at: i64,
        /// How much more that is than now.
        room: i64,
    },
    /// GOGC was given, and `NextGC` is known, which says more.
    GogcUnused,
    /// No collection has finished, so the profile is empty.
    NoCollection,
    /// How far the process is below the limit; negative above it.
    Distance {
        /// What the size of the process is.
        size: Size,
        /// In bytes.
        left: i64,
    },
    /// The heap passes the limit before the next collection, by this room to grow.
    PassesLimit(i64),
    /// No `GOMEMLIMIT` keeps the limit, because more than it is kept.
    Unkeepable(Kept),
    /// A `GOMEMLIMIT` for the limit makes Go collect all the time.
    Thrashing(Kept),
    /// Only a past peak is known, which gives no `GOMEMLIMIT`.
    OnlyPeak,
    /// A `GOMEMLIMIT` that keeps the limit.
    MemoryLimit {
        /// In MiB.
        mebibytes: i64,
        /// Whether the memory outside Go is known.
        is_outside_known: bool,
    },
}

/// What Go cannot release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Kept {
    /// In bytes.
    pub bytes: i64,
    /// Whether spans, stacks and the runtime are counted, besides the live heap.
    pub has_runtime: bool,
    /// Whether memory outside Go is.
    pub has_outside: bool,
}
