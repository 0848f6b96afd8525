//! The program `kheap`: arguments, files, text and JSON, exit codes. What it
//! shows is computed by the library.

mod archives;
mod args;
#[cfg(all(test, feature = "count"))]
mod attributed_once;
mod beside;
mod config;
mod diagnose;
mod export;
#[cfg(feature = "parquet")]
mod fleet;
mod folders;
mod gates;
mod input;
mod json;
mod man;
mod manifests;
mod open;
mod opened;
mod output;
mod paths;
mod redact;
mod report;
mod threads;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use clap::CommandFactory;
use clap::error::ErrorKind;
use kheap::attribute::Role;
use kheap::graph::LARGE_FLAT;
use kheap::lifetimes::{Elapsed, LifetimesOptions};
use kheap::memory::MemoryError;
use kheap::memstats::MemStatsFault;
use kheap::profile::{BaseMode, Profiled, Runtime, normalized};
use kheap::series::{GrowthThresholds, Keys};
use kheap::{
    CallGraph, Heap, Limits, Profile, Selection, SelectionOptions, Series, Snapshot, Warning,
    breakdown, peek, sizes, subtract, tags, top, tree,
};
use kheap_evidence::Dump;
use kheap_files::{Asked, Facts, NoHeap, Twins};
use kheap_flame::Flame;
use kheap_text::change::{UNKNOWN_PROGRAM, counted};
use kheap_text::diagnosis::Known;
use kheap_text::shell::quoted;

use args::{
    BesideArgs, Cli, Command, CompareArgs, Conditions, ConfigArgs, Configured, FlameArgs,
    FlameFormat, GraphArgs, GraphFormat, InfoArgs, LifetimesArgs, MemoryArgs, MendArgs, Misuse,
    SeriesArgs, SignatureArgs, SizesArgs, TopArgs, ViewArgs,
};
use beside::Companions;
use config::Config;
use gates::Measured;
use input::Disk;
use json::v1;
use output::Sink;

/// A condition of `--fail-on` is met. Done is 0.
const EXIT_FINDINGS: u8 = 1;

/// Something went wrong.
const EXIT_ERROR: u8 = 2;

fn main() -> ExitCode {
    survive_file_limits();
    let read = match Cli::read(std::env::args_os().collect()) {
        Ok(read) => read,
        Err(misuse) => return explain(&misuse),
    };
    let result = configured(read).and_then(|(command, config)| {
        let result = run(&command, config.as_ref());
        result.map_err(|error| match &config {
            Some(config) => config.place_error(error),
            None => error,
        })
    });
    output::count_messages();
    match result {
        Ok(code) => code,
        // Whoever reads us has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("{error:#}"));
            ExitCode::from(EXIT_ERROR)
        }
    }
}

/// Makes a write past a limit of file sizes (`ulimit -f`) fail, as one to a full disk does. Its signal
/// would end the program without a message, and leave a temporary file.
fn survive_file_limits() {
    #[cfg(unix)]
    {
        // Nobody asks whether it came: the write says so. Without a handler all is as it was.
        let _ =
            signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    }
}

/// The command with the settings of a file, which a note names.
fn configured((cli, words): (Cli, Vec<OsString>)) -> Result<(Command, Option<Config>)> {
    if !cli.is_configurable() {
        return Ok((cli.command, None));
    }
    let mut config = Config::find(&cli.config)?;
    let is_shown = matches!(cli.command, Command::Config(_));
    if config.is_none() && !is_shown {
        return Ok((cli.command, None));
    }
    let Configured {
        cli,
        used,
        suppressions,
    } = Cli::configured(&words, config.as_ref())?;
    if let Some(config) = &mut config {
        config
            .settings
            .retain(|setting| used.contains(&setting.key));
    }
    if let Some(config) = &config
        && !is_shown
        && !(used.is_empty() && suppressions == 0)
    {
        let mut what: Vec<String> = used.iter().map(ToString::to_string).collect();
        if suppressions > 0 {
            what.push(counted(suppressions, "suppression"));
        }
        output::note(&format!("uses {} ({})", config.file, what.join(", ")));
    }
    if let Some(config) = config
        .as_ref()
        .filter(|_| is_shown || cli.command.has_findings())
    {
        config.warn_of_expired();
    }
    Ok((cli.command, config))
}

