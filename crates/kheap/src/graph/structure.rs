//! Dominators, and circles of calls.

use petgraph::algo::dominators::{Dominators, simple_fast};
use petgraph::graph::NodeIndex;

use super::CallGraph;

impl CallGraph {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, view};

    /// Each node with its immediate dominator.
    #[track_caller]
    fn check_dominators(stacks: &str, expected: &str) {
        let graph = view(stacks).build();
        let dominators = graph.dominators();
        let name = |index| graph.graph().node_weight(index).map_or("-", |n| &n.name);
        let mut lines: Vec<_> = (graph.nodes())
            .map(|(index, node)| {
                let by = dominators.immediate_dominator(index).map_or("-", name);
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
        let group = |group: Vec<NodeIndex>| {
            let names: Vec<_> = group.iter().map(|&i| &*graph.graph()[i].name).collect();
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
        assert_eq!(graph.graph().edge_count(), LENGTH - 1);
        assert_eq!(graph.strongly_connected().len(), LENGTH);
        let leaf = graph.nodes().next().map(|(index, _)| index).unwrap();
        let dominators = graph.dominators();
        // All others, the leaf itself and the root that was added.
        assert_eq!(dominators.dominators(leaf).unwrap().count(), LENGTH + 1);
    }
}
