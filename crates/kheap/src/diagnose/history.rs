//! What signatures claimed of earlier snapshots: since when, how fast, and until when.

use std::ops::Range;
use std::sync::Arc;

use super::catalog::Catalog;
use super::heap::{Heap, StackHeap};
use super::judge::{Kinds, Selections};
use super::patterns::Patterns;
use super::signature::{Each, Signature};
use crate::arithmetic::Sampling;
use crate::attribute::{Analysis, objects_type};
use crate::selection::Selection;
use crate::series::{
    Amount, Amounts, By, Growth, GrowthRow, Keys, Origin, Series, SeriesError, Snapshot,
    Thresholds, Verdict, follow,
};

/// Stands between the words of a claim's name.
const SEPARATOR: char = '\u{1f}';

/// How far garbage lets a heap grow above what lives, with Go's default of `GOGC`.
const GARBAGE: f64 = 2.0;

/// A catalogue made ready to read any number of snapshots; may be used by several
/// threads.
#[derive(Debug)]
pub struct Watch<'c> {
    catalog: &'c Catalog,
    patterns: Patterns,
    keys: Keys,
}

/// Earlier snapshots of a heap and what signatures claimed of them.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// All snapshots, in order; the last one is the heap that is judged.
    pub series: Series,
    /// Where the newest process has them.
    run: Range<usize>,
    thresholds: Thresholds,
    /// What all that grew in this run gained.
    gained: i128,
}

/// How an amount went on until now.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Course {
    /// How many snapshots tell of it.
    pub snapshots: usize,
    /// The last time at which it was not yet above its first value by more than noise,
    /// in nanoseconds since 1970-01-01 UTC.
    pub since_nanos: Option<i64>,
    /// Its values, change, pace and verdict.
    pub row: GrowthRow,
    /// When the limit is reached at this pace.
    pub forecast: Option<Forecast>,
}

/// When a limit is reached if an amount goes on as it did.
///
/// The earliest time takes the pace at the upper end of its error (two standard
/// errors), and counts the garbage that collects between two collections (the heap is
/// twice what lives, with Go's default of `GOGC`). The latest takes the lower end, and
/// what lives alone.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Forecast {
    /// The limit, in bytes.
    pub limit: i64,
    /// In so many hours from the last snapshot at the earliest.
    pub earliest_hours: f64,
    /// At the latest; `None` where the pace may as well be none.
    pub latest_hours: Option<f64>,
}

impl<'c> Watch<'c> {
    /// Makes a catalogue ready.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            patterns: Patterns::of(catalog.signatures().iter()),
            keys: Keys::default(),
        }
    }

    /// Reduces a heap to a snapshot that knows what signatures claim of it.
    pub fn snapshot(&self, selection: &Selection, name: &str) -> Snapshot {
        let analysis = Analysis::new(selection);
        let profile = selection.profile();
        let objects = objects_type(profile, selection.sample_type());
        let stacks = StackHeap::new(&analysis, profile, objects, &self.patterns);
        let heap = Heap::Stacks(stacks);
        let sampling = Sampling::of(profile, selection.sample_type());
        let mut claims = Amounts::new();
        let signatures = self.catalog.signatures().iter();
        for signature in signatures.filter(|signature| signature.is_for(analysis.role)) {
            for (claim, items) in claimed(&heap, signature) {
                let stacks = items.iter().map(|&item| &analysis.stacks[item]);
                let samples = stacks.flat_map(|stack| &stack.samples);
                let amount = amount(selection, sampling.as_ref(), samples.copied());
                claims.insert(self.keys.share(claim), amount);
            }
        }
        let mut snapshot = Snapshot::of_analysis(selection, &analysis, name, &self.keys);
        snapshot.claims = claims;
        snapshot
    }
}

fn amount(
    selection: &Selection,
    sampling: Option<&Sampling<'_>>,
    samples: impl Iterator<Item = crate::profile::SampleId>,
) -> Amount {
    let (mut value, mut variance) = (0, 0.0);
    for id in samples {
        value += i128::from(selection.values()[id.index()]);
        variance += sampling.map_or(0.0, |sampling| sampling.variance(id));
    }
    Amount {
        value: crate::profile::clamp(value),
        variance,
    }
}

/// The selections of a signature that are followed: what it claims, and those whose
/// growth it asks for.
fn claimed(heap: &Heap<'_>, signature: &Signature) -> Vec<(String, Vec<usize>)> {
    let mut selections = Selections::new(heap, None, None, signature);
    let mut found = Vec::new();
    for name in signature.followed() {
        let kinds = match signature.each {
            Some(Each::Kind) => selections.kinds_of(name),
            None => Vec::new(),
        };
        for kind in kinds {
            let items = selections.of(name, Kinds::One(&kind)).items;
            found.push((claim(&signature.id, name, Some(&kind)), items));
        }
        let items = selections.of(name, Kinds::All).items;
        found.push((claim(&signature.id, name, None), items));
    }
    found.retain(|(_, items)| !items.is_empty());
    found
}

