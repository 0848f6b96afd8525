//! Files in, one profile out.

use std::io::{self, Cursor, ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use kheap::attribute::{MAX_RULES_BYTES, Rules};
use kheap::decode::Lookalike;
use kheap::profile::{BaseMode, normalized};
use kheap::table::TableErrorKind;
use kheap::{
    Catalog, DecodeError, DecodeErrorKind, Limits, OpenError, Opened, Profile, decode_reader,
    merge, subtract, table,
};

use kheap_evidence::unpack::unpack_around_gzip;
use kheap_report::Fingerprint;
use kheap_text::shell::quoted;

use crate::archives::Source;
use crate::args::{CatalogArgs, InputArgs, RulesArgs};
use crate::folders::why_not_opened;
use crate::{archives, opened, output, threads};

/// The file name that stands for standard input.
const STDIN: &str = "-";

/// How much of a file shows a text from a dump, in bytes.
const HEAD_BYTES: u64 = 64 * 1024;

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
    if !archives::is_file(file) {
        // A pipe cannot be read once more.
        return read(file, limits);
    }
    let only = limits.clone().default_type_only(true);
    match decode_reader(unpacked(open(file, limits)?, file, limits)?, &only) {
        // Dropping a type changes what is shown by default.
        Ok(profile) if profile.has_repeated_sample_types() => read(file, limits),
        Ok(profile) => Ok(profile),
        Err(error) if matches!(error.kind, DecodeErrorKind::LateDefaultType) => read(file, limits),
        Err(error) => Err(refuse(file, &error)),
    }
}

/// Reads one file.
pub(crate) fn read(file: &Path, limits: &Limits) -> Result<Profile> {
    let result = if is_stdin(file) {
        note_of_waiting();
        // Unlocked, because inflating reads it on another thread.
        decode_reader(unpacked(opened::stdin(), file, limits)?, limits)
    } else {
        decode_reader(unpacked(open(file, limits)?, file, limits)?, limits)
    };
    settle(result, file)
}

/// Says that the program waits for what somebody types.
fn note_of_waiting() {
    if io::stdin().is_terminal() {
        output::note("reading standard input; Ctrl-C stops");
    }
}

/// What is compressed other than by one layer of gzip, without that.
fn unpacked<'r>(
    reader: impl Read + Send + 'r,
    file: &Path,
    limits: &Limits,
) -> Result<Box<dyn Read + Send + 'r>> {
    let unpacked = unpack_around_gzip(reader, limits.inflated_bytes);
    unpacked.map_err(|error| not_unpacked(&name(file), &error))
}

/// What to do about a file that cannot be unpacked.
fn not_unpacked(name: &str, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::InvalidData => anyhow!("cannot decode {name}: {error}; fetch the file again"),
        ErrorKind::FileTooLarge => {
            anyhow!("cannot decode {name}: {error}; raise the limit with --max-inflated-size")
        }
        _ => anyhow!("cannot read {name}: {error}"),
    }
}

