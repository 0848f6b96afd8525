//! What stands in the picture of a call graph, before it is written.

use std::collections::HashMap;

use kheap::frame::NodeId;
use kheap::{CallGraph, Heap, Summary};
use kheap_text::{LONGEST_NAME, note, picture as words};

use super::items::{Edge, Node, Values};
use super::legend::legend;
use super::name::lines_of;
use super::parts::Parts;
use super::picture::GraphPicture;
use super::ways::Ways;
use crate::color::{NEUTRAL, by_share};
use crate::heading::Entry;
use crate::label::{one_line, shorten};

/// The longest line of the heading, in characters.
const LONGEST_LINE: usize = 200;

/// How wide the line is that carries everything, in pixels, above that of 1.
const WIDEST_EDGE: f64 = 7.0;

/// The font size of a function that holds nothing itself, in pixels, and how much larger
/// that of the largest one is.
pub(super) const SMALLEST_FONT: f64 = 10.0;
const FONT_RANGE: f64 = 14.0;

/// A call graph in words, colours and widths.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: String,
    /// What profile this is, what of it is shown, what filters apply.
    pub(super) notes: Vec<String>,
    /// What colours and lines mean.
    pub(super) legend: Vec<Entry>,
    /// By how much their picture shows.
    pub(super) nodes: Vec<Node>,
    /// By caller, then by callee, which is another function: a graph has no edge
    /// from a node to itself.
    pub(super) edges: Vec<Edge>,
    /// What found no room, if anything.
    pub(super) left_out: Option<String>,
}

impl Chart {
    pub(super) fn new(heap: &Heap, graph: &CallGraph, picture: &GraphPicture) -> Self {
        let values = Values {
            summary: Summary::new(heap),
            is_differential: picture.is_differential || heap.values().iter().any(|&v| v < 0),
        };
        let parts = Parts::of(heap, graph);
        let ways = Ways::of(graph);
        let positions: HashMap<NodeId, usize> = (graph.nodes().enumerate())
            .map(|(position, node)| (node.id, position))
            .collect();
        let largest = graph.nodes().map(|node| node.flat.unsigned_abs());
        let largest = largest.max().unwrap_or(0);
        let node = |node: &kheap::graph::Node| {
            let part = parts.of_node(node.id).map(|part| parts.look(part));
            let fill = match (values.is_differential, part) {
                (true, _) => by_share(node.cum, values.summary.total),
                (false, Some((_, color))) => color.to_owned(),
                (false, None) => NEUTRAL.to_owned(),
            };
            Node {
                lines: lines(&values, node),
                tooltip: tooltip(
                    &values,
                    node,
                    part.map(|(title, _)| title),
                    &ways.lines(node.id),
                ),
                fill,
                font_size: font_size(node.flat, largest),
                is_added: graph.is_added(node.id),
                weight: node.cum.unsigned_abs(),
            }
        };
        let nodes: Vec<Node> = graph.nodes().map(node).collect();
        let edges = edges(&values, graph, &positions);
        let title = words::title(&values.summary, values.is_differential);
        let title = picture.title.as_ref().unwrap_or(&title);
        Self {
            title: shorten(&one_line(title), LONGEST_LINE),
            notes: notes(&values, graph, picture),
            legend: legend(&values, &parts, &nodes, &edges),
            nodes,
            edges,
            left_out: None,
        }
    }
}

/// Square roots, because most functions hold far less than the largest one.
fn font_size(flat: i64, largest: u64) -> f64 {
    let share = flat.unsigned_abs() as f64 / largest.max(1) as f64;
    SMALLEST_FONT + (FONT_RANGE * share.sqrt()).ceil()
}

fn edges(values: &Values, graph: &CallGraph, positions: &HashMap<NodeId, usize>) -> Vec<Edge> {
    let total = values.summary.total;
    let edges = graph.edges().filter_map(|(caller, callee, edge)| {
        // Edges may lead to nodes that are not listed.
        let ends = (positions.get(&caller.id), positions.get(&callee.id));
        let (Some(&from), Some(&to)) = ends else {
            return None;
        };
        let inline = if edge.inline { " (inline)" } else { "" };
        Some(Edge {
            from,
            to,
            label: format!("{}{inline}", values.text(edge.weight)),
            width: 1.0 + WIDEST_EDGE * share(edge.weight, total),
            weight: edge.weight.unsigned_abs(),
            is_residual: edge.residual,
        })
    });
    let mut edges: Vec<Edge> = edges.collect();
    edges.sort_by_key(|edge| (edge.from, edge.to));
    edges
}

fn lines(values: &Values, node: &kheap::graph::Node) -> Vec<String> {
    let mut lines = lines_of(&node.name);
    lines.extend(amounts(values, node));
    lines
}

/// What a function holds itself, and what it and those that it calls hold.
fn amounts(values: &Values, node: &kheap::graph::Node) -> Vec<String> {
    let amount = |value: i64| format!("{} ({})", values.text(value), values.share(value));
    match node.flat {
        flat if flat == node.cum => vec![amount(flat)],
        0 => vec![format!("of {}", amount(node.cum))],
        flat => vec![amount(flat), format!("of {}", amount(node.cum))],
    }
}

fn tooltip(
    values: &Values,
    node: &kheap::graph::Node,
    part: Option<&str>,
    ways: &[String],
) -> String {
    let mut lines = vec![shorten(&one_line(&node.name), LONGEST_NAME)];
    lines.push(words::function(
        &values.text(node.flat),
        &values.text(node.cum),
    ));
    lines.extend(part.map(|part| words::part(&one_line(part))));
    lines.extend_from_slice(ways);
    lines.join("\n")
}

fn notes(values: &Values, graph: &CallGraph, picture: &GraphPicture) -> Vec<String> {
    let summary = &values.summary;
    let trimming = graph.trimming();
    let shown = graph.shown_flat();
    let mut about = vec![summary.sample_type.clone()];
    about.extend(picture.time.clone());
    about.extend(note::added_up(summary));
    about.push(words::drawn(
        graph.nodes().len(),
        trimming.dropped_nodes + trimming.large_nodes,
        &values.text(shown),
        &values.share(shown),
        &unsigned(values, summary.total),
    ));
    let mut notes = vec![about.join(" · ")];
    if !summary.active_filters.is_empty() {
        notes.push(words::filters(&summary.active_filters));
    }
    if trimming.dropped_nodes > 0 || graph.dropped_edges() > 0 {
        let cut = unsigned(values, trimming.node_cut);
        let (nodes, edges) = (trimming.dropped_nodes, graph.dropped_edges());
        notes.push(words::too_small(nodes, &cut, edges));
    }
    notes
        .iter()
        .map(|note| shorten(&one_line(note), LONGEST_LINE))
        .collect()
}

/// A value that is no difference.
fn unsigned(values: &Values, value: i64) -> String {
    let text = values.text(value);
    text.trim_start_matches('+').to_owned()
}

fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => (value as f64 / total as f64).abs().min(1.0),
    }
}
