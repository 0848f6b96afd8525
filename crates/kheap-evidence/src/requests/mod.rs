//! Who asked for what: audit logs and server logs, by client.

mod audit;
mod client;
mod klog;
mod ledger;
mod log;
mod query;
mod reader;
mod server_log;
mod trace;

pub use client::{Client, ClientKey, Traced};
pub use log::{LogKind, Requests};
pub(crate) use reader::{is_audit_log, is_line, read};
