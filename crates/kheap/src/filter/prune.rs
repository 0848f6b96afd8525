//! Frames cut off on the leaf side.
//!
//! Patterns here see function names without what follows the first parenthesis:
//! of Go's methods only `package.` is left.

use super::pattern::{Pattern, PatternError};
use crate::profile::{OnceEach, Profile, StringId};

/// Parentheses that belong to a name of C++.
const RESERVED: [&[u8]; 2] = [b"(anonymous namespace)", b"operator()"];

/// Keeps the frame that matches nearest to the leaf, and what called it.
/// Says whether any function matched.
pub(super) fn prune_from(profile: &mut Profile, pattern: &Pattern) -> bool {
    let prune = matching_functions(profile, |name| pattern.is_match(name));
    let mut matched = vec![false; profile.locations.len()];
    profile.locations.narrow(|locations, id, out| {
        let lines = locations.lines(id);
        let first = lines.iter().position(|line| prune[line.function.index()]);
        matched[id.index()] = first.is_some();
        out.extend(&lines[first.unwrap_or(0)..]);
    });
    profile.samples.narrow(|_, stack, out| {
        let nearest = stack.iter().position(|id| matched[id.index()]);
        out.extend(&stack[nearest.unwrap_or(0)..]);
        true
    });
    matched.contains(&true)
}

/// Leaves out the frames that the profile itself says are of no interest, with
/// what they call. Go's heap files have no such pattern.
///
/// # Errors
///
/// [`PatternError`] when the file's pattern is no regular expression; pprof
/// ignores that silently.
pub(crate) fn drop_frames(profile: &mut Profile) -> Result<(), PatternError> {
    let whole = |id: StringId| format!("^({})$", profile.text(id));
    let header = profile.header();
    let drop = Pattern::of_profile(&whole(header.drop_frames))?;
    let keep = match header.keep_frames {
        StringId::EMPTY => None,
        pattern => Some(Pattern::of_profile(&whole(pattern))?),
    };
    let kept = |name: &[u8]| keep.as_ref().is_some_and(|keep| keep.is_match(name));
    let drops = matching_functions(profile, |name| drop.is_match(name) && !kept(name));
    drop_functions(profile, &drops);
    Ok(())
}

/// What of a location a pattern drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dropped {
    Nothing,
    /// The inlined functions up to the match; the outer ones stay.
    Inner,
    Whole,
}

fn drop_functions(profile: &mut Profile, drops: &[bool]) {
    let mut dropped = vec![Dropped::Nothing; profile.locations.len()];
    profile.locations.narrow(|locations, id, out| {
        let lines = locations.lines(id);
        let last = lines.iter().rposition(|line| drops[line.function.index()]);
        dropped[id.index()] = match last {
            None => Dropped::Nothing,
            Some(last) if last + 1 == lines.len() => Dropped::Whole,
            Some(_) => Dropped::Inner,
        };
        match (dropped[id.index()], last) {
            (Dropped::Inner, Some(last)) => out.extend(&lines[last + 1..]),
            _ => out.extend(lines),
        }
    });
    profile.samples.narrow(|_, stack, out| {
        let of = |index: &usize| dropped[stack[*index].index()];
        // Nothing goes before the first frame of interest, seen from the root.
        let user = (0..stack.len()).rev().find(|i| of(i) == Dropped::Nothing);
        let below = 0..user.unwrap_or(0);
        let start = match below.rev().find(|i| of(i) != Dropped::Nothing) {
            None => 0,
            Some(index) if of(&index) == Dropped::Whole => index + 1,
            Some(index) => index,
        };
        out.extend(&stack[start..]);
        true
    });
}

/// Which functions have a name, and one that `found` holds for.
fn matching_functions(profile: &Profile, found: impl Fn(&[u8]) -> bool) -> Vec<bool> {
    let functions = profile.functions.iter();
    let matches = |name: &[u8]| !name.is_empty() && found(simplified(name));
    let mut known = OnceEach::new(&profile.strings);
    functions
        .map(|function| {
            known.get(function.name, || {
                matches(profile.strings.get(function.name))
            })
        })
        .collect()
}

/// A name without a leading dot and without arguments.
fn simplified(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b".").unwrap_or(name);
    let mut rest = 0;
    while let Some(open) = name[rest..].iter().position(|&b| b == b'(') {
        let open = rest + open;
        // `operator()` begins before its parenthesis.
        let reserved = RESERVED.iter().find_map(|word| {
            let inside = word.iter().position(|&b| b == b'(')?;
            let start = open.checked_sub(inside)?;
            (start >= rest && name[start..].starts_with(word)).then_some(start + word.len())
        });
        match reserved {
            Some(end) => rest = end,
            None => return &name[..open],
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{check, fold, profile_of};

    /// A profile that asks for frames to be dropped.
    fn dropping(drop: &str, keep: &str, stacks: &str) -> Profile {
        let mut builder = ProfileBuilder::new();
        builder.header().drop_frames = builder.string(drop);
        builder.header().keep_frames = builder.string(keep);
        profile_of(builder, stacks)
    }

    #[track_caller]
    fn check_drop(drop: &str, keep: &str, stacks: &str, expected: &str) {
        let mut profile = dropping(drop, keep, stacks);
        drop_frames(&mut profile).unwrap();
        check(&fold(&profile), expected);
    }

    #[test]
    fn a_dropped_frame_goes_with_all_it_calls() {
        check_drop(
            "malloc|new",
            "",
            "main;a;malloc;b 1
             main;mallocs    2
             main;b          4",
            "main;a          1
             main;mallocs    2
             main;b          4",
        );
    }

    #[test]
    fn nothing_is_dropped_before_the_first_frame_of_interest() {
        check_drop("malloc", "", "malloc;main;a;malloc;b 1", "malloc;main;a 1");
        check_drop("malloc", "", "malloc;malloc 1", "malloc;malloc 1");
    }

    #[test]
    fn what_matches_both_patterns_is_kept() {
        check_drop("m.*", "malloc", "a;malloc;make;b 1", "a;malloc 1");
    }

    #[test]
    fn of_an_inlined_match_the_outer_lines_stay_in_all_samples() {
        check_drop(
            "fast",
            "",
            "main;work;+fast;+faster;leaf 1
             work;+fast;+faster           2",
            "main;work                    1
             work                         2",
        );
    }

    #[test]
    fn without_a_pattern_nothing_is_dropped() {
        check_drop("", "main", "main;a 1", "main;a 1");
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        let error = drop_frames(&mut dropping("[", "", "main 1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid regular expression \"^([)$\": unclosed character class at character 3"
        );
    }

    #[test]
    fn a_name_ends_before_its_arguments() {
        let check = |name: &str, expected: &str| {
            let simple = simplified(name.as_bytes());
            assert_eq!(String::from_utf8_lossy(simple), expected);
        };
        check("runtime.main", "runtime.main");
        check("k8s.io/api.(*Pod).Unmarshal", "k8s.io/api.");
        check(".foo", "foo");
        check("(anonymous namespace)::f(int)", "(anonymous namespace)::f");
        check("A::operator()(int)", "A::operator()");
        check("f(operator())", "f");
    }
}
