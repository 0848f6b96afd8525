//! The figures that a finding rests on.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::finding::Evidence;
use super::heap::{Heap, StackHeap, TableHeap};
use super::judge::Match;
use super::share;
use crate::attribute::{Analysis, INTERNAL, JudgedStack, NameId, UNKNOWN};
use crate::memory::MemoryPart;
use crate::symbol;

/// How many paths or rows are shown.
const MOST: usize = 3;

/// How many frames of a path are shown.
const MOST_FRAMES: usize = 7;

/// From which share of the claimed bytes on objects of one size are worth a word.
const SIZE_SHARE: f64 = 0.3;

/// From which share of a finding's bytes on a kind belongs to it.
const KIND_SHARE: f64 = 0.1;

/// How much of the objects of the same requests a kind must make to be inferred.
const INFERENCE_SHARE: f64 = 0.9;

/// How much of the claimed bytes must pass a function for it to be the place
/// where they come together.
const ACCUMULATION_SHARE: f64 = 0.9;

pub(super) fn evidence(heap: &Heap<'_>, found: &Match<'_>, values: &[i64]) -> Vec<Evidence> {
    let claimed = found.signature.select.get(&found.signature.bytes);
    if claimed.is_some_and(|select| select.beside_heap) {
        return of_process(heap);
    }
    match heap {
        Heap::Stacks(stacks) => of_stacks(stacks, found, values),
        Heap::Table(table) => of_table(table, found),
    }
}

/// The parts of the process besides the live heap, largest first.
fn of_process(heap: &Heap<'_>) -> Vec<Evidence> {
    let rows = heap.process().map_or(&[][..], |process| &process.rows);
    let beside = rows.iter().filter(|row| row.part != MemoryPart::LiveHeap);
    let mut beside: Vec<_> = beside.collect();
    beside.sort_by_key(|row| (Reverse(row.high), row.part));
    let evidence = beside.into_iter().map(|row| Evidence::Process {
        part: row.part.title().to_owned(),
        low: row.low,
        high: row.high,
    });
    evidence.collect()
}

fn of_stacks(heap: &StackHeap<'_>, found: &Match<'_>, values: &[i64]) -> Vec<Evidence> {
    let paths = paths(heap.analysis, found.claimed.items.iter().copied(), MOST);
    let sizes = heap.sizes(&found.claimed.items, values).into_iter().take(1);
    let sizes = sizes.filter(|(_, bytes)| share(*bytes, found.claimed.bytes) >= SIZE_SHARE);
    let sizes = sizes.map(|(size, bytes)| Evidence::Size { size, bytes });
    paths.into_iter().chain(sizes).collect()
}

/// The heaviest of the shortened paths of some stacks.
fn paths(
    analysis: &Analysis<'_>,
    items: impl Iterator<Item = usize>,
    most: usize,
) -> Vec<Evidence> {
    let mut sums: HashMap<Vec<String>, i64> = HashMap::new();
    for item in items {
        let stack = &analysis.stacks[item];
        let sum = sums.entry(shortened(analysis, stack)).or_default();
        *sum = sum.saturating_add(stack.value);
    }
    let mut paths: Vec<(Vec<String>, i64)> = sums.into_iter().collect();
    paths.sort_by(|(path_a, a), (path_b, b)| b.cmp(a).then_with(|| path_a.cmp(path_b)));
    paths.truncate(most);
    let paths = paths.into_iter();
    paths
        .map(|(frames, bytes)| Evidence::Path { frames, bytes })
        .collect()
}

/// The heaviest paths, or rows of a table, that are not among the claimed ones.
pub(super) fn unclaimed(heap: &Heap<'_>, claimed: &HashSet<usize>, most: usize) -> Vec<Evidence> {
    match heap {
        Heap::Stacks(stacks) => {
            let all = 0..stacks.analysis.stacks.len();
            paths(
                stacks.analysis,
                all.filter(|item| !claimed.contains(item)),
                most,
            )
        }
        Heap::Table(table) => rows(table, claimed, most),
    }
}

fn rows(table: &TableHeap, claimed: &HashSet<usize>, most: usize) -> Vec<Evidence> {
    let items = 0..table.rows.len();
    let mut items: Vec<usize> = items.filter(|item| !claimed.contains(item)).collect();
    items.sort_by_key(|&item| Reverse((table.rows[item].flat, table.rows[item].cum)));
    items.truncate(most);
    items.into_iter().map(|item| row(table, item)).collect()
}

fn row(table: &TableHeap, item: usize) -> Evidence {
    let row = &table.rows[item];
    Evidence::Row {
        name: row.name.clone(),
        flat: row.flat,
        cum: row.cum,
    }
}

