//! Files beside a dump: which ones there are, and what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kheap::attribute::Role;
use kheap::memory::MemoryOptions;
use kheap::{Diagnosis, Limits, Profile};
use kheap_evidence::archive::has_profile_name;
use kheap_evidence::join::OtherRss;
use kheap_evidence::{
    Beside, Dump, FileKind, Joined, Observation, ReadOptions, kind_beside, observe,
};
use kheap_files::beside::{hold_against, is_companion, join};
use kheap_text::{evidence, memory};
use rayon::prelude::*;

use crate::args::BesideArgs;
use crate::input::{self, Disk};
use crate::output;
use crate::{archives, folders, paths, threads};

/// From which size on progress is shown.
const LARGE_BYTES: u64 = 256 << 20;

/// The files beside the dumps: those that were named, and those of the folders in which
/// dumps are looked for.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    files: BTreeSet<PathBuf>,
    /// Their folders.
    folders: BTreeSet<PathBuf>,
    limits: Limits,
}

impl Companions {
    fn of(files: BTreeSet<PathBuf>, limits: Limits) -> Self {
        let folders = files.iter().filter_map(|file| file.parent());
        Self {
            folders: folders.map(Path::to_path_buf).collect(),
            files,
            limits,
        }
    }

    /// Finds them.
    pub(crate) fn find(dumps: &[PathBuf], args: &BesideArgs, limits: Limits) -> Result<Self> {
        let given: Vec<PathBuf> = dumps
            .iter()
            .filter(|file| archives::has_files(file))
            .cloned()
            .collect();
        let mut all = BTreeSet::new();
        if !given.is_empty() {
            let files = folders::find(&given, &limits)?;
            let beside = files.paths().filter(|file| is_companion(&Disk, file));
            all.extend(beside.map(Path::to_path_buf));
        }
        if !args.with.is_empty() {
            if args.with.iter().any(|file| input::is_stdin(file)) {
                bail!("standard input cannot be a file beside a dump; save it to a file first");
            }
            all.extend(
                folders::find(&args.with, &limits)?
                    .paths()
                    .map(Path::to_path_buf),
            );
        }
        // The folder of a dump, given with --with, holds the dump too.
        let own: Vec<PathBuf> = dumps
            .iter()
            .filter_map(|file| file.canonicalize().ok())
            .collect();
        all.retain(|file| !dumps.contains(file));
        all.retain(|file| {
            file.canonicalize()
                .map_or(true, |file| !own.contains(&file))
        });
        Ok(Self::of(all, limits))
    }

    /// Whether a file is one of them.
    pub(crate) fn contains(&self, file: &Path) -> bool {
        self.files.contains(file)
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| input::name(file))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The folder of a dump, where some of them are in it.
    pub(crate) fn folder_of<'d>(&self, dump: &'d Path) -> Option<&'d Path> {
        let folder = dump.parent()?;
        self.folders.contains(folder).then_some(folder)
    }

    /// Those in the folder of a dump; all, where none is there.
    pub(crate) fn nearest(&self, dump: &Path) -> Self {
        let folder = self.folder_of(dump);
        let is_near = |file: &&PathBuf| folder.is_none_or(|folder| file.parent() == Some(folder));
        let near = self.files.iter().filter(is_near).cloned();
        Self::of(near.collect(), self.limits.clone())
    }

    /// The files of metrics that are of the process of a dump.
    pub(crate) fn metrics_of(&self, dump: &Dump) -> Result<Vec<String>> {
        let is_metrics = |file: &&PathBuf| {
            let opened = input::open(file, &self.limits);
            opened.is_ok_and(|opened| kind_beside(opened) == Some(FileKind::Metrics))
        };
        let metrics = self.files.iter().filter(is_metrics).cloned();
        let beside = Self::of(metrics.collect(), self.limits.clone()).read(dump)?;
        let used = beside.files().iter().filter(|file| file.usage.is_used());
        Ok(used.map(|file| file.file.clone()).collect())
    }

    /// Reads them, and holds them against a dump.
    pub(crate) fn read(&self, dump: &Dump) -> Result<Beside> {
        let options = ReadOptions::default()
            .at(dump.at)
            .inflated_bytes(self.limits.inflated_bytes)
            .threads(self.limits.threads);
        let files: Vec<&PathBuf> = self.files.iter().collect();
        let observations: Result<Vec<Observation>> = threads::install(|| {
            let read = |file: &PathBuf| read(file, &self.limits, &options);
            files.into_par_iter().map(read).collect()
        });
        let observations = observations?;
        Ok(hold_against(&Disk, dump, &observations))
    }
}

