//! Regular expressions over names, which are bytes.

use std::fmt;

use regex::bytes::Regex;

/// A regular expression that is looked for anywhere in a name.
///
/// The syntax is RE2's, as pprof has it, in the dialect of the `regex` crate.
#[derive(Clone)]
pub struct Pattern(Regex);

/// Why a text is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid regular expression {pattern:?}: {reason}{}", at(*.column))]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong.
    pub reason: String,
    /// Where it is wrong, in characters from 1, where that can be told.
    pub column: Option<usize>,
}

fn at(column: Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!(" at character {column}"))
}

impl Pattern {
    /// Compiles a regular expression.
    ///
    /// # Errors
    ///
    /// [`PatternError`] says what is wrong, and where.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::filter::Pattern;
    ///
    /// assert!(Pattern::new("Unmarshal$")?.is_match(b"v1.(*Pod).Unmarshal"));
    /// let error = Pattern::new("(core").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid regular expression \"(core\": unclosed group at character 1"
    /// );
    /// # Ok::<(), kheap::filter::PatternError>(())
    /// ```
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        Regex::new(pattern).map(Self).map_err(|error| {
            let (reason, column) = explain(pattern, &error);
            PatternError {
                pattern: pattern.to_owned(),
                reason,
                column,
            }
        })
    }

    /// Whether the expression is found in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.as_str())
    }
}

/// One line instead of the regex crate's drawing of several.
fn explain(pattern: &str, error: &regex::Error) -> (String, Option<usize>) {
    let parser = regex_syntax::ast::parse::Parser::new().parse(pattern);
    if let Err(syntax) = parser {
        let column = syntax.span().start.column;
        return (syntax.kind().to_string(), Some(column));
    }
    if let Err(regex_syntax::Error::Translate(error)) = regex_syntax::parse(pattern) {
        let column = error.span().start.column;
        return (error.kind().to_string(), Some(column));
    }
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    (line.trim().to_owned(), None)
}
