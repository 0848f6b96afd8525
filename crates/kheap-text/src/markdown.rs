//! Texts that mean nothing in Markdown but themselves.

use crate::guard::one_line;

/// A text that means nothing but itself, fit for a line.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
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
    span(text).replace('|', "\\|")
}

/// A code span that no content can end, to be copied from a line that is no table.
fn span(text: &str) -> String {
    if text.is_empty() {
        // Two quotes alone would be shown as they are.
        return "(no name)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = one_line(text);
    match longest {
        0 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// An address to follow, or where a text is none, the text.
pub fn link(text: &str) -> String {
    let of_address = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '\\');
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    match is_web && text.chars().all(of_address) {
        true => format!("<{text}>"),
        false => plain(text),
    }
}

/// Words with code in backticks, in a line.
pub fn words(text: &str) -> String {
    written(text, span)
}

/// The same in a table, where a stroke ends a cell in code, too.
pub fn cell(text: &str) -> String {
    written(text, code)
}

fn written(text: &str, code: fn(&str) -> String) -> String {
    let spans = spans(text).into_iter();
    let written = spans.map(|(is_code, text)| if is_code { code(text) } else { plain(text) });
    written.collect()
}

/// What stands between two backticks, and what does not. A last one without a
/// second one is text, as are two with nothing in between.
pub fn spans(text: &str) -> Vec<(bool, &str)> {
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let lone = text.rfind('`').filter(|_| !is_paired);
    let (paired, tail) = text.split_at(lone.unwrap_or(text.len()));
    let spans = paired.split('`').enumerate();
    let mut spans: Vec<(bool, &str)> = spans
        .map(|(position, span)| match (position % 2 == 1, span) {
            (true, "") => (false, "``"),
            (is_code, span) => (is_code, span),
        })
        .collect();
    spans.push((false, tail));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_in_a_sentence_is_markup() {
        assert_eq!(plain("a.(*b)[c]\n# d"), "a.(\\*b)\\[c\\]\\\\n\\# d");
    }

    #[test]
    fn a_command_can_be_copied_from_a_line_and_stays_in_its_cell() {
        assert_eq!(words("Count: `a | wc`, x|y"), "Count: `a | wc`, x\\|y");
        assert_eq!(cell("Count: `a | wc`, x|y"), "Count: `a \\| wc`, x\\|y");
    }

    #[test]
    fn an_address_is_a_link_and_no_other_text_is_markup() {
        let check = |text: &str, expected: &str| assert_eq!(link(text), expected);
        check(
            "https://pkg.go.dev/io#ReadAll",
            "<https://pkg.go.dev/io#ReadAll>",
        );
        check("https://a><script>", "https://a\\>\\<script\\>");
        check("https://a b", "https://a b");
        check("https://a\u{202e}b", "https://a\\\\u202eb");
        check("javascript:alert(1)", "javascript:alert(1)");
        check("a _book_", "a \\_book\\_");
    }

    #[test]
    fn no_name_ends_its_code_span_or_its_cell() {
        assert_eq!(code("a.b"), "`a.b`");
        assert_eq!(code(""), "(no name)");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("a\nb"), "`a\\nb`");
    }
}
