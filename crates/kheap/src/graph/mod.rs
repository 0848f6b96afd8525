//! The call graph: who calls whom, and how much memory hangs on it.
//!
//! Trimming, order and marks are pprof's, to the last digit.
//!
//! Source: google/pprof `internal/graph/graph.go`; `internal/report/report.go`,
//! `newTrimmedGraph`.

mod order;
mod tally;

use petgraph::Direction;
use petgraph::algo::dominators::{Dominators, simple_fast};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::frame::{Frames, NodeId};
use crate::selection::Selection;
use tally::{Edges, Tally};

/// What nodes are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By the magnitude of flat.
    #[default]
    Flat,
    /// By the magnitude of cum.
    Cum,
}

/// What is left out of a graph, and how it is sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphOptions {
    /// What nodes are sorted by.
    pub order: Order,
    /// How many nodes are kept; `None` for all.
    pub count: Option<usize>,
    /// The share of the sum of all flats, 0..=1, below which a node's cum is too
    /// small to show.
    pub node_fraction: f64,
    /// The same for edges.
    pub edge_fraction: f64,
    /// Whether nodes that shrank against a base are left out.
    pub drop_negative: bool,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self {
            order: Order::Flat,
            count: None,
            node_fraction: 0.005,
            edge_fraction: 0.001,
            drop_negative: false,
        }
    }
}

impl GraphOptions {
    /// The same, but with nothing left out for being small.
    pub fn untrimmed(self) -> Self {
        Self {
            count: None,
            node_fraction: 0.0,
            edge_fraction: 0.0,
            ..self
        }
    }
}

/// A node: all frames that are equal at the granularity of the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which frames these are.
    pub id: NodeId,
    /// The name that is shown.
    pub name: String,
    /// What was allocated here.
    pub flat: i64,
    /// What was allocated here and below, once a sample.
    pub cum: i64,
    /// What of cum comes from stacks that begin here.
    pub entry: i64,
}

/// An edge from caller to callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// What was allocated below these calls, once a sample.
    pub weight: i64,
    /// Whether all of these calls were inlined.
    pub inline: bool,
    /// Whether some of these calls went through frames that are left out.
    pub residual: bool,
}

/// Whether a function stands in a table for inlined calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum InlineMark {
    /// No call that is shown is inlined.
    None,
    /// All are.
    Inline,
    /// Some are.
    Partial,
}

/// Who calls whom.
#[derive(Debug)]
pub struct CallGraph {
    graph: DiGraph<Node, Edge>,
    /// The nodes to show, in order.
    listed: Vec<NodeIndex>,
    trimming: Trimming,
}

/// What trimming has left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Trimming {
    /// Nodes left out because their cum is too small.
    pub dropped_nodes: usize,
    /// Edges left out because their weight is too small.
    pub dropped_edges: usize,
    /// Nodes that were large enough, before all but the first so many were cut.
    pub large_nodes: usize,
    /// The magnitude below which a node's cum was too small, in the unit of the
    /// sample type. pprof prints another one, see [`Self::printed_node_cut`].
    pub node_cut: i64,
    /// The threshold that pprof prints: the same fraction of the total.
    pub printed_node_cut: i64,
}

impl CallGraph {
    /// Builds the graph of a selection, trimmed and sorted.
    pub fn build(selection: &Selection, options: &GraphOptions) -> Self {
        Self::build_with(selection, options, Edges::All)
    }

    /// Builds only as much of the graph as inline marks need.
    pub(crate) fn build_for_marks(selection: &Selection, options: &GraphOptions) -> Self {
        Self::build_with(selection, options, Edges::IntoInlined)
    }

