//! The call graph as a picture: what stands in it ([`chart`]), written as DOT,
//! Mermaid, or SVG.

mod acyclic;
mod chart;
mod dot;
mod fit;
mod items;
mod layers;
mod legend;
mod mermaid;
mod name;
mod parts;
mod picture;
mod places;
mod svg;
mod ways;

use kheap::{CallGraph, Heap};

use crate::picture::DrawError;
use chart::Chart;

pub use picture::{Drawing, DrawnGraph, GraphPicture};

impl GraphPicture {
    /// Draws a graph: nodes in the colour of the part that nearly all of them belongs to, as
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
    /// let picture = GraphPicture::default().drawing(Drawing::Mermaid);
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
