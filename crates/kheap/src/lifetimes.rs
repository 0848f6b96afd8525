//! How long memory lives: what is kept, and what is thrown away as fast as it is
//! allocated.
//!
//! One dump shows the live ratio of a site: of what it allocated since the process
//! started, the share that is still in use. It does not tell whether that stays: 33 GB
//! may be the hundredth of what was ever allocated, and kept. Two dumps of one process tell how fast it
//! allocates, and with that how old its live objects are on average, by Little's law:
//! what is there = what comes in by second × how long it stays. Strictly, that is how
//! long an allocated byte lives on average; the live ones are as old on average where
//! bytes die at any age alike, and older where few long-lived ones stand among many
//! short-lived ones. The law holds for a level that is steady; a level that grew by most of what was allocated
//! has no age. An age above the time between the dumps is extrapolated.
//!
//! A stack that allocated nothing between the dumps holds what was there before: that is
//! no part of the flow. Where a row holds more than a little of that, such as
//! a part with many stacks, it has no age, and where it is nearly all, it is kept.
//!
//! A heap profile shows the end of a collection, in what was allocated as in what is
//! in use, but carries the time at which it was fetched. Two collections are thus as
//! far apart as the dumps are but for a cycle of the collector to either side: dumps
//! should be several cycles apart.
//!
//! Source: J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations
//! Research 9 (1961); Go's `runtime/mprof.go`, `memRecord`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::arithmetic::Sampling;
use crate::attribute::{Heap, UNKNOWN};
use crate::frame::NodeId;
use crate::profile::{LocationId, Profile, SampleId, SampleTypeError, clamp};
use crate::series::{
    NO_FUNCTION, Note, Origin, RestartSign, any_has_fallen, elapsed_nanos, is_one_process,
    notes_on_origins,
};
use crate::summary::Summary;
use crate::symbol::Symbol;
use crate::unit;

/// The sample type that lifetimes are computed from.
pub const ALLOCATED: &str = "alloc_space";

const IN_USE: &str = "inuse_space";

/// What distinguishes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LifetimesBy {
    /// The function that allocates.
    #[default]
    Function,
    /// Its package.
    Package,
    /// The part of the program.
    Part,
    /// The Kubernetes kind.
    Kind,
}

crate::__vocabulary! {
    LifetimesBy, "key" {
        Function = "function",
        Package = "package",
        Part = "part",
        Kind = "kind",
    }
}

/// What distinguishes retained from churning memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// One dump: live ratio from which on most of what a site allocated is live.
    pub live_ratio: f64,
    /// One dump: live ratio up to which a site has freed most of what it allocated.
    pub freed_ratio: f64,
    /// Two dumps: how often the level must be allocated anew between them for a site to
    /// churn. Up to once, it retains.
    pub churning_turnovers: f64,
    /// Two dumps: the share of what was allocated by which a level may have grown or
    /// shrunk and still be steady. A site that grew by more retains.
    pub steady_share: f64,
    /// The standard error of what was allocated, as a share of it, above which there
    /// is no verdict: some four samples.
    pub sure_error: f64,
    /// Two dumps: the share of what is in use up to which stacks that allocated nothing
    /// count for little. With more of them a site has no age; where they hold all but
    /// this share, it retains.
    pub untouched_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            live_ratio: 0.5,
            freed_ratio: 0.05,
            churning_turnovers: 10.0,
            steady_share: 0.5,
            sure_error: 0.5,
            untouched_share: 0.1,
        }
    }
}

crate::__setters! {
    impl Thresholds {
        live_ratio: f64,
        freed_ratio: f64,
        churning_turnovers: f64,
        steady_share: f64,
        sure_error: f64,
        untouched_share: f64,
    }
}

/// What lifetimes are computed from.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct LifetimesOptions<'a> {
    /// What the rows are.
    pub by: LifetimesBy,
    /// What distinguishes retained from churning memory.
    pub thresholds: Thresholds,
    /// An earlier heap of the process, and what [`elapsed`] says of the two dumps as a
    /// whole.
    pub before: Option<(&'a Heap<'a>, Elapsed)>,
}

crate::__setters! {
    impl<'a> LifetimesOptions<'a> {
        by: LifetimesBy,
        thresholds: Thresholds,
        before: impl Into<Option<(&'a Heap<'a>, Elapsed)>>,
    }
}

