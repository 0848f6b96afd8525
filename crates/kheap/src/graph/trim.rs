//! What is too small to show.
//!
//! Source: google/pprof `internal/report/report.go`, `newTrimmedGraph`.

use super::options::GraphOptions;
use super::order;
use super::tally::Tally;
use crate::frame::{Frames, NodeId};
use crate::selection::Selection;

/// Which nodes trimming has left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Trimming {
    /// Nodes left out because their cum is too small.
    pub dropped_nodes: usize,
    /// Nodes that were large enough, before all but the first so many were cut.
    pub large_nodes: usize,
    /// The magnitude below which a node's cum was too small, in the unit of the
    /// sample type. pprof prints another one, see [`Self::printed_node_cut`].
    pub node_cut: i64,
    /// The threshold that pprof prints: the same fraction of the total.
    pub printed_node_cut: i64,
}

/// The nodes that a graph is made of.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Those to show, in order.
    pub(super) listed: Vec<NodeId>,
    pub(super) is_listed: Vec<bool>,
    /// Those that edges may join.
    pub(super) kept: Vec<bool>,
    /// Sum of all flats, on which thresholds rest.
    pub(super) sum: i64,
}

/// The nodes that are large enough, in no order.
#[derive(Debug)]
pub(super) struct Large {
    pub(super) nodes: Vec<NodeId>,
    /// How many nodes there are, large or not.
    all: usize,
    /// Sum of all flats, on which thresholds rest.
    pub(super) sum: i64,
}

/// Finds the nodes that are large enough, and notes what is left out.
pub(super) fn large(
    selection: &Selection,
    frames: &Frames,
    tally: &Tally,
    options: &GraphOptions,
    trimming: &mut Trimming,
) -> Large {
    let flat = |id: NodeId| tally.flat[id.index()];
    let cum = |id: NodeId| tally.cum[id.index()];
    let nonzero = |id: &NodeId| flat(*id) != 0 || cum(*id) != 0;
    let shrank = |id: &NodeId| flat(*id) < 0 || (flat(*id) == 0 && cum(*id) < 0);
    let mut nodes: Vec<NodeId> = (frames.ids())
        .filter(nonzero)
        .filter(|id| !(options.drop_negative && shrank(id)))
        .collect();
    let all = nodes.len();

    let sum = nodes
        .iter()
        .fold(0_i64, |sum, &id| sum.saturating_add(flat(id)));
    trimming.node_cut = cut(sum, options.node_fraction);
    trimming.printed_node_cut = cut(selection.total, options.node_fraction);
    nodes.retain(|&id| cum(id).unsigned_abs() >= trimming.node_cut.unsigned_abs());
    trimming.dropped_nodes = all - nodes.len();
    trimming.large_nodes = nodes.len();
    Large { nodes, all, sum }
}

impl Large {
    /// The first nodes of an order.
    pub(super) fn first(
        mut self,
        selection: &Selection,
        frames: &Frames,
        tally: &Tally,
        options: &GraphOptions,
    ) -> Chosen {
        order::sort(&mut self.nodes, selection, frames, tally, options.order);
        if let Some(count) = options.count {
            self.nodes.truncate(count);
        }
        let listed = std::mem::take(&mut self.nodes);
        self.chosen(listed, frames)
    }

    /// These of the nodes.
    pub(super) fn chosen(&self, listed: Vec<NodeId>, frames: &Frames) -> Chosen {
        let mut is_listed = vec![false; frames.len()];
        for id in &listed {
            is_listed[id.index()] = true;
        }
        let kept = match listed.len() < self.all {
            true => is_listed.clone(),
            // Where nothing is trimmed, edges lead to unlisted nodes as well.
            false => vec![true; frames.len()],
        };
        Chosen {
            listed,
            is_listed,
            kept,
            sum: self.sum,
        }
    }
}

/// A fraction of a sum, as pprof computes it: in doubles, truncated, unsigned.
pub(super) fn cut(sum: i64, fraction: f64) -> i64 {
    ((sum as f64 * fraction) as i64).saturating_abs()
}
