//! JSON for programs: structs of its own, so that renaming a field of the library
//! changes nothing that users parse. Bytes are integers; shares are 0..=1.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use kheap::graph::InlineMark;
use kheap::{Info, Selection, Summary, Tags, Top, Trace, Tree, traces as each_trace};
use serde::Serialize;

use super::sink::Sink;
use super::time;

/// `kheap.top/1`, `kheap.tree/1`, `kheap.peek/1`, `kheap.tags/1`; of
/// `kheap.traces/1` all but the rows.
#[derive(Debug, Serialize)]
struct Report<'a, Row> {
    /// Name and version of this structure.
    schema: String,
    /// Base name of the program.
    program: Option<&'a str>,
    /// Its build id.
    build_id: Option<&'a str>,
    /// When the profile was taken, RFC 3339 in UTC.
    time: Option<String>,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values, such as `bytes`.
    unit: &'a str,
    /// What shares refer to.
    total: i64,
    /// Filters that apply, in pprof's spelling.
    active_filters: &'a [String],
    /// Only where a graph was trimmed.
    #[serde(flatten)]
    graph: Option<Graph>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Row>>,
}

#[derive(Debug, Serialize)]
struct Graph {
    /// Sum of the flats of the nodes in the graph.
    shown: i64,
    /// Nodes left out because they are too small.
    dropped_nodes: usize,
    /// Magnitude of cum below which a node is too small.
    node_cut: i64,
}

#[derive(Debug, Serialize)]
struct TopRow<'a> {
    name: &'a str,
    flat: i64,
    cum: i64,
    flat_share: f64,
    cum_share: f64,
    /// `none`, `inline` or `partial`.
    inline: &'static str,
}

#[derive(Debug, Serialize)]
struct TreeRow<'a> {
    name: &'a str,
    flat: i64,
    cum: i64,
    flat_share: f64,
    cum_share: f64,
    callers: Vec<TreeEdge<'a>>,
    callees: Vec<TreeEdge<'a>>,
}

#[derive(Debug, Serialize)]
struct TreeEdge<'a> {
    name: &'a str,
    weight: i64,
    inline: bool,
}

/// Frames are leaf first.
#[derive(Debug, Serialize)]
struct TraceRow<'a> {
    value: i64,
    labels: BTreeMap<&'a str, TraceLabel<'a>>,
    frames: Vec<TraceFrame<'a>>,
}

#[derive(Debug, Default, Serialize)]
struct TraceLabel<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    texts: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    numbers: &'a [i64],
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct TraceFrame<'a> {
    name: &'a str,
    inline: bool,
}

#[derive(Debug, Serialize)]
struct TagRow<'a> {
    key: &'a str,
    total: i64,
    values: Vec<TagValue<'a>>,
}

#[derive(Debug, Serialize)]
struct TagValue<'a> {
    text: &'a str,
    value: i64,
    share: f64,
}

/// `kheap.info/1`.
#[derive(Debug, Serialize)]
struct InfoReport<'a> {
    schema: &'static str,
    rows: Vec<InfoRow<'a>>,
}

#[derive(Debug, Serialize)]
struct InfoRow<'a> {
    file: &'a str,
    program: Option<&'a str>,
    build_id: Option<&'a str>,
    time: Option<String>,
    duration_nanos: Option<i64>,
    period: Option<InfoPeriod<'a>>,
    go_hints: &'a [String],
    comments: &'a [String],
    sample_types: Vec<InfoType<'a>>,
    samples: usize,
    default_samples: usize,
    deepest_stack: usize,
    locations: usize,
    functions: usize,
    mappings: usize,
    strings: usize,
    warnings: &'a [String],
}

#[derive(Debug, Serialize)]
struct InfoPeriod<'a> {
    kind: &'a str,
    unit: &'a str,
    value: i64,
}

#[derive(Debug, Serialize)]
struct InfoType<'a> {
    kind: &'a str,
    unit: &'a str,
    total: i64,
    default: bool,
}

pub(super) fn top(out: &mut Sink, top: &Top) -> Result<()> {
    let summary = &top.summary;
    let rows = top.rows.iter().map(|row| TopRow {
        name: &row.name,
        flat: row.flat,
        cum: row.cum,
        flat_share: share(summary, row.flat),
        cum_share: share(summary, row.cum),
        inline: match row.inline {
            InlineMark::None => "none",
            InlineMark::Inline => "inline",
            InlineMark::Partial => "partial",
        },
    });
    let graph = Graph {
        shown: top.shown,
        dropped_nodes: top.trimming.dropped_nodes,
        node_cut: top.trimming.node_cut,
    };
    write(
        out,
        &report("top", summary, Some(graph), Some(rows.collect())),
    )
}

pub(super) fn tree(out: &mut Sink, tree: &Tree, command: &str) -> Result<()> {
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
    let graph = Graph {
        shown: tree.shown,
        dropped_nodes: tree.trimming.dropped_nodes,
        node_cut: tree.trimming.node_cut,
    };
    write(
        out,
        &report(command, summary, Some(graph), Some(rows.collect())),
    )
}

fn tree_edge(edge: &kheap::tree::TreeEdge) -> TreeEdge<'_> {
    TreeEdge {
        name: &edge.name,
        weight: edge.weight,
        inline: edge.inline,
    }
}

/// Writes rows as they come, because all at once would take more memory than
/// the profile.
pub(super) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    let summary = Summary::new(selection);
    let head = report::<()>("traces", &summary, None, None);
    let head = serde_json::to_string(&head)?;
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{head},\"rows\":[")?;
    for (index, trace) in each_trace(selection).enumerate() {
        write!(out, "{}", if index == 0 { "\n" } else { ",\n" })?;
        serde_json::to_writer(&mut *out, &trace_row(&trace))?;
    }
    writeln!(out, "\n]}}")?;
    Ok(())
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

pub(super) fn tags(out: &mut Sink, tags: &Tags) -> Result<()> {
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
    write(
        out,
        &report("tags", &tags.summary, None, Some(rows.collect())),
    )
}

pub(super) fn info(out: &mut Sink, files: &[(String, Info)]) -> Result<()> {
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
        go_hints: &info.go_hints,
        comments: &info.comments,
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
        locations: info.locations,
        functions: info.functions,
        mappings: info.mappings,
        strings: info.strings,
        warnings: &info.warnings,
    });
    let report = InfoReport {
        schema: "kheap.info/1",
        rows: rows.collect(),
    };
    write(out, &report)
}

fn report<'a, Row>(
    command: &str,
    summary: &'a Summary,
    graph: Option<Graph>,
    rows: Option<Vec<Row>>,
) -> Report<'a, Row> {
    Report {
        schema: format!("kheap.{command}/1"),
        program: summary.program.as_deref(),
        build_id: summary.build_id.as_deref(),
        time: summary.time_nanos.map(time::utc),
        sample_type: &summary.sample_type,
        unit: &summary.sample_unit,
        total: summary.total,
        active_filters: &summary.active_filters,
        graph,
        rows,
    }
}

/// The signed share of the total; 0 where there is none.
fn share(summary: &Summary, value: i64) -> f64 {
    match summary.total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}

fn write(out: &mut Sink, report: &impl Serialize) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)?;
    Ok(())
}
