//! Text, byte for byte as `go tool pprof` writes it.
//!
//! Source: google/pprof `internal/report/report.go`.

use std::io::Write;

use anyhow::Result;
use kheap::arithmetic::StandardError;
use kheap::graph::Trimming;
use kheap::tags::Tag;
use kheap::tree::TreeEdge;
use kheap::{Info, Selection, Summary, Tags, Top, Trace, Tree, traces as each_trace, unit};
use kheap_text::change::STANDARD_ERROR;
use kheap_text::note::added_up;
use kheap_text::{info as words, one_line, shorten_bytes, version};

use super::sink::Sink;
use super::terminal::{self, by_share};
use super::{call_note, inline_note, pad, time};

/// Longest filter that a header shows whole, in bytes.
const FILTER_WIDTH: usize = 80;

/// Where the name begins in a row of a table.
const TOP_NAME_COLUMN: usize = 44;
const TREE_NAME_COLUMN: usize = 60;
const TREE_EDGE_COLUMN: usize = 62;
const TRACE_NAME_COLUMN: usize = 13;

const TREE_SEPARATOR: &str =
    "----------------------------------------------------------+-------------";
/// Ends in blanks and tabs, as in pprof.
const TREE_LEGEND: &str =
    "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t ";
const TRACE_SEPARATOR: &str = "-----------+-------------------------------------------------------";

pub(super) fn top(out: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    let summary = &top.summary;
    let style = out.style();
    graph_header(out, summary, &top.trimming, top.shown, top.rows.len())?;
    let has_errors = top.rows.iter().any(|row| row.error.is_some());
    if has_errors {
        out.prose("", "  ", STANDARD_ERROR)?;
    }
    if let Some(seconds) = seconds {
        writeln!(out, "Between two dumps, {seconds:.1}s apart")?;
    }
    let header = format!(
        "{:>10} {:>5}% {:>5}% {:>10} {:>5}%{}{}",
        "flat",
        "flat",
        "sum",
        "cum",
        "cum",
        if has_errors {
            "     ± flat      ± cum"
        } else {
            ""
        },
        seconds.map_or("", |_| "     flat/s      cum/s"),
    );
    out.line(terminal::HEADER, &header)?;
    let mut sum = 0_i64;
    for row in &top.rows {
        sum = sum.saturating_add(row.flat);
        let cells = cells(summary, row.flat, sum, row.cum);
        let error = |value: f64| summary.value(value.round() as i64);
        let errors = row
            .error
            .map_or_else(String::new, |StandardError { flat, cum }| {
                format!(" {:>10} {:>10}", error(flat), error(cum))
            });
        let rates = seconds.map_or_else(String::new, |seconds| {
            let rate = |value: i64| summary.value((value as f64 / seconds).round() as i64);
            format!(" {:>10} {:>10}", rate(row.flat), rate(row.cum))
        });
        let name = format!("{}{}", row.name, inline_note(row.inline));
        let name = style.name(&name, TOP_NAME_COLUMN + errors.len() + rates.len());
        let line = format!("{cells}{errors}{rates}  {name}");
        out.line(by_share(row.flat, summary.total), &line)?;
    }
    Ok(())
}

pub(super) fn tree(out: &mut Sink, tree: &Tree) -> Result<()> {
    let summary = &tree.summary;
    let style = out.style();
    graph_header(out, summary, &tree.trimming, tree.shown, tree.node_count)?;
    writeln!(out, "{TREE_SEPARATOR}")?;
    out.line(terminal::HEADER, TREE_LEGEND)?;
    let mut sum = 0_i64;
    for row in &tree.rows {
        writeln!(out, "{TREE_SEPARATOR}")?;
        tree_edges(out, summary, &row.callers, row.cum)?;
        sum = sum.saturating_add(row.flat);
        let cells = cells(summary, row.flat, sum, row.cum);
        let name = style.name(&row.name, TREE_NAME_COLUMN);
        let line = format!("{cells}{:16}| {name}", "");
        out.line(by_share(row.flat, summary.total), &line)?;
        tree_edges(out, summary, &row.callees, row.cum)?;
    }
    if tree.node_count > 0 {
        writeln!(out, "{TREE_SEPARATOR}")?;
    }
    Ok(())
}

/// The numbers of a node: flat, flat%, sum%, cum, cum%.
fn cells(summary: &Summary, flat: i64, sum: i64, cum: i64) -> String {
    format!(
        "{:>10} {} {} {:>10} {}",
        summary.value(flat),
        summary.percentage(flat),
        summary.percentage(sum),
        summary.value(cum),
        summary.percentage(cum),
    )
}

/// Percentages of edges refer to the node.
fn tree_edges(out: &mut Sink, summary: &Summary, edges: &[TreeEdge], cum: i64) -> Result<()> {
    for edge in edges {
        let value = summary.value(edge.weight);
        let percentage = unit::percentage(edge.weight, cum);
        let name = format!("{}{}", edge.name, call_note(edge.inline));
        let name = out.style().name(&name, TREE_EDGE_COLUMN);
        writeln!(out, "{value:>50} {percentage} |   {name}")?;
    }
    Ok(())
}

