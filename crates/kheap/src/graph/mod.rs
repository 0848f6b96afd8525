//! The call graph: who calls whom, and how much memory hangs on it.
//!
//! Trimming, order and marks are pprof's, to the last digit.
//!
//! Source: google/pprof `internal/graph/graph.go`; `internal/report/report.go`,
//! `newTrimmedGraph`.

mod links;
mod options;
mod order;
#[cfg(feature = "diagnose")]
mod structure;
mod tally;
mod trim;
mod visual;

use std::sync::Arc;

use hashbrown::HashSet;

use crate::frame::{Frames, NodeId};
use crate::profile::Origin;
use crate::selection::Selection;
use links::{Link, Links};
use tally::{EdgeTallies, EdgeTally, Edges, Tally};
use trim::{Chosen, cut, large};

pub use options::{GraphOptions, Order};
#[cfg(feature = "diagnose")]
pub use structure::Dominators;
pub use trim::Trimming;

/// Who gives the nodes of a graph.
const ASK: &str = "CallGraph::nodes";

/// The share of the total, 0..=1, from which a picture shows a node for its flat alone,
/// see [`CallGraph::for_picture`].
pub const LARGE_FLAT: f64 = 0.05;

/// A node: all frames that are equal at the granularity of the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Node {
    /// Which frames these are.
    pub id: NodeId,
    /// The name that is shown; shared, because every edge of the node shows it too.
    pub name: Arc<str>,
    /// What was allocated here.
    pub flat: i64,
    /// What was allocated here and below, once a sample.
    pub cum: i64,
    /// What of cum comes from stacks that begin here.
    pub entry: i64,
}

/// An edge from caller to callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Edge {
    /// What was allocated below these calls, once a sample.
    pub weight: i64,
    /// Whether all of these calls were inlined.
    pub inline: bool,
    /// Whether some of these calls went through frames that are left out.
    pub residual: bool,
}

/// Whether a function stands in a table for inlined calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum InlineMark {
    /// No call that is shown is inlined.
    #[default]
    None,
    /// All are.
    Inline,
    /// Some are.
    Partial,
}

/// Who calls whom.
#[derive(Debug)]
pub struct CallGraph {
    /// First those to show, in order.
    nodes: Vec<Node>,
    /// How many of them to show.
    listed: usize,
    links: Links,
    /// By id: the position of a node that is in the graph.
    positions: Vec<Option<u32>>,
    /// The nodes that a picture shows for their flat alone.
    added: HashSet<NodeId>,
    trimming: Trimming,
    dropped_edges: usize,
    /// Which nodes these are.
    origin: Origin,
}

impl CallGraph {
    /// Builds the graph of a selection, trimmed and sorted.
    ///
    /// Values are in the unit of the sample type. Nodes come by magnitude, then by
    /// name, then by key, so that the order is total.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::{CallGraph, GraphOptions, ProfileBuilder, Selection, SelectionOptions};
    ///
    /// let mut builder = ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// let [main, load] = ["main.main", "main.load"].map(|name| {
    ///     let function = builder.function(name, "main.go");
    ///     builder.location(None, 0, &[(function, 7)])
    /// });
    /// builder.sample(&[load, main], &[512], &[])?;
    /// let profile = builder.finish();
    /// let sample_type = profile.sample_type("")?;
    /// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    ///
    /// let graph = CallGraph::build(&selection, &GraphOptions::default());
    /// let load = graph.nodes().next().ok_or("no nodes")?;
    /// assert_eq!((&*load.name, load.flat), ("main.load", 512));
    /// let (caller, edge) = graph.callers(load.id)[0];
    /// assert_eq!((&*caller.name, edge.weight), ("main.main", 512));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: google/pprof `internal/graph/graph.go`, `newGraph`;
    /// `internal/report/report.go`, `newTrimmedGraph`.
    pub fn build(selection: &Selection, options: &GraphOptions) -> Self {
        Self::build_with(selection, &selection.frames(), options, Edges::All)
    }

