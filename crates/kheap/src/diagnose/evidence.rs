//! The figures that a finding rests on.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::evaluate::Match;
use super::finding::Evidence;
use super::kinds;
use super::overlap::is_counted_twice;
use super::severity::Severity;
use super::share;
use super::view::{HeapView, NamedRow, RowView, StackView, sums_by};
use crate::arithmetic::variance;
use crate::attribute::{Analysis, AttributedStack, NameId, OTHER, ROOT_LOST, UNKNOWN};
use crate::knowledge::{KnownSize, Owner, known_size};
use crate::memory::{Memory, MemoryPart};
use crate::profile::clamp;

/// How many paths or rows are shown.
const MOST: usize = 3;

/// How many frames of a path are shown.
const MOST_FRAMES: usize = 7;

/// How many characters of a name are shown. A generic name of Go has some hundred.
const MOST_CHARACTERS: usize = 1000;

/// From which share of the claimed bytes on objects of one size are worth a word.
const SIZE_SHARE: f64 = 0.3;

/// From which share of the claimed bytes on what is beside or among them is worth a word.
const FACT_SHARE: f64 = 0.1;

/// From which share of the heap on what a part holds for one verb is worth a row.
const PLACE_SHARE: f64 = 0.01;

/// How much of the claimed bytes must pass a function for it to be the place
/// where they come together.
const ACCUMULATION_SHARE: f64 = 0.9;

/// Where every program begins.
const ENTRIES: [&str; 2] = ["runtime.main", "main.main"];

pub(super) fn evidence(
    heap: &HeapView<'_>,
    process: Option<&Memory>,
    found: &Match<'_>,
    values: &[i64],
) -> Vec<Evidence> {
    if found.signature.is_beside_heap() {
        return process.map_or_else(Vec::new, of_process);
    }
    let mut evidence = match heap {
        HeapView::Stacks(stacks) => of_stacks(stacks, found, values),
        HeapView::Rows(table) => {
            let kinds = kinds_in_rows(table, found);
            kinds
                .into_iter()
                .chain(rows(table, fitting_rows(table, found), MOST))
                .collect()
        }
    };
    evidence.extend(count(found));
    evidence
}

/// How many objects of a known size the claimed bytes are. What is not known to be bytes
/// in use has no severity, and is not counted.
fn count(found: &Match<'_>) -> Option<Evidence> {
    let KnownSize::Bytes(size) = known_size(found.signature.count.as_deref()?)? else {
        return None;
    };
    let [least, most] = size.bytes;
    (found.severity > Severity::Info).then(|| Evidence::Count {
        what: size.what.clone(),
        least: found.claimed.bytes / most,
        most: found.claimed.bytes / least,
        each: size.bytes,
    })
}

/// How many owners the claimed objects of one size have at least. Rows show no sizes.
fn owners(heap: &StackView<'_>, found: &Match<'_>, values: &[i64]) -> Option<Evidence> {
    let KnownSize::Owner(owner) = known_size(found.signature.count.as_deref()?)? else {
        return None;
    };
    let is_sampled = found.severity > Severity::Info;
    let (size, bytes) = sizes_of_owners(heap, found, owner, values)
        .into_iter()
        .find(|(size, _)| is_sampled && *size >= owner.from.max(1))?;
    let objects = bytes / size;
    let [least, most] = bounds(objects, size, heap.profile.header().period);
    // A part of an owner is one.
    let least = (least + owner.each - 1) / owner.each;
    (least > 1).then(|| Evidence::Owners {
        what: owner.what.clone(),
        least,
        most,
        objects,
        size,
        each: owner.each,
    })
}

fn sizes_of_owners(
    heap: &StackView<'_>,
    found: &Match<'_>,
    owner: &Owner,
    values: &[i64],
) -> Vec<(i64, i64)> {
    let names = &heap.analysis.functions.names;
    let is_one = |item: &usize| {
        let frames = &heap.analysis.stacks[*item].frames;
        let leaf = frames.last().map(|&frame| names.name(frame));
        let mut functions = frames.iter().map(|&frame| names.name(frame));
        (owner.leaf.as_deref()).is_none_or(|name| leaf == Some(name))
            && (owner.caller.as_deref()).is_none_or(|name| functions.any(|one| one == name))
    };
    let items = found.claimed.items.iter().copied().filter(is_one);
    heap.sizes(&Vec::from_iter(items), values)
}

