//! The threads that read files: one for each core, or the caller's alone where a system
//! allows no more.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads read no faster: whatever the environment asks for, a system has to grant them.
const MOST: usize = 64;

/// From how many files on progress is shown.
const MANY: usize = 20;

/// Runs what is done on several threads. Rayon's own pool ends the program where no
/// thread can be started.
pub(crate) fn install<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    match POOL.get_or_init(pool) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Does something for each of so many files, and shows how many are done.
pub(crate) fn for_each(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let progress = progress(count);
    install(|| {
        (0..count).into_par_iter().for_each(|at| {
            work(at);
            progress.inc(1);
        });
    });
    progress.finish_and_clear();
}

/// Shown on a terminal only, and only where it takes long.
pub(crate) fn progress(files: usize) -> ProgressBar {
    if files < MANY {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{pos} of {len} dumps {wide_bar} {per_sec}, {eta} left");
    let bar = ProgressBar::new(files as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The room for addresses that a thread may take, in bytes: most of it is what glibc reserves
/// for the thread's own heap.
const THREAD_BYTES: u64 = 256 << 20;

/// Whether there is room for threads. Where a limit (`ulimit -v`) leaves little, a thread can be
/// started, and then finds no memory: that ends the program.
pub(crate) fn are_granted() -> bool {
    static ARE_GRANTED: OnceLock<bool> = OnceLock::new();
    *ARE_GRANTED.get_or_init(|| room().is_none_or(|room| room >= 4 * THREAD_BYTES))
}

/// How many bytes of addresses the system grants, where that has a limit.
fn room() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    room_of(&limits)
}

fn room_of(limits: &str) -> Option<u64> {
    let mut lines = limits.lines();
    let limit = lines.find_map(|line| line.strip_prefix("Max address space"))?;
    limit.split_whitespace().next()?.parse().ok()
}

fn pool() -> Option<ThreadPool> {
    let builder = ThreadPoolBuilder::new().num_threads(wanted());
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    match are_granted() {
        true => builder.build().or_else(|_| alone().build()).ok(),
        false => alone().build().ok(),
    }
}

/// What the environment asks for, as rayon reads it, else a thread for each core.
fn wanted() -> usize {
    let asked = std::env::var("RAYON_NUM_THREADS").ok();
    let asked = asked.and_then(|count| count.parse().ok());
    let asked = asked.filter(|&count| count > 0);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let room = room().map_or(u64::MAX, |room| room / THREAD_BYTES);
    let most = usize::try_from(room).map_or(MOST, |room| room.clamp(1, MOST));
    asked.unwrap_or_else(cores).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_for_addresses_is_the_soft_limit() {
        let limits = |soft: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units\n\
                 Max cpu time              unlimited            unlimited            seconds\n\
                 Max address space         {soft}            unlimited            bytes\n"
            )
        };
        assert_eq!(room_of(&limits("122880000")), Some(122_880_000));
        assert_eq!(room_of(&limits("unlimited")), None);
        assert_eq!(room_of(""), None);
    }
}
