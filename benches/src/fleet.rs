//! Dumps of many servers made of those of a few real ones.

use crate::proto::Profile;
use crate::series::{self, columns};

/// How many dumps each server has, one a day.
const DAYS: usize = 10;

/// How many servers a cluster has.
const REPLICAS: usize = 3;

/// From which day on the heaps of some clusters are twice as large.
const REGRESSION_DAY: usize = 6;

/// From which day on the dumps of some servers are of a new process.
const RESTART_DAY: usize = 4;

/// How many days later than the others some servers are dumped for the first time.
const DAYS_LATE: usize = 3;

/// How far apart the dumps of a server are, in nanoseconds.
const DAY_NANOS: i64 = 86_400_000_000_000;

/// How far apart the dumps of two servers are, in nanoseconds.
const STEP_NANOS: i64 = 1_000_000;

/// Makes dump `number` of a fleet, and the path that it is kept at. Each cluster is of one of the
/// real servers, whose dumps come round again and again.
///
/// One server in seven holds three times as much as the others of its cluster. In one cluster of
/// four all hold twice as much from the seventh day on. One server in five is restarted, and one in
/// eleven is new. The same number makes the same dump, and no two are equal.
///
/// # Panics
///
/// Where there is no real server, or one has no dumps.
pub fn dump(real: &[Vec<Profile>], number: usize) -> (String, Profile) {
    let (server, day) = (number / DAYS, number % DAYS);
    let (cluster, node) = (server / REPLICAS, server % REPLICAS);
    let real = &real[cluster % real.len()];
    let mut profile = match server % 5 {
        2 if day >= RESTART_DAY => series::snapshot(real, day - RESTART_DAY),
        _ => series::snapshot(real, day),
    };
    let day = if server % 11 == 5 {
        day + DAYS_LATE
    } else {
        day
    };
    let offset = day as i64 * DAY_NANOS + server as i64 * STEP_NANOS;
    profile.time_nanos = real[0].time_nanos + offset;
    let outlier = if server % 7 == 3 { 3 } else { 1 };
    let regressed = if cluster % 4 == 1 && day >= REGRESSION_DAY {
        2
    } else {
        1
    };
    let levels = columns(&profile, "inuse_");
    for sample in &mut profile.sample {
        for &column in &levels {
            sample.value[column] *= outlier * regressed;
        }
    }
    // The last of ten clusters has no name, as where a team keeps the dumps of one.
    let path = match cluster % 10 {
        9 => format!("node={cluster:05}-{node}/{day:02}.pb.gz"),
        _ => format!("cluster={cluster:05}/node={node}/{day:02}.pb.gz"),
    };
    (path, profile)
}
