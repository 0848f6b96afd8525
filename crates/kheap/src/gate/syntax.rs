//! Gates as people write them: `growth:part:list-etcd>10%`.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::{Gate, Measure, Most};
use crate::series::By;
use crate::unit::{SizeError, parse_size};

/// What may stand before a colon.
const KEYS: [By; 4] = [By::Part, By::Kind, By::Function, By::Package];

/// Why a text is no gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateSyntaxError {
    /// It has nothing that a gate has.
    #[error("unknown condition {0:?}; write 'total>4GB', 'growth>10%' or 'part:ID>500MB'")]
    Unknown(String),
    /// It names what is measured, and no bound.
    #[error("{0:?} has no bound; write '{0}>4GB'")]
    NoBound(String),
    /// It has `<`; here is the gate with `>`.
    #[error("a gate fails above its bound; write '{0}'")]
    Below(String),
    /// It has `>=`; here is the gate with `>`.
    #[error("a bound is passed by more than its value; write '{0}'")]
    OrEqual(String),
    /// It measures `growth:total`.
    #[error("the growth of the total is 'growth'")]
    GrowthOfTotal,
    /// It has a key without a name, such as `part:`.
    #[error("{0:?} has no name; write '{key}:NAME'", key = .0.trim_end_matches(':'))]
    NoName(String),
    /// It measures something else.
    #[error(
        "{0:?} is nothing that is measured; use total, growth, part:ID, kind:KIND, function:NAME or \
         package:NAME"
    )]
    UnknownMeasure(String),
    /// It bounds the total by a share of itself; here is that share.
    #[error(
        "the total is always 100 % of itself; write 'growth>{0}' for its growth, or a size, such as \
         'total>4GB'"
    )]
    ShareOfTotal(String),
    /// What stands before `%` is no number, or below zero.
    #[error("a share is a number and %, such as 10%")]
    NoShare,
    /// A fraction without a unit is no number of bytes; here is the share that it may mean.
    #[error("a number below 1 is no bound; write '{0}'")]
    Fraction(String),
    /// The bound is no size.
    #[error(transparent)]
    Size(#[from] SizeError),
}

impl FromStr for Gate {
    type Err = GateSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let Some((left, right)) = split(text) else {
            return Err(match text {
                below if below.contains('<') => above(below),
                subject if measured(subject).is_ok() => {
                    GateSyntaxError::NoBound(subject.to_owned())
                }
                unknown => GateSyntaxError::Unknown(unknown.to_owned()),
            });
        };
        let (left, right) = (left.trim(), right.trim());
        if let Some(bound) = right.strip_prefix('=') {
            return Err(GateSyntaxError::OrEqual(format!("{left}>{}", bound.trim())));
        }
        let (measure, of) = measured(left)?;
        let is_total = measure == Measure::Size && of.is_none();
        match most(right) {
            Ok(Most::Share(_)) if is_total => Err(GateSyntaxError::ShareOfTotal(right.to_owned())),
            Err(GateSyntaxError::Fraction(share)) if is_total => {
                Err(GateSyntaxError::ShareOfTotal(share))
            }
            most => Ok(Self::new(measure, of, most?)),
        }
    }
}

/// What to write in place of a bound with `<`: one with `>`, whichever side the bound is on.
fn above(below: &str) -> GateSyntaxError {
    let straight = below.replace('<', ">").replace(">=", ">");
    let swapped = below.split_once('<').map(|(bound, measured)| {
        let measured = measured.trim_start_matches('=');
        format!("{}>{}", measured.trim(), bound.trim())
    });
    match (straight.parse::<Gate>(), swapped) {
        (Err(_), Some(swapped)) if swapped.parse::<Gate>().is_ok() => {
            GateSyntaxError::Below(swapped)
        }
        (Err(error), _) => error,
        (Ok(_), _) => GateSyntaxError::Below(straight),
    }
}

impl Gate {
    /// Refuses what [`FromStr`] cannot read: fields may hold anything.
    pub(super) fn refuse_unwritable(&self) -> Result<(), GateSyntaxError> {
        let share = match self.most {
            Most::Share(share) => Some(share),
            _ => None,
        };
        match (&self.of, share) {
            (_, Some(share)) if !share.is_finite() || share < 0.0 => Err(GateSyntaxError::NoShare),
            (None, Some(_)) if self.measure == Measure::Size => {
                Err(GateSyntaxError::ShareOfTotal(self.most.to_string()))
            }
            (Some((by, name)), _) if !KEYS.contains(by) => {
                Err(GateSyntaxError::UnknownMeasure(format!("{by}:{name}")))
            }
            (Some((by, name)), _) if name.trim().is_empty() => {
                Err(GateSyntaxError::NoName(format!("{by}:")))
            }
            _ => Ok(()),
        }
    }
}

