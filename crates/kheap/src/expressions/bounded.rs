//! Expressions of users, and of profiles, whose automata have few states: matching takes
//! time by the length of a name alone. An expression such as `(.{0,90}x){0,80}` has more
//! states than there is memory; simulating it takes minutes for a long name.

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax::Config as Syntax;

use super::{Expressions, syntax};

/// How large an automaton with all of its states may be, in bytes.
const MOST_BYTES: usize = 256 << 10;

/// The same for a filter: a command has a handful of them.
const MOST_FILTER_BYTES: usize = 1 << 20;

/// What a filter may take besides for each of its own bytes: a list of names has a state for
/// each of its letters.
const FILTER_BYTES_A_LETTER: usize = 1 << 10;

/// A filter of so few steps may be simulated, in about a microsecond a byte of a name: one
/// such as `.{0,50}List.{0,50}` has fewer.
const FEW_STEPS: usize = 2048;

/// How many expressions are put into one set: states of several multiply.
const MOST_EXPRESSIONS: usize = 32;

/// How many sets there may be: each reads every name once.
pub(crate) const MOST_SETS: usize = 256;

impl Expressions {
    /// Compiles expressions into sets, each with the position of its first expression.
    /// One that does not compile is left out: it was refused when its file was read.
    pub(crate) fn sets<P: AsRef<str>>(patterns: &[P], size_limit: usize) -> Vec<(usize, Self)> {
        let mut sets = Vec::new();
        for (chunk, patterns) in patterns.chunks(MOST_EXPRESSIONS).enumerate() {
            add_sets(patterns, chunk * MOST_EXPRESSIONS, size_limit, &mut sets);
        }
        sets
    }
}

/// Adds a set of all, or where its automaton is too large a set of each: halves would be
/// tried in vain again and again.
fn add_sets<P: AsRef<str>>(
    patterns: &[P],
    first: usize,
    size_limit: usize,
    sets: &mut Vec<(usize, Expressions)>,
) {
    let all = is_bounded(patterns).then(|| Expressions::new(patterns, size_limit));
    if let Some(Ok(set)) = all {
        sets.push((first, set));
        return;
    }
    for (at, pattern) in patterns.iter().enumerate() {
        sets.extend(Expressions::new(&[pattern], size_limit).map(|set| (first + at, set)));
    }
}

/// Whether the automaton of some expressions has few states. What is no expression has
/// none.
fn is_bounded<P: AsRef<str>>(patterns: &[P]) -> bool {
    bytes_of(patterns).is_some()
}

/// How large the automaton of some expressions is, in bytes; `None` where it has too many
/// states.
pub(crate) fn bytes_of<P: AsRef<str>>(patterns: &[P]) -> Option<usize> {
    automaton_bytes(&steps(patterns, syntax(), MOST_BYTES)?, MOST_BYTES)
}

/// Whether one expression, which may have Unicode, is matched in time by the length of a
/// name alone.
pub(crate) fn is_light(pattern: &str) -> bool {
    let syntax = Syntax::new().utf8(false);
    let most = MOST_FILTER_BYTES + FILTER_BYTES_A_LETTER * pattern.len();
    steps(&[pattern], syntax, most).is_some_and(|steps| {
        steps.states().len() <= FEW_STEPS || automaton_bytes(&steps, most).is_some()
    })
}

fn steps<P: AsRef<str>>(patterns: &[P], syntax: Syntax, most: usize) -> Option<NFA> {
    let config = thompson::Config::new()
        .which_captures(WhichCaptures::None)
        .utf8(false)
        .nfa_size_limit(Some(most));
    let mut compiler = thompson::Compiler::new();
    let compiler = compiler.configure(config).syntax(syntax);
    compiler.build_many(patterns).ok()
}

fn automaton_bytes(steps: &NFA, most: usize) -> Option<usize> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(most))
        .determinize_size_limit(Some(4 * most));
    let builder = dense::Builder::new().configure(config).clone();
    let automaton = builder.build_from_nfa(steps);
    automaton.ok().map(|automaton| automaton.memory_usage())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_has_few_states_or_is_refused() {
        let check = |expression, expected| assert_eq!(is_bounded(&[expression]), expected);
        check(r"^k8s\.io/(api|apimachinery)/.*\.Unmarshal$", true);
        check("(?i)cache|store", true);
        check("a{1,100}", true);
        check("[a-x]{1,8000}Z", false);
        check("(?:.{0,90}x){0,80}Z", false);
        check("x.{24}y", false);
    }

    #[test]
    fn a_filter_is_light_or_has_few_steps() {
        let check = |expression, expected| assert_eq!(is_light(expression), expected);
        check(r"^k8s\.io/(api|apimachinery)/.*\.Unmarshal$", true);
        check("etcd.*List|cacher.*Watch|json.*Encode|proto.*Marshal", true);
        check(r"(?i)\p{Greek}+é", true);
        check(".{1,20}etcd.{1,20}", true);
        check(".{0,50}List.{0,50}", true);
        let names = (0..300).map(|n| format!(r"k8s\.io/api/core/v1\.\(\*Kind{n}\)\.Unmarshal"));
        let list = names.collect::<Vec<_>>().join("|");
        let any_case = format!("(?i){list}");
        check(&list, true);
        check(&any_case, true);
        check("[a-xZ]{1,2000}ZZ", false);
        check("(?:[a-xZ]{0,60}[ace]){0,40}Z[0-9]", false);
        check("(?:.{0,90}x){0,80}Z", false);
        check(r"[ace].{400}[9]\d", false);
    }

    #[test]
    fn what_does_not_fit_into_one_set_is_split() {
        let list: Vec<String> = (0..8).map(|n| format!("^[a-f]{{50}}{n}$")).collect();
        let sets = Expressions::sets(&list, 10_000);
        assert!(sets.len() > 1, "{sets:?}");
        let name = format!("{}7", "a".repeat(50));
        let found = sets.iter().flat_map(|(first, set)| {
            let matches = set.matches(name.as_bytes());
            matches.map(move |position| first + position)
        });
        assert_eq!(found.collect::<Vec<_>>(), [7]);
    }
}
