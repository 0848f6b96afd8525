//! Annotations as the logs of GitHub Actions take them.
//!
//! Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use crate::guard::visible;

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// It fails the job.
    Error,
    /// It should be looked at.
    Warning,
    /// It is good to know.
    Notice,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation, a line without its end. No text ends the line or begins a command of its
/// own.
pub fn annotation(level: Level, title: &str, message: &str) -> String {
    let title = escaped(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{} title={title}::{}", level.command(), escaped(message))
}

fn escaped(text: &str) -> String {
    let text = visible(text, &['\n', '\r']);
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command_of_its_own() {
        assert_eq!(
            annotation(
                Level::Error,
                "a: b, 5%",
                "50% of a,b:\r\n::stop-commands::x"
            ),
            "::error title=a%3A b%2C 5%25::50%25 of a,b:%0D%0A::stop-commands::x"
        );
        assert_eq!(
            annotation(Level::Notice, "t", "clear\u{1b}[2J"),
            "::notice title=t::clear\\u001b[2J"
        );
    }
}
