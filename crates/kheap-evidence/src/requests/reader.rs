//! Logs, line by line: audit events and server lines may stand in one file.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::klog::{self, LogLine, LogTime};
use super::ledger::Ledger;
use super::log::Requests;
use super::trace::Traces;
use super::{audit, server_log};
use crate::lines::{LinesEnd, Text, for_each_text};
use crate::warning::Warning;

/// What a line of a log is.
#[derive(Debug, PartialEq)]
enum Line<'a> {
    /// An audit event.
    Audit,
    /// One of the server, in text.
    Text(LogLine<'a>),
    /// The same with bytes in it that are no text.
    Broken,
    /// One of the server, in JSON.
    Json,
    /// What a container runtime made of either.
    Wrapped,
}

/// Whether a line is one of a log.
pub(crate) fn is_line(line: &[u8]) -> bool {
    Line::of(without_runtime(line)).is_some()
}

/// Whether the first line of a text that is one of a log is an audit event.
pub(crate) fn is_audit_log(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n').map(without_runtime);
    matches!(lines.find_map(Line::of), Some(Line::Audit))
}

impl<'a> Line<'a> {
    /// Recognises a line.
    fn of(line: &'a [u8]) -> Option<Self> {
        let has = |wanted: &[u8]| memchr::memmem::find(line, wanted).is_some();
        // An event can hold anything.
        if audit::is_event(line) {
            return Some(Self::Audit);
        }
        match line.iter().position(|byte| !byte.is_ascii_whitespace()) {
            Some(at) if line[at] == b'{' && has(b"\"log\":") && has(b"\"stream\":") => {
                return Some(Self::Wrapped);
            }
            _ => {}
        }
        if line.starts_with(b"{") && has(b"\"ts\":") && has(b"\"msg\":") {
            return Some(Self::Json);
        }
        match std::str::from_utf8(line) {
            Ok(text) => LogLine::parse(text).map(Self::Text),
            // The header of a broken line can be whole.
            Err(error) => {
                let text = std::str::from_utf8(&line[..error.valid_up_to()]).ok()?;
                LogLine::parse(text).map(|_| Self::Broken)
            }
        }
    }
}

