//! What grows? A service that takes a profile of itself every minute and keeps the last hour, in
//! memory that does not grow with the number of profiles it has seen.
//!
//! ```text
//! cargo run --release --example rolling_series
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use kheap::series::{By, GrowthThresholds, Keys, Window, has_hourly_rate};
use kheap::{Heap, Profile, ProfileBuilder, Selection, SelectionOptions, Snapshot};

/// How many snapshots are kept.
const KEPT: usize = 60;

/// The last snapshots of a program.
struct Rolling {
    /// Names are kept once for all snapshots, as long as one of them has it.
    keys: Keys,
    window: Window,
}

impl Rolling {
    fn new() -> Self {
        Self {
            keys: Keys::default(),
            window: Window::new(KEPT),
        }
    }

    /// Reduces a profile to its sums. One of another program is refused, and the others stay.
    fn push(&mut self, profile: &Profile) -> anyhow::Result<()> {
        let sample_type = profile.sample_type("inuse_space")?;
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        let snapshot = Snapshot::new(&Heap::new(selection), "heap", &self.keys);
        Ok(self.window.push(snapshot)?)
    }

    /// The function that grows most, and how fast, in bytes an hour. Nothing where the process
    /// has just begun.
    fn fastest(&self) -> anyhow::Result<Option<(String, f64)>> {
        let series = self.window.series()?;
        let newest = series.newest_run_of_several();
        // After a restart that may be the run of the process before.
        let Some(run) = newest.filter(|run| run.end == series.snapshots.len()) else {
            return Ok(None);
        };
        let growth = series.growth(&run, By::Function, &GrowthThresholds::default())?;
        if !has_hourly_rate(growth.covered_nanos, run.len()) {
            return Ok(None);
        }
        let fastest = growth.grown().next();
        Ok(fastest.and_then(|row| Some((row.name.to_string(), row.per_hour?))))
    }
}

fn main() -> anyhow::Result<()> {
    let mut rolling = Rolling::new();
    for minute in 0..10_000 {
        rolling.push(&profile(minute)?)?;
    }
    println!("{} snapshots are kept", rolling.window.snapshots().len());
    if let Some((function, per_hour)) = rolling.fastest()? {
        println!("{function} grows by {per_hour:.0} bytes an hour");
    }
    Ok(())
}

/// Stands for a profile of this minute: a cache that grows, and a function that only it has.
fn profile(minute: i64) -> anyhow::Result<Profile> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    builder.header().time_nanos = (1 + minute) * 60_000_000_000;
    let cache = builder.function("example.com/server/cache.Put", "cache.go");
    let cache = builder.location(None, 1, &[(cache, 12)]);
    builder.sample(&[cache], &[(1 + minute) * 1024], &[])?;
    let new = builder.function(
        &format!("example.com/server/plugin{minute}.Load"),
        "plugin.go",
    );
    let new = builder.location(None, 2, &[(new, 7)]);
    builder.sample(&[new], &[512], &[])?;
    Ok(builder.finish())
}

#[test]
fn what_grows_is_named_after_many_profiles() {
    let mut rolling = Rolling::new();
    for minute in 0..200 {
        rolling.push(&profile(minute).unwrap()).unwrap();
    }
    assert_eq!(rolling.window.snapshots().len(), KEPT);
    let (function, per_hour) = rolling.fastest().unwrap().unwrap();
    assert_eq!(function, "example.com/server/cache.Put");
    assert_eq!(per_hour.round(), 61_440.0);
}

/// The resident memory of this process, in kB.
#[cfg(all(test, target_os = "linux"))]
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let size = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    size.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_over_ten_thousand_profiles() {
    let mut rolling = Rolling::new();
    let mut push = |minutes| {
        for minute in minutes {
            rolling.push(&profile(minute).unwrap()).unwrap();
        }
        resident().unwrap()
    };
    // Until then tables are filled that stay as large as they are.
    let before = push(0..1000);
    let after = push(1000..10_000);
    assert!(after < before + 2048, "{before} kB, then {after} kB");
}
