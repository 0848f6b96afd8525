//! How many columns a text takes, and texts of a given width.
//!
//! Rust's own formatting counts characters and panics at a width above 65,535,
//! which a name in a file can reach; here every width is fine.

use unicode_width::UnicodeWidthStr;

/// The columns that a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text with blanks behind it, up to a width in columns.
pub fn left(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// A text with blanks in front of it, up to a width in columns.
pub fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// Cuts a text that is longer than `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    // No text has more characters than bytes.
    if text.len() <= most {
        return text.to_owned();
    }
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The longest name from a profile that is written out, in characters. Go's own stay below
/// it; names made to fill pages do not fill them.
pub const LONGEST_NAME: usize = 1000;

/// Cuts a text that is longer than `most` bytes, before a character.
pub fn shorten_bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let is_boundary = |&at: &usize| text.is_char_boundary(at);
    let end = (0..=most).rev().find(is_boundary).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_padded_by_columns_to_any_width() {
        assert_eq!(left("ü", 3), "ü  ");
        assert_eq!(right("漢", 3), " 漢");
        assert_eq!(left("long", 2), "long");
        assert_eq!(right("x", 70_000).len(), 70_000);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shorten("漢字", 2), "漢字");
        assert_eq!(shorten("漢字漢", 2), "漢字…");
        assert_eq!(shorten_bytes("漢字", 6), "漢字");
        assert_eq!(shorten_bytes("漢字", 5), "漢…");
    }
}