/// How many objects there are at least and at most, where a sample says that there are so many:
/// two deviations fewer, but not fewer than were sampled, and two more.
fn bounds(objects: i64, size: i64, period: i64) -> [i64; 2] {
    let (count, size, period) = (objects as f64, size as f64, period.max(1) as f64);
    let sampled = count * -(-size / period).exp_m1();
    let deviations = 2.0 * variance(count, size, period).sqrt();
    let least = (count - deviations).max(sampled.round());
    [least.floor() as i64, (count + deviations).ceil() as i64]
}

/// What callers and callees hold themselves is not known: they are shown only where a
/// finding rests on nothing else.
fn claimed_rows(table: &RowView<'_>, found: &Match<'_>) -> Vec<usize> {
    let items = found.claimed.items.iter().copied();
    let listed: Vec<usize> = items.filter(|&item| item < table.listed).collect();
    match listed.is_empty() {
        true => found.claimed.items.clone(),
        false => listed,
    }
}

/// Those of the claimed rows, largest first, whose flats may all be claimed bytes: the
/// others are mostly of something else. So are rows that only show the part, and through
/// which more passes than is claimed.
fn fitting_rows(table: &RowView<'_>, found: &Match<'_>) -> Vec<usize> {
    let mut rows = claimed_rows(table, found);
    let own = table.own_rows(found.signature, &found.signature.bytes);
    let is_narrow =
        |item: &usize| own.contains(item) || table.rows[*item].cum <= found.claimed.bytes;
    if rows.iter().any(is_narrow) {
        rows.retain(is_narrow);
    }
    rows.sort_by_key(|&item| Reverse(table.rows[item].flat));
    let fitting = fitting(table, rows.clone(), found.claimed.bytes.into());
    match fitting.is_empty() {
        true => rows,
        false => fitting,
    }
}

/// Those of some rows, largest first, whose flats together are not more than that.
fn fitting(table: &RowView<'_>, mut rows: Vec<usize>, bytes: i128) -> Vec<usize> {
    let flat = |item: usize| i128::from(table.rows[item].flat);
    rows.sort_by_key(|&item| Reverse(flat(item)));
    let mut left = bytes;
    rows.retain(|&item| {
        let fits = flat(item) <= left;
        left -= if fits { flat(item) } else { 0 };
        fits
    });
    rows
}

/// What each kind has of a signature that is reported for each, where a table has several.
fn kinds_in_rows(table: &RowView<'_>, found: &Match<'_>) -> Vec<Evidence> {
    let kinds = match found.signature.each {
        Some(_) => kinds::sums_of_kinds(table, found),
        None => Vec::new(),
    };
    let is_told = kinds.len() > 1;
    let kinds = kinds.into_iter().filter(|_| is_told).take(MOST);
    let kinds = kinds.map(|(kind, bytes)| Evidence::Kind { kind, bytes });
    kinds.collect()
}

/// The parts of the process besides the live heap, largest first.
fn of_process(process: &Memory) -> Vec<Evidence> {
    let rows = process.rows.iter();
    let beside = rows.filter(|row| row.part != MemoryPart::LiveHeap);
    let mut beside: Vec<_> = beside.collect();
    beside.sort_by_key(|row| (Reverse(row.high), row.part));
    let evidence = beside.into_iter().map(|row| Evidence::Process {
        part: row.part,
        low: row.low,
        high: row.high,
    });
    evidence.collect()
}

fn of_stacks(heap: &StackView<'_>, found: &Match<'_>, values: &[i64]) -> Vec<Evidence> {
    let parts = parts(heap, found);
    let paths = paths(heap.analysis, found.claimed.items.iter().copied(), MOST);
    let sizes = heap.sizes(&found.claimed.items, values).into_iter().take(1);
    let sizes = sizes.filter(|(_, bytes)| share(*bytes, found.claimed.bytes) >= SIZE_SHARE);
    let sizes = sizes.map(|(size, bytes)| Evidence::Size { size, bytes });
    let beside = beside(heap, found).into_iter();
    let beside = beside.chain(managed_fields(heap, found));
    let all = parts.into_iter().chain(paths).chain(sizes);
    let owners = owners(heap, found, values);
    all.chain(owners).chain(beside).collect()
}

