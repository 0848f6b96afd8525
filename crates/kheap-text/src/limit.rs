//! How far a process, or its heap, is from a limit.

use std::cmp::Ordering;

use kheap::memory::{Gogc, MemoryNote, Size};
use kheap::{Diagnosis, Memory};

use crate::diagnosis::{Known, clamp, sentence};
use crate::shell::quoted;
use crate::trend::growing;
use crate::value::{amount, given};
use crate::{fetch, memory, process, step};

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
            Self::Resident(_) => process::RESIDENT,
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

/// What a limit is held against: which figure, and its bytes.
pub fn measured(diagnosis: &Diagnosis, known: &Known<'_>) -> (&'static str, i64) {
    let held = held(diagnosis, known);
    let of = match held {
        Held::Process(process) => match process.size {
            Size::Peak => "peak",
            Size::Runtime => "runtime",
            _ => "resident",
        },
        Held::Resident(_) => "resident",
        Held::Heap => "live-heap",
    };
    (of, held.bytes(diagnosis))
}

/// The limit, where the values can be held against one.
fn limit_of(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<i64> {
    known.limit().filter(|_| diagnosis.is_level)
}

/// Whether the process, or else its heap, is at the limit or above it.
pub(crate) fn is_passed(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    let bytes = held(diagnosis, known).bytes(diagnosis);
    limit_of(diagnosis, known).is_some_and(|limit| bytes >= limit)
}

/// How far the limit is passed; `None` where it is not.
pub fn passed(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| is_passed(diagnosis, known))?;
    Some(distance(diagnosis, held(diagnosis, known), limit))
}

/// Whether the sentence about the limit names the size of the process.
pub(crate) fn names_process(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    limit_of(diagnosis, known).is_some() && !matches!(held(diagnosis, known), Held::Heap)
}

/// Whether no more than the size of the process or its live heap is known, so that a text is
/// needed to split it.
fn needs_text(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    match held(diagnosis, known) {
        Held::Process(process) => process.size == Size::Resident && process::is_whole(diagnosis),
        Held::Resident(_) => false,
        Held::Heap => !process::is_split(diagnosis),
    }
}

/// What to do about a process or heap above its limit, or close to it: a command. What lives
/// is reduced only where it alone passes the limit, as its finding says where one holds half of it;
/// else the process has to be split.
pub(crate) fn first_step(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known)?;
    let is_passed = is_passed(diagnosis, known);
    if !is_passed && !is_tight(diagnosis, known) {
        return None;
    }
    let command = split(diagnosis, known);
    let step = match (is_passed, diagnosis.total < limit) {
        (false, _) => format!("See what else the process holds: {command}."),
        (true, false) => {
            let to_reduce = step::of_large(diagnosis, known);
            let to_reduce =
                to_reduce.unwrap_or_else(|| "Who allocated it: `kheap top --cum FILE`.".to_owned());
            format!("Raise the limit, or reduce the heap. {to_reduce}")
        }
        (true, true) => format!("Raise the limit, or see what the rest is: {command}."),
    };
    Some(known.fill_in(&step))
}

/// The commands that split the process: a text is fetched first where the dump cannot show
/// more.
pub(crate) fn split(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let command = memory_command(diagnosis, known);
    match needs_text(diagnosis, known) {
        true => {
            let fetch = fetch::fetched(diagnosis, fetch::FETCH_TEXT);
            format!("`{fetch}`, then `{command}`")
        }
        false => format!("`{command}`"),
    }
}

