//! The call graph in Graphviz's language.
//!
//! Source: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write;

use super::chart::Chart;
use crate::heading::{Entry, Mark};

pub(super) fn write(chart: &Chart) -> String {
    let mut out = String::from("digraph kheap {\n");
    let heading: Vec<String> = ([&chart.title].into_iter().chain(&chart.notes))
        .map(|line| escape(line))
        .collect();
    // `\l` ends a line that stands on the left. Writing to a string does not fail.
    let _ = writeln!(
        out,
        "  label=\"{}\\l\"; labelloc=t; labeljust=l;",
        heading.join("\\l")
    );
    let _ = writeln!(
        out,
        "  node [shape=box, style=filled, fontname=\"monospace\"];"
    );
    let _ = writeln!(out, "  edge [fontname=\"monospace\"];");
    for (position, node) in chart.nodes.iter().enumerate() {
        let lines: Vec<String> = node.lines.iter().map(|line| escape(line)).collect();
        let _ = writeln!(
            out,
            "  n{position} [label=\"{}\", tooltip=\"{}\", fillcolor=\"{}\", fontsize={}{}];",
            lines.join("\\n"),
            escape(&node.tooltip).replace('\n', "\\n"),
            node.fill,
            node.font_size,
            if node.is_added { ", peripheries=2" } else { "" },
        );
    }
    for edge in &chart.edges {
        let style = if edge.is_residual {
            ", style=dashed"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  n{} -> n{} [label=\" {}\", penwidth={:.2}, weight={}{style}];",
            edge.from,
            edge.to,
            escape(&edge.label),
            edge.width,
            1 + (edge.width * 10.0) as u32,
        );
    }
    write_legend(&mut out, &chart.legend);
    out + "}\n"
}

/// What colours and lines mean, in boxes of their own.
fn write_legend(out: &mut String, legend: &[Entry]) {
    if legend.is_empty() {
        return;
    }
    let _ = writeln!(out, "  subgraph cluster_legend {{");
    let _ = writeln!(out, "    label=\"Legend\"; fontname=\"monospace\";");
    for (position, entry) in legend.iter().enumerate() {
        let style = match &entry.mark {
            Mark::Color(color) => format!("fillcolor=\"{color}\""),
            Mark::Dashes => "style=dashed".to_owned(),
            Mark::Added => "style=solid, peripheries=2".to_owned(),
        };
        let text = escape(&entry.text);
        let _ = writeln!(
            out,
            "    legend{position} [label=\"{text}\", fontsize=10, {style}];"
        );
    }
    let _ = writeln!(out, "  }}");
}

/// In quotes only these two mean something; `\N` and the like are escapes too.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
