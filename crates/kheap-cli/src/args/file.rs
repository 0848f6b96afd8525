//! The format that the name of an output file asks for.

use std::path::Path;

use anyhow::{Result, bail};

/// The format for the ending of a file's name; the first one for standard output
/// and for names without an ending, such as those of devices.
///
/// # Errors
///
/// Where the ending means none of them: whoever asks for a PDF is not helped by a
/// file that is called so.
pub(crate) fn by_ending<F: Copy>(file: Option<&Path>, endings: &[(&str, F)]) -> Result<F> {
    let ending = file.and_then(Path::extension);
    let Some(ending) = ending.map(|ending| ending.to_string_lossy().to_lowercase()) else {
        return Ok(endings[0].1);
    };
    match endings.iter().find(|(known, _)| *known == ending) {
        Some((_, format)) => Ok(*format),
        None => {
            let known: Vec<String> = endings
                .iter()
                .map(|(known, _)| format!(".{known}"))
                .collect();
            bail!(
                "unknown format .{ending}; name the file {}, or give --format",
                one_of(&known)
            )
        }
    }
}

/// An option that was given, but means something in other formats only.
///
/// # Errors
///
/// Names the first one that was given.
pub(crate) fn refuse_idle(options: &[(&str, bool)], format: &str, meant_for: &str) -> Result<()> {
    match options.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => bail!("{option} has no effect {format}; it is for {meant_for}"),
        None => Ok(()),
    }
}

fn one_of(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
