//! What stands in the picture of a call graph, before it is written.

use std::collections::HashMap;

use kheap::{CallGraph, Selection, Summary, symbol, unit};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::GraphPicture;
use crate::color::by_share;
use crate::label::{one_line, shorten};

/// The longest name in a box, and the longest one beside the pointer, in
/// characters.
const LONGEST_NAME: usize = 60;
const LONGEST_FULL_NAME: usize = 1000;

/// The longest line of the heading, in characters.
const LONGEST_LINE: usize = 200;

/// How wide the line is that carries everything, in pixels, above that of 1.
const WIDEST_EDGE: f64 = 7.0;

/// A call graph in words, colours and widths.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: String,
    /// What profile this is, what filters apply, what is left out.
    pub(super) notes: Vec<String>,
    /// In the order of `kheap tree`.
    pub(super) nodes: Vec<Node>,
    /// By caller, then by callee, which is another function: a graph has no edge
    /// from a node to itself.
    pub(super) edges: Vec<Line>,
    /// What found no room, if anything.
    pub(super) left_out: Option<String>,
}

/// A function.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its name and values, a line each.
    pub(super) lines: Vec<String>,
    /// Its whole name.
    pub(super) tooltip: String,
    /// As SVG, DOT and Mermaid write it.
    pub(super) fill: String,
    /// How much it matters that it is shown.
    pub(super) weight: u64,
}

/// Calls from one function to another.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Positions among the nodes.
    pub(super) from: usize,
    pub(super) to: usize,
    /// What was allocated below.
    pub(super) label: String,
    /// In pixels.
    pub(super) width: f64,
    /// What weighs in the order of edges.
    pub(super) weight: u64,
    /// Whether frames between the two are left out.
    pub(super) is_residual: bool,
}

impl Chart {
    pub(super) fn new(selection: &Selection, graph: &CallGraph, picture: &GraphPicture) -> Self {
        let summary = Summary::new(selection);
        let positions: HashMap<NodeIndex, usize> = (graph.nodes().enumerate())
            .map(|(position, (index, _))| (index, position))
            .collect();
        let nodes = graph.nodes().map(|(_, node)| Node {
            lines: lines(&summary, node),
            tooltip: shorten(&one_line(&node.name), LONGEST_FULL_NAME),
            fill: by_share(node.cum, summary.total),
            weight: node.cum.unsigned_abs(),
        });
        let edges = graph.graph().edge_references().filter_map(|edge| {
            // Edges may lead to nodes that are not listed.
            let ends = (positions.get(&edge.source()), positions.get(&edge.target()));
            let (Some(&from), Some(&to)) = ends else {
                return None;
            };
            let weight = edge.weight();
            let inline = if weight.inline { " (inline)" } else { "" };
            Some(Line {
                from,
                to,
                label: format!("{}{inline}", value(&summary, weight.weight)),
                width: 1.0 + WIDEST_EDGE * share(weight.weight, summary.total),
                weight: weight.weight.unsigned_abs(),
                is_residual: weight.residual,
            })
        });
        let mut edges: Vec<Line> = edges.collect();
        edges.sort_by_key(|edge| (edge.from, edge.to));
        let program = summary.program.as_deref().unwrap_or("a program");
        let title = format!("Heap of {program}");
        let title = picture.title.as_ref().unwrap_or(&title);
        Self {
            title: shorten(&one_line(title), LONGEST_LINE),
            notes: notes(&summary, graph, picture.time.as_deref()),
            nodes: nodes.collect(),
            edges,
            left_out: None,
        }
    }
}

fn lines(summary: &Summary, node: &kheap::graph::Node) -> Vec<String> {
    let canonical = symbol::canonical(&node.name);
    let name = shorten(&one_line(&symbol::short(&canonical)), LONGEST_NAME);
    let part = |amount: i64| {
        let percentage = summary.percentage(amount);
        format!("{} ({})", value(summary, amount), percentage.trim())
    };
    match node.flat {
        flat if flat == node.cum => vec![name, part(flat)],
        0 => vec![name, format!("of {}", part(node.cum))],
        flat => vec![name, part(flat), format!("of {}", part(node.cum))],
    }
}

fn notes(summary: &Summary, graph: &CallGraph, time: Option<&str>) -> Vec<String> {
    let shown = graph.shown_flat();
    let shown = format!(
        "Showing {}, {} of {} total",
        value(summary, shown),
        summary.percentage(shown).trim(),
        value(summary, summary.total)
    );
    let mut about = vec![summary.sample_type.clone()];
    about.extend(time.map(str::to_owned));
    about.push(shown);
    let mut notes = vec![about.join(" · ")];
    if !summary.active_filters.is_empty() {
        notes.push(format!("Filters: {}", summary.active_filters.join(", ")));
    }
    let trimming = graph.trimming();
    if trimming.dropped_nodes > 0 || graph.dropped_edges() > 0 {
        let cut = value(summary, trimming.node_cut);
        let (nodes, edges) = (trimming.dropped_nodes, graph.dropped_edges());
        notes.push(format!(
            "Left out: {nodes} nodes (cum below {cut}), {edges} edges"
        ));
    }
    if graph.nodes().len() < trimming.large_nodes {
        let (shown, all) = (graph.nodes().len(), trimming.large_nodes);
        notes.push(format!("Showing {shown} nodes out of {all}"));
    }
    notes
        .iter()
        .map(|note| shorten(&one_line(note), LONGEST_LINE))
        .collect()
}

/// A value in the unit that suits it, or in the one that was asked for.
fn value(summary: &Summary, value: i64) -> String {
    let to = match summary.display_unit.as_str() {
        unit::MINIMUM => unit::AUTO,
        wish => wish,
    };
    unit::label(value, &summary.sample_unit, to)
}

fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => (value as f64 / total as f64).abs().min(1.0),
    }
}