/// Shows the help that was asked for, or what is wrong with the arguments.
fn explain(misuse: &clap::Error) -> ExitCode {
    let text = misuse.render().ansi().to_string();
    if misuse.use_stderr() {
        // Who asks for nothing is shown the help.
        match misuse.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => output::show_misuse(&text),
            _ => {
                let begin = std::env::args_os().nth(1).unwrap_or_default();
                let Misuse { what, hint } = Misuse::of(misuse, &begin.to_string_lossy());
                output::error(&what);
                output::hint(&hint);
            }
        }
        return ExitCode::from(EXIT_ERROR);
    }
    match output::show_help(&text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            output::error(&format!("cannot write standard output: {error}"));
            ExitCode::from(EXIT_ERROR)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = if let Some(error) = cause.downcast_ref::<io::Error>() {
            Some(error.kind())
        } else if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
            error.io_error_kind()
        } else {
            None
        };
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}

fn run(command: &Command, config: Option<&Config>) -> Result<ExitCode> {
    match command {
        Command::Diagnose(args) => return diagnose::diagnose(args),
        Command::Breakdown(args) => {
            let mut sink = Sink::open(&args.view.output)?;
            let rules = input::rules(&args.rules)?;
            let heap = Heap::new(select(&args.view)?).with_rules(&rules);
            let dimensions = args.dimensions(heap.profile())?;
            sink.bound(heap.profile());
            let breakdown = breakdown(&heap, dimensions);
            output::breakdown(&mut sink, &breakdown)?;
            if breakdown.total != 0 {
                next_of(&mut sink, heap.profile(), &args.view.input.files)?;
            }
            sink.close()
        }
        Command::Compare(args) => return compare(args),
        Command::Series(args) => series(args),
        Command::Signatures(args) => signatures(args),
        Command::Top(args) => {
            let mut sink = Sink::open(&args.graph.view.output)?;
            let (selection, seconds) = select_top(args)?;
            sink.bound(selection.profile());
            let options = args.graph.top_options().errors(args.with_errors());
            let top = top(&selection, &options);
            if args.error && top.rows.iter().all(|row| row.error.is_none()) {
                output::warn("no standard errors: these values are not sampled by allocated bytes");
            }
            output::top(&mut sink, &top, seconds)?;
            sink.close()
        }
        Command::Tree(args) => {
            let view = &args.graph.view;
            let mut sink = Sink::open(&view.output)?;
            // Bad filters are refused before large files are read.
            let options = view.options()?;
            output::note_ranges(&options.filters);
            let profile = input::load(&view.input, &view.limits.limits())?;
            let sample_type = view.selection.sample_type();
            let selection = mend_and_reduce(profile, sample_type, &options, &args.mend)?;
            let tree = tree(&selection, &args.graph.tree_options());
            sink.bound(selection.profile());
            output::tree(&mut sink, &tree, "tree")?;
            sink.close()
        }
        Command::Peek(args) => {
            let pattern = args::pattern("REGEX", Some(&args.pattern))?
                .context("REGEX is empty; name a function to look at")?;
            let mut sink = Sink::open(&args.rest.view.output)?;
            let selection = select(&args.rest.view)?;
            let peek = peek(&selection, &pattern, &args.rest.tree_options());
            sink.bound(selection.profile());
            if peek.rows.is_empty() {
                let files = args.rest.view.input.files.iter();
                let files: Vec<String> = files.map(|file| quoted(&input::name(file))).collect();
                bail!(
                    "no function matches {:?}; `kheap top --no-trim {}` lists them all",
                    args.pattern,
                    files.join(" ")
                );
            }
            output::tree(&mut sink, &peek, "peek")?;
            sink.close()
        }
        Command::Traces(args) => {
            let mut sink = Sink::open(&args.output)?;
            let selection = select(args)?;
            sink.bound(selection.profile());
            output::traces(&mut sink, &selection)?;
            sink.close()
        }
        Command::Tags(args) => {
            let mut sink = Sink::open(&args.output)?;
            let selection = select(args)?;
            sink.bound(selection.profile());
            output::tags(&mut sink, &tags(&selection))?;
            sink.close()
        }
        Command::Sizes(args) => {
            let mut sink = Sink::open(&args.view.output)?;
            show_sizes(args, &mut sink)?;
            sink.close()
        }
        Command::Lifetimes(args) => lifetimes(args),
        Command::Memory(args) => memory(args),
        Command::Flame(args) => flame(args),
        Command::Graph(args) => graph(args),
        Command::Report(args) => report::report(args),
        Command::Open(args) => open::open(args),
        Command::Export(args) => export::export(args),
        Command::Redact(args) => redact::redact(args),
        Command::Info(args) => info(args),
        Command::Config(args) => show_config(args, config),
        Command::Schema { command } => schema(command.as_deref()),
        Command::Completions { shell } => completions(*shell),
        Command::Man { command, install } => match install {
            Some(folder) => man::install(folder),
            None => print(&man::page(command.as_deref())?),
        },
    }?;
    Ok(ExitCode::SUCCESS)
}