fn claim(id: &str, selection: &str, kind: Option<&str>) -> String {
    let kind = kind.unwrap_or_default();
    format!("{id}{SEPARATOR}{selection}{SEPARATOR}{kind}")
}

impl History {
    /// Puts snapshots of a [`Watch`] in order, whatever order they come in. Growth is
    /// told of the newest process alone.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] when there are less than two, or they do not belong together.
    pub fn new(snapshots: Vec<Snapshot>) -> Result<Self, SeriesError> {
        let series = Series::new(snapshots)?;
        let run = series.runs.last().cloned().unwrap_or_default();
        let thresholds = Thresholds::default();
        let gained = series.growth(&run, By::Place, &thresholds).gained;
        Ok(Self {
            series,
            run,
            thresholds,
            gained,
        })
    }

    /// The snapshot that is judged.
    pub fn newest(&self) -> Option<&Origin> {
        self.series
            .snapshots
            .last()
            .map(|snapshot| &snapshot.origin)
    }

    /// The snapshots of the newest process.
    pub fn run(&self) -> &[Snapshot] {
        &self.series.snapshots[self.run.clone()]
    }

    /// How the whole heap went on.
    pub fn total(&self, limit: Option<i64>) -> Course {
        self.course("total", |snapshot| snapshot.origin.total, limit)
    }

    /// How the parts and kinds went on that explain what happened, most first.
    pub fn places(&self) -> Vec<GrowthRow> {
        let places: Growth = self.series.growth(&self.run, By::Place, &self.thresholds);
        places.telling(&self.thresholds).cloned().collect()
    }

    /// How what a signature selects went on; `None` where one snapshot is all there is.
    pub(super) fn of_claim(
        &self,
        signature: &Signature,
        selection: &str,
        kind: Option<&str>,
        limit: Option<i64>,
    ) -> Option<Course> {
        let claim = claim(&signature.id, selection, kind);
        let amount = |snapshot: &Snapshot| {
            let amount = snapshot.claims.get(claim.as_str());
            amount.copied().unwrap_or_default()
        };
        (self.run.len() > 1).then(|| self.course(&claim, amount, limit))
    }

    /// The share that the growth of a selection has in all growth: 0 unless it grows.
    pub(super) fn growth_share(
        &self,
        signature: &Signature,
        selection: &str,
        kind: Option<&str>,
    ) -> Option<f64> {
        let course = self.of_claim(signature, selection, kind, None)?;
        match course.row.verdict {
            Verdict::Grows => Some(course.row.share),
            _ => Some(0.0),
        }
    }

    fn course(
        &self,
        key: &str,
        amount: impl Fn(&Snapshot) -> Amount,
        limit: Option<i64>,
    ) -> Course {
        let run = self.run();
        let mut row = follow(run, &Arc::from(key), &amount, &self.thresholds);
        row.share = match self.gained {
            0 => 0.0,
            gained => (row.delta() as f64 / gained as f64).clamp(0.0, 1.0),
        };
        let total = run.last().map_or(0, |snapshot| snapshot.origin.total.value);
        let forecast = limit.and_then(|limit| self.forecast(&row, total, limit));
        Course {
            snapshots: run.len(),
            since_nanos: self.since(&amount),
            row,
            forecast,
        }
    }

    /// Where the way up begins.
    fn since(&self, amount: impl Fn(&Snapshot) -> Amount) -> Option<i64> {
        let run = self.run();
        let first = amount(run.first()?);
        let is_first_still = |snapshot: &&Snapshot| {
            let now = amount(snapshot);
            let error = (first.variance + now.variance).sqrt();
            (now.value - first.value) as f64 <= self.thresholds.deviations * error
        };
        let last = run.iter().rev().find(is_first_still).or(run.first())?;
        last.origin.time_nanos
    }

    fn forecast(&self, row: &GrowthRow, total: i64, limit: i64) -> Option<Forecast> {
        if row.verdict != Verdict::Grows {
            return None;
        }
        let error = self.thresholds.deviations * row.per_hour_error?;
        let (least, most) = (row.per_hour? - error, row.per_hour? + error);
        let room = |factor: f64| (limit as f64 - total as f64 * factor).max(0.0);
        let latest = room(1.0) / least;
        (most > 0.0).then(|| Forecast {
            limit,
            earliest_hours: room(GARBAGE) / GARBAGE / most,
            latest_hours: (least > 0.0).then_some(latest),
        })
    }
}
