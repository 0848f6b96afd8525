//! The threads that read files: one for each core, or the caller's alone where a system
//! allows no more.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads read no faster: whatever the environment asks for, a system has to grant them.
const MOST: usize = 64;

/// Runs what is done on several threads. Rayon's own pool ends the program where no
/// thread can be started.
pub(crate) fn install<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    match POOL.get_or_init(pool) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Does both at the same time where it can.
pub(crate) fn join<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    install(|| rayon::join(first, second))
}

fn pool() -> Option<ThreadPool> {
    let builder = ThreadPoolBuilder::new().num_threads(wanted());
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    builder.build().or_else(|_| alone().build()).ok()
}

/// What the environment asks for, as rayon reads it, else a thread for each core.
fn wanted() -> usize {
    let asked = std::env::var("RAYON_NUM_THREADS").ok();
    let asked = asked.and_then(|count| count.parse().ok());
    let asked = asked.filter(|&count| count > 0);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.unwrap_or_else(cores).min(MOST)
}
