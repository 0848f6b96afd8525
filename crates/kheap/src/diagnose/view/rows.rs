//! The rows of a pasted table, as signatures see them.

use hashbrown::{HashMap, HashSet};

use super::Selected;
use super::bounds::{Estimate, NamedRow, Rows};
use crate::attribute::Role;
use crate::diagnose::select::{Frames, Select};
use crate::diagnose::signature::Signature;
use crate::diagnose::vocabulary::Vocabulary;
use crate::knowledge::{BitRows, Formula, NamedFrames, Signs, whole_name};
use crate::symbol;
use crate::table::Table;

/// The rows of a table, by canonical name.
#[derive(Debug)]
pub(in crate::diagnose) struct RowView<'a> {
    /// Behind the rows that the text has come callers and callees of them, where
    /// only the least cum is known.
    pub(in crate::diagnose) rows: Vec<NamedRow>,
    /// How many rows the text has.
    pub(in crate::diagnose) listed: usize,
    pub(super) role: Role,
    pub(in crate::diagnose) total: i64,
    vocabulary: &'a Vocabulary,
    frames: BitRows,
}

impl<'a> RowView<'a> {
    pub(in crate::diagnose) fn new(table: &Table, vocabulary: &'a Vocabulary) -> Self {
        let mut rows = merged(table);
        let listed = rows.len();
        let total = table.total.unwrap_or_else(|| table.flat_sum());
        add_ends_of_edges(&mut rows, table, total);
        let names = rows.iter().map(|row| row.name.as_str());
        let role = vocabulary
            .rules()
            .roles
            .of_table(names, table.program.as_deref());
        Self {
            frames: vocabulary.rows(rows.iter().map(|row| row.name.as_str())),
            role,
            total,
            vocabulary,
            rows,
            listed,
        }
    }

    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        let estimate = self.estimate(signature, name);
        Selected {
            bytes: estimate.shown,
            objects: None,
            items: estimate.items,
            is_weak: estimate.is_weak,
        }
    }

    /// What the rows say of a selection.
    pub(super) fn estimate(&self, signature: &Signature, name: &str) -> Estimate {
        let rows = Rows::new(&self.rows, &self.frames, self.total);
        let estimate = |select: &Select| {
            let own = self.formula(select);
            rows.of_parts(&own, self.ways(signature, select, &own).as_deref())
        };
        let plain = signature.plain(name).into_iter();
        rows.union(plain.map(estimate).collect())
    }

    /// The rows that a selection names by its frames, not by a part.
    pub(in crate::diagnose) fn own_rows(&self, signature: &Signature, name: &str) -> Vec<usize> {
        let selects = signature.plain(name).into_iter();
        let frames =
            selects.flat_map(|select| select.path.iter().chain([&select.any, &select.leaf]));
        let classes: Vec<_> = frames
            .map(|frames| self.vocabulary.class(&frames.0))
            .collect();
        let is_own = |&row: &usize| {
            let mut classes = classes.iter();
            classes.any(|class| class.meets(self.frames.row(row)))
        };
        (0..self.rows.len()).filter(is_own).collect()
    }

    /// The rows of the text that allocate for whoever calls them.
    pub(in crate::diagnose) fn generic(&self) -> Vec<usize> {
        let rows = 0..self.listed;
        rows.filter(|&row| self.is_generic(row)).collect()
    }

    /// Whether a row allocates for whoever calls it.
    pub(in crate::diagnose) fn is_generic(&self, row: usize) -> bool {
        let generic = NamedFrames::builtin().look_through();
        generic.meets(self.frames.row(row))
    }

    /// The rows of the text that are of one part whoever calls them, and not of these parts.
    pub(in crate::diagnose) fn rows_outside(&self, parts: &HashSet<&str>) -> Vec<usize> {
        let rules = self.vocabulary.rules();
        let names = rules.parts.iter().map(|rule| rule.name.as_str());
        let names: HashSet<&str> = names.filter(|name| !parts.contains(name)).collect();
        let formulas = names
            .into_iter()
            .flat_map(|name| rules.formulas_of_part(name, self.role));
        let alone = formulas.filter(|formula| !formula.is_sign && formula.none.is_empty());
        let classes: Vec<_> = alone
            .filter_map(|formula| formula.only_class().cloned())
            .collect();
        let is_one = |&row: &usize| {
            let mut classes = classes.iter();
            classes.any(|class| class.meets(self.frames.row(row)))
        };
        (0..self.listed).filter(is_one).collect()
    }

    /// How many rows are one of some frames.
    pub(super) fn seen(&self, frames: &Frames) -> usize {
        let class = self.vocabulary.class(&frames.0);
        let rows = 0..self.rows.len();
        rows.filter(|&row| class.meets(self.frames.row(row)))
            .count()
    }

    /// A selection as formulas where one must hold, where it asks for a part, a verb or
    /// a kind: what the rules and the signs of these ask for.
    fn ways(&self, signature: &Signature, select: &Select, own: &Formula) -> Option<Vec<Formula>> {
        if !select.kind.is_empty() {
            // A row does not tell whose objects it allocates.
            return Some(Vec::new());
        }
        let roles: Vec<Role> = match self.role {
            // Its rows do not tell the program: it may be one of those that are meant.
            Role::Unknown if signature.roles.is_empty() => vec![Role::Unknown],
            Role::Unknown => signature.roles.clone(),
            role => vec![role],
        };
        let rules = self.vocabulary.rules();
        let of_part = |part: &String| -> Vec<Formula> {
            let rules = roles
                .iter()
                .flat_map(|&role| rules.formulas_of_part(part, role));
            let others = Signs::builtin().of_others(&select.part, self.role).cloned();
            let others: Vec<_> = others.collect();
            let rules = rules.map(|rule| Formula {
                before: [&rule.before[..], &others].concat(),
                ..rule
            });
            let signs = Signs::builtin().of(part, self.role);
            rules.chain(signs.cloned()).collect()
        };
        let of_verb = |verb: &String| -> Vec<Formula> {
            let rules = roles
                .iter()
                .flat_map(|&role| rules.formulas_of_verb(verb, role));
            rules.collect()
        };
        let parts = select.part.iter().flat_map(of_part).collect();
        let verbs = select.verb.iter().flat_map(of_verb).collect();
        let lists: [(bool, Vec<Formula>); 2] = [
            (select.part.is_empty(), parts),
            (select.verb.is_empty(), verbs),
        ];
        if lists.iter().all(|(is_any, _)| *is_any) {
            return None;
        }
        let asked = lists.into_iter().filter(|(is_any, _)| !is_any);
        let all = asked.fold(vec![own.clone()], |formulas, (_, list)| {
            let both = |formula: &Formula| list.iter().map(|way| way.and(formula)).collect();
            let product: Vec<Vec<Formula>> = formulas.iter().map(both).collect();
            product.concat()
        });
        Some(all)
    }

    /// What a selection asks for besides its part and verb.
    fn formula(&self, select: &Select) -> Formula {
        let class = |frames: &Frames| {
            let class = self.vocabulary.class(&frames.0);
            (!frames.is_empty()).then_some(class)
        };
        Formula {
            leaf: class(&select.leaf).into_iter().collect(),
            every: (select.path.iter().chain([&select.any]))
                .filter_map(class)
                .collect(),
            none: class(&select.none).into_iter().collect(),
            ..Formula::default()
        }
    }
}

