//! What became of cut stacks.

use crate::attribute::stacks::Stack;
use crate::profile::clamp;

/// Magnitudes of stacks that lost their root, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CutStacks {
    /// Their root was found in other stacks.
    pub mended: i64,
    /// Their remaining frames say where they belong.
    pub decided: i64,
    /// They belong where nearly all encoders' bytes belong.
    pub inferred: i64,
    /// Nothing is known of them.
    pub left: i64,
}

/// What became of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::attribute) enum Outcome {
    /// It has its root.
    Whole,
    Mended,
    Decided,
    Inferred,
    Left,
}

impl CutStacks {
    pub(in crate::attribute) fn of<'a>(
        stacks: impl Iterator<Item = (&'a Stack, &'a Outcome)> + Clone,
    ) -> Self {
        let sum = |outcome: Outcome| {
            let of_outcome = stacks.clone().filter(|(_, its)| **its == outcome);
            clamp(
                of_outcome
                    .map(|(stack, _)| i128::from(stack.value).abs())
                    .sum(),
            )
        };
        Self {
            mended: sum(Outcome::Mended),
            decided: sum(Outcome::Decided),
            inferred: sum(Outcome::Inferred),
            left: sum(Outcome::Left),
        }
    }
}
