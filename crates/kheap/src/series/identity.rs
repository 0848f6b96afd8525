//! Under which names memory is followed from one snapshot to the next.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::attribute::{NameId, Names};
use crate::symbol;

/// Stands for the function where a stack names none.
pub const NO_FUNCTION: &str = "(no function)";

/// Stands between the frames of a path.
pub const ARROW: &str = " → ";

/// How many frames of a path stand above the leaf.
const CALLERS: usize = 3;

/// A path has the beginning and the end of a longer name, both in characters: a few long
/// names give many long paths.
const LONG: usize = 256;
const END: usize = 120;

/// A function that Go renamed: one of two versions shows the one, the other the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rename {
    /// The name up to a version of Go.
    pub old: &'static str,
    /// The name since.
    pub new: &'static str,
}

/// What Go renamed among functions that allocate much.
pub const RENAMES: &[Rename] = &[
    // Grows a bytes.Buffer; the old one up to Go 1.17.
    Rename {
        old: "bytes.makeSlice",
        new: "bytes.growSlice",
    },
    // Initializes a package; the old one up to Go 1.20.
    Rename {
        old: "runtime.doInit",
        new: "runtime.doInit1",
    },
];

/// The functions of one profile, in the form in which they agree with other builds. A name
/// is put into it once, and only where it is asked for.
#[derive(Debug)]
pub(super) struct Identities<'n> {
    names: &'n Names,
    known: Vec<OnceCell<Identity>>,
}

#[derive(Debug, Clone)]
struct Identity {
    function: String,
    /// How much of it is its package, in bytes.
    package: usize,
}

/// The frames of a path, leaf first; the rest is `None`.
pub(super) type PathFrames = [Option<NameId>; CALLERS + 1];

impl<'n> Identities<'n> {
    pub(super) fn of(names: &'n Names) -> Self {
        Self {
            names,
            known: vec![OnceCell::new(); names.len()],
        }
    }

    fn identity(&self, id: NameId) -> &Identity {
        self.known[id.index()].get_or_init(|| {
            let function = symbol::identity_of_canonical(self.names.name(id)).into_owned();
            let package = match symbol::package(&function).len() {
                0 => function.len(),
                length => length,
            };
            Identity { function, package }
        })
    }

    fn package_of(&self, id: NameId) -> &str {
        let identity = self.identity(id);
        &identity.function[..identity.package]
    }

    /// A function, or what stands for one.
    pub(super) fn function(&self, leaf: Option<NameId>) -> &str {
        leaf.map_or(NO_FUNCTION, |leaf| &self.identity(leaf).function)
    }

    /// Its package.
    pub(super) fn package(&self, leaf: Option<NameId>) -> &str {
        leaf.map_or(NO_FUNCTION, |leaf| self.package_of(leaf))
    }

    /// The leaf and the nearest three of its callers that are each of another package:
    /// wrappers within a package come and go, the way through the packages stays.
    pub(super) fn path_frames(&self, frames: &[NameId]) -> PathFrames {
        let mut found = PathFrames::default();
        let mut count = 0;
        for &frame in frames.iter().rev() {
            let package = self.package_of(frame);
            let mut known = found.iter().flatten();
            if known.all(|&known| self.package_of(known) != package) {
                found[count] = Some(frame);
                count += 1;
            }
            if count == found.len() {
                break;
            }
        }
        found
    }

    /// The name of a path, caller first.
    pub(super) fn path(&self, frames: PathFrames) -> String {
        let frames = frames.into_iter().flatten().rev();
        let path: Vec<Cow<'_, str>> = frames
            .map(|frame| shortened(&self.identity(frame).function))
            .collect();
        match path.is_empty() {
            true => NO_FUNCTION.to_owned(),
            false => path.join(ARROW),
        }
    }
}

fn shortened(name: &str) -> Cow<'_, str> {
    let count = name.chars().count();
    if count <= LONG {
        return name.into();
    }
    let head: String = name.chars().take(END).collect();
    let tail: String = name.chars().skip(count - END).collect();
    format!("{head}…{tail}").into()
}

/// The renames where one table of functions lost the old name and gained the new one, or the
/// other way round.
pub(crate) fn renamed<T>(
    before: &BTreeMap<std::sync::Arc<str>, T>,
    after: &BTreeMap<std::sync::Arc<str>, T>,
) -> Vec<Rename> {
    let moved = |from: &str, to: &str| {
        let has = |table: &BTreeMap<std::sync::Arc<str>, T>, name| table.contains_key(name);
        has(before, from) && !has(before, to) && has(after, to) && !has(after, from)
    };
    let renames = RENAMES.iter().copied();
    let seen =
        renames.filter(|rename| moved(rename.old, rename.new) || moved(rename.new, rename.old));
    seen.collect()
}
