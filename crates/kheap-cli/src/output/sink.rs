//! Where a result goes: standard output, a device, or a file that appears only
//! when it is complete.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf, is_separator};

use anstream::stream::RawStream;
use anstyle::Style as Paint;
use anyhow::{Context, Result, anyhow, bail};
use kheap::decode::{is_compressed, is_heap_text};
use kheap::{Limits, Profile};
use kheap_text::table::{Cells, Table};
use kheap_text::{one_line, visible};
use tempfile::NamedTempFile;

use super::budget;
use super::place::{self, Place};
use super::terminal::{self, HEADER, Screen, Style};
use crate::archives;
use crate::args::{Format, OutputArgs};
use crate::folders::is_of_kernel;
use crate::paths::folder_of;
use crate::{opened, threads};

/// How messages call it.
const STANDARD_OUTPUT: &str = "standard output";

/// Names of standard output, which may be a file or a pipe that cannot be opened
/// a second time.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Here lie the files that are open already, as the shell gives them to us.
const OPEN_FILES: [&str; 3] = ["/dev/fd", "/dev/stderr", "/proc/self/fd"];

/// What gzipped files begin with.
const GZIP: &[u8] = b"\x1f\x8b";

/// What programs and libraries begin with: scripts, ELF, Windows, and macOS in both orders of bytes.
const PROGRAMS: [&[u8]; 11] = [
    b"#!",
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
    b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce",
    b"\xbe\xba\xfe\xca",
    b"\xbf\xba\xfe\xca",
];

/// What a profile that is not gzipped begins with, behind the number of a field: a
/// record of 4 bytes that says what is counted.
const TYPE: &[u8] = b"\x04\x08";

/// Why a result ends: names that are long and stand in many stacks make it so.
const TOO_LONG: &str = "the result is more than 100 times as large as the profile, because its \
                        names are long and stand in many stacks; show less of it with --focus";

const EXISTS: &str = "it exists; overwrite it with --force";

const FOLDER: &str = "it is a folder; name a file in it";

const INPUT: &str = "it is an input of this command; name another file";

/// How much of a file shows whether it is a dump, in bytes.
const HEAD_BYTES: u64 = 16 << 10;

/// Where a result goes, and in which format.
pub(crate) struct Sink {
    /// How messages call it.
    name: String,
    format: Format,
    is_github: bool,
    cells: Cells,
    style: Style,
    target: Target,
    /// How many bytes may still be written.
    left: u64,
}

enum Target {
    Stream(BufWriter<Box<dyn Write>>),
    /// A file that the shell has opened.
    Descriptor(BufWriter<File>, PathBuf),
    Terminal(Screen),
    File {
        file: BufWriter<File>,
        place: Place,
    },
}

impl Sink {
    /// Opens the sink before anything is computed, so that an existing file is
    /// said at once.
    pub(crate) fn open(args: &OutputArgs) -> Result<Self> {
        let sink = Self::open_file(args.output.as_deref(), args.force)?;
        let (format, cells) = (args.format(), args.cells()?);
        Ok(Self {
            format,
            is_github: args.is_github(),
            cells,
            ..sink
        })
    }

    /// Opens the sink of a command that has formats of its own.
    pub(crate) fn open_file(output: Option<&Path>, force: bool) -> Result<Self> {
        let (name, (target, style)) = match output {
            Some(path) if !STDOUT.iter().any(|name| path == Path::new(name)) => {
                let name = path.display().to_string();
                let opened = open(path, force);
                let opened = opened.with_context(|| format!("cannot write {name}"))?;
                (name, opened)
            }
            _ => {
                let stdout = terminal::stdout();
                let stdout = stdout.with_context(|| format!("cannot write {STANDARD_OUTPUT}"))?;
                (STANDARD_OUTPUT.to_owned(), stream(stdout))
            }
        };
        Ok(Self {
            name,
            format: Format::default(),
            is_github: false,
            cells: Cells::default(),
            style,
            target,
            left: u64::MAX,
        })
    }

    /// The same, with cells of CSV written in this way.
    pub(crate) fn with_cells(self, cells: Cells) -> Self {
        Self { cells, ..self }
    }

