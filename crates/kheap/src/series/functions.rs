//! Every function on the stacks of one heap, by the names that survive a rebuild.

use std::sync::Arc;

use hashbrown::HashMap;

use super::identity::{Identities, NO_FUNCTION};
use super::snapshot::Keys;
use crate::attribute::{Heap, NameId, objects_type};
use crate::profile::clamp;

/// What one function holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FunctionAmount {
    /// Its [`identity`](crate::symbol::identity), or [`NO_FUNCTION`] for stacks that name none.
    pub name: Arc<str>,
    /// Allocated by it, in the unit of the sample type.
    pub flat: i64,
    /// Allocated by it and its callees, each stack once.
    pub cum: i64,
    /// How many objects the flat value is, where the profile counts them.
    pub objects: Option<i64>,
}

/// Adds up what each function of a heap allocated, alone and with its callees. The flat values
/// are those of [`By::Function`](super::By::Function) in a [`Snapshot`](super::Snapshot).
///
/// Sorted by name. Stacks are as the file has them: no caller is put back.
///
/// # Example
///
/// ```
/// use kheap::series::{Keys, function_amounts};
/// use kheap::{Heap, ProfileBuilder, Selection};
///
/// let profile = ProfileBuilder::folded("main;load 64\nmain;load;parse 32")?.finish();
/// let sample_type = profile.sample_type("")?;
/// let heap = Heap::new(Selection::new(&profile, sample_type, &Default::default()));
///
/// let amounts = function_amounts(&heap, &Keys::default());
/// let amounts: Vec<_> = amounts.iter().map(|row| (&*row.name, row.flat, row.cum)).collect();
/// assert_eq!(amounts, [("load", 64, 96), ("main", 0, 96), ("parse", 32, 32)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn function_amounts(heap: &Heap, keys: &Keys) -> Vec<FunctionAmount> {
    let analysis = heap.analysis_among(&keys.matched);
    let names = &analysis.functions.names;
    let identities = Identities::of(names);
    let mut sums = Sums::new(&identities, names.len());
    let profile = heap.attributed().profile();
    let objects = objects_type(profile, heap.sample_type());
    let mut frames = Vec::new();
    for (at, stack) in analysis.stacks.iter().enumerate() {
        let first = stack.samples.first();
        let locations = first.map_or(&[][..], |&id| profile.samples().stack(id));
        names.write_stack(locations, &mut frames);
        let counts = objects.into_iter().flat_map(|objects| {
            let ids = stack.samples.iter();
            ids.map(move |&id| i128::from(profile.samples().value(id, objects)))
        });
        let leaf = sums.of(frames.last().copied());
        leaf.flat += i128::from(stack.value);
        leaf.objects += counts.sum::<i128>();
        // A stack may have no frames, and has a leaf nevertheless.
        leaf.add_once(at, stack.value);
        for &frame in &frames {
            sums.of(Some(frame)).add_once(at, stack.value);
        }
    }
    let mut amounts: Vec<FunctionAmount> = (sums.sums.into_iter())
        .map(|sum| FunctionAmount {
            name: keys.share(sum.name),
            flat: clamp(sum.flat),
            cum: clamp(sum.cum),
            objects: objects.map(|_| clamp(sum.objects)),
        })
        .collect();
    amounts.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    amounts
}

/// What one function holds, while it is added up.
#[derive(Debug)]
struct Sum<'i> {
    name: &'i str,
    flat: i128,
    cum: i128,
    objects: i128,
    /// The last stack that was counted in `cum`: a recursive function stands on it again.
    last: Option<usize>,
}

impl Sum<'_> {
    fn add_once(&mut self, stack: usize, value: i64) {
        if self.last.replace(stack) != Some(stack) {
            self.cum += i128::from(value);
        }
    }
}

/// Sums by identity, which several names may share.
#[derive(Debug)]
struct Sums<'i> {
    identities: &'i Identities<'i>,
    sums: Vec<Sum<'i>>,
    /// Positions among the sums, by name; an identity is looked up once for each.
    of_name: Vec<Option<usize>>,
    by_identity: HashMap<&'i str, usize>,
}

impl<'i> Sums<'i> {
    fn new(identities: &'i Identities<'i>, names: usize) -> Self {
        Self {
            identities,
            sums: Vec::new(),
            of_name: vec![None; names],
            by_identity: HashMap::new(),
        }
    }

    /// The sum of a function, or of what names none.
    fn of(&mut self, name: Option<NameId>) -> &mut Sum<'i> {
        let known = name.and_then(|name| self.of_name[name.index()]);
        let position = known.unwrap_or_else(|| self.position(name));
        &mut self.sums[position]
    }

    fn position(&mut self, name: Option<NameId>) -> usize {
        let identity = name.map_or(NO_FUNCTION, |_| self.identities.function(name));
        let sums = &mut self.sums;
        let position = *self.by_identity.entry(identity).or_insert_with(|| {
            sums.push(Sum {
                name: identity,
                flat: 0,
                cum: 0,
                objects: 0,
                last: None,
            });
            sums.len() - 1
        });
        if let Some(name) = name {
            self.of_name[name.index()] = Some(position);
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::view;
    use crate::series::{By, Snapshot};

    /// Rows as `name flat cum objects`.
    #[track_caller]
    fn check(stacks: &str, expected: &[&str]) {
        let heap = Heap::new(view(stacks).select());
        let keys = Keys::default();
        let rows = function_amounts(&heap, &keys);
        let words = |row: &FunctionAmount| {
            let FunctionAmount {
                name, flat, cum, ..
            } = row;
            let objects = row.objects.map_or(String::new(), |n| format!(" {n}"));
            format!("{name} {flat} {cum}{objects}")
        };
        let found: Vec<String> = rows.iter().map(words).collect();
        assert_eq!(found, expected);
        let snapshot = Snapshot::new(&heap, "", &keys);
        let amounts = snapshot.by(By::Function).unwrap();
        let flat = rows.iter().filter(|row| row.flat != 0);
        let flat: Vec<_> = flat.map(|row| (&*row.name, row.flat)).collect();
        let followed: Vec<_> = (amounts.iter())
            .filter(|(_, amount)| amount.value != 0)
            .map(|(name, amount)| (&**name, amount.value))
            .collect();
        assert_eq!(flat, followed);
    }

    #[test]
    fn a_recursive_function_counts_once_in_cum() {
        check(
            "main;walk;walk;walk 64\nmain;load 32",
            &["load 32 32", "main 0 96", "walk 64 64"],
        );
    }

    #[test]
    fn functions_of_one_identity_are_one_row() {
        check(
            "main;a/vendor/x.Load.func1 64\nmain;x.Load.func2;x.Load.func3 32",
            &["main 0 96", "x.Load.func 96 96"],
        );
    }

    #[test]
    fn objects_are_those_of_the_flat_value() {
        check(
            "# inuse_objects/count inuse_space/bytes\nmain;load 3 96\nmain 1 8\nmain;old 5 0",
            &["load 96 96 3", "main 8 104 1"],
        );
    }
}
