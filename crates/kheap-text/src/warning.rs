//! What does not stop the reading of a profile, but should be known.

use kheap::profile::{Announced, Fragment, UnitConflict};
use kheap::{Warning, unit};

/// A warning of a selection.
pub fn of(warning: &Warning) -> String {
    match warning {
        Warning::DropFrames(error) => {
            format!("drop_frames of the profile are not applied: {error}")
        }
        Warning::IdleFilter(field) => format!("--{} matched nothing", field.replace('_', "-")),
        Warning::UnitConflict(conflict) => unit_conflict(conflict),
        Warning::MoreUnitConflicts(1) => "one more label comes in several units".to_owned(),
        Warning::MoreUnitConflicts(more) => format!("{more} more labels come in several units"),
        Warning::Delta(nanos) => delta(*nanos),
        Warning::Fragment(lacking) => fragment(lacking),
        Warning::Difference => NEGATIVE.to_owned(),
        Warning::Overflow => OVERFLOW.to_owned(),
        _ => "the profile is unusual".to_owned(),
    }
}

fn unit_conflict(conflict: &UnitConflict) -> String {
    let others = conflict.ignored.join(", ");
    let more = match conflict.more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "label {} is taken to be in {}, but also comes in {others}{more}",
        conflict.label, conflict.used
    )
}

/// That values below zero make a difference of two profiles.
pub(crate) const NEGATIVE: &str = "some values are negative: this is a difference of two profiles";

/// That sums are larger than any number that kheap writes.
pub(crate) const OVERFLOW: &str = "values add up past 2^63; sums stop there";

/// That a profile shows what changed within so many nanoseconds.
pub(crate) fn delta(nanos: i64) -> String {
    format!(
        "this is a delta profile (?seconds=): it shows what changed within {}, so values may be \
         negative; for the heap itself, fetch it without ?seconds=",
        unit::label(nanos, "nanoseconds", unit::AUTO)
    )
}

/// What a pasted text lacks of a whole profile.
pub fn fragment(fragment: &Fragment) -> String {
    let size = |bytes| unit::label(bytes, "bytes", unit::AUTO);
    let traces = (fragment.is_traces)
        .then(|| "it has the stacks that `traces` printed; the heap may have more".to_owned());
    let folded = (fragment.is_folded).then(|| {
        "it has folded stacks, whose values are taken for bytes in use; the heap may have more"
            .to_owned()
    });
    let header = (fragment.lacks_header).then(|| {
        "its first line is missing; sizes are scaled up for Go's default sampling rate, 512 kB"
            .to_owned()
    });
    let announced = fragment.announced.map(|Announced { bytes, held, .. }| {
        format!(
            "it holds {} of the {} sampled bytes that its first line announces",
            size(held),
            size(bytes)
        )
    });
    let cut = (fragment.is_cut).then(|| "it ends inside a record".to_owned());
    let skipped = match fragment.skipped_lines {
        0 => None,
        1 => Some("one line between the records is left out".to_owned()),
        lines => Some(format!("{lines} lines between the records are left out")),
    };
    let faults = [traces, folded, header, announced, cut, skipped];
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    format!("the text is part of a profile: {}", faults.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_text_lacks_is_listed() {
        let check = |lacking: Fragment, expected: &str| {
            let expected = format!("the text is part of a profile: {expected}");
            assert_eq!(fragment(&lacking), expected);
        };
        let mut announced = Announced::default();
        announced.bytes = 1536;
        let mut cut = Fragment::default();
        cut.is_cut = true;
        cut.announced = Some(announced);
        check(
            cut,
            "it holds 0 of the 1.50kB sampled bytes that its first line announces; it ends \
             inside a record",
        );
        let skipped = |skipped_lines| {
            let mut fragment = Fragment::default();
            fragment.skipped_lines = skipped_lines;
            fragment
        };
        check(skipped(1), "one line between the records is left out");
        check(skipped(2), "2 lines between the records are left out");
    }

    #[test]
    fn a_filter_is_named_like_its_option() {
        let idle = Warning::IdleFilter("show_from");
        assert_eq!(of(&idle), "--show-from matched nothing");
    }
}