    fn build_with(selection: &Selection, options: &GraphOptions, edges: Edges) -> Self {
        let frames = selection.frames();
        let tally = tally::tally(selection, &frames);
        let mut trimming = Trimming::default();
        let chosen = choose(selection, &frames, &tally, options, &mut trimming);
        let mut call_graph = Self {
            graph: DiGraph::new(),
            listed: Vec::new(),
            trimming,
        };
        let nodes = call_graph.add_nodes(selection, &frames, &tally, &chosen);
        let edge_cut = cut(chosen.sum, options.edge_fraction);
        let tallies = tally::tally_edges(selection, &frames, &chosen.kept, edges);
        for edge in tallies.edges {
            let (Some(caller), Some(callee)) =
                (nodes[edge.caller.index()], nodes[edge.callee.index()])
            else {
                unreachable!("edges join kept nodes");
            };
            // As in pprof, edges into nodes that are not listed are never too small.
            let too_small = edge.weight.unsigned_abs() < edge_cut.unsigned_abs();
            if too_small && chosen.is_listed[edge.callee.index()] {
                call_graph.trimming.dropped_edges += 1;
                continue;
            }
            let weight = Edge {
                weight: edge.weight,
                inline: edge.inline,
                residual: edge.residual,
            };
            call_graph.graph.add_edge(caller, callee, weight);
        }
        for node in call_graph.graph.node_weights_mut() {
            node.entry = tallies.entry[node.id.index()];
        }
        call_graph
    }

    /// Adds the kept nodes, listed ones first and in order.
    fn add_nodes(
        &mut self,
        selection: &Selection,
        frames: &Frames,
        tally: &Tally,
        chosen: &Chosen,
    ) -> Vec<Option<NodeIndex>> {
        let mut nodes = vec![None; frames.len()];
        let unlisted = (0..frames.len() as u32)
            .map(NodeId)
            .filter(|id| chosen.kept[id.index()] && !chosen.is_listed[id.index()]);
        for id in chosen.listed.iter().copied().chain(unlisted) {
            let index = self.graph.add_node(Node {
                id,
                name: frames.name(&selection.profile, id),
                flat: tally.flat[id.index()],
                cum: tally.cum[id.index()],
                entry: 0,
            });
            nodes[id.index()] = Some(index);
            if chosen.is_listed[id.index()] {
                self.listed.push(index);
            }
        }
        nodes
    }

    /// The graph itself. It may hold nodes that are not listed: their values are
    /// 0, but edges of others lead to them.
    pub fn graph(&self) -> &DiGraph<Node, Edge> {
        &self.graph
    }

    /// The nodes to show, in order: by magnitude, then by name.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeIndex, &Node)> {
        self.listed.iter().map(|&index| (index, &self.graph[index]))
    }

    /// What trimming has left out.
    pub fn trimming(&self) -> &Trimming {
        &self.trimming
    }

    /// The callers of a node with their edges, heaviest first, then by name.
    pub fn callers(&self, node: NodeIndex) -> Vec<(&Node, &Edge)> {
        self.neighbours(node, Direction::Incoming)
    }

    /// The callees of a node with their edges, heaviest first, then by name.
    pub fn callees(&self, node: NodeIndex) -> Vec<(&Node, &Edge)> {
        self.neighbours(node, Direction::Outgoing)
    }

    fn neighbours(&self, node: NodeIndex, direction: Direction) -> Vec<(&Node, &Edge)> {
        let edges = self.graph.edges_directed(node, direction);
        let mut neighbours: Vec<_> = edges
            .map(|edge| {
                let other = match direction {
                    Direction::Incoming => edge.source(),
                    Direction::Outgoing => edge.target(),
                };
                (&self.graph[other], edge.weight())
            })
            .collect();
        neighbours.sort_by(|(a, edge_a), (b, edge_b)| {
            let magnitudes = (edge_b.weight.unsigned_abs()).cmp(&edge_a.weight.unsigned_abs());
            magnitudes
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.id.cmp(&b.id))
        });
        neighbours
    }

    /// Whether the calls of a node that are shown are inlined.
    pub fn inline_mark(&self, node: NodeIndex) -> InlineMark {
        let mut calls = self.graph.edges_directed(node, Direction::Incoming);
        let inlined = calls.clone().any(|edge| edge.weight().inline);
        let called = calls.any(|edge| !edge.weight().inline);
        match (inlined, called) {
            (false, _) => InlineMark::None,
            (true, false) => InlineMark::Inline,
            (true, true) => InlineMark::Partial,
        }
    }

    /// Adds the flats of the nodes to show.
    pub fn shown_flat(&self) -> i64 {
        let flats = self.nodes().map(|(_, node)| node.flat);
        flats.fold(0, i64::saturating_add)
    }

    /// The smallest magnitude shown that is not 0: of a node's flat, or of its
    /// cum where flat is 0. 0 where there is none.
    pub(crate) fn smallest_shown(&self) -> i64 {
        let magnitude = |(_, node): (_, &Node)| match node.flat {
            0 => node.cum.saturating_abs(),
            flat => flat.saturating_abs(),
        };
        let magnitudes = self.nodes().map(magnitude);
        magnitudes.filter(|&m| m > 0).min().unwrap_or(0)
    }

    /// Finds for every node the nodes that all ways to it pass: its dominators.
    ///
    /// The ways start in an added node, the root of the result, that calls every
    /// node in which some stack begins.
    pub fn dominators(&self) -> Dominators<NodeIndex> {
        let mut graph = self.graph.map(|_, _| (), |_, _| ());
        let root = graph.add_node(());
        for index in self.graph.node_indices() {
            if self.graph[index].entry != 0 {
                graph.add_edge(root, index, ());
            }
        }
        simple_fast(&graph, root)
    }

    /// Groups nodes that call each other in circles; a node that is in none is a
    /// group of its own. Groups and members are in the order of the graph.
    pub fn strongly_connected(&self) -> Vec<Vec<NodeIndex>> {
        // Unlike Tarjan's algorithm in petgraph, this one does not recurse.
        let mut groups = petgraph::algo::kosaraju_scc(&self.graph);
        for group in &mut groups {
            group.sort();
        }
        groups.sort();
        groups
    }
}

