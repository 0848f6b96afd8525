//! The commands that pprof has too, and `kheap info`.

use std::collections::BTreeMap;

use anyhow::Result;
use kheap::graph::Trimming;
use kheap::knowledge::{VersionRange, Versions};
use kheap::{Info, Selection, Summary, Tags, Top, Trace, Tree, traces as each_trace};
use kheap_text::{info as words, version};
use serde::Serialize;

use super::{Report, added_up, write, write_rows};
use crate::output::{Sink, inline_word, time};

/// The functions, largest magnitude first, then by name.
pub(super) type TopJson<'a> = Report<Head<'a>, TopRow<'a>>;

/// The functions, each between its callers and callees; in the order of `top`.
pub(super) type TreeJson<'a> = Report<Head<'a>, TreeRow<'a>>;

/// The samples, in the order of the file.
#[cfg(test)]
pub(super) type TracesJson<'a> = Report<Head<'a>, TraceRow<'a>>;

/// The labels, by key.
pub(super) type TagsJson<'a> = Report<Head<'a>, TagRow<'a>>;

/// Which profile, and which values of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Head<'a> {
    /// Name and version of this structure; another version means that a field
    /// went or changed its meaning, not that one was added.
    schema: String,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// The program's build id; null where the file has none.
    build_id: Option<&'a str>,
    /// When the profile was taken, RFC 3339 in UTC; null where the file does not
    /// say.
    time: Option<String>,
    /// What the values count, such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values, such as `bytes`.
    unit: &'a str,
    /// What shares refer to, in `unit`.
    total: i64,
    /// How many files were added up; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_up: Option<usize>,
    /// The filters that apply, in pprof's spelling, such as `focus=apiserver`.
    active_filters: &'a [String],
    /// For `top`, `tree` and `peek` only.
    #[serde(flatten)]
    graph: Option<Graph>,
}

/// What was left out of a call graph.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Graph {
    /// Sum of the flats of the nodes in the graph, in `unit`.
    shown: i64,
    /// How many nodes were left out because they are too small.
    dropped_nodes: usize,
    /// Magnitude of cum below which a node is too small, in `unit`.
    node_cut: i64,
}

/// A row of `top`: a function, or what `--granularity` makes of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TopRow<'a> {
    /// Its name, with file and line where the granularity has them.
    name: &'a str,
    /// What was allocated here, in `unit`.
    flat: i64,
    /// What was allocated here and in everything called from here, once a
    /// sample, in `unit`.
    cum: i64,
    /// `flat` as a share of `total`; negative where one of them is, 0 where
    /// there is no total.
    flat_share: f64,
    /// `cum` as a share of `total`; 0 where there is no total.
    cum_share: f64,
    /// The standard error of `flat` that sampling gives it, in `unit`; null where
    /// it cannot be known. Twice that to either side holds 95 % of
    /// what stands on some ten sampled objects or more.
    flat_error: Option<i64>,
    /// The standard error of `cum`, in `unit`; null where it cannot be known.
    cum_error: Option<i64>,
    /// With `--churn` and `--base` only: `flat` by second between the two dumps.
    #[serde(skip_serializing_if = "Option::is_none")]
    flat_per_second: Option<f64>,
    /// With `--churn` and `--base` only: `cum` by second between the two dumps.
    #[serde(skip_serializing_if = "Option::is_none")]
    cum_per_second: Option<f64>,
    /// Which of its calls the compiler put into their callers: `none`, `inline`
    /// (all) or `partial`.
    inline: &'static str,
}

/// A row of `tree` and `peek`: a function between its callers and callees.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TreeRow<'a> {
    /// Its name, with file and line where the granularity has them.
    name: &'a str,
    /// What was allocated here, in `unit`.
    flat: i64,
    /// What was allocated here and in everything called from here, once a
    /// sample, in `unit`.
    cum: i64,
    /// `flat` as a share of `total`; negative where one of them is, 0 where
    /// there is no total.
    flat_share: f64,
    /// `cum` as a share of `total`; 0 where there is no total.
    cum_share: f64,
    /// Who calls it, heaviest first.
    callers: Vec<TreeEdge<'a>>,
    /// Whom it calls, heaviest first.
    callees: Vec<TreeEdge<'a>>,
}

