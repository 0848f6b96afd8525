//! What the stacks of a profile say.

use hashbrown::HashSet;

use super::{Composition, EqualObjects, MOST, is_named, kinds, modules};
use crate::attribute::{Analysis, AttributedStack, NameId, Names};
use crate::diagnose::evidence;
use crate::diagnose::finding::Evidence;
use crate::diagnose::view::{StackView, sums_by};
use crate::knowledge::{BitRows, Modules, NamedFrames, STANDARD_LIBRARY, substances};
use crate::program::Own;

/// What stacks hold that no finding claims.
pub(in crate::diagnose) fn of_stacks(
    view: &StackView<'_>,
    claimed: &HashSet<usize>,
    values: &[i64],
) -> Composition {
    let (analysis, profile) = (view.analysis, view.profile);
    let items: Vec<usize> = left(analysis, claimed).collect();
    let bytes = analysis.sum(&items);
    let stacks = || items.iter().map(|&item| &analysis.stacks[item]);
    let functions: Vec<_> = (profile.functions().iter())
        .map(|function| [function.name, function.filename].map(|id| profile.text(id)))
        .collect();
    let functions = functions.iter().map(|[name, file]| (&**name, &**file));
    let frames = &analysis.functions.frames;
    let composition = Composition {
        bytes,
        own: Own::of(functions, profile.program().as_deref()),
        modules: modules(
            stacks().map(|stack| (analysis.package(stack), stack.value)),
            bytes,
        ),
        kinds: kinds(
            stacks().map(|stack| (kind(frames, stack), stack.value)),
            bytes,
        ),
        fits: Vec::new(),
        origins: Vec::new(),
        objects: None,
    };
    let ways = Ways::of(analysis, composition.own.as_ref(), &items);
    let origins = ways.heaviest(stacks(), bytes);
    let objects = origins.first().and_then(|&(way, held)| {
        let items = items.iter().copied().zip(&ways.of_stacks);
        let of_way = items.filter(|(_, other)| *other == way);
        equal_objects(view, of_way.map(|(item, _)| item).collect(), held, values)
    });
    let origins = (origins.into_iter())
        .map(|(way, held)| ways.evidence(way, held))
        .collect();
    Composition {
        origins,
        objects,
        ..composition
    }
}

fn left(analysis: &Analysis, claimed: &HashSet<usize>) -> impl Iterator<Item = usize> {
    (0..analysis.stacks.len()).filter(|item| !claimed.contains(item))
}

/// The kind of memory of a stack, by its position among those that are known.
fn kind(frames: &BitRows, stack: &AttributedStack) -> Option<usize> {
    let generic = NamedFrames::builtin().look_through();
    let mut all = generic.none();
    stack
        .frames
        .iter()
        .for_each(|frame| all.add(frames.row(frame.index())));
    // What allocates for whoever calls it, and that caller.
    let mut leaf = generic.none();
    for frame in stack.frames.iter().rev() {
        let row = frames.row(frame.index());
        leaf.add(row);
        if !generic.meets(row) {
            break;
        }
    }
    let mut known = substances().iter();
    known.position(|kind| {
        let is_kind = kind.any.meets(all.row()) || kind.leaf.meets(leaf.row());
        is_kind && !kind.none.meets(leaf.row())
    })
}

/// Smaller objects are counted in so large numbers that these say nothing.
const LEAST_SIZE: i64 = 1024;

/// From which share of a way on its objects are of one size.
const EQUAL: f64 = 0.9;

/// The objects of a way, by its stacks and what these hold, where nearly all are large and of one
/// size.
fn equal_objects(
    view: &StackView<'_>,
    items: Vec<usize>,
    bytes: i64,
    values: &[i64],
) -> Option<EqualObjects> {
    let (size, held) = view.sizes(&items, values).into_iter().next()?;
    let is_most = held as f64 >= EQUAL * bytes as f64;
    (is_most && size >= LEAST_SIZE && held > size).then_some(EqualObjects { size, bytes: held })
}

/// By stack: the frames that say who asked. A way is the positions of its words, because there are
/// many stacks and few names. The words are sorted, so that ways compare as their words do.
struct Ways {
    words: Vec<String>,
    of_stacks: Vec<Vec<usize>>,
}

