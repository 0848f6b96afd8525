//! What a report is about: one dump, two, or many.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use kheap::diagnose::{ClaimReader, Dumps, History};
use kheap::memstats::MemStats;
use kheap::series::{By, GrowthThresholds, SeriesError};
use kheap::{
    Catalog, Comparison, DiagnoseOptions, Diagnosis, Heap, Memory, Profile, SampleKind, Selection,
    Summary, Warning, unit,
};
use kheap_report::model::MOST_SNAPSHOTS;
use kheap_report::{Change, Input, Known, Model, ModelBuilder};
use kheap_text::clock;
use kheap_text::shell::quoted;

use crate::files::Files;
use crate::host::{Host, each, name};
use crate::left_out::read_all;
use crate::names::base;
use crate::read::load;
use crate::reading::Reading;
use crate::together::{self, Asked};
use crate::twins::{Facts, Twins};

/// How the dumps of a report are read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Where they are.
    pub host: &'a dyn Host,
    /// What of them is looked at.
    pub reading: &'a Reading<'a>,
    /// The signatures that are followed from dump to dump.
    pub catalog: &'a Catalog,
    /// What was asked.
    pub asked: Asked<'a>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut source = f.debug_struct("Source");
        source.field("reading", self.reading);
        source.field("asked", &self.asked).finish_non_exhaustive()
    }
}

/// A heap, and the file that it was read from.
type Loaded = (Heap<'static>, Input);

impl Source<'_> {
    /// Reads a file, and warns of filters that match nothing in it.
    fn read(&self, file: &Path) -> Result<Loaded> {
        let (heap, input) = self.load(file)?;
        self.warn_of_idle_filters(&heap, &input.name);
        Ok((heap, input))
    }

    /// Reads one of several files once: what it says, and the fingerprint of the same bytes.
    fn load(&self, file: &Path) -> Result<Loaded> {
        self.load_as(file, |profile| self.reading.select(profile, file))
    }

    /// The same of a file that is given alone: its own default counts.
    fn load_alone(&self, file: &Path) -> Result<Loaded> {
        self.load_as(file, |profile| {
            let Reading {
                sample_type,
                options,
                rules,
                ..
            } = self.reading;
            let sample_type = profile.sample_type(sample_type);
            let sample_type =
                sample_type.with_context(|| format!("cannot report on {}", name(file)))?;
            let selection = Selection::new(profile, sample_type, options);
            Ok(Heap::new(selection).with_rules(rules))
        })
    }

    fn load_as(
        &self,
        file: &Path,
        select: impl FnOnce(Profile) -> Result<Heap<'static>>,
    ) -> Result<Loaded> {
        let (bytes, profile) = load(self.host, file, &self.reading.limits)?;
        let time = profile.moment_nanos().map(clock);
        Ok((select(profile)?, Input::read(&name(file), bytes, time)))
    }

    fn warn_of_idle_filters(&self, selection: &Selection, name: &str) {
        for line in idle_filters(selection, name) {
            self.host.warn(&line);
        }
    }

    /// As of a series, but for a single dump, which a report can show.
    fn explain(&self, error: SeriesError, dumps: &[Facts]) -> anyhow::Error {
        match error {
            SeriesError::Single(ref name) => {
                let file = quoted(name);
                anyhow!("{error}; for one dump, run `kheap report {file}`")
            }
            error => together::explain(error, dumps, self.asked),
        }
    }
}

/// All that a report is about.
#[derive(Debug)]
pub struct Subject {
    /// The newest dump.
    pub heap: Heap<'static>,
    /// The files, in the order of time.
    pub inputs: Vec<Input>,
    /// What went wrong while files were read, and how they were read.
    pub warnings: Vec<String>,
    /// What it is compared with, where that is one dump.
    before: Option<Box<(Heap<'static>, Comparison)>>,
    /// How it came about, where the dumps are of one program.
    history: Option<History>,
    /// What the text of the newest dump says of its process.
    stats: Option<MemStats>,
    /// The dumps of a series before the newest, which were too many to be kept.
    earlier: Vec<PathBuf>,
}

impl Subject {
    /// Reads one dump.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn one(file: &Path, source: &Source<'_>) -> Result<Self> {
        let (heap, input) = source.load_alone(file)?;
        source.warn_of_idle_filters(&heap, &input.name);
        Ok(Self {
            heap,
            inputs: vec![input],
            warnings: Vec::new(),
            before: None,
            history: None,
            stats: None,
            earlier: Vec::new(),
        })
    }

