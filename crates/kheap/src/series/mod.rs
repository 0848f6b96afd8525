//! Snapshots in the order of time: what grows, how fast, and whether that is a leak, a plateau, a
//! spike or a saw-tooth.
//!
//! Each profile is reduced to a [`Snapshot`] at once, so that what is kept of hundreds of dumps is
//! small. A [`Series`] puts them in order and parts them where the process changed; [`growth()`]
//! follows each name through one of these runs. [`growth_pattern()`] says what a single
//! figure does over time.

mod functions;
mod growth;
mod identity;
mod line;
mod notes;
mod onset;
mod pattern;
mod side_by_side;
mod snapshot;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;
mod window;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::knowledge::Parts;

pub use functions::{FunctionAmount, function_amounts};
pub use growth::{Growth, GrowthRow, covered_nanos, growth, has_hourly_rate};
pub(crate) use growth::{follow, share, variance_of_change};
pub use identity::{ARROW, NO_FUNCTION, RENAMES, Rename};
pub use notes::{Note, RestartSign, notes};
pub(crate) use notes::{any_has_fallen, elapsed_nanos, is_one_process, notes_on_origins};
pub(crate) use onset::{LEAK_SNAPSHOTS, onset};
pub use pattern::{GrowthPattern, GrowthThresholds, Point, growth_pattern};
pub(crate) use side_by_side::side_by_side;
pub use snapshot::{Amount, Amounts, By, DOT, Keys, Origin, Snapshot, part_of};
pub use window::Window;

/// Snapshots of one program, in order. One that was stored is refused where its
/// [runs](Self::runs) and notes are not of its snapshots.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Stored"))]
#[non_exhaustive]
pub struct Series {
    /// The snapshots, oldest first; at least two.
    pub snapshots: Vec<Snapshot>,
    /// How they were put in order.
    pub order: Order,
    /// The positions of the snapshots of each process; in order, without gaps.
    pub runs: Vec<Range<usize>>,
    /// What is to be known: the position of a snapshot, and what parts it from the one before it.
    pub notes: Vec<(usize, Note)>,
}

/// How snapshots are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Order {
    /// By the times in them, then by name.
    Time,
    /// By name, because this many have no time.
    Untimed(usize),
    /// By name, because all have the same time.
    SameTime,
}

/// Why snapshots are no series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// There are none.
    #[error("no dumps to follow")]
    Nothing,
    /// There is only one.
    #[error("a series takes two dumps or more, and {0} is the only one")]
    Single(String),
    /// They are of different programs.
    #[error("dumps of different programs: {first_name} is of {first}, {other_name} of {other}")]
    Programs {
        /// A snapshot.
        first_name: String,
        /// Its program.
        first: String,
        /// A snapshot of another program.
        other_name: String,
        /// That program.
        other: String,
    },
    /// They count different things.
    #[error("dumps of different sample types: {first_name} counts {first}, {other_name} {other}")]
    SampleTypes {
        /// A snapshot.
        first_name: String,
        /// Its sample type and unit.
        first: String,
        /// A snapshot that counts something else.
        other_name: String,
        /// Its sample type and unit.
        other: String,
    },
    /// A snapshot that another version stored lacks what is asked for.
    #[error("{name} was stored without amounts by {by}; read its dump again")]
    NoAmounts {
        /// The snapshot.
        name: String,
        /// What it lacks.
        by: By,
    },
    /// They have little in common, so that most values would be 0.
    #[error("{names} different names in {dumps} dumps are too many to follow")]
    TooManyNames {
        /// How many functions, paths or other names there are.
        names: usize,
        /// In how many dumps of one process.
        dumps: usize,
    },
}

/// How many values a series may have by any key: each name has one in each snapshot.
const MOST_VALUES: usize = 1 << 20;

/// How many more it may have for each name in each snapshot. Where all snapshots have the
/// same names, that is one.
const VALUES_FOR_EACH_NAME: usize = 4;

