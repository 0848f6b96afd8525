//! Which options `kheap.toml` can give, and how they become defaults of a command.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::Result;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches};
use kheap::memory::Gogc;

use super::process::parse_gogc;
use super::selection::{FilterArgs, pattern, tag_filter};
use super::size::parse_process_size;
use super::{CatalogArgs, Cli, Command, VersionArgs, diagnose};
use crate::config::{Config, Suppressed};

/// Which file of settings is used.
#[derive(Debug, Args)]
pub(crate) struct ConfigFileArgs {
    /// Use the settings in FILE [default: ./kheap.toml, else kheap/kheap.toml in ~/.config]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        conflicts_with = "no_config",
        help_heading = "Other"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Use no file of settings
    #[arg(long, global = true, help_heading = "Other")]
    pub(crate) no_config: bool,
}

/// The same arguments for a command that uses no settings: it takes them, as every command does,
/// and its help leaves them out.
pub(super) fn unused() -> Vec<Arg> {
    let command = ConfigFileArgs::augment_args(clap::Command::new("kheap"));
    let args = command.get_arguments().cloned();
    args.map(|arg| arg.hide(true)).collect()
}

/// The arguments of `kheap config`: all options that a file can give.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The limit of the process, as in `kheap diagnose`
    #[arg(long, alias = "cgroup-limit", value_name = "SIZE", value_parser = parse_process_size)]
    limit: Option<u64>,
    /// GOGC of the process: a percentage or `off`
    #[arg(long, value_name = "PERCENT|off", value_parser = parse_gogc)]
    gogc: Option<Gogc>,
    #[command(flatten)]
    versions: VersionArgs,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    filters: FilterArgs,
    /// What is in force.
    #[arg(skip)]
    pub(crate) in_force: Vec<InForce>,
}

/// An option that a file can give.
pub(crate) struct Key {
    /// The option without its dashes.
    pub(crate) name: &'static str,
    /// Whether a file can write it without quotes.
    pub(crate) may_be_number: bool,
    /// Whether it is relative to the file.
    pub(crate) is_path: bool,
    /// Refuses what the option would refuse.
    pub(crate) check: fn(&str) -> Result<()>,
}

impl Key {
    const fn text(name: &'static str, check: fn(&str) -> Result<()>) -> Self {
        Self {
            name,
            may_be_number: false,
            is_path: false,
            check,
        }
    }

    const fn path(name: &'static str) -> Self {
        Self {
            is_path: true,
            ..Self::text(name, |_| Ok(()))
        }
    }
}

/// All options that a file can give, as people look for them.
pub(crate) const KEYS: [Key; 14] = [
    Key::text("limit", |text| parse_process_size(text).map(drop)),
    Key {
        may_be_number: true,
        ..Key::text("gogc", |text| parse_gogc(text).map(drop))
    },
    Key::text("kube-version", |text| {
        diagnose::kube_version(text).map(drop)
    }),
    Key::text("etcd-version", |text| {
        diagnose::etcd_version(text).map(drop)
    }),
    Key::path("signatures"),
    Key::path("rules"),
    Key::text("focus", |text| is_pattern("--focus", text)),
    Key::text("ignore", |text| is_pattern("--ignore", text)),
    Key::text("hide", |text| is_pattern("--hide", text)),
    Key::text("show", |text| is_pattern("--show", text)),
    Key::text("show-from", |text| is_pattern("--show-from", text)),
    Key::text("prune-from", |text| is_pattern("--prune-from", text)),
    Key::text("tag-focus", |text| is_tag_filter("--tag-focus", text)),
    Key::text("tag-ignore", |text| is_tag_filter("--tag-ignore", text)),
];

fn is_pattern(option: &str, text: &str) -> Result<()> {
    pattern(option, Some(text)).map(drop)
}

fn is_tag_filter(option: &str, text: &str) -> Result<()> {
    tag_filter(option, Some(text)).map(drop)
}

/// An option that is in force.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) key: &'static str,
    pub(crate) value: OsString,
    /// The line of the file; `None` where the command line gives it.
    pub(crate) line: Option<usize>,
}

/// A command with a file of settings.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) cli: Cli,
    /// The keys of the file that it uses.
    pub(crate) used: Vec<&'static str>,
    /// How many suppressions it uses.
    pub(crate) suppressions: usize,
}

/// Whether an option is the one of a key; pprof's names and ours are the same one.
fn is_of_key(arg: &Arg, key: &str) -> bool {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    arg.get_long() == Some(key) || aliases.contains(&key)
}

/// The option of a command that a key gives.
fn option<'c>(command: &'c clap::Command, key: &str) -> Option<&'c Arg> {
    let mut options = command.get_arguments();
    options.find(|arg| is_of_key(arg, key))
}

impl Cli {
    /// Whether the command has options that a file can give.
    pub(crate) fn is_configurable(&self) -> bool {
        !matches!(
            self.command,
            Command::Redact(_)
                | Command::Schema { .. }
                | Command::Completions { .. }
                | Command::Man { .. }
        )
    }

