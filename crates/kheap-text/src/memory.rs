//! The parts of a process in words: what each is, and what makes it smaller.

use kheap::Memory;
use kheap::knowledge::Version;
use kheap::memory::{Kept, MemoryNote, MemoryPart, MemoryRow, MemoryWarning, Size};
use kheap_evidence::join::OtherRss;

use crate::change::UNKNOWN_PROGRAM;
use crate::diagnosis::{Known, shown_by};
use crate::limit::CLOSE;
use crate::value::{bytes, given, share as share_of};
use crate::{fetch, process};

/// The program of a process: its name, and what shows it where the file does not.
pub fn program(memory: &Memory) -> (&str, &'static str) {
    match (&memory.program, &memory.inferred_program) {
        (Some(program), _) => (program, ""),
        (None, Some(inferred)) => (&inferred.name, shown_by(inferred.by)),
        (None, None) => (UNKNOWN_PROGRAM, ""),
    }
}

/// What a size of a process is.
pub fn size_title(size: Size) -> &'static str {
    match size {
        Size::Resident => "RSS",
        Size::Peak => "RSS at its peak (MaxRSS); the peak can be long ago",
        Size::Runtime => "held by the Go runtime; the RSS is not known",
        _ => size.name(),
    }
}

/// What a part of a process is called.
pub fn title(part: MemoryPart) -> &'static str {
    match part {
        MemoryPart::LiveHeap => "live heap in the profile",
        MemoryPart::NotInProfile => "garbage, and objects newer than the profile",
        MemoryPart::PartlyUsed => "room in partly used spans (HeapInuse − HeapAlloc)",
        MemoryPart::Idle => "idle spans that Go keeps (HeapIdle − HeapReleased)",
        MemoryPart::Stacks => "stacks",
        MemoryPart::Runtime => "the runtime's own structures",
        MemoryPart::Returned => "returned to the system, at most",
        MemoryPart::OutsideGo => "outside Go",
        MemoryPart::Headroom => "garbage between two GCs (GOGC)",
        MemoryPart::Rest => "idle spans, stacks, the runtime and memory outside Go",
        _ => part.name(),
    }
}

/// What a part of this process is called.
pub fn row_title(memory: &Memory, row: &MemoryRow) -> &'static str {
    match row.part {
        MemoryPart::Headroom if memory.is_gc_off => "garbage (GOGC=off)",
        part => title(part),
    }
}

/// What a row is.
pub fn meaning(memory: &Memory, row: &MemoryRow) -> String {
    let words = match (row.part, row.high < 0) {
        (MemoryPart::LiveHeap, _) => "in use at the end of the last GC",
        (MemoryPart::NotInProfile, false) => {
            "allocated since the last GC, or not swept yet (HeapAlloc − live heap)"
        }
        (MemoryPart::NotInProfile, true) => return sampling_error(memory, row),
        (MemoryPart::PartlyUsed, _) => "free slots in spans that still hold objects",
        (MemoryPart::Idle, _) => {
            "spans without objects that Go has not returned yet, left over from a peak"
        }
        (MemoryPart::Stacks, _) => {
            "stacks of goroutines and threads; a heap profile does not show them"
        }
        (MemoryPart::Runtime, _) => "span descriptions, caches, GC bitmaps, the profile itself",
        (MemoryPart::Returned, _) => {
            return "HeapReleased; Go may have returned some of it before the peak".to_owned();
        }
        (MemoryPart::OutsideGo, true) => {
            "negative, because part of the runtime's memory was never used or is swapped out, or \
             because the RSS is of another time"
        }
        (MemoryPart::OutsideGo, false) if memory.size == Size::Peak => {
            "the program file, C libraries, mapped files. MaxRSS is the largest RSS so far, not \
             the RSS now"
        }
        (MemoryPart::OutsideGo, false) => {
            "the program file, C libraries, mapped files: RSS minus the memory of the runtime"
        }
        (MemoryPart::Headroom, _) if memory.is_gc_off => {
            "GOGC is off: no GC starts because the heap grows, so garbage has no bound"
        }
        (MemoryPart::Headroom, _) => {
            "garbage grows from 0 after a GC to this size, then the next GC starts (estimate from \
             GOGC)"
        }
        (MemoryPart::Rest, false) => return rest(memory, row),
        (MemoryPart::Rest, true) => {
            "negative: part of the live heap is swapped out, or the RSS is of another time or \
             process"
        }
        (part, _) => part.name(),
    };
    words.to_owned()
}

