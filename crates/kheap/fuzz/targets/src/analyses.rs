//! Everything that is computed from a profile, for arbitrary profiles.

use kheap::attribute::Dimensions;
use kheap::diagnose::DiagnoseOptions;
use kheap::filter::Pattern;
use kheap::memory::MemoryOptions;
use kheap::profile::BaseMode;
use kheap::series::{self, By, Keys};
use kheap::sizes::SizesBy;
use kheap::{
    GraphOptions, Heap, Profile, Selection, SelectionOptions, Series, Snapshot, breakdown, compare,
    diagnose, info, memory, peek, sizes, tags, top, traces, tree,
};

use crate::made::{Input, select};

/// Computes everything; sums hold wherever they are numbers.
pub fn analyses(bytes: &[u8]) {
    let Some(input) = Input::of(bytes) else {
        return;
    };
    let profile = input.profile();
    let other = profile.clone();
    let minus = kheap::subtract(profile.clone(), other.clone(), BaseMode::Diff);
    let merged = kheap::merge(vec![profile.clone(), other]).expect("they count the same");
    // A diagnosis compiles its expressions, which takes longer than all the rest.
    if input.question.fraction.is_multiple_of(8) {
        check_diagnosis(&select(profile.clone(), &input.options()));
    }
    for profile in [profile, merged, minus.expect("they count the same")] {
        info(&profile);
        // Without a size, or one that fits, there is an error that says so.
        let _ = memory(&profile, &MemoryOptions::default());
        check_mended(&profile);
        check(
            &select(profile.clone(), &SelectionOptions::default()),
            &input,
        );
        check(&select(profile, &input.options()), &input);
    }
}

fn check(heap: &Heap, input: &Input) {
    let options = input.question.graph();
    check_top(heap, &options);
    check_top(heap, &options.clone().untrimmed());
    top(heap, &options.clone().errors(true));
    tree(heap, &options);
    let every = Pattern::new("").expect("an expression");
    // A peek at everything is the whole tree.
    let whole = tree(heap, &GraphOptions::default().untrimmed()).rows.len();
    let peeked = peek(heap, &every, &GraphOptions::default()).rows.len();
    assert_eq!(peeked, whole);
    check_traces(heap);
    check_tags(heap);
    check_breakdown(heap);
    check_sizes(heap);
    check_series(heap);
}

/// Mending changes callers, never values or leaves.
fn check_mended(profile: &Profile) {
    let sample_type = profile.sample_type("").expect("there are sample types");
    let options = SelectionOptions::default();
    let (mended, _) = Heap::mended(profile.clone(), sample_type, &options);
    // What the profile itself asks to leave out is left out of both.
    let selection = Selection::new(profile, sample_type, &options);
    assert_eq!(mended.values().len(), selection.values().len());
    assert_eq!(mended.profile().totals(), selection.profile().totals());
    for id in mended.profile().samples().ids() {
        mended.attribution().place(id);
    }
}

fn check_top(selection: &Selection, options: &GraphOptions) {
    let top = top(selection, options);
    let flats: i128 = top.rows.iter().map(|row| i128::from(row.flat)).sum();
    assert_eq!(top.shown, clamp(flats));
    if is_heap(selection) {
        for row in &top.rows {
            assert!((0..=row.cum).contains(&row.flat), "{row:?}");
            assert!(
                row.cum <= top.summary.total.max(selected(selection)),
                "{row:?}"
            );
        }
    }
}

fn check_traces(selection: &Selection) {
    let samples = selection.profile().samples();
    let stacks = samples.ids().zip(selection.values());
    let stacks = stacks.filter(|(id, _)| !samples.stack(*id).is_empty());
    let expected: i128 = stacks.map(|(_, &value)| i128::from(value)).sum();
    let listed: i128 = traces(selection).map(|trace| i128::from(trace.value)).sum();
    assert_eq!(listed, expected);
}

fn check_tags(selection: &Selection) {
    for tag in tags(selection).rows {
        let values: i128 = tag.values.iter().map(|v| i128::from(v.value)).sum();
        // A sample counts for each of its labels, and sums stop at the largest number.
        assert!(
            !is_heap(selection) || tag.total == clamp(values),
            "{}",
            tag.key
        );
    }
}

fn check_breakdown(heap: &Heap) {
    let breakdown = breakdown(heap, Dimensions::ALL);
    let rows: i128 = breakdown.rows.iter().map(|r| i128::from(r.value)).sum();
    let total: i128 = heap.values().iter().copied().map(i128::from).sum();
    assert_eq!(breakdown.total, clamp(total));
    if is_heap(heap) {
        assert_eq!(rows, total);
    }
}

fn check_sizes(heap: &Heap) {
    for by in [SizesBy::Size, SizesBy::Function, SizesBy::Kind] {
        let sizes = sizes(heap, by);
        let rows = sizes.rows.iter();
        let sum: i128 = rows.map(|row| i128::from(row.value)).sum();
        assert!(!is_heap(heap) || sum == i128::from(selected(heap)));
    }
}

/// A snapshot compared with itself has not changed, and a series of it is flat.
fn check_series(heap: &Heap) {
    let keys = Keys::default();
    let [before, after] = ["a", "b"].map(|name| Snapshot::new(heap, name, &keys));
    let thresholds = series::GrowthThresholds::default();
    let comparison = compare(&before, &after, &By::ALL, &thresholds).expect("they count the same");
    assert_eq!(comparison.total.delta(), 0);
    let mut rows = comparison.tables.iter().flat_map(|table| &table.rows);
    assert!(rows.all(|row| row.delta() == 0));
    let series = Series::new(vec![before, after]).expect("they count the same");
    let run = 0..series.snapshots.len();
    for by in By::ALL {
        let growth = series
            .growth(&run, by, &thresholds)
            .expect("they have all amounts");
        assert!(growth.rows.iter().all(|row| row.delta() == 0));
    }
}

fn check_diagnosis(heap: &Heap) {
    let diagnosis = diagnose(heap, &DiagnoseOptions::default());
    for finding in diagnosis.findings {
        assert!(finding.share.is_finite(), "{finding:?}");
        if is_heap(heap) {
            assert!((0..=selected(heap)).contains(&finding.bytes), "{finding:?}");
        }
    }
}

/// Whether values are what a heap has: not negative, and no sum too large.
fn is_heap(selection: &Selection) -> bool {
    let values = selection.values();
    let sum: i128 = values.iter().copied().map(i128::from).sum();
    values.iter().all(|&value| value >= 0) && sum <= i64::MAX.into()
}

/// What filters left.
fn selected(selection: &Selection) -> i64 {
    clamp(selection.values().iter().copied().map(i128::from).sum())
}

fn clamp(sum: i128) -> i64 {
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
