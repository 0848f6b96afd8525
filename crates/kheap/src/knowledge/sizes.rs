//! Sizes of well-known objects, by which they are counted.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What one object takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownSize {
    /// Many of them: `goroutines`.
    pub(crate) what: String,
    /// The least and the most, in bytes.
    pub(crate) bytes: [i64; 2],
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
            let [least, most] = size.bytes;
            assert!(
                !size.what.is_empty() && 0 < least && least <= most,
                "{name}"
            );
        }
        assert!(known_size("goroutine").is_some() && known_size("elephant").is_none());
    }
}
