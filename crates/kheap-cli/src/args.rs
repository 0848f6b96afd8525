//! The command line. These files alone know clap; every group of arguments turns
//! itself into options of the library.

mod beside;
mod change;
mod diagnose;
mod file;
mod picture;
mod process;
mod report;
mod selection;
mod sites;
mod size;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kheap::graph::Order;
use kheap::profile::BaseMode;
use kheap::{GraphOptions, Limits, SelectionOptions};

use size::parse_size;

pub(crate) use beside::BesideArgs;
pub(crate) use change::{CompareArgs, SeriesArgs, Shown};
pub(crate) use diagnose::{
    BreakdownArgs, CatalogArgs, DiagnoseArgs, Level, RulesArgs, SignatureArgs, VersionArgs,
};
pub(crate) use picture::{FlameArgs, FlameFormat, GraphArgs, GraphFormat};
pub(crate) use process::{MemoryArgs, ProcessArgs};
pub(crate) use report::{OpenArgs, ReportArgs, ReportFiles, ReportFormat, SubjectArgs};
pub(crate) use selection::{SelectionArgs, pattern};
pub(crate) use sites::{LifetimesArgs, SizesArgs};

/// How many nodes a graph shows when nobody says, as in pprof.
const TREE_COUNT: usize = 80;

const AFTER_HELP: &str = "\
FILE is a heap profile, gzipped or not; - is standard input. Several are added up.

Exit codes: 0 done, 1 findings at or above --fail-on, 2 error.";

/// Says what a saved Go heap profile holds, above all kube-apiserver's.
#[derive(Debug, Parser)]
#[command(name = "kheap", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What is wrong, on what evidence, and what to do
    Diagnose(DiagnoseArgs),
    /// Which part of the program holds the memory, for which verb, of which kind
    Breakdown(BreakdownArgs),
    /// What changed from one dump to another
    Compare(CompareArgs),
    /// What grows over time: a leak, a plateau, a spike or a saw-tooth
    Series(SeriesArgs),
    /// Which functions hold the memory
    Top(TopArgs),
    /// Callers and callees of the functions that match REGEX
    Peek(PeekArgs),
    /// The call graph: every function between its callers and callees
    Tree(TreeArgs),
    /// The stacks themselves
    Traces(ViewArgs),
    /// How the memory spreads over labels, such as the sizes of objects
    Tags(ViewArgs),
    /// How large the objects are that hold the memory
    Sizes(SizesArgs),
    /// What is kept and what is thrown away, how fast, and how old the live objects are
    Lifetimes(LifetimesArgs),
    /// Why the process is larger than the heap in its profile
    Memory(MemoryArgs),
    /// A flame graph, or with --base a differential one, as SVG
    Flame(FlameArgs),
    /// The call graph as DOT, Mermaid or SVG
    Graph(GraphArgs),
    /// One HTML or Markdown file for a postmortem: findings, flame graph, growth, tables
    Report(ReportArgs),
    /// The same page in the browser at once: flame graph, callers and callees, filters
    Open(OpenArgs),
    /// What the file is: program, build, time, types, totals, warnings
    Info(InfoArgs),
    /// The known problems, or the manual page of one
    Signatures(SignatureArgs),
    /// Writes the completion script of a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Writes a manual page to standard output, in roff
    Man {
        /// The command to explain; kheap itself without one
        command: Option<String>,
    },
}

/// In the order in which help shows them: what most people need comes first.
#[derive(Debug, Args)]
pub(crate) struct GraphViewArgs {
    #[command(flatten)]
    rows: RowArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    #[command(flatten)]
    trim: TrimArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) graph: GraphViewArgs,
    /// Show the standard error that sampling gives every figure
    #[arg(
        long,
        conflicts_with = "base",
        conflicts_with = "normalize",
        help_heading = "Other"
    )]
    pub(crate) error: bool,
    /// Sort by what was allocated; with --base BEFORE by how fast, between the two dumps
    #[arg(long, conflicts_with = "normalize", help_heading = "Other")]
    pub(crate) churn: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    pub(crate) mend: MendArgs,
    #[command(flatten)]
    pub(crate) graph: GraphViewArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MendArgs {
    /// Put back the callers of stacks that Go cut, where other stacks tell them
    #[arg(long)]
    pub(crate) mend_stacks: bool,
}

