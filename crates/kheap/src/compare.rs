//! Two snapshots, name by name: what came, went, grew and shrank.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::knowledge::Parts;
use crate::series::{
    Amount, Amounts, By, GrowthThresholds, Note, Origin, SeriesError, Snapshot, check_counted,
    elapsed_nanos, is_one_process, notes, share, side_by_side, variance_of_change,
};

/// What changed from one snapshot to another.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Comparison {
    /// Where the first one comes from.
    pub before: Origin,
    /// Where the second one comes from.
    pub after: Origin,
    /// How long after the first one the second one was taken, in nanoseconds; negative where it is
    /// the older one.
    pub elapsed_nanos: Option<i128>,
    /// How the total changed.
    pub total: CompareRow,
    /// What changes how the difference is to be read, most weighty first.
    pub notes: Vec<Note>,
    /// Title and colour of every part.
    pub parts: Parts,
    /// The differences, one table for each way to tell them apart that was asked for.
    pub tables: Vec<CompareTable>,
}

/// The differences by function, part, ….
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CompareTable {
    /// What the rows are.
    pub by: By,
    /// What the rows that went up gained, in the unit of the sample type.
    pub gained: i128,
    /// What the rows that went down lost; not negative.
    pub lost: i128,
    /// Largest difference first, then by name. What did not change is left out.
    pub rows: Vec<CompareRow>,
}

/// How much one name held, and holds.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CompareRow {
    /// The function, path, part, …
    pub name: Arc<str>,
    /// In the first snapshot, in the unit of the sample type.
    pub before: i64,
    /// In the second one.
    pub after: i64,
    /// Standard error of the difference, in that unit.
    pub standard_error: f64,
    /// Whether the difference is more than noise.
    pub is_significant: bool,
    /// Share of all that was gained, or lost where that is more: 0..=1.
    pub share: f64,
    /// What happened to it.
    pub change: Change,
}

/// What happened to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Change {
    /// It was 0.
    Added,
    /// It is 0.
    Removed,
    /// It went up.
    Grown,
    /// It went down.
    Shrunk,
    /// It is what it was.
    #[default]
    Same,
}

crate::__vocabulary! {
    Change, "change" {
        Added = "added",
        Removed = "removed",
        Grown = "grown",
        Shrunk = "shrunk",
        Same = "same",
    }
}

impl Change {
    fn of(before: i64, after: i64) -> Self {
        match (before, after) {
            (before, after) if before == after => Self::Same,
            (0, _) => Self::Added,
            (_, 0) => Self::Removed,
            (before, after) if before < after => Self::Grown,
            _ => Self::Shrunk,
        }
    }
}

impl CompareRow {
    /// The difference, in the unit of the sample type.
    pub fn delta(&self) -> i128 {
        i128::from(self.after) - i128::from(self.before)
    }

    /// The difference as a share of what there was; `None` where there was nothing.
    pub fn growth(&self) -> Option<f64> {
        (self.before != 0).then(|| self.delta() as f64 / self.before.unsigned_abs() as f64)
    }
}

impl Comparison {
    /// Whether both are of one process, as far as the dumps show it: the same program and build, no
    /// counter that fell, and the kernel's code at the same address. Then a difference is
    /// growth. That of two servers, or of a process and the one that took its place, is only how
    /// the one differs from the other. [`notes`](Self::notes) say what shows that.
    pub fn is_one_process(&self) -> bool {
        is_one_process(&self.notes)
    }

    /// What a counter counted by second, where both times are known: a difference over the time
    /// between. Two processes have no rate.
    pub fn per_second(&self, delta: i128) -> Option<f64> {
        let nanos = self.elapsed_nanos.filter(|&nanos| nanos != 0)?;
        let counts = self.before.is_counter() && self.is_one_process();
        counts.then(|| delta as f64 * 1e9 / nanos as f64)
    }
}

