//! The arguments of `kheap compare` and `kheap series`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use kheap::SelectionOptions;

use super::{Conditions, FailOn, LimitArgs, OutputArgs, RulesArgs};
use crate::input;
use kheap_files::Reading;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The earlier heap profile; - is standard input
    #[arg(value_name = "BEFORE", help_heading = "Arguments", display_order = 1)]
    pub(crate) before: PathBuf,
    /// The later heap profile of the same program; builds may differ
    #[arg(value_name = "AFTER", help_heading = "Arguments", display_order = 2)]
    pub(crate) after: PathBuf,
    /// Exit with code 1 if a condition is met: 'growth>10%', 'total>4GB', 'part:ID>500MB',
    /// 'growth:part:ID>20%'; several with commas
    #[arg(long, value_name = "GATE", value_parser = FailOn::parse_bounds)]
    pub(crate) fail_on: Vec<Conditions>,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SeriesArgs {
    /// Heap profiles of one program in any order, or folders or archives of them; - is standard input
    #[arg(value_name = "DIR|FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Stop at the first file that cannot be read, instead of skipping it
    #[arg(long)]
    pub(crate) strict: bool,
    /// Metrics, goroutine profiles and logs of the same server; put it after the dumps
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

/// What is shown of changes.
#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// Group by these keys, comma-separated; place is part and kind [default: place,function]
    #[arg(long, value_enum, value_name = "D", value_delimiter = ',')]
    by: Vec<ChangeBy>,
    /// Also show small changes
    #[arg(long)]
    all: bool,
    /// Show N rows of each table; 0 for all
    #[arg(
        long,
        value_name = "N",
        value_parser = super::parse_count,
        conflicts_with = "all",
        allow_negative_numbers = true
    )]
    count: Option<usize>,
    /// Sample type, such as inuse_space or alloc_space [default: the files']
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    pub(crate) sample_type: String,
    #[command(flatten)]
    rules: RulesArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChangeBy {
    Place,
    Function,
    Path,
    Part,
    Kind,
    Package,
}

/// Which rows of a table are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownRows {
    /// Those that explain what happened.
    Telling,
    /// That many of the largest changes.
    Count(usize),
    /// All of them.
    All,
}

impl ChangeArgs {
    pub(crate) fn reading(&self) -> Result<Reading<'_>> {
        Ok(Reading {
            sample_type: &self.sample_type,
            options: SelectionOptions::default(),
            limits: self.limits.limits(),
            rules: input::rules(&self.rules)?,
        })
    }

    pub(crate) fn by(&self) -> Vec<kheap::series::By> {
        use kheap::series::By;
        let mut chosen: Vec<By> = Vec::new();
        for by in &self.by {
            let by = match by {
                ChangeBy::Place => By::Place,
                ChangeBy::Function => By::Function,
                ChangeBy::Path => By::Path,
                ChangeBy::Part => By::Part,
                ChangeBy::Kind => By::Kind,
                ChangeBy::Package => By::Package,
            };
            if !chosen.contains(&by) {
                chosen.push(by);
            }
        }
        match chosen.is_empty() {
            true => vec![By::Place, By::Function],
            false => chosen,
        }
    }

    pub(crate) fn shown(&self) -> ShownRows {
        match self.count {
            _ if self.all => ShownRows::All,
            None => ShownRows::Telling,
            Some(0) => ShownRows::All,
            Some(count) => ShownRows::Count(count),
        }
    }
}
