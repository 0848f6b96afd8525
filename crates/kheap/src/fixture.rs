//! Profiles written as folded stacks, and results as small tables, for tests.
//!
//! A line is a sample: its frames, root first, then its values, then its labels.
//!
//! ```text
//! main;walk;walk 64                     a recursive function
//! main;+fast 32                         `fast` is inlined into `main`
//! main@main.go:12:10 8                  file, line, and line where `main` starts
//! lib!main;0x40;lib!0x50 8              mapping `lib`; frames without symbols
//! main;walk 1 64 verb=LIST bytes=16 at=5ms  two values, three labels
//! 64                                    a sample without a stack
//! # inuse_space/kilobytes               sample types, where they are not Go's
//! ```

use std::collections::HashMap;
use std::fmt::{Display, Write};

#[cfg(feature = "diagnose")]
use crate::attribute::Heap;
use crate::filter::{Filters, Pattern};
use crate::frame::Granularity;
use crate::graph::{CallGraph, GraphOptions, InlineMark};
use crate::profile::{
    Function, FunctionId, Label, LabelValue, Line, LocationId, Mapping, MappingId, Profile,
    ProfileBuilder, SampleId, StringId,
};
use crate::selection::{Selection, SelectionOptions};
use crate::tree::{Tree, TreeEdge};

/// A profile and how it is looked at: everything, nothing too small to show.
#[derive(Debug)]
pub(crate) struct View {
    profile: Profile,
    sample_type: &'static str,
    options: SelectionOptions,
    graph: GraphOptions,
}

/// Looks at folded stacks.
pub(crate) fn view(stacks: &str) -> View {
    View::of(profile(stacks))
}

impl View {
    pub(crate) fn of(profile: Profile) -> Self {
        Self {
            profile,
            sample_type: "",
            options: SelectionOptions::default(),
            graph: GraphOptions::default().untrimmed(),
        }
    }

    pub(crate) fn sample_type(mut self, sample_type: &'static str) -> Self {
        self.sample_type = sample_type;
        self
    }

    pub(crate) fn granularity(mut self, granularity: Granularity) -> Self {
        self.options.granularity = granularity;
        self
    }

    pub(crate) fn no_inlines(mut self) -> Self {
        self.options.inlines = false;
        self
    }

    pub(crate) fn relative(mut self) -> Self {
        self.options.relative_percentages = true;
        self
    }

    pub(crate) fn unit(mut self, unit: &str) -> Self {
        self.options.unit = unit.to_owned();
        self
    }

    pub(crate) fn filters(mut self, set: impl FnOnce(&mut Filters)) -> Self {
        set(&mut self.options.filters);
        self
    }

    pub(crate) fn graph(mut self, set: impl FnOnce(&mut GraphOptions)) -> Self {
        set(&mut self.graph);
        self
    }

