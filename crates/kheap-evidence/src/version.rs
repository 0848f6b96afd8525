//! The answer of `/version`.

use serde::Deserialize;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Version {
    /// Such as `v1.36.2`.
    pub git_version: String,
    /// The Go version that built it.
    #[serde(default)]
    pub go_version: String,
}

/// Whether a JSON document is one, be it cut.
pub(crate) fn is_version(head: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
    has(b"\"gitVersion\"") && (has(b"\"goVersion\"") || has(b"\"major\""))
}

/// Reads it.
pub(crate) fn parse(text: &[u8]) -> Option<Version> {
    serde_json::from_slice(text).ok()
}

/// The minor release of `v1.36.2`, where it is one of Kubernetes 1.
pub(crate) fn minor(version: &str) -> Option<u32> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
