//! A profile reduced to what is compared: a few sums by name, small enough to keep hundreds.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::SeriesError;
use super::identity::{Identities, PathFrames};
use crate::arithmetic::Sampling;
use crate::attribute::{AttributedStack, Attribution, Heap, MatchedNames, NameId, Place, Role};
use crate::fingerprint::mixed;
use crate::info::Period;
use crate::knowledge::Parts;
use crate::profile::{LocationId, Profile, SampleTypeId, StringId};
use crate::program::{self, InferredProgram};
use crate::sample_kind::SampleKind;

/// Stands between part and kind in a place.
pub const DOT: &str = " · ";

/// The part of a [place](By::Place), which is a part and a kind.
///
/// ```
/// assert_eq!(kheap::series::part_of("watchcache · Pod"), "watchcache");
/// ```
pub fn part_of(place: &str) -> &str {
    place.split_once(DOT).map_or(place, |(part, _)| part)
}

/// The mapping that the kernel puts at another address in each process.
const VDSO: &str = "[vdso]";

/// By which names memory is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum By {
    /// Part and kind: `watch-cache-events · ConfigMap`.
    Place,
    /// The function that allocates, by its [`identity`](crate::symbol::identity).
    Function,
    /// That function and three of its callers, each of another package.
    Path,
    /// The part of the program, such as `list-encode`.
    Part,
    /// The Kubernetes kind.
    Kind,
    /// The package of the function that allocates.
    Package,
}

crate::__vocabulary! {
    By, "key" {
        Place = "place",
        Function = "function",
        Path = "path",
        Part = "part",
        Kind = "kind",
        Package = "package",
    }
}

/// A sum over samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Amount {
    /// In the unit of the sample type.
    pub value: i64,
    /// How far sampling lets it stray, in the square of that unit: see [`crate::arithmetic`]. 0
    /// where nothing is known of the sampling.
    pub variance: f64,
}

/// Amounts by name.
pub type Amounts = BTreeMap<Arc<str>, Amount>;

/// Where a snapshot comes from, and what it says as a whole.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Origin {
    /// What the caller calls it, such as its file.
    pub name: String,
    /// Base name of the program.
    pub program: Option<String>,
    /// The program by its functions, where nothing names it.
    pub inferred_program: Option<InferredProgram>,
    /// Build id of the program.
    pub build_id: Option<String>,
    /// What the program is.
    pub role: Role,
    /// When it was taken, in nanoseconds since 1970-01-01 UTC. To be set where it is missing, and
    /// left where it is known: snapshots are ordered by it.
    pub time_nanos: Option<i64>,
    /// For a delta profile: the time whose changes it shows, in nanoseconds.
    pub delta_nanos: Option<i64>,
    /// Whether a part of the heap may be missing: see [`Profile::is_fragment`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub is_fragment: bool,
    /// Whether it says what changed rather than what is in use: see [`Profile::is_difference`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub is_difference: bool,
    /// How much lies between two samples.
    pub period: Option<Period>,
    /// The sample type, such as `inuse_space`.
    pub sample_type: String,
    /// Its unit, such as `bytes`.
    pub unit: String,
    /// The sum of all values; negative ones count as such.
    pub total: Amount,
    /// What was allocated since the process started, in bytes and in objects: it never goes down
    /// while a process lives. `None` where the profile [lacks samples](Profile::lacks_samples).
    pub allocated: [Option<i64>; 2],
    /// How many collections finished since the process started, where a text says so.
    pub collections: Option<u64>,
    /// A fingerprint of all `inuse_*` values, for comparing with other snapshots; `None` where
    /// there are none. Snapshots that were stored have the same one for the same values.
    #[cfg_attr(feature = "serde", serde(default))]
    pub levels: Option<u64>,
    /// Where the kernel put its own code, which differs from process to process.
    pub process: Option<u64>,
}

impl Origin {
    /// What a profile says of itself, without a name, a role and a total.
    pub(crate) fn of(profile: &Profile, sample_type: SampleTypeId) -> Self {
        let header = profile.header();
        let text = |id: StringId| (id != StringId::EMPTY).then(|| profile.text(id).into_owned());
        let kind = text(header.period_type.kind).unwrap_or_default();
        let unit = text(header.period_type.unit).unwrap_or_default();
        let value = header.period;
        let allocated = |name: &str| {
            let id = profile.exact_sample_type(name)?;
            (!profile.lacks_samples()).then(|| profile.total(id))
        };
        Self {
            name: String::new(),
            program: profile.program(),
            inferred_program: None,
            build_id: profile.mappings().first().and_then(|m| text(m.build_id)),
            role: Role::Unknown,
            time_nanos: profile.moment_nanos(),
            delta_nanos: profile.delta_nanos(),
            is_fragment: profile.is_fragment(),
            is_difference: profile.is_difference(),
            period: (value != 0).then_some(Period { kind, unit, value }),
            sample_type: profile.sample_type_name(sample_type).into_owned(),
            unit: profile.sample_type_unit(sample_type).into_owned(),
            total: Amount::default(),
            allocated: ["alloc_space", "alloc_objects"].map(allocated),
            collections: header.mem_stats.as_ref().map(|stats| stats.num_gc),
            levels: levels(profile),
            process: process(profile),
        }
    }

