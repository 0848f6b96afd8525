//! The table of part × verb × kind, which adds up to the total.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Analysis, AttributedStack, Attribution, CutStacks, Heap, OTHER, SharedBuffers};
use crate::knowledge::Parts;
use crate::profile::{Profile, SampleTypeId, StringId, clamp};
use crate::selection::Selection;
use crate::summary::Summary;
use crate::symbol;

/// How many leaves of what is not attributed are named.
const OTHER_LEAVES: usize = 5;

/// Which dimensions of a place are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Dimensions {
    /// The part of the program.
    pub part: bool,
    /// The verb of the request.
    pub verb: bool,
    /// The kind of the objects.
    pub kind: bool,
    /// The Go package that allocated them.
    pub package: bool,
    /// The module of that package.
    pub module: bool,
}

impl Dimensions {
    /// None of them.
    pub const NONE: Self = Self {
        part: false,
        verb: false,
        kind: false,
        package: false,
        module: false,
    };

    /// All of a place: part, verb and kind.
    pub const ALL: Self = Self {
        part: true,
        verb: true,
        kind: true,
        ..Self::NONE
    };
}

crate::__setters! {
    impl Dimensions {
        part: bool,
        verb: bool,
        kind: bool,
        package: bool,
        module: bool,
    }
}

/// Which part of a program holds the memory, for which verb and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Breakdown {
    /// Which profile this is.
    pub summary: Summary,
    /// What the program is.
    pub role: super::Role,
    /// The sum of all values: negative ones count as such, so that it is the sum
    /// of the rows and not, as in pprof, that of the magnitudes.
    pub total: i64,
    /// The sum of the values below zero: only a difference has some.
    pub less: i64,
    /// Largest magnitude first, then by part, verb and kind.
    pub rows: Vec<BreakdownRow>,
    /// What was done about stacks that lost their root.
    pub cut: CutStacks,
    /// Buffers that show no request, and whom they are counted with.
    pub shared: Option<SharedBuffers>,
    /// The functions that allocated most of what is not attributed.
    pub other_leaves: Vec<Leaf>,
    /// Title and colour of every part.
    pub parts: Parts,
}

/// One place of a [`Breakdown`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct BreakdownRow {
    /// The part, where it was asked for.
    pub part: Option<String>,
    /// The verb, where it was asked for.
    pub verb: Option<String>,
    /// The kind, where it was asked for.
    pub kind: Option<String>,
    /// The package, where it was asked for.
    pub package: Option<String>,
    /// The module, where it was asked for.
    pub module: Option<String>,
    /// Sum over the samples, in the unit of the sample type.
    pub value: i64,
    /// How many objects that is, where the profile counts them.
    pub objects: Option<i64>,
}

/// A function that allocates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Leaf {
    /// Its canonical name.
    pub name: String,
    /// What it allocated, in the unit of the sample type.
    pub value: i64,
}