/// What other parts hold of the kind of a finding.
fn beside(heap: &StackView<'_>, found: &Match<'_>) -> Vec<Evidence> {
    let Some(kind) = found.kind.as_ref().filter(|kind| *kind != UNKNOWN) else {
        return Vec::new();
    };
    let stacks = &heap.analysis.stacks;
    let held = |part: &String| {
        let is_there = |item: &usize| {
            let place = &stacks[*item].place;
            place.part == *part && place.kind == *kind
        };
        let items: Vec<usize> = (0..stacks.len()).filter(is_there).collect();
        let part = part.clone();
        let bytes = heap.sum(&items);
        (share(bytes, found.claimed.bytes) >= FACT_SHARE)
            .then_some(Evidence::Beside { part, bytes })
    };
    found.signature.beside.iter().filter_map(held).collect()
}

/// What of the claimed bytes is managed fields.
fn managed_fields(heap: &StackView<'_>, found: &Match<'_>) -> Option<Evidence> {
    let bytes = heap.sum(&heap.below(&found.claimed.items, &found.signature.managed_fields));
    (share(bytes, found.claimed.bytes) >= FACT_SHARE).then_some(Evidence::ManagedFields { bytes })
}

/// What came how, such as by the initial fill and by events, where a signature
/// names several parts.
fn parts(heap: &StackView<'_>, found: &Match<'_>) -> Vec<Evidence> {
    let signature = found.signature;
    let named = signature.select.get(&signature.bytes);
    if named.is_none_or(|select| select.part.len() < 2) {
        return Vec::new();
    }
    let part = |(part, bytes): (&str, i64)| Evidence::Part {
        part: part.to_owned(),
        bytes,
    };
    heap.parts(&found.claimed.items)
        .into_iter()
        .map(part)
        .collect()
}

/// The heaviest of the shortened paths of some stacks.
fn paths(analysis: &Analysis, items: impl Iterator<Item = usize>, most: usize) -> Vec<Evidence> {
    let stacks = items.map(|item| &analysis.stacks[item]);
    let mut paths = sums_by(stacks.map(|stack| (shortened(analysis, stack), stack.value)));
    paths.truncate(most);
    let paths = paths.into_iter();
    paths
        .map(|(frames, bytes)| Evidence::Path { frames, bytes })
        .collect()
}

/// The stacks, or rows of a table, that some matches claim.
pub(super) fn claimed<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>> + Clone,
) -> HashSet<usize> {
    let items = matches.clone().flat_map(|found| &found.claimed.items);
    let mut claimed: HashSet<usize> = items.copied().collect();
    if let HeapView::Rows(table) = heap {
        let generic = generic_below(table, matches, &claimed);
        claimed.extend(generic);
    }
    claimed
}

/// The generic allocators whose bytes may all be those of some matches. What a match claims
/// beyond the flats of its rows is in the flats of their callees, and a generic allocator
/// always has a caller. Those among the rows of a match count there.
fn generic_below<'m>(
    table: &RowView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>>,
    claimed: &HashSet<usize>,
) -> Vec<usize> {
    let mut others = table.generic();
    others.retain(|item| !claimed.contains(item));
    fitting(table, others, beyond_own(table, matches))
}

/// What some matches claim beyond the flats of their rows.
fn beyond_own<'m>(table: &RowView<'_>, matches: impl Iterator<Item = &'m Match<'m>>) -> i128 {
    let beyond = |found: &Match<'_>| {
        let own = found.claimed.items.iter();
        let own = own.map(|&item| i128::from(table.rows[item].flat));
        (i128::from(found.claimed.bytes) - own.sum::<i128>()).max(0)
    };
    matches.map(beyond).sum()
}

/// The same of a table; 0 of stacks, which show whose all is.
pub(super) fn beyond_rows<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>>,
) -> i64 {
    match heap {
        HeapView::Rows(table) => clamp(beyond_own(table, matches)),
        HeapView::Stacks(_) => 0,
    }
}