impl TopArgs {
    /// The two dumps of `--churn --base`: before, after.
    pub(crate) fn churn_pair(&self) -> Result<Option<(&PathBuf, &PathBuf)>> {
        let input = &self.graph.view.input;
        match (self.churn, input.base(), &input.files[..]) {
            (false, ..) | (true, None, _) => Ok(None),
            (true, Some(([before], BaseMode::Cancel)), [after]) => Ok(Some((before, after))),
            (true, Some((_, BaseMode::Diff)), _) => {
                bail!("--churn takes --base, not --diff-base")
            }
            (true, Some(_), _) => bail!(
                "--churn --base takes one dump before and one after: a rate is between two moments"
            ),
        }
    }

    /// The sample type that is asked for: with `--churn` what is allocated.
    pub(crate) fn sample_type(&self) -> Result<&str> {
        match (self.churn, self.graph.view.selection.sample_type()) {
            (true, "") => Ok(kheap::lifetimes::ALLOCATED),
            (true, wanted) if !wanted.starts_with("alloc_") => {
                bail!(
                    "--churn counts what is allocated: alloc_space or alloc_objects, not {wanted}"
                )
            }
            (_, wanted) => Ok(wanted),
        }
    }

    /// Whether standard errors are wanted and can be told. Where equal stacks have
    /// cancelled, or were scaled, they would be too small.
    pub(crate) fn with_errors(&self) -> bool {
        let GraphViewArgs { view, .. } = &self.graph;
        let cancelled = matches!(view.input.base(), Some((_, BaseMode::Cancel)));
        let json = view.output.format == Format::Json;
        (self.error || json) && !cancelled && !view.input.normalize
    }
}

#[derive(Debug, Args)]
pub(crate) struct PeekArgs {
    /// Regular expression, looked for in the names as they are shown
    #[arg(value_name = "REGEX", allow_hyphen_values = true)]
    pub(crate) pattern: String,
    #[command(flatten)]
    pub(crate) rest: GraphViewArgs,
}

/// Which profile, which part of it, and where to with the result.
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    // Here, because clap gives every option of a long one's heading two lines.
    /// Let percentages refer to what the filters leave
    #[arg(long, alias = "relative_percentages", help_heading = "Other")]
    relative_percentages: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Profiles, gzipped or not; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Subtraction")]
pub(crate) struct InputArgs {
    /// Profiles, gzipped or not; - is standard input. Several are added up
    #[arg(value_name = "FILE", required = true, help_heading = None)]
    pub(crate) files: Vec<PathBuf>,
    /// Subtract FILE: equal stacks cancel, percentages refer to what is left
    #[arg(long, value_name = "FILE", conflicts_with = "diff_base")]
    base: Vec<PathBuf>,
    /// Subtract FILE: percentages refer to FILE
    #[arg(long, alias = "diff_base", value_name = "FILE")]
    diff_base: Vec<PathBuf>,
    /// Scale the profile to the total of the base first
    #[arg(long)]
    pub(crate) normalize: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Other")]
pub(crate) struct LimitArgs {
    /// Refuse profiles that inflate past SIZE, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    max_inflated_size: u64,
}

#[derive(Debug, Args)]
struct RowArgs {
    /// Sort by what was allocated here and below
    #[arg(long)]
    cum: bool,
    /// Show N nodes; 0 for all [default: top all, tree 80]
    #[arg(
        long,
        alias = "nodecount",
        value_name = "N",
        allow_negative_numbers = true
    )]
    count: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Trimming")]
struct TrimArgs {
    /// Leave out nodes below this share of the total
    #[arg(
        long,
        alias = "nodefraction",
        value_name = "F",
        default_value_t = 0.005
    )]
    #[arg(value_parser = parse_fraction)]
    node_fraction: f64,
    /// Leave out edges below this share of the total
    #[arg(
        long,
        alias = "edgefraction",
        value_name = "F",
        default_value_t = 0.001
    )]
    #[arg(value_parser = parse_fraction)]
    edge_fraction: f64,
    /// Leave out nothing
    #[arg(long)]
    no_trim: bool,
    /// Leave out nodes that shrank against the base
    #[arg(long, alias = "drop_negative", help_heading = "Subtraction")]
    drop_negative: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct OutputArgs {
    /// How to write the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) format: Format,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite FILE if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Format {
    // No help of their own: with it, clap spreads all help over three screens.
    #[default]
    Text,
    Json,
    Csv,
    Markdown,
}