    pub(crate) fn select(self) -> Selection<'static> {
        let sample_type = self.profile.sample_type(self.sample_type);
        let sample_type = sample_type.expect("the sample type is there");
        Selection::new(self.profile, sample_type, &self.options)
    }

    #[cfg(feature = "diagnose")]
    pub(crate) fn heap(self) -> Heap<'static> {
        Heap::new(self.select())
    }

    fn select_with_graph(self) -> (Selection<'static>, GraphOptions) {
        let graph = self.graph.clone();
        (self.select(), graph)
    }

    pub(crate) fn build(self) -> CallGraph {
        let (selection, options) = self.select_with_graph();
        CallGraph::build(&selection, &options)
    }

    pub(crate) fn tree(self) -> Tree {
        let (selection, options) = self.select_with_graph();
        crate::tree(&selection, &options)
    }

    pub(crate) fn top(self) -> crate::Top {
        let (selection, options) = self.select_with_graph();
        crate::top(&selection, &options)
    }

    /// Rows: flat, cum, function, and its inline mark if any.
    #[track_caller]
    pub(crate) fn check_top(self, expected: &str) {
        let mut table = "flat cum function\n".to_owned();
        for row in self.top().rows {
            let mark = match row.inline {
                InlineMark::None => "",
                InlineMark::Inline => "(inline)",
                InlineMark::Partial => "(partial-inline)",
            };
            line(&mut table, [&row.flat, &row.cum, &row.name, &mark]);
        }
        check(&table, expected);
    }

    /// Every node with its callers (`<`) above and its callees (`>`) below.
    #[track_caller]
    pub(crate) fn check_tree(self, expected: &str) {
        check(&tree_table(&self.tree()), expected);
    }

    /// As [`check_tree`](Self::check_tree), for some of the functions.
    #[track_caller]
    pub(crate) fn check_peek(self, pattern: &str, expected: &str) {
        let (selection, options) = self.select_with_graph();
        let pattern = Pattern::new(pattern).expect("an expression");
        let tree = crate::peek(&selection, &pattern, &options);
        check(&tree_table(&tree), expected);
    }

    /// Edges with their marks, in the order of the tree.
    #[track_caller]
    pub(crate) fn check_edges(self, expected: &str) {
        let graph = self.build();
        let mut table = String::new();
        for caller in graph.nodes() {
            for (callee, edge) in graph.callees(caller.id) {
                let inline = if edge.inline { "inline" } else { "" };
                let residual = if edge.residual { "residual" } else { "" };
                let arrow = format!("{} -> {}", caller.name, callee.name);
                line(&mut table, [&arrow, &edge.weight, &inline, &residual]);
            }
        }
        check(&table, expected);
    }

    /// What filters leave, as folded stacks.
    #[track_caller]
    pub(crate) fn check_stacks(self, expected: &str) {
        check(&fold(self.select().profile()), expected);
    }

    /// Traces: value, labels, frames leaf first.
    #[track_caller]
    pub(crate) fn check_traces(self, expected: &str) {
        let mut table = String::new();
        for trace in crate::traces(&self.select()) {
            for (key, texts) in &trace.text_labels {
                line(&mut table, [key, &texts.join(" ")]);
            }
            for (key, label) in &trace.number_labels {
                let texts: Vec<String> = label.texts().collect();
                line(&mut table, [key, &texts.join(" ")]);
            }
            let frames = trace.frames.iter().map(|frame| match frame.inline {
                true => format!("{} (inline)", frame.name),
                false => frame.name.clone(),
            });
            let frames: Vec<String> = frames.collect();
            line(&mut table, [&trace.value, &frames.join(" < ")]);
        }
        check(&table, expected);
    }

    /// Labels with their totals, each followed by its values.
    #[track_caller]
    pub(crate) fn check_tags(self, expected: &str) {
        let mut table = String::new();
        for tag in crate::tags(&self.select()).rows {
            line(&mut table, [&tag.key, &tag.total]);
            for value in tag.values {
                line(&mut table, [&value.value as &dyn Display, &value.text]);
            }
        }
        check(&table, expected);
    }
}

/// Compares tables; how columns are aligned does not matter.
#[track_caller]
pub(crate) fn check(actual: &str, expected: &str) {
    let words = |table: &str| -> Vec<Vec<String>> {
        let lines = table.lines().filter(|line| !line.trim().is_empty());
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        lines.map(words).collect()
    };
    assert!(
        words(actual) == words(expected),
        "--- expected\n{expected}\n--- actual\n{actual}"
    );
}

fn line<const N: usize>(table: &mut String, cells: [&dyn Display; N]) {
    let cells = cells.map(|cell| format!("{cell:>6}"));
    writeln!(table, "{}", cells.join("  ")).expect("a string grows");
}

fn tree_table(tree: &Tree) -> String {
    let mut table = String::new();
    let edges = |table: &mut String, mark: &str, edges: &[TreeEdge]| {
        for edge in edges {
            let inline = if edge.inline { "inline" } else { "" };
            line(table, [&mark, &edge.name, &edge.weight, &inline]);
        }
    };
    for row in &tree.rows {
        edges(&mut table, "<", &row.callers);
        line(&mut table, [&row.name, &row.flat, &row.cum]);
        edges(&mut table, ">", &row.callees);
    }
    table
}

