//! Where a result goes: standard output, a device, or a file that appears only
//! when it is complete.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anstream::stream::RawStream;
use anstyle::Style as Paint;
use anyhow::{Context, Result, anyhow, bail};
use tempfile::NamedTempFile;

use super::terminal::{Screen, Style};
use crate::args::{Format, OutputArgs};

/// Names of standard output, which may be a file or a pipe that cannot be opened
/// a second time.
const STDOUT: [&str; 3] = ["-", "/dev/stdout", "/dev/fd/1"];

/// Here lie the files that are open already, as the shell gives them to us.
const OPEN_FILES: [&str; 3] = ["/dev/fd", "/dev/stderr", "/proc/self/fd"];

/// Where a result goes, and in which format.
pub(crate) struct Sink {
    /// How messages call it.
    name: String,
    format: Format,
    style: Style,
    target: Target,
}

enum Target {
    Stream(BufWriter<Box<dyn Write>>),
    Terminal(Screen),
    File {
        /// In the same folder, so that renaming is one step.
        temporary: BufWriter<NamedTempFile>,
        path: PathBuf,
        force: bool,
    },
}

impl Sink {
    /// Opens the sink before anything is computed, so that an existing file is
    /// told at once.
    pub(crate) fn open(args: &OutputArgs) -> Result<Self> {
        let sink = Self::open_file(args.output.as_deref(), args.force)?;
        let format = args.format;
        Ok(Self { format, ..sink })
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
            _ => ("standard output".to_owned(), stream(io::stdout())),
        };
        Ok(Self {
            name,
            format: Format::default(),
            style,
            target,
        })
    }

    pub(crate) fn format(&self) -> Format {
        self.format
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

    /// Writes sentences in lines of a width that is read easily.
    pub(super) fn prose(&mut self, first: &str, next: &str, text: &str) -> io::Result<()> {
        writeln!(self, "{}", self.style.prose(first, next, text))
    }

    fn write_codes(&mut self, codes: &str) -> io::Result<()> {
        match &mut self.target {
            Target::Terminal(screen) => screen.write_codes(codes),
            Target::Stream(_) | Target::File { .. } => Ok(()),
        }
    }

    /// Ends the writing; a file appears under its name only now.
    pub(crate) fn close(mut self) -> Result<()> {
        self.flush()?;
        if let Target::File {
            temporary,
            path,
            force,
        } = self.target
        {
            let file = temporary.into_inner().map_err(|error| error.into_error())?;
            let result = match force {
                true => file.persist(&path),
                false => file.persist_noclobber(&path),
            };
            let result = result.map_err(|error| error.error);
            result.with_context(|| format!("cannot write {}", self.name))?;
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
            Target::Stream(stream) => stream.write(bytes),
            Target::Terminal(screen) => screen.write(bytes),
            Target::File { temporary, .. } => temporary.write(bytes),
        };
        self.named(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.target {
            Target::Stream(stream) => stream.flush(),
            Target::Terminal(screen) => screen.flush(),
            Target::File { temporary, .. } => temporary.flush(),
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
    // What a link leads to is told here, so that a link to a device is a device.
    let existing = fs::metadata(path).ok();
    if is_stream(path, existing.as_ref()) {
        return Ok(stream(File::options().append(true).open(path)?));
    }
    let path = match &existing {
        Some(existing) if existing.is_dir() => bail!("it is a directory; name a file in it"),
        Some(_) if !force => bail!("it exists; --force overwrites it"),
        // The link stays, and leads to the new content.
        Some(_) => fs::canonicalize(path)?,
        None if path.is_symlink() => bail!("it is a link to nothing; remove it first"),
        None => path.to_path_buf(),
    };
    let temporary = temporary_file(&path)?;
    if let Some(existing) = existing {
        temporary
            .as_file()
            .set_permissions(existing.permissions())?;
    }
    let temporary = BufWriter::new(temporary);
    let target = Target::File {
        temporary,
        path,
        force,
    };
    Ok((target, Style::plain()))
}

/// Whether there is something to write into, rather than a file to put in place.
fn is_stream(path: &Path, existing: Option<&Metadata>) -> bool {
    let is_device = existing.is_some_and(|existing| !existing.is_file() && !existing.is_dir());
    is_device || OPEN_FILES.iter().any(|folder| path.starts_with(folder))
}

/// Makes a file beside `path`, with the permissions that any new file gets.
fn temporary_file(path: &Path) -> Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kheap-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes off what it must.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| {
        let folder = folder.display();
        match error.kind() {
            ErrorKind::NotFound => anyhow!("there is no directory {folder}; make it first"),
            ErrorKind::NotADirectory => anyhow!("{folder} is no directory"),
            ErrorKind::PermissionDenied => {
                anyhow!("permission denied in directory {folder}; choose another place")
            }
            // The kind alone, because the error names the temporary file.
            kind => anyhow!("{kind}"),
        }
    })
}