    /// Reads two dumps, which are compared in the order of time.
    ///
    /// # Errors
    ///
    /// Where one cannot be read, or they do not belong together.
    pub fn two(files: [&Path; 2], source: &Source<'_>) -> Result<Self> {
        let read = each(source.host, 2, |at| source.read(files[at]));
        let mut read = read.into_iter().collect::<Result<Vec<_>>>()?.into_iter();
        let (Some(mut before), Some(mut after)) = (read.next(), read.next()) else {
            unreachable!("there are two files");
        };
        let mut warnings = Vec::new();
        let times = [&before, &after].map(|(heap, _)| heap.profile().moment_nanos());
        if let [Some(first), Some(second)] = times
            && first > second
        {
            let line = "the later dump was given first; the report shows them in the order of time";
            source.host.note(line);
            warnings.push(line.to_owned());
            std::mem::swap(&mut before, &mut after);
        }
        let facts = [&before, &after];
        let facts = facts.map(|(heap, input)| Facts::of(Path::new(&input.name), heap));
        let watch = ClaimReader::new(source.catalog);
        let [old, new] = [&before, &after].map(|(heap, input)| watch.snapshot(heap, &input.name));
        let by = [By::Place, By::Function];
        let comparison = kheap::compare(&old, &new, &by, &GrowthThresholds::default());
        let comparison =
            comparison.map_err(|error| together::explain(error, &facts, source.asked))?;
        Ok(Self {
            heap: after.0,
            inputs: vec![before.1, after.1],
            warnings,
            before: Some(Box::new((before.0, comparison))),
            // Dumps of different programs are compared, but show no growth.
            history: History::new(vec![old, new]).ok(),
            stats: None,
            earlier: Vec::new(),
        })
    }