    /// Builds only as much of the graph as inline marks need.
    pub(crate) fn build_for_marks(
        selection: &Selection,
        frames: &Frames,
        options: &GraphOptions,
    ) -> Self {
        Self::build_with(selection, frames, options, Edges::IntoInlined)
    }

    fn build_with(
        selection: &Selection,
        frames: &Frames,
        options: &GraphOptions,
        edges: Edges,
    ) -> Self {
        let tally = tally::tally(selection, frames);
        let mut trimming = Trimming::default();
        let large = large(selection, frames, &tally, options, &mut trimming);
        let chosen = large.first(selection, frames, &tally, options);
        let edge_cut = cut(chosen.sum, options.edge_fraction);
        let edges = tally::tally_edges(selection, frames, &chosen.kept, edges);
        Self::assemble(
            selection, frames, &tally, &chosen, edges, edge_cut, trimming,
        )
    }

    /// Puts a graph together of nodes and edges, less the edges that are too small.
    fn assemble(
        selection: &Selection,
        frames: &Frames,
        tally: &Tally,
        chosen: &Chosen,
        tallies: EdgeTallies,
        edge_cut: i64,
        trimming: Trimming,
    ) -> Self {
        let (nodes, positions) = nodes(selection, frames, tally, &tallies, chosen);
        let position = |id: NodeId| match positions[id.index()] {
            Some(position) => position as usize,
            None => unreachable!("edges join kept nodes"),
        };
        // As in pprof, edges into nodes that are not listed are never too small.
        let is_kept = |edge: &EdgeTally| {
            edge.weight.unsigned_abs() >= edge_cut.unsigned_abs()
                || !chosen.is_listed[edge.callee.index()]
        };
        let kept = tallies.edges.iter().filter(|edge| is_kept(edge));
        let links: Vec<Link> = kept
            .map(|edge| Link {
                caller: position(edge.caller),
                callee: position(edge.callee),
                edge: Edge {
                    weight: edge.weight,
                    inline: edge.inline,
                    residual: edge.residual,
                },
            })
            .collect();
        Self {
            dropped_edges: tallies.edges.len() - links.len(),
            links: Links::new(links, nodes.len()),
            listed: chosen.listed.len(),
            nodes,
            positions,
            added: HashSet::new(),
            trimming,
            origin: frames.origin(),
        }
    }

