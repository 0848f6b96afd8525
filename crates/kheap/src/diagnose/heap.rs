//! What signatures are evaluated over: stacks, or the rows of a table.

use hashbrown::HashMap;
use regex::bytes::{Regex, RegexBuilder};

use super::signature::{Select, Signature};
use crate::attribute::{Analysis, JudgedStack, Role, UNKNOWN};
use crate::expressions::Expressions;
use crate::profile::{LabelValue, Profile, SampleTypeId, StringId};
use crate::symbol;
use crate::table::Table;

/// What a selection selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Selected {
    pub(super) bytes: i64,
    pub(super) objects: Option<i64>,
    /// Positions of stacks, or of rows.
    pub(super) items: Vec<usize>,
}

/// A heap that selections can be evaluated over.
#[derive(Debug)]
pub(super) enum Heap<'a> {
    Stacks(StackHeap<'a>),
    Table(TableHeap),
}

impl Heap<'_> {
    pub(super) fn role(&self) -> Role {
        match self {
            Self::Stacks(heap) => heap.analysis.role,
            Self::Table(heap) => heap.role,
        }
    }

    pub(super) fn total(&self) -> i64 {
        match self {
            Self::Stacks(heap) => heap.total,
            Self::Table(heap) => heap.total,
        }
    }

    /// How many functions match a pattern of a signature, in use or not.
    pub(super) fn seen(&self, pattern: &str) -> usize {
        match self {
            Self::Stacks(heap) => {
                let names = 0..heap.matches.len();
                names.filter(|&name| heap.is_match(pattern, name)).count()
            }
            Self::Table(heap) => heap.matching(pattern).len(),
        }
    }

    /// Evaluates a selection, of one kind only if one is given.
    pub(super) fn select(&self, signature: &Signature, name: &str, kind: Option<&str>) -> Selected {
        match self {
            Self::Stacks(heap) => heap.select(signature, name, kind),
            Self::Table(heap) => heap.select(signature, name),
        }
    }
}

/// Stacks with their places, and which patterns each function matches.
#[derive(Debug)]
pub(super) struct StackHeap<'a> {
    pub(super) analysis: &'a Analysis<'a>,
    pub(super) profile: &'a Profile,
    total: i64,
    objects: Option<SampleTypeId>,
    patterns: Patterns,
    /// By function: the patterns that it matches, as bits.
    matches: Vec<Vec<u64>>,
}

