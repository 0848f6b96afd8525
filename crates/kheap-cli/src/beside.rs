//! Files beside a dump: which ones there are, and what they say.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kheap::attribute::Role;
use kheap::memory::MemoryOptions;
use kheap::{Limits, Profile};
use kheap_evidence::{Beside, Dump, Joined, Manifest, Observation, ReadOptions, observe};
use kheap_files::beside::{hold_against, is_companion};
use kheap_text::change::counted;
use kheap_text::{evidence, manifest};
use rayon::prelude::*;

use crate::args::BesideArgs;
use crate::input::{self, Disk};
use crate::{archives, folders, output, threads};

/// From which size on progress is shown.
const LARGE_BYTES: u64 = 256 << 20;

/// The files beside the dumps: those that were named, and those of the folders in which
/// dumps are looked for.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    files: BTreeSet<PathBuf>,
    limits: Limits,
}

impl Companions {
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
        Ok(Self { files: all, limits })
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

/// Adds what metrics tell of a process to what the user said of it; `false` where no
/// metrics are of it.
pub(crate) fn tell_process(
    options: &mut MemoryOptions,
    profile: &Profile,
    companions: &Companions,
) -> Result<bool> {
    // Parts of a process are what they are, whatever the program.
    let beside = companions.read(&Dump::of(profile, Role::Unknown))?;
    for file in beside.files().iter().filter(|file| !file.usage.is_used()) {
        let words = evidence::file(file);
        output::warn(&format!("{}: {words}", file.file));
    }
    let Some(process) = beside.server().process() else {
        return Ok(false);
    };
    *options = process.described(*options);
    Ok(true)
}

/// Writes a file for each client, once the answer is printed, and names those without one,
/// with the reason. A file with other content is never overwritten; where there is one,
/// nothing is written.
pub(crate) fn write_manifests(joined: &[Option<Joined>], folder: &Path) -> Result<()> {
    let known = joined.iter().flatten();
    let manifests: Vec<Manifest> = known.flat_map(Joined::manifests).collect();
    for one in joined {
        for words in evidence::unlimited(one.as_ref()) {
            output::note(&words);
        }
    }
    if manifests.is_empty() {
        return Ok(());
    }
    let file = |manifest: &Manifest| folder.join(format!("{}.yaml", manifest.name));
    let mut new = Vec::new();
    for one in &manifests {
        // A pipe or a device would be read without end.
        match fs::metadata(file(one)) {
            Ok(found) if found.is_file() && holds(&file(one), &manifest::file(one)) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => new.push(one),
            _ => bail!(
                "cannot write {}: it exists with other content; remove it, or name another folder",
                file(one).display()
            ),
        }
    }
    let cannot_write = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot_write)?;
    for one in &new {
        let mut options = File::options();
        let created = options.write(true).create_new(true).open(file(one));
        let written = created.and_then(|mut file| file.write_all(manifest::file(one).as_bytes()));
        written.with_context(cannot_write)?;
        output::note(&format!(
            "wrote {}; read it before you apply it",
            file(one).display()
        ));
    }
    let unchanged = manifests.len() - new.len();
    if unchanged > 0 {
        let (count, folder) = (counted(unchanged as u64, "manifest"), folder.display());
        output::note(&format!("{count} in {folder} already, unchanged"));
    }
    Ok(())
}

/// Whether a file has this content. No more of it is read.
fn holds(file: &Path, content: &str) -> bool {
    let mut bytes = Vec::new();
    let most = content.len() as u64 + 1;
    let read = File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.is_ok() && bytes == content.as_bytes()
}
