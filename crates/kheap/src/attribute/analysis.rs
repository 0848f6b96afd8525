//! The stacks of a selection with their places, for attribution and diagnosis.

use std::sync::Arc;

use hashbrown::HashMap;

use super::cut_stacks::{CutStacks, Cuts, LostRoots, Outcome};
use super::evaluate::{Evaluated, Evaluator};
use super::functions::Functions;
use super::shared_buffers::{infer_encoders, place_shared};
use super::stacks::{NameId, Names, Stack, stacks};
use super::{Attribution, Place, Rules, UNKNOWN};
use crate::knowledge::{Bits, KindHint, Modules, NamedFrames};
use crate::profile::{SampleId, clamp};
use crate::selection::Selection;

/// The stacks of a selection with their places, for attribution and diagnosis.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) functions: Arc<Functions>,
    pub(crate) stacks: Vec<AttributedStack>,
    pub(crate) attribution: Attribution,
    /// The frames that a shortened path shows.
    landmarks: Bits,
    /// Whether the program is not of Go.
    is_foreign: bool,
}

/// A stack that some samples have in common, and where it belongs.
#[derive(Debug)]
pub(crate) struct AttributedStack {
    /// Canonical functions, root first, with the root that was lost put back.
    pub(crate) frames: Vec<NameId>,
    /// Whether the root was lost, and is not put back.
    pub(crate) is_cut: bool,
    /// Sum of the samples' values.
    pub(crate) value: i64,
    pub(crate) samples: Vec<SampleId>,
    pub(crate) place: Place,
}

impl Analysis {
    /// Attributes the stacks of a selection, of whose profile these are the functions.
    pub(super) fn of(selection: &Selection, functions: &Arc<Functions>, rules: &Rules) -> Self {
        #[cfg(any(test, feature = "count"))]
        super::count::add();
        let profile = selection.profile();
        let names = &functions.names;
        let mut evaluator = Evaluator::new(rules, functions);
        let values = selection.values();
        let mut stacks = stacks(profile, names, with_value(selection, true), |id| {
            values[id.index()]
        });
        let (mut evaluated, mut outcomes) =
            mend_and_evaluate(selection, names, &mut evaluator, &mut stacks);
        infer_encoders(&stacks, &mut evaluated, &mut outcomes);
        let shared = place_shared(&stacks, &mut evaluated, &rules.shared_among);
        let cut = CutStacks::of(stacks.iter().zip(&outcomes));
        let attributed = stacks.into_iter().zip(evaluated).zip(outcomes);
        let attributed = attributed.map(|((stack, evaluated), outcome)| AttributedStack {
            is_cut: !matches!(outcome, Outcome::Whole | Outcome::Mended),
            frames: stack.frames,
            value: stack.value,
            samples: stack.samples,
            place: evaluated.place(),
        });
        let stacks: Vec<AttributedStack> = attributed.collect();
        let (places, of_sample) = places(&stacks, profile.samples().len());
        Self {
            functions: Arc::clone(functions),
            stacks,
            attribution: Attribution {
                role: functions.role,
                places,
                of_sample,
                cut,
                shared,
                origin: profile.samples().origin,
            },
            landmarks: rules.landmarks.clone(),
            is_foreign: profile.runtime().is_foreign(),
        }
    }

    /// The function that allocates a stack: its leaf, or the first above it that does not
    /// allocate for whoever calls it. A sample may lack its stack.
    pub(crate) fn allocator(&self, stack: &AttributedStack) -> Option<NameId> {
        let generic = NamedFrames::builtin().look_through();
        let mut own = stack.frames.iter().rev();
        let own = own.find(|frame| !generic.meets(self.functions.frames.row(frame.index())));
        own.or(stack.frames.last()).copied()
    }

    /// The package of that function; [`UNKNOWN`] where its name has none.
    pub(crate) fn package(&self, stack: &AttributedStack) -> &str {
        let names = &self.functions.names;
        match self.allocator(stack).map_or("", |name| names.package(name)) {
            "" => UNKNOWN,
            package => package,
        }
    }