/// A caller or callee.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TreeEdge<'a> {
    /// Name of the function at the other end.
    name: &'a str,
    /// What was allocated below these calls, in `unit`.
    weight: i64,
    /// Whether the compiler put all of these calls into the caller.
    inline: bool,
}

/// A row of `traces`: one sample.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TraceRow<'a> {
    /// Its value, in `unit`.
    value: i64,
    /// Its labels, by key.
    labels: BTreeMap<&'a str, TraceLabel<'a>>,
    /// Its stack, leaf first, inlined calls expanded.
    frames: Vec<TraceFrame<'a>>,
}

/// What a label says; a key can have texts and numbers.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TraceLabel<'a> {
    /// Its texts; absent where there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    texts: &'a [String],
    /// Its numbers, in the unit of the label; absent where there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    numbers: &'a [i64],
    /// Unit of the numbers, such as `bytes`; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
}

/// A frame of a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TraceFrame<'a> {
    /// Its name, with file and line where the granularity has them.
    name: &'a str,
    /// Whether the compiler put this call into its caller.
    inline: bool,
}

/// A row of `tags`: a label and how the values spread over it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TagRow<'a> {
    /// Key of the label.
    key: &'a str,
    /// Sum of the values of the samples that have it, in the report's `unit`.
    total: i64,
    /// What the label says in these samples.
    values: Vec<TagValue<'a>>,
}

/// What a label says in some samples.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TagValue<'a> {
    /// Its text, or its number in the unit that fits it, such as `352kB`.
    text: &'a str,
    /// Sum of the values of these samples, in the report's `unit`.
    value: i64,
    /// `value` as a share of the report's `total`; 0 where there is no total.
    share: f64,
}

/// `kheap.info/1`: a row per file, in the order of the arguments.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct InfoJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// The files.
    rows: Vec<InfoRow<'a>>,
}

/// What a file is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InfoRow<'a> {
    /// The file as it was given, or `standard input`.
    file: &'a str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// The program's build id; null where the file has none.
    build_id: Option<&'a str>,
    /// When it was taken, RFC 3339 in UTC; null where the file does not say.
    time: Option<String>,
    /// How long it was recorded, in nanoseconds; null where the file does not
    /// say, as in a heap profile.
    duration_nanos: Option<i64>,
    /// How much lies between two samples on average; null where the file does
    /// not say.
    period: Option<InfoPeriod<'a>>,
    /// What names and depths of stacks tell of the Go version, a sentence each.
    go_hints: Vec<String>,
    /// The language runtime, such as `Go` or `Java`; `unknown` without a sign of it.
    runtime: &'static str,
    /// What was profiled: `heap`, `allocation`, `CPU`, `goroutine` and others.
    profiled: &'static str,
    /// Which versions it was built from.
    versions: VersionRows,
    /// Remarks in the file.
    comments: &'a [String],
    /// How many of them are left out; missing where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_comments: Option<usize>,
    /// What is counted, in the order of the file.
    sample_types: Vec<InfoType<'a>>,
    /// How many samples there are.
    samples: usize,
    /// How many of them are not 0 in the default sample type.
    default_samples: usize,
    /// The most frames on a stack, inlined ones included.
    deepest_stack: usize,
    /// How long a delta profile (`?seconds=N`) was recorded, in nanoseconds; null
    /// for other profiles.
    delta_nanos: Option<i64>,
    /// How many addresses Go kept of stacks that it cut; null where none is.
    cut_limit: Option<usize>,
    /// What stands on such stacks, in the unit of the default sample type.
    cut_value: i64,
    /// What of it shows all the addresses that Go kept; the others lack the allocator's.
    cut_at_limit: i64,
    /// Rows of the table of locations.
    locations: usize,
    /// Rows of the table of functions.
    functions: usize,
    /// Rows of the table of mappings.
    mappings: usize,
    /// Rows of the table of strings.
    strings: usize,
    /// What a reader of the figures should know, a sentence each.
    warnings: Vec<String>,
}

