use super::rows::{OUTSIDE_NEGATIVE, SAMPLING_ERROR};
use super::*;
use crate::ProfileBuilder;

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
            stats: None,
        };
        rows(400, None, &options)
    };
    let percent = |percent| Some(Gogc::Percent(percent));
    assert_eq!(with(1500, None), [(400, 400), (0, 400), (700, 1100)]);
    assert_eq!(with(1500, percent(50)), [(400, 400), (0, 200), (900, 1100)]);
    assert_eq!(with(600, percent(100)), [(400, 400), (0, 200), (0, 200)]);
    assert_eq!(
        with(1500, Some(Gogc::Off)),
        [(400, 400), (0, 1100), (0, 1100)]
    );
    assert_eq!(with(300, None), [(400, 400), (0, 0), (-100, -100)]);
}

const MIB: u64 = 1 << 20;

/// All notes on a process of that many MiB, with the live heap, what is free in the
/// spans, the size and the limit in MiB. Stacks and the runtime take 10 each.
#[track_caller]
fn check_limit(stats: Option<&MemStats>, live: u64, options: [u64; 2], expected: &[&str]) {
    let [rss, limit] = options.map(|size| (size != 0).then_some(size * MIB));
    let options = MemoryOptions {
        rss,
        limit,
        gogc: None,
        stats: None,
    };
    let live = i64::try_from(live * MIB).unwrap();
    let notes = apart(live, None, stats, &options).unwrap().notes;
    assert_eq!(notes, expected);
}

/// 100 MiB of objects, 110 in spans and 10 idle; 140 in all.
fn process(max_rss: u64) -> MemStats {
    MemStats {
        sys: 140 * MIB,
        heap_alloc: 100 * MIB,
        heap_sys: 120 * MIB,
        heap_inuse: 110 * MIB,
        heap_idle: 10 * MIB,
        stack_sys: 10 * MIB,
        next_gc: 160 * MIB,
        num_gc: 3,
        max_rss: (max_rss != 0).then_some(max_rss * MIB),
        ..MemStats::default()
    }
}

const NEXT: &str =
    "the next collection starts when the heap reaches 160MB (NextGC), 60MB more than now";

#[test]
fn a_resident_size_is_held_against_a_limit() {
    check_limit(
        Some(&process(0)),
        80,
        [160, 1000],
        &[
            NEXT,
            "the process is 840MB below the limit",
            "GOMEMLIMIT=900MiB makes Go (1.19 or later) collect before the limit is reached: it leaves \
             a tenth of the limit, or the memory outside Go, whichever is more",
        ],
    );
    // 60 outside Go are more than a tenth; 20 of the 60 to grow by are there already.
    check_limit(
        Some(&process(0)),
        80,
        [200, 230],
        &[
            NEXT,
            "the process is 30MB below the limit",
            "the heap can grow by 60MB before the next collection, which passes the limit",
            "GOMEMLIMIT=170MiB makes Go (1.19 or later) collect before the limit is reached: it leaves \
             a tenth of the limit, or the memory outside Go, whichever is more",
        ],
    );
}

const THRASHES: &str = "a GOMEMLIMIT for this limit would make Go collect all the time: Go \
    cannot release 170MB (the live heap with its spans, stacks, the runtime, memory outside Go), \
    and the GC needs a quarter of the live heap besides";

#[test]
fn what_cannot_be_released_must_fit_with_room_for_the_collector() {
    let above = "the process is 10MB above the limit";
    // 80 live, 30 around it, 60 outside Go: a quarter of 80 fits into 190, not into 189.
    let fits = "GOMEMLIMIT=130MiB makes Go (1.19 or later) collect before the limit is reached: it \
        leaves a tenth of the limit, or the memory outside Go, whichever is more";
    check_limit(Some(&process(0)), 80, [200, 190], &[NEXT, above, fits]);
    let above = "the process is 11MB above the limit";
    check_limit(Some(&process(0)), 80, [200, 189], &[NEXT, above, THRASHES]);
    let full = "no GOMEMLIMIT can keep this limit: Go cannot release 170MB (the live heap with \
        its spans, stacks, the runtime, memory outside Go), more than the limit; raise the limit, \
        or reduce the heap";
    let above = "the process is 31MB above the limit";
    check_limit(Some(&process(0)), 80, [200, 169], &[NEXT, above, full]);
}

#[test]
fn of_a_peak_nothing_is_told_that_holds_for_now() {
    check_limit(
        Some(&process(900)),
        80,
        [0, 1000],
        &[
            NEXT,
            "at its peak the process was 100MB below the limit",
            "for a GOMEMLIMIT, give the RSS of now",
        ],
    );
    check_limit(
        Some(&process(900)),
        80,
        [0, 100],
        &[
            NEXT,
            "at its peak the process was 800MB above the limit",
            "no GOMEMLIMIT can keep this limit: Go cannot release 110MB (the live heap with \
             its spans, stacks, the runtime), more than the limit; raise the limit, or reduce \
             the heap",
        ],
    );
}

