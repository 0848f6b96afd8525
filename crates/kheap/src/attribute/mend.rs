//! Stacks that lost their root, and the roots that other stacks lend them.
//!
//! Go keeps 32 addresses of a stack before 1.23, and 128 since; of a deeper one
//! the outermost callers are gone, so that a JSON encoder seems to start in the
//! middle of itself.

use hashbrown::HashMap;

use super::stacks::{NameId, Names, Stack};
use crate::profile::{Profile, SampleId};

/// How many addresses Go keeps of a stack, by version.
const LIMITS: [usize; 2] = [32, 128];

/// So many of them may be the allocator's own, which Go leaves out when it writes.
const ALLOCATOR_FRAMES: usize = 3;

/// How many frames of a cut stack must be found again in one that lends its root.
const OVERLAP: usize = 8;

/// Tells which stacks are cut.
#[derive(Debug)]
pub(super) struct Cuts {
    /// How many addresses Go kept, where some stack reaches that.
    limit: Option<usize>,
    /// From how many addresses on a stack may be cut; `None` where none is.
    suspicious: Option<usize>,
    /// By function: whether stacks that are surely whole begin there.
    is_root: Vec<bool>,
}

impl Cuts {
    pub(super) fn of(profile: &Profile, names: &Names) -> Self {
        let samples = profile.samples();
        let longest = samples.ids().map(|id| samples.stack(id).len()).max();
        let longest = longest.unwrap_or(0);
        let limit = LIMITS.into_iter().find(|&limit| longest <= limit);
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

    /// Whether a stack has lost its root.
    pub(super) fn is_cut(&self, stack: &Stack) -> bool {
        self.has_lost_root(stack.depth, stack.frames.first())
    }

    fn has_lost_root(&self, depth: usize, root: Option<&NameId>) -> bool {
        let suspicious = self.suspicious.is_some_and(|from| depth >= from);
        suspicious && root.is_some_and(|root| !self.is_root[root.index()])
    }
}

/// Samples whose stacks have lost their root, and the limit that cut them, in
/// addresses. `None` where no stack reaches a limit of Go.
pub(crate) fn cut_samples(profile: &Profile) -> Option<(usize, Vec<SampleId>)> {
    let names = Names::of(profile);
    let cuts = Cuts::of(profile, &names);
    let is_cut = |id: &SampleId| {
        let stack = profile.samples().stack(*id);
        let root = stack
            .last()
            .and_then(|&root| names.of_location(root).first());
        cuts.has_lost_root(stack.len(), root)
    };
    let samples = profile.samples().ids().filter(is_cut);
    Some((cuts.limit?, samples.collect()))
}

type Key = [NameId; OVERLAP];

/// The callers that cut stacks have lost.
#[derive(Debug, Default)]
pub(super) struct Lenders {
    /// By the outermost frames of a cut stack: the callers above them in whole
    /// stacks.
    roots: HashMap<Key, Found>,
}

/// What whole stacks say of the callers of some frames.
#[derive(Debug)]
enum Found {
    Nothing,
    /// The same callers, root first, in all stacks; such as that of a sample.
    Agreed(Vec<NameId>, SampleId),
    Disagreed,
}

impl Lenders {
    /// Looks for the outermost frames of cut stacks in whole ones.
    pub(super) fn of<'a>(
        wanted: impl Iterator<Item = &'a Stack>,
        whole: impl Iterator<Item = &'a Stack>,
        names: &Names,
    ) -> Self {
        let keys = wanted.filter_map(|stack| key(&stack.frames));
        let mut lenders = Self {
            roots: keys.map(|key| (key, Found::Nothing)).collect(),
        };
        // Hashing every part of every stack would be most of the work.
        let mut begins = vec![false; names.len()];
        for key in lenders.roots.keys() {
            begins[key[0].index()] = true;
        }
        for stack in whole {
            for (above, overlap) in stack.frames.windows(OVERLAP).enumerate() {
                if above > 0 && begins[overlap[0].index()] {
                    lenders.add(overlap, &stack.frames[..above], stack.samples[0]);
                }
            }
        }
        lenders
    }

    fn add(&mut self, overlap: &[NameId], root: &[NameId], lender: SampleId) {
        let Some(found) = key(overlap).and_then(|key| self.roots.get_mut(&key)) else {
            return;
        };
        match found {
            Found::Nothing => *found = Found::Agreed(root.to_vec(), lender),
            Found::Agreed(known, _) if known != root => *found = Found::Disagreed,
            Found::Agreed(..) | Found::Disagreed => {}
        }
    }

    /// The callers that a cut stack has lost, root first, where they are certain; and
    /// a sample that has them.
    pub(super) fn root(&self, frames: &[NameId]) -> Option<(&[NameId], SampleId)> {
        match self.roots.get(&key(frames)?)? {
            Found::Agreed(root, lender) => Some((root, *lender)),
            Found::Nothing | Found::Disagreed => None,
        }
    }
}

fn key(frames: &[NameId]) -> Option<Key> {
    frames.first_chunk().copied()
}