/// How long memory lives, by site.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Lifetimes {
    /// Which profile this is: of two the later one.
    pub summary: Summary,
    /// What the rows are.
    pub by: LifetimesBy,
    /// How long after the first dump the second one was taken; `None` for a single one.
    pub seconds: Option<f64>,
    /// All of them together.
    pub total: LifetimeRow,
    /// Most allocated first, of two dumps between them; then most in use, then by name.
    pub rows: Vec<LifetimeRow>,
}

impl Lifetimes {
    /// The lifetimes that one dump can show, or two.
    pub fn possible(&self) -> [Lifetime; 4] {
        Lifetime::possible(self.seconds.is_some())
    }

    /// What all sites with a lifetime have in use and allocate.
    pub fn in_all(&self, lifetime: Lifetime) -> Sites {
        Sites::of(self.rows.iter().filter(|row| row.lifetime == lifetime))
    }

    /// The mean age of what churns, in seconds: that of all would be some number between
    /// minutes and days, as long as most of what is in use is retained.
    pub fn churning_age(&self) -> Option<f64> {
        let rows = self.rows.iter();
        let churning = || {
            rows.clone()
                .filter(|row| row.lifetime == Lifetime::Churning)
        };
        let between = churning().filter_map(|row| row.between);
        let per_second: f64 = between.map(|between| between.per_second).sum();
        // By Little's law, what is live is what comes in by second times its age.
        let live: f64 = churning().map(LifetimeRow::flowing).sum();
        (per_second > 0.0 && live > 0.0).then(|| live / per_second)
    }
}

/// Several sites together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Sites {
    /// How many.
    pub sites: usize,
    /// What they have in use, in bytes.
    pub inuse: i64,
    /// What they allocated, of two dumps between them, in bytes.
    pub allocated: i64,
}

impl Sites {
    /// Adds up rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a LifetimeRow>) -> Self {
        let (mut sites, mut inuse, mut allocated) = (0, 0, 0);
        for row in rows {
            sites += 1;
            inuse += i128::from(row.inuse);
            allocated += i128::from(row.weight());
        }
        Self {
            sites,
            inuse: clamp(inuse),
            allocated: clamp(allocated),
        }
    }
}

/// How long lies between two dumps: more than nothing, so that it shows a rate.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Elapsed(f64);

impl Elapsed {
    /// So many seconds; `None` unless they are positive and finite.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (seconds > 0.0 && seconds.is_finite()).then_some(Self(seconds))
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

/// How long the memory of one site lives.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LifetimeRow {
    /// The function, package, part or kind.
    pub name: String,
    /// What was allocated since the process started, in bytes.
    pub allocated: i64,
    /// What of it is in use, in bytes.
    pub inuse: i64,
    /// The second as a share of the first; `None` where nothing was allocated. Slightly
    /// above 1 is rounding.
    pub live_ratio: Option<f64>,
    /// What happened between two dumps.
    pub between: Option<Between>,
    /// Whether what is allocated here stays.
    pub lifetime: Lifetime,
}

impl LifetimeRow {
    /// What rows are sorted by: what was allocated, of two dumps between them, in bytes.
    pub fn weight(&self) -> i64 {
        let between = self.between.map(|between| between.allocated);
        between.unwrap_or(self.allocated)
    }

    /// The part of its mean level that comes and goes, in bytes: all but the untouched stacks.
    fn flowing(&self) -> f64 {
        let level = |between: Between| {
            let level = self.inuse as f64 - between.grown as f64 / 2.0;
            (level - between.untouched as f64).max(0.0)
        };
        self.between.map_or(0.0, level)
    }
}

/// What a site did between two dumps.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Between {
    /// What was allocated, in bytes. Negative for a part or kind whose stacks came to be
    /// counted with another one.
    pub allocated: i64,
    /// How what is in use changed, in bytes.
    pub grown: i64,
    /// What stacks hold that allocated nothing, in bytes: it was there before.
    pub untouched: i64,
    /// What was allocated by second, in bytes.
    pub per_second: f64,
    /// Mean age of live objects in seconds; `None` where nothing was allocated, nothing
    /// was live, the level was not steady, or more than a little of it was there before.
    pub mean_age: Option<f64>,
    /// Whether that is above the time between the dumps.
    pub is_extrapolated: bool,
}

/// Whether what is allocated stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Lifetime {
    /// One dump: most of what was allocated is live.
    MostlyLive,
    /// One dump: some of it is live.
    PartlyLive,
    /// One dump: nearly all of it was freed; what is live may be young, or be kept.
    MostlyFreed,
    /// Two dumps: more than half of what was allocated is in use, or what is in use was
    /// there before.
    Retained,
    /// Two dumps: up to half of what was allocated stays, or all of it for a while.
    Mixed,
    /// Two dumps: the level is allocated anew again and again.
    Churning,
    /// Nothing is live and nothing was allocated.
    Idle,
    /// Too few samples to say.
    Unclear,
}

