//! Writes the file of automata, and holds it to the expressions that it was made of.

use std::cmp::Reverse;
use std::collections::HashMap;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::Hir;

use super::automata::{AS_START, Automata, END, fingerprint};
use super::{Alternative, Expressions, alternatives};
use crate::knowledge::built_in_expressions;

/// How large an automaton may be before it is made small, in bytes: all expressions in one
/// would have more states than there is memory.
const MOST_BYTES: usize = 2 << 20;

type Dfa = dense::DFA<Vec<u32>>;

/// The file of automata for some sets of expressions.
fn file(sets: &[Vec<String>]) -> Vec<u8> {
    let numbers = sets.iter().flat_map(|patterns| {
        let tables = tables(patterns);
        let count = number(tables.len());
        let head = fingerprint(patterns).into_iter().chain([count]);
        head.chain(tables.into_iter().flatten()).collect::<Vec<_>>()
    });
    numbers.flat_map(u16::to_le_bytes).collect()
}

/// The automata of a set, as numbers.
fn tables(patterns: &[String]) -> Vec<Vec<u16>> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let parsed = syntax::parse_many_with(patterns, &syntax).expect("built-in expressions");
    let (at_start, anywhere) = alternatives(parsed);
    let mut tables = Vec::new();
    for (list, anchored) in [(at_start, Anchored::Yes), (anywhere, Anchored::No)] {
        // What repeats without end multiplies the states of what it is put together with.
        let (mut short, mut long): (Vec<Alternative>, Vec<Alternative>) =
            (list.into_iter()).partition(|(_, hir)| hir.properties().maximum_len().is_some());
        for list in [&mut short, &mut long] {
            // What begins alike shares states.
            list.sort_by_cached_key(|(at, hir)| (hir.to_string(), *at));
            add_tables(list, anchored, &mut tables);
        }
    }
    tables
}

/// Puts as many alternatives into one automaton as are next to each other and fit.
fn add_tables(list: &[Alternative], anchored: Anchored, tables: &mut Vec<Vec<u16>>) {
    if list.is_empty() {
        return;
    }
    match dfa(list, anchored) {
        Some(dfa) => tables.push(table(&dfa, anchored, list)),
        None => {
            let (left, right) = list.split_at(list.len() / 2);
            assert!(!left.is_empty(), "{list:?} is too large");
            add_tables(left, anchored, tables);
            add_tables(right, anchored, tables);
        }
    }
}

/// The smallest automaton of some alternatives, unless it takes too much to find it.
fn dfa(list: &[Alternative], anchored: Anchored) -> Option<Dfa> {
    let config = thompson::Config::new()
        .which_captures(WhichCaptures::None)
        .utf8(false);
    let hirs: Vec<&Hir> = list.iter().map(|(_, hir)| hir).collect();
    let nfa = thompson::Compiler::new()
        .configure(config)
        .build_many_from_hir(&hirs)
        .expect("built-in expressions");
    let starts = match anchored {
        Anchored::No => StartKind::Unanchored,
        _ => StartKind::Anchored,
    };
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(starts)
        .minimize(true)
        .dfa_size_limit(Some(MOST_BYTES))
        .determinize_size_limit(Some(4 * MOST_BYTES));
    let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa);
    dfa.ok()
}

/// An automaton as numbers, in the order in which they are read.
fn table(dfa: &Dfa, anchored: Anchored, list: &[Alternative]) -> Vec<u16> {
    let (states, finding) = states(dfa, anchored);
    let numbers: HashMap<StateID, u16> = states.iter().copied().zip(0..).collect();
    let rows: Vec<Vec<u16>> = (states.iter())
        .map(|&state| next(dfa, state).map(|next| numbers[&next]).collect())
        .collect();
    let (classes, rows) = by_class(&rows);
    let start = numbers[&start_of(dfa, anchored)];
    let usual = usual(&rows, start.into());
    let (at, owners, targets) = packed(&rows, &usual, start.into());

    let (mut ends, mut positions) = (vec![0], Vec::new());
    for &state in &states[1..=finding] {
        let patterns = (0..dfa.match_len(state)).map(|at| dfa.match_pattern(state, at));
        positions.extend(patterns.map(|pattern| number(list[pattern.as_usize()].0)));
        ends.push(number(positions.len()));
    }
    let lengths = [states.len(), owners.len(), positions.len(), finding].map(number);
    let tables = [classes, at, usual, owners, targets, ends, positions];
    let head = lengths.into_iter().chain([start]);
    head.chain(tables.into_iter().flatten()).collect()
}

