//! How large the objects are that hold the memory.
//!
//! Go rounds an allocation up to a size class and notes the size of the slot, not
//! what was asked for: the `bytes` label of a sample is a class, or whole pages for
//! objects above the largest class. What rounding wasted is therefore not in the
//! file. What can be said is a bound: an object that fitted into the class below
//! would have been put there, so that a slot wastes less than its distance to that
//! class. The true waste is between nothing and that. Go 1.16 brought the class of 24
//! bytes, and no file shows its Go for sure: what is in the class of 32 may have been
//! rounded up from 17.
//!
//! Source: Go's `internal/runtime/gc/sizeclasses.go` (`runtime/sizeclasses.go`
//! before 1.25).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::arithmetic::noted_size;
use crate::attribute::{Heap, UNKNOWN};
use crate::profile::{SampleId, clamp};
use crate::selection::Selection;
use crate::summary::Summary;

/// Go's size classes, in bytes.
pub const SIZE_CLASSES: [i64; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352,
    384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048,
    2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728,
    10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
];

/// What objects above the largest class are made of, in bytes.
pub const PAGE_SIZE: i64 = 8192;

/// What rows of a histogram are distinguished by, besides the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SizesBy {
    /// The size alone.
    #[default]
    Size,
    /// The function that allocates.
    Function,
    /// The Kubernetes kind.
    Kind,
}

crate::__vocabulary! {
    SizesBy, "key" {
        Size = "size",
        Function = "function",
        Kind = "kind",
    }
}

/// Bytes by the size of the objects.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Sizes {
    /// Which profile this is.
    pub summary: Summary,
    /// The sum of all rows, in the unit of the sample type.
    pub total: i64,
    /// The objects of all rows, where the profile counts them.
    pub objects: Option<i64>,
    /// By size; or the largest group first, then by size.
    pub rows: Vec<SizeRow>,
}

/// Objects of one size.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SizeRow {
    /// The function or kind, where that was asked for.
    pub group: Option<String>,
    /// The size of an object in bytes: a class, or whole pages; `None` where the
    /// file does not tell.
    pub size: Option<i64>,
    /// What they hold, in the unit of the sample type.
    pub value: i64,
    /// How many objects, where the profile counts them.
    pub objects: Option<i64>,
    /// The most that rounding up can have wasted of `value`, in bytes; `None`
    /// where values are no bytes, or less than nothing, as in a difference.
    pub most_waste: Option<i64>,
}

impl Sizes {
    /// The mean size of the objects in bytes, where values are bytes; `None` where there
    /// are fewer than none of something, as in a difference.
    pub fn mean_size(&self) -> Option<f64> {
        let objects = self.objects.filter(|&objects| objects > 0)?;
        let is_size = self.summary.sample_unit == "bytes" && !self.is_difference();
        is_size.then(|| self.total as f64 / objects as f64)
    }

    /// The most that rounding up can have wasted of all, in bytes; `None` where that of
    /// a row is not known.
    pub fn most_waste(&self) -> Option<i64> {
        let sized = self.rows.iter().filter(|row| row.size.is_some());
        let bounds: Option<Vec<i64>> = sized.map(|row| row.most_waste).collect();
        let bounds = bounds.filter(|bounds| !bounds.is_empty())?;
        Some(clamp(bounds.into_iter().map(i128::from).sum()))
    }

    /// Whether some objects are fewer than none, as where one profile is taken from
    /// another.
    fn is_difference(&self) -> bool {
        let is_negative = |row: &SizeRow| row.value < 0 || row.objects.is_some_and(|n| n < 0);
        self.rows.iter().any(is_negative)
    }
}

