//! Stacks that lost their root: which they are, whose callers they have, and what became
//! of them.
//!
//! Go keeps 32 addresses of a stack before 1.23, and 128 since; of a deeper one the
//! outermost callers are gone, so that a JSON encoder seems to start in the middle of
//! itself.

mod detect;
mod mend;
mod outcome;
mod roots;

pub(super) use detect::Cuts;
pub(crate) use detect::cut_samples;
pub use mend::{Mended, ROOT_LOST, mend_stacks};
pub use outcome::CutStacks;
pub(super) use outcome::Outcome;
pub(super) use roots::LostRoots;
