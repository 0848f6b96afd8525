//! A client, and what it asks for.

use super::query;
use crate::moment::MINUTE;
use crate::resource::Resource;

/// How far before the dump rates are measured.
pub(super) const RATE_NANOS: i64 = MINUTE;

/// Who asks, and for what: requests that agree in all of it are one client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey {
    /// The user, as the audit log names it; empty in a server log.
    pub user: String,
    /// The user agent.
    pub user_agent: String,
    /// The address that it asks from.
    pub source: String,
    /// The verb in capitals, such as `LIST`.
    pub verb: String,
    /// What it asks for.
    pub resource: Resource,
    /// The namespace; empty for all of them.
    pub namespace: String,
    /// The parameters that change what an answer costs.
    pub query: String,
}

/// A client, and what a log says of its requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// Who asks for what.
    pub key: ClientKey,
    /// Requests that ended in the minutes before the dump.
    pub ended: i64,
    /// The time that those took which ended in the last minute, in nanoseconds.
    pub busy_nanos: i64,
    /// The longest of them, in nanoseconds.
    pub longest_nanos: i64,
    /// Requests that were in flight when the dump was taken.
    pub in_flight: i64,
    /// What traces say of them.
    pub traced: Traced,
}

/// What the Trace lines of slow requests say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traced {
    /// How many there are.
    pub requests: i64,
    /// Those that asked for a Table.
    pub tables: i64,
    /// Those whose answer was indented.
    pub pretty: i64,
    /// Those that were answered from the watch cache.
    pub from_cache: i64,
    /// Those that were read from etcd.
    pub from_etcd: i64,
    /// Answers whose size is known, and their bytes.
    pub sized: i64,
    /// Bytes of those.
    pub bytes: i64,
    /// The objects of the largest answer.
    pub objects: i64,
}

impl Client {
    pub(super) fn new(key: ClientKey) -> Self {
        Self {
            key,
            ended: 0,
            busy_nanos: 0,
            longest_nanos: 0,
            in_flight: 0,
            traced: Traced::default(),
        }
    }

    /// How many of its requests are in flight on average, from how long those of the
    /// last minute took (Little's law).
    pub fn mean_in_flight(&self) -> f64 {
        let window = RATE_NANOS.max(self.longest_nanos);
        self.busy_nanos as f64 / window as f64
    }

    /// Whether its watches begin with the state of all objects.
    pub(crate) fn starts_from_state(&self) -> bool {
        let query = &self.key.query;
        let version = query::value(query, "resourceVersion");
        query::value(query, "sendInitialEvents") == Some("true")
            || version.is_none_or(|version| version == "0")
    }

    /// The most objects that one answer has, where it asks for pages.
    pub(crate) fn limit(&self) -> Option<i64> {
        let limit = query::value(&self.key.query, "limit")?.parse().ok()?;
        (limit > 0).then_some(limit)
    }

    /// Whether answers are indented: asked for, or by the user agent, as the server
    /// decides it (`isPrettyPrint`).
    pub(crate) fn is_pretty(&self) -> bool {
        match query::value(&self.key.query, "pretty") {
            Some(value) => matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"),
            None => {
                let tools = ["curl", "Wget", "Mozilla/5.0"];
                tools
                    .iter()
                    .any(|tool| self.key.user_agent.starts_with(tool))
            }
        }
    }

    /// The mean bytes of an answer, where traces tell them.
    pub(crate) fn answer_bytes(&self) -> Option<i64> {
        (self.traced.sized > 0).then(|| self.traced.bytes / self.traced.sized)
    }
}
