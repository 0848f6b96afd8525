//! What is read of each of several files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use kheap::attribute::Rules;
use kheap::profile::{Profiled, SampleTypeId};
use kheap::series::{Keys, Snapshot};
use kheap::{Heap, Limits, Profile, Selection, SelectionOptions};

use crate::host::{Host, each, name};
use crate::read::read;
use crate::twins::Facts;

/// What is read of each of several files: whatever is asked, the same files are dumps, and
/// the same values of them count.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The sample type that was asked for; empty for that of the files.
    pub sample_type: &'a str,
    /// Filters.
    pub options: SelectionOptions,
    /// How large a file may be.
    pub limits: Limits,
    /// How bytes are attributed.
    pub rules: Arc<Rules>,
}

impl Reading<'_> {
    /// Reads a file, and the values of it that are followed.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is no heap.
    pub fn heap(&self, host: &dyn Host, file: &Path) -> Result<Heap<'static>> {
        self.select(read(host, file, &self.limits)?, file)
    }

    /// The values of a profile that are followed.
    ///
    /// # Errors
    ///
    /// As of [`sample_type_of`](Self::sample_type_of).
    pub fn select(&self, profile: Profile, file: &Path) -> Result<Heap<'static>> {
        let sample_type = self.sample_type_of(&profile, file)?;
        let selection = Selection::new(profile, sample_type, &self.options);
        Ok(Heap::new(selection).with_rules(&self.rules))
    }

    /// The sample type of a profile that is followed.
    ///
    /// # Errors
    ///
    /// Where it has none of that name, or is no heap.
    pub fn sample_type_of(&self, profile: &Profile, file: &Path) -> Result<SampleTypeId> {
        if self.sample_type.is_empty() {
            check_heap(profile, file)?;
        }
        let sample_type = profile.sample_type(self.level_of(profile));
        sample_type.with_context(|| format!("cannot follow {}", name(file)))
    }

    /// What is followed: of a profile that shows allocations what is in use, where it has
    /// that, too.
    fn level_of(&self, profile: &Profile) -> &str {
        const LEVEL: &str = "inuse_space";
        let default = profile
            .sample_type("")
            .map(|id| profile.sample_type_name(id));
        let is_total = default.is_ok_and(|name| name.starts_with("alloc"));
        match self.sample_type.is_empty() && is_total && profile.sample_type(LEVEL).is_ok() {
            true => LEVEL,
            false => self.sample_type,
        }
    }
}

/// Reads two files as snapshots, with what is known of each.
///
/// # Errors
///
/// Where one of them cannot be read, or is no heap.
pub fn pair(
    host: &dyn Host,
    files: [&Path; 2],
    reading: &Reading<'_>,
) -> Result<([Snapshot; 2], [Facts; 2])> {
    let keys = Keys::default();
    let read = |at: usize| -> Result<_> {
        let file = files[at];
        let heap = reading.heap(host, file)?;
        let snapshot = Snapshot::new(&heap, &name(file), &keys);
        Ok((snapshot, Facts::of(file, &heap)))
    };
    let mut both = each(host, files.len(), read).into_iter();
    let mut next = || both.next().expect("there are two files");
    let ((before, first), (after, second)) = (next()?, next()?);
    Ok(([before, after], [first, second]))
}

/// Reads a file that should be of memory.
///
/// # Errors
///
/// Where it cannot be read, or is a profile of something else.
pub fn read_heap(host: &dyn Host, file: &Path, limits: &Limits) -> Result<Profile> {
    let profile = read(host, file, limits)?;
    check_heap(&profile, file)?;
    Ok(profile)
}

fn check_heap(profile: &Profile, file: &Path) -> Result<(), NoHeap> {
    let profiled = profile.profiled();
    match profiled.is_no_memory() {
        true => Err(NoHeap {
            name: name(file),
            profiled,
        }),
        false => Ok(()),
    }
}

/// A profile of something else than memory, as often lies beside heaps.
#[derive(Debug)]
pub struct NoHeap {
    /// That of its file.
    pub name: String,
    /// What it is of.
    pub profiled: Profiled,
}

impl std::error::Error for NoHeap {}

impl fmt::Display for NoHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is a {} profile, not a heap profile; fetch /debug/pprof/heap",
            self.name,
            self.profiled.name()
        )
    }
}
