//! Which files are of the process of the dump: times, program, process.

use kheap::attribute::Role;

use super::dump::Dump;
use super::reason::{Reason, Use};
use crate::goroutines::Goroutines;
use crate::metrics::Scrape;
use crate::moment::{MINUTE, SECOND};
use crate::observation::{Facts, Observation};
use crate::requests::{LogKind, Requests};

/// How far from the dump a scrape may certainly be.
const NEAR: i64 = 5 * MINUTE;

/// How far from the dump a profile of goroutines may be: requests come and go.
const SAME_REQUESTS: i64 = 2 * MINUTE;

/// How far before the dump a log may end that names clients.
const NAMES_NEAR: i64 = 10 * MINUTE;

/// What times of one process may differ by, as different files tell it.
const SAME_START: i64 = 10 * SECOND;

/// Says of each file whether it is used.
pub(super) fn fit(dump: &Dump, observations: &[Observation]) -> Vec<Use> {
    let fit = Fit { dump, observations };
    let mut uses: Vec<Use> = observations.iter().map(|one| fit.alone(one)).collect();
    fit.reject_companions(&mut uses);
    // The server log tells when the process started; metrics are held against that, and
    // the audit log against both.
    fit.check_starts(&mut uses);
    fit.check_logs(&mut uses);
    fit.check_goroutines(&mut uses);
    fit.add_remarks(&mut uses);
    uses
}

struct Fit<'a> {
    dump: &'a Dump,
    observations: &'a [Observation],
}

impl<'a> Fit<'a> {
    /// What a file says against itself.
    fn alone(&self, observation: &Observation) -> Use {
        let reason = match &observation.facts {
            // A part of the counters, or of the goroutines, counts wrong.
            Facts::Metrics(_) | Facts::Goroutines(_) if observation.is_cut() => Some(Reason::Cut),
            Facts::NotUnderstood if observation.is_cut() => Some(Reason::Cut),
            Facts::Metrics(scrapes) => scrapes.last().and_then(|last| self.scrape(last)),
            Facts::Goroutines(found) => self.goroutines(found),
            Facts::Requests(log) => self.log(log),
            Facts::Version(_) => None,
            Facts::OtherProfile => Some(Reason::OtherProfile),
            Facts::NotUnderstood => Some(Reason::NotUnderstood),
        };
        match reason {
            Some(reason @ Reason::NamesOnly(_)) => Use::Used(Some(reason)),
            Some(reason) => Use::NotUsed(reason),
            None => Use::Used(None),
        }
    }

    fn scrape(&self, scrape: &Scrape) -> Option<Reason> {
        let dump = self.dump;
        if scrape.is_of_several {
            return Some(Reason::SeveralProcesses);
        }
        let has_process = scrape.process.start_nanos.is_some() && scrape.taken_between().is_some();
        if dump.at.is_some() && !has_process {
            return Some(Reason::NoProcess);
        }
        if let Some(reason) = self.role(scrape.role()) {
            return Some(reason);
        }
        let process = &scrape.process;
        if let (Some(at), Some(start)) = (dump.at, process.start_nanos)
            && start > at.saturating_add(SECOND)
        {
            return Some(Reason::StartedLater(start));
        }
        if let (Some(at), Some((earliest, latest))) = (dump.at, scrape.taken_between()) {
            if earliest.saturating_sub(at) > NEAR {
                return Some(Reason::Later(earliest.saturating_sub(at)));
            }
            if at.saturating_sub(latest) > NEAR {
                return Some(Reason::Earlier(at.saturating_sub(latest)));
            }
        }
        self.memory(scrape)
    }

