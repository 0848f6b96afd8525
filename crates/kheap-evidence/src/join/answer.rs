//! Who is behind a finding, and how many requests.

use std::collections::{BTreeMap, BTreeSet};

use kheap::diagnose::{Advice, Finding, Severity};

use super::cost;
use super::demand::{Demand, is_of_kinds};
use super::in_flight::{self, InFlight, Source};
use super::rows::Rows;
use super::server::{InForce, Server};
use crate::requests::Client;
use crate::resource::Resource;

/// A smaller share of a finding blames nobody.
const LEAST_SHARE: f64 = 0.05;

/// How many clients are named.
const MOST: usize = 10;

/// How many addresses of one client are named.
const ADDRESSES: usize = 4;

/// How steps begin that only ask for the client behind a finding.
const SEARCHES: [&str; 4] = [
    "Find the client:",
    "Find the client.",
    "Find who deletes",
    "Find who polls",
];

/// What lies beside a dump says of one finding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Clients that are behind it, the largest share first.
    pub who: Vec<Who>,
    /// How many requests, of how many bytes.
    pub how_many: Option<HowMany>,
    /// Remedies that are in force already, and why.
    pub in_force: Vec<(Advice, InForce)>,
}

/// A client behind a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// The user, where the audit log names it.
    pub user: Option<String>,
    /// The user agent, where a log tells it.
    pub user_agent: Option<String>,
    /// The addresses that it asks from.
    pub source: Option<String>,
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
    /// Requests that ended in the ten minutes before it.
    pub requests: Option<i64>,
    /// The mean bytes of an answer.
    pub bytes_each: Option<i64>,
    /// Its share of the finding, 0..=1.
    pub share: f64,
    /// Whether who it is was left out on request.
    pub is_hidden: bool,
}

/// How many requests a finding is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct HowMany {
    /// Requests in flight when the dump was taken.
    pub requests_in_flight: Option<i64>,
    /// Where that comes from.
    pub source: Option<Source>,
    /// Objects of one answer, else of the resource.
    pub objects: Option<i64>,
    /// The mean bytes of an answer.
    pub bytes_each: Option<i64>,
    /// Both together.
    pub product: Option<i64>,
    /// What the finding claims.
    pub claimed: i64,
}

impl Answer {
    /// The client with the largest share, where a log names it.
    pub fn client(&self) -> Option<&Who> {
        let named = |who: &&Who| who.user.is_some() || who.user_agent.is_some();
        self.who.first().filter(named)
    }

    /// Whether a step is done: it is in force, or asks for a client that is known.
    pub fn is_done(&self, step: &Advice) -> bool {
        let is_in_force = self.in_force.iter().any(|(other, _)| other == step);
        let is_search = SEARCHES.iter().any(|words| step.text.starts_with(words));
        is_in_force || (is_search && self.client().is_some())
    }
}

impl HowMany {
    /// Whether the product is less than half of what the finding claims, or more than
    /// twice of it.
    pub fn is_off(&self) -> bool {
        let claimed = self.claimed;
        (self.product).is_some_and(|product| product < claimed / 2 || product / 2 > claimed)
    }
}

/// Answers for one finding.
pub(super) fn answer(finding: &Finding, server: &Server, rows: &Rows) -> Answer {
    let advice = finding.remedy.iter();
    let in_force = advice.filter_map(|one| Some((one.clone(), server.in_force(one)?)));
    let in_force = in_force.collect();
    let Some(demand) = Demand::of(finding).filter(|_| finding.severity > Severity::Info) else {
        let how_many = objects_alone(finding, server);
        return Answer {
            how_many,
            in_force,
            ..Answer::default()
        };
    };
    // Kinds that are inferred make other requests less likely, and do not rule them out.
    let kinds = match finding.kinds_inferred {
        true => &[][..],
        false => &finding.kinds[..],
    };
    let clients = rows
        .clients
        .iter()
        .filter(|client| demand.is_of(client, kinds));
    let clients: Vec<&Client> = clients.collect();
    let counted = in_flight::count(demand, kinds, server, rows, &clients);
    let who = who(finding, demand, &clients, counted.as_ref(), server);
    let how_many = how_many(finding, &who, counted.as_ref(), server, &clients);
    Answer {
        who,
        how_many: Some(how_many),
        in_force,
    }
}

/// For what nobody is asked about: how many objects there are of its kind.
fn objects_alone(finding: &Finding, server: &Server) -> Option<HowMany> {
    let [kind] = &finding.kinds[..] else {
        return None;
    };
    let resources = server.scrape.iter().flat_map(|scrape| &scrape.objects);
    let counts = resources.filter(|(resource, count)| **count >= 0 && resource.is_of_kind(kind));
    let counts: Vec<i64> = counts.map(|(_, count)| *count).collect();
    (!counts.is_empty()).then(|| HowMany {
        requests_in_flight: None,
        source: None,
        objects: Some(counts.iter().sum()),
        bytes_each: None,
        product: None,
        claimed: finding.bytes,
    })
}

/// A client with what its requests cost.
struct Costed<'a> {
    client: &'a Client,
    in_flight: f64,
    cost: f64,
}

