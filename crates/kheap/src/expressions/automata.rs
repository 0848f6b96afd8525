//! Built-in expressions as automata.
//!
//! Compiling the expressions of all named frames takes longer than the rest of a
//! diagnosis, so a file holds them as packed tables. A set is found by its fingerprint:
//! where its expressions have changed since the file was written, it is not, and they
//! are compiled.

use std::sync::Arc;

/// Written by the tests of [`compile`](super::compile). All numbers have 16 bits.
static FILE: &[u8] = include_bytes!("../knowledge/automata.bin");

/// What stands for the end of a text, behind all bytes.
pub(super) const END: usize = 256;

/// What stands for the state that comes after the start.
pub(super) const AS_START: u16 = u16::MAX;

/// Which form the file has: a file of another form has none of the sets that are looked for.
const FORM: &str = "1";

/// How many positions are kept before those that are there twice are dropped: a long name
/// finds the same ones at each of its bytes.
const MOST_FOUND: usize = 4096;

/// How many numbers a fingerprint has.
const WORDS: usize = 4;

/// Automata that find the expressions of a set together.
#[derive(Debug, Clone)]
pub(super) struct Automata(Arc<[Automaton]>);

/// A deterministic automaton. State 0 is dead; those up to `finding` find something.
#[derive(Debug)]
struct Automaton {
    finding: usize,
    start: usize,
    /// By byte, and for the end of a text: the class.
    classes: [u16; END + 1],
    /// How many classes there are.
    width: usize,
    /// By state and class: the next state.
    table: Vec<u16>,
    /// By state that finds something: where its positions end.
    ends: Numbers,
    positions: Numbers,
}

impl Automata {
    /// Those of a set of expressions, if the file has them.
    pub(super) fn of<P: AsRef<str>>(patterns: &[P]) -> Option<Self> {
        Self::read(FILE, fingerprint(patterns))
    }

    pub(super) fn read(file: &'static [u8], wanted: [u16; WORDS]) -> Option<Self> {
        let mut reader = Reader(file);
        while !reader.0.is_empty() {
            let found = [(); WORDS].map(|()| reader.number());
            let count = reader.number();
            let packed: Vec<Packed> = (0..count).map(|_| reader.packed()).collect();
            if found == wanted.map(usize::from) {
                return Some(Self(packed.iter().map(Packed::automaton).collect()));
            }
        }
        None
    }

    /// Adds the positions of the expressions that are found in a text; some twice.
    pub(super) fn find(&self, text: &[u8], found: &mut Vec<usize>) {
        for automaton in self.0.iter() {
            automaton.find(text, found);
        }
    }
}

impl Automaton {
    fn find(&self, text: &[u8], found: &mut Vec<usize>) {
        let mut state = self.start;
        for &byte in text {
            state = self.next(state, byte.into());
            if state <= self.finding {
                if state == 0 {
                    return;
                }
                self.add_found(state, found);
            }
        }
        // What is found shows one byte later, or at the end.
        state = self.next(state, END);
        if (1..=self.finding).contains(&state) {
            self.add_found(state, found);
        }
    }

    fn next(&self, state: usize, byte: usize) -> usize {
        self.table[state * self.width + usize::from(self.classes[byte])].into()
    }

    fn add_found(&self, state: usize, found: &mut Vec<usize>) {
        let positions = self.ends.get(state - 1)..self.ends.get(state);
        found.extend(positions.map(|at| self.positions.get(at)));
        if found.len() > MOST_FOUND {
            found.sort_unstable();
            found.dedup();
        }
    }
}

/// Numbers in the file, little end first.
#[derive(Debug, Clone, Copy)]
struct Numbers(&'static [u8]);

impl Numbers {
    fn get(self, at: usize) -> usize {
        u16::from_le_bytes([self.0[2 * at], self.0[2 * at + 1]]).into()
    }

    fn iter(self) -> impl Iterator<Item = u16> {
        let pairs = self.0.chunks_exact(2);
        pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    }
}

/// What is left of the file.
#[derive(Debug)]
struct Reader(&'static [u8]);

impl Reader {
    fn number(&mut self) -> usize {
        self.numbers(1).get(0)
    }

    fn numbers(&mut self, count: usize) -> Numbers {
        let (numbers, rest) = self.0.split_at(2 * count);
        self.0 = rest;
        Numbers(numbers)
    }

    fn packed(&mut self) -> Packed {
        let [states, entries, positions] = [(); 3].map(|()| self.number());
        let [finding, start] = [(); 2].map(|()| self.number());
        Packed {
            finding,
            start,
            classes: self.numbers(END + 1),
            rows: self.numbers(states),
            usual: self.numbers(states),
            owners: self.numbers(entries),
            targets: self.numbers(entries),
            ends: self.numbers(finding + 1),
            positions: self.numbers(positions),
        }
    }
}

/// An automaton as it lies in the file: its table has only the entries that are unusual.
#[derive(Debug)]
struct Packed {
    finding: usize,
    start: usize,
    classes: Numbers,
    /// By state: where its row begins among the entries.
    rows: Numbers,
    /// By state: the next one where the entry of its row is another state's. Most that
    /// search anywhere go on as from the start.
    usual: Numbers,
    /// By entry: the state whose row it is of; 0 for none.
    owners: Numbers,
    /// By entry: the next state.
    targets: Numbers,
    ends: Numbers,
    positions: Numbers,
}

impl Packed {
    fn automaton(&self) -> Automaton {
        let mut classes = [0; END + 1];
        let numbers = classes.iter_mut().zip(self.classes.iter());
        numbers.for_each(|(class, number)| *class = number);
        let width = usize::from(classes.into_iter().max().unwrap_or(0)) + 1;
        Automaton {
            finding: self.finding,
            start: self.start,
            classes,
            width,
            table: self.table(width),
            ends: self.ends,
            positions: self.positions,
        }
    }

    fn table(&self, width: usize) -> Vec<u16> {
        let of_start = self.row_of_start(width);
        let mut table = Vec::new();
        for usual in self.usual.iter() {
            match usual {
                AS_START => table.extend_from_slice(&of_start),
                usual => table.resize(table.len() + width, usual),
            }
        }
        let entries = self.owners.iter().zip(self.targets.iter()).enumerate();
        for (entry, (owner, target)) in entries.filter(|(_, (owner, _))| *owner != 0) {
            let owner = usize::from(owner);
            table[owner * width + entry - self.rows.get(owner)] = target;
        }
        table
    }

    fn row_of_start(&self, width: usize) -> Vec<u16> {
        let entries = (0..width).map(|class| {
            let entry = self.rows.get(self.start) + class;
            match self.owners.get(entry) == self.start {
                true => self.targets.get(entry),
                false => self.usual.get(self.start),
            }
        });
        entries.map(|next| next as u16).collect()
    }
}

/// What distinguishes a set of expressions from others: FNV-1a.
pub(super) fn fingerprint<P: AsRef<str>>(patterns: &[P]) -> [u16; WORDS] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for pattern in [FORM].into_iter().chain(patterns.iter().map(AsRef::as_ref)) {
        // No text has the byte that separates them.
        for byte in pattern.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    [48, 32, 16, 0].map(|shift| (hash >> shift) as u16)
}
