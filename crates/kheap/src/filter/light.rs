//! Filters that are matched in time by the length of a name alone.

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax::Config as Syntax;

/// How large the automaton of a filter may be with all of its states, in bytes: a command
/// has a handful of filters.
const MOST_FILTER_BYTES: usize = 1 << 20;

/// What it may take besides for each of its own bytes: a list of names has a state for
/// each of its letters.
const FILTER_BYTES_A_LETTER: usize = 1 << 10;

/// What finding the states of a filter may take, in bytes, and besides for each of its own
/// bytes. Each state is a list of steps, and time goes by the length of all lists: a thousand
/// letters that may all be missing have a thousand states of up to a thousand steps.
const MOST_FILTER_WORK: usize = 1 << 20;
const FILTER_WORK_A_LETTER: usize = 256;

/// A filter of so few steps may be simulated, in about a microsecond a byte of a name: one
/// such as `.{0,50}List.{0,50}` has fewer.
const FEW_STEPS: usize = 2048;

pub(crate) type Automaton = dense::DFA<Vec<u32>>;

/// Whether one expression, which may have Unicode, is matched in time by the length of a
/// name alone.
pub(crate) fn is_light(pattern: &str) -> bool {
    let syntax = Syntax::new().utf8(false);
    let most = MOST_FILTER_BYTES + FILTER_BYTES_A_LETTER * pattern.len();
    let most_work = MOST_FILTER_WORK + FILTER_WORK_A_LETTER * pattern.len();
    steps(&[pattern], syntax, most).is_some_and(|steps| {
        steps.states().len() <= FEW_STEPS || automaton(&steps, most, most_work).is_some()
    })
}

/// The steps of a simulation of some expressions; `None` where they take more bytes than
/// that.
pub(crate) fn steps<P: AsRef<str>>(patterns: &[P], syntax: Syntax, most: usize) -> Option<NFA> {
    let config = thompson::Config::new()
        .which_captures(WhichCaptures::None)
        .utf8(false)
        .nfa_size_limit(Some(most));
    let mut compiler = thompson::Compiler::new();
    let compiler = compiler.configure(config).syntax(syntax);
    compiler.build_many(patterns).ok()
}

/// The automaton of some steps with all of its states; `None` where it has more than so many
/// bytes, or where finding the states takes more than `most_work`.
pub(crate) fn automaton(steps: &NFA, most: usize, most_work: usize) -> Option<Automaton> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(most))
        .determinize_size_limit(Some(most_work));
    let builder = dense::Builder::new().configure(config).clone();
    builder.build_from_nfa(steps).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let optional = "x?".repeat(4000);
        check(&list, true);
        check(&any_case, true);
        check(&optional, false);
        check("[a-xZ]{1,2000}ZZ", false);
        check("(?:[a-xZ]{0,60}[ace]){0,40}Z[0-9]", false);
        check("(?:.{0,90}x){0,80}Z", false);
        check(r"[ace].{400}[9]\d", false);
    }
}
