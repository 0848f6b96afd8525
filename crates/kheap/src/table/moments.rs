//! Several tables of one program in one text: its heap at several moments.

use std::collections::HashMap;

use super::Unit;
use super::check::is_in_use;
use super::{Table, TableRow, TableWarning};

/// How many functions a sentence names.
const NAMED: usize = 3;

/// The heap of a program at one of the moments that a text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TableMoment {
    /// Line of the text at which its table starts, counted from 1.
    pub text_line: usize,
    /// When that was, as the text says it.
    pub time: Option<String>,
    /// What percentages refer to.
    pub total: Option<i64>,
    /// In the order of the text.
    pub rows: Vec<TableRow>,
}

impl TableMoment {
    fn of(table: &Table) -> Self {
        Self {
            text_line: table.text_line,
            time: table.time.clone(),
            total: table.total,
            rows: table.rows.clone(),
        }
    }

    /// What there is in all, as far as the rows tell.
    pub fn amount(&self) -> i64 {
        let largest = self.rows.iter().map(|row| row.cum.max(row.flat)).max();
        self.total.or(largest).unwrap_or(0)
    }

    /// What a function has, callees included.
    fn cum_of(&self, name: &str) -> Option<i64> {
        let rows = self.rows.iter().filter(|row| row.name == name);
        rows.map(|row| row.cum.max(row.flat)).max()
    }
}

/// The table of a text that is looked at: the largest of memory in use, as
/// what is posted is posted for what is large. The others of its program are kept as
/// moments.
pub(super) fn choose(mut tables: Vec<Table>) -> Table {
    let first = tables.iter().position(is_in_use).unwrap_or(0);
    let program = tables[first].program.clone();
    let belongs = |table: &Table| {
        let others = |a: &Option<String>| a.is_some() && program.is_some() && *a != program;
        is_in_use(table) && !others(&table.program)
    };
    let moments: Vec<usize> = (0..tables.len())
        .filter(|&at| belongs(&tables[at]))
        .collect();
    let chosen = largest(&tables, &moments).unwrap_or(first);
    let left_out: Vec<usize> = (0..tables.len())
        .filter(|at| *at != chosen && !moments.contains(at))
        .collect();
    let warnings = left_out.iter().map(|&at| self::left_out(&tables[at]));
    let warnings: Vec<TableWarning> = warnings.collect();
    // What is no memory in use cannot change what is said of that.
    let has_more = match moments.is_empty() {
        true => !left_out.is_empty(),
        false => left_out.iter().any(|&at| is_in_use(&tables[at])),
    };
    let history = match moments.len() {
        0 | 1 => Vec::new(),
        _ => moments
            .iter()
            .map(|&at| TableMoment::of(&tables[at]))
            .collect(),
    };
    let mut table = tables.swap_remove(chosen);
    table.has_more = has_more;
    table.moments = history;
    table.warnings.extend(warnings);
    table
}

/// The largest of some tables; the first of equal ones.
fn largest(tables: &[Table], positions: &[usize]) -> Option<usize> {
    let amount = |at: usize| TableMoment::of(&tables[at]).amount();
    let mut largest = *positions.first()?;
    for &at in positions {
        if amount(at) > amount(largest) {
            largest = at;
        }
    }
    Some(largest)
}

fn left_out(table: &Table) -> TableWarning {
    let is_level = is_in_use(table);
    TableWarning::LeftOut {
        program: table.program.clone().filter(|_| is_level),
        sample_type: table.sample_type.clone().filter(|_| !is_level),
        line: table
            .rows
            .first()
            .map_or(table.text_line, |row| row.text_line),
    }
}

/// How the tables of a text differ, from one moment to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TableGrowth {
    /// When that was, as the text says it.
    pub times: Vec<Option<String>>,
    /// What there was in all, in the order of the text.
    pub totals: Vec<i64>,
    /// Position of the one that the table is.
    pub shown: usize,
    /// The functions that changed most, with their callees: one value a moment, `None`
    /// where the table lacks them.
    pub rows: Vec<(String, Vec<Option<i64>>)>,
    /// Unit of the values.
    pub unit: Unit,
}

impl Table {
    /// How the heap changed over the tables of the text; `None` where there is one.
    pub fn growth(&self) -> Option<TableGrowth> {
        let moments = &self.moments;
        let shown = moments
            .iter()
            .position(|moment| moment.text_line == self.text_line)?;
        let mut spans: HashMap<&str, (i64, i64)> = HashMap::new();
        for row in moments.iter().flat_map(|moment| &moment.rows) {
            let value = row.cum.max(row.flat);
            let span = spans.entry(&row.name).or_insert((value, value));
            *span = (span.0.min(value), span.1.max(value));
        }
        let mut spans: Vec<(&str, i64)> = (spans.into_iter())
            .map(|(name, (least, most))| (name, most.saturating_sub(least)))
            .filter(|(_, span)| *span > 0)
            .collect();
        spans.sort_unstable_by(|(name_a, a), (name_b, b)| b.cmp(a).then(name_a.cmp(name_b)));
        let row = |name: &str| {
            let values = moments.iter().map(|moment| moment.cum_of(name));
            (name.to_owned(), values.collect())
        };
        Some(TableGrowth {
            times: moments.iter().map(|moment| moment.time.clone()).collect(),
            totals: moments.iter().map(TableMoment::amount).collect(),
            shown,
            rows: spans
                .iter()
                .take(NAMED)
                .map(|(name, _)| row(name))
                .collect(),
            unit: self.unit,
        })
    }
}
