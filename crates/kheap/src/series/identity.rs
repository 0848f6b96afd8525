//! Under which names memory is followed from one snapshot to the next.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::attribute::{NameId, Names};
use crate::symbol::{self, Symbol};

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

/// The functions of one profile, in the form in which they agree with other builds.
#[derive(Debug)]
pub(super) struct Identities {
    functions: Vec<String>,
    packages: Vec<String>,
}

impl Identities {
    pub(super) fn of(names: &Names) -> Self {
        let functions: Vec<String> = names.iter().map(symbol::identity).collect();
        let package = |name: &String| match Symbol::parse(name).package {
            "" => name.clone(),
            package => package.to_owned(),
        };
        Self {
            packages: functions.iter().map(package).collect(),
            functions,
        }
    }

    /// The function that allocates.
    pub(super) fn function(&self, frames: &[NameId]) -> &str {
        let leaf = frames.last();
        leaf.map_or(NO_FUNCTION, |leaf| &self.functions[leaf.index()])
    }

    /// The package of the function that allocates.
    pub(super) fn package(&self, frames: &[NameId]) -> &str {
        let leaf = frames.last();
        leaf.map_or(NO_FUNCTION, |leaf| &self.packages[leaf.index()])
    }

    /// The leaf and the nearest three of its callers that are each of another package, caller first:
    /// wrappers within a package come and go, the way through the packages stays.
    pub(super) fn path(&self, frames: &[NameId]) -> String {
        let mut told: Vec<NameId> = Vec::with_capacity(CALLERS + 1);
        for &frame in frames.iter().rev() {
            let package = &self.packages[frame.index()];
            let is_new = |known: &NameId| self.packages[known.index()] != *package;
            if told.iter().all(is_new) {
                told.push(frame);
            }
            if told.len() > CALLERS {
                break;
            }
        }
        let told = told.iter().rev();
        let path: Vec<Cow<'_, str>> = told
            .map(|frame| shortened(&self.functions[frame.index()]))
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
