//! Stacks with their places, as signatures see them.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::{Selected, sums_by};
use crate::attribute::{Analysis, AttributedStack, Heap, UNKNOWN};
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
    /// By function: the frames that it is, where signatures name more than the rules.
    extended: Option<BitRows>,
    /// By stack: the frames that any of its functions is.
    stacks: BitRows,
    /// By stack: the position of the leaf, generic allocators left out.
    leaves: Vec<usize>,
    /// What was allocated since the start, where the heap has it.
    allocations: Option<&'a Allocations<'a>>,
}

/// What was allocated since the start: attributed when a signature asks for it, as few do.
#[derive(Debug)]
pub(in crate::diagnose) struct Allocations<'a> {
    measured: &'a Heap<'a>,
    analysis: OnceLock<Option<Analysis>>,
}

impl<'a> Allocations<'a> {
    pub(in crate::diagnose) fn of(measured: &'a Heap<'a>) -> Self {
        Self {
            measured,
            analysis: OnceLock::new(),
        }
    }

    fn analysis(&self) -> Option<&Analysis> {
        let analysis = || self.measured.allocated();
        self.analysis.get_or_init(analysis).as_ref()
    }
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
        heap: &'a Heap<'a>,
        objects: Option<SampleTypeId>,
        vocabulary: &'a Vocabulary,
    ) -> Self {
        Self::of(heap, heap.analysis(), objects, vocabulary)
    }

    /// The same of any of the heap's values.
    fn of(
        heap: &'a Heap<'a>,
        analysis: &'a Analysis,
        objects: Option<SampleTypeId>,
        vocabulary: &'a Vocabulary,
    ) -> Self {
        let values = analysis.stacks.iter().map(|stack| i128::from(stack.value));
        let extended = vocabulary.rows_of(analysis, heap.rules());
        let functions = extended.as_ref().unwrap_or(&analysis.functions.frames);
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
            profile: heap.profile(),
            objects,
            allocations: None,
        }
    }

    /// Lets signatures ask for what was allocated since the start.
    pub(in crate::diagnose) fn with_allocations(self, all: &'a Allocations<'a>) -> Self {
        Self {
            allocations: Some(all),
            ..self
        }
    }

    /// The stacks that a selection is of: those in use, or all since the start.
    pub(in crate::diagnose) fn analysis_of(&self, select: &Select) -> Option<&'a Analysis> {
        match select.allocated {
            true => self.allocations?.analysis(),
            false => Some(self.analysis),
        }
    }

    /// What a selection of all allocations since the start selects.
    pub(in crate::diagnose) fn select_allocated(&self, of: &Signature, name: &str) -> Selected {
        let view = self.allocations.and_then(|all| {
            let analysis = all.analysis()?;
            Some(Self::of(all.measured, analysis, None, self.vocabulary))
        });
        view.map_or_else(Selected::default, |view| view.select(of, name))
    }

    /// By function: the frames that it is.
    fn functions(&self) -> &BitRows {
        self.extended
            .as_ref()
            .unwrap_or(&self.analysis.functions.frames)
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
        self.analysis.sum(items)
    }

    /// How many functions are one of some frames.
    pub(super) fn seen(&self, frames: &Frames) -> usize {
        let class = self.vocabulary.class(&frames.0);
        let functions = 0..self.analysis.functions.names.len();
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

    /// Those of some stacks that have a frame of a class.
    pub(in crate::diagnose) fn below(&self, items: &[usize], frames: &Frames) -> Vec<usize> {
        let class = self.vocabulary.class(&frames.0);
        let items = items.iter().copied();
        let below = items.filter(|&item| class.meets(self.stacks.row(item)));
        below.collect()
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
        let key = self.size_key();
        sums_by(
            items
                .iter()
                .flat_map(|&item| self.sizes_of(item, key, values)),
        )
    }

    /// Kinds by the bytes of their objects of some sizes, largest first.
    pub(in crate::diagnose) fn kinds_of_sizes(
        &self,
        sizes: &RangeInclusive<i64>,
        values: &[i64],
    ) -> Vec<(&str, i64)> {
        let key = self.size_key();
        let stacks = self.analysis.stacks.iter().enumerate();
        let typed = stacks.filter(|(_, stack)| stack.place.kind != UNKNOWN);
        sums_by(typed.flat_map(|(item, stack)| {
            let of_size = self.sizes_of(item, key, values);
            let of_size = of_size.filter(|(size, _)| sizes.contains(size));
            of_size.map(|(_, bytes)| (stack.place.kind.as_str(), bytes))
        }))
    }

    /// The label that says how large an object is.
    fn size_key(&self) -> Option<StringId> {
        let key = self.profile.strings().iter().position(|s| s == b"bytes");
        key.map(StringId::at)
    }

    /// The sizes of the objects of a stack, and what these hold.
    fn sizes_of<'v>(
        &'v self,
        item: usize,
        key: Option<StringId>,
        values: &'v [i64],
    ) -> impl Iterator<Item = (i64, i64)> + 'v {
        let samples = self.analysis.stacks[item].samples.iter();
        samples.flat_map(move |&id| {
            let labels = self.profile.samples().labels(id).iter();
            labels.filter_map(move |label| match label.value {
                LabelValue::Number(size, _) if Some(label.key) == key => {
                    Some((size, values[id.index()]))
                }
                _ => None,
            })
        })
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
