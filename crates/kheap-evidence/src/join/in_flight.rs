//! How many requests of a finding were in flight, from the best source there is.

use std::cmp::Reverse;

use super::demand::{Demand, Mechanism, is_of_kinds};
use super::rows::Rows;
use super::server::Server;
use crate::metrics::Scrape;
use crate::requests::Client;
use crate::resource::Resource;

/// Where a number of requests in flight comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Requests in the audit log that had not ended.
    Audit,
    /// LISTs that began less those that ended, or open watches, in /metrics.
    Metrics,
    /// Their goroutines.
    Goroutines,
    /// How many ended in the last minute, and how long they took.
    Rates,
}

kheap::__vocabulary! {
    Source, "source" {
        Audit = "audit log",
        Metrics = "metrics",
        Goroutines = "goroutines",
        Rates = "rates",
    }
}

/// How many requests of a finding were in flight.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InFlight {
    pub(super) source: Source,
    /// Those of each client.
    pub(super) of_client: Vec<f64>,
    /// All of them.
    pub(super) total: f64,
    /// Those of resources without a known client.
    pub(super) unknown: Vec<(Resource, f64)>,
}

/// Counts them; `None` where nothing shows it.
pub(super) fn count(
    demand: Demand,
    kinds: &[String],
    server: &Server,
    rows: &Rows,
    clients: &[&Client],
) -> Option<InFlight> {
    let is_watch = demand.verbs.contains(&"WATCH");
    let has_audit = match is_watch {
        true => rows.counts_watches,
        false => rows.counts_requests,
    };
    // A policy can leave out the beginning of some requests, or all of them.
    let has_starts = !clients.is_empty()
        && (is_watch && rows.has_watch_starts || clients.iter().all(|client| client.has_starts()));
    if has_audit && has_starts {
        let of_client = clients
            .iter()
            .map(|client| client.in_flight as f64)
            .collect();
        let audit = InFlight::of(Source::Audit, of_client).of_the_wave(demand, server, clients);
        return Some(checked(audit, demand, kinds, server, clients));
    }
    of_metrics(demand, kinds, server, clients)
        .or_else(|| of_goroutines(demand, server, clients))
        .or_else(|| {
            let of_client: Vec<f64> = clients
                .iter()
                .map(|client| client.likely_in_flight())
                .collect();
            let rates = InFlight::of(Source::Rates, of_client);
            // A log whose lines say no time measures nothing.
            (rows.has_rates && !is_watch && rates.total > 0.0).then_some(rates)
        })
}

/// Holds the audit log against counters and goroutines: a policy leaves requests out, and a
/// part that is missing leaves requests without their end. Two that agree are believed
/// rather than the log, and one alone where it is far off.
fn checked(
    audit: InFlight,
    demand: Demand,
    kinds: &[String],
    server: &Server,
    clients: &[&Client],
) -> InFlight {
    let is_list = demand.verbs == ["LIST"];
    let is_off = |other: &InFlight, factor: f64, few: f64| {
        audit.total > other.total * factor + few || audit.total < other.total / factor - few
    };
    let metrics = of_metrics(demand, kinds, server, clients);
    let goroutines = of_goroutines(demand, server, clients);
    match (metrics, goroutines) {
        // Goroutines do not show what is listed, so that they are no fewer.
        (Some(metrics), Some(goroutines)) => {
            let agree = metrics.total <= goroutines.total * 1.25 + 1.0
                && (is_list || metrics.total >= goroutines.total / 1.25 - 1.0);
            match agree && is_off(&metrics, 1.25, 1.0) {
                true => audit.corrected(metrics, kinds, server),
                false => audit,
            }
        }
        (Some(metrics), None) if is_off(&metrics, 2.0, 2.0) => {
            audit.corrected(metrics, kinds, server)
        }
        (None, Some(goroutines)) if !is_list && is_off(&goroutines, 2.0, 2.0) => {
            audit.corrected(goroutines, kinds, server)
        }
        // Those of other kinds are among them.
        (None, Some(goroutines)) if is_list && is_off(&goroutines, 4.0, 1.0) => {
            audit.corrected(goroutines, kinds, server)
        }
        _ => audit,
    }
}

impl InFlight {
    fn of(source: Source, of_client: Vec<f64>) -> Self {
        Self {
            source,
            total: of_client.iter().sum(),
            of_client,
            unknown: Vec::new(),
        }
    }

    /// Without watches that have their initial events: where goroutines show how many are
    /// still owed them, those of the clients that began last are counted.
    fn of_the_wave(mut self, demand: Demand, server: &Server, clients: &[&Client]) -> Self {
        let owed = server
            .goroutines
            .as_deref()
            .map(|found| found.watches.initial as f64);
        let owed = owed.filter(|&owed| {
            let is_wave = demand.mechanism == Mechanism::InitialState && owed > 0.0;
            is_wave && self.total > owed * 1.25 + 1.0
        });
        let Some(owed) = owed else {
            return self;
        };
        let mut newest: Vec<usize> = (0..clients.len()).collect();
        newest.sort_unstable_by_key(|&at| (Reverse(clients[at].last_began), at));
        let mut counted = 0.0;
        for at in newest {
            if counted >= owed * 0.85 {
                self.of_client[at] = 0.0;
            }
            counted += self.of_client[at];
        }
        Self::of(self.source, self.of_client)
    }

