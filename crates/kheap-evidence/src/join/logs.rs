//! Which logs are of the server of the dump.

use super::dump::Dump;
use super::fit::{Fit, SAME_START};
use super::reason::{Reason, Use};
use crate::moment::{MINUTE, SECOND};
use crate::observation::{Facts, Observation};
use crate::requests::{LogKind, Requests};
use kheap::attribute::Role;

/// How far before the dump a log may end that names clients.
const NAMES_NEAR: i64 = 10 * MINUTE;

/// Logs of different servers share no more of their requests: one that aggregates an API
/// passes ids on.
const FEW: f64 = 0.02;

/// Two copies of one log share at least so many.
const MOST: f64 = 0.5;

/// Two logs that overlap by less are parts of a rotated one, or lines out of order.
const OVERLAP: i64 = 10 * SECOND;

/// The log of a file.
pub(super) fn log_of(observation: &Observation) -> Option<&Requests> {
    match &observation.facts {
        Facts::Requests(log) => Some(log),
        _ => None,
    }
}

/// When the process of the dump started, by a log that was being written then.
pub(super) fn start_of_logs<'a>(
    dump: &Dump,
    logs: impl Iterator<Item = &'a Requests>,
) -> Option<i64> {
    // Without the time of the dump, the log's lines have no year.
    let at = dump.at?;
    let covering = logs.filter(|log| log.covers(at));
    covering.filter_map(|log| log.process_start).max()
}

impl Fit<'_> {
    /// What a log says against itself.
    pub(super) fn log(&self, log: &Requests) -> Option<Reason> {
        if let Some(reason) = self.role(Role::ApiServer) {
            return Some(reason);
        }
        let (Some((from, to)), Some((first, last))) = (self.dump.fetched(), log.span) else {
            return log.span.is_none().then_some(Reason::NotUnderstood);
        };
        if first > to {
            return Some(Reason::Later(first.saturating_sub(to)));
        }
        if last < from {
            return self.early_log(log, from.saturating_sub(last));
        }
        // The request of the dump itself stands in a log that holds such requests.
        let covers = first <= from && last.saturating_sub(to) > SECOND / 2;
        (covers && log.has_other_paths && !log.has_heap_request(from, to))
            .then_some(Reason::NoHeapRequest)
    }

    /// A log that ends early, be it the older part of a rotated one.
    fn early_log(&self, log: &Requests, by: i64) -> Option<Reason> {
        /// The gap between two parts of a rotated log.
        const GAP: i64 = MINUTE;
        let last = log.span.map_or(0, |(_, last)| last);
        let parts = self.log_spans.iter().filter(|(_, kind)| *kind == log.kind);
        // Each part goes on where the one before ends.
        let end = parts.fold(last, |end, &((first, last), _)| {
            match first.abs_diff(end) < GAP as u64 {
                true => end.max(last),
                false => end,
            }
        });
        if end > last && by.saturating_sub(end.saturating_sub(last)) <= NAMES_NEAR {
            return None;
        }
        match by <= NAMES_NEAR {
            true => Some(Reason::NamesOnly(by)),
            false => Some(Reason::Earlier(by)),
        }
    }

    /// Holds logs against the start of the process and against each other.
    pub(super) fn check_logs(&self, start: Option<i64>, uses: &mut [Use]) {
        if self.dump.at.is_none() {
            return;
        }
        let logs: Vec<&Requests> = self.used(uses).filter_map(log_of).collect();
        for (observation, usage) in self.observations.iter().zip(&mut *uses) {
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
                *usage = Use::NotUsed(Reason::Untied(by));
            }
        }
        self.check_peers(uses);
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
        let (from, to) = self.dump.fetched()?;
        let is_own = log.has_heap_request(from, to);
        let is_server = |other: &&&Requests| other.kind == LogKind::Server;
        let mut others = others.iter().filter(is_server);
        let differs = others.any(|other| {
            other.covers(last.min(from)) && log.shared_ids(other).is_some_and(|share| share < FEW)
        });
        let is_audit = log.kind == LogKind::Audit;
        (differs && is_audit && !is_own).then_some(Reason::OtherRequests)
    }

    /// Two logs of one kind and time are of two servers, or one is a copy of the other.
    fn check_peers(&self, uses: &mut [Use]) {
        let is_log = |&at: &usize| log_of(&self.observations[at]).is_some();
        let logs: Vec<usize> = (0..uses.len()).filter(is_log).collect();
        // A part of a rotated log that says nothing is not held against a peer that
        // another part of it rules out.
        for is_sure in [true, false] {
            for (position, &one) in logs.iter().enumerate() {
                for &other in &logs[position + 1..] {
                    self.check_pair([one, other], is_sure, uses);
                }
            }
        }
    }

    fn check_pair(&self, pair: [usize; 2], is_sure: bool, uses: &mut [Use]) {
        let both = pair.map(|at| log_of(&self.observations[at]).filter(|_| uses[at].is_used()));
        let [Some(a), Some(b)] = both else {
            return;
        };
        if a.kind != b.kind || !overlap(a, b) {
            return;
        }
        let Some(share) = a.shared_ids(b) else {
            return;
        };
        let [ties_a, ties_b] = [a, b].map(|log| self.ties(log, uses));
        if share > MOST {
            // The one that says more is left.
            let less = pair[usize::from(length(b) <= length(a))];
            uses[less] = Use::NotUsed(Reason::SameRequests);
        } else if share < FEW && ties_a != ties_b {
            let other = pair[usize::from(ties_a > ties_b)];
            uses[other] = Use::NotUsed(Reason::OtherLog);
        } else if share < FEW && !is_sure {
            for at in pair {
                uses[at] = Use::NotUsed(Reason::TwoServers);
            }
        }
    }

    /// How much ties a log to the dump: the request for the heap, a log of the other kind
    /// with the same requests.
    fn ties(&self, log: &Requests, uses: &[Use]) -> (bool, bool) {
        let fetched = self.dump.fetched();
        let has_heap = fetched.is_some_and(|(from, to)| log.has_heap_request(from, to));
        let mut others = self.used(uses).filter_map(log_of);
        let shares = others.any(|other| {
            other.kind != log.kind && log.shared_ids(other).is_some_and(|share| share > FEW)
        });
        (has_heap, shares)
    }
}

fn overlap(a: &Requests, b: &Requests) -> bool {
    let (Some(a), Some(b)) = (a.span, b.span) else {
        return false;
    };
    a.1.min(b.1).saturating_sub(a.0.max(b.0)) > OVERLAP
}

fn length(log: &Requests) -> i64 {
    log.span
        .map_or(0, |(first, last)| last.saturating_sub(first))
}

/// Whether a log that ends before the dump is of its process for another reason than
/// its time: it shares requests with another log, or begins with the process.
fn is_tied(log: &Requests, start: Option<i64>, others: &[&Requests]) -> bool {
    let shares = |other: &&Requests| log.shared_ids(other).is_some_and(|share| share > MOST);
    let first = log.process_start.or(log.span.map(|(first, _)| first));
    let begins_with_it = start
        .zip(first)
        .is_some_and(|(start, first)| first.abs_diff(start) <= SAME_START as u64);
    others.iter().any(shares) || begins_with_it
}