impl<'a> StackHeap<'a> {
    pub(super) fn new(
        analysis: &'a Analysis<'a>,
        profile: &'a Profile,
        objects: Option<SampleTypeId>,
        signatures: impl Iterator<Item = &'a Signature>,
    ) -> Self {
        let patterns = Patterns::of(signatures.flat_map(Signature::stack_patterns));
        let values = analysis.stacks.iter().map(|stack| i128::from(stack.value));
        Self {
            total: i64::try_from(values.sum::<i128>()).unwrap_or(i64::MAX),
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

    fn select(&self, signature: &Signature, name: &str, kind: Option<&str>) -> Selected {
        let stacks = self.analysis.stacks.iter().enumerate();
        let items = stacks.filter(|(_, stack)| {
            kind.is_none_or(|kind| stack.place.kind == kind) && self.holds(signature, name, stack)
        });
        let items: Vec<usize> = items.map(|(position, _)| position).collect();
        Selected {
            bytes: self.sum(&items, |stack| stack.value),
            objects: self.objects.map(|objects| {
                let samples = self.profile.samples();
                self.sum(&items, |stack| {
                    stack
                        .samples
                        .iter()
                        .map(|&id| samples.value(id, objects))
                        .sum()
                })
            }),
            items,
        }
    }

    pub(super) fn sum(&self, items: &[usize], value: impl Fn(&JudgedStack) -> i64) -> i64 {
        let stacks = items
            .iter()
            .map(|&item| i128::from(value(&self.analysis.stacks[item])));
        i64::try_from(stacks.sum::<i128>()).unwrap_or(i64::MAX)
    }

    fn holds(&self, signature: &Signature, name: &str, stack: &JudgedStack) -> bool {
        let Some(select) = signature.select.get(name) else {
            return false;
        };
        if !select.of.is_empty() {
            // Unions are of plain selections, so that this ends.
            return select.of.iter().any(|name| {
                let plain = signature.select.get(name).is_some_and(|s| s.of.is_empty());
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
        let matches = |pattern: &String, position: usize| {
            self.is_match(pattern, stack.frames[position].index())
        };
        let stack_has = |pattern: &String| (0..stack.frames.len()).any(|p| matches(pattern, p));
        let last = stack.frames.len().checked_sub(1);
        let leaf = select.leaf.as_ref();
        if !leaf.is_none_or(|leaf| last.is_some_and(|last| matches(leaf, last))) {
            return false;
        }
        let mut from = 0;
        for pattern in &select.path {
            match (from..stack.frames.len()).find(|&position| matches(pattern, position)) {
                Some(position) => from = position + 1,
                None => return false,
            }
        }
        (select.any.is_empty() || select.any.iter().any(stack_has))
            && !select.none.iter().any(stack_has)
    }

    fn is_match(&self, pattern: &str, name: usize) -> bool {
        let bit = self.patterns.bit(pattern);
        self.matches[name][bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Parts by bytes, largest first, of some stacks.
    pub(super) fn parts(&self, items: &[usize]) -> Vec<(String, i64)> {
        let mut sums: HashMap<&str, i64> = HashMap::new();
        for &item in items {
            let stack = &self.analysis.stacks[item];
            let sum = sums.entry(&stack.place.part).or_default();
            *sum = sum.saturating_add(stack.value);
        }
        largest_first(sums.into_iter().map(|(part, sum)| (part.to_owned(), sum)))
    }

    /// Kinds by bytes, largest first, of some stacks that show one.
    pub(super) fn kinds(&self, items: impl Iterator<Item = usize>) -> Vec<(String, i64)> {
        let mut sums: HashMap<&str, i64> = HashMap::new();
        for item in items {
            let stack = &self.analysis.stacks[item];
            if stack.place.kind != UNKNOWN {
                let sum = sums.entry(&stack.place.kind).or_default();
                *sum = sum.saturating_add(stack.value);
            }
        }
        largest_first(sums.into_iter().map(|(kind, sum)| (kind.to_owned(), sum)))
    }

    /// Bytes by the size of the objects, largest first.
    pub(super) fn sizes(&self, items: &[usize], values: &[i64]) -> Vec<(i64, i64)> {
        let key = self.profile.strings().iter().position(|s| s == b"bytes");
        let Some(key) = key.map(StringId::at) else {
            return Vec::new();
        };
        let mut sums: HashMap<i64, i64> = HashMap::new();
        let samples = items
            .iter()
            .flat_map(|&item| &self.analysis.stacks[item].samples);
        for &id in samples {
            let labels = self.profile.samples().labels(id).iter();
            for label in labels.filter(|label| label.key == key) {
                if let LabelValue::Number(size, _) = label.value {
                    let sum = sums.entry(size).or_default();
                    *sum = sum.saturating_add(values[id.index()]);
                }
            }
        }
        largest_first(sums.into_iter())
    }
}

fn largest_first<K: Ord>(sums: impl Iterator<Item = (K, i64)>) -> Vec<(K, i64)> {
    let mut sums: Vec<(K, i64)> = sums.collect();
    sums.sort_by(|(key_a, a), (key_b, b)| b.cmp(a).then_with(|| key_a.cmp(key_b)));
    sums
}

/// A signature's regular expression as it is run: on bytes, so that names that are
/// no UTF-8 match too.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

/// How large a set of expressions may be compiled, in bytes: several times the
/// built-in ones.
const SET_BYTES: usize = 64 << 20;

/// Regular expressions as bits, each as [`compile`] takes it.
#[derive(Debug)]
struct Patterns {
    bits: HashMap<String, usize>,
    /// Sets with the bit of their first expression.
    sets: Vec<(usize, Expressions)>,
}

impl Patterns {
    fn of<'a>(patterns: impl Iterator<Item = &'a str>) -> Self {
        let mut bits = HashMap::new();
        let mut list: Vec<&str> = Vec::new();
        for pattern in patterns {
            bits.entry(pattern.to_owned()).or_insert_with(|| {
                list.push(pattern);
                list.len() - 1
            });
        }
        let mut sets = Vec::new();
        compile_sets(&list, 0, SET_BYTES, &mut sets);
        Self { bits, sets }
    }

    fn bit(&self, pattern: &str) -> usize {
        self.bits[pattern]
    }

    fn matches(&self, name: &str) -> Vec<u64> {
        let mut words = vec![0; self.bits.len() / 64 + 1];
        for (first, set) in &self.sets {
            for position in set.matches(name.as_bytes()) {
                let bit = first + position;
                words[bit / 64] |= 1 << (bit % 64);
            }
        }
        words
    }
}

/// Compiles expressions into as few sets as their size allows. An expression that
/// does not compile alone was refused when its signature was read.
fn compile_sets(
    patterns: &[&str],
    first: usize,
    set_bytes: usize,
    sets: &mut Vec<(usize, Expressions)>,
) {
    match Expressions::new(patterns, set_bytes) {
        Ok(set) => sets.push((first, set)),
        Err(_) if patterns.len() > 1 => {
            let (left, right) = patterns.split_at(patterns.len() / 2);
            compile_sets(left, first, set_bytes, sets);
            compile_sets(right, first + left.len(), set_bytes, sets);
        }
        Err(_) => {}
    }
}

/// The rows of a table, by canonical name.
#[derive(Debug)]
pub(super) struct TableHeap {
    pub(super) rows: Vec<TableRow>,
    role: Role,
    total: i64,
}

#[derive(Debug)]
pub(super) struct TableRow {
    pub(super) name: String,
    pub(super) flat: i64,
    pub(super) cum: i64,
}

impl TableHeap {
    pub(super) fn new(table: &Table) -> Self {
        let rows: Vec<TableRow> = (table.rows.iter())
            .map(|row| TableRow {
                name: symbol::canonical(&row.name).into_owned(),
                flat: row.flat,
                cum: row.cum,
            })
            .collect();
        Self {
            role: Role::of_table(rows.iter().map(|row| row.name.as_str())),
            total: table.total.unwrap_or_else(|| table.flat_sum()),
            rows,
        }
    }

    fn select(&self, signature: &Signature, name: &str) -> Selected {
        let Some(select) = signature.select.get(name) else {
            return Selected::default();
        };
        if !select.of.is_empty() {
            return self.select_union(signature, &select.of);
        }
        let (flat, cum) = match &select.table {
            Some(table) => (table.flat.as_deref(), table.cum.as_deref()),
            None if only_leaf(select) => (select.leaf.as_deref(), None),
            None => return Selected::default(),
        };
        let flat = flat.map(|pattern| self.matching(pattern));
        let cum = cum.map(|pattern| self.matching(pattern));
        let flat_sum = flat.as_ref().map(|items| self.flat(items));
        let cum_max = cum.as_ref().map(|items| {
            let cums = items.iter().map(|&item| self.rows[item].cum);
            cums.max().unwrap_or(0)
        });
        let bytes = match (flat_sum, cum_max) {
            (Some(flat), Some(cum)) => flat.min(cum),
            (flat, cum) => flat.or(cum).unwrap_or(0),
        };
        let mut items = flat.unwrap_or_default();
        items.extend(cum.unwrap_or_default());
        items.sort_unstable();
        items.dedup();
        Selected {
            bytes,
            objects: None,
            items,
        }
    }

    /// Each row once; what counts by cum counts as far as it is larger.
    fn select_union(&self, signature: &Signature, names: &[String]) -> Selected {
        let parts: Vec<Selected> = (names.iter())
            .filter(|name| signature.select.get(*name).is_some_and(|s| s.of.is_empty()))
            .map(|name| self.select(signature, name))
            .collect();
        let mut items: Vec<usize> = parts.iter().flat_map(|part| part.items.clone()).collect();
        items.sort_unstable();
        items.dedup();
        let largest = parts.iter().map(|part| part.bytes).max().unwrap_or(0);
        let sum = parts
            .iter()
            .fold(0_i64, |sum, part| sum.saturating_add(part.bytes));
        Selected {
            bytes: self.flat(&items).clamp(largest, sum.max(largest)),
            objects: None,
            items,
        }
    }

    fn flat(&self, items: &[usize]) -> i64 {
        let flats = items.iter().map(|&item| self.rows[item].flat);
        flats.fold(0, i64::saturating_add)
    }

    fn matching(&self, pattern: &str) -> Vec<usize> {
        let Ok(regex) = compile(pattern) else {
            return Vec::new();
        };
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter(|(_, row)| regex.is_match(row.name.as_bytes()));
        rows.map(|(position, _)| position).collect()
    }
}

fn only_leaf(select: &Select) -> bool {
    select.leaf.is_some()
        && select.part.is_empty()
        && select.verb.is_empty()
        && select.kind.is_empty()
        && select.path.is_empty()
        && select.any.is_empty()
        && select.none.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_do_not_fit_into_one_set_are_split() {
        let list: Vec<String> = (0..8).map(|n| format!("^[a-f]{{50}}{n}$")).collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let mut sets = Vec::new();
        compile_sets(&list, 0, 10_000, &mut sets);
        assert!(sets.len() > 1, "{sets:?}");
        let bits = list.iter().zip(0..);
        let patterns = Patterns {
            bits: bits
                .map(|(pattern, bit)| ((*pattern).to_owned(), bit))
                .collect(),
            sets,
        };
        for bit in 0..8 {
            let name = format!("{}{bit}", "a".repeat(50));
            assert_eq!(patterns.matches(&name), [1 << bit], "{name}");
        }
    }
}
