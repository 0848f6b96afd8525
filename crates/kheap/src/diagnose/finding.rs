//! A rule met: how bad, how sure, and on what evidence.

use super::answers::Answer;
use super::remedy::Advice;
use super::severity::{Confidence, Severity};
use super::signature::VersionNote;
use super::trend::Trend;
use crate::memory::MemoryPart;
use crate::profile::SampleId;

/// A signature that a heap has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Finding {
    /// Id of the signature. One that is asked for each kind may be met several times: a finding
    /// is known by its id and [`kinds`](Self::kinds).
    pub id: String,
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Whether the bytes alone would make it worse: it looks like this in programs at
    /// work, too.
    pub is_capped: bool,
    /// How sure.
    pub confidence: Confidence,
    /// What it claims, in the unit of the sample type.
    pub bytes: i64,
    /// The samples that hold these bytes, in the order of their stacks: ids of the
    /// [profile of the heap](crate::Selection::profile), which after filters is another one than
    /// the file. None in a table and for what is beside the heap.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub samples: Vec<SampleId>,
    /// What the share is of: the heap, or for what is beside it the process.
    pub whole: i64,
    /// `bytes` as a share of that, 0..=1.
    pub share: f64,
    /// The Kubernetes kinds of the claimed objects, largest first.
    pub kinds: Vec<String>,
    /// Whether the kinds are those of other objects, of the same requests or of the same
    /// size, because the claimed ones show none.
    pub kinds_inferred: bool,
    /// The requests whose answers it claims, such as `LIST`: each has one or two of the largest
    /// objects.
    pub request: Option<String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The deepest function through which nearly all claimed bytes come: below it
    /// they spread. `None` in a table.
    pub accumulation: Option<String>,
    /// What comes through that function; 0 without one.
    pub accumulated: i64,
    /// How the claimed bytes went on until now, where there are earlier snapshots.
    pub trend: Option<Trend>,
    /// Ids of signatures that explain the same bytes less specifically.
    pub related: Vec<String>,
    /// What to do, in the order in which one does it: the most effective step first, but below
    /// medium, unless it grows, what shows whether it is expected.
    pub remedy: Vec<Advice>,
    /// What changed with a version.
    pub versions: Vec<VersionNote>,
    /// Where the signature is known from.
    pub sources: Vec<String>,
}

/// What a finding rests on: figures of this heap.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Evidence {
    /// A heavy path, shortened to the frames that matter.
    Path {
        /// Canonical functions, root first; `…` where some are left out, and
        /// [`ROOT_LOST`](crate::attribute::ROOT_LOST) where the runtime cut all of the way to the
        /// leaf.
        frames: Vec<String>,
        /// What it holds.
        bytes: i64,
    },
    /// What one part of the program has of it, where a signature is about several.
    Part {
        /// The part, as in [`Place`](crate::attribute::Place).
        part: String,
        /// What it holds.
        bytes: i64,
    },
    /// What one part of the program has that no finding claims, for requests of one verb.
    Place {
        /// The part, as in [`Place`](crate::attribute::Place).
        part: String,
        /// The verb, or `internal`.
        verb: String,
        /// What it holds.
        bytes: i64,
    },
    /// Objects of one kind in a table, where a finding names several.
    Kind {
        /// The Kubernetes kind.
        kind: String,
        /// The most that one of its rows has, with what is below it.
        bytes: i64,
    },
    /// What another part holds of the same kind, besides what is claimed.
    Beside {
        /// The part, as in [`Place`](crate::attribute::Place).
        part: String,
        /// What it holds.
        bytes: i64,
    },
    /// What of the claimed bytes is managed fields.
    ManagedFields {
        /// What they hold.
        bytes: i64,
    },
    /// Objects of one size, which hold much of the bytes.
    Size {
        /// The size of an object, in bytes.
        size: i64,
        /// What they hold.
        bytes: i64,
    },
    /// An answer that is as large as all objects of a kind in the watch cache.
    Answer {
        /// The Kubernetes kind.
        kind: String,
        /// The size of one answer, in bytes.
        size: i64,
        /// What the watch cache holds of the kind, in bytes.
        held: i64,
        /// How much that may be off to either side: it is a sample.
        error: i64,
    },
    /// How many objects of a known size the claimed bytes are.
    Count {
        /// Many of them: `goroutines`.
        what: String,
        /// At least so many.
        least: i64,
        /// At most so many.
        most: i64,
        /// The least and the most that one takes, in bytes.
        each: [i64; 2],
    },
    /// How many owners the claimed objects of one size have.
    Owners {
        /// Many of them: `watches`.
        what: String,
        /// At least so many.
        least: i64,
        /// At most so many objects, and so at most so many owners: each has one or more.
        most: i64,
        /// How many objects the sample shows.
        objects: i64,
        /// The size of one, in bytes.
        size: i64,
        /// How many of these objects an owner has at most.
        each: i64,
    },
    /// A part of the process, such as `idle`.
    Process {
        /// Which one.
        part: MemoryPart,
        /// At least so much, in bytes.
        low: i64,
        /// At most so much.
        high: i64,
    },
    /// A row of a table.
    Row {
        /// The function.
        name: String,
        /// Allocated there.
        flat: i64,
        /// Allocated there and below.
        cum: i64,
    },
}

impl From<Answer> for Evidence {
    fn from(answer: Answer) -> Self {
        Self::Answer {
            kind: answer.kind,
            size: answer.size,
            held: answer.held,
            error: answer.error,
        }
    }
}
