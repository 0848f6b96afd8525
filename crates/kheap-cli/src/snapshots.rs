//! Many files in, one snapshot of each out. Files are read on all cores, and each is reduced as
//! soon as it is read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kheap::series::{Keys, SeriesError, Snapshot};
use kheap::{Limits, Selection, SelectionOptions};
use rayon::prelude::*;

use crate::{input, output};

/// How files of profiles end. Others in a folder are tried too, but not missed.
const SUFFIXES: [&str; 5] = [".pb.gz", ".pb", ".pprof", ".prof", ".gz"];

/// From how many files on progress is shown.
const MANY: usize = 20;

/// How many files that are no profiles are named.
const NAMED: usize = 3;

/// Reads two files.
pub(crate) fn pair(
    files: [&PathBuf; 2],
    sample_type: &str,
    limits: &Limits,
) -> Result<[Snapshot; 2]> {
    input::check_stdin_is_read_once(files.into_iter())?;
    let keys = Keys::default();
    let [before, after] = files;
    let (before, after) = rayon::join(
        || read(before, sample_type, limits, &keys),
        || read(after, sample_type, limits, &keys),
    );
    Ok([before?, after?])
}

/// Reads files, and all files in folders. Those that cannot be read are told and left out, or with
/// `strict` an error.
pub(crate) fn read_all(
    files: &[PathBuf],
    sample_type: &str,
    limits: &Limits,
    strict: bool,
) -> Result<Vec<Snapshot>> {
    input::check_stdin_is_read_once(files.iter())?;
    let files = find(files)?;
    let keys = Keys::default();
    let progress = progress(files.len());
    let read = files.par_iter().map(|file| {
        let snapshot = read(&file.path, sample_type, limits, &keys);
        progress.inc(1);
        (file, snapshot)
    });
    let read: Vec<(&Found, Result<Snapshot>)> = read.collect();
    progress.finish_and_clear();
    let tried = read.len();
    let snapshots = keep(read, strict)?;
    if snapshots.is_empty() {
        bail!("none of {tried} files can be read as a profile, so there is nothing to follow");
    }
    Ok(snapshots)
}

/// Adds what to do about snapshots that do not belong together.
pub(crate) fn explain(error: SeriesError) -> anyhow::Error {
    match error {
        SeriesError::Single(_) => anyhow!("{error}; `kheap diagnose` looks at one dump"),
        SeriesError::Programs { .. } => anyhow!("{error}; give those of one program"),
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

fn read(file: &Path, sample_type: &str, limits: &Limits, keys: &Keys) -> Result<Snapshot> {
    let profile = input::read(file, limits)?;
    let name = input::name(file);
    let sample_type = profile.sample_type(sample_type);
    let sample_type = sample_type.with_context(|| format!("cannot follow {name}"))?;
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    Ok(Snapshot::of(&selection, &name, keys))
}

/// Tells what is left out: by name where a profile was expected, else in one line.
fn keep(read: Vec<(&Found, Result<Snapshot>)>, strict: bool) -> Result<Vec<Snapshot>> {
    let mut snapshots = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for (file, snapshot) in read {
        match snapshot {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(error) if strict && file.is_expected => return Err(error),
            Err(error) if file.is_expected => output::warn(&format!("{error:#}; left out")),
            Err(_) => others.push(input::name(&file.path)),
        }
    }
    if !others.is_empty() {
        let dots = if others.len() > NAMED { ", …" } else { "" };
        let named = others[..others.len().min(NAMED)].join(", ");
        output::note(&format!(
            "{} left out, no profiles: {named}{dots}",
            others.len()
        ));
    }
    Ok(snapshots)
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
