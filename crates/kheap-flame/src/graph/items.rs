//! The functions and calls of a picture, and how their values are written.

use kheap::{Summary, unit};

/// A function.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its name and values, a line each.
    pub(super) lines: Vec<String>,
    /// Its whole name, its values, its part.
    pub(super) tooltip: String,
    /// As SVG, DOT and Mermaid write it.
    pub(super) fill: String,
    /// In pixels.
    pub(super) font_size: f64,
    /// Whether it is shown for its flat alone.
    pub(super) is_added: bool,
    /// How much it matters that it is shown.
    pub(super) weight: u64,
}

/// Calls from one function to another.
#[derive(Debug, Clone)]
pub(super) struct Edge {
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

/// How values of this profile are written.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) summary: Summary,
    /// Whether they are differences, which have signs.
    pub(super) is_differential: bool,
}

impl Values {
    /// A value in the unit that suits it, or in the one that was asked for.
    pub(super) fn text(&self, value: i64) -> String {
        let to = match self.summary.display_unit.as_str() {
            unit::MINIMUM => unit::AUTO,
            wish => wish,
        };
        let text = unit::label(value, &self.summary.sample_unit, to);
        match self.is_differential && value > 0 {
            true => format!("+{text}"),
            false => text,
        }
    }

    pub(super) fn share(&self, value: i64) -> String {
        self.summary.percentage(value).trim().to_owned()
    }
}
