//! Columns as wide as what a file says.
//!
//! Rust's own formatting panics at a width above 65,535, which a name in a file
//! can reach; here every width is fine.

/// So many blanks.
pub(super) fn blanks(count: usize) -> String {
    " ".repeat(count)
}

/// A text with blanks behind it, up to a width in characters.
pub(super) fn left(text: &str, width: usize) -> String {
    format!("{text}{}", blanks(missing(text, width)))
}

/// A text with blanks in front of it, up to a width in characters.
pub(super) fn right(text: &str, width: usize) -> String {
    format!("{}{text}", blanks(missing(text, width)))
}

/// The width of a column of texts: of the longest one that is no longer than
/// `most`. Longer ones stand out of their column rather than widen it for all.
pub(super) fn column<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> usize {
    let widths = texts.map(|text| text.chars().count());
    widths.filter(|&width| width <= most).max().unwrap_or(0)
}

fn missing(text: &str, width: usize) -> usize {
    width.saturating_sub(text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_padded_by_characters_to_any_width() {
        assert_eq!(left("ü", 3), "ü  ");
        assert_eq!(right("ü", 3), "  ü");
        assert_eq!(left("long", 2), "long");
        assert_eq!(right("x", 70_000).len(), 70_000);
        assert_eq!(blanks(70_000).len(), 70_000);
    }

    #[test]
    fn what_is_too_long_does_not_widen_its_column() {
        let texts = ["a", "üüü", "longer"];
        assert_eq!(column(texts.into_iter(), 6), 6);
        assert_eq!(column(texts.into_iter(), 5), 3);
        assert_eq!(column([].into_iter(), 5), 0);
    }
}
