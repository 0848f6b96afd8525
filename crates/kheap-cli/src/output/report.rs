//! Reports: one file, and for Markdown the pictures beside it.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use kheap_report::{PictureFile, Report};

use super::{Sink, note};
use crate::args::{ReportArgs, ReportFormat};

pub(crate) fn report(sink: &mut Sink, report: &Report<'_>, args: &ReportArgs) -> Result<()> {
    match args.format()? {
        ReportFormat::Html => sink.write_all(report.html()?.as_bytes())?,
        ReportFormat::Markdown => {
            // Beside a device or a pipe there is no place for pictures.
            let path = args.output.as_ref().filter(|_| sink.is_file());
            let stem = path.and_then(|path| path.file_stem());
            let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
            let markdown = report.markdown(stem.as_deref())?;
            if let Some(path) = path {
                write_pictures(path, &markdown.pictures, args.force)?;
            }
            sink.write_all(markdown.text.as_bytes())?;
        }
    }
    Ok(())
}

/// Writes the pictures first, so that a report never shows what is not there.
fn write_pictures(path: &std::path::Path, pictures: &[PictureFile], force: bool) -> Result<()> {
    let files: Vec<PathBuf> = (pictures.iter())
        .map(|picture| path.with_extension(picture.ending))
        .collect();
    let sinks = files.iter().map(|file| Sink::open_file(Some(file), force));
    // All are opened before one is written, or those before it would be left behind.
    let sinks: Vec<Sink> = sinks.collect::<Result<_>>()?;
    for (mut sink, picture) in sinks.into_iter().zip(pictures) {
        sink.write_all(picture.svg.as_bytes())?;
        sink.close().context("the report shows a picture")?;
    }
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if !names.is_empty() {
        note(&format!("pictures of the report: {}", names.join(", ")));
    }
    Ok(())
}