impl InputArgs {
    /// The files to subtract, and how.
    pub(crate) fn base(&self) -> Option<(&[PathBuf], BaseMode)> {
        match (&self.base[..], &self.diff_base[..]) {
            ([], []) => None,
            (base, []) => Some((base, BaseMode::Cancel)),
            (_, base) => Some((base, BaseMode::Diff)),
        }
    }

    /// The file, where it is the only one and nothing is done to it.
    pub(crate) fn only_file(&self) -> Option<&PathBuf> {
        match &self.files[..] {
            [file] if self.base().is_none() && !self.normalize => Some(file),
            _ => None,
        }
    }
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            inflated_bytes: self.max_inflated_size,
            ..Limits::default()
        }
    }
}

impl ViewArgs {
    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions {
            relative_percentages: self.relative_percentages,
            ..self.selection.options()?
        })
    }
}

impl GraphViewArgs {
    pub(crate) fn top_options(&self) -> GraphOptions {
        self.rows.options(&self.trim, None)
    }

    pub(crate) fn tree_options(&self) -> GraphOptions {
        self.rows.options(&self.trim, Some(TREE_COUNT))
    }
}

impl RowArgs {
    fn options(&self, trim: &TrimArgs, default_count: Option<usize>) -> GraphOptions {
        let order = if self.cum { Order::Cum } else { Order::Flat };
        trim.options(order, self.count, default_count)
    }
}

impl TrimArgs {
    fn options(
        &self,
        order: Order,
        count: Option<usize>,
        default_count: Option<usize>,
    ) -> GraphOptions {
        let options = GraphOptions {
            order,
            count: match count {
                None => default_count,
                Some(0) => None,
                Some(count) => Some(count),
            },
            node_fraction: self.node_fraction,
            edge_fraction: self.edge_fraction,
            drop_negative: self.drop_negative,
        };
        match self.no_trim {
            true => options.untrimmed(),
            false => options,
        }
    }
}

/// The file where a command should stand, as in `kheap heap.pb.gz`.
pub(crate) fn file_without_command(misuse: &clap::Error) -> Option<&str> {
    if misuse.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(word)) = misuse.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let is_file = word == "-" || word.contains(['.', '/', '\\']) || Path::new(word).exists();
    is_file.then_some(word)
}

fn parse_fraction(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => bail!("a share is a number from 0 to 1, such as 0.005"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top_args(words: &[&str]) -> GraphViewArgs {
        let all = ["kheap", "top"].iter().chain(words).chain(&["heap.pb.gz"]);
        match Cli::try_parse_from(all).unwrap().command {
            Command::Top(args) => args.graph,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn no_arguments_give_the_default_options() {
        let args = top_args(&[]);
        assert_eq!(args.top_options(), GraphOptions::default());
        let selection = args.view.options().unwrap();
        assert_eq!(
            format!("{selection:?}"),
            format!("{:?}", SelectionOptions::default())
        );
        assert_eq!(args.view.limits.limits(), Limits::default());
        assert_eq!(args.view.selection.sample_type(), "");
    }

    #[test]
    fn spellings_of_pprof_are_accepted() {
        let ours = [
            "--sample-type",
            "alloc_space",
            "--count",
            "7",
            "--no-inlines",
        ];
        let ours = [
            &ours[..],
            &["--node-fraction", "0.1", "--granularity", "lines"],
        ]
        .concat();
        let theirs = ["--alloc_space", "--nodecount=7", "--noinlines"];
        let theirs = [&theirs[..], &["--nodefraction=0.1", "--lines"]].concat();
        let describe = |words: &[&str]| {
            let args = top_args(words);
            (
                args.view.selection.sample_type().to_owned(),
                format!("{:?}", args.view.options().unwrap()),
                args.top_options(),
            )
        };
        assert_eq!(describe(&ours), describe(&theirs));
        assert_eq!(
            top_args(&["--sample_index=2"]).view.selection.sample_type(),
            "2"
        );
    }
}
