//! The different stacks of a selection, each with what it holds.

use std::cmp::Ordering;

use kheap::frame::{Frames, NodeId};
use kheap::profile::{BASE_LABEL, Label, LabelValue, LocationId, SampleId, SampleTypeId};
use kheap::{Granularity, Profile, Selection, Summary};

/// The stacks of a selection: equal ones once, in the order of their names, root first.
///
/// It keeps the order of the samples and the names of the frames. The stacks themselves
/// stay in the profile, so that memory is in proportion to it.
#[derive(Debug)]
pub struct Stacks<'s> {
    selection: &'s Selection<'s>,
    frames: Frames,
    /// By node: what it is called.
    names: Vec<Frame>,
    /// By node: its position in the order of names.
    ranks: Vec<u32>,
    /// Samples, those of equal stacks side by side.
    order: Vec<SampleId>,
    /// Where the samples of each stack end in `order`.
    ends: Vec<usize>,
    sides: Sides,
    /// By sample, where samples of a base are marked: whether it is one of them.
    is_base: Vec<bool>,
}

/// What a frame is called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The name as in [`kheap::Top`], with file and line where the granularity has them.
    pub full: String,
    /// The function alone.
    pub function: String,
    /// Its source file, where that is known.
    pub file: Option<String>,
    /// Its line, where the granularity has lines.
    pub line: Option<i64>,
}

/// What the two values of a stack mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// There is only the second one.
    One,
    /// By how much it shrank, and by how much it grew: equal stacks have cancelled.
    ShrunkGrown,
    /// What it held in the base, and what it holds now.
    BeforeAfter,
}

/// One of the different stacks.
#[derive(Debug, Clone, Copy)]
pub struct Stack<'s> {
    stacks: &'s Stacks<'s>,
    samples: &'s [SampleId],
}

impl<'s> Stacks<'s> {
    /// Puts equal stacks of a selection side by side.
    pub fn of(selection: &'s Selection<'s>) -> Self {
        let profile = selection.profile();
        let frames = selection.frames();
        let names = names(profile, &frames, selection.granularity());
        let mut by_name: Vec<usize> = (0..names.len()).collect();
        by_name.sort_unstable_by(|&a, &b| names[a].full.cmp(&names[b].full).then(a.cmp(&b)));
        let mut ranks = vec![0; names.len()];
        for (rank, node) in (0..).zip(by_name) {
            ranks[node] = rank;
        }
        let is_base = base_samples(profile);
        let sides = match is_base.is_empty() {
            false => Sides::BeforeAfter,
            true if has_negative(profile) => Sides::ShrunkGrown,
            true => Sides::One,
        };
        let mut stacks = Self {
            selection,
            frames,
            names,
            ranks,
            order: profile.samples().ids().collect(),
            ends: Vec::new(),
            sides,
            is_base,
        };
        let mut order = std::mem::take(&mut stacks.order);
        order.sort_unstable_by(|&a, &b| stacks.compare(a, b).then(a.cmp(&b)));
        for (at, &sample) in order.iter().enumerate() {
            let next = order.get(at + 1);
            if next.is_none_or(|&next| stacks.compare(sample, next) != Ordering::Equal) {
                stacks.ends.push(at + 1);
            }
        }
        stacks.order = order;
        stacks
    }

    /// Which profile this is.
    pub fn summary(&self) -> Summary {
        Summary::new(self.selection)
    }

    /// The selection.
    pub fn selection(&self) -> &Selection<'s> {
        self.selection
    }

    /// What the two values of a stack mean.
    pub fn sides(&self) -> Sides {
        self.sides
    }

    /// All frames; [`Stack::frames`] names their positions.
    pub fn frames(&self) -> &[Frame] {
        &self.names
    }

    /// The stacks, by the names of their frames.
    pub fn iter(&'s self) -> impl Iterator<Item = Stack<'s>> + use<'s> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, &end)| Stack {
            stacks: self,
            samples: &self.order[begin..end],
        })
    }

    /// The frames of a sample, root first, inlined ones too.
    fn nodes(&self, sample: SampleId) -> impl Iterator<Item = NodeId> {
        let stack: &[LocationId] = self.selection.profile().samples().stack(sample);
        let locations = stack.iter().rev();
        locations.flat_map(|&location| self.frames.of(location).iter().rev().copied())
    }

    fn compare(&self, a: SampleId, b: SampleId) -> Ordering {
        let ranks = |sample| self.nodes(sample).map(|node| self.ranks[node.index()]);
        ranks(a).cmp(ranks(b))
    }
}