crate::__vocabulary! {
    Lifetime, "lifetime" {
        MostlyLive = "mostly-live",
        PartlyLive = "partly-live",
        MostlyFreed = "mostly-freed",
        Retained = "retained",
        Mixed = "mixed",
        Churning = "churning",
        Idle = "idle",
        Unclear = "unclear",
    }
}

impl Lifetime {
    /// Those that one dump can show, or two.
    fn possible(has_two: bool) -> [Self; 4] {
        match has_two {
            false => [
                Self::MostlyLive,
                Self::PartlyLive,
                Self::MostlyFreed,
                Self::Unclear,
            ],
            true => [Self::Retained, Self::Mixed, Self::Churning, Self::Unclear],
        }
    }
}

/// Why lifetimes cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifetimesError {
    /// Lifetimes take what was allocated and what is in use.
    #[error("lifetimes take {ALLOCATED} and {IN_USE}")]
    SampleType(#[from] SampleTypeError),
    /// The profile says what changed, not what there is.
    #[error(
        "a delta profile (?seconds=) or a difference shows what changed, not what is in use; fetch \
         the heap itself"
    )]
    Delta,
    /// What is no longer in use was left out when the profile was read: see
    /// [`Profile::lacks_samples`].
    #[error(
        "samples that hold nothing now were left out when this was read; read the dump again \
         without default_type_only"
    )]
    LacksSamples,
    /// The two dumps are not of one process.
    #[error("the dumps are not of one process: {}; give two dumps of one process", parting(.0))]
    Processes(Note),
    /// Nothing was allocated in between.
    #[error(
        "no GC finished in between, or nothing was allocated: both dumps are equal; wait longer, \
         or fetch with ?gc=1"
    )]
    NoCollection,
    /// A dump does not say when it was taken.
    #[error(
        "a dump has no time, so there is no rate; a text of ?debug=1 has it in runtime.MemStats (LastGC)"
    )]
    NoTime,
    /// Both were taken at the same moment.
    #[error("both dumps have the same time, so there is no rate; give a later dump")]
    SameTime,
    /// The first one is the newer one.
    #[error(
        "the first dump is newer than the second by {}; give the older one first",
        unit::label(*nanos, "nanoseconds", unit::AUTO)
    )]
    Reversed {
        /// By how much, in nanoseconds.
        nanos: i64,
    },
}

/// What parts two processes.
fn parting(note: &Note) -> String {
    match note {
        Note::Programs { before, after } => format!("the programs differ ({before}, then {after})"),
        Note::Builds { before, after } => format!("the builds differ ({before}, then {after})"),
        Note::Restart(RestartSign::Addresses) => {
            "a restart, or two servers (the kernel's code, [vdso], has another address)".to_owned()
        }
        _ => "a restart, or two servers (the allocation counters went down)".to_owned(),
    }
}

/// Checks that a profile shows lifetimes.
///
/// # Errors
///
/// [`LifetimesError::SampleType`], [`LifetimesError::Delta`] and [`LifetimesError::LacksSamples`].
pub fn check(profile: &Profile) -> Result<(), LifetimesError> {
    profile.sample_type(ALLOCATED)?;
    profile.sample_type(IN_USE)?;
    match profile.is_difference() {
        true => Err(LifetimesError::Delta),
        false if profile.lacks_samples() => Err(LifetimesError::LacksSamples),
        false => Ok(()),
    }
}

/// Computes how long lies between two dumps of one process.
///
/// They should be whole: filters can hide what distinguishes two processes.
///
/// # Errors
///
/// [`LifetimesError`] when they tell no lifetimes, are not of one process, or not the
/// older one first.
pub fn elapsed(before: &Profile, after: &Profile) -> Result<Elapsed, LifetimesError> {
    check(before)?;
    check(after)?;
    let a = Origin::of(before, before.sample_type(ALLOCATED)?);
    let b = Origin::of(after, after.sample_type(ALLOCATED)?);
    let nanos = elapsed_nanos(&a, &b).ok_or(LifetimesError::NoTime)?;
    let mut notes = notes_on_origins(&a, &b);
    if !is_one_process(&notes) {
        return Err(LifetimesError::Processes(notes.swap_remove(0)));
    }
    if nanos > 0 && has_falling_counter(before, after)? {
        let note = Note::Restart(RestartSign::Counters);
        return Err(LifetimesError::Processes(note));
    }
    match nanos {
        0 => Err(LifetimesError::SameTime),
        ..0 => {
            let nanos = clamp(-nanos);
            Err(LifetimesError::Reversed { nanos })
        }
        _ if a.allocated == b.allocated => Err(LifetimesError::NoCollection),
        _ => Ok(Elapsed(nanos as f64 / 1e9)),
    }
}

