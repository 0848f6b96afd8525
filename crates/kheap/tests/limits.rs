//! Shapes that no heap has take no longer than their size says: no command looks
//! at everything again for each thing. Optimised, the shapes have a million parts.
//!
//! Equal hashes are no shape of their own: maps over what a file says are keyed
//! by a number that is new in each process, so that no file can aim at them.

#![cfg(all(feature = "diagnose", feature = "encode"))]
#![expect(clippy::print_stdout, reason = "figures that `--nocapture` shows")]

#[path = "common/growth.rs"]
mod growth;

use growth::{Clock, Laps};
use kheap::attribute::Dimensions;
use kheap::filter::{Filters, Pattern, TagFilter};
use kheap::profile::{BaseMode, LocationId};
use kheap::series::{self, By, Keys};
use kheap::sizes::SizesBy;
use kheap::{
    DiagnoseOptions, Granularity, GraphOptions, Heap, Profile, ProfileBuilder, Selection,
    SelectionOptions, Series, Snapshot,
};

/// Runs every command on a shape of two sizes.
fn check(fill: impl Fn(&mut ProfileBuilder, usize)) {
    growth::check(|size| laps(size, &fill));
}

/// How long each command takes.
fn laps(size: usize, fill: &impl Fn(&mut ProfileBuilder, usize)) -> Laps {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    fill(&mut builder, size);
    let profile = builder.finish();
    let mut clock = Clock::start();
    let mut file = Vec::new();
    kheap::encode(&profile, &mut file).expect("memory takes it");
    clock.lap("encode");
    assert_eq!(kheap::decode(&file).expect("we wrote it"), profile);
    clock.lap("decode");
    let twice = kheap::merge(vec![profile.clone(), profile.clone()]).expect("they add up");
    clock.lap("merge");
    kheap::subtract(twice, profile.clone(), BaseMode::Diff).expect("they subtract");
    clock.lap("subtract");
    let sample_type = profile.sample_type("").expect("there is one");
    Heap::mended(profile.clone(), sample_type, &SelectionOptions::default());
    clock.lap("mend");
    select(profile.clone(), &filtered());
    clock.lap("filters");
    for granularity in [Granularity::Functions, Granularity::Addresses] {
        let options = SelectionOptions::default().granularity(granularity);
        analyse(&select(profile.clone(), &options), &mut clock);
    }
    clock.laps
}

fn filtered() -> SelectionOptions {
    let name = |name| Some(Pattern::new(name).expect("an expression"));
    let filters = Filters::default()
        .focus(name("."))
        .ignore(name("nothing"))
        .hide(name("nothing"))
        .show(name("."))
        .show_from(name("."))
        .prune_from(name("nothing"))
        .tag_focus(None)
        .tag_ignore(TagFilter::new("bytes=1:2").expect("a filter"));
    SelectionOptions::default().filters(filters)
}

fn select(profile: Profile, options: &SelectionOptions) -> Heap<'static> {
    let sample_type = profile.sample_type("").expect("there is one");
    Heap::new(Selection::new(profile, sample_type, options))
}

fn analyse(heap: &Heap, clock: &mut Clock) {
    let untrimmed = GraphOptions::default().untrimmed();
    kheap::info(heap.profile());
    clock.lap("info");
    kheap::top(heap, &untrimmed);
    clock.lap("top");
    kheap::tree(heap, &untrimmed);
    clock.lap("tree");
    kheap::tree(heap, &GraphOptions::default());
    clock.lap("tree, trimmed");
    let every = Pattern::new(".").expect("an expression");
    kheap::peek(heap, &every, &untrimmed);
    clock.lap("peek");
    assert!(kheap::traces(heap).count() <= heap.profile().samples().len());
    clock.lap("traces");
    kheap::tags(heap);
    clock.lap("tags");
    kheap::breakdown(heap, Dimensions::ALL);
    clock.lap("breakdown");
    kheap::diagnose(heap, &DiagnoseOptions::default());
    clock.lap("diagnose");
    kheap::top(heap, &untrimmed.clone().errors(true));
    clock.lap("top with errors");
    for by in [SizesBy::Size, SizesBy::Function] {
        kheap::sizes(heap, by);
        clock.lap("sizes");
    }
    follow(heap, clock);
}

