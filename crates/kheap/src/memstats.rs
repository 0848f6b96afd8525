//! What the Go runtime itself says of its memory: `runtime.MemStats`, which the
//! text form of a heap profile (`?debug=1`) ends with.

use std::collections::BTreeMap;

/// The memory of a Go process as its runtime accounts for it, in bytes where
/// nothing else is said.
///
/// `sys` is the sum of `heap_sys` and the other `*_sys` fields; `heap_sys` is that
/// of `heap_inuse` and `heap_idle`; `heap_released` of it was given back.
///
/// Source: Go's `runtime/mstats.go` and the end of `writeHeapInternal` in
/// `runtime/pprof/pprof.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
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
    /// The most that was ever resident, where the system said it (not on Windows).
    pub max_rss: Option<u64>,
}

crate::__setters! {
    impl MemStats {
        sys: u64,
        heap_alloc: u64,
        heap_sys: u64,
        heap_idle: u64,
        heap_inuse: u64,
        heap_released: u64,
        heap_objects: u64,
        stack_inuse: u64,
        stack_sys: u64,
        mspan_sys: u64,
        mcache_sys: u64,
        buck_hash_sys: u64,
        gc_sys: u64,
        other_sys: u64,
        next_gc: u64,
        last_gc_nanos: u64,
        num_gc: u64,
        num_forced_gc: u64,
        max_rss: Option<u64>,
    }
}

impl MemStats {
    /// What the runtime holds of the system: all that it obtained but for what it gave back.
    pub fn held(&self) -> u64 {
        self.sys.saturating_sub(self.heap_released)
    }

    /// What the runtime keeps besides heap and stacks.
    pub fn runtime_sys(&self) -> u64 {
        let parts = [self.mspan_sys, self.mcache_sys, self.buck_hash_sys];
        let parts = parts.into_iter().chain([self.gc_sys, self.other_sys]);
        parts.fold(0, u64::saturating_add)
    }
}

/// A name of the section. Under another name than `&str`, serde does not borrow it from its input.
type Name = &'static str;