/// What else a process has; with how much it and the garbage have together, where only that
/// is known.
fn rest(memory: &Memory, row: &MemoryRow) -> String {
    let words = "the process without its live heap and garbage; this dump does not split it";
    let mut rows = memory.rows.iter();
    let garbage = rows.find(|row| row.part == MemoryPart::Headroom && row.high > 0);
    match garbage {
        Some(garbage) => format!(
            "{words}. Together with the garbage it is {}",
            bytes(row.low.saturating_add(garbage.high))
        ),
        None => words.to_owned(),
    }
}

fn sampling_error(memory: &Memory, row: &MemoryRow) -> String {
    let above = row.high.saturating_neg();
    let words = format!(
        "negative: the sampled live heap is {} above HeapAlloc",
        bytes(above)
    );
    match memory.live_error {
        Some(error) if above as f64 <= error => {
            let error = bytes(error as i64);
            format!("{words}, within one standard error ({error})")
        }
        Some(error) => format!("{words}; one standard error is {}", bytes(error as i64)),
        None => words,
    }
}

/// A figure, with its standard error where it is the sampled one, or a range.
pub fn value(memory: &Memory, row: &MemoryRow) -> String {
    let (low, high) = (row.low, row.high);
    if low != high {
        return format!("{} to {}", bytes(low), bytes(high));
    }
    let error = error(memory, row).map(|error| format!(" ± {}", bytes(error)));
    format!("{}{}", bytes(low), error.unwrap_or_default())
}

/// The standard error of the figure that is sampled, in bytes.
pub fn error(memory: &Memory, row: &MemoryRow) -> Option<i64> {
    let error = memory.live_error?.round() as i64;
    (row.part == MemoryPart::LiveHeap).then_some(error)
}

/// What the remedy of a row is: it makes the row smaller, shows more of it, or says why there
/// is nothing to do.
pub fn remedy_label(part: MemoryPart) -> &'static str {
    match part {
        MemoryPart::LiveHeap | MemoryPart::OutsideGo | MemoryPart::Rest => "To see more",
        MemoryPart::PartlyUsed | MemoryPart::Idle => "Nothing to do",
        _ => "To reduce",
    }
}

/// What makes a row smaller, or shows more of it, with the file where that is known; `None`
/// where there is nothing of it.
///
/// Advice needs only what this version of Go has.
pub fn remedy(memory: &Memory, row: &MemoryRow, known: &Known<'_>) -> Option<String> {
    let has_limit = may_have_memory_limit(memory);
    let words = match row.part {
        MemoryPart::LiveHeap => "run `kheap diagnose FILE` and `kheap breakdown FILE`",
        MemoryPart::NotInProfile => match (has_limit, memory.is_gc_off) {
            (true, true) => "force a GC with ?gc=1, or set a GOMEMLIMIT: GOGC is off",
            (false, true) => "force a GC with ?gc=1, or set GOGC, which is off",
            (true, false) => {
                "wait for the next GC, or force one with ?gc=1; a lower GOGC or a GOMEMLIMIT starts \
                 it earlier"
            }
            (false, false) => {
                "wait for the next GC, or force one with ?gc=1; a lower GOGC starts it earlier"
            }
        },
        MemoryPart::PartlyUsed => {
            "Go reuses these slots for objects of the same size; a span is returned only when it \
             is empty"
        }
        MemoryPart::Idle => {
            let sooner = match has_limit {
                true => ", and sooner near a GOMEMLIMIT",
                false => "",
            };
            // Nobody adds a call to a release.
            let at_once = match memory.is_shipped {
                true => "",
                false => "; debug.FreeOSMemory returns them at once",
            };
            return Some(format!(
                "Go returns these spans within minutes{sooner}{at_once}"
            ))
            .filter(|_| row.high > 0);
        }
        MemoryPart::Stacks => {
            "run fewer goroutines. See where they wait: \
             `curl -s 'http://HOST:PORT/debug/pprof/goroutine?debug=1' | head -40`"
        }
        MemoryPart::Runtime => {
            "reduce the peak of the heap: these structures grow with it and never shrink"
        }
        MemoryPart::Returned => return None,
        MemoryPart::OutsideGo => match has(memory, RETURNS_AT_ONCE) {
            Some(true) => LOOK_FOR_CGO,
            _ => {
                "look for cgo and mmap: `pmap -x PID | sort -k3 -rn | head`; before Go 1.16, \
                     returned memory may still count in RSS (GODEBUG=madvdontneed=1)"
            }
        },
        MemoryPart::Headroom if !can_garbage_matter(memory) => return None,
        MemoryPart::Headroom if memory.is_gc_off => match has_limit {
            true => "set a GOMEMLIMIT: Go then starts GCs to stay below it",
            false => "set GOGC, such as GOGC=100",
        },
        MemoryPart::Headroom => match has_limit {
            true => "set a lower GOGC, so that GCs are more frequent, or a GOMEMLIMIT as a bound",
            false => "set a lower GOGC, so that GCs are more frequent",
        },
        MemoryPart::Rest => &format!("see which part is large: {}", split(memory)),
        _ => return None,
    };
    let words = fetch::fetched_of(memory, &known.fill_in(words));
    (row.high > 0).then_some(words)
}

