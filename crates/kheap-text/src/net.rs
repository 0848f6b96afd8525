//! The largest change of a comparison, netted: what moved between kinds of one part
//! neither grew nor shrank.

use std::collections::BTreeMap;

use kheap::Comparison;
use kheap::compare::CompareRow;
use kheap::series::{By, DOT};

use crate::change::{amount, phrase, share};

/// Which share of the net change of its part one row must have to be named.
const MOST: f64 = 0.9;

/// The largest change, in a sentence; `None` where all changes are within the noise. It
/// has the figures of the first table, or those of a part whose kinds cancel.
pub fn largest_change(comparison: &Comparison) -> Option<String> {
    let table = comparison.tables.first()?;
    let rows = || table.rows.iter().filter(|row| row.is_significant);
    let row = match table.by {
        By::Place => {
            let nets = nets(rows());
            let (part, net) = nets.iter().max_by_key(|(_, net)| net.unsigned_abs())?;
            match row_of(rows(), part, *net) {
                Some(row) => row,
                None => return Some(of_part(comparison, part, *net)),
            }
        }
        _ => rows().next()?,
    };
    let (verb, of_what) = match row.delta() > 0 {
        true => ("grew", "growth"),
        false => ("shrank", "shrinkage"),
    };
    let (gained, lost) = (table.gained, table.lost);
    let all = if row.delta() > 0 { gained } else { lost };
    let of_all = share(
        (row.delta() as f64 / all.abs().max(1) as f64)
            .abs()
            .min(1.0),
    );
    Some(format!(
        "The largest change: {} {verb} by {}, {of_all} of all {of_what}.",
        phrase(&comparison.parts, table.by, &row.key),
        amount(row.delta().abs(), &comparison.before.unit)
    ))
}

/// What a part gained or lost, all its kinds together: no row of the table shows it.
fn of_part(comparison: &Comparison, part: &str, net: i128) -> String {
    let verb = if net > 0 { "grew" } else { "shrank" };
    format!(
        "The largest change: {} {verb} by {}, all kinds together.",
        comparison.parts.title(part),
        amount(net.abs(), &comparison.before.unit)
    )
}

/// The change of each part, all its kinds together.
fn nets<'r>(rows: impl Iterator<Item = &'r CompareRow>) -> BTreeMap<&'r str, i128> {
    let mut nets = BTreeMap::new();
    for row in rows {
        let part = row.key.split_once(DOT).map_or(&*row.key, |(part, _)| part);
        *nets.entry(part).or_default() += row.delta();
    }
    nets.retain(|_, net| *net != 0);
    nets
}

/// The row that explains the change of a part alone, if one does.
fn row_of<'r>(
    rows: impl Iterator<Item = &'r CompareRow>,
    part: &str,
    net: i128,
) -> Option<&'r CompareRow> {
    let mut of_part = rows.filter(|row| row.key.split_once(DOT).is_some_and(|(p, _)| p == part));
    let first = of_part.next()?;
    let ratio = first.delta() as f64 / net as f64;
    (MOST..=2.0 - MOST).contains(&ratio).then_some(first)
}
