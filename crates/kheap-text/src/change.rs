//! Differences as people read them: signed, in units of their own, and distinguished from noise.

use std::fmt::Display;

use kheap::attribute::Role;
use kheap::compare::{CompareRow, CompareTable};
use kheap::knowledge::Parts;
use kheap::series::{ARROW, By, DOT, GrowthPattern, GrowthRow, Note, Origin, RestartSign};
use kheap::{symbol, unit};

use crate::moment::years;
use crate::place;
use crate::value::number;

/// The lowest bar and those above it.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What stands below tables in which some change is marked.
pub const NOISE: &str = "~ within two standard errors, so it may be sampling noise";

/// What stands above tables with standard errors.
pub const STANDARD_ERROR: &str =
    "± is one standard error; with ten or more sampled objects, 95% of true values lie within two";

/// Why two dumps of a process have the same figures, allocation counters included.
pub const NO_GC: &str = "no GC finished in between, or nothing changed";

/// What to do about it.
pub const FETCH_LATER: &str = "wait longer, or fetch with ?gc=1";

/// What stands in place of the name of a program that has none.
pub const UNKNOWN_PROGRAM: &str = "unknown program";

/// What stands in place of the time of a dump that has none.
pub const NO_TIME: &str = "time unknown";

/// How many rows of a table are shown when nobody says: two tables fit on a screen.
pub const ROWS: usize = 12;

/// The length of the longest bar of a table, in characters.
const BAR_WIDTH: f64 = 24.0;

/// How many bars show a series of any length.
const MOST_BARS: usize = 16;

/// An amount in the unit that suits it.
pub fn amount(value: i128, unit: &str) -> String {
    let value = value.clamp(i128::from(-i64::MAX), i128::from(i64::MAX));
    unit::label(value as i64, unit, unit::AUTO)
}

/// An amount with its sign.
pub fn signed(value: i128, unit: &str) -> String {
    let sign = if value > 0 { "+" } else { "" };
    format!("{sign}{}", amount(value, unit))
}

/// Changes of a table that are not shown: how many are smaller than those shown, how many may
/// be noise, and how much they are together. `None` where all are shown.
pub fn left_out(changes: impl Iterator<Item = (i128, bool)>, unit: &str) -> Option<String> {
    let (mut smaller, mut noise, mut sum) = (0, 0, 0);
    for (delta, is_significant) in changes {
        let count = if is_significant {
            &mut smaller
        } else {
            &mut noise
        };
        *count += 1;
        sum += delta;
    }
    let words = match (smaller, noise) {
        (0, 0) => return None,
        (smaller, 0) => counted(smaller, "smaller change"),
        (0, noise) => format!("{} within sampling noise", counted(noise, "change")),
        (smaller, noise) => {
            let smaller = counted(smaller, "smaller change");
            format!("{smaller} and {noise} within sampling noise")
        }
    };
    Some(format!("{words}, {} in all", signed(sum, unit)))
}

/// The nearest amount, with its sign.
pub fn signed_near(value: f64, unit: &str) -> String {
    signed(value.round() as i128, unit)
}

