//! The size of a process in the first sentences of a diagnosis.

use kheap::memory::{MemoryPart, MemoryWarning, Size};
use kheap::{Diagnosis, Memory, unit};

use crate::memory::title;
use crate::value::bytes;

/// Whether the size that was given cannot be that of this process now.
pub(crate) fn is_too_small(memory: &Memory) -> bool {
    small_rss(memory).is_some()
}

fn small_rss(memory: &Memory) -> Option<&MemoryWarning> {
    let mut warnings = memory.warnings.iter();
    warnings.find(|warning| matches!(warning, MemoryWarning::SmallRss { .. }))
}

/// The beginning of a sentence about the size of a process.
pub(crate) fn takes(memory: &Memory) -> &'static str {
    match memory.size {
        Size::Resident => "The process takes",
        Size::Peak => "At its peak the process took",
        Size::Runtime => "The Go runtime holds",
        _ => "The process takes",
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

/// The size of the process, unless it is known already, and what of it the heap does not
/// explain; of a size that is too small, that it is not used.
pub(crate) fn sentences(memory: &Memory, is_size_known: bool) -> Vec<String> {
    if let Some(warning) = small_rss(memory) {
        let warning = crate::memory::warning(warning);
        return vec![format!("{warning}, so kheap does not use it.")];
    }
    let is_live = |part: MemoryPart| part == MemoryPart::LiveHeap;
    let Some(live) = memory.rows.iter().find(|row| is_live(row.part)) else {
        return Vec::new();
    };
    let total = bytes(memory.total);
    let size = match memory.size {
        Size::Resident => format!("The process has {total} resident"),
        Size::Peak => format!("The process had {total} resident at its peak"),
        Size::Runtime => format!("The Go runtime holds {total}"),
        _ => format!("The process takes {total}"),
    };
    let share = unit::percentage(live.low, memory.total);
    let of_it = format!("{} of it ({})", bytes(live.low), share.trim());
    let mut sentences = vec![match is_size_known {
        true => format!("The live heap is {of_it}."),
        false => format!("{size}; the live heap is {of_it}."),
    }];
    let rest = memory.total.saturating_sub(live.low);
    if rest > 0 {
        sentences.push(format!(
            "The profile does not show the other {}: {}.",
            bytes(rest),
            largest_beside(memory)
        ));
    }
    sentences
}

/// The resident memory that metrics tell, and what of it the heap is, where that leaves
/// much that the heap does not explain.
pub(crate) fn beside(diagnosis: &Diagnosis, resident: i64, is_size_known: bool) -> Option<String> {
    let live = diagnosis.total;
    let rest = resident.saturating_sub(live);
    let is_far = rest >= LARGE_REST && rest as f64 >= FAR * live as f64;
    (diagnosis.is_level && is_far).then(|| {
        let share = unit::percentage(live, resident);
        let begin = match is_size_known {
            true => "The".to_owned(),
            false => format!("The process has {} resident; the", bytes(resident)),
        };
        format!(
            "{begin} live heap is {} of it ({}). The profile does not show the other {}: garbage, \
             free spans, stacks and memory outside Go.",
            bytes(live),
            share.trim(),
            bytes(rest)
        )
    })
}

/// How much beside the heap, in bytes and in heaps, makes a process far larger than it.
const LARGE_REST: i64 = 64 << 20;
const FAR: f64 = 0.25;

/// What most of the process is besides its live heap, where that is known.
fn largest_beside(memory: &Memory) -> String {
    let rows = memory.rows.iter();
    let beside = rows.filter(|row| row.part != MemoryPart::LiveHeap);
    let largest = beside.max_by_key(|row| row.low.min(row.high));
    match largest.filter(|row| row.low == row.high && row.low > 0) {
        Some(row) => format!("mostly {} ({})", title(row.part), bytes(row.low)),
        None => "fetch a dump with ?debug=1 to split it".to_owned(),
    }
}
