//! `kheap report`: reads what a report is about, and writes it.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use kheap::diagnose::{ClaimReader, Dumps, History};
use kheap::memstats::MemStats;
use kheap::series::{By, GrowthThresholds, SeriesError};
use kheap::{
    Catalog, Comparison, DiagnoseOptions, Diagnosis, Heap, Memory, Profile, SampleKind, Selection,
    Summary, Warning, unit,
};
use kheap_report::model::MOST_SNAPSHOTS;
use kheap_report::{Change, Input, Known, Model, ModelBuilder, Report};
use kheap_text::shell::quoted;

use crate::args::{ReportArgs, ReportFiles, ReportFormat, SubjectArgs};
use crate::beside::{self, Companions};
use crate::folders::Files;
use crate::output::{self, Sink, time};
use crate::snapshots::{Asked, Reading};
use crate::twins::{Facts, Twins};
use crate::{input, opened, paths, snapshots, threads};

/// How large a header may be, in bytes: it is some words.
const MAX_HEADER_BYTES: usize = 1 << 20;

pub(crate) fn report(args: &ReportArgs) -> Result<()> {
    let format = args.format()?;
    let sink = Sink::open_file(args.output.as_deref(), args.force)?;
    if format == ReportFormat::Html && sink.is_terminal() {
        let files = args.subject.words();
        bail!("a report is HTML; name an output file: `kheap report -o report.html {files}`");
    }
    let written = |report: &Report<'_>| output::report(sink, report, args);
    with_report(&args.subject, format == ReportFormat::Html, written)
}

