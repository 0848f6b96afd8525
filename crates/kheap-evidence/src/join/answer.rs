//! What files beside a dump say of a finding: who is behind it, and how many requests.

use kheap::diagnose::{Advice, Finding, Severity};

use super::demand::Demand;
use super::in_flight::{self, InFlight, Source};
use super::rows::Rows;
use super::server::{InForce, Server};
use super::who::{Who, who};
use crate::requests::Client;

/// What lies beside a dump says of one finding.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Answer {
    /// Clients that are behind it, the largest share first.
    pub who: Vec<Who>,
    /// How many requests, of how many bytes.
    pub how_many: Option<HowMany>,
    /// Remedies that are in force already, and why.
    pub in_force: Vec<(Advice, InForce)>,
}

/// How many requests a finding is made of.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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

    /// Whether a step is done: it is in force, or asks for a client or a number that is
    /// known.
    pub fn is_done(&self, step: &Advice) -> bool {
        let is_in_force = self.in_force.iter().any(|(other, _)| other == step);
        let is_counted = |count: &HowMany| count.objects.or(count.requests_in_flight).is_some();
        is_in_force
            || (step.is_search && self.client().is_some())
            || (step.is_count && self.how_many.as_ref().is_some_and(is_counted))
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
    let mut who = who(finding, demand, &clients, counted.as_ref(), server);
    for one in who.iter_mut().filter(|one| one.requests.is_some()) {
        one.window_nanos = rows.window_nanos;
    }
    // Where nobody is known to ask, only goroutines count who does.
    let counted = counted.filter(|counted| counted.source == Source::Goroutines || !who.is_empty());
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
        objects: Some(sum(counts)),
        bytes_each: None,
        product: None,
        claimed: finding.bytes,
    })
}

fn how_many(
    finding: &Finding,
    who: &[Who],
    counted: Option<&InFlight>,
    server: &Server,
    clients: &[&Client],
) -> HowMany {
    let named = sum(who.iter().filter_map(|who| who.in_flight));
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

/// A sum of figures from files, which may hold any.
fn sum(counts: impl IntoIterator<Item = i64>) -> i64 {
    counts.into_iter().fold(0, i64::saturating_add)
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
