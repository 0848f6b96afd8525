//! Regular expressions over names, which are bytes.

use std::fmt;

use regex::bytes::Regex;
use regex_syntax::hir::HirKind;

use super::classes::are_small;
use super::light::{OF_PROFILE, OF_USER, is_light};
use super::re2::from_re2;

/// A regular expression that is looked for anywhere in a name.
///
/// The syntax is RE2's, as pprof has it: `\d`, `\s`, `\w` and `\b` know ASCII only,
/// and braces and brackets that begin nothing stand for themselves. Like there,
/// case counts and nothing is anchored.
#[derive(Clone)]
pub struct Pattern {
    /// The expression as it was written.
    text: String,
    /// Any of them: what an expression is one of.
    alternatives: Vec<Regex>,
}

/// Why a text is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[error("invalid regular expression {pattern:?}: {reason}{}", at(*.column))]
#[non_exhaustive]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong.
    pub reason: PatternFault,
    /// Where it is wrong, in characters from 1, where that is known.
    pub column: Option<usize>,
}

/// What can be wrong with a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum PatternFault {
    /// It is written as none is.
    #[error("{0}")]
    Syntax(String),
    /// Looking for it in a long name would take long.
    #[error("it has too many states; shorten it, or repeat less in it")]
    TooManyStates,
    /// Reading its classes of characters would take long.
    #[error("its classes have too many characters; name fewer, or leave (?i) out")]
    LargeClasses,
    /// It has so many bytes.
    #[error("it has {0} bytes, more than {LONGEST}; shorten it")]
    TooLong(usize),
}

fn at(column: Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!(" at character {column}"))
}

/// How long an expression may be, in bytes: compiling takes some hundred times as much. A
/// list of 300 methods has 14,000.
const LONGEST: usize = 16 << 10;

impl Pattern {
    /// Compiles a regular expression.
    ///
    /// # Errors
    ///
    /// [`PatternError`] says what is wrong, and where. An expression of more than 16 KiB, and
    /// one that takes long for a long name, is refused, too: a profile brings names along, and
    /// an expression.
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
        let translated = checked(pattern)?;
        let alternatives = match is_light(&translated, OF_USER) {
            true => Some(vec![compiled(pattern, &translated)?]),
            false => light_alternatives(&translated),
        };
        Self::of(pattern, alternatives)
    }

    /// Compiles an expression that a profile brings along, which has less time.
    pub(super) fn of_profile(pattern: &str) -> Result<Self, PatternError> {
        let translated = checked(pattern)?;
        let regex = is_light(&translated, OF_PROFILE).then(|| compiled(pattern, &translated));
        Self::of(pattern, regex.transpose()?.map(|regex| vec![regex]))
    }

    fn of(pattern: &str, alternatives: Option<Vec<Regex>>) -> Result<Self, PatternError> {
        let text = pattern.to_owned();
        match alternatives {
            Some(alternatives) => Ok(Self { text, alternatives }),
            None => Err(PatternError {
                pattern: text,
                reason: PatternFault::TooManyStates,
                column: None,
            }),
        }
    }

    /// Whether the expression is found in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.alternatives.iter().any(|regex| regex.is_match(text))
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

/// An error that shows the beginning of an expression.
fn too_long(pattern: &str) -> PatternError {
    let beginning: String = pattern.chars().take(100).collect();
    PatternError {
        pattern: beginning + "…",
        reason: PatternFault::TooLong(pattern.len()),
        column: None,
    }
}

/// An expression in the syntax of the regex crate, which reads it in little time.
fn checked(pattern: &str) -> Result<String, PatternError> {
    if pattern.len() > LONGEST {
        return Err(too_long(pattern));
    }
    check(pattern)
}

/// Checks that a text is an expression, without compiling it, and translates it.
pub(crate) fn check(pattern: &str) -> Result<String, PatternError> {
    let translated = from_re2(pattern);
    if !are_small(&translated) {
        return Err(PatternError {
            pattern: pattern.to_owned(),
            reason: PatternFault::LargeClasses,
            column: None,
        });
    }
    match fault(&translated) {
        Some((reason, column)) => Err(PatternError {
            // A column of the translation would point elsewhere.
            column: Some(column).filter(|_| translated == pattern),
            pattern: pattern.to_owned(),
            reason: PatternFault::Syntax(reason),
        }),
        None => Ok(translated),
    }
}

/// Compiles what is an expression; an error where it is too large.
fn compiled(pattern: &str, translated: &str) -> Result<Regex, PatternError> {
    Regex::new(translated).map_err(|_| PatternError {
        pattern: pattern.to_owned(),
        reason: PatternFault::TooManyStates,
        column: None,
    })
}

/// How many alternatives are tried one after the other.
const MOST_ALTERNATIVES: usize = 64;

/// What an expression is one of, where each alone has few states: those of several multiply.
fn light_alternatives(pattern: &str) -> Option<Vec<Regex>> {
    let parsed = regex_syntax::ParserBuilder::new().utf8(false).build();
    let parsed = { parsed }.parse(pattern).ok()?;
    let HirKind::Alternation(alternatives) = parsed.kind() else {
        return None;
    };
    if alternatives.len() > MOST_ALTERNATIVES {
        return None;
    }
    let light = alternatives.iter().map(|alternative| {
        let text = alternative.to_string();
        let is_light = is_light(&text, OF_USER);
        is_light.then(|| Regex::new(&text).ok()).flatten()
    });
    light.collect()
}

/// What is wrong with a text, and at which character. One line instead of the regex crate's
/// drawing of several.
fn fault(pattern: &str) -> Option<(String, usize)> {
    match regex_syntax::ParserBuilder::new()
        .utf8(false)
        .build()
        .parse(pattern)
    {
        Ok(_) => None,
        Err(regex_syntax::Error::Parse(error)) => {
            Some((error.kind().to_string(), error.span().start.column))
        }
        Err(regex_syntax::Error::Translate(error)) => {
            Some((error.kind().to_string(), error.span().start.column))
        }
        // No other kind is known.
        Err(error) => Some((error.to_string().lines().collect(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_match_themselves() {
        let name = b"main.f[go.shape.struct { X int }]";
        assert!(Pattern::new("struct { X").unwrap().is_match(name));
        assert!(Pattern::new(r"\Q[go.shape\E").unwrap().is_match(name));
    }

    #[test]
    fn an_expression_that_takes_long_is_refused() {
        let error = Pattern::new("[a-xZ]{1,2000}ZZ").unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid regular expression \"[a-xZ]{1,2000}ZZ\": it has too many states; shorten \
             it, or repeat less in it"
        );
    }

    #[test]
    fn an_expression_that_is_long_is_refused() {
        let long: String = (0..5000).map(|number| number.to_string()).collect();
        assert!(Pattern::new(&long[..LONGEST]).is_ok());
        let error = Pattern::new(&long[..=LONGEST]).unwrap_err();
        let beginning = &long[..100];
        assert_eq!(
            error.to_string(),
            format!(
                "invalid regular expression \"{beginning}…\": it has 16385 bytes, more than \
                 16384; shorten it"
            )
        );
    }

    #[test]
    fn alternatives_that_multiply_are_tried_one_by_one() {
        let letters = ('a'..='p').map(|letter| format!("{letter}.{{0,30}}{letter}1"));
        let pattern = letters.collect::<Vec<_>>().join("|");
        assert!(!is_light(&pattern, OF_USER));
        let pattern = Pattern::new(&pattern).unwrap();
        assert!(pattern.is_match(b"main.xpxp1"));
        assert!(!pattern.is_match(b"main.xpxo1"));
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
