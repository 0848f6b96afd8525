//! Each byte once: which part of the program holds it, for which verb and
//! kind.
//!
//! The rules are data (`knowledge/rules.toml`): named frames, matched once for each
//! function, then evaluated for each stack as bit operations. Stacks that lost
//! their root are mended or inferred first; the result says how much that is.

mod analysis;
mod breakdown;
mod conditions;
#[cfg(any(test, feature = "count"))]
mod count;
mod cut_stacks;
mod evaluate;
mod functions;
mod heap;
mod shared_buffers;
mod stacks;
#[cfg(test)]
mod tests;

// The file is in the folder of the rules, where whoever writes one looks for it.
#[doc = include_str!("../knowledge/rules/README.md")]
pub mod rules {}

pub use crate::knowledge::{
    INTERNAL, MAX_RULES_BYTES, OTHER, Role, Rules, RulesError, RulesFault, UNKNOWN,
};
pub(crate) use analysis::{Analysis, AttributedStack};
pub(crate) use breakdown::objects_type;
pub use breakdown::{Breakdown, BreakdownRow, Dimensions, Leaf, breakdown};
#[cfg(feature = "count")]
pub use count::attributed_heaps;
#[cfg(test)]
pub(crate) use count::attributed_here;
pub(crate) use cut_stacks::cut_samples;
pub use cut_stacks::{CutStacks, Mended, ROOT_LOST, mend_stacks};
pub(crate) use functions::MatchedNames;
pub use heap::Heap;
pub use shared_buffers::SharedBuffers;
pub(crate) use stacks::{NameId, Names};

use crate::profile::{Origin, SampleId};

/// Where a byte belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Place {
    /// The part of the program, such as `list-encode`; [`OTHER`] where no rule holds.
    pub part: String,
    /// The verb of the request, such as `LIST`; [`INTERNAL`] outside of requests.
    pub verb: String,
    /// The Kubernetes kind, such as `ConfigMap`; [`UNKNOWN`] where the stack shows none.
    pub kind: String,
}

impl Default for Place {
    /// Outside of all parts, requests and kinds.
    fn default() -> Self {
        Self {
            part: OTHER.to_owned(),
            verb: INTERNAL.to_owned(),
            kind: UNKNOWN.to_owned(),
        }
    }
}

/// Which place each sample belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribution {
    /// What the program is.
    pub role: Role,
    /// All places, in the order in which they are met.
    pub places: Vec<Place>,
    /// By sample: its position in `places`; `None` where its value is 0.
    pub of_sample: Vec<Option<u32>>,
    /// What was done about cut stacks, in the unit of the sample type.
    pub cut: CutStacks,
    /// Buffers that show no request, and whom they are counted with.
    pub shared: Option<SharedBuffers>,
    pub(crate) origin: Origin,
}

impl Attribution {
    /// The place of a sample, or `None` where its value is 0.
    ///
    /// # Panics
    ///
    /// Where the sample is not of the profile of the heap.
    #[track_caller]
    pub fn place(&self, id: SampleId) -> Option<&Place> {
        id.check(self.origin);
        self.of_sample[id.index()].map(|place| &self.places[place as usize])
    }
}
