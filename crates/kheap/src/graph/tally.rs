//! What every node holds, and what flows along every edge.

use hashbrown::HashMap;

use crate::frame::{Frames, NodeId};
use crate::selection::Selection;

/// Flat and cum of every node.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) flat: Vec<i64>,
    pub(super) cum: Vec<i64>,
}

/// A node's cum while samples are counted, and the last sample that did.
#[derive(Debug, Clone, Copy)]
struct Cell {
    cum: i64,
    last_sample: u32,
}

/// No sample has this number.
const NO_SAMPLE: u32 = u32::MAX;

/// Adds up the samples. A node that occurs several times on a stack counts once.
pub(super) fn tally(selection: &Selection, frames: &Frames) -> Tally {
    let mut flat = vec![0_i64; frames.len()];
    let nothing = Cell {
        cum: 0,
        last_sample: NO_SAMPLE,
    };
    let mut cells = vec![nothing; frames.len()];
    let samples = selection.profile.samples();
    for (id, &value) in samples.ids().zip(selection.values()) {
        if value == 0 {
            continue;
        }
        let stack = samples.stack(id);
        if let Some(&leaf) = stack.first() {
            let node = frames.of(leaf)[0];
            flat[node.index()] = flat[node.index()].saturating_add(value);
        }
        for &location in stack {
            for node in frames.of(location) {
                let cell = &mut cells[node.index()];
                if cell.last_sample != id.row {
                    cell.last_sample = id.row;
                    cell.cum = cell.cum.saturating_add(value);
                }
            }
        }
    }
    Tally {
        flat,
        cum: cells.iter().map(|cell| cell.cum).collect(),
    }
}

/// An edge while samples are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct EdgeTally {
    pub(super) caller: NodeId,
    pub(super) callee: NodeId,
    pub(super) weight: i64,
    pub(super) inline: bool,
    pub(super) residual: bool,
    last_sample: u32,
}

/// Which edges are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// All between kept nodes.
    All,
    /// Those into nodes that are inlined somewhere: all that inline marks need.
    IntoInlined,
}

/// The edges between the nodes that are kept, and where stacks begin.
#[derive(Debug)]
pub(super) struct EdgeTallies {
    pub(super) edges: Vec<EdgeTally>,
    /// By node: what of it is the outermost kept frame of its stack.
    pub(super) entry: Vec<i64>,
}

/// Adds up the samples along the edges.
///
/// An edge counts once a sample, and none goes from a node to itself. It is
/// inline as long as every call is; it is residual where some call goes through
/// frames that are not kept.
pub(super) fn tally_edges(
    selection: &Selection,
    frames: &Frames,
    kept: &[bool],
    wanted: Edges,
) -> EdgeTallies {
    let mut edges: Vec<EdgeTally> = Vec::new();
    let mut by_ends: HashMap<(NodeId, NodeId), u32> = HashMap::new();
    let mut entry = vec![0_i64; frames.len()];
    let is_wanted: Vec<bool> = (frames.ids())
        .map(|id| wanted == Edges::All || frames.is_inlined(id))
        .collect();
    let samples = selection.profile.samples();
    for (id, &value) in samples.ids().zip(selection.values()) {
        if value == 0 {
            continue;
        }
        let mut caller: Option<NodeId> = None;
        let mut residual = false;
        for &location in samples.stack(id).iter().rev() {
            let nodes = frames.of(location);
            for (index, &node) in nodes.iter().enumerate().rev() {
                if !kept[node.index()] {
                    residual = true;
                    continue;
                }
                match caller {
                    Some(caller) if caller != node && is_wanted[node.index()] => {
                        let next = edges.len() as u32;
                        let position = *by_ends.entry((caller, node)).or_insert(next);
                        if position == next {
                            edges.push(EdgeTally::new(caller, node));
                        }
                        let inline = index + 1 != nodes.len();
                        edges[position as usize].add(id.row, value, inline, residual);
                    }
                    Some(_) => {}
                    None => entry[node.index()] = entry[node.index()].saturating_add(value),
                }
                caller = Some(node);
                residual = false;
            }
        }
    }
    EdgeTallies { edges, entry }
}

impl EdgeTally {
    fn new(caller: NodeId, callee: NodeId) -> Self {
        Self {
            caller,
            callee,
            weight: 0,
            inline: true,
            residual: false,
            last_sample: NO_SAMPLE,
        }
    }

    fn add(&mut self, sample: u32, value: i64, inline: bool, residual: bool) {
        if self.last_sample == sample {
            return;
        }
        self.last_sample = sample;
        self.weight = self.weight.saturating_add(value);
        self.inline &= inline;
        self.residual |= residual;
    }
}
