//! The arguments of what lies beside a dump.

use std::path::PathBuf;

use clap::Args;

/// Files beside a dump, and what is made of them.
#[derive(Debug, Default, Args)]
pub(crate) struct BesideArgs {
    /// Metrics, goroutine profiles, audit and server logs of the same server, compressed or not,
    /// or folders or archives of them; put it after the dumps
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Evidence beside the dump")]
    pub(crate) with: Vec<PathBuf>,
    /// Leave out users, user agents, addresses, namespaces and selectors
    #[arg(long, help_heading = "Evidence beside the dump")]
    pub(crate) no_clients: bool,
    /// Write a FlowSchema and a PriorityLevelConfiguration for each client that is behind a
    /// finding to DIR; kheap applies nothing
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "no_clients",
        help_heading = "Evidence beside the dump"
    )]
    pub(crate) write_manifests: Option<PathBuf>,
}

impl BesideArgs {
    /// Files beside a dump, and nothing that is made of them.
    pub(crate) fn of(with: &[PathBuf]) -> Self {
        Self {
            with: with.to_vec(),
            ..Self::default()
        }
    }
}
