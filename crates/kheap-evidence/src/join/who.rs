//! The clients behind a finding, with their shares of it.

use std::collections::{BTreeMap, BTreeSet};

use kheap::diagnose::Finding;

use super::cost;
use super::demand::Demand;
use super::in_flight::InFlight;
use super::server::Server;
use crate::requests::Client;
use crate::resource::Resource;

/// A smaller share of a finding blames nobody.
const LEAST_SHARE: f64 = 0.05;

/// How many clients are named.
const MOST: usize = 10;

/// How many addresses of one client are named.
const ADDRESSES: usize = 4;

/// Requests hold up to so many times the bytes of their answers: what is decoded, and
/// copies of it.
const COPIES: f64 = 2.0;

/// A client behind a finding.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Who {
    /// The user, where the audit log names it.
    pub user: Option<String>,
    /// The user agent, where a log has it.
    pub user_agent: Option<String>,
    /// The addresses that it asks from.
    pub source: Option<Addresses>,
    /// The verb in capitals.
    pub verb: String,
    /// What it asks for.
    pub resource: Resource,
    /// The namespace, where it asks for one.
    pub namespace: Option<String>,
    /// The parameters that change what an answer costs.
    pub query: Option<String>,
    /// Requests in flight when the dump was taken.
    pub in_flight: Option<i64>,
    /// Requests that ended before it, within `window_nanos`.
    pub requests: Option<i64>,
    /// How long before the dump those are counted, in nanoseconds: as long as the logs
    /// cover, and ten minutes at most.
    pub window_nanos: Option<i64>,
    /// The mean bytes of an answer.
    pub bytes_each: Option<i64>,
    /// Its share of the finding, 0..=1.
    pub share: f64,
    /// Whether who it is was left out on request.
    pub is_hidden: bool,
}

/// Where a client asks from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addresses {
    /// Some addresses.
    pub named: Vec<String>,
    /// How many others there are.
    pub more: usize,
}

/// A client with what its requests cost.
struct Costed<'a> {
    client: &'a Client,
    in_flight: f64,
    /// Requests that can hold what the finding claims.
    number: f64,
    cost: f64,
}

/// A client that is named, what its requests cost, and the most that they can be of the
/// finding.
struct Candidate {
    who: Who,
    cost: f64,
    most: f64,
}

/// The clients that are behind a finding, the largest share first.
pub(super) fn who(
    finding: &Finding,
    demand: Demand,
    clients: &[&Client],
    counted: Option<&InFlight>,
    server: &Server,
) -> Vec<Who> {
    let in_flight = |at: usize| counted.map_or(0.0, |counted| counted.of_client[at]);
    // Where none is in flight any more, those that ended are left.
    let is_over = (0..clients.len()).all(|at| in_flight(at) < 0.05);
    let costed = clients.iter().enumerate().map(|(at, client)| {
        let number = match is_over {
            true if has_left(client, finding, server) => client.ended as f64,
            true => 0.0,
            false => in_flight(at),
        };
        let each = cost::of_request(client, demand.mechanism, server);
        Costed {
            client,
            in_flight: in_flight(at),
            number,
            cost: number * each * cost::fitness(finding, &client.key.resource),
        }
    });
    let known = grouped(costed.collect(), finding, counted.is_some(), server);
    let unknown = counted.into_iter().flat_map(|counted| &counted.unknown);
    let unknown = unknown.map(|(resource, count)| {
        let bytes = server.answer_bytes(resource);
        let each = bytes.map_or(1e6, |bytes| bytes as f64);
        Candidate {
            who: unknown_client(demand, resource, *count, bytes),
            cost: count * each * cost::fitness(finding, resource),
            most: most(finding, *count, bytes, resource),
        }
    });
    ranked(known.into_iter().chain(unknown).collect())
}

/// The most that so many requests of a client can be of a finding: what their answers
/// have, and copies of it. Those for another kind than the inferred one have to show that
/// they are large.
fn most(finding: &Finding, number: f64, bytes: Option<i64>, resource: &Resource) -> f64 {
    let held = bytes.map(|bytes| number * bytes as f64 * COPIES);
    match held {
        Some(held) => (held / finding.bytes.max(1) as f64).min(1.0),
        None if cost::fitness(finding, resource) < 1.0 => 0.0,
        None => 1.0,
    }
}

/// Whether requests that ended can have left what a finding claims: not pages, nor
/// answers that are much less than that together.
fn has_left(client: &Client, finding: &Finding, server: &Server) -> bool {
    const LEAST: f64 = 0.1;
    let bytes = cost::bytes_each(client, server);
    let sum = bytes.map(|bytes| bytes as f64 * client.ended as f64);
    client.limit().is_none() && sum.is_none_or(|sum| sum >= LEAST * finding.bytes as f64)
}

