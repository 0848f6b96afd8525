//! What a figure does over time: grows, levels off, comes and goes.

/// Which share of a change one step must have for there to be no pace.
const ONE_STEP: f64 = 0.8;

/// A figure at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Point {
    /// When, in nanoseconds since 1970-01-01 UTC.
    pub time_nanos: Option<i64>,
    /// How much.
    pub value: f64,
    /// How far sampling lets it stray, in the square of its unit.
    pub variance: f64,
    /// Whether no collection finished since the point before, so that it says the same of the same
    /// heap.
    pub is_repeat: bool,
}

/// What a figure does over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum GrowthPattern {
    /// It went up, in most steps and in more than one, and is near its maximum: a leak looks
    /// like this.
    Grows,
    /// It went up, and stays there.
    Plateau,
    /// It was far above both ends for a while.
    Spike,
    /// It goes up and down again and again.
    SawTooth,
    /// It went down.
    Shrinks,
    /// It went up, but in one step or not steadily, or fell again.
    Rises,
    /// It changed by no more than sampling explains.
    Flat,
}

crate::__vocabulary! {
    GrowthPattern, "growth pattern" {
        Grows = "grows",
        Plateau = "plateau",
        Spike = "spike",
        SawTooth = "saw-tooth",
        Shrinks = "shrinks",
        Rises = "rises",
        Flat = "flat",
    }
}

/// Where the patterns part.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GrowthThresholds {
    /// A change counts when it is larger than this many standard errors of the difference between
    /// its ends. More snapshots make it no surer: an object is sampled when it is allocated and
    /// stays sampled while it lives, so that all of them show the same error. Default: 2.
    pub deviations: f64,
    /// What grows goes up in at least this share of its steps, by default 0.6, …
    pub steps_up: f64,
    /// … and ends at no less than this share of its maximum, by default 0.9.
    pub near_maximum: f64,
    /// A plateau rises in its last third by no more than this share of its whole growth. A steady
    /// growth rises there by a third. Default: 0.1.
    pub plateau_rise: f64,
    /// A spike is more than this many times as high as both ends. Default: 2.
    pub spike: f64,
    /// A saw-tooth falls at least this often, by default twice, …
    pub drops: usize,
    /// … and loses in it at least this share of all that it gains, by default 0.5.
    pub returned: f64,
    /// A change of at least this share of the largest one is shown when nobody asks for more.
    /// Default: 0.1.
    pub telling_share: f64,
}

impl Default for GrowthThresholds {
    fn default() -> Self {
        Self {
            deviations: 2.0,
            steps_up: 0.6,
            near_maximum: 0.9,
            plateau_rise: 0.1,
            spike: 2.0,
            drops: 2,
            returned: 0.5,
            telling_share: 0.1,
        }
    }
}

crate::__setters! {
    impl GrowthThresholds {
        deviations: f64,
        steps_up: f64,
        near_maximum: f64,
        plateau_rise: f64,
        spike: f64,
        drops: usize,
        returned: f64,
        telling_share: f64,
    }
}

