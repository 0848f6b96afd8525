//! Values and percentages as pprof prints them.

use std::borrow::Cow;

use super::error::TableErrorKind;
use super::text::excerpt;
use super::unit::Unit;
use crate::unit;

/// How many characters of what should be a number an error has.
pub(super) const NUMBER: usize = 32;

/// A value in the base unit of its family; no unit where none is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    pub(crate) value: i64,
    pub(crate) unit: Option<Unit>,
    /// How much rounding may have added to it: half of the last digit.
    pub(crate) rounding: i64,
    /// As written, in the unit that it has or lacks.
    pub(crate) exact: f64,
    /// How many base units one of that unit is.
    pub(crate) factor: f64,
}

/// What a word in a row is meant to be, whether or not it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Amount,
    Share,
}

impl Shape {
    /// Separates numbers from names: `12.5MB`, `-3`, `NaN`, and with a `%` for a share.
    pub(super) fn of(word: &str) -> Option<Self> {
        let (body, shape) = match word.strip_suffix('%') {
            Some(body) => (body, Self::Share),
            None => (word, Self::Amount),
        };
        let body = body.strip_prefix(['-', '+']).unwrap_or(body);
        let is_number = match body.as_bytes() {
            [first, ..] if first.is_ascii_digit() => true,
            [b'.', second, ..] => second.is_ascii_digit(),
            _ => is_no_number(body),
        };
        is_number.then_some(shape)
    }
}

/// `NaN` and `Inf`, perhaps with a unit.
fn is_no_number(body: &str) -> bool {
    let (Some(head), Some(tail)) = (body.get(..3), body.get(3..)) else {
        return false;
    };
    let is = |name| head.eq_ignore_ascii_case(name);
    (is("nan") || is("inf")) && (tail.is_empty() || factor(tail).is_some())
}

/// Reads a value such as `9226.15MB`, `-5`, `0` or `1.20s`.
pub(crate) fn amount(word: &str) -> Result<Amount, TableErrorKind> {
    let end = word
        .find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '-' | '+'))
        .unwrap_or(word.len());
    let (number, suffix) = word.split_at(end);
    let invalid = || TableErrorKind::InvalidNumber(excerpt(word, NUMBER));
    let number = &*with_point(number, 3).ok_or_else(invalid)?;
    let (unit, factor) = match suffix {
        "" => (None, 1.0),
        suffix => match factor(suffix) {
            Some((unit, factor)) => (Some(unit), factor),
            None => return Err(invalid()),
        },
    };
    let out_of_range = || TableErrorKind::OutOfRange(excerpt(word, NUMBER));
    let parsed: f64 = (number.parse()).map_err(|_| invalid())?;
    let value = match number.parse::<i64>() {
        // A count may have more digits than a float.
        Ok(count) if unit.is_none() => count,
        _ => rounded(parsed * factor).ok_or_else(out_of_range)?,
    };
    let decimals = number.split_once('.').map_or(0, |(_, rest)| rest.len());
    let half_digit = 0.5 * factor * 0.1_f64.powf(decimals as f64);
    // Bare counts are whole, and so is nothing.
    let is_rounded = unit.is_some() && value != 0;
    Ok(Amount {
        value,
        unit,
        rounding: rounded(half_digit).filter(|_| is_rounded).unwrap_or(0),
        exact: parsed,
        factor,
    })
}

/// How many base units one of the unit of a value is: 1048576 for `12.5MB`.
pub(super) fn worth(word: &str) -> f64 {
    let suffix = word.trim_start_matches(|c: char| matches!(c, '0'..='9' | '.' | ',' | '-' | '+'));
    factor(suffix).map_or(1.0, |(_, factor)| factor)
}

/// Reads a percentage such as `79.43%`, `0.077%` or `7.6e-05%`, in percent.
pub(super) fn share(word: &str) -> Result<f64, TableErrorKind> {
    let invalid = || TableErrorKind::InvalidNumber(excerpt(word, NUMBER));
    let number = word.strip_suffix('%').ok_or_else(invalid)?;
    let number = with_point(number, usize::MAX).ok_or_else(invalid)?;
    let share: f64 = number.parse().map_err(|_| invalid())?;
    if share.is_finite() {
        Ok(share)
    } else {
        Err(invalid())
    }
}

/// A number with a decimal point, as some countries write it without: `9226,15`, or with
/// marks of thousands, `9,226.15`. A single comma before `group` digits is such a mark.
/// None where marks do not part the digits by threes.
fn with_point(number: &str, group: usize) -> Option<Cow<'_, str>> {
    let Some(comma) = number.rfind(',') else {
        return Some(Cow::Borrowed(number));
    };
    let point = number.rfind('.');
    let is_decimal = point.is_none_or(|point| point < comma)
        && number.len() - comma - 1 != group
        && number.matches(',').count() == 1;
    let (end, mark) = match is_decimal {
        true => (comma, '.'),
        false => (point.unwrap_or(number.len()), ','),
    };
    let (whole, decimals) = number.split_at(end);
    let decimals = decimals.replacen(',', ".", 1);
    is_grouped(whole, mark).then(|| Cow::Owned(whole.replace(mark, "") + &decimals))
}

