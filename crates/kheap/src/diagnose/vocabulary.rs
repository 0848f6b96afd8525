//! The frames that the signatures of a catalogue name: those of the rules, and expressions
//! of users.

use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::signature::Signature;
use crate::attribute::{Analysis, Rules};
use crate::expressions::{Expressions, MOST_AUTOMATA_BYTES, MOST_SETS, bytes_of};
use crate::knowledge::{BitRows, Bits, is_frame_name, set_bit};

/// How large the expressions of users may be compiled, in bytes, in all their files.
const SET_BYTES: usize = 64 << 20;

/// How many there may be in all files: each is looked for in each name.
const MOST_EXPRESSIONS: usize = 4096;

/// How large those of one signature may be, in bytes: they are compiled for each of its
/// cases.
const SIGNATURE_BYTES: usize = 1 << 20;

/// Frames by name or by expression, each a bit.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// Their frames, built in and of the user, have names.
    rules: Arc<Rules>,
    /// Expressions of users; their bits follow those of the named frames.
    expressions: Vec<String>,
    bits: HashMap<String, usize>,
    /// Sets with the bit of their first expression.
    sets: OnceLock<Arc<Vec<(usize, Expressions)>>>,
}

impl Vocabulary {
    /// The frames of some signatures, and of the rules that heaps are attributed by.
    pub(super) fn of<'a>(
        signatures: impl Iterator<Item = &'a Signature>,
        rules: &Arc<Rules>,
    ) -> Self {
        let mut vocabulary = Self {
            rules: Arc::clone(rules),
            expressions: Vec::new(),
            bits: HashMap::new(),
            sets: OnceLock::new(),
        };
        for expression in signatures.flat_map(expressions) {
            let bit = vocabulary.len();
            let known = vocabulary.bits.entry_ref(expression.as_str());
            known.or_insert_with(|| {
                vocabulary.expressions.push(expression.clone());
                bit
            });
        }
        vocabulary
    }

    /// The class that some frames make.
    pub(super) fn class(&self, frames: &[String]) -> Bits {
        let mut class = Bits::new(self.len());
        for frame in frames {
            let named = self.rules.frames.known(frame).ok();
            // All that a signature names was looked for when it was read.
            if let Some(bit) = named.or_else(|| self.bits.get(frame).copied()) {
                class.insert(bit);
            }
        }
        class
    }

    /// The rules that have the names.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A row for each canonical name: the frames that it is.
    pub(super) fn rows<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> BitRows {
        let named = self.rules.frames.rows(names.clone());
        self.extended(names, &named).unwrap_or(named)
    }

    /// A row for each function of a heap, unless attribution by its rules has them already.
    pub(super) fn rows_of(&self, analysis: &Analysis, rules: &Arc<Rules>) -> Option<BitRows> {
        match Arc::ptr_eq(&self.rules, rules) {
            true => self.extended(analysis.functions.names.iter(), &analysis.functions.frames),
            false => Some(self.rows(analysis.functions.names.iter())),
        }
    }

    /// Rows of named frames with the expressions of users; `None` where there are none.
    fn extended<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        named: &BitRows,
    ) -> Option<BitRows> {
        if self.expressions.is_empty() {
            return None;
        }
        let first = self.rules.frames.len();
        let sets = self.sets();
        let mut rows = BitRows::new(self.len());
        for (position, name) in names.enumerate() {
            let row = rows.push();
            copy_bits(named.row(position), first, row);
            for (first, set) in sets {
                let matches = set.matches(name.as_bytes());
                matches.for_each(|position| set_bit(row, first + position));
            }
        }
        Some(rows)
    }

    fn sets(&self) -> &[(usize, Expressions)] {
        let first = self.rules.frames.len();
        self.sets.get_or_init(|| {
            let mut sets = Expressions::sets(&self.expressions, SET_BYTES);
            sets.iter_mut().for_each(|(bit, _)| *bit += first);
            Arc::new(sets)
        })
    }

    fn len(&self) -> usize {
        self.rules.frames.len() + self.expressions.len()
    }

    /// Whether the expressions of all signatures are small enough together, and no more
    /// than are matched quickly.
    pub(super) fn is_small(&self) -> bool {
        let is_few = self.expressions.len() <= MOST_EXPRESSIONS;
        is_few
            && Expressions::new(&self.expressions, SET_BYTES).is_ok()
            && self.sets().len() <= MOST_SETS
    }
}

/// Copies the bits before `end`.
fn copy_bits(from: &[u64], end: usize, to: &mut [u64]) {
    let (words, rest) = (end / 64, end % 64);
    to[..words].copy_from_slice(&from[..words]);
    if rest > 0 {
        to[words] = from[words] & ((1 << rest) - 1);
    }
}

/// What a signature names that is no named frame.
fn expressions(signature: &Signature) -> impl Iterator<Item = &String> {
    let frames = signature.frames_named();
    frames.filter(|frame| !is_frame_name(frame))
}

/// How large the automata of a signature's expressions are, in bytes; `None` where these
/// are too large or too many for its cases to be judged.
pub(super) fn automata_bytes(signature: &Signature) -> Option<usize> {
    let list: Vec<&String> = expressions(signature).collect();
    let mut bytes = 0;
    for expression in &list {
        bytes += bytes_of(expression)?;
        if bytes > MOST_AUTOMATA_BYTES {
            return None;
        }
    }
    let is_small = Expressions::new(&list, SIGNATURE_BYTES).is_ok();
    is_small.then_some(bytes)
}
