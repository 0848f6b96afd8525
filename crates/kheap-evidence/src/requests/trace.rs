//! Trace lines: what a slow request did, step by step.

use std::collections::HashMap;

use super::client::{ClientKey, Traced};
use super::ledger::{Ledger, id_of};
use super::query::{shape, split, target};

/// Traces whose steps are still to come.
const MAX_OPEN: usize = 1024;

/// A trace: its request, its client, and what it says.
#[derive(Debug)]
pub(super) struct Trace {
    /// The id of the request, where the line has it.
    pub(super) id: Option<u64>,
    pub(super) key: ClientKey,
    pub(super) traced: Traced,
}

/// Traces that are being read, by their number.
#[derive(Debug, Default)]
pub(super) struct Traces {
    open: HashMap<String, Trace>,
}

impl Traces {
    /// Takes the first line: `Trace[17]: "List" accept:…,audit-id:…,client:…,url:…`. In
    /// JSON all steps are in it.
    pub(super) fn begin(&mut self, ledger: &mut Ledger, text: &str) {
        let mut lines = text.lines();
        let Some((number, head)) = lines.next().and_then(split_number) else {
            return;
        };
        if let Some(trace) = head_of(head) {
            if self.open.len() >= MAX_OPEN {
                self.finish(ledger);
            }
            let before = self.open.insert(number.to_owned(), trace);
            // A number that is used again is another trace.
            if let Some(trace) = before {
                ledger.add_trace(trace);
            }
        }
        for line in lines {
            self.step(ledger, line);
        }
    }

    /// Takes a further line: `Trace[17]:  ---"Listed items from cache" count:6036 1ms (…)`.
    pub(super) fn step(&mut self, ledger: &mut Ledger, line: &str) {
        let Some((number, text)) = split_number(line) else {
            return;
        };
        let Some(trace) = self.open.get_mut(number) else {
            return;
        };
        add_step(&mut trace.traced, text);
        if text.ends_with(" END") {
            let closed = self.open.remove(number);
            if let Some(trace) = closed {
                ledger.add_trace(trace);
            }
        }
    }

    /// Adds those that are open: the log ends in them.
    pub(super) fn finish(&mut self, ledger: &mut Ledger) {
        let mut open: Vec<_> = self.open.drain().collect();
        open.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (_, trace) in open {
            ledger.add_trace(trace);
        }
    }
}

fn split_number(line: &str) -> Option<(&str, &str)> {
    line.trim_start().strip_prefix("Trace[")?.split_once("]: ")
}

/// What the first line says, where it is of a request.
fn head_of(text: &str) -> Option<Trace> {
    let value = |name: &str| attribute(text, name);
    let (path, query) = split(value("url")?);
    let target = target(path)?;
    let accept = value("accept").unwrap_or_default();
    let key = ClientKey {
        user: String::new(),
        user_agent: value("user-agent")?.to_owned(),
        source: value("client")?.to_owned(),
        verb: value("verb")?.to_owned(),
        resource: target.resource,
        namespace: target.namespace,
        query: shape(query),
    };
    let traced = Traced {
        tables: i64::from(accept.contains("as=Table")),
        ..Traced::default()
    };
    let id = value("audit-id").filter(|id| !id.is_empty()).map(id_of);
    // Many traces are kept until their requests end.
    let key = key.cut().unwrap_or(key);
    Some(Trace { id, key, traced })
}

/// The value of `name:…` in `a:1,b:2 (29-Nov-2026 …)`, which may hold commas and blanks.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    const NAMES: [&str; 13] = [
        "audit-id",
        "client",
        "api-group",
        "api-version",
        "name",
        "subresource",
        "namespace",
        "protocol",
        "resource",
        "scope",
        "url",
        "user-agent",
        "verb",
    ];
    let label = format!("{name}:");
    let starts =
        |found: &(usize, &str)| found.0 == 0 || matches!(text.as_bytes()[found.0 - 1], b',' | b' ');
    let (at, _) = text.match_indices(&*label).find(starts)?;
    let rest = &text[at + label.len()..];
    let next = NAMES
        .iter()
        .filter_map(|name| rest.find(&format!(",{name}:")));
    let end = next.min().or_else(|| rest.find(" (")).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn add_step(traced: &mut Traced, text: &str) {
    let number = |name: &str| -> Option<i64> {
        let rest = &text[text.find(name)? + name.len()..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    if text.contains("\"cacher.GetList\"") || text.contains("\"cacher list\"") {
        traced.from_cache = 1;
    } else if text.contains("etcd3\"")
        && text.contains("List(recursive=true)")
        && traced.from_cache == 0
    {
        traced.from_etcd = 1;
    }
    if text.contains("\\\"pretty\\\":\\\"true\\\"") || text.contains("\"pretty\":\"true\"") {
        traced.pretty = 1;
    }
    if let Some(objects) = number("count:") {
        traced.objects = traced.objects.max(objects);
    }
    // A size of 1 is the first byte of an answer that is written item by item.
    if let Some(bytes) = number("size:").filter(|&bytes| bytes > 1) {
        traced.sized = 1;
        traced.bytes = traced.bytes.max(bytes);
    }
}