fn compare(args: &CompareArgs) -> Result<ExitCode> {
    let change = &args.change;
    let mut sink = Sink::open(&change.output)?;
    input::check_stdin_is_read_once([&args.before, &args.after].into_iter())?;
    let files = [&*args.before, &*args.after];
    let ([before, after], facts) = kheap_files::pair(&Disk, files, &change.reading()?)?;
    let comparison = kheap::compare(&before, &after, &change.by(), &GrowthThresholds::default());
    let asked = Asked {
        command: "compare",
        folder: None,
    };
    let comparison = comparison.map_err(|error| kheap_files::explain(error, &facts, asked))?;
    let failed = gates::of_pair(
        &Conditions::all(&args.fail_on),
        &Measured::new(Some(before), after),
    )?;
    output::comparison(&mut sink, &comparison, change.shown(), &failed)?;
    let is_level = !comparison.before.is_counter();
    if is_level && comparison.is_one_process() && !kheap_text::compare::is_empty(&comparison) {
        output::next(&mut sink, files.map(input::name))?;
    }
    sink.close()?;
    Ok(gates::end(&failed))
}

fn series(args: &SeriesArgs) -> Result<()> {
    let change = &args.change;
    let mut sink = Sink::open(&change.output)?;
    let keys = Keys::default();
    let reading = change.reading()?;
    let read = |file: &Path| {
        let heap = reading.heap(&Disk, file)?;
        let snapshot = Snapshot::new(&heap, &input::name(file), &keys);
        Ok((
            (snapshot, kheap_files::beside::dump_of(&heap)),
            Facts::of(file, &heap),
        ))
    };
    let companions = Companions::find(
        &args.files,
        &BesideArgs::of(&args.with),
        change.limits.limits(),
    )?;
    let files = folders::find(&args.files, &change.limits.limits())?
        .without(|file| companions.contains(file))?;
    let many = kheap_files::read_all(&Disk, &files, args.strict, read)?;
    let (read, facts): (Vec<_>, Vec<Facts>) = many.read.into_iter().unzip();
    let twins = Twins::of(&facts);
    twins.note(&Disk);
    let once = read.into_iter().zip(&facts);
    let once = once.filter(|(_, file)| !twins.has(&file.path));
    let (snapshots, dumps): (Vec<_>, Vec<_>) = once.map(|(one, _)| one).unzip();
    let asked = Asked {
        command: "series",
        folder: archives::folder_of(&args.files),
    };
    let series = Series::new(snapshots);
    let series = series.map_err(|error| kheap_files::explain(error, &facts, asked))?;
    let newest = dumps.iter().max_by_key(|dump| dump.at);
    let beside = newest.filter(|_| !companions.is_empty());
    let beside = beside.map(|dump| companions.read(dump)).transpose()?;
    output::series(
        &mut sink,
        &series,
        &change.by(),
        change.shown(),
        beside.as_ref(),
    )?;
    // What was allocated is not diagnosed, and the headline says what to do with one dump of each.
    let is_level = !series.snapshots[0].origin.is_counter();
    if is_level && series.newest_run_of_several().is_some() {
        output::next(&mut sink, args.files.iter().map(|file| input::name(file)))?;
    }
    sink.close()
}