impl Stack<'_> {
    /// Positions of its frames, root first.
    pub fn frames(&self) -> impl Iterator<Item = usize> {
        // A stack has one sample at least.
        let sample = self.samples.first().copied();
        let nodes = sample.map(|sample| self.stacks.nodes(sample));
        nodes.into_iter().flatten().map(NodeId::index)
    }

    /// What it holds of a sample type: of the base or by how much it shrank, and what it
    /// holds now or by how much it grew, as [`Sides`] says. Where a base held less than
    /// nothing, as in a difference of differences, what it lacked counts as held now.
    pub fn values(&self, sample_type: SampleTypeId) -> [u64; 2] {
        let values = self.stacks.selection.profile().values(sample_type);
        let mut sums = [0_i128; 2];
        for &sample in self.samples {
            let is_base = self.stacks.is_base.get(sample.index()) == Some(&true);
            sums[usize::from(!is_base)] += i128::from(values[sample.index()]);
        }
        let [base, now] = [-sums[0], sums[1]];
        let before = base.max(0) + (-now).max(0);
        let after = now.max(0) + (-base).max(0);
        [before, after].map(|sum| u64::try_from(sum).unwrap_or(u64::MAX))
    }
}

fn names(profile: &Profile, frames: &Frames, granularity: Granularity) -> Vec<Frame> {
    let mut names: Vec<Option<Frame>> = vec![None; frames.len()];
    for location in profile.locations().ids() {
        let lines = profile.locations().lines(location).iter().rev().map(Some);
        // A location without lines has one node.
        let lines = lines.chain(std::iter::repeat(None));
        for (&node, line) in frames.of(location).iter().rev().zip(lines) {
            let known = &mut names[node.index()];
            if known.is_some() {
                continue;
            }
            let full = frames.name(profile, node);
            let function = line.map(|line| profile.function(line.function));
            let text = |id| Some(profile.text(id).into_owned()).filter(|text| !text.is_empty());
            let name = function.and_then(|function| text(function.name));
            let has_lines = matches!(granularity, Granularity::Lines | Granularity::Addresses);
            *known = Some(Frame {
                function: match name {
                    Some(name) if granularity != Granularity::Files => name,
                    _ => full.clone(),
                },
                full,
                file: function.and_then(|function| text(function.filename)),
                line: line
                    .map(|line| line.line)
                    .filter(|&line| has_lines && line > 0),
            });
        }
    }
    // Every node is of a location.
    names.into_iter().flatten().collect()
}

/// Which samples are marked as those of a base; empty where none is.
fn base_samples(profile: &Profile) -> Vec<bool> {
    let (key, value) = BASE_LABEL;
    let is_mark = |label: &Label| {
        profile.text(label.key) == key
            && matches!(label.value, LabelValue::Text(text) if profile.text(text) == value)
    };
    let samples = profile.samples();
    let marked = |id| samples.labels(id).iter().any(is_mark);
    let marked: Vec<bool> = samples.ids().map(marked).collect();
    match marked.contains(&true) {
        true => marked,
        false => Vec::new(),
    }
}

fn has_negative(profile: &Profile) -> bool {
    let mut columns = profile.sample_type_ids().map(|id| profile.values(id));
    columns.any(|column| column.iter().any(|&value| value < 0))
}

#[cfg(test)]
mod tests {
    use kheap::profile::BaseMode;
    use kheap::{ProfileBuilder, SelectionOptions, subtract};

    use super::*;

    fn profile(stacks: &str) -> Profile {
        ProfileBuilder::folded(stacks)
            .expect("they are stacks")
            .finish()
    }

    fn check(profile: &Profile, sides: Sides, expected: &str) {
        let sample_type = profile.sample_type("").expect("there is one");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        let stacks = Stacks::of(&selection);
        let line = |stack: Stack<'_>| {
            let names: Vec<&str> = stack
                .frames()
                .map(|at| stacks.frames()[at].full.as_str())
                .collect();
            let [before, after] = stack.values(sample_type);
            format!("{} {before} {after}", names.join(";"))
        };
        let lines: Vec<String> = stacks.iter().map(line).collect();
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        assert_eq!(lines, expected);
        assert_eq!(stacks.sides(), sides);
    }

    #[test]
    fn equal_stacks_are_one_and_come_by_name() {
        check(
            &profile("main;b 1\nmain;a 2\nmain;b 4\nmain 8\nmain;a;a 16"),
            Sides::One,
            "main 0 8
             main;a 0 2
             main;a;a 0 16
             main;b 0 5",
        );
    }

    #[test]
    fn a_difference_has_two_sides() {
        let difference = |mode| {
            let (new, old) = (profile("main;a 3\nmain;b 4"), profile("main;a 5\nmain;b 1"));
            subtract(new, old, mode).unwrap()
        };
        check(
            &difference(BaseMode::Cancel),
            Sides::ShrunkGrown,
            "main;a 2 0
             main;b 0 3",
        );
        check(
            &difference(BaseMode::Diff),
            Sides::BeforeAfter,
            "main;a 5 3
             main;b 1 4",
        );
    }
}
