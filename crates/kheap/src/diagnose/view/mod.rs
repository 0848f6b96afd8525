//! What signatures are evaluated over: stacks, or the rows of a table.

mod bounds;
mod rows;
mod stacks;

use hashbrown::HashMap;

pub(super) use rows::{NamedRow, RowView};
pub(super) use stacks::StackView;

use super::select::Frames;
use super::signature::Signature;
use crate::attribute::Role;
use crate::profile::SampleId;

/// What a selection selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Selected {
    pub(super) bytes: i64,
    pub(super) objects: Option<i64>,
    /// Positions of stacks, or of rows; in order.
    pub(super) items: Vec<usize>,
    /// Whether a table shows it by a single sign.
    pub(super) is_weak: bool,
}

/// A heap as signatures see it.
#[derive(Debug)]
pub(super) enum HeapView<'a> {
    Stacks(StackView<'a>),
    Rows(RowView<'a>),
}

impl HeapView<'_> {
    pub(super) fn role(&self) -> Role {
        match self {
            Self::Stacks(view) => view.analysis.role,
            Self::Rows(view) => view.role,
        }
    }

    pub(super) fn total(&self) -> i64 {
        match self {
            Self::Stacks(view) => view.total,
            Self::Rows(view) => view.total,
        }
    }

    /// How many functions are one of some frames, in use or not. A table has only the top
    /// of them, so that none there does not mean that there is none.
    pub(super) fn seen(&self, frames: &Frames) -> Seen {
        match self {
            Self::Stacks(view) => Seen::Exactly(view.seen(frames)),
            Self::Rows(view) => Seen::AtLeast(view.seen(frames)),
        }
    }

    /// The samples that a selection selects. The rows of a table have none.
    pub(super) fn samples(&self, selected: &Selected) -> Vec<SampleId> {
        match self {
            Self::Stacks(view) => {
                let items = selected.items.iter();
                let stacks = items.map(|&item| &view.analysis.stacks[item]);
                stacks.flat_map(|stack| &stack.samples).copied().collect()
            }
            Self::Rows(_) => Vec::new(),
        }
    }

    /// Evaluates a selection.
    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        match self {
            Self::Stacks(view) => view.select(signature, name),
            Self::Rows(view) => view.select(signature, name),
        }
    }
}

/// How many functions there are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen {
    Exactly(usize),
    AtLeast(usize),
}

/// Sums by key, largest magnitude first, then by key.
pub(super) fn sums_by<K: Ord + std::hash::Hash>(
    parts: impl Iterator<Item = (K, i64)>,
) -> Vec<(K, i64)> {
    let mut sums: HashMap<K, i64> = HashMap::new();
    for (key, value) in parts {
        let sum = sums.entry(key).or_default();
        *sum = sum.saturating_add(value);
    }
    let mut sums: Vec<(K, i64)> = sums.into_iter().collect();
    sums.sort_by(|(key_a, a), (key_b, b)| {
        let magnitude = b.unsigned_abs().cmp(&a.unsigned_abs());
        magnitude.then_with(|| key_a.cmp(key_b))
    });
    sums
}