/// What of a table has a cause that its rows show: what some matches claim, and what the rows
/// of other parts hold that no signature is about.
pub(super) fn known<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>> + Clone,
    harmless: &[usize],
) -> Option<i64> {
    let HeapView::Rows(table) = heap else {
        return None;
    };
    let all: Vec<&Match<'_>> = matches.clone().collect();
    let bytes = all.iter().map(|found| i128::from(found.claimed.bytes));
    let bytes = match is_counted_twice(heap, &all) {
        true => bytes.max().unwrap_or_default(),
        false => bytes.sum(),
    };
    let claimed = claimed(heap, matches);
    let others = harmless.iter().filter(|&row| !claimed.contains(row));
    let others = others.map(|&row| i128::from(table.rows[row].flat));
    Some(clamp(bytes + others.sum::<i128>()))
}

/// The heaviest paths, or rows of a table, that some matches do not claim.
pub(super) fn unclaimed<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>> + Clone,
    most: usize,
) -> Vec<Evidence> {
    let claimed = claimed(heap, matches.clone());
    match heap {
        HeapView::Stacks(stacks) => {
            let all = 0..stacks.analysis.stacks.len();
            let left = all.filter(|item| !claimed.contains(item));
            paths(stacks.analysis, left, most)
        }
        HeapView::Rows(table) => {
            let bytes = matches
                .map(|found| i128::from(found.claimed.bytes))
                .sum::<i128>();
            let left = i128::from(heap.total()) - bytes;
            // What is claimed by cum is in the flats of other rows.
            let fits = |item: &usize| i128::from(table.rows[*item].flat) <= left;
            let all = 0..table.listed;
            let left = all.filter(|item| !claimed.contains(item)).filter(fits);
            rows(table, left.collect(), most)
        }
    }
}

/// What some matches do not claim of a server, by part and verb.
pub(super) fn unclaimed_parts<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>> + Clone,
) -> Vec<Evidence> {
    let HeapView::Stacks(stacks) = heap else {
        return Vec::new();
    };
    if !heap.role().is_server() {
        return Vec::new();
    }
    let claimed = claimed(heap, matches);
    let all = stacks.analysis.stacks.iter().enumerate();
    let left = all.filter(|(item, stack)| stack.place.part != OTHER && !claimed.contains(item));
    let places = left.map(|(_, stack)| {
        let place = &stack.place;
        ((place.part.as_str(), place.verb.as_str()), stack.value)
    });
    let evidence = |((part, verb), bytes): ((&str, &str), i64)| Evidence::Place {
        part: part.to_owned(),
        verb: verb.to_owned(),
        bytes,
    };
    let sums = sums_by(places).into_iter();
    let large = sums.filter(|(_, bytes)| share(*bytes, heap.total()) >= PLACE_SHARE);
    large.map(evidence).collect()
}

/// What belongs to no part and is claimed by no match; of a table what no match claims.
pub(super) fn unattributed<'m>(
    heap: &HeapView<'_>,
    matches: impl Iterator<Item = &'m Match<'m>> + Clone,
) -> i64 {
    match heap {
        HeapView::Stacks(stacks) => {
            let claimed = claimed(heap, matches);
            let all = stacks.analysis.stacks.iter().enumerate();
            let other = all
                .filter(|(item, stack)| stack.place.part == OTHER && !claimed.contains(item))
                .map(|(_, stack)| i128::from(stack.value));
            clamp(other.sum())
        }
        HeapView::Rows(table) => {
            let listed = table.rows.iter().take(table.listed);
            let flats = listed.map(|row| i128::from(row.flat));
            let claimed = matches.map(|found| i128::from(found.claimed.bytes));
            clamp((flats.sum::<i128>() - claimed.sum::<i128>()).max(0))
        }
    }
}

/// The largest of some rows.
fn rows(table: &RowView<'_>, mut items: Vec<usize>, most: usize) -> Vec<Evidence> {
    let row = |item: usize| &table.rows[item];
    items.sort_by(|&a, &b| {
        let (a, b) = (row(a), row(b));
        let magnitude = |row: &NamedRow| (row.flat.unsigned_abs(), row.cum.unsigned_abs());
        magnitude(b)
            .cmp(&magnitude(a))
            .then_with(|| a.name.cmp(&b.name))
    });
    let evidence = |item| Evidence::Row {
        name: readable(&row(item).name),
        flat: row(item).flat,
        cum: row(item).cum,
    };
    items.into_iter().take(most).map(evidence).collect()
}

