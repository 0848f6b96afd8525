//! The largest change of a comparison, netted: what moved between kinds of one part
//! neither grew nor shrank.

use std::collections::BTreeMap;

use kheap::Comparison;
use kheap::attribute;
use kheap::compare::CompareRow;
use kheap::series::{By, DOT};

use crate::change::{about, name, phrase, share};

/// Which share of the net change of its part one row must have to be named.
const MOST: f64 = 0.9;

/// The largest change, in a sentence; `None` where all changes are within the noise.
pub fn largest_change(comparison: &Comparison) -> Option<String> {
    let table = comparison.tables.first()?;
    let unit = &comparison.before.unit;
    let rows = || table.rows.iter().filter(|row| row.is_significant);
    let (what, delta, all) = match table.by {
        By::Place => {
            let nets = nets(rows());
            let (part, net) = nets.iter().max_by_key(|(_, net)| net.unsigned_abs())?;
            let of_sign = nets.values().filter(|other| (**other > 0) == (*net > 0));
            let what = row_of(rows(), part, *net).map_or_else(
                || attribute::title(part).to_owned(),
                |row| phrase(By::Place, &row.key),
            );
            (what, *net, of_sign.sum::<i128>())
        }
        by => {
            let row = rows().next()?;
            let all = if row.delta() > 0 {
                table.gained
            } else {
                table.lost
            };
            (name(by, &row.key), row.delta(), all)
        }
    };
    let (verb, of_what) = match delta > 0 {
        true => ("grew", "growth"),
        false => ("shrank", "shrinkage"),
    };
    let of_all = share((delta as f64 / all.abs().max(1) as f64).abs().min(1.0));
    Some(format!(
        "The largest change: {what} {verb} by {}, {of_all} of all {of_what}.",
        about(delta.abs(), unit)
    ))
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
