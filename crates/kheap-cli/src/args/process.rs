//! What is known of a process: the arguments of `kheap memory`, and what judging a heap
//! shares with it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use kheap::memory::{Gogc, MemoryOptions};

use super::size::parse_process_size;
use super::{LimitArgs, OutputArgs};

/// What is known of a process whose heap is judged.
#[derive(Debug, Args)]
pub(crate) struct ProcessArgs {
    /// Say when what grows takes the heap to SIZE, such as 16GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_process_size)]
    limit: Option<u64>,
    /// How far the heap grows between collections, in percent, or off; 100 unless told
    #[arg(long, value_name = "N", value_parser = parse_gogc)]
    gogc: Option<Gogc>,
    #[command(flatten)]
    rss: RssArgs,
}

impl ProcessArgs {
    /// What is resident.
    pub(crate) fn rss(&self) -> Option<u64> {
        self.rss.rss
    }

    pub(crate) fn options(&self) -> MemoryOptions {
        MemoryOptions {
            limit: self.limit,
            gogc: self.gogc,
            ..self.rss.options()
        }
    }
}

/// What is known of the process.
#[derive(Debug, Args)]
pub(crate) struct RssArgs {
    /// What is resident, such as 15GB or 1.5Gi, as ps or the cgroup tells it
    #[arg(long, value_name = "SIZE", value_parser = parse_process_size)]
    pub(crate) rss: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct MemoryArgs {
    /// A heap profile, best one fetched with ?debug=1; - is standard input
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub(crate) file: PathBuf,
    /// Metrics of the same process, which tell its size and runtime.MemStats; give it behind FILE
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<PathBuf>,
    #[command(flatten)]
    rss: RssArgs,
    /// What the process may take at most, such as 16GB
    #[arg(long, value_name = "SIZE", value_parser = parse_process_size)]
    cgroup_limit: Option<u64>,
    /// How far the heap grows between collections, in percent, or off; 100 unless told, and not
    /// needed where the file has runtime.MemStats
    #[arg(long, value_name = "N", value_parser = parse_gogc)]
    gogc: Option<Gogc>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

impl MemoryArgs {
    pub(crate) fn options(&self) -> MemoryOptions {
        MemoryOptions {
            limit: self.cgroup_limit,
            gogc: self.gogc,
            ..self.rss.options()
        }
    }
}

impl RssArgs {
    pub(crate) fn options(&self) -> MemoryOptions {
        MemoryOptions {
            rss: self.rss,
            ..MemoryOptions::default()
        }
    }
}

fn parse_gogc(text: &str) -> Result<Gogc> {
    match text {
        "off" => Ok(Gogc::Off),
        text => {
            let percent = text
                .parse()
                .context("GOGC is a number of percent, or off")?;
            Ok(Gogc::Percent(percent))
        }
    }
}
