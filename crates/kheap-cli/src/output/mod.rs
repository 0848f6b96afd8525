//! Results as text, JSON, CSV and Markdown: a file per format for what pprof has
//! too, a file per command for what only kheap has.

mod breakdown;
mod budget;
mod catalog;
mod compare;
mod config;
mod csv;
mod diagnosis;
pub(crate) mod export;
mod github;
mod lifetimes;
mod markdown;
mod memory;
mod new_folder;
mod pad;
mod picture;
mod place;
mod report;
mod series;
mod sink;
mod sizes;
mod terminal;
mod text;
pub(crate) mod time;

use std::io::Write;

use anyhow::Result;
use kheap::attribute::Mended;
use kheap::filter::TagFilter;
use kheap::graph::InlineMark;
use kheap::{Filters, Info, Selection, Summary, Tags, Top, Tree};
use kheap_text::diagnosis::diagnose_next;
use kheap_text::note::added_up;

pub(crate) use breakdown::breakdown;
pub(crate) use catalog::{catalog, manual};
pub(crate) use compare::comparison;
pub(crate) use config::config;
pub(crate) use diagnosis::{View, diagnosis};
pub(crate) use lifetimes::lifetimes;
pub(crate) use memory::memory;
pub(crate) use new_folder::NewFolder;
pub(crate) use picture::{check_png, check_svg, flame, graph};
pub(crate) use report::{note_pictures, report};
pub(crate) use series::series;
pub(crate) use sink::{Sink, cannot_make_in};
pub(crate) use sizes::sizes;
pub(crate) use terminal::{
    count_messages, error, failed, hint, note, show_help, show_misuse, warn,
};

use crate::args::Format;
use crate::json::v1;

/// Writes a table of functions; with `seconds` also what each value is by second.
pub(crate) fn top(sink: &mut Sink, top: &Top, seconds: Option<f64>) -> Result<()> {
    note_added_up(sink, &top.summary);
    match sink.format() {
        Format::Text => text::top(sink, top, seconds),
        Format::Json => v1::pprof::top(sink, top, seconds),
        Format::Csv => csv::top(sink, top, seconds),
        Format::Markdown => markdown::top(sink, top, seconds),
    }
}

/// Writes a tree, or the part of it that `kheap peek` shows.
pub(crate) fn tree(sink: &mut Sink, tree: &Tree, command: &str) -> Result<()> {
    note_added_up(sink, &tree.summary);
    match sink.format() {
        Format::Text => text::tree(sink, tree),
        Format::Json => v1::pprof::tree(sink, tree, command),
        Format::Csv => csv::tree(sink, tree),
        Format::Markdown => markdown::tree(sink, tree),
    }
}

pub(crate) fn traces(sink: &mut Sink, selection: &Selection) -> Result<()> {
    note_added_up(sink, &Summary::new(selection));
    match sink.format() {
        Format::Text => text::traces(sink, selection),
        Format::Json => v1::pprof::traces(sink, selection),
        Format::Csv => csv::traces(sink, selection),
        Format::Markdown => markdown::traces(sink, selection),
    }
}

pub(crate) fn tags(sink: &mut Sink, tags: &Tags) -> Result<()> {
    note_added_up(sink, &tags.summary);
    match sink.format() {
        Format::Text => text::tags(sink, tags),
        Format::Json => v1::pprof::tags(sink, tags),
        Format::Csv => csv::tags(sink, tags),
        Format::Markdown => markdown::tags(sink, tags),
    }
}

/// Writes what files are, each with its name.
pub(crate) fn info(sink: &mut Sink, files: &[(String, Info)]) -> Result<()> {
    match sink.format() {
        Format::Text => text::info(sink, files),
        Format::Json => v1::pprof::info(sink, files),
        Format::Csv => csv::info(sink, files),
        Format::Markdown => markdown::info(sink, files),
    }
}

/// Says for people how to go on with files of dumps, where few enough of them can be named.
pub(crate) fn next(sink: &mut Sink, files: impl IntoIterator<Item: AsRef<str>>) -> Result<()> {
    if sink.format() != Format::Text || sink.is_github() {
        return Ok(());
    }
    let files: Vec<_> = files.into_iter().collect();
    let files: Vec<&str> = files.iter().map(AsRef::as_ref).collect();
    if let Some(words) = diagnose_next(&files) {
        writeln!(sink)?;
        sink.prose("", "  ", &words)?;
    }
    Ok(())
}

/// Says that several files were added up, where the output is pprof's and cannot.
fn note_added_up(sink: &Sink, summary: &Summary) {
    if matches!(sink.format(), Format::Text | Format::Csv)
        && let Some(files) = added_up(summary)
    {
        note(&files);
    }
}

/// Says how much stands on stacks that were mended, and on those that could not be.
pub(crate) fn note_mended(mended: &Mended, unit: &str) {
    note(&kheap_text::cut::completed(mended, unit));
}

/// Says which label filters were taken for ranges, which surprises some.
pub(crate) fn note_ranges(filters: &Filters) {
    let filters = [
        ("--tag-focus", &filters.tag_focus),
        ("--tag-ignore", &filters.tag_ignore),
    ];
    for (option, filter) in filters {
        if let Some(filter) = filter.as_ref().filter(|filter| TagFilter::is_range(filter)) {
            note(&format!(
                "{option} {filter} is read as a range of numbers, not as a regular expression"
            ));
        }
    }
}

/// What programs read about the inlining of a function.
pub(crate) fn inline_word(mark: InlineMark) -> &'static str {
    match mark {
        InlineMark::None => "none",
        InlineMark::Inline => "inline",
        InlineMark::Partial => "partial",
    }
}

/// What stands behind the name of a function for people, as in pprof.
fn inline_note(mark: InlineMark) -> &'static str {
    match mark {
        InlineMark::None => "",
        InlineMark::Inline => " (inline)",
        InlineMark::Partial => " (partial-inline)",
    }
}

/// The same for a single call.
fn call_note(inline: bool) -> &'static str {
    match inline {
        true => inline_note(InlineMark::Inline),
        false => inline_note(InlineMark::None),
    }
}
