//! What the explorer reads: every stack of a heap once, with its values, as a few
//! tables of columns.
//!
//! One dump, two, or a series share the tables: a row has a value for each snapshot
//! and each sample type. The page never sees anything else, so that its figures are
//! those of the dumps.

mod builder;
mod draft;
mod pack;
mod trim;

use serde::Serialize;

pub use builder::ModelBuilder;
pub(crate) use pack::pack;

/// How many rows are distinguished. A dump of a large server has some 10,000; past this
/// the smallest become one, so that a page stays small enough to be mailed.
pub(crate) const MOST_ROWS: usize = 40_000;

/// How many frames the tree of stacks has at most, for the same reason.
pub(crate) const MOST_NODES: usize = 80_000;

/// How many bytes all names have at most; those of a large server have half a million.
pub(crate) const MOST_TEXT: usize = 6 << 20;

/// How many snapshots of a series can be chosen: the first, the last, and others evenly
/// between them.
pub const MOST_SNAPSHOTS: usize = 12;

/// A heap, two, or a series, as the explorer reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// Name and version of this structure.
    pub(crate) schema: &'static str,
    pub(crate) program: String,
    pub(crate) types: Vec<SampleType>,
    /// Position of the sample type that is shown first.
    pub(crate) shown: usize,
    /// In the order of time; the last one is the one that was judged.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Each text once; the first is empty.
    pub(crate) strings: Vec<String>,
    pub(crate) functions: Functions,
    pub(crate) nodes: Nodes,
    pub(crate) rows: Rows,
    pub(crate) places: Vec<Place>,
    /// Parts of the program, largest first.
    pub(crate) parts: Vec<Part>,
    pub(crate) findings: Vec<Finding>,
    /// Frames that only pass a call on, as pictures fold them: those that occur.
    pub(crate) chains: Vec<Chain>,
    /// What is on stacks that Go cut, where that is too much to be read from the root.
    pub(crate) cut_stacks: Option<u64>,
    /// How many rows became one for being too small.
    pub(crate) trimmed: usize,
    /// Whether names are cut, so that an expression may miss their end.
    pub(crate) cut: bool,
    /// Whether every sum is a whole number of JavaScript.
    pub(crate) exact: bool,
}

/// Such as `inuse_space`, in `bytes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SampleType {
    pub(crate) name: String,
    pub(crate) unit: String,
}

/// A dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Snapshot {
    pub(crate) name: String,
    pub(crate) time: Option<String>,
    /// By sample type: what shares refer to.
    pub(crate) totals: Vec<i64>,
}

/// A function by the names that filters look at. Columns hold positions of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Functions {
    /// As `top` prints it.
    pub(crate) label: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) file: Vec<u32>,
    pub(crate) binary: Vec<u32>,
    /// The form in which two builds agree.
    pub(crate) canonical: Vec<u32>,
    /// Positions of those that are an address and nothing else.
    pub(crate) bare: Vec<u32>,
}

/// The tree of stacks. The first node is the root, which is no frame.
///
/// Invariant: a parent comes before its children.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Nodes {
    /// How many positions before the node its caller is; 0 for the root.
    pub(crate) up: Vec<u32>,
    pub(crate) function: Vec<u32>,
    pub(crate) line: Vec<i64>,
    /// Whether the call was inlined, so that the node is of the same location as its
    /// caller: how many positions after the one before.
    pub(crate) inlined: Vec<u32>,
}

/// Samples that differ in nothing but their values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Rows {
    pub(crate) node: Vec<u32>,
    /// The same where stacks that Go cut have the callers back that other stacks tell;
    /// empty where no stack is cut.
    pub(crate) mended: Vec<u32>,
    /// The size of an object in bytes; 0 where the dump does not tell.
    pub(crate) size: Vec<i64>,
    pub(crate) place: Vec<u32>,
    /// By snapshot and sample type.
    pub(crate) values: Vec<Vec<Vec<i64>>>,
}

#[derive(Debug, Clone, PartialEq, Hash, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) part: String,
    pub(crate) verb: String,
    pub(crate) kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) color: String,
}

/// Frames that are shown as one where several follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Chain {
    pub(crate) title: String,
    /// Positions of functions.
    pub(crate) functions: Vec<u32>,
}

/// A finding and the rows that it claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// For its heading in the report, too.
    pub(crate) anchor: String,
    pub(crate) title: String,
    pub(crate) severity: &'static str,
    /// How large it is, its kinds, and how sure that is, as the report says it.
    pub(crate) about: String,
    /// What to do, in order.
    pub(crate) steps: Vec<String>,
    pub(crate) rows: Vec<u32>,
}

impl Model {
    /// The model as JSON: what the page unpacks.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("columns of numbers and texts are JSON")
    }
}
