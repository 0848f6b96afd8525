//! Which of many files are left out, and what is said of them.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use kheap::decode::Lookalike;
use kheap_text::shell::quoted;

use crate::files::{Files, Found};
use crate::host::{Host, each, name};
use crate::read::{head_of, is_folded, is_git_lfs_pointer, is_table};
use crate::reading::NoHeap;
use crate::refusal::OtherFormat;

/// How many files that are no profiles are named.
const NAMED: usize = 3;

/// How many files that should be profiles are named: a folder may have thousands.
const SHOWN: usize = 20;

/// What could be read of several files, and what is said of the others.
#[derive(Debug)]
pub struct Many<T> {
    /// What was read.
    pub read: Vec<T>,
    /// A line for each file that is left out, or for all that are left out for one reason.
    pub left_out: Vec<String>,
}

/// Reads each file in the way that the caller knows. Those that cannot be read are
/// reported and left out, or with `strict` an error.
///
/// # Errors
///
/// Where nothing can be read.
pub fn read_all<T: Send>(
    host: &dyn Host,
    files: &Files,
    strict: bool,
    read: impl Fn(&Path) -> Result<T> + Sync,
) -> Result<Many<T>> {
    let results = each(host, files.found.len(), |at| {
        let file = &files.found[at];
        check_not_folded(host, file).and_then(|()| read(&file.path))
    });
    let (mut read, mut unread) = (Vec::new(), Unread::default());
    for (file, result) in files.found.iter().zip(results) {
        match result {
            Ok(one) => read.push(one),
            Err(error) => unread.add(host, file, error, strict)?,
        }
    }
    let left_out = unread.report(host, files, read.is_empty())?;
    Ok(Many { read, left_out })
}

/// Refuses folded stacks that nobody named. They are drawn from a dump, and would count its heap
/// again.
///
/// # Errors
///
/// Where they are such.
pub fn check_not_folded(host: &dyn Host, file: &Found) -> Result<()> {
    match !file.is_expected && is_folded(host, &file.path) {
        true => Err(Folded(name(&file.path)).into()),
        false => Ok(()),
    }
}

/// The name of a file that has folded stacks, and that nobody named.
#[derive(Debug)]
struct Folded(String);

impl std::error::Error for Folded {}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has folded stacks", self.0)
    }
}

/// Files that could not be read.
#[derive(Debug, Default)]
pub struct Unread {
    /// One for each file that should be a profile.
    errors: Vec<anyhow::Error>,
    /// Profiles of something else.
    no_heaps: Vec<String>,
    /// Folded stacks.
    folded: Vec<String>,
    /// Files that nobody expected to be profiles.
    others: Vec<PathBuf>,
}

impl Unread {
    /// Adds what is wrong with a file.
    ///
    /// # Errors
    ///
    /// With `strict` the same error, where a profile was expected.
    pub fn add(
        &mut self,
        host: &dyn Host,
        file: &Found,
        error: anyhow::Error,
        strict: bool,
    ) -> Result<()> {
        if let Some(Folded(name)) = error.downcast_ref() {
            self.folded.push(name.clone());
            return Ok(());
        }
        match error.downcast_ref::<NoHeap>() {
            Some(NoHeap { name, profiled }) => {
                self.no_heaps.push(format!("{name} ({})", profiled.name()));
            }
            None if strict && file.is_expected => return Err(error),
            // What stands for a dump of any name is missed.
            None if file.is_expected || is_git_lfs_pointer(host, &file.path) => {
                self.errors.push(error);
            }
            // Whether it is a log shows only when it is converted.
            None if is_utf16(host, &file.path) => self.errors.push(error),
            // A Java dump says which program reads it.
            None if is_of_java(&error) => self.errors.push(error),
            None => self.others.push(file.path.clone()),
        }
        Ok(())
    }

    /// A line for each file that should be a profile.
    pub fn lines(&self) -> Vec<String> {
        let errors = self.errors.iter();
        errors.map(|error| format!("{error:#}")).collect()
    }

