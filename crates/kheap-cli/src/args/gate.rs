//! What a job fails on: a severity, or a bound such as `growth>10%`.

use anyhow::{Result, bail};
use kheap::diagnose::Severity;
use kheap::gate::{Gate, GateSyntaxError};

/// A condition on which the exit code is 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FailOn {
    /// A finding of this severity or above, or a limit that is passed.
    Severity(Severity),
    /// A bound that is passed.
    Gate {
        gate: Gate,
        /// As its user wrote it.
        written: String,
    },
}

/// Conditions of one option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conditions(Vec<FailOn>);

impl Conditions {
    /// Those of an option that is given several times.
    pub(crate) fn all(given: &[Self]) -> Vec<FailOn> {
        given.iter().flat_map(|one| one.0.clone()).collect()
    }
}

/// The severity of a name, in capitals or not.
fn severity(name: &str) -> Option<Severity> {
    let mut all = Severity::ALL.into_iter();
    all.find(|level| level.name().eq_ignore_ascii_case(name))
}

/// The conditions of a text with commas between them. Those of type arguments, as in
/// `Map[int,string]`, of parameters, and of a name such as `part:CRDs, OpenAPI and discovery` part
/// nothing.
fn split(text: &str) -> Vec<&str> {
    let is_severity = |text: &str| severity(text.trim()).is_some();
    let (mut found, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' | '{' | '<' => depth += 1,
            ']' | ')' | '}' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let (one, next) = (&text[begin..at], &text[at + 1..]);
                let next = next.split(',').next().unwrap_or_default();
                // Only titles of parts have commas outside of brackets.
                let measured = one.trim_start().trim_start_matches("growth:");
                let is_title = measured.starts_with("part:") && !one.contains('>');
                if !is_title || is_severity(next) {
                    found.push(one);
                    begin = at + 1;
                }
            }
            _ => {}
        }
    }
    found.push(&text[begin..]);
    found
}

impl FailOn {
    /// The severity from which on a finding fails.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match self {
            Self::Severity(level) => Some(*level),
            Self::Gate { .. } => None,
        }
    }

    /// Reads a condition of `kheap diagnose`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(level) = severity(text) {
            return Ok(Self::Severity(level));
        }
        match text.parse() {
            Ok(gate) => Ok(Self::Gate {
                gate,
                written: text.to_owned(),
            }),
            // The shell has taken the rest.
            Err(GateSyntaxError::NoBound(_)) => bail!(
                "it has no bound; quote it, as in --fail-on '{text}>4GB', because the shell takes > \
                 for a redirection"
            ),
            Err(GateSyntaxError::Unknown(_)) => bail!(
                "unknown condition; write a severity, 'total>4GB', 'growth>10%' or 'part:ID>500MB'"
            ),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads conditions of `kheap diagnose` with commas between them.
    pub(crate) fn parse_all(text: &str) -> Result<Conditions> {
        let all: Result<Vec<Self>> = split(text).into_iter().map(Self::parse).collect();
        all.map(Conditions)
    }

    /// Reads those of `kheap compare`.
    pub(crate) fn parse_bounds(text: &str) -> Result<Conditions> {
        let all: Result<Vec<Self>> = split(text).into_iter().map(Self::parse_bound).collect();
        all.map(Conditions)
    }

    /// Reads one of `kheap compare`, which has no findings.
    pub(crate) fn parse_bound(text: &str) -> Result<Self> {
        match Self::parse(text)? {
            Self::Severity(_) => bail!(
                "a comparison has no severity; use a condition such as 'growth>10%', or \
                 `kheap diagnose BEFORE AFTER --fail-on {}`",
                text.trim()
            ),
            bound => Ok(bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use kheap::gate::{Measure, Most};

    use super::*;

    #[test]
    fn a_gate_is_kept_as_it_was_written() {
        let expected = FailOn::Gate {
            gate: Gate::new(Measure::Growth, None, Most::Share(0.1)),
            written: "growth > 10%".to_owned(),
        };
        assert_eq!(FailOn::parse(" growth > 10% ").unwrap(), expected);
    }

    #[test]
    fn commas_of_type_arguments_part_nothing() {
        let function = "function:main.Map[go.shape.int,go.shape.string].F>1B";
        assert_eq!(
            split(&format!("high,{function},growth>10%")),
            ["high", function, "growth>10%"]
        );
        let part = "part:CRDs, OpenAPI and discovery>1MB";
        let vector = "function:std::map<int, int>::grow>1B";
        let text = format!("{part},{vector},part:list-etcd,high");
        assert_eq!(split(&text), [part, vector, "part:list-etcd", "high"]);
        assert!(FailOn::parse_all("kind:Pod,total>4GB").is_err());
        let all = FailOn::parse_all(&format!("high,{function}")).unwrap();
        assert_eq!(Conditions::all(&[all.clone(), all]).len(), 4);
        assert!(FailOn::parse_bounds("growth>10%,high").is_err());
    }

    #[test]
    fn severities_are_for_findings_alone() {
        let high = FailOn::Severity(Severity::High);
        for written in ["high", "HIGH", " High "] {
            assert_eq!(FailOn::parse(written).unwrap(), high);
        }
        let part = "part:CRDs, OpenAPI and discovery>1MB";
        assert_eq!(split(&format!("{part},HIGH")), [part, "HIGH"]);
        let error = FailOn::parse_bound("high").unwrap_err().to_string();
        assert!(error.contains("`kheap diagnose BEFORE AFTER"), "{error}");
    }

    #[test]
    fn what_is_no_gate_says_what_is() {
        let error = |text: &str| FailOn::parse(text).unwrap_err().to_string();
        assert!(error("total").contains("--fail-on 'total>4GB'"));
        assert!(error("part:list-etcd").contains("quote it"));
        assert!(error("hihg").contains("write a severity"));
        assert!(error("total>10%").contains("write 'growth>10%'"));
        assert!(error("growth>0.1").contains("write '10%'"));
        assert!(error("growth:total>1%").contains("is 'growth'"));
        assert!(error("growth>=10%").contains("write 'growth>10%'"));
        assert!(error("part>1MB").contains("write 'part:NAME'"));
        assert!(error("growth:kind:>1MB").contains("write 'growth:kind:NAME'"));
        assert!(error("total<4GB").contains("write 'total>4GB'"));
        assert!(error("4GB<total").contains("write 'total>4GB'"));
    }
}
