//! `kheap redact`: copies of files that can be shared.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kheap_export::{Key, RedactError, Redactor};
use kheap_text::change::counted;

use crate::args::{RedactArgs, pattern};
use crate::folders::Files;
use crate::output::{self, Sink};
use crate::{archives, input, opened};

/// The longest key, in bytes.
const MOST_KEY_BYTES: u64 = 1 << 20;

/// The shortest key, in bytes: a shorter one can be guessed.
const LEAST_KEY_BYTES: usize = 16;

pub(crate) fn redact(args: &RedactArgs) -> Result<()> {
    let keep = pattern("--keep", args.keep.as_deref())?;
    let key = args.key.as_deref().map(key).transpose()?;
    if let Some(stdin) = args.files.iter().find(|file| input::is_stdin(file)) {
        bail!(
            "cannot redact {}; save it as a file first",
            input::name(stdin)
        );
    }
    let target = args.output.display();
    if args.output.symlink_metadata().is_ok() {
        bail!("cannot write {target}: it exists; name a new directory");
    }
    if let Some(archive) = args.files.iter().find(|file| archives::is_archive(file)) {
        bail!(
            "cannot redact {}: it is an archive; unpack it and name the folder",
            input::name(archive)
        );
    }
    let files = Files::find(&args.files, &args.limits.limits())?;
    for passed_over in &files.passed_over.named {
        output::warn(passed_over);
    }
    // Everything appears in one step, and nothing where a file cannot be redacted.
    let parent = match args.output.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    let folder = builder.prefix(".kheap-").tempdir_in(parent);
    let folder = folder.map_err(|error| anyhow!("{}; make the directory first", error.kind()));
    let folder = folder.with_context(|| format!("cannot write {target}"))?;
    let mut redactor = Redactor::new(key, keep);
    let limits = args.limits.limits();
    let mut count = 0;
    for file in &files.found {
        let place = folder.path().join(place(args, &file.path, &mut redactor));
        if place.exists() {
            bail!(
                "cannot redact {}: another file gets the same name; redact their folder",
                input::name(&file.path)
            );
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot write {target}"))?;
        }
        let out = File::create(&place).with_context(|| format!("cannot write {target}"))?;
        let mut out = BufWriter::new(out);
        match redactor.redact(input::open(&file.path, &limits)?, &mut out, &limits) {
            Ok(()) => {
                out.flush()
                    .with_context(|| format!("cannot write {target}"))?;
                count += 1;
            }
            // What lies in a folder may be anything; what was named is meant.
            Err(error) if is_named(args, &file.path) => return Err(refused(&file.path, &error)),
            Err(error) => {
                drop(out);
                fs::remove_file(&place).with_context(|| format!("cannot write {target}"))?;
                output::warn(&format!("left out: {:#}", refused(&file.path, &error)));
            }
        }
    }
    if count == 0 {
        bail!("nothing to redact among these files; name a heap profile, or a folder that has one");
    }
    fs::rename(folder.path(), &args.output).with_context(|| format!("cannot write {target}"))?;
    // It has another name now.
    let _ = folder.keep();
    report(&redactor, count, &args.output)
}

/// Where a copy lies, below the new folder: named like the file, without private words.
fn place(args: &RedactArgs, file: &Path, redactor: &mut Redactor) -> PathBuf {
    let mut folders = args.files.iter().filter(|folder| folder.is_dir());
    let folder = folders.find(|folder| file.starts_with(folder));
    let below = folder.and_then(|folder| file.strip_prefix(folder).ok());
    let below = below.or(file.file_name().map(Path::new)).unwrap_or(file);
    let several = args.files.len() > 1;
    let own = folder
        .and_then(|folder| folder.file_name())
        .filter(|_| several);
    let names = own.into_iter().chain(below.iter());
    names
        .map(|name| redactor.file_name(&name.to_string_lossy()))
        .collect()
}

fn is_named(args: &RedactArgs, file: &Path) -> bool {
    args.files.iter().any(|named| named == file)
}

fn refused(file: &Path, error: &RedactError) -> anyhow::Error {
    let advice = match error {
        RedactError::Compressed | RedactError::Nested => "; uncompress it first",
        RedactError::TooLarge(_) => "; raise the limit with --max-inflated-size",
        RedactError::Decode(_) => "; leave it out",
        _ => "",
    };
    anyhow!("cannot redact {}: {error}{advice}", input::name(file))
}

fn key(file: &Path) -> Result<Key> {
    let name = input::name(file);
    let opened = opened::open(file).with_context(|| format!("cannot read {name}"))?;
    let mut bytes = Vec::new();
    opened
        .take(MOST_KEY_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {name}"))?;
    if bytes.len() as u64 > MOST_KEY_BYTES {
        bail!("cannot use {name}: it is larger than {MOST_KEY_BYTES} bytes, too large for a key");
    }
    let key = bytes.trim_ascii_end();
    if key.len() < LEAST_KEY_BYTES {
        bail!(
            "cannot use {name}: a key of {} bytes can be guessed; write {LEAST_KEY_BYTES} random \
             bytes or more to it",
            key.len()
        );
    }
    Ok(Key::new(key))
}

/// Lists what was hidden where only people see it.
fn report(redactor: &Redactor, count: usize, folder: &Path) -> Result<()> {
    let hidden = redactor.hidden();
    let mut sink = Sink::open_file(None, false)?;
    if sink.is_terminal() {
        for name in hidden {
            writeln!(
                sink,
                "{}  {}",
                name.pseudonym,
                kheap_text::one_line(&name.name)
            )?;
        }
    }
    output::note(&format!(
        "{} in {} with {} hidden{}; read them before you share them",
        counted(count, "file"),
        folder.display(),
        counted(hidden.len(), "word"),
        match sink.is_terminal() || hidden.is_empty() {
            true => "",
            false => " (a terminal lists them)",
        }
    ));
    sink.close()
}
