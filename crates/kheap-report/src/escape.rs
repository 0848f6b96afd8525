//! What every text passes on its way into a template: names in a dump are
//! anybody's, and must stay text.

use std::fmt::{self, Write};

use askama::filters::Escaper;
pub(crate) use kheap_text::markdown::{cell, code, words};
use kheap_text::markdown::{plain, spans};
use kheap_text::one_line;

/// For HTML and SVG.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &one_line(text))
    }
}

/// For Markdown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        dest.write_str(&plain(text))
    }
}

/// A line of an indented block of code, in which nothing has a meaning.
pub(crate) fn verbatim(text: &str) -> String {
    one_line(text)
}

/// Words with code in backticks, as HTML.
pub(crate) fn words_html(text: &str) -> String {
    let mut out = String::new();
    for (is_code, text) in spans(text) {
        let [open, close] = if is_code {
            ["<code>", "</code>"]
        } else {
            [""; 2]
        };
        out += open;
        // Writing to a string does not fail.
        let _ = Html.write_escaped_str(&mut out, text);
        out += close;
    }
    out
}

/// A file name as an address in angle brackets.
pub(crate) fn address(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '%' | '<' | '>' | '\\' | '#' | '?' | ' ' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    one_line(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(escaper: impl Escaper, text: &str) -> String {
        let mut out = String::new();
        let written = escaper.write_escaped_str(&mut out, text);
        written.expect("a string takes everything");
        out
    }

    #[test]
    fn in_html_no_text_is_markup_or_invisible() {
        let check = |text, expected: &str| assert_eq!(escaped(Html, text), expected);
        check("<a href=\"'&", "&#60;a href=&#34;&#39;&#38;");
        check("\u{202e}a\nb", "\\u202ea\\nb");
    }

    #[test]
    fn in_markdown_no_text_is_markup_or_invisible() {
        let check = |text, expected: &str| assert_eq!(escaped(Markdown, text), expected);
        check("<b>*a*|&amp;", "\\<b\\>\\*a\\*\\|\\&amp;");
        check("\u{202e}a\nb", "\\\\u202ea\\\\nb");
    }

    #[test]
    fn code_in_words_is_code_and_a_lone_backtick_is_none() {
        let check = |text, markdown: &str, html: &str| {
            assert_eq!(words(text), markdown);
            assert_eq!(words_html(text), html);
        };
        check(
            "run `a | b`, *then* `c`",
            "run `a | b`, \\*then\\* `c`",
            "run <code>a | b</code>, *then* <code>c</code>",
        );
        check("a`<b", "a\\`\\<b", "a`&#60;b");
        check("`a``b`", "`a``b`", "<code>a</code><code>b</code>");
        check("``a`<b>", "\\`\\`a\\`\\<b\\>", "``a`&#60;b&#62;");
        check("", "", "");
    }

    #[test]
    fn a_file_name_is_an_address() {
        assert_eq!(address("our #1 (50%)<"), "our%20%231%20(50%25)%3C");
    }
}
