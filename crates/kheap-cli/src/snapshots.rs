//! Many files in, one snapshot of each out. Files are read on all cores, and each is reduced as
//! soon as it is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kheap::attribute::Rules;
use kheap::profile::Profiled;
use kheap::series::{Keys, SeriesError, Snapshot};
use kheap::{Heap, Limits, Profile, Selection, SelectionOptions};
use rayon::prelude::*;

use crate::{input, output};

/// How files of profiles end. Others in a folder are tried too, but not missed.
const SUFFIXES: [&str; 5] = [".pb.gz", ".pb", ".pprof", ".prof", ".gz"];

/// From how many files on progress is shown.
const MANY: usize = 20;

/// How many files that are no profiles are named.
const NAMED: usize = 3;

/// What is read of a file.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) sample_type: &'a str,
    pub(crate) limits: Limits,
    pub(crate) rules: Arc<Rules>,
}

impl Reading<'_> {
    pub(crate) fn heap(&self, file: &Path) -> Result<Heap<'static>> {
        let profile = input::read(file, &self.limits)?;
        let profiled = profile.profiled();
        if self.sample_type.is_empty() && profiled.is_no_memory() {
            return Err(NoHeap(profiled).into());
        }
        let sample_type = profile.sample_type(self.level_of(&profile));
        let sample_type =
            sample_type.with_context(|| format!("cannot follow {}", input::name(file)))?;
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        Ok(Heap::new(selection).with_rules(&self.rules))
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

/// A profile of something else than memory, as often lies beside heaps.
#[derive(Debug)]
struct NoHeap(Profiled);

impl std::error::Error for NoHeap {}

impl fmt::Display for NoHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is a {} profile, and no heap", self.0.name())
    }
}

/// Reads two files.
pub(crate) fn pair(files: [&PathBuf; 2], reading: &Reading<'_>) -> Result<[Snapshot; 2]> {
    input::check_stdin_is_read_once(files.into_iter())?;
    let keys = Keys::default();
    let [before, after] = files;
    let read = |file: &Path| {
        let heap = reading.heap(file)?;
        anyhow::Ok(Snapshot::of(&heap, &input::name(file), &keys))
    };
    let (before, after) = rayon::join(|| read(before), || read(after));
    Ok([before?, after?])
}

/// The files that may be snapshots. They keep their paths, because the name of one may be no text,
/// and what is shown of it opens nothing.
#[derive(Debug)]
pub(crate) struct Files(Vec<Found>);

/// What could be read of several files, and what is said of the others.
#[derive(Debug)]
pub(crate) struct Many<T> {
    pub(crate) read: Vec<T>,
    pub(crate) left_out: Vec<String>,
}

impl Files {
    /// Those that are named, and all that are not hidden below folders; each once.
    pub(crate) fn find(files: &[PathBuf]) -> Result<Self> {
        input::check_stdin_is_read_once(files.iter())?;
        Ok(Self(find(files)?))
    }

    /// Their paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|file| &*file.path)
    }

    /// The others than those that lie beside dumps.
    pub(crate) fn without(mut self, is_beside: impl Fn(&Path) -> bool) -> Result<Self> {
        self.0.retain(|file| !is_beside(&file.path));
        if self.0.is_empty() {
            bail!("no dump among these files; name a heap profile, or a folder that has one");
        }
        Ok(self)
    }

    /// Reads each in the way that the caller knows. Those that cannot be read are
    /// reported and left out, or with `strict` an error.
    pub(crate) fn read<T: Send>(
        &self,
        strict: bool,
        read: impl Fn(&Path) -> Result<T> + Sync,
    ) -> Result<Many<T>> {
        let progress = progress(self.0.len());
        let all = self.0.par_iter().map(|file| {
            let result = read(&file.path);
            progress.inc(1);
            (file, result)
        });
        let all: Vec<(&Found, Result<T>)> = all.collect();
        progress.finish_and_clear();
        keep(all, strict)
    }
}

/// Adds what to do about snapshots that do not belong together.
pub(crate) fn explain(error: SeriesError) -> anyhow::Error {
    match error {
        SeriesError::Single(_) => anyhow!("{error}; for one dump, run `kheap diagnose`"),
        SeriesError::Programs { .. } => anyhow!("{error}; give dumps of one program"),
        SeriesError::SampleTypes { .. } => anyhow!("{error}; choose one with --sample-type"),
        error => error.into(),
    }
}

