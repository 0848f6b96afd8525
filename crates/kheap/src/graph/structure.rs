//! Dominators, and circles of calls.

use petgraph::algo::dominators::simple_fast;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{ASK, CallGraph};
use crate::frame::NodeId;
use crate::profile::Origin;

/// For every node the nearest one that all ways to it pass.
#[derive(Debug, Clone)]
pub struct Dominators {
    /// By id.
    immediate: Vec<Option<NodeId>>,
    origin: Origin,
}

impl Dominators {
    /// The nearest node that all ways to this one pass; `None` where there is none, so that
    /// stacks come there from several sides, or begin there.
    #[track_caller]
    pub fn immediate(&self, node: NodeId) -> Option<NodeId> {
        node.check(self.origin, ASK);
        self.immediate.get(node.index()).copied().flatten()
    }
}

impl CallGraph {
    /// Finds for every node the nodes that all ways to it pass: its dominators.
    ///
    /// Ways start in the nodes in which some stack begins.
    pub fn dominators(&self) -> Dominators {
        let mut graph = self.petgraph();
        // It calls every node in which some stack begins.
        let root = graph.add_node(());
        for (position, node) in self.nodes.iter().enumerate() {
            if node.entry != 0 {
                graph.add_edge(root, NodeIndex::new(position), ());
            }
        }
        let dominators = simple_fast(&graph, root);
        let mut immediate = vec![None; self.positions.len()];
        for (position, node) in self.nodes.iter().enumerate() {
            let dominator = dominators.immediate_dominator(NodeIndex::new(position));
            let dominator = dominator.and_then(|index| self.nodes.get(index.index()));
            immediate[node.id.index()] = dominator.map(|node| node.id);
        }
        Dominators {
            immediate,
            origin: self.origin,
        }
    }

    /// Groups nodes that call each other in circles; a node that is in none is a
    /// group of its own. Groups and members are in the order of the graph.
    pub fn strongly_connected(&self) -> Vec<Vec<NodeId>> {
        // Unlike Tarjan's algorithm in petgraph, this one does not recurse.
        let mut groups = kosaraju_scc(&self.petgraph());
        for group in &mut groups {
            group.sort_unstable();
        }
        groups.sort_unstable();
        let id = |index: NodeIndex| self.nodes[index.index()].id;
        let groups = groups.into_iter();
        groups
            .map(|group| group.into_iter().map(id).collect())
            .collect()
    }

    /// The shape of the graph, for the algorithms of petgraph.
    fn petgraph(&self) -> DiGraph<(), ()> {
        let mut graph = DiGraph::with_capacity(self.nodes.len(), self.links.all.len());
        for _ in &self.nodes {
            graph.add_node(());
        }
        for link in &self.links.all {
            let (caller, callee) = (NodeIndex::new(link.caller), NodeIndex::new(link.callee));
            graph.add_edge(caller, callee, ());
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, view};

    /// Each node with its immediate dominator.
    #[track_caller]
    fn check_dominators(stacks: &str, expected: &str) {
        let graph = view(stacks).build();
        let dominators = graph.dominators();
        let name = |id| graph.node(id).map_or("-", |node| &node.name);
        let mut lines: Vec<_> = (graph.nodes())
            .map(|node| {
                let by = dominators.immediate(node.id).map_or("-", name);
                format!("{} {by}\n", node.name)
            })
            .collect();
        lines.sort();
        check(&lines.concat(), expected);
    }

    #[test]
    fn a_dominator_is_on_every_way() {
        check_dominators(
            "main;a;leaf  1
             main;b;leaf  2
             init;c;d;c   4",
            "a main
             b main
             c init
             d c
             init -
             leaf main
             main -",
        );
        check_dominators(
            "main;a;leaf 1
             init;a;leaf 2
             leaf        4",
            "a -
             init -
             leaf -
             main -",
        );
    }

    /// Groups of nodes that call each other in circles, one a line.
    #[track_caller]
    fn check_groups(stacks: &str, expected: &str) {
        let graph = view(stacks).build();
        let name = |id: NodeId| &*graph.node(id).unwrap().name;
        let group = |group: Vec<NodeId>| {
            let names: Vec<_> = group.into_iter().map(name).collect();
            names.join(" ") + "\n"
        };
        let groups = graph.strongly_connected().into_iter().map(group);
        check(&groups.collect::<String>(), expected);
    }

    #[test]
    fn what_calls_each_other_in_circles_is_a_group() {
        check_groups(
            "main;a;b;c;a 8
             main;d;e;d   4
             main;f;f     2",
            "a b c
             d e
             f
             main",
        );
    }

    #[test]
    fn a_chain_of_200_000_calls_does_not_overflow_the_stack() {
        const LENGTH: usize = 200_000;
        let chain: Vec<String> = (0..LENGTH).map(|i| format!("f{i}")).collect();
        let graph = view(&format!("{} 1", chain.join(";"))).build();
        assert_eq!(graph.edges().len(), LENGTH - 1);
        assert_eq!(graph.strongly_connected().len(), LENGTH);
        let leaf = graph.nodes().next().map(|node| node.id);
        let dominators = graph.dominators();
        let ways = std::iter::successors(leaf, |&node| dominators.immediate(node));
        assert_eq!(ways.count(), LENGTH);
    }
}