    /// The name of its program, where it is named or its functions show it.
    pub fn known_program(&self) -> Option<&str> {
        program::known(self.program.as_ref(), self.inferred_program.as_ref())
    }

    /// Whether it says what changed rather than what is in use: a delta profile, or a difference.
    /// A snapshot that an earlier version stored shows only the former.
    pub fn is_change(&self) -> bool {
        self.is_difference || self.delta_nanos.is_some()
    }

    /// Whether the values count up from the start of the process (`alloc_*`) rather than say what
    /// there is.
    pub fn is_counter(&self) -> bool {
        SampleKind::of(&self.sample_type) == SampleKind::Allocated
    }
}

/// What is kept of one profile.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// Where it comes from, and its total.
    pub origin: Origin,
    /// Title and colour of every part.
    pub parts: Parts,
    /// By [`By`]; each adds up to the total. One that was stored may lack some.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "known_amounts"))]
    amounts: BTreeMap<By, Amounts>,
    /// What signatures claim of it, where they were asked; these overlap.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) claims: Amounts,
    /// A fingerprint of the catalogue and the rules that were asked. Claims of others are not
    /// compared with these.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) judged_by: Option<u64>,
    /// A fingerprint of the rules that it is attributed by; `None` in one that an earlier version
    /// stored.
    #[cfg_attr(feature = "serde", serde(default))]
    attributed_by: Option<u64>,
}

/// Names that several snapshots share, and the frames that rules find in names of functions: each
/// is kept once. Names that no snapshot has any more are dropped, and what rules find is kept up to
/// a bound, so that a service may keep its last snapshots for as long as it runs. May be used by
/// several threads.
#[derive(Debug, Default)]
pub struct Keys {
    names: Mutex<Known>,
    pub(crate) matched: MatchedNames,
}

#[derive(Debug, Default)]
struct Known {
    names: HashSet<Arc<str>>,
    /// From how many names on unused ones are looked for.
    most: usize,
}

/// Fewer names than these are kept whether they are used or not.
const FEW_NAMES: usize = 1024;

impl Known {
    /// Lets unused names go, when there are twice as many as there were in use at the last time.
    fn sweep(&mut self) {
        if self.names.len() < self.most.max(FEW_NAMES) {
            return;
        }
        self.names.retain(|name| Arc::strong_count(name) > 1);
        self.most = 2 * self.names.len();
    }
}

impl Keys {
    /// Lets a snapshot that was stored share its names with those that were made with these
    /// keys: one that was read again has names of its own, of hundreds of kilobytes. A
    /// [`ClaimReader`](crate::diagnose::ClaimReader) has
    /// [keys](crate::diagnose::ClaimReader::keys), too.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::Snapshot;
    /// use kheap::series::Keys;
    ///
    /// /// The snapshots that a service had before it was restarted.
    /// fn restored(stored: Vec<Snapshot>, keys: &Keys) -> Vec<Snapshot> {
    ///     stored.into_iter().map(|snapshot| keys.adopt(snapshot)).collect()
    /// }
    /// ```
    #[must_use]
    pub fn adopt(&self, mut snapshot: Snapshot) -> Snapshot {
        let tables = { snapshot.amounts.values_mut() }.chain([&mut snapshot.claims]);
        for table in tables {
            let own = std::mem::take(table).into_iter();
            *table = own
                .map(|(name, amount)| (self.share(&name), amount))
                .collect();
        }
        snapshot
    }

    pub(crate) fn share(&self, name: &str) -> Arc<str> {
        // The set is whole after every insertion, so a panic elsewhere does not matter.
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.names.get(name) {
            return Arc::clone(key);
        }
        known.sweep();
        let key: Arc<str> = name.into();
        known.names.insert(Arc::clone(&key));
        key
    }
}