    /// The same command where a file of settings gives the defaults of its options. These
    /// words were read without it before.
    pub(crate) fn configured(
        words: &[OsString],
        config: Option<&Config>,
    ) -> Result<Configured, clap::Error> {
        let mut kheap = Self::command();
        let matches = kheap.clone().try_get_matches_from(words)?;
        let mut used = Vec::new();
        if let Some((name, given)) = matches.subcommand() {
            let settings = config.map_or(&[][..], |config| &config.settings);
            for setting in settings {
                let id = kheap.find_subcommand(name);
                let id = id.and_then(|command| option(command, setting.key));
                let Some(id) = id.map(|arg| arg.get_id().clone()) else {
                    continue;
                };
                if given.value_source(id.as_str()) == Some(ValueSource::CommandLine) {
                    continue;
                }
                used.push(setting.key);
                // clap keeps defaults as long as the program runs; a file has few.
                let value: &'static OsStr = Box::leak(setting.value.clone().into_boxed_os_str());
                kheap = kheap.mut_subcommand(name, |command| {
                    command.mut_arg(id, |arg| arg.default_value(value))
                });
            }
        }
        let matches = kheap.clone().try_get_matches_from(words)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let suppressions = cli.command.take(config, &used);
        if let (Command::Config(args), Some((name, given))) =
            (&mut cli.command, matches.subcommand())
        {
            let command = kheap.find_subcommand(name);
            args.in_force =
                command.map_or_else(Vec::new, |command| in_force(command, given, config));
        }
        Ok(Configured {
            cli,
            used,
            suppressions,
        })
    }
}

/// The options that are in force, in the order of the keys.
fn in_force(command: &clap::Command, given: &ArgMatches, config: Option<&Config>) -> Vec<InForce> {
    let keys = KEYS.iter().map(|key| key.name);
    let in_force = keys.filter_map(|key| {
        let id = option(command, key)?.get_id().as_str();
        let value = given.get_raw(id)?.next()?.to_owned();
        let is_typed = given.value_source(id) == Some(ValueSource::CommandLine);
        let settings = config.map_or(&[][..], |config| &config.settings);
        let setting = settings.iter().find(|setting| setting.key == key);
        Some(InForce {
            key,
            value,
            line: setting.filter(|_| !is_typed).map(|setting| setting.line),
        })
    });
    in_force.collect()
}

impl Command {
    /// Whether it uses suppressions.
    pub(crate) fn has_findings(&self) -> bool {
        matches!(self, Self::Diagnose(_) | Self::Report(_) | Self::Open(_))
    }

    /// Takes from a file what is no option; returns how many suppressions are used.
    fn take(&mut self, config: Option<&Config>, used: &[&'static str]) -> usize {
        let (suppressed, process) = match self {
            Self::Diagnose(args) => (&mut args.suppressed, &mut args.process),
            Self::Report(args) => (&mut args.subject.suppressed, &mut args.subject.process),
            Self::Open(args) => (&mut args.subject.suppressed, &mut args.subject.process),
            _ => return 0,
        };
        process.settings = used.to_vec();
        let Some(config) = config else {
            return 0;
        };
        *suppressed = Suppressed::new(config);
        suppressed.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that each command has options for.
    fn keys_of(command: &clap::Command) -> Vec<&'static str> {
        let keys = KEYS.iter().map(|key| key.name);
        keys.filter(|key| option(command, key).is_some()).collect()
    }

    #[test]
    fn commands_without_keys_read_no_file() {
        for command in Cli::command().get_subcommands() {
            let has_none = ["redact", "schema", "completions", "man"].contains(&command.get_name());
            assert_eq!(
                keys_of(command).is_empty(),
                has_none,
                "{}",
                command.get_name()
            );
        }
    }

    #[test]
    fn kheap_config_has_all_keys() {
        let kheap = Cli::command();
        let config = kheap.find_subcommand("config").expect("it is there");
        assert_eq!(keys_of(config).len(), KEYS.len());
    }

    #[test]
    fn the_manual_lists_the_commands_of_each_key() {
        let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
        // A package has no manual beside it.
        let Ok(manual) = std::fs::read_to_string(manual) else {
            return;
        };
        for key in &KEYS {
            let row = format!("| `{}` |", key.name);
            let row = manual.lines().find(|line| line.starts_with(&row));
            let row = row.unwrap_or_else(|| panic!("docs/config.md has no row of {}", key.name));
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            let commands = cells.last().map_or(Vec::new(), |cell| {
                cell.split(',')
                    .map(|name| name.trim().trim_matches('`'))
                    .collect()
            });
            let kheap = Cli::command();
            let mut with_key: Vec<&str> = (kheap.get_subcommands())
                .filter(|command| option(command, key.name).is_some())
                .map(clap::Command::get_name)
                .filter(|name| *name != "config")
                .collect();
            with_key.sort_unstable();
            assert_eq!(commands, with_key, "{}", key.name);
        }
    }
}