    /// As many as another source counts: clients keep what their log shows of them, and
    /// the rest is of nobody known.
    fn corrected(mut self, other: Self, kinds: &[String], server: &Server) -> Self {
        let resources = server.resources();
        let of_kinds = resources.filter(|(resource, _)| is_of_kinds(resource, kinds));
        let busiest = of_kinds.max_by_key(|(resource, counters)| {
            let lists = counters.lists_in_flight().unwrap_or_default();
            (lists.max(counters.watches), Reverse(*resource))
        });
        let missing = other.total - self.total;
        if missing < 0.0 {
            let share = other.total / self.total;
            self.of_client.iter_mut().for_each(|count| *count *= share);
        }
        let unknown = match busiest.filter(|_| missing > 0.0) {
            Some((resource, _)) => vec![(resource.clone(), missing)],
            None => other.unknown,
        };
        Self {
            source: other.source,
            of_client: self.of_client,
            total: other.total,
            unknown,
        }
    }
}

/// What counters say of each resource, shared out among its clients.
fn of_metrics(
    demand: Demand,
    kinds: &[String],
    server: &Server,
    clients: &[&Client],
) -> Option<InFlight> {
    server.scrape.as_ref()?;
    let is_list = demand.verbs == ["LIST"];
    let is_doubted = is_list && server.doubts_lists;
    if is_doubted || !is_list && demand.mechanism != Mechanism::Watch {
        return None;
    }
    let mut result = InFlight::of(Source::Metrics, vec![0.0; clients.len()]);
    let mut is_known = false;
    for (resource, counters) in server.resources() {
        // What nobody lists has counters of its cache alone.
        let count = match is_list {
            true if counters.list_requests == 0 && counters.cache_lists.is_none() => None,
            true => counters.lists_in_flight(),
            false => Some(counters.watches),
        };
        let Some(count) = count.filter(|_| is_of_kinds(resource, kinds)) else {
            continue;
        };
        is_known = true;
        let of_resource = |client: &Client| client.key.resource == *resource;
        let weights: Vec<f64> = clients
            .iter()
            .map(|client| weight(client, of_resource(client)))
            .collect();
        let is_shared = share_out(count as f64, &weights, &mut result.of_client);
        if count > 0 && !is_shared {
            result.unknown.push((resource.clone(), count as f64));
        }
        result.total += count as f64;
    }
    // Counters drift where requests end in an error; what handlers and logs show bounds them.
    let goroutines = server.goroutines.as_deref();
    let shown = goroutines.map(|found| found.lists.total as f64);
    let likely: f64 = clients.iter().map(|client| client.likely_in_flight()).sum();
    let is_drifted = is_list
        && (shown.is_some_and(|shown| result.total > shown * 2.0 + 4.0)
            || likely > 0.0 && result.total > likely * 50.0 + 50.0);
    if is_drifted {
        return None;
    }
    // Flow control counts what executes, LISTs among it.
    let most = server
        .scrape
        .as_deref()
        .and_then(Scrape::executing_requests);
    let is_likely = !is_list || most.is_none_or(|most| result.total <= most as f64 + 1.0);
    (is_known && is_likely).then_some(result)
}

/// What handlers are at, whatever the resource.
fn of_goroutines(demand: Demand, server: &Server, clients: &[&Client]) -> Option<InFlight> {
    let found = server.goroutines.as_deref()?;
    let lists = found.lists;
    let total = match demand.mechanism {
        Mechanism::InitialState => found.watches.initial,
        Mechanism::Watch => found.watches.total,
        Mechanism::Whole | Mechanism::Table | Mechanism::Pretty if lists.whole > 0 => {
            lists.total - lists.streamed
        }
        _ if demand.verbs == ["LIST"] => lists.total,
        _ => return None,
    };
    let mut result = InFlight::of(Source::Goroutines, vec![0.0; clients.len()]);
    let weights: Vec<f64> = clients.iter().map(|client| weight(client, true)).collect();
    share_out(total as f64, &weights, &mut result.of_client);
    result.total = total as f64;
    Some(result)
}

/// What share of the requests in flight a client is likely to have.
fn weight(client: &Client, counts: bool) -> f64 {
    match (counts, client.likely_in_flight()) {
        (false, _) => 0.0,
        (true, likely) if likely > 0.0 => likely,
        // Few watches end that go on.
        (true, _) => client.ended as f64 * 1e-6,
    }
}

fn share_out(total: f64, weights: &[f64], of_client: &mut [f64]) -> bool {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return false;
    }
    for (share, weight) in of_client.iter_mut().zip(weights) {
        *share += total * weight / sum;
    }
    true
}