/// Makes a profile of folded stacks. Unless they say otherwise, its sample types
/// are the last ones of a Go heap profile, as many as the first line has values.
pub(crate) fn profile(stacks: &str) -> Profile {
    profile_of(ProfileBuilder::new(), stacks)
}

/// A profile of one sample, with a header.
pub(crate) fn with_header(fill: impl FnOnce(&mut ProfileBuilder)) -> Profile {
    let mut builder = ProfileBuilder::new();
    fill(&mut builder);
    profile_of(builder, "main 1")
}

/// Adds folded stacks to a builder that has no sample types yet.
pub(crate) fn profile_of(builder: ProfileBuilder, stacks: &str) -> Profile {
    let mut folded = Folded {
        builder,
        functions: HashMap::new(),
        mappings: HashMap::new(),
        locations: HashMap::new(),
    };
    let mut lines = stacks
        .lines()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    folded.sample_types(lines.next_if(|line| line.starts_with("# ")), lines.peek());
    for line in lines {
        folded.sample(line);
    }
    folded.builder.finish()
}

/// What has been read of folded stacks. Equal texts make equal records.
#[derive(Debug)]
struct Folded {
    builder: ProfileBuilder,
    functions: HashMap<String, FunctionId>,
    mappings: HashMap<String, MappingId>,
    locations: HashMap<String, LocationId>,
}

impl Folded {
    fn sample(&mut self, line: &str) {
        let (stack, values, labels) = split(line);
        let labels: Vec<Label> = labels.iter().map(|label| self.label(label)).collect();
        let locations = stack.replace(";+", "+");
        let mut stack: Vec<LocationId> = (locations.split(';').filter(|l| !l.is_empty()))
            .map(|location| self.location(location))
            .collect();
        stack.reverse();
        let sample = self.builder.sample(&stack, &values, &labels);
        sample.unwrap_or_else(|error| panic!("{line}: {error}"));
    }

    fn sample_types(&mut self, header: Option<&str>, first: Option<&&str>) {
        const HEAP: &str =
            "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes";
        let count = first.map_or(1, |line| split(line).1.len());
        let types = match header {
            Some(header) => header[2..].split_whitespace().collect(),
            None => HEAP.split(' ').collect::<Vec<_>>().split_off(4 - count),
        };
        for sample_type in types {
            let (kind, unit) = sample_type.split_once('/').expect("a type has a unit");
            self.builder.sample_type(kind, unit);
        }
    }

    /// `verb=LIST` is a text; `bytes=16` and `at=5ms` are numbers.
    fn label(&mut self, label: &str) -> Label {
        let (key, value) = label.split_once('=').expect("a label has a value");
        let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        match digits.parse() {
            Ok(number) => self
                .builder
                .number_label(key, number, &value[digits.len()..]),
            Err(_) => self.builder.text_label(key, value),
        }
    }

    /// `lib!outer+inlined`, or `lib!0x40` where symbols are missing.
    fn location(&mut self, text: &str) -> LocationId {
        if let Some(&known) = self.locations.get(text) {
            return known;
        }
        let (mapping, frames) = match text.split_once('!') {
            Some((mapping, frames)) => (Some(self.mapping(mapping)), frames),
            None => (None, text),
        };
        let id = match frames.strip_prefix("0x") {
            Some(address) => {
                let address = u64::from_str_radix(address, 16).expect("a hexadecimal address");
                self.builder.location(mapping, address, &[])
            }
            None => {
                let address = 0x1000 + self.locations.len() as u64;
                let lines: Vec<Line> = frames.split('+').rev().map(|f| self.line(f)).collect();
                (self.builder).add_location(mapping, address, false, &lines)
            }
        };
        self.locations.insert(text.to_owned(), id);
        id
    }

