use super::*;
use crate::fixture::{check, profile};
use crate::profile::ProfileBuilder;
use crate::{Selection, SelectionOptions};

const SECOND: i64 = 1_000_000_000;

/// Stacks with what was allocated and what is in use, at a time.
fn at(seconds: i64, stacks: &str) -> Profile {
    let mut profile = profile(&format!("# alloc_space/bytes inuse_space/bytes\n{stacks}"));
    profile.header.time_nanos = seconds * SECOND;
    profile
}

fn heap(profile: Profile) -> Heap<'static> {
    let sample_type = profile.sample_type(ALLOCATED).unwrap();
    Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

fn lifetimes_since(
    before: &Heap,
    elapsed: Elapsed,
    after: &Heap,
) -> Result<Lifetimes, LifetimesError> {
    let options = LifetimesOptions {
        before: Some((before, elapsed)),
        ..LifetimesOptions::default()
    };
    lifetimes(after, &options)
}

fn show(lifetimes: &Lifetimes) -> String {
    let rows = lifetimes.rows.iter().map(|row| {
        let ratio = row.live_ratio.map_or("-".to_owned(), |r| format!("{r:.2}"));
        let between = row.between.map_or(String::new(), |between| {
            let age = between.mean_age;
            let age = age.map_or("-".to_owned(), |age| format!("{age:.1}s"));
            format!(" {}/s {age}", between.per_second)
        });
        format!("{} {ratio}{between} {}\n", row.name, row.lifetime.name())
    });
    rows.collect()
}

#[track_caller]
fn check_one(stacks: &str, expected: &str) {
    let heap = heap(at(1, stacks));
    let lifetimes = lifetimes(&heap, &LifetimesOptions::default());
    check(&show(&lifetimes.unwrap()), expected);
}

#[track_caller]
fn check_two(before: &str, after: &str, expected: &str) {
    let (before, after) = (at(100, before), at(110, after));
    let elapsed = elapsed(&before, &after).unwrap();
    let lifetimes = lifetimes_since(&heap(before), elapsed, &heap(after));
    check(&show(&lifetimes.unwrap()), expected);
}

#[test]
fn the_live_ratio_shows_what_is_kept_from_what_is_thrown_away() {
    check_one(
        "main;keep  100 50
         main;half  100 49
         main;few   100  6
         main;throw 100  5
         main;none  100  0
         main;never   0  0",
        "keep  0.50 mostly-live
         half  0.49 partly-live
         few   0.06 partly-live
         throw 0.05 mostly-freed
         none  0.00 mostly-freed
         never -    idle",
    );
}

#[test]
fn ages_follow_from_the_level_and_the_rate() {
    // 10 seconds: 400 live at 200/s are 2 s old on average.
    check_two(
        "main;a 1000 400\nmain;b 50 20",
        "main;a 3000 400\nmain;b 250 20",
        "a 0.13 200/s 2.0s mixed
         b 0.08  20/s 1.0s churning",
    );
}

#[test]
fn what_grows_by_most_of_what_it_allocates_is_retained_and_has_no_age() {
    check_two(
        "main;leak 1000 1000\nmain;slow 1000 10",
        "main;leak 1400 1400\nmain;slow 1400 100",
        "leak 1.00 40/s -    retained
         slow 0.07 40/s 1.4s mixed",
    );
}

#[test]
fn what_is_allocated_less_than_once_over_is_retained_and_its_age_goes_beyond_the_dumps() {
    check_two(
        "main;cache 1000 800\nmain;still 64 64\nmain;gone 64 0",
        "main;cache 1400 800\nmain;still 64 64\nmain;gone 64 0",
        "cache 0.57 40/s 20.0s retained
         still 1.00  0/s -     retained
         gone  0.00  0/s -     idle",
    );
}

#[test]
fn what_was_there_before_is_kept_and_has_no_age_whatever_comes_beside_it() {
    let by_package = |before: &str, after: &str| {
        let (before, after) = (at(100, before), at(110, after));
        let elapsed = elapsed(&before, &after).unwrap();
        let (before, after) = (heap(before), heap(after));
        let options = LifetimesOptions {
            before: Some((&before, elapsed)),
            by: LifetimesBy::Package,
            ..LifetimesOptions::default()
        };
        lifetimes(&after, &options).unwrap()
    };
    let kept = by_package(
        "main;io.keep 100 100\nmain;io.read 1000 0",
        "main;io.keep 100 100\nmain;io.read 1200 0",
    );
    check(&show(&kept), "io 0.08 20/s - retained");
    // A package that throws most of it away: only the flow has an age.
    let churns = by_package(
        "main;io.keep 50 50\nmain;io.read 1000 50",
        "main;io.keep 50 50\nmain;io.read 3000 50",
    );
    check(&show(&churns), "io 0.03 200/s - churning");
    assert_eq!(churns.churning_age(), Some(0.25));
    assert_eq!(churns.rows[0].between.unwrap().untouched, 50);
}

#[test]
fn what_was_emptied_is_not_steady() {
    check_two(
        "main;a 1000 1000",
        "main;a 1100    0",
        "a 0.00 10/s - mixed",
    );
}

#[test]
fn a_site_of_one_sample_is_unclear() {
    let one = |objects: i64| {
        let mut builder = ProfileBuilder::new();
        for (kind, unit) in [("alloc_objects", "count"), (ALLOCATED, "bytes")] {
            builder.sample_type(kind, unit);
        }
        for (kind, unit) in [("inuse_objects", "count"), (IN_USE, "bytes")] {
            builder.sample_type(kind, unit);
        }
        let period = builder.value_type("space", "bytes");
        builder.header().period_type = period;
        builder.header().period = 512 << 10;
        let location = builder.location(None, 1, &[]);
        let values = [objects, objects * 64, 0, 0];
        builder.sample(&[location], &values, &[]).unwrap();
        let heap = heap(builder.finish());
        let lifetimes = lifetimes(&heap, &LifetimesOptions::default());
        lifetimes.unwrap().rows[0].lifetime
    };
    // A record stands for 8192 objects.
    assert_eq!(one(8192), Lifetime::Unclear);
    assert_eq!(one(8192 * 5), Lifetime::MostlyFreed);
}

