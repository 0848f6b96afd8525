//! What is in which part, and what each part means.

use super::part::{MemoryPart, MemoryRow};
use super::{Gogc, Size, amount, held};
use crate::memstats::MemStats;
use crate::profile::clamp;

/// The rows where the runtime said all: differences, so that they add up.
pub(super) fn known(
    live: i64,
    live_error: Option<f64>,
    stats: &MemStats,
    size: Size,
    total: i64,
) -> Vec<MemoryRow> {
    let wide = |bytes: u64| i128::from(bytes);
    let (alloc, in_use) = (wide(stats.heap_alloc), wide(stats.heap_inuse));
    let (heap, stacks) = (wide(stats.heap_sys), wide(stats.stack_sys));
    let own = wide(stats.sys) - heap - stacks;
    let outside = i128::from(total) - held(stats);
    let mut rows = vec![
        row(MemoryPart::LiveHeap, live.into(), LIVE, LIVE_REMEDY),
        not_in_profile(alloc - i128::from(live), live_error),
        row(
            MemoryPart::PartlyUsed,
            in_use - alloc,
            PARTLY_USED,
            PARTLY_USED_REMEDY,
        ),
        row(
            MemoryPart::Idle,
            heap - in_use - wide(stats.heap_released),
            IDLE,
            IDLE_REMEDY,
        ),
        row(MemoryPart::Stacks, stacks, STACKS, STACKS_REMEDY),
        row(MemoryPart::Runtime, own, RUNTIME, RUNTIME_REMEDY),
    ];
    if size != Size::Runtime {
        let meaning = match (outside < 0, size) {
            (true, _) => OUTSIDE_NEGATIVE,
            (false, Size::Peak) => OUTSIDE_PEAK,
            (false, _) => OUTSIDE,
        };
        rows.push(row(MemoryPart::OutsideGo, outside, meaning, OUTSIDE_REMEDY));
    }
    rows
}

fn not_in_profile(bytes: i128, live_error: Option<f64>) -> MemoryRow {
    let meaning = match (bytes < 0, live_error) {
        (false, _) => NOT_IN_PROFILE.to_owned(),
        (true, Some(error)) => format!(
            "{SAMPLING_ERROR}; one standard error is {}",
            amount(error as i128)
        ),
        (true, None) => SAMPLING_ERROR.to_owned(),
    };
    row(
        MemoryPart::NotInProfile,
        bytes,
        &meaning,
        NOT_IN_PROFILE_REMEDY,
    )
}

/// The rows where the runtime said nothing.
///
/// The headroom is an estimate. Since Go 1.18 the heap grows by a share of stacks and
/// globals, too, and it never is collected below 4 MiB; of that the file tells nothing.
pub(super) fn estimated(live: i64, total: i64, gogc: Option<Gogc>) -> Vec<MemoryRow> {
    let beside = i128::from(total) - i128::from(live);
    let room = match gogc.unwrap_or_default() {
        Gogc::Percent(percent) => i128::from(live) * i128::from(percent) / 100,
        Gogc::Off => beside,
    };
    let room = room.min(beside).max(0);
    let rest = if beside < 0 { REST_NEGATIVE } else { REST };
    let (headroom, beside) = ((0, room), (beside - room, beside));
    vec![
        row(MemoryPart::LiveHeap, live.into(), LIVE, LIVE_REMEDY),
        range(MemoryPart::Headroom, headroom, HEADROOM, HEADROOM_REMEDY),
        range(MemoryPart::Rest, beside, rest, REST_REMEDY),
    ]
}

fn row(part: MemoryPart, bytes: i128, meaning: &str, remedy: &str) -> MemoryRow {
    range(part, (bytes, bytes), meaning, remedy)
}

fn range(part: MemoryPart, (low, high): (i128, i128), meaning: &str, remedy: &str) -> MemoryRow {
    MemoryRow {
        part,
        low: clamp(low),
        high: clamp(high),
        meaning: meaning.to_owned(),
        remedy: (high > 0).then(|| remedy.to_owned()),
    }
}

const LIVE: &str = "in use at the end of the last collection";
const LIVE_REMEDY: &str = "run `kheap diagnose` and `kheap breakdown`";
const NOT_IN_PROFILE: &str =
    "allocated since the last collection, or not swept yet (HeapAlloc − live heap)";
pub(super) const SAMPLING_ERROR: &str =
    "negative, because the profile is a sample and estimates the live heap too high";
const NOT_IN_PROFILE_REMEDY: &str = "the next collection frees it (?gc=1 forces one); a lower GOGC or a GOMEMLIMIT collects earlier";
const PARTLY_USED: &str = "free slots beside objects in use, and the tails of spans";
const PARTLY_USED_REMEDY: &str =
    "Go reuses these slots for objects of the same size; a span is returned only when it is empty";
const IDLE: &str = "spans without objects that Go has not returned yet: left over from a peak";
const IDLE_REMEDY: &str =
    "Go returns it within minutes; a GOMEMLIMIT does it at once, debug.FreeOSMemory on demand";
const STACKS: &str = "of goroutines and threads; a heap profile does not show them";
const STACKS_REMEDY: &str =
    "run fewer goroutines: /debug/pprof/goroutine?debug=1 shows where they are";
const RUNTIME: &str = "span descriptions, caches, GC bitmaps, the profile itself";
const RUNTIME_REMEDY: &str = "it grows with the largest heap so far, and stays";
const OUTSIDE: &str =
    "the program file, C libraries, mapped files: RSS less what the runtime holds";
const OUTSIDE_PEAK: &str = "the program file, C libraries, mapped files, and what Go returned since \
    the peak: MaxRSS is the largest RSS so far, not the RSS now";
pub(super) const OUTSIDE_NEGATIVE: &str = "negative, because the runtime holds address space that was never \
    touched or is swapped out, or because the RSS is of another time";
const OUTSIDE_REMEDY: &str = "look at /proc/PID/smaps for cgo and mmap; before Go 1.16, released \
    memory may still count in RSS (GODEBUG=madvdontneed=1)";
const HEADROOM: &str = "garbage before the next collection: none just after one, up to the upper figure just before \
     the next (estimated from GOGC)";
const HEADROOM_REMEDY: &str = "a lower GOGC collects more often; a GOMEMLIMIT sets a bound";
const REST: &str = "partly used and idle spans, stacks, the runtime, and memory outside Go; fetch \
    the heap with ?debug=1 to split it";
const REST_NEGATIVE: &str = "negative: part of the live heap is swapped out, or the RSS is of another \
    time or process";
const REST_REMEDY: &str = "Go returns idle spans within minutes, or at once with a GOMEMLIMIT; \
    stacks end with their goroutines";