    /// Bounds what is written by the size of what it is about.
    pub(crate) fn bound(&mut self, profile: &Profile) {
        self.left = budget::of(profile);
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether GitHub Actions reads it.
    pub(super) fn is_github(&self) -> bool {
        self.is_github
    }

    /// Whether people see what is written as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.style.is_terminal()
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Whether a file is made, beside which there can be others.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.target, Target::File { .. })
    }

    /// Writes a line, painted where there is colour.
    pub(super) fn line(&mut self, paint: Paint, line: &str) -> io::Result<()> {
        let (begin, end) = self.style.codes(paint);
        self.write_codes(&begin)?;
        write!(self, "{line}")?;
        self.write_codes(&end)?;
        writeln!(self)
    }

    /// Writes a line that has texts of a profile. Where codes are acted on, one of its line breaks
    /// would begin a line that looks like ours.
    pub(super) fn text_line(&mut self, line: &str) -> io::Result<()> {
        match self.is_terminal() {
            true => writeln!(self, "{}", visible(line, &['\t'])),
            false => writeln!(self, "{line}"),
        }
    }

    /// Writes sentences in lines of a width that is read easily.
    pub(super) fn prose(&mut self, first: &str, next: &str, text: &str) -> io::Result<()> {
        writeln!(self, "{}", self.style.prose(first, next, text))
    }

    /// The same, painted where there is colour.
    pub(super) fn heading(&mut self, paint: Paint, text: &str) -> io::Result<()> {
        let lines = self.style.prose("", "  ", text);
        lines.lines().try_for_each(|line| self.line(paint, line))
    }

    /// Writes a table as people read it; `paint` is that of a row.
    pub(super) fn table(
        &mut self,
        table: &Table,
        indent: &str,
        paint: impl Fn(usize) -> Paint,
    ) -> io::Result<()> {
        let room = self.style.room();
        for line in table.lines(room.map(|room| room.saturating_sub(indent.len()))) {
            let paint = line.row.map_or(HEADER, &paint);
            // In a pipe too: people read tables, and programs have CSV and JSON.
            let text = one_line(&line.text);
            self.line(paint, format!("{indent}{text}").trim_end())?;
        }
        Ok(())
    }

    /// Writes a line of comma-separated values.
    pub(crate) fn record<S: AsRef<str>>(
        &mut self,
        values: impl IntoIterator<Item = S>,
    ) -> io::Result<()> {
        let record = self.cells.record(values);
        self.write_all(record.as_bytes())
    }

    /// Writes a table as programs read it.
    pub(super) fn csv(&mut self, table: &Table) -> io::Result<()> {
        let rows = table.csv(self.cells);
        self.write_all(rows.as_bytes())
    }

    fn write_codes(&mut self, codes: &str) -> io::Result<()> {
        match &mut self.target {
            Target::Terminal(screen) => screen.write_codes(codes),
            Target::Stream(_) | Target::Descriptor(..) | Target::File { .. } => Ok(()),
        }
    }

    /// Ends the writing; a file appears under its name only now.
    pub(crate) fn close(self) -> Result<()> {
        Self::close_all([self])
    }

    /// Ends the writing of what belongs together: files appear, in this order, when
    /// all of them are complete and may appear.
    pub(crate) fn close_all(sinks: impl IntoIterator<Item = Self>) -> Result<()> {
        let complete = sinks.into_iter().map(|mut sink| {
            sink.flush()?;
            Ok(sink)
        });
        let complete: Vec<Self> = complete.collect::<io::Result<_>>()?;
        complete.iter().try_for_each(Self::check)?;
        // Dropping the files closes them: some systems rename no open file.
        let places = complete.into_iter().filter_map(|sink| match sink.target {
            Target::File { place, .. } => Some(place),
            Target::Stream(_) | Target::Descriptor(..) | Target::Terminal(_) => None,
        });
        place::appear(places.collect())
    }

    /// Whether a file may appear under its name: all that was read is known only now.
    fn check(&self) -> Result<()> {
        let Target::File { place, .. } = &self.target else {
            return Ok(());
        };
        if opened::contains(&place.path) {
            bail!("cannot write {}: {INPUT}", self.name);
        }
        // The folder of other files of this command, such as manifests.
        if place.path.is_dir() {
            bail!("cannot write {}: {FOLDER}", self.name);
        }
        if !place.force && place.path.symlink_metadata().is_ok() {
            bail!("cannot write {}: {EXISTS}", self.name);
        }
        Ok(())
    }

    fn named<T>(&self, result: io::Result<T>) -> io::Result<T> {
        let named = |error| format!("cannot write {}: {error}", self.name);
        result.map_err(|error| io::Error::new(error.kind(), named(error)))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &mut self.target {
            _ if self.left < bytes.len() as u64 => Err(io::Error::other(TOO_LONG)),
            Target::Stream(stream) => stream.write(bytes),
            Target::Descriptor(_, path) if opened::contains(path) => Err(io::Error::other(INPUT)),
            Target::Descriptor(file, _) => file.write(bytes),
            Target::Terminal(screen) => screen.write(bytes),
            Target::File { file, .. } => file.write(bytes),
        };
        self.left -= result.as_ref().map_or(0, |&written| written as u64);
        self.named(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.target {
            Target::Stream(stream) => stream.flush(),
            Target::Descriptor(file, _) => file.flush(),
            Target::Terminal(screen) => screen.flush(),
            Target::File { file, .. } => file.flush(),
        };
        self.named(result)
    }
}