fn read(file: &Path, limits: &Limits, options: &ReadOptions) -> Result<Observation> {
    let name = input::name(file);
    let opened = input::open(file, limits)?;
    let size = opened.size();
    let progress = progress(size, &name);
    let observation = observe(&name, progress.wrap_read(opened), options);
    progress.finish_and_clear();
    observation.with_context(|| format!("cannot read {name}"))
}

/// Shown on a terminal only, and only where it takes long.
fn progress(bytes: u64, name: &str) -> ProgressBar {
    if bytes < LARGE_BYTES {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes).with_message(name.to_owned());
    match ProgressStyle::with_template("{msg} {wide_bar} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// What is thought of a dump, with what lies beside it.
#[derive(Debug)]
pub(crate) struct Judged<T> {
    pub(crate) of: T,
    /// What is known of the process, without what the files beside the dump know better.
    pub(crate) process: MemoryOptions,
    /// What the files are; `None` where there are none.
    pub(crate) beside: Option<Beside>,
    /// Why a size that was given is not used, as a warning has said.
    pub(crate) unused: Option<String>,
}

impl Companions {
    /// Judges a dump, and reads what lies beside it. A size of the process that metrics know
    /// better does not count: then the dump is judged anew.
    pub(crate) fn judge<T>(
        &self,
        dump: impl FnOnce(&T) -> Dump,
        process: MemoryOptions,
        judge: impl Fn(MemoryOptions) -> T,
    ) -> Result<Judged<T>> {
        let mut judged = Judged {
            of: judge(process),
            process,
            beside: None,
            unused: None,
        };
        if self.is_empty() {
            return Ok(judged);
        }
        let beside = self.read(&dump(&judged.of))?;
        if let Some(other) = other_rss(&process, &beside) {
            judged.process = process.rss(None);
            judged.of = judge(judged.process);
            judged.unused = warn_of_rss(&other);
        }
        judged.beside = Some(beside);
        Ok(judged)
    }
}

impl Judged<Diagnosis> {
    /// Joins the diagnosis with what lies beside its dump.
    pub(crate) fn join(self, args: &BesideArgs) -> (Diagnosis, Option<Joined>) {
        let mut diagnosis = self.of;
        let joined = self
            .beside
            .map(|beside| join(beside, &mut diagnosis, !args.no_clients));
        (diagnosis, joined)
    }
}

/// Why a size that the user gave is not used.
fn other_rss(process: &MemoryOptions, beside: &Beside) -> Option<OtherRss> {
    beside.server().other_rss(process.rss?)
}

/// Says so, unless the sizes are the same.
fn warn_of_rss(other: &OtherRss) -> Option<String> {
    let words = memory::other_rss(other);
    if let Some(words) = &words {
        output::warn(words);
    }
    words
}

/// The folder of a dump that was given alone, where metrics or logs lie in it.
pub(crate) fn unread_folder(dump: &Path) -> Option<&Path> {
    /// A folder of downloads can have many files.
    const MOST: usize = 64;
    let folder = Some(paths::folder_of(dump)).filter(|_| dump.is_file())?;
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort_unstable();
    // Another dump is none, and to look into each takes longer than the diagnosis.
    let others = files
        .iter()
        .filter(|file| !has_profile_name(&input::name(file)));
    let is_evidence = |file: &PathBuf| is_companion(&Disk, file);
    others.take(MOST).any(is_evidence).then_some(folder)
}

/// Adds what metrics tell of a process to what the user said of it; `false` where no
/// metrics are of it. Files that are not used are named where all should be of it.
pub(crate) fn tell_process(
    options: &mut MemoryOptions,
    profile: &Profile,
    companions: &Companions,
    names_unused: bool,
) -> Result<bool> {
    // Parts of a process are what they are, whatever the program.
    let beside = companions.read(&Dump::of(profile, Role::Unknown))?;
    let files = beside.files().iter();
    for file in files.filter(|file| names_unused && !file.usage.is_used()) {
        let words = evidence::file(file);
        output::warn(&format!("{}: {words}", file.file));
    }
    let Some(process) = beside.server().process() else {
        return Ok(false);
    };
    if let Some(other) = other_rss(options, &beside) {
        options.rss = None;
        warn_of_rss(&other);
    }
    *options = process.described(*options);
    Ok(true)
}
