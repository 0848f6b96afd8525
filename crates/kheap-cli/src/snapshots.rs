//! Many files in, one snapshot of each out. Files are read on all cores, and each is reduced as
//! soon as it is read.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kheap::attribute::Rules;
use kheap::profile::{Profiled, SampleTypeId};
use kheap::series::{Keys, SeriesError, Snapshot};
use kheap::{Heap, Limits, Profile, Selection, SelectionOptions};
use kheap_text::shell::quoted;
use rayon::prelude::*;

use crate::archives;
use crate::folders::{Files, Found};
use crate::twins::Facts;
use crate::{input, output, threads};

/// From how many files on progress is shown.
const MANY: usize = 20;

/// How many files that are no profiles are named.
const NAMED: usize = 3;

/// How many files of one program a command names.
const FEW: usize = 6;

/// How many files that should be profiles are named: a folder may have thousands.
const SHOWN: usize = 20;

/// What is read of each of several files: whatever is asked, the same files are dumps, and
/// the same values of them count.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) sample_type: &'a str,
    pub(crate) options: SelectionOptions,
    pub(crate) limits: Limits,
    pub(crate) rules: Arc<Rules>,
}

impl Reading<'_> {
    pub(crate) fn heap(&self, file: &Path) -> Result<Heap<'static>> {
        self.select(input::read(file, &self.limits)?, file)
    }

    /// The values of a profile that are followed.
    pub(crate) fn select(&self, profile: Profile, file: &Path) -> Result<Heap<'static>> {
        let sample_type = self.sample_type_of(&profile, file)?;
        let selection = Selection::new(profile, sample_type, &self.options);
        Ok(Heap::new(selection).with_rules(&self.rules))
    }

    /// The sample type of a profile that is followed.
    pub(crate) fn sample_type_of(&self, profile: &Profile, file: &Path) -> Result<SampleTypeId> {
        if self.sample_type.is_empty() {
            check_heap(profile, file)?;
        }
        let sample_type = profile.sample_type(self.level_of(profile));
        sample_type.with_context(|| format!("cannot follow {}", input::name(file)))
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

/// Reads a file that should be of memory.
pub(crate) fn read_heap(file: &Path, limits: &Limits) -> Result<Profile> {
    let profile = input::read(file, limits)?;
    check_heap(&profile, file)?;
    Ok(profile)
}

fn check_heap(profile: &Profile, file: &Path) -> Result<(), NoHeap> {
    let profiled = profile.profiled();
    match profiled.is_no_memory() {
        true => Err(NoHeap {
            name: input::name(file),
            profiled,
        }),
        false => Ok(()),
    }
}

/// A profile of something else than memory, as often lies beside heaps.
#[derive(Debug)]
struct NoHeap {
    name: String,
    profiled: Profiled,
}

impl std::error::Error for NoHeap {}

impl fmt::Display for NoHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is a {} profile, not a heap profile; fetch /debug/pprof/heap",
            self.name,
            self.profiled.name()
        )
    }
}

/// Reads two files.
pub(crate) fn pair(files: [&PathBuf; 2], reading: &Reading<'_>) -> Result<[(Snapshot, Facts); 2]> {
    input::check_stdin_is_read_once(files.into_iter())?;
    let keys = Keys::default();
    let [before, after] = files;
    let read = |file: &Path| {
        let heap = reading.heap(file)?;
        let snapshot = Snapshot::new(&heap, &input::name(file), &keys);
        anyhow::Ok((snapshot, Facts::of(file, &heap)))
    };
    let (before, after) = threads::join(|| read(before), || read(after));
    Ok([before?, after?])
}

/// What could be read of several files, and what is said of the others.
#[derive(Debug)]
pub(crate) struct Many<T> {
    pub(crate) read: Vec<T>,
    pub(crate) left_out: Vec<String>,
}

impl Files {
    /// Reads each in the way that the caller knows. Those that cannot be read are
    /// reported and left out, or with `strict` an error.
    pub(crate) fn read<T: Send>(
        &self,
        strict: bool,
        read: impl Fn(&Path) -> Result<T> + Sync,
    ) -> Result<Many<T>> {
        let progress = progress(self.found.len());
        let all: Vec<(&Found, Result<T>)> = threads::install(|| {
            let all = self.found.par_iter().map(|file| {
                let result = read(&file.path);
                progress.inc(1);
                (file, result)
            });
            all.collect()
        });
        progress.finish_and_clear();
        keep(all, self, strict)
    }
}

/// What was asked of several files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// How the command begins, such as `series`.
    pub(crate) command: &'a str,
    /// Files and folders, as they were given.
    pub(crate) given: &'a [PathBuf],
}

