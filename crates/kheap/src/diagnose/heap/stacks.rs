//! Stacks with their places, as signatures see them.

use super::{Selected, sums_by};
use crate::attribute::{Analysis, JudgedStack, UNKNOWN};
use crate::diagnose::patterns::Patterns;
use crate::diagnose::signature::{Select, Signature};
use crate::knowledge::BitRows;
use crate::profile::{LabelValue, Profile, SampleTypeId, StringId, clamp};

/// Stacks with their places, and which patterns each function matches.
#[derive(Debug)]
pub(in crate::diagnose) struct StackHeap<'a> {
    pub(in crate::diagnose) analysis: &'a Analysis,
    pub(in crate::diagnose) profile: &'a Profile,
    pub(super) total: i64,
    objects: Option<SampleTypeId>,
    patterns: &'a Patterns,
    /// By function: the patterns that it matches.
    functions: BitRows,
    /// By stack: the patterns that any of its functions matches.
    stacks: BitRows,
}

/// A selection that is no union, with its patterns as bits.
#[derive(Debug)]
struct Wanted<'s> {
    select: &'s Select,
    leaf: Option<usize>,
    path: Vec<usize>,
    any: Vec<usize>,
    none: Vec<usize>,
}

impl<'a> StackHeap<'a> {
    /// The patterns are those of all signatures that are evaluated.
    pub(in crate::diagnose) fn new(
        analysis: &'a Analysis,
        profile: &'a Profile,
        objects: Option<SampleTypeId>,
        patterns: &'a Patterns,
    ) -> Self {
        let values = analysis.stacks.iter().map(|stack| i128::from(stack.value));
        let functions = patterns.matches(analysis.names.iter());
        let stacks = analysis.stacks.iter();
        let stacks = stacks.map(|stack| stack.frames.iter().map(|frame| frame.index()));
        Self {
            total: clamp(values.sum()),
            stacks: functions.unions(stacks),
            functions,
            patterns,
            analysis,
            profile,
            objects,
        }
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
        let Some(select) = signature.select.get(name) else {
            return Vec::new();
        };
        let bit = |pattern: &String| self.patterns.bit(pattern);
        let bits = |patterns: &[String]| patterns.iter().map(bit).collect();
        let wanted = |select: &'s Select| Wanted {
            select,
            leaf: select.leaf.as_ref().map(bit),
            path: bits(&select.path),
            any: bits(&select.any),
            none: bits(&select.none),
        };
        if select.of.is_empty() {
            return vec![wanted(select)];
        }
        // Unions are of plain selections, so that this ends.
        let united = select
            .of
            .iter()
            .filter_map(|name| signature.select.get(name));
        let plain = united.filter(|select| select.of.is_empty() && !select.beside_heap);
        plain.map(wanted).collect()
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
        self.functions.count(self.patterns.bit(pattern))
    }

    fn holds(&self, wanted: &Wanted<'_>, position: usize, stack: &JudgedStack) -> bool {
        let (select, place) = (wanted.select, &stack.place);
        let among = |list: &[String], name: &String| list.is_empty() || list.contains(name);
        among(&select.part, &place.part)
            && among(&select.verb, &place.verb)
            && among(&select.kind, &place.kind)
            && self.frames_hold(wanted, position, stack)
    }

    fn frames_hold(&self, wanted: &Wanted<'_>, position: usize, stack: &JudgedStack) -> bool {
        let frames = &stack.frames;
        let shows = |&bit: &usize| self.stacks.has(position, bit);
        let allocates = |bit: usize| {
            let leaf = frames.last();
            leaf.is_some_and(|leaf| self.functions.has(leaf.index(), bit))
        };
        // Whether functions that match stand one after the other.
        let leads = |path: &[usize]| {
            let mut frames = frames.iter();
            let mut path = path.iter();
            path.all(|&bit| frames.any(|frame| self.functions.has(frame.index(), bit)))
        };
        wanted.leaf.is_none_or(allocates)
            && wanted.path.iter().all(shows)
            && (wanted.path.len() < 2 || leads(&wanted.path))
            && (wanted.any.is_empty() || wanted.any.iter().any(shows))
            && !wanted.none.iter().any(shows)
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
