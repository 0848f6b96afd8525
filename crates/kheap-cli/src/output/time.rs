//! Times as people and as programs read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The local time with its zone, as pprof prints it.
pub(super) fn local(nanos: i64) -> String {
    let time = timestamp(nanos).to_zoned(TimeZone::system());
    time.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// RFC 3339 in UTC.
pub(super) fn utc(nanos: i64) -> String {
    timestamp(nanos).to_string()
}

fn timestamp(nanos: i64) -> Timestamp {
    let time = Timestamp::from_nanosecond(i128::from(nanos));
    time.expect("64 bits of nanoseconds lie within the calendar")
}
