//! Reports: one file, and for Markdown the pictures beside it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kheap_report::{PictureFile, Report};

use super::{Sink, note};
use crate::args::{ReportArgs, ReportFormat};

pub(crate) fn report(mut sink: Sink, report: &Report<'_>, args: &ReportArgs) -> Result<()> {
    match args.format()? {
        ReportFormat::Html => {
            sink.write_all(report.html()?.as_bytes())?;
            sink.close()
        }
        ReportFormat::Markdown => {
            // Beside a device or a pipe there is no place for pictures.
            let path = args.output.as_ref().filter(|_| sink.is_file());
            let stem = path.and_then(|path| path.file_stem());
            let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
            let markdown = report.markdown(stem.as_deref())?;
            sink.write_all(markdown.text.as_bytes())?;
            match path {
                Some(path) => close_with_pictures(sink, path, &markdown.pictures, args.force),
                None => sink.close(),
            }
        }
    }
}

/// Writes the pictures, and ends the report that shows them.
fn close_with_pictures(
    report: Sink,
    path: &Path,
    pictures: &[PictureFile],
    force: bool,
) -> Result<()> {
    let files: Vec<PathBuf> = (pictures.iter())
        .map(|picture| path.with_extension(picture.ending))
        .collect();
    let mut sinks = Vec::new();
    for (file, picture) in files.iter().zip(pictures) {
        if file == path {
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
        sinks.push(sink);
    }
    // Last, so that a report never shows what is not there.
    sinks.push(report);
    Sink::close_all(sinks)?;
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if !names.is_empty() {
        note(&format!("pictures of the report: {}", names.join(", ")));
    }
    Ok(())
}
