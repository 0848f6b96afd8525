//! A rule met: how bad, how sure, and on what evidence.

use serde::Deserialize;

use super::history::Course;
use crate::profile::SampleId;

/// How bad a finding is if it is true, from the bytes that it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// True, but too small to matter.
    Info,
    /// Worth knowing.
    Low,
    /// Worth mending.
    Medium,
    /// A large part of a large heap.
    High,
    /// What will end the process.
    Critical,
}

/// How sure a finding is, from how specific its evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It may be something else.
    Low,
    /// It looks like it.
    Medium,
    /// Nothing else looks like it.
    High,
}

impl Severity {
    /// All levels, from the least.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub(super) fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

/// From which bytes and share of the heap on a finding has a severity: the only
/// place where these figures stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Critical at so many bytes, whatever the share.
    pub critical_bytes: i64,
    /// Levels with the bytes and the share that they take, worst first.
    pub levels: [(Severity, i64, f64); 4],
}

impl Default for Thresholds {
    fn default() -> Self {
        const MIB: i64 = 1 << 20;
        const GIB: i64 = 1 << 30;
        Self {
            critical_bytes: 8 * GIB,
            levels: [
                (Severity::Critical, GIB, 0.75),
                (Severity::High, GIB, 0.25),
                (Severity::Medium, 256 * MIB, 0.1),
                (Severity::Low, 32 * MIB, 0.05),
            ],
        }
    }
}

impl Thresholds {
    /// The severity of so many bytes in a heap of `total`.
    pub fn severity(&self, bytes: i64, total: i64) -> Severity {
        if bytes >= self.critical_bytes {
            return Severity::Critical;
        }
        let share = super::share(bytes, total);
        let mut levels = self.levels.iter();
        let level = levels.find(|(_, least, least_share)| bytes >= *least && share >= *least_share);
        level.map_or(Severity::Info, |(severity, ..)| *severity)
    }
}

/// A signature that a heap has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    /// Id of the signature.
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
    /// The samples that hold these bytes, in the order of their stacks; none in a table
    /// and for what is beside the heap.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub samples: Vec<SampleId>,
    /// What the share is of: the heap, or for what is beside it the process.
    pub whole: i64,
    /// `bytes` as a share of that, 0..=1.
    pub share: f64,
    /// The Kubernetes kinds of the claimed objects, largest first.
    pub kinds: Vec<String>,
    /// Whether the kinds are those of other objects of the same requests, because
    /// the claimed ones show none.
    pub kinds_inferred: bool,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The deepest function through which nearly all claimed bytes come: below it
    /// they spread. `None` in a table.
    pub accumulation: Option<String>,
    /// What comes through that function; 0 without one.
    pub accumulated: i64,
    /// How the claimed bytes went on until now, where there are earlier snapshots.
    pub course: Option<Course>,
    /// Ids of signatures that explain the same bytes less specifically.
    pub related: Vec<String>,
    /// What to do, most effective first.
    pub remedy: Vec<String>,
    /// What changed with a version, such as `kube-apiserver since 1.34: …`.
    pub versions: Vec<String>,
    /// Where the signature is known from.
    pub sources: Vec<String>,
}

/// What a finding rests on: figures of this heap.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "kebab-case"))]
pub enum Evidence {
    /// A heavy path, shortened to the frames that matter.
    Path {
        /// Canonical functions, root first; `…` where some are left out, and
        /// `(root cut off)` where the runtime cut all of the way to the leaf.
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
    /// Objects of one kind in a table, of which a finding names several.
    Kind {
        /// The Kubernetes kind.
        kind: String,
        /// The most that one of its rows has, with what is below it.
        bytes: i64,
    },
    /// Objects of one size, which hold much of the bytes.
    Size {
        /// The size of an object, in bytes.
        size: i64,
        /// What they hold.
        bytes: i64,
    },
    /// A part of the process, such as `idle`.
    Process {
        /// In words.
        part: String,
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