impl Snapshot {
    /// Reduces a profile to its sums. A [`History`](crate::diagnose::History), for growth of
    /// findings, takes those of [`ClaimReader::snapshot`](crate::diagnose::ClaimReader::snapshot)
    /// instead.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::series::{By, Keys, Snapshot};
    /// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
    ///
    /// let mut builder = ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// let load = builder.function("a/vendor/example.com/lib/v2.Load.func1", "");
    /// let load = builder.location(None, 1, &[(load, 7)]);
    /// builder.sample(&[load], &[4096], &[])?;
    /// let profile = builder.finish();
    /// let sample_type = profile.sample_type("")?;
    /// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    ///
    /// let snapshot = Snapshot::new(&Heap::new(selection), "heap.pb.gz", &Keys::default());
    /// assert_eq!(snapshot.origin.total.value, 4096);
    /// let functions = snapshot.by(By::Function).expect("it was just made");
    /// assert_eq!(functions["example.com/lib.Load.func"].value, 4096);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(heap: &Heap, name: &str, keys: &Keys) -> Self {
        let analysis = heap.analysis_among(&keys.matched);
        let profile = heap.profile();
        let identities = Identities::of(&analysis.functions.names);
        let sampling = Sampling::of(profile, heap.sample_type());
        let mut total = Sum::default();
        let mut sums = By::ALL.map(|by| (by, Sums::default()));
        for stack in &analysis.stacks {
            let sum = Sum::of(stack, sampling.as_ref());
            total.add(sum);
            let named = Named::of(stack, &analysis.attribution, &identities);
            for (by, sums) in &mut sums {
                let name = || named.name(*by, &stack.place, &identities);
                sums.add(named.key(*by), sum, name);
            }
        }
        Self {
            origin: Origin {
                name: name.to_owned(),
                role: analysis.functions.role,
                total: total.amount(),
                inferred_program: (profile.program().is_none())
                    .then(|| InferredProgram::of_profile(profile))
                    .flatten(),
                ..Origin::of(profile, heap.sample_type())
            },
            parts: heap.rules().parts().clone(),
            amounts: sums
                .into_iter()
                .map(|(by, sums)| (by, sums.amounts(keys)))
                .collect(),
            claims: Amounts::new(),
            judged_by: None,
            attributed_by: Some(heap.rules().identity()),
        }
    }

    /// The amounts by function, part, …; names in order. They add up to the total. `None` where
    /// another version stored the snapshot without them: what is not known is not 0.
    pub fn by(&self, by: By) -> Option<&Amounts> {
        self.amounts.get(&by)
    }

    /// Whether the texts of the rules that the two are attributed by differ, be it in a comment
    /// alone. A part of one may be another part of the other then.
    pub(crate) fn has_other_rules(&self, other: &Self) -> bool {
        let both = self.attributed_by.zip(other.attributed_by);
        both.is_some_and(|(one, other)| one != other)
    }

    /// The same where they are needed.
    pub(crate) fn table(&self, by: By) -> Result<&Amounts, SeriesError> {
        self.by(by).ok_or_else(|| SeriesError::NoAmounts {
            name: self.origin.name.clone(),
            by,
        })
    }
}

/// Reads the amounts by the keys of this version. A later one may have stored others.
#[cfg(feature = "serde")]
fn known_amounts<'de, D>(deserializer: D) -> Result<BTreeMap<By, Amounts>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    use serde::Deserialize;

    // Binary formats store the place of a key in its list, not its name.
    if !deserializer.is_human_readable() {
        return BTreeMap::deserialize(deserializer);
    }
    let stored = BTreeMap::<String, Amounts>::deserialize(deserializer)?;
    let known = stored.into_iter();
    let known = known.filter_map(|(key, amounts)| Some((key.parse().ok()?, amounts)));
    Ok(known.collect())
}

/// What the names of a stack are made of.
#[derive(Debug, Clone, Copy)]
struct Named {
    place: Option<u32>,
    leaf: Option<NameId>,
    path: PathFrames,
}

/// What stacks of one name have in common, though others may have that name, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Place(Option<u32>),
    Leaf(Option<NameId>),
    Path(PathFrames),
}

impl Named {
    fn of(stack: &AttributedStack, attribution: &Attribution, identities: &Identities<'_>) -> Self {
        let sample = stack.samples.first();
        Self {
            place: sample.and_then(|id| attribution.of_sample[id.index()]),
            leaf: stack.frames.last().copied(),
            path: identities.path_frames(&stack.frames),
        }
    }

    fn key(&self, by: By) -> Key {
        match by {
            By::Place | By::Part | By::Kind => Key::Place(self.place),
            By::Function | By::Package => Key::Leaf(self.leaf),
            By::Path => Key::Path(self.path),
        }
    }

