//! How a call graph is drawn.

/// What a call graph is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct GraphPicture {
    /// What it is written as.
    pub drawing: Drawing,
    /// The heading; the program's name without one.
    pub title: Option<String>,
    /// When the profile was taken, as it is to be shown.
    pub time: Option<String>,
    /// Whether values are differences even where none is negative.
    pub is_differential: bool,
}

kheap::__setters! {
    impl GraphPicture {
        drawing: Drawing,
        title: impl Into<Option<String>>,
        time: impl Into<Option<String>>,
        is_differential: bool,
    }
}

/// A call graph that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrawnGraph {
    /// DOT, Mermaid or SVG.
    pub text: String,
    /// What of the graph found no room, where anything did not; the picture says
    /// so, too.
    pub left_out: Option<String>,
}
