//! Which part of a profile is looked at, and how: pprof's options, under its names too.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use kheap::filter::{Pattern, TagFilter};
use kheap::{Filters, SelectionOptions, unit};

#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Sample type, such as inuse_space or alloc_objects [default: the file's]
    #[arg(long, alias = "sample_index", value_name = "TYPE", default_value = "")]
    #[arg(hide_default_value = true)]
    sample_type: String,
    #[command(flatten)]
    sample_type_flags: SampleTypeFlags,
    /// Group frames by function, file, line or address
    #[arg(long, value_enum, value_name = "G", default_value_t)]
    granularity: Granularity,
    #[command(flatten)]
    granularity_flags: GranularityFlags,
    /// Count inlined functions as their callers
    #[arg(long, alias = "noinlines")]
    no_inlines: bool,
    /// Show values in B, kB, MB, GB or auto [default: the unit of the smallest]
    #[arg(long, value_name = "U", default_value = unit::MINIMUM, hide_default_value = true)]
    unit: String,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Keep stacks with a frame that matches (function, file or binary)
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    focus: Option<String>,
    /// Drop stacks with a frame that matches
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    ignore: Option<String>,
    /// Hide frames that match
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    hide: Option<String>,
    /// Hide frames that do not match
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    show: Option<String>,
    /// Hide the callers of the outermost frame that matches
    #[arg(
        long,
        alias = "show_from",
        value_name = "REGEX",
        allow_hyphen_values = true
    )]
    show_from: Option<String>,
    /// Hide the callees of the innermost frame that matches
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

    pub(super) fn options(&self) -> Result<SelectionOptions> {
        Ok(SelectionOptions::default()
            .filters(self.filters.filters()?)
            .granularity(self.granularity())
            .inlines(!self.no_inlines)
            .unit(self.unit.clone()))
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
    pub(super) fn filters(&self) -> Result<Filters> {
        Ok(Filters::default()
            .focus(pattern("--focus", self.focus.as_deref())?)
            .ignore(pattern("--ignore", self.ignore.as_deref())?)
            .hide(pattern("--hide", self.hide.as_deref())?)
            .show(pattern("--show", self.show.as_deref())?)
            .show_from(pattern("--show-from", self.show_from.as_deref())?)
            .prune_from(pattern("--prune-from", self.prune_from.as_deref())?)
            .tag_focus(tag_filter("--tag-focus", self.tag_focus.as_deref())?)
            .tag_ignore(tag_filter("--tag-ignore", self.tag_ignore.as_deref())?))
    }
}

/// Compiles a regular expression; an empty one is none, as in pprof.
pub(crate) fn pattern(option: &str, text: Option<&str>) -> Result<Option<Pattern>> {
    let text = text.filter(|text| !text.is_empty());
    let pattern = text.map(Pattern::new).transpose();
    pattern.with_context(|| format!("cannot use {option}"))
}

pub(super) fn tag_filter(option: &str, text: Option<&str>) -> Result<Option<TagFilter>> {
    let text = text.filter(|text| !text.is_empty());
    let filter = text.map(TagFilter::new).transpose();
    filter.with_context(|| format!("cannot use {option}"))
}
