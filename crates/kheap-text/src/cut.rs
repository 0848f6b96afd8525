//! Stacks that Go cut, in the same words wherever they are mentioned.

use kheap::attribute::{CutStacks, Mended, ROOT_LOST};
use kheap::unit;

const COMPLETED: &str = "kheap found the missing callers in other stacks";
const BY_FRAMES: &str = "the remaining frames show the part";
const BY_BYTES: &str = "kheap infers the part, which has nearly all other encoded bytes";
const LEFT: &str = "the part is unknown";

/// What is missing of how much, such as `94% of the bytes`.
pub fn missing(of: &str) -> String {
    format!("for {of} the outermost callers are missing")
}

/// What the attribution did about them, a line each.
pub fn lines(cut: &CutStacks, unit: &str) -> Vec<String> {
    done([cut.mended, cut.decided, cut.inferred, cut.left])
        .map(|(value, what)| format!("{} on cut stacks: {what}", amount(value, unit)))
        .collect()
}

/// What was done about how much: what was completed, shown, inferred and left.
fn done(cut: [i64; 4]) -> impl Iterator<Item = (i64, &'static str)> {
    let done = cut.into_iter().zip([COMPLETED, BY_FRAMES, BY_BYTES, LEFT]);
    done.filter(|(value, _)| *value > 0)
}

/// The same of a diagnosis, in sentences.
pub(crate) fn note(cut: [i64; 4], unit: &str) -> String {
    let [_, _, inferred, left] = cut;
    let lost = match inferred > 0 || left > 0 {
        true => format!(", shown as {ROOT_LOST}"),
        false => String::new(),
    };
    let done = done(cut).map(|(value, what)| format!(" {}: {what}.", amount(value, unit)));
    format!(
        "Go cuts deep stacks, so some lack their outermost callers{lost}. Sizes are right.{}",
        done.collect::<String>()
    )
}

/// How much is on stacks that got their callers back, and on those that did not.
pub fn completed(mended: &Mended, unit: &str) -> String {
    match (mended.mended, mended.left) {
        (0, 0) => "no stack was cut".to_owned(),
        (mended, left) => format!(
            "cut stacks: {} completed from other stacks, {} left below {ROOT_LOST}",
            amount(mended, unit),
            amount(left, unit)
        ),
    }
}

fn amount(value: i64, unit: &str) -> String {
    unit::label(value, unit, unit::AUTO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nothing_is_not_mentioned() {
        let mut cut = CutStacks::default();
        cut.mended = 2048;
        cut.left = 1024;
        assert_eq!(
            lines(&cut, "bytes"),
            [
                "2kB on cut stacks: kheap found the missing callers in other stacks",
                "1kB on cut stacks: the part is unknown"
            ]
        );
        assert_eq!(
            note([0, 0, 2048, 1024], "bytes"),
            "Go cuts deep stacks, so some lack their outermost callers, shown as (root lost). Sizes \
             are right. 2kB: kheap infers the part, which has nearly all other encoded bytes. 1kB: \
             the part is unknown."
        );
    }
}