/// What to do about dumps of several programs: which these are, and a command for one of them.
fn apart(error: &SeriesError, dumps: &[Facts], asked: Asked<'_>) -> anyhow::Error {
    let programs: Vec<&str> = Facts::programs(dumps).into_iter().collect();
    let programs = programs.join(", ");
    let files = Facts::of_one_program(dumps);
    let words: Vec<String> = { files.iter().take(FEW) }
        .map(|file| quoted(&input::name(file)))
        .collect();
    let words = words.join(" ");
    let one = match files.len() {
        1 => format!("for one dump, run `kheap diagnose {words}`"),
        _ => format!("for one of them, run `kheap {} {words}`", asked.command),
    };
    match asked.given.iter().find(|file| archives::has_files(file)) {
        Some(folder) => anyhow!(
            "{error}; the programs are {programs}; for all of them, run `kheap diagnose {}`; {one}",
            quoted(&input::name(folder))
        ),
        None => anyhow!("{error}; the programs are {programs}; {one}"),
    }
}

/// Adds what to do about snapshots that do not belong together.
pub(crate) fn explain(error: SeriesError, dumps: &[Facts], asked: Asked<'_>) -> anyhow::Error {
    match error {
        SeriesError::Single(name) => {
            let file = quoted(&name);
            let error = SeriesError::Single(name);
            anyhow!("{error}; for one dump, run `kheap diagnose {file}`")
        }
        SeriesError::Programs { .. } => apart(&error, dumps, asked),
        SeriesError::SampleTypes { ref first_name, .. } => match Facts::common_type(dumps) {
            Some(common) => anyhow!("{error}; all have {common}: add `--sample-type {common}`"),
            None => anyhow!(
                "{error}; the files have no sample type in common, so diagnose each alone: \
                 `kheap diagnose {}`",
                quoted(first_name)
            ),
        },
        SeriesError::TooManyNames { .. } => {
            anyhow!("{error}; give fewer dumps, or compare two with `kheap compare`")
        }
        error => error.into(),
    }
}

/// Says what is left out: by name where a profile was expected, else in one line.
fn keep<T>(all: Vec<(&Found, Result<T>)>, files: &Files, strict: bool) -> Result<Many<T>> {
    let tried = all.len() + files.others.count();
    let passed_over = &files.passed_over;
    let (mut read, mut errors) = (Vec::new(), Vec::new());
    let (mut others, mut no_heaps) = (Vec::new(), Vec::new());
    for (file, result) in all {
        match result {
            Ok(one) => read.push(one),
            Err(error) => match error.downcast_ref::<NoHeap>() {
                Some(NoHeap { name, profiled }) => {
                    no_heaps.push(format!("{name} ({})", profiled.name()));
                }
                None if strict && file.is_expected => return Err(error),
                // What stands for a dump of any name is missed.
                None if file.is_expected || input::is_git_lfs_pointer(&file.path) => {
                    errors.push(error);
                }
                None => others.push(&*file.path),
            },
        }
    }
    if read.is_empty() && is_one_cause(&errors) {
        return Err(all_alike(errors));
    }
    let mut left_out: Vec<String> = errors.iter().take(SHOWN).map(left_out_of).collect();
    if errors.len() > SHOWN {
        let more = errors.len() - SHOWN;
        left_out.push(format!("{more} more files cannot be read; left out"));
    }
    left_out.iter().for_each(|line| output::warn(line));
    if read.is_empty()
        && let Some(tables) = only_tables(tried, &others)
    {
        return Err(tables);
    }
    let others = others.into_iter().map(input::name);
    let others: Vec<String> = others.chain(files.others.named.iter().cloned()).collect();
    let count = others.len() + files.others.more;
    let notes = [
        (!no_heaps.is_empty()).then(|| {
            let named = named(&no_heaps);
            match no_heaps.len() {
                1 => format!("1 file left out, because it is not a heap profile: {named}"),
                count => {
                    format!("{count} files left out, because they are not heap profiles: {named}")
                }
            }
        }),
        (!others.is_empty()).then(|| match count {
            1 => format!(
                "1 file left out, because it is not a profile: {}",
                others[0]
            ),
            count => {
                let named = named(&others);
                format!("{count} files left out, because they are not profiles: {named}")
            }
        }),
        (!passed_over.named.is_empty()).then(|| {
            let named = named(&passed_over.named);
            format!("{} left out, never opened: {named}", passed_over.count())
        }),
    ];
    for line in notes.into_iter().flatten() {
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

/// What to do about a folder without dumps that has pasted tables: these are diagnosed alone.
fn only_tables(tried: usize, others: &[&Path]) -> Option<anyhow::Error> {
    let tables = others.iter().filter(|file| input::is_table(file));
    let tables: Vec<&&Path> = tables.collect();
    let first = quoted(&input::name(tables.first()?));
    let count = tables.len();
    Some(anyhow!(
        "none of {tried} files is a dump, and {count} are pasted tables, which kheap diagnoses one \
         at a time: `kheap diagnose {first}`"
    ))
}

fn left_out_of(error: &anyhow::Error) -> String {
    format!("{error:#}; left out")
}

/// The first of several names.
fn named(names: &[String]) -> String {
    let dots = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{dots}", names[..names.len().min(NAMED)].join(", "))
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