/// The commands that split a process whose size alone is known: what is known goes
/// with them.
fn split(memory: &Memory) -> String {
    let rss = match memory.size {
        Size::Resident => format!(" --rss {}", bytes(memory.total)),
        _ => String::new(),
    };
    let limit =
        limit(memory).map_or_else(String::new, |limit| format!(" --limit {}", given(limit)));
    let (fetch, file) = (fetch::FETCH_TEXT, fetch::TEXT);
    format!("`{fetch}`, then `kheap memory {file}{rss}{limit}`")
}

/// Whether nobody knows what most of a process is, and so whether Go can release it.
fn is_rest_unknown(memory: &Memory) -> bool {
    let mut rows = memory.rows.iter();
    rows.any(|row| row.part == MemoryPart::Headroom) && !can_garbage_matter(memory)
}

/// Whether garbage can be a tenth of a process or more: else a lower GOGC makes it hardly
/// smaller.
fn can_garbage_matter(memory: &Memory) -> bool {
    let is_garbage =
        |row: &&MemoryRow| matches!(row.part, MemoryPart::Headroom | MemoryPart::NotInProfile);
    let garbage = memory.rows.iter().filter(is_garbage).map(|row| row.high);
    let later = memory.notes.iter().filter_map(|note| match note {
        MemoryNote::NextCollection { room, .. } => Some(*room),
        _ => None,
    });
    let garbage = garbage.chain(later);
    let is_much = |most: i64| i128::from(most) * 10 >= i128::from(memory.total);
    garbage.max().is_none_or(is_much)
}

/// From which minor version of Go 1 on there is a GOMEMLIMIT, …
const MEMORY_LIMIT: u32 = 19;

/// … and memory that is released does not count in the RSS.
const RETURNS_AT_ONCE: u32 = 16;

const LOOK_FOR_CGO: &str = "look for cgo and mmap: `pmap -x PID | sort -k3 -rn | head`";

/// Whether the Go of a process is this version or newer; `None` where nothing shows it.
fn has(memory: &Memory, minor: u32) -> Option<bool> {
    memory.go.as_ref()?.has(Version::new(1, minor))
}

/// Whether its Go is not known to be too old for a GOMEMLIMIT.
fn may_have_memory_limit(memory: &Memory) -> bool {
    has(memory, MEMORY_LIMIT) != Some(false)
}

/// The rows that mean something: of a process that is smaller than its live heap, no
/// negative rest, and no garbage where nothing is known of it.
pub fn rows(memory: &Memory) -> impl Iterator<Item = &MemoryRow> {
    let is_doubtful = process::is_too_small(memory);
    let rows = memory.rows.iter();
    rows.filter(move |row| !is_doubtful || row.high > 0)
}

/// The share of the process that a row is; of a size that cannot be, none.
pub fn share(memory: &Memory, row: &MemoryRow) -> Option<String> {
    if row.low != row.high || process::is_too_small(memory) {
        return None;
    }
    // pprof's percentages have no sign.
    let low = row.low;
    let sign = if low < 0 { "-" } else { "" };
    let share = share_of(low, memory.total);
    Some(format!("{sign}{share}"))
}

/// Why the rows should not be relied on.
pub fn warning(warning: &MemoryWarning) -> String {
    let advice = advice(warning).map_or_else(String::new, |advice| format!(". {advice}"));
    format!("{}{advice}", fault(warning))
}