/// What stands before and behind the mark of the bound. A name may have such marks too, as
/// those of C++ and Rust do; a bound has none.
fn split(text: &str) -> Option<(&str, &str)> {
    match text.contains(':') {
        true => text.rsplit_once('>'),
        false => text.split_once('>'),
    }
}

/// Writes the gate as [`FromStr`] reads it: what it has read, it reads again.
impl Display for Gate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.measure, &self.of) {
            (Measure::Size, None) => f.write_str("total")?,
            (Measure::Growth, None) => f.write_str("growth")?,
            (Measure::Size, Some((by, name))) => write!(f, "{by}:{name}")?,
            (Measure::Growth, Some((by, name))) => write!(f, "growth:{by}:{name}")?,
        }
        write!(f, ">{}", self.most)
    }
}

/// Writes a bound as [`Gate`]s have it: `4GB`, `1000` or `10%`.
impl Display for Most {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bytes(bytes) => {
                let units = [(40, "TB"), (30, "GB"), (20, "MB"), (10, "kB")];
                let is_whole = |&(shift, _): &(u32, _)| bytes > 0 && bytes % (1 << shift) == 0;
                let whole = units.into_iter().find(is_whole);
                let (shift, unit) = whole.unwrap_or((0, "B"));
                write!(f, "{}{unit}", bytes >> shift)
            }
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{}%", percent(share)),
        }
    }
}

/// A share in percent. The point of its decimals is moved, so that nothing is rounded.
fn percent(share: f64) -> String {
    let text = share.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = format!("{decimals:0<2}");
    let (hundredths, rest) = decimals.split_at(2);
    let whole = format!("{whole}{hundredths}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match rest {
        "" => whole.to_owned(),
        rest => format!("{whole}.{rest}"),
    }
}

/// The share of so many percent, which is rounded only once.
fn share(percent: &str) -> Option<f64> {
    let (digits, exponent) = match percent.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse().ok()?),
        None => (percent, 0_i32),
    };
    let exponent = exponent.checked_sub(2)?;
    let share: f64 = format!("{digits}e{exponent}").parse().ok()?;
    (share.is_finite() && share >= 0.0).then_some(share)
}

/// What stands before the bound: `total`, `growth`, `part:ID` or `growth:part:ID`.
fn measured(text: &str) -> Result<(Measure, Option<(By, String)>), GateSyntaxError> {
    match text {
        "total" => return Ok((Measure::Size, None)),
        "growth" => return Ok((Measure::Growth, None)),
        _ => {}
    }
    let (measure, name) = match text.strip_prefix("growth:") {
        Some(rest) => (Measure::Growth, rest),
        None => (Measure::Size, text),
    };
    let key = KEYS.into_iter().find_map(|by| {
        let name = name.strip_prefix(by.name())?.strip_prefix(':')?.trim();
        (!name.is_empty()).then(|| (by, name.to_owned()))
    });
    let is_key = |word: &str| {
        let word = word.trim_end_matches(':');
        KEYS.iter().any(|by| by.name() == word)
    };
    match key {
        Some(of) => Ok((measure, Some(of))),
        None if name == "total" => Err(GateSyntaxError::GrowthOfTotal),
        None if is_key(name) => Err(GateSyntaxError::NoName(text.to_owned())),
        None => Err(GateSyntaxError::UnknownMeasure(text.to_owned())),
    }
}

