//! How much is in which part.

use super::part::{MemoryPart, MemoryRow};
use super::{Gogc, Size};
use crate::memstats::MemStats;
use crate::profile::clamp;

/// The rows where the runtime said all: differences, so that they add up.
pub(super) fn known(live: i64, stats: &MemStats, size: Size, total: i64) -> Vec<MemoryRow> {
    let wide = |bytes: u64| i128::from(bytes);
    let (alloc, in_use) = (wide(stats.heap_alloc), wide(stats.heap_inuse));
    let (heap, stacks) = (wide(stats.heap_sys), wide(stats.stack_sys));
    let own = wide(stats.sys) - heap - stacks;
    let outside = i128::from(total) - i128::from(stats.held());
    let idle = heap - in_use - wide(stats.heap_released);
    let mut rows = vec![
        row(MemoryPart::LiveHeap, live.into()),
        row(MemoryPart::NotInProfile, alloc - i128::from(live)),
        row(MemoryPart::PartlyUsed, in_use - alloc),
        row(MemoryPart::Idle, idle),
        row(MemoryPart::Stacks, stacks),
        row(MemoryPart::Runtime, own),
    ];
    // At its peak the process may have held what was returned until now, at most.
    let returned = wide(stats.heap_released).min(outside).max(0);
    match size {
        Size::Runtime => {}
        Size::Peak if returned > 0 => {
            rows.push(row(MemoryPart::Returned, returned));
            rows.push(row(MemoryPart::OutsideGo, outside - returned));
        }
        Size::Peak | Size::Resident => rows.push(row(MemoryPart::OutsideGo, outside)),
    }
    rows
}

/// The rows where the runtime said nothing.
///
/// The headroom is an estimate. Since Go 1.18 the heap grows by a share of stacks and
/// globals, too, and it never is collected below 4 MiB; of that the file shows nothing.
pub(super) fn estimated(live: i64, total: i64, gogc: Option<Gogc>) -> Vec<MemoryRow> {
    let beside = i128::from(total) - i128::from(live);
    let room = match gogc.unwrap_or_default() {
        Gogc::Percent(percent) => i128::from(live) * i128::from(percent) / 100,
        Gogc::Off => beside,
    };
    let room = room.min(beside).max(0);
    vec![
        row(MemoryPart::LiveHeap, live.into()),
        range(MemoryPart::Headroom, 0, room),
        range(MemoryPart::Rest, beside - room, beside),
    ]
}

fn row(part: MemoryPart, bytes: i128) -> MemoryRow {
    range(part, bytes, bytes)
}

fn range(part: MemoryPart, low: i128, high: i128) -> MemoryRow {
    MemoryRow {
        part,
        low: clamp(low),
        high: clamp(high),
    }
}