/// A file that may be a profile.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: PathBuf,
    /// Whether it should be one: it was named by the user, or looks like one.
    is_expected: bool,
}

/// The files that are named, and all that are not hidden below folders; each once.
fn find(files: &[PathBuf]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for file in files {
        match file.is_dir() {
            true => search(file, &mut found)?,
            false => found.push(Found {
                path: file.clone(),
                is_expected: true,
            }),
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.path == b.path);
    if found.is_empty() {
        let names: Vec<String> = files.iter().map(|file| input::name(file)).collect();
        bail!("no files in {}; name a folder of dumps", names.join(", "));
    }
    Ok(found)
}

/// Links to folders are not followed: they may lead in circles.
fn search(folder: &Path, found: &mut Vec<Found>) -> Result<()> {
    let cannot_read = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(cannot_read)?.is_dir() {
            search(&path, found)?;
        } else if path.is_file() {
            let is_expected = SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
            found.push(Found { path, is_expected });
        }
    }
    Ok(())
}

/// Names what is left out: by name where a profile was expected, else in one line.
fn keep<T>(all: Vec<(&Found, Result<T>)>, strict: bool) -> Result<Many<T>> {
    let tried = all.len();
    let (mut read, mut left_out, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut others: Vec<String> = Vec::new();
    let mut no_heaps: Vec<String> = Vec::new();
    for (file, result) in all {
        match result {
            Ok(one) => read.push(one),
            Err(error) if error.is::<NoHeap>() => {
                let kind = error
                    .downcast_ref::<NoHeap>()
                    .map_or("", |no_heap| no_heap.0.name());
                no_heaps.push(format!("{} ({kind})", input::name(&file.path)));
            }
            Err(error) if strict && file.is_expected => return Err(error),
            Err(error) if file.is_expected => errors.push(error),
            Err(_) => others.push(input::name(&file.path)),
        }
    }
    if read.is_empty() && is_one_cause(&errors) {
        return Err(all_alike(errors));
    }
    for error in &errors {
        let line = format!("{error:#}; left out");
        output::warn(&line);
        left_out.push(line);
    }
    if !no_heaps.is_empty() {
        let dots = if no_heaps.len() > NAMED { ", …" } else { "" };
        let named = no_heaps[..no_heaps.len().min(NAMED)].join(", ");
        let line = format!("{} left out, no heaps: {named}{dots}", no_heaps.len());
        output::note(&line);
        left_out.push(line);
    }
    if !others.is_empty() {
        let dots = if others.len() > NAMED { ", …" } else { "" };
        let named = others[..others.len().min(NAMED)].join(", ");
        let line = match others.len() {
            1 => format!("1 file left out, because it is not a profile: {named}"),
            count => {
                format!("{count} files left out, because they are not profiles: {named}{dots}")
            }
        };
        output::note(&line);
        left_out.push(line);
    }
    match (read.is_empty(), tried) {
        (false, _) => Ok(Many { read, left_out }),
        (true, 1) => bail!("the only file is not a profile; name a folder of dumps"),
        (true, _) => {
            bail!("none of {tried} files is a profile; name a folder of dumps")
        }
    }
}

/// Whether all files failed alike, so that saying it of each would say nothing more.
fn is_one_cause(errors: &[anyhow::Error]) -> bool {
    let mut causes = errors.iter().map(|error| error.root_cause().to_string());
    causes
        .next()
        .is_some_and(|first| causes.all(|cause| cause == first))
}

fn all_alike(mut errors: Vec<anyhow::Error>) -> anyhow::Error {
    let first = errors.remove(0);
    match errors.len() {
        0 => first,
        1 => anyhow!("{first:#}; the other file fails in the same way"),
        others => anyhow!("{first:#}; the other {others} files fail in the same way"),
    }
}

/// Shown on a terminal only, and only where it takes long.
fn progress(files: usize) -> ProgressBar {
    if files < MANY {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{pos} of {len} dumps {wide_bar} {eta}");
    let bar = ProgressBar::new(files as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
