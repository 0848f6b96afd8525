//! The user's own words above a report.

use kheap_text::visible;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// What a text may have besides characters that are seen.
const KEPT: [char; 2] = ['\n', '\t'];

/// What an address may begin with, besides those that stay on this machine or page.
const SCHEMES: [&str; 3] = ["http:", "https:", "mailto:"];

/// Renders Markdown. HTML in it is shown as text, and of pictures only their
/// description: a report loads nothing. Links lead to pages and mail alone.
pub(crate) fn html(markdown: &str) -> String {
    // Links do not stand in links.
    let mut is_dropped = false;
    let events = Parser::new_ext(markdown, options()).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) if !is_harmless(dest_url) => {
            is_dropped = true;
            None
        }
        Event::End(TagEnd::Link) if std::mem::take(&mut is_dropped) => None,
        event => Some(event),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    // Behind the reading of references such as `&#x202e;`.
    visible(&out, &KEPT)
}

/// The same words for a ticket: HTML in them is text there, too.
pub(crate) fn markdown(markdown: &str) -> String {
    let markdown = &visible(&markdown.replace("\r\n", "\n"), &KEPT);
    let mut out = String::new();
    let mut end = 0;
    for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
        if matches!(event, Event::Html(_) | Event::InlineHtml(_)) && range.start >= end {
            out += &markdown[end..range.start];
            out += &markdown[range.clone()].replace('<', "\\<");
            end = range.end;
        }
    }
    out + &markdown[end..]
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

fn is_harmless(address: &str) -> bool {
    // Browsers skip what cannot be seen in front of and within a scheme.
    let plain: String = (address.chars())
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect();
    let plain = plain.to_ascii_lowercase().replace('\\', "/");
    // Such an address names a host, in the scheme of the page or of a share.
    if plain.starts_with("//") {
        return false;
    }
    let before = plain.split(['/', '?', '#']).next().unwrap_or_default();
    !before.contains(':') || SCHEMES.iter().any(|scheme| plain.starts_with(scheme))
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
    fn links_lead_to_pages_and_mail_alone() {
        check(
            "[a](javascript:alert(1)) [b](#c) [d](e/f.html)",
            "<p>a <a href=\"#c\">b</a> <a href=\"e/f.html\">d</a></p>",
        );
        check(
            "[a](java&#115;cript:b) <javascript:c> [d]\n\n[d]: data:text/html,e",
            "<p>a javascript:c d</p>",
        );
        check("[a](//host/b) <p>", "<p>a &lt;p&gt;</p>");
        for address in [
            "//host/x",
            "/\\host/x",
            "\\\\host\\x",
            "\t//host/x",
            "JavaScript:x",
            "data:text/html,x",
            "java\tscript:x",
            "vbscript:x",
        ] {
            assert!(!is_harmless(address), "{address}");
        }
    }

    #[test]
    fn in_a_ticket_html_is_text_too() {
        assert_eq!(
            markdown("*a* <img src=x> `<b>`\n\n<script>x</script>\n"),
            "*a* \\<img src=x> `<b>`\n\n\\<script>x\\</script>\n"
        );
    }

    #[test]
    fn characters_that_nobody_sees_are_written_out() {
        check(
            "a\u{1b}[2J\u{202e}&#x202e;&#xe000; `\u{9b}`",
            "<p>a\\u001b[2J\\u202e\\u202e\\ue000 <code>\\u009b</code></p>",
        );
        check("a\r\n\tb", "<p>a\nb</p>");
        let ticket = markdown("a\u{1b}[2J\u{202e}\r\n\tb\r\n");
        assert_eq!(ticket, "a\\u001b[2J\\u202e\n\tb\n");
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
