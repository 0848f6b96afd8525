//! One line of Prometheus' text format, or of OpenMetrics.

use crate::text;

/// A sample: name, labels and value.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) name: &'a str,
    /// The name with what stands between the braces.
    series: &'a str,
    /// What stands between the braces.
    labels: &'a str,
    pub(super) value: f64,
    /// In the unit of the format: milliseconds, in OpenMetrics seconds.
    pub(super) timestamp: Option<f64>,
}

/// The name that a line begins with, where it is a sample.
pub(super) fn name(line: &[u8]) -> Option<&str> {
    let end = line.iter().position(|&byte| !is_name(byte))?;
    let is_sample =
        end > 0 && !line[0].is_ascii_digit() && matches!(line[end], b'{' | b' ' | b'\t');
    is_sample.then(|| std::str::from_utf8(&line[..end]).ok())?
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')
}

impl<'a> Sample<'a> {
    /// Reads a line; `None` where it is a comment or broken.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let name = name(line.as_bytes())?;
        let rest = line[name.len()..].trim_start();
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => {
                let end = labels_end(rest)?;
                (&rest[..end], &rest[end + 1..])
            }
            None => ("", rest),
        };
        let mut words = rest.split_ascii_whitespace();
        Some(Self {
            name,
            series: line[..line.len() - rest.len()].trim_end(),
            labels,
            value: words.next()?.parse().ok()?,
            // An exemplar follows a `#`.
            timestamp: words.next().and_then(|word| word.parse().ok()),
        })
    }

    /// Name and labels as they stand there, which tell series apart.
    pub(super) fn series(&self) -> &'a str {
        self.series
    }

    /// The value of a label, as it stands there: labels that are asked for have no
    /// escapes, and one that has is compared with nothing.
    pub(super) fn label(&self, wanted: &str) -> &'a str {
        let mut rest = self.labels;
        while let Some((name, after)) = rest.split_once('=') {
            let Some(after) = after.strip_prefix('"') else {
                return "";
            };
            let Some(end) = quote_end(after) else {
                return "";
            };
            if name.trim_matches([',', ' ']) == wanted {
                return text::cut(&after[..end]);
            }
            rest = &after[end + 1..];
        }
        ""
    }
}

/// Where the braces end: quoted braces do not count.
fn labels_end(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + text[at..].find(['"', '}'])?;
        match text.as_bytes()[found] {
            b'}' => return Some(found),
            _ => at = found + 1 + quote_end(&text[found + 1..])? + 1,
        }
    }
}

/// Where a quoted text ends.
fn quote_end(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_braces_quotes_and_commas() {
        let line = r#"requests_total{path="/a{b},\"c\"",verb="LIST"} 12 1795966901331"#;
        let sample = Sample::parse(line).expect("a sample");
        assert_eq!(sample.label("verb"), "LIST");
        assert_eq!(sample.label("path"), r#"/a{b},\"c\""#);
        assert_eq!(sample.label("none"), "");
        assert_eq!(
            (sample.value, sample.timestamp),
            (12.0, Some(1795966901331.0))
        );
    }

    #[test]
    fn what_is_no_sample_is_none() {
        for line in ["# HELP a b", "", "a", "a{b=\"c\" 1", "1a 2", "a one", "a{b"] {
            assert_eq!(Sample::parse(line), None, "{line}");
        }
        assert!(Sample::parse("go_goroutines 2.952e+03").is_some());
    }
}
