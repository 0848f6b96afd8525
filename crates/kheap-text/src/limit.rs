//! How far a process, or its heap, is from a limit.

use std::cmp::Ordering;

use kheap::memory::Gogc;
use kheap::{Diagnosis, Memory};

use crate::diagnosis::{Known, clamp};
use crate::process;
use crate::value::amount;

/// How far one dump is from a limit: its process where its size is known, else the heap
/// with the garbage that the next collection finds; `None` where the heap has passed the limit,
/// or several dumps say more.
pub(crate) fn room(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let is_asked = diagnosis.is_level && diagnosis.trend.is_none();
    let limit = known
        .limit
        .filter(|_| is_asked && !known.is_limit_passed(diagnosis))?;
    if let Some(process) = sized_process(diagnosis) {
        return Some(room_of_process(diagnosis, process, limit));
    }
    let below = limit - diagnosis.total;
    let (below, limit_words) = (amount(diagnosis, below), amount(diagnosis, limit));
    let garbage = match known.gogc {
        Gogc::Percent(percent) => {
            let most = with_garbage(diagnosis.total, percent);
            let with = amount(diagnosis, most);
            match most >= limit {
                true => format!("Garbage can take it to {with} (GOGC={percent}), above the limit."),
                false => format!("With garbage it stays below {with} (GOGC={percent})."),
            }
        }
        Gogc::Off => "Without GC (GOGC=off) garbage alone can reach it.".to_owned(),
    };
    Some(format!(
        "The live heap is {below} below the limit of {limit_words}. {garbage}"
    ))
}

/// How far a process is from a limit. The heap below it says nothing then.
fn room_of_process(diagnosis: &Diagnosis, process: &Memory, limit: i64) -> String {
    let takes = process::takes(process);
    let (size, of_limit) = (amount(diagnosis, process.total), amount(diagnosis, limit));
    let between = match process.total.cmp(&limit) {
        Ordering::Less => format!("{} below", amount(diagnosis, limit - process.total)),
        Ordering::Equal => return format!("{takes} {size}, which is the limit."),
        Ordering::Greater => format!("{} above", amount(diagnosis, process.total - limit)),
    };
    format!("{takes} {size}, {between} the limit of {of_limit}.")
}

/// The most that the heap takes before the next collection.
fn with_garbage(live: i64, gogc: u32) -> i64 {
    let live = i128::from(live);
    clamp(live + live * i128::from(gogc) / 100)
}

/// From which share of its limit on a process is close to it.
const CLOSE: f64 = 0.9;

/// Whether a process is close to its limit, or a heap passes it with its garbage.
pub(crate) fn is_tight(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    let limit = known
        .limit
        .filter(|_| diagnosis.is_level && diagnosis.trend.is_none());
    limit.is_some_and(|limit| match (sized_process(diagnosis), known.gogc) {
        (Some(process), _) => process.total as f64 >= CLOSE * limit as f64,
        (None, Gogc::Percent(percent)) => with_garbage(diagnosis.total, percent) >= limit,
        (None, Gogc::Off) => true,
    })
}

/// The process, where its size can be right.
fn sized_process(diagnosis: &Diagnosis) -> Option<&Memory> {
    let process = diagnosis.process.as_ref();
    process.filter(|process| !process::is_too_small(process))
}

/// What the process takes, where that can be.
pub(crate) fn process_size(diagnosis: &Diagnosis) -> Option<i64> {
    sized_process(diagnosis).map(|process| process.total)
}
