//! The Kubernetes kinds of what a finding claims.
//!
//! Buffers have no type. Their kind is inferred, and said to be: from the objects of the
//! same requests, from the way of the encoder through an object, or from objects whose
//! size the buffers have: one of them, or all of a kind.

use std::ops::RangeInclusive;

use hashbrown::{HashMap, HashSet};

use super::answers::{self, Answer};
use super::evaluate::Match;
use super::remedy::{Advice, Remedy, Running};
use super::share;
use super::view::{HeapView, NamedRow, RowView, StackView, sums_by};
use crate::attribute::{INTERNAL, UNKNOWN};
use crate::knowledge::{Bits, NamedFrames, encoded, kind_of, kind_of_status};
use crate::profile::clamp;

/// From which share of a finding's bytes on a kind belongs to it.
const KIND_SHARE: f64 = 0.1;

/// From which share on the only kind is the one to look for.
const ONE_KIND_SHARE: f64 = 0.5;

/// How many kinds are named where a table cannot tell which hold most.
const MOST_KINDS: usize = 10;

/// How much of the objects of the same requests a kind must make to be inferred.
const INFERENCE_SHARE: f64 = 0.9;

/// How much of the claimed bytes these objects must be: of a few objects nothing is
/// inferred for many buffers.
const INFERENCE_FLOOR: f64 = 0.05;

/// The same of what a LIST encodes: while it does, it holds the objects. Their JSON is at
/// most half as long again, in a buffer of at most twice that. With fewer objects the
/// buffers are of LISTs before, kept in a pool.
const LIST_FLOOR: f64 = 1.0 / 3.0;

/// How much of the claimed bytes must be in buffers of one size.
const ONE_SIZE_SHARE: f64 = 0.5;

/// From which size on a buffer shows the object that it was made for, in bytes.
const TELLING_SIZE: i64 = 32 << 10;

/// How much larger than an object its JSON is at most: strings are quoted, bytes are
/// written in base64.
const JSON_FACTOR: f64 = 1.5;

/// The kinds of what a finding claims.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Largest first.
    pub(super) names: Vec<String>,
    /// Whether the claimed bytes show none, so that others stand in for them.
    pub(super) are_inferred: bool,
    /// The only one, where most of the claimed bytes show it.
    pub(super) one: Option<String>,
    /// What they are inferred from, if it is the size of an answer.
    pub(super) answer: Option<Answer>,
}

