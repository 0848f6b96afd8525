//! A hash that is stored with results, to see whether two of them were made alike.

/// A hash of a text, which begins with another one.
pub(crate) fn fingerprint(hash: u64, text: &str) -> u64 {
    let bytes = text.bytes().map(u64::from);
    mixed(bytes.fold(hash, mixed), text.len() as u64)
}

/// A step of a hash that is the same in every version of this crate and of Rust: snapshots are
/// stored with it.
pub(crate) fn mixed(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).rotate_left(23)
}