/// Says how to go on with a heap of a Go program.
fn next_of(sink: &mut Sink, profile: &Profile, files: &[PathBuf]) -> Result<()> {
    match is_diagnosed(profile.profiled(), profile.runtime()) {
        true => output::next(sink, files.iter().map(|file| input::name(file))),
        false => Ok(()),
    }
}

/// Whether a diagnosis says more of such a profile: it is memory in use of a Go program.
fn is_diagnosed(profiled: Profiled, runtime: Runtime) -> bool {
    profiled == Profiled::Heap && !runtime.is_foreign()
}

fn signatures(args: &SignatureArgs) -> Result<()> {
    let catalog = input::catalog(&args.catalog)?;
    let mut sink = Sink::open(&args.output)?;
    match &args.id {
        None => output::catalog(&mut sink, &catalog)?,
        Some(id) => {
            let signature = catalog.get(id);
            let signature = signature.with_context(|| {
                format!("unknown signature {id:?}; `kheap signatures` lists them")
            })?;
            output::manual(&mut sink, signature)?;
        }
    }
    sink.close()
}

/// Reads the profile and reduces it to what is asked for.
fn select(args: &ViewArgs) -> Result<Selection<'static>> {
    // Bad filters are refused before large files are read.
    let options = args.options()?;
    output::note_ranges(&options.filters);
    let profile = input::load(&args.input, &args.limits.limits())?;
    reduce(profile, args.selection.sample_type(), &options)
}

/// Reduces a profile to what is asked for.
fn reduce(
    profile: Profile,
    sample_type: &str,
    options: &SelectionOptions,
) -> Result<Selection<'static>> {
    let sample_type = profile.sample_type(sample_type)?;
    let selection = Selection::new(profile, sample_type, options);
    warn_of(&selection);
    Ok(selection)
}

/// Warns of what did not go as it might. What a text lacks was said when it was read.
fn warn_of(selection: &Selection) {
    let warnings = selection.warnings().into_iter();
    for warning in warnings.filter(|warning| !matches!(warning, Warning::Fragment(_))) {
        output::warn(&kheap_text::warning::of(&warning));
    }
}

/// The same for a profile whose cut stacks are mended first, where that is asked for.
fn mend_and_reduce(
    profile: Profile,
    sample_type: &str,
    options: &SelectionOptions,
    mend: &MendArgs,
) -> Result<Heap<'static>> {
    if !mend.mend_stacks {
        return Ok(Heap::new(reduce(profile, sample_type, options)?));
    }
    let sample_type = profile.sample_type(sample_type)?;
    let (heap, mended) = Heap::mended(profile, sample_type, options);
    let unit = heap.profile().sample_type_unit(sample_type);
    output::note_mended(&mended, &unit);
    warn_of(&heap);
    Ok(heap)
}

/// What `top` looks at, and how many seconds lie between two dumps whose rates are
/// asked for.
fn select_top(args: &TopArgs) -> Result<(Selection<'static>, Option<f64>)> {
    let view = &args.graph.view;
    let options = view.options()?;
    output::note_ranges(&options.filters);
    let (sample_type, limits) = (args.sample_type()?, view.limits.limits());
    let Some((before, after)) = args.churn_pair()? else {
        if args.churn {
            output::note(
                "totals since the process started; for rates, give an earlier dump of the process \
                 with --base BEFORE",
            );
        }
        // What has no value there matters to filters and differences only.
        let is_plain = sample_type.is_empty() && options.filters.active().is_empty();
        let profile = match view.input.only_file() {
            Some(file) if is_plain => input::read_in_default_type(file, &limits)?,
            _ => input::load(&view.input, &limits)?,
        };
        return Ok((reduce(profile, sample_type, &options)?, None));
    };
    input::check_stdin_is_read_once([before, after].into_iter())?;
    let (old, new) = (input::read(before, &limits)?, input::read(after, &limits)?);
    let elapsed = elapsed_between((before, &old), (after, &new))?;
    let grown = subtract(new, old, BaseMode::Cancel).context("cannot subtract --base")?;
    Ok((
        reduce(grown, sample_type, &options)?,
        Some(elapsed.seconds()),
    ))
}