pub(super) fn traces(out: &mut Sink, selection: &Selection) -> Result<()> {
    let summary = Summary::new(selection);
    profile_header(out, &summary)?;
    if says_nothing(&summary) {
        // pprof ends the lines of the header with a line feed, be there none.
        writeln!(out)?;
    }
    for trace in each_trace(selection) {
        writeln!(out, "{TRACE_SEPARATOR}")?;
        write_trace(out, &summary, &trace)?;
    }
    writeln!(out, "{TRACE_SEPARATOR}")?;
    Ok(())
}

fn write_trace(out: &mut Sink, summary: &Summary, trace: &Trace) -> Result<()> {
    let texts = trace.text_labels.iter();
    let mut texts: Vec<_> = texts
        .map(|(key, texts)| format!("{key:>10}:  {}", texts.join(" ")))
        .collect();
    let numbers = trace.number_labels.iter();
    let mut numbers: Vec<_> = numbers
        .map(|(key, label)| {
            let texts: Vec<_> = label.texts().collect();
            format!("{key:>10}:  {}", texts.join(" "))
        })
        .collect();
    // Sorted as lines, so that the padding counts.
    texts.sort_unstable();
    numbers.sort_unstable();
    for line in texts.iter().chain(&numbers) {
        out.text_line(line)?;
    }
    let mut value = summary.value(trace.value);
    for frame in &trace.frames {
        let name = format!("{}{}", frame.name, call_note(frame.inline));
        let name = out.style().name(&name, TRACE_NAME_COLUMN);
        writeln!(out, "{value:>10}   {name}")?;
        value.clear();
    }
    Ok(())
}

pub(super) fn tags(out: &mut Sink, tags: &Tags) -> Result<()> {
    for tag in &tags.rows {
        write_tag(out, &tags.summary, tag)?;
    }
    Ok(())
}

/// Two columns, right-aligned and one wider than their longest text.
fn write_tag(out: &mut Sink, summary: &Summary, tag: &Tag) -> Result<()> {
    let amount = |value: i64| match summary.total > 0 {
        true => format!("{} ({}):", summary.value(value), summary.percentage(value)),
        false => format!("{}:", summary.value(value)),
    };
    let of_total = match summary.total > 0 {
        true => format!(" ({})", summary.percentage(tag.total)),
        false => String::new(),
    };
    let key = format!("{}:", tag.key);
    let key_width = key.chars().count() + 1;
    out.text_line(&format!(
        "{} Total {} of {}{of_total}",
        pad::right(&key, key_width),
        summary.value(tag.total),
        summary.value(summary.total),
    ))?;
    let amounts: Vec<String> = tag.values.iter().map(|row| amount(row.value)).collect();
    let longest = amounts.iter().map(|text| text.chars().count()).max();
    let width = longest.unwrap_or(0) + 1;
    let indent = pad::blanks(key_width);
    for (row, amount) in tag.values.iter().zip(&amounts) {
        let amount = pad::right(amount, width);
        out.text_line(&format!("{indent}{amount} {}", row.text))?;
    }
    writeln!(out)?;
    Ok(())
}

/// What stands above top and tree.
fn graph_header(
    out: &mut Sink,
    summary: &Summary,
    trimming: &Trimming,
    shown: i64,
    nodes: usize,
) -> Result<()> {
    profile_header(out, summary)?;
    if !summary.active_filters.is_empty() {
        writeln!(out, "Active filters:")?;
        for filter in &summary.active_filters {
            // pprof cuts through characters.
            writeln!(out, "   {}", shorten_bytes(filter, FILTER_WIDTH))?;
        }
    }
    let percentage = summary.percentage(shown);
    writeln!(
        out,
        "Showing nodes accounting for {}, {} of {} total",
        summary.value(shown),
        percentage.trim(),
        summary.value(summary.total),
    )?;
    if summary.total == 0 {
        return Ok(());
    }
    if trimming.dropped_nodes > 0 {
        let dropped = trimming.dropped_nodes;
        let plural = if dropped > 1 { "s" } else { "" };
        let cut = summary.value(trimming.printed_node_cut);
        writeln!(out, "Dropped {dropped} node{plural} (cum <= {cut})")?;
    }
    if (1..trimming.large_nodes).contains(&nodes) {
        let all = trimming.large_nodes;
        writeln!(out, "Showing top {nodes} nodes out of {all}")?;
    }
    Ok(())
}

