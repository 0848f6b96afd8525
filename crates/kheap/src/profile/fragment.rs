//! What a text that was read as a profile lacks of a whole one.

/// What a pasted text lacks of a whole profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Fragment {
    /// It was printed by `traces`, which shows the stacks that were asked for: they may
    /// be all or few of the heap.
    pub is_traces: bool,
    /// It is folded stacks, which do not say what they count, nor whether they are all of the
    /// heap: they are taken for bytes in use.
    #[cfg_attr(feature = "serde", serde(default))]
    pub is_folded: bool,
    /// The first line is not there, so that its sampling rate is taken to be Go's
    /// default.
    pub lacks_header: bool,
    /// The text ends inside a record.
    pub is_cut: bool,
    /// Lines between the records that are no part of the text form.
    pub skipped_lines: u64,
    /// What the first line announces, where the records hold less: sampled bytes in use.
    pub announced: Option<Announced>,
}

/// What is in use by the first line of a text and by its records, in bytes as sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Announced {
    /// By the first line.
    pub bytes: i64,
    /// By the records.
    pub held: i64,
}

impl Fragment {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a part of the heap may be missing, so that nothing can be said of the
    /// heap as a whole.
    pub fn is_part(&self) -> bool {
        self.is_traces
            || self.is_folded
            || self.lacks_header
            || self.is_cut
            || self.announced.is_some()
    }

    /// What profiles that are added up lack together.
    pub(super) fn and(self, other: Self) -> Self {
        let sum = |one: Announced, other: Announced| Announced {
            bytes: one.bytes.saturating_add(other.bytes),
            held: one.held.saturating_add(other.held),
        };
        Self {
            is_traces: self.is_traces || other.is_traces,
            is_folded: self.is_folded || other.is_folded,
            lacks_header: self.lacks_header || other.lacks_header,
            is_cut: self.is_cut || other.is_cut,
            skipped_lines: self.skipped_lines.saturating_add(other.skipped_lines),
            announced: match (self.announced, other.announced) {
                (Some(one), Some(other)) => Some(sum(one, other)),
                (one, other) => one.or(other),
            },
        }
    }
}