/// The versions that a program was built from; null where they are unknown.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct VersionRows {
    /// For Kubernetes or its libraries.
    kubernetes: Option<VersionRow>,
    /// For etcd's server.
    etcd: Option<VersionRow>,
    /// For Go.
    go: Option<VersionRow>,
}

/// Bounds of a version, which it may have itself.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct VersionRow {
    /// The oldest, such as `1.33`; null where it is unknown.
    at_least: Option<String>,
    /// The newest; null where it is unknown.
    at_most: Option<String>,
    /// Why.
    reason: Vec<String>,
}

impl VersionRows {
    pub(super) fn of(versions: &Versions) -> Self {
        let row = |range: &Option<VersionRange>| {
            range.as_ref().map(|range| VersionRow {
                at_least: range.at_least.map(|version| version.to_string()),
                at_most: range.at_most.map(|version| version.to_string()),
                reason: range.reason.iter().map(version::reason).collect(),
            })
        };
        Self {
            kubernetes: row(&versions.kubernetes),
            etcd: row(&versions.etcd),
            go: row(&versions.go),
        }
    }
}

/// How much lies between two samples.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InfoPeriod<'a> {
    /// What is counted, such as `space`.
    kind: &'a str,
    /// Its unit, such as `bytes`.
    unit: &'a str,
    /// How much.
    value: i64,
}

/// What is counted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InfoType<'a> {
    /// Its name, such as `inuse_space`.
    kind: &'a str,
    /// Its unit, such as `bytes`.
    unit: &'a str,
    /// Sum of the magnitudes of all values, in `unit`.
    total: i64,
    /// Whether this one is shown when nobody asks for another.
    default: bool,
}

pub(crate) fn top(out: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    let summary = &top.summary;
    let rows = top.rows.iter().map(|row| TopRow {
        name: &row.name,
        flat: row.flat,
        cum: row.cum,
        flat_share: share(summary, row.flat),
        cum_share: share(summary, row.cum),
        flat_error: row.error.map(|error| error.flat.round() as i64),
        cum_error: row.error.map(|error| error.cum.round() as i64),
        flat_per_second: seconds.map(|seconds| row.flat as f64 / seconds),
        cum_per_second: seconds.map(|seconds| row.cum as f64 / seconds),
        inline: inline_word(row.inline),
    });
    let graph = graph(top.shown, &top.trimming);
    let report: TopJson<'_> = Report {
        head: head("top", summary, Some(graph)),
        rows: rows.collect(),
    };
    write(out, &report)
}

pub(crate) fn tree(out: &mut Sink, tree: &Tree, command: &str) -> Result<()> {
    let summary = &tree.summary;
    let rows = tree.rows.iter().map(|row| TreeRow {
        name: &row.name,
        flat: row.flat,
        cum: row.cum,
        flat_share: share(summary, row.flat),
        cum_share: share(summary, row.cum),
        callers: row.callers.iter().map(tree_edge).collect(),
        callees: row.callees.iter().map(tree_edge).collect(),
    });
    let graph = graph(tree.shown, &tree.trimming);
    let report: TreeJson<'_> = Report {
        head: head(command, summary, Some(graph)),
        rows: rows.collect(),
    };
    write(out, &report)
}

fn tree_edge(edge: &kheap::tree::TreeEdge) -> TreeEdge<'_> {
    TreeEdge {
        name: &edge.name,
        weight: edge.weight,
        inline: edge.inline,
    }
}

