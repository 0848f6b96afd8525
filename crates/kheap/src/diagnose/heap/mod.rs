//! What signatures are evaluated over: stacks, or the rows of a table.

mod stacks;
mod table;

use hashbrown::HashMap;

pub(super) use stacks::StackHeap;
pub(super) use table::{TableHeap, TableRow};

use super::signature::Signature;
use crate::attribute::Role;
use crate::profile::{SampleId, clamp};

/// What a selection selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Selected {
    pub(super) bytes: i64,
    pub(super) objects: Option<i64>,
    /// Positions of stacks, or of rows; in order.
    pub(super) items: Vec<usize>,
}

/// A heap that selections can be evaluated over.
#[derive(Debug)]
pub(super) enum Heap<'a> {
    Stacks(StackHeap<'a>),
    Table(TableHeap),
}

impl Heap<'_> {
    pub(super) fn role(&self) -> Role {
        match self {
            Self::Stacks(heap) => heap.analysis.role,
            Self::Table(heap) => heap.role,
        }
    }

    pub(super) fn total(&self) -> i64 {
        match self {
            Self::Stacks(heap) => heap.total,
            Self::Table(heap) => heap.total,
        }
    }

    /// How many functions match a pattern of a signature, in use or not. A table has
    /// only the top of them, so that none there does not mean that there is none.
    pub(super) fn seen(&self, pattern: &str) -> Option<usize> {
        match self {
            Self::Stacks(heap) => Some(heap.seen(pattern)),
            Self::Table(heap) => Some(heap.matching(pattern).len()).filter(|&seen| seen > 0),
        }
    }

    /// What two selections have in common. Rows of a table do not show it, unless
    /// they are more than all together.
    pub(super) fn in_common(&self, a: &Selected, b: &Selected) -> i64 {
        match self {
            Self::Stacks(heap) => {
                let in_b = |item: &&usize| b.items.binary_search(item).is_ok();
                heap.sum(&a.items.iter().filter(in_b).copied().collect::<Vec<_>>())
            }
            Self::Table(heap) => {
                let both = i128::from(a.bytes) + i128::from(b.bytes);
                clamp((both - i128::from(heap.total)).max(0))
            }
        }
    }

    /// The samples that a selection selects. The rows of a table have none.
    pub(super) fn samples(&self, selected: &Selected) -> Vec<SampleId> {
        match self {
            Self::Stacks(heap) => {
                let stacks = selected
                    .items
                    .iter()
                    .map(|&item| &heap.analysis.stacks[item]);
                stacks.flat_map(|stack| &stack.samples).copied().collect()
            }
            Self::Table(_) => Vec::new(),
        }
    }

    /// Evaluates a selection.
    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        match self {
            Self::Stacks(heap) => heap.select(signature, name),
            Self::Table(heap) => heap.select(signature, name),
        }
    }
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