/// A line without what a container runtime puts in front of it:
/// `2026-11-29T15:39:52.3Z stderr F `.
fn without_runtime(line: &[u8]) -> &[u8] {
    let mut words = line.splitn(4, |&byte| byte == b' ');
    let (time, stream, tag) = (words.next(), words.next(), words.next());
    let is_time = time.is_some_and(|time| time.len() >= 20 && time[0].is_ascii_digit());
    let is_stream = matches!(stream, Some(b"stdout" | b"stderr"));
    match (
        is_time && is_stream && matches!(tag, Some(b"F" | b"P")),
        words.next(),
    ) {
        (true, Some(rest)) => rest,
        _ => line,
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
    let end = for_each_text(reader, |text| match text {
        Text::Whole(line) => {
            broken += u64::from(add_line(&mut ledger, &mut traces, line).is_none());
            true
        }
        Text::Ends(head, tail) => add_ends(&mut ledger, &mut traces, head, tail).is_some(),
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
    let line = without_runtime(line);
    match Line::of(line) {
        Some(Line::Audit) => audit::add(ledger, line),
        Some(Line::Text(line)) => server_log::add(ledger, traces, &line),
        Some(Line::Broken) => None,
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

/// Adds a line whose ends alone are known: who asked stands in front of a long
/// body, when behind it.
fn add_ends(ledger: &mut Ledger, traces: &mut Traces, head: &[u8], tail: &[u8]) -> Option<()> {
    let head = without_runtime(head);
    match Line::of(head)? {
        Line::Audit => audit::add(ledger, &audit::without_objects(head, tail)?),
        Line::Text(_) => {
            let text = String::from_utf8_lossy(&[head, tail].concat()).into_owned();
            server_log::add(ledger, traces, &LogLine::parse(&text)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment;
    use crate::requests::Client;

    const AT: &str = "2026-11-29T15:41:44Z";

    fn requests(text: &str) -> (Requests, Vec<Warning>) {
        let read = read(&mut text.as_bytes(), moment::rfc3339(AT));
        let (requests, warnings, _) = read.expect("it is in memory");
        (requests, warnings)
    }

    fn event(stage: &str, began: &str, at: &str, more: &str) -> String {
        format!(
            r#"{{"auditID":"a","stage":"{stage}","requestURI":"/api/v1/pods","verb":"list","user":{{"username":"alice"}},"sourceIPs":["1.2.3.4","10.0.0.1"],"userAgent":"x",{more}"requestReceivedTimestamp":"{began}","stageTimestamp":"{at}"}}
"#
        )
    }

    fn only(requests: &Requests) -> &Client {
        let [client] = &requests.clients[..] else {
            panic!("{:?}", requests.clients);
        };
        client
    }

    #[test]
    fn what_began_too_long_ago_is_not_in_flight_unless_the_start_is_known() {
        let old = "2026-11-29T15:20:00Z";
        let (mut requests, _) = requests(&event("RequestReceived", old, old, ""));
        assert_eq!(only(&requests).in_flight, 0);
        requests.count_in_flight(moment::rfc3339("2026-11-29T15:00:00Z"));
        assert_eq!(only(&requests).in_flight, 1);
    }

    #[test]
    fn the_last_address_is_the_one_that_asked() {
        let (requests, _) = requests(&event("RequestReceived", AT, AT, ""));
        assert_eq!(only(&requests).key.source, "10.0.0.1");
    }

    #[test]
    fn whoever_is_impersonated_when_a_request_ends_is_its_user() {
        let ended = event(
            "ResponseComplete",
            AT,
            AT,
            r#""impersonatedUser":{"username":"bob"},"#,
        );
        let (requests, _) = requests(&(event("RequestReceived", AT, AT, "") + &ended));
        let ended = requests.clients.iter().filter(|client| client.ended > 0);
        let users: Vec<_> = ended.map(|client| &*client.key.user).collect();
        assert_eq!(users, ["bob"]);
    }

    #[test]
    fn a_process_that_starts_after_the_dump_is_another_one() {
        let line =
            |time: &str| format!("I1129 {time}.000000    7497 flags.go:64] FLAG: --v=\"4\"\n");
        let (requests, _) = requests(&(line("15:30:00") + &line("15:42:30")));
        assert_eq!(
            requests.process_start,
            moment::rfc3339("2026-11-29T15:30:00Z")
        );
    }

    /// More clients than are kept apart, hours before the dump.
    #[test]
    fn clients_of_hours_ago_leave_room_for_those_of_the_dump() {
        let old = |id: u32| {
            let time = "2026-11-29T12:00:00Z";
            let lines = event("RequestReceived", time, time, "")
                + &event("ResponseComplete", time, time, "");
            let lines = lines.replace("alice", &format!("old-{id}"));
            lines.replace("\"auditID\":\"a\"", &format!("\"auditID\":\"{id}\""))
        };
        let mut text: String = (0..120_000).map(old).collect();
        text += &event("RequestReceived", AT, AT, "");
        let (requests, warnings) = requests(&text);
        assert_eq!(warnings, []);
        let in_flight = requests
            .clients
            .iter()
            .filter(|client| client.in_flight > 0);
        let users: Vec<&str> = in_flight.map(|client| &*client.key.user).collect();
        assert_eq!(users, ["alice"]);
    }

    #[test]
    fn of_a_long_event_the_ends_show_who_asked() {
        let long = |key: &str| format!(r#""{key}":{{"items":["{}"]}},"#, "x".repeat(10 << 20));
        for (key, is_read) in [
            ("requestObject", true),
            ("responseObject", true),
            ("a", false),
        ] {
            let ended = event("ResponseComplete", AT, AT, &long(key));
            let mut reader = io::BufReader::new(ended.as_bytes());
            let (requests, _, end) = read(&mut reader, moment::rfc3339(AT)).expect("in memory");
            assert_eq!(end.long, u64::from(!is_read), "{key}");
            let users = requests.clients.iter().map(|client| &*client.key.user);
            assert_eq!(
                users.collect::<Vec<_>>(),
                ["alice"].repeat(usize::from(is_read))
            );
        }
    }

    #[test]
    fn of_a_long_access_line_the_ends_show_who_asked() {
        let agent = "x".repeat(3 << 20);
        let line = format!(
            "I1129 15:41:40.000000    7497 httplog.go:134] \"HTTP\" verb=\"LIST\" \
             URI=\"/api/v1/pods\" latency=\"1s\" userAgent=\"{agent}\" srcIP=\"10.0.0.1:5\"\n"
        );
        let (requests, warnings) = requests(&line);
        assert_eq!(warnings, []);
        assert_eq!(only(&requests).key.source, "10.0.0.1");
    }

    #[test]
    fn deep_json_is_passed_over() {
        let deep = format!(r#""a":{}1{},"#, "[".repeat(200_000), "]".repeat(200_000));
        let whole = event("ResponseComplete", AT, AT, &deep);
        let (requests, _) = requests(&whole);
        assert_eq!(only(&requests).ended, 1);
        let line = format!("{{\"ts\":1.0,\"msg\":\"a\",{deep}\"caller\":\"b\"}}\n");
        assert_eq!(self::requests(&line).1, [Warning::BrokenLines(1)]);
    }

    #[test]
    fn lines_of_a_container_runtime_are_those_behind_it() {
        let access = "I1129 15:41:40.000000    7497 httplog.go:134] \"HTTP\" verb=\"LIST\" \
                      URI=\"/api/v1/pods\" latency=\"1s\" userAgent=\"x\" srcIP=\"10.0.0.1:5\"";
        let head = "I1129 15:41:40.000000    7497 trace.go:236] Trace[17]: \"List\" accept:a,\
                    client:10.0.0.1,url:/api/v1/pods,user-agent:x,verb:LIST (total time: 1ms):";
        let step = "Trace[17]:  ---\"Listed items from cache\" count:6036 1ms (1ms)";
        let json = r#"{"ts":1795966900000.0,"caller":"a/server.go:1","msg":"Version: v1.36.2"}"#;
        let lines = [access, head, step, json];
        let lines = lines.map(|line| format!("2026-11-29T15:41:40.3Z stderr F {line}\n"));
        let (requests, warnings) = requests(&lines.concat());
        assert_eq!(warnings, []);
        assert_eq!(only(&requests).traced.objects, 6036);
        assert_eq!(only(&requests).ended, 1);
        assert_eq!(requests.version.as_deref(), Some("v1.36.2"));
    }

    #[test]
    fn an_event_may_hold_what_looks_like_a_container_log() {
        let line = event(
            "ResponseComplete",
            AT,
            AT,
            r#""requestObject":{"log":"a","stream":"b"},"#,
        );
        assert_eq!(Line::of(line.as_bytes()), Some(Line::Audit));
    }

    #[test]
    fn a_line_that_is_no_text_is_broken() {
        let mut line = b"I1129 15:41:40.000000    7497 a.go:1] \"a\" b=\"".to_vec();
        line.extend_from_slice(b"\xff\"\n");
        let (_, warnings, _) = read(&mut &line[..], None).expect("it is in memory");
        assert_eq!(warnings, [Warning::BrokenLines(1)]);
    }

    #[test]
    fn a_trace_is_of_its_request_whose_query_it_leaves_out() {
        let text = "I1129 15:41:40.000000    7497 trace.go:236] Trace[17]: \"List\" accept:a,\
                    audit-id:i,client:10.0.0.1,url:/api/v1/pods,user-agent:x,verb:LIST (1ms):\n\
                    Trace[17]: [1ms] [1ms] END\n\
                    I1129 15:41:40.000000    7497 httplog.go:134] \"HTTP\" verb=\"LIST\" \
                    URI=\"/api/v1/pods?limit=500\" latency=\"1s\" userAgent=\"x\" \
                    audit-ID=\"i\" srcIP=\"10.0.0.1:5\"\n";
        let (requests, _) = requests(text);
        assert_eq!(only(&requests).key.query, "limit=500");
        assert_eq!(only(&requests).traced.requests, 1);
    }
}
