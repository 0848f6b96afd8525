//! Times as people and as programs read them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kheap::series::Origin;
use kheap_text::change::NO_TIME;

#[cfg(unix)]
use crate::folders::is_of_kernel;

/// Where Go looks for the zone database.
///
/// Source: go `src/time/zoneinfo_unix.go`, `platformZoneSources`.
#[cfg(unix)]
const DATABASES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/locale/TZ",
    "/etc/zoneinfo",
];

/// The longest file of a zone, in bytes: the longest of the database has 4 kB.
#[cfg(unix)]
const ZONE_BYTES: u64 = 1 << 20;

/// The local time with its zone, as pprof prints it.
pub(crate) fn local(nanos: i64) -> String {
    let time = timestamp(nanos).to_zoned(local_zone());
    time.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// The day that it is here.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(local_zone()).date()
}

/// When a dump was taken, for people.
pub(crate) fn taken(origin: &Origin) -> String {
    origin.time_nanos.map_or_else(|| NO_TIME.to_owned(), local)
}

/// RFC 3339 in UTC.
pub(crate) fn utc(nanos: i64) -> String {
    timestamp(nanos).to_string()
}

fn timestamp(nanos: i64) -> Timestamp {
    let time = Timestamp::from_nanosecond(i128::from(nanos));
    time.expect("64 bits of nanoseconds lie within the calendar")
}

/// Finds the zone as Go does: TZ names a file of the zone database, an empty TZ
/// is UTC, without TZ `/etc/localtime` counts, and what is not there is UTC.
///
/// jiff's own search lists the whole database first, which takes longer than
/// reading a dump.
#[cfg(unix)]
fn local_zone() -> TimeZone {
    use std::path::Path;

    let name = std::env::var("TZ");
    let name = match name.as_deref().map(|name| name.trim_start_matches(':')) {
        Ok("" | "UTC") => return TimeZone::UTC,
        Ok(name) => name,
        Err(_) => "/etc/localtime",
    };
    // An absolute path stays what it is in any folder.
    let files = DATABASES.iter().map(|folder| Path::new(folder).join(name));
    let zone = files.filter_map(|file| read_zone(&file)).next();
    let zone = zone.and_then(|data| TimeZone::tzif("local", &data).ok());
    zone.unwrap_or(TimeZone::UTC)
}

/// Reads the file of a zone. TZ may name anything: a device without end, a pipe that nobody writes
/// into, or a file of the kernel that waits.
#[cfg(unix)]
fn read_zone(file: &std::path::Path) -> Option<Vec<u8>> {
    use std::io::Read;

    if !file.is_file() || is_of_kernel(file) {
        return None;
    }
    let mut data = Vec::new();
    let file = std::fs::File::open(file).ok()?;
    file.take(ZONE_BYTES).read_to_end(&mut data).ok()?;
    Some(data)
}

#[cfg(not(unix))]
#[expect(
    clippy::disallowed_methods,
    reason = "the system is asked, not a file that TZ names"
)]
fn local_zone() -> TimeZone {
    TimeZone::system()
}
