//! How much each name holds from snapshot to snapshot.

use std::cmp::Reverse;
use std::sync::Arc;

use super::SeriesError;
use super::line::{FittedLine, hours};
use super::notes::is_same_heap;
use super::onset::onset;
use super::pattern::{
    GrowthPattern, GrowthThresholds, Point, growth_pattern, is_one_step, steps_up,
};
use super::side_by_side::side_by_side;
use super::snapshot::{Amount, Amounts, By, Snapshot};

/// How the amounts of one table went on in one run of a program.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Growth {
    /// What the rows are.
    pub by: By,
    /// How long a time the run covers (see [`covered_nanos`]).
    pub covered_nanos: Option<i64>,
    /// All of them together.
    pub total: GrowthRow,
    /// What the rows that went up gained, in the unit of the sample type.
    pub gained: i128,
    /// What the rows that went down lost; not negative.
    pub lost: i128,
    /// Largest change first, then by name. What shrank is among them: see [`grown`](Self::grown).
    pub rows: Vec<GrowthRow>,
}

/// What one name held over time.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct GrowthRow {
    /// The function, path, part, …
    pub name: Arc<str>,
    /// What it holds in each snapshot, in the unit of the sample type.
    pub values: Vec<i64>,
    /// For a counter: what it counted from each snapshot to the next, by second where all times are
    /// known and differ. For a level, nothing.
    pub rates: Vec<f64>,
    /// Standard error of the change from the first to the last, in that unit.
    pub standard_error: f64,
    /// Whether that change is more than noise.
    pub is_significant: bool,
    /// Change by hour: of a level by the line that fits best, of a counter all that it counted over
    /// the time that took. `None` where times are not known. For a level it is no rate to show
    /// where the dumps cover a few minutes or are two: ask [`has_hourly_rate`] first.
    pub per_hour: Option<f64>,
    /// The standard error of that, as far as sampling goes.
    pub per_hour_error: Option<f64>,
    /// Change by snapshot, likewise.
    pub per_snapshot: f64,
    /// The share of steps that went up, 0..=1.
    pub steps_up: f64,
    /// Share of all that was gained, or lost where that is more: 0..=1.
    pub share: f64,
    /// What it does. For a counter: what its rate does, which takes two rates; `None` with less.
    pub pattern: Option<GrowthPattern>,
}

impl GrowthRow {
    /// What it holds in the first snapshot.
    pub fn first(&self) -> i64 {
        self.values.first().copied().unwrap_or(0)
    }

    /// What it holds in the last snapshot.
    pub fn last(&self) -> i64 {
        self.values.last().copied().unwrap_or(0)
    }

    /// The change from the first to the last.
    pub fn delta(&self) -> i128 {
        i128::from(self.last()) - i128::from(self.first())
    }
}

impl Growth {
    /// The rows that grew more than sampling explains, largest growth first.
    ///
    /// ```
    /// use kheap::series::{By, GrowthThresholds, Keys, growth};
    /// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};
    ///
    /// let keys = Keys::default();
    /// let snapshot = |stacks: &str| {
    ///     let profile = ProfileBuilder::folded(stacks)?.finish();
    ///     let sample_type = profile.sample_type("inuse_space").expect("folded stacks have it");
    ///     let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    ///     Ok::<_, kheap::profile::FoldedError>(Snapshot::new(&Heap::new(selection), "", &keys))
    /// };
    /// let run = [
    ///     snapshot("main.main;main.load 64\nmain.main;main.serve 32")?,
    ///     snapshot("main.main;main.load 640\nmain.main;main.serve 16")?,
    /// ];
    /// let growth = growth(&run, By::Function, &GrowthThresholds::default())?;
    /// let grown: Vec<&str> = growth.grown().map(|row| &*row.name).collect();
    /// assert_eq!(grown, ["main.load"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn grown(&self) -> impl Iterator<Item = &GrowthRow> {
        let is_grown = |row: &&GrowthRow| row.is_significant && row.delta() > 0;
        self.rows.iter().filter(is_grown)
    }

    /// The rows that explain what happened: changes above the noise, and what came and went, as far
    /// as they are a tenth of the largest of them or more (see
    /// [`GrowthThresholds::telling_share`]).
    pub fn telling(&self, thresholds: &GrowthThresholds) -> impl Iterator<Item = &GrowthRow> {
        let above_noise = self.rows.iter().filter(|row| row.is_telling());
        let largest = above_noise.clone().map(GrowthRow::swing).max();
        let least = thresholds.telling_share * largest.unwrap_or(0) as f64;
        above_noise.filter(move |row| row.swing() as f64 >= least)
    }
}

