//! Names that a dump brings along.

use kheap_text::{LONGEST_NAME, shorten};

/// A name from a dump, as far as anybody reads it.
pub(crate) fn name(text: &str) -> String {
    shorten(text, LONGEST_NAME)
}
