//! Version 1 of the structures that `--format json` writes: one file a command.
//!
//! They are structs of their own, so that renaming a field of the library changes
//! nothing that users parse. Keys and numbers are frozen; a field may be added.
//! Bytes are integers; shares are 0..=1.

pub(crate) mod breakdown;
pub(crate) mod compare;
mod composition;
pub(crate) mod diagnose;
pub(crate) mod export;
pub(crate) mod flame;
pub(crate) mod lifetimes;
pub(crate) mod memory;
pub(crate) mod pprof;
pub(crate) mod schema;
pub(crate) mod series;
pub(crate) mod signatures;
pub(crate) mod sizes;

use std::io::Write;

use anyhow::Result;
use kheap::Summary;
use serde::Serialize;

use crate::output::Sink;

/// What a result is about, and its rows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Report<Head, Row> {
    #[serde(flatten)]
    head: Head,
    /// The results.
    rows: Vec<Row>,
}

/// Writes a [`Report`] whose rows are written as they come, because all at once would take
/// more memory than the profile.
fn write_rows<Row>(
    out: &mut Sink,
    head: &impl Serialize,
    rows: impl Iterator<Item = Row>,
    write_row: impl Fn(&mut Sink, Row) -> serde_json::Result<()>,
) -> Result<()> {
    let head = serde_json::to_string(head)?;
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{head},\"rows\":[")?;
    for (index, row) in rows.enumerate() {
        write!(out, "{}", if index == 0 { "\n" } else { ",\n" })?;
        write_row(out, row)?;
    }
    writeln!(out, "\n]}}")?;
    Ok(())
}

/// Writes a structure, with a line break at its end.
fn write(out: &mut Sink, report: &impl Serialize) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)?;
    Ok(())
}

/// How many files were added up, where they are several.
fn added_up(summary: &Summary) -> Option<usize> {
    Some(summary.added_up).filter(|&files| files > 1)
}

/// A value as a share of a total; 0 of nothing.
pub(crate) fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
