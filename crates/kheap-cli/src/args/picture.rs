//! The arguments of the commands that draw.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use kheap::graph::Order;
use kheap::{GraphOptions, SelectionOptions};
use kheap_flame::{Coloring, Direction, Drawing, FlameOptions};

use super::{InputArgs, LimitArgs, MendArgs, SelectionArgs, TREE_COUNT, TrimArgs};

#[derive(Debug, Args)]
pub(crate) struct FlameArgs {
    /// Profiles, gzipped or not; - is standard input. Several are added up
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Draw what grew and shrank since FILE
    #[arg(long, alias = "diff-base", alias = "diff_base", value_name = "FILE")]
    pub(crate) base: Vec<PathBuf>,
    /// How to write it; without, the ending of the output file decides
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FlameFormat>,
    #[command(flatten)]
    pub(crate) file: PictureFile,
    /// What colours mean; with --base always growth
    #[arg(long, value_enum, value_name = "C", default_value_t)]
    color: Color,
    /// Put stacks together by this first
    #[arg(long, value_enum, value_name = "G")]
    group: Option<Group>,
    /// Let stacks grow down, the root on top: the default
    #[arg(long, conflicts_with = "flame")]
    inverted: bool,
    /// Let stacks grow up
    #[arg(long)]
    flame: bool,
    /// The heading; the program's name without it
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Draw so many pixels wide; without, the picture fits its page
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(200..))]
    width: Option<u16>,
    /// Leave out frames narrower than this
    #[arg(long, value_name = "PIXELS", default_value_t = 0.5, value_parser = parse_pixels)]
    pub(crate) min_width: f64,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// How to write it; without, the ending of the output file decides
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<GraphFormat>,
    #[command(flatten)]
    pub(crate) file: PictureFile,
    /// The heading; the program's name without it
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Show the N nodes with the most below them; 0 for all
    #[arg(long, alias = "nodecount", value_name = "N", default_value_t = TREE_COUNT)]
    count: usize,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    trim: TrimArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

/// Where a picture goes.
#[derive(Debug, Args)]
pub(crate) struct PictureFile {
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite FILE if it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Draw so many pixels of a PNG for each of the SVG
    #[arg(long, value_name = "S", default_value_t = 2.0, value_parser = parse_scale)]
    pub(crate) scale: f32,
}

/// Which part of a profile is drawn.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    #[command(flatten)]
    pub(crate) mend: MendArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Let percentages refer to what the filters leave
    #[arg(long, alias = "relative_percentages", help_heading = "Other")]
    relative_percentages: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FlameFormat {
    Svg,
    Png,
    Folded,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Dot,
    Mermaid,
    Svg,
    Png,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
enum Color {
    #[default]
    Part,
    Package,
    Classic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    Part,
    Kind,
}

impl FlameArgs {
    pub(crate) fn options(&self) -> FlameOptions {
        FlameOptions {
            group: self.group.map(|group| match group {
                Group::Part => kheap_flame::Group::Part,
                Group::Kind => kheap_flame::Group::Kind,
            }),
        }
    }

    /// What is drawn, without what the profile has to say.
    pub(crate) fn picture(&self) -> kheap_flame::Picture {
        kheap_flame::Picture {
            title: self.title.clone(),
            direction: if self.flame {
                Direction::Up
            } else {
                Direction::Down
            },
            coloring: match self.color {
                Color::Part => Coloring::Part,
                Color::Package => Coloring::Package,
                Color::Classic => Coloring::Classic,
            },
            width: self.width.map(usize::from),
            min_width: self.min_width,
            ..kheap_flame::Picture::default()
        }
    }

    pub(crate) fn format(&self) -> FlameFormat {
        let by_ending = match self.file.ending() {
            Some("folded" | "txt") => FlameFormat::Folded,
            Some("json") => FlameFormat::Json,
            Some("png") => FlameFormat::Png,
            _ => FlameFormat::Svg,
        };
        self.format.unwrap_or(by_ending)
    }
}

impl GraphArgs {
    pub(crate) fn options(&self) -> GraphOptions {
        // By cum, because then callers of what is shown are shown too.
        self.trim.options(Order::Cum, Some(self.count), None)
    }

    pub(crate) fn format(&self) -> GraphFormat {
        let by_ending = match self.file.ending() {
            Some("svg") => GraphFormat::Svg,
            Some("png") => GraphFormat::Png,
            Some("mmd" | "md" | "mermaid") => GraphFormat::Mermaid,
            _ => GraphFormat::Dot,
        };
        self.format.unwrap_or(by_ending)
    }
}

impl GraphFormat {
    pub(crate) fn drawing(self) -> Drawing {
        match self {
            Self::Dot => Drawing::Dot,
            Self::Mermaid => Drawing::Mermaid,
            // Pixels are drawn from an SVG.
            Self::Svg | Self::Png => Drawing::Svg,
        }
    }
}

impl PictureFile {
    fn ending(&self) -> Option<&str> {
        self.output.as_ref()?.extension().and_then(OsStr::to_str)
    }
}

impl SourceArgs {
    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions {
            relative_percentages: self.relative_percentages,
            ..self.selection.options()?
        })
    }

    pub(crate) fn sample_type(&self) -> &str {
        self.selection.sample_type()
    }
}

fn parse_scale(text: &str) -> Result<f32> {
    match text.parse::<f32>() {
        Ok(scale) if (0.1..=10.0).contains(&scale) => Ok(scale),
        _ => bail!("a scale is a number from 0.1 to 10, such as 2"),
    }
}

fn parse_pixels(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(pixels) if pixels.is_finite() && pixels >= 0.0 => Ok(pixels),
        _ => bail!("a width is a number of pixels from 0 on, such as 0.5"),
    }
}
