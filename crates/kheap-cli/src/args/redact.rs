//! The arguments of `kheap redact`.

use std::path::PathBuf;

use clap::Args;

use super::LimitArgs;

#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// Heap and goroutine profiles, pasted tables, metrics, logs, gzipped or not, or folders of
    /// them
    #[arg(value_name = "FILE|DIR", required = true, help_heading = "Arguments")]
    pub(crate) files: Vec<PathBuf>,
    /// Write the redacted files to DIR, which must not exist
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Make pseudonyms from the secret in FILE (HMAC-SHA-256), so that they are the same in every
    /// call [default: numbered as they are met]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Keep packages and words that match
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub(crate) keep: Option<String>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}
