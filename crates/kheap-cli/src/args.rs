//! The command line. These files alone know clap; every group of arguments turns
//! itself into options of the library.

mod beside;
mod change;
mod config;
mod diagnose;
mod export;
mod file;
mod format;
mod gate;
mod misuse;
mod picture;
mod pprof;
mod process;
mod redact;
mod report;
mod selection;
mod sites;
mod size;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::builder::{ArgPredicate, PossibleValuesParser};
use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kheap::graph::Order;
use kheap::profile::BaseMode;
use kheap::unit::parse_size;
use kheap::{GraphOptions, Limits, SelectionOptions};
use kheap_text::table::Cells;
use kheap_text::{one_line, shorten};

use crate::json::v1;
use crate::threads;

use format::Asked;
pub(crate) use format::Format;
pub(crate) use gate::{Conditions, FailOn};
pub(crate) use misuse::Misuse;

pub(crate) use beside::BesideArgs;
pub(crate) use change::{CompareArgs, SeriesArgs, ShownRows};
pub(crate) use config::{ConfigArgs, ConfigFileArgs, Configured, InForce, KEYS, Key};
pub(crate) use diagnose::{
    BreakdownArgs, CatalogArgs, DiagnoseArgs, RulesArgs, SignatureArgs, VersionArgs,
};
pub(crate) use export::{ExportArgs, ExportFormat};
pub(crate) use picture::{FlameArgs, FlameFormat, GraphArgs, GraphFormat};
pub(crate) use process::{MemoryArgs, ProcessArgs, rss_words};
pub(crate) use redact::RedactArgs;
pub(crate) use report::{OpenArgs, ReportArgs, ReportFiles, ReportFormat, SubjectArgs};
pub(crate) use selection::{SelectionArgs, pattern};
pub(crate) use sites::{LifetimesArgs, SizesArgs};

/// How many nodes a graph shows when nobody says, as in pprof.
const TREE_COUNT: usize = 80;

/// The help of kheap itself, on a screen of 24 lines with a prompt. clap has no groups of commands; a test
/// holds this list against the commands that there are.
const HELP: &str = "\
Analyze saved Go heap profiles offline, especially kube-apiserver's.
Usage: kheap FILE...                     find known problems, as kheap diagnose
       kheap COMMAND [OPTIONS] FILE...   --help shows options and an example
What is wrong, and what changed
  diagnose    Known problems, what to do  breakdown   Parts that hold the memory
  memory      Why the process is larger   signatures  All known problems
  compare     Changes between two dumps   series      Growth over several dumps
  lifetimes   Kept or short-lived
Details, with the numbers of go tool pprof
  top         Functions                   peek        Callers of a function
  tree        Callers, callees of all     traces      Stacks
  tags        Labels                      sizes       Sizes of objects
  info        Program, build, time
To show others
  report      HTML or Markdown report     open        The report in a browser
  flame       A flame graph               graph       A call graph
  export      Files for other tools       redact      Hide private names
Settings and shell
  config      Show settings               schema      JSON Schema of the output
  completions Shell completions           man         Manual pages
  help        Help of a command
FILE is a heap profile (.pb.gz, or text of ?debug=1); - is standard input.
Exit codes: 0 done, 1 a condition of --fail-on is met, 2 error. -V: version.
";