/// An amount with two digits or so, as one would say it: `40MB`, `4.3MB`.
pub fn about(value: i128, unit: &str) -> String {
    let value = value.clamp(i128::from(-i64::MAX), i128::from(i64::MAX));
    let (scaled, unit) = unit::scale(value as i64, unit, unit::AUTO);
    let text = match scaled.abs() {
        9.95.. => format!("{scaled:.0}"),
        _ => format!("{scaled:.1}"),
    };
    format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A time between two dumps, rounded: `9.7s`, `3m 3s`, `5h 12m`, `2d 3h`, `6.3 years`.
pub fn duration(nanos: i128) -> String {
    let seconds = nanos as f64 / 1e9;
    let rounded = |unit: f64| (seconds / unit).round() as i128;
    // What rounds up to the next unit is written in it.
    if seconds < 59.95 {
        return format!("{seconds:.1}s");
    }
    match (rounded(1.0), rounded(60.0), rounded(3600.0)) {
        (seconds @ ..3600, _, _) => format!("{}m {}s", seconds / 60, seconds % 60),
        (_, minutes @ ..1440, _) => format!("{}h {}m", minutes / 60, minutes % 60),
        (_, _, hours) => {
            let seconds = u64::try_from(hours).unwrap_or(0).saturating_mul(3600);
            years(seconds).unwrap_or_else(|| format!("{}d {}h", hours / 24, hours % 24))
        }
    }
}

/// A program and what it is, as far as that is known.
pub fn program(origin: &Origin) -> String {
    let program = origin.known_program().unwrap_or(UNKNOWN_PROGRAM);
    match origin.role.name() == program {
        true => program.to_owned(),
        false => format!("{program}{}", role(origin.role)),
    }
}

/// What a program is, behind its name; nothing where that is not known.
pub fn role(role: Role) -> String {
    match role {
        Role::Unknown => String::new(),
        role => format!(" ({})", role.name()),
    }
}

/// What counters that fall, and other addresses, show: neither proves a restart.
const TWO_PROCESSES: &str = "the dumps are of two processes: a restart, or two servers";

/// A note on two dumps that follow each other.
pub fn pair_note(note: &Note) -> String {
    pair_note_with(note, TWO_PROCESSES)
}

/// The same with words of its own for dumps of two processes.
pub(crate) fn pair_note_with(note: &Note, two_processes: &str) -> String {
    match note {
        Note::Programs { before, after } => {
            format!(
                "the programs differ ({before}, then {after}), so their difference is not growth; \
                 functions are matched by name"
            )
        }
        Note::Builds { before, after } => format!(
            "the builds differ ({before}, then {after}): functions are matched by name, without \
             vendor prefix, type arguments, major version and closure numbers"
        ),
        Note::Periods { before, after } => {
            format!("the sampling differs: every {before}, then every {after}; so do the errors")
        }
        Note::Reversed { nanos } => {
            format!("{}: they are in the wrong order", reversed(*nanos))
        }
        Note::Delta { nanos, is_both } => {
            let which = if *is_both {
                "both are delta profiles"
            } else {
                "one is a delta profile"
            };
            let nanos = unit::label(*nanos, "nanoseconds", unit::AUTO);
            format!("{which} (?seconds=): it shows what changed in {nanos}, not what is in use")
        }
        Note::Fragment { is_both } => {
            let which = match is_both {
                true => "both texts are parts of a heap",
                false => "one text is part of a heap",
            };
            format!("{which}: what is missing shows as a difference; fetch it again")
        }
        Note::Restart(RestartSign::Counters) => {
            format!("{two_processes} (the allocation counters went down)")
        }
        Note::Restart(RestartSign::UntimedCounters) => {
            "the allocation counters went down, and the times do not show which dump is newer: \
             either they are of two processes, or the first dump is the newer one"
                .to_owned()
        }
        Note::Restart(RestartSign::Addresses) => {
            format!("{two_processes} (the kernel's code, [vdso], has another address)")
        }
        Note::NoCollection => {
            format!("all figures are the same: {NO_GC}; {FETCH_LATER}")
        }
        Note::SameDump => "both are the same dump".to_owned(),
        Note::Rules => "the attribution rules differ: a part may have another name or extent; \
                        read both dumps with the same rules"
            .to_owned(),
        Note::Renamed(rename) => format!(
            "Go renamed {} to {}: the table has both names",
            rename.old, rename.new
        ),
        _ => crate::newer(note),
    }
}

/// That the dump that was given first is the newer one.
pub fn reversed(nanos: Option<i64>) -> String {
    match nanos {
        Some(nanos) => {
            let by = duration(nanos.into());
            format!("the first dump is newer than the second by {by}")
        }
        None => "the first dump is newer than the second, because its process has allocated \
                 more since it started"
            .to_owned(),
    }
}

/// The growth in percent of what there was; `new` or `gone` where one side is 0.
pub fn growth(before: i64, after: i64) -> String {
    match (before, after) {
        (before, after) if before == after => "0%".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        (before, after) => {
            let delta = i128::from(after) - i128::from(before);
            let percent = delta as f64 * 100.0 / before.unsigned_abs() as f64;
            match percent.abs() {
                1000.0.. => format!("×{:.0}", after as f64 / before as f64),
                10.0.. => format!("{percent:+.0}%"),
                _ => format!("{percent:+.1}%"),
            }
        }
    }
}

/// What a row does, in a table.
pub fn verdict(row: &GrowthRow) -> &'static str {
    match row.pattern {
        Some(GrowthPattern::Grows) => "grows steadily",
        // Two dumps show one step.
        Some(GrowthPattern::Rises) if row.values.len() == 2 => "grew",
        Some(GrowthPattern::Rises) if row.is_one_step() => "grew in one step",
        Some(GrowthPattern::Rises) => "grew unsteadily",
        Some(pattern) => pattern.name(),
        None => "-",
    }
}

