//! Changes, netted: what moved between kinds of one part neither grew nor shrank.

use std::collections::BTreeMap;

use kheap::Comparison;
use kheap::attribute::UNKNOWN;
use kheap::compare::CompareTable;
use kheap::series::{By, DOT, part_of};

use crate::change::{amount, name, share, signed};
use crate::place::NO_KIND;

/// Which share of the net change of its part one row must have to be named.
const MOST: f64 = 0.9;

/// How many kinds of a part are named.
const MOST_KINDS: usize = 4;

/// The changes of places, part by part.
#[derive(Debug)]
pub(crate) struct Nets<'k> {
    /// What each part gained or lost, all its kinds together.
    parts: BTreeMap<&'k str, i128>,
    rows: Vec<(&'k str, i128)>,
}

impl<'k> Nets<'k> {
    /// Nets rows, which are places and their changes, largest first.
    pub(crate) fn of(rows: impl Iterator<Item = (&'k str, i128)>) -> Self {
        let rows: Vec<_> = rows.collect();
        let mut parts = BTreeMap::new();
        for (key, delta) in &rows {
            *parts.entry(part_of(key)).or_default() += delta;
        }
        Self { parts, rows }
    }

    /// The part that changed most, and how.
    fn largest(&self) -> Option<(&'k str, i128)> {
        let parts = self.parts.iter().filter(|(_, net)| **net != 0);
        let largest = parts.max_by_key(|(_, net)| net.unsigned_abs());
        largest.map(|(part, net)| (*part, *net))
    }

    /// Whether some places of a part went up, others down, and none of them explains it.
    pub(crate) fn cancels(&self, of_part: &str) -> bool {
        let rows = || self.rows.iter().filter(|(key, _)| part_of(key) == of_part);
        let is_mixed = rows().any(|(_, delta)| *delta > 0) && rows().any(|(_, delta)| *delta < 0);
        is_mixed && !rows().any(|(key, delta)| self.explains(key, *delta))
    }

    /// How much each kind of a part gained or lost, largest first: `ConfigMap +2.39GB, unknown
    /// kind -1.79GB`.
    pub(crate) fn kinds(&self, of_part: &str, unit: &str) -> String {
        let rows = self.rows.iter().filter(|(key, _)| part_of(key) == of_part);
        let kinds = rows.take(MOST_KINDS).map(|(key, delta)| {
            let kind = key.split_once(DOT).map_or(UNKNOWN, |(_, kind)| kind);
            let kind = match kind {
                UNKNOWN => NO_KIND,
                kind => kind,
            };
            format!("{kind} {}", signed(*delta, unit))
        });
        kinds.collect::<Vec<_>>().join(", ")
    }

    /// Whether a place explains the change of its part alone.
    pub(crate) fn explains(&self, key: &str, delta: i128) -> bool {
        let net = self.parts.get(part_of(key)).copied().unwrap_or_default();
        net != 0 && (MOST..=2.0 - MOST).contains(&(delta as f64 / net as f64))
    }
}

/// The largest change, in a sentence; `None` where all changes are within the noise. It
/// has the figures of the first table, or those of a part whose kinds cancel.
pub fn largest_change(comparison: &Comparison) -> Option<String> {
    let table = comparison.tables.first()?;
    let unit = &comparison.before.unit;
    let significant = table.rows.iter().filter(|row| row.is_significant);
    let changes = significant.map(|row| (&*row.name, row.delta()));
    let (first, of_first) = changes.clone().next()?;
    let sentence = |what: &str, delta: i128, aside: &str| {
        let (verb, by) = (verb(delta), amount(delta.abs(), unit));
        format!(
            "{what} {verb} most, by {by}{aside}{}.",
            of_gross(table, delta)
        )
    };
    let row = |key: &str, delta| sentence(&name(&comparison.parts, table.by, key), delta, "");
    if table.by != By::Place {
        return Some(row(first, of_first));
    }
    let nets = Nets::of(changes.clone());
    let (largest, net) = nets.largest()?;
    let mut of_part = changes.filter(|(key, _)| part_of(key) == largest);
    let alone = of_part.next();
    let alone = alone.filter(|(key, delta)| nets.explains(key, *delta));
    let all_kinds = ", all kinds together";
    let mut words = alone.map_or_else(
        || sentence(comparison.parts.title(largest), net, all_kinds),
        |(key, delta)| row(key, delta),
    );
    // The reader sees a larger row on top of the table.
    let cancelled =
        (part_of(first) != largest).then(|| cancelled(comparison, &nets, part_of(first)));
    if let Some(why) = cancelled.flatten() {
        words += &format!(" {why}");
    }
    Some(words)
}

/// That some kinds of a part grew and others shrank; `None` where all went the same way.
fn cancelled(comparison: &Comparison, nets: &Nets<'_>, of_part: &str) -> Option<String> {
    let net = nets.parts.get(of_part).copied().unwrap_or_default();
    nets.cancels(of_part).then(|| {
        let unit = &comparison.before.unit;
        format!(
            "{} {} by {}: {}.",
            comparison.parts.title(of_part),
            verb(net),
            amount(net.abs(), unit),
            nets.kinds(of_part, unit)
        )
    })
}

fn verb(delta: i128) -> &'static str {
    match delta > 0 {
        true => "grew",
        false => "shrank",
    }
}

/// The share of a change in all that went the same way, behind a comma, as the table has it;
/// nothing where more went the other way, because shares in the table are of that.
pub(crate) fn of_gross(table: &CompareTable, delta: i128) -> String {
    let (all, other, word) = match delta > 0 {
        true => (table.gained, table.lost, "growth"),
        false => (table.lost, table.gained, "shrinkage"),
    };
    if all < other {
        return String::new();
    }
    let of_all = (delta as f64 / all.abs().max(1) as f64).abs().min(1.0);
    format!(", {} of all {word}", share(of_all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_a_part_that_cancel_change_nothing() {
        let moved = [
            ("list-etcd · ConfigMap", 2390),
            ("list-encode · unknown", 1820),
            ("list-etcd · unknown", -1790),
        ];
        let nets = Nets::of(moved.into_iter());
        assert_eq!(nets.largest(), Some(("list-encode", 1820)));
        assert!(nets.cancels("list-etcd") && !nets.cancels("list-encode"));
        let kinds = "ConfigMap +2390, unknown kind -1790";
        assert_eq!(nets.kinds("list-etcd", "count"), kinds);
        assert!(nets.explains("list-encode · unknown", 1820));
        assert!(!nets.explains("list-etcd · ConfigMap", 2390));
        let plain = Nets::of(moved[..2].iter().copied());
        assert_eq!(plain.largest(), Some(("list-etcd", 2390)));
    }
}
