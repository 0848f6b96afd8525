//! `kheap export --format parquet`: any number of dumps as datasets, in bounded memory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kheap::series::Keys;
use kheap::{Catalog, Limits, SelectionOptions};
use kheap_files::{Files, Found, Reading, Unread, check_not_folded};
use kheap_fleet::{ContentHash, DumpRows, Fleet, LISTING};
use kheap_text::change::counted;
use kheap_text::value::number;
use rayon::prelude::*;

use crate::args::ExportArgs;
use crate::input::Disk;
use crate::{archives, folders, input, output, threads};

/// The rules of attribution when no file of rules is given.
const BUILTIN_RULES: &str = "builtin";

/// How many files are read before their rows are added, in the order of the files: whatever thread
/// is faster, the same dumps give the same datasets.
const FILES: usize = 256;

/// The same in bytes, as stored.
const BYTES: u64 = 64 << 20;

/// Stands for the size of a file in an archive, in bytes.
const ENTRY_BYTES: u64 = 1 << 20;

pub(crate) fn export(args: &ExportArgs) -> Result<()> {
    let out = args.datasets()?;
    if args.input.files.iter().any(|file| input::is_stdin(file)) {
        bail!("standard input cannot be one of many dumps; save it to a file first");
    }
    let rules = input::rules(&args.rules)?;
    let export = Export {
        catalog: Catalog::builtin().clone().with_rules(&rules),
        keys: Keys::default(),
        reading: Reading {
            sample_type: "",
            options: SelectionOptions::default(),
            limits: args.limits.limits(),
            rules,
        },
    };
    let rules = match &args.rules.rules {
        Some(file) => ContentHash::of(&input::content(file, &Limits::default())?).to_string(),
        None => BUILTIN_RULES.to_owned(),
    };
    let mut fleet = Fleet::open(out, &rules)?;
    let mut done = Done::default();
    let mut all = Files::default();
    let mut without_room = Vec::new();
    for group in groups(&args.input.files) {
        let mut files = folders::find(&group, &export.reading.limits)?;
        for archive in group.iter().filter(|file| archives::is_archive(file)) {
            without_room.extend(without_room_in(archive, &export.reading.limits)?);
        }
        leave_out_below(out, &mut files);
        threads::install(|| export.add(&files.found, &mut fleet, &mut done))?;
        group.iter().for_each(|file| archives::forget(file));
        all.extend(files);
    }
    let Done {
        added,
        known,
        unread,
    } = done;
    let mut lines = unread.lines();
    lines.extend(without_room.iter().cloned());
    unread.report(&Disk, &all, added + known == 0)?;
    threads::install(|| fleet.finish(&lines))?;
    if !lines.is_empty() {
        let listing = out.join(LISTING);
        output::note(&format!("{} lists what is left out", listing.display()));
    }
    output::note(&format!(
        "{} added to {}; {} of the same content skipped",
        counted(added, "dump"),
        out.display(),
        number(known)
    ));
    match without_room.into_iter().next() {
        Some(first) => bail!(first),
        None => Ok(()),
    }
}

/// What to do about an archive that has more files than are kept in memory; `None` where all are.
fn without_room_in(archive: &Path, limits: &Limits) -> Result<Option<String>> {
    let files = archives::read(archive, limits)?.without_room;
    Ok((files > 0).then(|| {
        format!(
            "{}: {} left out, because memory has no room for more of it; unpack it, and name the \
             folder",
            input::name(archive),
            counted(files, "file")
        )
    }))
}

/// Files and folders together, and each archive alone: what an archive keeps in memory is dropped
/// before the next one is read.
fn groups(files: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let is_archive = |file: &&PathBuf| archives::is_archive(file);
    let (archives, others): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(is_archive);
    let others: Vec<PathBuf> = others.into_iter().cloned().collect();
    let archives = archives.into_iter().map(|file| vec![file.clone()]);
    let others = Some(others).filter(|others| !others.is_empty());
    others.into_iter().chain(archives).collect()
}

/// Leaves out the files below a folder, which the results are written to.
fn leave_out_below(out: &Path, files: &mut Files) {
    // A folder that does not exist yet has no files.
    let Ok(out) = out.canonicalize() else {
        return;
    };
    let is_below = |path: &Path| path.canonicalize().is_ok_and(|path| path.starts_with(&out));
    files.found.retain(|file| !is_below(&file.path));
}

/// How dumps become rows.
struct Export<'a> {
    catalog: Catalog,
    keys: Keys,
    reading: Reading<'a>,
}

/// What became of the files so far.
#[derive(Default)]
struct Done {
    added: usize,
    /// Their content was added before.
    known: usize,
    unread: Unread,
}

impl Export<'_> {
    /// Reads files on all cores, some at a time, and adds their rows in the order of the files.
    fn add(&self, files: &[Found], fleet: &mut Fleet, done: &mut Done) -> Result<()> {
        let progress = threads::progress(files.len());
        let mut rest = files;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(together(rest));
            let known = &*fleet;
            let read = now.par_iter().map(|file| {
                let rows =
                    check_not_folded(&Disk, file).and_then(|()| self.rows(&file.path, known));
                progress.inc(1);
                rows
            });
            let read: Vec<Result<Option<DumpRows>>> = read.collect();
            for (file, rows) in now.iter().zip(read) {
                match rows {
                    Ok(Some(rows)) => match fleet.add(rows)? {
                        true => done.added += 1,
                        // Another file of these has the same content.
                        false => done.known += 1,
                    },
                    Ok(None) => done.known += 1,
                    Err(error) => done.unread.add(&Disk, file, error, false)?,
                }
            }
            rest = later;
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// The rows of a dump; `None` where its content was added before.
    fn rows(&self, file: &Path, fleet: &Fleet) -> Result<Option<DumpRows>> {
        let limits = &self.reading.limits;
        let content = input::content(file, limits)?;
        let hash = ContentHash::of(&content);
        if fleet.has(&hash) {
            return Ok(None);
        }
        let profile = kheap_files::decode(&Disk, &*content, file, limits)?;
        let heap = self.reading.select(profile, file)?;
        let name = input::name(file);
        let rows = DumpRows::of(&heap, hash, &name, &self.catalog, &self.keys);
        Ok(Some(rows))
    }
}

/// How many of the files are read before their rows are added.
fn together(files: &[Found]) -> usize {
    let mut bytes = 0;
    let fits = |file: &&Found| {
        let is_room = bytes < BYTES;
        bytes += fs::metadata(&file.path).map_or(ENTRY_BYTES, |metadata| metadata.len());
        is_room
    };
    files.iter().take(FILES).take_while(fits).count()
}
