//! The callers and callees of some functions.

use crate::filter::Pattern;
use crate::graph::{CallGraph, GraphOptions};
use crate::selection::Selection;
use crate::tree::{Tree, tree_of};

/// Lists the functions whose shown name matches, each between its callers and
/// callees, as `go tool pprof -peek` does: nothing is left out for being small,
/// and the summary is that of the whole graph. No rows where nothing matches.
pub fn peek(selection: &Selection, pattern: &Pattern, options: &GraphOptions) -> Tree {
    let graph = CallGraph::build(selection, &options.clone().untrimmed());
    tree_of(selection, &graph, |name| pattern.is_match(name.as_bytes()))
}
