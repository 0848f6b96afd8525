//! The parts of a program, by name.

use super::Role;
use super::rules::Rules;
use crate::knowledge;
use crate::knowledge::Formula;

/// What puts stacks of a program of some role to a part, one by one.
pub(crate) fn formulas_of_part(part: &str, role: Role) -> Vec<Formula> {
    Rules::builtin().formulas_of_part(part, role)
}

/// The same of a verb.
pub(crate) fn formulas_of_verb(verb: &str, role: Role) -> Vec<Formula> {
    Rules::builtin().formulas_of_verb(verb, role)
}

/// What a part is, in a few words; the name itself for one that is not known.
pub fn title(id: &str) -> &str {
    knowledge::part(id).map_or(id, |part| &part.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_rules_is_known() {
        for rule in &Rules::builtin().parts {
            assert!(knowledge::part(&rule.name).is_some(), "{}", rule.name);
        }
    }
}
