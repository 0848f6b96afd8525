//! Lines of a server log that tell of requests.

use super::client::ClientKey;
use super::klog::{LogLine, LogTime, field};
use super::ledger::{Event, Ledger, id_of};
use super::query::{is_heap, shape, split, target};
use super::trace::Traces;
use crate::moment;

/// Adds a line.
pub(super) fn add(ledger: &mut Ledger, traces: &mut Traces, line: &LogLine<'_>) -> Option<()> {
    let at = match line.time {
        LogTime::OfYear(time) => moment::klog(time, ledger.near())?,
        LogTime::Nanos(nanos) => nanos,
    };
    ledger.saw(at);
    let text = line.text;
    if text.starts_with("\"HTTP\"") {
        return add_access(ledger, at, text);
    }
    // In JSON, messages are quoted.
    let text = text.trim_matches('"');
    if text.starts_with("Trace[") {
        traces.begin(ledger, text);
    } else if text.starts_with("FLAG: ") && line.file == "flags.go" && ledger.is_before_dump(at) {
        let start = ledger.result.process_start.unwrap_or(at);
        // Flags are logged twice when a server starts; a later start is another process.
        let is_new = at.saturating_sub(start) > moment::MINUTE;
        ledger.result.process_start = Some(if is_new { at } else { start });
    } else if let Some(version) = text.strip_prefix("Version: v") {
        ledger.result.version = Some(format!("v{}", version.trim()));
    }
    Some(())
}

/// Adds `"HTTP" verb="LIST" URI="…" latency="19.89s" userAgent="…" audit-ID="…" srcIP="…"`.
fn add_access(ledger: &mut Ledger, ended: i64, text: &str) -> Option<()> {
    let uri = field(text, "URI")?;
    let latency = moment::go_duration(&field(text, "latency")?)?;
    let began = ended.saturating_sub(latency);
    let (path, query) = split(&uri);
    let key = target(path).and_then(|target| {
        Some(ClientKey {
            user: String::new(),
            user_agent: field(text, "userAgent")?.into_owned(),
            source: without_port(&field(text, "srcIP")?).to_owned(),
            verb: field(text, "verb")?.into_owned(),
            resource: target.resource,
            namespace: target.namespace,
            query: shape(query),
        })
    });
    if key.is_none() {
        ledger.result.has_other_paths = true;
        if is_heap(path) {
            ledger.heap_request(began, ended);
        }
    }
    ledger.add(Event {
        id: id_of(&field(text, "audit-ID").unwrap_or_default()),
        began,
        ended: Some(ended),
        key: key.as_ref(),
    });
    Some(())
}

/// An address without its port: `127.0.0.11:34905`, `[::1]:34905`.
fn without_port(source: &str) -> &str {
    let address = source
        .rsplit_once(':')
        .map_or(source, |(address, _)| address);
    address.trim_matches(['[', ']'])
}
