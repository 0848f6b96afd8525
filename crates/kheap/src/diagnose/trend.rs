//! How an amount went on until now, and when it reaches a limit.

use crate::series::{GrowthPattern, GrowthRow};

/// How an amount went on until now: all figures are of the same snapshots.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Trend {
    /// How many snapshots it is of: those since its growth began.
    pub snapshots: usize,
    /// How many snapshots its process has: others came before growth that is of fewer.
    pub of_snapshots: usize,
    /// The first and the last value before its growth began, where it began later than its
    /// process. Those need not be level: they may have grown more slowly.
    pub before: Option<(i64, i64)>,
    /// The name of the first of them.
    pub first: String,
    /// When the first of them was taken, in nanoseconds since 1970-01-01 UTC: the
    /// first one of the process, unless a level came before.
    pub since_nanos: Option<i64>,
    /// The time between the first and the last of them, in nanoseconds; `None` where one
    /// of both has no time.
    pub span_nanos: Option<i64>,
    /// How long a time they cover: less than the span where most of it is between two of
    /// them (see [`covered_nanos`](crate::series::covered_nanos)).
    pub covered_nanos: Option<i64>,
    /// Its values, change, pace and pattern. The error of the pace is that of
    /// sampling or that of the scatter around the line, whichever is more.
    pub row: GrowthRow,
    /// The limit that was asked for, in bytes.
    pub limit: Option<i64>,
    /// When it is reached at this pace.
    pub forecast: Option<Forecast>,
    /// Why there is no forecast, where one was asked for.
    pub no_forecast: Option<NoForecast>,
}

impl Trend {
    /// Whether it went up and stayed.
    pub fn is_growth(&self) -> bool {
        let went_up = matches!(
            self.row.pattern,
            Some(GrowthPattern::Grows | GrowthPattern::Rises | GrowthPattern::Plateau)
        );
        went_up && self.row.delta() > 0
    }
}

/// Why there is no forecast of when a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NoForecast {
    /// It does not grow steadily.
    Unsteady,
    /// Two snapshots are one step, and no pace.
    Few,
    /// Some snapshot has no time.
    Untimed,
    /// The snapshots span less than ten minutes: a start-up or one burst looks the same.
    Short,
}

crate::__vocabulary! {
    NoForecast, "reason" {
        Unsteady = "unsteady",
        Few = "few",
        Untimed = "untimed",
        Short = "short",
    }
}

/// When a limit is reached if an amount goes on as it did, and nothing else changes.
///
/// The earliest time takes the pace at the upper end of its error (two standard
/// errors), and counts the garbage that collects between two collections: with
/// `GOGC=100`, the heap is twice what lives. The latest takes the lower end, and what lives
/// alone. Both are 0 where it is so already.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Forecast {
    /// In so many hours from the last snapshot at the earliest.
    pub earliest_hours: f64,
    /// At the latest; `None` where the pace may as well be none.
    pub latest_hours: Option<f64>,
}
