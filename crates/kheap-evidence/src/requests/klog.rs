//! Lines of Kubernetes' own log format, in text and in JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A line: when, from which source file, and what it says.
#[derive(Debug, PartialEq)]
pub(super) struct LogLine<'a> {
    /// Month, day and time, without the year.
    pub(super) time: LogTime<'a>,
    /// The source file without its folder, such as `httplog.go`.
    pub(super) file: &'a str,
    /// What follows the header: `"HTTP" verb="LIST" …`.
    pub(super) text: &'a str,
}

/// When a line was written.
#[derive(Debug, PartialEq)]
pub(super) enum LogTime<'a> {
    /// `1129 15:41:44.258358`.
    OfYear(&'a str),
    /// Nanoseconds since 1970.
    Nanos(i64),
}

/// How far a header may stand behind the beginning: a container's log, the journal and
/// pipes put something in front of it.
const MAX_PREFIX: usize = 160;

impl<'a> LogLine<'a> {
    /// Finds the header `I1129 15:39:52.368218    7497 flags.go:64] ` in a line.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut end = line.len().min(MAX_PREFIX + 64);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let bracket = line[..end].find("] ").or_else(|| line[..end].find(']'))?;
        let head = &line[..bracket];
        let starts = head
            .char_indices()
            .filter(|(_, c)| matches!(c, 'I' | 'W' | 'E' | 'F'));
        let mut headers = starts.filter_map(|(at, _)| header(&head[at + 1..]));
        let (time, file) = headers.next()?;
        Some(Self {
            time: LogTime::OfYear(time),
            file,
            text: line[bracket + 1..].trim_start(),
        })
    }
}

/// Splits `1129 15:39:52.368218    7497 flags.go:64`.
fn header(text: &str) -> Option<(&str, &str)> {
    let time = text.get(..20)?;
    let is_time = time.bytes().enumerate().all(|(at, byte)| match at {
        4 => byte == b' ',
        7 | 10 => byte == b':',
        13 => byte == b'.',
        _ => byte.is_ascii_digit(),
    });
    let mut words = text.get(20..)?.split_ascii_whitespace();
    let (thread, place) = (words.next()?, words.next()?);
    let is_header = is_time && thread.bytes().all(|byte| byte.is_ascii_digit());
    let file = place.split(':').next()?;
    (is_header && words.next().is_none()).then_some((time, file))
}

/// The value of `key="…"` or `key=…` in a structured line.
pub(super) fn field<'a>(text: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => is_quoted = !is_quoted,
            // What a client sends stands between quotes.
            b' ' if !is_quoted => {
                let after = text[at + 1..].strip_prefix(key);
                if let Some(found) = after.and_then(|after| after.strip_prefix('=')) {
                    return Some(value(found));
                }
            }
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    None
}

fn value(text: &str) -> Cow<'_, str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return Cow::Borrowed(&text[..end]);
    };
    let mut is_escaped = false;
    let end = quoted.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    let quoted = &quoted[..end.unwrap_or(quoted.len())];
    match quoted.contains('\\') {
        // Go quotes as JSON does in what occurs here.
        true => {
            serde_json::from_str(&format!("\"{quoted}\"")).map_or(Cow::Borrowed(quoted), Cow::Owned)
        }
        false => Cow::Borrowed(quoted),
    }
}

/// Turns a line of the JSON format into one of the text format.
pub(super) fn of_json(line: &Map<String, Value>) -> Option<(i64, String, String)> {
    let millis = line.get("ts")?.as_f64()?;
    let caller = line.get("caller")?.as_str()?;
    let message = line.get("msg")?.as_str()?;
    let file = caller.rsplit('/').next()?.split(':').next()?;
    let is_trace = message.starts_with("Trace[");
    let mut text = match is_trace {
        true => message.to_owned(),
        false => format!("\"{message}\""),
    };
    for (key, value) in line.iter().filter(|_| !is_trace) {
        if !matches!(&**key, "ts" | "caller" | "msg" | "v") {
            text.push_str(&format!(" {key}={value}"));
        }
    }
    let nanos = millis * 1e6;
    let is_moment = nanos.is_finite() && nanos > 0.0 && nanos < i64::MAX as f64;
    is_moment.then(|| (nanos as i64, file.to_owned(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_have_something_in_front_of_it() {
        for prefix in [
            "",
            "??? ",
            "2026-11-29T15:39:52.3Z stderr F ",
            "Nov 29 15:39:52 cp1 kube-apiserver[17]: ",
        ] {
            let line =
                format!("{prefix}I1129 15:39:52.368218    7497 flags.go:64] FLAG: --v=\"4\"");
            let parsed = LogLine::parse(&line).expect("a line");
            assert_eq!(parsed.time, LogTime::OfYear("1129 15:39:52.368218"));
            assert_eq!((parsed.file, parsed.text), ("flags.go", "FLAG: --v=\"4\""));
        }
        assert_eq!(LogLine::parse("[+]ping ok"), None);
        assert_eq!(LogLine::parse(""), None);
    }

    #[test]
    fn fields_are_quoted_or_not() {
        let text = r#""HTTP" verb="LIST" URI="/a?b=\"c\"" apf_iseats=10 resp=200"#;
        assert_eq!(field(text, "verb").as_deref(), Some("LIST"));
        assert_eq!(field(text, "URI").as_deref(), Some("/a?b=\"c\""));
        assert_eq!(field(text, "resp").as_deref(), Some("200"));
        assert_eq!(field(text, "seats"), None);
        let forged = r#""HTTP" userAgent="x srcIP=10.9.9.9 \" srcIP=10.8.8.8" srcIP="10.0.0.1:5""#;
        assert_eq!(field(forged, "srcIP").as_deref(), Some("10.0.0.1:5"));
    }
}
