//! The arguments of the commands that draw.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use kheap::graph::Order;
use kheap::{GraphOptions, SelectionOptions};
use kheap_flame::{Coloring, Direction, Drawing, FlameOptions, GraphPicture, Grouping};

use super::{InputArgs, LimitArgs, MendArgs, RulesArgs, SelectionArgs, TREE_COUNT, TrimArgs, file};

#[derive(Debug, Args)]
pub(crate) struct FlameArgs {
    /// Heap profiles, added up if several; - is standard input
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Draw what grew and shrank since FILE
    #[arg(long, alias = "diff-base", alias = "diff_base", value_name = "FILE")]
    pub(crate) base: Vec<PathBuf>,
    /// Scale the profile to the total of the base, before they are compared
    #[arg(long)]
    pub(crate) normalize: bool,
    /// Leave out stacks that shrank since the base
    #[arg(long, alias = "drop_negative")]
    drop_negative: bool,
    /// Output format [default: by the ending of the output file]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FlameFormat>,
    #[command(flatten)]
    pub(crate) file: PictureFile,
    /// Colour frames by part or package; with --base colours show growth [default: part]
    #[arg(long, value_enum, value_name = "C")]
    color: Option<Color>,
    /// Group stacks by this first [default: part where Go cut the stacks of more than a
    /// third of the bytes, else none]
    #[arg(long, value_enum, value_name = "G")]
    group: Option<Group>,
    /// Start with the functions that allocate; show their callers below them
    #[arg(long)]
    reverse: bool,
    /// Show every frame, also those of filter chains and recursive encoders
    #[arg(long)]
    all_frames: bool,
    /// Refused with a hint: other tools mean different things by it
    #[arg(long, hide = true)]
    inverted: bool,
    /// Draw callees above their callers [default: below]
    #[arg(long)]
    flame: bool,
    /// Heading of the picture [default: the program's name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Width in pixels [default: as wide as the page]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(200..))]
    width: Option<u16>,
    /// Leave out frames narrower than this [default: 0.5]
    #[arg(long, value_name = "PIXELS", value_parser = parse_pixels)]
    min_width: Option<f64>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// Output format [default: by the ending of the output file]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<GraphFormat>,
    #[command(flatten)]
    pub(crate) file: PictureFile,
    /// Heading of the picture [default: the program's name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    /// Show about N functions, and those that hold 5% themselves; 0 for all
    #[arg(long, alias = "nodecount", value_name = "N", default_value_t = TREE_COUNT, value_parser = super::parse_count)]
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
    /// Write to OUT instead of standard output
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite OUT if it exists; a heap profile is never overwritten
    #[arg(long)]
    pub(crate) force: bool,
    /// PNG scale factor [default: 2]
    #[arg(long, value_name = "S", value_parser = parse_scale)]
    scale: Option<f32>,
}

/// Which part of a profile is drawn.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    #[command(flatten)]
    pub(crate) mend: MendArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Compute percentages of the filtered total
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
    None,
}

impl FlameArgs {
    /// Formats that other tools read have all frames, and groups only where they are
    /// asked for. So do pictures whose stacks have their callers again.
    pub(crate) fn options(&self, format: FlameFormat) -> FlameOptions {
        let is_picture = matches!(format, FlameFormat::Svg | FlameFormat::Png);
        FlameOptions::default()
            .grouping(match self.group {
                Some(Group::Part) => Grouping::Part,
                Some(Group::Kind) => Grouping::Kind,
                None if is_picture && !self.source.mend.mend_stacks => Grouping::Auto,
                Some(Group::None) | None => Grouping::None,
            })
            .reverse(self.reverse)
            .all_frames(self.all_frames || !is_picture)
            .drop_negative(self.drop_negative)
    }

    /// What is drawn, without what the profile has to say.
    pub(crate) fn picture(&self) -> kheap_flame::Picture {
        let picture = kheap_flame::Picture::default();
        let min_width = self.min_width.unwrap_or(picture.min_width);
        picture
            .title(self.title.clone())
            .direction(if self.flame {
                Direction::Up
            } else {
                Direction::Down
            })
            .coloring(match self.color.unwrap_or_default() {
                Color::Part => Coloring::Part,
                Color::Package => Coloring::Package,
                Color::Classic => Coloring::Classic,
            })
            .width(self.width.map(usize::from))
            .min_width(min_width)
    }