impl GrowthRow {
    /// Whether it changed in one step: nearly all of the change of three or more snapshots
    /// lies between two of them, which shows no pace.
    pub fn is_one_step(&self) -> bool {
        let values: Vec<f64> = self.values.iter().map(|&value| value as f64).collect();
        values.len() > 2 && is_one_step(&values)
    }

    fn is_telling(&self) -> bool {
        self.is_significant || self.comes_and_goes()
    }

    /// Whether it was higher for a while, once or again and again.
    pub fn comes_and_goes(&self) -> bool {
        matches!(
            self.pattern,
            Some(GrowthPattern::Spike | GrowthPattern::SawTooth)
        )
    }

    /// How far it goes up and down, or of a change for good, that change; not negative.
    pub fn swing(&self) -> i128 {
        let ends = self.values.iter().min().zip(self.values.iter().max());
        let span = ends.map_or(0, |(&least, &most)| i128::from(most) - i128::from(least));
        match self.comes_and_goes() {
            true => span,
            false => self.delta().abs(),
        }
    }
}

/// Follows each name through the snapshots of one run, in their order.
///
/// # Errors
///
/// [`SeriesError::NoAmounts`] when another version stored one of them without these names.
pub fn growth(
    run: &[Snapshot],
    by: By,
    thresholds: &GrowthThresholds,
) -> Result<Growth, SeriesError> {
    let times = Times::of(run);
    let tables = run.iter().map(|snapshot| snapshot.table(by));
    let tables: Vec<&Amounts> = tables.collect::<Result<_, _>>()?;
    let rows =
        side_by_side(&tables).map(|(key, amounts)| times.whole_row(key, &amounts, thresholds));
    let mut rows: Vec<GrowthRow> = rows.collect();
    let sum = |sign: i128| -> i128 { rows.iter().map(|row| (sign * row.delta()).max(0)).sum() };
    let (gained, lost) = (sum(1), sum(-1));
    for row in &mut rows {
        row.share = share(row.delta(), gained, lost);
    }
    // The sort is stable, and names are in order already.
    rows.sort_by_key(|row| Reverse(row.delta().unsigned_abs()));
    let totals: Vec<Amount> = run.iter().map(|snapshot| snapshot.origin.total).collect();
    Ok(Growth {
        by,
        covered_nanos: covered_nanos(times.nanos.iter().copied()),
        total: times.whole_row(&"total".into(), &totals, thresholds),
        gained,
        lost,
        rows,
    })
}

/// Dumps that cover less than this, ten minutes in nanoseconds, show no hourly rate: a
/// start-up or one burst looks the same.
const LEAST_COVERED_NANOS: i64 = 600_000_000_000;

/// Says whether dumps show an hourly rate of a level, and a forecast: three or more that cover
/// long enough a time.
pub fn has_hourly_rate(covered_nanos: Option<i64>, snapshots: usize) -> bool {
    covered_nanos.is_some_and(|covered| covered >= LEAST_COVERED_NANOS) && snapshots > 2
}

/// How long a time dumps cover, in their order: all of it where they are spread evenly, and
/// little where all but one are of one burst. `None` where a time is missing.
pub fn covered_nanos(times: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    let times: Vec<i64> = times.collect::<Option<_>>()?;
    let span = times.last()?.saturating_sub(*times.first()?);
    let gaps = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let apart_from_largest = span.saturating_sub(gaps.max().unwrap_or(0));
    Some(span.min(apart_from_largest.saturating_mul(2)))
}

/// Follows one amount through the snapshots of one run, in their order. Its share is
/// left to the caller.
pub(crate) fn follow(
    run: &[Snapshot],
    key: &Arc<str>,
    amount: impl Fn(&Snapshot) -> Amount,
    thresholds: &GrowthThresholds,
) -> GrowthRow {
    let amounts: Vec<Amount> = run.iter().map(amount).collect();
    Times::of(run).row(key, &amounts, thresholds)
}

/// The share of a change in what was gained, or lost where that is more: what everything is
/// measured by, so that no share is above 1.
pub(crate) fn share(delta: i128, gained: i128, lost: i128) -> f64 {
    match gained.max(lost) {
        0 => 0.0,
        all => delta.unsigned_abs() as f64 / all as f64,
    }
}

/// The variance of a change. What a counter said before is part of what it says later, so that only
/// what came in between can stray; two levels are taken to be independent.
pub(crate) fn variance_of_change(before: Amount, after: Amount, is_counter: bool) -> f64 {
    match is_counter {
        true => (after.variance - before.variance).max(0.0),
        false => before.variance + after.variance,
    }
}

/// When the snapshots of a run were taken, and what their values are.
struct Times {
    nanos: Vec<Option<i64>>,
    /// By snapshot: whether its levels are those of the one before.
    repeats: Vec<bool>,
    is_counter: bool,
}