/// What is wrong.
pub(crate) fn fault(warning: &MemoryWarning) -> String {
    match warning {
        MemoryWarning::SmallRss {
            rss,
            least,
            is_runtime,
        } => {
            let what = match is_runtime {
                true => "the memory of the Go runtime",
                false => "the live heap",
            };
            format!(
                "The RSS of {} is less than {what} of {}. It is from another time or process, or \
                 memory is swapped out",
                bytes(*rss),
                bytes(*least)
            )
        }
        MemoryWarning::Statistics(fault) => fault.to_string(),
        _ => crate::newer(warning),
    }
}

/// What to do about it.
pub(crate) fn advice(warning: &MemoryWarning) -> Option<&'static str> {
    match warning {
        MemoryWarning::SmallRss { .. } => {
            Some("Give the RSS that the process had when the dump was taken")
        }
        _ => None,
    }
}

/// That an RSS that was given is not used, and why; `None` where it says the same as what is.
pub fn other_rss(other: &OtherRss) -> Option<String> {
    if !other.is_far() {
        return None;
    }
    Some(match *other {
        OtherRss::Known { given, resident } => format!(
            "--rss {} is not used: the metrics, which are of the time of the dump, say {}",
            bytes(given),
            bytes(resident)
        ),
        OtherRss::BelowRuntime { given, held } => format!(
            "--rss {} is not used: the Go runtime alone holds {}, by the metrics",
            bytes(given),
            bytes(held)
        ),
        _ => crate::newer(other),
    })
}

/// What is wrong, and what to do, where a limit was given.
pub fn headline(memory: &Memory) -> Option<String> {
    let limit = limit(memory)?;
    let limit_words = given(limit);
    let live = memory.rows.iter();
    let live = live.clone().find(|row| row.part == MemoryPart::LiveHeap)?;
    let is_peak = memory.size == Size::Peak;
    let size = match is_peak {
        true => format!("The live heap of this dump is {}.", bytes(live.low)),
        false => process::live_words(memory, live),
    };
    let that = match memory.size {
        Size::Peak => "The peak",
        Size::Runtime => "The memory of the Go runtime",
        _ => "The process",
    };
    let is = |wanted: fn(&MemoryNote) -> bool| memory.notes.iter().any(wanted);
    let is_late = is(|note| matches!(note, MemoryNote::PassesLimit(_)));
    let risk = match memory.size {
        Size::Resident => " The kernel can kill it at any moment.",
        _ => "",
    };
    let left = limit.saturating_sub(memory.total);
    let wrong = match left {
        ..0 => format!(
            "{that} is {} above the limit of {limit_words}.{risk}",
            bytes(left.saturating_abs())
        ),
        0 => format!("{that} is at the limit.{risk}"),
        _ if is_late => format!(
            "{that} is {} below the limit of {limit_words}, and the next GC may come too late.",
            bytes(left)
        ),
        // A peak is over.
        _ if !is_peak && memory.total as f64 >= CLOSE * limit as f64 => format!(
            "Only {} of the limit of {limit_words} is left.",
            bytes(left)
        ),
        _ => {
            let left = bytes(left);
            return Some(format!(
                "{size} {that} is {left} below the limit of {limit_words}."
            ));
        }
    };
    let is_unknown = is_rest_unknown(memory);
    let step = memory.notes.iter().find_map(|note| match note {
        // Nobody knows whether Go can release what the rest is.
        MemoryNote::MemoryLimit { .. } if is_unknown => {
            Some(" To see what the rest is, fetch the heap with ?debug=1.".to_owned())
        }
        MemoryNote::MemoryLimit { .. } if !may_have_memory_limit(memory) => {
            let lower = match can_garbage_matter(memory) {
                true => " Set a lower GOGC, or raise the limit.",
                false => " Raise the limit.",
            };
            Some(lower.to_owned())
        }
        MemoryNote::MemoryLimit { mebibytes, .. } => {
            Some(format!(" Set GOMEMLIMIT={mebibytes}MiB."))
        }
        MemoryNote::Unkeepable(_) | MemoryNote::Thrashing(_) => {
            Some(" Raise the limit, or reduce the live heap.".to_owned())
        }
        _ => None,
    });
    let now = runtime_now(memory, limit).unwrap_or_default();
    Some(format!("{size} {wrong}{now}{}", step.unwrap_or_default()))
}