    /// The module of a package; of a program that is not of Go the first element of its path.
    pub(crate) fn module<'p>(&self, package: &'p str) -> &'p str {
        match self.is_foreign {
            true => package.split('/').next().unwrap_or(package),
            false => Modules::builtin().of(package),
        }
    }

    /// What some stacks hold.
    pub(crate) fn sum(&self, items: &[usize]) -> i64 {
        let values = items
            .iter()
            .map(|&item| i128::from(self.stacks[item].value));
        clamp(values.sum())
    }

    /// The frames of a stack that a shortened path shows: positions, root first. Always
    /// the leaf, and the object type if it shows one.
    pub(crate) fn key_frames(&self, stack: &AttributedStack) -> Vec<usize> {
        let mut shown: Vec<usize> = Vec::new();
        let mut before = self.landmarks.none();
        let mut typed = false;
        for (at, name) in stack.frames.iter().enumerate() {
            let frames = self.functions.frames.row(name.index());
            // A stack shows the same request several times, in wrappers and closures.
            let new = self.landmarks.has_new(frames, &before);
            before.add(frames);
            let shows_kind = matches!(self.functions.hints[name.index()], KindHint::Kind(_));
            let first_typed = !typed && shows_kind;
            typed |= first_typed;
            if new || first_typed || at + 1 == stack.frames.len() {
                shown.push(at);
            }
        }
        shown
    }
}

/// The different places of some stacks, and by sample the position of its own.
fn places(stacks: &[AttributedStack], samples: usize) -> (Vec<Place>, Vec<Option<u32>>) {
    let mut places = Vec::new();
    let mut known: HashMap<&Place, u32> = HashMap::new();
    let mut of_sample = vec![None; samples];
    for stack in stacks {
        let position = *known.entry(&stack.place).or_insert_with_key(|&place| {
            places.push(place.clone());
            crate::profile::end(places.len() - 1)
        });
        for id in &stack.samples {
            of_sample[id.index()] = Some(position);
        }
    }
    (places, of_sample)
}

/// The samples that have a value, or those that have none.
fn with_value(selection: &Selection, wanted: bool) -> impl Iterator<Item = SampleId> {
    let values = selection.values();
    let ids = selection.profile().samples().ids();
    ids.filter(move |id| (values[id.index()] != 0) == wanted)
}

/// Puts back the root of the stacks that have lost it, where others have it, and evaluates
/// each.
fn mend_and_evaluate(
    selection: &Selection,
    names: &Names,
    evaluator: &mut Evaluator<'_>,
    stacks: &mut [Stack],
) -> (Vec<Evaluated>, Vec<Outcome>) {
    let cuts = Cuts::of(selection.profile(), names);
    let lost = lost_roots(selection, names, &cuts, stacks);
    let evaluated = stacks.iter_mut().map(|stack| {
        if !cuts.is_cut(stack) {
            return (evaluator.evaluate(&stack.frames, false), Outcome::Whole);
        }
        if let Some((root, _)) = lost.root(&stack.frames) {
            stack.frames = [root, &stack.frames].concat();
            return (evaluator.evaluate(&stack.frames, false), Outcome::Mended);
        }
        let evaluated = evaluator.evaluate(&stack.frames, true);
        let outcome = match evaluated.part {
            Some(_) => Outcome::Decided,
            None => Outcome::Left,
        };
        (evaluated, outcome)
    });
    evaluated.unzip()
}

/// Where to look for the roots of cut stacks.
fn lost_roots(selection: &Selection, names: &Names, cuts: &Cuts, stacks: &[Stack]) -> LostRoots {
    let mut wanted = stacks.iter().filter(|stack| cuts.is_cut(stack)).peekable();
    if wanted.peek().is_none() {
        return LostRoots::default();
    }
    let mut lost = LostRoots::of(wanted, names);
    for stack in stacks.iter().filter(|stack| !cuts.is_cut(stack)) {
        lost.look_in(&stack.frames, stack.samples[0]);
    }
    // Whole stacks may have lost their value since, but not their root.
    let old = with_value(selection, false);
    lost.look_in_samples(selection.profile(), names, cuts, old);
    lost
}
