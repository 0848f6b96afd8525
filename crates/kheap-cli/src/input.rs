//! Files in, one profile out.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kheap::profile::BaseMode;
use kheap::{DecodeError, DecodeErrorKind, Limits, Profile, decode_reader, merge, subtract};

use crate::args::InputArgs;
use crate::output::warn;

/// The file name that stands for standard input.
const STDIN: &str = "-";

/// Reads the files, adds them up, and subtracts the base.
pub(crate) fn load(args: &InputArgs, limits: &Limits) -> Result<Profile> {
    let base = args.base();
    let all = args
        .files
        .iter()
        .chain(base.iter().flat_map(|(files, _)| *files));
    check_stdin_is_read_once(all)?;
    let mut profile = load_merged(&args.files, limits)?;
    match base {
        Some((files, mode)) => {
            let base = load_merged(files, limits)?;
            let normalize = args.normalize;
            profile = subtract(profile, base, mode, normalize).with_context(|| match mode {
                BaseMode::Cancel => "cannot subtract --base",
                BaseMode::Diff => "cannot subtract --diff-base",
            })?;
        }
        None if args.normalize => bail!("--normalize needs --base or --diff-base"),
        None => {}
    }
    Ok(profile)
}

pub(crate) fn check_stdin_is_read_once<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Result<()> {
    if files.filter(|file| is_stdin(file)).count() > 1 {
        bail!("standard input (-) can be given only once");
    }
    Ok(())
}

fn load_merged(files: &[PathBuf], limits: &Limits) -> Result<Profile> {
    let profiles: Result<Vec<_>> = files.iter().map(|file| read(file, limits)).collect();
    let names = || files.iter().map(|file| name(file)).collect::<Vec<_>>();
    merge(profiles?).with_context(|| format!("cannot add up {}", names().join(", ")))
}

/// Reads one file.
pub(crate) fn read(file: &Path, limits: &Limits) -> Result<Profile> {
    let name = name(file);
    let result = if is_stdin(file) {
        // Unlocked, because inflating reads it on another thread.
        decode_reader(io::stdin(), limits)
    } else {
        decode_reader(open(file)?, limits)
    };
    result.map_err(|error| explain(&name, &error))
}

/// One line: the file, what is wrong and where, and what to do.
fn explain(name: &str, error: &DecodeError) -> anyhow::Error {
    let fault = match &error.kind {
        DecodeErrorKind::Io(error) => return anyhow!("cannot read {name}: {error}"),
        // The limit is ours; no place in the file is to blame.
        DecodeErrorKind::TooLarge { limit } => format!("it inflates to more than {limit} bytes"),
        _ => error.to_string(),
    };
    match advice(&error.kind) {
        Some(advice) => anyhow!("cannot decode {name}: {fault}; {advice}"),
        None => anyhow!("cannot decode {name}: {fault}"),
    }
}

const DAMAGED: &str = "the file is damaged or no profile, fetch it again";

/// What to do about a file that cannot be decoded, where the error does not say
/// it itself.
fn advice(kind: &DecodeErrorKind) -> Option<&'static str> {
    match kind {
        DecodeErrorKind::TooLarge { .. } => Some("--max-inflated-size raises the limit"),
        // Go writes nothing of that size.
        DecodeErrorKind::RecordTooLong { .. } | DecodeErrorKind::TooMany { .. } => Some(DAMAGED),
        kind if kind.is_damage() => Some(DAMAGED),
        _ => None,
    }
}

fn open(file: &Path) -> Result<File> {
    let name = name(file);
    if file.is_dir() {
        bail!("cannot read {name}: it is a directory; name a dump in it");
    }
    File::open(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("cannot read {name}: there is no such file"),
        ErrorKind::PermissionDenied => {
            anyhow!("cannot read {name}: permission denied; run as a user who may read it")
        }
        _ => anyhow!("cannot read {name}: {error}"),
    })
}

/// The name of a file in messages.
pub(crate) fn name(file: &Path) -> String {
    match is_stdin(file) {
        true => "standard input".to_owned(),
        false => file.display().to_string(),
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new(STDIN)
}