/// The same above a table that pprof does not have: every character of it is seen, in a
/// pipe too.
pub(super) fn guarded_header(out: &mut Sink, summary: &Summary) -> Result<()> {
    let seen = |text: &Option<String>| text.as_deref().map(one_line);
    let mut summary = summary.clone();
    for comment in &mut summary.comments.shown {
        *comment = one_line(comment);
    }
    summary.file = seen(&summary.file);
    summary.build_id = seen(&summary.build_id);
    summary.doc_url = seen(&summary.doc_url);
    summary.sample_type = one_line(&summary.sample_type);
    profile_header(out, &summary)?;
    if let Some(files) = added_up(&summary) {
        out.prose("", "  ", &files)?;
    }
    Ok(())
}

pub(super) fn profile_header(out: &mut Sink, summary: &Summary) -> Result<()> {
    // What a file says cannot pass for a line of its own on a terminal.
    let style = out.style();
    if let Some(file) = &summary.file {
        writeln!(out, "File: {}", style.name(file, 6))?;
    }
    if let Some(build_id) = &summary.build_id {
        writeln!(out, "Build ID: {}", style.name(build_id, 10))?;
    }
    for comment in words::comments(&summary.comments) {
        writeln!(out, "{}", style.name(&comment, 0))?;
    }
    if !summary.sample_type.is_empty() {
        writeln!(out, "Type: {}", style.name(&summary.sample_type, 6))?;
    }
    if let Some(url) = &summary.doc_url {
        writeln!(out, "Doc: {}", style.name(url, 5))?;
    }
    if let Some(nanos) = summary.time_nanos {
        writeln!(out, "Time: {}", time::local(nanos))?;
    }
    if let Some(nanos) = summary.duration_nanos {
        writeln!(out, "{}", duration_line(summary, nanos))?;
    }
    Ok(())
}

/// Whether the header of a profile has no line.
fn says_nothing(summary: &Summary) -> bool {
    let words = [&summary.file, &summary.build_id, &summary.doc_url];
    let numbers = [summary.time_nanos, summary.duration_nanos];
    words.into_iter().all(Option::is_none)
        && numbers.iter().all(Option::is_none)
        && summary.comments.shown.is_empty()
        && summary.sample_type.is_empty()
}

/// Ends in a blank where the values are no times, as in pprof.
fn duration_line(summary: &Summary, nanos: i64) -> String {
    let duration = unit::label(nanos, "nanoseconds", unit::AUTO);
    let (total, total_unit) = unit::scale(summary.total, &summary.sample_unit, "nanoseconds");
    let ratio = match total_unit == "ns" && total != 0.0 {
        true => format!("({})", unit::percentage(total as i64, nanos)),
        false => String::new(),
    };
    let total = summary.value(summary.total);
    format!("Duration: {duration}, Total samples = {total} {ratio}")
}

pub(super) fn info(out: &mut Sink, files: &[(String, Info)]) -> Result<()> {
    for (index, (name, info)) in files.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        out.heading(terminal::HEADER, name)?;
        write_origin(out, info)?;
        write_types(out, info)?;
        write_extent(out, info)?;
    }
    Ok(())
}

/// A line of `kheap info`.
fn line(out: &mut Sink, name: &str, value: &str) -> Result<()> {
    let start = format!("  {name:<12} ");
    Ok(out.prose(&start, &" ".repeat(start.len()), value)?)
}

/// Where the profile comes from.
fn write_origin(out: &mut Sink, info: &Info) -> Result<()> {
    let unknown = || "unknown".to_owned();
    line(out, "Program", &words::program(info))?;
    line(
        out,
        "Build ID",
        &info.build_id.clone().unwrap_or_else(unknown),
    )?;
    let time = info.time_nanos.map_or_else(unknown, time::local);
    line(out, "Time", &time)?;
    if let Some(nanos) = info.duration_nanos {
        line(out, "Duration", &words::duration(nanos))?;
    }
    if let Some(period) = &info.period {
        line(out, "Sampled", &words::sampled(period))?;
    }
    if let Some(kind) = words::kind(info) {
        line(out, "Kind", &kind)?;
    }
    let versions = &info.versions;
    for (name, range) in [
        ("Kubernetes", &versions.kubernetes),
        ("etcd", &versions.etcd),
    ] {
        if let Some(range) = range {
            line(out, name, &version::line(range))?;
        }
    }
    for hint in &info.go_hints {
        line(out, "Go", &words::go_hint(hint))?;
    }
    for comment in words::comments(&info.comments) {
        line(out, "Comment", &comment)?;
    }
    Ok(())
}

/// What is counted, and how much of it there is.
fn write_types(out: &mut Sink, info: &Info) -> Result<()> {
    for sample_type in &info.sample_types {
        line(out, "Type", &words::sample_type(sample_type))?;
    }
    Ok(())
}

/// How large the profile itself is, and what to beware of.
fn write_extent(out: &mut Sink, info: &Info) -> Result<()> {
    for (name, words) in words::extent(info) {
        line(out, name, &words)?;
    }
    for warning in &info.warnings {
        line(out, "Warning", &words::warning(warning))?;
    }
    Ok(())
}