impl Kinds {
    fn shown(names: Vec<String>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    /// What a remedy says of these kinds.
    pub(super) fn advice(&self, remedy: &Remedy, running: &Running<'_>) -> Advice {
        let mut advice = remedy.advice(running, self.one.as_deref());
        if remedy.is_search {
            // For an inferred kind the query is left open, but not said again behind the other.
            advice.orders = match &self.names[..] {
                [kind] => remedy.orders_about(Some(kind)),
                _ => Vec::new(),
            };
        }
        advice
    }

    fn inferred(names: Vec<String>) -> Self {
        Self {
            are_inferred: !names.is_empty(),
            ..Self::shown(names)
        }
    }
}

/// The kinds of what a finding claims.
pub(super) fn kinds(heap: &HeapView<'_>, found: &Match<'_>, values: &[i64]) -> Kinds {
    if let Some(kind) = &found.kind {
        let known = (kind != UNKNOWN).then(|| kind.clone());
        return Kinds {
            one: known.clone(),
            ..Kinds::shown(known.into_iter().collect())
        };
    }
    match heap {
        HeapView::Stacks(stacks) => kinds_of_stacks(stacks, found, values),
        HeapView::Rows(table) => kinds_of_rows(table, found),
    }
}

fn kinds_of_stacks(heap: &StackView<'_>, found: &Match<'_>, values: &[i64]) -> Kinds {
    let shown = heap.kinds(found.claimed.items.iter().copied());
    let own = shown.iter().copied();
    let own = own.filter(|(_, bytes)| share(*bytes, found.claimed.bytes) >= KIND_SHARE);
    let own: Vec<(&str, i64)> = own.collect();
    if !own.is_empty() {
        let one = match own[..] {
            [(kind, bytes)] if share(bytes, found.claimed.bytes) >= ONE_KIND_SHARE => Some(kind),
            _ => None,
        };
        return Kinds {
            one: one.map(str::to_owned),
            ..Kinds::shown(own.iter().map(|(kind, _)| (*kind).to_owned()).collect())
        };
    }
    let stacks = &heap.analysis.stacks;
    let verb = |&item: &usize| stacks[item].place.verb.as_str();
    // Outside of requests nothing ties bytes to the objects of others.
    let verbs = found.claimed.items.iter().map(verb);
    let verbs: HashSet<&str> = verbs.filter(|verb| *verb != INTERNAL).collect();
    if verbs.is_empty() {
        return Kinds::default();
    }
    // Buffers are of the same requests as the few claimed objects that show a kind.
    let inferred = most(shown, found, INFERENCE_FLOOR)
        .or_else(|| of_requests(heap, found, &verbs))
        .or_else(|| of_encoder(heap, found))
        .or_else(|| of_size(heap, found, &verbs, values));
    if inferred.is_some() {
        return Kinds::inferred(inferred.into_iter().collect());
    }
    let answer = answers::answer(heap, found, values);
    let kind = answer.as_ref().map(|answer| answer.kind.clone());
    Kinds {
        answer,
        ..Kinds::inferred(kind.into_iter().collect())
    }
}

/// The kind of nearly all objects of the same requests.
fn of_requests(heap: &StackView<'_>, found: &Match<'_>, verbs: &HashSet<&str>) -> Option<String> {
    let stacks = &heap.analysis.stacks;
    let of_verb = |item: &usize| verbs.contains(stacks[*item].place.verb.as_str());
    let is_read = !answers::buffers(heap, found).is_empty();
    let floor = match verbs.contains("LIST") && !is_read {
        true => LIST_FLOOR,
        false => INFERENCE_FLOOR,
    };
    most(heap.kinds((0..stacks.len()).filter(of_verb)), found, floor)
}

/// The kind that an encoder shows on its way through an object.
fn of_encoder(heap: &StackView<'_>, found: &Match<'_>) -> Option<String> {
    let encoded = encoded();
    let class = |names: &[String]| NamedFrames::builtin().set(names).ok();
    let (map, bytes) = (class(&encoded.map)?, class(&encoded.bytes)?);
    let passes = |class: &Bits, item: &usize| {
        let mut frames = heap.analysis.stacks[*item].frames.iter();
        frames.any(|frame| class.meets(heap.analysis.functions.frames.row(frame.index())))
    };
    let items = found.claimed.items.iter().copied();
    let maps: Vec<usize> = items.filter(|item| passes(&map, item)).collect();
    let shown = maps.iter().copied().filter(|item| passes(&bytes, item));
    let shown = heap.sum(&shown.collect::<Vec<_>>());
    let rest = heap.sum(&maps).saturating_sub(shown);
    most(
        vec![(&encoded.kind, shown), (UNKNOWN, rest)],
        found,
        INFERENCE_FLOOR,
    )
}

/// The kind whose objects have the size of the buffers, where a buffer is for one object.
fn of_size(
    heap: &StackView<'_>,
    found: &Match<'_>,
    verbs: &HashSet<&str>,
    values: &[i64],
) -> Option<String> {
    if verbs.contains("LIST") {
        return None;
    }
    let sizes = heap.sizes(&found.claimed.items, values);
    let (size, bytes) = *sizes.first()?;
    if size < TELLING_SIZE || share(bytes, found.claimed.bytes) < ONE_SIZE_SHARE {
        return None;
    }
    let objects: RangeInclusive<i64> = (size as f64 / JSON_FACTOR) as i64..=size;
    most(
        heap.kinds_of_sizes(&objects, values),
        found,
        INFERENCE_FLOOR,
    )
}

/// The largest of some kinds, if it has nearly all of them and they are not too few.
fn most(mut kinds: Vec<(&str, i64)>, found: &Match<'_>, floor: f64) -> Option<String> {
    let all: i128 = kinds.iter().map(|(_, bytes)| i128::from(*bytes)).sum();
    kinds.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let most = kinds.into_iter().next();
    let most = most.filter(|(kind, bytes)| {
        *kind != UNKNOWN
            && share(*bytes, clamp(all)) >= INFERENCE_SHARE
            && share(*bytes, found.claimed.bytes) >= floor
    });
    most.map(|(kind, _)| kind.to_owned())
}

/// The kinds that rows of a table name, or whose status they hold.
fn kinds_of_rows(heap: &RowView<'_>, found: &Match<'_>) -> Kinds {
    let named = |sums: Vec<(String, i64)>| -> Vec<String> {
        let sums = match found.signature.each {
            Some(_) => sums,
            None => together(sums, found.claimed.bytes),
        };
        let kinds = sums.into_iter().map(|(kind, _)| kind);
        kinds.take(MOST_KINDS).collect()
    };
    let own = named(sums_of_kinds(heap, found));
    if !own.is_empty() {
        return Kinds::shown(own);
    }
    Kinds::inferred(named(sums(heap, found, kind_of_status)))
}

/// The kinds that may all be of what is claimed: the largest first, as long as they are no
/// more than that.
fn together(sums: Vec<(String, i64)>, claimed: i64) -> Vec<(String, i64)> {
    let mut left = (claimed as f64 * (1.0 + KIND_SHARE)) as i64;
    let mut kinds = Vec::new();
    for (kind, bytes) in sums {
        if kinds.is_empty() || bytes <= left {
            left = left.saturating_sub(bytes);
            kinds.push((kind, bytes));
        }
    }
    kinds
}

/// The kinds that the claimed rows show, else those that the claimed bytes must be of.
pub(super) fn sums_of_kinds(heap: &RowView<'_>, found: &Match<'_>) -> Vec<(String, i64)> {
    let own = sums(heap, found, kind_of);
    match own.is_empty() {
        true => sums_in_common(heap, found),
        false => own,
    }
}

/// The kinds whose rows have a part of the claimed bytes in any heap with such a table: both
/// together hold more than all of it.
fn sums_in_common(heap: &RowView<'_>, found: &Match<'_>) -> Vec<(String, i64)> {
    let claimed = i128::from(found.claimed.bytes);
    let least = |row: &&NamedRow| clamp(claimed + i128::from(row.cum) - i128::from(heap.total));
    let rows = heap.rows.iter();
    largest(
        rows.filter(|row| share(least(row), found.claimed.bytes) >= KIND_SHARE),
        found,
        kind_of,
    )
}

fn sums(
    heap: &RowView<'_>,
    found: &Match<'_>,
    kind: impl Fn(&str) -> Option<String>,
) -> Vec<(String, i64)> {
    // The rows that the signature names itself, if they show a kind, and not those of a part.
    let own = heap.own_rows(found.signature, &found.signature.bytes);
    let is_shown = |item: &&usize| kind(&heap.rows[**item].name).is_some();
    let own: Vec<usize> = own.iter().filter(is_shown).copied().collect();
    let items = if own.is_empty() {
        &found.claimed.items
    } else {
        &own
    };
    let rows = items.iter().map(|&item| &heap.rows[item]);
    largest(
        rows.filter(|row| share(row.cum, found.claimed.bytes) >= KIND_SHARE),
        found,
        kind,
    )
}

/// Rows name the same kind again and again: the largest one counts.
fn largest<'r>(
    rows: impl Iterator<Item = &'r NamedRow>,
    found: &Match<'_>,
    kind: impl Fn(&str) -> Option<String>,
) -> Vec<(String, i64)> {
    let mut kinds: HashMap<String, i64> = HashMap::new();
    for (kind, cum) in rows.filter_map(|row| Some((kind(&row.name)?, row.cum))) {
        let largest = kinds.entry(kind).or_insert(cum);
        *largest = cum.max(*largest);
    }
    let class = found.signature.kinds;
    kinds.retain(|kind, _| class.is_none_or(|class| class.has(kind)));
    sums_by(kinds.into_iter())
}
