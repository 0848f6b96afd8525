//! The order of nodes: by magnitude, then by name, then by key.

use std::cmp::Reverse;

use super::options::Order;
use super::tally::Tally;
use crate::frame::{Frames, NodeId};
use crate::selection::Selection;

pub(super) fn sort(
    nodes: &mut [NodeId],
    selection: &Selection,
    frames: &Frames,
    tally: &Tally,
    order: Order,
) {
    let values = match order {
        Order::Flat => &tally.flat,
        Order::Cum => &tally.cum,
    };
    let magnitude = |id: NodeId| values[id.index()].unsigned_abs();
    nodes.sort_unstable_by_key(|&id| Reverse(magnitude(id)));
    // Names are made only where magnitudes are equal.
    for equal in nodes.chunk_by_mut(|&a, &b| magnitude(a) == magnitude(b)) {
        if equal.len() > 1 {
            sort_by_name(equal, selection, frames);
        }
    }
}

/// Sorts by name, then by key.
pub(super) fn sort_by_name(nodes: &mut [NodeId], selection: &Selection, frames: &Frames) {
    let name = |id: NodeId| frames.name(&selection.profile, id);
    let mut named: Vec<(String, NodeId)> = nodes.iter().map(|&id| (name(id), id)).collect();
    named.sort_unstable_by(|(a, id_a), (b, id_b)| {
        a.cmp(b).then_with(|| frames.compare_keys(*id_a, *id_b))
    });
    for (node, (_, id)) in nodes.iter_mut().zip(named) {
        *node = id;
    }
}
