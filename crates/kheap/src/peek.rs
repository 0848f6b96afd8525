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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::view;
    use crate::frame::Granularity;

    const STACKS: &str = "main;list@list.go:3;encode 1000
                          main;list@list.go:3;tiny      1";

    #[test]
    fn nothing_is_left_out_for_being_small_or_many() {
        view(STACKS)
            .graph(|graph| (graph.node_fraction, graph.count) = (0.005, Some(1)))
            .check_peek(
                "list",
                "< main 1001
                 list 0 1001
                 > encode 1000
                 > tiny 1",
            );
    }

    #[test]
    fn the_shown_name_is_matched() {
        view(STACKS).check_peek("list.go", "");
        view(STACKS).granularity(Granularity::Lines).check_peek(
            "list.go:3$",
            "< main 1001
             list list.go:3 0 1001
             > encode 1000
             > tiny 1",
        );
    }

    #[test]
    fn the_summary_is_that_of_the_whole_graph() {
        let pattern = Pattern::new("tiny").unwrap();
        let tree = peek(&view(STACKS).select(), &pattern, &GraphOptions::default());
        assert_eq!((tree.rows.len(), tree.node_count, tree.shown), (1, 4, 1001));
    }
}
