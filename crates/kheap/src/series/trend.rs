//! The straight line through points that misses them least.

use super::verdict::Point;

/// Nanoseconds of an hour.
const HOUR: f64 = 3.6e12;

/// A line fitted by least squares.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Trend {
    /// Change of the value for each unit of the other axis.
    pub(super) slope: f64,
    /// Variance of the slope, given those of the points.
    pub(super) variance: f64,
}

impl Trend {
    /// By snapshot. The slope of a single one is 0.
    pub(super) fn of_steps(points: &[Point]) -> Self {
        let at = |step| step as f64;
        Self::fit((0..points.len()).map(at), points).unwrap_or_default()
    }

    /// By hour; `None` where times are missing or all the same.
    pub(super) fn of_hours(points: &[Point]) -> Option<Self> {
        let start = points.first()?.time_nanos?;
        let hours = |point: &Point| {
            let nanos = i128::from(point.time_nanos?) - i128::from(start);
            Some(nanos as f64 / HOUR)
        };
        let hours: Vec<f64> = points.iter().map(hours).collect::<Option<_>>()?;
        Self::fit(hours.iter().copied(), points)
    }

    fn fit(axis: impl Iterator<Item = f64> + Clone, points: &[Point]) -> Option<Self> {
        let mean = axis.clone().sum::<f64>() / points.len().max(1) as f64;
        let spread: f64 = axis.clone().map(|at| (at - mean).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let weighted = axis.map(|at| (at - mean) / spread).zip(points);
        let mut trend = Self::default();
        for (weight, point) in weighted {
            trend.slope += weight * point.value;
            trend.variance += weight.powi(2) * point.variance;
        }
        Some(trend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(minutes: i64, value: f64) -> Point {
        Point {
            time_nanos: Some(minutes * 60_000_000_000),
            value,
            variance: 4.0,
        }
    }

    #[test]
    fn the_line_between_two_points_has_the_error_of_their_difference() {
        let points = [point(0, 10.0), point(30, 16.0)];
        let expected = |slope, variance| Trend { slope, variance };
        assert_eq!(Trend::of_steps(&points), expected(6.0, 8.0));
        assert_eq!(Trend::of_hours(&points), Some(expected(12.0, 32.0)));
    }

    #[test]
    fn uneven_times_bend_no_line() {
        let points = [point(0, 0.0), point(1, 2.0), point(10, 20.0)];
        let slope = Trend::of_hours(&points).map(|trend| trend.slope.round());
        assert_eq!(slope, Some(120.0));
    }

    #[test]
    fn without_times_there_is_no_slope_by_hour() {
        let same = [point(5, 1.0), point(5, 2.0)];
        assert_eq!(Trend::of_hours(&same), None);
        assert_eq!(Trend::of_hours(&[]), None);
        assert_eq!(Trend::of_steps(&same[..1]), Trend::default());
    }
}
