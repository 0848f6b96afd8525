//! The rules as data: which frames decide the part and the verb of a stack.
//!
//! Here they are read, checked and indexed; `attribute` evaluates them.

mod fault;
mod file;
mod formulas;
mod rule;
mod user;

pub use fault::{RulesError, RulesFault};
pub use rule::{INTERNAL, Rules};
pub(crate) use rule::{Rule, RuleCondition};
pub use user::MAX_RULES_BYTES;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::part;

    #[test]
    fn the_built_in_rules_are_rules() {
        let rules = Rules::builtin();
        assert!(rules.parts.len() > 20);
        assert_eq!(rules.verbs.len(), 7);
    }

    #[test]
    fn every_part_of_the_rules_is_known() {
        for rule in &Rules::builtin().parts {
            assert!(part(&rule.name).is_some(), "{}", rule.name);
        }
    }
}