    /// `name@file:line:start`
    fn line(&mut self, frame: &str) -> Line {
        let (name, place) = frame.split_once('@').unwrap_or((frame, ""));
        let mut place = place.split(':');
        let file = place.next().unwrap_or_default();
        let mut number = || {
            place
                .next()
                .map_or(0, |n| n.parse().expect("a line number"))
        };
        let (line, start_line) = (number(), number());
        let builder = &mut self.builder;
        let known = self.functions.entry(format!("{name}@{file}:{start_line}"));
        let function = *known.or_insert_with(|| {
            let name = builder.string(name);
            let filename = builder.string(file);
            builder.add_function(Function {
                name,
                system_name: name,
                filename,
                start_line,
            })
        });
        Line {
            function,
            line,
            column: 0,
        }
    }

    fn mapping(&mut self, name: &str) -> MappingId {
        let filename = self.builder.string(name);
        let mapping = Mapping {
            limit: 0x10000,
            filename,
            ..Mapping::default()
        };
        let builder = &mut self.builder;
        let known = self.mappings.entry(name.to_owned());
        *known.or_insert_with(|| builder.mapping(mapping))
    }
}

/// Stack, values and labels of a line.
fn split(line: &str) -> (&str, Vec<i64>, Vec<&str>) {
    let number = |word: &&str| word.parse::<i64>().ok();
    let mut words = line.split_whitespace().peekable();
    let stack = words.next_if(|word| number(word).is_none());
    let words: Vec<&str> = words.collect();
    let values: Vec<i64> = words.iter().map_while(number).collect();
    (
        stack.unwrap_or_default(),
        values.clone(),
        words[values.len()..].to_vec(),
    )
}

/// Writes a profile as folded stacks, in the order of its samples.
pub(crate) fn fold(profile: &Profile) -> String {
    let lines = profile.samples.ids().map(|id| {
        let stack = profile.samples.stack(id).iter().rev();
        let stack: Vec<String> = stack.map(|&id| fold_location(profile, id)).collect();
        let values = profile.samples.values.iter().map(|c| c[id.index()]);
        let values: Vec<String> = values.map(|value| value.to_string()).collect();
        let labels = fold_labels(profile, id);
        format!("{} {} {labels}\n", stack.join(";"), values.join(" "))
    });
    lines.collect()
}

fn fold_location(profile: &Profile, id: LocationId) -> String {
    let mapping = match profile.locations.mapping(id) {
        Some(id) => format!("{}!", profile.text(profile.mapping(id).filename)),
        None => String::new(),
    };
    let lines = profile.locations.lines(id).iter().rev().map(|line| {
        let function = profile.function(line.function);
        let file = match function.filename {
            StringId::EMPTY => String::new(),
            file => format!("@{}", profile.text(file)),
        };
        let start = Some(function.start_line).filter(|&start| start != 0);
        let numbers = match (line.line, start) {
            (0, _) => String::new(),
            (line, None) => format!(":{line}"),
            (line, Some(start)) => format!(":{line}:{start}"),
        };
        format!("{}{file}{numbers}", profile.text(function.name))
    });
    let lines: Vec<String> = lines.collect();
    match lines.is_empty() {
        true => format!("{mapping}0x{:x}", profile.locations.address(id)),
        false => format!("{mapping}{}", lines.join(";+")),
    }
}

fn fold_labels(profile: &Profile, id: SampleId) -> String {
    let labels = profile.samples.labels(id).iter().map(|label| {
        let key = profile.text(label.key);
        match label.value {
            LabelValue::Text(text) => format!("{key}={}", profile.text(text)),
            LabelValue::Number(number, unit) => format!("{key}={number}{}", profile.text(unit)),
        }
    });
    labels.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_stacks_are_read_and_written() {
        let stacks = "
            main@main.go:12:10;walk;+fast;+faster 1 64 verb=LIST bytes=16 at=5ms
            lib!main;0x40;lib!0x50 0 -8
            2 4";
        check(&fold(&profile(stacks)), stacks);
    }
}