/// A share of all growth.
pub fn share(share: f64) -> String {
    match share * 100.0 {
        percent if percent >= 99.95 => "100%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

/// The share of a row in what its table is of: what grew, or what shrank, whichever is more.
/// Rows of the other direction have none.
pub fn share_of(table: &CompareTable, row: &CompareRow) -> String {
    let (all, other) = match row.delta() < 0 {
        true => (table.lost, table.gained),
        false => (table.gained, table.lost),
    };
    match all >= other {
        true => share(row.share),
        false => String::new(),
    }
}

/// A name short enough to be read: a part in words, a path without import paths.
pub fn name(parts: &Parts, by: By, key: &str) -> String {
    match by {
        By::Place => match key.split_once(DOT) {
            Some((part, kind)) => place::name(parts, part, kind),
            None => key.to_owned(),
        },
        By::Part => parts.title(key).to_owned(),
        By::Path => {
            let frames: Vec<_> = key.split(ARROW).map(symbol::short).collect();
            frames.join(ARROW)
        }
        By::Function | By::Kind | By::Package => key.to_owned(),
        _ => key.to_owned(),
    }
}

/// What stands above the names of a table.
pub fn column(by: By) -> &'static str {
    match by {
        By::Place => "part and kind",
        by => by.name(),
    }
}

/// What stands above a table.
pub fn heading(by: By) -> &'static str {
    match by {
        By::Place => "By part and kind",
        By::Function => "By function",
        By::Path => "By path",
        By::Part => "By part",
        By::Kind => "By kind",
        By::Package => "By package",
        _ => by.name(),
    }
}

/// The same with what its rows gained and lost: changes, and whether each is above the noise.
/// What may be noise is neither growth nor shrinkage, but shares are of `all` that was gained and
/// lost.
pub fn sums(
    by: By,
    changes: impl Iterator<Item = (i128, bool)>,
    all: [i128; 2],
    unit: &str,
) -> String {
    let (mut gained, mut lost) = (0, 0);
    for (delta, _) in changes.filter(|(_, is_significant)| *is_significant) {
        match delta > 0 {
            true => gained += delta,
            false => lost -= delta,
        }
    }
    let [all_gained, all_lost] = all;
    // Where rows go both ways, nobody knows what a share of them is of.
    let (direction, all, above) = match all_gained < all_lost {
        true => ("shrank", all_lost, lost),
        false => ("grew", all_gained, gained),
    };
    let is_noisy = above > 0 && all - above > above / 100;
    let of_what = match (is_noisy, gained > 0 && lost > 0) {
        (true, _) => format!(
            " Each share is of all that {direction}, noise included: {}.",
            amount(all, unit)
        ),
        (false, true) => format!(" Each share is of what {direction}."),
        (false, false) => String::new(),
    };
    let (gained, lost) = (amount(gained, unit), amount(lost, unit));
    format!("{}. Grown: {gained}. Shrunk: {lost}.{of_what}", heading(by))
}

/// The same for a comparison.
pub fn sums_of(table: &CompareTable, unit: &str) -> String {
    let changes = table.rows.iter();
    let changes = changes.map(|row| (row.delta(), row.is_significant));
    sums(table.by, changes, [table.gained, table.lost], unit)
}

/// How many there are, with the singular of what.
pub fn counted<N: PartialEq + From<u8> + Display>(count: N, what: &str) -> String {
    match count == N::from(1) {
        true => format!("1 {what}"),
        false => format!("{} {}", number(count), several(what)),
    }
}

/// The plural of a noun that is counted.
pub(crate) fn several(what: &str) -> String {
    let end = if what.ends_with("ch") { "es" } else { "s" };
    format!("{what}{end}")
}

