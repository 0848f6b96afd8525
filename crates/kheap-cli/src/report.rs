//! `kheap report`: reads what a report is about, and writes it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kheap::diagnose::{Background, Thresholds};
use kheap::series::{By, GrowthThresholds, Keys, Origin, Snapshot};
use kheap::{
    Catalog, Comparison, Diagnosis, Memory, Profile, Selection, SelectionOptions, Series,
    diagnose_with,
};
use kheap_report::{Change, Input, Report};
use rayon::prelude::*;

use crate::args::{ReportArgs, ReportFiles, ReportFormat};
use crate::output::{self, Sink, time};
use crate::snapshots::{Files, Reading};
use crate::{input, snapshots};

/// How large a header may be, in bytes: it is some words.
const MAX_HEADER_BYTES: usize = 1 << 20;

pub(crate) fn report(args: &ReportArgs) -> Result<()> {
    let mut sink = Sink::open_file(args.output.as_deref(), args.force)?;
    if args.format() == ReportFormat::Html && sink.is_terminal() {
        bail!("a terminal shows no HTML; name a file: `kheap report -o report.html …`");
    }
    if args.files.iter().any(|file| input::is_stdin(file)) {
        bail!("a report names its files, so that they are found again; save standard input first");
    }
    let header = args.header.as_deref().map(read_header).transpose()?;
    let history = History::read(args)?;
    let newest = Newest::read(&history.newest, args)?;
    let command = command();
    let report = Report {
        selection: &newest.selection,
        diagnosis: &newest.diagnosis,
        memory: newest.memory.as_ref(),
        change: history.change.as_change(),
        inputs: &history.inputs,
        header: header.as_deref(),
        command: &command,
        version: env!("CARGO_PKG_VERSION"),
        warnings: &newest.warnings,
    };
    output::report(&mut sink, &report, args)?;
    sink.close()
}

/// All that a report is about besides its newest dump.
struct History {
    change: Known,
    /// In the order of time.
    inputs: Vec<Input>,
    newest: PathBuf,
}

/// What the newest dump is compared with.
enum Known {
    Nothing,
    Before(Box<(Selection, Comparison)>),
    Series(Series),
}

impl Known {
    fn as_change(&self) -> Change<'_> {
        match self {
            Self::Nothing => Change::None,
            Self::Before(pair) => Change::Pair {
                before: &pair.0,
                comparison: &pair.1,
            },
            Self::Series(series) => Change::Series(series),
        }
    }
}

impl History {
    fn read(args: &ReportArgs) -> Result<Self> {
        let (sample_type, limits) = (args.sample_type.as_str(), args.limits.limits());
        let reading = Reading {
            sample_type,
            limits: limits.clone(),
        };
        match args.source() {
            ReportFiles::One(file) => {
                let profile = input::read(file, &limits)?;
                let time = Some(profile.header().time_nanos).filter(|&time| time != 0);
                Ok(Self {
                    change: Known::Nothing,
                    inputs: vec![fingerprint(file, time)?],
                    newest: file.to_path_buf(),
                })
            }
            ReportFiles::Two(files) => {
                let [before, after] = snapshots::pair(files, &reading)?;
                let by = [By::Place, By::Function];
                let thresholds = GrowthThresholds::default();
                let comparison = kheap::compare(&before, &after, &by, &thresholds);
                let comparison = comparison.map_err(snapshots::explain)?;
                let before = select(input::read(files[0], &limits)?, sample_type)?;
                Ok(Self {
                    inputs: fingerprints(&[
                        (files[0], &comparison.before),
                        (files[1], &comparison.after),
                    ])?,
                    change: Known::Before(Box::new((before, comparison))),
                    newest: files[1].clone(),
                })
            }
            ReportFiles::Many => {
                let keys = Keys::default();
                let reduce =
                    |selection: &Selection, name: &str| Snapshot::of(selection, name, &keys);
                let files = Files::find(&args.files)?;
                let snapshots = files.read(&reading, false, reduce)?;
                let series = Series::new(snapshots).map_err(snapshots::explain)?;
                let origins = series.snapshots.iter().map(|snapshot| &snapshot.origin);
                let found = origins.map(|origin| Ok((files.path(origin)?, origin)));
                let found = found.collect::<Result<Vec<_>>>()?;
                let inputs = fingerprints(&found)?;
                let newest = found.last().map(|(path, _)| path.to_path_buf());
                Ok(Self {
                    newest: newest.context("a series has snapshots")?,
                    change: Known::Series(series),
                    inputs,
                })
            }
        }
    }
}

/// The newest dump, with what is to be thought of it.
struct Newest {
    selection: Selection,
    diagnosis: Diagnosis,
    memory: Option<Memory>,
    warnings: Vec<String>,
}

impl Newest {
    fn read(file: &Path, args: &ReportArgs) -> Result<Self> {
        let profile = input::read(file, &args.limits.limits())?;
        let warnings = kheap::info(&profile).warnings;
        let process = args.rss.options();
        // Most dumps do not tell it, and a report is about more than that.
        let memory = kheap::memory(&profile, &process).ok();
        let selection = select(profile, &args.sample_type)?;
        let (catalog, thresholds) = (Catalog::builtin(), Thresholds::default());
        let background = Background {
            process,
            ..Background::default()
        };
        Ok(Self {
            diagnosis: diagnose_with(&selection, &background, catalog, &thresholds),
            selection,
            memory,
            warnings,
        })
    }
}

fn select(profile: Profile, sample_type: &str) -> Result<Selection> {
    let sample_type = profile.sample_type(sample_type)?;
    Ok(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

fn fingerprints(files: &[(&Path, &Origin)]) -> Result<Vec<Input>> {
    let input = |(path, origin): &(&Path, &Origin)| fingerprint(path, origin.time_nanos);
    files.par_iter().map(input).collect()
}

fn fingerprint(file: &Path, time_nanos: Option<i64>) -> Result<Input> {
    let name = input::name(file);
    let bytes = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    Ok(Input::new(&name, &bytes, time_nanos.map(time::universal)))
}

fn read_header(file: &Path) -> Result<String> {
    let cannot_read = || format!("cannot read the header {}", file.display());
    let bytes = fs::read(file).with_context(cannot_read)?;
    if bytes.len() > MAX_HEADER_BYTES {
        bail!(
            "{} is too large for a header; it may have 1MB",
            file.display()
        );
    }
    let text = String::from_utf8(bytes);
    text.ok()
        .with_context(|| format!("{} is no UTF-8; save it as such", file.display()))
}

/// The command as a user would type it again.
fn command() -> String {
    let words = std::env::args().skip(1).map(|word| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
        match !word.is_empty() && word.chars().all(is_plain) {
            true => word,
            false => format!("'{}'", word.replace('\'', r"'\''")),
        }
    });
    let words: Vec<String> = words.collect();
    format!("kheap {}", words.join(" "))
}
