//! Built-in expressions as automata.
//!
//! Compiling the expressions of all named frames takes longer than the rest of a
//! diagnosis, so a file holds them as tables, which are used as they lie there. A set
//! is found by its fingerprint: where its expressions have changed since the file was
//! written, it is not, and they are compiled.

/// Written by the tests of [`compile`](super::compile). All numbers have 16 bits.
static FILE: &[u8] = include_bytes!("../knowledge/automata.bin");

/// What stands for the end of a text, behind all bytes.
pub(super) const END: usize = 256;

/// What stands for the state that comes after the start.
pub(super) const AS_START: u16 = u16::MAX;

/// How many numbers a fingerprint has.
const WORDS: usize = 4;

/// Automata that find the expressions of a set together.
#[derive(Debug, Clone)]
pub(super) struct Automata(Vec<Automaton>);

/// A deterministic automaton. State 0 is dead; those up to `finding` find something.
#[derive(Debug, Clone)]
struct Automaton {
    finding: usize,
    start: usize,
    /// By byte, and for the end of the text: the class.
    classes: Numbers,
    /// By state: where its row of targets begins, of which one is taken by class.
    rows: Numbers,
    /// By state: the next one where the entry of its row is another state's. Most that
    /// search anywhere go on as from the start.
    usual: Numbers,
    /// By entry: the state whose row it is of, and the next state.
    owners: Numbers,
    targets: Numbers,
    /// By state that finds something: where its positions end.
    ends: Numbers,
    positions: Numbers,
}

/// Numbers in the file, little end first.
#[derive(Debug, Clone, Copy)]
struct Numbers(&'static [u8]);

impl Numbers {
    fn get(self, at: usize) -> usize {
        u16::from_le_bytes([self.0[2 * at], self.0[2 * at + 1]]).into()
    }
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
            let automata = (0..count).map(|_| reader.automaton()).collect();
            if found == wanted.map(usize::from) {
                return Some(Self(automata));
            }
        }
        None
    }

    /// Adds the positions of the expressions that are found in a text; some twice.
    pub(super) fn find(&self, text: &[u8], found: &mut Vec<usize>) {
        for automaton in &self.0 {
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
        let class = self.classes.get(byte);
        let next = self.entry(state, class);
        match next == usize::from(AS_START) {
            true => self.entry(self.start, class),
            false => next,
        }
    }

    fn entry(&self, state: usize, class: usize) -> usize {
        let entry = self.rows.get(state) + class;
        match self.owners.get(entry) == state {
            true => self.targets.get(entry),
            false => self.usual.get(state),
        }
    }

    fn add_found(&self, state: usize, found: &mut Vec<usize>) {
        let positions = self.ends.get(state - 1)..self.ends.get(state);
        found.extend(positions.map(|at| self.positions.get(at)));
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

    fn automaton(&mut self) -> Automaton {
        let [states, entries, positions] = [(); 3].map(|()| self.number());
        let finding = self.number();
        Automaton {
            finding,
            start: self.number(),
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

/// What tells a set of expressions from others: FNV-1a.
pub(super) fn fingerprint<P: AsRef<str>>(patterns: &[P]) -> [u16; WORDS] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for pattern in patterns {
        // No text has the byte that separates them.
        for byte in pattern.as_ref().bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    [48, 32, 16, 0].map(|shift| (hash >> shift) as u16)
}
