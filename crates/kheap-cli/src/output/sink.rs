//! Where a result goes: standard output, or a file that appears only when it is
//! complete.

use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use super::terminal::Style;
use crate::args::{Format, OutputArgs};

/// Where a result goes, and in which format.
#[derive(Debug)]
pub(crate) struct Sink {
    format: Format,
    target: Target,
    style: Style,
}

#[derive(Debug)]
enum Target {
    Stdout(BufWriter<Stdout>),
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
        let Some(path) = args.output.as_ref().filter(|path| *path != Path::new("-")) else {
            return Ok(Self {
                format: args.format,
                target: Target::Stdout(BufWriter::new(io::stdout())),
                style: Style::of_stdout(),
            });
        };
        if !args.force && fs::symlink_metadata(path).is_ok() {
            bail!(
                "cannot write {}: it exists; --force overwrites it",
                path.display()
            );
        }
        if path.is_dir() {
            bail!("cannot write {}: it is a directory", path.display());
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let temporary = temporary_file(folder)
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self {
            format: args.format,
            target: Target::File {
                temporary: BufWriter::new(temporary),
                path: path.clone(),
                force: args.force,
            },
            style: Style::plain(),
        })
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Ends the writing; a file appears under its name only now.
    pub(crate) fn close(self) -> Result<()> {
        match self.target {
            Target::Stdout(mut stdout) => stdout.flush()?,
            Target::File {
                temporary,
                path,
                force,
            } => {
                let write = || format!("cannot write {}", path.display());
                let file = temporary.into_inner();
                let file = file.map_err(io::IntoInnerError::into_error);
                let file = file.with_context(write)?;
                let result = match force {
                    true => file.persist(&path),
                    false => file.persist_noclobber(&path),
                };
                result.map_err(|error| error.error).with_context(write)?;
            }
        }
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Stdout(stdout) => stdout.write(bytes),
            Target::File { temporary, .. } => temporary.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Stdout(stdout) => stdout.flush(),
            Target::File { temporary, .. } => temporary.flush(),
        }
    }
}

/// Makes a file with the permissions that any new file gets.
fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kheap-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes off what it must.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
