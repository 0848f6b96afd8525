//! Requests as they are read, line by line, in bounded memory.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::client::{Client, ClientKey, RATE_NANOS, Traced};
use super::trace::Trace;
use crate::moment::{MINUTE, SECOND};
use crate::warning::Warning;

/// Clients that are told apart.
const MAX_CLIENTS: usize = 50_000;

/// Traces whose request is waited for.
const MAX_TRACES: usize = 1024;

/// Requests whose end is waited for.
const MAX_UNFINISHED: usize = 500_000;

/// Request ids that are kept to see whether two logs are of the same server: those
/// with the smallest hashes, so that two logs keep the same ones.
const MAX_IDS: usize = 4096;

/// What findings are about; others are not told apart.
const VERBS: [&str; 5] = ["APPLY", "DELETECOLLECTION", "LIST", "PATCH", "WATCH"];

/// How far before the dump requests count.
pub(crate) const WINDOW_NANOS: i64 = 10 * MINUTE;

/// What a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// Audit events.
    Audit,
    /// What the server logs.
    Server,
}

/// What a log says of requests.
#[derive(Debug, Clone, PartialEq)]
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
    ids: BTreeSet<u64>,
    /// Requests that had begun before the log and ended in it.
    orphans: Vec<u64>,
    /// Client and beginning of each request that has not ended.
    unfinished: HashMap<u64, (u32, i64)>,
    /// The moment at which they count.
    at: i64,
}

/// One request, as a line tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) id: u64,
    pub(super) began: i64,
    /// `None` for a line that says that it began.
    pub(super) ended: Option<i64>,
    pub(super) key: Option<&'a ClientKey>,
}

/// Requests in the making.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) result: Requests,
    /// When the dump was taken, or the end of time.
    at: i64,
    index: HashMap<ClientKey, u32>,
    /// Traces whose request has had no line yet, by its id.
    traces: HashMap<u64, Trace>,
    left_out_clients: u64,
    left_out_unfinished: u64,
}

