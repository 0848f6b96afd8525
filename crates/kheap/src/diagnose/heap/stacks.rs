//! Stacks with their places, as signatures see them.

use super::{Selected, sums_by};
use crate::attribute::{Analysis, JudgedStack, UNKNOWN};
use crate::diagnose::patterns::Patterns;
use crate::diagnose::signature::{Select, Signature};
use crate::profile::{LabelValue, Profile, SampleTypeId, StringId, clamp};

/// Stacks with their places, and which patterns each function matches.
#[derive(Debug)]
pub(in crate::diagnose) struct StackHeap<'a> {
    pub(in crate::diagnose) analysis: &'a Analysis<'a>,
    pub(in crate::diagnose) profile: &'a Profile,
    pub(super) total: i64,
    objects: Option<SampleTypeId>,
    patterns: &'a Patterns,
    /// By function: the patterns that it matches, as bits.
    matches: Vec<Vec<u64>>,
}

impl<'a> StackHeap<'a> {
    /// The patterns are those of all signatures that are evaluated.
    pub(in crate::diagnose) fn new(
        analysis: &'a Analysis<'a>,
        profile: &'a Profile,
        objects: Option<SampleTypeId>,
        patterns: &'a Patterns,
    ) -> Self {
        let values = analysis.stacks.iter().map(|stack| i128::from(stack.value));
        Self {
            total: clamp(values.sum()),
            matches: analysis
                .names
                .iter()
                .map(|name| patterns.matches(name))
                .collect(),
            patterns,
            analysis,
            profile,
            objects,
        }
    }

    pub(super) fn select(&self, signature: &Signature, name: &str) -> Selected {
        let stacks = self.analysis.stacks.iter().enumerate();
        let items = stacks.filter(|(_, stack)| self.holds(signature, name, stack));
        self.selected(items.map(|(position, _)| position).collect())
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
        }
    }

    pub(in crate::diagnose) fn sum(&self, items: &[usize]) -> i64 {
        let values = items
            .iter()
            .map(|&item| i128::from(self.analysis.stacks[item].value));
        clamp(values.sum())
    }

    /// How many functions match a pattern.
    pub(super) fn seen(&self, pattern: &str) -> usize {
        let bit = self.patterns.bit(pattern);
        let names = self.matches.iter();
        names.filter(|words| has(words, bit)).count()
    }

    fn holds(&self, signature: &Signature, name: &str, stack: &JudgedStack) -> bool {
        let Some(select) = signature.select.get(name) else {
            return false;
        };
        if !select.of.is_empty() {
            // Unions are of plain selections, so that this ends.
            return select.of.iter().any(|name| {
                let select = signature.select.get(name);
                let plain = select.is_some_and(|s| s.of.is_empty() && !s.beside_heap);
                plain && self.holds(signature, name, stack)
            });
        }
        let place = &stack.place;
        let among = |list: &[String], name: &String| list.is_empty() || list.contains(name);
        among(&select.part, &place.part)
            && among(&select.verb, &place.verb)
            && among(&select.kind, &place.kind)
            && self.frames_hold(select, stack)
    }

    fn frames_hold(&self, select: &Select, stack: &JudgedStack) -> bool {
        let frames = &stack.frames;
        // Where a function that matches stands first, from a position on.
        let find = |pattern: &String, from: usize| {
            let bit = self.patterns.bit(pattern);
            let mut positions = from..frames.len();
            positions.find(|&position| has(&self.matches[frames[position].index()], bit))
        };
        let allocates = |leaf: &String| {
            let last = frames.len().checked_sub(1);
            last.is_some_and(|last| find(leaf, last).is_some())
        };
        let leads = |path: &[String]| {
            let mut path = path.iter();
            let end = path.try_fold(0, |from, pattern| Some(find(pattern, from)? + 1));
            end.is_some()
        };
        select.leaf.as_ref().is_none_or(allocates)
            && leads(&select.path)
            && (select.any.is_empty() || select.any.iter().any(|any| find(any, 0).is_some()))
            && select.none.iter().all(|none| find(none, 0).is_none())
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

/// Whether a bit is set.
fn has(words: &[u64], bit: usize) -> bool {
    words[bit / 64] >> (bit % 64) & 1 == 1
}