    /// Allocations only grow, and what lives is what the collector left.
    fn memory(&self, scrape: &Scrape) -> Option<Reason> {
        let stat = |name: &str| scrape.process.mem_stats.get(name).copied();
        let next_gc = stat("next_gc_bytes")?;
        // A scrape that is older than the dump.
        let is_before = scrape.process.last_gc_nanos? <= self.dump.at?;
        if let (Some(counted), Some(dump)) = (stat("alloc_bytes_total"), self.dump.allocated) {
            // The profile is as of a collection, and sampled.
            let most = dump as f64 * 1.03 + next_gc as f64;
            if is_before && counted as f64 > most {
                return Some(Reason::AllocatedMore { counted, dump });
            }
        }
        // A heap changes within minutes; only one of the same moment can be compared.
        const SAME_HEAP: i64 = 30 * SECOND;
        let last_gc = scrape.process.last_gc_nanos?;
        if last_gc.abs_diff(self.dump.at?) > SAME_HEAP as u64 {
            return None;
        }
        const FACTOR: f64 = 3.0;
        const LEAST: i64 = 128 << 20;
        let gogc = scrape.process.gogc.filter(|&gogc| gogc > 0)?;
        let lived = (next_gc as f64 * 100.0 / (100 + gogc) as f64) as i64;
        let dump = self.dump.live?;
        let (small, large) = (lived.min(dump).max(1), lived.max(dump));
        let differs = large as f64 / small as f64 > FACTOR && large - small > LEAST;
        let counted = lived;
        differs.then_some(Reason::OtherHeap { counted, dump })
    }

    fn goroutines(&self, found: &Goroutines) -> Option<Reason> {
        if let (Some(found), Some(expected)) = (&found.program, &self.dump.program)
            && found != expected
        {
            let (found, expected) = (found.clone(), expected.clone());
            return Some(Reason::OtherProgram { found, expected });
        }
        if let (Some(found), Some(expected)) = (&found.build_id, &self.dump.build_id)
            && found != expected
        {
            return Some(Reason::OtherBuild);
        }
        // A leak profile shows a few goroutines, of which nothing can be told.
        if let (false, Some(reason)) = (found.is_leak, self.role(found.role)) {
            return Some(reason);
        }
        let after = found.time_nanos?.saturating_sub(self.dump.at?);
        if after > SAME_REQUESTS {
            return Some(Reason::Later(after));
        }
        (after < -SAME_REQUESTS).then_some(Reason::Earlier(-after))
    }

    fn role(&self, found: Role) -> Option<Reason> {
        let expected = self.dump.role;
        let is_known = found != Role::Unknown && expected != Role::Unknown;
        (is_known && found != expected).then(|| Reason::OtherProgram {
            found: role_name(found).to_owned(),
            expected: (self.dump.program.clone()).unwrap_or(role_name(expected).to_owned()),
        })
    }

    fn log(&self, log: &Requests) -> Option<Reason> {
        if let Some(reason) = self.role(Role::ApiServer) {
            return Some(reason);
        }
        let (Some(at), Some((first, last))) = (self.dump.at, log.span) else {
            return log.span.is_none().then_some(Reason::NotUnderstood);
        };
        if first > at {
            return Some(Reason::Later(first.saturating_sub(at)));
        }
        if last < at {
            return self.early_log(log, at.saturating_sub(last));
        }
        // The request of the dump itself stands in a log that holds such requests.
        let is_sure = log.has_other_paths && last.saturating_sub(at) > SECOND / 2;
        (is_sure && !log.has_heap_request(at)).then_some(Reason::NoHeapRequest)
    }

    /// A log that ends early, be it the older part of a rotated one.
    fn early_log(&self, log: &Requests, by: i64) -> Option<Reason> {
        /// The gap between two parts of a rotated log.
        const GAP: i64 = MINUTE;
        let last = log.span.map_or(0, |(_, last)| last);
        let follows = |other: &Requests| {
            other.kind == log.kind
                && (other.span)
                    .is_some_and(|(first, end)| first.abs_diff(last) < GAP as u64 && end > last)
        };
        let mut others = self.observations.iter().filter_map(log_of);
        if others.any(follows) {
            return None;
        }
        match by <= NAMES_NEAR {
            true => Some(Reason::NamesOnly(by)),
            false => Some(Reason::Earlier(by)),
        }
    }

    /// When the process of the dump started, as the files that are used tell it.
    fn start(&self, uses: &[Use]) -> Option<i64> {
        let scrapes = self.used(uses).filter_map(last_scrape);
        let of_scrape = || {
            scrapes
                .filter_map(|scrape| scrape.process.start_nanos)
                .max()
        };
        self.start_of_log(uses).or_else(of_scrape)
    }

