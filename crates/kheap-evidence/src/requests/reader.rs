//! Logs, line by line: audit events and server lines may stand in one file.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::klog::{self, LogLine, LogTime};
use super::ledger::{Ledger, Requests};
use super::trace::Traces;
use super::{audit, server_log};
use crate::lines::{LinesEnd, for_each_line};
use crate::warning::Warning;

/// What a line of a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// An audit event.
    Audit,
    /// One of the server, in text.
    Text,
    /// One of the server, in JSON.
    Json,
    /// What a container runtime made of either.
    Wrapped,
}

impl Line {
    /// Recognises a line.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        let has = |wanted: &[u8]| memchr::memmem::find(line, wanted).is_some();
        match line.iter().position(|byte| !byte.is_ascii_whitespace()) {
            Some(at) if line[at] == b'{' && has(b"\"log\":") && has(b"\"stream\":") => {
                return Some(Self::Wrapped);
            }
            _ => {}
        }
        if audit::is_event(line) {
            return Some(Self::Audit);
        }
        if line.starts_with(b"{") && has(b"\"ts\":") && has(b"\"msg\":") {
            return Some(Self::Json);
        }
        let text = std::str::from_utf8(line).ok()?;
        LogLine::parse(text).map(|_| Self::Text)
    }
}

/// Reads a log; requests count as they stood at `at`, in nanoseconds since 1970.
pub(crate) fn read(
    reader: &mut dyn BufRead,
    at: Option<i64>,
) -> io::Result<(Requests, Vec<Warning>, LinesEnd)> {
    let mut ledger = Ledger::new(at);
    let mut traces = Traces::default();
    let mut broken = 0;
    let end = for_each_line(reader, |line| {
        if add_line(&mut ledger, &mut traces, line).is_none() {
            broken += 1;
        }
    })?;
    traces.finish(&mut ledger);
    // The last line of a file that is cut is no fault of its own.
    broken -= u64::from(end.is_cut && broken > 0);
    let (requests, mut warnings) = ledger.finish();
    if broken > 0 {
        warnings.push(Warning::BrokenLines(broken));
    }
    Ok((requests, warnings, end))
}

/// `None` where the line looks like one that counts and is broken.
fn add_line(ledger: &mut Ledger, traces: &mut Traces, line: &[u8]) -> Option<()> {
    match Line::of(line) {
        Some(Line::Audit) => audit::add(ledger, line),
        Some(Line::Text) => {
            let text = std::str::from_utf8(line).ok()?;
            server_log::add(ledger, traces, &LogLine::parse(text)?)
        }
        Some(Line::Json) => {
            let values: Map<String, Value> = serde_json::from_slice(line).ok()?;
            // Libraries log in forms of their own.
            let Some((nanos, file, text)) = klog::of_json(&values) else {
                return Some(());
            };
            let line = LogLine {
                time: LogTime::Nanos(nanos),
                file: &file,
                text: &text,
            };
            server_log::add(ledger, traces, &line)
        }
        Some(Line::Wrapped) => {
            let values: Map<String, Value> = serde_json::from_slice(line).ok()?;
            let inner = values.get("log")?.as_str()?.trim_end().as_bytes();
            match Line::of(inner) {
                Some(Line::Wrapped) => None,
                _ => add_line(ledger, traces, inner),
            }
        }
        None => {
            if let Ok(text) = std::str::from_utf8(line) {
                traces.step(ledger, text);
            }
            // A JSON line that ends early is broken; others have nothing to do with us.
            let is_open = line.starts_with(b"{") && !line.ends_with(b"}");
            (!is_open).then_some(())
        }
    }
}