/// How long the second dump of a process was taken after the first one.
fn elapsed_between(before: (&PathBuf, &Profile), after: (&PathBuf, &Profile)) -> Result<Elapsed> {
    for (file, profile) in [before, after] {
        check_lifetimes(&input::name(file), profile)?;
    }
    kheap::lifetimes::elapsed(before.1, after.1).with_context(|| {
        let (before, after) = (input::name(before.0), input::name(after.0));
        format!("cannot compute rates between {before} and {after}")
    })
}

/// Whether a profile has what lifetimes are computed from; one of something else is refused in
/// the words of other commands.
fn check_lifetimes(name: &str, profile: &Profile) -> Result<()> {
    let profiled = profile.profiled();
    if profiled.is_no_memory() {
        let name = name.to_owned();
        return Err(NoHeap { name, profiled }.into());
    }
    let checked = kheap::lifetimes::check(profile);
    checked.with_context(|| format!("cannot compute lifetimes of {name}"))
}

fn show_sizes(args: &SizesArgs, sink: &mut Sink) -> Result<()> {
    let selection = select(&args.view)?;
    let profile = selection.profile();
    sink.bound(profile);
    // A profile of memory may lack object counts, so sizes are unknown; that is no error.
    let is_of_memory = profile.sample_type_unit(selection.sample_type()) == "bytes";
    let other = match profile.sample_types().len() {
        1 => "",
        _ => ", or choose another with --sample-type",
    };
    let heap = Heap::new(selection);
    let sizes = sizes(&heap, args.by());
    let has_sizes = sizes.rows.iter().any(|row| row.size.is_some());
    if !sizes.rows.is_empty() && !has_sizes && !is_of_memory {
        bail!(
            "the sample type {} has no sizes of objects; give a heap profile{other}",
            sizes.summary.sample_type
        );
    }
    output::sizes(sink, &sizes, args.count())?;
    match sizes.rows.is_empty() {
        true => Ok(()),
        false => next_of(sink, heap.profile(), &args.view.input.files),
    }
}

fn lifetimes(args: &LifetimesArgs) -> Result<()> {
    let options = args.options()?;
    output::note_ranges(&options.filters);
    let mut sink = Sink::open(&args.output)?;
    input::check_stdin_is_read_once([&args.before].into_iter().chain(&args.after))?;
    let limits = args.limits.limits();
    let heap = |profile| {
        let selection = reduce(profile, kheap::lifetimes::ALLOCATED, &options)?;
        anyhow::Ok(Heap::new(selection))
    };
    let mut wanted = LifetimesOptions::default().by(args.by());
    let before = input::read(&args.before, &limits)?;
    let lifetimes = match &args.after {
        None => {
            check_lifetimes(&input::name(&args.before), &before)?;
            kheap::lifetimes(&heap(before)?, &wanted)?
        }
        Some(file) => {
            let after = input::read(file, &limits)?;
            let elapsed = elapsed_between((&args.before, &before), (file, &after))?;
            let (before, after) = (heap(before)?, heap(after)?);
            wanted.before = Some((&before, elapsed));
            kheap::lifetimes(&after, &wanted)?
        }
    };
    output::lifetimes(&mut sink, &lifetimes, args.count())?;
    sink.close()
}

