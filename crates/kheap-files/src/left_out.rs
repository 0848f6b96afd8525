//! Which of many files are left out, and what is said of them.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use kheap_text::shell::quoted;

use crate::files::{Files, Found};
use crate::host::{Host, each, name};
use crate::read::{is_git_lfs_pointer, is_table};
use crate::reading::NoHeap;

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
    let results = each(host, files.found.len(), |at| read(&files.found[at].path));
    keep(
        host,
        files.found.iter().zip(results).collect(),
        files,
        strict,
    )
}

/// Says what is left out: by name where a profile was expected, else in one line.
fn keep<T>(
    host: &dyn Host,
    all: Vec<(&Found, Result<T>)>,
    files: &Files,
    strict: bool,
) -> Result<Many<T>> {
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
                None if file.is_expected || is_git_lfs_pointer(host, &file.path) => {
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
    left_out.iter().for_each(|line| host.warn(line));
    if read.is_empty()
        && let Some(tables) = only_tables(host, tried, &others)
    {
        return Err(tables);
    }
    let others = others.into_iter().map(name);
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
        host.note(&line);
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
fn only_tables(host: &dyn Host, tried: usize, others: &[&Path]) -> Option<anyhow::Error> {
    let tables = others.iter().filter(|file| is_table(host, file));
    let tables: Vec<&&Path> = tables.collect();
    let first = quoted(&name(tables.first()?));
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
