//! The formats of results.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ValueEnum};

/// What is asked for. Only what is found or changed can be shown as annotations of GitHub
/// Actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum Asked {
    // No help of their own: with it, clap spreads all help over three screens.
    #[default]
    Text,
    Json,
    Csv,
    Markdown,
    #[value(skip)]
    Github,
}

/// What a result is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Csv,
    Markdown,
}

impl Asked {
    /// Annotations are lines of text.
    pub(super) fn format(self) -> Format {
        match self {
            Self::Text | Self::Github => Format::Text,
            Self::Json => Format::Json,
            Self::Csv => Format::Csv,
            Self::Markdown => Format::Markdown,
        }
    }
}

/// The name of the format that few commands have.
const GITHUB: &str = "github";

/// Lets a command write annotations, too.
pub(super) fn with_github(format: Arg) -> Arg {
    let names = Asked::value_variants()
        .iter()
        .filter_map(Asked::to_possible_value);
    let names = names.chain([GITHUB.into()]);
    let parser = PossibleValuesParser::new(names);
    format.value_parser(parser.map(|name| match name.as_str() {
        GITHUB => Asked::Github,
        name => Asked::from_str(name, false).unwrap_or_default(),
    }))
}
