//! What signatures are evaluated over: stacks, or the rows of a table.

mod bounds;
mod rows;
mod stacks;

use hashbrown::HashMap;

pub(super) use bounds::NamedRow;
pub(super) use rows::RowView;
pub(super) use stacks::{Allocations, StackView};

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
            Self::Stacks(view) => view.analysis.functions.role,
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
    sums.sort_unstable_by(|(key_a, a), (key_b, b)| {
        let magnitude = b.unsigned_abs().cmp(&a.unsigned_abs());
        magnitude.then_with(|| key_a.cmp(key_b))
    });
    sums
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::diagnose::vocabulary::Vocabulary;
    use crate::fixture::view;
    use crate::graph::Order;
    use crate::{GraphOptions, Heap, table};

    /// Functions of random stacks; the last one allocates for whoever calls it.
    const FUNCTIONS: [&str; 7] = ["a.f", "b.f", "c.f", "d.f", "e.f", "f.f", "bytes.growSlice"];

    fn signature(classes: &[Vec<usize>; 5], kind: usize) -> Signature {
        let class = |positions: &Vec<usize>| -> String {
            let names = positions.iter().map(|&at| format!("'^{}$'", FUNCTIONS[at]));
            names.collect::<Vec<_>>().join(", ").replace('.', r"\.")
        };
        let [leaf, any, none, upper, lower] = classes.each_ref().map(class);
        let select = match kind {
            0 => format!("leaf = [{leaf}]"),
            1 => format!("any = [{any}]"),
            2 => format!("leaf = [{leaf}]\nany = [{any}]\nnone = [{none}]"),
            3 => format!("path = [[{upper}], [{lower}]]\nnone = [{none}]"),
            _ => format!("leaf = [{leaf}]\npath = [[{upper}]]"),
        };
        let text = format!(
            "id = 'x'\ntitle = ''\nabout = ''\nremedy = []\nsources = []\n[select.s]\n{select}\n\
             [[require]]\nshare = 's'\nat_least = 0.1"
        );
        Signature::parse(&text).expect("a signature")
    }

    /// The first rows of the table that `top` prints.
    fn cut(heap: &Heap<'_>, order: Order, rows: usize) -> crate::Table {
        let options = GraphOptions {
            order,
            node_fraction: 0.0,
            ..GraphOptions::default()
        };
        let top = crate::top(heap, &options);
        let total: i64 = heap.values().iter().sum();
        let mut text = format!("Showing nodes accounting for 0B, 0% of {total}B total\n");
        for row in top.rows.iter().take(rows) {
            let _ = writeln!(text, "{}B 0% 0% {}B 0% {}", row.flat, row.cum, row.name);
        }
        table::parse(text.as_bytes()).expect("a table")
    }

    fn class() -> impl Strategy<Value = Vec<usize>> {
        vec(0..FUNCTIONS.len(), 1..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn what_stacks_hold_is_within_the_bounds_of_every_cut_table(
            stacks in vec((vec(0..FUNCTIONS.len(), 1..6), 1..1000_i64), 1..12),
            classes in [class(), class(), class(), class(), class()],
            kind in 0..5_usize,
            by_cum in any::<bool>(),
        ) {
            let lines = stacks.iter().map(|(stack, value)| {
                let names: Vec<&str> = stack.iter().map(|&at| FUNCTIONS[at]).collect();
                format!("{} {value}", names.join(";"))
            });
            let heap = Heap::new(view(&lines.collect::<Vec<_>>().join("\n")).select());
            let signature = signature(&classes, kind);
            let vocabulary = Vocabulary::of([&signature].into_iter(), heap.rules());
            let exact = StackView::new(&heap, None, &vocabulary);
            let exact = exact.select(&signature, "s").bytes;
            let order = if by_cum { Order::Cum } else { Order::Flat };
            for rows in [1, 2, 5, 10, 20] {
                let table = cut(&heap, order, rows);
                let found = RowView::new(&table, &vocabulary).estimate(&signature, "s");
                prop_assert!(found.low <= exact && exact <= found.high, "{exact}: {found:?}");
                prop_assert!(found.low <= found.shown && found.shown <= found.high);
            }
        }
    }
}
