//! Whether a process keeps to a limit, and the `GOMEMLIMIT` that makes it.

use super::note::{Kept, MemoryNote};
use super::{Size, room};
use crate::memstats::MemStats;
use crate::profile::clamp;

/// How much of a limit `GOMEMLIMIT` should take: the rest is for what it does not
/// count, and for the time a collection takes.
///
/// Source: <https://go.dev/doc/gc-guide#Suggested_uses>: leave 5 to 10 %.
const LIMIT_SHARE: f64 = 0.9;

/// The least room that a `GOMEMLIMIT` must leave beside what no collection frees, as a
/// share of the live heap. With less, the collector runs more often than with GOGC=25,
/// four times as often as by default, and soon does little else; a heap that grows a
/// little then stops the program.
///
/// Source: <https://go.dev/doc/gc-guide#Memory_limit>, of thrashing.
const LEAST_ROOM: f64 = 0.25;

/// A process that is held against a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process<'a> {
    pub(super) size: Size,
    pub(super) total: i64,
    pub(super) live: i64,
    pub(super) stats: Option<&'a MemStats>,
}

impl Process<'_> {
    /// What is left below the limit, and a `GOMEMLIMIT` that keeps to it, if any does.
    pub(super) fn notes(&self, limit: u64) -> Vec<MemoryNote> {
        let limit = i128::from(limit);
        let left = limit - i128::from(self.total);
        let mut notes = vec![MemoryNote::Distance {
            size: self.size,
            left: clamp(left),
        }];
        notes.extend(self.growth_note(left));
        notes.extend(self.memory_limit_note(limit));
        notes
    }

    /// Where a past peak is all that is known, nothing can be said of what is left now.
    fn growth_note(&self, left: i128) -> Option<MemoryNote> {
        let stats = self
            .stats
            .filter(|_| self.size != Size::Peak && left >= 0)?;
        let room = room(stats);
        // Spans that are resident already are used first.
        let heap = i128::from(stats.heap_sys) - i128::from(stats.heap_released);
        let free = heap - i128::from(stats.heap_alloc);
        (left < room - free.max(0)).then(|| MemoryNote::PassesLimit(clamp(room)))
    }

    fn memory_limit_note(&self, limit: i128) -> Option<MemoryNote> {
        let outside = self.outside();
        let spare = (limit as f64 * (1.0 - LIMIT_SHARE)) as i128;
        let memory_limit = limit - outside.unwrap_or(0).max(spare);
        let kept = self.kept();
        let least = kept + (self.live as f64 * LEAST_ROOM) as i128;
        let all = kept + outside.unwrap_or(0);
        let kept = Kept {
            bytes: clamp(all),
            has_runtime: self.stats.is_some(),
            has_outside: outside.is_some(),
        };
        if all > limit {
            return Some(MemoryNote::Unkeepable(kept));
        }
        if least > memory_limit {
            return Some(MemoryNote::Thrashing(kept));
        }
        if self.size == Size::Peak {
            return Some(MemoryNote::OnlyPeak);
        }
        (memory_limit >> 20 > 0).then(|| MemoryNote::MemoryLimit {
            mebibytes: clamp(memory_limit >> 20),
            is_outside_known: outside.is_some(),
        })
    }

    /// What the runtime does not know of, which `GOMEMLIMIT` does not count. At a peak
    /// the runtime held more than now, nobody knows how much.
    fn outside(&self) -> Option<i128> {
        let stats = self.stats.filter(|_| self.size == Size::Resident)?;
        Some((i128::from(self.total) - i128::from(stats.held())).max(0))
    }

    /// What no collection frees of what the runtime holds, as far as it is known: the
    /// live heap, the room beside its objects, stacks, and the runtime's own structures.
    ///
    /// Source: Go's `runtime/mgcpacer.go`, `memoryLimitHeapGoal`.
    fn kept(&self) -> i128 {
        let live = i128::from(self.live).max(0);
        let Some(stats) = self.stats else {
            return live;
        };
        let wide = |bytes: u64| i128::from(bytes);
        let beside = wide(stats.heap_inuse) - wide(stats.heap_alloc);
        // The profile is a sample, and may estimate too much.
        let live = live.min(wide(stats.heap_alloc));
        live + beside + wide(stats.sys) - wide(stats.heap_sys)
    }
}
