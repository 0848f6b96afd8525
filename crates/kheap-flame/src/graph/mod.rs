//! The call graph as a picture: what stands in it ([`chart`]), written as DOT,
//! Mermaid, or SVG.

mod acyclic;
mod chart;
mod dot;
mod fit;
mod layers;
mod legend;
mod mermaid;
mod name;
mod parts;
mod places;
mod svg;

use kheap::{CallGraph, Heap};

use crate::svg::DrawError;
use chart::Chart;

/// What a call graph is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drawing {
    /// For Graphviz and what reads its language.
    #[default]
    Dot,
    /// For Markdown that draws Mermaid, as GitHub's and GitLab's does.
    Mermaid,
    /// A picture, without Graphviz.
    Svg,
}

/// How a call graph is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GraphPicture {
    /// What it is written as.
    pub drawing: Drawing,
    /// The heading; the program's name without one.
    pub title: Option<String>,
    /// When the profile was taken, as it is to be shown.
    pub time: Option<String>,
    /// How many profiles were added up, if several were.
    pub merged: Option<usize>,
    /// Whether values are differences even where none is negative.
    pub is_differential: bool,
}

/// A call graph that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnGraph {
    /// DOT, Mermaid or SVG.
    pub text: String,
    /// What of the graph found no room, where anything did not; the picture says
    /// so, too.
    pub left_out: Option<String>,
}

impl GraphPicture {
    /// Draws a graph: nodes in the colour of the part that most of them belongs to, as
    /// large as what they hold themselves, and edges as wide as what was allocated below
    /// these calls. Differences are coloured by growth.
    ///
    /// # Errors
    ///
    /// [`DrawError::Empty`] when there is no node.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::{CallGraph, GraphOptions, Heap, ProfileBuilder, Selection, SelectionOptions};
    /// use kheap_flame::{Drawing, GraphPicture};
    ///
    /// let mut builder = ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// let [main, load] = ["main.main", "main.load"].map(|name| {
    ///     let function = builder.function(name, "main.go");
    ///     builder.location(None, 0, &[(function, 7)])
    /// });
    /// builder.sample(&[load, main], &[512], &[])?;
    /// let profile = builder.finish();
    /// let sample_type = profile.sample_type("")?;
    /// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    /// let heap = Heap::new(selection);
    /// let graph = CallGraph::for_picture(&heap, &GraphOptions::default(), 0.05);
    ///
    /// let picture = GraphPicture { drawing: Drawing::Mermaid, ..Default::default() };
    /// let mermaid = picture.draw(&heap, &graph)?;
    /// assert!(mermaid.text.contains("n1 -->|\"512B\"| n0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn draw(&self, heap: &Heap, graph: &CallGraph) -> Result<DrawnGraph, DrawError> {
        let chart = Chart::new(heap, graph, self);
        match self.drawing {
            _ if chart.nodes.is_empty() => Err(DrawError::Empty),
            Drawing::Dot => Ok(DrawnGraph {
                text: dot::write(&chart),
                left_out: None,
            }),
            Drawing::Mermaid => Ok(mermaid::draw(chart)),
            Drawing::Svg => Ok(svg::draw(chart)?),
        }
    }
}
