//! Moments and spans, in nanoseconds, as people read them.

use jiff::tz::TimeZone;

const SECOND: u64 = 1_000_000_000;

const DAY: u64 = 86_400;

/// A long span in years, from two years on: `6.3 years`.
pub(crate) fn years(seconds: u64) -> Option<String> {
    let is_long = seconds >= 2 * 365 * DAY;
    is_long.then(|| format!("{:.1} years", seconds as f64 / (365.25 * DAY as f64)))
}

/// A moment since 1970, in UTC: a picture or a report is the same on every machine.
///
/// # Example
///
/// ```
/// assert_eq!(kheap_text::clock(0), "1970-01-01 00:00:00 UTC");
/// ```
pub fn clock(nanos: i64) -> String {
    let timestamp = jiff::Timestamp::from_nanosecond(i128::from(nanos));
    let zoned = timestamp.map(|at| at.to_zoned(TimeZone::UTC));
    zoned.map_or_else(
        |_| "?".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// How long something is: `88 s`, `12 min`, `3 h`, `48 days`, `6.3 years`.
pub(crate) fn span(nanos: i64) -> String {
    let seconds = nanos.unsigned_abs() / SECOND;
    years(seconds).unwrap_or_else(|| match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", (seconds + 30) / 60),
        7200..172_800 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + DAY / 2) / DAY),
    })
}
