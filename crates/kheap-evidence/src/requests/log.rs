//! What a log says of requests: by client, and what separates logs.

use std::collections::{BTreeSet, HashMap};

use super::client::Client;
use crate::moment::{MINUTE, SECOND};

/// Request ids that are kept to see whether two logs are of the same server: those
/// with the smallest hashes, so that two logs keep the same ones.
pub(super) const MAX_IDS: usize = 4096;

/// How far before the dump requests count.
pub(crate) const WINDOW_NANOS: i64 = 10 * MINUTE;

/// What a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// Audit events.
    Audit,
    /// What the server logs.
    Server,
}

/// What a log says of requests.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Requests {
    /// What the log is.
    pub kind: LogKind,
    /// The first and last moment in it, in nanoseconds since 1970.
    pub span: Option<(i64, i64)>,
    /// Clients, by their keys.
    pub clients: Vec<Client>,
    /// Whether requests stand in it when they begin, so that one that has not ended is
    /// in flight.
    pub has_starts: bool,
    /// Whether watches stand in it when they begin.
    pub has_watch_starts: bool,
    /// When requests for heap profiles began and ended.
    pub heap_requests: Vec<(i64, i64)>,
    /// Whether requests for what is no resource stand in it.
    pub has_other_paths: bool,
    /// When the process started, where the log shows it.
    pub process_start: Option<i64>,
    /// The version of the server, where the log shows it.
    pub version: Option<String>,
    pub(super) ids: BTreeSet<u64>,
    /// Requests that had begun before the log and ended in it.
    pub(super) orphans: Vec<u64>,
    /// Client and beginning of each request that has not ended.
    pub(super) unfinished: HashMap<u64, (u32, i64)>,
    /// The moment at which they count.
    pub(super) at: i64,
}

impl Requests {
    /// Counts the requests that have not ended. Those of a process before ended with it;
    /// where its start is not known, those that take too long did.
    pub(crate) fn count_in_flight(&mut self, start: Option<i64>) {
        let oldest = self.at.saturating_sub(WINDOW_NANOS);
        for client in &mut self.clients {
            (client.in_flight, client.last_began) = (0, None);
        }
        for &(client, began) in self.unfinished.values() {
            let client = &mut self.clients[client as usize];
            let counts = match start {
                Some(start) => began >= start,
                None => client.key.verb == "WATCH" || began >= oldest,
            };
            if counts {
                client.in_flight += 1;
                client.last_began = client.last_began.max(Some(began));
            }
        }
    }

    /// The share of requests of this log that the other one has, among those that both
    /// would have kept; `None` where too few tell.
    pub(crate) fn shared_ids(&self, other: &Self) -> Option<f64> {
        const FEW: usize = 16;
        let largest = self.ids.last()?.min(other.ids.last()?);
        let both = self
            .ids
            .range(..=largest)
            .filter(|id| other.ids.contains(id))
            .count();
        let (own, others) = (
            self.ids.range(..=largest).count(),
            other.ids.range(..=largest).count(),
        );
        let fewer = own.min(others);
        (fewer >= FEW).then(|| both as f64 / fewer as f64)
    }

    /// Adds the log that follows: a rotated log is one log.
    pub(crate) fn append(&mut self, later: Self) {
        for id in &later.orphans {
            self.unfinished.remove(id);
        }
        self.span = match (self.span, later.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.has_starts |= later.has_starts;
        self.has_watch_starts |= later.has_watch_starts;
        self.has_other_paths |= later.has_other_paths;
        self.heap_requests.extend(later.heap_requests);
        self.process_start = self.process_start.max(later.process_start);
        self.version = later.version.or(self.version.take());
        self.ids.extend(later.ids);
        while self.ids.len() > MAX_IDS {
            self.ids.pop_last();
        }
        self.orphans.extend(later.orphans);
        let added = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        let unfinished = later.unfinished.into_iter();
        let moved = unfinished.map(|(id, (client, began))| (id, (client + added, began)));
        self.unfinished.extend(moved);
        self.clients.extend(later.clients);
        self.at = self.at.max(later.at);
        self.count_in_flight(None);
    }

    /// How much of the time before the dump it covers, at most that for which requests
    /// are counted.
    pub(crate) fn window(&self) -> Option<i64> {
        let (first, last) = self.span?;
        let from = first.max(self.at.saturating_sub(WINDOW_NANOS));
        Some(last.min(self.at).saturating_sub(from)).filter(|&window| window > 0)
    }

    /// Whether it was being written when a dump was taken.
    pub(crate) fn covers(&self, at: i64) -> bool {
        self.span
            .is_some_and(|(first, last)| first <= at && at <= last)
    }

    /// Whether it begins so long before a dump that what was in flight then began in it,
    /// or with the process.
    pub(crate) fn begins_before(&self, at: Option<i64>, by: i64, start: Option<i64>) -> bool {
        /// What a server logs before its first request.
        const SLACK: i64 = 10 * SECOND;
        let Some((first, last)) = self.span else {
            return false;
        };
        let at = at.unwrap_or(last);
        first <= at.saturating_sub(by)
            || start.is_some_and(|start| first <= start.saturating_add(SLACK))
    }

    /// Whether it shows that a heap profile was fetched between these moments.
    pub(crate) fn has_heap_request(&self, from: i64, to: i64) -> bool {
        const SLACK: i64 = SECOND;
        let mut requests = self.heap_requests.iter();
        requests.any(|&(began, ended)| {
            began.saturating_sub(SLACK) <= to && from <= ended.saturating_add(SLACK)
        })
    }
}