fn memory(args: &MemoryArgs) -> Result<()> {
    let mut sink = Sink::open(&args.output)?;
    let file = std::slice::from_ref(&args.file);
    let companions = Companions::find(file, &BesideArgs::of(&args.with), args.limits.limits())?;
    let NewestDump {
        name,
        profile,
        bundle,
    } = match archives::has_files(&args.file) {
        true => newest_dump(file, &companions, &args.limits.limits())?,
        false => NewestDump {
            name: input::name(&args.file),
            profile: kheap_files::read_heap(&Disk, &args.file, &args.limits.limits())?,
            bundle: None,
        },
    };
    let beside = companions.nearest(Path::new(&name));
    let mut options = args.options();
    let is_all = beside.len() == companions.len();
    // Files of other bundles are of other processes.
    let is_one = bundle.is_none() || !is_all;
    let has_metrics =
        beside.is_empty() || beside::tell_process(&mut options, &profile, &beside, is_one)?;
    if !has_metrics && !args.with.is_empty() {
        bail!("no metrics of this process among the files of --with");
    }
    if profile.runtime().is_foreign() {
        bail!("{name}: `kheap memory` works for Go programs only");
    }
    let memory = kheap::memory(&profile, &options);
    let memory = memory.map_err(|error| match (error, &bundle) {
        (MemoryError::NoSize, Some(bundle)) => anyhow!(
            "the size of the process is not known, and {} has several dumps with their metrics; \
             choose one, such as `kheap memory {}`",
            input::name(&args.file),
            quoted(bundle)
        ),
        (MemoryError::NoSize, None) => anyhow!(
            "the size of the process is not known; add it with `kheap memory {} --rss SIZE`, where \
             SIZE is its RSS, such as 6GB, or fetch the heap with ?debug=1",
            quoted(&input::name(&args.file))
        ),
        (MemoryError::NoStatistics(fault), _) => anyhow!(
            "the size of the process is not known, because {}; fetch the heap again with \
             ?debug=1, or give the size with `--rss SIZE`",
            match fault {
                MemStatsFault::Missing | MemStatsFault::Incomplete(_) => "the text is cut",
                _ => "the text is damaged",
            }
        ),
        (error, _) => error.into(),
    });
    let memory = memory.with_context(|| format!("cannot explain the process of {name}"))?;
    let inputs: Vec<String> = companions.names().chain([name.clone()]).collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let file = Some(&*name).filter(|_| !input::is_stdin(&args.file));
    let own = Path::new(&name).parent().filter(|_| !is_all);
    let given = input::name(own.unwrap_or(&args.file));
    let dumps = [&*given];
    let known = Known::default().file(file).dumps(&dumps).inputs(&inputs);
    output::memory(&mut sink, &memory, &known)?;
    sink.close()
}

/// The newest heap of a folder.
struct NewestDump {
    name: String,
    profile: Profile,
    /// Where the folder holds several folders with dumps and what lies beside them: that of
    /// the newest such dump.
    bundle: Option<String>,
}

/// The dumps of a folder that were read so far.
#[derive(Default)]
struct SeenDumps {
    newest: Option<(String, Profile)>,
    /// The newest dump of each program.
    programs: BTreeMap<String, ProgramDump>,
    /// When the newest dump of each folder was taken that has more than dumps.
    bundles: BTreeMap<PathBuf, Option<i64>>,
}

/// What says how large a process is, where nothing else does.
const SIZE: &str = " --rss SIZE";

/// The newest dump of a program.
struct ProgramDump {
    name: String,
    dump: Dump,
    has_statistics: bool,
}

impl ProgramDump {
    fn is_older_than(&self, moment: Option<i64>, name: &str) -> bool {
        (self.dump.at, &*self.name) < (moment, name)
    }

    /// The command that takes its process apart, with what says how large that is.
    fn command(&self, companions: &Companions) -> Result<String> {
        let near = companions.nearest(Path::new(&self.name));
        let metrics = near.metrics_of(&self.dump)?;
        let size = match &metrics[..] {
            [] if self.has_statistics => String::new(),
            [] => SIZE.to_owned(),
            metrics => {
                let metrics: Vec<String> = metrics.iter().map(|file| quoted(file)).collect();
                format!(" --with {}", metrics.join(" "))
            }
        };
        Ok(format!("`kheap memory {}{size}`", quoted(&self.name)))
    }
}