/// Says what a figure does over time.
///
/// Points are in the order of time. A change is more than noise when it exceeds the standard errors
/// that [`GrowthThresholds::deviations`] says; between the turns of a spike or a saw-tooth it takes
/// more, the more points there are to choose from.
///
/// # Example
///
/// ```
/// use kheap::series::{Point, GrowthThresholds, GrowthPattern, growth_pattern};
///
/// let say = |values: &[f64]| {
///     let point = |&value: &f64| Point { time_nanos: None, value, variance: 1.0, is_repeat: false };
///     let points: Vec<Point> = values.iter().map(point).collect();
///     growth_pattern(&points, &GrowthThresholds::default())
/// };
/// assert_eq!(say(&[10.0, 20.0, 30.0, 40.0]), GrowthPattern::Grows);
/// assert_eq!(say(&[10.0, 90.0, 10.0]), GrowthPattern::Spike);
/// assert_eq!(say(&[10.0, 12.0]), GrowthPattern::Flat);
/// ```
pub fn growth_pattern(points: &[Point], thresholds: &GrowthThresholds) -> GrowthPattern {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return GrowthPattern::Flat;
    };
    let delta = last.value - first.value;
    let of_turns = of_turns(points.len(), thresholds);
    // Before a spike, because a saw-tooth has many of them.
    if is_saw_tooth(points, &of_turns) {
        return GrowthPattern::SawTooth;
    }
    if is_spike(points, &of_turns) {
        return GrowthPattern::Spike;
    }
    if !differs(first, last, thresholds) {
        return GrowthPattern::Flat;
    }
    if delta < 0.0 {
        return GrowthPattern::Shrinks;
    }
    if is_plateau(points, thresholds) {
        return GrowthPattern::Plateau;
    }
    let near = last.value >= thresholds.near_maximum * maximum(points);
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let is_steady = steps_up(points) >= thresholds.steps_up && !is_one_step(&values);
    match near && is_steady {
        true => GrowthPattern::Grows,
        false => GrowthPattern::Rises,
    }
}

/// Among many points the highest and the lowest lie far apart by chance alone: so many more
/// standard errors a turn must have, about as many as the range of normal deviates. Two points have
/// no choice.
fn of_turns(points: usize, thresholds: &GrowthThresholds) -> GrowthThresholds {
    let choice = 2.0 * (points.max(2) as f64 / 2.0).ln();
    GrowthThresholds {
        deviations: (thresholds.deviations.powi(2) + choice).sqrt(),
        ..*thresholds
    }
}

/// The share of steps that go up, 0..=1; 0 where there is no step. Who looks more often than the
/// process collects sees no step between two looks.
pub(super) fn steps_up(points: &[Point]) -> f64 {
    let steps = || points.windows(2).filter(|step| !step[1].is_repeat);
    let up = steps().filter(|step| step[1].value > step[0].value);
    up.count() as f64 / steps().count().max(1) as f64
}

/// Whether the largest step between two values that follow each other is nearly all of the change.
/// Two values alone are one step: no second one confirms it.
pub(super) fn is_one_step(values: &[f64]) -> bool {
    let steps = values.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(largest) = steps.max_by(|a, b| a.abs().total_cmp(&b.abs())) else {
        return false;
    };
    let delta = values[values.len() - 1] - values[0];
    delta * largest > 0.0 && largest.abs() >= ONE_STEP * delta.abs()
}

fn differs(a: &Point, b: &Point, thresholds: &GrowthThresholds) -> bool {
    let error = (a.variance + b.variance).sqrt();
    (b.value - a.value).abs() > thresholds.deviations * error
}

fn maximum(points: &[Point]) -> f64 {
    points.iter().map(|point| point.value).fold(0.0, f64::max)
}

fn is_spike(points: &[Point], thresholds: &GrowthThresholds) -> bool {
    let [first, between @ .., last] = points else {
        return false;
    };
    let is_above = |peak: &Point, end: &Point| {
        peak.value > thresholds.spike * end.value && differs(peak, end, thresholds)
    };
    (between.iter()).any(|peak| is_above(peak, first) && is_above(peak, last))
}

/// A plateau needs points in its last third that show it. A repeat shows nothing.
fn is_plateau(points: &[Point], thresholds: &GrowthThresholds) -> bool {
    let points: Vec<&Point> = points.iter().filter(|point| !point.is_repeat).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return false;
    };
    let third = points.len().div_ceil(3);
    if third < 2 {
        return false;
    }
    let start = points[points.len() - third];
    let rise = (last.value - start.value).abs();
    rise <= thresholds.plateau_rise * (last.value - first.value)
        && !differs(start, last, thresholds)
}

