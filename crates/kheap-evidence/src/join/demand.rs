//! Which requests a finding is about.

use kheap::diagnose::Finding;

use crate::requests::Client;
use crate::resource::Resource;

/// Requests that can be behind a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// Verbs in capitals.
    pub(super) verbs: &'static [&'static str],
    pub(super) mechanism: Mechanism,
}

/// How requests of a finding differ from others of their verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// Not at all.
    Any,
    /// Their answer is encoded whole.
    Whole,
    /// They ask for a Table.
    Table,
    /// Their answer is indented.
    Pretty,
    /// They are read from etcd.
    FromEtcd,
    /// They are watches that begin with the state of all objects.
    InitialState,
    /// They are watches of any kind.
    Watch,
    /// They are server-side apply.
    Apply,
}

const LIST: &[&str] = &["LIST"];
const WATCH: &[&str] = &["WATCH"];

/// What the signatures are about, by their ids; others blame no client.
const DEMANDS: [(&str, Demand); 10] = [
    (
        "delete-collection",
        demand(&["DELETECOLLECTION"], Mechanism::Any),
    ),
    ("list-conversion-copies", demand(LIST, Mechanism::Any)),
    ("list-from-etcd", demand(LIST, Mechanism::FromEtcd)),
    ("list-pretty-printing", demand(LIST, Mechanism::Pretty)),
    ("list-response-encoding", demand(LIST, Mechanism::Whole)),
    ("list-table-rendering", demand(LIST, Mechanism::Table)),
    (
        "server-side-apply-memory",
        demand(&["PATCH", "APPLY"], Mechanism::Apply),
    ),
    ("watch-channel-buffers", demand(WATCH, Mechanism::Watch)),
    ("watch-init-replay", demand(WATCH, Mechanism::InitialState)),
    ("watch-stream-buffers", demand(WATCH, Mechanism::Watch)),
];

const fn demand(verbs: &'static [&'static str], mechanism: Mechanism) -> Demand {
    Demand { verbs, mechanism }
}

/// Whether a finding is about requests that somebody sent.
pub fn asks_for_clients(finding: &Finding) -> bool {
    Demand::of(finding).is_some()
}

impl Demand {
    pub(super) fn of(finding: &Finding) -> Option<Self> {
        let mut demands = DEMANDS.iter();
        let found = demands.find(|(id, _)| *id == finding.id);
        // A signature of LISTs that is not distinguished here, be it the user's own.
        let is_list = || finding.request.as_deref() == Some("LIST");
        let other = || is_list().then_some(demand(LIST, Mechanism::Any));
        found.map(|(_, demand)| *demand).or_else(other)
    }

    /// Whether a client can be behind a finding of these kinds.
    pub(super) fn is_of(self, client: &Client, kinds: &[String]) -> bool {
        let is_initial = || client.starts_from_state();
        self.verbs.contains(&&*client.key.verb)
            && !is_own(client)
            && is_of_kinds(&client.key.resource, kinds)
            && (self.mechanism != Mechanism::InitialState || is_initial())
    }
}

/// Whether the server asks itself.
fn is_own(client: &Client) -> bool {
    client.key.user == "system:apiserver" || client.key.user_agent.starts_with("kube-apiserver/")
}

/// Whether a resource is of one of the kinds; all are where none is known.
pub(super) fn is_of_kinds(resource: &Resource, kinds: &[String]) -> bool {
    let mut kinds = kinds.iter().filter(|kind| *kind != "unknown").peekable();
    kinds.peek().is_none() || kinds.any(|kind| resource.is_of_kind(kind))
}