fn unknown_client(demand: Demand, resource: &Resource, count: f64, bytes: Option<i64>) -> Who {
    Who {
        user: None,
        user_agent: None,
        source: None,
        verb: demand.verbs[0].to_owned(),
        resource: resource.clone(),
        namespace: None,
        query: None,
        in_flight: Some(count.round() as i64),
        requests: None,
        window_nanos: None,
        bytes_each: bytes,
        share: 0.0,
        is_hidden: false,
    }
}

/// Requests of one program for one resource are one client, from wherever they come.
fn grouped(
    costed: Vec<Costed<'_>>,
    finding: &Finding,
    is_counted: bool,
    server: &Server,
) -> Vec<Candidate> {
    let mut groups: BTreeMap<_, Vec<Costed<'_>>> = BTreeMap::new();
    for one in costed.into_iter().filter(|one| one.cost > 0.0) {
        let key = &one.client.key;
        // Nodes have a user each.
        let user = match key.user.starts_with("system:node:") {
            true => "system:node:*",
            false => &*key.user,
        };
        let group = (user, &*key.user_agent, &*key.verb, &key.resource);
        groups.entry(group).or_default().push(one);
    }
    let candidate = |group: Vec<Costed<'_>>| {
        let who = client_of(&group, is_counted, server);
        let most_of = |one: &Costed<'_>| {
            let bytes = cost::bytes_each(one.client, server);
            most(finding, one.number, bytes, &one.client.key.resource)
        };
        Candidate {
            cost: cost_of(&group),
            most: group.iter().map(most_of).sum::<f64>().min(1.0),
            who,
        }
    };
    groups.into_values().map(candidate).collect()
}

fn cost_of(group: &[Costed<'_>]) -> f64 {
    group.iter().map(|one| one.cost).sum()
}

fn client_of(group: &[Costed<'_>], is_counted: bool, server: &Server) -> Who {
    let by_cost = |a: &&Costed<'_>, b: &&Costed<'_>| a.cost.total_cmp(&b.cost);
    let main = group.iter().max_by(by_cost).map(|one| one.client);
    let main = main.expect("a group has a client");
    let key = &main.key;
    let in_flight: f64 = group.iter().map(|one| one.in_flight).sum();
    let ended = group.iter().map(|one| one.client.ended);
    let ended = ended.fold(0, i64::saturating_add);
    let users: BTreeSet<&str> = group.iter().map(|one| &*one.client.key.user).collect();
    let user = match users.len() {
        1 => &*key.user,
        _ => "system:node:*",
    };
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Who {
        user: known(user),
        user_agent: known(&key.user_agent),
        source: addresses(group),
        verb: key.verb.clone(),
        resource: key.resource.clone(),
        namespace: known(&common_namespace(group)),
        query: known(&common_query(group)),
        in_flight: is_counted.then_some(in_flight.round() as i64),
        requests: Some(ended),
        window_nanos: None,
        bytes_each: cost::bytes_each(main, server),
        share: 0.0,
        is_hidden: false,
    }
}

/// The namespace, where all ask for that one.
fn common_namespace(group: &[Costed<'_>]) -> String {
    let mut all = group.iter().map(|one| &one.client.key.namespace);
    let first = all.next().cloned().unwrap_or_default();
    match all.all(|other| *other == first) {
        true => first,
        false => String::new(),
    }
}

/// The parameters that all of them have: the pages after the first one have a token.
fn common_query(group: &[Costed<'_>]) -> String {
    let mut all = group.iter().map(|one| &*one.client.key.query);
    let first = all.next().unwrap_or_default();
    let others: Vec<&str> = all.collect();
    let is_common = |part: &&str| {
        let mut others = others.iter();
        others.all(|other| other.split('&').any(|other| other == *part))
    };
    first
        .split('&')
        .filter(is_common)
        .collect::<Vec<_>>()
        .join("&")
}

fn addresses(group: &[Costed<'_>]) -> Option<Addresses> {
    let all = group.iter().map(|one| &*one.client.key.source);
    let all: BTreeSet<&str> = all.filter(|address| !address.is_empty()).collect();
    let named = all
        .iter()
        .take(ADDRESSES)
        .map(|&address| address.to_owned());
    (!all.is_empty()).then(|| Addresses {
        named: named.collect(),
        more: all.len().saturating_sub(ADDRESSES),
    })
}

/// The largest first, with their shares.
fn ranked(mut all: Vec<Candidate>) -> Vec<Who> {
    let total: f64 = all.iter().map(|one| one.cost).sum();
    for one in &mut all {
        one.who.share = (one.cost / total.max(f64::MIN_POSITIVE)).min(one.most);
    }
    all.sort_by(|a, b| {
        (b.who.share.total_cmp(&a.who.share))
            .then_with(|| b.cost.total_cmp(&a.cost))
            .then_with(|| key_of(&a.who).cmp(&key_of(&b.who)))
    });
    let all = all.into_iter().map(|one| one.who);
    all.filter(|who| who.share >= LEAST_SHARE)
        .take(MOST)
        .collect()
}

fn key_of(who: &Who) -> (&Option<String>, &Option<String>, &Resource) {
    (&who.user, &who.user_agent, &who.resource)
}
