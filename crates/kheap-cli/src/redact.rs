//! `kheap redact`: copies of files that can be shared.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kheap_export::{Key, Redactor};
use kheap_files::Files;
use kheap_files::redact::{copied_name, final_name, refused, unpacked};
use kheap_text::change::counted;

use crate::args::{RedactArgs, pattern};
use crate::input::{self, Disk};
use crate::output::{self, Sink, cannot_make_in};
use crate::{archives, folders, opened, paths};

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
        bail!("cannot write {target}: it exists; name a new folder");
    }
    let mut sink = Sink::open_file(None, false)?;
    let files = folders::find(&args.files, &args.limits.limits())?;
    for passed_over in &files.passed_over.named {
        output::warn(&format!("left out: {passed_over}"));
    }
    if files.passed_over.more > 0 {
        let more = counted(files.passed_over.more as u64, "more file");
        output::warn(&format!("left out: {more} of archives"));
    }
    // Everything appears in one step, and nothing where a file cannot be redacted.
    let mut builder = tempfile::Builder::new();
    let folder = builder.prefix(".kheap-");
    let parent = paths::folder_of(&args.output);
    let folder = folder.tempdir_in(parent);
    let folder = folder.map_err(|error| cannot_make_in(parent, &error));
    let folder = folder.with_context(|| format!("cannot write {target}"))?;
    let mut redactor = Redactor::new(key, keep);
    let limits = args.limits.limits();
    let mut names = Names::default();
    let mut count = 0;
    let places = places(args, &files, &mut redactor);
    for (file, below) in files.found.iter().zip(&places) {
        let place = names.unused(folder.path(), below);
        let cannot_write = || format!("cannot write {target}");
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(cannot_write)?;
        }
        let out = File::create(&place).with_context(cannot_write)?;
        let mut out = BufWriter::new(out);
        let name = input::name(&file.path);
        match redactor.redact(unpacked(&Disk, &file.path, &limits)?, &mut out, &limits) {
            Ok(redacted) => {
                out.flush().with_context(cannot_write)?;
                let name_below = below.file_name().unwrap_or_default().to_string_lossy();
                let renamed = final_name(&name_below, &redacted);
                if renamed != name_below {
                    let renamed = names.unused(folder.path(), &below.with_file_name(renamed));
                    fs::rename(&place, renamed).with_context(cannot_write)?;
                }
                count += 1;
                if redacted.is_cut {
                    output::warn(&format!(
                        "{name} is cut: the copy ends with its last whole line"
                    ));
                }
            }
            // What lies in a folder may be anything; what was named is meant.
            Err(error) if is_named(args, &file.path) => return Err(refused(&file.path, &error)),
            Err(error) => {
                drop(out);
                fs::remove_file(&place).with_context(cannot_write)?;
                output::warn(&format!("left out: {:#}", refused(&file.path, &error)));
            }
        }
    }
    if files.others.count() > 0 {
        output::warn(&format!(
            "left out: {} of archives, neither dumps, logs nor metrics",
            counted(files.others.count(), "file")
        ));
    }
    if count == 0 {
        bail!("nothing to redact among these files; name a heap profile, or a folder that has one");
    }
    let is_listed = list(&redactor, &mut sink)?;
    sink.close()?;
    fs::rename(folder.path(), &args.output).with_context(|| format!("cannot write {target}"))?;
    // It has another name now.
    let _ = folder.keep();
    output::note(&format!(
        "{} written to {target}; {} hidden{}. Read the files before you share them",
        counted(count, "file"),
        match redactor.hidden().len() {
            1 => "1 word is".to_owned(),
            words => format!("{} are", counted(words, "word")),
        },
        match is_listed {
            true => "",
            false => " (on a terminal, kheap lists them)",
        }
    ));
    Ok(())
}

/// Where the copies lie, below the new folder: named like the files, without private words. Files
/// of an archive lie below its name.
///
/// Dumps without a time are ordered by their names. Where new names would change the order of a
/// folder, numbers before them keep it.
fn places(args: &RedactArgs, files: &Files, redactor: &mut Redactor) -> Vec<PathBuf> {
    type Children = BTreeMap<OsString, String>;
    let mut folders: BTreeMap<Vec<OsString>, Children> = BTreeMap::new();
    let named = args.files.iter().filter(|path| archives::has_files(path));
    let named: Vec<&Path> = named.map(PathBuf::as_path).collect();
    let has_several = args.files.len() > 1;
    let paths: Vec<Vec<OsString>> = { files.found.iter() }
        .map(|file| path_below(&named, has_several, &file.path))
        .collect();
    for path in &paths {
        for (at, name) in path.iter().enumerate() {
            let children = folders.entry(path[..at].to_vec()).or_default();
            if !children.contains_key(name) {
                let mut copied = redactor.file_name(&name.to_string_lossy());
                if at + 1 == path.len() {
                    copied = copied_name(&copied);
                }
                children.insert(name.clone(), copied);
            }
        }
    }
    for children in folders
        .values_mut()
        .filter(|children| !is_ordered(children))
    {
        let digits = children.len().to_string().len();
        for (name, at) in children.values_mut().zip(1..) {
            *name = format!("{at:0digits$}-{name}");
        }
    }
    let place = |path: &Vec<OsString>| {
        let names = path.iter().enumerate();
        names
            .map(|(at, name)| &folders[&path[..at]][name])
            .collect()
    };
    paths.iter().map(place).collect()
}

/// Whether the copies of a folder have the order of their originals.
fn is_ordered(children: &BTreeMap<OsString, String>) -> bool {
    children.values().is_sorted()
}

/// The path of a file below the folder or archive that was named.
fn path_below(named: &[&Path], has_several: bool, file: &Path) -> Vec<OsString> {
    let folder = named.iter().find(|folder| file.starts_with(folder));
    let below = folder.and_then(|folder| file.strip_prefix(folder).ok());
    let below = below.or(file.file_name().map(Path::new)).unwrap_or(file);
    let has_own = has_several || folder.is_some_and(|folder| !folder.is_dir());
    let own = folder
        .and_then(|folder| folder.file_name())
        .filter(|_| has_own);
    let names = own.into_iter().chain(below.iter());
    names.map(OsStr::to_os_string).collect()
}

/// The names of the copies: no two are the same, or differ by case only.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    /// A path below a folder that no other copy has.
    fn unused(&mut self, folder: &Path, place: &Path) -> PathBuf {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let (stem, ending) = name.split_at(name.find('.').unwrap_or(name.len()));
        let key = |place: &Path| place.to_string_lossy().to_lowercase();
        let mut number = self.0.get(&key(place)).copied().unwrap_or(0);
        let mut found = place.to_path_buf();
        while self.0.contains_key(&key(&found)) {
            number += 1;
            // An underscore comes behind a dot, so that the first one stays the first.
            found.set_file_name(format!("{stem}_{number:06}{ending}"));
        }
        self.0.insert(key(place), number);
        self.0.entry(key(&found)).or_insert(0);
        folder.join(found)
    }
}

fn is_named(args: &RedactArgs, file: &Path) -> bool {
    args.files.iter().any(|named| named == file)
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

/// Lists what was hidden where only people see it. Says whether all of it is listed.
fn list(redactor: &Redactor, sink: &mut Sink) -> Result<bool> {
    let hidden = redactor.hidden();
    if !sink.is_terminal() {
        return Ok(hidden.is_empty());
    }
    for name in hidden {
        let shown = kheap_text::one_line(&name.name);
        writeln!(sink, "{}  {shown}", name.pseudonym)?;
    }
    Ok(true)
}
