//! Many dumps of one program: snapshots of all, and the newest heap itself.

use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

use super::catalog::Catalog;
use super::claim_reader::ClaimReader;
use super::history::History;
use crate::attribute::Heap;
use crate::series::{SeriesError, Snapshot, compare_names};

/// Heaps of one program that are read one after the other, or by several threads: each is
/// reduced to a snapshot at once, and dropped unless it may be the newest.
///
/// # Example
///
/// ```
/// use kheap::diagnose::{DiagnoseOptions, Dumps};
/// use kheap::{Catalog, Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let dumps = Dumps::new(Catalog::builtin());
/// for minute in [3, 1, 2] {
///     let mut builder = ProfileBuilder::new();
///     builder.sample_type("inuse_space", "bytes");
///     builder.header().time_nanos = minute * 60_000_000_000;
///     builder.sample(&[], &[minute << 20], &[])?;
///     let profile = builder.finish();
///     let sample_type = profile.sample_type("")?;
///     let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
///     dumps.add(&format!("{minute}.pb.gz"), Heap::new(selection));
/// }
/// let newest = dumps.finish()?;
/// let history = newest.history.expect("there are several");
/// assert_eq!(history.series.snapshots.len(), 3);
/// let options = DiagnoseOptions::default().history(&history);
/// assert_eq!(kheap::diagnose(&newest.heap, &options).total, 3 << 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dumps<'c> {
    reader: ClaimReader<'c>,
    read: Mutex<Read>,
}

/// What a diagnosis of several dumps is about.
#[derive(Debug)]
#[non_exhaustive]
pub struct Newest {
    /// The newest heap.
    pub heap: Heap<'static>,
    /// What the caller calls it.
    pub name: String,
    /// All snapshots in order, that heap the last; `None` where it is the only
    /// one.
    pub history: Option<History>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Read {
    snapshots: Vec<Snapshot>,
    /// The newest by time, among those that have one.
    by_time: Option<Dump>,
    /// The last by name, which is the newest where some have no time.
    by_name: Option<Dump>,
}

/// A heap that may be the newest.
#[derive(Debug)]
struct Dump {
    name: String,
    time_nanos: Option<i64>,
    heap: Heap<'static>,
}

impl<'c> Dumps<'c> {
    /// Makes ready to read; signatures of the catalogue are followed from dump to dump.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            reader: ClaimReader::new(catalog),
            read: Mutex::default(),
        }
    }

    /// Adds a heap, whatever its place in the order.
    pub fn add(&self, name: &str, heap: Heap<'static>) {
        let snapshot = self.reader.snapshot(&heap, name);
        let dump = Dump {
            name: name.to_owned(),
            time_nanos: snapshot.origin.time_nanos,
            heap,
        };
        // What is added is whole, so a panic elsewhere does not matter.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.snapshots.push(snapshot);
        let Some(dump) = keep_later(&mut read.by_time, dump, by_time) else {
            return;
        };
        keep_later(&mut read.by_name, dump, by_name);
    }

    /// Puts all in order, and says which is the newest.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] when there is none, or they do not belong together.
    pub fn finish(self) -> Result<Newest, SeriesError> {
        let read = self.read.into_inner();
        let read = read.unwrap_or_else(PoisonError::into_inner);
        let history = match read.snapshots.len() {
            1 => None,
            _ => Some(History::new(read.snapshots)?),
        };
        let name = history.as_ref().and_then(History::newest);
        let is_newest = |dump: &Dump| name.is_none_or(|newest| newest.name == dump.name);
        let mut kept = read.by_time.into_iter().chain(read.by_name);
        let newest = kept.find(is_newest).ok_or(SeriesError::Nothing)?;
        Ok(Newest {
            heap: newest.heap,
            name: newest.name,
            history,
        })
    }
}

/// Keeps the later one of two dumps, and returns the other.
fn keep_later(
    kept: &mut Option<Dump>,
    dump: Dump,
    order: impl Fn(&Dump, &Dump) -> Ordering,
) -> Option<Dump> {
    match kept {
        Some(latest) if order(latest, &dump).is_gt() => Some(dump),
        latest => latest.replace(dump),
    }
}

fn by_time(a: &Dump, b: &Dump) -> Ordering {
    (a.time_nanos.cmp(&b.time_nanos)).then_with(|| by_name(a, b))
}

fn by_name(a: &Dump, b: &Dump) -> Ordering {
    compare_names(&a.name, &b.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::attributed_here;
    use crate::diagnose::DiagnoseOptions;
    use crate::fixture::profile;
    use crate::{Selection, SelectionOptions};

    fn heap(minute: i64) -> Heap<'static> {
        let mut profile = profile("main;load 64");
        profile.header.time_nanos = minute * 60_000_000_000;
        let sample_type = profile.sample_type("").unwrap();
        Heap::new(Selection::new(
            profile,
            sample_type,
            &SelectionOptions::default(),
        ))
    }

    /// Names with minutes, 0 for no time.
    #[track_caller]
    fn check(dumps: &[(&str, i64)], expected: &str) {
        let catalog = Catalog::empty();
        let read = Dumps::new(&catalog);
        for &(name, minute) in dumps {
            read.add(name, heap(minute));
        }
        assert_eq!(read.finish().unwrap().name, expected, "{dumps:?}");
    }

    #[test]
    fn the_newest_is_the_last_one_by_time_or_where_some_have_none_by_name() {
        check(&[("b", 2), ("c", 1), ("a", 3)], "a");
        check(&[("a", 3), ("b", 2), ("c", 1)], "a");
        check(&[("heap-2", 3), ("heap-10", 1), ("heap-9", 0)], "heap-10");
        check(&[("heap-10", 1), ("heap-9", 0), ("heap-2", 3)], "heap-10");
        check(&[("a", 1), ("c", 1), ("b", 1)], "c");
        check(&[("a", 1)], "a");
    }

    #[test]
    fn each_dump_is_attributed_once_and_the_newest_is_not_read_again() {
        let catalog = Catalog::empty();
        let before = attributed_here();
        let dumps = Dumps::new(&catalog);
        for minute in 1..4 {
            dumps.add(&format!("{minute}"), heap(minute));
        }
        let newest = dumps.finish().unwrap();
        let history = newest.history.unwrap();
        let options = DiagnoseOptions::default().history(&history);
        crate::diagnose(&newest.heap, &options);
        assert_eq!(attributed_here() - before, 3);
    }

    #[test]
    fn without_a_dump_there_is_no_newest() {
        let catalog = Catalog::empty();
        let none = Dumps::new(&catalog).finish();
        assert_eq!(none.unwrap_err(), SeriesError::Nothing);
    }
}