/// Reads what a report is about, and hands it on. What the page can be asked is part of
/// it where it is `explorable`.
pub(crate) fn with_report<T>(
    args: &SubjectArgs,
    explorable: bool,
    take: impl FnOnce(&Report<'_>) -> Result<T>,
) -> Result<T> {
    if args.files.iter().any(|file| input::is_stdin(file)) {
        bail!("a report lists its input files; save standard input to a file first");
    }
    // Bad filters are refused before large files are read.
    output::note_ranges(&args.options()?.filters);
    let header = args.header.as_deref().map(read_header).transpose()?;
    let catalog = input::catalog(&args.catalog)?;
    let companions = Companions::find(&args.files, &args.beside, args.limits.limits())?;
    let reading = Reading {
        sample_type: &args.sample_type,
        options: args.options()?,
        limits: args.limits.limits(),
        rules: Arc::clone(catalog.rules()),
    };
    let subject = Subject::read(args, &reading, &catalog, &companions)?;
    let mut newest = Newest::judge(&subject, args, &catalog);
    let joined = match companions.is_empty() {
        true => None,
        false => {
            let mut dump = beside::dump_of(&subject.heap);
            dump.kubernetes = newest.diagnosis.versions.kubernetes.clone();
            let found = companions.read(&dump)?;
            let mut joined = beside::join(found, &mut newest.diagnosis, &args.beside);
            if !args.full_paths {
                paths::shorten(&mut joined.files);
            }
            Some(joined)
        }
    };
    let warnings = [&subject.warnings[..], &newest.warnings].concat();
    let (command, is_short) = paths::command(args);
    let file = subject.inputs.last().map(|input| input.name.clone());
    let rss = args.process.rss_words();
    let older = newest.diagnosis.trend.as_ref();
    let older = older.map(|trend| &*trend.first);
    let dumps: Vec<&str> = match args.source() {
        ReportFiles::One(_) => file.as_deref().into_iter().collect(),
        _ => args.files.iter().filter_map(|file| file.to_str()).collect(),
    };
    let read: Vec<String> = Files::names(&args.files, &args.limits.limits())
        .into_iter()
        .chain(companions.names())
        .collect();
    let read: Vec<&str> = read.iter().map(String::as_str).collect();
    let known = args
        .process
        .known(file.as_deref(), rss.as_deref())
        .beside(joined.as_ref())
        .older(older)
        .dumps(&dumps)
        .inputs(&read);
    let model = explorable.then(|| model(&subject, &reading, &newest.diagnosis, &known));
    let model = model.transpose()?;
    let inputs = paths::inputs(args, &subject.inputs);
    let mut report = Report::new(&subject.heap, &newest.diagnosis)
        .known(known)
        .memory(newest.memory.as_ref())
        .change(subject.change())
        .model(model.as_ref())
        .inputs(&inputs)
        .command(&command)
        .has_short_paths(is_short)
        .version(env!("CARGO_PKG_VERSION"))
        .warnings(&warnings);
    report.header = header.as_deref();
    let taken = take(&report)?;
    if let Some(folder) = &args.beside.write_manifests {
        beside::write_manifests(&[joined], folder)?;
    }
    Ok(taken)
}

/// All that a report is about.
struct Subject {
    /// The newest dump.
    heap: Heap<'static>,
    /// What it is compared with, where that is one dump.
    before: Option<Box<(Heap<'static>, Comparison)>>,
    /// How it came about, where the dumps are of one program.
    history: Option<History>,
    /// In the order of time.
    inputs: Vec<Input>,
    /// What the text of the newest dump says of its process.
    stats: Option<MemStats>,
    /// The dumps of a series before the newest, which were too many to be kept.
    earlier: Vec<PathBuf>,
    /// What went wrong while files were read, and how they were read.
    warnings: Vec<String>,
}

/// Reads a file, and warns of filters that match nothing in it.
fn read(file: &Path, reading: &Reading<'_>) -> Result<(Heap<'static>, Input)> {
    let (heap, input) = load(file, reading)?;
    warn_of_idle_filters(&heap, &input.name);
    Ok((heap, input))
}

/// Reads one of several files once: what it says, and the fingerprint of the same bytes.
fn load(file: &Path, reading: &Reading<'_>) -> Result<(Heap<'static>, Input)> {
    load_as(file, reading, |profile| reading.select(profile, file))
}

/// The same of a file that is given alone: its own default counts.
fn load_alone(file: &Path, reading: &Reading<'_>) -> Result<(Heap<'static>, Input)> {
    load_as(file, reading, |profile| {
        let sample_type = profile.sample_type(reading.sample_type);
        let sample_type =
            sample_type.with_context(|| format!("cannot report on {}", input::name(file)))?;
        let selection = Selection::new(profile, sample_type, &reading.options);
        Ok(Heap::new(selection).with_rules(&reading.rules))
    })
}

fn load_as(
    file: &Path,
    reading: &Reading<'_>,
    select: impl FnOnce(Profile) -> Result<Heap<'static>>,
) -> Result<(Heap<'static>, Input)> {
    let (bytes, profile) = input::read_with_fingerprint(file, &reading.limits)?;
    let time = profile.moment_nanos().map(time::universal);
    Ok((
        select(profile)?,
        Input::read(&input::name(file), bytes, time),
    ))
}

impl Subject {
    fn read(
        args: &SubjectArgs,
        reading: &Reading<'_>,
        catalog: &Catalog,
        companions: &Companions,
    ) -> Result<Self> {
        match args.source() {
            ReportFiles::One(file) => {
                let (heap, input) = load_alone(file, reading)?;
                warn_of_idle_filters(&heap, &input.name);
                Ok(Self::one((heap, input)))
            }
            ReportFiles::Two([before, after]) => {
                let (before, after) =
                    threads::join(|| read(before, reading), || read(after, reading));
                Self::two(before?, after?, args, catalog)
            }
            ReportFiles::Many => {
                let files = Files::find(&args.files, &args.limits.limits())?
                    .without(|file| companions.contains(file))?;
                Self::many(files, args, reading, catalog, companions)
            }
        }
    }

    fn one((heap, input): (Heap<'static>, Input)) -> Self {
        Self {
            heap,
            before: None,
            history: None,
            inputs: vec![input],
            stats: None,
            earlier: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn two(
        mut before: (Heap<'static>, Input),
        mut after: (Heap<'static>, Input),
        args: &SubjectArgs,
        catalog: &Catalog,
    ) -> Result<Self> {
        let mut warnings = Vec::new();
        let times = [&before, &after].map(|(heap, _)| heap.profile().moment_nanos());
        if let [Some(first), Some(second)] = times
            && first > second
        {
            let line = "the later dump was given first; the report shows them in the order of time";
            output::note(line);
            warnings.push(line.to_owned());
            std::mem::swap(&mut before, &mut after);
        }
        let facts = [&before, &after];
        let facts = facts.map(|(heap, input)| Facts::of(Path::new(&input.name), heap));
        let watch = ClaimReader::new(catalog);
        let [old, new] = [&before, &after].map(|(heap, input)| watch.snapshot(heap, &input.name));
        let by = [By::Place, By::Function];
        let comparison = kheap::compare(&old, &new, &by, &GrowthThresholds::default());
        let comparison =
            comparison.map_err(|error| snapshots::explain(error, &facts, asked(args)))?;
        Ok(Self {
            heap: after.0,
            before: Some(Box::new((before.0, comparison))),
            // Dumps of different programs are compared, but tell of no growth.
            history: History::new(vec![old, new]).ok(),
            inputs: vec![before.1, after.1],
            stats: None,
            earlier: Vec::new(),
            warnings,
        })
    }

    fn many(
        files: Files,
        args: &SubjectArgs,
        reading: &Reading<'_>,
        catalog: &Catalog,
        companions: &Companions,
    ) -> Result<Self> {
        let dumps = Dumps::new(catalog);
        let one = |file: &Path| {
            let mut facts = None;
            let (heap, input) = load_as(file, reading, |profile| {
                let sample_type = reading.sample_type_of(&profile, file)?;
                facts = Some(Facts::of_profile(file, &profile, sample_type));
                reading.select(profile, file)
            })?;
            let idle = idle_filters(&heap, &input.name);
            dumps.add(&input.name, heap);
            Ok(((file.to_path_buf(), input), (facts, idle)))
        };
        let many = files.read(args.strict, one)?;
        let (mut read, about): (Vec<_>, Vec<_>) = many.read.into_iter().unzip();
        let (facts, idle): (Vec<_>, Vec<_>) = about.into_iter().unzip();
        let facts: Vec<Facts> = facts.into_iter().flatten().collect();
        let twins = Twins::of(&facts);
        if !twins.is_empty() {
            // Only now it is known which heaps were saved twice: the others are read again.
            twins.note();
            let once = facts.iter().filter(|file| !twins.has(&file.path));
            let once = Files::of(once.map(|file| file.path.clone()));
            let subject = Self::many(once, args, reading, catalog, companions)?;
            let newest = subject.inputs.last().map(|input| Path::new(&input.name));
            return Ok(Self {
                stats: newest.and_then(|newest| twins.stats(newest)),
                warnings: many.left_out,
                ..subject
            });
        }
        for line in idle.iter().flatten() {
            output::warn(line);
        }
        let newest = dumps
            .finish()
            .map_err(|error| explain(error, &facts, args))?;
        // A folder can hold one dump with what lies beside it.
        if newest.history.is_none() && companions.is_empty() {
            return Err(explain(SeriesError::Single(newest.name), &facts, args));
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
            before: None,
            history,
            inputs,
            stats: None,
            earlier,
            warnings: many.left_out,
        })
    }

    fn change(&self) -> Change<'_> {
        match (&self.before, &self.history) {
            (Some(pair), _) => Change::Pair {
                before: &pair.0,
                comparison: &pair.1,
            },
            (None, Some(history)) => Change::Series(&history.series),
            (None, None) => Change::None,
        }
    }
}

/// What the page can be asked: the newest dump, and those that it can be compared with.
fn model(
    subject: &Subject,
    reading: &Reading<'_>,
    diagnosis: &Diagnosis,
    known: &Known<'_>,
) -> Result<Model> {
    let mut model = ModelBuilder::new();
    let mut add = |heap: &Heap<'_>, input: &Input| {
        let name = paths::base(Path::new(&input.name));
        model.add(heap, name, input.time.clone());
    };
    if let Some(pair) = &subject.before {
        add(&pair.0, &subject.inputs[0]);
    }
    for path in chosen(&subject.earlier) {
        let (heap, input) = load(path, reading)?;
        add(&heap, &input);
    }
    let newest = subject.inputs.last().context("there is a dump")?;
    add(&subject.heap, newest);
    Ok(model.finish(&subject.heap, diagnosis, known))
}

/// The earlier dumps of a series that the page can show: the first one and others evenly
/// up to the newest.
fn chosen(earlier: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    let count = earlier.len().min(MOST_SNAPSHOTS - 1);
    (0..count).map(move |position| &earlier[position * earlier.len() / count])
}

/// What is to be thought of the newest dump.
struct Newest {
    diagnosis: Diagnosis,
    memory: Option<Memory>,
    warnings: Vec<String>,
}

impl Newest {
    fn judge(subject: &Subject, args: &SubjectArgs, catalog: &Catalog) -> Self {
        let profile = subject.heap.profile();
        let warnings = kheap::info::warnings(profile);
        let warnings = warnings.iter().map(kheap_text::info::warning);
        let mut warnings: Vec<String> = warnings.collect();
        warnings.extend(too_small(&subject.heap, args.process.rss()));
        let mut process = args.process.options();
        process.stats = process.stats.or(subject.stats);
        let mut options = DiagnoseOptions::default()
            .catalog(catalog)
            .process(process)
            .kube_version(args.versions.kube_version)
            .etcd_version(args.versions.etcd_version)
            .suppressions(args.suppressed.of(catalog));
        options.history = subject.history.as_ref();
        let diagnosis = kheap::diagnose(&subject.heap, &options);
        Self {
            diagnosis,
            // Most dumps do not tell the process, and a report is about more than that.
            memory: kheap::memory(profile, &process).ok(),
            warnings,
        }
    }
}

/// What is said of a process that is smaller than what lives in it.
fn too_small(selection: &Selection, rss: Option<u64>) -> Option<String> {
    let summary = Summary::new(selection);
    let live = summary.total.unsigned_abs();
    let is_level = SampleKind::of(&summary.sample_type).is_level(&summary.sample_unit);
    let rss = rss.filter(|&rss| is_level && rss < live)?;
    let bytes = |bytes: u64| unit::label(bytes as i64, "bytes", unit::AUTO);
    let warning = format!(
        "--rss {} is less than the live heap of {}; give the RSS of the same process and time",
        bytes(rss),
        bytes(live)
    );
    output::warn(&warning);
    Some(warning)
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

fn warn_of_idle_filters(selection: &Selection, name: &str) {
    for line in idle_filters(selection, name) {
        output::warn(&line);
    }
}

/// As of a series, but for a single dump, which a report can show.
fn explain(error: SeriesError, dumps: &[Facts], args: &SubjectArgs) -> anyhow::Error {
    match error {
        SeriesError::Single(ref name) => {
            let file = quoted(name);
            anyhow!("{error}; for one dump, run `kheap report {file}`")
        }
        error => snapshots::explain(error, dumps, asked(args)),
    }
}

fn asked(args: &SubjectArgs) -> Asked<'_> {
    Asked {
        command: "report -o report.html",
        given: &args.files,
    }
}

fn read_header(file: &Path) -> Result<String> {
    let cannot_read = || format!("cannot read the header {}", file.display());
    let mut bytes = Vec::new();
    // No more than shows that it is too large, because a device has no end.
    let opened = opened::open(file).with_context(cannot_read)?;
    let most = MAX_HEADER_BYTES as u64 + 1;
    opened
        .take(most)
        .read_to_end(&mut bytes)
        .with_context(cannot_read)?;
    if bytes.len() > MAX_HEADER_BYTES {
        bail!(
            "{} is too large for a header; the limit is 1MB",
            file.display()
        );
    }
    let text = String::from_utf8(bytes);
    text.ok()
        .with_context(|| format!("{} is not UTF-8; save it as UTF-8", file.display()))
}
