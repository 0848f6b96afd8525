//! What the colours and lines of a call graph mean.

use kheap_text::picture as words;

use super::items::{Edge, Node, Values};
use super::parts::Parts;
use crate::color::{NEUTRAL, growth_legend};
use crate::heading::{Entry, Mark};
use crate::label::{one_line, shorten};

/// The longest title of a part, in characters.
const LONGEST_TITLE: usize = 60;

/// Explains what occurs in a graph.
pub(super) fn legend(values: &Values, parts: &Parts, nodes: &[Node], edges: &[Edge]) -> Vec<Entry> {
    let mut legend = match values.is_differential {
        true => growth_legend(),
        false => part_legend(values, parts, nodes),
    };
    if edges.iter().any(|edge| edge.is_residual) {
        legend.push(Entry {
            mark: Mark::Dashes,
            text: words::RESIDUAL.to_owned(),
        });
    }
    if nodes.iter().any(|node| node.is_added) {
        legend.push(Entry {
            mark: Mark::Added,
            text: words::ADDED.to_owned(),
        });
    }
    legend
}

/// The parts whose colours occur, largest first.
fn part_legend(values: &Values, parts: &Parts, nodes: &[Node]) -> Vec<Entry> {
    let occurs = |(color, _): &(String, String)| nodes.iter().any(|node| node.fill == *color);
    let line = |(part, value): &(String, u64)| {
        let (title, color) = parts.look(part);
        let value = i64::try_from(*value).unwrap_or(i64::MAX);
        let title = shorten(&one_line(title), LONGEST_TITLE);
        let text = format!("{title} {} {}", values.text(value), values.share(value));
        (color.to_owned(), text)
    };
    let known = parts.all.iter().map(line);
    let mut known: Vec<_> = known
        .filter(|line| line.0 != NEUTRAL && occurs(line))
        .collect();
    // Where no part is known, grey needs no explanation.
    if !known.is_empty() {
        known.push((NEUTRAL.to_owned(), words::OTHERS.to_owned()));
    }
    let entries = known
        .into_iter()
        .map(|(color, text)| Entry::color(color, text));
    entries.collect()
}
