//! Reports: one file, and for Markdown the pictures beside it.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kheap_report::{PictureFile, Report};

use super::{Sink, note};
use crate::args::{ReportArgs, ReportFormat};

/// A report that is written. Its files appear when their sinks are closed.
pub(crate) struct ReportSinks {
    /// The report is the last, so that it never shows what is not there.
    pub(crate) sinks: Vec<Sink>,
    pub(crate) pictures: Vec<PathBuf>,
}

pub(crate) fn report(
    mut sink: Sink,
    report: &Report<'_>,
    args: &ReportArgs,
) -> Result<ReportSinks> {
    let mut sinks = Vec::new();
    let mut pictures = Vec::new();
    match args.format()? {
        ReportFormat::Html => sink.write_all(report.html()?.as_bytes())?,
        ReportFormat::Markdown => {
            // Beside a device or a pipe there is no place for pictures.
            let path = args.output.as_ref().filter(|_| sink.is_file());
            let stem = path.and_then(|path| path.file_stem());
            let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
            let markdown = report.markdown(stem.as_deref())?;
            sink.write_all(markdown.text.as_bytes())?;
            if let Some(path) = path {
                pictures = names(path, &markdown.pictures);
                let files = pictures.iter().zip(&markdown.pictures);
                let written = files.map(|(file, picture)| write(file, picture, path, args.force));
                sinks = written.collect::<Result<_>>()?;
            }
        }
    }
    // Standard output has it now.
    sink.flush()?;
    sinks.push(sink);
    Ok(ReportSinks { sinks, pictures })
}

/// The files of pictures: they are called like the report, but for the ending.
fn names(report: &Path, pictures: &[PictureFile]) -> Vec<PathBuf> {
    let stem = report.file_stem().unwrap_or_default();
    let name = |picture: &PictureFile| {
        let mut name = OsString::from(stem);
        name.push(".");
        name.push(picture.ending);
        // Not `with_extension`: a stem may be a dot, as in `..md`.
        report.with_file_name(name)
    };
    pictures.iter().map(name).collect()
}

fn write(file: &Path, picture: &PictureFile, report: &Path, force: bool) -> Result<Sink> {
    if file == report {
        let name = file.display();
        bail!("cannot write {name}: a picture of the report has this name; name a file .md");
    }
    // Nobody named it, so that it may be anybody's.
    if file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let name = file.display();
        bail!("cannot write {name}: it is a link or no regular file; remove it first");
    }
    let mut sink = Sink::open_file(Some(file), force)?;
    sink.write_all(picture.svg.as_bytes())?;
    Ok(sink)
}

/// Says where the pictures of a report are.
pub(crate) fn note_pictures(files: &[PathBuf]) {
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if !names.is_empty() {
        note(&format!("pictures of the report: {}", names.join(", ")));
    }
}
