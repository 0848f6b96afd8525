//! How far a process, or its heap, is from a limit.

use std::cmp::Ordering;

use kheap::memory::Gogc;
use kheap::{Diagnosis, Memory};

use crate::diagnosis::{Known, clamp};
use crate::process;
use crate::value::amount;

/// What a limit is held against: the largest figure that is known.
#[derive(Debug, Clone, Copy)]
enum Held<'d> {
    /// The process, as its RSS or its statistics say.
    Process(&'d Memory),
    /// The process, as metrics beside the dump say, in bytes.
    Resident(i64),
    /// The live heap.
    Heap,
}

impl Held<'_> {
    fn bytes(self, diagnosis: &Diagnosis) -> i64 {
        match self {
            Self::Process(process) => process.total,
            Self::Resident(bytes) => bytes,
            Self::Heap => diagnosis.total,
        }
    }

    /// The beginning of a sentence about it.
    fn takes(self) -> &'static str {
        match self {
            Self::Process(process) => process::takes(process),
            Self::Resident(_) => "The process takes",
            Self::Heap => "The live heap takes",
        }
    }
}

/// The largest figure; of equal ones that of the process.
fn held<'d>(diagnosis: &'d Diagnosis, known: &Known<'_>) -> Held<'d> {
    let process = sized_process(diagnosis).map(Held::Process);
    let resident = known.resident().map(Held::Resident);
    let all = [Some(Held::Heap), resident, process].into_iter().flatten();
    all.max_by_key(|held| held.bytes(diagnosis))
        .unwrap_or(Held::Heap)
}

/// The limit, where the values can be held against one.
fn limit_of(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<i64> {
    known.limit.filter(|_| diagnosis.is_level)
}

/// Whether the process, or else its heap, is at the limit or above it.
pub(crate) fn is_passed(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    let bytes = held(diagnosis, known).bytes(diagnosis);
    limit_of(diagnosis, known).is_some_and(|limit| bytes >= limit)
}

/// How far the limit is passed; `None` where it is not.
pub(crate) fn passed(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| is_passed(diagnosis, known))?;
    Some(distance(diagnosis, held(diagnosis, known), limit))
}

/// Whether it is the process, by its own size, that passes the limit.
pub(crate) fn is_process_passed(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    is_passed(diagnosis, known) && !matches!(held(diagnosis, known), Held::Heap)
}

/// Who holds the memory of a process or heap above its limit: a command.
pub(crate) fn first_step(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| is_passed(diagnosis, known))?;
    let size = held(diagnosis, known).bytes(diagnosis);
    let step = match size / 2 > diagnosis.total {
        true => format!(
            "Raise the limit, or take the process apart: `kheap memory FILE --rss {} \
             --cgroup-limit {}`.",
            amount(diagnosis, size),
            amount(diagnosis, limit)
        ),
        false => "Raise the limit, or reduce the heap. Who allocated it: `kheap top --cum FILE`."
            .to_owned(),
    };
    Some(known.fill_in(&step))
}

/// How far a dump is from a limit: its process where its size is known, else the heap
/// with the garbage that the next collection finds; `None` where the limit is passed.
pub(crate) fn room(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| !is_passed(diagnosis, known))?;
    let held = held(diagnosis, known);
    if !matches!(held, Held::Heap) {
        return Some(distance(diagnosis, held, limit));
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

/// How far something is from a limit, and on which side.
fn distance(diagnosis: &Diagnosis, held: Held<'_>, limit: i64) -> String {
    let (takes, bytes) = (held.takes(), held.bytes(diagnosis));
    let (size, of_limit) = (amount(diagnosis, bytes), amount(diagnosis, limit));
    let between = match bytes.cmp(&limit) {
        Ordering::Less => format!("{} below", amount(diagnosis, limit - bytes)),
        Ordering::Equal => return format!("{takes} {size}, which is the limit."),
        Ordering::Greater => format!("{} above", amount(diagnosis, bytes - limit)),
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
    let held = held(diagnosis, known);
    limit_of(diagnosis, known).is_some_and(|limit| match (held, known.gogc) {
        (Held::Heap, Gogc::Percent(percent)) => with_garbage(diagnosis.total, percent) >= limit,
        (Held::Heap, Gogc::Off) => true,
        (held, _) => held.bytes(diagnosis) as f64 >= CLOSE * limit as f64,
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
