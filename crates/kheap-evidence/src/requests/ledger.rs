//! Requests as they are read, line by line, in bounded memory.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::client::{Client, ClientKey, RATE_NANOS, Traced};
use super::log::{LogKind, MAX_IDS, Requests, WINDOW_NANOS};
use super::trace::Trace;
use crate::warning::Warning;

/// Clients that are kept apart.
const MAX_CLIENTS: usize = 50_000;

/// Traces whose request is waited for.
const MAX_TRACES: usize = 1024;

/// Requests whose end is waited for.
const MAX_UNFINISHED: usize = 500_000;

/// What findings are about; others are not kept apart.
const VERBS: [&str; 5] = ["APPLY", "DELETECOLLECTION", "LIST", "PATCH", "WATCH"];

/// One request, as a line has it.
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
        // A request may have several traces: that of etcd and that of its handler.
        match self.traces.get_mut(&id) {
            Some(first) => first.traced.join(&trace.traced),
            None => drop(self.traces.insert(id, trace)),
        }
    }

    /// Adds those whose request has no line.
    fn finish_traces(&mut self) {
        let mut traces: Vec<(u64, Trace)> = self.traces.drain().collect();
        traces.sort_unstable_by_key(|(id, _)| *id);
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
        if self.result.clients.len() >= MAX_CLIENTS && !self.has_made_room() {
            self.left_out_clients += 1;
            return None;
        }
        let client = u32::try_from(self.result.clients.len()).ok()?;
        self.result.clients.push(Client::new(key.clone()));
        self.index.insert(key.clone(), client);
        Some(client)
    }

    /// Forgets clients without anything that counts: a log of a day has more of them than the
    /// minutes before a dump.
    fn has_made_room(&mut self) -> bool {
        // Not for each request, where there is none to be made.
        if !self
            .left_out_clients
            .is_multiple_of(MAX_CLIENTS as u64 / 10)
        {
            return false;
        }
        let kept = self.clients_that_count();
        let is_less = kept.iter().filter(|&&kept| kept).count() < MAX_CLIENTS / 10 * 9;
        if is_less {
            self.keep_clients(&kept);
        }
        is_less
    }

    /// For each client whether something counts: what ended, what traces say, what can be
    /// in flight.
    fn clients_that_count(&self) -> Vec<bool> {
        let oldest = self.near().saturating_sub(WINDOW_NANOS);
        let clients = &self.result.clients;
        let counts = |client: &Client| client.ended > 0 || client.traced.requests > 0;
        let mut kept: Vec<bool> = clients.iter().map(counts).collect();
        for &(client, began) in self.result.unfinished.values() {
            let client = client as usize;
            kept[client] |= began >= oldest || clients[client].key.verb == "WATCH";
        }
        kept
    }

    fn keep_clients(&mut self, kept: &[bool]) {
        let mut moved = Vec::with_capacity(kept.len());
        let mut next = 0;
        for &is_kept in kept {
            moved.push(is_kept.then_some(next));
            next += u32::from(is_kept);
        }
        let moved_to = |client: u32| moved[client as usize];
        let mut at = kept.iter();
        self.result.clients.retain(|_| at.next() == Some(&true));
        self.index
            .retain(|_, client| moved_to(*client).map(|to| *client = to).is_some());
        let unfinished = &mut self.result.unfinished;
        unfinished.retain(|_, (client, _)| moved_to(*client).map(|to| *client = to).is_some());
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