pub(crate) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    let summary = Summary::new(selection);
    let head = head("traces", &summary, None);
    write_rows(out, &head, each_trace(selection), |out, trace| {
        serde_json::to_writer(out, &trace_row(&trace))
    })
}

fn trace_row(trace: &Trace) -> TraceRow<'_> {
    let mut labels: BTreeMap<&str, TraceLabel<'_>> = BTreeMap::new();
    for (key, texts) in &trace.text_labels {
        labels.entry(key).or_default().texts = texts;
    }
    for (key, label) in &trace.number_labels {
        let row = labels.entry(key).or_default();
        row.numbers = &label.numbers;
        row.unit = Some(&label.unit);
    }
    let frames = trace.frames.iter().map(|frame| TraceFrame {
        name: &frame.name,
        inline: frame.inline,
    });
    TraceRow {
        value: trace.value,
        labels,
        frames: frames.collect(),
    }
}

pub(crate) fn tags(out: &mut Sink, tags: &Tags) -> Result<()> {
    let rows = tags.rows.iter().map(|tag| TagRow {
        key: &tag.key,
        total: tag.total,
        values: (tag.values.iter())
            .map(|value| TagValue {
                text: &value.text,
                value: value.value,
                share: share(&tags.summary, value.value),
            })
            .collect(),
    });
    let report: TagsJson<'_> = Report {
        head: head("tags", &tags.summary, None),
        rows: rows.collect(),
    };
    write(out, &report)
}

pub(crate) fn info(out: &mut Sink, files: &[(String, Info)]) -> Result<()> {
    let rows = files.iter().map(|(file, info)| InfoRow {
        file,
        program: info.program.as_deref(),
        build_id: info.build_id.as_deref(),
        time: info.time_nanos.map(time::utc),
        duration_nanos: info.duration_nanos,
        period: info.period.as_ref().map(|period| InfoPeriod {
            kind: &period.kind,
            unit: &period.unit,
            value: period.value,
        }),
        go_hints: info.go_hints.iter().map(words::go_hint).collect(),
        runtime: info.runtime.name(),
        profiled: info.profiled.name(),
        versions: VersionRows::of(&info.versions),
        comments: &info.comments.shown,
        more_comments: Some(info.comments.more).filter(|&more| more > 0),
        sample_types: (info.sample_types.iter())
            .map(|sample_type| InfoType {
                kind: &sample_type.kind,
                unit: &sample_type.unit,
                total: sample_type.total,
                default: sample_type.is_default,
            })
            .collect(),
        samples: info.samples,
        default_samples: info.default_samples,
        deepest_stack: info.deepest_stack,
        delta_nanos: info.delta_nanos,
        cut_limit: info.cut.map(|cut| cut.limit),
        cut_value: info.cut.map_or(0, |cut| cut.value),
        cut_at_limit: info.cut.map_or(0, |cut| cut.at_limit),
        locations: info.locations,
        functions: info.functions,
        mappings: info.mappings,
        strings: info.strings,
        warnings: info.warnings.iter().map(words::warning).collect(),
    });
    let report = InfoJson {
        schema: "kheap.info/1",
        rows: rows.collect(),
    };
    write(out, &report)
}

fn head<'a>(command: &str, summary: &'a Summary, graph: Option<Graph>) -> Head<'a> {
    Head {
        schema: format!("kheap.{command}/1"),
        program: summary.program.as_deref(),
        build_id: summary.build_id.as_deref(),
        time: summary.time_nanos.map(time::utc),
        sample_type: &summary.sample_type,
        unit: &summary.sample_unit,
        total: summary.total,
        added_up: added_up(summary),
        active_filters: &summary.active_filters,
        graph,
    }
}

fn graph(shown: i64, trimming: &Trimming) -> Graph {
    Graph {
        shown,
        dropped_nodes: trimming.dropped_nodes,
        node_cut: trimming.node_cut,
    }
}

/// The signed share of the total; 0 where there is none.
fn share(summary: &Summary, value: i64) -> f64 {
    match summary.total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
