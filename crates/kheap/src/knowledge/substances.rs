//! What kind of memory it is: buffers, maps, strings, whatever program has them.

use std::sync::OnceLock;

use serde::Deserialize;

use super::bits::Bits;
use super::frames::{FramesError, NamedFrames};

/// A kind of memory.
#[derive(Debug)]
pub(crate) struct Substance {
    /// What stands in results: `maps`. A public name.
    pub(crate) id: String,
    /// What a person reads.
    pub(crate) title: String,
    /// One of these stands on the stack.
    pub(crate) any: Bits,
    /// One of these allocates.
    pub(crate) leaf: Bits,
    /// None of these is between the function that called the allocator and the leaf.
    pub(crate) none: Bits,
    /// The size by which they are counted, by its name.
    pub(crate) count: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    title: String,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    leaf: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    count: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    substance: Vec<Entry>,
}

impl Substance {
    fn new(entry: Entry, frames: &NamedFrames) -> Result<Self, FramesError> {
        Ok(Self {
            any: frames.set(&entry.any)?,
            leaf: frames.set(&entry.leaf)?,
            none: frames.set(&entry.none)?,
            id: entry.id,
            title: entry.title,
            count: entry.count,
        })
    }
}

/// The kinds that are compiled in, in the order in which they are tried.
pub(crate) fn substances() -> &'static [Substance] {
    static SUBSTANCES: OnceLock<Vec<Substance>> = OnceLock::new();
    SUBSTANCES.get_or_init(|| {
        let file: File = built_in!("substances");
        let frames = NamedFrames::builtin();
        let entries = file.substance.into_iter();
        let known: Result<_, _> = entries.map(|entry| Substance::new(entry, frames)).collect();
        known.expect("the built-in knowledge is tested")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::knowledge::known_size;

    #[test]
    fn each_kind_of_memory_has_a_name_of_its_own_frames_and_a_known_size() {
        let ids: HashSet<&str> = substances().iter().map(|known| &*known.id).collect();
        assert_eq!(ids.len(), substances().len());
        for substance in substances() {
            let Substance { id, any, leaf, .. } = substance;
            assert!(
                any.row().iter().chain(leaf.row()).any(|&word| word != 0),
                "{id}"
            );
            let count = substance.count.as_deref();
            assert!(count.is_none_or(|size| known_size(size).is_some()), "{id}");
        }
    }
}
