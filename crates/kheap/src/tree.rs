//! The call graph as text: every function between its callers and callees.

use std::sync::Arc;

use crate::graph::{CallGraph, Edge, GraphOptions, Node, Trimming};
use crate::selection::Selection;
use crate::summary::Summary;

/// Functions, each with its callers and callees.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Tree {
    /// Which profile this is.
    pub summary: Summary,
    /// What was left out.
    pub trimming: Trimming,
    /// Edges left out because their weight is too small.
    pub dropped_edges: usize,
    /// Sum of the flats of all nodes of the graph, in the unit of the sample type.
    pub shown: i64,
    /// How many nodes the graph has; [`peek`](crate::peek) shows some of them.
    pub node_count: usize,
    /// Largest magnitude first, then by name.
    pub rows: Vec<TreeRow>,
}

/// One function of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TreeRow {
    /// Its name.
    pub name: Arc<str>,
    /// What was allocated here, in the unit of the sample type.
    pub flat: i64,
    /// What was allocated here and below, once a sample.
    pub cum: i64,
    /// Who calls it, heaviest first.
    pub callers: Vec<TreeEdge>,
    /// Whom it calls, heaviest first.
    pub callees: Vec<TreeEdge>,
}

/// A caller or callee.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TreeEdge {
    /// Name of the function at the other end.
    pub name: Arc<str>,
    /// What was allocated below these calls.
    pub weight: i64,
    /// Whether all of these calls were inlined.
    pub inline: bool,
}

/// Lists every function between its callers and callees, as `go tool pprof
/// -tree` does.
///
/// Values are in the unit of the sample type. Functions come by magnitude, then by
/// name, and so do the callers and callees of each.
///
/// # Example
///
/// ```
/// use kheap::{GraphOptions, ProfileBuilder, Selection, SelectionOptions};
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
/// let tree = kheap::tree(&selection, &GraphOptions::default());
/// assert_eq!(&*tree.rows[0].name, "main.load");
/// assert_eq!(&*tree.rows[0].callers[0].name, "main.main");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `internal/report/report.go`, `printTree`.
pub fn tree(selection: &Selection, options: &GraphOptions) -> Tree {
    tree_of(selection, &CallGraph::build(selection, options), |_| true)
}

pub(crate) fn tree_of(
    selection: &Selection,
    graph: &CallGraph,
    shows: impl Fn(&str) -> bool,
) -> Tree {
    let edges = |neighbours: Vec<(&Node, &Edge)>| {
        let edge = |(node, edge): (&Node, &Edge)| TreeEdge {
            name: Arc::clone(&node.name),
            weight: edge.weight,
            inline: edge.inline,
        };
        neighbours.into_iter().map(edge).collect()
    };
    let shown = graph.nodes().filter(|node| shows(&node.name));
    let rows = shown.map(|node| TreeRow {
        name: Arc::clone(&node.name),
        flat: node.flat,
        cum: node.cum,
        callers: edges(graph.callers(node.id)),
        callees: edges(graph.callees(node.id)),
    });
    Tree {
        summary: Summary::of_graph(selection, graph),
        trimming: *graph.trimming(),
        dropped_edges: graph.dropped_edges(),
        shown: graph.shown_flat(),
        node_count: graph.nodes().len(),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::view;

    #[test]
    fn functions_stand_between_their_callers_and_callees() {
        view(
            "main;list;encode 64
             main;watch;+encode 32
             main;list         8",
        )
        .check_tree(
            "< list  64
             < watch 32 inline
             encode 96 96
             < main  72
             list 8 72
             > encode 64
             main 0 104
             > list  72
             > watch 32
             < main  32
             watch 0 32
             > encode 32 inline",
        );
    }

    #[test]
    fn neighbours_that_are_cut_are_not_shown() {
        view(
            "main;list;encode 64
             main;watch       32",
        )
        .graph(|graph| graph.count = Some(2))
        .check_tree(
            "encode 64 64
             watch 32 32",
        );
    }
}
