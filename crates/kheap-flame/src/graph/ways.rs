//! What the lines of a call graph do not show at a glance: the function through which all
//! calls come, however they branch, and recursion over several functions.

use std::collections::HashMap;

use kheap::CallGraph;
use kheap::frame::NodeId;
use kheap::graph::Dominators;
use kheap_text::picture as words;

use crate::label::{one_line, shorten};

/// The longest name of a dominator, in characters.
const LONGEST_NAME: usize = 200;

/// Dominators and circles of the calls that are drawn.
#[derive(Debug)]
pub(super) struct Ways<'g> {
    graph: &'g CallGraph,
    dominators: Dominators,
    /// How many functions call each other in the circle that a function is in.
    circles: HashMap<NodeId, usize>,
}

impl<'g> Ways<'g> {
    pub(super) fn of(graph: &'g CallGraph) -> Self {
        let circles = graph.strongly_connected().into_iter();
        let circles = circles.filter(|circle| circle.len() > 1);
        let members = circles.flat_map(|circle| {
            let count = circle.len();
            circle.into_iter().map(move |node| (node, count))
        });
        Self {
            circles: members.collect(),
            dominators: graph.dominators(),
            graph,
        }
    }

    /// What is to be said of a function, a line each.
    pub(super) fn lines(&self, node: NodeId) -> Vec<String> {
        let through = self.through(node).map(|name| {
            let name = shorten(&one_line(name), LONGEST_NAME);
            words::through(&name)
        });
        let circle = self.circles.get(&node);
        let circle = circle.map(|&count| words::cycle(count));
        through.into_iter().chain(circle).collect()
    }

    /// The nearest function that all ways to this one pass. A single caller is seen without
    /// a word.
    fn through(&self, node: NodeId) -> Option<&str> {
        let has_several_callers = self.graph.callers(node).len() > 1;
        let dominator = self.graph.node(self.dominators.immediate(node)?)?;
        has_several_callers.then_some(&dominator.name)
    }
}