/// A number for the id of a request.
pub(super) fn id_of(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl Ledger {
    pub(super) fn new(at: Option<i64>) -> Self {
        Self {
            result: Requests {
                kind: LogKind::Server,
                span: None,
                clients: Vec::new(),
                has_starts: false,
                has_watch_starts: false,
                heap_requests: Vec::new(),
                has_other_paths: false,
                process_start: None,
                version: None,
                ids: BTreeSet::new(),
                orphans: Vec::new(),
                unfinished: HashMap::new(),
                at: i64::MAX,
            },
            at: at.unwrap_or(i64::MAX),
            index: HashMap::new(),
            traces: HashMap::new(),
            left_out_clients: 0,
            left_out_unfinished: 0,
        }
    }

    /// Takes note of the moment of a line.
    pub(super) fn saw(&mut self, moment: i64) {
        let span = self.result.span.get_or_insert((moment, moment));
        *span = (span.0.min(moment), span.1.max(moment));
    }

    /// Whether a moment is not after the dump: a server that starts then is another one.
    pub(super) fn is_before_dump(&self, moment: i64) -> bool {
        moment <= self.at
    }

    /// What years and windows are counted from.
    pub(super) fn near(&self) -> i64 {
        match (self.at, self.result.span) {
            (i64::MAX, Some((_, last))) => last,
            (i64::MAX, None) => 0,
            (at, _) => at,
        }
    }

    pub(super) fn add(&mut self, event: Event<'_>) {
        self.remember(event.id);
        let key = event.key.filter(|key| VERBS.contains(&&*key.verb));
        let event = Event { key, ..event };
        if let Some(key) = key
            && let Some(trace) = self.traces.remove(&event.id)
        {
            self.add_traced(key, &trace.traced);
        }
        // What began later has nothing to do with the dump.
        if event.began > self.at {
            return;
        }
        match (event.ended, event.key) {
            (None, Some(key)) => self.begin(event, key),
            (Some(ended), key) if ended <= self.at => self.end(event, ended, key),
            (Some(_), Some(key)) => self.begin(event, key),
            _ => {}
        }
    }

    fn begin(&mut self, event: Event<'_>, key: &ClientKey) {
        let is_new = !self.result.unfinished.contains_key(&event.id);
        if is_new && self.result.unfinished.len() >= MAX_UNFINISHED {
            self.left_out_unfinished += 1;
            return;
        }
        // A later line names the user who is impersonated.
        if let Some(client) = self.client(key) {
            let unfinished = &mut self.result.unfinished;
            unfinished.insert(event.id, (client, event.began));
            if is_new && event.ended.is_some() && self.has_begun_within(event.began) {
                self.result.clients[client as usize].unstarted += 1;
            }
        }
    }

    /// Whether a moment is not before the first line.
    fn has_begun_within(&self, began: i64) -> bool {
        self.result.span.is_some_and(|(first, _)| began >= first)
    }

    fn end(&mut self, event: Event<'_>, ended: i64, key: Option<&ClientKey>) {
        let begun = self
            .result
            .unfinished
            .remove(&event.id)
            .map(|(client, _)| client);
        let is_unstarted = begun.is_none() && self.has_begun_within(event.began);
        let is_orphan = begun.is_none() && !is_unstarted;
        if is_orphan && self.result.orphans.len() < MAX_UNFINISHED {
            self.result.orphans.push(event.id);
        }
        if ended < self.near().saturating_sub(WINDOW_NANOS) {
            return;
        }
        let named = key.and_then(|key| self.client(key));
        let client = named.or(begun);
        let Some(client) = client else {
            return;
        };
        let near = self.near();
        let client = &mut self.result.clients[client as usize];
        let took = ended.saturating_sub(event.began).max(0);
        client.ended += 1;
        client.unstarted += i64::from(is_unstarted);
        client.longest_nanos = client.longest_nanos.max(took);
        if ended >= near.saturating_sub(RATE_NANOS.max(took)) {
            client.busy_nanos = client.busy_nanos.saturating_add(took);
        }
    }

    /// Adds what a trace says: to the client of its request, whose line follows and has the
    /// query that a trace leaves out.
    pub(super) fn add_trace(&mut self, trace: Trace) {
        let Some(id) = trace.id else {
            self.add_traced(&trace.key, &trace.traced);
            return;
        };
        if self.traces.len() >= MAX_TRACES {
            self.finish_traces();
        }
        self.traces.insert(id, trace);
    }

    /// Adds those whose request has no line.
    fn finish_traces(&mut self) {
        let mut traces: Vec<(u64, Trace)> = self.traces.drain().collect();
        traces.sort_by_key(|(id, _)| *id);
        for (_, trace) in traces {
            self.add_traced(&trace.key, &trace.traced);
        }
    }

    fn add_traced(&mut self, key: &ClientKey, traced: &Traced) {
        let Some(client) = self.client(key) else {
            return;
        };
        let sum = &mut self.result.clients[client as usize].traced;
        sum.requests += 1;
        sum.tables += traced.tables;
        sum.pretty += traced.pretty;
        sum.from_cache += traced.from_cache;
        sum.from_etcd += traced.from_etcd;
        sum.sized += traced.sized;
        sum.bytes = sum.bytes.saturating_add(traced.bytes);
        sum.objects = sum.objects.max(traced.objects);
    }

    pub(super) fn heap_request(&mut self, began: i64, ended: i64) {
        /// More of them are no dumps that somebody looks for.
        const MAX: usize = 10_000;
        if self.result.heap_requests.len() < MAX {
            self.result.heap_requests.push((began, ended));
        }
    }

    fn remember(&mut self, id: u64) {
        let ids = &mut self.result.ids;
        if ids.len() < MAX_IDS || ids.last().is_some_and(|&last| id < last) {
            ids.insert(id);
            if ids.len() > MAX_IDS {
                ids.pop_last();
            }
        }
    }

    fn client(&mut self, key: &ClientKey) -> Option<u32> {
        let cut = key.cut();
        let key = cut.as_ref().unwrap_or(key);
        if let Some(&client) = self.index.get(key) {
            return Some(client);
        }
        if self.result.clients.len() >= MAX_CLIENTS {
            self.left_out_clients += 1;
            return None;
        }
        let client = u32::try_from(self.result.clients.len()).ok()?;
        self.result.clients.push(Client::new(key.clone()));
        self.index.insert(key.clone(), client);
        Some(client)
    }

    pub(super) fn finish(mut self) -> (Requests, Vec<Warning>) {
        self.finish_traces();
        self.result.at = self.near();
        self.result.count_in_flight(None);
        let warnings = [
            (self.left_out_clients > 0).then_some(Warning::TooManyClients(self.left_out_clients)),
            (self.left_out_unfinished > 0)
                .then_some(Warning::TooManyUnfinished(self.left_out_unfinished)),
        ];
        (self.result, warnings.into_iter().flatten().collect())
    }
}

impl Requests {
    /// Counts the requests that have not ended. Those of a process before ended with it;
    /// where its start is not known, those that take too long did.
    pub(crate) fn count_in_flight(&mut self, start: Option<i64>) {
        let oldest = self.at.saturating_sub(WINDOW_NANOS);
        for client in &mut self.clients {
            client.in_flight = 0;
        }
        for &(client, began) in self.unfinished.values() {
            let client = &mut self.clients[client as usize];
            let counts = match start {
                Some(start) => began >= start,
                None => client.key.verb == "WATCH" || began >= oldest,
            };
            client.in_flight += i64::from(counts);
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
