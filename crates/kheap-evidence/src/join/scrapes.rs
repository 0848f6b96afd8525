//! Which scrapes are of the process of the dump, and which of them is nearest to it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::dump::Dump;
use super::fit::{Fit, NEAR, SAME_START};
use super::reason::{InFlightKind, Reason};
use crate::goroutines::Goroutines;
use crate::metrics::{COMPONENTS, Scrape};
use crate::moment::{COLLECTION, MINUTE, SECOND};
use crate::observation::{Facts, Observation};

/// More than a process allocates in a second.
const MOST_A_SECOND: i64 = 5 << 30;

/// The scrapes of the process of the dump.
#[derive(Debug, Default)]
pub(super) struct Scrapes<'a> {
    /// The nearest one first.
    of_process: Vec<&'a Scrape>,
    /// Those of other processes, with the reason.
    others: Vec<(&'a Scrape, Reason)>,
}

impl<'a> Scrapes<'a> {
    /// Chooses them among all scrapes of files that are whole.
    pub(super) fn choose(fit: &Fit<'a>) -> Self {
        let all = fit.observations.iter().filter(|one| !one.is_cut());
        let judged: Vec<(&Scrape, Option<Reason>)> = all
            .flat_map(scrapes_of)
            .map(|scrape| (scrape, fit.scrape(scrape)))
            .collect();
        let mut scrapes = Self::default();
        let mut fits = Vec::new();
        for (scrape, reason) in judged {
            match reason {
                None => fits.push(scrape),
                Some(reason) if reason.is_of_process() => scrapes.others.push((scrape, reason)),
                Some(_) => {}
            }
        }
        fits.retain(|scrape| scrapes.other(scrape).is_none());
        fits.sort_by_key(|scrape| nearness(scrape, fit.dump));
        if let Some(first) = likeliest(&fits, fit.dump) {
            fits.retain(|scrape| are_of_one_process(scrape, first));
            scrapes.of_process = fits;
        }
        scrapes
    }

    /// Why a scrape is of another process, where one of the same process shows it.
    pub(super) fn other(&self, scrape: &Scrape) -> Option<&Reason> {
        let mut others = self.others.iter();
        let found = others.find(|(other, _)| are_of_one_process(scrape, other));
        found.map(|(_, reason)| reason)
    }

    /// The one that is nearest to the dump.
    pub(super) fn nearest(&self) -> Option<&'a Scrape> {
        self.of_process.first().copied()
    }

    pub(super) fn is_nearest(&self, scrape: &Scrape) -> bool {
        self.nearest()
            .is_some_and(|nearest| std::ptr::eq(nearest, scrape))
    }

    /// The last one before the nearest: what was allocated only grows.
    pub(super) fn earlier(&self) -> Option<&'a Scrape> {
        let nearest = allocated(self.nearest()?);
        let earlier = self.of_process.iter().copied();
        let earlier = earlier.filter(|scrape| allocated(scrape) < nearest);
        earlier.max_by_key(|scrape| allocated(scrape))
    }

    /// How many scrapes of a file are among them.
    pub(super) fn count_in(&self, observation: &Observation) -> usize {
        let is_one = |scrape: &&Scrape| {
            let mut chosen = self.of_process.iter();
            chosen.any(|other| std::ptr::eq(*scrape, *other))
        };
        scrapes_of(observation).filter(is_one).count()
    }
}

/// The scrapes of a file of metrics.
pub(super) fn scrapes_of(observation: &Observation) -> impl Iterator<Item = &Scrape> {
    let found = match &observation.facts {
        Facts::Metrics(scrapes) => &scrapes[..],
        _ => &[],
    };
    found.iter()
}

/// The scrape of one file that says most of why it does not fit.
pub(super) fn nearest_in<'a>(observation: &'a Observation, dump: &Dump) -> Option<&'a Scrape> {
    scrapes_of(observation).min_by_key(|scrape| nearness(scrape, dump))
}

/// Whether two scrapes are of one process. Their start alone does not show it: a control plane
/// starts its programs within a second.
fn are_of_one_process(one: &Scrape, other: &Scrape) -> bool {
    if (one.role(), one.component) != (other.role(), other.component) {
        return false;
    }
    match (one.process.start_nanos, other.process.start_nanos) {
        (Some(a), Some(b)) => a.abs_diff(b) < SECOND as u64,
        (None, None) => true,
        _ => false,
    }
}

