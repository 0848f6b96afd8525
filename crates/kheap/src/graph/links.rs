//! The edges of a graph, found by either end.

use super::Edge;
use crate::profile::range_of;

/// An edge between two nodes, which are positions in the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) caller: usize,
    pub(super) callee: usize,
    pub(super) edge: Edge,
}

/// Edges, and by node which of them lead to it and from it.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) all: Vec<Link>,
    incoming: ByNode,
    outgoing: ByNode,
}

impl Links {
    /// Sorts edges by the nodes they join; there are so many `nodes`.
    pub(super) fn new(all: Vec<Link>, nodes: usize) -> Self {
        Self {
            incoming: ByNode::new(nodes, &all, |link| link.callee),
            outgoing: ByNode::new(nodes, &all, |link| link.caller),
            all,
        }
    }

    /// The positions of the edges that lead to a node.
    pub(super) fn incoming(&self, node: usize) -> &[u32] {
        self.incoming.of(node)
    }

    /// The edges that lead to a node.
    pub(super) fn callers(&self, node: usize) -> impl Iterator<Item = &Link> {
        self.incoming(node).iter().map(|&at| &self.all[at as usize])
    }

    /// The edges that lead from a node.
    pub(super) fn callees(&self, node: usize) -> impl Iterator<Item = &Link> {
        let outgoing = self.outgoing.of(node).iter();
        outgoing.map(|&at| &self.all[at as usize])
    }
}

/// The positions of edges, node by node.
#[derive(Debug, Default)]
struct ByNode {
    /// Where the edges of a node end in `edges`.
    ends: Vec<u32>,
    edges: Vec<u32>,
}

impl ByNode {
    fn new(nodes: usize, links: &[Link], node_of: impl Fn(&Link) -> usize) -> Self {
        // First how many edges a node has, then where they begin, at last where they end.
        let mut ends = vec![0; nodes];
        for link in links {
            ends[node_of(link)] += 1;
        }
        let mut begin = 0;
        for end in &mut ends {
            begin += std::mem::replace(end, begin);
        }
        let mut edges = vec![0; links.len()];
        for (at, link) in (0..).zip(links) {
            let end: &mut u32 = &mut ends[node_of(link)];
            edges[*end as usize] = at;
            *end += 1;
        }
        Self { ends, edges }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.edges[range_of(&self.ends, node)]
    }
}
