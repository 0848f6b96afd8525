//! What the rows of a table say.

use hashbrown::HashSet;

use super::fit::{Fit, fit};
use super::{Composition, kinds, modules};
use crate::diagnose::share;
use crate::diagnose::view::{NamedRow, RowView};
use crate::knowledge::{Modules, NamedFrames, STANDARD_LIBRARY, substances};
use crate::profile::clamp;
use crate::program::Own;
use crate::symbol::Symbol;
use crate::table::Table;

/// Which share of the heap a row must have for its callers to be looked for.
const LARGE: f64 = 0.1;

/// What the rows of a table hold that no finding claims.
pub(in crate::diagnose) fn of_rows(
    view: &RowView<'_>,
    table: &Table,
    total: i64,
    claimed: &HashSet<usize>,
) -> Composition {
    let listed = view.rows.iter().take(view.listed).enumerate();
    let unclaimed = listed.filter(|(item, _)| !claimed.contains(item));
    let unclaimed: Vec<&NamedRow> = unclaimed.map(|(_, row)| row).collect();
    let left = unclaimed.iter().filter(|row| row.flat > 0).copied();
    let left: Vec<&NamedRow> = left.collect();
    let bytes = clamp(left.iter().map(|row| i128::from(row.flat)).sum());
    let frames = NamedFrames::builtin().rows(left.iter().map(|row| row.name.as_str()));
    let kind = |at: usize| {
        let row = frames.row(at);
        substances()
            .iter()
            .position(|kind| kind.any.meets(row) || kind.leaf.meets(row))
    };
    let of_kinds = left
        .iter()
        .enumerate()
        .map(|(at, row)| (kind(at), row.flat));
    let packages = left.iter().map(|row| (package(&row.name), row.flat));
    let named = table.rows.iter().map(|row| (row.name.as_str(), ""));
    Composition {
        bytes,
        own: Own::of(named, table.program.as_deref()),
        modules: modules(packages, bytes),
        kinds: kinds(of_kinds, bytes),
        fits: fits(&unclaimed, &left, total),
        origins: Vec::new(),
        objects: None,
    }
}

fn package(name: &str) -> &str {
    match Symbol::parse(name).package {
        "" => crate::attribute::UNKNOWN,
        package => package,
    }
}

/// Who asked for what functions of the standard library allocated, as far as figures fit.
fn fits(unclaimed: &[&NamedRow], left: &[&NamedRow], total: i64) -> Vec<Fit> {
    let is_standard =
        |row: &NamedRow| Modules::builtin().of(package(&row.name)) == STANDARD_LIBRARY;
    let callers = unclaimed.iter().filter(|row| !is_standard(row)).copied();
    let callers: Vec<&NamedRow> = callers.collect();
    let large = left
        .iter()
        .filter(|row| is_standard(row) && share(row.flat, total) >= LARGE);
    large.filter_map(|row| fit(row, &callers)).collect()
}
