//! Snapshots, their order, their runs, and growth.

use super::*;
use crate::Heap;
use crate::attribute::Rules;
use crate::fixture::{View, check, profile_of, view};
use crate::profile::{Mapping, ProfileBuilder};

/// Where a test's snapshot comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    name: &'static str,
    program: &'static str,
    build: &'static str,
    minutes: i64,
    vdso: u64,
}

pub(super) const SERVER: From = From {
    name: "a",
    program: "/bin/server",
    build: "one",
    minutes: 1,
    vdso: 0x7000,
};

fn snapshot_of(from: From, sample_type: &'static str, stacks: &str) -> Snapshot {
    let mut builder = ProfileBuilder::new();
    for (path, build, start) in [
        (from.program, from.build, 0x1000),
        ("[vdso]", "", from.vdso),
    ] {
        let (filename, build_id) = (builder.string(path), builder.string(build));
        builder.mapping(Mapping {
            filename,
            build_id,
            start,
            ..Mapping::default()
        });
    }
    builder.header().time_nanos = from.minutes * 60_000_000_000;
    builder.header().period = 512 * 1024;
    builder.header().period_type = builder.value_type("space", "bytes");
    let selection = View::of(profile_of(builder, stacks))
        .sample_type(sample_type)
        .select();
    Snapshot::new(&Heap::new(selection), from.name, &Keys::default())
}

/// With all four columns of a heap profile.
pub(super) fn snapshot(from: From, stacks: &str) -> Snapshot {
    snapshot_of(from, "inuse_space", stacks)
}

/// Snapshots a minute apart, of one function that holds so much, in objects that are all sampled.
pub(super) fn snapshots(values: &[i64]) -> Vec<Snapshot> {
    let each = values.iter().enumerate().map(|(at, value)| {
        let name = ["a", "b", "c", "d", "e", "f"][at];
        let minutes = at as i64 + 1;
        let from = From {
            name,
            minutes,
            ..SERVER
        };
        let stack = format!("main;load 100 100000 1 {value} bytes={}", i64::MAX / 2);
        snapshot(from, &stack)
    });
    each.collect()
}

fn table(snapshot: &Snapshot, by: By) -> String {
    let rows = snapshot.by(by).unwrap().iter();
    let rows = rows.map(|(key, amount)| format!("{} {key}\n", amount.value));
    rows.collect()
}

#[track_caller]
fn check_table(by: By, stacks: &str, expected: &str) {
    check(&table(&snapshot(SERVER, stacks), by), expected);
}

#[test]
fn functions_are_the_leaves_by_what_survives_a_rebuild() {
    check_table(
        By::Function,
        "main;k8s.io/kubernetes/vendor/k8s.io/klog/v2.Load.func1 1 1 1 10
         main;k8s.io/klog.Load.func2.1 1 1 1 5
         main;k8s.io/api/autoscaling/v2.Load 1 1 1 7
         main;lib.Copy[go.shape.int] 1 1 1 3
         1 1 1 2",
        "2 (no function)
         7 k8s.io/api/autoscaling/v2.Load
         15 k8s.io/klog.Load.func
         3 lib.Copy[...]",
    );
}

#[test]
fn a_path_is_the_leaf_and_the_nearest_callers_of_three_other_packages() {
    check_table(
        By::Path,
        "main.main;d.D;c.Other;c.C;b.B;b.Inner;a.Caller;a.Leaf 1 1 1 10",
        "10 d.D → c.C → b.Inner → a.Leaf",
    );
    check_table(By::Path, "a.Leaf 1 1 1 10", "10 a.Leaf");
}

#[test]
fn every_table_adds_up_to_the_total() {
    let stacks = "main.a;lib.b 1 1 1 10\nmain.a 1 1 1 -4\nother.c;lib.b 1 1 1 20";
    let snapshot = snapshot(SERVER, stacks);
    assert_eq!(snapshot.origin.total.value, 26);
    for by in By::ALL {
        let sum: i64 = snapshot
            .by(by)
            .unwrap()
            .values()
            .map(|amount| amount.value)
            .sum();
        assert_eq!(sum, 26, "{by:?}");
    }
    assert_eq!(table(&snapshot, By::Package), "30 lib\n-4 main\n");
}