    /// Reads many dumps, and keeps the newest. One is enough with `takes_one`.
    ///
    /// # Errors
    ///
    /// Where none can be read, or they do not belong together; with `strict` where one cannot
    /// be read.
    pub fn many(files: &Files, strict: bool, takes_one: bool, source: &Source<'_>) -> Result<Self> {
        let Source { host, reading, .. } = *source;
        let dumps = Dumps::new(source.catalog);
        let one = |file: &Path| {
            let mut facts = None;
            let (heap, input) = source.load_as(file, |profile| {
                let sample_type = reading.sample_type_of(&profile, file)?;
                facts = Some(Facts::of_profile(file, &profile, sample_type));
                reading.select(profile, file)
            })?;
            let idle = idle_filters(&heap, &input.name);
            dumps.add(&input.name, heap);
            Ok(((file.to_path_buf(), input), (facts, idle)))
        };
        let many = read_all(host, files, strict, one)?;
        let (mut read, about): (Vec<_>, Vec<_>) = many.read.into_iter().unzip();
        let (facts, idle): (Vec<_>, Vec<_>) = about.into_iter().unzip();
        let facts: Vec<Facts> = facts.into_iter().flatten().collect();
        let twins = Twins::of(&facts);
        if !twins.is_empty() {
            // Only now it is known which heaps were saved twice: the others are read again.
            twins.note(host);
            let once = facts.iter().filter(|file| !twins.has(&file.path));
            let once = Files::of(once.map(|file| file.path.clone()));
            let subject = Self::many(&once, strict, takes_one, source)?;
            let newest = subject.inputs.last().map(|input| Path::new(&input.name));
            return Ok(Self {
                stats: newest.and_then(|newest| twins.stats(newest)),
                warnings: many.left_out,
                ..subject
            });
        }
        for line in idle.iter().flatten() {
            host.warn(line);
        }
        let newest = dumps
            .finish()
            .map_err(|error| source.explain(error, &facts))?;
        if newest.history.is_none() && !takes_one {
            return Err(source.explain(SeriesError::Single(newest.name), &facts));
        }
        let history = newest.history;
        let snapshots = history.iter().flat_map(|history| &history.series.snapshots);
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, snapshot) in snapshots.enumerate() {
            places.entry(&snapshot.origin.name).or_insert(place);
        }
        read.sort_by_cached_key(|(_, input)| places.get(&*input.name).copied());
        let (mut earlier, inputs): (Vec<PathBuf>, Vec<Input>) = read.into_iter().unzip();
        earlier.pop();
        Ok(Self {
            heap: newest.heap,
            inputs,
            warnings: many.left_out,
            before: None,
            history,
            stats: None,
            earlier,
        })
    }

    /// What the newest dump is compared with.
    pub fn change(&self) -> Change<'_> {
        match (&self.before, &self.history) {
            (Some(pair), _) => Change::Pair {
                before: &pair.0,
                comparison: &pair.1,
            },
            (None, Some(history)) => Change::Series(&history.series),
            (None, None) => Change::None,
        }
    }

    /// What the page can be asked: the newest dump, and those that it can be compared with.
    ///
    /// # Errors
    ///
    /// Where an earlier dump cannot be read again.
    pub fn model(
        &self,
        source: &Source<'_>,
        diagnosis: &Diagnosis,
        known: &Known<'_>,
    ) -> Result<Model> {
        let mut model = ModelBuilder::new();
        let mut add = |heap: &Heap<'_>, input: &Input| {
            let name = base(Path::new(&input.name));
            model.add(heap, name, input.time.clone());
        };
        if let Some(pair) = &self.before {
            add(&pair.0, &self.inputs[0]);
        }
        for path in chosen(&self.earlier) {
            let (heap, input) = source.load(path)?;
            add(&heap, &input);
        }
        let newest = self.inputs.last().context("there is a dump")?;
        add(&self.heap, newest);
        Ok(model.finish(&self.heap, diagnosis, known))
    }

    /// Judges the newest dump; the history of the options is that of these dumps.
    pub fn judge<'o>(&'o self, host: &dyn Host, mut options: DiagnoseOptions<'o>) -> Judged {
        let profile = self.heap.profile();
        let warnings = kheap::info::warnings(profile);
        let warnings = warnings.iter().map(kheap_text::info::warning);
        let mut warnings: Vec<String> = warnings.collect();
        if let Some(warning) = too_small(&self.heap, options.process.rss) {
            host.warn(&warning);
            warnings.push(warning);
        }
        options.process.stats = options.process.stats.or(self.stats);
        options.history = self.history.as_ref();
        let diagnosis = kheap::diagnose(&self.heap, &options);
        Judged {
            diagnosis,
            // Most dumps do not show the process, and a report is about more than that.
            memory: kheap::memory(profile, &options.process).ok(),
            warnings,
        }
    }
}

/// The earlier dumps of a series that the page can show: the first one and others evenly
/// up to the newest.
fn chosen(earlier: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    let count = earlier.len().min(MOST_SNAPSHOTS - 1);
    (0..count).map(move |position| &earlier[position * earlier.len() / count])
}

/// What is to be thought of the newest dump.
#[derive(Debug)]
pub struct Judged {
    /// What is wrong with it.
    pub diagnosis: Diagnosis,
    /// Its process taken apart, where its size is known.
    pub memory: Option<Memory>,
    /// What a reader should know of the file.
    pub warnings: Vec<String>,
}

/// The warning about a process that is smaller than what lives in it.
fn too_small(selection: &Selection, rss: Option<u64>) -> Option<String> {
    let summary = Summary::new(selection);
    let live = summary.total.unsigned_abs();
    let is_level = SampleKind::of(&summary.sample_type).is_level(&summary.sample_unit);
    let rss = rss.filter(|&rss| is_level && rss < live)?;
    let bytes = |bytes: u64| unit::label(bytes as i64, "bytes", unit::AUTO);
    Some(format!(
        "--rss {} is less than the live heap of {}; give the RSS of the same process and time",
        bytes(rss),
        bytes(live)
    ))
}

/// Filters that leave a dump as it is, or nothing of it: a warning for each.
fn idle_filters(selection: &Selection, name: &str) -> Vec<String> {
    let idle = selection.warnings().into_iter().filter_map(|warning| {
        let Warning::IdleFilter(field) = warning else {
            return None;
        };
        let option = field.replace('_', "-");
        Some(format!("--{option} matched nothing in {name}"))
    });
    idle.collect()
}