#[test]
fn each_way_to_separate_sites_has_the_same_sums() {
    let stacks = "main;a/b.(*T).c 100 50\nmain;a/b.d 20 10\nmain;io.ReadAll 7 3\n 1 1";
    for by in [
        LifetimesBy::Function,
        LifetimesBy::Package,
        LifetimesBy::Part,
        LifetimesBy::Kind,
    ] {
        let heap = heap(at(1, stacks));
        let lifetimes = lifetimes(
            &heap,
            &LifetimesOptions {
                by,
                ..LifetimesOptions::default()
            },
        )
        .unwrap();
        let sum = |value: fn(&LifetimeRow) -> i64| lifetimes.rows.iter().map(value).sum::<i64>();
        assert_eq!(sum(|row| row.allocated), 128, "{by:?}");
        assert_eq!(sum(|row| row.inuse), 64, "{by:?}");
        assert_eq!(lifetimes.total.live_ratio, Some(0.5));
    }
}

#[track_caller]
fn check_error(before: &Profile, after: &Profile, expected: &str) {
    assert_eq!(elapsed(before, after).unwrap_err().to_string(), expected);
}

#[test]
fn what_shows_no_rate_is_refused() {
    let (old, new) = (at(100, "main 10 5"), at(110, "main 20 5"));
    assert_eq!(elapsed(&old, &new), Ok(Elapsed(10.0)));
    check_error(
        &at(100, "main 30 5"),
        &new,
        "the dumps are not of one process: a restart, or two servers (the allocation counters went down); give two dumps of one process",
    );
    // The sum went up all the same.
    check_error(
        &at(100, "main;a 10 5\nmain;b 10 5"),
        &at(110, "main;a 30 5\nmain;b 2 1"),
        "the dumps are not of one process: a restart, or two servers (the allocation counters went down); give two dumps of one process",
    );
    check_error(
        &old,
        &at(0, "main 20 5"),
        "a dump has no time, so there is no rate; a text of ?debug=1 has it in runtime.MemStats (LastGC)",
    );
    check_error(
        &old,
        &at(100, "main 20 5"),
        "both dumps have the same time, so there is no rate; give a later dump",
    );
    check_error(
        &at(130, "main 20 5"),
        &at(100, "main 10 5"),
        "the first dump is newer than the second by 30s; give the older one first",
    );
    check_error(
        &old,
        &at(110, "main 10 5"),
        "no GC finished in between, or nothing was allocated: both dumps are equal; wait longer, \
         or fetch with ?gc=1",
    );
    check_error(
        &profile("# inuse_space/bytes\nmain 1"),
        &new,
        "lifetimes take alloc_space and inuse_space",
    );
    let mut builder = ProfileBuilder::new();
    for kind in [ALLOCATED, IN_USE] {
        builder.sample_type(kind, "bytes");
    }
    let period = builder.value_type("space", "bytes");
    builder.header().period_type = period;
    builder.header().duration_nanos = 30 * SECOND;
    let delta = "a delta profile (?seconds=) or a difference shows what changed, not what is in use; \
                 fetch the heap itself";
    check_error(&old, &builder.finish(), delta);
    check_error(&old, &at(110, "main 20 -5"), delta);
}

#[test]
fn sites_of_one_lifetime_are_added_up_and_only_what_churns_has_an_age() {
    let (before, after) = (
        at(
            100,
            "main;keep 64 64\nmain;parse 1000 10\nmain;copy 1000 30",
        ),
        at(
            110,
            "main;keep 128 128\nmain;parse 2000 10\nmain;copy 2000 30",
        ),
    );
    let elapsed = elapsed(&before, &after).unwrap();
    let lifetimes = lifetimes_since(&heap(before), elapsed, &heap(after));
    let lifetimes = lifetimes.unwrap();
    let sites = |sites, inuse, allocated| Sites {
        sites,
        inuse,
        allocated,
    };
    assert_eq!(lifetimes.in_all(Lifetime::Retained), sites(1, 128, 64));
    assert_eq!(lifetimes.in_all(Lifetime::Churning), sites(2, 40, 2000));
    assert_eq!(lifetimes.in_all(Lifetime::Mixed), sites(0, 0, 0));
    // 40 are there, and 200 come by second.
    assert!((lifetimes.churning_age().unwrap() - 0.2).abs() < 1e-9);
}

#[test]
fn no_time_shows_no_rate() {
    for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Elapsed::from_seconds(seconds), None);
    }
    assert_eq!(Elapsed::from_seconds(2.0).map(Elapsed::seconds), Some(2.0));
}

#[cfg(feature = "encode")]
#[test]
fn samples_that_were_left_out_are_missed() {
    let mut file = Vec::new();
    crate::encode(&at(1, "main;keep 100 50\nmain;throw 100 0"), &mut file).unwrap();
    let read = |only: bool| {
        let limits = crate::Limits::default().default_type_only(only);
        crate::decode_reader(&file[..], &limits).unwrap()
    };
    assert_eq!(super::check(&read(false)), Ok(()));
    let lacking = read(true);
    assert_eq!(super::check(&lacking), Err(LifetimesError::LacksSamples));
    let refused = lifetimes(&heap(lacking), &LifetimesOptions::default());
    assert_eq!(refused.unwrap_err(), LifetimesError::LacksSamples);
}
