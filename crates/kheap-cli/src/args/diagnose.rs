//! The arguments of `kheap diagnose`, `kheap breakdown` and `kheap signatures`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use kheap::Diagnosis;
use kheap::Profile;
use kheap::attribute::Dimensions;
use kheap::knowledge::Version;
use kheap_text::diagnosis::not_judged;

use crate::{archives, output};

use super::{BesideArgs, Conditions, FailOn, LimitArgs, OutputArgs, ProcessArgs, ViewArgs};
use crate::config::Suppressed;

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    /// A heap profile or a pasted `top` table; - is standard input. Several dumps, a folder
    /// or an archive (.tar.gz, .zip): the newest is diagnosed, with its growth
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) beside: BesideArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    /// Stop at the first file that cannot be read, instead of skipping it
    #[arg(long)]
    pub(crate) strict: bool,
    /// Also show findings that are too small to matter
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with code 1 if a finding is at this severity or above (info, low, medium, high,
    /// critical) or the limit is passed, or if a condition is met: 'growth>10%', 'total>4GB',
    /// 'part:ID>500MB'; several with commas
    #[arg(long, value_name = "GATE", value_parser = FailOn::parse_all)]
    fail_on: Vec<Conditions>,
    /// Sample type to diagnose [default: the file's, inuse_space for a table]
    #[arg(long, alias = "sample_index", value_name = "TYPE")]
    pub(crate) sample_type: Option<String>,
    #[command(flatten)]
    pub(crate) versions: VersionArgs,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Findings that are not to be reported.
    #[arg(skip)]
    pub(crate) suppressed: Suppressed,
}

impl DiagnoseArgs {
    /// Whether amounts are bounded, and not only the severity of findings.
    pub(crate) fn has_bounds(&self) -> bool {
        let mut conditions = self.fail_on().into_iter();
        conditions.any(|condition| matches!(condition, FailOn::Gate { .. }))
    }

    /// The conditions on which the exit code is 1.
    pub(crate) fn fail_on(&self) -> Vec<FailOn> {
        Conditions::all(&self.fail_on)
    }

    /// Whether files are looked for.
    pub(crate) fn has_folder(&self) -> bool {
        self.files.iter().any(|file| archives::has_files(file))
    }

    /// Says which options have no effect, because the values are not judged.
    pub(crate) fn note_idle_options(&self, diagnosis: &Diagnosis) {
        let mut options = self.process.given();
        // Bounds hold for all values.
        let of_findings = |condition: &FailOn| matches!(condition, FailOn::Severity(_));
        options.extend(
            self.fail_on()
                .into_iter()
                .find(of_findings)
                .map(|_| "--fail-on"),
        );
        let why = not_judged(diagnosis).filter(|_| !options.is_empty());
        if let Some(why) = why {
            let has = if options.len() == 1 { "has" } else { "have" };
            let options = options.join(", ");
            output::note(&format!("{options} {has} no effect here: {why}"));
        } else if self.process.has_idle_gogc(diagnosis) {
            output::note("--gogc has no effect without --limit or the size of the process (--rss)");
        }
    }

    /// The one file that is given, unless it is a folder.
    pub(crate) fn single(&self) -> Option<&Path> {
        match &self.files[..] {
            [file] if !archives::has_files(file) => Some(file),
            _ => None,
        }
    }
}

/// Which versions run, where the dump does not tell them.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// Kubernetes version of the server, such as 1.34 [default: as the dump shows]
    #[arg(long, value_name = "VERSION", value_parser = kube_version)]
    pub(crate) kube_version: Option<Version>,
    /// etcd version of the server, such as 3.5.13 [default: as the dump shows]
    #[arg(long, value_name = "VERSION", value_parser = etcd_version)]
    pub(crate) etcd_version: Option<Version>,
}

pub(super) fn kube_version(text: &str) -> Result<Version> {
    let version: Version = text.parse()?;
    match version.major {
        1 => Ok(version),
        0 => bail!(
            "v{version} is a version of its modules; write 1.{}",
            version.minor
        ),
        _ => bail!("no version of Kubernetes is {version}; write one like 1.34"),
    }
}

pub(super) fn etcd_version(text: &str) -> Result<Version> {
    let Ok(version) = text.parse::<Version>() else {
        bail!("invalid version {text:?}: a version of etcd is written like 3.6");
    };
    match version.major {
        2 | 3 => Ok(version),
        _ => bail!("no version of etcd is {version}; write one like 3.6"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct CatalogArgs {
    /// Also use the signatures in DIR (*.toml)
    #[arg(long, value_name = "DIR")]
    pub(crate) signatures: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Attribute stacks by the rules in FILE (TOML) before the built-in ones: frames, parts,
    /// roles and rules of your own
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SignatureArgs {
    /// The signature to explain [default: list all]
    #[arg(value_name = "ID", help_heading = "Arguments")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BreakdownArgs {
    /// Group by this key [default: all, which is part, verb and kind; profiles of other
    /// things than Go heaps: module and package]
    #[arg(long, value_enum, value_name = "D")]
    by: Option<By>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Part,
    Verb,
    Kind,
    Package,
    Module,
    All,
}

impl BreakdownArgs {
    /// By which keys a profile is grouped. Only a heap of Go has parts, verbs and kinds.
    pub(crate) fn dimensions(&self, profile: &Profile) -> Result<Dimensions> {
        let none = Dimensions::NONE;
        let is_of_code = matches!(self.by, Some(By::Package | By::Module));
        if !profile.is_go_heap() && !is_of_code {
            let of_code = none.package(true).module(true);
            return match self.by {
                None => Ok(of_code),
                Some(_) => bail!(
                    "only the heap of a Go program has parts, verbs and kinds; \
                     use --by module or --by package"
                ),
            };
        }
        Ok(match self.by.unwrap_or(By::All) {
            By::Part => none.part(true),
            By::Verb => none.verb(true),
            By::Kind => none.kind(true),
            By::Package => none.package(true),
            By::Module => none.module(true),
            By::All => Dimensions::ALL,
        })
    }
}