fn start_of(dfa: &Dfa, anchored: Anchored) -> StateID {
    let start = dfa.start_state(&start::Config::new().anchored(anchored));
    start.expect("it was built for these searches")
}

/// The states after each byte, and after the end.
fn next(dfa: &Dfa, state: StateID) -> impl Iterator<Item = StateID> {
    let bytes = (0..=u8::MAX).map(move |byte| dfa.next_state(state, byte));
    bytes.chain([dfa.next_eoi_state(state)])
}

/// The states that can be reached, the dead one first, then those that find something,
/// and how many these are.
fn states(dfa: &Dfa, anchored: Anchored) -> (Vec<StateID>, usize) {
    let start = start_of(dfa, anchored);
    let dead = StateID::ZERO;
    assert!(dfa.is_dead_state(dead) && !dfa.is_match_state(start));
    let mut states = vec![dead, start];
    let mut known: HashMap<StateID, ()> = states.iter().map(|&state| (state, ())).collect();
    let mut at = 1;
    while at < states.len() {
        let new = next(dfa, states[at]).filter(|&next| known.insert(next, ()).is_none());
        let new: Vec<StateID> = new.collect();
        states.extend(new);
        at += 1;
    }
    states[1..].sort_by_key(|&state| !dfa.is_match_state(state));
    let finding = states.iter().filter(|&&state| dfa.is_match_state(state));
    let finding = finding.count();
    (states, finding)
}

/// By byte its class: bytes of one class are the same to all states; and rows by class.
fn by_class(rows: &[Vec<u16>]) -> (Vec<u16>, Vec<Vec<u16>>) {
    let mut columns: Vec<Vec<u16>> = Vec::new();
    let mut known: HashMap<Vec<u16>, u16> = HashMap::new();
    let mut classes = Vec::new();
    for byte in 0..=END {
        let column: Vec<u16> = rows.iter().map(|row| row[byte]).collect();
        let class = known.entry(column.clone()).or_insert_with(|| {
            columns.push(column);
            number(columns.len() - 1)
        });
        classes.push(*class);
    }
    let row = |state: usize| columns.iter().map(|column| column[state]).collect();
    (classes, (0..rows.len()).map(row).collect())
}

/// By state the next one that is most frequent, or that it is as after the start, if
/// more are.
fn usual(rows: &[Vec<u16>], start: usize) -> Vec<u16> {
    let usual = rows.iter().enumerate().map(|(state, row)| {
        let mut counts: HashMap<u16, usize> = HashMap::new();
        (row.iter()).for_each(|&next| *counts.entry(next).or_default() += 1);
        let most = counts.into_iter();
        let most = most.max_by_key(|&(next, count)| (count, Reverse(next)));
        let (next, count) = most.unwrap_or_default();
        let alike = row.iter().zip(&rows[start]).filter(|(a, b)| a == b);
        match state != start && alike.count() > count {
            true => AS_START,
            false => next,
        }
    });
    usual.collect()
}

/// Puts what is unusual in all rows into one another: where each row begins, and by entry
/// its owner and the next state. The dead state, 0, owns nothing.
fn packed(rows: &[Vec<u16>], usual: &[u16], start: usize) -> (Vec<u16>, Vec<u16>, Vec<u16>) {
    let unusual = |state: usize| -> Vec<(usize, u16)> {
        let row = rows[state].iter().copied().enumerate();
        let is_usual = |class: usize, next: u16| match usual[state] {
            AS_START => next == rows[start][class],
            usual => next == usual,
        };
        row.filter(|&(class, next)| !is_usual(class, next))
            .collect()
    };
    let mut order: Vec<usize> = (1..rows.len()).collect();
    order.sort_by_key(|&state| Reverse(unusual(state).len()));
    let width = rows[0].len();
    let mut at = vec![0; rows.len()];
    let (mut owners, mut targets) = (vec![0_u16; width], vec![0_u16; width]);
    let mut first_free = 0;
    for state in order {
        let unusual = unusual(state);
        while owners.get(first_free).is_some_and(|&owner| owner != 0) {
            first_free += 1;
        }
        let Some(&(first, _)) = unusual.first() else {
            continue;
        };
        let is_free = |begin: usize| {
            let mut entries = unusual.iter().map(|(class, _)| begin + class);
            entries.all(|entry| owners.get(entry).is_none_or(|&owner| owner == 0))
        };
        let begin = (first_free.saturating_sub(first)..).find(|&begin| is_free(begin));
        let begin = begin.expect("there is room behind all rows");
        let end = owners.len().max(begin + width);
        owners.resize(end, 0);
        targets.resize(end, 0);
        at[state] = number(begin);
        for (class, next) in unusual {
            owners[begin + class] = number(state);
            targets[begin + class] = next;
        }
    }
    (at, owners, targets)
}

