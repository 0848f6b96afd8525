//! Texts that mean nothing in Markdown but themselves.

/// A text that means nothing but itself, fit for a line.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span that no content can end, fit for a table.
pub fn code(text: &str) -> String {
    if text.is_empty() {
        // Two quotes alone would be shown as they are.
        return "(no name)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    match longest {
        0 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_in_a_sentence_is_markup() {
        assert_eq!(plain("a.(*b)[c]\n# d"), "a.(\\*b)\\[c\\] \\# d");
    }

    #[test]
    fn no_name_ends_its_code_span_or_its_cell() {
        assert_eq!(code("a.b"), "`a.b`");
        assert_eq!(code(""), "(no name)");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("a\nb"), "`a b`");
    }
}
