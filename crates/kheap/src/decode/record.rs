//! How Go's text form begins, and how a record of it does.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The same numbers for one stack, and its addresses, leaf first.
pub(super) static RECORD: LazyLock<Regex> = LazyLock::new(|| {
    let counts = r"(-?\d+): *(-?\d+) *\[ *(-?\d+): *(-?\d+) *\]";
    Regex::new(&format!(r"(?-u)^{counts} *@([ x0-9a-fA-F]*)$")).expect("a valid expression")
});

/// Says whether a file begins like a heap profile in text form, C++'s included.
pub fn is_heap_text(beginning: &[u8]) -> bool {
    without_mark(beginning).starts_with(b"heap profile:")
}

/// Says whether a file begins like a pointer that Git LFS leaves in place of the file.
pub fn is_git_lfs_pointer(beginning: &[u8]) -> bool {
    without_mark(beginning).starts_with(b"version https://git-lfs")
}

/// Says whether a line is the first one of a record.
pub(super) fn is_record(line: &[u8]) -> bool {
    line.contains(&b'@') && line.contains(&b'[') && RECORD.is_match(line)
}

pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    text.trim_ascii_start()
}
