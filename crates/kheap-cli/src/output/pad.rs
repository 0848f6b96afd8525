//! Columns of pprof's tables, which count characters as Go does.
//!
//! Rust's own formatting panics at a width above 65,535, which a name in a file
//! can reach; here every width is fine.

/// So many blanks.
pub(super) fn blanks(count: usize) -> String {
    " ".repeat(count)
}

/// A text with blanks in front of it, up to a width in characters.
pub(super) fn right(text: &str, width: usize) -> String {
    format!("{}{text}", blanks(missing(text, width)))
}

fn missing(text: &str, width: usize) -> usize {
    width.saturating_sub(text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_padded_by_characters_to_any_width() {
        assert_eq!(right("ü", 3), "  ü");
        assert_eq!(right("long", 2), "long");
        assert_eq!(right("x", 70_000).len(), 70_000);
        assert_eq!(blanks(70_000).len(), 70_000);
    }
}
