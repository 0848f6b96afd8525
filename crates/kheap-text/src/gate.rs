//! Bounds that are not kept, in a sentence: the gate, what was measured, and by how much it
//! is too much.

use kheap::Diagnosis;
use kheap::diagnose::{Finding, Severity};
use kheap::gate::{Breach, Gate, Measure, Most};

use crate::change::{amount, counted};
use crate::diagnosis::Known;
use crate::limit::passed;
use crate::value::share as share_of;

/// How many findings are named.
const NAMED: usize = 5;

/// Which bound is not kept, and by how much; `written` is the gate as its user wrote it.
pub fn breach(written: &str, gate: &Gate, breach: &Breach) -> String {
    let value = |value: i64| amount(value.into(), &breach.unit);
    let subject = match &gate.of {
        None => "the heap".to_owned(),
        Some((by, name)) => format!("{} {name}", by.name()),
    };
    let fact = match (gate.measure, breach.before) {
        (Measure::Size, _) | (_, None) => {
            format!("{subject} has {}", value(breach.after))
        }
        (_, Some(before)) => {
            let change = amount(i128::from(breach.after) - i128::from(before), &breach.unit);
            format!(
                "{subject} grew by {change}, from {} to {}",
                value(before),
                value(breach.after)
            )
        }
    };
    let noise = match breach.may_be_noise {
        true => "; this growth may be sampling noise",
        false => "",
    };
    format!("{written}: {fact}, {}{noise}", excess(gate, breach))
}

/// By how much a bound is passed.
fn excess(gate: &Gate, breach: &Breach) -> String {
    let value = i128::from(breach.after) - i128::from(breach.before.unwrap_or(0));
    match gate.most {
        Most::Bytes(most) | Most::Count(most) => {
            let more = value - i128::from(most);
            format!("{} too much", amount(more, &breach.unit))
        }
        Most::Share(most) => {
            let whole = breach.before.unwrap_or(breach.total);
            if whole == 0 {
                return "where it had nothing before".to_owned();
            }
            let of = if breach.before.is_some() {
                ""
            } else {
                " of the heap"
            };
            let share = share_of(crate::diagnosis::clamp(value), whole);
            let points = (value as f64 / whole as f64 - most) * 100.0;
            format!(
                "{share}{of}: {} percentage points too much",
                rounded(points)
            )
        }
        _ => format!("{} is too much", amount(value, &breach.unit)),
    }
}

/// Two digits or so.
fn rounded(points: f64) -> String {
    match points {
        10.0.. => format!("{points:.0}"),
        1.0.. => format!("{points:.1}"),
        0.01.. => format!("{points:.2}"),
        _ => "less than 0.01".to_owned(),
    }
}

/// That a process or heap is above its limit; `None` where it is not.
pub fn limit(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let words = passed(diagnosis, known)?;
    Some(format!("--limit: {}", words.trim_end_matches('.')))
}

/// The findings at a severity or above; `None` where there is none.
pub fn findings(level: Severity, findings: &[Finding]) -> Option<String> {
    let reached = findings.iter().filter(|finding| finding.severity >= level);
    let reached: Vec<String> = reached
        .map(|finding| format!("{} ({})", finding.id, finding.severity.name()))
        .collect();
    if reached.is_empty() {
        return None;
    }
    let dots = if reached.len() > NAMED { ", …" } else { "" };
    let above = match level {
        Severity::Critical => "",
        _ => " or above",
    };
    Some(format!(
        "{}: {} at {}{above}: {}{dots}",
        level.name(),
        counted(reached.len() as u64, "finding"),
        level.name(),
        reached[..reached.len().min(NAMED)].join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use kheap::series::{By, Keys};
    use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};

    use super::*;

    const MIB: i64 = 1 << 20;

    /// A heap in which `main.load` has so many bytes, and `main.rest` 6MB.
    fn snapshot(load: i64) -> Snapshot {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        for (at, name, bytes) in [(1, "main.load", load), (2, "main.rest", 6 * MIB)] {
            let function = builder.function(name, "main.go");
            let location = builder.location(None, at, &[(function, 7)]);
            let added = builder.sample(&[location], &[bytes], &[]);
            added.expect("one value");
        }
        let profile = builder.finish();
        let sample_type = profile.sample_type("").expect("it was just added");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        Snapshot::new(&Heap::new(selection), "heap", &Keys::default())
    }

    /// The words of a heap of 12MB that had so many bytes of `main.load` before.
    fn words(measure: Measure, of: Option<By>, most: Most, before: i64) -> String {
        let gate = Gate::new(measure, of.map(|by| (by, "main.load".to_owned())), most);
        let found = gate.check(Some(&snapshot(before)), &snapshot(6 * MIB));
        let found = found.expect("it can be checked");
        breach("GATE", &gate, &found.expect("it is passed"))
    }

    #[test]
    fn a_breach_says_what_was_measured_and_the_excess() {
        assert_eq!(
            words(Measure::Size, None, Most::Bytes(4 << 20), 0),
            "GATE: the heap has 12MB, 8MB too much"
        );
        assert_eq!(
            words(Measure::Size, Some(By::Function), Most::Share(0.25), 0),
            "GATE: function main.load has 6MB, 50.00% of the heap: 25 percentage points too much"
        );
        assert_eq!(
            words(Measure::Growth, None, Most::Share(0.05), 5 * MIB),
            "GATE: the heap grew by 1MB, from 11MB to 12MB, 9.09%: 4.1 percentage points too much"
        );
        assert_eq!(
            words(Measure::Growth, None, Most::Bytes(512 << 10), 5 * MIB),
            "GATE: the heap grew by 1MB, from 11MB to 12MB, 512kB too much"
        );
        assert_eq!(
            words(Measure::Growth, Some(By::Function), Most::Share(0.1), 0),
            "GATE: function main.load grew by 6MB, from 0 to 6MB, where it had nothing before"
        );
    }
}