/// Why a heap profile in text form does not tell [`MemStats`]. Nothing else in it
/// suffers: to Go's own readers these lines are remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MemStatsFault {
    /// The section is not there.
    #[error("the text has no runtime.MemStats at its end, which Go writes: it was cut")]
    Missing,
    /// A line of the section is not there.
    #[error("runtime.MemStats at the end of the text lacks {0}: the text was cut")]
    Incomplete(#[cfg_attr(feature = "serde", serde(deserialize_with = "known_name"))] Name),
    /// A line of the section has no number of 64 bits without a sign.
    #[error("runtime.MemStats at the end of the text is damaged: {0} is no number of 64 bits")]
    NoNumber(#[cfg_attr(feature = "serde", serde(deserialize_with = "known_name"))] Name),
    /// A part is larger than what it is part of.
    #[error("runtime.MemStats at the end of the text is damaged: {part} is larger than {whole}")]
    Impossible {
        /// The part.
        #[cfg_attr(feature = "serde", serde(deserialize_with = "known_name"))]
        part: Name,
        /// What it is part of.
        #[cfg_attr(feature = "serde", serde(deserialize_with = "known_name"))]
        whole: Name,
    },
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

/// A name of the section.
#[cfg(feature = "serde")]
fn known_name<'de, D: serde::Deserializer<'de>>(d: D) -> Result<&'static str, D::Error> {
    let name = <String as serde::Deserialize>::deserialize(d)?;
    let parts = PARTS.iter().flat_map(|&(part, whole)| [part, whole]);
    let known = NAMES.into_iter().chain(parts).find(|known| *known == name);
    known.ok_or_else(|| serde::de::Error::custom(format!("runtime.MemStats has no {name}")))
}

/// Parts with what they are part of.
const PARTS: [(&str, &str); 5] = [
    ("HeapReleased", "HeapIdle"),
    ("HeapIdle", "HeapSys"),
    ("HeapAlloc", "HeapInuse"),
    ("HeapInuse", "HeapSys"),
    ("HeapSys", "Sys"),
];

/// Collects the lines of the section until it is complete.
#[derive(Debug, Default)]
pub(crate) struct MemStatsReader {
    numbers: BTreeMap<&'static str, [u64; 2]>,
    /// Whether the section has begun.
    is_there: bool,
    /// The first line without a number.
    damaged: Option<&'static str>,
}

impl MemStatsReader {
    /// Takes a line such as `# HeapAlloc = 172020040` once the section has begun;
    /// others are ignored.
    pub(crate) fn line(&mut self, line: &[u8]) {
        self.is_there |= line == b"runtime.MemStats";
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.trim_start_matches('#').split_once(" = ") else {
            return;
        };
        let known = NAMES.iter().find(|&&known| known == name.trim());
        let Some(&name) = known.filter(|_| self.is_there) else {
            return;
        };
        let (first, second) = value.split_once(" / ").unwrap_or((value, value));
        match (first.trim().parse(), second.trim().parse()) {
            (Ok(first), Ok(second)) => {
                self.numbers.insert(name, [first, second]);
            }
            _ => self.damaged = self.damaged.or(Some(name)),
        }
    }

    /// All fields. Without `MaxRSS` the section is whole: not every system shows that.
    pub(crate) fn finish(&self) -> Result<MemStats, MemStatsFault> {
        if let Some(name) = self.damaged {
            return Err(MemStatsFault::NoNumber(name));
        }
        if !self.is_there {
            return Err(MemStatsFault::Missing);
        }
        let pair = |name: &'static str| {
            let pair = self.numbers.get(name).copied();
            pair.ok_or(MemStatsFault::Incomplete(name))
        };
        let number = |name: &'static str| pair(name).map(|[_, last]| last);
        let [stack_inuse, stack_sys] = pair("Stack")?;
        for (part, whole) in PARTS {
            if number(part)? > number(whole)? {
                return Err(MemStatsFault::Impossible { part, whole });
            }
        }
        Ok(MemStats {
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
            max_rss: number("MaxRSS").ok().filter(|&bytes| bytes > 0),
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

    fn read(section: &str) -> Result<MemStats, MemStatsFault> {
        let mut reader = MemStatsReader::default();
        for line in section.lines() {
            reader.line(line.trim_start_matches("# ").as_bytes());
        }
        reader.finish()
    }

    #[test]
    fn what_was_obtained_counts_where_what_is_in_use_stands_before_it() {
        let stats = read(SECTION).unwrap();
        assert_eq!((stats.stack_inuse, stats.stack_sys), (6, 8));
        assert_eq!((stats.mspan_sys, stats.mcache_sys), (2, 4));
        assert_eq!(stats.runtime_sys(), 2 + 4 + 5 + 6 + 5);
        assert_eq!(stats.max_rss, Some(90));
    }

    #[test]
    fn a_section_that_was_cut_says_so_but_max_rss_may_be_missing() {
        let without = SECTION.replace("# MaxRSS = 90\n", "");
        assert_eq!(read(&without).unwrap().max_rss, None);
        let cut = MemStatsFault::Incomplete("GCSys");
        assert_eq!(read(&SECTION[..200]), Err(cut));
        assert_eq!(read(""), Err(MemStatsFault::Missing));
        // What stands before is a remark on something else.
        assert_eq!(read("# Sys = x\n"), Err(MemStatsFault::Missing));
    }

    #[test]
    fn no_part_is_larger_than_what_it_is_part_of() {
        let check = |from: &str, to: &str, part: &'static str, whole: &'static str| {
            let fault = MemStatsFault::Impossible { part, whole };
            assert_eq!(read(&SECTION.replace(from, to)), Err(fault));
        };
        check("Released = 5", "Released = 21", "HeapReleased", "HeapIdle");
        check("HeapIdle = 20", "HeapIdle = 71", "HeapIdle", "HeapSys");
        check("HeapAlloc = 40", "HeapAlloc = 51", "HeapAlloc", "HeapInuse");
        check("HeapInuse = 50", "HeapInuse = 71", "HeapInuse", "HeapSys");
        check("Sys = 100", "Sys = 69", "HeapSys", "Sys");
    }

    #[test]
    fn what_is_no_number_spoils_the_section() {
        for value in ["99999999999999999999", "-1", "abc", "", "1 / x"] {
            let section = SECTION.replace("Sys = 100", &format!("Sys = {value}"));
            assert_eq!(read(&section), Err(MemStatsFault::NoNumber("Sys")));
        }
    }
}
