//! Files in, one profile out.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use kheap::attribute::{MAX_RULES_BYTES, Rules};
use kheap::profile::{BaseMode, normalized};
use kheap::{Catalog, Limits, Profile, decode_reader, merge, subtract};
use kheap_files::Host;
use kheap_text::shell::quoted;

pub(crate) use kheap_files::{is_stdin, name};

use crate::archives::Source;
use crate::args::{CatalogArgs, InputArgs, RulesArgs};
use crate::folders::why_not_opened;
use crate::{archives, opened, output, threads};

/// The largest file of a signature, in bytes. The longest of ours has 8 kB, and
/// whatever a file says is compiled into expressions.
const SIGNATURE_BYTES: u64 = 1 << 20;

/// How many signatures a folder may have: ours are fewer than a hundred.
const MOST_SIGNATURES: usize = 1000;

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
            let both = match args.normalize {
                true => normalized(profile, base),
                false => Ok([profile, base]),
            };
            let difference = both.and_then(|[profile, base]| subtract(profile, base, mode));
            profile = difference.with_context(|| match mode {
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

/// Reads the files and adds them up.
pub(crate) fn load_merged(files: &[PathBuf], limits: &Limits) -> Result<Profile> {
    let profiles: Result<Vec<_>> = files.iter().map(|file| read(file, limits)).collect();
    let names = || files.iter().map(|file| name(file)).collect::<Vec<_>>();
    merge(profiles?).with_context(|| format!("cannot add up {}", names().join(", ")))
}

/// Reads of one file what a look at its default sample type needs.
pub(crate) fn read_in_default_type(file: &Path, limits: &Limits) -> Result<Profile> {
    match archives::is_file(file) {
        true => kheap_files::read_in_default_type(&Disk, file, limits),
        // A pipe cannot be read once more.
        false => read(file, limits),
    }
}

/// Reads one file.
pub(crate) fn read(file: &Path, limits: &Limits) -> Result<Profile> {
    kheap_files::read(&Disk, file, limits)
}

/// The bytes of a file as they are stored, up to the size that a profile may have.
#[cfg(feature = "parquet")]
pub(crate) fn content(file: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let reader = open(file, limits)?;
    let mut bytes = Vec::new();
    let most = limits.inflated_bytes;
    let read = reader.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", name(file)))?;
    if bytes.len() as u64 > most {
        bail!(
            "cannot decode {}: it is larger than {most} bytes; raise the limit with --max-inflated-size",
            name(file)
        );
    }
    Ok(bytes)
}

/// The files of the system, and the terminal.
#[derive(Debug)]
pub(crate) struct Disk;

impl Host for Disk {
    fn open(&self, file: &Path, limits: &Limits) -> Result<Box<dyn Read + Send>> {
        if !is_stdin(file) {
            return Ok(Box::new(open(file, limits)?));
        }
        if io::stdin().is_terminal() {
            output::note("reading standard input; Ctrl-C stops");
        }
        // Unlocked, because inflating reads it on another thread.
        Ok(Box::new(opened::stdin()))
    }

    fn head(&self, file: &Path) -> Option<Box<dyn Read + Send>> {
        match archives::head(file) {
            Some(head) => Some(head),
            None if file.is_file() => Some(Box::new(open(file, &Limits::default()).ok()?)),
            None => None,
        }
    }

    fn is_archive(&self, file: &Path) -> bool {
        archives::is_archive(file)
    }

    fn refuse_archive(&self, file: &Path) -> anyhow::Error {
        archives::refuse(file)
    }

    fn lies_beside(&self, file: &Path) -> bool {
        archives::is_beside(file).unwrap_or_else(|| {
            file.is_file() && open(file, &Limits::default()).is_ok_and(kheap_evidence::is_beside)
        })
    }

    fn diagnose_with(&self, file: &Path) -> String {
        diagnose_with(file)
    }

    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        threads::for_each(count, work);
    }

    fn warn(&self, line: &str) {
        output::warn(line);
    }

    fn note(&self, line: &str) {
        output::note(line);
    }
}

/// The command that reads a file beside its dump: of the folder, where that has one.
fn diagnose_with(file: &Path) -> String {
    let folder = file.parent().filter(|folder| folder.is_dir());
    let dump = folder.and_then(|folder| {
        let entries = std::fs::read_dir(folder).ok()?;
        let mut others = entries.filter_map(Result::ok).map(|entry| entry.path());
        others.find(|other| why_not_opened(other).is_none() && is_heap(other))
    });
    match (folder, dump) {
        (Some(folder), Some(_)) => format!("kheap diagnose {}", quoted(&name(folder))),
        _ => format!("kheap diagnose heap.pb.gz --with {}", quoted(&name(file))),
    }
}

/// Whether a file is a heap profile by its first bytes.
fn is_heap(file: &Path) -> bool {
    let may_be = file
        .extension()
        .is_some_and(|ending| ending == "gz" || ending == "pb");
    may_be && decode_reader_of(file).is_some_and(|profile| !profile.profiled().is_no_memory())
}

fn decode_reader_of(file: &Path) -> Option<Profile> {
    let limits = Limits::default().threads(threads::are_granted());
    decode_reader(open(file, &limits).ok()?, &limits).ok()
}

/// Why something that an option names cannot be used.
#[derive(Debug)]
pub(crate) struct Unusable {
    /// The value of the option.
    pub(crate) path: PathBuf,
    why: String,
}

impl Unusable {
    fn error(path: &Path, error: &anyhow::Error) -> anyhow::Error {
        anyhow!(Self {
            path: path.to_path_buf(),
            why: format!("{error:#}"),
        })
    }
}

impl Display for Unusable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for Unusable {}

/// The rules that are compiled in, and those of a file before them.
pub(crate) fn rules(args: &RulesArgs) -> Result<Arc<Rules>> {
    let Some(file) = &args.rules else {
        return Ok(Arc::clone(Rules::builtin()));
    };
    rules_of(file).map_err(|error| Unusable::error(file, &error))
}

fn rules_of(file: &Path) -> Result<Arc<Rules>> {
    let text = read_text(file, MAX_RULES_BYTES as u64, "rules");
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    let rules = Rules::parse(&text);
    let rules = rules.with_context(|| format!("cannot use {}", file.display()))?;
    Ok(Arc::new(rules))
}

/// The signatures that are compiled in, and those of a folder.
pub(crate) fn catalog(args: &CatalogArgs) -> Result<Catalog> {
    let mut catalog = Catalog::builtin().clone().with_rules(&rules(&args.rules)?);
    if let Some(folder) = &args.signatures {
        let added = add_signatures(&mut catalog, folder);
        added.map_err(|error| Unusable::error(folder, &error))?;
    }
    Ok(catalog)
}

fn add_signatures(catalog: &mut Catalog, folder: &Path) -> Result<()> {
    let cannot_read = || format!("cannot read signatures of {}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(|error| anyhow!(unread(folder, &error)));
    let entries = entries.with_context(cannot_read)?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.with_context(cannot_read)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort_unstable();
    if paths.is_empty() {
        bail!(
            "no signatures (*.toml) in {}; name the folder that has them",
            folder.display()
        );
    }
    if paths.len() > MOST_SIGNATURES {
        bail!(
            "{} signatures in {} are more than {MOST_SIGNATURES}; move some elsewhere",
            paths.len(),
            folder.display()
        );
    }
    for path in paths {
        let text = read_text(&path, SIGNATURE_BYTES, "a signature");
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let added = catalog.add(&text);
        let id = added.with_context(|| format!("cannot use {}", path.display()))?;
        if path.file_stem().is_none_or(|name| name != id) {
            bail!(
                "cannot use {}: its id is {id:?}; name it {id}.toml",
                path.display()
            );
        }
    }
    let checked = catalog.check();
    checked.with_context(|| format!("cannot use the signatures of {}", folder.display()))
}

/// Reads a text of at most so many bytes. A folder may be anybody's: devices and pipes,
/// which have no end, are not read.
pub(crate) fn read_text(path: &Path, most: u64, what: &str) -> Result<String> {
    if let Err(error) = std::fs::metadata(path) {
        bail!(unread(path, &error));
    }
    if let Some(reason) = why_not_opened(path) {
        bail!("{reason}; name another file");
    }
    let mut bytes = Vec::new();
    let file = opened::open(path).map_err(|error| anyhow!(unread(path, &error)))?;
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        bail!("it is larger than {most} bytes, too large for {what}");
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        anyhow!("invalid UTF-8 in line {line}")
    })
}

/// Opens a file, or says what to do.
pub(crate) fn open(file: &Path, limits: &Limits) -> Result<Source> {
    let name = name(file);
    if file.is_dir() {
        bail!("cannot read {name}: it is a folder; name a dump in it");
    }
    if let Some(entry) = archives::open(file, limits) {
        return entry;
    }
    let opened = opened::open(file).map(Source::File);
    opened.map_err(|error| anyhow!("cannot read {name}: {}", unread(file, &error)))
}

/// Why a file cannot be read, and what to do.
fn unread(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound if path.is_symlink() => {
            "it is a link to nothing; name a file".to_owned()
        }
        ErrorKind::NotFound => "no such file; check the path".to_owned(),
        ErrorKind::PermissionDenied => {
            "permission denied; run as a user who may read it".to_owned()
        }
        _ => error.to_string(),
    }
}
