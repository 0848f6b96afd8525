//! What other stacks of the heap say of a stack that does not say it itself.

use std::collections::BTreeMap;

use super::cut_stacks::Outcome;
use super::evaluate::Evaluated;
use super::stacks::Stack;
use crate::profile::clamp;

/// How much of the encoders' bytes one part must have for the rest to be
/// inferred to belong to it.
const INFERENCE_SHARE: f64 = 0.9;

/// How many times what a part reads its share of the receive buffers may be: what is
/// received is decoded at once, so that far more buffers than objects are of reads that
/// nobody has taken yet.
const MOST_BUFFERS: i128 = 4;

/// Buffers of goroutines that work for all requests: their stacks show none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SharedBuffers {
    /// The part that they are counted with, because it has most of what shows one.
    pub part: String,
    /// Their magnitude, in the unit of the sample type.
    pub value: i64,
}

/// Gives encoders without any caller to the part, and the verb, that have nearly
/// all other encoders' bytes.
pub(super) fn infer_encoders(
    stacks: &[Stack],
    results: &mut [Evaluated],
    outcomes: &mut [Outcome],
) {
    let encoders = sums(stacks, results, |result| result.is_encoder);
    let all: i128 = encoders.values().sum();
    let Some((place, most)) = largest(encoders) else {
        return;
    };
    if (most as f64) < INFERENCE_SHARE * all as f64 {
        return;
    }
    let lost = results.iter_mut().zip(outcomes);
    let lost = lost.filter(|(result, outcome)| {
        **outcome != Outcome::Whole && result.is_encoder && result.part.is_none()
    });
    for (result, outcome) in lost {
        result.put(&place);
        *outcome = Outcome::Inferred;
    }
}

/// Counts shared buffers with the part, and the verb, that they most likely serve: the
/// one with most reads, unless they are many times that. Else they stay a part of their own.
pub(super) fn place_shared(
    stacks: &[Stack],
    results: &mut [Evaluated],
    among: &[String],
) -> Option<SharedBuffers> {
    let serves = |result: &Evaluated| {
        let part = result.part.as_ref();
        !result.is_shared && part.is_some_and(|part| among.contains(part))
    };
    let (place, read) = largest(sums(stacks, results, serves))?;
    let buffers = sums(stacks, results, |result| result.is_shared);
    let buffers: i128 = buffers.values().sum();
    if buffers == 0 || buffers > MOST_BUFFERS * read {
        return None;
    }
    let shared = results.iter_mut().filter(|result| result.is_shared);
    shared.for_each(|result| result.put(&place));
    Some(SharedBuffers {
        part: place.0,
        value: clamp(buffers),
    })
}

/// Magnitudes by part and verb, of some stacks that have a part.
fn sums(
    stacks: &[Stack],
    results: &[Evaluated],
    counts: impl Fn(&Evaluated) -> bool,
) -> BTreeMap<(String, String), i128> {
    let mut sums = BTreeMap::new();
    for (stack, result) in stacks.iter().zip(results) {
        if let Some(part) = result.part.as_ref().filter(|_| counts(result)) {
            let sum = sums.entry((part.clone(), result.verb.clone()));
            *sum.or_default() += i128::from(stack.value).abs();
        }
    }
    sums
}

/// Among equal ones the one whose name comes first.
fn largest(sums: BTreeMap<(String, String), i128>) -> Option<((String, String), i128)> {
    let sums = sums.into_iter();
    sums.reduce(|most, next| if next.1 > most.1 { next } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_parts_the_first_name_is_the_largest() {
        let place = |part: &str| (part.to_owned(), "LIST".to_owned());
        let sums = ["b", "a", "c"].map(|part| (place(part), 7));
        assert_eq!(largest(sums.into()), Some((place("a"), 7)));
        let sums = [(place("a"), 7), (place("b"), 8)];
        assert_eq!(largest(sums.into()), Some((place("b"), 8)));
    }
}
