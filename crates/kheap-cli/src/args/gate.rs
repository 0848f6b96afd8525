//! What a job fails on: a severity, or a bound such as `growth>10%`.

use anyhow::{Context, Result, bail};
use kheap::diagnose::Severity;
use kheap::gate::{Gate, Measure, Most};
use kheap::series::By;

use super::size::parse_size;

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

/// What a gate looks like.
const EXAMPLES: &str = "write a severity, 'total>4GB', 'growth>10%' or 'part:ID>500MB'";

/// The names that stand before a colon.
const KEYS: [(&str, By); 4] = [
    ("part", By::Part),
    ("kind", By::Kind),
    ("function", By::Function),
    ("package", By::Package),
];

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
        let severity = Severity::ALL.into_iter().find(|level| level.name() == text);
        match (severity, text.split_once('>')) {
            (Some(severity), _) => Ok(Self::Severity(severity)),
            (None, Some((measured, most))) => Ok(Self::Gate {
                gate: gate(measured.trim(), most.trim())?,
                written: text.to_owned(),
            }),
            (None, None) if text.contains('<') => bail!(
                "a gate fails above its bound; write '{}'",
                text.replace('<', ">").replace(">=", ">")
            ),
            // The shell has taken the rest.
            (None, None) if measured(text).is_ok() => bail!(
                "it has no bound; quote it, as in --fail-on '{text}>4GB', because the shell takes > \
                 for a redirection"
            ),
            (None, None) => bail!("unknown condition; {EXAMPLES}"),
        }
    }

    /// Reads one of `kheap compare`, which has no findings.
    pub(crate) fn parse_bound(text: &str) -> Result<Self> {
        match Self::parse(text)? {
            Self::Severity(_) => bail!(
                "a comparison has no severity; use a bound such as 'growth>10%', or \
                 `kheap diagnose BEFORE AFTER --fail-on {}`",
                text.trim()
            ),
            bound => Ok(bound),
        }
    }
}

fn gate(left: &str, right: &str) -> Result<Gate> {
    if let Some(bound) = right.strip_prefix('=') {
        bail!(
            "a bound is passed by more than its value; write '{left}>{}'",
            bound.trim()
        );
    }
    let (measure, of) = measured(left)?;
    match (measure, &of, most(right)?) {
        (Measure::Size, None, Most::Share(_)) => bail!(
            "the total is always 100 % of itself; write 'growth>{right}' for its growth, or a size, \
             such as 'total>4GB'"
        ),
        (_, _, most) => Ok(Gate::new(measure, of, most)),
    }
}

/// What stands before the bound: `total`, `growth`, `part:ID` or `growth:part:ID`.
fn measured(text: &str) -> Result<(Measure, Option<(By, String)>)> {
    match text {
        "total" => return Ok((Measure::Size, None)),
        "growth" => return Ok((Measure::Growth, None)),
        _ => {}
    }
    let (measure, name) = match text.strip_prefix("growth:") {
        Some(rest) => (Measure::Growth, rest),
        None => (Measure::Size, text),
    };
    let key = KEYS.into_iter().find_map(|(key, by)| {
        let name = name.strip_prefix(key)?.strip_prefix(':')?.trim();
        (!name.is_empty()).then(|| (by, name.to_owned()))
    });
    let is_key = |word: &str| {
        KEYS.iter()
            .any(|(key, _)| *key == word.trim_end_matches(':'))
    };
    match key {
        Some(of) => Ok((measure, Some(of))),
        None if name == "total" => bail!("the growth of the total is 'growth'"),
        None if is_key(name) => bail!(
            "{text:?} has no name; write '{}:NAME'",
            text.trim_end_matches(':')
        ),
        None => bail!(
            "{text:?} is nothing that is measured; use total, growth, part:ID, kind:KIND, \
             function:NAME or package:NAME"
        ),
    }
}

fn most(text: &str) -> Result<Most> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent: Option<f64> = percent.trim().parse().ok();
        let percent = percent.filter(|percent| percent.is_finite() && *percent >= 0.0);
        let percent = percent.context("a share is a number and %, such as 10%")?;
        return Ok(Most::Share(percent / 100.0));
    }
    match text.parse() {
        Ok(count) => Ok(Most::Count(count)),
        Err(_) => Ok(Most::Bytes(parse_size(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, measure: Measure, of: Option<(By, &str)>, most: Most) {
        let expected = FailOn::Gate {
            gate: Gate::new(measure, of.map(|(by, name)| (by, name.to_owned())), most),
            written: text.trim().to_owned(),
        };
        assert_eq!(FailOn::parse(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn a_gate_is_a_measure_and_a_bound() {
        check("total>4GB", Measure::Size, None, Most::Bytes(4 << 30));
        check("total>1000", Measure::Size, None, Most::Count(1000));
        check(" growth > 10% ", Measure::Growth, None, Most::Share(0.1));
        let events = Some((By::Part, "watch-cache-events"));
        check(
            "part:watch-cache-events>500MB",
            Measure::Size,
            events,
            Most::Bytes(500 << 20),
        );
        check(
            "growth:part:watch-cache-events>0.5%",
            Measure::Growth,
            events,
            Most::Share(0.005),
        );
        check(
            "kind:ConfigMap>20%",
            Measure::Size,
            Some((By::Kind, "ConfigMap")),
            Most::Share(0.2),
        );
    }

    #[test]
    fn severities_are_for_findings_alone() {
        let high = FailOn::Severity(Severity::High);
        assert_eq!(FailOn::parse("high").unwrap(), high);
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
        assert!(error("growth:total>1%").contains("is 'growth'"));
        assert!(error("growth>=10%").contains("write 'growth>10%'"));
        assert!(error("part>1MB").contains("write 'part:NAME'"));
        assert!(error("growth:kind:>1MB").contains("write 'growth:kind:NAME'"));
        assert!(error("total<4GB").contains("write 'total>4GB'"));
        for wrong in [
            "",
            ">",
            "total>",
            "total>x",
            "total>-1",
            "total>nan%",
            "total>-5%",
            "part:>1MB",
            "part>1MB",
            "size>1MB",
            "growth:total>1%",
            "total>>1MB",
            "total>1MB>2MB",
        ] {
            assert!(FailOn::parse(wrong).is_err(), "{wrong}");
        }
    }
}
