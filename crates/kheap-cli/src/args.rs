//! The command line. This file alone knows clap; every group of arguments turns
//! itself into options of the library.

mod file;
mod picture;
mod report;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kheap::attribute::Dimensions;
use kheap::diagnose::Severity;
use kheap::filter::{Pattern, TagFilter};
use kheap::graph::Order;
use kheap::memory::{Gogc, MemoryOptions};
use kheap::profile::BaseMode;
use kheap::{Filters, GraphOptions, Limits, SelectionOptions, unit};

use crate::snapshots::Reading;

pub(crate) use picture::{FlameArgs, FlameFormat, GraphArgs, GraphFormat};
pub(crate) use report::{ReportArgs, ReportFiles, ReportFormat};

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
pub(crate) struct DiagnoseArgs {
    /// A heap profile, gzipped or not, or a pasted table of `top`; - is standard input.
    /// Several, or a folder, are snapshots: the newest is judged, with what grew
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    /// Stop at a snapshot that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Show findings that are too small to matter, too
    #[arg(long)]
    pub(crate) all: bool,
    /// End with exit code 1 if a finding is at LEVEL or above
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) fail_on: Option<Level>,
    /// What to judge; the file's default without it, inuse_space for a table
    #[arg(long, alias = "sample_index", value_name = "TYPE")]
    pub(crate) sample_type: Option<String>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

impl DiagnoseArgs {
    /// The one file that is given, unless it is a folder.
    pub(crate) fn single(&self) -> Option<&Path> {
        match &self.files[..] {
            [file] if !file.is_dir() => Some(file),
            _ => None,
        }
    }
}

/// The severities of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Info => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CatalogArgs {
    /// Look for the signatures in DIR too (*.toml)
    #[arg(long, value_name = "DIR")]
    pub(crate) signatures: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SizesArgs {
    /// What to tell apart besides the size
    #[arg(long, value_enum, value_name = "D", default_value_t)]
    by: SizesBy,
    /// Show the N largest functions or kinds; 0 for all
    #[arg(
        long,
        value_name = "N",
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
        match self.count {
            0 => usize::MAX,
            count => count,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LifetimesArgs {
    /// A heap profile, or the earlier one of two; - is standard input
    #[arg(value_name = "BEFORE", help_heading = "Arguments", display_order = 1)]
    pub(crate) before: PathBuf,
    /// A later one of the same process: tells rates and ages
    #[arg(value_name = "AFTER", help_heading = "Arguments", display_order = 2)]
    pub(crate) after: Option<PathBuf>,
    /// What to tell apart
    #[arg(long, value_enum, value_name = "D", default_value_t)]
    by: LifetimesBy,
    /// Show N rows; 0 for all
    #[arg(
        long,
        value_name = "N",
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
        match self.count {
            0 => usize::MAX,
            count => count,
        }
    }

    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions {
            filters: self.filters.filters()?,
            ..SelectionOptions::default()
        })
    }
}

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

#[derive(Debug, Args)]
pub(crate) struct SignatureArgs {
    /// The signature to explain
    #[arg(value_name = "ID", help_heading = "Arguments")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BreakdownArgs {
    /// What to tell apart
    #[arg(long, value_enum, value_name = "D", default_value_t)]
    by: By,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum, Default)]
enum By {
    Part,
    Verb,
    Kind,
    #[default]
    All,
}

impl BreakdownArgs {
    pub(crate) fn dimensions(&self) -> Dimensions {
        let none = Dimensions {
            part: false,
            verb: false,
            kind: false,
        };
        match self.by {
            By::Part => Dimensions { part: true, ..none },
            By::Verb => Dimensions { verb: true, ..none },
            By::Kind => Dimensions { kind: true, ..none },
            By::All => Dimensions::ALL,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The earlier heap profile, gzipped or not; - is standard input
    #[arg(value_name = "BEFORE", help_heading = "Arguments", display_order = 1)]
    pub(crate) before: PathBuf,
    /// The later one, of the same program; builds may differ
    #[arg(value_name = "AFTER", help_heading = "Arguments", display_order = 2)]
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SeriesArgs {
    /// Heap profiles of one program in any order, and folders of them; - is standard input
    #[arg(value_name = "DIR|FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Stop at a file that cannot be read, instead of leaving it out
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

/// What is shown of changes.
#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// What to tell apart; several with commas [default: place,function]
    #[arg(long, value_enum, value_name = "D", value_delimiter = ',')]
    by: Vec<ChangeBy>,
    /// Show what explains little, too
    #[arg(long)]
    all: bool,
    /// Show N rows of each table
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "all",
        allow_negative_numbers = true
    )]
    count: Option<usize>,
    /// What to count, such as inuse_space or alloc_space; the files' default without it
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    pub(crate) sample_type: String,
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

impl ChangeArgs {
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading {
            sample_type: &self.sample_type,
            limits: self.limits.limits(),
        }
    }
}

/// Which rows of a table are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Those that explain what happened.
    Telling,
    /// That many of the largest changes.
    Count(usize),
    /// All of them.
    All,
}

