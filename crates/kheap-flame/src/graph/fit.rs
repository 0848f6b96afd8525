//! What of a graph finds room in a picture.

use std::cmp::Reverse;

use kheap_text::picture as words;
use petgraph::unionfind::UnionFind;

use super::chart::Chart;
use super::items::Edge;

impl Chart {
    /// How many nodes and edges there are.
    pub(super) fn size(&self) -> [usize; 2] {
        [self.nodes.len(), self.edges.len()]
    }

    /// Leaves out the lightest nodes and edges, down to so many.
    ///
    /// Edges without which a node would stand apart from the others come first.
    pub(super) fn keep(&mut self, most_nodes: usize, most_edges: usize) {
        self.keep_nodes(most_nodes);
        self.keep_edges(most_edges);
    }

    /// Says what is left out of so many nodes and edges.
    pub(super) fn tell_left_out(&mut self, all: [usize; 2]) {
        let (nodes, edges) = (all[0] - self.nodes.len(), all[1] - self.edges.len());
        if let Some(left_out) = words::no_room(nodes, edges) {
            self.notes.push(left_out.clone());
            self.left_out = Some(left_out);
        }
    }

    fn keep_nodes(&mut self, most: usize) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_unstable_by_key(|&node| (Reverse(self.nodes[node].weight), node));
        order.truncate(most);
        order.sort_unstable();
        let mut positions = vec![None; self.nodes.len()];
        for (position, &node) in order.iter().enumerate() {
            positions[node] = Some(position);
        }
        let mut is_kept = positions.iter().map(Option::is_some);
        self.nodes.retain(|_| is_kept.next().unwrap_or(false));
        let edges = std::mem::take(&mut self.edges).into_iter();
        self.edges = edges
            .filter_map(|edge| {
                let (from, to) = (positions[edge.from]?, positions[edge.to]?);
                Some(Edge { from, to, ..edge })
            })
            .collect();
    }

    fn keep_edges(&mut self, most: usize) {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_unstable_by_key(|&edge| (Reverse(self.edges[edge].weight), edge));
        let mut joined = UnionFind::new(self.nodes.len());
        let (mut kept, lighter): (Vec<usize>, Vec<usize>) = order
            .into_iter()
            .partition(|&edge| joined.union(self.edges[edge].from, self.edges[edge].to));
        kept.extend(lighter);
        let mut is_kept = vec![false; self.edges.len()];
        for &edge in kept.iter().take(most) {
            is_kept[edge] = true;
        }
        let mut is_kept = is_kept.into_iter();
        self.edges.retain(|_| is_kept.next().unwrap_or(false));
    }
}