#[test]
fn without_a_resident_size_a_tenth_is_left_for_what_is_outside() {
    check_limit(
        Some(&process(0)),
        80,
        [0, 1000],
        &[
            NEXT,
            "860MB below the limit are left for memory outside Go",
            "GOMEMLIMIT=900MiB makes Go (1.19 or later) collect before the limit is reached: it leaves \
             a tenth of the limit for memory outside Go, which is not known",
        ],
    );
}

#[test]
fn without_statistics_the_live_heap_must_fit() {
    check_limit(
        None,
        80,
        [300, 1000],
        &[
            "the process is 700MB below the limit",
            "GOMEMLIMIT=900MiB makes Go (1.19 or later) collect before the limit is reached: it leaves \
             a tenth of the limit for memory outside Go, which is not known",
        ],
    );
    check_limit(
        None,
        170,
        [300, 150],
        &[
            "the process is 150MB above the limit",
            "no GOMEMLIMIT can keep this limit: Go cannot release 170MB (the live heap), more \
             than the limit; raise the limit, or reduce the heap",
        ],
    );
    check_limit(
        None,
        170,
        [180, 200],
        &[
            "the process is 20MB below the limit",
            "a GOMEMLIMIT for this limit would make Go collect all the time: Go cannot release \
             170MB (the live heap), and the GC needs a quarter of the live heap besides",
        ],
    );
}

#[test]
fn a_gogc_that_is_given_is_not_needed_where_the_next_collection_is_known() {
    let options = MemoryOptions {
        gogc: Some(Gogc::Percent(50)),
        ..MemoryOptions::default()
    };
    let notes = apart(1, None, Some(&process(0)), &options).unwrap().notes;
    let unused = "the given GOGC is not used, because NextGC is known";
    assert_eq!(notes, [NEXT, unused]);
}

#[test]
fn a_size_below_what_the_dump_holds_is_doubted() {
    let check = |rss: u64, stats: Option<&MemStats>, expected: &[&str]| {
        let options = MemoryOptions {
            rss: Some(rss * MIB),
            limit: Some(1000 * MIB),
            gogc: None,
            stats: None,
        };
        let memory = apart(80 << 20, None, stats, &options).unwrap();
        assert_eq!(memory.warnings, expected);
        // What follows from it is not told.
        let is_held = memory.notes.iter().any(|note| note.contains("limit"));
        assert_eq!(is_held, expected.is_empty());
    };
    check(140, Some(&process(0)), &[]);
    check(
        139,
        Some(&process(0)),
        &[
            "the RSS of 139MB is less than what the Go runtime holds, 140MB: it is of another \
             time or process, or memory is swapped out or was never touched",
        ],
    );
    check(80, None, &[]);
    check(
        79,
        None,
        &[
            "the RSS of 79MB is less than the live heap, 80MB: it is of another time or process, \
             or memory is swapped out or was never touched",
        ],
    );
}

#[test]
fn what_there_is_nothing_of_has_no_remedy() {
    let memory = apart(420, None, Some(&stats()), &MemoryOptions::default()).unwrap();
    assert_eq!((memory.rows[1].low, &memory.rows[1].remedy), (-20, &None));
    assert!(memory.rows[0].remedy.is_some());
}

/// 400 bytes in use.
fn builder() -> ProfileBuilder {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    builder.sample(&[], &[400], &[]).expect("one value");
    builder
}

#[test]
fn what_changed_is_no_process() {
    let mut builder = builder();
    builder.header().period_type = builder.value_type("space", "bytes");
    builder.header().duration_nanos = 30_000_000_000;
    let options = MemoryOptions {
        rss: Some(1500),
        ..MemoryOptions::default()
    };
    assert_eq!(memory(&builder.finish(), &options), Err(MemoryError::Delta));
    let mut difference = self::builder();
    difference.sample(&[], &[-1], &[]).expect("one value");
    let error = memory(&difference.finish(), &options);
    assert_eq!(error, Err(MemoryError::Delta));
}

#[test]
fn statistics_that_are_missing_are_told_of() {
    let mut builder = builder();
    builder.header().mem_stats_fault = Some(MemStatsFault::Missing);
    let profile = builder.finish();
    let options = MemoryOptions::default();
    let error = memory(&profile, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the size of the process is not known: the text has no runtime.MemStats at its end, which \
         Go writes: it was cut; give its RSS, or fetch the heap again"
    );
    let options = MemoryOptions {
        rss: Some(1500),
        ..options
    };
    let warnings = memory(&profile, &options).unwrap().warnings;
    assert_eq!(warnings, [MemStatsFault::Missing.to_string()]);
}

#[test]
fn without_any_size_nothing_can_be_said() {
    let options = MemoryOptions::default();
    assert_eq!(apart(1, None, None, &options), Err(MemoryError::NoSize));
}
