//! Which part of a program holds the memory, in words.

use kheap::{Breakdown, unit};

use crate::cut;

/// What stands above the functions that allocated what has no part.
pub const LEAVES_OF_OTHER: &str = "Allocated most of what is not attributed";

/// The sum of the rows. Where some values are below zero it is a change.
pub fn total(breakdown: &Breakdown) -> String {
    let net = amount(breakdown, breakdown.total);
    if breakdown.less == 0 {
        let each = match breakdown.summary.sample_unit.as_str() {
            "bytes" => "byte",
            _ => "sample",
        };
        return format!("Total: {net}, each {each} in one row");
    }
    let more = amount(breakdown, breakdown.total.saturating_sub(breakdown.less));
    let less = amount(breakdown, breakdown.less.saturating_neg());
    format!("Net change: {net} ({more} more, {less} less), each value in one row")
}

/// What a reader should know of the rows, a line each.
pub fn remarks(breakdown: &Breakdown) -> Vec<String> {
    let mut lines = cut::lines(&breakdown.cut, &breakdown.summary.sample_unit);
    lines.extend(breakdown.shared.as_ref().map(|shared| {
        let value = amount(breakdown, shared.value);
        shared_buffers(&value, breakdown.parts.title(&shared.part))
    }));
    lines
}

/// Receive buffers that show no request, and the part that they are counted as.
pub(crate) fn shared_buffers(value: &str, part: &str) -> String {
    format!(
        "{value} of receive buffers cannot be tied to a request: counted as {part}, the largest \
         reader"
    )
}

/// What is said instead of a table without rows.
pub fn empty(breakdown: &Breakdown) -> Option<&'static str> {
    let summary = &breakdown.summary;
    let words = match summary.sample_type.starts_with("inuse") {
        _ if !summary.active_filters.is_empty() => "Nothing matches.",
        true => "Nothing is in use.",
        false => "All values are 0.",
    };
    breakdown.rows.is_empty().then_some(words)
}

/// A value of a breakdown.
pub fn amount(breakdown: &Breakdown, value: i64) -> String {
    unit::label(value, &breakdown.summary.sample_unit, unit::AUTO)
}
