//! What the Go runtime itself says of its memory: `runtime.MemStats`, which the
//! text form of a heap profile (`?debug=1`) ends with.

use std::collections::BTreeMap;

/// The memory of a Go process as its runtime accounts for it, in bytes where
/// nothing else is said.
///
/// `sys` is the sum of `heap_sys` and the other `*_sys` fields; `heap_sys` is that
/// of `heap_inuse` and `heap_idle`, of which `heap_released` was given back.
///
/// Source: Go's `runtime/mstats.go` and the end of `writeHeapInternal` in
/// `runtime/pprof/pprof.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MemStats {
    /// Address space obtained from the system and not all of it touched yet.
    pub sys: u64,
    /// Objects on the heap: live ones, and garbage that is not swept yet.
    pub heap_alloc: u64,
    /// Address space of the heap.
    pub heap_sys: u64,
    /// Spans without any object.
    pub heap_idle: u64,
    /// Spans with at least one object.
    pub heap_inuse: u64,
    /// The part of `heap_idle` that was given back to the system.
    pub heap_released: u64,
    /// How many objects `heap_alloc` counts.
    pub heap_objects: u64,
    /// Stacks of goroutines.
    pub stack_inuse: u64,
    /// The same, and stacks of threads.
    pub stack_sys: u64,
    /// Descriptions of spans.
    pub mspan_sys: u64,
    /// Caches of processors.
    pub mcache_sys: u64,
    /// The table of this very profile.
    pub buck_hash_sys: u64,
    /// What the garbage collector keeps for itself.
    pub gc_sys: u64,
    /// Everything else of the runtime.
    pub other_sys: u64,
    /// The size of the heap at which the next collection ends.
    pub next_gc: u64,
    /// When the last collection ended, in nanoseconds since 1970; 0 for never.
    pub last_gc_nanos: u64,
    /// How many collections have ended.
    pub num_gc: u64,
    /// How many of them somebody asked for, as `?gc=1` does.
    pub num_forced_gc: u64,
    /// The most that was ever resident, where the system told it (not on Windows).
    pub max_rss: Option<u64>,
}

impl MemStats {
    /// What the runtime keeps besides heap and stacks.
    pub fn runtime_sys(&self) -> u64 {
        let parts = [self.mspan_sys, self.mcache_sys, self.buck_hash_sys];
        let parts = parts.into_iter().chain([self.gc_sys, self.other_sys]);
        parts.fold(0, u64::saturating_add)
    }
}

/// The lines of the section that count. Most have one number, some what is in use
/// and what was obtained.
const NAMES: [&str; 18] = [
    "Sys",
    "HeapAlloc",
    "HeapSys",
    "HeapIdle",
    "HeapInuse",
    "HeapReleased",
    "HeapObjects",
    "Stack",
    "MSpan",
    "MCache",
    "BuckHashSys",
    "GCSys",
    "OtherSys",
    "NextGC",
    "LastGC",
    "NumGC",
    "NumForcedGC",
    "MaxRSS",
];

/// Collects the lines of the section until it is complete.
#[derive(Debug, Default)]
pub(crate) struct MemStatsReader(BTreeMap<&'static str, [u64; 2]>);

/// A number that does not fit into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflow;

impl MemStatsReader {
    /// Takes a line such as `# HeapAlloc = 172020040`; others are ignored.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), Overflow> {
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.trim_start_matches('#').split_once(" = ") else {
            return Ok(());
        };
        let Some(&name) = NAMES.iter().find(|&&known| known == name.trim()) else {
            return Ok(());
        };
        let (first, second) = value.split_once(" / ").unwrap_or((value, value));
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| Overflow);
        self.0.insert(name, [number(first)?, number(second)?]);
        Ok(())
    }

    /// All fields, or `None` where the section is missing or was cut. Without
    /// `MaxRSS` it is whole: not every system tells that.
    pub(crate) fn finish(&self) -> Option<MemStats> {
        let pair = |name: &str| self.0.get(name).copied();
        let number = |name: &str| pair(name).map(|[_, last]| last);
        let [stack_inuse, stack_sys] = pair("Stack")?;
        Some(MemStats {
            sys: number("Sys")?,
            heap_alloc: number("HeapAlloc")?,
            heap_sys: number("HeapSys")?,
            heap_idle: number("HeapIdle")?,
            heap_inuse: number("HeapInuse")?,
            heap_released: number("HeapReleased")?,
            heap_objects: number("HeapObjects")?,
            stack_inuse,
            stack_sys,
            mspan_sys: number("MSpan")?,
            mcache_sys: number("MCache")?,
            buck_hash_sys: number("BuckHashSys")?,
            gc_sys: number("GCSys")?,
            other_sys: number("OtherSys")?,
            next_gc: number("NextGC")?,
            last_gc_nanos: number("LastGC")?,
            num_gc: number("NumGC")?,
            num_forced_gc: number("NumForcedGC").unwrap_or(0),
            max_rss: number("MaxRSS").filter(|&bytes| bytes > 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = "# runtime.MemStats\n# Sys = 100\n# HeapAlloc = 40\n# HeapSys = 70\n\
        # HeapIdle = 20\n# HeapInuse = 50\n# HeapReleased = 5\n# HeapObjects = 3\n\
        # Stack = 6 / 8\n# MSpan = 1 / 2\n# MCache = 3 / 4\n# BuckHashSys = 5\n\
        # GCSys = 6\n# OtherSys = 5\n# NextGC = 80\n# LastGC = 9\n\
        # PauseNs = [1 2]\n# NumGC = 7\n# MaxRSS = 90\n";

    fn read(section: &str) -> Result<Option<MemStats>, Overflow> {
        let mut reader = MemStatsReader::default();
        let lines = section.lines().map(str::as_bytes);
        { lines }.try_for_each(|line| reader.line(line))?;
        Ok(reader.finish())
    }

    #[test]
    fn what_was_obtained_counts_where_what_is_in_use_stands_before_it() {
        let stats = read(SECTION).unwrap().unwrap();
        assert_eq!((stats.stack_inuse, stats.stack_sys), (6, 8));
        assert_eq!((stats.mspan_sys, stats.mcache_sys), (2, 4));
        assert_eq!(stats.runtime_sys(), 2 + 4 + 5 + 6 + 5);
        assert_eq!(stats.max_rss, Some(90));
    }

    #[test]
    fn a_section_that_was_cut_is_none_but_max_rss_may_be_missing() {
        let without = SECTION.replace("# MaxRSS = 90\n", "");
        assert_eq!(read(&without).unwrap().unwrap().max_rss, None);
        assert_eq!(read(&SECTION[..200]), Ok(None));
        assert_eq!(read(""), Ok(None));
    }

    #[test]
    fn a_number_past_64_bits_is_refused() {
        let section = SECTION.replace("= 100", "= 99999999999999999999");
        assert_eq!(read(&section), Err(Overflow));
    }
}
