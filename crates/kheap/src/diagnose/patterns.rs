//! Regular expressions of signatures, all run at once over the name of a function.

use hashbrown::HashMap;
use regex::bytes::{Regex, RegexBuilder};

use super::signature::Signature;
use crate::expressions::Expressions;
use crate::knowledge::{BitRows, set_bit};

/// A signature's regular expression as it is run: on bytes, where `.` and classes are
/// small.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

/// How large a set of expressions may be compiled, in bytes: several times the
/// built-in ones.
const SET_BYTES: usize = 64 << 20;

/// Whether the expressions of some signatures are small enough to be compiled together.
pub(super) fn fit<'a>(signatures: impl Iterator<Item = &'a Signature>) -> bool {
    let patterns: Vec<&str> = signatures.flat_map(Signature::stack_patterns).collect();
    Expressions::new(&patterns, SET_BYTES).is_ok()
}

/// How large the expressions of one signature may be compiled, in bytes: larger than
/// those of any built-in one, which pass the same check. They are compiled for each of
/// its cases.
const SIGNATURE_BYTES: usize = 1 << 20;

/// Whether the expressions of a signature are small enough for its cases to be judged.
pub(super) fn are_small(signature: &Signature) -> bool {
    let patterns: Vec<&str> = signature.stack_patterns().collect();
    Expressions::new(&patterns, SIGNATURE_BYTES).is_ok()
}

/// Regular expressions as bits, each as [`compile`] takes it.
#[derive(Debug)]
pub(super) struct Patterns {
    bits: HashMap<String, usize>,
    /// Sets with the bit of their first expression.
    sets: Vec<(usize, Expressions)>,
}

impl Patterns {
    /// What some signatures look for on stacks.
    pub(super) fn of<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Self {
        let patterns = signatures.flat_map(Signature::stack_patterns);
        let mut bits = HashMap::new();
        let mut list: Vec<&str> = Vec::new();
        for pattern in patterns {
            bits.entry(pattern.to_owned()).or_insert_with(|| {
                list.push(pattern);
                list.len() - 1
            });
        }
        let mut sets = Vec::new();
        compile_sets(&list, 0, SET_BYTES, &mut sets);
        Self { bits, sets }
    }

    pub(super) fn bit(&self, pattern: &str) -> usize {
        self.bits[pattern]
    }

    /// Whether each name matches each pattern.
    pub(super) fn matches<'n>(&self, names: impl Iterator<Item = &'n str>) -> BitRows {
        let mut rows = BitRows::new(self.bits.len());
        for name in names {
            let row = rows.push();
            for (first, set) in &self.sets {
                for position in set.matches(name.as_bytes()) {
                    set_bit(row, first + position);
                }
            }
        }
        rows
    }
}

/// Compiles expressions into as few sets as their size allows. An expression that
/// does not compile alone was refused when its signature was read.
fn compile_sets(
    patterns: &[&str],
    first: usize,
    set_bytes: usize,
    sets: &mut Vec<(usize, Expressions)>,
) {
    match Expressions::new(patterns, set_bytes) {
        Ok(set) => sets.push((first, set)),
        Err(_) if patterns.len() > 1 => {
            let (left, right) = patterns.split_at(patterns.len() / 2);
            compile_sets(left, first, set_bytes, sets);
            compile_sets(right, first + left.len(), set_bytes, sets);
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_do_not_fit_into_one_set_are_split() {
        let list: Vec<String> = (0..8).map(|n| format!("^[a-f]{{50}}{n}$")).collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let mut sets = Vec::new();
        compile_sets(&list, 0, 10_000, &mut sets);
        assert!(sets.len() > 1, "{sets:?}");
        let bits = list.iter().zip(0..);
        let patterns = Patterns {
            bits: bits
                .map(|(pattern, bit)| ((*pattern).to_owned(), bit))
                .collect(),
            sets,
        };
        let names = (0..8).map(|bit| format!("{}{bit}", "a".repeat(50)));
        let names: Vec<String> = names.collect();
        let rows = patterns.matches(names.iter().map(String::as_str));
        for (bit, name) in names.iter().enumerate() {
            assert_eq!(rows.row(bit), [1 << bit], "{name}");
        }
    }
}
