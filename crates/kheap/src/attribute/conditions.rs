//! Which rules a stack meets.

use crate::knowledge::{Bits, Role, Rule, RuleCondition, Rules, has_bit};

/// What rules ask of a stack, gathered frame by frame from the root to the leaf.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct StackFrames<'f> {
    pub(super) frames: Bits,
    leaf: &'f [u64],
    /// Positions in `Rules::pairs`.
    pairs: Bits,
    is_cut: bool,
}

impl<'f> StackFrames<'f> {
    /// Those of a stack without any frame.
    pub(super) fn none(rules: &Rules, is_cut: bool) -> Self {
        Self {
            frames: Bits::new(rules.frames.len()),
            leaf: &[],
            pairs: Bits::new(rules.pairs.len()),
            is_cut,
        }
    }

    /// Adds the next frame towards the leaf.
    pub(super) fn add(&mut self, rules: &Rules, frame: &'f [u64]) {
        self.leaf = frame;
        if rules.lower.meets(frame) {
            for (position, &(upper, lower)) in rules.pairs.iter().enumerate() {
                if has_bit(frame, lower) && self.frames.has(upper) {
                    self.pairs.insert(position);
                }
            }
        }
        self.frames.add(frame);
    }

    /// Whether the stack, of a program of some role, meets a rule.
    pub(super) fn meet(&self, rule: &Rule, role: Role) -> bool {
        let is_for_it = rule.cut.is_none_or(|is_cut| is_cut == self.is_cut);
        is_for_it && rule.is_for(role) && rule.when.iter().any(|when| self.meet_condition(when))
    }

    fn meet_condition(&self, when: &RuleCondition) -> bool {
        let frames = self.frames.row();
        when.all.are_in(&self.frames)
            && (when.any.is_empty() || when.any.meets(frames))
            && !when.none.meets(frames)
            && (when.leaf.is_empty() || when.leaf.meets(self.leaf))
            && when.pairs.iter().all(|&pair| self.pairs.has(pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a stack, root first, meets a condition on frames that are named like
    /// functions of one letter.
    fn meets(stack: &str, condition: &str) -> bool {
        let text = format!(
            "[frames]\na = '^a$'\nb = '^b$'\n[[rule]]\npart = 'main'\nwhen = [{condition}]\n"
        );
        let rules = Rules::parse(&text).unwrap();
        let rows = rules.frames.rows(stack.split(';'));
        let mut frames = StackFrames::none(&rules, false);
        for frame in 0..stack.split(';').count() {
            frames.add(&rules, rows.row(frame));
        }
        frames.meet(&rules.parts[0], Role::Unknown)
    }

    #[test]
    fn a_path_wants_its_frames_from_the_root_to_the_leaf() {
        let path = "{ path = ['a', 'b'] }";
        assert!(meets("a;x;b;y", path));
        assert!(!meets("b;a", path));
        assert!(!meets("a", path));
        assert!(meets("b;a;b", path));
    }

    #[test]
    fn a_leaf_is_the_frame_that_allocates() {
        let leaf = "{ any = ['a'], leaf = ['b'], none = ['main'] }";
        assert!(meets("a;x;b", leaf));
        assert!(!meets("a;b;x", leaf));
        assert!(!meets("x;b", leaf));
        assert!(!meets("main.main;a;b", leaf));
    }
}
