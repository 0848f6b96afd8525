//! Clients of both logs as one list: users from the audit log, what answers cost from
//! the traces of the server log.

use std::collections::{BTreeMap, BTreeSet};

use super::dump::Dump;
use super::logs::log_of;
use super::server::Server;
use crate::moment::MINUTE;
use crate::observation::Observation;
use crate::requests::{Client, LogKind, Requests};

/// A request that takes longer is a watch.
const LONGEST_REQUEST: i64 = MINUTE;

/// The server ends a watch after an hour at most.
const LONGEST_WATCH: i64 = 60 * MINUTE;

/// Clients, and what their logs can tell.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) clients: Vec<Client>,
    /// Whether requests other than watches that are in flight stand in the audit log.
    pub(super) counts_requests: bool,
    /// Whether watches do.
    pub(super) counts_watches: bool,
    /// Whether the audit log says when watches started.
    pub(super) has_watch_starts: bool,
    /// Whether a log was being written when the dump was taken.
    pub(super) has_rates: bool,
    /// How long before the dump requests are counted that ended, in nanoseconds.
    pub(super) window_nanos: Option<i64>,
}

/// Puts the logs together.
pub(super) fn rows(dump: &Dump, server: &Server, used: &[&Observation]) -> Rows {
    let mut audit = merged(used, LogKind::Audit, server);
    let log = merged(used, LogKind::Server, server);
    let is_whole = |kind| {
        let logs = used
            .iter()
            .filter(|one| log_of(one).is_some_and(|log| log.kind == kind));
        logs.clone().count() > 0 && logs.clone().all(|one| one.is_whole())
    };
    let covers = |log: &Requests| dump.at.is_none_or(|at| log.covers(at));
    let counts = audit
        .as_ref()
        .is_some_and(|log| covers(log) && is_whole(LogKind::Audit));
    // Requests whose end is lost are not in flight.
    if let Some(audit) = audit.as_mut().filter(|audit| audit.has_starts && !counts) {
        for client in &mut audit.clients {
            client.in_flight = 0;
        }
    }
    let has = |has: &dyn Fn(&Requests) -> bool| counts && audit.as_ref().is_some_and(has);
    let start = server.start_nanos;
    let counts_requests =
        has(&|log| log.has_starts && log.begins_before(dump.at, LONGEST_REQUEST, start));
    let counts_watches = has(&|log| {
        (log.has_starts || log.has_watch_starts) && log.begins_before(dump.at, LONGEST_WATCH, start)
    });
    Rows {
        // Lines without a year tell no rate.
        has_rates: dump.at.is_some() && audit.iter().chain(&log).any(covers),
        counts_requests,
        counts_watches,
        has_watch_starts: has(&|log| log.has_watch_starts),
        window_nanos: audit.iter().chain(&log).filter_map(Requests::window).max(),
        clients: match (audit, log) {
            (Some(audit), Some(log)) => joined(audit.clients, log.clients, counts_requests),
            (audit, log) => audit.or(log).map(|log| log.clients).unwrap_or_default(),
        },
    }
}

/// The logs of one kind as one, in the order of their times.
fn merged(used: &[&Observation], kind: LogKind, server: &Server) -> Option<Requests> {
    let logs = used.iter().filter_map(|one| log_of(one));
    let mut logs: Vec<&Requests> = logs.filter(|log| log.kind == kind).collect();
    logs.sort_by_key(|log| log.span);
    let mut logs = logs.into_iter().cloned();
    let mut all = logs.next()?;
    logs.for_each(|log| all.append(log));
    all.count_in_flight(server.start_nanos);
    Some(all)
}

/// Adds what a server log says to the clients of the audit log.
fn joined(mut audit: Vec<Client>, log: Vec<Client>, audit_counts: bool) -> Vec<Client> {
    let mut index: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let mut users: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (at, client) in audit.iter().enumerate() {
        let key = &client.key;
        index.entry(anonymous(client)).or_default().push(at);
        let agent = (key.user_agent.clone(), key.source.clone());
        users.entry(agent).or_default().insert(key.user.clone());
    }
    for client in log {
        match index.get(&anonymous(&client)) {
            Some(found) => {
                for &at in found {
                    enrich(&mut audit[at], &client, found.len());
                }
            }
            None => {
                let mut client = named(client, &users);
                // The audit log counts them all.
                client.in_flight *= i64::from(!audit_counts);
                audit.push(client);
            }
        }
    }
    audit
}

/// A client without its user, whom the server log does not name.
fn anonymous(client: &Client) -> crate::requests::ClientKey {
    let mut key = client.key.clone();
    key.user.clear();
    // The audit log calls a server-side apply a patch.
    if key.verb == "APPLY" {
        "PATCH".clone_into(&mut key.verb);
    }
    key
}

/// The user whose agent asks from there, where there is one alone.
fn named(mut client: Client, users: &BTreeMap<(String, String), BTreeSet<String>>) -> Client {
    let agent = (client.key.user_agent.clone(), client.key.source.clone());
    let only = users.get(&agent).filter(|users| users.len() == 1);
    if let Some(user) = only.and_then(|users| users.first()) {
        client.key.user.clone_from(user);
    }
    client
}

/// Both logs saw the same requests; one of them may have begun later.
fn enrich(client: &mut Client, logged: &Client, sharers: usize) {
    client.traced = logged.traced;
    // The server log does not distinguish several users.
    if sharers == 1 {
        client.ended = client.ended.max(logged.ended);
        client.busy_nanos = client.busy_nanos.max(logged.busy_nanos);
        client.longest_nanos = client.longest_nanos.max(logged.longest_nanos);
    }
}
