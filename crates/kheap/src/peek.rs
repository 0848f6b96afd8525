//! The callers and callees of some functions.

use crate::filter::Pattern;
use crate::graph::{CallGraph, GraphOptions};
use crate::selection::Selection;
use crate::tree::{Tree, tree_of};

/// Lists the functions whose shown name matches, each between its callers and
/// callees, as `go tool pprof -peek` does: nothing is left out for being small,
/// and the summary is that of the whole graph. No rows where nothing matches.
///
/// Units and order are those of [`tree()`](crate::tree()).
///
/// # Example
///
/// ```
/// use kheap::filter::Pattern;
/// use kheap::{GraphOptions, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let load = builder.function("main.load", "main.go");
/// let location = builder.location(None, 0, &[(load, 7)]);
/// builder.sample(&[location], &[512], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let peek = |pattern| -> Result<usize, Box<dyn std::error::Error>> {
///     let pattern = Pattern::new(pattern)?;
///     Ok(kheap::peek(&selection, &pattern, &GraphOptions::default()).rows.len())
/// };
/// assert_eq!((peek("load$")?, peek("^load")?), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `internal/driver/commands.go`, `peek`.
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
