//! Changes, netted: what moved between kinds of one part neither grew nor shrank.

use std::collections::BTreeMap;

use kheap::Comparison;
use kheap::compare::CompareTable;
use kheap::series::{By, DOT};

use crate::change::{amount, phrase, share};

/// Which share of the net change of its part one row must have to be named.
const MOST: f64 = 0.9;

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
            *parts.entry(part(key)).or_default() += delta;
        }
        Self { parts, rows }
    }

    /// The part that changed most, and how.
    fn largest(&self) -> Option<(&'k str, i128)> {
        let parts = self.parts.iter().filter(|(_, net)| **net != 0);
        let largest = parts.max_by_key(|(_, net)| net.unsigned_abs());
        largest.map(|(part, net)| (*part, *net))
    }

    /// Whether a place explains the change of its part alone.
    pub(crate) fn explains(&self, key: &str, delta: i128) -> bool {
        let net = self.parts.get(part(key)).copied().unwrap_or_default();
        net != 0 && (MOST..=2.0 - MOST).contains(&(delta as f64 / net as f64))
    }

    /// Whether kinds of some part cancel each other.
    pub(crate) fn has_cancelled(&self) -> bool {
        let gross = |name: &str| -> u128 {
            let of_part = self.rows.iter().filter(|(key, _)| part(key) == name);
            of_part.map(|(_, delta)| delta.unsigned_abs()).sum()
        };
        self.parts.iter().any(|(part, net)| {
            let gross = gross(part);
            net.unsigned_abs() as f64 <= MOST * gross as f64
        })
    }
}

/// The part of a place.
fn part(key: &str) -> &str {
    key.split_once(DOT).map_or(key, |(part, _)| part)
}

/// The share of a change in the net change of all, behind a comma; nothing where the others
/// went the other way.
pub(crate) fn of_net(delta: i128, total: i128) -> String {
    let word = if total > 0 { "growth" } else { "shrinkage" };
    let is_part = (delta > 0) == (total > 0) && delta.unsigned_abs() <= total.unsigned_abs();
    match is_part && total != 0 {
        true => format!(", {} of the net {word}", share(delta as f64 / total as f64)),
        false => String::new(),
    }
}

/// The largest change, in a sentence; `None` where all changes are within the noise. It
/// has the figures of the first table, or those of a part whose kinds cancel.
pub fn largest_change(comparison: &Comparison) -> Option<String> {
    let table = comparison.tables.first()?;
    let unit = &comparison.before.unit;
    let significant = table.rows.iter().filter(|row| row.is_significant);
    let changes = significant.map(|row| (&*row.key, row.delta()));
    let (key, delta, of_all) = match table.by {
        By::Place => {
            let nets = Nets::of(changes.clone());
            let (largest, net) = nets.largest()?;
            let mut of_part = changes.clone().filter(|(key, _)| part(key) == largest);
            let row = of_part
                .next()
                .filter(|(key, delta)| nets.explains(key, *delta));
            let total = comparison.total.delta();
            match (row, nets.has_cancelled()) {
                (Some((key, delta)), false) => (key, delta, of_gross(table, delta)),
                (Some((key, delta)), true) => (key, delta, of_net(delta, total)),
                (None, _) => {
                    return Some(format!(
                        "The largest change: {} {} by {}, all kinds together{}.",
                        comparison.parts.title(largest),
                        verb(net),
                        amount(net.abs(), unit),
                        of_net(net, total)
                    ));
                }
            }
        }
        _ => {
            let (key, delta) = changes.clone().next()?;
            (key, delta, of_gross(table, delta))
        }
    };
    Some(format!(
        "The largest change: {} {} by {}{of_all}.",
        phrase(&comparison.parts, table.by, key),
        verb(delta),
        amount(delta.abs(), unit)
    ))
}

fn verb(delta: i128) -> &'static str {
    match delta > 0 {
        true => "grew",
        false => "shrank",
    }
}

/// The share of a change in all that went the same way, behind a comma.
fn of_gross(table: &CompareTable, delta: i128) -> String {
    let (all, word) = match delta > 0 {
        true => (table.gained, "growth"),
        false => (table.lost, "shrinkage"),
    };
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
        assert!(nets.has_cancelled());
        assert!(nets.explains("list-encode · unknown", 1820));
        assert!(!nets.explains("list-etcd · ConfigMap", 2390));
        let plain = Nets::of(moved[..2].iter().copied());
        assert_eq!(plain.largest(), Some(("list-etcd", 2390)));
        assert!(!plain.has_cancelled());
    }

    #[test]
    fn a_share_of_the_net_change_is_never_more_than_all() {
        assert_eq!(of_net(1820, 2420), ", 75.2% of the net growth");
        assert_eq!(of_net(-10, -40), ", 25.0% of the net shrinkage");
        assert_eq!(of_net(3000, 2420), "");
        assert_eq!(of_net(-10, 40), "");
        assert_eq!(of_net(10, 0), "");
    }
}
