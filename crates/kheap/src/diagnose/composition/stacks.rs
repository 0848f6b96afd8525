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
    let ways = ways(analysis, composition.own.as_ref(), &items);
    let origins = origins(stacks().zip(&ways), bytes);
    let objects = origins.first().and_then(|origin| {
        let items = items.iter().copied().zip(&ways);
        equal_objects(view, items, origin, values)
    });
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

/// The objects of a way, where nearly all are large and of one size.
fn equal_objects<'w>(
    view: &StackView<'_>,
    items: impl Iterator<Item = (usize, &'w Vec<String>)>,
    origin: &Evidence,
    values: &[i64],
) -> Option<EqualObjects> {
    let Evidence::Path { frames, bytes } = origin else {
        return None;
    };
    let of_way = items.filter(|(_, way)| *way == frames);
    let items: Vec<usize> = of_way.map(|(item, _)| item).collect();
    let (size, held) = view.sizes(&items, values).into_iter().next()?;
    let is_most = held as f64 >= EQUAL * *bytes as f64;
    (is_most && size >= LEAST_SIZE && held > size).then_some(EqualObjects { size, bytes: held })
}

/// The frames of each stack that say who asked.
fn ways(analysis: &Analysis, own: Option<&Own>, items: &[usize]) -> Vec<Vec<String>> {
    if items.is_empty() {
        return Vec::new();
    }
    let askers = Askers::of(&analysis.functions.names, own);
    let stacks = items.iter().map(|&item| &analysis.stacks[item]);
    let way = |stack| evidence::shown(analysis, stack, askers.among(stack));
    stacks.map(way).collect()
}

/// The heaviest ways to who asked.
fn origins<'w>(
    stacks: impl Iterator<Item = (&'w AttributedStack, &'w Vec<String>)>,
    bytes: i64,
) -> Vec<Evidence> {
    let origins = sums_by(stacks.map(|(stack, way)| (way, stack.value)));
    let origins = origins.into_iter().take(MOST).enumerate();
    let large = origins.filter(|(at, (_, held))| *at == 0 || is_named(*held, bytes));
    large
        .map(|(_, (frames, bytes))| Evidence::Path {
            frames: frames.clone(),
            bytes,
        })
        .collect()
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
