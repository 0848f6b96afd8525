//! Which files of an archive are worth reading, by their first bytes.

use kheap::decode::{DecodeErrorKind, Lookalike, is_of_other_tool};
use kheap::{Limits, table};

use super::{is_archive, tar};
use crate::is_beside;
use crate::unpack::{read_up_to, unpack};

/// Whether a file is called like a profile: one that is damaged is missed.
pub fn has_profile_name(name: &str) -> bool {
    const ENDS: [&str; 5] = [".pb.gz", ".pb", ".pprof", ".prof", ".heap"];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// What a file is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// It may be a dump, or a table of one.
    Dump,
    /// It lies beside a dump.
    Beside,
    /// It is an archive itself.
    Nested,
    /// It is neither.
    Nothing,
}

/// How much of a file is inflated to know what it is, in bytes.
const INFLATED_BYTES: u64 = 64 << 10;

pub(super) fn worth(name: &str, head: &[u8]) -> Worth {
    // Zeros are an empty archive only where one is expected.
    if !tar::is_end(head) && is_archive(head).unwrap_or(false) {
        return Worth::Nested;
    }
    if is_beside(head) {
        return Worth::Beside;
    }
    match has_profile_name(name) || may_be_dump(head) {
        true => Worth::Dump,
        false => Worth::Nothing,
    }
}

/// Whether a file that begins so may be a dump, or a table of one.
fn may_be_dump(head: &[u8]) -> bool {
    let mut inflated = Vec::new();
    if let Ok(mut reader) = unpack(head, INFLATED_BYTES) {
        // What was read before the end of the head says enough.
        let _ = read_up_to(&mut reader, INFLATED_BYTES, &mut inflated);
    }
    let inflated = inflated.as_slice();
    if is_of_other_tool(inflated) {
        return true;
    }
    let error = match kheap::decode_reader(inflated, &Limits::default()) {
        Ok(_) => return true,
        Err(error) => error,
    };
    match error.kind {
        DecodeErrorKind::Lookalike(Lookalike::GitLfsPointer) => true,
        DecodeErrorKind::Lookalike(_) => table::looks_like_table(inflated),
        // The head ends there.
        DecodeErrorKind::Truncated
        | DecodeErrorKind::NoStrings
        | DecodeErrorKind::FirstString
        | DecodeErrorKind::MissingString { .. }
        | DecodeErrorKind::MissingLocation(_)
        | DecodeErrorKind::MissingFunction(_) => begins_profile(inflated),
        _ => false,
    }
}

/// Whether a file begins with a field of a profile: their numbers are 1 to 15, and each is a
/// number or a record.
fn begins_profile(bytes: &[u8]) -> bool {
    let first = bytes.first().map(|key| (key >> 3, key & 7));
    matches!(first, Some((1..=15, 0 | 2)))
}