    /// Says what of these files is left out: by name where a profile was expected, else in one
    /// line. Returns the lines.
    ///
    /// # Errors
    ///
    /// Where nothing was read of all of them.
    pub fn report(
        self,
        host: &dyn Host,
        files: &Files,
        is_nothing_read: bool,
    ) -> Result<Vec<String>> {
        let Self {
            errors,
            no_heaps,
            folded,
            others,
        } = self;
        let tried = files.found.len() + files.others.count();
        let passed_over = &files.passed_over;
        if is_nothing_read && is_one_cause(&errors) {
            return Err(all_alike(errors));
        }
        let mut left_out: Vec<String> = errors.iter().take(SHOWN).map(left_out_of).collect();
        if errors.len() > SHOWN {
            let more = errors.len() - SHOWN;
            left_out.push(format!("{more} more files cannot be read; left out"));
        }
        left_out.iter().for_each(|line| host.warn(line));
        if is_nothing_read && let Some(tables) = only_tables(host, tried, &others) {
            return Err(tables);
        }
        if is_nothing_read && let Some(folded) = only_folded(&folded) {
            return Err(folded);
        }
        let others = others.iter().map(|path| name(path));
        let others: Vec<String> = others.chain(files.others.named.iter().cloned()).collect();
        let count = others.len() + files.others.more;
        let notes = [
            (!no_heaps.is_empty()).then(|| {
                let named = named(&no_heaps);
                match no_heaps.len() {
                    1 => format!("1 file left out, because it is not a heap profile: {named}"),
                    count => format!(
                        "{count} files left out, because they are not heap profiles: {named}"
                    ),
                }
            }),
            (!folded.is_empty()).then(|| {
                let named = named(&folded);
                match folded.len() {
                    1 => format!("1 file left out, because it has folded stacks: {named}"),
                    count => {
                        format!("{count} files left out, because they have folded stacks: {named}")
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
            host.note(&line);
            left_out.push(line);
        }
        if is_nothing_read {
            files.check_is_whole()?;
        }
        match (is_nothing_read, tried) {
            (false, _) => Ok(left_out),
            (true, 1) => bail!("the only file is not a profile; name a folder of dumps"),
            (true, _) => {
                bail!("none of {tried} files is a profile; name a folder of dumps")
            }
        }
    }
}

/// Whether a text that is no table begins as PowerShell writes one.
fn is_utf16(host: &dyn Host, file: &Path) -> bool {
    head_of(host, file).is_some_and(|head| kheap::decode::is_utf16(&head)) && !is_table(host, file)
}

/// What to do about a folder without dumps that has pasted tables: these are diagnosed alone.
fn only_tables(host: &dyn Host, tried: usize, others: &[PathBuf]) -> Option<anyhow::Error> {
    let tables = others.iter().filter(|file| is_table(host, file));
    let tables: Vec<&PathBuf> = tables.collect();
    let first = quoted(&name(tables.first()?));
    let count = tables.len();
    Some(anyhow!(
        "none of {tried} files is a dump, and {count} are pasted tables, which kheap diagnoses one \
         at a time: `kheap diagnose {first}`"
    ))
}

/// What to do about a folder without dumps that has folded stacks.
fn only_folded(folded: &[String]) -> Option<anyhow::Error> {
    let first = folded.first()?;
    let command = format!("`kheap diagnose {}`", quoted(first));
    Some(match folded.len() {
        1 => anyhow!(
            "no dump among these files; {first} has folded stacks: to diagnose it, run {command}"
        ),
        count => anyhow!(
            "no dump among these files; {count} of them have folded stacks: to diagnose one, run \
             {command}"
        ),
    })
}

fn left_out_of(error: &anyhow::Error) -> String {
    format!("{error:#}; left out")
}

/// The first of several names.
fn named(names: &[String]) -> String {
    let dots = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{dots}", names[..names.len().min(NAMED)].join(", "))
}

/// Whether a file is a profile that another program reads.
fn is_of_java(error: &anyhow::Error) -> bool {
    let other = error.downcast_ref::<OtherFormat>();
    other.is_some_and(|other| {
        use Lookalike::{Java, JavaHeapDump, Jfr};
        matches!(other.found, Java | JavaHeapDump | Jfr)
    })
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