/// What to do about a file that is no profile.
fn refuse(file: &Path, error: &DecodeError) -> anyhow::Error {
    let name = name(file);
    if matches!(
        error.kind,
        DecodeErrorKind::Lookalike(Lookalike::Tar | Lookalike::Archive)
    ) && archives::is_archive(file)
    {
        return archives::refuse(file);
    }
    match is_table(file) {
        true => anyhow!(
            "{name} is a pasted `top` table without stacks; only `kheap diagnose` accepts one"
        ),
        false if may_lie_beside(error) && lies_beside(file) => anyhow!(
            "{name} has metrics, logs or goroutines, not a heap profile; run `{}`",
            diagnose_with(file)
        ),
        false => match head_of(file).and_then(|head| refusal(&head)) {
            Some(message) if may_lie_beside(error) => refused(&name, &message),
            _ => explain(&name, error),
        },
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

/// The first bytes of a file, where it can be read once more.
fn head_of(file: &Path) -> Option<Vec<u8>> {
    let mut reader: Box<dyn Read + Send> = match archives::head(file) {
        Some(head) => head,
        None if file.is_file() => Box::new(open(file, &Limits::default()).ok()?),
        None => return None,
    };
    let mut head = Vec::new();
    (&mut reader).take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    Some(head)
}

/// The longest message of a server that is shown, in bytes.
const MESSAGE_BYTES: usize = 300;

/// The message of a server or of kubectl that somebody saved in place of a profile.
fn refusal(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let status: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let message = match &status {
        Some(status) => status.get("message")?.as_str()?,
        None => text,
    };
    let message = message.trim();
    let lower = message.to_lowercase();
    let is_error = lower.starts_with("error") || REFUSALS.iter().any(|word| lower.contains(word));
    let is_short = message.len() <= MESSAGE_BYTES && !message.contains('\n');
    (is_error && is_short && !message.is_empty()).then(|| message.to_owned())
}

/// Words of servers that do not serve a profile.
const REFUSALS: [&str; 6] = [
    "forbidden",
    "unauthorized",
    "permission denied",
    "connection refused",
    "page not found",
    "request timeout",
];

/// What to do about such a message.
fn refused(name: &str, message: &str) -> anyhow::Error {
    let lower = message.to_lowercase();
    let is_right = ["forbidden", "unauthorized", "permission"];
    let advice = match is_right.iter().any(|word| lower.contains(word)) {
        true => "get the right to read /debug/pprof/*, then fetch the dump again",
        false => "see that the server answers, then fetch the dump again",
    };
    anyhow!("{name} is not a profile, but an error message: {message:?}; {advice}")
}

/// Whether nothing better is known of what a file is.
fn may_lie_beside(error: &DecodeError) -> bool {
    use Lookalike::{Json, Text};
    matches!(error.kind, DecodeErrorKind::Lookalike(Json | Text))
}

/// Whether a file is a log, metrics or goroutines; a pipe cannot be read once more.
pub(crate) fn lies_beside(file: &Path) -> bool {
    archives::is_beside(file).unwrap_or_else(|| {
        file.is_file() && open(file, &Limits::default()).is_ok_and(kheap_evidence::is_beside)
    })
}

/// Whether a file is a pointer of Git LFS in place of another one.
pub(crate) fn is_git_lfs_pointer(file: &Path) -> bool {
    head_of(file).is_some_and(|head| kheap::decode::is_git_lfs_pointer(&head))
}

/// Whether a file is a table that somebody pasted; a pipe cannot be read once more.
pub(crate) fn is_table(file: &Path) -> bool {
    head_of(file).is_some_and(|head| table::looks_like_table(&head))
}

/// What was decoded, without sample types that leave open what they
/// count, as in pprof.
fn settle(result: Result<Profile, DecodeError>, file: &Path) -> Result<Profile> {
    let mut profile = result.map_err(|error| refuse(file, &error))?;
    let name = name(file);
    let dropped = profile.drop_repeated_sample_types();
    let dropped = dropped.with_context(|| format!("cannot use {name}"))?;
    for kind in dropped {
        output::warn(&format!(
            "{name} has several sample types named {kind}; all of them are left out"
        ));
    }
    if let Some(fragment) = profile.header().fragment {
        let words = kheap_text::warning::fragment(&fragment);
        output::warn(&format!("{name}: {words}"));
    }
    Ok(profile)
}

/// Reads one file, and takes the fingerprint of the same bytes, so that nothing comes
/// between.
pub(crate) fn read_with_fingerprint(
    file: &Path,
    limits: &Limits,
) -> Result<(Fingerprint<Source>, Profile)> {
    let mut bytes = Fingerprint::new(open(file, limits)?);
    let decoded = decode_reader(unpacked(&mut bytes, file, limits)?, limits);
    let profile = settle(decoded, file)?;
    Ok((bytes, profile))
}

/// Reads a profile, in text form too, or a table that somebody pasted.
pub(crate) fn read_dump_or_table(file: &Path, limits: &Limits) -> Result<Opened> {
    let mut reader: Box<dyn Read + Send> = match is_stdin(file) {
        true => {
            note_of_waiting();
            unpacked(opened::stdin(), file, limits)?
        }
        false => unpacked(open(file, limits)?, file, limits)?,
    };
    let mut head = Vec::new();
    let part = reader.by_ref().take(HEAD_BYTES);
    { part }
        .read_to_end(&mut head)
        .with_context(|| format!("cannot read {}", name(file)))?;
    match kheap::open_reader(Cursor::new(&head[..]).chain(reader), limits) {
        Ok(Opened::Profile(profile)) => {
            let profile = settle(Ok(profile), file)?;
            Ok(Opened::Profile(profile))
        }
        Ok(opened) => Ok(opened),
        Err(error) => Err(not_opened(file, &head, error)),
    }
}

/// What to do about a file that is neither a profile nor a table, and begins so.
fn not_opened(file: &Path, head: &[u8], error: OpenError) -> anyhow::Error {
    let name = name(file);
    let message = match &error {
        OpenError::Profile(profile) | OpenError::Text { profile, .. } => {
            refusal(head).filter(|_| may_lie_beside(profile))
        }
        _ => None,
    };
    match (message, error) {
        (Some(message), _) => refused(&name, &message),
        (None, OpenError::Profile(error)) => refuse(file, &error),
        (None, OpenError::Text { table, .. }) => match table.kind {
            TableErrorKind::NoRows { .. } => anyhow!(
                "cannot read {name}: it is neither a profile nor a table of `top`; fetch the \
                 dump again, or paste the table with its rows"
            ),
            _ => anyhow!("cannot read {name} as a table of `top`: {table}"),
        },
        (None, error) => anyhow!("cannot read {name}: {error}"),
    }
}

/// The rules that are compiled in, and those of a file before them.
pub(crate) fn rules(args: &RulesArgs) -> Result<Arc<Rules>> {
    let Some(file) = &args.rules else {
        return Ok(Arc::clone(Rules::builtin()));
    };
    let text = read_text(file, MAX_RULES_BYTES as u64, "rules");
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    let rules = Rules::parse(&text);
    let rules = rules.with_context(|| format!("cannot use {}", file.display()))?;
    Ok(Arc::new(rules))
}

/// The signatures that are compiled in, and those of a folder.
pub(crate) fn catalog(args: &CatalogArgs) -> Result<Catalog> {
    let mut catalog = Catalog::builtin().clone().with_rules(&rules(&args.rules)?);
    let Some(folder) = &args.signatures else {
        return Ok(catalog);
    };
    let cannot_read = || format!("cannot read signatures of {}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(|error| anyhow!(unread(folder, &error)));
    let entries = entries.with_context(cannot_read)?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.with_context(cannot_read)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
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
    checked.with_context(|| format!("cannot use the signatures of {}", folder.display()))?;
    Ok(catalog)
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

/// One line: the file, what is wrong and where, and what to do.
fn explain(name: &str, error: &DecodeError) -> anyhow::Error {
    let fault = match &error.kind {
        DecodeErrorKind::Io(error) => return not_unpacked(name, error),
        // The limit is ours; no place in the file is to blame.
        DecodeErrorKind::TooLarge { limit } => {
            format!("it is larger than {limit} bytes uncompressed")
        }
        kind @ DecodeErrorKind::NamesTooLong { .. } => kind.to_string(),
        _ => error.to_string(),
    };
    match advice(&error.kind) {
        Some(advice) => anyhow!("cannot decode {name}: {fault}; {advice}"),
        None => anyhow!("cannot decode {name}: {fault}"),
    }
}

const DAMAGED: &str = "the file is damaged, or not a profile; fetch it again";

/// What to do about a file that cannot be decoded, where the error does not say
/// it itself.
fn advice(kind: &DecodeErrorKind) -> Option<&'static str> {
    match kind {
        DecodeErrorKind::Empty => Some("fetch it again"),
        DecodeErrorKind::GzipTruncated => Some("fetch the file again"),
        DecodeErrorKind::Gzip(_) => Some("fetch the file again"),
        DecodeErrorKind::Concatenated => Some("split the file and give both parts"),
        DecodeErrorKind::TooLarge { .. } => Some("raise the limit with --max-inflated-size"),
        // Go writes nothing of that size.
        DecodeErrorKind::TooMany { .. }
        | DecodeErrorKind::TablesTooLarge { .. }
        | DecodeErrorKind::NamesTooLong { .. } => Some(DAMAGED),
        kind if kind.is_damage() => Some(DAMAGED),
        _ => None,
    }
}

/// Opens a file, or says what to do.
pub(crate) fn open(file: &Path, limits: &Limits) -> Result<Source> {
    let name = name(file);
    if file.is_dir() {
        bail!("cannot read {name}: it is a directory; name a dump in it");
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

/// The name of a file in messages.
pub(crate) fn name(file: &Path) -> String {
    match is_stdin(file) {
        true => "standard input".to_owned(),
        false => file.display().to_string(),
    }
}

pub(crate) fn is_stdin(file: &Path) -> bool {
    file == Path::new(STDIN)
}