/// Analyze saved Go heap profiles offline, especially kube-apiserver's
#[derive(Debug, Parser)]
#[command(name = "kheap", version, override_help = HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) config: ConfigFileArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find known problems: evidence, cause and what to do
    #[command(after_help = "Example: kheap diagnose heap.pb.gz --rss 15GB")]
    #[command(mut_arg("format", format::with_github))]
    Diagnose(DiagnoseArgs),
    /// Show which part of the program holds the memory, by verb and kind
    #[command(after_help = "Example: kheap breakdown heap.pb.gz --by kind")]
    Breakdown(BreakdownArgs),
    /// Show what changed between two dumps
    #[command(after_help = "Example: kheap compare before.pb.gz after.pb.gz")]
    #[command(mut_arg("format", format::with_github))]
    Compare(CompareArgs),
    /// Show what grows over several dumps
    #[command(after_help = "Example: kheap series dumps/")]
    Series(SeriesArgs),
    /// Show which functions hold the memory
    #[command(after_help = "Example: kheap top --cum --count 20 heap.pb.gz")]
    #[command(mut_arg("count", |count| count.help("Show N functions; 0 for all [default: all]")))]
    Top(TopArgs),
    /// Show callers and callees of the functions that match REGEX
    #[command(after_help = "Example: kheap peek 'ListResource' heap.pb.gz")]
    Peek(PeekArgs),
    /// Show every function between its callers and callees
    #[command(after_help = "Example: kheap tree --focus etcd3 heap.pb.gz")]
    Tree(TreeArgs),
    /// Show the stacks
    #[command(after_help = "Example: kheap traces --focus ConfigMap heap.pb.gz")]
    Traces(ViewArgs),
    /// Show how the memory spreads over labels
    #[command(after_help = "Example: kheap tags heap.pb.gz")]
    Tags(ViewArgs),
    /// Show the sizes of the objects that hold the memory
    #[command(after_help = "Example: kheap sizes --by kind heap.pb.gz")]
    Sizes(SizesArgs),
    /// Show what remains in use, what is short-lived, and ages
    #[command(after_help = "Example: kheap lifetimes before.pb.gz after.pb.gz")]
    Lifetimes(LifetimesArgs),
    /// Explain why the process is larger than its live heap
    #[command(after_help = "Example: kheap memory heap.debug1.txt --limit 16GB")]
    Memory(MemoryArgs),
    /// Draw a flame graph; with --base, what grew and shrank
    #[command(after_help = "Example: kheap flame -o heap.svg heap.pb.gz")]
    Flame(FlameArgs),
    /// Draw the call graph
    #[command(after_help = "Example: kheap graph -o heap.svg heap.pb.gz")]
    Graph(GraphArgs),
    /// Write one HTML or Markdown file for a postmortem
    #[command(after_help = "Example: kheap report -o report.html heap.pb.gz")]
    Report(ReportArgs),
    /// Open the report in the browser: flame graph, callers and callees, filters
    #[command(after_help = "Example: kheap open heap.pb.gz")]
    Open(OpenArgs),
    /// Write the selected stacks as a file for pprof, speedscope, Firefox and other tools
    #[command(after_help = "Example: kheap export --focus etcd3 -o small.pb.gz heap.pb.gz")]
    Export(ExportArgs),
    /// Copy dumps, and files beside them, without private names
    #[command(after_help = "Example: kheap redact bundle/ -o redacted")]
    #[command(args = config::unused())]
    Redact(RedactArgs),
    /// Show what a file is: program, build, time, sample types, warnings
    #[command(after_help = "Example: kheap info heap.pb.gz")]
    Info(InfoArgs),
    /// List the known problems, or explain one
    #[command(after_help = "Example: kheap signatures list-from-etcd")]
    Signatures(SignatureArgs),
    /// Show the settings that are in force, and where they come from
    #[command(after_help = "Example: kheap config --limit 16GB")]
    Config(ConfigArgs),
    /// Write the JSON Schema of what a command writes with --format json
    #[command(after_help = "Example: kheap schema diagnose")]
    #[command(args = config::unused())]
    Schema {
        /// The command [default: list the commands that write JSON]
        #[arg(value_parser = PossibleValuesParser::new(v1::schema::commands()))]
        #[arg(hide_possible_values = true)]
        command: Option<String>,
    },
    /// Write the completion script of a shell to standard output
    #[command(after_help = "Example: kheap completions bash > /etc/bash_completion.d/kheap")]
    #[command(args = config::unused())]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write a manual page to standard output, in roff
    #[command(after_help = "Example: kheap man diagnose | man -l -")]
    #[command(args = config::unused())]
    Man {
        /// The command to explain [default: kheap itself]
        command: Option<String>,
        /// Write the pages of all commands to DIR/man1 instead, such as /usr/local/share/man
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        install: Option<PathBuf>,
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
    /// Show the standard error of sampling for each figure
    #[arg(
        long,
        conflicts_with = "base",
        conflicts_with = "normalize",
        help_heading = "Other"
    )]
    pub(crate) error: bool,
    /// Sort by bytes allocated; with --base BEFORE, by bytes allocated per second
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
    /// Complete stacks that Go cut, where other stacks show their callers
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

    /// Whether standard errors are wanted and can be known. Where equal stacks have
    /// cancelled, or were scaled, they would be too small.
    pub(crate) fn with_errors(&self) -> bool {
        let GraphViewArgs { view, .. } = &self.graph;
        let cancelled = matches!(view.input.base(), Some((_, BaseMode::Cancel)));
        let json = view.output.format() == Format::Json;
        (self.error || json) && !cancelled && !view.input.normalize
    }
}