/// Adds up the values by place. Each value is in exactly one row, so that the
/// rows add up to the total.
///
/// The parts are those of the heap of a Go program. Rows of another profile may name some, too,
/// such as `main` for processor time, and mean nothing: ask
/// [`Diagnosis::has_parts`](crate::Diagnosis::has_parts) or [`Profile::is_go_heap`] first.
///
/// # Example
///
/// ```
/// use kheap::attribute::Dimensions;
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let transform = "k8s.io/apiserver/pkg/storage/etcd3.(*watchChan).transform";
/// let transform = builder.function(transform, "");
/// let stack = [builder.location(None, 1, &[(transform, 1)])];
/// builder.sample(&stack, &[4096], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("inuse_space")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let breakdown = kheap::breakdown(&Heap::new(selection), Dimensions::ALL);
/// let [row] = &breakdown.rows[..] else { panic!("there is one stack") };
/// assert_eq!((row.part.as_deref(), row.value), (Some("watch-cache-events"), 4096));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn breakdown(heap: &Heap, dimensions: Dimensions) -> Breakdown {
    let analysis = heap.analysis();
    let attribution = heap.attribution();
    let selection: &Selection = heap;
    let profile = selection.profile();
    let objects = objects_type(profile, selection.sample_type());
    let mut sums: BTreeMap<[Option<&str>; 5], (i128, i128)> = BTreeMap::new();
    let (mut total, mut less) = (0_i128, 0_i128);
    for stack in &analysis.stacks {
        let sum = sums.entry(key(analysis, stack, dimensions)).or_default();
        for &id in &stack.samples {
            let value = i128::from(selection.values()[id.index()]);
            let count = |objects| i128::from(profile.samples().value(id, objects));
            sum.0 += value;
            sum.1 += objects.map_or(0, count);
            total += value;
            less += value.min(0);
        }
    }
    let rows = sums.into_iter().map(|(key, sum)| {
        let [part, verb, kind, package, module] = key.map(|text| text.map(str::to_owned));
        BreakdownRow {
            part,
            verb,
            kind,
            package,
            module,
            value: clamp(sum.0),
            objects: objects.map(|_| clamp(sum.1)),
        }
    });
    let mut rows: Vec<_> = rows.collect();
    // The sort is stable, and names are in order already.
    rows.sort_by_key(|row| Reverse(row.value.unsigned_abs()));
    Breakdown {
        summary: Summary::new(selection),
        role: attribution.role,
        total: clamp(total),
        less: clamp(less),
        rows,
        cut: attribution.cut,
        shared: attribution.shared.clone(),
        other_leaves: other_leaves(selection, attribution),
        parts: heap.rules().parts().clone(),
    }
}

/// What a stack is distinguished by, in the order of the row.
fn key<'a>(
    analysis: &'a Analysis,
    stack: &'a AttributedStack,
    dimensions: Dimensions,
) -> [Option<&'a str>; 5] {
    let place = &stack.place;
    let is_of_code = dimensions.package || dimensions.module;
    let package = is_of_code.then(|| analysis.package(stack));
    [
        dimensions.part.then_some(place.part.as_str()),
        dimensions.verb.then_some(place.verb.as_str()),
        dimensions.kind.then_some(place.kind.as_str()),
        package.filter(|_| dimensions.package),
        package
            .filter(|_| dimensions.module)
            .map(|package| analysis.module(package)),
    ]
}

/// The sample type that counts the objects whose space is another one.
pub(crate) fn objects_type(profile: &Profile, space: SampleTypeId) -> Option<SampleTypeId> {
    let name = profile.sample_type_name(space);
    let objects = format!("{}objects", name.strip_suffix("space")?);
    let names = profile.sample_types().iter().map(|t| profile.text(t.kind));
    let position = names.into_iter().position(|name| name == objects);
    position.map(|index| profile.sample_type_at(index))
}

fn other_leaves(selection: &Selection, attribution: &Attribution) -> Vec<Leaf> {
    let profile = selection.profile();
    let samples = profile.samples();
    let values = samples.values(selection.sample_type());
    // A name is read once, in however many stacks it stands.
    let mut by_string: BTreeMap<Option<StringId>, i128> = BTreeMap::new();
    for id in samples.ids() {
        if attribution
            .place(id)
            .is_none_or(|place| place.part != OTHER)
        {
            continue;
        }
        let leaf = samples.stack(id).first();
        let line = leaf.and_then(|&leaf| profile.locations().lines(leaf).first());
        let name = line.map(|line| profile.function(line.function).name);
        *by_string.entry(name).or_default() += i128::from(values[id.index()]);
    }
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for (name, value) in by_string {
        let name = name.map_or_else(
            || "<unknown>".to_owned(),
            |name| symbol::canonical(&profile.text(name)).into_owned(),
        );
        *sums.entry(name).or_default() += value;
    }
    let leaves = sums.into_iter().map(|(name, value)| Leaf {
        name,
        value: clamp(value),
    });
    let mut leaves: Vec<_> = leaves.collect();
    leaves.sort_by_key(|leaf| Reverse(leaf.value.unsigned_abs()));
    leaves.truncate(OTHER_LEAVES);
    leaves
}