/// Whether a function allocated less than before, which the sum of all may hide.
fn has_falling_counter(before: &Profile, after: &Profile) -> Result<bool, SampleTypeError> {
    let later = allocated(after)?;
    let earlier = allocated(before)?.into_iter();
    let counters = earlier.map(|(name, value)| (value, later.get(name).copied().unwrap_or(0)));
    Ok(any_has_fallen(counters))
}

/// What each function allocated.
fn allocated(profile: &Profile) -> Result<HashMap<&[u8], i128>, SampleTypeError> {
    let column = profile.sample_type(ALLOCATED)?;
    let mut sums = HashMap::new();
    for id in profile.samples().ids() {
        let leaf = profile.samples().stack(id).first();
        let line = leaf.and_then(|&leaf| profile.locations().lines(leaf).first());
        let Some(line) = line else {
            continue;
        };
        let name = profile.strings().get(profile.function(line.function).name);
        let value = i128::from(profile.samples().value(id, column));
        *sums.entry(name).or_insert(0) += value;
    }
    Ok(sums)
}

/// Computes which share of what each site allocated is still in use; with an earlier heap
/// also how fast each site allocates, and how old its live objects are.
///
/// Only samples and frames of the selection count, not the sample type. The file does
/// not say how long the process runs: in a young one everything looks retained.
///
/// # Errors
///
/// As for [`check`].
///
/// # Example
///
/// ```
/// use kheap::lifetimes::{self, Lifetime, LifetimesOptions};
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("alloc_space", "bytes");
/// builder.sample_type("inuse_space", "bytes");
/// for (name, allocated, inuse) in [("main.load", 64, 64), ("main.parse", 6400, 32)] {
///     let function = builder.function(name, "main.go");
///     let location = builder.location(None, 0, &[(function, 7)]);
///     builder.sample(&[location], &[allocated, inuse], &[])?;
/// }
/// let profile = builder.finish();
/// let sample_type = profile.sample_type(lifetimes::ALLOCATED)?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let lifetimes = kheap::lifetimes(&Heap::new(selection), &LifetimesOptions::default())?;
/// let rows: Vec<_> = lifetimes.rows.iter().map(|r| (&*r.name, r.lifetime)).collect();
/// let expected = [("main.parse", Lifetime::MostlyFreed), ("main.load", Lifetime::MostlyLive)];
/// assert_eq!(rows, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lifetimes(heap: &Heap, options: &LifetimesOptions<'_>) -> Result<Lifetimes, LifetimesError> {
    match options.before {
        None => of_one(heap, options.by, &options.thresholds),
        Some((before, elapsed)) => between_two(before, heap, elapsed, options),
    }
}

fn of_one(
    heap: &Heap,
    by: LifetimesBy,
    thresholds: &Thresholds,
) -> Result<Lifetimes, LifetimesError> {
    let sums = sums(heap, by, None)?;
    let row = |name: &str, sum: Sum| row(name, sum, Lifetime::of_ratio(sum, thresholds));
    let rows = sums.iter().map(|(name, &sum)| row(name, sum));
    Ok(Lifetimes {
        summary: Summary::new(heap),
        by,
        seconds: None,
        total: row("total", Sum::of_all(&sums)),
        rows: sorted(rows.collect()),
    })
}

fn between_two(
    before: &Heap,
    after: &Heap,
    elapsed: Elapsed,
    options: &LifetimesOptions<'_>,
) -> Result<Lifetimes, LifetimesError> {
    let (by, thresholds) = (options.by, &options.thresholds);
    let stacks = Stacks::of(before.profile())?;
    let (old, mut new) = (sums(before, by, None)?, sums(after, by, Some(&stacks))?);
    for name in old.keys() {
        // Go never forgets a stack, but a filter or an attribution may.
        new.entry(Arc::clone(name)).or_default();
    }
    let step = |name: &str, old: Sum, new: Sum| {
        let (between, lifetime) = between(old, new, elapsed.seconds(), thresholds);
        LifetimeRow {
            between: Some(between),
            ..row(name, new, lifetime)
        }
    };
    let rows = new.iter().map(|(name, &new)| {
        let old = old.get(name).copied();
        step(name, old.unwrap_or_default(), new)
    });
    Ok(Lifetimes {
        summary: Summary::new(after),
        by,
        seconds: Some(elapsed.seconds()),
        total: step("total", Sum::of_all(&old), Sum::of_all(&new)),
        rows: sorted(rows.collect()),
    })
}

