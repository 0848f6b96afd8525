//! Many regular expressions over many names at once.

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};

/// A set of regular expressions, on bytes.
///
/// It does what `regex::bytes::RegexSet` does, but without looking for literals
/// first: preparing that takes most of the time of compiling, and names are short.
#[derive(Debug)]
pub(crate) struct Expressions(Regex);

impl Expressions {
    /// Compiles the expressions; an error where that takes more than `size_limit`
    /// bytes.
    pub(crate) fn new<P: AsRef<str>>(
        patterns: &[P],
        size_limit: usize,
    ) -> Result<Self, Box<BuildError>> {
        let config = Config::new()
            .auto_prefilter(false)
            .match_kind(MatchKind::All)
            .which_captures(WhichCaptures::None)
            .utf8_empty(false)
            .nfa_size_limit(Some(size_limit));
        let regex = Regex::builder()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .build_many(patterns);
        // Boxed, because it is far larger than what succeeds.
        regex.map(Self).map_err(Box::new)
    }

    /// The positions of all expressions that are found in `text`, in order.
    pub(crate) fn matches(&self, text: &[u8]) -> impl Iterator<Item = usize> + use<> {
        let mut found = PatternSet::new(self.0.pattern_len());
        let input = Input::new(text);
        self.0.which_overlapping_matches(&input, &mut found);
        let positions: Vec<usize> = found.iter().map(|pattern| pattern.as_usize()).collect();
        positions.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = 1 << 20;

    fn check(text: &[u8], expected: &[usize]) {
        let patterns = [r"^bytes\.", "Slice$", "", "a.c"];
        let expressions = Expressions::new(&patterns, LARGE).unwrap();
        assert_eq!(expressions.matches(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_expression_that_is_found_is_told() {
        check(b"bytes.makeSlice", &[0, 1, 2]);
        check(b"main.main", &[2]);
        check(b"", &[2]);
    }

    #[test]
    fn a_dot_is_any_byte() {
        check(b"a\xffc", &[2, 3]);
    }

    #[test]
    fn what_takes_too_much_memory_is_refused() {
        assert!(Expressions::new(&["a{1000}"], 1000).is_err());
        assert!(Expressions::new(&["("], LARGE).is_err());
    }

    #[test]
    fn no_expressions_match_nothing() {
        let none: [&str; 0] = [];
        let expressions = Expressions::new(&none, LARGE).unwrap();
        assert_eq!(expressions.matches(b"main").count(), 0);
    }
}
