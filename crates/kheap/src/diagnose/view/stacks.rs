//! Stacks with their places, as signatures see them.

use super::{Selected, sums_by};
use crate::attribute::{Analysis, AttributedStack, UNKNOWN};
use crate::diagnose::select::{Frames, Select};
use crate::diagnose::signature::Signature;
use crate::diagnose::vocabulary::Vocabulary;
use crate::knowledge::{BitRows, Bits, NamedFrames};
use crate::profile::{LabelValue, Profile, SampleTypeId, StringId, clamp};

/// Stacks with their places, and which frames each function is.
#[derive(Debug)]
pub(in crate::diagnose) struct StackView<'a> {
    pub(in crate::diagnose) analysis: &'a Analysis,
    pub(in crate::diagnose) profile: &'a Profile,
    pub(super) total: i64,
    objects: Option<SampleTypeId>,
    vocabulary: &'a Vocabulary,
    /// By function: the frames that it is, where users name more than are built in.
    extended: Option<BitRows>,
    /// By stack: the frames that any of its functions is.
    stacks: BitRows,
    /// By stack: the position of the leaf, generic allocators left out.
    leaves: Vec<usize>,
}

/// A selection that is no union, with its classes as bits. Empty ones hold.
#[derive(Debug)]
struct Wanted<'s> {
    select: &'s Select,
    leaf: Bits,
    path: Vec<Bits>,
    any: Bits,
    none: Bits,
}

impl<'a> StackView<'a> {
    /// The vocabulary is that of all signatures that are evaluated.
    pub(in crate::diagnose) fn new(
        analysis: &'a Analysis,
        profile: &'a Profile,
        objects: Option<SampleTypeId>,
        vocabulary: &'a Vocabulary,
    ) -> Self {
        let values = analysis.stacks.iter().map(|stack| i128::from(stack.value));
        let extended = vocabulary.extended(analysis.names.iter(), &analysis.frames);
        let functions = extended.as_ref().unwrap_or(&analysis.frames);
        let stacks = analysis.stacks.iter();
        let stacks = stacks.map(|stack| stack.frames.iter().map(|frame| frame.index()));
        let leaves = analysis.stacks.iter().map(|stack| leaf(stack, functions));
        Self {
            total: clamp(values.sum()),
            stacks: functions.unions(stacks),
            leaves: leaves.collect(),
            extended,
            vocabulary,
            analysis,
            profile,
            objects,
        }
    }

