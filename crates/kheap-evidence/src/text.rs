//! Strings of a file, in bounded memory.

/// How much of a name is kept: no name that says who asked is so long.
pub(crate) const MAX_BYTES: usize = 1024;

/// The first part of a long string.
pub(crate) fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_strings_are_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = format!("{}é", "x".repeat(MAX_BYTES - 1));
        assert_eq!(cut(&long).len(), MAX_BYTES - 1);
    }
}
