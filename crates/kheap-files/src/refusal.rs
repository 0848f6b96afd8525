//! What to do about a file that is no profile.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::anyhow;
use kheap::decode::Lookalike;
use kheap::table::{self, TableErrorKind};
use kheap::{DecodeError, DecodeErrorKind, OpenError};
use kheap_evidence::{FileKind, kind_beside};

use crate::beside::is_companion;
use crate::host::{Host, name};
use crate::read::{head_of, inflated, is_table};

/// What to do about a file that is no profile.
pub(crate) fn refuse(host: &dyn Host, file: &Path, error: &DecodeError) -> anyhow::Error {
    let name = name(file);
    if host.is_archive(file) {
        return host.refuse_archive(file);
    }
    match is_table(host, file) {
        true => anyhow!(
            "{name} is a pasted `top` table without stacks; only `kheap diagnose` accepts one"
        ),
        false if may_lie_beside(error) && host.lies_beside(file) => belongs_beside(host, file),
        false => match head_of(host, file).and_then(|head| refusal(&head)) {
            Some(message) if may_lie_beside(error) => refused(&name, &message),
            _ => explain(&name, error),
        },
    }
}

/// What to do about a log, metrics or goroutines in place of a dump.
pub(crate) fn belongs_beside(host: &dyn Host, file: &Path) -> anyhow::Error {
    let kind = head_of(host, file).and_then(|head| kind_beside(&head[..]));
    let is = match kind {
        Some(FileKind::AuditLog) => "is an audit log",
        Some(FileKind::ServerLog) => "is a server log",
        Some(FileKind::Metrics) => "has metrics",
        Some(FileKind::Goroutines) => "has goroutines",
        Some(FileKind::Version) => "has the version of a server",
        _ => "has metrics, logs or goroutines",
    };
    let (name, command) = (name(file), host.diagnose_with(file));
    anyhow!("{name} {is}, not a heap profile; run `{command}`")
}

/// What to do about a file that is neither a profile nor a table, and begins so.
pub(crate) fn not_opened(
    host: &dyn Host,
    file: &Path,
    head: &[u8],
    error: OpenError,
) -> anyhow::Error {
    let name = name(file);
    let message = match &error {
        OpenError::Profile(profile) | OpenError::Text { profile, .. } => {
            refusal(head).filter(|_| may_lie_beside(profile))
        }
        _ => None,
    };
    match (message, error) {
        (Some(message), _) => refused(&name, &message),
        (None, OpenError::Profile(error)) => refuse(host, file, &error),
        (None, OpenError::Text { .. }) if is_companion(host, file) => belongs_beside(host, file),
        (None, OpenError::Text { table, profile }) => match table.kind {
            // What it is of is known, and what is wrong with it.
            TableErrorKind::NoRows { .. } if !may_lie_beside(&profile) => explain(&name, &profile),
            TableErrorKind::NoRows { .. } if table::looks_like_table(&inflated(head)) => {
                anyhow!("cannot read {name}: its table of `top` has no rows; paste it with them")
            }
            TableErrorKind::NoRows { .. } => anyhow!(
                "cannot read {name}: it is neither a profile nor a table of `top`; fetch the \
                 dump again, or paste the table with its rows"
            ),
            _ => anyhow!("cannot read {name} as a table of `top`: {table}"),
        },
        (None, error) => anyhow!("cannot read {name}: {error}"),
    }
}

/// A file in a format that is known, and that kheap does not read.
#[derive(Debug)]
pub(crate) struct OtherFormat {
    name: String,
    pub(crate) found: Lookalike,
}

impl std::error::Error for OtherFormat {}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.found)
    }
}

/// One line: the file, what is wrong and where, and what to do.
fn explain(name: &str, error: &DecodeError) -> anyhow::Error {
    let fault = match &error.kind {
        DecodeErrorKind::Io(error) => return not_unpacked(name, error),
        // The limit is ours; no place in the file is to blame.
        DecodeErrorKind::TooLarge { limit } => {
            format!("it is larger than {limit} bytes uncompressed")
        }
        kind @ DecodeErrorKind::NamesTooLong { .. } => kind.to_string(),
        // Nothing was decoded: what the file is comes first.
        DecodeErrorKind::Empty => return anyhow!("{name} is empty; fetch it again"),
        DecodeErrorKind::Lookalike(found) => {
            return OtherFormat {
                name: name.to_owned(),
                found: *found,
            }
            .into();
        }
        _ => error.to_string(),
    };
    match advice(&error.kind) {
        Some(advice) => anyhow!("cannot decode {name}: {fault}; {advice}"),
        None => anyhow!("cannot decode {name}: {fault}"),
    }
}

const DAMAGED: &str = "the file is damaged, or not a profile; fetch it again";

/// What to do about a file that cannot be decoded, where the error does not say
/// it itself.
fn advice(kind: &DecodeErrorKind) -> Option<&'static str> {
    match kind {
        DecodeErrorKind::GzipTruncated => Some("fetch the file again"),
        DecodeErrorKind::Gzip(_) | DecodeErrorKind::Reader(_) => Some("fetch the file again"),
        DecodeErrorKind::Concatenated => Some("split the file and give both parts"),
        DecodeErrorKind::TooLarge { .. } => Some("raise the limit with --max-inflated-size"),
        // Go writes nothing of that size.
        DecodeErrorKind::TooMany { .. }
        | DecodeErrorKind::TablesTooLarge { .. }
        | DecodeErrorKind::NamesTooLong { .. } => Some(DAMAGED),
        kind if kind.is_damage() => Some(DAMAGED),
        _ => None,
    }
}

/// What to do about a file that cannot be unpacked.
pub(crate) fn not_unpacked(name: &str, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::InvalidData => anyhow!("cannot decode {name}: {error}; fetch the file again"),
        ErrorKind::FileTooLarge => {
            anyhow!("cannot decode {name}: {error}; raise the limit with --max-inflated-size")
        }
        _ => anyhow!("cannot read {name}: {error}"),
    }
}

/// The longest message of a server that is shown, in bytes.
const MESSAGE_BYTES: usize = 300;

/// The message of a server or of kubectl that somebody saved in place of a profile.
fn refusal(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let status: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let message = match &status {
        Some(status) => status.get("message")?.as_str()?,
        None => text,
    };
    let message = message.trim();
    let lower = message.to_lowercase();
    let is_error = lower.starts_with("error") || REFUSALS.iter().any(|word| lower.contains(word));
    let is_short = message.len() <= MESSAGE_BYTES && !message.contains('\n');
    (is_error && is_short && !message.is_empty()).then(|| message.to_owned())
}

/// Words of servers that do not serve a profile.
const REFUSALS: [&str; 6] = [
    "forbidden",
    "unauthorized",
    "permission denied",
    "connection refused",
    "page not found",
    "request timeout",
];

/// What to do about such a message.
fn refused(name: &str, message: &str) -> anyhow::Error {
    let lower = message.to_lowercase();
    let is_right = ["forbidden", "unauthorized", "permission"];
    let advice = match is_right.iter().any(|word| lower.contains(word)) {
        true => "get the right to read /debug/pprof/*, then fetch the dump again",
        false => "see that the server answers, then fetch the dump again",
    };
    anyhow!("{name} is not a profile, but an error message: {message:?}; {advice}")
}

/// Whether nothing better is known of what a file is.
fn may_lie_beside(error: &DecodeError) -> bool {
    use Lookalike::{Goroutines, Json, Text};
    matches!(
        error.kind,
        DecodeErrorKind::Lookalike(Goroutines | Json | Text)
    )
}
