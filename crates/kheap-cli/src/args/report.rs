//! The arguments of `kheap report` and `kheap open`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use kheap::SelectionOptions;
use kheap_text::shell::quoted;

use super::selection::FilterArgs;
use super::{BesideArgs, CatalogArgs, LimitArgs, ProcessArgs, VersionArgs, file};
use crate::archives;
use crate::config::Suppressed;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Write to OUT instead of standard output; Markdown gets its pictures beside it
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite OUT, and the pictures beside it, if they exist
    #[arg(long)]
    pub(crate) force: bool,
    /// Output format [default: by the ending of the output file, else html]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ReportFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Print where the page is, and open nothing
    #[arg(long)]
    pub(crate) no_browser: bool,
}

/// What a report is about.
#[derive(Debug, Args)]
pub(crate) struct SubjectArgs {
    /// One profile; two to compare (older first); three or more, or a folder, to follow growth
    #[arg(value_name = "DIR|FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Start the report with FILE, a text in Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) header: Option<PathBuf>,
    /// Sample type, such as inuse_space or alloc_space [default: the files']
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    pub(crate) sample_type: String,
    #[command(flatten)]
    pub(crate) beside: BesideArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    /// Stop at the first file that cannot be read, instead of skipping it
    #[arg(long)]
    pub(crate) strict: bool,
    /// Name files with their folders, as they were given
    #[arg(long)]
    pub(crate) full_paths: bool,
    #[command(flatten)]
    pub(crate) versions: VersionArgs,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Findings that are not to be reported.
    #[arg(skip)]
    pub(crate) suppressed: Suppressed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Html,
    Markdown,
}

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ReportFiles<'a> {
    One(&'a Path),
    /// The earlier one first.
    Two([&'a PathBuf; 2]),
    Many,
}

impl ReportArgs {
    /// # Errors
    ///
    /// Where the ending of the output file means no format, and none is given.
    pub(crate) fn format(&self) -> Result<ReportFormat> {
        let endings = [
            ("html", ReportFormat::Html),
            ("htm", ReportFormat::Html),
            ("md", ReportFormat::Markdown),
            ("markdown", ReportFormat::Markdown),
        ];
        let by_ending = || file::by_ending(self.output.as_deref(), &endings);
        if let (None, Some(pdf)) = (self.format, self.pdf()) {
            let page = quoted(&pdf.with_extension("html").display().to_string());
            bail!(
                "kheap writes no PDF; run `kheap report -o {page} {}`, then `chromium --headless \
                 --print-to-pdf={} {page}`",
                self.subject.words(),
                quoted(&pdf.display().to_string())
            );
        }
        self.format.map_or_else(by_ending, Ok)
    }

    fn pdf(&self) -> Option<&Path> {
        let is_pdf = |ending: &OsStr| ending.eq_ignore_ascii_case("pdf");
        let output = self.output.as_deref();
        output.filter(|file| file.extension().is_some_and(is_pdf))
    }
}

impl SubjectArgs {
    /// The dumps as words of a command.
    pub(crate) fn words(&self) -> String {
        let files = self.files.iter();
        let words: Vec<String> = files
            .map(|file| quoted(&file.display().to_string()))
            .collect();
        words.join(" ")
    }

    /// What of the dumps is looked at.
    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions::default().filters(self.filters.filters()?))
    }

    pub(crate) fn source(&self) -> ReportFiles<'_> {
        match &self.files[..] {
            files if files.iter().any(|file| archives::has_files(file)) => ReportFiles::Many,
            [file] => ReportFiles::One(file),
            [before, after] => ReportFiles::Two([before, after]),
            _ => ReportFiles::Many,
        }
    }
}
