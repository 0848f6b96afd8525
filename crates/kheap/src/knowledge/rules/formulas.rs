//! What the rules ask for, as formulas that the rows of a table are held against.

use super::rule::{Rule, RuleCondition, Rules};
use crate::knowledge::bits::Bits;
use crate::knowledge::formula::Formula;
use crate::knowledge::roles::Role;

impl Rules {
    /// What puts stacks of a program of some role to a part, one by one.
    pub(crate) fn formulas_of_part(&self, part: &str, role: Role) -> Vec<Formula> {
        self.formulas(&self.parts, part, role)
    }

    /// The same of a verb.
    pub(crate) fn formulas_of_verb(&self, verb: &str, role: Role) -> Vec<Formula> {
        self.formulas(&self.verbs, verb, role)
    }

    fn formulas(&self, rules: &[Rule], name: &str, role: Role) -> Vec<Formula> {
        let mut found = Vec::new();
        let (mut before, mut asked) = (Vec::new(), Bits::new(self.frames.len()));
        for rule in rules.iter().filter(|rule| rule.is_for(role)) {
            let formulas = rule.when.iter().map(|when| self.formula(when));
            if rule.name == name {
                found.extend(formulas.map(|formula| {
                    Formula {
                        before: before.clone(),
                        // Without its root a stack shows no more than a table does, and what
                        // others asked for may be theirs.
                        is_sign: rule.cut == Some(true)
                            || formula
                                .only_class()
                                .is_some_and(|class| class.are_in(&asked)),
                        ..formula
                    }
                }));
                continue;
            }
            for formula in formulas {
                let is_whole = rule.cut != Some(true) && formula.none.is_empty();
                before.extend(formula.only_class().filter(|_| is_whole).cloned());
                let classes = formula.every.iter().chain(&formula.leaf);
                classes.for_each(|class| asked.add(class.row()));
            }
        }
        found
    }

    fn formula(&self, when: &RuleCondition) -> Formula {
        let pairs = when.pairs.iter().map(|&pair| self.pairs[pair]);
        let mut frames: Vec<usize> = pairs.flat_map(|(upper, lower)| [upper, lower]).collect();
        frames.extend(when.all.ones());
        frames.sort_unstable();
        frames.dedup();
        let given = |class: &Bits| (!class.is_empty()).then(|| class.clone());
        let single = |bit: usize| {
            let mut class = Bits::new(self.frames.len());
            class.insert(bit);
            class
        };
        let mut every: Vec<Bits> = frames.into_iter().map(single).collect();
        every.extend(given(&when.any));
        Formula {
            leaf: given(&when.leaf).into_iter().collect(),
            every,
            none: given(&when.none).into_iter().collect(),
            ..Formula::default()
        }
    }
}
