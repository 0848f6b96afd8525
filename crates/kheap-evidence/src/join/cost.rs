//! What requests of a client cost: how many, how large, and whether they work in the
//! way that a finding is about.

use kheap::diagnose::Finding;

use super::demand::{Mechanism, is_of_kinds};
use super::server::Server;
use crate::requests::Client;
use crate::resource::Resource;

/// What is left of the cost of requests that are known to work in another way.
const OTHER_WAY: f64 = 0.02;

/// What counts where nothing shows the way.
const UNKNOWN_WAY: f64 = 0.5;

/// Bytes of a response that nothing shows: clients are then ranked by number.
const SOME_BYTES: f64 = 1e6;

/// Bytes of an object that nothing shows.
const OBJECT_BYTES: f64 = 1e3;

/// What is left of all objects by a selector, or in one namespace: most of them are small.
const PART: f64 = 0.01;

/// What is left of the cost of requests for another kind than the inferred one.
const OTHER_KIND: f64 = 0.25;

/// What one request of a client costs, for a comparison with others.
pub(super) fn of_request(client: &Client, mechanism: Mechanism, server: &Server) -> f64 {
    let bytes = match mechanism {
        Mechanism::Watch => 1.0,
        Mechanism::InitialState => unknown(client, server),
        // A selector is held against what was read; all of it is.
        Mechanism::FromEtcd if client.key.namespace.is_empty() => {
            whole_bytes(client, server).map_or_else(|| of_objects(client, server), as_float)
        }
        _ => bytes_each(client, server).map_or_else(|| unknown(client, server), as_float),
    };
    bytes.max(1.0) * likelihood(client, mechanism)
}

fn as_float(bytes: i64) -> f64 {
    bytes as f64
}

fn unknown(client: &Client, server: &Server) -> f64 {
    let part = if client.asks_for_part() { PART } else { 1.0 };
    of_objects(client, server) * part
}

/// What the objects cost that a client asks for, where only their number is known, or
/// that of a page.
fn of_objects(client: &Client, server: &Server) -> f64 {
    let traced = Some(client.traced.objects).filter(|&objects| objects > 0);
    let all = traced.or_else(|| server.objects(&client.key.resource));
    let bytes = all.map_or(SOME_BYTES, |objects| objects as f64 * OBJECT_BYTES);
    let page = client.limit().map(|limit| limit as f64 * OBJECT_BYTES);
    page.map_or(bytes, |page| page.min(bytes))
}

/// How much of what a request for a resource costs counts for a finding whose kinds are
/// inferred.
pub(super) fn fitness(finding: &Finding, resource: &Resource) -> f64 {
    match finding.kinds_inferred && !is_of_kinds(resource, &finding.kinds) {
        true => OTHER_KIND,
        false => 1.0,
    }
}

/// The mean bytes of an answer to this client: by its traces, else by the size of
/// answers to anybody, less what its pages leave out. What a selector leaves out is not
/// known.
pub(super) fn bytes_each(client: &Client, server: &Server) -> Option<i64> {
    match client.has_selector() {
        true => client.answer_bytes(),
        false => whole_bytes(client, server),
    }
}

fn whole_bytes(client: &Client, server: &Server) -> Option<i64> {
    if let Some(bytes) = client.answer_bytes() {
        return Some(bytes);
    }
    if client.key.verb != "LIST" {
        return None;
    }
    let resource = &client.key.resource;
    if !client.key.namespace.is_empty() {
        return server.namespace_answer_bytes(resource);
    }
    let bytes = server.answer_bytes(resource)?;
    let whole = server.objects(resource).filter(|&objects| objects > 0);
    Some(match (client.limit(), whole) {
        (Some(limit), Some(objects)) if limit < objects => {
            (bytes as f64 * limit as f64 / objects as f64) as i64
        }
        _ => bytes,
    })
}

/// How likely the requests of a client work in this way, 0..=1.
fn likelihood(client: &Client, mechanism: Mechanism) -> f64 {
    let traced = client.traced;
    let share = |count: i64| match traced.requests {
        0 => UNKNOWN_WAY,
        requests => (count as f64 / requests as f64).max(OTHER_WAY),
    };
    let is_pretty = client.is_pretty() || traced.pretty > 0;
    match mechanism {
        Mechanism::Any | Mechanism::InitialState | Mechanism::Watch => 1.0,
        Mechanism::Pretty if is_pretty => 1.0,
        Mechanism::Pretty => OTHER_WAY,
        // Each has a finding of its own.
        Mechanism::Table if is_pretty && traced.tables == 0 => OTHER_WAY,
        Mechanism::Table => share(traced.tables),
        Mechanism::Whole if is_pretty => 1.0,
        Mechanism::Whole => share(traced.tables).max(UNKNOWN_WAY),
        // A trace of what was slow elsewhere shows neither.
        Mechanism::FromEtcd => match traced.from_cache + traced.from_etcd {
            0 => UNKNOWN_WAY,
            known => (traced.from_etcd as f64 / known as f64).max(OTHER_WAY),
        },
        Mechanism::Apply => match client.key.query.contains("force=") {
            true => 1.0,
            false => UNKNOWN_WAY,
        },
    }
}