/// Makes a histogram of values by the size of the objects.
///
/// Each sample counts in one row, so that the rows add up to the total of the
/// selection. A size is what Go notes, or else the mean of the sample, rounded up
/// to its class.
///
/// # Example
///
/// ```
/// use kheap::sizes::{SizesBy, sizes};
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// for (size, bytes) in [(48, 96), (352 << 10, 704 << 10), (48, 48)] {
///     let label = builder.number_label("bytes", size, "");
///     builder.sample(&[], &[bytes], &[label])?;
/// }
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let sizes = sizes(&Heap::new(selection), SizesBy::Size);
/// let rows: Vec<_> = sizes.rows.iter().map(|row| (row.size, row.value)).collect();
/// assert_eq!(rows, [(Some(48), 144), (Some(352 << 10), 704 << 10)]);
/// // 33 bytes or more went into 48: at most 15 of 48 are wasted.
/// assert_eq!(sizes.rows[0].most_waste, Some(45));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sizes(heap: &Heap, by: SizesBy) -> Sizes {
    let selection: &Selection = heap;
    let profile = selection.profile();
    let objects_type = crate::attribute::objects_type(profile, selection.sample_type());
    let groups = groups(heap, by);
    let is_bytes = selection.sample_unit() == "bytes";
    // Classes are those of Go's allocator.
    let has_classes = !profile.runtime().is_foreign();
    let class_of = |size: i64| if has_classes { size_class(size) } else { size };
    let mut sums: BTreeMap<(Option<String>, Option<i64>), [i128; 2]> = BTreeMap::new();
    for (id, &value) in profile.samples().ids().zip(selection.values()) {
        let objects = objects_type.map_or(0, |objects| profile.samples().value(id, objects));
        if value == 0 && objects == 0 {
            continue;
        }
        let size = object_size(selection, id, objects, is_bytes);
        let key = (groups(id), size.map(class_of));
        let sum = sums.entry(key).or_default();
        sum[0] += i128::from(value);
        sum[1] += i128::from(objects);
    }
    let row = |((group, size), [value, objects]): (_, [i128; 2])| SizeRow {
        group,
        size,
        value: clamp(value),
        objects: objects_type.map(|_| clamp(objects)),
        most_waste: size
            .filter(|_| is_bytes && value >= 0 && has_classes)
            .map(|size| waste(value, size)),
    };
    let mut rows: Vec<SizeRow> = sums.into_iter().map(row).collect();
    largest_group_first(&mut rows);
    Sizes {
        summary: Summary::new(selection),
        total: clamp(rows.iter().map(|row| i128::from(row.value)).sum()),
        objects: objects_type.map(|_| {
            let objects = rows.iter().filter_map(|row| row.objects);
            clamp(objects.map(i128::from).sum())
        }),
        rows,
    }
}

/// What distinguishes rows, by sample.
type Groups<'s> = Box<dyn Fn(SampleId) -> Option<String> + 's>;

fn groups<'s>(heap: &'s Heap<'_>, by: SizesBy) -> Groups<'s> {
    let selection: &Selection = heap;
    let profile = selection.profile();
    match by {
        SizesBy::Size => Box::new(|_| None),
        SizesBy::Function => {
            let frames = selection.frames();
            Box::new(move |sample| {
                let leaf = profile.samples().stack(sample).first();
                let name = leaf.map(|&leaf| frames.name(profile, frames.of(leaf)[0]));
                Some(name.unwrap_or_default())
            })
        }
        SizesBy::Kind => {
            let attribution = heap.attribution();
            Box::new(move |sample| {
                let place = attribution.place(sample);
                Some(place.map_or(UNKNOWN, |place| &place.kind).to_owned())
            })
        }
    }
}

/// The size of a sample's objects in bytes: what Go notes, else the mean.
fn object_size(selection: &Selection, id: SampleId, objects: i64, is_bytes: bool) -> Option<i64> {
    let noted = noted_size(selection.profile(), id);
    let value = selection
        .profile()
        .samples()
        .value(id, selection.sample_type());
    let mean = || {
        value
            .checked_div(objects)
            .filter(|&size| is_bytes && size > 0)
    };
    noted.or_else(mean)
}

/// The class that an object of this size is put into, in bytes.
pub fn size_class(size: i64) -> i64 {
    match SIZE_CLASSES.iter().find(|&&class| class >= size) {
        Some(&class) => class,
        None => i64::try_from(size.unsigned_abs().next_multiple_of(PAGE_SIZE as u64))
            .unwrap_or(i64::MAX),
    }
}