impl Times {
    fn of(run: &[Snapshot]) -> Self {
        Self {
            nanos: run.iter().map(|s| s.origin.time_nanos).collect(),
            repeats: repeats(run),
            is_counter: run.first().is_some_and(|s| s.origin.is_counter()),
        }
    }

    /// The row of a whole run: what begins to grow late, grows.
    fn whole_row(
        &self,
        key: &Arc<str>,
        amounts: &[Amount],
        thresholds: &GrowthThresholds,
    ) -> GrowthRow {
        let mut row = self.row(key, amounts, thresholds);
        let went_up = matches!(
            row.pattern,
            Some(GrowthPattern::Rises | GrowthPattern::Plateau)
        );
        if went_up && !self.is_counter && !row.is_one_step() {
            let late = &self.points(amounts)[onset(amounts)..];
            if growth_pattern(late, thresholds) == GrowthPattern::Grows {
                row.pattern = Some(GrowthPattern::Grows);
            }
        }
        row
    }

    fn row(&self, key: &Arc<str>, amounts: &[Amount], thresholds: &GrowthThresholds) -> GrowthRow {
        let points = self.points(amounts);
        let ends = amounts.first().zip(amounts.last());
        let variance = ends.map_or(0.0, |(&first, &last)| {
            variance_of_change(first, last, self.is_counter)
        });
        let mut row = GrowthRow {
            name: Arc::clone(key),
            values: amounts.iter().map(|amount| amount.value).collect(),
            rates: Vec::new(),
            standard_error: variance.sqrt(),
            is_significant: false,
            per_hour: None,
            per_hour_error: None,
            per_snapshot: 0.0,
            steps_up: steps_up(&points),
            share: 0.0,
            pattern: None,
        };
        let limit = thresholds.deviations * row.standard_error;
        row.is_significant = row.delta().unsigned_abs() as f64 > limit;
        match self.is_counter {
            true => self.judge_counter(&mut row, &points, thresholds),
            false => judge_level(&mut row, &points, thresholds),
        }
        row
    }

    /// What a counter counted is known at its ends, whatever lies between them.
    fn judge_counter(&self, row: &mut GrowthRow, points: &[Point], thresholds: &GrowthThresholds) {
        let (rates, delta) = (self.rates(points), row.delta() as f64);
        let hours = hours(points).and_then(|hours| hours.last().copied());
        let hours = hours.filter(|&hours| hours > 0.0);
        row.per_hour = hours.map(|hours| delta / hours);
        row.per_hour_error = hours.map(|hours| row.standard_error / hours);
        row.per_snapshot = delta / rates.len().max(1) as f64;
        row.pattern = (rates.len() > 1).then(|| growth_pattern(&rates, thresholds));
        row.rates = rates.iter().map(|rate| rate.value).collect();
    }

    fn points(&self, amounts: &[Amount]) -> Vec<Point> {
        let points = amounts.iter().enumerate().map(|(at, amount)| Point {
            time_nanos: self.nanos[at],
            value: amount.value as f64,
            variance: amount.variance,
            // Counters go on all the same.
            is_repeat: self.repeats[at] && !self.is_counter,
        });
        points.collect()
    }

    /// What a counter counted from one snapshot to the next: by second where all times are known
    /// and differ.
    fn rates(&self, points: &[Point]) -> Vec<Point> {
        let seconds = |step: &[Point]| {
            let nanos = i128::from(step[1].time_nanos?) - i128::from(step[0].time_nanos?);
            (nanos > 0).then_some(nanos as f64 / 1e9)
        };
        let seconds: Option<Vec<f64>> = points.windows(2).map(seconds).collect();
        let rate = |(at, step): (usize, &[Point])| {
            let duration = seconds.as_ref().map_or(1.0, |seconds| seconds[at]);
            Point {
                time_nanos: step[1].time_nanos,
                value: (step[1].value - step[0].value) / duration,
                variance: (step[1].variance - step[0].variance).max(0.0) / duration.powi(2),
                is_repeat: step[1].is_repeat,
            }
        };
        points.windows(2).enumerate().map(rate).collect()
    }
}

/// By snapshot: whether it shows the heap of the one before.
fn repeats(run: &[Snapshot]) -> Vec<bool> {
    let pairs = run.windows(2);
    let later = pairs.map(|pair| is_same_heap(&pair[0].origin, &pair[1].origin));
    [false].into_iter().chain(later).collect()
}

fn judge_level(row: &mut GrowthRow, points: &[Point], thresholds: &GrowthThresholds) {
    let by_hour = FittedLine::of_hours(points);
    row.per_hour = by_hour.map(|line| line.slope);
    row.per_hour_error = by_hour.map(|line| line.variance.sqrt());
    row.per_snapshot = FittedLine::of_steps(points).slope;
    row.pattern = Some(growth_pattern(points, thresholds));
}
