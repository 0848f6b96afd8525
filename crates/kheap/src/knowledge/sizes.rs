//! Sizes of well-known objects, by which they are counted.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What one object takes, or how many objects of one size an owner has.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum KnownSize {
    /// All of them take as much.
    Bytes(Sized),
    /// An owner has few of one size.
    Owner(Owner),
}

/// What one object takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sized {
    /// Many of them: `goroutines`.
    pub(crate) what: String,
    /// The least and the most, in bytes.
    pub(crate) bytes: [i64; 2],
}

/// How many objects of one size an owner has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    /// Many owners: `watches`.
    pub(crate) what: String,
    /// At most so many.
    pub(crate) each: i64,
    /// Who allocates the objects, where not all that is claimed are such.
    #[serde(default)]
    pub(crate) leaf: Option<String>,
    /// Who stands somewhere above it.
    #[serde(default)]
    pub(crate) caller: Option<String>,
    /// Smaller objects are others.
    #[serde(default)]
    pub(crate) from: i64,
}

/// The size of an object by its name in the data: `goroutine`.
pub(crate) fn known_size(name: &str) -> Option<&'static KnownSize> {
    sizes().get(name)
}

fn sizes() -> &'static BTreeMap<String, KnownSize> {
    static SIZES: OnceLock<BTreeMap<String, KnownSize>> = OnceLock::new();
    SIZES.get_or_init(|| built_in!("sizes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_a_name_and_some_bytes() {
        for (name, size) in sizes() {
            let (what, is_right) = match size {
                KnownSize::Bytes(Sized { what, bytes }) => {
                    (what, 0 < bytes[0] && bytes[0] <= bytes[1])
                }
                KnownSize::Owner(Owner { what, each, .. }) => (what, *each > 0),
            };
            assert!(!what.is_empty() && is_right, "{name}");
        }
        assert!(known_size("goroutine").is_some() && known_size("elephant").is_none());
    }
}