    /// Under which name it counts.
    fn name(&self, by: By, place: &Place, identities: &Identities<'_>) -> String {
        match by {
            By::Place => format!("{}{DOT}{}", place.part, place.kind),
            By::Function => identities.function(self.leaf).to_owned(),
            By::Path => identities.path(self.path),
            By::Part => place.part.clone(),
            By::Kind => place.kind.clone(),
            By::Package => identities.package(self.leaf).to_owned(),
        }
    }
}

/// Sums by name. Many stacks have one name, which is put together once.
#[derive(Debug, Default)]
struct Sums {
    sums: Vec<Sum>,
    /// Positions among the sums.
    by_key: HashMap<Key, usize>,
    by_name: HashMap<String, usize>,
}

impl Sums {
    fn add(&mut self, key: Key, sum: Sum, name: impl FnOnce() -> String) {
        let position = *self.by_key.entry(key).or_insert_with(|| {
            let position = *self.by_name.entry(name()).or_insert(self.sums.len());
            if position == self.sums.len() {
                self.sums.push(Sum::default());
            }
            position
        });
        self.sums[position].add(sum);
    }

    fn amounts(self, keys: &Keys) -> Amounts {
        let names = self.by_name.into_iter();
        let amounts = names.map(|(name, at)| (keys.share(&name), self.sums[at].amount()));
        amounts.collect()
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: i128,
    variance: f64,
}

impl Sum {
    fn of(stack: &AttributedStack, sampling: Option<&Sampling<'_>>) -> Self {
        let variances = stack.samples.iter();
        Self {
            value: i128::from(stack.value),
            variance: sampling.map_or(0.0, |s| variances.map(|&id| s.variance(id)).sum()),
        }
    }

    fn add(&mut self, other: Self) {
        self.value += other.value;
        self.variance += other.variance;
    }

    fn amount(self) -> Amount {
        let most = i128::from(i64::MAX);
        Amount {
            value: self.value.clamp(-most, most) as i64,
            variance: self.variance,
        }
    }
}

/// A fingerprint of the stacks that hold something. Their order does not matter: a process does not
/// always write them in the same one.
fn levels(profile: &Profile) -> Option<u64> {
    let columns = ["inuse_objects", "inuse_space"].map(|name| profile.exact_sample_type(name));
    let columns: Vec<SampleTypeId> = columns.into_iter().flatten().collect();
    let samples = profile.samples();
    let address = |&id: &LocationId| profile.locations().address(id);
    let mut found = None;
    for id in samples.ids() {
        let values = columns.iter().map(|&column| samples.value(id, column));
        if values.clone().all(|value| value == 0) {
            continue;
        }
        let values = values.map(i64::cast_unsigned);
        let stack = samples.stack(id).iter().map(address);
        let hash = values.chain(stack).fold(0, mixed);
        found = Some(hash.wrapping_add(found.unwrap_or(0)));
    }
    found
}

fn process(profile: &Profile) -> Option<u64> {
    let mut mappings = profile.mappings().iter();
    let vdso = mappings.find(|mapping| profile.text(mapping.filename) == VDSO);
    vdso.map(|mapping| mapping.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_snapshot_has_are_let_go() {
        let keys = Keys::default();
        let kept: Vec<Arc<str>> = (0..10).map(|at| keys.share(&format!("kept{at}"))).collect();
        for at in 0..10_000 {
            keys.share(&format!("gone{at}"));
        }
        let names = keys.names.lock().unwrap().names.len();
        assert!(names <= FEW_NAMES, "{names} names");
        assert!(Arc::ptr_eq(&kept[0], &keys.share("kept0")));
    }
    #[test]
    fn a_snapshot_that_was_stored_shares_its_names() {
        let profile = crate::fixture::profile("main;main.load 64");
        let sample_type = profile.sample_type("").unwrap();
        let selection = crate::Selection::new(&profile, sample_type, &Default::default());
        let heap = Heap::new(selection);
        let [one, other] = [Keys::default(), Keys::default()];
        let (kept, stored) = (
            Snapshot::new(&heap, "", &one),
            Snapshot::new(&heap, "", &other),
        );
        let is_shared = |snapshot: &Snapshot| {
            let names = |of: &Snapshot| of.by(By::Function).unwrap().keys().next().cloned();
            Arc::ptr_eq(&names(&kept).unwrap(), &names(snapshot).unwrap())
        };
        assert!(!is_shared(&stored));
        let adopted = one.adopt(stored.clone());
        assert!(is_shared(&adopted));
        assert_eq!(adopted, stored);
    }
}
