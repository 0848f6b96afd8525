//! Expressions of users, and of profiles, whose automata have few states: matching takes
//! time by the length of a name alone. An expression such as `(.{0,90}x){0,80}` has more
//! states than there is memory; simulating it takes minutes for a long name.

use super::{Expressions, syntax};
use crate::filter::{automaton, steps};

/// How large an automaton with all of its states may be, in bytes.
const MOST_BYTES: usize = 256 << 10;

/// What finding these states may take, in bytes, of one expression and of a set: each state
/// is a list of steps, and time goes by the length of all lists.
const MOST_WORK: usize = 256 << 10;
const MOST_SET_WORK: usize = 1 << 20;

/// How many expressions are put into one set: states of several multiply.
const MOST_EXPRESSIONS: usize = 32;

/// How many sets there may be: each reads every name once.
pub(crate) const MOST_SETS: usize = 256;

/// How large the automata of a user's expressions may be, in bytes, in one file and in all
/// of them: making them takes time.
pub(crate) const MOST_AUTOMATA_BYTES: usize = 32 << 20;

impl Expressions {
    /// Compiles expressions into sets, each with the position of its first expression.
    /// One that does not compile is left out: it was refused when its file was read. Once
    /// there are more than [`MOST_SETS`], which is refused, the others are left out, too.
    pub(crate) fn sets<P: AsRef<str>>(patterns: &[P], size_limit: usize) -> Vec<(usize, Self)> {
        let mut sets = Vec::new();
        for (chunk, patterns) in patterns.chunks(MOST_EXPRESSIONS).enumerate() {
            add_sets(patterns, chunk * MOST_EXPRESSIONS, size_limit, &mut sets);
            if sets.len() > MOST_SETS {
                break;
            }
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
    let steps = steps(patterns, syntax(), MOST_BYTES);
    steps.is_some_and(|steps| automaton(&steps, MOST_BYTES, MOST_SET_WORK).is_some())
}

/// What the automaton of an expression takes, in bytes: it has so many, or finding its
/// states takes more; `None` where it has too many states.
pub(crate) fn bytes_of<P: AsRef<str>>(expression: P) -> Option<usize> {
    let steps = steps(&[expression], syntax(), MOST_BYTES)?;
    let automaton = automaton(&steps, MOST_BYTES, MOST_WORK)?;
    let bytes = automaton.memory_usage();
    let states = bytes / (automaton.stride() * size_of::<u32>());
    Some(bytes.max(2 * states * steps.states().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_has_few_states_or_is_refused() {
        let optional = "x?".repeat(700);
        let check = |expression, expected| assert_eq!(bytes_of(expression).is_some(), expected);
        check(r"^k8s\.io/(api|apimachinery)/.*\.Unmarshal$", true);
        check("(?i)cache|store", true);
        check("a{1,100}", true);
        check("[a-x]{1,8000}Z", false);
        check("(?:.{0,90}x){0,80}Z", false);
        check("x.{24}y", false);
        check(&optional, false);
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
