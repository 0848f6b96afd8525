//! Which stacks Go has cut.

use crate::attribute::stacks::{NameId, Names, Stack};
use crate::profile::{Profile, SampleId};

/// How many addresses Go keeps of a stack, by version.
const LIMITS: [usize; 2] = [32, 128];

/// So many of them may be the allocator's own, which Go leaves out when it writes.
const ALLOCATOR_FRAMES: usize = 3;

/// Finds which stacks are cut.
#[derive(Debug)]
pub(in crate::attribute) struct Cuts {
    /// How many addresses Go kept, where some stack reaches that.
    limit: Option<usize>,
    /// From how many addresses on a stack may be cut; `None` where none is.
    suspicious: Option<usize>,
    /// By function: whether stacks that are surely whole begin there.
    is_root: Vec<bool>,
}

impl Cuts {
    pub(in crate::attribute) fn of(profile: &Profile, names: &Names) -> Self {
        let samples = profile.samples();
        let longest = samples.ids().map(|id| samples.stack(id).len()).max();
        let longest = longest.unwrap_or(0);
        // Other runtimes, and profiles of processor time, have limits of their own.
        let is_limited = profile.is_go_heap();
        let limit = LIMITS
            .into_iter()
            .find(|&limit| is_limited && longest <= limit);
        // Where no stack reaches the limit, none was cut by it.
        let reached = limit.filter(|&limit| longest + ALLOCATOR_FRAMES >= limit);
        let suspicious = reached.map(|limit| limit - ALLOCATOR_FRAMES);
        let mut is_root = vec![false; names.len()];
        for stack in samples.ids().map(|id| samples.stack(id)) {
            let whole = suspicious.is_none_or(|from| stack.len() < from);
            let root = stack
                .last()
                .and_then(|&root| names.of_location(root).first());
            if let (true, Some(root)) = (whole, root) {
                is_root[root.index()] = true;
            }
        }
        Self {
            limit: reached,
            suspicious,
            is_root,
        }
    }

    /// The samples whose stacks have lost their root.
    pub(super) fn samples(&self, profile: &Profile, names: &Names) -> Vec<SampleId> {
        let is_cut = |id: &SampleId| {
            let stack = profile.samples().stack(*id);
            let root = stack.last();
            let root = root.and_then(|&root| names.of_location(root).first());
            self.has_lost_root(stack.len(), root)
        };
        profile.samples().ids().filter(is_cut).collect()
    }

    /// Whether a stack has lost its root.
    pub(in crate::attribute) fn is_cut(&self, stack: &Stack) -> bool {
        self.has_lost_root(stack.depth, stack.frames.first())
    }

    /// The same of one of so many addresses, whose outermost function is given.
    pub(super) fn has_lost_root(&self, depth: usize, root: Option<&NameId>) -> bool {
        let suspicious = self.suspicious.is_some_and(|from| depth >= from);
        suspicious && root.is_some_and(|root| !self.is_root[root.index()])
    }
}

/// Samples whose stacks have lost their root, and the limit that cut them, in
/// addresses. `None` where no stack reaches a limit of Go.
pub(crate) fn cut_samples(profile: &Profile) -> Option<(usize, Vec<SampleId>)> {
    let names = Names::of(profile);
    let cuts = Cuts::of(profile, &names);
    Some((cuts.limit?, cuts.samples(profile, &names)))
}
