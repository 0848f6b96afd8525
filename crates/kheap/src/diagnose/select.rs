//! Selections: which stacks of a heap count.

use serde::Deserialize;

/// Frames, one of them enough: names of `knowledge/frames.toml` or of the signature's
/// own `[frames]`, or expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Frames(pub Vec<String>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Frames {
    fn from(frames: OneOrMany) -> Self {
        match frames {
            OneOrMany::One(frame) => Self(vec![frame]),
            OneOrMany::Many(frames) => Self(frames),
        }
    }
}

impl Frames {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which stacks count. All keys given must hold; with `of` there are no others. The rows of
/// a table, which has no stacks, say how much that is at least and at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Select {
    /// Parts of the attribution.
    pub part: Vec<String>,
    /// Verbs of the attribution.
    pub verb: Vec<String>,
    /// Kinds of the attribution.
    pub kind: Vec<String>,
    /// What allocates: the leaf, or what is above it where that is a generic allocator.
    pub leaf: Frames,
    /// Frames from the root to the leaf, with gaps.
    pub path: Vec<Frames>,
    /// One of these frames stands on the stack.
    pub any: Frames,
    /// None of these frames does.
    pub none: Frames,
    /// The union of other selections.
    pub of: Vec<String>,
    /// No stacks: the memory of the process that the profile does not show.
    pub beside_heap: bool,
    /// What was allocated on these stacks since the start, and not what is in use.
    pub allocated: bool,
}

impl Select {
    pub(super) fn union_of(names: &[String]) -> Self {
        Self {
            of: names.to_vec(),
            ..Self::default()
        }
    }

    /// All frames that it names.
    pub(super) fn frames(&self) -> impl Iterator<Item = &String> {
        let classes = [&self.leaf, &self.any, &self.none];
        let classes = classes.into_iter().chain(&self.path);
        classes.flat_map(|class| &class.0)
    }

    pub(super) fn frames_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let classes = [&mut self.leaf, &mut self.any, &mut self.none];
        let classes = classes.into_iter().chain(&mut self.path);
        classes.flat_map(|class| &mut class.0)
    }
}