/// Follows the points up and down, and takes no notice of turns within the noise.
fn is_saw_tooth(points: &[Point], thresholds: &GrowthThresholds) -> bool {
    let Some(mut turn) = points.first() else {
        return false;
    };
    let (mut drops, mut lost, mut gained) = (0, 0.0, 0.0);
    let mut is_rising = None;
    for point in points {
        let goes_up = point.value > turn.value;
        let goes_on = is_rising == Some(goes_up);
        if !goes_on && !differs(turn, point, thresholds) {
            continue;
        }
        match goes_up {
            true => gained += point.value - turn.value,
            false => lost += turn.value - point.value,
        }
        drops += usize::from(!goes_up && !goes_on);
        is_rising = Some(goes_up);
        turn = point;
    }
    drops >= thresholds.drops && lost >= thresholds.returned * gained
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A standard error of 1 for each point.
    #[track_caller]
    fn check(values: &[f64], expected: &str) {
        let point = |&value: &f64| Point {
            time_nanos: None,
            value,
            variance: 1.0,
            is_repeat: false,
        };
        let points: Vec<Point> = values.iter().map(point).collect();
        let pattern = growth_pattern(&points, &GrowthThresholds::default());
        assert_eq!(pattern.name(), expected, "{values:?}");
    }

    #[test]
    fn a_change_within_two_standard_errors_is_flat() {
        check(&[10.0, 12.8], "flat");
        check(&[10.0, 12.9], "rises");
        check(&[12.9, 10.0], "shrinks");
        check(&[10.0], "flat");
        check(&[], "flat");
    }

    #[test]
    fn many_snapshots_make_a_small_change_no_surer() {
        let slow: Vec<f64> = (0..20).map(|step| f64::from(step) * 0.13).collect();
        check(&slow, "flat");
        let faster: Vec<f64> = slow.iter().map(|value| value * 2.0).collect();
        check(&faster, "grows");
    }

    /// Snapshots that each stand on so many sampled objects, far smaller than the period.
    #[track_caller]
    fn check_samples(samples: &[f64], expected: &str) {
        let point = |&value: &f64| Point {
            time_nanos: None,
            value,
            variance: value,
            is_repeat: false,
        };
        let points: Vec<Point> = samples.iter().map(point).collect();
        let pattern = growth_pattern(&points, &GrowthThresholds::default());
        assert_eq!(pattern.name(), expected, "{samples:?}");
    }

    #[test]
    fn a_few_sampled_objects_are_no_growth_however_long_they_stay() {
        for count in [5, 100] {
            let (before, after) = (vec![0.0; count], vec![1.0; count + 1]);
            check_samples(&[&before[..], &after].concat(), "flat");
            check_samples(&[&after[..], &before].concat(), "flat");
            let more: Vec<f64> = after.iter().map(|_| 5.0).collect();
            let some: Vec<f64> = after.iter().map(|_| 2.0).collect();
            check_samples(&[some, more].concat(), "flat");
        }
        check_samples(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "grows");
    }

    #[test]
    fn what_grows_goes_up_in_most_steps_and_ends_near_its_maximum() {
        check(&[10.0, 20.0, 30.0, 40.0, 50.0], "grows");
        check(&[10.0, 50.0, 49.0, 48.0, 47.0, 60.0, 80.0], "rises");
        check(&[50.0, 70.0, 90.0, 95.0, 80.0], "rises");
    }

    #[test]
    fn one_step_is_no_growth_however_many_snapshots_there_are() {
        check(&[10.0, 90.0], "rises");
        check(&[10.0, 11.0, 90.0], "rises");
        let level = [10.0; 12];
        check(&[&level[..], &[90.0]].concat(), "rises");
        check(&[10.0, 50.0, 90.0], "grows");
        check(&[10.0, 12.0, 14.0, 16.0, 90.0], "rises");
    }

    #[test]
    fn one_rule_says_what_one_step_is() {
        let check = |values: &[f64], expected: bool| assert_eq!(is_one_step(values), expected);
        check(&[10.0, 90.0], true);
        check(&[90.0, 90.0, 10.0], true);
        check(&[10.0, 50.0, 90.0], false);
        check(&[100.0, 10.0, 110.0, 110.0], true);
        // What falls further first has grown in several steps since.
        check(&[400.0, 100.0, 200.0, 300.0, 400.0, 500.0], false);
        check(&[10.0, 50.0, 10.0], false);
        check(&[10.0], false);
    }

    #[test]
    fn looking_more_often_than_the_process_collects_makes_no_growth_unsteady() {
        let point = |step: i32| Point {
            time_nanos: None,
            value: f64::from(step / 5 * 10),
            variance: 1.0,
            is_repeat: step % 5 != 0,
        };
        let mut points: Vec<Point> = (0..50).map(point).collect();
        let pattern = |points: &[Point]| growth_pattern(points, &GrowthThresholds::default());
        assert_eq!(pattern(&points), GrowthPattern::Grows);
        // Where collections finish, a level that stays is a step.
        points.iter_mut().for_each(|point| point.is_repeat = false);
        assert_eq!(pattern(&points), GrowthPattern::Rises);
    }

    #[test]
    fn what_levels_off_is_a_plateau() {
        check(&[10.0, 40.0, 70.0, 80.0, 80.5, 80.0], "plateau");
        check(&[10.0, 24.0, 38.0, 52.0, 66.0, 80.0], "grows");
    }

    #[test]
    fn a_dump_that_is_there_twice_shows_no_plateau() {
        let point = |(at, &value): (usize, &f64)| Point {
            time_nanos: None,
            value,
            variance: 1.0,
            is_repeat: at > 5,
        };
        let values = [10.0, 24.0, 38.0, 52.0, 66.0, 80.0, 80.0, 80.0];
        let mut points: Vec<Point> = values.iter().enumerate().map(point).collect();
        let pattern = |points: &[Point]| growth_pattern(points, &GrowthThresholds::default());
        assert_eq!(pattern(&points), GrowthPattern::Grows);
        points.iter_mut().for_each(|point| point.is_repeat = false);
        assert_eq!(pattern(&points), GrowthPattern::Plateau);
    }

    #[test]
    fn what_came_and_went_is_a_spike() {
        check(&[10.0, 12.0, 90.0, 11.0], "spike");
        check(&[10.0, 19.0, 10.0], "flat");
    }

    #[test]
    fn many_points_that_stray_are_neither_spike_nor_saw_tooth() {
        // Deviates of a normal distribution, by the quantiles of numbers that fill 0..1 evenly.
        let golden = 0.618_034;
        let noise = |n: usize| {
            let (a, b) = (
                (n as f64 * golden).fract(),
                (n as f64 * golden * golden).fract(),
            );
            (-2.0 * a.max(1e-9).ln()).sqrt() * (b * std::f64::consts::TAU).cos()
        };
        for count in [11, 30, 60, 200] {
            let values: Vec<f64> = (1..=count).map(|n| 100.0 + noise(n)).collect();
            let range = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap();
            let range = range(f64::max) - range(f64::min);
            assert!(range > 2.0 * 2.0_f64.sqrt(), "{range}");
            let mut level = values.clone();
            level.extend([100.0]);
            level.insert(0, 100.0);
            check(&level, "flat");
        }
    }

    #[test]
    fn what_falls_again_and_again_is_a_saw_tooth() {
        check(&[40.0, 60.0, 41.0, 60.0, 42.0, 61.0], "saw-tooth");
        check(&[10.0, 60.0, 11.0, 60.0, 12.0], "saw-tooth");
        check(&[80.0, 60.0, 40.0, 20.0], "shrinks");
        check(&[10.0, 60.0, 55.0, 99.0, 95.0, 140.0], "grows");
    }
}
