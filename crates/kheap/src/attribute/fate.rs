//! What became of stacks that lost their root.

use super::stacks::Stack;
use crate::profile::clamp;

/// Magnitudes of stacks that lost their root, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
pub(super) enum Fate {
    /// It has its root.
    Whole,
    Mended,
    Decided,
    Inferred,
    Left,
}

impl CutStacks {
    pub(super) fn of<'a>(stacks: impl Iterator<Item = (&'a Stack, &'a Fate)> + Clone) -> Self {
        let sum = |fate: Fate| {
            let of_fate = stacks.clone().filter(|(_, its)| **its == fate);
            clamp(
                of_fate
                    .map(|(stack, _)| i128::from(stack.value).abs())
                    .sum(),
            )
        };
        Self {
            mended: sum(Fate::Mended),
            decided: sum(Fate::Decided),
            inferred: sum(Fate::Inferred),
            left: sum(Fate::Left),
        }
    }
}
