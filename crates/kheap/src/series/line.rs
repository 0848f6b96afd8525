//! The straight line through points that misses them least.

use super::pattern::Point;

/// Nanoseconds of an hour.
const HOUR: f64 = 3.6e12;

/// A line fitted by least squares.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct FittedLine {
    /// Change of the value for each unit of the other axis.
    pub(super) slope: f64,
    /// Variance of the slope, given those of the points: the larger of what follows where each
    /// snapshot holds other objects, and where each holds those of the one before. Between these is
    /// every mixture of the two.
    pub(super) variance: f64,
}

impl FittedLine {
    /// By snapshot. The slope of a single one is 0.
    pub(super) fn of_steps(points: &[Point]) -> Self {
        let steps: Vec<f64> = (0..points.len()).map(|step| step as f64).collect();
        Self::fit(&steps, points).unwrap_or_default()
    }

    /// By hour; `None` where times are missing or all the same.
    pub(super) fn of_hours(points: &[Point]) -> Option<Self> {
        Self::fit(&hours(points)?, points)
    }

    fn fit(axis: &[f64], points: &[Point]) -> Option<Self> {
        let mean = axis.iter().sum::<f64>() / points.len().max(1) as f64;
        let spread: f64 = axis.iter().map(|at| (at - mean).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let weights: Vec<f64> = axis.iter().map(|at| (at - mean) / spread).collect();
        // Against the first point, so that rounding gives no slope to what does not change.
        let start = points.first()?.value;
        let weighted = weights.iter().zip(points);
        let slope = weighted.map(|(weight, point)| weight * (point.value - start));
        Some(Self {
            slope: slope.sum(),
            variance: variance_of_others(&weights, points)
                .max(variance_of_the_same(&weights, points)),
        })
    }
}

/// Hours since the first point; `None` where a time is missing.
pub(super) fn hours(points: &[Point]) -> Option<Vec<f64>> {
    let start = points.first()?.time_nanos?;
    let hours = |point: &Point| {
        let nanos = i128::from(point.time_nanos?) - i128::from(start);
        Some(nanos as f64 / HOUR)
    };
    points.iter().map(hours).collect()
}

/// The variance of a weighted sum where no object is in two snapshots: errors are independent.
fn variance_of_others(weights: &[f64], points: &[Point]) -> f64 {
    let weighted = weights.iter().zip(points);
    weighted.map(|(w, point)| w.powi(2) * point.variance).sum()
}

/// The same where the smaller of two snapshots holds nothing but objects of the larger one. An
/// object is sampled when it is allocated, once and for all, so that its error is in both, and
/// their covariance is the smaller variance.
///
/// Every layer between two variances counts in all snapshots that reach it.
fn variance_of_the_same(weights: &[f64], points: &[Point]) -> f64 {
    let mut layers: Vec<(f64, f64)> = (weights.iter().zip(points))
        .map(|(&weight, point)| (point.variance, weight))
        .collect();
    layers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut reach, mut variance) = (0.0, 0.0);
    for (at, &(top, weight)) in layers.iter().enumerate() {
        reach += weight;
        let below = layers.get(at + 1).map_or(0.0, |layer| layer.0);
        variance += (top - below) * f64::powi(reach, 2);
    }
    variance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(minutes: i64, value: f64) -> Point {
        Point {
            time_nanos: Some(minutes * 60_000_000_000),
            value,
            variance: 4.0,
            is_repeat: false,
        }
    }

    #[test]
    fn the_line_between_two_points_has_the_error_of_their_difference() {
        let points = [point(0, 10.0), point(30, 16.0)];
        let expected = |slope, variance| FittedLine { slope, variance };
        assert_eq!(FittedLine::of_steps(&points), expected(6.0, 8.0));
        assert_eq!(FittedLine::of_hours(&points), Some(expected(12.0, 32.0)));
    }

    #[test]
    fn an_object_that_stays_has_the_same_error_in_all_snapshots() {
        let absent = |minute| Point {
            variance: 0.0,
            ..point(minute, 0.0)
        };
        let mut points: Vec<Point> = (0..50).map(absent).collect();
        points.extend((50..100).map(|minute| point(minute, 2.0)));
        let line = FittedLine::of_steps(&points);
        // However many snapshots there are, it is one object.
        assert!((line.slope / line.variance.sqrt() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn uneven_times_bend_no_line() {
        let points = [point(0, 0.0), point(1, 2.0), point(10, 20.0)];
        let slope = FittedLine::of_hours(&points).map(|line| line.slope.round());
        assert_eq!(slope, Some(120.0));
    }

    #[test]
    fn what_stays_the_same_has_no_slope() {
        let points: Vec<Point> = (0..11).map(|minute| point(minute * 7, 0.1)).collect();
        assert_eq!(FittedLine::of_steps(&points).slope, 0.0);
        assert_eq!(
            FittedLine::of_hours(&points).map(|line| line.slope),
            Some(0.0)
        );
    }

    #[test]
    fn without_times_there_is_no_slope_by_hour() {
        let same = [point(5, 1.0), point(5, 2.0)];
        assert_eq!(FittedLine::of_hours(&same), None);
        assert_eq!(FittedLine::of_hours(&[]), None);
        assert_eq!(FittedLine::of_steps(&same[..1]), FittedLine::default());
    }
}