    /// The same as a log tells it that was being written when the dump was taken.
    fn start_of_log(&self, uses: &[Use]) -> Option<i64> {
        let logs = self.used(uses).filter_map(log_of);
        let logs = logs.filter(|log| self.dump.at.is_none_or(|at| log.covers(at)));
        logs.filter_map(|log| log.process_start).max()
    }

    fn used<'u>(&'u self, uses: &'u [Use]) -> impl Iterator<Item = &'a Observation> + 'u {
        let all = self.observations.iter().zip(uses);
        all.filter_map(|(observation, usage)| usage.is_used().then_some(observation))
    }

    /// What is of the same process as a file that is not used is not used either.
    fn reject_companions(&self, uses: &mut [Use]) {
        for at in 0..uses.len() {
            let Use::NotUsed(reason) = uses[at].clone() else {
                continue;
            };
            let is_of_metrics = last_scrape(&self.observations[at]).is_some();
            if is_of_metrics && !reason.is_of_process() {
                continue;
            }
            for (other, usage) in self.observations.iter().zip(&mut *uses) {
                if usage.is_used() && self.are_companions(&self.observations[at], other) {
                    *usage = Use::NotUsed(reason.clone());
                }
            }
        }
    }

    fn are_companions(&self, rejected: &Observation, other: &Observation) -> bool {
        if let (Some(one), Some(other)) = (last_scrape(rejected), last_scrape(other)) {
            let starts = one.process.start_nanos.zip(other.process.start_nanos);
            let is_near = |(a, b): (i64, i64)| a.abs_diff(b) < SECOND as u64;
            return !rejected.is_cut() && starts.is_some_and(is_near);
        }
        let (Some(one), Some(other)) = (goroutines_of(rejected), goroutines_of(other)) else {
            return false;
        };
        // A text tells no time, and another profile of that moment does.
        let is_text_of = one.time_nanos.is_some() && other.time_nanos.is_none();
        is_text_of
            && one.is_leak == other.is_leak
            && one.total.abs_diff(other.total) <= one.total.unsigned_abs() / 20
    }

    fn check_starts(&self, uses: &mut [Use]) {
        // Without the time of the dump, the log's lines have no year.
        let Some(log) = self.start_of_log(uses).filter(|_| self.dump.at.is_some()) else {
            return;
        };
        for (observation, usage) in self.observations.iter().zip(uses) {
            let start = last_scrape(observation).and_then(|scrape| scrape.process.start_nanos);
            // It says more than what else is against it.
            let is_open = match usage {
                Use::Used(_) => true,
                Use::NotUsed(reason) => {
                    matches!(
                        reason,
                        Reason::AllocatedMore { .. } | Reason::OtherHeap { .. }
                    )
                }
            };
            if let Some(start) = start.filter(|start| start.abs_diff(log) > SAME_START as u64)
                && is_open
            {
                *usage = Use::NotUsed(Reason::OtherStart { start, log });
            }
        }
    }

    fn check_logs(&self, uses: &mut [Use]) {
        if self.dump.at.is_none() {
            return;
        }
        let start = self.start(uses);
        let logs: Vec<&Requests> = self.used(uses).filter_map(log_of).collect();
        for (observation, usage) in self.observations.iter().zip(uses) {
            let Some(log) = log_of(observation).filter(|_| usage.is_used()) else {
                continue;
            };
            let is_other = |other: &&Requests| {
                !std::ptr::eq(*other, log) && self.dump.at.is_none_or(|at| other.covers(at))
            };
            let others: Vec<&Requests> = logs.iter().copied().filter(is_other).collect();
            if let Some(reason) = self.against_others(log, start, &others) {
                *usage = Use::NotUsed(reason);
            } else if let Use::Used(Some(Reason::NamesOnly(by))) = *usage
                && !is_tied(log, start, &others)
            {
                *usage = Use::NotUsed(Reason::Earlier(by));
            }
        }
    }

    fn against_others(
        &self,
        log: &Requests,
        start: Option<i64>,
        others: &[&Requests],
    ) -> Option<Reason> {
        let (_, last) = log.span?;
        if let Some(start) = start.filter(|&start| last < start) {
            return Some(Reason::BeforeStart { last, start });
        }
        let at = self.dump.at?;
        let is_own = log.has_heap_request(at);
        let is_server = |other: &&&Requests| other.kind == LogKind::Server;
        let mut others = others.iter().filter(is_server);
        // A few may be shared where one log holds another level of requests.
        const FEW: f64 = 0.02;
        let differs = others.any(|other| {
            other.covers(last.min(at)) && log.shared_ids(other).is_some_and(|share| share < FEW)
        });
        let is_audit = log.kind == LogKind::Audit;
        (differs && is_audit && !is_own).then_some(Reason::OtherRequests)
    }

    /// Texts of goroutines tell no time; their number must be about that of /metrics,
    /// or of the profile that tells its time.
    fn check_goroutines(&self, uses: &mut [Use]) {
        let scrapes = self.used(uses).filter_map(last_scrape);
        let of_scrape = scrapes
            .filter_map(|scrape| scrape.process.goroutines)
            .last();
        let timed = self.used(uses).filter_map(goroutines_of);
        let timed = timed.filter(|found| found.time_nanos.is_some() && !found.is_leak);
        let Some(counted) = timed.map(|found| found.total).last().or(of_scrape) else {
            return;
        };
        for (observation, usage) in self.observations.iter().zip(uses) {
            let found =
                goroutines_of(observation).filter(|found| !found.is_leak && usage.is_used());
            let Some(found) = found.filter(|found| found.time_nanos.is_none()) else {
                continue;
            };
            let (small, large) = (found.total.min(counted), found.total.max(counted));
            if large - small > small / 4 + 50 {
                let found = found.total;
                *usage = Use::NotUsed(Reason::OtherGoroutines { found, counted });
            }
        }
    }

    /// What a file that is used does not tell.
    fn add_remarks(&self, uses: &mut [Use]) {
        for (observation, usage) in self.observations.iter().zip(uses) {
            if let Use::Used(reason @ None) = usage {
                *reason = self.remark(observation);
            }
        }
    }

    fn remark(&self, observation: &Observation) -> Option<Reason> {
        let is_log = log_of(observation).is_some_and(|log| log.kind == LogKind::Audit);
        let lacks_starts = log_of(observation).is_some_and(|log| !log.has_starts);
        if is_log && lacks_starts {
            return Some(Reason::NoStarts);
        }
        if let Some(&warning) = observation.warnings.first() {
            return Some(match is_log && !observation.is_whole() {
                true => Reason::Damaged(warning),
                false => Reason::PassedOver(warning),
            });
        }
        let compares = !matches!(observation.facts, Facts::Version(_));
        (compares && self.dump.at.is_none()).then_some(Reason::NoTime)
    }
}