#[derive(Debug, Args)]
pub(crate) struct PeekArgs {
    /// Regular expression for the names as they are shown
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
    // Before the output, so that help shows its heading before the last one.
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    // Here, because clap gives every option of a long one's heading two lines.
    /// Compute percentages of the filtered total
    #[arg(long, alias = "relative_percentages", help_heading = "Other")]
    relative_percentages: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Heap profiles; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) versions: VersionArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Subtraction")]
pub(crate) struct InputArgs {
    /// Heap profiles, added up if several; - is standard input
    #[arg(value_name = "FILE", required = true, help_heading = None)]
    pub(crate) files: Vec<PathBuf>,
    /// Subtract FILE; percentages are of the difference
    #[arg(long, value_name = "FILE", conflicts_with = "diff_base")]
    base: Vec<PathBuf>,
    /// Subtract FILE; percentages are of FILE
    #[arg(long, alias = "diff_base", value_name = "FILE")]
    diff_base: Vec<PathBuf>,
    /// Scale the profile to the total of the base, before it is subtracted
    #[arg(long)]
    pub(crate) normalize: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Other")]
pub(crate) struct LimitArgs {
    /// Refuse profiles larger than SIZE uncompressed, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    max_inflated_size: u64,
}

#[derive(Debug, Args)]
struct RowArgs {
    /// Sort by cum: allocated by a function and its callees
    #[arg(long)]
    cum: bool,
    /// Show N functions; 0 for all [default: 80]
    #[arg(
        long,
        alias = "nodecount",
        value_name = "N",
        value_parser = parse_count,
        allow_negative_numbers = true
    )]
    count: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Trimming")]
struct TrimArgs {
    /// Hide functions below this share of the total
    #[arg(
        long,
        alias = "nodefraction",
        value_name = "F",
        default_value_t = 0.005
    )]
    #[arg(value_parser = parse_fraction)]
    node_fraction: f64,
    /// Hide calls below this share of the total
    #[arg(
        long,
        alias = "edgefraction",
        value_name = "F",
        default_value_t = 0.001
    )]
    #[arg(value_parser = parse_fraction)]
    edge_fraction: f64,
    /// Hide nothing
    #[arg(long)]
    no_trim: bool,
    /// Hide functions that shrank since the base
    #[arg(long, alias = "drop_negative", help_heading = "Subtraction")]
    drop_negative: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct OutputArgs {
    /// Output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    #[arg(default_value_if("csv", ArgPredicate::IsPresent, "csv"))]
    format: Asked,
    /// How CSV writes cells: `safe` for spreadsheets, where none is a formula; `raw` for programs
    #[arg(long, value_enum, value_name = "CELLS", help_heading = "Other")]
    csv: Option<CsvCells>,
    /// Write to OUT instead of standard output
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite OUT if it exists; a heap profile is never overwritten
    #[arg(long)]
    pub(crate) force: bool,
}

