//! Which tables an id is of.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The tables that an id was made for: a number that no other tables of this process have.
///
/// It is no part of a value. Any two are equal, and none is hashed or ordered, so that
/// results do not depend on what was read before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin(u32);

impl Default for Origin {
    fn default() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // After 2^28 tables numbers begin anew: nobody keeps ids that long.
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

impl Origin {
    /// The same tables, looked at in the `view`th of sixteen ways.
    pub(crate) fn view(self, view: u32) -> Self {
        debug_assert!(view < 16);
        Self(self.0.wrapping_mul(16).wrapping_add(view))
    }

    /// Whether these are the same tables.
    #[inline]
    pub(crate) fn is(self, table: Self) -> bool {
        self.0 == table.0
    }

    /// Panics where a row is not of these tables.
    #[inline]
    #[track_caller]
    pub(crate) fn check(self, table: Self, what: &str, row: u32, ask: &str) {
        if !self.is(table) {
            foreign(what, row, ask);
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn foreign(what: &str, row: u32, ask: &str) -> ! {
    panic!("{what} {row} is of another profile; ask this one with `{ask}`")
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Origin {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