    /// The nodes to show, in order: by magnitude, then by name.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.nodes[..self.listed].iter()
    }

    /// Finds a node, also one that is not listed: its values are 0, but edges of others
    /// lead to it.
    ///
    /// # Panics
    ///
    /// As everything does that takes a [`NodeId`]: where it is of a graph of another profile,
    /// or of another granularity.
    #[track_caller]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.position(id).map(|position| &self.nodes[position])
    }

    #[track_caller]
    fn position(&self, id: NodeId) -> Option<usize> {
        id.check(self.origin, ASK);
        let position = self.positions.get(id.index()).copied().flatten();
        position.map(|position| position as usize)
    }

    /// All edges with their callers and callees, in no order. Some lead to nodes that
    /// are not listed.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = (&Node, &Node, &Edge)> {
        let links = self.links.all.iter();
        links.map(|link| {
            (
                &self.nodes[link.caller],
                &self.nodes[link.callee],
                &link.edge,
            )
        })
    }

    /// Whether a picture shows a node for its flat alone, see
    /// [`for_picture`](Self::for_picture).
    #[track_caller]
    pub fn is_added(&self, node: NodeId) -> bool {
        node.check(self.origin, ASK);
        self.added.contains(&node)
    }

    /// Which nodes trimming has left out.
    pub fn trimming(&self) -> &Trimming {
        &self.trimming
    }

    /// How many edges are left out because their weight is too small.
    pub fn dropped_edges(&self) -> usize {
        self.dropped_edges
    }

    /// The callers of a node with their edges, heaviest first, then by name.
    #[track_caller]
    pub fn callers(&self, node: NodeId) -> Vec<(&Node, &Edge)> {
        let links = self.position(node).map(|node| self.links.callers(node));
        let links = links.into_iter().flatten();
        sorted(links.map(|link| (&self.nodes[link.caller], &link.edge)))
    }

    /// The callees of a node with their edges, heaviest first, then by name.
    #[track_caller]
    pub fn callees(&self, node: NodeId) -> Vec<(&Node, &Edge)> {
        let links = self.position(node).map(|node| self.links.callees(node));
        let links = links.into_iter().flatten();
        sorted(links.map(|link| (&self.nodes[link.callee], &link.edge)))
    }

    /// Whether the calls of a node that are shown are inlined.
    #[track_caller]
    pub fn inline_mark(&self, node: NodeId) -> InlineMark {
        let links = self.position(node).map(|node| self.links.callers(node));
        let (mut inlined, mut called) = (false, false);
        for link in links.into_iter().flatten() {
            inlined |= link.edge.inline;
            called |= !link.edge.inline;
        }
        match (inlined, called) {
            (false, _) => InlineMark::None,
            (true, false) => InlineMark::Inline,
            (true, true) => InlineMark::Partial,
        }
    }

    /// Adds the flats of the nodes to show.
    pub fn shown_flat(&self) -> i64 {
        let flats = self.nodes().map(|node| node.flat);
        flats.fold(0, i64::saturating_add)
    }

    /// The smallest magnitude shown that is not 0: of a node's flat, or of its
    /// cum where flat is 0. 0 where there is none.
    pub(crate) fn smallest_shown(&self) -> i64 {
        let magnitude = |node: &Node| match node.flat {
            0 => node.cum.saturating_abs(),
            flat => flat.saturating_abs(),
        };
        let magnitudes = self.nodes().map(magnitude);
        magnitudes.filter(|&m| m > 0).min().unwrap_or(0)
    }
}

/// Makes the kept nodes, listed ones first and in order; and by id the position of each.
fn nodes(
    selection: &Selection,
    frames: &Frames,
    tally: &Tally,
    edges: &EdgeTallies,
    chosen: &Chosen,
) -> (Vec<Node>, Vec<Option<u32>>) {
    let mut positions = vec![None; frames.len()];
    let unlisted =
        (frames.ids()).filter(|id| chosen.kept[id.index()] && !chosen.is_listed[id.index()]);
    let ids = chosen.listed.iter().copied().chain(unlisted);
    let nodes = (0..).zip(ids).map(|(position, id)| {
        positions[id.index()] = Some(position);
        Node {
            id,
            name: frames.name(&selection.profile, id).into(),
            flat: tally.flat[id.index()],
            cum: tally.cum[id.index()],
            entry: edges.entry[id.index()],
        }
    });
    (nodes.collect(), positions)
}

