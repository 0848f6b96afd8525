//! The arguments of `kheap report`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use kheap::memory::MemoryOptions;

use super::{CatalogArgs, LimitArgs, RssArgs, parse_process_size};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// One heap profile; two to compare, the earlier one first; or more, or a folder, to follow
    #[arg(value_name = "FILE|DIR", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Write to FILE instead of standard output; of Markdown, the pictures beside it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite FILE, and pictures beside it, if they exist
    #[arg(long)]
    pub(crate) force: bool,
    /// How to write it; without, the ending of the output file decides
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ReportFormat>,
    /// Begin with the words of FILE, which is Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) header: Option<PathBuf>,
    /// What to count, such as inuse_space or alloc_space; the files' default without it
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    pub(crate) sample_type: String,
    /// Say when what grows takes the heap to SIZE, such as 16GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_process_size)]
    limit: Option<u64>,
    /// Stop at a snapshot that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) rss: RssArgs,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
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
    pub(crate) fn format(&self) -> ReportFormat {
        let ending = self.output.as_ref().and_then(|path| path.extension());
        let by_ending = match ending.and_then(OsStr::to_str) {
            Some("md" | "markdown") => ReportFormat::Markdown,
            _ => ReportFormat::Html,
        };
        self.format.unwrap_or(by_ending)
    }

    pub(crate) fn process(&self) -> MemoryOptions {
        MemoryOptions {
            limit: self.limit,
            ..self.rss.options()
        }
    }

    pub(crate) fn source(&self) -> ReportFiles<'_> {
        match &self.files[..] {
            files if files.iter().any(|file| file.is_dir()) => ReportFiles::Many,
            [file] => ReportFiles::One(file),
            [before, after] => ReportFiles::Two([before, after]),
            _ => ReportFiles::Many,
        }
    }
}
