//! Audit events, a JSON object a line.

use std::borrow::Cow;

use serde::Deserialize;

use super::client::ClientKey;
use super::ledger::{Event, Ledger, id_of};
use super::log::LogKind;
use super::query::{is_heap, shape, split, target};
use crate::moment;
use crate::resource::Resource;

/// What is read of an event; the rest is passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditEvent<'a> {
    #[serde(borrow, rename = "auditID")]
    audit_id: Cow<'a, str>,
    #[serde(borrow)]
    stage: Cow<'a, str>,
    #[serde(borrow, default, rename = "requestURI")]
    request_uri: Cow<'a, str>,
    #[serde(borrow, default)]
    verb: Cow<'a, str>,
    #[serde(borrow, default)]
    user: User<'a>,
    #[serde(borrow)]
    impersonated_user: Option<User<'a>>,
    #[serde(default, rename = "sourceIPs")]
    source_ips: Vec<String>,
    #[serde(borrow, default)]
    user_agent: Cow<'a, str>,
    #[serde(borrow)]
    object_ref: Option<ObjectRef<'a>>,
    #[serde(borrow)]
    request_received_timestamp: Cow<'a, str>,
    #[serde(borrow)]
    stage_timestamp: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
struct User<'a> {
    #[serde(borrow, default)]
    username: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectRef<'a> {
    #[serde(borrow, default)]
    resource: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
    #[serde(borrow, default)]
    api_group: Cow<'a, str>,
}

/// Whether a line is an audit event; it may have a prefix of a container's log.
pub(super) fn is_event(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"\"auditID\"").is_some()
        && memchr::memmem::find(line, b"\"stage\"").is_some()
}

/// An event whose beginning and end alone are known, without the objects
/// between them; `None` where it has none.
pub(super) fn without_objects(head: &[u8], tail: &[u8]) -> Option<Vec<u8>> {
    let objects: [&[u8]; 2] = [b",\"requestObject\":", b",\"responseObject\":"];
    let found = objects.into_iter();
    let found = found.filter_map(|object| memchr::memmem::find(head, object));
    // Quotes within a string are escaped; a key is what it looks like.
    let times = memchr::memmem::rfind(tail, b"\"requestReceivedTimestamp\":")?;
    Some([&head[..found.min()?], b",", &tail[times..]].concat())
}

/// Adds an event; `None` where it is broken.
pub(super) fn add(ledger: &mut Ledger, line: &[u8]) -> Option<()> {
    let start = line.iter().position(|&byte| byte == b'{')?;
    let mut values = serde_json::Deserializer::from_slice(&line[start..]);
    let event = AuditEvent::deserialize(&mut values).ok()?;
    let began = moment::rfc3339(&event.request_received_timestamp)?;
    let reached = moment::rfc3339(&event.stage_timestamp)?;
    ledger.result.kind = LogKind::Audit;
    ledger.saw(reached);
    let has_ended = matches!(&*event.stage, "ResponseComplete" | "Panic");
    ledger.result.has_starts |= event.stage == "RequestReceived";
    ledger.result.has_watch_starts |= event.stage == "ResponseStarted" && event.verb == "watch";
    let key = key(&event);
    if key.is_none() {
        ledger.result.has_other_paths = true;
        if has_ended && is_heap(split(&event.request_uri).0) {
            ledger.heap_request(began, reached);
        }
    }
    ledger.add(Event {
        id: id_of(&event.audit_id),
        began,
        ended: has_ended.then_some(reached),
        key: key.as_ref(),
    });
    Some(())
}

/// The client of a request for a resource.
fn key(event: &AuditEvent<'_>) -> Option<ClientKey> {
    let (path, query) = split(&event.request_uri);
    let (resource, namespace) = match &event.object_ref {
        Some(object) if !object.resource.is_empty() => (
            Resource::new(&object.api_group, &object.resource),
            object.namespace.clone().into_owned(),
        ),
        _ => {
            let target = target(path)?;
            (target.resource, target.namespace)
        }
    };
    let user = event.impersonated_user.as_ref().unwrap_or(&event.user);
    Some(ClientKey {
        user: user.username.clone().into_owned(),
        user_agent: event.user_agent.clone().into_owned(),
        source: event.source_ips.last().cloned().unwrap_or_default(),
        verb: event.verb.to_uppercase(),
        resource,
        namespace,
        query: shape(query),
    })
}