/// The key frames of a stack, root first, with a word on a root that was lost where nothing
/// else shows the way.
pub(super) fn shortened(analysis: &Analysis, stack: &AttributedStack) -> Vec<String> {
    let mut key_frames = analysis.key_frames(stack);
    if key_frames.len() > MOST_FRAMES {
        // The request and what is nearest to the leaf say most.
        key_frames.drain(1..=key_frames.len() - MOST_FRAMES);
    }
    // Where the request is seen, what was above it says nothing.
    let is_lost = stack.is_cut && key_frames.len() == 1;
    let cut = is_lost.then(|| ROOT_LOST.to_owned());
    let frames = shown(analysis, stack, key_frames);
    cut.into_iter().chain(frames).collect()
}

/// Some frames of a stack, by their positions, with `…` where others are left out.
fn shown(analysis: &Analysis, stack: &AttributedStack, positions: Vec<usize>) -> Vec<String> {
    let names = &analysis.functions.names;
    let word = |at: Option<usize>| match at {
        Some(at) => readable(names.short(stack.frames[at])),
        None => LEFT_OUT.to_owned(),
    };
    spaced(positions).map(word).collect()
}

/// What stands for frames that are left out.
pub(super) const LEFT_OUT: &str = "…";

/// Positions of frames, with `None` where others are left out.
pub(super) fn spaced(positions: Vec<usize>) -> impl Iterator<Item = Option<usize>> {
    let mut next = 0;
    positions.into_iter().flat_map(move |at| {
        let gap = (at > next).then_some(None);
        next = at + 1;
        gap.into_iter().chain([Some(at)])
    })
}

/// A name as far as it is shown.
pub(super) fn readable(name: &str) -> String {
    match name.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The function through which nearly all claimed bytes come, as deep as it goes on
/// the heaviest path, first among the frames that a shortened path shows: below it they
/// spread. `None` in a table, or where they spread at once.
///
/// The sums are exact, as the dominators of a call graph are not: a graph puts stacks
/// together, so that recursion and lost roots open ways that no stack takes, and a
/// dominator must have all bytes, not nearly all.
pub(super) fn accumulation(heap: &HeapView<'_>, found: &Match<'_>) -> Option<(String, i64)> {
    let HeapView::Stacks(heap) = heap else {
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
    // That all bytes come through the program's entry, or through the function that
    // allocates them, says nothing.
    let leaf = heaviest.frames.len().saturating_sub(1);
    let says = |at: &usize| {
        *at < leaf && !ENTRIES.contains(&heap.analysis.functions.names.name(heaviest.frames[*at]))
    };
    let key_frames = heap.analysis.key_frames(heaviest).into_iter().rev();
    let deepest_first = key_frames.chain((0..leaf).rev()).filter(says);
    let mut deepest_first = deepest_first.map(|at| &heaviest.frames[at]);
    let deepest = deepest_first.find(passes);
    deepest.map(|name| {
        (
            readable(heap.analysis.functions.names.name(*name)),
            cum[name],
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_that_are_all_sampled_are_counted_and_others_are_a_range() {
        let period = 512 << 10;
        assert_eq!(bounds(6, 100 << 20, period), [6, 6]);
        // 26 samples, five, and three.
        assert_eq!(bounds(3341, 4096, period), [2035, 4647]);
        assert_eq!(bounds(42, 64 << 10, period), [6, 78]);
        assert_eq!(bounds(384, 4096, period), [3, 827]);
        // A profile that samples all.
        assert_eq!(bounds(384, 4096, 1), [384, 384]);
        assert_eq!(bounds(384, 4096, 0), [384, 384]);
    }

    #[test]
    fn a_name_without_end_is_cut() {
        assert_eq!(readable("main.f"), "main.f");
        let long = readable(&format!("main.{}", "é".repeat(10_000)));
        assert_eq!(long.chars().count(), MOST_CHARACTERS + 1);
        assert!(long.ends_with("é…"));
    }
}