fn number(value: usize) -> u16 {
    u16::try_from(value).expect("smaller automata have smaller numbers")
}

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/knowledge/automata.bin");

#[test]
fn the_automata_are_those_of_the_built_in_expressions() {
    let sets = built_in_expressions();
    if std::env::var_os("UPDATE_AUTOMATA").is_some() {
        std::fs::write(PATH, file(&sets)).unwrap();
    } else {
        assert!(
            sets.iter().all(|set| Automata::of(set).is_some()),
            "the expressions have changed since {PATH} was written; run\n\
             UPDATE_AUTOMATA=1 cargo test -p kheap --lib automata"
        );
    }
}

/// Functions of all kinds, and some that are cut.
fn functions() -> Vec<String> {
    let cases = include_str!("../knowledge/frames.cases.toml");
    let quoted = cases.lines().flat_map(|line| line.split(['\'', '"']));
    let whole = quoted.filter(|text| text.contains('.'));
    let parts = whole.flat_map(|text| {
        let ends = (1..text.len())
            .step_by(7)
            .filter(|&end| text.is_char_boundary(end));
        let cut = ends.flat_map(|end| [&text[..end], &text[end..]]);
        cut.chain([text]).map(str::to_owned).collect::<Vec<_>>()
    });
    parts.collect()
}

#[track_caller]
fn check(patterns: &[String], automata: &Automata, texts: &[String]) {
    let compiled = Expressions::compile(patterns, 64 << 20).unwrap();
    let ready = Expressions(super::Form::Ready(automata.clone()));
    for text in texts {
        let [ready, compiled] =
            [&ready, &compiled].map(|set| set.matches(text.as_bytes()).collect::<Vec<_>>());
        assert_eq!(ready, compiled, "{text}");
    }
}

#[test]
fn automata_find_what_expressions_find() {
    for set in built_in_expressions() {
        // While the file is older than the expressions there is nothing to compare.
        if let Some(automata) = Automata::of(&set) {
            check(&set, &automata, &functions());
        }
    }
}

#[test]
fn every_kind_of_expression_becomes_an_automaton() {
    let patterns = [
        "^main\\.|Close$",
        "(^|/)etcd\\.",
        "^",
        "$",
        "a\\w+b",
        "^a.*b",
    ];
    let patterns = patterns.map(str::to_owned).to_vec();
    let file: &'static [u8] = Vec::leak(file(&[vec!["x".to_owned()], patterns.clone()]));
    let automata = Automata::read(file, fingerprint(&patterns)).unwrap();
    let texts = [
        "main.Close",
        "a/etcd.Put",
        "",
        "etcd.",
        "aab",
        "a b",
        "xa\nb",
        "é",
    ];
    check(&patterns, &automata, &texts.map(str::to_owned));
    let changed = fingerprint(&["y"]);
    assert!(Automata::read(file, changed).is_none());
}

#[test]
fn a_name_without_end_finds_each_expression_a_few_times() {
    let patterns = ["a".to_owned(), "[ab]".to_owned()];
    let file: &'static [u8] = Vec::leak(file(std::slice::from_ref(&patterns.to_vec())));
    let automata = Automata::read(file, fingerprint(&patterns)).unwrap();
    let mut found = Vec::new();
    automata.find(&b"ab".repeat(1 << 20), &mut found);
    assert!(found.len() < 8192, "{}", found.len());
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, [0, 1]);
}
