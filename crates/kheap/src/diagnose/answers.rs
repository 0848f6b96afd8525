//! Whose objects an answer of etcd brings, by its size.
//!
//! A receive buffer has no type. An answer with all objects of a kind is as large as what
//! the watch cache holds of that kind, where objects are mostly large values: decoding adds
//! little to these. Small objects take several times as much, so that any kind
//! that takes more than the answer could be the one. A kind is named where one alone
//! could be, and fits.
//!
//! Kinds without a watch cache, such as Events, cannot be compared: a kind is inferred, no
//! more.

use hashbrown::HashMap;

use super::evaluate::Match;
use super::share;
use super::view::StackView;
use crate::arithmetic;
use crate::attribute::UNKNOWN;
use crate::knowledge::{NamedFrames, received};

/// How much of the claimed bytes must be in answers of one size.
const ONE_SIZE_SHARE: f64 = 0.5;

/// From which size on an answer may have all objects of a kind, in bytes: a page of 500
/// small ones has less.
const WHOLE_ANSWER: i64 = 8 << 20;

/// How much more than its bytes in etcd a decoded object of large values takes at most.
const DECODED: f64 = 1.1;

/// How many standard errors a figure may be off.
const ERRORS: f64 = 2.6;

/// How large the standard error of a kind may be to be compared with anything: with a
/// tenth, `ERRORS` of them are a quarter, so that a kind of twice the size never fits.
const MOST_ERROR: f64 = 0.1;

/// How much of a kind's bytes must be in objects of known size. The error of the rest is
/// unknown, so the rest may be no more than a tenth, which an answer may be off by anyway.
const KNOWN_SIZE_SHARE: f64 = 0.9;

/// An answer that has the size of all objects of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) kind: String,
    /// The size of one answer, in bytes.
    pub(super) size: i64,
    /// What the watch cache holds of the kind.
    pub(super) held: i64,
    /// How much that may be off to either side, as it is a sample.
    pub(super) error: i64,
}

/// What the watch cache holds of a kind.
#[derive(Debug, Default)]
struct Held {
    bytes: f64,
    of_known_size: f64,
    variance: f64,
}

impl Held {
    /// Whether an answer may have all of its objects.
    fn is_possible(&self, answer: f64) -> bool {
        self.bytes + self.error() >= answer / DECODED
    }

    /// Whether it is as much as an answer, so that the answer is most likely of it.
    fn fits(&self, answer: f64) -> bool {
        let is_sure = self.variance.sqrt() <= MOST_ERROR * self.bytes;
        let is_known = self.of_known_size >= KNOWN_SIZE_SHARE * self.bytes;
        let as_much = self.bytes + self.error() >= answer;
        let no_more = self.bytes - self.error() <= answer * DECODED;
        is_sure && is_known && as_much && no_more
    }

    fn error(&self) -> f64 {
        ERRORS * self.variance.sqrt()
    }
}

/// The kind that most of the claimed answers have the size of.
pub(super) fn answer(heap: &StackView<'_>, found: &Match<'_>, values: &[i64]) -> Option<Answer> {
    let (size, bytes) = *heap.sizes(&buffers(heap, found), values).first()?;
    if size < WHOLE_ANSWER || share(bytes, found.claimed.bytes) < ONE_SIZE_SHARE {
        return None;
    }
    let held = held(heap, &received().stores, values);
    let mut possible = held
        .into_iter()
        .filter(|(_, held)| held.is_possible(size as f64));
    let (kind, held) = possible.next()?;
    let fits = possible.next().is_none() && held.fits(size as f64);
    fits.then(|| Answer {
        kind: kind.to_owned(),
        size,
        held: held.bytes as i64,
        error: held.error() as i64,
    })
}

/// The claimed stacks that receive answers.
pub(super) fn buffers(heap: &StackView<'_>, found: &Match<'_>) -> Vec<usize> {
    let Ok(buffers) = NamedFrames::builtin().set(&received().buffers) else {
        return Vec::new();
    };
    let is_buffer = |&item: &usize| {
        let mut frames = heap.analysis.stacks[item].frames.iter();
        frames.any(|frame| buffers.meets(heap.analysis.functions.frames.row(frame.index())))
    };
    let items = found.claimed.items.iter().copied();
    items.filter(is_buffer).collect()
}

/// What some parts hold of each kind.
fn held<'h>(heap: &'h StackView<'_>, stores: &[String], values: &[i64]) -> HashMap<&'h str, Held> {
    let period = heap.profile.header().period as f64;
    let mut kinds: HashMap<&str, Held> = HashMap::new();
    for (item, stack) in heap.analysis.stacks.iter().enumerate() {
        let place = &stack.place;
        if place.kind == UNKNOWN || !stores.contains(&place.part) {
            continue;
        }
        let held = kinds.entry(&place.kind).or_default();
        held.bytes += stack.value as f64;
        for (size, bytes) in heap.sizes(&[item], values) {
            let (size, bytes) = (size as f64, bytes as f64);
            held.of_known_size += bytes;
            held.variance += size * size * arithmetic::variance(bytes / size, size, period);
        }
    }
    kinds
}