fn who(
    finding: &Finding,
    demand: Demand,
    clients: &[&Client],
    counted: Option<&InFlight>,
    server: &Server,
) -> Vec<Who> {
    let each = |(at, client): (usize, &&'_ Client)| {
        let in_flight = counted.map_or(0.0, |counted| counted.of_client[at]);
        (
            in_flight,
            cost::of_request(client, demand.mechanism, server),
        )
    };
    let costs: Vec<(f64, f64)> = clients.iter().enumerate().map(each).collect();
    // Where none is in flight any more, those that ended are left.
    let is_over = costs.iter().all(|(in_flight, _)| *in_flight < 0.05);
    let costed = clients
        .iter()
        .zip(costs)
        .map(|(client, (in_flight, each))| {
            let number = match is_over {
                true if has_left(client, finding, server) => client.ended as f64,
                true => 0.0,
                false => in_flight,
            };
            let cost = number * each;
            Costed {
                client,
                in_flight,
                cost,
            }
        });
    let known = grouped(costed.collect(), counted.is_some(), server);
    let unknown = counted.into_iter().flat_map(|counted| &counted.unknown);
    let unknown = unknown.map(|(resource, count)| {
        let bytes = server.answer_bytes(resource);
        let each = bytes.map_or(1e6, |bytes| bytes as f64);
        let cost = count * each * fitness(finding, resource);
        (unknown_client(demand, resource, *count, bytes), cost)
    });
    ranked(known.into_iter().chain(unknown).collect())
}

/// How much of what a request costs is of a finding whose kinds are inferred.
fn fitness(finding: &Finding, resource: &Resource) -> f64 {
    const OTHER_KIND: f64 = 0.25;
    match finding.kinds_inferred && !is_of_kinds(resource, &finding.kinds) {
        true => OTHER_KIND,
        false => 1.0,
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
        bytes_each: bytes,
        share: 0.0,
        is_hidden: false,
    }
}

/// Requests of one program for one resource are one client, from wherever they come.
fn grouped(costed: Vec<Costed<'_>>, is_counted: bool, server: &Server) -> Vec<(Who, f64)> {
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
    let groups = groups.into_values();
    groups
        .map(|group| (client_of(&group, is_counted, server), cost_of(&group)))
        .collect()
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
    let ended = group.iter().map(|one| one.client.ended).sum();
    let users: BTreeSet<&str> = group.iter().map(|one| &*one.client.key.user).collect();
    let user = match users.len() {
        1 => &*key.user,
        _ => "system:node:*",
    };
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Who {
        user: known(user),
        user_agent: known(&key.user_agent),
        source: known(&addresses(group)),
        verb: key.verb.clone(),
        resource: key.resource.clone(),
        namespace: known(&common_namespace(group)),
        query: known(&common_query(group)),
        in_flight: is_counted.then_some(in_flight.round() as i64),
        requests: Some(ended),
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

fn addresses(group: &[Costed<'_>]) -> String {
    let all: BTreeSet<&str> = group.iter().map(|one| &*one.client.key.source).collect();
    let named: Vec<&str> = all.iter().copied().take(ADDRESSES).collect();
    let named = named.join(", ");
    match all.len().saturating_sub(ADDRESSES) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The largest first, with their shares.
fn ranked(mut all: Vec<(Who, f64)>) -> Vec<Who> {
    let total: f64 = all.iter().map(|(_, cost)| cost).sum();
    all.sort_by(|a, b| {
        b.1.total_cmp(&a.1)
            .then_with(|| key_of(&a.0).cmp(&key_of(&b.0)))
    });
    let all = all.into_iter().map(|(mut who, cost)| {
        who.share = cost / total.max(f64::MIN_POSITIVE);
        who
    });
    all.filter(|who| who.share >= LEAST_SHARE)
        .take(MOST)
        .collect()
}

fn key_of(who: &Who) -> (&Option<String>, &Option<String>, &Resource) {
    (&who.user, &who.user_agent, &who.resource)
}

fn how_many(
    finding: &Finding,
    who: &[Who],
    counted: Option<&InFlight>,
    server: &Server,
    clients: &[&Client],
) -> HowMany {
    let named: i64 = who.iter().filter_map(|who| who.in_flight).sum();
    // Goroutines and rates do not tell whose they are; those who are too small to be
    // named are left out of the others.
    let total = counted.map(|counted| match counted.source {
        Source::Goroutines => counted.total.round() as i64,
        _ => named,
    });
    let bytes = mean_bytes(who);
    HowMany {
        requests_in_flight: total,
        source: counted.map(|counted| counted.source),
        objects: who
            .first()
            .and_then(|first| objects(first, server, clients)),
        bytes_each: bytes,
        product: total
            .zip(bytes)
            .and_then(|(total, bytes)| total.checked_mul(bytes)),
        claimed: finding.bytes,
    }
}

/// The mean answer of those who are named, by their shares.
fn mean_bytes(who: &[Who]) -> Option<i64> {
    let known = who
        .iter()
        .filter_map(|who| Some((who.bytes_each? as f64, who.in_flight?.max(1) as f64)));
    let (sum, number) = known.fold((0.0, 0.0), |(sum, number), (bytes, count)| {
        (sum + bytes * count, number + count)
    });
    (number > 0.0).then(|| (sum / number) as i64)
}

/// Objects of one answer by the traces of the largest client, else all of the resource.
fn objects(who: &Who, server: &Server, clients: &[&Client]) -> Option<i64> {
    let is_same = |client: &&&Client| {
        client.key.resource == who.resource
            && Some(&*client.key.user_agent) == who.user_agent.as_deref()
    };
    let traced = clients
        .iter()
        .filter(is_same)
        .map(|client| client.traced.objects)
        .max();
    let traced = traced.filter(|&objects| objects > 0);
    let is_whole = who.namespace.is_none()
        && who.query.as_deref().is_none_or(|query| {
            !["limit=", "Selector="]
                .iter()
                .any(|part| query.contains(part))
        });
    let all = || server.objects(&who.resource).filter(|_| is_whole);
    traced.or_else(all)
}
