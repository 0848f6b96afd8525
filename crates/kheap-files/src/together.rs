//! What to do about dumps that do not belong together.

use std::path::Path;

use anyhow::anyhow;
use kheap::series::SeriesError;
use kheap_text::shell::quoted;

use crate::host::name;
use crate::twins::Facts;

/// How many files of one program a command names.
const FEW: usize = 6;

/// What was asked of several files.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// How the command begins, such as `series`.
    pub command: &'a str,
    /// The folder or archive that was given, where one was.
    pub folder: Option<&'a Path>,
}

/// What to do about dumps of several programs: which these are, and a command for one of them.
fn apart(error: &SeriesError, dumps: &[Facts], asked: Asked<'_>) -> anyhow::Error {
    let programs: Vec<&str> = Facts::programs(dumps).into_iter().collect();
    let programs = programs.join(", ");
    let files = Facts::of_one_program(dumps);
    let words: Vec<String> = { files.iter().take(FEW) }
        .map(|file| quoted(&name(file)))
        .collect();
    let words = words.join(" ");
    let one = match files.len() {
        1 => format!("for one dump, run `kheap diagnose {words}`"),
        count => {
            let first = match count > FEW {
                true => format!(" (the first {FEW} of its {count} dumps)"),
                false => String::new(),
            };
            format!(
                "for one of them, run `kheap {} {words}`{first}",
                asked.command
            )
        }
    };
    match asked.folder {
        Some(folder) => anyhow!(
            "{error}; the programs are {programs}; for all of them, run `kheap diagnose {}`; {one}",
            quoted(&name(folder))
        ),
        None => anyhow!("{error}; the programs are {programs}; {one}"),
    }
}

/// Adds what to do about snapshots that do not belong together.
pub fn explain(error: SeriesError, dumps: &[Facts], asked: Asked<'_>) -> anyhow::Error {
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
