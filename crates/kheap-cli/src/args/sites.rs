//! The arguments of `kheap sizes` and `kheap lifetimes`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use kheap::SelectionOptions;

use super::selection::FilterArgs;
use super::{LimitArgs, OutputArgs, ViewArgs};

#[derive(Debug, Args)]
pub(crate) struct SizesArgs {
    /// Group by this key besides the size
    #[arg(long, value_enum, value_name = "D", default_value_t)]
    by: SizesBy,
    /// Show the N largest sizes, functions or kinds; 0 for all
    #[arg(
        long,
        value_name = "N",
        value_parser = super::parse_count,
        default_value_t = 10,
        allow_negative_numbers = true
    )]
    count: usize,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum, Default)]
enum SizesBy {
    #[default]
    Size,
    Function,
    Kind,
}

impl SizesArgs {
    pub(crate) fn by(&self) -> kheap::sizes::SizesBy {
        match self.by {
            SizesBy::Size => kheap::sizes::SizesBy::Size,
            SizesBy::Function => kheap::sizes::SizesBy::Function,
            SizesBy::Kind => kheap::sizes::SizesBy::Kind,
        }
    }

    /// How many groups people are shown.
    pub(crate) fn count(&self) -> usize {
        shown(self.count)
    }
}

#[derive(Debug, Args)]
pub(crate) struct LifetimesArgs {
    /// A heap profile, or the earlier of two; - is standard input
    #[arg(value_name = "BEFORE", help_heading = "Arguments", display_order = 1)]
    pub(crate) before: PathBuf,
    /// A later dump of the same process, for rates and ages
    #[arg(value_name = "AFTER", help_heading = "Arguments", display_order = 2)]
    pub(crate) after: Option<PathBuf>,
    /// Group by this key
    #[arg(long, value_enum, value_name = "D", default_value_t)]
    by: LifetimesBy,
    /// Show N rows; 0 for all
    #[arg(
        long,
        value_name = "N",
        value_parser = super::parse_count,
        default_value_t = 20,
        allow_negative_numbers = true
    )]
    count: usize,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum, Default)]
enum LifetimesBy {
    #[default]
    Function,
    Package,
    Part,
    Kind,
}

impl LifetimesArgs {
    pub(crate) fn by(&self) -> kheap::lifetimes::LifetimesBy {
        match self.by {
            LifetimesBy::Function => kheap::lifetimes::LifetimesBy::Function,
            LifetimesBy::Package => kheap::lifetimes::LifetimesBy::Package,
            LifetimesBy::Part => kheap::lifetimes::LifetimesBy::Part,
            LifetimesBy::Kind => kheap::lifetimes::LifetimesBy::Kind,
        }
    }

    /// How many rows people are shown.
    pub(crate) fn count(&self) -> usize {
        shown(self.count)
    }

    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions::default().filters(self.filters.filters()?))
    }
}

/// How many rows `--count` means.
fn shown(count: usize) -> usize {
    match count {
        0 => usize::MAX,
        count => count,
    }
}
