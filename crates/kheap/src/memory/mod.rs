//! Why a process is larger than its heap profile says: its size, taken apart into
//! lines that add up.

use crate::arithmetic::Sampling;
use crate::memstats::MemStats;
use crate::profile::Profile;

/// How much of a limit `GOMEMLIMIT` should take: the rest is for what it does not
/// count, and for the time a collection takes.
///
/// Source: <https://go.dev/doc/gc-guide#Suggested_uses>: leave 5 to 10 %.
const LIMIT_SHARE: f64 = 0.9;

/// What is known of a process besides its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryOptions {
    /// What is resident, in bytes, as `ps` or a cgroup tells it.
    pub rss: Option<u64>,
    /// What the process may take at most, in bytes.
    pub limit: Option<u64>,
    /// How far the heap grows between two collections, in percent of what lives;
    /// `None` where collections are turned off.
    pub gogc: Option<u32>,
}

impl Default for MemoryOptions {
    /// Nothing is known, and Go's default of 100 holds.
    fn default() -> Self {
        Self {
            rss: None,
            limit: None,
            gogc: Some(100),
        }
    }
}

/// A process, each byte of it in one row.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Memory {
    /// Base name of the program, where the file names it.
    pub program: Option<String>,
    /// What `total` is.
    pub size: Size,
    /// What the rows add up to, in bytes.
    pub total: i64,
    /// The standard error of the live heap, in bytes, where it can be told.
    pub live_error: Option<f64>,
    /// The parts, the live heap first.
    pub rows: Vec<MemoryRow>,
    /// What a reader should know, one sentence each.
    pub notes: Vec<String>,
}

/// What the size of a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Size {
    /// What was resident, according to the caller.
    Resident,
    /// The most that was ever resident (`MaxRSS`): more than now, most of the time.
    Peak,
    /// What the Go runtime holds; what is outside of it is not known.
    Runtime,
}

impl Size {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Peak => "peak",
            Self::Runtime => "runtime",
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Peak => "resident at its peak (MaxRSS), which may be long ago",
            Self::Runtime => "held by the Go runtime; what is resident is not known",
        }
    }
}

/// A part of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum MemoryPart {
    /// Objects in use in the profile.
    LiveHeap,
    /// Objects that the profile does not show.
    NotInProfile,
    /// Room beside objects, in spans that hold some.
    PartlyUsed,
    /// Spans without objects.
    Idle,
    /// Stacks of goroutines and threads.
    Stacks,
    /// What the runtime keeps for itself.
    Runtime,
    /// What the runtime does not know of.
    OutsideGo,
    /// What collects between two collections.
    Headroom,
    /// Everything else, where the runtime said nothing.
    Rest,
}

impl MemoryPart {
    /// The name in data, such as `live-heap`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LiveHeap => "live-heap",
            Self::NotInProfile => "not-in-profile",
            Self::PartlyUsed => "partly-used",
            Self::Idle => "idle",
            Self::Stacks => "stacks",
            Self::Runtime => "runtime",
            Self::OutsideGo => "outside-go",
            Self::Headroom => "headroom",
            Self::Rest => "rest",
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::LiveHeap => "live heap in the profile",
            Self::NotInProfile => "garbage, and objects younger than the profile",
            Self::PartlyUsed => "room in partly used spans (HeapInuse − HeapAlloc)",
            Self::Idle => "idle and kept (HeapIdle − HeapReleased)",
            Self::Stacks => "stacks",
            Self::Runtime => "the runtime's own structures",
            Self::OutsideGo => "outside Go",
            Self::Headroom => "growth between two collections (GOGC)",
            Self::Rest => "everything else",
        }
    }
}

/// A part of a process and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MemoryRow {
    /// Which part.
    pub part: MemoryPart,
    /// At least so much, in bytes.
    pub low: i64,
    /// At most so much; the same where it is known exactly. The low end of one row
    /// goes with the high end of another: either way the rows add up.
    pub high: i64,
    /// What it is, in a sentence.
    pub meaning: String,
    /// What makes it smaller.
    pub remedy: String,
}

/// Why a process cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// Nothing says how large the process is.
    #[error(
        "nothing is known of the process but its heap profile; give its size with --rss, or fetch \
         the heap with ?debug=1, which tells runtime.MemStats"
    )]
    NoSize,
    /// The profile is of something else.
    #[error("the profile does not say what is in use (inuse_space)")]
    NoHeap,
}

