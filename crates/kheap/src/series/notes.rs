//! What the reader of a comparison should know about its two sides.

use super::identity::{Rename, renamed};
use super::snapshot::{By, Origin, Snapshot};
use crate::info::Period;
use crate::unit;

/// Something that changes how a difference is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Note {
    /// They are of different programs.
    Programs {
        /// The program of the first one.
        before: String,
        /// That of the second one.
        after: String,
    },
    /// They are of different builds of a program.
    Builds {
        /// The build id of the first one.
        before: String,
        /// That of the second one.
        after: String,
    },
    /// They were sampled differently.
    Periods {
        /// How much lay between two samples of the first one.
        before: String,
        /// For the second one.
        after: String,
    },
    /// The first one is the newer one.
    Reversed {
        /// By how much, in nanoseconds, where times show it.
        nanos: Option<i64>,
    },
    /// One of them, or each, holds what changed in a while.
    Delta {
        /// How long that was, in nanoseconds.
        nanos: i64,
        /// Whether both do.
        is_both: bool,
    },
    /// One of them, or each, may be part of a heap: what it lacks shows as a difference.
    Fragment {
        /// Whether both are.
        is_both: bool,
    },
    /// A new process took the place of the old one.
    Restart(RestartSign),
    /// All figures of both are the same: no collection finished in between, or nothing
    /// was allocated and freed.
    NoCollection,
    /// Both are the same dump.
    SameDump,
    /// They were attributed by different rules: of different
    /// [`Rules`](crate::attribute::Rules), or of different versions of this crate. Differences by
    /// part may come from that alone.
    Rules,
    /// Go renamed a function between the two.
    Renamed(#[cfg_attr(feature = "serde", serde(with = "rename_as_pair"))] Rename),
}

/// What distinguishes a new process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum RestartSign {
    /// What was allocated since the start went down.
    Counters,
    /// The kernel put its code at another address.
    Addresses,
    /// What was allocated since the start went down, and no time shows which one is older:
    /// the second one may as well be the older one of the same process.
    UntimedCounters,
}

/// A renaming as the pair of its names.
#[cfg(feature = "serde")]
mod rename_as_pair {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::series::identity::{RENAMES, Rename};

