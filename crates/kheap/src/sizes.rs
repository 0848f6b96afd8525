//! How large the objects are that hold the memory.
//!
//! Go rounds an allocation up to a size class and notes the size of the slot, not
//! what was asked for: the `bytes` label of a sample is a class, or whole pages for
//! objects above the largest class. What rounding wasted is therefore not in the
//! file. What can be said is a bound: an object that fitted into the class below
//! would have been put there, so that a slot wastes less than its distance to that
//! class. The true waste is between nothing and that.
//!
//! Source: Go's `internal/runtime/gc/sizeclasses.go` (`runtime/sizeclasses.go`
//! before 1.25).

use std::collections::BTreeMap;

use crate::arithmetic::Sampling;
use crate::attribute::attribute;
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

/// What rows of a histogram are told apart by, besides the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizesBy {
    /// The size alone.
    #[default]
    Size,
    /// The function that allocates.
    Function,
    /// The Kubernetes kind.
    Kind,
}

/// Bytes by the size of the objects.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
    /// where values are no bytes.
    pub waste_below: Option<i64>,
}

impl Sizes {
    /// The mean size of the objects in bytes, where values are bytes.
    pub fn mean_size(&self) -> Option<f64> {
        let objects = self.objects.filter(|&objects| objects != 0)?;
        (self.summary.sample_unit == "bytes").then(|| self.total as f64 / objects as f64)
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
/// use kheap::{ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// for (size, bytes) in [(48, 96), (352 << 10, 704 << 10), (48, 48)] {
///     let label = builder.number_label("bytes", size, "");
///     builder.sample(&[], &[bytes], &[label])?;
/// }
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
///
/// let sizes = sizes(&selection, SizesBy::Size);
/// let rows: Vec<_> = sizes.rows.iter().map(|row| (row.size, row.value)).collect();
/// assert_eq!(rows, [(Some(48), 144), (Some(352 << 10), 704 << 10)]);
/// // 33 bytes or more went into 48: less than 16 of 48 are wasted.
/// assert_eq!(sizes.rows[0].waste_below, Some(48));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sizes(selection: &Selection, by: SizesBy) -> Sizes {
    let profile = selection.profile();
    let objects_type = crate::attribute::objects_type(profile, selection.sample_type());
    let groups = groups(selection, by);
    let mut sums: BTreeMap<(Option<String>, Option<i64>), [i128; 2]> = BTreeMap::new();
    for (id, &value) in profile.samples().ids().zip(selection.values()) {
        let objects = objects_type.map_or(0, |objects| profile.samples().value(id, objects));
        if value == 0 && objects == 0 {
            continue;
        }
        let size = Sampling::size_of(profile, id, objects_type, selection.sample_type());
        let key = (groups(id.index()), size.map(size_class));
        let sum = sums.entry(key).or_default();
        sum[0] += i128::from(value);
        sum[1] += i128::from(objects);
    }
    let is_bytes = selection.sample_unit() == "bytes";
    let row = |((group, size), [value, objects]): (_, [i128; 2])| SizeRow {
        group,
        size,
        value: narrow(value),
        objects: objects_type.map(|_| narrow(objects)),
        waste_below: size.filter(|_| is_bytes).map(|size| waste(value, size)),
    };
    let mut rows: Vec<SizeRow> = sums.into_iter().map(row).collect();
    largest_group_first(&mut rows);
    Sizes {
        summary: Summary::new(selection),
        total: narrow(rows.iter().map(|row| i128::from(row.value)).sum()),
        objects: objects_type.map(|_| {
            let objects = rows.iter().filter_map(|row| row.objects);
            narrow(objects.map(i128::from).sum())
        }),
        rows,
    }
}
