//! Why a process is larger than its heap profile says: its size, taken apart into
//! lines that add up.

mod limit;
mod note;
mod part;
mod rows;
#[cfg(test)]
mod tests;

pub use note::{Kept, MemoryNote, MemoryWarning};
pub use part::{MemoryPart, MemoryRow};

use crate::arithmetic::Sampling;
use crate::knowledge::{VersionRange, Versions, is_shipped};
use crate::memstats::{MemStats, MemStatsFault};
use crate::profile::{Profile, Runtime, clamp};
use crate::program::{self, InferredProgram};

/// What is known of a process besides its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryOptions {
    /// What is resident, in bytes, as `ps` or a cgroup shows it.
    pub rss: Option<u64>,
    /// What the process may take at most, in bytes.
    pub limit: Option<u64>,
    /// How far the heap grows between two collections; where it is not given, Go's
    /// default of 100 percent counts. With `runtime.MemStats` it is not needed.
    pub gogc: Option<Gogc>,
    /// The statistics of its runtime, where the profile does not tell them: as metrics
    /// of the same minute do.
    pub stats: Option<MemStats>,
}

crate::__setters! {
    impl MemoryOptions {
        rss: impl Into<Option<u64>>,
        limit: impl Into<Option<u64>>,
        gogc: impl Into<Option<Gogc>>,
        stats: impl Into<Option<MemStats>>,
    }
}

/// How far the heap grows between two collections: the environment variable `GOGC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gogc {
    /// In percent of what lives.
    Percent(u32),
    /// Collections are turned off.
    Off,
}

impl Default for Gogc {
    fn default() -> Self {
        Self::Percent(100)
    }
}

/// A process, each byte of it in one row.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Memory {
    /// Base name of the program, where the file names it.
    pub program: Option<String>,
    /// What its functions show of its name, where the file does not say it.
    pub inferred_program: Option<InferredProgram>,
    /// Which Go built it, as far as its functions show.
    pub go: Option<VersionRange>,
    /// Whether it is a program of Kubernetes' own releases, whose code nobody changes.
    pub is_shipped: bool,
    /// Whether no collection starts because the heap grows: GOGC is off.
    pub is_gc_off: bool,
    /// What `total` is.
    pub size: Size,
    /// What the rows add up to, in bytes.
    pub total: i64,
    /// The standard error of the live heap, in bytes, where it is known.
    pub live_error: Option<f64>,
    /// The parts, the live heap first.
    pub rows: Vec<MemoryRow>,
    /// Why the rows should not be relied on.
    pub warnings: Vec<MemoryWarning>,
    /// What a reader should know.
    pub notes: Vec<MemoryNote>,
}

impl Memory {
    /// The name of its program, where it is named or its functions show it.
    pub fn known_program(&self) -> Option<&str> {
        program::known(self.program.as_ref(), self.inferred_program.as_ref())
    }
}

/// What the size of a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Size {
    /// What was resident, according to the caller.
    Resident,
    /// The most that was ever resident (`MaxRSS`): more than now, most of the time.
    Peak,
    /// What the Go runtime holds; what is outside of it is not known.
    #[default]
    Runtime,
}

crate::__vocabulary! {
    Size, "size" {
        Resident = "resident",
        Peak = "peak",
        Runtime = "runtime",
    }
}

/// Why a process cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// Nothing says how large the process is.
    #[error(
        "the size of the process is not known; give its RSS, or fetch the heap with ?debug=1, which \
         has runtime.MemStats"
    )]
    NoSize,
    /// The size is missing in the file.
    #[error("the size of the process is not known: {0}; give its RSS, or fetch the heap again")]
    NoStatistics(MemStatsFault),
    /// The profile says what changed, not what there is.
    #[error(
        "a delta profile (?seconds=) or a difference shows what changed, not what is in use; \
         fetch the heap itself"
    )]
    Delta,
    /// The profile is of another runtime, whose memory has other parts.
    #[error("the memory of a {} program cannot be explained: kheap knows Go's runtime only", .0.name())]
    Foreign(Runtime),
    /// The profile is of something else.
    #[error("the profile has no inuse_space, the bytes in use")]
    NoHeap,
}