/// A peak can be long ago: what the runtime holds now is compared with the limit too, as a
/// diagnosis does.
fn runtime_now(memory: &Memory, limit: i64) -> Option<String> {
    let rows = memory.rows.iter().filter(|_| memory.size == Size::Peak);
    let outside =
        |row: &&MemoryRow| matches!(row.part, MemoryPart::OutsideGo | MemoryPart::Returned);
    let outside: Vec<i64> = rows.filter(outside).map(|row| row.low).collect();
    let now = memory.total - (!outside.is_empty()).then(|| outside.iter().sum::<i64>())?;
    let side = match now > limit {
        true => format!("{} above", bytes(now - limit)),
        false => format!("{} below", bytes(limit - now)),
    };
    Some(format!(
        " Now the Go runtime holds {}, {side} it.",
        bytes(now)
    ))
}

/// The limit that was given.
fn limit(memory: &Memory) -> Option<i64> {
    memory.notes.iter().find_map(|note| match note {
        MemoryNote::Distance { left, .. } => Some(memory.total.saturating_add(*left)),
        _ => None,
    })
}

/// Whether a limit leaves the live heap no room for garbage.
pub(crate) fn is_full(memory: &Memory) -> bool {
    let is_full =
        |note: &MemoryNote| matches!(note, MemoryNote::Unkeepable(_) | MemoryNote::Thrashing(_));
    memory.notes.iter().any(is_full)
}

/// How a `GOMEMLIMIT` follows from the limit.
fn derivation(memory: &Memory, mebibytes: i64) -> Option<String> {
    let limit = limit(memory)?;
    let outside = memory.rows.iter();
    let mut outside = outside.filter(|row| row.part == MemoryPart::OutsideGo);
    let outside = outside.find(|row| row.low == row.high && row.low > limit / 10);
    let less = match outside {
        Some(row) => format!("{} outside Go", bytes(row.low)),
        None => "a tenth of it, which is left for memory outside Go".to_owned(),
    };
    Some(format!(
        ". {mebibytes}MiB is the limit of {} minus {less}",
        given(limit)
    ))
}

/// The notes that say more than the headline does.
pub fn notes(memory: &Memory) -> impl Iterator<Item = &MemoryNote> {
    // What the runtime leaves of the limit is for memory outside Go, which only the note says.
    let is_said = headline(memory).is_some() && memory.size != Size::Runtime;
    let notes = memory.notes.iter();
    notes.filter(move |note| !(is_said && matches!(note, MemoryNote::Distance { .. })))
}

/// What a reader of a process should know.
pub fn note(memory: &Memory, note: &MemoryNote) -> String {
    match note {
        MemoryNote::NextCollection { .. } if memory.is_gc_off => {
            "GOGC is off: no GC starts because the heap grows".to_owned()
        }
        MemoryNote::NextCollection { at, room } => format!(
            "the next GC starts when the heap reaches {} (NextGC), {} more than at the time of the dump",
            bytes(*at),
            bytes(*room)
        ),
        MemoryNote::GogcUnused => "the given GOGC is not used, because NextGC is known".to_owned(),
        MemoryNote::NoCollection => "no GC has finished yet, so the profile is empty".to_owned(),
        MemoryNote::Distance { size, left } => distance(*size, *left),
        MemoryNote::PassesLimit(room) => format!(
            "the heap can grow by {} before the next GC, which passes the limit",
            bytes(*room)
        ),
        MemoryNote::Unkeepable(kept) if !may_have_memory_limit(memory) => {
            format!("Go must keep {}, more than the limit", kept_words(kept))
        }
        MemoryNote::Thrashing(kept) if !may_have_memory_limit(memory) => format!(
            "Go must keep {}. The limit leaves too little room for garbage",
            kept_words(kept)
        ),
        MemoryNote::OnlyPeak | MemoryNote::MemoryLimit { .. } if !may_have_memory_limit(memory) => {
            let lower = match can_garbage_matter(memory) {
                true => "; a lower GOGC keeps the heap smaller",
                false => "",
            };
            format!("GOMEMLIMIT needs Go 1.19 or later, and this program has an older Go{lower}")
        }
        MemoryNote::Unkeepable(kept) => format!(
            "no GOMEMLIMIT can keep this limit: Go must keep {}, more than the limit",
            kept_words(kept)
        ),
        MemoryNote::Thrashing(kept) => format!(
            "the limit leaves too little room for garbage: with a GOMEMLIMIT the GC would run all \
             the time. Go must keep {}, and needs a quarter of the live heap for garbage",
            kept_words(kept)
        ),
        MemoryNote::OnlyPeak => "to get a GOMEMLIMIT, give the RSS of now with --rss".to_owned(),
        MemoryNote::MemoryLimit { mebibytes, .. } if is_rest_unknown(memory) => format!(
            "only if the rest is garbage or idle spans of Go: GOMEMLIMIT={mebibytes}MiB makes Go \
             (1.19 or later) start a GC before the limit is reached"
        ),
        MemoryNote::MemoryLimit { mebibytes, .. } => format!(
            "GOMEMLIMIT={mebibytes}MiB makes Go (1.19 or later) start a GC before the limit is \
             reached{}",
            derivation(memory, *mebibytes).unwrap_or_default()
        ),
        _ => crate::newer(note),
    }
}