/// Takes the memory of a process apart.
///
/// With `runtime.MemStats` every part is known. Without, the size that the caller
/// gives is split into the live heap, what collects until the next collection, and
/// the rest; the last two are ranges.
///
/// # Errors
///
/// [`MemoryError`] where the size of the process, or its live heap, is not known.
///
/// # Example
///
/// ```
/// use kheap::memory::{MemoryOptions, memory};
///
/// let mut builder = kheap::ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// builder.sample(&[], &[400], &[])?;
/// let options = MemoryOptions { rss: Some(1500), ..Default::default() };
/// let memory = memory(&builder.finish(), &options)?;
/// let [live, headroom, rest] = &memory.rows[..] else { panic!() };
/// assert_eq!((live.low, live.high), (400, 400));
/// // At GOGC=100 the heap doubles before it is collected.
/// assert_eq!((headroom.low, headroom.high), (0, 400));
/// assert_eq!((rest.low, rest.high), (700, 1100));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: <https://go.dev/doc/gc-guide>; Go's `runtime/mstats.go`.
pub fn memory(profile: &Profile, options: &MemoryOptions) -> Result<Memory, MemoryError> {
    let inuse = profile.sample_type("inuse_space");
    let inuse = inuse.map_err(|_| MemoryError::NoHeap)?;
    let values = profile.samples().values(inuse).iter();
    let live = narrow(values.map(|&value| i128::from(value)).sum());
    let error = Sampling::of(profile, inuse).map(|sampling| {
        let variances = profile.samples().ids().map(|id| sampling.variance(id));
        variances.sum::<f64>().sqrt()
    });
    let stats = profile.header().mem_stats.as_ref();
    let mut memory = apart(live, error, stats, options)?;
    memory.program = profile.program();
    Ok(memory)
}

/// The same from the figures.
pub(crate) fn apart(
    live: i64,
    live_error: Option<f64>,
    stats: Option<&MemStats>,
    options: &MemoryOptions,
) -> Result<Memory, MemoryError> {
    let (size, total) = match (options.rss, stats) {
        (Some(rss), _) => (Size::Resident, i128::from(rss)),
        (
            None,
            Some(MemStats {
                max_rss: Some(peak),
                ..
            }),
        ) => (Size::Peak, i128::from(*peak)),
        (None, Some(stats)) => (Size::Runtime, held(stats)),
        (None, None) => return Err(MemoryError::NoSize),
    };
    let total = narrow(total);
    let (rows, notes) = match stats {
        Some(stats) => (
            known(live, live_error, stats, size, total),
            notes(stats, total, options),
        ),
        None => (
            estimated(live, total, options),
            limit_note(total, 0, 0, options),
        ),
    };
    Ok(Memory {
        program: None,
        size,
        total,
        live_error,
        rows,
        notes,
    })
}

/// What the runtime holds and has not given back.
fn held(stats: &MemStats) -> i128 {
    i128::from(stats.sys) - i128::from(stats.heap_released)
}

