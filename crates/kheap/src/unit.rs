//! Units and pprof's number formats.
//!
//! Sizes go in powers of 1024. What is not a size, a time or a GCU (Google's
//! compute unit) has no family and is never converted.
//!
//! Source: google/pprof `internal/measurement/measurement.go`.

mod size;

pub use size::{SizeError, parse_size};

/// Units that can be converted into each other, from small to large.
#[derive(Debug)]
struct Family {
    units: &'static [Unit],
    /// What an unknown unit falls back to.
    default: Unit,
}

#[derive(Debug, Clone, Copy)]
struct Unit {
    name: &'static str,
    /// Spellings in lower case and without a final `s`.
    aliases: &'static [&'static str],
    /// How many of the family's base unit make one of these.
    factor: f64,
}

const fn unit(name: &'static str, aliases: &'static [&'static str], factor: f64) -> Unit {
    Unit {
        name,
        aliases,
        factor,
    }
}

const KIB: f64 = 1024.0;

static FAMILIES: [Family; 3] = [
    Family {
        units: &[
            unit("B", &["b", "byte"], 1.0),
            unit("kB", &["kb", "kbyte", "kilobyte"], KIB),
            unit("MB", &["mb", "mbyte", "megabyte"], KIB * KIB),
            unit("GB", &["gb", "gbyte", "gigabyte"], KIB * KIB * KIB),
            unit("TB", &["tb", "tbyte", "terabyte"], KIB * KIB * KIB * KIB),
            unit(
                "PB",
                &["pb", "pbyte", "petabyte"],
                KIB * KIB * KIB * KIB * KIB,
            ),
        ],
        default: unit("B", &[], 1.0),
    },
    Family {
        units: &[
            unit("ns", &["ns", "nanosecond"], 1.0),
            unit("us", &["μs", "us", "microsecond"], 1e3),
            unit("ms", &["ms", "millisecond"], 1e6),
            unit("s", &["s", "sec", "second"], 1e9),
            unit("hrs", &["hour", "hr"], 3600e9),
        ],
        default: unit("s", &[], 1e9),
    },
    Family {
        units: &[
            unit("n*GCU", &["nanogcu"], 1e-9),
            unit("u*GCU", &["microgcu"], 1e-6),
            unit("m*GCU", &["milligcu"], 1e-3),
            unit("GCU", &["gcu"], 1.0),
            unit("k*GCU", &["kilogcu"], 1e3),
            unit("M*GCU", &["megagcu"], 1e6),
            unit("G*GCU", &["gigagcu"], 1e9),
            unit("T*GCU", &["teragcu"], 1e12),
            unit("P*GCU", &["petagcu"], 1e15),
        ],
        default: unit("GCU", &[], 1.0),
    },
];

impl Family {
    fn of(name: &str) -> Option<(&'static Self, &'static Unit)> {
        FAMILIES
            .iter()
            .find_map(|family| Some((family, family.find(name)?)))
    }

    /// Finds a unit by any spelling: `Bytes`, `KB`, `ms`, …
    fn find(&self, name: &str) -> Option<&Unit> {
        let mut name = name.to_lowercase();
        if name.len() > 2 && name.ends_with('s') {
            name.pop();
        }
        let known = |unit: &&Unit| unit.aliases.contains(&name.as_str());
        self.units.iter().find(known)
    }

    /// The largest unit that `base` (in the family's base unit) has at least one of.
    fn fitting(&self, base: f64) -> &Unit {
        let fits = |unit: &&Unit| base / unit.factor >= 1.0;
        self.units.iter().rev().find(fits).unwrap_or(&self.default)
    }
}

/// The unit that lets every number choose its own.
pub const AUTO: &str = "auto";

/// The unit that suits the smallest number shown: pprof's default.
pub const MINIMUM: &str = "minimum";

/// Converts a value and says in which unit it then is.
///
/// With [`AUTO`] or [`MINIMUM`] the largest unit is taken whose value is
/// at least one; an unknown target unit is the family's default. Where `from`
/// has no family the value stays, and the unit is `to`, or empty where that is
/// a mere count.
///
/// # Example
///
/// ```
/// use kheap::unit::scale;
///
/// assert_eq!(scale(1536, "bytes", "auto"), (1.5, "kB".to_owned()));
/// assert_eq!(scale(7, "count", "auto"), (7.0, String::new()));
/// ```
pub fn scale(value: i64, from: &str, to: &str) -> (f64, String) {
    let Some((family, unit)) = Family::of(from) else {
        let interesting = !matches!(to, "count" | "sample" | "unit" | MINIMUM | AUTO);
        let name = if interesting { to } else { "" };
        return (value as f64, name.to_owned());
    };
    let base = value as f64 * unit.factor;
    let target = match to {
        AUTO | MINIMUM => family.fitting(base.abs()),
        _ => family.find(to).unwrap_or(&family.default),
    };
    (base / target.factor, target.name.to_owned())
}

/// Whether values in one unit can be converted to the other.
pub fn convertible(a: &str, b: &str) -> bool {
    let family_has = |family: &Family| family.find(a).is_some() && family.find(b).is_some();
    a == b || FAMILIES.iter().any(family_has)
}

/// Formats a value with its unit, such as `1.50MB`: two decimals, or none where
/// they are both 0, and a bare `0` for nothing.
///
/// # Example
///
/// ```
/// use kheap::unit::label;
///
/// assert_eq!(label(1_572_864, "bytes", "auto"), "1.50MB");
/// assert_eq!(label(1_048_576, "bytes", "auto"), "1MB");
/// assert_eq!(label(0, "bytes", "auto"), "0");
/// ```
pub fn label(value: i64, from: &str, to: &str) -> String {
    let (scaled, unit) = scale(value, from, to);
    let text = format!("{scaled:.2}");
    let text = text.strip_suffix(".00").unwrap_or(&text);
    match text {
        "0" | "-0" => "0".to_owned(),
        // A file may have any unit; a value stays on its line.
        _ if unit.contains(char::is_control) => format!("{text}{}", unit.escape_default()),
        _ => format!("{text}{unit}"),
    }
}

/// Formats a share as pprof does: without its sign, and at least five characters
/// wide before the `%`.
///
/// # Example
///
/// ```
/// use kheap::unit::percentage;
///
/// assert_eq!(percentage(1, 3), "33.33%");
/// assert_eq!(percentage(-1, 1000), "  0.1%");
/// assert_eq!(percentage(1, 0), "    0%");
/// ```
pub fn percentage(value: i64, total: i64) -> String {
    let ratio = match total {
        0 => 0.0,
        _ => (value as f64 / total as f64).abs() * 100.0,
    };
    if (99.95..=100.05).contains(&ratio) {
        "  100%".to_owned()
    } else if ratio >= 1.0 {
        format!("{ratio:5.2}%")
    } else {
        format!("{:>5}%", two_significant_digits(ratio))
    }
}

/// Formats like C's `%.2g`: two significant digits, no trailing zeros, and an
/// exponent of at least two digits below 1e-4. For values from 0 to 1.
fn two_significant_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rounding first decides the exponent: 0.0999 is 1.0e-1.
    let rounded = format!("{value:.1e}");
    let (digits, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    if exponent < -4 {
        return format!("{}e-{:02}", trim(digits), -exponent);
    }
    let decimals = usize::try_from(1 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { trim(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: value, unit, target unit, expected text.
    fn check_label(table: &str) {
        for line in table.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [value, from, to, expected] = words[..] else {
                panic!("four words, not {line:?}")
            };
            assert_eq!(label(value.parse().unwrap(), from, to), expected, "{line}");
        }
    }

    #[test]
    fn two_decimals_of_which_only_two_zeros_are_left_out() {
        check_label(
            "1572864     bytes  auto     1.50MB
             1048576     bytes  auto     1MB
             1048577     bytes  auto     1MB
             0           bytes  auto     0
             -1572864    bytes  auto     -1.50MB
             1023        bytes  auto     1023B
             5           bytes  MB       0
             5243        bytes  MB       0.01MB
             -5          bytes  MB       0
             9223372036854775807 bytes auto 8192PB
             -9223372036854775808 bytes auto -8192PB",
        );
    }

    #[test]
    fn unknown_targets_fall_back_to_the_family() {
        check_label(
            "2048        bytes  GiB      2048B
             2048        BYTES  kilobytes 2kB
             1500        ms     fortnight 1.50s
             90000       ms     auto     90s
             7200        seconds minimum 2hrs
             1500        gcu    auto     1.50k*GCU",
        );
    }

    #[test]
    fn a_count_takes_whatever_unit_is_forced_on_it() {
        check_label(
            "6  count    B       6B
             6  count    minimum 6
             6  objects  count   6
             6  objects  auto    6",
        );
    }

    #[test]
    fn percentages_have_two_decimals_or_two_digits() {
        let check = |ratio: f64, expected: &str| {
            let value = (ratio * 1e10).round() as i64;
            assert_eq!(percentage(value, 1_000_000_000_000), expected, "{ratio}");
        };
        check(0.0, "    0%");
        check(1.0, " 1.00%");
        check(0.077, "0.077%");
        check(9.5, " 9.50%");
        check(0.9, "  0.9%");
        check(0.94, " 0.94%");
        check(0.95, " 0.95%");
        check(0.995, "    1%");
        check(0.999, "    1%");
        check(0.0999, "  0.1%");
        check(0.0001, "0.0001%");
        check(0.000_001, "1e-06%");
        check(0.000_023, "2.3e-05%");
        check(99.949, "99.95%");
        check(99.95, "  100%");
        check(100.05, "  100%");
        check(100.051, "100.05%");
        check(2275.09, "2275.09%");
    }
}