/// Whether a log that ends before the dump is of its process for another reason than
/// its time: it shares requests with another log, or begins with the process.
fn is_tied(log: &Requests, start: Option<i64>, others: &[&Requests]) -> bool {
    const MOST: f64 = 0.5;
    let shares = |other: &&Requests| log.shared_ids(other).is_some_and(|share| share > MOST);
    let first = log.process_start.or(log.span.map(|(first, _)| first));
    let begins_with_it = start
        .zip(first)
        .is_some_and(|(start, first)| first.abs_diff(start) <= SAME_START as u64);
    others.iter().any(shares) || begins_with_it
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::ApiServer => "an API server",
        Role::Etcd => "etcd",
        Role::Prometheus => "Prometheus",
        Role::Client => "a client",
        Role::Unknown => "an unknown program",
    }
}

pub(super) fn log_of(observation: &Observation) -> Option<&Requests> {
    match &observation.facts {
        Facts::Requests(log) => Some(log),
        _ => None,
    }
}

pub(super) fn last_scrape(observation: &Observation) -> Option<&Scrape> {
    match &observation.facts {
        Facts::Metrics(scrapes) => scrapes.last(),
        _ => None,
    }
}

pub(super) fn goroutines_of(observation: &Observation) -> Option<&Goroutines> {
    match &observation.facts {
        Facts::Goroutines(found) => Some(found),
        _ => None,
    }
}
