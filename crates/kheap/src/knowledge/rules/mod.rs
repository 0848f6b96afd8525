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
    use super::user::{MOST_CONDITIONS, MOST_FRAMES, MOST_RULES};
    use super::*;
    use crate::knowledge::{part, parts};

    #[test]
    fn the_built_in_rules_are_rules() {
        let rules = Rules::builtin();
        assert!(rules.parts.len() > 20);
        assert_eq!(rules.verbs.len(), 7);
    }

    #[test]
    fn the_rules_of_the_manual_are_rules() {
        let manual = include_str!("README.md");
        let file = manual.split("```toml\n").nth(1).expect("it shows a file");
        let file = file.split("```").next().expect("it ends");
        let rules = Rules::parse(file).expect("they are rules");
        let own = &rules.parts[..2];
        assert!(
            own.iter()
                .map(|rule| &*rule.name)
                .eq(["tile-cache", "tiles"])
        );
        let limits = format!(
            "{MOST_FRAMES} frames, {MOST_RULES} parts, roles, verbs and rules each, and \
             {MOST_CONDITIONS} conditions"
        );
        assert!(manual.contains(&limits), "{limits}");
    }

    #[test]
    fn the_manual_lists_the_built_in_parts() {
        let ids: Vec<String> = (parts().iter().map(|part| format!("`{}`", part.id))).collect();
        let list = format!("A rule may also use a built-in part: {}.", ids.join(", "));
        assert!(include_str!("README.md").contains(&list), "{list}");
    }

    #[test]
    fn every_part_of_the_rules_is_known() {
        for rule in &Rules::builtin().parts {
            assert!(part(&rule.name).is_some(), "{}", rule.name);
        }
    }
}
