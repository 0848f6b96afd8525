//! Filters that are matched in time by the length of a name alone.

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax::Config as Syntax;

/// What an expression may take, in bytes, and besides for each of its own bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// The automaton with all of its states: a list of names has one for each of its letters.
    automaton: [usize; 2],
    /// Finding the states. Each state is a list of steps, and time goes by the length of all
    /// lists: a thousand letters that may all be missing have a thousand states of up to a
    /// thousand steps.
    work: [usize; 2],
    /// With so few steps it may be simulated: two thousand take about a microsecond for a byte
    /// of a name.
    steps: usize,
}

/// What a user's filter may take: a command has a handful of them. One such as
/// `.{0,50}List.{0,50}` has few steps.
pub(crate) const OF_USER: Allowance = Allowance {
    automaton: [1 << 20, 1 << 10],
    work: [1 << 20, 256],
    steps: 2048,
};

/// What an expression may take that a profile brings along: a folder may have thousands.
pub(crate) const OF_PROFILE: Allowance = Allowance {
    automaton: [256 << 10, 0],
    work: [256 << 10, 0],
    steps: 256,
};

pub(crate) type Automaton = dense::DFA<Vec<u32>>;

/// Whether one expression, which may have Unicode, is matched in time by the length of a
/// name alone.
pub(crate) fn is_light(pattern: &str, allowance: Allowance) -> bool {
    let syntax = Syntax::new().utf8(false);
    let [most, most_work] = [allowance.automaton, allowance.work]
        .map(|[least, a_letter]| least + a_letter * pattern.len());
    steps(&[pattern], syntax, most).is_some_and(|steps| {
        let is_short = steps.states().len() <= allowance.steps;
        is_short || automaton(&steps, most, most_work).is_some()
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
        let check = |expression, expected| assert_eq!(is_light(expression, OF_USER), expected);
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

    #[test]
    fn an_expression_of_a_profile_is_lighter() {
        let check =
            |expression: &str, expected| assert_eq!(is_light(expression, OF_PROFILE), expected);
        // As converters of old formats write them.
        let calloc = r"calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc";
        check(&format!("^({calloc}|valloc|realloc|.*_Znwm.*)$"), true);
        check(
            r"^(tcmalloc::.*|base::.*Profile.*|TCMalloc[0-9A-Z_a-z]*)$",
            true,
        );
        check(".{0,50}List.{0,50}", false);
        check(&"x?".repeat(500), false);
        let names = (0..300).map(|n| format!(r"k8s\.io/api/core/v1\.\(\*Kind{n}\)\.Unmarshal"));
        check(&names.collect::<Vec<_>>().join("|"), false);
    }
}
