//! What lies beside a dump, in words for people.

use kheap::attribute::Role;
use kheap::diagnose::{Advice, Finding, Severity};
use kheap::{Diagnosis, unit};
use kheap_evidence::join::{
    Answer, FileUse, HowMany, InForce, Server, Source, Who, asks_for_clients,
};
use kheap_evidence::metrics::Scrape;

use crate::change::counted;
use crate::diagnosis::Known;

/// A client behind a finding, and what it asks for.
pub fn who(who: &Who) -> String {
    let mut client = match (&who.user_agent, &who.user) {
        (Some(agent), Some(user)) => format!("{agent}, user {user}"),
        (Some(agent), None) => format!("{agent}, user unknown (the audit log names it)"),
        (None, Some(user)) => format!("user {user}"),
        (None, None) if who.is_hidden => "one client (--no-clients leaves out who)".to_owned(),
        (None, None) => "a client that no log names".to_owned(),
    };
    if let Some(source) = &who.source {
        client += &format!(", from {source}");
    }
    format!("{client}: {}", requests(who))
}

/// What to save where requests were counted, and no file names a client.
pub fn unknown_client(answer: &Answer) -> Option<&'static str> {
    let count = answer.how_many.as_ref()?;
    let is_open = count.requests_in_flight.is_some() && answer.who.is_empty();
    is_open.then_some("unknown; the audit log or the server log of this process names the client.")
}

/// What a client asks for, and how often.
fn requests(who: &Who) -> String {
    let mut parts = vec![format!("{} of {}{}", who.verb, resource(who), query(who))];
    if let Some(in_flight) = who.in_flight {
        parts.push(format!("{in_flight} in flight"));
    }
    if let Some(ended) = who.requests.filter(|&ended| ended > 0) {
        parts.push(format!("{ended} ended in the 10 minutes before"));
    }
    if let Some(bytes) = who.bytes_each {
        parts.push(format!("{} each", label(bytes)));
    }
    parts.join(", ")
}

fn resource(who: &Who) -> String {
    let resource = &who.resource;
    match &who.namespace {
        Some(namespace) => format!("{resource} in namespace {namespace}"),
        None => resource.to_string(),
    }
}

fn query(who: &Who) -> String {
    match &who.query {
        Some(query) => format!(" with {query}"),
        None => String::new(),
    }
}

/// How many requests a finding is made of, and whether that adds up; `None` where nothing
/// shows.
pub fn how_many(count: &HowMany, of: &[Who]) -> Option<String> {
    let mut words = match (count.requests_in_flight, count.source) {
        (Some(requests), Some(source)) => {
            let were = if requests == 1 {
                "request was"
            } else {
                "requests were"
            };
            format!("{requests} {were} in flight ({})", source_words(source))
        }
        _ => return objects(count, of),
    };
    if let (Some(bytes), Some(product)) = (count.bytes_each, count.product) {
        let (bytes, product) = (label(bytes), label(product));
        words += &format!(
            " × {bytes} = {product}; the finding claims {}",
            label(count.claimed)
        );
    }
    words.push('.');
    if count.is_off() {
        words += match count.product.is_some_and(|product| product < count.claimed) {
            true => {
                " That is less than half: copies, or buffers of earlier requests, hold the rest."
            }
            false => " That is more than twice as much: most of these requests hold less.",
        };
    }
    if let Some(objects) = objects(count, of) {
        words += &format!(" {objects}");
    }
    Some(words)
}

fn objects(count: &HowMany, of: &[Who]) -> Option<String> {
    let objects = count.objects?;
    Some(match of {
        [] => format!("The server counts {}.", counted(objects, "object")),
        _ => format!("A response has {}.", counted(objects, "object")),
    })
}

/// Where a number of requests comes from.
fn source_words(source: Source) -> &'static str {
    match source {
        Source::Audit => "audit log: requests that had not ended",
        Source::Metrics => "metrics: requests started minus requests finished",
        Source::Goroutines => "goroutines of their handlers",
        Source::Rates => "rates: requests that ended in a minute, and their latency",
    }
}

