//! Values in the unit that suits them.

use std::fmt::Display;

use kheap::{Diagnosis, unit};

/// So many bytes.
pub fn bytes(bytes: i64) -> String {
    unit::label(bytes, "bytes", unit::AUTO)
}

/// A size that somebody gave, such as a limit, without rounding: `1500MB`, not `1.46GB`.
pub fn given(size: i64) -> String {
    const UNITS: [(&str, i64); 4] = [("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)];
    let rounded = bytes(size);
    let is_exact = unit::parse_size(&rounded).ok() == u64::try_from(size).ok();
    let mut whole = UNITS.iter().filter(|(_, unit)| size % unit == 0);
    match whole.next().filter(|_| !is_exact) {
        Some((name, unit)) => format!("{}{name}", size / unit),
        None => rounded,
    }
}

/// A share as people read it: without an exponent.
pub fn share(part: i64, whole: i64) -> String {
    let share = unit::percentage(part, whole);
    match share.contains("e-") {
        true => "<0.0001%".to_owned(),
        false => share.trim().to_owned(),
    }
}

/// A number with a comma for each three digits.
pub fn number(number: impl Display) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if grouped.ends_with(|c: char| c.is_ascii_digit()) && (digits.len() - at).is_multiple_of(3)
        {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A value of a diagnosis.
pub fn amount(diagnosis: &Diagnosis, value: i64) -> String {
    unit::label(value, &diagnosis.unit, &diagnosis.shown_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_share_has_no_exponent() {
        assert_eq!(share(1, 3), "33.33%");
        assert_eq!(share(1, 1_000_000), "0.0001%");
        assert_eq!(share(1, 10_000_000), "<0.0001%");
        assert_eq!(share(0, 3), "0%");
    }

    #[test]
    fn thousands_have_a_comma() {
        let check = |count: i64, expected: &str| assert_eq!(number(count), expected);
        check(0, "0");
        check(999, "999");
        check(-999, "-999");
        check(4700, "4,700");
        check(-12_345_678, "-12,345,678");
    }

    #[test]
    fn a_given_size_is_repeated_as_it_is() {
        let check = |text: &str, expected: &str| {
            let size = unit::parse_size(text).expect("a size");
            assert_eq!(given(size as i64), expected);
        };
        check("1500MB", "1500MB");
        check("16GiB", "16GB");
        check("1.5Gi", "1.50GB");
        check("1000001kB", "1000001kB");
        check("1500GB", "1500GB");
        check("1610612737", "1610612737B");
        check("1500000000", "1500000000B");
    }
}