impl Ways {
    fn of(analysis: &Analysis, own: Option<&Own>, items: &[usize]) -> Self {
        let names = &analysis.functions.names;
        let askers = Askers::of(names, own);
        let frames = |item: &usize| -> Vec<Option<NameId>> {
            let stack = &analysis.stacks[*item];
            let shown = evidence::spaced(askers.among(stack));
            shown.map(|at| at.map(|at| stack.frames[at])).collect()
        };
        let frames: Vec<_> = items.iter().map(frames).collect();
        let mut is_used = vec![false; names.len()];
        for name in frames.iter().flatten().flatten() {
            is_used[name.index()] = true;
        }
        let used = || names.ids().filter(|name| is_used[name.index()]);
        let of_used: Vec<String> = used()
            .map(|name| evidence::readable(names.short(name)))
            .collect();
        let mut words = of_used.clone();
        words.push(evidence::LEFT_OUT.to_owned());
        words.sort_unstable();
        words.dedup();
        let position = |word: &str| words.partition_point(|known| **known < *word);
        let left_out = position(evidence::LEFT_OUT);
        let mut of_names = vec![left_out; names.len()];
        for (name, word) in used().zip(&of_used) {
            of_names[name.index()] = position(word);
        }
        let word = |frame: Option<NameId>| frame.map_or(left_out, |name| of_names[name.index()]);
        let of_stacks = frames.into_iter();
        let of_stacks = of_stacks.map(|frames| frames.into_iter().map(word).collect());
        Self {
            of_stacks: of_stacks.collect(),
            words,
        }
    }

    /// The heaviest ways of stacks, and what these hold.
    fn heaviest<'a>(
        &self,
        stacks: impl Iterator<Item = &'a AttributedStack>,
        bytes: i64,
    ) -> Vec<(&[usize], i64)> {
        let ways = self.of_stacks.iter().map(Vec::as_slice).zip(stacks);
        let ways = sums_by(ways.map(|(way, stack)| (way, stack.value)));
        let ways = ways.into_iter().take(MOST).enumerate();
        let large = ways.filter(|(at, (_, held))| *at == 0 || is_named(*held, bytes));
        large.map(|(_, way)| way).collect()
    }

    fn evidence(&self, way: &[usize], bytes: i64) -> Evidence {
        Evidence::Path {
            frames: way.iter().map(|&word| self.words[word].clone()).collect(),
            bytes,
        }
    }
}

/// The functions that say who asked.
struct Askers<'a> {
    names: &'a Names,
    /// By function: whether it is of the program's own code.
    is_own: Vec<bool>,
    /// By function: whether it is of no standard library.
    is_outside: Vec<bool>,
}

impl<'a> Askers<'a> {
    fn of(names: &'a Names, own: Option<&Own>) -> Self {
        let is_own = |name| own.is_some_and(|own| own.has(name));
        let is_outside = |id| is_outside_of_library(names.package(id));
        Self {
            names,
            is_own: names.iter().map(is_own).collect(),
            is_outside: names.ids().map(is_outside).collect(),
        }
    }

    /// The frames of a stack that say who asked: positions, root first. How the program was
    /// entered, where its own code is called first and last, what called the package that
    /// allocates, and what allocates.
    fn among(&self, stack: &AttributedStack) -> Vec<usize> {
        let frames = &stack.frames;
        let is_own = |frame: &NameId| self.is_own[frame.index()];
        let has_own = frames.iter().any(is_own);
        let asks = |frame: &NameId| match has_own {
            true => is_own(frame),
            false => self.is_outside[frame.index()],
        };
        let package = |frame: &NameId| self.names.package(*frame);
        let last = frames.iter().rposition(asks);
        let of_last = last.map(|at| package(&frames[at]));
        let before = frames
            .iter()
            .rposition(|frame| asks(frame) && Some(package(frame)) != of_last);
        let first = frames.iter().position(asks);
        let entry = (!stack.is_cut && !frames.is_empty()).then_some(0);
        let shown = [entry, first, before, last, frames.len().checked_sub(1)];
        let mut shown: Vec<usize> = shown.into_iter().flatten().collect();
        shown.sort_unstable();
        shown.dedup();
        shown
    }
}

fn is_outside_of_library(package: &str) -> bool {
    !package.is_empty() && Modules::builtin().of(package) != STANDARD_LIBRARY
}