impl Series {
    /// Puts snapshots in order, whatever order they come in, and parts them where the process
    /// changed. They are in the order of time, or, where one of them has no time, all in the
    /// order of their names: [`order`](Self::order) says which. So set [`Origin::time_nanos`] of a
    /// snapshot without a time to when it was fetched.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] when there are less than two, or they do not belong together. The
    /// snapshots are gone then. A [`Window`] checks each one before it is added.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::series::{By, Keys, Series, Snapshot, GrowthThresholds, GrowthPattern};
    /// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
    ///
    /// let keys = Keys::default();
    /// let mut snapshots = Vec::new();
    /// for minute in 1..5 {
    ///     let mut builder = ProfileBuilder::new();
    ///     builder.sample_type("inuse_space", "bytes");
    ///     builder.header().time_nanos = minute * 60_000_000_000;
    ///     let load = builder.function("main.load", "main.go");
    ///     let load = builder.location(None, 1, &[(load, 7)]);
    ///     builder.sample(&[load], &[minute * 1024], &[])?;
    ///     let profile = builder.finish();
    ///     let sample_type = profile.sample_type("")?;
    ///     let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    ///     snapshots.push(Snapshot::new(&Heap::new(selection), "heap.pb.gz", &keys));
    /// }
    /// let series = Series::new(snapshots)?;
    /// let run = series.newest_run_of_several().expect("nothing was restarted");
    /// let growth = series.growth(&run, By::Function, &GrowthThresholds::default())?;
    /// assert_eq!(growth.rows[0].pattern, Some(GrowthPattern::Grows));
    /// assert_eq!(growth.rows[0].per_hour.map(f64::round), Some(61440.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(mut snapshots: Vec<Snapshot>) -> Result<Self, SeriesError> {
        match &snapshots[..] {
            [] => return Err(SeriesError::Nothing),
            [only] => return Err(SeriesError::Single(only.origin.name.clone())),
            _ => {}
        }
        let Layout { order, runs, notes } = Layout::of(&mut snapshots)?;
        Ok(Self {
            snapshots,
            order,
            runs,
            notes,
        })
    }

    /// Checks whether snapshots can be one series, without taking them: all of one sample
    /// type and one program, with few enough names to be followed. A text names no program, and
    /// may be of any, so that two programs may each go with a text but not with each other.
    /// Therefore all snapshots of a window are checked, and not each with the next one: a
    /// [`Window`] does that. Less than two always can.
    ///
    /// # Errors
    ///
    /// The [`SeriesError`] that [`new`](Self::new) would return for them.
    pub fn check<'s>(snapshots: impl IntoIterator<Item = &'s Snapshot>) -> Result<(), SeriesError> {
        let mut snapshots: Vec<&Snapshot> = snapshots.into_iter().collect();
        Layout::of(&mut snapshots).map(|_| ())
    }

    /// The program, where a snapshot names it.
    pub fn program(&self) -> Option<&str> {
        let mut origins = self.snapshots.iter().map(|snapshot| &snapshot.origin);
        origins.find_map(|origin| origin.program.as_deref())
    }

    /// Title and colour of every part.
    pub fn parts(&self) -> &Parts {
        let newest = self.snapshots.last();
        newest.map_or(Parts::builtin(), |snapshot| &snapshot.parts)
    }

    /// The newest run of two snapshots or more: the one whose growth is described. After a
    /// restart that is the run of the process before, until the new one has a second snapshot.
    pub fn newest_run_of_several(&self) -> Option<Range<usize>> {
        let mut newest_first = self.runs.iter().rev();
        newest_first.find(|run| run.len() > 1).cloned()
    }

    /// Follows each name through a run.
    ///
    /// # Errors
    ///
    /// [`SeriesError::NoAmounts`] when another version stored one of them without these names.
    ///
    /// # Panics
    ///
    /// Where the run is not one of this series.
    pub fn growth(
        &self,
        run: &Range<usize>,
        by: By,
        thresholds: &GrowthThresholds,
    ) -> Result<Growth, SeriesError> {
        growth(&self.snapshots[run.clone()], by, thresholds)
    }
}

/// The order in which people number files: `heap-2` comes before `heap-10`.
pub(crate) fn compare_names(a: &str, b: &str) -> Ordering {
    let order = |(a, b)| match (number(a), number(b)) {
        // The longer one of two numbers is larger.
        (Some(a), Some(b)) => a.len().cmp(&b.len()).then(a.cmp(b)),
        _ => a.cmp(b),
    };
    let mut differences = pieces(a).zip(pieces(b)).map(order);
    let first = differences.find(|&order| order != Ordering::Equal);
    first.unwrap_or_else(|| {
        let length = pieces(a).count().cmp(&pieces(b).count());
        // Nothing but zeros, as of `heap-2` and `heap-02`, is left.
        length.then(a.cmp(b))
    })
}

/// The digits of a number without zeros in front, or `None` of other text.
fn number(piece: &str) -> Option<&str> {
    let is_number = piece.starts_with(|first: char| first.is_ascii_digit());
    is_number.then(|| piece.trim_start_matches('0'))
}