impl ChangeArgs {
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

    pub(crate) fn shown(&self) -> Shown {
        match self.count {
            _ if self.all => Shown::All,
            None => Shown::Telling,
            Some(0) => Shown::All,
            Some(count) => Shown::Count(count),
        }
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
pub(crate) struct SelectionArgs {
    /// What to count, such as inuse_space or alloc_objects
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    sample_type: String,
    #[command(flatten)]
    sample_type_flags: SampleTypeFlags,
    /// What makes two frames one row
    #[arg(long, value_enum, value_name = "G", default_value_t)]
    granularity: Granularity,
    #[command(flatten)]
    granularity_flags: GranularityFlags,
    /// Count inlined functions as part of their callers
    #[arg(long, alias = "noinlines")]
    no_inlines: bool,
    /// Show values in B, kB, MB, GB or auto; else the smallest decides
    #[arg(long, value_name = "U", default_value = unit::MINIMUM, hide_default_value = true)]
    unit: String,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
struct FilterArgs {
    /// Keep stacks with a frame that matches (function, file or binary)
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    focus: Option<String>,
    /// Drop stacks with a frame that matches
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    ignore: Option<String>,
    /// Leave out frames that match
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    hide: Option<String>,
    /// Leave out frames that do not match
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    show: Option<String>,
    /// Leave out the callers of the outermost frame that matches
    #[arg(
        long,
        alias = "show_from",
        value_name = "REGEX",
        allow_hyphen_values = true
    )]
    show_from: Option<String>,
    /// Leave out what the innermost function that matches calls
    #[arg(
        long,
        alias = "prune_from",
        value_name = "REGEX",
        allow_hyphen_values = true
    )]
    prune_from: Option<String>,
    /// Keep samples with a label that matches: 1mb:, 4kb:64kb, key=text
    #[arg(
        long,
        alias = "tagfocus",
        value_name = "EXPR",
        allow_hyphen_values = true
    )]
    tag_focus: Option<String>,
    /// Drop samples with a label that matches
    #[arg(
        long,
        alias = "tagignore",
        value_name = "EXPR",
        allow_hyphen_values = true
    )]
    tag_ignore: Option<String>,
}

/// pprof's flags for sample types.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct SampleTypeFlags {
    #[arg(long = "inuse_space", hide = true)]
    inuse_space: bool,
    #[arg(long = "inuse_objects", hide = true)]
    inuse_objects: bool,
    #[arg(long = "alloc_space", hide = true)]
    alloc_space: bool,
    #[arg(long = "alloc_objects", hide = true)]
    alloc_objects: bool,
}

/// pprof's flags for granularities.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct GranularityFlags {
    #[arg(long, hide = true)]
    functions: bool,
    #[arg(long, hide = true)]
    filefunctions: bool,
    #[arg(long = "files", hide = true)]
    by_file: bool,
    #[arg(long, hide = true)]
    lines: bool,
    #[arg(long, hide = true)]
    addresses: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum, Default)]
enum Granularity {
    #[default]
    Functions,
    Filefunctions,
    Files,
    Lines,
    Addresses,
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

impl SelectionArgs {
    /// The sample type that is asked for; empty for the file's default.
    pub(crate) fn sample_type(&self) -> &str {
        let SampleTypeFlags {
            inuse_space,
            inuse_objects,
            alloc_space,
            alloc_objects,
        } = self.sample_type_flags;
        let flags = [
            (inuse_space, "inuse_space"),
            (inuse_objects, "inuse_objects"),
            (alloc_space, "alloc_space"),
            (alloc_objects, "alloc_objects"),
        ];
        let flag = flags.into_iter().find(|(set, _)| *set);
        flag.map_or(&self.sample_type, |(_, name)| name)
    }

    fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions {
            filters: self.filters.filters()?,
            granularity: self.granularity(),
            inlines: !self.no_inlines,
            unit: self.unit.clone(),
            ..SelectionOptions::default()
        })
    }

    fn granularity(&self) -> kheap::Granularity {
        let flags = &self.granularity_flags;
        let flags = [
            (flags.functions, Granularity::Functions),
            (flags.filefunctions, Granularity::Filefunctions),
            (flags.by_file, Granularity::Files),
            (flags.lines, Granularity::Lines),
            (flags.addresses, Granularity::Addresses),
        ];
        let flag = flags.into_iter().find(|(set, _)| *set);
        match flag.map_or(self.granularity, |(_, granularity)| granularity) {
            Granularity::Functions => kheap::Granularity::Functions,
            Granularity::Filefunctions => kheap::Granularity::FileFunctions,
            Granularity::Files => kheap::Granularity::Files,
            Granularity::Lines => kheap::Granularity::Lines,
            Granularity::Addresses => kheap::Granularity::Addresses,
        }
    }
}