/// Compares two snapshots. The rows of each table add up to the difference of the totals, and those
/// of the comparison the other way round are the same with the opposite sign.
///
/// The two may as well be of two servers, or of two programs. Functions are matched by names that
/// survive another build. `before` is then what is subtracted, whichever is older, and
/// [`Comparison::is_one_process`] is false.
///
/// # Errors
///
/// [`SeriesError::SampleTypes`] when they count different things, and
/// [`SeriesError::NoAmounts`] when another version stored one of them without such names.
///
/// # Example
///
/// ```
/// use kheap::series::{By, Keys, Snapshot, GrowthThresholds};
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let snapshot = |name: &str, bytes| {
///     let mut builder = ProfileBuilder::new();
///     builder.sample_type("inuse_space", "bytes");
///     let load = builder.function("main.load", "main.go");
///     let load = builder.location(None, 1, &[(load, 7)]);
///     builder.sample(&[load], &[bytes], &[])?;
///     let profile = builder.finish();
///     let sample_type = profile.sample_type("").expect("it was just added");
///     let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///     let heap = Heap::new(selection);
///     Ok::<_, kheap::profile::BuildError>(Snapshot::new(&heap, name, &Keys::default()))
/// };
/// let (before, after) = (snapshot("a", 64)?, snapshot("b", 96)?);
/// let comparison = kheap::compare(&before, &after, &[By::Function], &GrowthThresholds::default())?;
/// let row = &comparison.tables[0].rows[0];
/// assert_eq!((&*row.name, row.delta(), row.growth()), ("main.load", 32, Some(0.5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(
    before: &Snapshot,
    after: &Snapshot,
    by: &[By],
    thresholds: &GrowthThresholds,
) -> Result<Comparison, SeriesError> {
    check_counted(&before.origin, &after.origin)?;
    let notes = notes(before, after);
    let significance = Significance {
        // What a counter of another process said is no part of this one's.
        contains: before.origin.is_counter() && is_one_process(&notes),
        deviations: thresholds.deviations,
    };
    let total = significance.row("total".into(), before.origin.total, after.origin.total);
    let tables = by.iter().map(|&by| {
        let sides = [before.table(by)?, after.table(by)?];
        Ok(significance.table(sides, by))
    });
    Ok(Comparison {
        elapsed_nanos: elapsed_nanos(&before.origin, &after.origin),
        before: before.origin.clone(),
        after: after.origin.clone(),
        total,
        notes,
        parts: after.parts.clone(),
        tables: tables.collect::<Result<_, _>>()?,
    })
}

/// When a difference is more than noise.
struct Significance {
    /// Whether one side is part of the other.
    contains: bool,
    deviations: f64,
}

impl Significance {
    fn table(&self, sides: [&Amounts; 2], by: By) -> CompareTable {
        let rows = side_by_side(&sides)
            .map(|(key, amounts)| self.row(Arc::clone(key), amounts[0], amounts[1]));
        let mut rows: Vec<CompareRow> = rows.filter(|row| row.change != Change::Same).collect();
        let sum = |sign: i128| -> i128 { rows.iter().map(|row| (sign * row.delta()).max(0)).sum() };
        let (gained, lost) = (sum(1), sum(-1));
        for row in &mut rows {
            row.share = share(row.delta(), gained, lost);
        }
        // The sort is stable, and names are in order already.
        rows.sort_by_key(|row| Reverse(row.delta().unsigned_abs()));
        CompareTable {
            by,
            gained,
            lost,
            rows,
        }
    }

    fn row(&self, key: Arc<str>, before: Amount, after: Amount) -> CompareRow {
        let variance = match self.contains && after.variance < before.variance {
            true => variance_of_change(after, before, true),
            false => variance_of_change(before, after, self.contains),
        };
        let mut row = CompareRow {
            name: key,
            before: before.value,
            after: after.value,
            standard_error: variance.sqrt(),
            is_significant: false,
            share: 0.0,
            change: Change::of(before.value, after.value),
        };
        let limit = self.deviations * row.standard_error;
        row.is_significant = row.delta().unsigned_abs() as f64 > limit;
        row
    }
}
