//! Counts the heaps that are attributed, for tests.

#[cfg(test)]
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

static ALL: AtomicUsize = AtomicUsize::new(0);

#[cfg(test)]
thread_local! {
    static OF_THREAD: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn add() {
    ALL.fetch_add(1, Ordering::Relaxed);
    #[cfg(test)]
    OF_THREAD.set(attributed_here() + 1);
}

/// How many heaps all threads of the process have attributed: for tests of the program.
#[cfg(feature = "count")]
#[doc(hidden)]
pub fn attributed_heaps() -> usize {
    ALL.load(Ordering::Relaxed)
}

/// How many heaps this thread has attributed.
#[cfg(test)]
pub(crate) fn attributed_here() -> usize {
    OF_THREAD.get()
}
