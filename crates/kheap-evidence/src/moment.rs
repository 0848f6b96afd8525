//! Moments, in nanoseconds since 1970-01-01 UTC, as the formats write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A second, in the unit of a moment.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// A minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// The longest that a collection is ago: one is forced every two minutes, and takes some
/// seconds.
pub(crate) const COLLECTION: i64 = 2 * MINUTE + 10 * SECOND;

/// Reads `2026-11-29T15:41:44.258358Z`.
pub(crate) fn rfc3339(text: &str) -> Option<i64> {
    let timestamp: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok()
}

/// Reads seconds since 1970, as metrics give them.
pub(crate) fn of_seconds(seconds: f64) -> Option<i64> {
    let nanos = seconds * SECOND as f64;
    (nanos.is_finite() && nanos > 0.0 && nanos < i64::MAX as f64).then_some(nanos as i64)
}

/// Reads `1129 15:41:44.258358`, which leaves out the year: the one that comes nearest
/// to `near` counts. The time zone is taken for UTC, as in a control plane.
pub(crate) fn klog(text: &str, near: i64) -> Option<i64> {
    let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let (month, day) = (digits(0..2)?, digits(2..4)?);
    let (hour, minute, second) = (digits(5..7)?, digits(8..10)?, digits(11..13)?);
    let fraction = text.get(14..)?;
    let micros: i32 = fraction.get(..6)?.parse().ok()?;
    let near_year = year(near);
    let in_year = |year: i16| {
        let day = jiff::civil::Date::new(year, month, day).ok()?;
        let time = jiff::civil::Time::new(hour, minute, second, micros.checked_mul(1000)?).ok()?;
        utc(day.to_datetime(time))
    };
    let candidates = [near_year - 1, near_year, near_year + 1].map(in_year);
    let distance = |moment: &i64| moment.abs_diff(near);
    candidates.into_iter().flatten().min_by_key(distance)
}

fn year(nanos: i64) -> i16 {
    let timestamp = jiff::Timestamp::from_nanosecond(i128::from(nanos));
    let year = timestamp.map(|at| at.to_zoned(TimeZone::UTC).year());
    // Neighbours of the year are asked for, too.
    year.unwrap_or(1970).clamp(1, 9998)
}

fn utc(at: DateTime) -> Option<i64> {
    let zoned = at.to_zoned(TimeZone::UTC).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok()
}

/// Reads a duration as Go writes it, such as `19.8s`, `1m2.5s`, `29.33871ms`.
pub(crate) fn go_duration(text: &str) -> Option<i64> {
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let unit_end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let nanos = match &rest[..unit_end] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * nanos;
        rest = &rest[unit_end..];
    }
    (total < i64::MAX as f64).then_some(total as i64)
}

/// The first moment of a year, for tests and defaults.
#[cfg(test)]
pub(crate) fn of_year(year: i16) -> i64 {
    utc(jiff::civil::date(year, 1, 1).at(0, 0, 0, 0)).expect("years of tests are in range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn klog_takes_the_year_that_is_nearest() {
        let new_year = of_year(2026);
        assert_eq!(klog("0101 00:00:00.000000", new_year), Some(new_year));
        let eve = klog("1231 23:59:59.000000", new_year).expect("a time");
        assert_eq!(new_year - eve, SECOND);
        assert_eq!(klog("1331 23:59:59.000000", new_year), None);
        assert_eq!(klog("12", new_year), None);
    }

    #[test]
    fn go_durations_have_several_units() {
        assert_eq!(go_duration("1m2.5s"), Some(62_500_000_000));
        assert_eq!(go_duration("29.33871ms"), Some(29_338_710));
        assert_eq!(go_duration("85µs"), Some(85_000));
        assert_eq!(go_duration("5 apples"), None);
        assert_eq!(go_duration("5"), None);
    }
}
