//! What is known of a process: the arguments of `kheap memory`, and what judging a heap
//! shares with it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use kheap::Diagnosis;
use kheap::memory::{Gogc, MemoryOptions};
use kheap_text::value::given;

use super::size::parse_process_size;
use super::{LimitArgs, OutputArgs};

/// What is known of a process whose heap is judged.
#[derive(Debug, Args)]
pub(crate) struct ProcessArgs {
    /// Compare with a limit of SIZE, such as 16GiB; with several dumps, estimate when it is reached
    #[arg(long, alias = "cgroup-limit", value_name = "SIZE", value_parser = parse_process_size)]
    limit: Option<u64>,
    /// GOGC of the process: a percentage or `off` [default: 100]
    #[arg(long, value_name = "PERCENT|off", value_parser = parse_gogc)]
    gogc: Option<Gogc>,
    #[command(flatten)]
    rss: RssArgs,
    /// The options that a file of settings gives for all dumps.
    #[arg(skip)]
    pub(super) settings: Vec<&'static str>,
}

impl ProcessArgs {
    /// The options that are given on the command line.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let given = [
            ("--limit", self.limit.is_some()),
            ("--gogc", self.gogc.is_some()),
            ("--rss", self.rss().is_some()),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        let options = given.map(|(option, _)| option);
        options.filter(|option| !self.is_setting(option)).collect()
    }

    fn is_setting(&self, option: &str) -> bool {
        let mut settings = self.settings.iter();
        settings.any(|key| option.strip_prefix("--") == Some(key))
    }

    /// Whether GOGC is given, and nothing is estimated by it.
    pub(crate) fn has_idle_gogc(&self, diagnosis: &Diagnosis) -> bool {
        self.given().contains(&"--gogc") && self.limit.is_none() && diagnosis.process.is_none()
    }

    /// What is resident.
    pub(crate) fn rss(&self) -> Option<u64> {
        self.rss.rss
    }

    pub(crate) fn options(&self) -> MemoryOptions {
        self.rss.options().limit(self.limit).gogc(self.gogc)
    }
}

/// The size of a process in words, to be typed again.
pub(crate) fn rss_words(process: &MemoryOptions) -> Option<String> {
    let rss = i64::try_from(process.rss?).unwrap_or(i64::MAX);
    Some(given(rss))
}

/// What is known of the process.
#[derive(Debug, Args)]
pub(crate) struct RssArgs {
    /// Resident memory of the process (RSS), such as 15GB or 1.5Gi
    #[arg(long, value_name = "SIZE", value_parser = parse_process_size)]
    pub(crate) rss: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct MemoryArgs {
    /// A heap profile, best fetched with ?debug=1, or a folder with a dump and its evidence
    /// files; - is standard input
    #[arg(value_name = "DIR|FILE", required = true, help_heading = "Arguments")]
    pub(crate) file: PathBuf,
    /// Metrics of the same process, for its size and runtime.MemStats; put it after the dumps
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<PathBuf>,
    #[command(flatten)]
    rss: RssArgs,
    /// Memory limit of the process, such as 16GB
    #[arg(long, alias = "cgroup-limit", value_name = "SIZE", value_parser = parse_process_size)]
    limit: Option<u64>,
    /// GOGC of the process: a percentage or `off`; not used if FILE has runtime.MemStats [default: 100]
    #[arg(long, value_name = "PERCENT|off", value_parser = parse_gogc)]
    gogc: Option<Gogc>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

impl MemoryArgs {
    pub(crate) fn options(&self) -> MemoryOptions {
        self.rss.options().limit(self.limit).gogc(self.gogc)
    }
}

impl RssArgs {
    pub(crate) fn options(&self) -> MemoryOptions {
        MemoryOptions::default().rss(self.rss)
    }
}

pub(super) fn parse_gogc(text: &str) -> Result<Gogc> {
    match text {
        "off" => Ok(Gogc::Off),
        text => {
            let percent = text
                .parse()
                .context("GOGC is a percentage, such as 100, or off")?;
            Ok(Gogc::Percent(percent))
        }
    }
}
