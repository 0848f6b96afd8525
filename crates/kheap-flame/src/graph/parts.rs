//! Which part of the program the functions of a graph work for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use kheap::frame::NodeId;
use kheap::knowledge::Parts as Known;
use kheap::{CallGraph, Heap};

use crate::color::part_color;
use crate::flame::is_nearly_all;

/// The parts of a heap and of the functions in its graph.
#[derive(Debug)]
pub(super) struct Parts {
    /// Names with magnitudes, largest first, then by name.
    pub(super) all: Vec<(String, u64)>,
    /// By node: the position of the part that has nearly all of it.
    leading: HashMap<NodeId, usize>,
    known: Known,
}

impl Parts {
    pub(super) fn of(heap: &Heap, graph: &CallGraph) -> Self {
        let attribution = heap.attribution();
        let (profile, frames) = (heap.profile(), heap.frames());
        let shown: HashSet<NodeId> = graph.nodes().map(|node| node.id).collect();
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        let mut by_node: HashMap<NodeId, BTreeMap<&str, u64>> = HashMap::new();
        let mut seen = HashSet::new();
        for (id, &value) in profile.samples().ids().zip(heap.values()) {
            let Some(place) = attribution.place(id) else {
                continue;
            };
            let value = value.unsigned_abs();
            add(&mut all, &place.part, value);
            seen.clear();
            let stack = profile.samples().stack(id).iter();
            for &node in stack.flat_map(|&location| frames.of(location)) {
                if shown.contains(&node) && seen.insert(node) {
                    add(by_node.entry(node).or_default(), &place.part, value);
                }
            }
        }
        let mut all: Vec<(String, u64)> = all
            .into_iter()
            .map(|(part, value)| (part.to_owned(), value))
            .collect();
        all.sort_by_key(|&(_, value)| Reverse(value));
        let position = |part: &str| all.iter().position(|(name, _)| name == part);
        let leading = by_node
            .iter()
            .filter_map(|(&node, parts)| Some((node, position(leading(parts)?)?)))
            .collect();
        let known = heap.rules().parts().clone();
        Self {
            all,
            leading,
            known,
        }
    }

    /// Title and colour of a part.
    pub(super) fn look<'p>(&'p self, part: &'p str) -> (&'p str, &'p str) {
        (self.known.title(part), part_color(&self.known, part))
    }

    pub(super) fn of_node(&self, node: NodeId) -> Option<&str> {
        let position = self.leading.get(&node)?;
        Some(&self.all[*position].0)
    }
}

fn add<'p>(parts: &mut BTreeMap<&'p str, u64>, part: &'p str, value: u64) {
    let sum = parts.entry(part).or_default();
    *sum = sum.saturating_add(value);
}

/// The part that has nearly all.
fn leading<'p>(parts: &BTreeMap<&'p str, u64>) -> Option<&'p str> {
    let sum: u128 = parts.values().map(|&value| u128::from(value)).sum();
    let leads = |(_, value): &(&&str, &u64)| is_nearly_all(**value, sum);
    parts.iter().find(leads).map(|(part, _)| *part)
}
