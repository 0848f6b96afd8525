//! The RSS that a user gives, held against what metrics say of the same process.

use super::server::Server;

/// Why the RSS that was given is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherRss {
    /// Metrics say it themselves, and they are of the time of the dump.
    Known {
        /// The RSS as it was given, in bytes.
        given: i64,
        /// The RSS by the metrics.
        resident: i64,
    },
    /// It is less than what the Go runtime holds.
    BelowRuntime {
        /// The RSS as it was given, in bytes.
        given: i64,
        /// What the runtime holds, by the metrics.
        held: i64,
    },
}

impl OtherRss {
    /// Whether the two figures say something else: a reading of another minute differs a
    /// little, and so does a rounded one.
    pub fn is_far(&self) -> bool {
        const SAME: f64 = 0.02;
        match *self {
            Self::Known { given, resident } => {
                given.abs_diff(resident) as f64 > SAME * resident as f64
            }
            Self::BelowRuntime { .. } => true,
        }
    }
}

impl Server {
    /// Why a given RSS is not used; `None` where nothing is known that is better.
    pub fn other_rss(&self, given: u64) -> Option<OtherRss> {
        let given = i64::try_from(given).unwrap_or(i64::MAX);
        let process = self.process()?;
        if let Some(resident) = process.rss {
            return Some(OtherRss::Known { given, resident });
        }
        let held = i64::try_from(process.mem_stats()?.held()).unwrap_or(i64::MAX);
        (given < held).then_some(OtherRss::BelowRuntime { given, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Process, Scrape};

    fn server(process: Process) -> Server {
        let mut scrape = Scrape::default();
        scrape.process = process;
        Server {
            scrape: Some(Box::new(scrape)),
            ..Server::default()
        }
    }

    #[test]
    fn metrics_of_the_process_know_its_rss_better() {
        let known = server(Process {
            rss: Some(1000),
            ..Process::default()
        });
        let check = |given, is_far| {
            let other = known.other_rss(given);
            assert_eq!(other.map(|other| other.is_far()), Some(is_far));
        };
        check(1010, false);
        check(2000, true);
        check(500, true);
        assert_eq!(server(Process::default()).other_rss(500), None);
        assert_eq!(Server::default().other_rss(500), None);
    }

    #[test]
    fn an_rss_is_not_below_what_the_runtime_holds() {
        let zero = [
            "heap_alloc",
            "heap_sys",
            "heap_idle",
            "heap_inuse",
            "stack_inuse",
            "stack_sys",
            "mspan_sys",
            "mcache_sys",
            "buck_hash_sys",
            "gc_sys",
            "other_sys",
            "next_gc",
        ];
        let stats = zero.iter().map(|name| (*name, 0));
        let stats = stats.chain([("sys", 900), ("heap_released", 100)]);
        let known = server(Process {
            mem_stats: stats
                .map(|(name, value)| (format!("{name}_bytes"), value))
                .collect(),
            last_gc_nanos: Some(1),
            ..Process::default()
        });
        let below = OtherRss::BelowRuntime {
            given: 799,
            held: 800,
        };
        assert_eq!(known.other_rss(799), Some(below));
        assert_eq!(known.other_rss(800), None);
    }
}