/// Whether marks part digits by threes, counted from the last, if there are any.
fn is_grouped(whole: &str, mark: char) -> bool {
    let mut groups = whole.trim_start_matches(['-', '+']).rsplit(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next_back();
    match (first, groups.clone().next()) {
        (Some(first), Some(_)) => {
            matches!(first.len(), 1..=3)
                && is_digits(first)
                && groups.all(|group| group.len() == 3 && is_digits(group))
        }
        _ => true,
    }
}

/// Rounds to an integer, if there is one.
pub(super) fn rounded(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let value = value.round();
    (value.abs() < LIMIT).then_some(value as i64)
}

/// The family that a unit belongs to and how many of its base unit it is.
fn factor(suffix: &str) -> Option<(Unit, f64)> {
    const LONGEST: usize = "nanoseconds".len();
    if suffix.len() > LONGEST {
        return None;
    }
    // Powers of 1024, which pprof writes without the `i`.
    let suffix = match suffix {
        "KiB" => "kB",
        "MiB" => "MB",
        "GiB" => "GB",
        "TiB" => "TB",
        "PiB" => "PB",
        suffix => suffix,
    };
    let base = |unit: Unit| match unit {
        Unit::Bytes => "B",
        _ => "ns",
    };
    let known = |&unit: &Unit| unit::convertible(suffix, base(unit));
    let family = [Unit::Bytes, Unit::Nanoseconds].into_iter().find(known)?;
    Some((family, unit::scale(1, suffix, base(family)).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        let check = |word: &str, value: i64, unit: Option<Unit>| {
            let found = amount(word).map(|found| (found.value, found.unit));
            assert_eq!(found, Ok((value, unit)), "{word}");
        };
        let bytes = Some(Unit::Bytes);
        check("1.50kB", 1536, bytes);
        check("9226.15MB", 9_674_319_462, bytes);
        check("-0.02GB", -21_474_836, bytes);
        check("1TB", 1 << 40, bytes);
        check("1.50KiB", 1536, bytes);
        check("2MiB", 2 << 20, bytes);
        check("9,226.15MB", 9_674_319_462, bytes);
        check("9226,15MB", 9_674_319_462, bytes);
        check("1.009.226,15kB", 1_033_447_578, bytes);
        check("1,226,015", 1_226_015, None);
        check("-12,226,015.5kB", -12_519_439_872, bytes);
        check("1.226,5", 1227, None);
        check("7B", 7, bytes);
        check("0", 0, None);
        check("9007199254740993", 9_007_199_254_740_993, None);
        check("1.20s", 1_200_000_000, Some(Unit::Nanoseconds));
        check("2hrs", 7_200_000_000_000, Some(Unit::Nanoseconds));
    }

    #[test]
    fn half_of_the_last_digit_may_be_rounding() {
        let check = |word: &str, rounding: i64| {
            assert_eq!(amount(word).unwrap().rounding, rounding, "{word}");
        };
        check("0.01MB", 5243);
        check("12MB", 512 << 10);
        check("7B", 1);
        check("7", 0);
        check("0", 0);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let check = |word: &str, message: &str| {
            assert_eq!(amount(word).unwrap_err().to_string(), message);
        };
        check("NaN", "invalid number \"NaN\"");
        check("1e400MB", "invalid number \"1e400MB\"");
        check("1.2.3", "invalid number \"1.2.3\"");
        for word in [
            "1,2,3kB",
            "5,,5",
            "1234,567,890",
            ",123,456",
            "1,226.015,5",
            "12.26,5",
            "1,22.5",
            "1,226,01",
        ] {
            check(word, &format!("invalid number \"{word}\""));
        }
        check("5apples", "invalid number \"5apples\"");
        check(
            "99999999999999999999",
            "number \"99999999999999999999\" is too large",
        );
        check("8192PB", "number \"8192PB\" is too large");
        let share = |word: &str| share(word).map_err(|error| error.to_string());
        assert_eq!(share("1e400%"), Err("invalid number \"1e400%\"".to_owned()));
        assert_eq!(share("7.6e-05%"), Ok(7.6e-5));
        assert_eq!(share("79,43%"), Ok(79.43));
        assert_eq!(share("0,077%"), Ok(0.077));
    }

    #[test]
    fn names_are_no_numbers() {
        for word in ["inflate.New", "nano", "main.f", "-", "%", "", "(*T)", "é%"] {
            assert_eq!(Shape::of(word), None, "{word}");
        }
        for word in ["NaN", "-inf", "NaNMB", "1e400", "0x12"] {
            assert_eq!(Shape::of(word), Some(Shape::Amount), "{word}");
        }
        assert_eq!(Shape::of("+Inf%"), Some(Shape::Share));
    }
}