/// The functions of a table, in its order: by line or by address a function has several
/// rows. What they hold adds up; what is below them may be the same, so that the
/// largest counts.
fn merged(table: &Table) -> Vec<NamedRow> {
    let mut rows: Vec<NamedRow> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for row in &table.rows {
        let name = whole_name(symbol::canonical(&row.name));
        let name = name.into_owned();
        let position = *positions.entry_ref(&name).or_insert(rows.len());
        match rows.get_mut(position) {
            None => rows.push(NamedRow {
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
fn add_ends_of_edges(rows: &mut Vec<NamedRow>, table: &Table, total: i64) {
    let listed: HashSet<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for edge in &table.edges {
        let name = whole_name(symbol::canonical(&edge.name));
        let name = name.into_owned();
        if listed.contains(&name) {
            continue;
        }
        let position = *positions.entry_ref(&name).or_insert(rows.len());
        let cum = edge.weight.clamp(0, total.max(0));
        // Nothing below a callee is shown: all may be its own.
        let flat = if edge.is_callee { cum } else { 0 };
        match rows.get_mut(position) {
            None => rows.push(NamedRow { name, flat, cum }),
            Some(known) => {
                known.flat = known.flat.max(flat);
                known.cum = known.cum.max(cum);
            }
        }
    }
}