/// The process that had allocated what the dump counts, else the one
/// that started last: the others ended before it.
fn likeliest<'a>(fits: &[&'a Scrape], dump: &Dump) -> Option<&'a Scrape> {
    /// Shares that differ by less are as likely.
    const SAME: f64 = 0.05;
    let mut processes: BTreeMap<Option<i64>, &Scrape> = BTreeMap::new();
    for scrape in fits {
        let start = scrape.process.start_nanos.map(|start| start / SECOND);
        processes.entry(start).or_insert(scrape);
    }
    let distance = |scrape: &Scrape| allocated_distance(scrape, dump).unwrap_or(0.0);
    let distances = processes.values().map(|scrape| distance(scrape));
    let best = distances.fold(f64::INFINITY, f64::min);
    let mut likely = processes.into_values();
    likely.rfind(|scrape| distance(scrape) <= best + SAME)
}

/// How far what had been allocated is from what the dump counts, as a logarithm.
fn allocated_distance(scrape: &Scrape, dump: &Dump) -> Option<f64> {
    let counted = allocated(scrape).filter(|&bytes| bytes > 0)?;
    Some((counted as f64 / dump.allocated? as f64).ln().abs())
}

fn allocated(scrape: &Scrape) -> Option<i64> {
    let total = scrape.process.mem_stats.get("alloc_bytes_total");
    total.copied()
}

/// The smaller, the nearer to the dump. Where times do not tell two of them apart, what
/// was allocated does.
fn nearness(scrape: &Scrape, dump: &Dump) -> (i64, u64, u64, Reverse<Option<i64>>) {
    let allocated = allocated(scrape);
    let collected = scrape.process.last_gc_nanos.zip(dump.at);
    (
        scrape.distance(dump.at),
        collected.map_or(u64::MAX, |(gc, at)| gc.abs_diff(at)),
        (allocated.zip(dump.allocated)).map_or(0, |(one, other)| one.abs_diff(other)),
        Reverse(allocated),
    )
}