/// What one site allocated and has in use.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    allocated: i128,
    inuse: i128,
    /// Bytes in use on stacks that allocated nothing since the dump before.
    untouched: i128,
    /// For `allocated`, in square bytes.
    variance: f64,
}

/// What each stack allocated, by its locations.
struct Stacks {
    /// The positions of the stacks in `allocated`.
    by_key: HashMap<Vec<u64>, usize>,
    allocated: Vec<i128>,
    /// By sample: the position of its stack.
    of_sample: Vec<usize>,
}

impl Stacks {
    fn of(profile: &Profile) -> Result<Self, SampleTypeError> {
        let values = profile.values(profile.sample_type(ALLOCATED)?);
        let mut stacks = Self {
            by_key: HashMap::new(),
            allocated: Vec::new(),
            of_sample: Vec::with_capacity(values.len()),
        };
        for (id, &value) in profile.samples().ids().zip(values) {
            let next = stacks.allocated.len();
            let stack = *(stacks.by_key.entry(Self::key(profile, id))).or_insert(next);
            if stack == next {
                stacks.allocated.push(0);
            }
            stacks.allocated[stack] += i128::from(value);
            stacks.of_sample.push(stack);
        }
        Ok(stacks)
    }

    /// Two dumps of one process have the same addresses; what has none is known by name.
    fn key(profile: &Profile, id: SampleId) -> Vec<u64> {
        let locations = profile.locations();
        let key = |&location: &LocationId| match locations.address(location) {
            0 => {
                let mut hasher = DefaultHasher::new();
                for line in locations.lines(location) {
                    let name = profile.function(line.function).name;
                    profile.strings().get(name).hash(&mut hasher);
                }
                hasher.finish()
            }
            address => address,
        };
        profile.samples().stack(id).iter().map(key).collect()
    }

    /// By sample: whether its stack allocated as much as in another dump.
    fn as_in(&self, other: &Self) -> Vec<bool> {
        let mut is_same = vec![false; self.allocated.len()];
        for (key, &stack) in &self.by_key {
            let before = other.by_key.get(key).map(|&stack| other.allocated[stack]);
            is_same[stack] = before == Some(self.allocated[stack]);
        }
        let stacks = self.of_sample.iter();
        stacks.map(|&stack| is_same[stack]).collect()
    }
}

impl Sum {
    fn of_all(sums: &BTreeMap<Arc<str>, Sum>) -> Self {
        let mut all = Self::default();
        sums.values().for_each(|&sum| all.add(sum));
        all
    }

    fn add(&mut self, other: Self) {
        self.allocated += other.allocated;
        self.inuse += other.inuse;
        self.untouched += other.untouched;
        self.variance += other.variance;
    }
}

/// What each name has; with the stacks of an earlier dump also what is as old as that.
fn sums(
    heap: &Heap,
    by: LifetimesBy,
    before: Option<&Stacks>,
) -> Result<BTreeMap<Arc<str>, Sum>, LifetimesError> {
    let profile = heap.profile();
    check(profile)?;
    let untouched = match before {
        Some(before) => Stacks::of(profile)?.as_in(before),
        None => Vec::new(),
    };
    let allocated = profile.sample_type(ALLOCATED)?;
    let inuse = profile.sample_type(IN_USE)?;
    let sampling = Sampling::of(profile, allocated);
    let mut name = names(heap, by);
    let mut sums: BTreeMap<Arc<str>, Sum> = BTreeMap::new();
    for id in profile.samples().ids() {
        let inuse = profile.samples().value(id, inuse).into();
        let sum = Sum {
            allocated: profile.samples().value(id, allocated).into(),
            inuse,
            untouched: match untouched.get(id.index()) {
                Some(true) if inuse > 0 => inuse,
                _ => 0,
            },
            variance: sampling.as_ref().map_or(0.0, |s| s.variance(id)),
        };
        sums.entry(name(id)).or_default().add(sum);
    }
    Ok(sums)
}