/// Takes the memory of a process apart.
///
/// With `runtime.MemStats` every part is known. Without, the size that the caller
/// gives is split into the live heap, what collects until the next collection, and
/// the rest; the last two are ranges.
///
/// # Errors
///
/// [`MemoryError`] where the size of the process, or its live heap, is not known, which
/// a delta profile does not tell.
///
/// # Example
///
/// ```
/// use kheap::memory::{MemoryOptions, memory};
///
/// let mut builder = kheap::ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// builder.sample(&[], &[400], &[])?;
/// let options = MemoryOptions::default().rss(1500);
/// let memory = memory(&builder.finish(), &options)?;
/// let [live, headroom, rest] = &memory.rows[..] else { panic!() };
/// assert_eq!((live.low, live.high), (400, 400));
/// // At GOGC=100 the heap about doubles before it is collected.
/// assert_eq!((headroom.low, headroom.high), (0, 400));
/// assert_eq!((rest.low, rest.high), (700, 1100));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: <https://go.dev/doc/gc-guide>; Go's `runtime/mstats.go`.
pub fn memory(profile: &Profile, options: &MemoryOptions) -> Result<Memory, MemoryError> {
    let inuse = profile.sample_type("inuse_space");
    let inuse = inuse.map_err(|_| MemoryError::NoHeap)?;
    if profile.runtime().is_foreign() {
        return Err(MemoryError::Foreign(profile.runtime()));
    }
    if profile.is_difference() {
        return Err(MemoryError::Delta);
    }
    let values = profile.samples().values(inuse).iter();
    let live = clamp(values.map(|&value| i128::from(value)).sum());
    let error = Sampling::of(profile, inuse).map(|sampling| {
        let variances = profile.samples().ids().map(|id| sampling.variance(id));
        variances.sum::<f64>().sqrt()
    });
    let header = profile.header();
    let fault = header.mem_stats_fault;
    let stats = header.mem_stats.or(options.stats);
    let fault = fault.filter(|_| stats.is_none());
    let memory = apart(live, error, stats.as_ref(), options);
    let mut memory = memory.map_err(|error| match (error, fault) {
        (MemoryError::NoSize, Some(fault)) => MemoryError::NoStatistics(fault),
        (error, _) => error,
    })?;
    memory.program = profile.program();
    memory.inferred_program = match memory.program {
        Some(_) => None,
        None => InferredProgram::of_profile(profile),
    };
    memory.go = Versions::of(profile).go;
    memory.is_shipped = is_shipped(profile);
    memory.warnings.extend(fault.map(MemoryWarning::Statistics));
    Ok(memory)
}

/// The same from the figures.
pub(crate) fn apart(
    live: i64,
    live_error: Option<f64>,
    stats: Option<&MemStats>,
    options: &MemoryOptions,
) -> Result<Memory, MemoryError> {
    let peak = stats.and_then(|stats| stats.max_rss);
    let (size, total) = match (options.rss, peak, stats) {
        (Some(rss), _, _) => (Size::Resident, rss.into()),
        (None, Some(peak), _) => (Size::Peak, peak.into()),
        (None, None, Some(stats)) => (Size::Runtime, stats.held().into()),
        (None, None, None) => return Err(MemoryError::NoSize),
    };
    let total = clamp(total);
    let is_gc_off = match stats {
        // The runtime aims at the largest number then.
        Some(stats) => clamp(stats.next_gc.into()) == i64::MAX,
        None => options.gogc == Some(Gogc::Off),
    };
    let rows = match stats {
        Some(stats) => rows::known(live, stats, size, total),
        None => rows::estimated(live, total, options.gogc),
    };
    let mut notes = stats.map_or_else(Vec::new, |stats| notes(stats, options));
    let doubt = doubt(live, stats, options);
    // What follows from a wrong size is wrong, too.
    if let Some(limit) = options.limit.filter(|_| doubt.is_none()) {
        let process = limit::Process {
            size,
            total,
            live,
            stats,
        };
        notes.extend(process.notes(limit));
    }
    Ok(Memory {
        program: None,
        inferred_program: None,
        go: None,
        is_shipped: false,
        is_gc_off,
        size,
        total,
        live_error,
        rows,
        warnings: doubt.into_iter().collect(),
        notes,
    })
}

/// How much is allocated until the next collection starts.
fn room(stats: &MemStats) -> i128 {
    (i128::from(stats.next_gc) - i128::from(stats.heap_alloc)).max(0)
}

/// Whether a size is too small for what the dump shows.
fn doubt(live: i64, stats: Option<&MemStats>, options: &MemoryOptions) -> Option<MemoryWarning> {
    let rss = i128::from(options.rss?);
    let least = stats.map_or_else(|| live.into(), |stats| stats.held().into());
    (rss < least).then(|| MemoryWarning::SmallRss {
        rss: clamp(rss),
        least: clamp(least),
        is_runtime: stats.is_some(),
    })
}

fn notes(stats: &MemStats, options: &MemoryOptions) -> Vec<MemoryNote> {
    let mut notes = vec![MemoryNote::NextCollection {
        at: clamp(stats.next_gc.into()),
        room: clamp(room(stats)),
    }];
    if options.gogc.is_some() {
        notes.push(MemoryNote::GogcUnused);
    }
    if stats.num_gc == 0 {
        notes.push(MemoryNote::NoCollection);
    }
    notes
}
