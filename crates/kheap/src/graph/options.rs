//! What is left out of a graph, and how it is sorted.

/// What nodes are sorted by. Default: flat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Order {
    /// By the magnitude of flat.
    #[default]
    Flat,
    /// By the magnitude of cum.
    Cum,
}

crate::__vocabulary! {
    Order, "order" {
        Flat = "flat",
        Cum = "cum",
    }
}

/// What is left out of a graph, and how it is sorted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GraphOptions {
    /// What nodes are sorted by.
    pub order: Order,
    /// How many nodes are kept; `None` for all, the default.
    pub count: Option<usize>,
    /// The share of the sum of all flats, 0..=1, below which a node's cum is too
    /// small to show. Default: 0.005, as in pprof, so that small rows are left out: see
    /// [`untrimmed`](Self::untrimmed).
    pub node_fraction: f64,
    /// The same for edges. Default: 0.001.
    pub edge_fraction: f64,
    /// Whether nodes that shrank against a base are left out. Default: no.
    pub drop_negative: bool,
    /// Whether the rows of [`top()`](crate::top()) have standard errors. Default: no.
    pub errors: bool,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self {
            order: Order::Flat,
            count: None,
            node_fraction: 0.005,
            edge_fraction: 0.001,
            drop_negative: false,
            errors: false,
        }
    }
}

crate::__setters! {
    impl GraphOptions {
        order: Order,
        count: impl Into<Option<usize>>,
        node_fraction: f64,
        edge_fraction: f64,
        drop_negative: bool,
        errors: bool,
    }
}

impl GraphOptions {
    /// The same, but with nothing left out for being small.
    pub fn untrimmed(self) -> Self {
        Self {
            count: None,
            node_fraction: 0.0,
            edge_fraction: 0.0,
            ..self
        }
    }
}
