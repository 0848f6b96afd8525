//! The user's own words above a report.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// Renders Markdown. HTML in it is shown as text, and of pictures only their
/// description: a report loads nothing.
pub(crate) fn html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        event => Some(event),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(html(markdown).trim(), expected);
    }

    #[test]
    fn markdown_is_rendered() {
        check("# A *b*", "<h1>A <em>b</em></h1>");
        check(
            "[a](https://example.com)",
            "<p><a href=\"https://example.com\">a</a></p>",
        );
    }

    #[test]
    fn html_is_text_and_pictures_are_their_description() {
        check("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>");
        check(
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        );
        check("![our logo](https://example.com/a.png)", "<p>our logo</p>");
    }
}