#[test]
fn amounts_know_how_far_sampling_lets_them_stray() {
    let snapshot = snapshot(SERVER, "main;load 6 3145728 6 3145728 bytes=524288");
    let amount = snapshot.by(By::Function).unwrap()["load"];
    let expected = crate::arithmetic::variance(6.0, 524_288.0, 524_288.0) * 524_288.0_f64.powi(2);
    assert_eq!(amount.variance, expected);
    assert_eq!(snapshot.origin.total.variance, expected);
}

#[test]
fn keys_are_kept_once_for_all_snapshots() {
    let keys = Keys::default();
    let one = || {
        let selection = View::of(profile_of(ProfileBuilder::new(), "main;load 1")).select();
        Snapshot::new(&Heap::new(selection), "a", &keys)
    };
    let [a, b] = [one(), one()];
    let key = |snapshot: &Snapshot| snapshot.by(By::Function).unwrap().keys().next().cloned();
    let (Some(a), Some(b)) = (key(&a), key(&b)) else {
        panic!("there is a function");
    };
    assert!(std::sync::Arc::ptr_eq(&a, &b));
}

#[test]
fn times_decide_the_order_and_names_where_they_are_equal() {
    let mut all = snapshots(&[1, 2, 3]);
    all[2].origin.time_nanos = all[1].origin.time_nanos;
    all.reverse();
    let series = Series::new(all).unwrap();
    let names: Vec<&str> = (series.snapshots.iter())
        .map(|snapshot| snapshot.origin.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(series.order, Order::Time);
}

#[test]
fn without_times_names_decide_and_that_is_said() {
    let mut all = snapshots(&[1, 2, 3]);
    all[0].origin.time_nanos = None;
    all.reverse();
    let series = Series::new(all).unwrap();
    assert_eq!(series.order, Order::Untimed(1));
    assert_eq!(series.snapshots[0].origin.name, "a");
    let mut same = snapshots(&[1, 2]);
    same[1].origin.time_nanos = same[0].origin.time_nanos;
    let series = Series::new(same).unwrap();
    assert_eq!(series.order, Order::SameTime);
    let growth = series
        .growth(&(0..2), By::Function, &GrowthThresholds::default())
        .unwrap();
    assert_eq!(growth.rows[0].per_hour, None);
}

#[track_caller]
fn check_refused(snapshots: Vec<Snapshot>, expected: &str) {
    let error = Series::new(snapshots).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_is_no_series_is_refused_by_name() {
    check_refused(vec![], "no dumps to follow");
    check_refused(
        snapshots(&[1]),
        "a series takes two dumps or more, and a is the only one",
    );
    let stack = "main;load 1 1 1 1";
    let other = From {
        name: "b",
        program: "/bin/client",
        ..SERVER
    };
    check_refused(
        vec![snapshot(other, stack), snapshot(SERVER, stack)],
        "dumps of different programs: a is of server, b of client",
    );
    let allocs = From {
        name: "b",
        ..SERVER
    };
    check_refused(
        vec![
            snapshot(SERVER, stack),
            snapshot_of(allocs, "alloc_space", stack),
        ],
        "dumps of different sample types: a counts inuse_space in bytes, b alloc_space in bytes",
    );
}

/// What parts a server from a later snapshot of it.
#[track_caller]
fn check_note(later: From, stacks: &str, expected: &[Note]) {
    let before = snapshot(SERVER, "main;load 10 1000 1 100\nmain;b 1 1 1 1");
    let after = snapshot(later, stacks);
    assert_eq!(notes(&before, &after), expected);
}

pub(super) const CLIENT: From = From {
    program: "/bin/client",
    ..LATER
};

const LATER: From = From {
    name: "b",
    minutes: 2,
    ..SERVER
};

#[test]
fn what_a_living_process_does_needs_no_note() {
    check_note(LATER, "main;load 11 1100 2 200\nmain;b 1 1 1 1", &[]);
}

#[test]
fn a_restart_shows_in_counters_and_in_addresses() {
    let counters = Note::Restart(RestartSign::Counters);
    check_note(LATER, "main;load 9 999 2 200", &[counters]);
    let moved = From {
        vdso: 0x8000,
        ..LATER
    };
    let addresses = Note::Restart(RestartSign::Addresses);
    check_note(moved, "main;load 20 2000 2 200", &[addresses]);
}

#[test]
fn a_function_that_allocated_less_than_before_shows_a_restart() {
    let of = |from, stacks| snapshot_of(from, "alloc_space", stacks);
    let before = of(SERVER, "main;a 10 1000 1 1\nmain;b 10 1000 1 1");
    let after = of(LATER, "main;a 30 3000 1 1\nmain;b 2 200 1 2");
    let restart = Note::Restart(RestartSign::Counters);
    assert_eq!(notes(&before, &after), [restart]);
    // A text is scaled up here, and rounded otherwise than the runtime rounds.
    let after = of(LATER, "main;a 30 3000 1 1\nmain;b 10 999 1 2");
    assert_eq!(notes(&before, &after), []);
}

#[test]
fn names_go_by_the_numbers_in_them() {
    let sorted = [
        "",
        "a",
        "a2",
        "a10",
        "a10b",
        "a10b3",
        "a99999999999999999999",
        "ab",
        "b02",
        "b2",
        "b2b",
        "b02c",
    ];
    for (at, a) in sorted.iter().enumerate() {
        for (other, b) in sorted.iter().enumerate() {
            assert_eq!(compare_names(a, b), at.cmp(&other), "{a} {b}");
        }
    }
}

#[test]
fn the_order_of_time_decides_which_way_counters_go() {
    let earlier = From {
        minutes: 0,
        ..LATER
    };
    let before = snapshot(SERVER, "main;load 10 1000 1 100");
    let mut after = snapshot(earlier, "main;load 9 900 2 200");
    after.origin.time_nanos = Some(30_000_000_000);
    let notes_of = notes(&before, &after);
    assert_eq!(
        notes_of,
        [Note::Reversed {
            nanos: Some(30_000_000_000)
        }]
    );
}

#[test]
fn without_times_the_counters_of_one_process_show_the_order() {
    let mut before = snapshot(SERVER, "main;load 10 1000 1 100");
    let mut after = snapshot(SERVER, "main;load 9 900 2 200");
    before.origin.time_nanos = None;
    after.origin.time_nanos = None;
    let unclear = Note::Restart(RestartSign::UntimedCounters);
    before.origin.process = None;
    assert_eq!(notes(&before, &after), [unclear]);
    before.origin.process = Some(1);
    after.origin.process = Some(1);
    assert_eq!(notes(&before, &after), [Note::Reversed { nanos: None }]);
}

#[test]
fn a_text_and_the_file_of_the_same_dump_have_no_order() {
    let before = snapshot(SERVER, "main;load 10 1000 1 100");
    let mut text = before.clone();
    text.origin.program = None;
    text.origin.time_nanos = before.origin.time_nanos.map(|nanos| nanos - 1);
    text.origin.levels = None;
    assert_eq!(notes(&before, &text), [Note::SameDump]);
}

#[test]
fn only_equal_counters_mean_that_no_collection_finished() {
    let same = "main;load 10 1000 1 100\nmain;b 1 1 1 1";
    check_note(LATER, same, &[Note::NoCollection]);
    check_note(LATER, &same.replace("1000", "1200"), &[]);
    check_note(SERVER, same, &[Note::SameDump]);
}

#[test]
fn a_steady_heap_between_two_collections_is_no_missing_one() {
    let mut before = snapshot(SERVER, "main;load 10 1000 1 100\nmain;b 1 1 1 1");
    let mut after = snapshot(LATER, "main;load 10 1000 1 100\nmain;b 1 1 1 1");
    before.origin.collections = Some(13);
    after.origin.collections = Some(15);
    assert_eq!(notes(&before, &after), []);
    after.origin.collections = Some(13);
    assert_eq!(notes(&before, &after), [Note::NoCollection]);
}

#[test]
fn other_programs_builds_and_periods_are_said() {
    let other = From {
        program: "/bin/client",
        ..LATER
    };
    let programs = Note::Programs {
        before: "server".to_owned(),
        after: "client".to_owned(),
    };
    check_note(other, "main;load 9 900 1 100", &[programs]);
    let rebuilt = From {
        build: "two",
        ..LATER
    };
    let builds = Note::Builds {
        before: "one".to_owned(),
        after: "two".to_owned(),
    };
    check_note(rebuilt, "main;load 9 900 1 100", &[builds]);
    // A build that nobody knows does not differ.
    let mut unnamed = snapshot(LATER, "main;load 11 1100 2 200");
    unnamed.origin.build_id = None;
    assert_eq!(
        notes(&snapshot(SERVER, "main;load 10 1000 1 100"), &unnamed),
        []
    );
    let before = snapshot(SERVER, "main;load 10 1000 1 100");
    let mut after = snapshot(LATER, "main;load 11 1100 2 200");
    if let Some(period) = &mut after.origin.period {
        period.value = 4096;
    }
    let periods = Note::Periods {
        before: "512kB of space".to_owned(),
        after: "4kB of space".to_owned(),
    };
    assert_eq!(notes(&before, &after)[0], periods);
}

#[test]
fn what_go_renamed_is_said() {
    let before = snapshot(SERVER, "main;bytes.makeSlice 1 1 1 1");
    let after = snapshot(LATER, "main;bytes.growSlice 2 2 2 2");
    let is_renamed = |note: &Note| {
        matches!(note, Note::Renamed(rename) if (rename.old, rename.new)
            == ("bytes.makeSlice", "bytes.growSlice"))
    };
    assert!(is_renamed(&notes(&before, &after)[0]));
    assert!(is_renamed(notes(&after, &before).last().unwrap()));
}

#[test]
fn parts_of_other_rules_are_noted() {
    let by = |rules: &str| {
        let rules = Arc::new(Rules::parse(rules).expect("rules"));
        let heap = Heap::new(view("main;load 100").select()).with_rules(&rules);
        Snapshot::new(&heap, "a", &Keys::default())
    };
    let (none, one) = (by(""), by("[frames]\nload = '^load$'"));
    assert!(notes(&none, &one).contains(&Note::Rules));
    assert!(!notes(&one, &one).contains(&Note::Rules));
}

#[test]
fn a_restart_parts_a_series_and_the_newest_run_is_followed() {
    let mut all = snapshots(&[1, 2, 3, 4, 5, 6]);
    for snapshot in &mut all[3..] {
        snapshot.origin.process = Some(1);
    }
    all[5].origin.build_id = Some("two".to_owned());
    let series = Series::new(all).unwrap();
    assert_eq!(series.runs, [0..3, 3..5, 5..6]);
    assert_eq!(series.newest_run_of_several(), Some(3..5));
    let at: Vec<usize> = series.notes.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [3, 5]);
}

/// Rows as key, first, last, share in percent, steps up in percent, by hour, pattern.
#[track_caller]
fn check_growth(snapshots: Vec<Snapshot>, expected: &str) {
    let growth = growth(&snapshots, By::Function, &GrowthThresholds::default()).unwrap();
    let rows = growth.rows.iter().map(|row| {
        format!(
            "{} {} {} {:.0} {:.0} {:.0} {}\n",
            row.name,
            row.first(),
            row.last(),
            row.share * 100.0,
            row.steps_up * 100.0,
            row.per_hour.unwrap_or(f64::NAN),
            row.pattern.map_or("none", GrowthPattern::name),
        )
    });
    check(&rows.collect::<String>(), expected);
}

#[test]
fn growth_is_shown_with_slope_share_and_verdict() {
    check_growth(
        snapshots(&[100, 200, 300, 400]),
        "load 100 400 100 100 6000 grows",
    );
    check_growth(snapshots(&[400, 100]), "load 400 100 100 0 -18000 shrinks");
}

#[test]
fn names_that_come_and_go_count_as_0_where_they_are_absent() {
    let later = snapshot(LATER, "main;new 9 9 9 900\nmain;load 1 1 1 50");
    let before = snapshot(SERVER, "main;old 1 1 1 300\nmain;load 1 1 1 50");
    let growth = growth(&[before, later], By::Function, &GrowthThresholds::default()).unwrap();
    assert_eq!((growth.gained, growth.lost), (900, 300));
    let rows: Vec<(&str, i128)> = (growth.rows.iter())
        .map(|row| (&*row.name, row.delta()))
        .collect();
    assert_eq!(rows, [("new", 900), ("old", -300), ("load", 0)]);
    assert_eq!(growth.total.delta(), 600);
}

#[test]
fn a_counter_is_judged_by_its_rate() {
    let counted = |minutes: i64, value: i64| {
        let from = From { minutes, ..SERVER };
        let stack = format!("main;load {value} {value} 1 1 bytes={}", i64::MAX / 2);
        snapshot_of(from, "alloc_space", &stack)
    };
    let steady = vec![counted(1, 100), counted(2, 200), counted(3, 300)];
    check_growth(steady, "load 100 300 100 100 6000 flat");
    // One rate says nothing of rates.
    check_growth(
        vec![counted(1, 100), counted(2, 200)],
        "load 100 200 100 100 6000 none",
    );
    let faster = vec![
        counted(1, 100),
        counted(2, 200),
        counted(3, 400),
        counted(4, 900),
    ];
    check_growth(faster, "load 100 900 100 100 16000 grows");
}

#[test]
fn little_changes_beside_a_large_one_are_not_telling() {
    let before = snapshot(SERVER, "main;a 1 1 1 10\nmain;b 1 1 1 10\nmain;c 1 1 1 10");
    let after = snapshot(
        LATER,
        "main;a 2 2 2 1010\nmain;b 2 2 2 110\nmain;c 2 2 2 100",
    );
    let mut snapshots = [before, after];
    for snapshot in &mut snapshots {
        snapshot.origin.period = None;
    }
    let thresholds = GrowthThresholds {
        deviations: 0.0,
        ..GrowthThresholds::default()
    };
    let growth = growth(&snapshots, By::Function, &thresholds).unwrap();
    let telling: Vec<&str> = growth.telling(&thresholds).map(|row| &*row.name).collect();
    assert_eq!(telling, ["a", "b"]);
}

#[test]
fn a_snapshot_without_a_program_may_be_of_any() {
    let text = From {
        program: "",
        build: "",
        ..LATER
    };
    let stack = "main;load 1 1 1 1";
    let mut unnamed = snapshot(text, "main;load 2 2 2 2");
    (unnamed.origin.program, unnamed.origin.build_id) = (None, None);
    let named = snapshot(SERVER, stack);
    assert_eq!(notes(&named, &unnamed), []);
    let mut earlier = unnamed.clone();
    earlier.origin.name = "0".to_owned();
    earlier.origin.time_nanos = Some(1);
    let series = Series::new(vec![named, unnamed]).unwrap();
    assert_eq!(series.newest_run_of_several(), Some(0..2));
    let mut last = snapshot(
        From {
            minutes: 3,
            name: "c",
            ..SERVER
        },
        stack,
    );
    last.origin.program = Some("client".to_owned());
    check_refused(
        vec![earlier, snapshot(SERVER, stack), last],
        "dumps of different programs: a is of server, c of client",
    );
}

#[test]
fn the_pace_of_a_counter_has_the_error_of_what_it_counted() {
    let counted = |minutes: i64, objects: i64| {
        let from = From { minutes, ..SERVER };
        let bytes = objects * 4096;
        let stack = format!("main;load {objects} {bytes} 1 1 bytes=4096");
        snapshot_of(from, "alloc_space", &stack)
    };
    let snapshots = [counted(30, 20_000), counted(60, 40_000)];
    let row = growth(&snapshots, By::Function, &GrowthThresholds::default())
        .unwrap()
        .total;
    assert!(row.standard_error > 0.0);
    assert_eq!(row.per_hour_error, Some(row.standard_error * 2.0));
    assert_eq!(row.per_hour, Some(20_000.0 * 4096.0 * 2.0));
    let levels = [counted(30, 20_000), counted(60, 40_000)].map(|mut snapshot| {
        snapshot.origin.sample_type = "inuse_space".to_owned();
        snapshot
    });
    let row = growth(&levels, By::Function, &GrowthThresholds::default())
        .unwrap()
        .total;
    let error = row.per_hour_error.unwrap();
    assert!((error / row.standard_error - 2.0).abs() < 1e-9);
}

#[test]
fn what_changed_in_a_while_is_said_to_be_that() {
    let before = snapshot(SERVER, "main;load 10 1000 1 100");
    let mut after = snapshot(LATER, "main;load 11 1100 2 200");
    after.origin.delta_nanos = Some(30_000_000_000);
    let delta = Note::Delta {
        nanos: 30_000_000_000,
        is_both: false,
    };
    assert_eq!(notes(&before, &after)[0], delta);
}

#[test]
fn what_begins_to_grow_late_grows() {
    let growth = |values: &[i64]| {
        let run = snapshots(values);
        let growth = growth(&run, By::Function, &GrowthThresholds::default()).unwrap();
        (growth.rows[0].pattern, growth.total.pattern)
    };
    let both = |pattern| (Some(pattern), Some(pattern));
    let late = [1000, 1000, 1000, 1000, 2000, 3000];
    assert_eq!(growth(&late), both(GrowthPattern::Grows));
    let uneven = [1000, 5000, 4900, 4800, 4700, 5100];
    assert_eq!(growth(&uneven), both(GrowthPattern::Rises));
}

#[test]
fn dumps_of_one_burst_cover_little_of_their_span() {
    let covered = |times: &[i64]| covered_nanos(times.iter().map(|&time| Some(time)));
    assert_eq!(covered(&[0, 5, 10]), Some(10));
    assert_eq!(covered(&[0, 1, 2, 3, 660]), Some(6));
    assert_eq!(covered(&[0, 600]), Some(0));
    assert_eq!(covered_nanos([Some(0), None].into_iter()), None);
}

#[test]
fn dumps_that_have_little_in_common_are_refused() {
    const NAMES: [&str; 2] = ["a", "b"];
    let series = |dumps: usize, is_each_its_own: bool| {
        let snapshots = (0..dumps).map(|dump| {
            let owner = if is_each_its_own { dump } else { 0 };
            let stacks = (0..100).map(|number| format!("main;load{owner}x{number} 1 1 1 1"));
            let from = From {
                name: NAMES[dump % 2],
                minutes: dump as i64 + 1,
                ..SERVER
            };
            snapshot(from, &stacks.collect::<Vec<_>>().join("\n"))
        });
        Series::new(snapshots.collect())
    };
    assert!(series(110, false).is_ok());
    let error = series(110, true).unwrap_err().to_string();
    let expected = "11000 different names in 110 dumps are too many to follow";
    assert_eq!(error, expected);
}

#[test]
fn a_path_has_the_beginning_and_the_end_of_a_long_name() {
    let name = format!("{}é{}", "a".repeat(115), "b".repeat(1000));
    let stacks = format!("main;lib.{name} 1 1 1 2");
    let expected = format!("main{ARROW}lib.{}é…{}", "a".repeat(115), "b".repeat(120));
    check_table(By::Path, &stacks, &format!("2 {expected}"));
}

#[test]
fn a_window_is_checked_as_a_whole() {
    let own = snapshot(SERVER, "main;load 1 1 1 1");
    let mut text = own.clone();
    text.origin.program = None;
    let other = snapshot(CLIENT, "main;load 1 1 1 1");
    let objects = snapshot_of(LATER, "inuse_objects", "main;load 1 1 1 1");
    assert_eq!(Series::check([]), Ok(()));
    assert_eq!(Series::check([&own]), Ok(()));
    // The text goes with each of the two programs, which do not go with each other.
    assert_eq!(Series::check([&own, &text]), Ok(()));
    assert_eq!(Series::check([&text, &other]), Ok(()));
    let fault = Series::check([&own, &text, &other]);
    assert!(
        matches!(fault, Err(SeriesError::Programs { .. })),
        "{fault:?}"
    );
    assert_eq!(
        fault,
        Series::new(vec![own.clone(), text, other]).map(|_| ())
    );
    let fault = Series::check([&own, &objects]);
    assert!(
        matches!(fault, Err(SeriesError::SampleTypes { .. })),
        "{fault:?}"
    );
}

#[test]
fn a_window_of_too_many_names_is_found_before_it_is_a_series() {
    let own_names = |at: usize| -> String {
        let stack = |name| format!("main.load{at}x{name} 1 1 1 1\n");
        (0..30).map(stack).collect()
    };
    let snapshots = (0..300).map(|at| snapshot(SERVER, &own_names(at)));
    let snapshots: Vec<Snapshot> = snapshots.collect();
    let fault = Series::check(&snapshots);
    assert!(
        matches!(fault, Err(SeriesError::TooManyNames { .. })),
        "{fault:?}"
    );
}

#[test]
fn a_part_of_a_heap_is_no_earlier_or_later_heap() {
    let whole = snapshot(SERVER, "main;load 1 1 1 1");
    let mut part = snapshot(LATER, "main;load 1 1 1 1");
    part.origin.is_fragment = true;
    let check = |before, after, expected: Option<Note>| {
        let notes = notes(before, after);
        let found = notes
            .into_iter()
            .find(|n| matches!(n, Note::Fragment { .. }));
        assert_eq!(found, expected);
    };
    check(&whole, &whole, None);
    check(&whole, &part, Some(Note::Fragment { is_both: false }));
    check(&part, &part, Some(Note::Fragment { is_both: true }));
}