fn distance(size: Size, left: i64) -> String {
    let side = if left < 0 { "above" } else { "below" };
    let by = bytes(left.saturating_abs());
    match size {
        Size::Peak if left == 0 => "at its peak the process was at the limit".to_owned(),
        _ if left == 0 => "the process is at the limit".to_owned(),
        Size::Peak => format!("at its peak the process was {by} {side} the limit"),
        Size::Runtime if left >= 0 => {
            format!("{by} below the limit are left for memory outside Go")
        }
        _ => format!("the process is {by} {side} the limit"),
    }
}

fn kept_words(kept: &Kept) -> String {
    let what = match (kept.has_runtime, kept.has_outside) {
        (false, _) => "the live heap",
        (true, false) => "the live heap with its spans, stacks, the runtime",
        (true, true) => "the live heap with its spans, stacks, the runtime, memory outside Go",
    };
    format!("{} ({what})", bytes(kept.bytes))
}

#[cfg(test)]
mod tests {
    use kheap::knowledge::VersionRange;

    use super::*;

    fn memory(size: Size) -> Memory {
        let mut memory = Memory::default();
        memory.size = size;
        memory.total = 800;
        memory.live_error = Some(30.0);
        memory
    }

    fn row(part: MemoryPart, bytes: i64) -> MemoryRow {
        let mut row = MemoryRow::default();
        row.part = part;
        row.low = bytes;
        row.high = bytes;
        row
    }

    #[test]
    fn a_row_below_zero_is_explained_and_has_no_remedy() {
        let check = |part, expected: &str| {
            let row = row(part, -20);
            let meaning = meaning(&memory(Size::Resident), &row);
            assert!(meaning.starts_with("negative"), "{meaning}");
            assert!(meaning.ends_with(expected), "{meaning}");
            assert_eq!(
                remedy(&memory(Size::Resident), &row, &Known::default()),
                None
            );
        };
        check(MemoryPart::NotInProfile, "within one standard error (30B)");
        check(MemoryPart::OutsideGo, "the RSS is of another time");
        check(MemoryPart::Rest, "of another time or process");
    }

    #[test]
    fn what_is_below_zero_is_shown_so_that_rows_add_up() {
        let memory = memory(Size::Resident);
        for part in [MemoryPart::NotInProfile, MemoryPart::OutsideGo] {
            let below = row(part, -20);
            assert_eq!(value(&memory, &below), "-20B");
            let share = share(&memory, &below).expect("a share");
            assert!(share.starts_with('-'), "{share}");
        }
    }

    #[test]
    fn a_lower_gogc_is_for_garbage_that_matters() {
        let part = |garbage| {
            let mut memory = memory(Size::Resident);
            let distance = MemoryNote::Distance {
                size: Size::Resident,
                left: -100,
            };
            let limit = MemoryNote::MemoryLimit {
                mebibytes: 326,
                is_outside_known: false,
            };
            memory.rows = vec![
                row(MemoryPart::LiveHeap, garbage),
                row(MemoryPart::Headroom, garbage),
                row(MemoryPart::Rest, 800 - 2 * garbage),
            ];
            memory.notes = vec![distance, limit];
            memory
        };
        let advice = |memory: &Memory| {
            let rows = memory.rows.iter();
            let remedies = rows.filter_map(|row| remedy(memory, row, &Known::default()));
            let remedies: Vec<String> = remedies.collect();
            headline(memory).unwrap_or_default() + &remedies.join(" ")
        };
        assert!(advice(&part(80)).contains("lower GOGC"));
        let small = advice(&part(70));
        assert!(
            !small.contains("GOGC") && !small.contains("GOMEMLIMIT"),
            "{small}"
        );
        let command = "`kheap memory heap.txt --rss 800B --limit 700B`";
        assert!(small.contains(command), "{small}");
    }

