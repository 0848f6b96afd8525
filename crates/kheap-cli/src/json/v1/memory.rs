//! `kheap memory`.

use anyhow::Result;
use kheap::Memory;
use kheap_text::diagnosis::Known;
use kheap_text::memory as words;
use serde::Serialize;

use super::write;
use crate::output::Sink;

/// `kheap.memory/1`. The rows add up to `total`: the exact ones, and the low end
/// of `headroom` with the high end of `rest` or the other way round.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MemoryJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// What `total` is: `resident`, `peak` or `runtime`.
    size: &'static str,
    /// In bytes.
    total: i64,
    /// The standard error of the live heap, in bytes; null where it is unknown.
    live_error: Option<i64>,
    /// The parts, the live heap first.
    rows: Vec<MemoryRowJson>,
    /// Why the rows should not be relied on, one sentence each.
    warnings: Vec<String>,
    /// What a reader should know, one sentence each.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MemoryRowJson {
    /// Such as `live-heap` or `outside-go`.
    part: &'static str,
    /// At least so many bytes.
    low: i64,
    /// At most so many; the same where it is known exactly.
    high: i64,
    /// What it is.
    meaning: String,
    /// What makes it smaller; null where there is nothing of it.
    remedy: Option<String>,
}

pub(crate) fn json(out: &mut Sink, memory: &Memory, known: &Known<'_>) -> Result<()> {
    let rows = memory.rows.iter().map(|row| MemoryRowJson {
        part: row.part.name(),
        low: row.low,
        high: row.high,
        meaning: words::meaning(memory, row),
        remedy: words::remedy(memory, row, known),
    });
    let report = MemoryJson {
        schema: "kheap.memory/1",
        program: memory.program.as_deref(),
        size: memory.size.name(),
        total: memory.total,
        live_error: memory.live_error.map(|error| error.round() as i64),
        rows: rows.collect(),
        warnings: memory.warnings.iter().map(words::warning).collect(),
        notes: memory
            .notes
            .iter()
            .map(|note| words::note(memory, note))
            .collect(),
    };
    write(out, &report)
}