/// The most that rounding up to a class can have wasted of so many bytes: an object
/// has at least a byte more than the class below.
fn waste(value: i128, class: i64) -> i64 {
    let mut below = SIZE_CLASSES.iter().rev().filter(|&&below| below < class);
    let below = match class {
        // In some Go before 1.16.
        32 => 16,
        _ if SIZE_CLASSES.contains(&class) => below.next().copied().unwrap_or(0),
        _ => class - PAGE_SIZE,
    };
    clamp(value * i128::from(class - below - 1) / i128::from(class.max(1)))
}

/// Sorts groups by what they hold, then by name; within one, by size.
fn largest_group_first(rows: &mut [SizeRow]) {
    let mut held: BTreeMap<Option<String>, i128> = BTreeMap::new();
    for row in rows.iter() {
        *held.entry(row.group.clone()).or_default() += i128::from(row.value);
    }
    rows.sort_by_cached_key(|row| {
        let held = held[&row.group].unsigned_abs();
        (Reverse(held), row.group.clone(), row.size)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::view;

    fn check_sizes(stacks: &str, by: SizesBy, expected: &[(&str, i64, i64, i64)]) {
        let sizes = sizes(&view(stacks).heap(), by);
        let rows = sizes.rows.iter().map(|row| {
            let group = row.group.as_deref().unwrap_or_default();
            let size = row.size.unwrap_or_default();
            (group, size, row.value, row.objects.unwrap_or_default())
        });
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        let sum: i64 = sizes.rows.iter().map(|row| row.value).sum();
        assert_eq!(sum, sizes.total);
    }

    const STACKS: &str = "main;load 2 96 bytes=48
                          main;load 1 360448 bytes=360448
                          main;list 1 48 bytes=48
                          main;list 3 300";

    #[test]
    fn each_sample_counts_at_the_size_that_go_notes_or_at_its_mean() {
        let expected = [
            ("", 48, 144, 3),
            ("", 112, 300, 3),
            ("", 360_448, 360_448, 1),
        ];
        check_sizes(STACKS, SizesBy::Size, &expected);
    }

    #[test]
    fn groups_come_by_what_they_hold() {
        let expected = [
            ("load", 48, 96, 2),
            ("load", 360_448, 360_448, 1),
            ("list", 48, 48, 1),
            ("list", 112, 300, 3),
        ];
        check_sizes(STACKS, SizesBy::Function, &expected);
    }

    #[test]
    fn a_class_is_the_smallest_that_fits_and_above_them_pages() {
        let classes = [
            (0, 8),
            (1, 8),
            (8, 8),
            (9, 16),
            (32_768, 32_768),
            (32_769, 40_960),
        ];
        for (size, class) in classes {
            assert_eq!(size_class(size), class, "{size}");
        }
        assert_eq!(size_class(i64::MAX), i64::MAX);
        assert!(SIZE_CLASSES.is_sorted());
    }

    #[test]
    fn rounding_wastes_less_than_the_distance_to_the_class_below() {
        // 33 to 48 bytes went into 48: up to 15 of each 48.
        assert_eq!(waste(480, 48), 150);
        // Above the classes, up to a page less a byte.
        assert_eq!(waste(40_960, 40_960), 8191);
        assert_eq!(waste(8, 8), 7);
        // Before Go 1.16, 17 bytes went into 32.
        assert_eq!(waste(32, 32), 15);
    }

    #[test]
    fn the_waste_of_all_is_that_of_the_rows() {
        let most = |stacks: &str| sizes(&view(stacks).heap(), SizesBy::Size).most_waste();
        // 15 of each 48, and 15 of each 112.
        assert_eq!(most(STACKS), Some(45 + 300 * 15 / 112 + 8191));
        assert_eq!(most("main;load 1 -48 bytes=48"), None);
        assert_eq!(most("main;load 0 0"), None);
    }

    #[test]
    fn a_difference_has_no_mean() {
        let mean = |stacks: &str| sizes(&view(stacks).heap(), SizesBy::Size).mean_size();
        assert_eq!(mean("main;load 2 96 bytes=48"), Some(48.0));
        assert_eq!(mean("main;load -2 -96 bytes=48"), None);
        assert_eq!(
            mean("main;load -2 96 bytes=48\nmain;load 3 96 bytes=64"),
            None
        );
        assert_eq!(mean("main;load 0 0"), None);
    }
}
