//! What the reader of a comparison should know about its two sides.

use super::identity::{Rename, renamed};
use super::snapshot::{By, Origin, Snapshot};
use crate::info::Period;
use crate::unit;

/// Something that changes how a difference is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
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
        /// By how much, in nanoseconds.
        nanos: i64,
    },
    /// One of them, or each, holds what changed in a while.
    Delta {
        /// How long that was, in nanoseconds.
        nanos: i64,
        /// Whether both do.
        is_both: bool,
    },
    /// A new process took the place of the old one.
    Restart(RestartSign),
    /// Both show the end of the same collection.
    NoCollection,
    /// Both are the same dump.
    SameDump,
    /// Go renamed a function between the two.
    Renamed(#[cfg_attr(feature = "serde", serde(serialize_with = "rename_as_pair"))] Rename),
}

/// What distinguishes a new process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum RestartSign {
    /// What was allocated since the start went down.
    Counters,
    /// The kernel put its code at another address.
    Addresses,
}

#[cfg(feature = "serde")]
fn rename_as_pair<S: serde::Serializer>(rename: &Rename, s: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&[rename.old, rename.new], s)
}

/// What is to be known about a pair of snapshots, the earlier one first; most weighty first.
pub fn notes(before: &Snapshot, after: &Snapshot) -> Vec<Note> {
    let mut notes = notes_on_origins(&before.origin, &after.origin);
    if is_one_process(&notes) && has_falling_counter(before, after) {
        notes.insert(0, Note::Restart(RestartSign::Counters));
    }
    let renames = renamed(before.by(By::Function), after.by(By::Function));
    notes.extend(renames.into_iter().map(Note::Renamed));
    notes
}

/// The same without what the functions tell.
pub(crate) fn notes_on_origins(a: &Origin, b: &Origin) -> Vec<Note> {
    let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let mut notes: Vec<Note> = delta(a, b).into_iter().collect();
    if a.program.is_none() || b.program.is_none() {
        // A text names neither program nor build: nothing says that these differ.
        notes.extend(within_one_build(a, b));
    } else if a.program != b.program {
        notes.push(Note::Programs {
            before: unknown(&a.program),
            after: unknown(&b.program),
        });
    } else if a.build_id != b.build_id {
        notes.push(Note::Builds {
            before: unknown(&a.build_id),
            after: unknown(&b.build_id),
        });
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
    if let Some(nanos) = elapsed_nanos(a, b).filter(|&nanos| nanos < 0) {
        let nanos = i64::try_from(nanos.saturating_neg()).unwrap_or(i64::MAX);
        notes.push(Note::Reversed { nanos });
    }
    notes
}

/// A profile fetched with `?seconds=N`.
fn delta(a: &Origin, b: &Origin) -> Option<Note> {
    Some(Note::Delta {
        nanos: b.delta_nanos.or(a.delta_nanos)?,
        is_both: a.delta_nanos.is_some() && b.delta_nanos.is_some(),
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
    if let Some(sign) = restart(before, after) {
        return Some(Note::Restart(sign));
    }
    if !is_same_heap(before, after) {
        return None;
    }
    let same = before.time_nanos == after.time_nanos && before.allocated == after.allocated;
    Some(match same {
        true => Note::SameDump,
        false => Note::NoCollection,
    })
}

/// Whether all in-use figures are the same, as where no collection finished in between.
pub(super) fn is_same_heap(before: &Origin, after: &Origin) -> bool {
    before.levels.is_some() && before.levels == after.levels
}

/// Counters are compared in the order of time, whichever side is the earlier one.
fn restart(before: &Origin, after: &Origin) -> Option<RestartSign> {
    let is_reversed = elapsed_nanos(before, after).is_some_and(|nanos| nanos < 0);
    let (earlier, later) = match is_reversed {
        true => (after, before),
        false => (before, after),
    };
    let mut counters = earlier.allocated.iter().zip(&later.allocated);
    if counters.any(|pair| matches!(pair, (Some(earlier), Some(later)) if later < earlier)) {
        return Some(RestartSign::Counters);
    }
    let moved = matches!((before.process, after.process), (Some(a), Some(b)) if a != b);
    moved.then_some(RestartSign::Addresses)
}

/// Whether a function allocated less than before, which the sum of all may hide.
fn has_falling_counter(before: &Snapshot, after: &Snapshot) -> bool {
    let (a, b) = (&before.origin, &after.origin);
    let is_delta = a.delta_nanos.or(b.delta_nanos).is_some();
    if is_delta || !a.is_counter() || a.sample_type != b.sample_type {
        return false;
    }
    let is_reversed = elapsed_nanos(a, b).is_some_and(|nanos| nanos < 0);
    let (earlier, later) = match is_reversed {
        true => (after, before),
        false => (before, after),
    };
    let later = later.by(By::Function);
    let counters = earlier.by(By::Function).iter();
    any_has_fallen(counters.map(|(name, amount)| {
        let later = later.get(name).map_or(0, |later| later.value);
        (amount.value.into(), later.into())
    }))
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
