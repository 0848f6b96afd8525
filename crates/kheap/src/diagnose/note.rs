//! What a reader of a diagnosis should know, as values.

use super::severity::Severity;
use crate::knowledge::Contradiction;
use crate::profile::Fragment;
use crate::table::{TableGrowth, TableWarning};

/// What a reader of a [`Diagnosis`](super::Diagnosis) should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Note {
    /// The text is part of a profile.
    Fragment(Fragment),
    /// It is a profile of what changed in so many nanoseconds (`?seconds=`).
    Delta(i64),
    /// It is a difference of two profiles.
    Difference,
    /// Values, or sums of them, do not fit into 64 bits.
    Overflow,
    /// The profile has no samples, though its statistics say that so many bytes are in use.
    ProfilerOff(u64),
    /// The code is of another version than the one that is given. Steps are for the given
    /// one.
    OtherVersion(Contradiction),
    /// These are allocation totals, which do not show what is kept.
    Allocations,
    /// What became of stacks that Go cut, in the unit of the diagnosis.
    CutStacks {
        /// On stacks that were completed from others.
        completed: i64,
        /// On stacks whose remaining frames show the part.
        shown: i64,
        /// On stacks that were attributed by inference.
        inferred: i64,
        /// On stacks that were not attributed.
        left: i64,
    },
    /// Receive buffers that show no request.
    SharedBuffers {
        /// How much they hold.
        value: i64,
        /// The part that they are counted as: its largest reader.
        part: String,
    },
    /// The text has several tables of the program.
    Tables(TableGrowth),
    /// What is odd or missing in the table.
    Table(TableWarning),
    /// A table does not name its values: they are taken as memory in use.
    AssumedType,
    /// A table has no stacks.
    NoStacks,
    /// Findings of a table claim some bytes twice: its rows do not show which.
    FindingsOverlap,
    /// All dumps have the same time.
    SameTime,
    /// Some dumps have no time.
    Untimed,
    /// There are earlier processes, which are not diagnosed.
    NewProcess {
        /// The first dump of the newest process.
        name: String,
        /// The newest dump of the process before.
        before: String,
        /// How many dumps are of earlier processes.
        dumps: usize,
    },
    /// No other dump is of the process of the newest, so that nothing is known of growth.
    AloneOfProcess {
        /// The newest dump.
        name: String,
        /// The newest dump of the process before.
        before: String,
        /// How many dumps there are.
        dumps: usize,
        /// How many processes these are of.
        processes: usize,
    },
    /// The heap is older than the newest dump of the history, so that nothing is known of
    /// how it grew.
    LateDump {
        /// The newest dump of the history.
        newest: String,
        /// By how much it is newer, in nanoseconds.
        nanos: u64,
    },
    /// The history is of something else, so that it is not used.
    OtherHistory {
        /// The program of the history, or what it counts.
        history: String,
        /// That of the heap.
        heap: String,
    },
    /// So many dumps of the process were not judged by these signatures and rules, or another
    /// version judged them: how findings grew is not known.
    JudgedOtherwise(usize),
    /// So many signatures of the user were not judged: signatures are for memory of Go programs,
    /// and this profile is of another runtime or of something else.
    OwnNotJudged(usize),
    /// Signatures were written for rules that the heap is not attributed by: none that names
    /// their parts can match. [`Heap::with_rules`](crate::Heap::with_rules) takes them.
    OtherRules,
    /// So many dumps repeat the figures of the one before.
    Repeats(usize),
    /// A finding that the caller knows of, and that is not among the findings therefore.
    Suppressed {
        /// Id of its signature.
        id: String,
        /// Its Kubernetes kinds, largest first.
        kinds: Vec<String>,
        /// How bad it would be.
        severity: Severity,
        /// What it claims.
        bytes: i64,
        /// Why it is not reported.
        reason: String,
        /// The last day on which it is not, such as `2026-12-31`.
        until: String,
    },
}