/// The nodes that a graph is made of.
#[derive(Debug)]
struct Chosen {
    /// Those to show, in order.
    listed: Vec<NodeId>,
    is_listed: Vec<bool>,
    /// Those that edges may join.
    kept: Vec<bool>,
    /// Sum of all flats, on which thresholds rest.
    sum: i64,
}

fn choose(
    selection: &Selection,
    frames: &Frames,
    tally: &Tally,
    options: &GraphOptions,
    trimming: &mut Trimming,
) -> Chosen {
    let flat = |id: NodeId| tally.flat[id.index()];
    let cum = |id: NodeId| tally.cum[id.index()];
    let nonzero = |id: &NodeId| flat(*id) != 0 || cum(*id) != 0;
    let shrank = |id: &NodeId| flat(*id) < 0 || (flat(*id) == 0 && cum(*id) < 0);
    let mut listed: Vec<NodeId> = (0..frames.len() as u32)
        .map(NodeId)
        .filter(nonzero)
        .filter(|id| !(options.drop_negative && shrank(id)))
        .collect();
    let all = listed.len();

    let sum = listed
        .iter()
        .fold(0_i64, |sum, &id| sum.saturating_add(flat(id)));
    trimming.node_cut = cut(sum, options.node_fraction);
    trimming.printed_node_cut = cut(selection.total, options.node_fraction);
    listed.retain(|&id| cum(id).unsigned_abs() >= trimming.node_cut.unsigned_abs());
    trimming.dropped_nodes = all - listed.len();
    trimming.large_nodes = listed.len();

    order::sort(&mut listed, selection, frames, tally, options.order);
    if let Some(count) = options.count {
        listed.truncate(count);
    }
    let mut is_listed = vec![false; frames.len()];
    for id in &listed {
        is_listed[id.index()] = true;
    }
    let kept = match listed.len() < all {
        true => is_listed.clone(),
        // Where nothing is trimmed, edges lead to unlisted nodes as well.
        false => vec![true; frames.len()],
    };
    Chosen {
        listed,
        is_listed,
        kept,
        sum,
    }
}

/// A fraction of a sum, as pprof computes it: in doubles, truncated, unsigned.
fn cut(sum: i64, fraction: f64) -> i64 {
    ((sum as f64 * fraction) as i64).saturating_abs()
}
