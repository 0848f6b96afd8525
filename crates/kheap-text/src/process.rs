//! The size of a process in the first sentences of a diagnosis.

use kheap::memory::{MemoryPart, MemoryRow, MemoryWarning, Size};
use kheap::{Diagnosis, Memory};

use crate::diagnosis::Known;
use crate::limit;
use crate::memory::title;
use crate::value::{bytes, share as share_of};

/// Whether the size that was given cannot be that of this process now.
pub(crate) fn is_too_small(memory: &Memory) -> bool {
    small_rss(memory).is_some()
}

fn small_rss(memory: &Memory) -> Option<&MemoryWarning> {
    let mut warnings = memory.warnings.iter();
    warnings.find(|warning| matches!(warning, MemoryWarning::SmallRss { .. }))
}

/// The beginning of a sentence about the size of a process, as the kernel says it.
pub(crate) const RESIDENT: &str = "The process has an RSS of";

/// The beginning of a sentence about the size of a process.
pub(crate) fn takes(memory: &Memory) -> &'static str {
    match memory.size {
        Size::Peak => "At its peak the process had an RSS of",
        Size::Runtime => "The Go runtime holds",
        _ => RESIDENT,
    }
}

/// Whether nothing shows what a process consists of besides its live heap: the statistics of
/// the runtime are missing.
pub(crate) fn is_whole(diagnosis: &Diagnosis) -> bool {
    diagnosis.process.is_some() && !is_split(diagnosis)
}

/// Whether the statistics of the runtime show what a process consists of.
pub(crate) fn is_split(diagnosis: &Diagnosis) -> bool {
    let mut rows = diagnosis.process.iter().flat_map(|process| &process.rows);
    rows.any(|row| row.part == MemoryPart::Idle)
}

/// The size of the process, unless it is said elsewhere, and what of it the heap does not
/// explain; of a size that is too small, that it is not used.
pub(crate) fn sentences(memory: &Memory, is_size_known: bool) -> Vec<String> {
    if let Some(warning) = small_rss(memory) {
        let fault = crate::memory::fault(warning);
        let advice = crate::memory::advice(warning).unwrap_or_default();
        return vec![format!("{fault}. kheap ignores this RSS. {advice}.")];
    }
    let Some(live) = row(memory, MemoryPart::LiveHeap) else {
        return Vec::new();
    };
    let size = (!is_size_known).then(|| format!("{} {}.", takes(memory), bytes(memory.total)));
    let mut sentences: Vec<String> = size.into_iter().collect();
    sentences.push(live_words(memory, live));
    let rest = memory.total.saturating_sub(live.low);
    if rest > 0 {
        sentences.push(rest_words(memory, rest));
    }
    sentences
}

/// How much of a process its live heap is.
pub(crate) fn live_words(memory: &Memory, live: &MemoryRow) -> String {
    let (live, share) = (bytes(live.low), share_of(live.low, memory.total));
    let whole = match memory.size {
        Size::Runtime => "what the Go runtime holds",
        _ => "the process",
    };
    format!("The live heap is {live}, {share} of {whole}.")
}

/// The resident memory that metrics tell, and the command that takes it apart, where there is
/// much that the heap does not explain.
pub(crate) fn beside(
    diagnosis: &Diagnosis,
    known: &Known<'_>,
    is_size_known: bool,
) -> Option<String> {
    let (live, resident) = (diagnosis.total, known.resident()?);
    let rest = resident.saturating_sub(live);
    let is_far = rest >= LARGE_REST && rest as f64 >= FAR * live as f64;
    if !(diagnosis.is_level && is_far) {
        return None;
    }
    let command = limit::memory_command(diagnosis, known);
    let size = match is_size_known {
        true => String::new(),
        false => format!("{RESIDENT} {}. ", bytes(resident)),
    };
    let step = format!("See what it holds besides its live heap: `{command}`.");
    Some(format!("{size}{}", known.fill_in(&step)))
}

/// How much beside the heap, in bytes and in heaps, makes a process far larger than it.
const LARGE_REST: i64 = 64 << 20;
const FAR: f64 = 0.25;

/// What the process is besides its live heap, as far as that is known.
fn rest_words(memory: &Memory, rest: i64) -> String {
    let other = format!("The other {} is outside the live heap", bytes(rest));
    let estimate = row(memory, MemoryPart::Headroom).zip(row(memory, MemoryPart::Rest));
    if let Some((garbage, rest)) = estimate {
        return match (garbage.high > 0, rest.low > 0) {
            (true, true) => format!(
                "{other}: up to {} of garbage, and {} or more of {}.",
                bytes(garbage.high),
                bytes(rest.low),
                title(MemoryPart::Rest)
            ),
            (true, false) => format!("{other}: garbage, or {}.", title(MemoryPart::Rest)),
            (false, _) => format!("{other}: {}.", title(MemoryPart::Rest)),
        };
    }
    let beside = memory
        .rows
        .iter()
        .filter(|row| row.part != MemoryPart::LiveHeap);
    let largest = beside.max_by_key(|row| row.low);
    match largest.filter(|row| row.low > 0) {
        Some(row) => format!(
            "{other}. Most of it: {}, {}.",
            title(row.part),
            bytes(row.low)
        ),
        None => format!("{other}."),
    }
}

fn row(memory: &Memory, part: MemoryPart) -> Option<&MemoryRow> {
    memory.rows.iter().find(|row| row.part == part)
}
