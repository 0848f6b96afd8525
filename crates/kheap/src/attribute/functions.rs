//! The functions of a profile, as attribution knows them.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::Role;
use super::stacks::Names;
use crate::knowledge::{BitRows, Hints, KindHint, Rules};
use crate::profile::{Profile, Profiled};

/// The functions of a profile and what rules say of each: the same for all its sample
/// types.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) names: Names,
    /// What the program is.
    pub(crate) role: Role,
    /// By function: the named frames that it is.
    pub(crate) frames: BitRows,
    /// By function: what it says of the object that it works on.
    pub(super) hints: Vec<KindHint>,
}

impl Functions {
    /// Those of a profile; `known` has the names of others.
    pub(super) fn of(profile: &Profile, rules: &Arc<Rules>, known: Option<&MatchedNames>) -> Self {
        let names = Names::of(profile);
        // References are no calls: nobody allocates in them.
        let has_calls = profile.profiled() != Profiled::References;
        let called = || names.iter().map(|name| if has_calls { name } else { "" });
        let frames = match known {
            Some(known) => known.rows(called(), rules),
            None => rules.frames.rows(called()),
        };
        Self {
            role: rules.roles.of_names(called()),
            hints: hints(called(), &frames),
            frames,
            names,
        }
    }
}

/// What some functions say of objects. A row has the named frames of each.
fn hints<'n>(names: impl Iterator<Item = &'n str> + Clone, frames: &BitRows) -> Vec<KindHint> {
    let mut hints = Hints::among(names.clone());
    let names = names.enumerate();
    names
        .map(|(at, name)| hints.of(name, frames.row(at)))
        .collect()
}

/// How much memory the kept names and their rows may take, in bytes: those of a large server
/// take about one megabyte.
const MOST_BYTES: usize = 16 << 20;

/// What an entry of the map takes besides its name and row, in bytes.
const ENTRY_BYTES: usize = 40;

/// Names of functions with the named frames that they are. Dumps of one program have the
/// same functions, and matching them takes longer than all else that attribution does.
/// May be used by several threads.
#[derive(Debug, Default)]
pub(crate) struct MatchedNames(Mutex<Option<Matched>>);

#[derive(Debug)]
struct Matched {
    rules: Arc<Rules>,
    rows: BitRows,
    /// By name: the position of its row.
    positions: HashMap<Box<str>, usize>,
    bytes: usize,
}

impl MatchedNames {
    /// A row for each canonical function name: the frames that it is.
    fn rows<'n>(&self, names: impl Iterator<Item = &'n str>, rules: &Arc<Rules>) -> BitRows {
        // Every name is kept as a whole, so a panic elsewhere does not matter.
        let mut matched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_usable =
            |known: &Matched| Arc::ptr_eq(&known.rules, rules) && known.bytes < MOST_BYTES;
        let matched = match matched.take().filter(is_usable) {
            Some(known) => matched.insert(known),
            None => matched.insert(Matched::new(rules)),
        };
        let mut rows = BitRows::new(rules.frames.len());
        for name in names {
            matched.write(name, rows.push());
        }
        rows
    }
}

impl Matched {
    fn new(rules: &Arc<Rules>) -> Self {
        Self {
            rules: Arc::clone(rules),
            rows: BitRows::new(rules.frames.len()),
            positions: HashMap::new(),
            bytes: 0,
        }
    }

    fn write(&mut self, name: &str, row: &mut [u64]) {
        if let Some(&position) = self.positions.get(name) {
            row.copy_from_slice(self.rows.row(position));
            return;
        }
        self.rules.frames.write(name, row);
        if self.bytes < MOST_BYTES {
            self.bytes += name.len() + size_of_val(row) + ENTRY_BYTES;
            self.positions.insert(name.into(), self.rows.len());
            self.rows.push().copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_rules_are_not_taken_for_those_of_these() {
        let rules = |expression: &str| {
            let text = format!(
                "[frames]\nown = '{expression}'\n[[rule]]\npart = 'main'\n\
                 when = [{{ any = ['own'] }}]\n"
            );
            Arc::new(Rules::parse(&text).unwrap())
        };
        let matched = MatchedNames::default();
        for rules in [rules("^a$"), rules("^b$")] {
            for _ in 0..2 {
                let rows = matched.rows(["a", "b", "a"].into_iter(), &rules);
                let expected = rules.frames.rows(["a", "b", "a"].into_iter());
                (0..3).for_each(|at| assert_eq!(rows.row(at), expected.row(at), "{at}"));
            }
        }
    }
}
