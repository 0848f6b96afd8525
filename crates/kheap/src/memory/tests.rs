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
    // What was returned may all have been resident at the peak.
    assert_eq!(exact(350, &peak, None), [350, 50, 100, 200, 60, 140, 50, 0]);
    assert_eq!(exact(350, &stats(), None), [350, 50, 100, 200, 60, 140]);
}

#[test]
fn what_is_less_than_nothing_is_shown() {
    assert_eq!(
        exact(420, &stats(), Some(800)),
        [420, -20, 100, 200, 60, 140, -100]
    );
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

/// So many MiB in bytes.
const fn mib(count: i64) -> i64 {
    count << 20
}

/// All notes on a process of that many MiB, with the live heap, what is free in the
/// spans, the size and the limit in MiB. Stacks and the runtime take 10 each.
#[track_caller]
fn check_limit(stats: Option<&MemStats>, live: u64, options: [u64; 2], expected: &[MemoryNote]) {
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

const NEXT: MemoryNote = MemoryNote::NextCollection {
    at: mib(160),
    room: mib(60),
};

fn distance(size: Size, left: i64) -> MemoryNote {
    let left = mib(left);
    MemoryNote::Distance { size, left }
}

fn memory_limit(mebibytes: i64, is_outside_known: bool) -> MemoryNote {
    MemoryNote::MemoryLimit {
        mebibytes,
        is_outside_known,
    }
}

fn kept(bytes: i64, has_runtime: bool, has_outside: bool) -> Kept {
    Kept {
        bytes: mib(bytes),
        has_runtime,
        has_outside,
    }
}

#[test]
fn a_resident_size_is_held_against_a_limit() {
    let below = |left| distance(Size::Resident, left);
    check_limit(
        Some(&process(0)),
        80,
        [160, 1000],
        &[NEXT, below(840), memory_limit(900, true)],
    );
    // 60 outside Go are more than a tenth; 20 of the 60 to grow by are there already.
    let passes = MemoryNote::PassesLimit(mib(60));
    check_limit(
        Some(&process(0)),
        80,
        [200, 230],
        &[NEXT, below(30), passes, memory_limit(170, true)],
    );
}

#[test]
fn what_cannot_be_released_must_fit_with_room_for_the_collector() {
    let above = |left: i64| distance(Size::Resident, -left);
    let all = kept(170, true, true);
    // 80 live, 30 around it, 60 outside Go: a quarter of 80 fits into 190, not into 189.
    let fits = [NEXT, above(10), memory_limit(130, true)];
    check_limit(Some(&process(0)), 80, [200, 190], &fits);
    let thrashes = [NEXT, above(11), MemoryNote::Thrashing(all)];
    check_limit(Some(&process(0)), 80, [200, 189], &thrashes);
    let full = [NEXT, above(31), MemoryNote::Unkeepable(all)];
    check_limit(Some(&process(0)), 80, [200, 169], &full);
}

#[test]
fn a_peak_gives_no_memory_limit_for_now() {
    let peak = |left| distance(Size::Peak, left);
    check_limit(
        Some(&process(900)),
        80,
        [0, 1000],
        &[NEXT, peak(100), MemoryNote::OnlyPeak],
    );
    let full = MemoryNote::Unkeepable(kept(110, true, false));
    check_limit(Some(&process(900)), 80, [0, 100], &[NEXT, peak(-800), full]);
}

#[test]
fn without_a_resident_size_a_tenth_is_left_for_what_is_outside() {
    let left = distance(Size::Runtime, 860);
    check_limit(
        Some(&process(0)),
        80,
        [0, 1000],
        &[NEXT, left, memory_limit(900, false)],
    );
}

#[test]
fn without_statistics_the_live_heap_must_fit() {
    let left = |left| distance(Size::Resident, left);
    let live = kept(170, false, false);
    let fits = [left(700), memory_limit(900, false)];
    check_limit(None, 80, [300, 1000], &fits);
    let full = [left(-150), MemoryNote::Unkeepable(live)];
    check_limit(None, 170, [300, 150], &full);
    let thrashes = [left(20), MemoryNote::Thrashing(live)];
    check_limit(None, 170, [180, 200], &thrashes);
}

#[test]
fn a_gogc_that_is_given_is_not_needed_where_the_next_collection_is_known() {
    let options = MemoryOptions {
        gogc: Some(Gogc::Percent(50)),
        ..MemoryOptions::default()
    };
    let notes = apart(1, None, Some(&process(0)), &options).unwrap().notes;
    assert_eq!(notes, [NEXT, MemoryNote::GogcUnused]);
}

#[test]
fn a_size_below_what_the_dump_holds_is_doubted() {
    let check = |rss: i64, stats: Option<&MemStats>, least: Option<i64>| {
        let options = MemoryOptions {
            rss: Some(mib(rss).unsigned_abs()),
            limit: Some(1000 * MIB),
            gogc: None,
            stats: None,
        };
        let memory = apart(80 << 20, None, stats, &options).unwrap();
        let expected = least.map(|least| MemoryWarning::SmallRss {
            rss: mib(rss),
            least: mib(least),
            is_runtime: stats.is_some(),
        });
        assert_eq!(memory.warnings, Vec::from_iter(expected));
        // A wrong size is not held against a limit.
        let is_distance = |note: &MemoryNote| matches!(note, MemoryNote::Distance { .. });
        assert_eq!(memory.notes.iter().any(is_distance), least.is_none());
    };
    check(140, Some(&process(0)), None);
    check(139, Some(&process(0)), Some(140));
    check(80, None, None);
    check(79, None, Some(80));
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
    let mut builder = ProfileBuilder::new();
    builder.sample_type("alloc_space", "bytes");
    builder.sample_type("inuse_space", "bytes");
    builder.sample(&[], &[400, 400], &[]).expect("two values");
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
fn statistics_that_are_missing_are_said() {
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
    assert_eq!(
        warnings,
        [MemoryWarning::Statistics(MemStatsFault::Missing)]
    );
}

#[test]
fn without_any_size_nothing_can_be_said() {
    let options = MemoryOptions::default();
    assert_eq!(apart(1, None, None, &options), Err(MemoryError::NoSize));
}
