//! What a file is, in words.

use std::borrow::Cow;

use kheap::info::{Cut, GoHint, InfoWarning, Period, SampleTypeInfo};
use kheap::profile::{Comments, Profiled, Runtime};
use kheap::{Info, unit};

use crate::change::counted;
use crate::cut::missing;
use crate::diagnosis::shown_by;
use crate::value::share as share_of;
use crate::{version, warning};

/// How much lies between two samples.
pub fn sampled(period: &Period) -> String {
    let every = unit::label(period.value, &period.unit, unit::AUTO);
    match (period.value, period.unit.as_str()) {
        (1, "count") => format!("every {}", period.kind),
        _ => format!("one sample every {every} of {} on average", period.kind),
    }
}

/// How long was profiled; nobody profiles for years.
pub fn duration(nanos: i64) -> String {
    const YEAR: i64 = 366 * 24 * 3600 * 1_000_000_000;
    let duration = unit::label(nanos, "nanoseconds", unit::AUTO);
    match nanos.checked_abs() {
        Some(..YEAR) => duration,
        _ => format!("{duration} (not plausible)"),
    }
}

/// The program: its name, and what shows it where the file does not.
pub fn program(info: &Info) -> String {
    match (&info.program, &info.inferred_program) {
        (Some(program), _) => program.clone(),
        (None, Some(inferred)) => format!("{} ({})", inferred.name, shown_by(inferred.by)),
        (None, None) => "unknown: the file does not name it".to_owned(),
    }
}

/// What was profiled, and of what; `None` of a heap of Go, which is what is expected.
pub fn kind(info: &Info) -> Option<String> {
    let (runtime, profiled) = (info.runtime.name(), info.profiled.name());
    match (info.runtime, info.profiled) {
        (Runtime::Unknown | Runtime::Go, Profiled::Unknown | Profiled::Heap) => None,
        (Runtime::Unknown, _) => Some(format!("{profiled} profile")),
        _ => Some(format!("{profiled} profile of a {runtime} program")),
    }
}

/// Remarks in a profile, and how many more there are.
pub fn comments(comments: &Comments) -> impl Iterator<Item = Cow<'_, str>> {
    let more = match comments.more {
        0 => None,
        1 => Some("(1 more comment)".to_owned()),
        more => Some(format!("({more} more comments)")),
    };
    let shown = comments.shown.iter().map(|comment| comment.as_str().into());
    shown.chain(more.map(Cow::Owned))
}

/// What is counted, and how much of it there is.
pub fn sample_type(sample_type: &SampleTypeInfo) -> String {
    let SampleTypeInfo {
        kind, unit, total, ..
    } = sample_type;
    let rounded = unit::label(*total, unit, unit::AUTO);
    let kind = match kind.as_str() {
        "" => "(unnamed)",
        kind => kind,
    };
    let exact = match unit.as_str() {
        "" => " (unit unknown)".to_owned(),
        "count" => String::new(),
        _ => format!(" ({total} {unit})"),
    };
    let mark = match sample_type.is_default {
        true => "  (default)",
        false => "",
    };
    format!("{kind:<14} {rounded}{exact}{mark}")
}

/// How large the profile itself is: names and figures.
pub fn extent(info: &Info) -> [(&'static str, String); 3] {
    let (samples, default) = (info.samples, info.default_samples);
    let deepest = counted(info.deepest_stack, "frame");
    [
        (
            "Samples",
            format!("{samples}, {default} with a value in the default type"),
        ),
        (
            "Stacks",
            format!("up to {deepest} deep, inlined calls included"),
        ),
        (
            "Tables",
            format!(
                "{} locations, {} functions, {} mappings, {} strings",
                info.locations, info.functions, info.mappings, info.strings
            ),
        ),
    ]
}

/// What shows the version of Go.
pub fn go_hint(hint: &GoHint) -> String {
    match hint {
        GoHint::Version(range) => version::line(range),
        GoHint::DeepStacks(frames) => {
            format!("1.23 or newer: stacks are deeper than {frames} frames")
        }
        GoHint::TypeArguments => "1.21 or newer: names contain type arguments".to_owned(),
        GoHint::Vendored => "built with a vendor tree".to_owned(),
        _ => crate::newer(hint),
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
                share_of(cut.value, *total),
                unit::label(cut.value, unit, unit::AUTO)
            ),
            *is_text,
        ),
        InfoWarning::Fragment(fragment) => warning::fragment(fragment),
        InfoWarning::Statistics(fault) => fault.to_string(),
        InfoWarning::Bare { bare, locations } => bare_locations(*bare, *locations),
        InfoWarning::NoSamples => "there are no samples".to_owned(),
        InfoWarning::Difference => format!(
            "{}. Totals add up all changes without their signs",
            warning::NEGATIVE
        ),
        InfoWarning::Overflow => warning::OVERFLOW.to_owned(),
        _ => crate::newer(warning),
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
            "{words}; `go tool pprof -proto PROGRAM FILE > NEW-FILE` adds them, with the binary of \
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
            let mut cut = Cut::default();
            cut.limit = 32;
            cut.samples = 2;
            cut.value = 40;
            cut.at_limit = 8;
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
        check(
            1,
            1,
            "1 of 1 location has no function names; `go tool pprof",
        );
        check(2, 9, "2 of 9 locations have no function names");
    }
}
