//! The callers that cut stacks have lost, as other stacks show them.

use hashbrown::HashMap;

use crate::attribute::stacks::{NameId, Names, Stack};
use crate::profile::SampleId;

/// How many frames of a cut stack must be found again in one that lends its root.
const OVERLAP: usize = 8;

type Key = [NameId; OVERLAP];

/// The callers that cut stacks have lost.
#[derive(Debug, Default)]
pub(in crate::attribute) struct LostRoots {
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

impl LostRoots {
    /// Looks for the outermost frames of cut stacks in whole ones.
    pub(in crate::attribute) fn of<'a>(
        wanted: impl Iterator<Item = &'a Stack>,
        whole: impl Iterator<Item = &'a Stack>,
        names: &Names,
    ) -> Self {
        let keys = wanted.filter_map(|stack| key(&stack.frames));
        let mut lost = Self {
            roots: keys.map(|key| (key, Found::Nothing)).collect(),
        };
        // Hashing every part of every stack would be most of the work.
        let mut begins = vec![false; names.len()];
        for key in lost.roots.keys() {
            begins[key[0].index()] = true;
        }
        for stack in whole {
            for (above, overlap) in stack.frames.windows(OVERLAP).enumerate() {
                if above > 0 && begins[overlap[0].index()] {
                    lost.add(overlap, &stack.frames[..above], stack.samples[0]);
                }
            }
        }
        lost
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
