//! The rows of a pasted table, as signatures see them.

use hashbrown::{HashMap, HashSet};

use super::Selected;
use crate::attribute::Role;
use crate::diagnose::patterns::compile;
use crate::diagnose::signature::{Select, Signature};
use crate::knowledge::Roles;
use crate::symbol;
use crate::table::Table;

/// The rows of a table, by canonical name.
#[derive(Debug)]
pub(in crate::diagnose) struct TableHeap {
    /// Behind the rows that the text has come callers and callees of them, of which
    /// only the least cum is known.
    pub(in crate::diagnose) rows: Vec<TableRow>,
    /// How many rows the text has.
    pub(in crate::diagnose) listed: usize,
    pub(super) role: Role,
    pub(super) total: i64,
}

#[derive(Debug)]
pub(in crate::diagnose) struct TableRow {
    pub(in crate::diagnose) name: String,
    pub(in crate::diagnose) flat: i64,
    pub(in crate::diagnose) cum: i64,
}

impl TableHeap {
    pub(in crate::diagnose) fn new(table: &Table) -> Self {
        let mut rows = merged(table);
        let listed = rows.len();
        let total = table.total.unwrap_or_else(|| table.flat_sum());
        add_ends_of_edges(&mut rows, table, total);
        Self {
            role: Roles::builtin().of_table(
                rows.iter().map(|row| row.name.as_str()),
                table.program.as_deref(),
            ),
            total,
            rows,
            listed,
        }
    }

    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        let Some(select) = signature.select.get(name) else {
            return Selected::default();
        };
        if !select.of.is_empty() {
            return self.select_union(signature, &select.of);
        }
        let (flat, cum) = match &select.table {
            Some(table) => (table.flat.as_deref(), table.cum.as_deref()),
            None if is_whole(select) => {
                return Selected {
                    bytes: self.total,
                    objects: None,
                    items: (0..self.rows.len()).collect(),
                };
            }
            None if only_leaf(select) => (select.leaf.as_deref(), None),
            None => return Selected::default(),
        };
        let flat = flat.map(|pattern| self.matching(pattern));
        let cum = cum.map(|pattern| self.matching(pattern));
        let flat_sum = flat.as_ref().map(|items| self.flat(items));
        let cum_max = cum.as_ref().map(|items| {
            let cums = items.iter().map(|&item| self.rows[item].cum);
            cums.max().unwrap_or(0)
        });
        let bytes = match (flat_sum, cum_max) {
            (Some(flat), Some(cum)) => flat.min(cum),
            (flat, cum) => flat.or(cum).unwrap_or(0),
        };
        let mut items = flat.unwrap_or_default();
        items.extend(cum.unwrap_or_default());
        items.sort_unstable();
        items.dedup();
        Selected {
            bytes,
            objects: None,
            items,
        }
    }

    /// Each row once; what counts by cum counts as far as it is larger.
    fn select_union(&self, signature: &Signature, names: &[String]) -> Selected {
        let parts: Vec<Selected> = (names.iter())
            .filter(|name| signature.select.get(*name).is_some_and(|s| s.of.is_empty()))
            .map(|name| self.select(signature, name))
            .collect();
        let mut items: Vec<usize> = parts.iter().flat_map(|part| part.items.clone()).collect();
        items.sort_unstable();
        items.dedup();
        let largest = parts.iter().map(|part| part.bytes).max().unwrap_or(0);
        let sum = parts
            .iter()
            .fold(0_i64, |sum, part| sum.saturating_add(part.bytes));
        Selected {
            bytes: self.flat(&items).clamp(largest, sum.max(largest)),
            objects: None,
            items,
        }
    }

    fn flat(&self, items: &[usize]) -> i64 {
        let flats = items.iter().map(|&item| self.rows[item].flat);
        flats.fold(0, i64::saturating_add)
    }

    pub(super) fn matching(&self, pattern: &str) -> Vec<usize> {
        let Ok(regex) = compile(pattern) else {
            return Vec::new();
        };
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter(|(_, row)| regex.is_match(row.name.as_bytes()));
        rows.map(|(position, _)| position).collect()
    }
}

/// The functions of a table, in its order: by line or by address a function has several
/// rows. What they hold adds up; what is below them may be the same, so that the
/// largest counts.
fn merged(table: &Table) -> Vec<TableRow> {
    let mut rows: Vec<TableRow> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for row in &table.rows {
        let name = symbol::canonical(&row.name).into_owned();
        let position = *positions.entry_ref(&name).or_insert(rows.len());
        match rows.get_mut(position) {
            None => rows.push(TableRow {
                name,
                flat: row.flat,
                cum: row.cum,
            }),
            Some(merged) => {
                merged.flat = merged.flat.saturating_add(row.flat);
                merged.cum = merged.cum.max(row.cum).max(merged.flat);
            }
        }
    }
    rows
}

/// Adds the functions that a call graph names above or below its rows only. Nothing
/// holds more than all.
fn add_ends_of_edges(rows: &mut Vec<TableRow>, table: &Table, total: i64) {
    let listed: HashSet<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for edge in &table.edges {
        let name = symbol::canonical(&edge.name).into_owned();
        if listed.contains(&name) {
            continue;
        }
        let position = *positions.entry_ref(&name).or_insert(rows.len());
        let cum = edge.weight.clamp(0, total.max(0));
        match rows.get_mut(position) {
            None => rows.push(TableRow { name, flat: 0, cum }),
            Some(known) => known.cum = known.cum.max(cum),
        }
    }
}

/// Whether a selection has no condition, so that it is the whole heap.
fn is_whole(select: &Select) -> bool {
    *select == Select::default()
}

/// Whether a selection says nothing but what allocates.
fn only_leaf(select: &Select) -> bool {
    let leaf = select.leaf.clone();
    let bare = Select {
        leaf,
        ..Select::default()
    };
    select.leaf.is_some() && *select == bare
}