    pub(super) fn serialize<S: Serializer>(rename: &Rename, s: S) -> Result<S::Ok, S::Error> {
        [rename.old, rename.new].serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Rename, D::Error> {
        let [old, new] = <[String; 2]>::deserialize(d)?;
        let known = RENAMES.iter().find(|r| r.old == old && r.new == new);
        let unknown = || D::Error::custom(format!("Go did not rename {old} to {new}"));
        known.copied().ok_or_else(unknown)
    }
}

/// What is to be known about a pair of snapshots, the earlier one first; most weighty first.
pub fn notes(before: &Snapshot, after: &Snapshot) -> Vec<Note> {
    let mut notes = notes_on_origins(&before.origin, &after.origin);
    let is_reversed = { notes.iter() }.any(|note| matches!(note, Note::Reversed { .. }));
    if is_one_process(&notes) && has_falling_counter(before, after, is_reversed) {
        notes.insert(0, Note::Restart(RestartSign::Counters));
    }
    if before.has_other_rules(after) {
        notes.push(Note::Rules);
    }
    let functions = before.by(By::Function).zip(after.by(By::Function));
    let renames = functions.map(|(before, after)| renamed(before, after));
    notes.extend(renames.into_iter().flatten().map(Note::Renamed));
    notes
}

/// The same without what the functions tell.
pub(crate) fn notes_on_origins(a: &Origin, b: &Origin) -> Vec<Note> {
    let mut notes: Vec<Note> = delta(a, b).into_iter().chain(fragment(a, b)).collect();
    // What a file does not name, as a text names neither, does not differ.
    let pair = |a: &Option<String>, b: &Option<String>| a.clone().zip(b.clone());
    let differ = |(a, b): &(String, String)| a != b;
    let programs = pair(&a.program, &b.program);
    let builds = programs.as_ref().and(pair(&a.build_id, &b.build_id));
    if let Some((before, after)) = programs.filter(differ) {
        notes.push(Note::Programs { before, after });
    } else if let Some((before, after)) = builds.filter(differ) {
        notes.push(Note::Builds { before, after });
    } else {
        notes.extend(within_one_build(a, b));
    }
    if let (Some(one), Some(other)) = (&a.period, &b.period)
        && one != other
    {
        notes.push(Note::Periods {
            before: period(one),
            after: period(other),
        });
    }
    // A text has the time of the last collection, which is before it was taken.
    if !notes.contains(&Note::SameDump) {
        notes.extend(reversed(a, b));
    }
    notes
}

/// That the first one is the newer one: by its time, else by what its process allocated.
fn reversed(a: &Origin, b: &Origin) -> Option<Note> {
    match elapsed_nanos(a, b).filter(|&nanos| nanos != 0) {
        Some(nanos) => (nanos < 0).then(|| Note::Reversed {
            nanos: Some(i64::try_from(nanos.saturating_neg()).unwrap_or(i64::MAX)),
        }),
        None => (is_surely_one_process(a, b) && has_fallen(a, b))
            .then_some(Note::Reversed { nanos: None }),
    }
}

/// Whether the kernel put its code at the same address for both.
fn is_surely_one_process(a: &Origin, b: &Origin) -> bool {
    a.process.is_some() && a.process == b.process && a.build_id == b.build_id
}

/// Whether the second one counts less as allocated since the start than the first one.
fn has_fallen(earlier: &Origin, later: &Origin) -> bool {
    let mut counters = earlier.allocated.iter().zip(&later.allocated);
    counters.any(|pair| matches!(pair, (Some(earlier), Some(later)) if later < earlier))
}

/// A profile fetched with `?seconds=N`.
fn delta(a: &Origin, b: &Origin) -> Option<Note> {
    Some(Note::Delta {
        nanos: b.delta_nanos.or(a.delta_nanos)?,
        is_both: a.delta_nanos.is_some() && b.delta_nanos.is_some(),
    })
}

/// A text that was cut, or pasted in part.
fn fragment(a: &Origin, b: &Origin) -> Option<Note> {
    (a.is_fragment || b.is_fragment).then_some(Note::Fragment {
        is_both: a.is_fragment && b.is_fragment,
    })
}

/// How long after the first one the second one was taken, where both say when.
pub(crate) fn elapsed_nanos(before: &Origin, after: &Origin) -> Option<i128> {
    Some(i128::from(after.time_nanos?) - i128::from(before.time_nanos?))
}

/// Whether both are of one process, as far as that can be known.
pub(crate) fn is_one_process(notes: &[Note]) -> bool {
    let parts = |note: &Note| {
        matches!(
            note,
            Note::Programs { .. } | Note::Builds { .. } | Note::Restart(_)
        )
    };
    !notes.iter().any(parts)
}

fn within_one_build(before: &Origin, after: &Origin) -> Option<Note> {
    // First, because the counters of a text are rounded, and seem to fall.
    if is_saved_twice(before, after) {
        return Some(Note::SameDump);
    }
    if let Some(sign) = restart(before, after) {
        return Some(Note::Restart(sign));
    }
    // What was allocated is made public at the end of a collection, too: where it moved,
    // the heap is steady.
    let is_still = before.allocated == after.allocated && before.collections == after.collections;
    if !is_same_heap(before, after) || !is_still {
        return None;
    }
    Some(match before.time_nanos == after.time_nanos {
        true => Note::SameDump,
        false => Note::NoCollection,
    })
}

/// Whether one is the text of the other: a text names no program, and its counters are
/// rounded.
fn is_saved_twice(a: &Origin, b: &Origin) -> bool {
    let is_near = |pair| match pair {
        (Some(a), Some(b)) => !any_has_fallen([(a, b), (b, a)].into_iter()),
        _ => false,
    };
    let wide = |counters: [Option<i64>; 2]| counters.map(|counter| counter.map(i128::from));
    let [bytes, objects] = wide(a.allocated);
    let [other_bytes, other_objects] = wide(b.allocated);
    let is_text_and_file = a.program.is_none() != b.program.is_none();
    let same_total = a.total.value == b.total.value && a.sample_type == b.sample_type;
    is_text_and_file
        && same_total
        && is_near((bytes, other_bytes))
        && is_near((objects, other_objects))
}

/// Whether all in-use figures are the same.
pub(super) fn is_same_heap(before: &Origin, after: &Origin) -> bool {
    before.levels.is_some() && before.levels == after.levels
}

/// Counters are compared in the order of time, whichever side is the earlier one.
fn restart(before: &Origin, after: &Origin) -> Option<RestartSign> {
    let nanos = elapsed_nanos(before, after).filter(|&nanos| nanos != 0);
    let (earlier, later) = match nanos.is_some_and(|nanos| nanos < 0) {
        true => (after, before),
        false => (before, after),
    };
    if has_fallen(earlier, later) {
        return match nanos {
            Some(_) => Some(RestartSign::Counters),
            None if is_surely_one_process(before, after) => None,
            None => Some(RestartSign::UntimedCounters),
        };
    }
    let moved = matches!((before.process, after.process), (Some(a), Some(b)) if a != b);
    moved.then_some(RestartSign::Addresses)
}

/// Whether a function allocated less than before, which the sum of all may hide.
fn has_falling_counter(before: &Snapshot, after: &Snapshot, is_reversed: bool) -> bool {
    let (a, b) = (&before.origin, &after.origin);
    let is_change = a.is_change() || b.is_change();
    if is_change || !a.is_counter() || a.sample_type != b.sample_type {
        return false;
    }
    let (earlier, later) = match is_reversed {
        true => (after, before),
        false => (before, after),
    };
    // Functions that were not stored did not fall.
    let functions = earlier.by(By::Function).zip(later.by(By::Function));
    functions.is_some_and(|(earlier, later)| {
        any_has_fallen(earlier.iter().map(|(name, amount)| {
            let later = later.get(name).map_or(0, |later| later.value);
            (amount.value.into(), later.into())
        }))
    })
}

/// Whether one of some counters, before and after, fell by more than rounding, in which
/// a text and a .pb.gz differ.
pub(crate) fn any_has_fallen(mut counters: impl Iterator<Item = (i128, i128)>) -> bool {
    counters.any(|(before, after)| after < before - before / 1000)
}

fn period(period: &Period) -> String {
    let amount = unit::label(period.value, &period.unit, unit::AUTO);
    match period.kind.as_str() {
        "" => amount,
        kind => format!("{amount} of {kind}"),
    }
}