impl FilterArgs {
    fn filters(&self) -> Result<Filters> {
        Ok(Filters {
            focus: pattern("--focus", self.focus.as_deref())?,
            ignore: pattern("--ignore", self.ignore.as_deref())?,
            hide: pattern("--hide", self.hide.as_deref())?,
            show: pattern("--show", self.show.as_deref())?,
            show_from: pattern("--show-from", self.show_from.as_deref())?,
            prune_from: pattern("--prune-from", self.prune_from.as_deref())?,
            tag_focus: tag_filter("--tag-focus", self.tag_focus.as_deref())?,
            tag_ignore: tag_filter("--tag-ignore", self.tag_ignore.as_deref())?,
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

/// Compiles a regular expression; an empty one is none, as in pprof.
pub(crate) fn pattern(option: &str, text: Option<&str>) -> Result<Option<Pattern>> {
    let text = text.filter(|text| !text.is_empty());
    let pattern = text.map(Pattern::new).transpose();
    pattern.with_context(|| format!("cannot use {option}"))
}

fn tag_filter(option: &str, text: Option<&str>) -> Result<Option<TagFilter>> {
    let text = text.filter(|text| !text.is_empty());
    let filter = text.map(TagFilter::new).transpose();
    filter.with_context(|| format!("cannot use {option}"))
}

fn parse_fraction(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => bail!("a share is a number from 0 to 1, such as 0.005"),
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

/// Reads the size of a process, which has one.
fn parse_process_size(text: &str) -> Result<u64> {
    match parse_size(text)? {
        0 => bail!("a process is larger than nothing"),
        size => Ok(size),
    }
}

const NO_SIZE: &str = "a size is a number with B, kB, MB, GB or TB, such as 500MB or 1.5GB; kB, KiB \
    and Ki are all 1024 bytes, MB 1024 of those, and so on";

/// How many digits behind the point count. More of them would not fit.
const MOST_DECIMALS: usize = 9;

/// Reads a size such as `500MB`, `1.5 GiB` or `2Gi`; all units are powers of 1024.
fn parse_size(text: &str) -> Result<u64> {
    let text = text.trim_ascii();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, suffix) = text.split_at(split.unwrap_or(text.len()));
    let shift = match suffix.trim_ascii_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "ki" | "kb" | "kib" => 10,
        "m" | "mi" | "mb" | "mib" => 20,
        "g" | "gi" | "gb" | "gib" => 30,
        "t" | "ti" | "tb" | "tib" => 40,
        _ => bail!(NO_SIZE),
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| -> Result<u128> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
        is_number.then_some(()).context(NO_SIZE)?;
        text.parse().context("the size does not fit into 64 bits")
    };
    // The rest is less than a byte's thousandth.
    let counted = decimals.get(..MOST_DECIMALS).unwrap_or(decimals);
    let scale = 10_u128.pow(counted.len() as u32);
    let part = (digits(counted)? << shift) / scale;
    let size = digits(whole)?.checked_mul(1 << shift);
    let size = size.and_then(|size| u64::try_from(size + part).ok());
    size.context("the size does not fit into 64 bits")
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

    #[test]
    fn sizes_are_powers_of_1024() {
        let check = |text: &str, expected: u64| assert_eq!(parse_size(text).unwrap(), expected);
        check("12", 12);
        check("12B", 12);
        check("3kB", 3 << 10);
        check("500MB", 500 << 20);
        check("2GiB", 2 << 30);
        check("1t", 1 << 40);
        check("7kib", 7 << 10);
        check("16Gi", 16 << 30);
        check("2 GB", 2 << 30);
        check(" 5kB ", 5 << 10);
        check("1.5GiB", 3 << 29);
        check("0.1kB", 102);
        check("1.000000000000000000001MB", 1 << 20);
    }

    #[test]
    fn a_size_has_one_suffix_and_nothing_behind_it() {
        let wrong = [
            "", "GB", "1.GB", ".5GB", "1.2.3", "1,5GB", "-1", "1XB", "5kBBB", "5iB", "5bb", "5 k B",
        ];
        for text in wrong {
            assert!(parse_size(text).is_err(), "{text:?}");
        }
        let overflow = |text: &str| parse_size(text).unwrap_err().to_string();
        assert_eq!(
            overflow("99999999999TB"),
            "the size does not fit into 64 bits"
        );
        assert_eq!(
            overflow(&"9".repeat(50)),
            "the size does not fit into 64 bits"
        );
        assert_eq!(overflow("1,5GB"), NO_SIZE);
    }

    #[test]
    fn a_process_is_larger_than_nothing() {
        assert_eq!(parse_process_size("1").unwrap(), 1);
        assert!(parse_process_size("0MB").is_err());
    }
}
