//! What a heap that no signature explains is made of: whose memory it is, what kind, and
//! who asked for it.
//!
//! Only what no finding claims is looked at, so that no byte is reported twice.

mod fit;
mod rows;
mod stacks;

pub use crate::program::{Own, OwnBy};
pub use fit::Fit;
pub(super) use rows::of_rows;
pub(super) use stacks::of_stacks;

use super::finding::Evidence;
use super::view::sums_by;
use crate::knowledge::{KnownSize, Modules, Substance, known_size};

/// How many modules, and kinds of memory, are named.
const MOST: usize = 3;

/// From which share on one of them is.
const NAMED: f64 = 0.05;

/// What an unexplained heap is made of.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Composition {
    /// What is taken apart: what no finding claims, or of a table what its rows hold of it.
    pub bytes: i64,
    /// Which code is the program's own, where something shows it.
    pub own: Option<Own>,
    /// Whose functions allocated it, largest first.
    pub modules: Vec<ModuleBytes>,
    /// What kind of memory it is, largest first.
    pub kinds: Vec<KindBytes>,
    /// Rows of a table that would explain a large one together, by their figures.
    pub fits: Vec<Fit>,
    /// The heaviest ways to it: how the program was entered, its own code, and what
    /// allocates. None for a table.
    pub origins: Vec<Evidence>,
    /// What nearly all of the heaviest way is, where these are large objects of one size.
    pub objects: Option<EqualObjects>,
}

/// Objects of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct EqualObjects {
    /// The size of one, in bytes.
    pub size: i64,
    /// What they hold, in bytes.
    pub bytes: i64,
}

impl EqualObjects {
    /// How many there are.
    pub fn count(&self) -> i64 {
        self.bytes / self.size.max(1)
    }
}

/// What a module allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ModuleBytes {
    /// Its path, `main`, or the standard library.
    pub module: String,
    /// What its functions allocated.
    pub bytes: i64,
    /// The package of it that allocated most.
    pub package: String,
    /// What that package allocated.
    pub package_bytes: i64,
}

/// What is memory of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct KindBytes {
    /// Its name in results: `maps`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it holds.
    pub bytes: i64,
    /// What is counted, and how many there are at least and at most, where the size of one
    /// is known.
    pub count: Option<(String, i64, i64)>,
}

/// Adds up bytes by the packages whose functions allocated them.
fn modules<'p>(packages: impl Iterator<Item = (&'p str, i64)>, bytes: i64) -> Vec<ModuleBytes> {
    let packages = sums_by(packages);
    let of = |package: &&'p str| Modules::builtin().of(package);
    let modules = sums_by(
        packages
            .iter()
            .map(|(package, bytes)| (of(package), *bytes)),
    );
    let largest = modules
        .into_iter()
        .filter(|(_, held)| is_named(*held, bytes));
    let modules = largest.take(MOST).filter_map(|(module, bytes)| {
        let mut own = packages.iter().filter(|(package, _)| of(package) == module);
        own.next().map(|(package, package_bytes)| ModuleBytes {
            module: module.to_owned(),
            bytes,
            package: (*package).to_owned(),
            package_bytes: *package_bytes,
        })
    });
    modules.collect()
}

/// Adds up bytes by their kind of memory.
fn kinds(kinds: impl Iterator<Item = (Option<usize>, i64)>, bytes: i64) -> Vec<KindBytes> {
    let known = crate::knowledge::substances();
    let sums = sums_by(kinds.filter_map(|(at, bytes)| Some((at?, bytes))));
    let large = sums.into_iter().filter(|(_, held)| is_named(*held, bytes));
    let kinds = large.take(MOST).map(|(at, bytes)| {
        let kind = &known[at];
        KindBytes {
            id: kind.id.clone(),
            title: kind.title.clone(),
            bytes,
            count: counted(kind, bytes),
        }
    });
    kinds.collect()
}

fn counted(kind: &Substance, bytes: i64) -> Option<(String, i64, i64)> {
    let KnownSize::Bytes(size) = known_size(kind.count.as_deref()?)? else {
        return None;
    };
    let [least, most] = size.bytes;
    Some((size.what.clone(), bytes / most, bytes / least))
}

fn is_named(held: i64, bytes: i64) -> bool {
    held > 0 && super::share(held, bytes) >= NAMED
}

#[cfg(test)]
mod tests;