/// Why a remedy is left out.
pub fn in_force(advice: &Advice, why: &InForce) -> String {
    let remedy = advice.text.as_str();
    let short: String = remedy.chars().take(60).collect();
    let dots = if short.len() < remedy.len() {
        "…"
    } else {
        ""
    };
    format!("Not needed: \"{short}{dots}\" ({})", in_force_reason(why))
}

/// The reason alone.
pub fn in_force_reason(why: &InForce) -> String {
    match why {
        InForce::Version(version) => format!("the server is {version}"),
        InForce::Gates(gates) => {
            let are = if gates.len() == 1 { "is on" } else { "are on" };
            format!("{} {are}", gates.join(" and "))
        }
    }
}

/// What became of a file, without its name.
pub fn file(file: &FileUse) -> String {
    let kind = file.kind.replace('-', " ");
    let used = match file.usage.is_used() {
        true => "used",
        false => "not used",
    };
    match file.usage.reason() {
        Some(reason) => format!("{kind}, {used}: {reason}"),
        None => format!("{kind}, {used}"),
    }
}

/// What is known of the server, in a line; `None` where nothing is.
pub fn server(server: &Server) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(version) = &server.version {
        parts.push(format!("server {version}"));
    }
    if let Some(process) = server.process() {
        let memory = process.rss.map(|rss| format!("resident {}", label(rss)));
        let goroutines = process.goroutines.map(|count| counted(count, "goroutine"));
        parts.extend(memory.into_iter().chain(goroutines));
    }
    if let Some(found) = &server.goroutines {
        parts.push(format!(
            "{} LISTs and {} watches in its goroutines, {} waiting for a slow reader",
            found.lists.total, found.watches.total, found.slow_writers
        ));
    }
    parts.extend(server.scrape.iter().flat_map(|scrape| of_program(scrape)));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What etcd, Prometheus and controllers measure of themselves.
fn of_program(scrape: &Scrape) -> Vec<String> {
    let facts = &scrape.program;
    let database = facts
        .database_bytes
        .map(|bytes| format!("database {}", label(bytes)));
    let keys = facts.keys.map(|count| format!("{count} keys"));
    let series = facts
        .head_series
        .map(|count| format!("{count} series in the head"));
    // The API server is a client of itself.
    let is_server = scrape.role() == Role::ApiServer;
    let requests = facts.client_requests.filter(|_| !is_server);
    let requests = requests.map(|count| format!("{count} requests to API servers since its start"));
    let longest = scrape.queues.iter().max_by_key(|(_, depth)| **depth);
    let queue = longest.map(|(name, depth)| {
        format!("{depth} items wait in the work queue {name}, the longest one")
    });
    let all = [database, keys, series, requests, queue];
    all.into_iter().flatten().collect()
}

/// Goroutines that can never go on, a line for each who made them.
pub fn leaks(server: &Server) -> Vec<String> {
    const MOST: usize = 5;
    let leaked = [&server.leaks, &server.goroutines];
    let leaked = leaked.into_iter().flatten().flat_map(|found| &found.leaked);
    let lines = leaked.map(|creator| {
        format!(
            "{} leaked goroutines were started by {}",
            creator.count, creator.place
        )
    });
    lines.take(MOST).collect()
}

/// Which files would say who is behind the findings; `None` where none is about requests.
pub fn question(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let mut findings = diagnosis.findings.iter();
    let is_open = |finding: &Finding| finding.severity > Severity::Low && asks_for_clients(finding);
    findings.any(is_open).then(|| {
        known.fill_in(
            "Who sends these requests, and how many? Save /metrics, the goroutine profile, the audit \
         log and the server log of this server. Then run: `kheap diagnose FILE --with \
         audit.log metrics.txt server.log goroutine.pb.gz`",
        )
    })
}

fn label(bytes: i64) -> String {
    unit::label(bytes, "bytes", unit::AUTO)
}
