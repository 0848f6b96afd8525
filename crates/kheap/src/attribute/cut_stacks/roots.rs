//! The callers that cut stacks have lost, as other stacks show them.

use hashbrown::HashMap;

use super::Cuts;
use crate::attribute::stacks::{NameId, Names, Stack};
use crate::profile::{Profile, SampleId};

/// How many frames of a cut stack must be found again in one that lends its root.
const OVERLAP: usize = 8;

type Key = [NameId; OVERLAP];

/// The callers that cut stacks have lost.
#[derive(Debug, Default)]
pub(in crate::attribute) struct LostRoots {
    /// By the outermost frames of a cut stack: the callers above them in whole
    /// stacks.
    roots: HashMap<Key, Found>,
    /// By function: whether these frames begin with it. Hashing every part of every stack
    /// would be most of the work.
    begins: Vec<bool>,
}

/// What whole stacks say of the callers of some frames.
#[derive(Debug)]
enum Found {
    Nothing,
    /// The same callers, root first, in all stacks; such as that of a sample.
    Agreed(Vec<NameId>, SampleId),
    Disagreed,
}

impl LostRoots {
    /// The callers of cut stacks, before any is known.
    pub(in crate::attribute) fn of<'a>(
        wanted: impl Iterator<Item = &'a Stack>,
        names: &Names,
    ) -> Self {
        let keys = wanted.filter_map(|stack| key(&stack.frames));
        let roots: HashMap<Key, Found> = keys.map(|key| (key, Found::Nothing)).collect();
        let mut begins = vec![false; names.len()];
        for key in roots.keys() {
            begins[key[0].index()] = true;
        }
        Self { roots, begins }
    }

    /// Looks for the outermost frames of cut stacks in a whole one, which is that of a sample.
    pub(in crate::attribute) fn look_in(&mut self, frames: &[NameId], sample: SampleId) {
        for (above, overlap) in frames.windows(OVERLAP).enumerate() {
            if above > 0 && self.begins[overlap[0].index()] {
                self.add(overlap, &frames[..above], sample);
            }
        }
    }

    /// The same of all whole stacks among some samples.
    pub(in crate::attribute) fn look_in_samples(
        &mut self,
        profile: &Profile,
        names: &Names,
        cuts: &Cuts,
        samples: impl Iterator<Item = SampleId>,
    ) {
        let locations = profile.locations().ids();
        let begins = |name: &NameId| self.begins[name.index()];
        let begins: Vec<bool> = locations
            .map(|id| names.of_location(id).iter().any(begins))
            .collect();
        let mut frames = Vec::new();
        for id in samples {
            let stack = profile.samples().stack(id);
            if stack.iter().any(|location| begins[location.index()]) {
                names.write_stack(stack, &mut frames);
                if !cuts.has_lost_root(stack.len(), frames.first()) {
                    self.look_in(&frames, id);
                }
            }
        }
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
    pub(in crate::attribute) fn root(&self, frames: &[NameId]) -> Option<(&[NameId], SampleId)> {
        match self.roots.get(&key(frames)?)? {
            Found::Agreed(root, lender) => Some((root, *lender)),
            Found::Nothing | Found::Disagreed => None,
        }
    }
}

fn key(frames: &[NameId]) -> Option<Key> {
    frames.first_chunk().copied()
}
