//! Files in, one profile out.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kheap::filter::apply_drop_frames;
use kheap::profile::BaseMode;
use kheap::{DecodeErrorKind, Limits, Profile, decode_reader, merge, subtract};

use crate::args::InputArgs;
use crate::output::warn;

/// The file name that stands for standard input.
const STDIN: &str = "-";

/// Reads the files, adds them up, and subtracts the base.
pub(crate) fn load(args: &InputArgs) -> Result<Profile> {
    let base = args.base();
    let all = args
        .files
        .iter()
        .chain(base.iter().flat_map(|(files, _)| *files));
    check_stdin_is_read_once(all)?;
    let limits = args.limits.limits();
    let mut profile = load_merged(&args.files, &limits)?;
    match base {
        Some((files, mode)) => {
            let base = load_merged(files, &limits)?;
            let normalize = args.normalize;
            profile = subtract(profile, base, mode, normalize).with_context(|| match mode {
                BaseMode::Cancel => "cannot subtract --base",
                BaseMode::Diff => "cannot subtract --diff-base",
            })?;
        }
        None if args.normalize => bail!("--normalize needs --base or --diff-base"),
        None => {}
    }
    if let Err(error) = apply_drop_frames(&mut profile) {
        warn(&format!(
            "drop_frames of the profile are not applied: {error}"
        ));
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
    result.map_err(|error| match error.kind {
        DecodeErrorKind::Io(error) => anyhow!("cannot read {name}: {error}"),
        ref kind if kind.is_damage() => {
            anyhow!(
                "cannot decode {name}: {error}; the file is damaged or no profile, fetch it again"
            )
        }
        _ => anyhow::Error::new(error).context(format!("cannot decode {name}")),
    })
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