/// The command that splits the process. Whatever gave its size goes with it: the size
/// alone leaves most of the process unknown, and a `GOMEMLIMIT` from it is too high.
pub(crate) fn memory_command(diagnosis: &Diagnosis, known: &Known<'_>) -> String {
    let limit = limit_of(diagnosis, known)
        .map_or_else(String::new, |limit| format!(" --limit {}", given(limit)));
    let (mut file, mut size) = ("FILE".to_owned(), String::new());
    if needs_text(diagnosis, known) {
        file = fetch::TEXT.to_owned();
    }
    match held(diagnosis, known) {
        // Only the newest dump of a folder is explained, whichever program it is of.
        Held::Resident(bytes) => match (
            known.folder().filter(|_| !known.has_other_programs),
            &known.metrics()[..],
        ) {
            (Some(folder), _) => file = quoted(folder),
            (None, []) => size = format!(" --rss {}", amount(diagnosis, bytes)),
            (None, metrics) => {
                let metrics: Vec<String> = metrics.iter().map(|file| quoted(file)).collect();
                size = format!(" --with {}", metrics.join(" "));
            }
        },
        // The statistics of one dump are in it; beside others they may be in another text.
        Held::Process(process) if process.size == Size::Resident || !known.is_alone() => {
            size = format!(" --rss {}", amount(diagnosis, process.total));
        }
        Held::Process(_) | Held::Heap => {}
    }
    format!("kheap memory {file}{size}{limit}")
}

/// How far a dump is from a limit, and which GOGC keeps it below. `None` where the limit is
/// passed.
pub fn room(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let distance = room_left(diagnosis, known)?;
    let sentences = [Some(distance), gogc(diagnosis, known)]
        .into_iter()
        .flatten();
    Some(sentences.collect::<Vec<_>>().join(" "))
}

/// How far a dump is from a limit: its process where its size is known, else the heap; and
/// where garbage takes it.
fn room_left(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| !is_passed(diagnosis, known))?;
    let held = held(diagnosis, known);
    let is_heap = matches!(held, Held::Heap);
    let distance = match is_heap {
        true => format!(
            "The live heap is {} below the limit of {}.",
            amount(diagnosis, limit - diagnosis.total),
            given(limit)
        ),
        false => distance(diagnosis, held, limit),
    };
    let garbage = match passed_by_garbage(diagnosis, known, limit) {
        None if is_heap => with_garbage(diagnosis, known).map(|(most, by)| {
            let with = amount(diagnosis, most);
            // A heap that grows does not stay below anything.
            match growing(diagnosis) {
                Some(_) => format!("With garbage it can now reach {with} ({by})."),
                None => format!("With garbage it can reach {with} ({by}), below the limit."),
            }
        }),
        passed => passed,
    };
    let sentences = [Some(distance), garbage].into_iter().flatten();
    Some(sentences.collect::<Vec<_>>().join(" "))
}

/// Which GOGC keeps the heap below its limit, where garbage can pass it.
fn gogc(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let limit = limit_of(diagnosis, known).filter(|_| !is_passed(diagnosis, known))?;
    passed_by_garbage(diagnosis, known, limit)?;
    lower_gogc(diagnosis, known, limit)
}

/// That garbage can pass a limit before the next collection, in a sentence; `None` where
/// it cannot.
fn passed_by_garbage(diagnosis: &Diagnosis, known: &Known<'_>, limit: i64) -> Option<String> {
    let it = match held(diagnosis, known) {
        Held::Heap => "it",
        Held::Process(_) | Held::Resident(_) => "the heap",
    };
    let is_late = |note: &&MemoryNote| matches!(note, MemoryNote::PassesLimit(_));
    let process = sized_process(diagnosis);
    let late = process.and_then(|process| process.notes.iter().find(is_late).zip(Some(process)));
    match (late, with_garbage(diagnosis, known)) {
        (Some((note, process)), _) => Some(sentence(&memory::note(process, note))),
        (None, Some((most, by))) => (most >= limit).then(|| {
            let with = amount(diagnosis, most);
            format!("With garbage {it} can reach {with} ({by}), above the limit.")
        }),
        (None, None) => Some("Without GC (GOGC=off) garbage alone can reach it.".to_owned()),
    }
}