/// The newest heap of a folder; the others are dropped as they are read.
fn newest_dump(folder: &[PathBuf], companions: &Companions, limits: &Limits) -> Result<NewestDump> {
    let files = folders::find(folder, limits)?.without(|file| companions.contains(file))?;
    let seen: Mutex<SeenDumps> = Mutex::default();
    let read = |file: &Path| {
        let profile = kheap_files::read_heap(&Disk, file, limits)?;
        let (moment, name) = (profile.moment_nanos(), input::name(file));
        let program = profile.program();
        let program = program.unwrap_or_else(|| UNKNOWN_PROGRAM.to_owned());
        let bundle = companions.folder_of(file).map(Path::to_path_buf);
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.programs.get(&program);
        if known.is_none_or(|known| known.is_older_than(moment, &name)) {
            let dump = ProgramDump {
                name: name.clone(),
                dump: Dump::of(&profile, Role::Unknown),
                has_statistics: profile.header().mem_stats.is_some(),
            };
            seen.programs.insert(program, dump);
        }
        if let Some(bundle) = bundle {
            let newest = seen.bundles.entry(bundle).or_default();
            *newest = (*newest).max(moment);
        }
        let is_newer = (seen.newest.as_ref())
            .is_none_or(|(known, other)| (moment, &name) > (other.moment_nanos(), known));
        if is_newer {
            seen.newest = Some((name, profile));
        }
        Ok(())
    };
    kheap_files::read_all(&Disk, &files, false, read)?;
    let SeenDumps {
        newest,
        programs,
        bundles,
    } = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let newest = newest.context("no dump among these files; name a heap profile")?;
    let is_one = bundles.len() < 2;
    let newest_bundle = bundles.into_iter().max_by_key(|(_, moment)| *moment);
    let bundle = newest_bundle.filter(|_| !is_one);
    if programs.len() > 1 {
        let others = programs.values().filter(|dump| dump.name != newest.0);
        let others = others.map(|dump| dump.command(companions));
        let others = others.collect::<Result<Vec<String>>>()?;
        output::note(&format!(
            "the dumps are from {} programs; kheap explains the newest dump, {}; for the others: {}{}",
            programs.len(),
            newest.0,
            others.join(", "),
            match others.iter().any(|command| command.contains(SIZE)) {
                true => "; SIZE is the RSS of the process, such as 6GB",
                false => "",
            }
        ));
    }
    let (name, profile) = newest;
    Ok(NewestDump {
        name,
        profile,
        bundle: bundle.map(|(folder, _)| input::name(&folder)),
    })
}

fn flame(args: &FlameArgs) -> Result<()> {
    let format = args.format()?;
    args.refuse_idle(format)?;
    let options = args.source.options()?;
    output::note_ranges(&options.filters);
    let mut sink = Sink::open_file(args.file.output.as_deref(), args.file.force)?;
    match format {
        FlameFormat::Svg => output::check_svg(&sink, "flame")?,
        FlameFormat::Png => output::check_png(&sink, "flame")?,
        FlameFormat::Folded | FlameFormat::Json => {}
    }
    input::check_stdin_is_read_once(args.files.iter().chain(&args.base))?;
    let limits = args.source.limits.limits();
    let rules = input::rules(&args.rules)?;
    let select = |profile: Profile, sample_type: &str| {
        let heap = mend_and_reduce(profile, sample_type, &options, &args.source.mend)?;
        anyhow::Ok(heap.with_rules(&rules))
    };
    let mut after = input::load_merged(&args.files, &limits)?;
    let mut before = match &args.base[..] {
        [] => None,
        base => Some(input::load_merged(base, &limits)?),
    };
    if let Some(base) = before.take_if(|_| args.normalize) {
        let both = normalized(after, base).context("cannot scale to --base")?;
        let [scaled, base] = both;
        (after, before) = (scaled, Some(base));
    }
    // A picture has a bound by the frames that are drawn.
    if matches!(format, FlameFormat::Folded | FlameFormat::Json) {
        sink.bound(&after);
    }
    let after = select(after, args.source.sample_type())?;
    let (flame, before) = match before {
        None => (Flame::new(&after, &args.options(format)), None),
        Some(base) => {
            // The base may have another default.
            let sample_type = kheap::Summary::new(&after).sample_type;
            let before = select(base, &sample_type)?;
            let flame = Flame::compare(&before, &after, &args.options(format));
            (flame, Some(before))
        }
    };
    output::flame(&mut sink, &flame, before.as_deref(), format, args)?;
    sink.close()
}