    /// By function: the frames that it is.
    fn functions(&self) -> &BitRows {
        self.extended.as_ref().unwrap_or(&self.analysis.frames)
    }

    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        let wanted = self.wanted(signature, name);
        let stacks = self.analysis.stacks.iter().enumerate();
        let items = stacks.filter(|&(position, stack)| {
            let mut wanted = wanted.iter();
            wanted.any(|wanted| self.holds(wanted, position, stack))
        });
        self.selected(items.map(|(position, _)| position).collect())
    }

    /// What a selection, or each of those that it unites, asks for.
    fn wanted<'s>(&self, signature: &'s Signature, name: &str) -> Vec<Wanted<'s>> {
        let class = |frames: &Frames| self.vocabulary.class(&frames.0);
        let wanted = |select: &'s Select| Wanted {
            select,
            leaf: class(&select.leaf),
            path: select.path.iter().map(class).collect(),
            any: class(&select.any),
            none: class(&select.none),
        };
        signature.plain(name).into_iter().map(wanted).collect()
    }

    /// What some stacks hold.
    pub(in crate::diagnose) fn selected(&self, items: Vec<usize>) -> Selected {
        let objects = self.objects.map(|objects| {
            let samples = self.profile.samples();
            let ids = items
                .iter()
                .flat_map(|&item| &self.analysis.stacks[item].samples);
            clamp(ids.map(|&id| i128::from(samples.value(id, objects))).sum())
        });
        Selected {
            bytes: self.sum(&items),
            objects,
            items,
            is_weak: false,
        }
    }

    pub(in crate::diagnose) fn sum(&self, items: &[usize]) -> i64 {
        let values = items
            .iter()
            .map(|&item| i128::from(self.analysis.stacks[item].value));
        clamp(values.sum())
    }

    /// How many functions are one of some frames.
    pub(super) fn seen(&self, frames: &Frames) -> usize {
        let class = self.vocabulary.class(&frames.0);
        let functions = 0..self.analysis.names.len();
        let seen = functions.filter(|&function| class.meets(self.functions().row(function)));
        seen.count()
    }

    fn holds(&self, wanted: &Wanted<'_>, position: usize, stack: &AttributedStack) -> bool {
        let (select, place) = (wanted.select, &stack.place);
        let among = |list: &[String], name: &String| list.is_empty() || list.contains(name);
        among(&select.part, &place.part)
            && among(&select.verb, &place.verb)
            && among(&select.kind, &place.kind)
            && self.frames_hold(wanted, position, stack)
    }

    fn frames_hold(&self, wanted: &Wanted<'_>, position: usize, stack: &AttributedStack) -> bool {
        let all = self.stacks.row(position);
        let given = |class: &Bits| class.is_empty() || class.meets(all);
        wanted.path.iter().all(given)
            && given(&wanted.any)
            && !wanted.none.meets(all)
            && (wanted.leaf.is_empty() || self.allocates(&wanted.leaf, position, stack))
            && (wanted.path.len() < 2 || self.leads(&wanted.path, stack))
    }

    /// Whether a stack was allocated by a class: by its leaf, by a generic allocator that
    /// stands there, or by what is above these.
    fn allocates(&self, class: &Bits, position: usize, stack: &AttributedStack) -> bool {
        let mut frames = stack.frames.iter().skip(self.leaves[position]);
        frames.any(|frame| class.meets(self.functions().row(frame.index())))
    }

    /// Whether functions of classes stand one below the other.
    fn leads(&self, path: &[Bits], stack: &AttributedStack) -> bool {
        let mut frames = stack.frames.iter();
        let mut path = path.iter();
        path.all(|class| frames.any(|frame| class.meets(self.functions().row(frame.index()))))
    }

    /// Parts by bytes, largest first, of some stacks.
    pub(in crate::diagnose) fn parts(&self, items: &[usize]) -> Vec<(&str, i64)> {
        let stacks = items.iter().map(|&item| &self.analysis.stacks[item]);
        sums_by(stacks.map(|stack| (stack.place.part.as_str(), stack.value)))
    }

    /// Kinds by bytes, largest first, of some stacks that show one.
    pub(in crate::diagnose) fn kinds(
        &self,
        items: impl Iterator<Item = usize>,
    ) -> Vec<(&str, i64)> {
        let stacks = items.map(|item| &self.analysis.stacks[item]);
        let typed = stacks.filter(|stack| stack.place.kind != UNKNOWN);
        sums_by(typed.map(|stack| (stack.place.kind.as_str(), stack.value)))
    }

    /// Bytes by the size of the objects, largest first.
    pub(in crate::diagnose) fn sizes(&self, items: &[usize], values: &[i64]) -> Vec<(i64, i64)> {
        let key = self.profile.strings().iter().position(|s| s == b"bytes");
        let Some(key) = key.map(StringId::at) else {
            return Vec::new();
        };
        let ids = items
            .iter()
            .flat_map(|&item| &self.analysis.stacks[item].samples);
        sums_by(ids.flat_map(|&id| {
            let labels = self.profile.samples().labels(id).iter();
            labels.filter_map(move |label| match label.value {
                LabelValue::Number(size, _) if label.key == key => Some((size, values[id.index()])),
                _ => None,
            })
        }))
    }
}

/// The position of the function that allocates: the leaf, or the first one above it that
/// does not allocate for whoever calls it.
fn leaf(stack: &AttributedStack, functions: &BitRows) -> usize {
    let generic = NamedFrames::builtin().look_through();
    let mut frames = stack.frames.iter().enumerate().rev();
    let own = frames.find(|(_, frame)| !generic.meets(functions.row(frame.index())));
    own.map_or(stack.frames.len().saturating_sub(1), |(at, _)| at)
}