/// The rows where the runtime said all: differences, so that they add up.
fn known(
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
            crate::unit::label(error as i64, "bytes", crate::unit::AUTO)
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
fn estimated(live: i64, total: i64, options: &MemoryOptions) -> Vec<MemoryRow> {
    let beside = i128::from(total) - i128::from(live);
    let room = match options.gogc {
        Some(gogc) => i128::from(live) * i128::from(gogc) / 100,
        None => beside,
    };
    let room = room.min(beside).max(0);
    let rest = if beside < 0 { REST_NEGATIVE } else { REST };
    let range = |low: i128, high: i128, row: MemoryRow| MemoryRow {
        low: narrow(low),
        high: narrow(high),
        ..row
    };
    vec![
        row(MemoryPart::LiveHeap, live.into(), LIVE, LIVE_REMEDY),
        range(
            0,
            room,
            row(MemoryPart::Headroom, 0, HEADROOM, HEADROOM_REMEDY),
        ),
        range(
            beside - room,
            beside,
            row(MemoryPart::Rest, 0, rest, REST_REMEDY),
        ),
    ]
}

fn row(part: MemoryPart, bytes: i128, meaning: &str, remedy: &str) -> MemoryRow {
    MemoryRow {
        part,
        low: narrow(bytes),
        high: narrow(bytes),
        meaning: meaning.to_owned(),
        remedy: remedy.to_owned(),
    }
}

fn notes(stats: &MemStats, total: i64, options: &MemoryOptions) -> Vec<String> {
    let room = i128::from(stats.next_gc) - i128::from(stats.heap_alloc);
    let room = narrow(room.max(0));
    let mut notes = vec![format!(
        "the next collection ends when the heap has grown to {} (NextGC), {} more than now",
        amount(narrow(stats.next_gc.into())),
        amount(room)
    )];
    if stats.num_gc == 0 {
        notes.push("no collection has ended yet, so that the profile is empty".to_owned());
    }
    let outside = i128::from(total) - held(stats);
    notes.extend(limit_note(total, room, outside, options));
    notes
}

/// What is left below the limit, and a `GOMEMLIMIT` that keeps to it.
fn limit_note(total: i64, room: i64, outside: i128, options: &MemoryOptions) -> Vec<String> {
    let Some(limit) = options.limit else {
        return Vec::new();
    };
    let left = i128::from(limit) - i128::from(total);
    let mut notes = vec![match left < 0 {
        true => format!("that is {} above the limit", amount(narrow(-left))),
        false => format!("{} are left below the limit", amount(narrow(left))),
    }];
    if left < i128::from(room) {
        notes.push(format!(
            "the heap may grow by {} before it is collected, more than is left",
            amount(room)
        ));
    }
    let spare = (limit as f64 * (1.0 - LIMIT_SHARE)) as i128;
    // It counts only what the runtime holds.
    let memory_limit = i128::from(limit) - outside.max(spare);
    if memory_limit > 0 {
        notes.push(format!(
            "GOMEMLIMIT={}MiB makes Go collect before the limit is met: it leaves a tenth of \
             the limit, or what is outside Go, whichever is more",
            memory_limit >> 20
        ));
    }
    notes
}

fn amount(bytes: i64) -> String {
    crate::unit::label(bytes, "bytes", crate::unit::AUTO)
}

fn narrow(bytes: i128) -> i64 {
    bytes.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

const LIVE: &str = "what was in use at the end of the last collection";
const LIVE_REMEDY: &str = "`kheap diagnose` and `kheap breakdown` say what it is";
const NOT_IN_PROFILE: &str =
    "allocated since the last collection, or dead and not swept yet (HeapAlloc − live heap)";
const SAMPLING_ERROR: &str =
    "less than nothing, because the profile is a sample and estimates the live heap too high";
const NOT_IN_PROFILE_REMEDY: &str = "it goes at the next collection (?gc=1 forces one); a lower GOGC or a GOMEMLIMIT collects earlier";
const PARTLY_USED: &str = "slots that are free beside objects in use, and the tail of spans";
const PARTLY_USED_REMEDY: &str =
    "it is used again by objects of like size; only when all objects of a span die is it free";
const IDLE: &str = "spans without objects that are not given back yet: the trace of a past peak";
const IDLE_REMEDY: &str =
    "Go gives it back within minutes; a GOMEMLIMIT does it at once, debug.FreeOSMemory on demand";
const STACKS: &str = "of goroutines and threads; in no heap profile";
const STACKS_REMEDY: &str = "fewer goroutines: /debug/pprof/goroutine?debug=1 says where they are";
const RUNTIME: &str = "descriptions of spans, caches, the collector's bitmaps, the profile itself";
const RUNTIME_REMEDY: &str = "it grows with the largest heap that there was, and stays";
const OUTSIDE: &str =
    "the program file, C libraries, mapped files: RSS less what the runtime holds";
const OUTSIDE_PEAK: &str = "the program file, C libraries, mapped files, and what was given back \
    since the peak: MaxRSS is the most that ever was resident, not what is now (give --rss for that)";
const OUTSIDE_NEGATIVE: &str = "less than nothing, because the runtime holds address space that \
    was never touched or is swapped out, or because the RSS is of another moment";
const OUTSIDE_REMEDY: &str = "cgo and mmap are not Go's: /proc/PID/smaps tells; before Go 1.16, \
    released memory may still count in RSS (GODEBUG=madvdontneed=1)";
const HEADROOM: &str =
    "garbage that waits for the next collection: nothing just after one, all of it just before";
const HEADROOM_REMEDY: &str = "a lower GOGC collects more often; a GOMEMLIMIT bounds it";
const REST: &str = "partly used and idle spans, stacks, the runtime's structures, and what is \
    outside Go; a heap fetched with ?debug=1 tells them apart";
const REST_NEGATIVE: &str = "less than nothing: part of the live heap is swapped out, or the RSS \
    is of another moment or process";
const REST_REMEDY: &str = "idle spans go back within minutes, or at once with a GOMEMLIMIT; \
    stacks go with their goroutines";

#[cfg(test)]
mod tests {
    use super::*;

    fn stats() -> MemStats {
        MemStats {
            sys: 1000,
            heap_alloc: 400,
            heap_sys: 800,
            heap_idle: 300,
            heap_inuse: 500,
            heap_released: 100,
            stack_inuse: 50,
            stack_sys: 60,
            next_gc: 700,
            num_gc: 3,
            ..MemStats::default()
        }
    }

    fn rows(live: i64, stats: Option<&MemStats>, options: &MemoryOptions) -> Vec<(i64, i64)> {
        let memory = apart(live, None, stats, options).unwrap();
        for (some, others) in [(0, 1), (1, 0)] {
            let end = |row: &MemoryRow| [row.low, row.high];
            let sum = memory.rows.iter().map(|row| match row.part {
                MemoryPart::Rest => end(row)[others],
                _ => end(row)[some],
            });
            assert_eq!(sum.sum::<i64>(), memory.total);
        }
        memory.rows.iter().map(|row| (row.low, row.high)).collect()
    }

    fn exact(live: i64, stats: &MemStats, rss: Option<u64>) -> Vec<i64> {
        let options = MemoryOptions {
            rss,
            ..MemoryOptions::default()
        };
        let rows = rows(live, Some(stats), &options).into_iter();
        rows.map(|(low, high)| {
            assert_eq!(low, high);
            low
        })
        .collect()
    }

    #[test]
    fn each_byte_of_a_process_is_in_one_row() {
        assert_eq!(
            exact(350, &stats(), Some(1200)),
            [350, 50, 100, 200, 60, 140, 300]
        );
    }

    #[test]
    fn without_a_size_the_peak_counts_or_else_what_the_runtime_holds() {
        let peak = MemStats {
            max_rss: Some(950),
            ..stats()
        };
        assert_eq!(exact(350, &peak, None), [350, 50, 100, 200, 60, 140, 50]);
        assert_eq!(exact(350, &stats(), None), [350, 50, 100, 200, 60, 140]);
    }

    #[test]
    fn what_is_less_than_nothing_is_shown_and_explained() {
        assert_eq!(
            exact(420, &stats(), Some(800)),
            [420, -20, 100, 200, 60, 140, -100]
        );
        let options = MemoryOptions {
            rss: Some(800),
            ..MemoryOptions::default()
        };
        let memory = apart(420, Some(30.0), Some(&stats()), &options).unwrap();
        let expected = format!("{SAMPLING_ERROR}; one standard error is 30B");
        assert_eq!(memory.rows[1].meaning, expected);
        assert_eq!(memory.rows[6].meaning, OUTSIDE_NEGATIVE);
    }

    #[test]
    fn without_statistics_the_headroom_is_a_range() {
        let with = |rss, gogc| {
            let options = MemoryOptions {
                rss: Some(rss),
                limit: None,
                gogc,
            };
            rows(400, None, &options)
        };
        assert_eq!(with(1500, Some(100)), [(400, 400), (0, 400), (700, 1100)]);
        assert_eq!(with(1500, Some(50)), [(400, 400), (0, 200), (900, 1100)]);
        assert_eq!(with(600, Some(100)), [(400, 400), (0, 200), (0, 200)]);
        assert_eq!(with(1500, None), [(400, 400), (0, 1100), (0, 1100)]);
        assert_eq!(with(300, Some(100)), [(400, 400), (0, 0), (-100, -100)]);
    }

    #[test]
    fn a_limit_is_held_against_the_size_and_the_next_collection() {
        let options = MemoryOptions {
            rss: Some(900),
            limit: Some(1000),
            gogc: Some(100),
        };
        let notes = apart(350, None, Some(&stats()), &options).unwrap().notes;
        assert_eq!(
            notes[..3],
            [
                "the next collection ends when the heap has grown to 700B (NextGC), 300B more than now",
                "100B are left below the limit",
                "the heap may grow by 300B before it is collected, more than is left",
            ]
        );
    }

    #[test]
    fn without_any_size_nothing_can_be_said() {
        let options = MemoryOptions::default();
        assert_eq!(apart(1, None, None, &options), Err(MemoryError::NoSize));
    }
}