fn stream(stream: impl RawStream + 'static) -> (Target, Style) {
    let style = Style::of(&stream);
    let stream = BufWriter::new(Box::new(stream) as Box<dyn Write>);
    match style.is_terminal() {
        true => (Target::Terminal(Screen::new(stream)), style),
        false => (Target::Stream(stream), style),
    }
}

fn open(path: &Path, force: bool) -> Result<(Target, Style)> {
    if names_folder(path) {
        bail!("it ends like the name of a folder; name a file in it");
    }
    if opened::is_this_program(path) {
        bail!("it is this program; name another file");
    }
    // A link is followed here, so that a link to a device is a device.
    let existing = fs::metadata(path).ok();
    if existing.as_ref().is_some_and(Metadata::is_file) && is_of_kernel(path) {
        bail!("it is a file of the kernel; name another file");
    }
    if is_stream(path, existing.as_ref()) {
        if existing.as_ref().is_some_and(Metadata::is_file) {
            if let Some(reason) = why_not_replaced(path) {
                bail!("{reason}; name another file");
            }
            let file = BufWriter::new(File::options().append(true).open(path)?);
            return Ok((Target::Descriptor(file, path.to_path_buf()), Style::plain()));
        }
        return Ok(stream(File::options().append(true).open(path)?));
    }
    let name = path.display().to_string();
    let path = match &existing {
        Some(existing) if existing.is_dir() => bail!("{FOLDER}"),
        Some(_) if !force => bail!("{EXISTS}"),
        Some(_) => match why_not_replaced(path) {
            Some(reason) => bail!("{reason}; remove it first"),
            // The link stays, and leads to the new content.
            None => fs::canonicalize(path)?,
        },
        None if path.is_symlink() => bail!("it is a link to nothing; remove it first"),
        None => path.to_path_buf(),
    };
    let (file, temporary) = temporary_file(&path)?.into_parts();
    if let Some(existing) = existing {
        file.set_permissions(plain(existing.permissions()))?;
    }
    let place = Place {
        name,
        temporary,
        path,
        force,
    };
    let file = BufWriter::new(file);
    Ok((Target::File { file, place }, Style::plain()))
}

/// Whether a path names a folder, whatever is there: it ends with a separator, or with a dot or two
/// in place of a name.
fn names_folder(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let last = text.rsplit(is_separator).next();
    matches!(last, Some("" | "." | ".."))
}

/// The permissions of a file without those to run it, and to run it as somebody else: they were
/// granted to the old content. No result is a program.
fn plain(permissions: Permissions) -> Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Permissions::from_mode(permissions.mode() & 0o666)
    }
    #[cfg(not(unix))]
    permissions
}