/// The frames that tell the story, root first, with `…` where some are left out.
pub(super) fn shortened(analysis: &Analysis<'_>, stack: &JudgedStack) -> Vec<String> {
    let mut told = analysis.story(stack);
    if told.len() > MOST_FRAMES {
        // The request and what is nearest to the leaf say most.
        told.drain(1..=told.len() - MOST_FRAMES);
    }
    let mut frames: Vec<String> = Vec::new();
    let mut next = 0;
    for at in told {
        if at > next {
            frames.push("…".to_owned());
        }
        next = at + 1;
        let name = analysis.names.name(stack.frames[at]);
        frames.push(symbol::short(name).into_owned());
    }
    frames
}

fn of_table(heap: &TableHeap, found: &Match<'_>) -> Vec<Evidence> {
    let mut items = found.claimed.items.clone();
    items.sort_by_key(|&item| Reverse((heap.rows[item].flat, heap.rows[item].cum)));
    let items = items.into_iter().take(MOST);
    items.map(|item| row(heap, item)).collect()
}

/// The kinds of what a finding claims, and whether they are inferred.
pub(super) fn kinds(heap: &Heap<'_>, found: &Match<'_>) -> (Vec<String>, bool) {
    if let Some(kind) = &found.kind {
        let known = (kind != UNKNOWN).then(|| kind.clone());
        return (known.into_iter().collect(), false);
    }
    match heap {
        Heap::Stacks(stacks) => kinds_of_stacks(stacks, found),
        Heap::Table(table) => (kinds_of_rows(table, found), false),
    }
}

fn kinds_of_stacks(heap: &StackHeap<'_>, found: &Match<'_>) -> (Vec<String>, bool) {
    let own = heap.kinds(found.claimed.items.iter().copied()).into_iter();
    let own = own.filter(|(_, bytes)| share(*bytes, found.claimed.bytes) >= KIND_SHARE);
    let own: Vec<String> = own.map(|(kind, _)| kind).collect();
    if !own.is_empty() {
        return (own, false);
    }
    let stacks = &heap.analysis.stacks;
    let verbs = found
        .claimed
        .items
        .iter()
        .map(|&item| &stacks[item].place.verb);
    // Outside of requests nothing ties bytes to the objects of others.
    let verbs: Vec<&String> = verbs.filter(|verb| *verb != INTERNAL).collect();
    let same_verb = (0..stacks.len()).filter(|&item| verbs.contains(&&stacks[item].place.verb));
    let served = heap.kinds(same_verb);
    let all: i64 = served
        .iter()
        .fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes));
    let most = served.into_iter().next();
    let most = most.filter(|(_, bytes)| share(*bytes, all) >= INFERENCE_SHARE);
    match most {
        Some((kind, _)) => (vec![kind], true),
        None => (Vec::new(), false),
    }
}

fn kinds_of_rows(heap: &TableHeap, found: &Match<'_>) -> Vec<String> {
    let mut kinds: Vec<(String, i64)> = Vec::new();
    for &item in &found.claimed.items {
        let row = &heap.rows[item];
        let Some(kind) = crate::attribute::kind_of(&row.name) else {
            continue;
        };
        if share(row.cum, found.claimed.bytes) >= KIND_SHARE {
            kinds.push((kind, row.cum));
        }
    }
    kinds.sort_by(|(kind_a, a), (kind_b, b)| b.cmp(a).then_with(|| kind_a.cmp(kind_b)));
    let mut names: Vec<String> = Vec::new();
    for (kind, _) in kinds {
        if !names.contains(&kind) {
            names.push(kind);
        }
    }
    names
}

/// The function through which nearly all claimed bytes come, as deep as it goes
/// among those that tell the story of the heaviest path: below it they spread.
/// `None` in a table, or where they spread at once.
///
/// A dominator of the claimed stacks, told from the stacks themselves: in their
/// call graph recursion and roots that were cut off would open side ways.
pub(super) fn accumulation(heap: &Heap<'_>, found: &Match<'_>) -> Option<String> {
    let Heap::Stacks(heap) = heap else {
        return None;
    };
    let stacks = found
        .claimed
        .items
        .iter()
        .map(|&item| &heap.analysis.stacks[item]);
    let mut cum: HashMap<NameId, i64> = HashMap::new();
    for stack in stacks.clone() {
        let mut names = stack.frames.clone();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let sum = cum.entry(name).or_default();
            *sum = sum.saturating_add(stack.value);
        }
    }
    let heaviest = stacks.max_by_key(|stack| stack.value)?;
    let passes = |name: &&NameId| share(cum[*name], found.claimed.bytes) >= ACCUMULATION_SHARE;
    // That all bytes come through the allocator's own helper says nothing.
    let told = heap.analysis.story(heaviest).into_iter();
    let told = told.filter(|&at| at + 1 < heaviest.frames.len());
    let told: Vec<NameId> = told.map(|at| heaviest.frames[at]).collect();
    let mut deepest_first = told.iter().rev().chain(heaviest.frames.iter().rev());
    let deepest = deepest_first.find(passes);
    deepest.map(|&name| heap.analysis.names.name(name).to_owned())
}
