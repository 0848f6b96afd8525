//! Which functions hold the memory.

use std::borrow::Cow;

use crate::arithmetic::{StandardError, standard_errors};
use crate::graph::{CallGraph, GraphOptions, InlineMark, Trimming};
use crate::selection::Selection;
use crate::summary::Summary;

/// The functions (or files, lines, addresses) that hold the memory.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Top {
    /// Which profile this is.
    pub summary: Summary,
    /// What was left out.
    pub trimming: Trimming,
    /// Sum of the flats of all rows, in the unit of the sample type.
    pub shown: i64,
    /// Largest magnitude first, then by name.
    pub rows: Vec<TopRow>,
}

/// One function of a [`Top`].
///
/// # Example
///
/// ```
/// use kheap::frame::Granularity;
/// use kheap::{GraphOptions, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let load = builder.function("main.load", "main.go");
/// let stack = [builder.location(None, 1, &[(load, 5)])];
/// builder.sample(&stack, &[512], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let lines = SelectionOptions::default().granularity(Granularity::Lines);
/// let selection = Selection::new(&profile, sample_type, &lines);
///
/// let row = &kheap::top(&selection, &GraphOptions::default()).rows[0];
/// assert_eq!(row.name, "main.load main.go:5");
/// assert_eq!(row.function.as_deref(), Some("main.load"));
/// assert_eq!((row.file.as_deref(), row.line), (Some("main.go"), Some(5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TopRow {
    /// Its name as pprof prints it: with file and line where the
    /// [granularity](crate::frame::Granularity) has them.
    pub name: String,
    /// The function alone; `None` by file, and where the profile names none.
    pub function: Option<String>,
    /// The source file; `None` by function.
    pub file: Option<String>,
    /// The line in it; `None` unless by line or by address.
    pub line: Option<i64>,
    /// What was allocated here, in the unit of the sample type.
    pub flat: i64,
    /// What was allocated here and below, once a sample.
    pub cum: i64,
    /// Whether its calls were inlined.
    pub inline: InlineMark,
    /// The standard errors, with [`GraphOptions::errors`], where the values have some.
    pub error: Option<StandardError>,
}

/// Lists the functions that hold the memory, as `go tool pprof -top` does.
///
/// Values are in the unit of the sample type. Recursion counts once in cum.
///
/// # Example
///
/// ```
/// use kheap::{GraphOptions, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let load = builder.function("main.load", "main.go");
/// let main = builder.function("main.main", "main.go");
/// let stack = [
///     builder.location(None, 1, &[(load, 5)]),
///     builder.location(None, 2, &[(main, 9)]),
/// ];
/// builder.sample(&stack, &[512], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let top = kheap::top(&selection, &GraphOptions::default());
/// let rows: Vec<_> = top.rows.iter().map(|r| (r.flat, r.cum, r.name.as_str())).collect();
/// assert_eq!(rows, [(512, 512, "main.load"), (0, 512, "main.main")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Standard errors
///
/// With [`GraphOptions::errors`] every row says how far sampling may have missed its
/// figures. There is no error for values that were not sampled by space, and it is too
/// small where profiles were subtracted so that equal stacks cancelled: two figures that
/// cancel do not lose their errors.
///
/// ```
/// use kheap::{GraphOptions, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_objects", "count");
/// builder.sample_type("inuse_space", "bytes");
/// builder.header().period = 512 << 10;
/// builder.header().period_type = builder.value_type("space", "bytes");
/// let load = builder.function("main.load", "main.go");
/// let stack = [builder.location(None, 1, &[(load, 5)])];
/// builder.sample(&stack, &[1024, 1 << 20], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("inuse_space")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let top = kheap::top(&selection, &GraphOptions::default().errors(true));
/// // Two sampled objects say little of how many there are.
/// assert!(top.rows[0].error.is_some_and(|error| error.flat > 0.25 * f64::from(1 << 20)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: [`arithmetic`](crate::arithmetic) has the derivation.
pub fn top(selection: &Selection, options: &GraphOptions) -> Top {
    let frames = selection.frames();
    let errors = (options.errors).then(|| standard_errors(selection, &frames));
    let errors = errors.flatten();
    let graph = CallGraph::build_for_marks(selection, &frames, options);
    let rows = graph.nodes().map(|node| {
        let function = frames.function(selection.profile(), node.id);
        let (file, line) = frames.source(node.id);
        TopRow {
            name: node.name.to_string(),
            function: function.map(Cow::into_owned),
            file: file.map(Cow::into_owned),
            line,
            flat: node.flat,
            cum: node.cum,
            inline: graph.inline_mark(node.id),
            error: errors.as_ref().map(|errors| errors[node.id.index()]),
        }
    });
    Top {
        summary: Summary::of_graph(selection, &graph),
        trimming: *graph.trimming(),
        shown: graph.shown_flat(),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::view;

    #[test]
    fn a_recursive_function_counts_once_in_cum() {
        view(
            "main;walk;walk;walk 64
             main;load           32",
        )
        .check_top(
            "flat  cum  function
               64   64  walk
               32   32  load
                0   96  main",
        );
    }

    #[test]
    fn flat_belongs_to_the_innermost_inlined_function() {
        view("main;work;+fast 8").check_top(
            "flat  cum  function
                8    8  fast (inline)
                0    8  main
                0    8  work",
        );
    }

    #[test]
    fn a_mark_is_partial_where_another_caller_really_calls() {
        view(
            "main;+fast 1
             other;fast 2",
        )
        .check_top(
            "flat  cum  function
                3    3  fast (partial-inline)
                0    1  main
                0    2  other",
        );
    }

    #[test]
    fn one_real_call_clears_the_mark_of_the_same_caller() {
        view(
            "main;+fast 1
             main;fast  2",
        )
        .check_top(
            "flat  cum  function
                3    3  fast
                0    3  main",
        );
    }

    #[test]
    fn an_inlined_function_without_a_caller_has_no_mark() {
        view("main;+fast 1")
            .graph(|graph| graph.count = Some(1))
            .check_top(
                "flat  cum  function
                    1    1  fast",
            );
    }

    #[test]
    fn one_sample_type_is_looked_at() {
        let stacks = "main;a 1 64
                      main;b 2 32";
        view(stacks).sample_type("inuse_objects").check_top(
            "flat  cum  function
                2    2  b
                1    1  a
                0    3  main",
        );
        view(stacks).check_top(
            "flat  cum  function
               64   64  a
               32   32  b
                0   96  main",
        );
    }
}