/// Why a file stays even where files may be replaced: nobody makes the dump of a moment again, and
/// a program is no result.
fn why_not_replaced(path: &Path) -> Option<&'static str> {
    const PROGRAM: &str = "it looks like a program";
    const ARCHIVE: &str = "it is an archive and may hold heap profiles";
    const BEHIND: &str = "it may hold a heap profile behind other bytes";
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    if read.is_err() {
        return Some("it cannot be read and may be a heap profile");
    }
    let is_program = PROGRAMS.iter().any(|magic| head.starts_with(magic));
    is_program
        .then_some(PROGRAM)
        .or_else(|| may_be_dump(path, &head))
        .or_else(|| archives::is_archive(path).then_some(ARCHIVE))
        .or_else(|| has_dump_behind(&head).then_some(BEHIND))
}

/// What shows that a file is a heap profile in any of its forms, begins like a damaged
/// one, or may hold one in a form that is not read here.
fn may_be_dump(path: &Path, head: &[u8]) -> Option<&'static str> {
    const DUMP: &str = "it looks like a heap profile";
    let is_inflated = head.get(1..).is_some_and(|rest| rest.starts_with(TYPE));
    if head.starts_with(GZIP) || is_inflated || is_heap_text(head) {
        return Some(DUMP);
    }
    if is_compressed(head) {
        return Some("it is compressed and may be a heap profile");
    }
    // A picture or a report: no field, text or table begins so.
    if head.starts_with(b"<") {
        return None;
    }
    // Fields stand in any order.
    let file = File::open(path).ok()?;
    let limits = Limits::default().threads(threads::are_granted());
    let profile = kheap::decode_reader(file, &limits).ok()?;
    // Folded stacks are what somebody made of a dump, and is made again.
    let is_folded = profile.header().fragment.is_some_and(|text| text.is_folded);
    (!is_folded).then_some(DUMP)
}

/// Whether a gzip file begins behind something else, such as a byte order mark or the head of an
/// answer, which `curl -i` writes. No text has these bytes, and a PNG may by accident.
fn has_dump_behind(head: &[u8]) -> bool {
    const PNG: &[u8] = b"\x89PNG";
    /// With the one way of compressing that there is.
    const BEGIN: &[u8] = b"\x1f\x8b\x08";
    !head.starts_with(PNG) && head.windows(BEGIN.len()).any(|bytes| bytes == BEGIN)
}

/// Whether there is something to write into, rather than a file to put in place.
fn is_stream(path: &Path, existing: Option<&Metadata>) -> bool {
    let is_device = existing.is_some_and(|existing| !existing.is_file() && !existing.is_dir());
    is_device || OPEN_FILES.iter().any(|folder| path.starts_with(folder))
}

/// Makes a file beside `path`, with the permissions that any new file gets.
pub(super) fn temporary_file(path: &Path) -> Result<NamedTempFile> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kheap-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes off what it must.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let made = builder.tempfile_in(folder);
    made.map_err(|error| cannot_make_in(folder, &error))
}

/// Why nothing can be made in a folder, and what to do.
pub(crate) fn cannot_make_in(folder: &Path, error: &io::Error) -> anyhow::Error {
    let shown = folder.display();
    let is_link_to_nothing = |part: &&Path| part.is_symlink() && !part.exists();
    if is_of_kernel(folder) {
        return anyhow!("it is in a folder of the kernel; name another folder");
    }
    match error.kind() {
        ErrorKind::NotFound => match folder.ancestors().find(is_link_to_nothing) {
            Some(link) => anyhow!("{} is a link to nothing; remove it first", link.display()),
            None => anyhow!("no such folder: {shown}; make it first"),
        },
        ErrorKind::NotADirectory => anyhow!("{shown} is not a folder"),
        ErrorKind::PermissionDenied => {
            anyhow!("permission denied in folder {shown}; choose another folder")
        }
        // Behind the cause stands the name of the temporary file, which says nothing.
        _ => {
            let error = error.to_string();
            let cause = error.split(" at path \"").next().unwrap_or_default();
            anyhow!("nothing can be made in folder {shown}: {cause}")
        }
    }
}