impl Fit<'_> {
    /// What is against a scrape.
    pub(super) fn scrape(&self, scrape: &Scrape) -> Option<Reason> {
        let dump = self.dump;
        if scrape.is_of_several {
            return Some(Reason::SeveralProcesses);
        }
        let start = scrape.process.start_nanos;
        if let Some(reason) = (self.role(scrape.role())).or_else(|| self.component(scrape)) {
            return Some(reason);
        }
        if let (Some((_, fetched)), Some(start)) = (dump.fetched(), start)
            && start > fetched.saturating_add(SECOND)
        {
            return Some(Reason::StartedLater(start));
        }
        if let Some(reason) = self.missing(scrape) {
            return Some(reason);
        }
        let moment = dump.fetched().zip(scrape.taken_between());
        if let Some(((from, to), (earliest, latest))) = moment {
            if earliest.saturating_sub(to) > NEAR {
                return Some(Reason::Later(earliest.saturating_sub(to)));
            }
            if from.saturating_sub(latest) > NEAR {
                return Some(Reason::Earlier(from.saturating_sub(latest)));
            }
        }
        (self.start_of_scrape(scrape))
            .or_else(|| self.allocated(scrape))
            .or_else(|| self.live(scrape))
            .or_else(|| self.requests_of_scrape(scrape))
    }

    /// What a scrape lacks of that with which process and time are compared.
    fn missing(&self, scrape: &Scrape) -> Option<Reason> {
        self.dump.at?;
        let has_start = scrape.process.start_nanos.is_some();
        match (has_start, scrape.taken_between().is_some()) {
            (true, true) => None,
            (true, false) => Some(Reason::NoMoment),
            (false, true) => Some(Reason::NoStart),
            (false, false) => Some(Reason::NoProcess),
        }
    }

    /// Refuses a scrape of another component of Kubernetes.
    fn component(&self, scrape: &Scrape) -> Option<Reason> {
        let expected = self.dump.program.as_deref()?;
        let found = scrape.component?;
        let is_other = found != expected && COMPONENTS.iter().any(|(name, _)| *name == expected);
        is_other.then(|| Reason::OtherProgram {
            found: found.to_owned(),
            expected: expected.to_owned(),
        })
    }

    /// Held against the start of the process that the server log shows.
    fn start_of_scrape(&self, scrape: &Scrape) -> Option<Reason> {
        let (start, log) = (scrape.process.start_nanos?, self.start_of_log?);
        let differs = start.abs_diff(log) > SAME_START as u64;
        differs.then_some(Reason::OtherStart { start, log })
    }

    /// Allocations only grow, and no process allocates without end.
    fn allocated(&self, scrape: &Scrape) -> Option<Reason> {
        let (counted, dump) = (allocated(scrape)?, self.dump.allocated?);
        let (at, last_gc) = (self.dump.at?, scrape.process.last_gc_nanos?);
        let next_gc = scrape.process.mem_stats.get("next_gc_bytes").copied()?;
        // The profile is as of a collection, and sampled.
        let slack = |bytes: i64| (bytes as f64 * 1.03) as i64;
        let (from, to) = scrape.taken_between()?;
        let apart = from.abs_diff(at).max(to.abs_diff(at)) + COLLECTION.unsigned_abs();
        let apart = i64::try_from(apart).ok()? / SECOND;
        let most = MOST_A_SECOND.saturating_mul(apart);
        let is_more = last_gc <= at && counted > slack(dump).saturating_add(next_gc);
        let is_beyond = counted > slack(dump).saturating_add(most)
            || dump > slack(counted).saturating_add(most);
        (is_more || is_beyond).then_some(Reason::OtherAllocated { counted, dump })
    }

    /// What lives is what the collector left.
    fn live(&self, scrape: &Scrape) -> Option<Reason> {
        // A heap changes within minutes; only one of the same moment can be compared.
        const SAME_HEAP: i64 = 30 * SECOND;
        let last_gc = scrape.process.last_gc_nanos?;
        if last_gc.abs_diff(self.dump.at?) > SAME_HEAP as u64 {
            return None;
        }
        const FACTOR: f64 = 3.0;
        const LEAST: i64 = 128 << 20;
        let gogc = scrape.process.gogc.filter(|&gogc| gogc > 0)?;
        let next_gc = scrape.process.mem_stats.get("next_gc_bytes").copied()?;
        let counted = (next_gc as f64 * 100.0 / gogc.saturating_add(100) as f64) as i64;
        let dump = self.dump.live?;
        // Near a memory limit the next collection comes earlier than GOGC says.
        let has_limit = scrape.process.gomemlimit.is_some();
        let counted = match has_limit && dump > counted {
            true => dump.min(next_gc),
            false => counted,
        };
        let (small, large) = (counted.min(dump).max(1), counted.max(dump));
        let differs = large as f64 / small as f64 > FACTOR && large.saturating_sub(small) > LEAST;
        differs.then_some(Reason::OtherHeap { counted, dump })
    }

    /// A peer can start at the same time and be as large; it has other requests in flight.
    fn requests_of_scrape(&self, scrape: &Scrape) -> Option<Reason> {
        let goroutines = self.goroutines_near(scrape)?;
        let (counted, found) = (watches(scrape)?, goroutines.watches.total);
        let is_far = |a: i64, b: i64| are_far_apart(a, b, 50);
        if is_far(counted, found) {
            let kind = InFlightKind::Watches;
            return Some(Reason::OtherInFlight {
                kind,
                counted,
                found,
            });
        }
        let total = scrape.process.goroutines.unwrap_or(goroutines.total);
        let is_other = differ(counted, found, 20) || differ(total, goroutines.total, 50);
        self.lists_of_scrape(scrape)
            .filter(|_| is_other)
            .map(|(counted, found)| {
                let kind = InFlightKind::Lists;
                Reason::OtherInFlight {
                    kind,
                    counted,
                    found,
                }
            })
    }

    /// The LISTs in flight that a scrape counts and goroutines show, where they are far
    /// apart.
    pub(super) fn lists_of_scrape(&self, scrape: &Scrape) -> Option<(i64, i64)> {
        let found = self.goroutines_near(scrape)?.lists.total;
        let counted = scrape.lists_in_flight()?;
        are_far_apart(counted, found, 5).then_some((counted, found))
    }

    /// Goroutines of about the same moment.
    fn goroutines_near(&self, scrape: &Scrape) -> Option<&Goroutines> {
        let goroutines = self.timed_goroutines?;
        (scrape.distance(goroutines.time_nanos) <= MINUTE).then_some(goroutines)
    }
}

/// Open watches; `None` where none is counted.
fn watches(scrape: &Scrape) -> Option<i64> {
    let counts = scrape.resources.values().map(|counters| counters.watches);
    Some(counts.fold(0, i64::saturating_add)).filter(|&count| count > 0)
}

fn are_far_apart(a: i64, b: i64, least: i64) -> bool {
    let (small, large) = (a.min(b).max(0), a.max(b));
    large / 2 > small && large - small >= least
}

/// Whether two counts of one server differ by more than what changes in a minute.
pub(super) fn differ(a: i64, b: i64, slack: i64) -> bool {
    let (small, large) = (a.min(b).max(0), a.max(b));
    large - small > small / 4 + slack
}
