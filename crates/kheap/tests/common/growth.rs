//! Whether steps take no longer for a large shape than its size says.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::{Duration, Instant};

/// A shape of this size, and one of [`TIMES`] that size, are compared.
pub(crate) const FEW: usize = if cfg!(debug_assertions) {
    2_000
} else {
    125_000
};

pub(crate) const TIMES: usize = 8;

/// Time that grows by the square grows by 64, and what is linear by 8, or more
/// where the caches end and the machine is busy.
const MOST_GROWTH: f64 = 40.0;

/// What is shorter than this is mostly what any profile takes.
const SHORTEST: Duration = Duration::from_millis(5);

/// What is over sooner than this is not slow, however it has grown: the square of
/// the larger size takes longer.
const SLOW: Duration = Duration::from_secs(1);

/// How often a busy machine may spoil the measurement.
const ATTEMPTS: usize = 3;

pub(crate) type Laps = Vec<(&'static str, Duration)>;

/// Compares the laps of two sizes.
pub(crate) fn check(laps: impl Fn(usize) -> Laps) {
    check_from(FEW, laps);
}

/// The same of a shape of which the smaller one has a size of its own.
pub(crate) fn check_from(few: usize, laps: impl Fn(usize) -> Laps) {
    let mut failures = String::new();
    for _ in 0..ATTEMPTS {
        failures = too_slow(&laps(few), &laps(few * TIMES));
        if failures.is_empty() {
            return;
        }
    }
    panic!("{failures}");
}

fn too_slow(small: &Laps, large: &Laps) -> String {
    let pairs = small.iter().zip(large);
    let grown = pairs.map(|(&(step, small), &(_, large))| {
        let growth = large.as_secs_f64() / small.max(SHORTEST).as_secs_f64();
        println!("{step}: {small:.0?}, then {large:.0?}: {growth:.1} times");
        (step, growth, large)
    });
    let slow = grown.filter(|(_, growth, large)| *growth > MOST_GROWTH && *large > SLOW);
    slow.map(|(step, growth, _)| format!("{step} takes {growth:.0} times as long\n"))
        .collect()
}

/// Takes the time of each step.
pub(crate) struct Clock {
    last: Instant,
    pub(crate) laps: Laps,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            last: Instant::now(),
            laps: Vec::new(),
        }
    }

    pub(crate) fn lap(&mut self, step: &'static str) {
        self.laps.push((step, self.last.elapsed()));
        self.last = Instant::now();
    }
}
