//! A client, and what it asks for.

use super::query;
use crate::moment::MINUTE;
use crate::resource::Resource;
use crate::text;

/// How far before the dump rates are measured.
pub(super) const RATE_NANOS: i64 = MINUTE;

/// Who asks, and for what: requests that agree in all of it are one client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
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
#[non_exhaustive]
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
    /// When the last of those began, in nanoseconds since 1970.
    pub(crate) last_began: Option<i64>,
    /// What traces say of them.
    pub traced: Traced,
    /// Requests that began within an audit log and have no line for it.
    pub(crate) unstarted: i64,
}

/// What the Trace lines of slow requests say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
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

impl Traced {
    /// Adds what another trace says of the same request.
    pub(super) fn join(&mut self, other: &Self) {
        for (mine, other) in [
            (&mut self.tables, other.tables),
            (&mut self.pretty, other.pretty),
            (&mut self.from_cache, other.from_cache),
            (&mut self.from_etcd, other.from_etcd),
            (&mut self.sized, other.sized),
            (&mut self.bytes, other.bytes),
            (&mut self.objects, other.objects),
        ] {
            *mine = other.max(*mine);
        }
    }
}

impl ClientKey {
    /// The key with its long strings cut; `None` where none is long.
    pub(super) fn cut(&self) -> Option<Self> {
        let mut key = self.clone_if_long()?;
        for text in [
            &mut key.user,
            &mut key.user_agent,
            &mut key.source,
            &mut key.resource.group,
            &mut key.resource.name,
            &mut key.namespace,
            &mut key.query,
        ] {
            text.truncate(text::cut(text).len());
        }
        Some(key)
    }

    fn clone_if_long(&self) -> Option<Self> {
        let resource = [&self.resource.group, &self.resource.name];
        let texts = [
            &self.user,
            &self.user_agent,
            &self.source,
            &self.namespace,
            &self.query,
        ];
        let mut all = texts.into_iter().chain(resource);
        let is_long = all.any(|text| text.len() > text::MAX_BYTES);
        is_long.then(|| self.clone())
    }
}

impl Client {
    pub(super) fn new(key: ClientKey) -> Self {
        Self {
            key,
            ended: 0,
            busy_nanos: 0,
            longest_nanos: 0,
            in_flight: 0,
            last_began: None,
            traced: Traced::default(),
            unstarted: 0,
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

    /// Whether it asks for some of the objects only, by their labels or fields.
    pub(crate) fn has_selector(&self) -> bool {
        let query = &self.key.query;
        query::value(query, "labelSelector").is_some()
            || query::value(query, "fieldSelector").is_some()
    }

    /// Whether it asks for a part of the objects: by a selector or of one namespace.
    pub(crate) fn asks_for_part(&self) -> bool {
        !self.key.namespace.is_empty() || self.has_selector()
    }

    /// Whether its requests stand in the audit log when they begin: the policy can omit
    /// that for some of them.
    pub(crate) fn has_starts(&self) -> bool {
        self.unstarted.saturating_mul(2) <= self.ended.saturating_add(self.in_flight)
    }

    /// How many are likely to be in flight: those that are seen to be, or the mean.
    pub(crate) fn likely_in_flight(&self) -> f64 {
        self.mean_in_flight().max(self.in_flight as f64)
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