/// A name as runs of digits and of what is between them.
fn pieces(name: &str) -> impl Iterator<Item = &str> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let runs = name
        .as_bytes()
        .chunk_by(move |a, b| is_digit(a) == is_digit(b));
    runs.scan(0, |start, run| {
        let from = *start;
        *start += run.len();
        Some(&name[from..*start])
    })
}

/// How snapshots are a series.
struct Layout {
    order: Order,
    runs: Vec<Range<usize>>,
    notes: Vec<(usize, Note)>,
}

impl Layout {
    /// Puts snapshots in order, and finds where the process changed.
    fn of<S: Borrow<Snapshot>>(snapshots: &mut [S]) -> Result<Self, SeriesError> {
        fn origin<S: Borrow<Snapshot>>(snapshot: &S) -> &Origin {
            &snapshot.borrow().origin
        }
        snapshots.sort_by(|a, b| compare_names(&origin(a).name, &origin(b).name));
        check_origins(&snapshots.iter().map(origin).collect::<Vec<_>>())?;
        let order = order(snapshots.iter().map(|s| origin(s).time_nanos));
        if order == Order::Time {
            // The sort is stable, so names decide where times are equal.
            snapshots.sort_by_key(|snapshot| origin(snapshot).time_nanos);
        }
        let (mut runs, mut notes) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (at, pair) in snapshots.windows(2).enumerate() {
            let between = self::notes(pair[0].borrow(), pair[1].borrow());
            if !is_one_process(&between) {
                runs.push(start..at + 1);
                start = at + 1;
            }
            // In the order of names times go back and forth.
            let is_kept = |note: &Note| !matches!(note, Note::Reversed { .. });
            let kept = between.into_iter().filter(is_kept);
            notes.extend(kept.map(|note| (at + 1, note)));
        }
        runs.push(start..snapshots.len());
        for run in &runs {
            check_names(&snapshots[run.clone()])?;
        }
        Ok(Self { order, runs, notes })
    }
}

/// Dumps that have little in common would take memory by the square of their number.
fn check_names<S: Borrow<Snapshot>>(run: &[S]) -> Result<(), SeriesError> {
    let dumps = run.len();
    for by in By::ALL {
        let tables = || run.iter().filter_map(|snapshot| snapshot.borrow().by(by));
        let in_each: usize = tables().map(Amounts::len).sum();
        let most = MOST_VALUES.saturating_add(in_each.saturating_mul(VALUES_FOR_EACH_NAME));
        // No more names differ than there are.
        if in_each.saturating_mul(dumps) <= most {
            continue;
        }
        let names: HashSet<&Arc<str>> = tables().flat_map(Amounts::keys).collect();
        let names = names.len();
        if names.saturating_mul(dumps) > most {
            return Err(SeriesError::TooManyNames { names, dumps });
        }
    }
    Ok(())
}

/// Snapshots of a series count the same thing, and are of one program where they name it.
fn check_origins(origins: &[&Origin]) -> Result<(), SeriesError> {
    let Some((first, others)) = origins.split_first() else {
        return Ok(());
    };
    for other in others {
        check_counted(first, other)?;
    }
    let mut named =
        { origins.iter() }.filter_map(|origin| Some((origin, origin.program.as_ref()?)));
    let Some((first, program)) = named.next() else {
        return Ok(());
    };
    match named.find(|(_, other)| *other != program) {
        None => Ok(()),
        Some((other, of)) => Err(SeriesError::Programs {
            first_name: first.name.clone(),
            first: program.clone(),
            other_name: other.name.clone(),
            other: of.clone(),
        }),
    }
}

/// Two snapshots belong together only where they count the same thing.
pub(crate) fn check_counted(first: &Origin, other: &Origin) -> Result<(), SeriesError> {
    if counted(first) == counted(other) {
        return Ok(());
    }
    Err(SeriesError::SampleTypes {
        first_name: first.name.clone(),
        first: counted(first),
        other_name: other.name.clone(),
        other: counted(other),
    })
}

/// What a snapshot counts.
pub(crate) fn counted(origin: &Origin) -> String {
    format!("{} in {}", origin.sample_type, origin.unit)
}

fn order(mut times: impl Iterator<Item = Option<i64>> + Clone) -> Order {
    let untimed = times.clone().filter(Option::is_none).count();
    let first = times.next().flatten();
    match untimed {
        0 if times.all(|time| time == first) => Order::SameTime,
        0 => Order::Time,
        untimed => Order::Untimed(untimed),
    }
}