    #[test]
    fn advice_is_for_the_go_of_the_program() {
        let built_with = |minor| {
            let version = Version::new(1, minor);
            let mut memory = memory(Size::Resident);
            memory.go = Some(VersionRange::given(version));
            memory
        };
        let advice = |memory: &Memory, part| {
            remedy(memory, &row(part, 20), &Known::default()).unwrap_or_default()
        };
        let (old, new) = (built_with(15), built_with(27));
        for part in [MemoryPart::Idle, MemoryPart::Headroom] {
            assert!(!advice(&old, part).contains("GOMEMLIMIT"));
            assert!(advice(&new, part).contains("GOMEMLIMIT"));
        }
        assert!(advice(&old, MemoryPart::OutsideGo).contains("before Go 1.16"));
        assert!(!advice(&new, MemoryPart::OutsideGo).contains("before Go 1.16"));
        let mut shipped = built_with(27);
        assert!(advice(&shipped, MemoryPart::Idle).contains("FreeOSMemory"));
        shipped.is_shipped = true;
        assert!(!advice(&shipped, MemoryPart::Idle).contains("FreeOSMemory"));
        let limit = MemoryNote::MemoryLimit {
            mebibytes: 326,
            is_outside_known: true,
        };
        assert!(note(&old, &limit).contains("an older Go"));
        assert!(note(&new, &limit).contains("GOMEMLIMIT=326MiB"));
    }

    #[test]
    fn without_gogc_no_collection_is_promised() {
        let mut memory = memory(Size::Resident);
        memory.is_gc_off = true;
        for part in [MemoryPart::Headroom, MemoryPart::NotInProfile] {
            let row = row(part, 700);
            let words = [
                Some(row_title(&memory, &row).to_owned()),
                Some(meaning(&memory, &row)),
                remedy(&memory, &row, &Known::default()),
            ];
            let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert!(!words.contains("next GC"), "{words}");
            assert!(!words.contains("lower GOGC"), "{words}");
            assert!(words.contains("set a GOMEMLIMIT"), "{words}");
        }
        let next = MemoryNote::NextCollection {
            at: i64::MAX,
            room: i64::MAX,
        };
        assert!(note(&memory, &next).starts_with("GOGC is off"));
    }

    #[test]
    fn a_peak_is_no_size_of_now() {
        let meaning = meaning(&memory(Size::Peak), &row(MemoryPart::OutsideGo, 9));
        assert!(meaning.ends_with("not the RSS now"), "{meaning}");
    }

    #[test]
    fn the_first_line_says_what_is_wrong_and_what_to_set() {
        const MIB: i64 = 1 << 20;
        let limit = MemoryNote::MemoryLimit {
            mebibytes: 326,
            is_outside_known: true,
        };
        let distance = MemoryNote::Distance {
            size: Size::Resident,
            left: 12 * MIB,
        };
        let mut memory = memory(Size::Resident);
        memory.total = 500 * MIB;
        memory.rows = vec![
            row(MemoryPart::LiveHeap, 170 * MIB),
            row(MemoryPart::OutsideGo, 186 * MIB),
        ];
        memory.notes = vec![distance, MemoryNote::PassesLimit(MIB), limit];
        assert_eq!(
            headline(&memory).as_deref(),
            Some(
                "The live heap is 170MB, 34.00% of the process. The process is 12MB below the limit of \
                 512MB, and the next GC may come too late. Set GOMEMLIMIT=326MiB."
            )
        );
        let derived = note(&memory, &limit);
        let expected = "326MiB is the limit of 512MB minus 186MB outside Go";
        assert!(derived.ends_with(expected), "{derived}");
        assert_eq!(headline(&self::memory(Size::Resident)), None);
    }

    #[test]
    fn the_distance_to_a_limit_says_which_side() {
        let check = |size, left, expected: &str| assert_eq!(distance(size, left), expected);
        check(Size::Resident, 1024, "the process is 1kB below the limit");
        check(Size::Runtime, -1024, "the process is 1kB above the limit");
        check(
            Size::Runtime,
            1024,
            "1kB below the limit are left for memory outside Go",
        );
        check(
            Size::Peak,
            -1024,
            "at its peak the process was 1kB above the limit",
        );
    }
}