fn graph(args: &GraphArgs) -> Result<()> {
    let format = args.format()?;
    args.refuse_idle(format)?;
    let options = args.source.options()?;
    output::note_ranges(&options.filters);
    let mut sink = Sink::open_file(args.file.output.as_deref(), args.file.force)?;
    match format {
        GraphFormat::Svg => output::check_svg(&sink, "graph")?,
        GraphFormat::Png => output::check_png(&sink, "graph")?,
        GraphFormat::Dot | GraphFormat::Mermaid => {}
    }
    let profile = input::load(&args.input, &args.source.limits.limits())?;
    let sample_type = args.source.sample_type();
    let heap = mend_and_reduce(profile, sample_type, &options, &args.source.mend)?;
    let heap = heap.with_rules(&input::rules(&args.rules)?);
    sink.bound(heap.profile());
    let graph = CallGraph::for_picture(&heap, &args.options(), LARGE_FLAT);
    output::graph(&mut sink, &heap, &graph, format, args)?;
    sink.close()
}

fn info(args: &InfoArgs) -> Result<()> {
    input::check_stdin_is_read_once(args.files.iter())?;
    let limits = args.limits.limits();
    let mut sink = Sink::open(&args.output)?;
    let infos: Result<Vec<_>> = (args.files.iter())
        .map(|file| {
            let profile = input::read(file, &limits)?;
            let name = input::name(file);
            let info = kheap::info(&profile);
            Ok((name, with_given_versions(info, &args.versions)))
        })
        .collect();
    let infos = infos?;
    output::info(&mut sink, &infos)?;
    let mut profiles = infos.iter().map(|(_, info)| info);
    if profiles.all(|info| is_diagnosed(info.profiled, info.runtime)) {
        output::next(&mut sink, infos.iter().map(|(name, _)| name))?;
    }
    sink.close()
}

/// The versions that the user gives lead, and a note says where the code shows others.
fn with_given_versions(mut info: kheap::Info, given: &args::VersionArgs) -> kheap::Info {
    let (kubernetes, etcd) = (given.kube_version, given.etcd_version);
    for contradiction in info.versions.contradictions(kubernetes, etcd) {
        output::note(&kheap_text::version::contradiction(&contradiction));
    }
    info.versions = info.versions.with_given(kubernetes, etcd);
    info
}

/// What is in force, a line each: the option, its value, and where it comes from.
fn show_config(args: &ConfigArgs, config: Option<&Config>) -> Result<()> {
    // What files and folders have is refused as the other values are.
    input::catalog(&args.catalog)?;
    let mut sink = Sink::open_file(None, false)?;
    output::config(&mut sink, &args.in_force, config)?;
    sink.close()
}

/// What a command writes as JSON, or which commands do.
fn schema(command: Option<&str>) -> Result<()> {
    let Some(command) = command else {
        let commands: String = v1::schema::commands()
            .map(|name| format!("{name}\n"))
            .collect();
        return print(commands.as_bytes());
    };
    let schema = v1::schema::schema(command);
    let schema = schema.with_context(|| format!("`kheap {command}` writes no JSON"))?;
    print(schema.as_bytes())
}

fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kheap", &mut script);
    print(&script)
}

/// Writes a text to standard output.
fn print(text: &[u8]) -> Result<()> {
    let mut sink = Sink::open_file(None, false)?;
    sink.write_all(text)?;
    sink.close()
}