/// Under which name a sample counts.
fn names<'h>(heap: &'h Heap<'_>, by: LifetimesBy) -> Box<dyn FnMut(SampleId) -> Arc<str> + 'h> {
    let profile = heap.profile();
    if let LifetimesBy::Part | LifetimesBy::Kind = by {
        let attribution = heap.attribution();
        return Box::new(move |id| match (attribution.place(id), by) {
            (Some(place), LifetimesBy::Part) => place.part.as_str().into(),
            (Some(place), _) => place.kind.as_str().into(),
            (None, _) => UNKNOWN.into(),
        });
    }
    let frames = heap.frames();
    // A name is taken apart once, in however many stacks it stands.
    let mut known: HashMap<Option<NodeId>, Arc<str>> = HashMap::new();
    Box::new(move |id| {
        let leaf = profile.samples().stack(id).first();
        let node = leaf.map(|&leaf| frames.of(leaf)[0]);
        let name = known.entry(node).or_insert_with(|| {
            let name = node.map(|node| frames.name(profile, node));
            let name = name.unwrap_or_else(|| NO_FUNCTION.to_owned());
            match (by, Symbol::parse(&name).package) {
                (LifetimesBy::Package, package) if !package.is_empty() => package.into(),
                _ => name.into(),
            }
        });
        Arc::clone(name)
    })
}

fn row(name: &str, sum: Sum, lifetime: Lifetime) -> LifetimeRow {
    LifetimeRow {
        name: name.to_owned(),
        allocated: clamp(sum.allocated),
        inuse: clamp(sum.inuse),
        live_ratio: (sum.allocated != 0).then(|| sum.inuse as f64 / sum.allocated as f64),
        between: None,
        lifetime,
    }
}

impl Lifetime {
    fn of_ratio(sum: Sum, thresholds: &Thresholds) -> Self {
        let ratio = sum.inuse as f64 / sum.allocated as f64;
        match sum.allocated {
            0 => Self::Idle,
            allocated if !is_sure(allocated, sum.variance, thresholds) => Self::Unclear,
            _ if ratio >= thresholds.live_ratio => Self::MostlyLive,
            _ if ratio <= thresholds.freed_ratio => Self::MostlyFreed,
            _ => Self::PartlyLive,
        }
    }
}

fn between(old: Sum, new: Sum, seconds: f64, thresholds: &Thresholds) -> (Between, Lifetime) {
    let allocated = new.allocated - old.allocated;
    let grown = new.inuse - old.inuse;
    let level = (old.inuse + new.inuse) as f64 / 2.0;
    let per_second = allocated as f64 / seconds;
    let change = thresholds.steady_share * allocated as f64;
    let is_steady = grown.unsigned_abs() as f64 <= change;
    let is_flowing = allocated > 0 && level > 0.0;
    let (untouched, all) = (new.untouched as f64, new.inuse as f64);
    let is_young = untouched <= thresholds.untouched_share * all;
    let mean_age = (is_flowing && is_steady && is_young).then(|| level / per_second);
    let between = Between {
        allocated: clamp(allocated),
        grown: clamp(grown),
        untouched: clamp(new.untouched),
        per_second,
        mean_age,
        is_extrapolated: mean_age.is_some_and(|age| age > seconds),
    };
    // What a counter said before is part of what it says later.
    let variance = (new.variance - old.variance).max(0.0);
    let lifetime = match allocated {
        0 if new.inuse > 0 => Lifetime::Retained,
        0 => Lifetime::Idle,
        _ if !is_sure(allocated, variance, thresholds) => Lifetime::Unclear,
        // What is not in use any more was not kept, however much there was before.
        _ if grown as f64 > change || old.inuse.min(new.inuse) >= allocated => Lifetime::Retained,
        _ if level * thresholds.churning_turnovers <= allocated as f64 => Lifetime::Churning,
        _ if new.inuse > 0 && untouched >= (1.0 - thresholds.untouched_share) * all => {
            Lifetime::Retained
        }
        _ => Lifetime::Mixed,
    };
    (between, lifetime)
}

fn is_sure(allocated: i128, variance: f64, thresholds: &Thresholds) -> bool {
    allocated > 0 && variance.sqrt() <= thresholds.sure_error * allocated as f64
}

fn sorted(mut rows: Vec<LifetimeRow>) -> Vec<LifetimeRow> {
    // The sort is stable, and names are in order already.
    rows.sort_by_key(|row| (Reverse(row.weight()), Reverse(row.inuse)));
    rows
}

#[cfg(test)]
mod tests;