    /// # Errors
    ///
    /// Where the ending of the output file means no format and none is given.
    pub(crate) fn format(&self) -> Result<FlameFormat> {
        let endings = [
            ("svg", FlameFormat::Svg),
            ("png", FlameFormat::Png),
            ("folded", FlameFormat::Folded),
            ("txt", FlameFormat::Folded),
            ("json", FlameFormat::Json),
        ];
        let by_ending = || file::by_ending(self.file.output.as_deref(), &endings);
        self.format.map_or_else(by_ending, Ok)
    }

    /// # Errors
    ///
    /// Where an option is given that the format has no use for.
    pub(crate) fn refuse_idle(&self, format: FlameFormat) -> Result<()> {
        if self.inverted {
            bail!(
                "--inverted: stacks grow down already; --reverse shows the functions that \
                 allocate first, --flame lets stacks grow up"
            );
        }
        if self.normalize && self.base.is_empty() {
            bail!("--normalize needs --base");
        }
        if !self.base.is_empty() {
            let color = [("--color", self.color.is_some())];
            file::refuse_idle(&color, "with --base", "one profile")?;
        }
        if matches!(format, FlameFormat::Folded | FlameFormat::Json) {
            let drawn = [
                ("--color", self.color.is_some()),
                ("--flame", self.flame),
                ("--all-frames", self.all_frames),
                ("--title", self.title.is_some()),
                ("--width", self.width.is_some()),
                ("--min-width", self.min_width.is_some()),
                ("--scale", self.file.scale.is_some()),
            ];
            let named = if format == FlameFormat::Json {
                "in JSON"
            } else {
                "in folded stacks"
            };
            file::refuse_idle(&drawn, named, "pictures")?;
        }
        self.file.refuse_idle(format == FlameFormat::Png)
    }
}

impl GraphArgs {
    pub(crate) fn options(&self) -> GraphOptions {
        self.trim.options(Order::Flat, Some(self.count), None)
    }

    /// What is drawn, without what the profile has to say.
    pub(crate) fn picture(&self, format: GraphFormat) -> GraphPicture {
        GraphPicture::default()
            .drawing(format.drawing())
            .title(self.title.clone())
            .time(None)
            .is_differential(self.input.base().is_some())
    }

    /// # Errors
    ///
    /// As of a flame graph.
    pub(crate) fn format(&self) -> Result<GraphFormat> {
        let endings = [
            ("dot", GraphFormat::Dot),
            ("gv", GraphFormat::Dot),
            ("svg", GraphFormat::Svg),
            ("png", GraphFormat::Png),
            ("mmd", GraphFormat::Mermaid),
            ("mermaid", GraphFormat::Mermaid),
            ("md", GraphFormat::Mermaid),
        ];
        let by_ending = || file::by_ending(self.file.output.as_deref(), &endings);
        self.format.map_or_else(by_ending, Ok)
    }

    /// # Errors
    ///
    /// As of a flame graph.
    pub(crate) fn refuse_idle(&self, format: GraphFormat) -> Result<()> {
        self.file.refuse_idle(format == GraphFormat::Png)
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
    pub(crate) fn scale(&self) -> f32 {
        self.scale.unwrap_or(2.0)
    }

    fn refuse_idle(&self, is_png: bool) -> Result<()> {
        let scale = [("--scale", self.scale.is_some() && !is_png)];
        file::refuse_idle(&scale, "in this format", "PNG")
    }
}

impl SourceArgs {
    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(self
            .selection
            .options()?
            .relative_percentages(self.relative_percentages))
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

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    /// They are written by hand, so that a given value is not taken for a default.
    #[test]
    fn help_shows_the_defaults_that_are_used() {
        let command = FlameArgs::augment_args(Command::new("flame"));
        let matches = command.clone().get_matches_from(["flame", "heap.pb.gz"]);
        let args = FlameArgs::from_arg_matches(&matches).expect("a file is all they need");
        let color = Color::default().to_possible_value().expect("it has a name");
        for (option, used) in [
            ("color", color.get_name().to_owned()),
            ("min_width", args.picture().min_width.to_string()),
            ("scale", args.file.scale().to_string()),
        ] {
            let help = command.get_arguments().find(|arg| arg.get_id() == option);
            let help = help.and_then(|arg| arg.get_help()).expect("it has help");
            let help = help.to_string();
            assert!(help.ends_with(&format!(" [default: {used}]")), "{help}");
        }
    }
}