/// Whether texts that a spreadsheet would run as formulas are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CsvCells {
    Safe,
    Raw,
}

impl CsvCells {
    /// How cells are written; an option that was given is for CSV.
    fn cells(asked: Option<Self>, is_csv: bool) -> Result<Cells> {
        let is_idle = asked.is_some() && !is_csv;
        file::refuse_idle(&[("--csv", is_idle)], "with this --format", "CSV")?;
        Ok(match asked {
            Some(Self::Raw) => Cells::Raw,
            Some(Self::Safe) | None => Cells::Safe,
        })
    }
}

impl OutputArgs {
    /// What is written.
    pub(crate) fn format(&self) -> Format {
        self.format.format()
    }

    /// Whether GitHub Actions reads it.
    pub(crate) fn is_github(&self) -> bool {
        self.format == Asked::Github
    }

    /// How cells of CSV are written.
    pub(crate) fn cells(&self) -> Result<Cells> {
        CsvCells::cells(self.csv, self.format() == Format::Csv)
    }
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
        Limits::default()
            .inflated_bytes(self.max_inflated_size)
            .threads(threads::are_granted())
    }
}

impl ViewArgs {
    pub(crate) fn options(&self) -> Result<SelectionOptions> {
        Ok(self
            .selection
            .options()?
            .relative_percentages(self.relative_percentages))
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
        let options = GraphOptions::default()
            .order(order)
            .count(match count {
                None => default_count,
                Some(0) => None,
                Some(count) => Some(count),
            })
            .node_fraction(self.node_fraction)
            .edge_fraction(self.edge_fraction)
            .drop_negative(self.drop_negative);
        match self.no_trim {
            true => options.untrimmed(),
            false => options,
        }
    }
}

/// How many rows to show.
fn parse_count(text: &str) -> Result<usize> {
    let count = text.parse().ok();
    count.with_context(|| "a count is a whole number, such as 20; 0 for all".to_owned())
}

impl Cli {
    /// Reads the arguments; a file without a command is to be diagnosed.
    /// Returns the words with that command, too.
    pub(crate) fn read(words: Vec<OsString>) -> Result<(Self, Vec<OsString>), clap::Error> {
        let words = pprof::translated(words);
        match Self::parse_words(&words) {
            Err(misuse) if may_be_a_file(&misuse, &words) => {
                let mut words = words;
                words.insert(1, "diagnose".into());
                let is_file = words.get(2).is_some_and(|word| Path::new(word).exists());
                // Where that fails as an option of no command does, that is said.
                let cli = Self::parse_words(&words).map_err(|second| match second.kind() {
                    ErrorKind::UnknownArgument if !is_file => misuse,
                    _ => second,
                })?;
                Ok((cli, words))
            }
            result => Ok((result?, words)),
        }
    }

    /// The same without guesses. A complaint shows every character of a word, which clap
    /// would send to a terminal as it is.
    fn parse_words(words: &[OsString]) -> Result<Self, clap::Error> {
        Self::try_parse_from(words).map_err(|misuse| {
            let shown: Vec<OsString> = words.iter().map(|word| shown(word).into()).collect();
            let complain = |what: &str| clap::Error::raw(misuse.kind(), one_line(what) + "\n");
            match Self::try_parse_from(&shown) {
                _ if shown == words => misuse,
                // clap does not say which one.
                _ if misuse.kind() == ErrorKind::InvalidUtf8 => complain(&not_utf8(words)),
                Err(again) if again.kind() == misuse.kind() => again,
                // The words as they are shown are another mistake, or none.
                _ => complain(misuse.to_string().split("\n\n").next().unwrap_or_default()),
            }
        })
    }
}

