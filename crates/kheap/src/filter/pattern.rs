//! Regular expressions over names, which are bytes.

use std::fmt;

use regex::bytes::Regex;

/// A regular expression that is looked for anywhere in a name.
///
/// The syntax is RE2's, as pprof has it. Like there, case counts and nothing is
/// anchored.
#[derive(Clone)]
pub struct Pattern {
    /// The expression as it was written.
    text: String,
    regex: Regex,
}

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
        let text = pattern.to_owned();
        let translated = from_re2(pattern);
        match Regex::new(&translated) {
            Ok(regex) => Ok(Self { text, regex }),
            Err(error) => {
                let (reason, column) = explain(&translated, &error);
                Err(PatternError {
                    // A column of the translation would point elsewhere.
                    column: column.filter(|_| translated == text),
                    pattern: text,
                    reason,
                })
            }
        }
    }

    /// Whether the expression is found in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.as_str())
    }
}

/// Writes out what RE2 knows and the regex crate does not: `\Q…\E`, and braces
/// that are no repetition and stand for themselves, as in `struct {`.
fn from_re2(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let taken = match rest.as_bytes() {
            [b'\\', b'Q', ..] => {
                let quoted = &rest[2..];
                let end = quoted.find("\\E");
                let quoted = &quoted[..end.unwrap_or(quoted.len())];
                out.push_str(&regex_syntax::escape(quoted));
                rest = &rest[2 + quoted.len()..];
                rest = rest.strip_prefix("\\E").unwrap_or(rest);
                continue;
            }
            // Braces belong to the escape.
            [b'\\', b'p' | b'P' | b'x', b'{', ..] => rest.find('}').map_or(3, |end| end + 1),
            [b'\\', ..] => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            [b'{', ..] => {
                let repetition = repetition_length(&rest[1..]);
                if repetition.is_none() {
                    out.push('\\');
                }
                1 + repetition.unwrap_or(0)
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// How long `2}`, `2,}` or `2,3}` is at the beginning of a text.
fn repetition_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let low = digits(text);
    let mut length = low;
    if text[length..].starts_with(',') {
        length += 1;
        length += digits(&text[length..]);
    }
    (low > 0 && text[length..].starts_with('}')).then_some(length + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_re2_knows_is_written_out() {
        let check = |pattern: &str, expected: &str| assert_eq!(from_re2(pattern), expected);
        check("struct {", "struct \\{");
        check("a{2}b{2,}c{2,3}", "a{2}b{2,}c{2,3}");
        check("a{,2}{x}{2", "a\\{,2}\\{x}\\{2");
        check("\\Qa.b{\\E.c", "a\\.b\\{.c");
        check("\\Qa.b", "a\\.b");
        check("\\p{Greek}\\x{3b1}\\{", "\\p{Greek}\\x{3b1}\\{");
        check("αβ{γ\\", "αβ\\{γ\\");
    }

    #[test]
    fn braces_match_themselves() {
        let name = b"main.f[go.shape.struct { X int }]";
        assert!(Pattern::new("struct { X").unwrap().is_match(name));
        assert!(Pattern::new(r"\Q[go.shape\E").unwrap().is_match(name));
    }

    #[test]
    fn an_error_keeps_the_text_as_it_was_written() {
        let error = Pattern::new("struct { (").unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid regular expression \"struct { (\": unclosed group"
        );
    }
}