/// Which GOGC keeps the heap below a limit; that none does, where there is hardly room.
/// What the runtime knows of its next collection says nothing of GOGC, and what a process has
/// besides its heap takes room that GOGC does not know.
fn lower_gogc(diagnosis: &Diagnosis, known: &Known<'_>, limit: i64) -> Option<String> {
    /// At a lower one a program does little but collect.
    const LEAST: i128 = 20;
    if next_collection(diagnosis, known).is_some() || names_process(diagnosis, known) {
        return None;
    }
    let (live, limit) = (i128::from(diagnosis.total), i128::from(nine_tenths(limit)));
    let room = ((limit - live).max(0) * 100).checked_div(live)?;
    let percent = room / 10 * 10;
    Some(match percent >= LEAST {
        true => format!("At GOGC={percent} the heap stays below it."),
        false => "A lower GOGC helps little: raise the limit, or reduce the heap.".to_owned(),
    })
}

/// What a limit leaves for the heap: a tenth is for stacks and the runtime.
pub(crate) fn nine_tenths(limit: i64) -> i64 {
    limit - limit / 10
}

/// How far something is from a limit, and on which side.
fn distance(diagnosis: &Diagnosis, held: Held<'_>, limit: i64) -> String {
    let (takes, bytes) = (held.takes(), held.bytes(diagnosis));
    let (size, of_limit) = (amount(diagnosis, bytes), given(limit));
    let between = match bytes.cmp(&limit) {
        Ordering::Less => format!("{} below", amount(diagnosis, limit - bytes)),
        Ordering::Equal => return format!("{takes} {size}, which is the limit."),
        Ordering::Greater => format!("{} above", amount(diagnosis, bytes - limit)),
    };
    format!("{takes} {size}, {between} the limit of {of_limit}.")
}

/// The most that the heap takes before the next collection, and what shows that; `None`
/// where nothing is collected. The runtime knows it better than GOGC does.
fn with_garbage(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<(i64, String)> {
    let live = diagnosis.total;
    match (
        next_collection(diagnosis, known),
        known.process.gogc.unwrap_or_default(),
    ) {
        (Some(i64::MAX), _) | (None, Gogc::Off) => None,
        (Some(at), _) => Some((at.max(live), "NextGC".to_owned())),
        (None, Gogc::Percent(percent)) => {
            let live = i128::from(live);
            let most = clamp(live + live * i128::from(percent) / 100);
            Some((most, format!("GOGC={percent}")))
        }
    }
}

/// At which size of the heap the next collection starts, as the dump or metrics beside it say.
fn next_collection(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<i64> {
    let notes = diagnosis.process.iter().flat_map(|process| &process.notes);
    let mut notes = notes.filter_map(|note| match note {
        MemoryNote::NextCollection { at, .. } => Some(*at),
        _ => None,
    });
    notes.next().or_else(|| known.next_collection())
}

/// From which share of its limit on a process is close to it.
pub(crate) const CLOSE: f64 = 0.9;

/// How far a process is from its limit that is close to it, or that garbage passes.
pub(crate) fn tight(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    room_left(diagnosis, known).filter(|_| is_tight(diagnosis, known))
}

/// Whether a process is close to its limit, or garbage passes it.
pub(crate) fn is_tight(diagnosis: &Diagnosis, known: &Known<'_>) -> bool {
    let held = held(diagnosis, known);
    limit_of(diagnosis, known).is_some_and(|limit| {
        let is_close = held.bytes(diagnosis) as f64 >= CLOSE * limit as f64;
        let is_process_close = is_close && !matches!(held, Held::Heap);
        is_process_close || passed_by_garbage(diagnosis, known, limit).is_some()
    })
}

/// The process, where its size can be right.
fn sized_process(diagnosis: &Diagnosis) -> Option<&Memory> {
    let process = diagnosis.process.as_ref();
    process.filter(|process| !process::is_too_small(process))
}

/// What the process takes, by metrics beside the dump or by the dump.
pub(crate) fn size(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<i64> {
    known.resident().or(process_size(diagnosis))
}

/// What the process takes, where that can be.
pub(crate) fn process_size(diagnosis: &Diagnosis) -> Option<i64> {
    sized_process(diagnosis).map(|process| process.total)
}