/// Which argument is not UTF-8 but has to be: files may have any name.
fn not_utf8(words: &[OsString]) -> String {
    let is_wrong = |at: &usize| {
        let others = words
            .iter()
            .enumerate()
            .map(|(other, word)| match other == *at {
                true => word.clone(),
                false => word.to_string_lossy().into_owned().into(),
            });
        let result = Cli::try_parse_from(others);
        result.is_err_and(|misuse| misuse.kind() == ErrorKind::InvalidUtf8)
    };
    let may_be_wrong = (1..words.len()).filter(|&at| words[at].to_str().is_none());
    let Some(at) = may_be_wrong.take(MOST_TRIED).find(is_wrong) else {
        return "an argument is not valid UTF-8".to_owned();
    };
    let option = Some(shown(&words[at - 1])).filter(|before| before.starts_with('-'));
    match option {
        Some(option) => format!(
            "invalid value '{}' for '{option}': it is not valid UTF-8",
            shown(&words[at])
        ),
        None => format!(
            "invalid argument '{}': it is not valid UTF-8",
            shown(&words[at])
        ),
    }
}

/// How many words are tried: each takes a parsing of all.
const MOST_TRIED: usize = 16;

/// The longest word that a complaint shows, in characters.
const MOST_SHOWN: usize = 200;

/// A word of the command line without characters that nobody sees, and not longer than
/// some lines.
fn shown(word: &OsStr) -> String {
    shorten(&one_line(&word.to_string_lossy()), MOST_SHOWN)
}

/// Whether the first word is a file, or an option of `kheap diagnose`, rather than a
/// command.
fn may_be_a_file(misuse: &clap::Error, words: &[OsString]) -> bool {
    let Some(word) = words.get(1) else {
        return false;
    };
    let first = word.to_string_lossy();
    match misuse.kind() {
        // Options such as --no-config may come before it.
        ErrorKind::InvalidSubcommand => {
            let named = misuse.get(ContextKind::InvalidSubcommand);
            let named = named.map_or_else(|| first.to_string(), ToString::to_string);
            // The complaint has the word as it is shown.
            let is_named =
                |word: &&OsString| word.to_string_lossy() == named || shown(word) == named;
            let exists = words
                .iter()
                .skip(1)
                .find(is_named)
                .is_some_and(|word| Path::new(word).exists());
            named == "-" || named.contains(['.', '/', '\\']) || exists
        }
        ErrorKind::UnknownArgument => first.starts_with("--"),
        _ => false,
    }
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
    fn help_fits_a_screen_and_names_every_command() {
        use clap::CommandFactory;
        let lines = HELP.lines();
        assert!(lines.clone().count() < 24, "{}", HELP.lines().count());
        assert!(lines.clone().all(|line| line.len() <= 80));
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(HELP.split_whitespace().any(|word| word == name), "{name}");
            let example = command.get_after_help().map(ToString::to_string);
            assert!(
                example.is_some_and(|text| text.contains(&format!("Example: kheap {name}"))),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_without_a_command_is_diagnosed() {
        let files = |words: &[&str]| {
            let words = ["kheap"].iter().chain(words).map(OsString::from);
            match Cli::read(words.collect()).map(|(cli, _)| cli.command) {
                Ok(Command::Diagnose(args)) => Ok(args.files),
                Ok(other) => panic!("{other:?}"),
                Err(misuse) => Err(misuse.kind()),
            }
        };
        assert_eq!(files(&["a.pb.gz", "b.pb.gz"]).unwrap().len(), 2);
        assert_eq!(files(&["-"]).unwrap().len(), 1);
        assert_eq!(files(&["--limit", "5GB", "a.pb.gz"]).unwrap().len(), 1);
        assert_eq!(files(&["diagnos"]), Err(ErrorKind::InvalidSubcommand));
        assert_eq!(files(&["--nonsense", "a"]), Err(ErrorKind::UnknownArgument));
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
