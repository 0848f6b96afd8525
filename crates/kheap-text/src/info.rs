//! What a file is, in words.

use kheap::info::{Cut, GoHint, InfoWarning};
use kheap::unit;

use crate::change::counted;
use crate::cut::missing;
use crate::{version, warning};

/// What shows the version of Go.
pub fn go_hint(hint: &GoHint) -> String {
    match hint {
        GoHint::Version(range) => version::line(range),
        GoHint::DeepStacks(frames) => {
            format!("1.23 or newer: stacks are deeper than {frames} frames")
        }
        GoHint::TypeArguments => "1.21 or newer: names contain type arguments".to_owned(),
        GoHint::Vendored => "built with a vendor tree".to_owned(),
    }
}

/// What a reader of the figures should know.
pub fn warning(warning: &InfoWarning) -> String {
    match warning {
        InfoWarning::Delta(nanos) => warning::delta(*nanos),
        InfoWarning::Cut {
            cut,
            total,
            unit,
            is_text,
        } => cut_stacks(
            cut,
            &format!(
                "{} of this profile ({})",
                unit::percentage(cut.value, *total).trim(),
                unit::label(cut.value, unit, unit::AUTO)
            ),
            *is_text,
        ),
        InfoWarning::Fragment(fragment) => warning::fragment(fragment),
        InfoWarning::Statistics(fault) => fault.to_string(),
        InfoWarning::Bare { bare, locations } => bare_locations(*bare, *locations),
        InfoWarning::NoSamples => "there are no samples".to_owned(),
        InfoWarning::Difference => warning::NEGATIVE.to_owned(),
        InfoWarning::Overflow => "sums exceed 2^63 and are cut there".to_owned(),
    }
}

/// Which share lost its callers. The limit of the text form counts inlined calls too.
fn cut_stacks(cut: &Cut, share: &str, is_text: bool) -> String {
    let (inlined, hint) = match is_text {
        true => (
            "inlined calls included",
            ". A dump without ?debug=1 can show more callers",
        ),
        false => ("without inlined calls", ""),
    };
    format!(
        "Go recorded only {} frames ({inlined}): {}. Sizes are right{hint}",
        cut.limit,
        missing(share)
    )
}

fn bare_locations(bare: usize, locations: usize) -> String {
    let have = if bare == 1 { "has" } else { "have" };
    let words = format!(
        "{bare} of {} {have} no function names",
        counted(locations, "location")
    );
    match bare == locations {
        true => format!(
            "{words}; `pprof -proto PROGRAM FILE > named.pb.gz` adds them, with the binary of \
             that build"
        ),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_stacks_are_named_with_their_share_and_in_a_text_with_the_better_form() {
        let check = |is_text, expected: &str| {
            let cut = Cut {
                limit: 32,
                samples: 2,
                value: 40,
                at_limit: 8,
            };
            let cut = InfoWarning::Cut {
                cut,
                total: 120,
                unit: "bytes".to_owned(),
                is_text,
            };
            assert_eq!(warning(&cut), expected);
        };
        check(
            false,
            "Go recorded only 32 frames (without inlined calls): for 33.33% of this profile (40B) \
             the outermost callers are missing. Sizes are right",
        );
        check(
            true,
            "Go recorded only 32 frames (inlined calls included): for 33.33% of this profile (40B) \
             the outermost callers are missing. Sizes are right. A dump without ?debug=1 can show \
             more callers",
        );
    }

    #[test]
    fn names_that_are_all_missing_can_be_added() {
        let check = |bare, locations, expected: &str| {
            let words = bare_locations(bare, locations);
            assert!(words.starts_with(expected), "{words}");
        };
        check(1, 1, "1 of 1 location has no function names; `pprof");
        check(2, 9, "2 of 9 locations have no function names");
    }
}
