//! The folders of a dataset: one for each program and day, in the way of Hive.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The folder of what is unknown. Engines read it as NULL.
const UNKNOWN: &str = "__HIVE_DEFAULT_PARTITION__";

/// The longest name of a program in a folder, in bytes: file systems allow 255 for all of it.
const MOST_NAME_BYTES: usize = 200;

/// Which rows lie in one folder of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    pub(crate) program: Option<String>,
    /// In UTC.
    pub(crate) day: Option<Date>,
}

impl Partition {
    pub(crate) fn of(program: Option<&str>, time_nanos: Option<i64>) -> Self {
        Self {
            program: program.map(str::to_owned),
            day: time_nanos.and_then(day),
        }
    }

    /// Its path below a dataset.
    pub(crate) fn folder(&self) -> PathBuf {
        let program = match self.program.as_deref() {
            Some(program) => escaped(program),
            None => UNKNOWN.to_owned(),
        };
        let day = self.day.map_or(UNKNOWN.to_owned(), |day| day.to_string());
        Path::new(&format!("program={program}")).join(format!("day={day}"))
    }
}

fn day(time_nanos: i64) -> Option<Date> {
    let time = Timestamp::from_nanosecond(time_nanos.into()).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date())
}

/// A name as Hive writes it into a path: what paths or engines read in their own way is `%`
/// and two digits. Engines read other text as it is, UTF-8 too.
fn escaped(name: &str) -> String {
    let mut folder = String::new();
    for c in name.chars() {
        let is_read = c.is_control() || "\"#%'*/:=?\\{}[]^<>|".contains(c);
        let written = match is_read && c.is_ascii() {
            true => format!("%{:02X}", u32::from(c)),
            false => c.to_string(),
        };
        if folder.len() + written.len() > MOST_NAME_BYTES {
            break;
        }
        folder += &written;
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(program: Option<&str>, time_nanos: Option<i64>, expected: &str) {
        let folder = Partition::of(program, time_nanos).folder();
        assert_eq!(folder, Path::new(expected));
    }

    #[test]
    fn days_are_those_of_utc() {
        let midnight = 1_764_547_200_000_000_000;
        check(Some("etcd"), Some(midnight), "program=etcd/day=2025-12-01");
        check(
            Some("etcd"),
            Some(midnight - 1),
            "program=etcd/day=2025-11-30",
        );
        check(Some("etcd"), Some(i64::MIN), "program=etcd/day=1677-09-21");
    }

    #[test]
    fn what_is_unknown_is_null_for_engines() {
        let unknown = "__HIVE_DEFAULT_PARTITION__";
        check(None, None, &format!("program={unknown}/day={unknown}"));
    }

    #[test]
    fn no_name_leaves_its_folder() {
        check(
            Some("../a=b%"),
            None,
            "program=..%2Fa%3Db%25/day=__HIVE_DEFAULT_PARTITION__",
        );
        let long = Partition::of(Some(&"ü/".repeat(500)), None).folder();
        let name = long.iter().next().unwrap_or_default();
        assert!(name.len() <= "program=".len() + MOST_NAME_BYTES);
    }
}
