//! What must stand on a stack, as classes of frames.

use super::bits::Bits;

/// Classes of frames. A stack has it that was allocated by a frame of each of `leaf`,
/// has a frame of each of `every`, in whatever order, and none of `none`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Formula {
    pub(crate) leaf: Vec<Bits>,
    pub(crate) every: Vec<Bits>,
    pub(crate) none: Vec<Bits>,
    /// Classes that each decide otherwise, before this is asked.
    pub(crate) before: Vec<Bits>,
    /// Whether it stands in for frames that decide, and does not decide itself.
    pub(crate) is_sign: bool,
    /// From which share of the heap on it counts in a table, where it says so itself.
    pub(crate) at_least: Option<f64>,
}

impl Formula {
    /// The only class that it asks for, where a stack that has one always has it.
    pub(crate) fn only_class(&self) -> Option<&Bits> {
        match (&self.every[..], self.leaf.is_empty()) {
            ([class], true) => Some(class),
            _ => None,
        }
    }

    /// What both ask for.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let both = |a: &[Bits], b: &[Bits]| [a, b].concat();
        Self {
            leaf: both(&self.leaf, &other.leaf),
            every: both(&self.every, &other.every),
            none: both(&self.none, &other.none),
            before: both(&self.before, &other.before),
            is_sign: self.is_sign || other.is_sign,
            at_least: self.at_least.or(other.at_least),
        }
    }
}
