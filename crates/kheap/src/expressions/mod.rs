//! Many regular expressions over many names at once.

mod automata;
mod bounded;
#[cfg(test)]
mod compile;

use regex_automata::meta::{BuildError, Builder, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};
use regex_syntax::hir::{Hir, HirKind, Look};

use automata::Automata;
pub(crate) use bounded::{MOST_AUTOMATA_BYTES, MOST_SETS, bytes_of};

/// A set of regular expressions, on bytes.
///
/// It does what `regex::bytes::RegexSet` does, but without looking for literals
/// first: preparing that takes most of the time of compiling, and names are short.
#[derive(Debug, Clone)]
pub(crate) struct Expressions(Form);

#[derive(Debug, Clone)]
enum Form {
    /// From those that are built in.
    Ready(Automata),
    Compiled {
        /// What can begin at the start of a text only (`^`): most texts are excluded by
        /// it by their first bytes.
        at_start: Alternatives,
        /// What can begin anywhere.
        anywhere: Alternatives,
    },
}

/// Alternatives of some expressions, compiled together.
#[derive(Debug, Clone)]
struct Alternatives {
    regex: Regex,
    /// By alternative: the position of its expression.
    positions: Vec<usize>,
}

/// An alternative, and the position of its expression.
type Alternative = (usize, Hir);

impl Expressions {
    /// Compiles the expressions, unless they are built in; an error where that takes more
    /// than `size_limit` bytes for those that begin at the start of a text, or for the
    /// others.
    pub(crate) fn new<P: AsRef<str>>(
        patterns: &[P],
        size_limit: usize,
    ) -> Result<Self, Box<BuildError>> {
        match Self::built_in(patterns) {
            Some(ready) => Ok(ready),
            None => Self::compile(patterns, size_limit),
        }
    }

    /// The expressions, where they are built in as a whole.
    pub(crate) fn built_in<P: AsRef<str>>(patterns: &[P]) -> Option<Self> {
        let automata = Automata::of(patterns)?;
        Some(Self(Form::Ready(automata)))
    }

    fn compile<P: AsRef<str>>(patterns: &[P], size_limit: usize) -> Result<Self, Box<BuildError>> {
        let builder = builder(size_limit);
        let Ok(parsed) = syntax::parse_many_with(patterns, &syntax()) else {
            // Only the builder knows which pattern is none, and why.
            let regex = builder.build_many(patterns).map_err(Box::new)?;
            let positions = (0..patterns.len()).collect();
            return Ok(Self(Form::Compiled {
                at_start: Alternatives::new(&builder, Vec::new())?,
                anywhere: Alternatives { regex, positions },
            }));
        };
        let (at_start, anywhere) = alternatives(parsed);
        Ok(Self(Form::Compiled {
            at_start: Alternatives::new(&builder, at_start)?,
            anywhere: Alternatives::new(&builder, anywhere)?,
        }))
    }

    /// The positions of all expressions that are found in `text`, in order.
    pub(crate) fn matches(&self, text: &[u8]) -> impl Iterator<Item = usize> + use<> {
        let mut found = Vec::new();
        match &self.0 {
            Form::Ready(automata) => automata.find(text, &mut found),
            Form::Compiled { at_start, anywhere } => {
                at_start.find(text, &mut found);
                anywhere.find(text, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter()
    }
}

impl Alternatives {
    fn new(builder: &Builder, alternatives: Vec<Alternative>) -> Result<Self, Box<BuildError>> {
        let (positions, alternatives): (Vec<usize>, Vec<Hir>) = alternatives.into_iter().unzip();
        // Boxed, because it is far larger than what succeeds.
        let regex = builder.build_many_from_hir(&alternatives);
        let regex = regex.map_err(Box::new)?;
        Ok(Self { regex, positions })
    }

    /// Adds the positions of the expressions that are found in `text`.
    fn find(&self, text: &[u8], positions: &mut Vec<usize>) {
        if self.positions.is_empty() {
            return;
        }
        let mut found = PatternSet::new(self.regex.pattern_len());
        let input = Input::new(text);
        self.regex.which_overlapping_matches(&input, &mut found);
        positions.extend(found.iter().map(|found| self.positions[found.as_usize()]));
    }
}

/// The alternatives of some expressions that can begin at the start of a text only, and
/// those that can begin anywhere.
fn alternatives(parsed: Vec<Hir>) -> (Vec<Alternative>, Vec<Alternative>) {
    let alternatives = parsed.into_iter().enumerate();
    let alternatives = alternatives.flat_map(|(at, parsed)| {
        let each = alternatives_of(parsed).into_iter();
        each.map(move |alternative| (at, alternative))
    });
    alternatives.partition(|(_, alternative)| {
        let prefix = alternative.properties().look_set_prefix();
        prefix.contains(Look::Start)
    })
}

fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

fn builder(size_limit: usize) -> Builder {
    let config = Config::new()
        .auto_prefilter(false)
        .dfa(false)
        .match_kind(MatchKind::All)
        .which_captures(WhichCaptures::None)
        .utf8_empty(false)
        .nfa_size_limit(Some(size_limit));
    let mut builder = Regex::builder();
    builder.configure(config).syntax(syntax());
    builder
}

/// What an expression is one of: each may begin elsewhere.
fn alternatives_of(parsed: Hir) -> Vec<Hir> {
    match parsed.kind() {
        HirKind::Alternation(alternatives) => alternatives.clone(),
        _ => vec![parsed],
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
    fn every_expression_that_is_found_is_said() {
        check(b"bytes.makeSlice", &[0, 1, 2]);
        check(b"main.main", &[2]);
        check(b"", &[2]);
    }

    #[test]
    fn alternatives_may_begin_at_the_start_or_anywhere() {
        let patterns = [
            "^main\\.|Close$",
            "^(io|os)\\.",
            "(^|/)etcd\\.",
            "^",
            "x|^x",
        ];
        let expressions = Expressions::new(&patterns, LARGE).unwrap();
        let check = |text: &[u8], expected: &[usize]| {
            let found: Vec<usize> = expressions.matches(text).collect();
            assert_eq!(found, expected, "{text:?}");
            let set = regex::bytes::RegexSet::new(patterns).unwrap();
            assert_eq!(set.matches(text).iter().collect::<Vec<_>>(), expected);
        };
        check(b"main.Close", &[0, 3]);
        check(b"os.(*File).Close", &[0, 1, 3]);
        check(b"a/etcd.Put", &[2, 3]);
        check(b"etcd.xs", &[2, 3, 4]);
        check(b"a.main.io", &[3]);
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