/// Values as bars between their least and their most; of many, the mean of neighbours.
pub fn sparkline(values: &[f64]) -> String {
    let count = values.len().min(MOST_BARS);
    let mean = |bar: usize| {
        let (start, end) = (bar * values.len() / count, (bar + 1) * values.len() / count);
        let some = &values[start..end.max(start + 1)];
        some.iter().sum::<f64>() / some.len() as f64
    };
    let means: Vec<f64> = (0..count).map(mean).collect();
    let least = means.iter().copied().fold(f64::INFINITY, f64::min);
    let most = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: &f64| {
        let height = (value - least) / (most - least) * (BARS.len() - 1) as f64;
        // Where all are the same, that is no number, and counts as 0.
        BARS[height.round() as usize]
    };
    means.iter().map(bar).collect()
}

/// A value as a bar; the largest has the full length.
pub fn bar(value: i64, largest: Option<u64>) -> String {
    let largest = largest.filter(|&largest| largest > 0).unwrap_or(1);
    let length = value.unsigned_abs() as f64 / largest as f64 * BAR_WIDTH;
    "█".repeat(length.round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_growth_is_said_as_percent_of_what_there_was() {
        let check = |before, after, expected: &str| assert_eq!(growth(before, after), expected);
        check(100, 139, "+39%");
        check(1000, 1015, "+1.5%");
        check(100, 40, "-60%");
        check(10, 400, "×40");
        check(0, 5, "new");
        check(5, 0, "gone");
        check(0, 0, "0%");
        check(i64::MIN, i64::MAX, "+200%");
    }

    #[test]
    fn changes_left_out_are_counted_apart_from_noise() {
        let row = |after: i64, is_significant| {
            let mut row = CompareRow::default();
            row.name = "f".into();
            row.before = 0;
            row.after = after;
            row.is_significant = is_significant;
            row.change = kheap::compare::Change::Added;
            row
        };
        let check = |rows: &[CompareRow], expected: Option<&str>| {
            let changes = rows.iter().map(|row| (row.delta(), row.is_significant));
            assert_eq!(left_out(changes, "bytes").as_deref(), expected);
        };
        let (smaller, noise) = (row(2048, true), row(-1024, false));
        check(&[], None);
        let one = [smaller.clone()];
        check(&one, Some("1 smaller change, +2kB in all"));
        let two = [noise.clone(), noise.clone()];
        check(&two, Some("2 changes within sampling noise, -2kB in all"));
        check(
            &[smaller.clone(), noise, smaller],
            Some("2 smaller changes and 1 within sampling noise, +3kB in all"),
        );
    }

    #[test]
    fn amounts_have_a_sign_and_a_unit_of_their_own() {
        assert_eq!(signed(1_572_864, "bytes"), "+1.50MB");
        assert_eq!(signed(-1024, "bytes"), "-1kB");
        assert_eq!(signed(0, "bytes"), "0");
        assert_eq!(signed(7, "count"), "+7");
    }

    #[test]
    fn sentences_take_round_amounts() {
        assert_eq!(about(42_383_441, "bytes"), "40MB");
        assert_eq!(about(4_238_344, "bytes"), "4MB");
        assert_eq!(about(4_474_265, "bytes"), "4.3MB");
    }

    #[test]
    fn times_between_dumps_have_two_units() {
        let check = |seconds: f64, expected: &str| {
            assert_eq!(duration((seconds * 1e9) as i128), expected);
        };
        check(9.72, "9.7s");
        check(59.96, "1m 0s");
        check(182.7, "3m 3s");
        check(3599.9, "1h 0m");
        check(17_999.999_999, "5h 0m");
        check(86_399.0, "1d 0h");
        check(18_720.0, "5h 12m");
        check(183_600.0, "2d 3h");
        check(189_388_800.0, "6.0 years");
    }

    #[test]
    fn a_sparkline_runs_from_the_least_to_the_most() {
        let steps: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(sparkline(&steps), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[5.0, 5.0]), "▁▁");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[i64::MIN as f64, i64::MAX as f64]), "▁█");
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(sparkline(&many).chars().count(), MOST_BARS);
    }
}