/// Two snapshots, compared and followed.
fn follow(heap: &Heap, clock: &mut Clock) {
    let keys = Keys::default();
    let snapshots = ["a", "b"].map(|name| Snapshot::new(heap, name, &keys));
    clock.lap("snapshots");
    let thresholds = series::GrowthThresholds::default();
    let [before, after] = &snapshots;
    kheap::compare(before, after, &By::ALL, &thresholds).expect("they count the same");
    clock.lap("compare");
    let series = Series::new(snapshots.to_vec()).expect("they count the same");
    for by in By::ALL {
        (series.growth(&(0..2), by, &thresholds)).expect("they have all amounts");
    }
    clock.lap("growth");
}

fn location(builder: &mut ProfileBuilder, name: &str, address: usize) -> LocationId {
    let function = builder.function(name, "main.go");
    builder.location(None, address as u64, &[(function, 1)])
}

fn sample(builder: &mut ProfileBuilder, stack: &[LocationId]) {
    builder
        .sample(stack, &[512], &[])
        .expect("there is one type");
}

#[test]
fn one_stack_of_many_functions() {
    check(|builder, size| {
        let stack: Vec<_> = (0..size)
            .map(|n| location(builder, &format!("main.f{n}"), n))
            .collect();
        sample(builder, &stack);
    });
}

#[test]
fn one_stack_of_one_function() {
    check(|builder, size| {
        let main = location(builder, "main.main", 0);
        sample(builder, &vec![main; size]);
    });
}

#[test]
fn many_samples_of_one_frame() {
    check(|builder, size| {
        let main = location(builder, "main.main", 0);
        for size in 0..size {
            let label = builder.number_label("bytes", size as i64, "");
            builder
                .sample(&[main], &[512], &[label])
                .expect("there is one type");
        }
    });
}

#[test]
fn one_function_in_many_locations() {
    check(|builder, size| {
        let function = builder.function("main.main", "main.go");
        for n in 0..size {
            let location = builder.location(None, n as u64, &[(function, n as i64)]);
            sample(builder, &[location]);
        }
    });
}

#[test]
fn many_functions_that_call_one_and_are_called_by_one() {
    check(|builder, size| {
        let leaf = location(builder, "main.leaf", 0);
        let root = location(builder, "main.root", 1);
        for n in 0..size {
            let between = location(builder, &format!("main.f{n}"), n + 2);
            sample(builder, &[leaf, between, root]);
        }
    });
}

#[test]
fn one_location_of_many_inlined_calls() {
    check(|builder, size| {
        let lines: Vec<_> = (0..size)
            .map(|n| (builder.function(&format!("main.f{n}"), "main.go"), 1))
            .collect();
        let location = builder.location(None, 1, &lines);
        sample(builder, &[location]);
    });
}

#[test]
fn one_sample_of_many_labels() {
    check(|builder, size| {
        let main = location(builder, "main.main", 0);
        let labels: Vec<_> = (0..size)
            .map(|n| match n % 2 {
                0 => builder.number_label("bytes", n as i64, ""),
                _ => builder.text_label(&format!("key{n}"), "value"),
            })
            .collect();
        builder
            .sample(&[main], &[512], &labels)
            .expect("there is one type");
    });
}

#[test]
fn long_names() {
    for piece in [
        ".",
        "(*",
        "[go.shape.",
        "]",
        ".func1",
        "/",
        "{",
        "%2e",
        "a·",
        "init.0.",
    ] {
        println!("name of {piece}");
        check(|builder, size| {
            let name = location(builder, &piece.repeat(size / piece.len()), 0);
            let mixed = format!("k8s.io/{}main.(*T).f", piece.repeat(size / piece.len()));
            let mixed = location(builder, &mixed, 1);
            sample(builder, &[name, mixed]);
        });
    }
}

#[test]
fn rows_of_a_pasted_table_with_lines_between() {
    for between in ["", "\n", " some text between\n"] {
        growth::check(|size| {
            let mut text = "Type: inuse_space\n\
                 Showing nodes accounting for 4000GB, 100% of 4000GB total\n\
                 \x20     flat  flat%   sum%        cum   cum%\n"
                .to_owned();
            for row in 0..size / 10 {
                text += &format!("   1kB 0.1% 0.1%   1kB 0.1%  main.f{row}\n{between}");
            }
            let mut clock = Clock::start();
            let table = kheap::table::parse(text.as_bytes());
            clock.lap("table");
            assert_eq!(table.expect("it is one").rows.len(), size / 10);
            clock.laps
        });
    }
}
