//! Names that a dump brings along.

use kheap_text::shorten;

/// The longest name that is written out, in characters, as in pictures.
const LONGEST_NAME: usize = 1000;

/// A name from a dump, as far as anybody reads it.
pub(crate) fn name(text: &str) -> String {
    shorten(text, LONGEST_NAME)
}