fn most(text: &str) -> Result<Most, GateSyntaxError> {
    if let Some(percent) = text.strip_suffix('%') {
        let share = share(percent.trim()).ok_or(GateSyntaxError::NoShare)?;
        return Ok(Most::Share(share));
    }
    if let Ok(count) = text.parse() {
        return Ok(Most::Count(count));
    }
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => {
            Err(GateSyntaxError::Fraction(Most::Share(share).to_string()))
        }
        _ => Ok(Most::Bytes(parse_size(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::num::f64::{POSITIVE, SUBNORMAL, ZERO};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, measure: Measure, of: Option<(By, &str)>, most: Most) {
        let expected = Gate::new(measure, of.map(|(by, name)| (by, name.to_owned())), most);
        assert_eq!(text.parse(), Ok(expected), "{text}");
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
    fn what_is_no_gate_says_why() {
        use GateSyntaxError as Fault;
        let check = |text: &str, expected: Fault| {
            assert_eq!(text.parse::<Gate>(), Err(expected), "{text}");
        };
        let text = str::to_owned;
        check("hihg", Fault::Unknown(text("hihg")));
        check("", Fault::Unknown(text("")));
        check("total", Fault::NoBound(text("total")));
        check("total<4GB", Fault::Below(text("total>4GB")));
        check("growth<=10%", Fault::Below(text("growth>10%")));
        check("4GB<total", Fault::Below(text("total>4GB")));
        check("10% <= growth", Fault::Below(text("growth>10%")));
        check("4GB<size", Fault::UnknownMeasure(text("4GB")));
        check("total<10%", Fault::ShareOfTotal(text("10%")));
        check("growth>=10%", Fault::OrEqual(text("growth>10%")));
        check("growth:total>1%", Fault::GrowthOfTotal);
        check("part>1MB", Fault::NoName(text("part")));
        check("growth:kind:>1MB", Fault::NoName(text("growth:kind:")));
        check("size>1MB", Fault::UnknownMeasure(text("size")));
        check(">", Fault::UnknownMeasure(text("")));
        check("total>10%", Fault::ShareOfTotal(text("10%")));
        check("growth>-5%", Fault::NoShare);
        check("growth>nan%", Fault::NoShare);
        check("growth>0.1", Fault::Fraction(text("10%")));
        check("kind:Pod>.005", Fault::Fraction(text("0.5%")));
        check("total>0.1", Fault::ShareOfTotal(text("10%")));
        for size in ["", "x", "-1", ">1MB", "1MB>2MB"] {
            check(&format!("total>{size}"), Fault::Size(SizeError::NoSize));
        }
        check("total>99999999999TB", Fault::Size(SizeError::TooLarge));
        assert_eq!(
            Fault::NoName(text("growth:kind:")).to_string(),
            "\"growth:kind:\" has no name; write 'growth:kind:NAME'"
        );
        assert_eq!(
            Fault::Fraction(text("10%")).to_string(),
            "a number below 1 is no bound; write '10%'"
        );
    }

    #[test]
    fn a_gate_is_written_as_people_write_it() {
        let gates = [
            "total>4GB",
            "total>1000",
            "total>1025kB",
            "growth>0B",
            "growth>7%",
            "growth:kind:ConfigMap>0.5%",
            "part:list-etcd>120%",
            "function:main.Map[go.shape.int].F>0%",
        ];
        for text in gates {
            assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
        }
    }

    proptest! {
        /// A gate is checked where its text is a gate, and only there.
        #[test]
        fn what_cannot_be_written_is_refused(
            measure in prop_oneof![Just(Measure::Size), Just(Measure::Growth)],
            of in option::of((prop::sample::select(&By::ALL[..]), "[a-z]{0,2}")),
            most in prop_oneof![
                any::<u64>().prop_map(Most::Bytes),
                any::<f64>().prop_map(Most::Share),
                Just(Most::Share(f64::NAN)),
                Just(Most::Share(0.1)),
            ],
        ) {
            let gate = Gate::new(measure, of, most);
            let is_read = gate.to_string().parse::<Gate>().is_ok();
            prop_assert_eq!(gate.refuse_unwritable().is_ok(), is_read, "{}", gate);
        }

        #[test]
        fn what_is_written_is_read_again(
            measure in prop_oneof![Just(Measure::Size), Just(Measure::Growth)],
            of in option::of((prop::sample::select(&KEYS[..]), "[^ ].{0,20}[^ ]")),
            most in prop_oneof![
                any::<u64>().prop_map(Most::Bytes),
                (any::<u16>(), 0..48_u32).prop_map(|(n, shift)| Most::Bytes(u64::from(n) << shift)),
                any::<u64>().prop_map(Most::Count),
                (0.0..10.0).prop_map(Most::Share),
                (POSITIVE | ZERO | SUBNORMAL).prop_map(Most::Share),
            ],
        ) {
            let of = of.map(|(by, name): (By, String)| (by, name.trim().to_owned()));
            let of = of.filter(|(_, name)| !name.is_empty());
            prop_assume!(!(measure == Measure::Size && of.is_none() && matches!(most, Most::Share(_))));
            let gate = Gate::new(measure, of, most);
            prop_assert_eq!(gate.to_string().parse(), Ok(gate));
        }
    }
}