/// Heaviest first, then by name.
fn sorted<'g>(neighbours: impl Iterator<Item = (&'g Node, &'g Edge)>) -> Vec<(&'g Node, &'g Edge)> {
    let mut neighbours: Vec<_> = neighbours.collect();
    neighbours.sort_unstable_by(|(a, edge_a), (b, edge_b)| {
        let magnitudes = (edge_b.weight.unsigned_abs()).cmp(&edge_a.weight.unsigned_abs());
        magnitudes
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.id.cmp(&b.id))
    });
    neighbours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::view;
    use crate::selection::Warning;

    #[test]
    fn mutual_recursion_makes_each_edge_once_and_none_to_itself() {
        view("a;b;a;b 8").check_edges(
            "b -> a 8
             a -> b 8",
        );
        view("main;walk;walk;walk 8").check_edges("main -> walk 8");
    }

    #[test]
    fn a_value_of_0_leaves_no_trace() {
        view(
            "main;a 0
             main;b 3",
        )
        .check_tree(
            "< main 3
             b 3 3
             main 0 3
             > b 3",
        );
    }

    #[test]
    fn an_edge_that_cancels_stays_although_its_end_is_not_listed() {
        view(
            "main;a  3
             main;a -3
             main;b  1",
        )
        .check_tree(
            "< main 1
             b 1 1
             main 0 1
             > b 1
             > a 0",
        );
    }

    #[test]
    fn samples_without_a_stack_count_in_the_total_only() {
        let top = view(
            "main 5
                  3",
        )
        .top();
        assert_eq!((top.summary.total, top.shown), (8, 5));
    }

    #[test]
    fn the_flat_of_a_trimmed_leaf_goes_to_nobody() {
        let view = || {
            view(
                "main;big      990
                 main;big;tiny   1",
            )
            .graph(|graph| graph.node_fraction = 0.005)
        };
        view().check_top(
            "flat  cum  function
              990  991  big
                0  991  main",
        );
        assert_eq!(view().top().shown, 990);
    }

    #[test]
    fn an_edge_is_inline_while_all_its_calls_are() {
        view("main;+fast 1").check_edges("main -> fast 1 inline");
        view(
            "main;+fast 1
             main;fast  2",
        )
        .check_edges("main -> fast 3");
        view(
            "main;fast  2
             main;+fast 1",
        )
        .check_edges("main -> fast 3");
    }

    #[test]
    fn of_a_repeated_edge_the_outermost_call_shows_whether_it_is_inline() {
        view("a;b;a;+b 1").check_edges(
            "b -> a 1
             a -> b 1",
        );
        view("a;+b;a;b 1").check_edges(
            "b -> a 1
             a -> b 1 inline",
        );
    }

    #[test]
    fn an_edge_is_residual_once_a_call_skips_frames() {
        view(
            "main;mid;leaf 8
             main;leaf     1",
        )
        .graph(|graph| graph.count = Some(2))
        .check_edges("main -> leaf 9 residual");
        view(
            "main;mid;leaf;deep 8
             leaf               1
             main               1",
        )
        .graph(|graph| graph.count = Some(3))
        .check_edges(
            "leaf -> deep 8
             main -> leaf 8 residual",
        );
    }

    #[test]
    fn nodes_are_dropped_below_the_cut_and_not_at_it() {
        let view = view(
            "big  991
             five   5
             four   4",
        );
        let top = view.graph(|graph| graph.node_fraction = 0.005).top();
        let names: Vec<_> = top.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["big", "five"]);
        let trimming = Trimming {
            dropped_nodes: 1,
            large_nodes: 2,
            node_cut: 5,
            printed_node_cut: 5,
        };
        assert_eq!(top.trimming, trimming);
    }

    #[test]
    fn a_cut_of_0_drops_nothing() {
        let view = view(
            "main;big  198
             main;tiny   1",
        );
        let top = view.graph(|graph| *graph = GraphOptions::default()).top();
        assert_eq!((top.trimming.node_cut, top.rows.len()), (0, 3));
    }

    #[test]
    fn the_cut_rests_on_the_net_sum_whatever_sign_it_has() {
        let view = view(
            "shrunk -1010
             grown     10
             tiny       4",
        );
        let top = view.graph(|graph| graph.node_fraction = 0.005).top();
        // |-996 × 0.005| truncated; pprof prints the same fraction of Σ|v|.
        assert_eq!(top.trimming.node_cut, 4);
        assert_eq!(top.trimming.printed_node_cut, 5);
        assert_eq!(top.trimming.dropped_nodes, 0);
    }

    #[test]
    fn the_threshold_that_pprof_prints_is_not_the_one_it_uses() {
        let view = view(
            "main 1517
                    95",
        );
        let trimming = view
            .graph(|graph| graph.node_fraction = 0.005)
            .top()
            .trimming;
        assert_eq!((trimming.node_cut, trimming.printed_node_cut), (7, 8));
    }

    #[test]
    fn the_count_cuts_what_is_large_enough() {
        let view = || {
            view(
                "main;a 500
                 main;b 499
                 main;c   1",
            )
            .graph(|graph| (graph.node_fraction, graph.count) = (0.005, Some(2)))
        };
        view().check_top(
            "flat  cum  function
              500  500  a
              499  499  b",
        );
        let trimming = view().top().trimming;
        assert_eq!((trimming.dropped_nodes, trimming.large_nodes), (1, 3));
    }

    #[test]
    fn small_edges_are_dropped_and_inline_marks_with_them() {
        let stacks = "main;big       990
                      main;work;+fast  1
                      other;fast       9";
        view(stacks).check_top(
            "flat  cum  function
              990  990  big
               10   10  fast (partial-inline)
                0  991  main
                0    9  other
                0    1  work",
        );
        let trimmed = || view(stacks).graph(|graph| graph.edge_fraction = 0.005);
        trimmed().check_edges(
            "main  -> big  990
             other -> fast   9",
        );
        assert_eq!(trimmed().build().dropped_edges(), 2);
        assert_eq!(trimmed().tree().dropped_edges, 2);
        trimmed().check_top(
            "flat  cum  function
              990  990  big
               10   10  fast
                0  991  main
                0    9  other
                0    1  work",
        );
    }

    #[test]
    fn edges_are_dropped_below_the_cut_and_not_at_it_nor_to_unlisted_nodes() {
        view(
            "main;big   991
             main;five    5
             main;four    4
             main;gone    1
             main;gone   -1",
        )
        .graph(|graph| graph.edge_fraction = 0.005)
        .check_edges(
            "main -> big 991
             main -> five  5
             main -> gone  0",
        );
    }

    #[test]
    fn what_shrank_can_be_left_out_and_edges_still_lead_there() {
        view(
            "main;shrunk -5
             main;grown   3
             gone        -1",
        )
        .graph(|graph| graph.drop_negative = true)
        .check_tree(
            "< main 3
             grown 3 3",
        );
        view(
            "grown         3
             grown;shrunk -5",
        )
        .graph(|graph| graph.drop_negative = true)
        .check_top(
            "flat cum function
                3  -2 grown",
        );
    }

    #[test]
    fn nodes_are_sorted_by_magnitude_then_name() {
        let view = || {
            view(
                "z;b  4
                 z;a -4
                 z;c  5
                 y    1",
            )
        };
        view().check_top(
            "flat  cum  function
                5    5  c
               -4   -4  a
                4    4  b
                1    1  y
                0    5  z",
        );
        view().graph(|graph| graph.order = Order::Cum).check_top(
            "flat  cum  function
                5    5  c
                0    5  z
               -4   -4  a
                4    4  b
                1    1  y",
        );
    }

    #[test]
    fn neighbours_are_sorted_by_magnitude_then_name() {
        view(
            "main;b  4
             main;a -4
             main;c  5
             init;c  5",
        )
        .check_peek(
            "main|c",
            "< init 5
             < main 5
             c 10 10
             main 0 5
             > c 5
             > a -4
             > b 4",
        );
    }

    #[test]
    fn sums_stop_at_the_largest_number_with_a_warning() {
        let view = || view(&format!("main;a {0}\nmain;a {0}\nmain;b -1", i64::MAX));
        view().check_top(&format!(
            "flat cum function
             {0}  {0} a
             -1   -1  b
             0    {1} main",
            i64::MAX,
            i64::MAX - 1,
        ));
        let warnings = view().select().warnings();
        assert_eq!(warnings, [Warning::Overflow]);
    }

    #[test]
    fn entry_is_what_the_stacks_hold_that_begin_in_a_node() {
        let graph = view(
            "main;a;b 5
             a;b      2
             main     1",
        )
        .build();
        let entries = graph.nodes().map(|node| (&*node.name, node.entry));
        let expected = [("b", 0), ("main", 6), ("a", 2)];
        assert_eq!(entries.collect::<Vec<_>>(), expected);
    }
}
