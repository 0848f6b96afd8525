//! One heap that was saved twice: as a profile, and as the text of `?debug=1`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use kheap::memstats::MemStats;
use kheap::profile::SampleTypeId;
use kheap::{Heap, Profile};
use kheap_text::change::UNKNOWN_PROGRAM;

use crate::host::{Host, name};

/// A dump that was read, as far as it shows whether another one is the same.
#[derive(Debug)]
pub struct Facts {
    /// Its file.
    pub path: PathBuf,
    program: Option<String>,
    /// All bytes in use, and all samples that hold some: another moment has others.
    levels: (i128, usize),
    stats: Option<MemStats>,
    /// Sample types with their units.
    sample_types: BTreeSet<(String, String)>,
}

impl Facts {
    /// Reads the facts of the filtered heap.
    pub fn of(path: &Path, heap: &Heap<'_>) -> Self {
        Self::of_profile(path, heap.profile(), heap.sample_type())
    }

    /// Reads the facts of the unfiltered profile: two dumps may be equal after filters.
    pub fn of_profile(path: &Path, profile: &Profile, sample_type: SampleTypeId) -> Self {
        let values = profile.values(sample_type).iter();
        let held = values.clone().filter(|&&value| value != 0).count();
        let named = |id| {
            let (name, unit) = (profile.sample_type_name(id), profile.sample_type_unit(id));
            (name.into_owned(), unit.into_owned())
        };
        Self {
            path: path.to_owned(),
            program: profile.program(),
            levels: (values.map(|&value| i128::from(value)).sum(), held),
            stats: profile.header().mem_stats,
            sample_types: profile.sample_type_ids().map(named).collect(),
        }
    }

    /// The programs of some dumps.
    pub fn programs(dumps: &[Self]) -> BTreeSet<&str> {
        let names = dumps.iter().map(|dump| dump.program.as_deref());
        names.map(|name| name.unwrap_or(UNKNOWN_PROGRAM)).collect()
    }

    /// The dumps of the program that has most of them.
    pub fn of_one_program(dumps: &[Self]) -> Vec<&Path> {
        let mut counts = BTreeMap::new();
        for dump in dumps {
            *counts.entry(&dump.program).or_insert(0) += 1;
        }
        let most = dumps.iter().max_by_key(|dump| counts[&dump.program]);
        let of_it = dumps
            .iter()
            .filter(|dump| most.is_some_and(|most| dump.program == most.program));
        of_it.map(|dump| &*dump.path).collect()
    }

    /// A sample type that all dumps have; the last one by name, such as `inuse_space`.
    pub fn common_type(dumps: &[Self]) -> Option<&str> {
        let (first, others) = dumps.split_first()?;
        let in_all =
            |kind: &&(String, String)| others.iter().all(|dump| dump.sample_types.contains(*kind));
        let common = first.sample_types.iter().rfind(in_all);
        common.map(|(name, _)| name.as_str())
    }

    fn is_text(&self) -> bool {
        self.program.is_none() && self.stats.is_some()
    }
}

/// The texts that are profiles beside them, too.
#[derive(Debug, Default)]
pub struct Twins {
    /// Each with its profile.
    texts: BTreeMap<PathBuf, PathBuf>,
    /// What a text says of the process, by its profile.
    stats: BTreeMap<PathBuf, MemStats>,
}

impl Twins {
    /// Finds them.
    pub fn of(dumps: &[Facts]) -> Self {
        let mut twins = Self::default();
        let mut profiles: HashMap<_, &Facts> = HashMap::new();
        for profile in dumps.iter().filter(|dump| dump.program.is_some()) {
            profiles.entry(profile.levels).or_insert(profile);
        }
        for text in dumps
            .iter()
            .filter(|dump| dump.is_text() && dump.levels.0 > 0)
        {
            let profile = profiles.get(&text.levels);
            if let Some((profile, stats)) = profile.zip(text.stats) {
                twins.texts.insert(text.path.clone(), profile.path.clone());
                twins.stats.insert(profile.path.clone(), stats);
            }
        }
        twins
    }

    /// Says which texts are not counted: a heap that was saved twice is one dump.
    pub fn note(&self, host: &dyn Host) {
        for (text, profile) in &self.texts {
            host.note(&format!(
                "{} is the same dump as {}, in text form; counted once",
                name(text),
                name(profile)
            ));
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether a file is the text of a heap that another file has as a profile.
    pub fn has(&self, file: &Path) -> bool {
        self.texts.contains_key(file)
    }

    /// What the text of this profile says of its process.
    pub fn stats(&self, profile: &Path) -> Option<MemStats> {
        self.stats.get(profile).copied()
    }
}
