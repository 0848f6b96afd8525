//! The call graph for Markdown that draws Mermaid.
//!
//! Source: <https://mermaid.js.org/syntax/flowchart.html>.

use std::fmt::Write;

use super::DrawnGraph;
use super::chart::Chart;
use crate::heading::{Entry, Mark};

/// What Mermaid draws at most, where nobody allows it more: characters of UTF-16
/// (`maxTextSize`), and edges (`maxEdges`).
const MOST_CHARACTERS: usize = 50_000;
const MOST_EDGES: usize = 500;

/// The frame of a node that is shown for its flat alone.
const ADDED: &str = "stroke:#1a1a1a,stroke-width:4px";

/// What a node takes at least: a box and its style.
const LEAST_CHARACTERS: usize = 50;

/// Writes as much of the graph as Mermaid takes.
pub(super) fn draw(mut chart: Chart) -> DrawnGraph {
    let all = chart.size();
    let mut nodes = chart.nodes.len().min(MOST_CHARACTERS / LEAST_CHARACTERS);
    let mut edges = chart.edges.len().min(MOST_EDGES);
    // What never fits is not copied each time. More edges than are drawn stay: with
    // fewer nodes others hold these together.
    chart.keep(nodes, 10 * MOST_EDGES);
    loop {
        let mut fitting = chart.clone();
        fitting.keep(nodes, edges);
        fitting.tell_left_out(all);
        let text = write(&fitting);
        if text.encode_utf16().count() <= MOST_CHARACTERS || nodes == 1 {
            let left_out = fitting.left_out;
            return DrawnGraph { text, left_out };
        }
        // Edges first, down to those that hold the nodes together.
        match edges > nodes {
            true => edges = (edges * 9 / 10).max(nodes),
            false => (nodes, edges) = ((nodes * 9 / 10).max(1), edges * 9 / 10),
        }
    }
}

fn write(chart: &Chart) -> String {
    // Writing to a string does not fail.
    let mut out = String::new();
    for line in [&chart.title].into_iter().chain(&chart.notes) {
        // A comment ends with its line; braces in it would be taken for settings.
        let _ = writeln!(out, "%% {}", line.replace(['{', '}'], " "));
    }
    let _ = writeln!(out, "flowchart TD");
    for (position, node) in chart.nodes.iter().enumerate() {
        let lines: Vec<String> = node.lines.iter().map(|line| escape(line)).collect();
        let _ = writeln!(out, "  n{position}[\"{}\"]", lines.join("<br/>"));
    }
    for edge in &chart.edges {
        let arrow = if edge.is_residual { "-.->" } else { "-->" };
        let _ = writeln!(
            out,
            "  n{} {arrow}|\"{}\"| n{}",
            edge.from,
            escape(&edge.label),
            edge.to
        );
    }
    write_legend(&mut out, &chart.legend);
    for (position, node) in chart.nodes.iter().enumerate() {
        let _ = writeln!(
            out,
            "  style n{position} fill:{},{},color:#1a1a1a",
            node.fill,
            if node.is_added { ADDED } else { "stroke:#666" }
        );
    }
    for (position, edge) in chart.edges.iter().enumerate() {
        let _ = writeln!(
            out,
            "  linkStyle {position} stroke-width:{:.1}px",
            edge.width
        );
    }
    out
}

/// What colours and lines mean, in boxes of their own.
fn write_legend(out: &mut String, legend: &[Entry]) {
    if legend.is_empty() {
        return;
    }
    let _ = writeln!(out, "  subgraph legend");
    for (position, entry) in legend.iter().enumerate() {
        let _ = writeln!(out, "  l{position}[\"{}\"]", escape(&entry.text));
    }
    let _ = writeln!(out, "  end");
    for (position, entry) in legend.iter().enumerate() {
        let style = match &entry.mark {
            Mark::Color(color) => format!("fill:{color},stroke:#666,color:#1a1a1a"),
            Mark::Dashes => "stroke-dasharray:6 4".to_owned(),
            Mark::Added => ADDED.to_owned(),
        };
        let _ = writeln!(out, "  style l{position} {style}");
    }
}

/// Everything that could mean something becomes a code: Mermaid knows HTML's
/// entities with `#` for `&`.
fn escape(text: &str) -> String {
    let mut out = String::new();
    // Two dollars would begin a formula, as soon as the codes are read; with
    // nothing visible between them they do not.
    for c in text
        .replace("$$", "$\u{200b}$")
        .replace("$$", "$\u{200b}$")
        .chars()
    {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | ':' | '/' | '-' | '+' | '%' => {
                out.push(c);
            }
            '(' | ')' | '_' | '…' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
