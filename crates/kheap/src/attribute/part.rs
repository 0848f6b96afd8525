//! The parts of a program, by name.

use super::rules::Rules;
use super::{INTERNAL, OTHER};
use crate::knowledge;

/// Whether some stack can belong to a part of this name.
pub(crate) fn is_part(name: &str) -> bool {
    name == OTHER || Rules::builtin().has_part(name)
}

/// Whether some stack can belong to a verb of this name.
pub(crate) fn is_verb(name: &str) -> bool {
    name == INTERNAL || Rules::builtin().has_verb(name)
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
