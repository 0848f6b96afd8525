//! A profile whose cut stacks have a root again.

use super::{Cuts, LostRoots};
use crate::attribute::stacks::{Names, stacks};
use crate::profile::{
    Function, FunctionId, Line, LocationId, Profile, SampleId, SampleTypeId, StringId, TableFull,
    clamp, next_row,
};

/// Stands for the callers that a cut stack has lost, where no other stack shows them.
pub const ROOT_LOST: &str = "(root lost)";

/// What was done about stacks that lost their root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Mended {
    /// What stands on stacks that were put together from others, in the unit of the
    /// sample type.
    pub mended: i64,
    /// What stands below [`ROOT_LOST`], in that unit.
    pub left: i64,
}

/// Puts back the callers that stacks have lost, where whole stacks agree on them, as
/// attribution does; other cut stacks are put below [`ROOT_LOST`].
///
/// Go keeps 32 addresses of a stack before 1.23, and 128 since. Values stay what they
/// are, and so do the samples and their order. Says how much that is in one sample
/// type. Where a stack is mended, the lines of its root are those of one stack that
/// lent it; others may call from other lines. Should the tables be full, nothing is
/// done.
pub fn mend_stacks(profile: &mut Profile, sample_type: SampleTypeId) -> Mended {
    let column = profile.column(sample_type);
    let roots = roots(profile);
    if roots.iter().all(|root| matches!(root, Root::There)) {
        return Mended::default();
    }
    let sum = |wanted: fn(&Root) -> bool| {
        let pairs = roots.iter().zip(&profile.samples.values[column]);
        let values = pairs.filter(|(root, _)| wanted(root));
        clamp(values.map(|(_, &value)| i128::from(value)).sum())
    };
    let mended = Mended {
        mended: sum(|root| matches!(root, Root::Lent(_))),
        left: sum(|root| matches!(root, Root::Lost)),
    };
    match put_back(profile, &roots) {
        Ok(()) => mended,
        Err(TableFull) => Mended::default(),
    }
}

/// What is known of the root of a sample's stack.
#[derive(Debug, Clone)]
enum Root {
    There,
    /// Locations of another stack, leaf first.
    Lent(Vec<LocationId>),
    Lost,
}

/// The roots of all samples.
fn roots(profile: &Profile) -> Vec<Root> {
    let names = Names::of(profile);
    let cuts = Cuts::of(profile, &names);
    let mut roots = vec![Root::There; profile.samples.len()];
    let cut = cuts.samples(profile, &names);
    if cut.is_empty() {
        return roots;
    }
    let cut = stacks(profile, &names, cut.into_iter(), |_| 0);
    let mut lost = LostRoots::of(cut.iter(), &names);
    lost.look_in_samples(profile, &names, &cuts, profile.samples.ids());
    for stack in &cut {
        let lent = lost.root(&stack.frames);
        let lent = lent.and_then(|(root, lender)| outermost(profile, &names, lender, root.len()));
        let root = lent.map_or(Root::Lost, Root::Lent);
        for id in &stack.samples {
            roots[id.index()] = root.clone();
        }
    }
    roots
}

/// The locations of a sample that are its outermost frames, leaf first; `None` where
/// that part ends amid inlined calls.
fn outermost(
    profile: &Profile,
    names: &Names,
    sample: SampleId,
    frames: usize,
) -> Option<Vec<LocationId>> {
    let stack = profile.samples.stack(sample);
    let mut rest = frames;
    let mut start = stack.len();
    while rest > 0 {
        start = start.checked_sub(1)?;
        rest = rest.checked_sub(names.of_location(stack[start]).len())?;
    }
    Some(stack[start..].to_vec())
}

fn put_back(profile: &mut Profile, roots: &[Root]) -> Result<(), TableFull> {
    let added = roots.iter().map(|root| match root {
        Root::There => 0,
        Root::Lent(locations) => locations.len(),
        Root::Lost => 1,
    });
    let added = added.sum();
    next_row(profile.samples.stacks.len().saturating_add(added))?;
    let lost = match roots.iter().any(|root| matches!(root, Root::Lost)) {
        true => vec![lost_location(profile)?],
        false => Vec::new(),
    };
    let above = |id: SampleId| match &roots[id.index()] {
        Root::There => &[][..],
        Root::Lent(locations) => locations,
        Root::Lost => &lost,
    };
    profile.samples.narrow(|id, stack, out| {
        out.extend_from_slice(stack);
        out.extend_from_slice(above(id));
        true
    });
    Ok(())
}

/// A location that stands for lost callers. What can fail comes before the function, so
/// that a full table leaves no more than a string that nothing uses.
fn lost_location(profile: &mut Profile) -> Result<LocationId, TableFull> {
    next_row(profile.functions.len())?;
    let name = profile.add_strings([ROOT_LOST])?[0];
    let line = Line {
        function: FunctionId::at(profile.functions.len()),
        line: 0,
        column: 0,
    };
    let location = profile.locations.push(None, 0, false, &[line])?;
    profile.functions.push(Function {
        name,
        system_name: name,
        filename: StringId::EMPTY,
        start_line: 0,
    });
    Ok(location)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, fold, profile};

    /// A stack of frames `from0;from1;…`.
    fn frames(prefix: &str, count: usize) -> String {
        let frames: Vec<String> = (0..count).map(|at| format!("{prefix}{at}")).collect();
        frames.join(";")
    }

    #[track_caller]
    fn check_mended(stacks: &str, mended: i64, left: i64, expected: &str) {
        let mut profile = profile(stacks);
        let values = profile.samples.values.clone();
        let sample_type = profile.sample_type("").unwrap();
        let actual = mend_stacks(&mut profile, sample_type);
        assert_eq!(actual, Mended { mended, left });
        assert_eq!(profile.samples.values, values);
        check(&fold(&profile), expected);
    }

    #[test]
    fn whole_stacks_lend_their_root() {
        let (shared, deep) = (frames("s", 12), frames("d", 20));
        let whole = format!("main;serve;{shared} 5");
        let cut = format!("{shared};{deep} 7");
        let put_back = format!("main;serve;{shared};{deep} 7");
        check_mended(
            &format!("{whole}\n{cut}"),
            7,
            0,
            &format!("{whole}\n{put_back}"),
        );
    }

    #[test]
    fn a_root_that_nobody_lends_is_lost() {
        let deep = frames("d", 32);
        check_mended(
            &format!("main;a 5\n{deep} 7"),
            0,
            7,
            &format!("main;a 5\n(root lost);{deep} 7"),
        );
    }

    #[test]
    fn a_root_on_which_stacks_disagree_is_lost() {
        let (shared, deep) = (frames("s", 12), frames("d", 20));
        let whole = format!("main;list;{shared} 5\nmain;watch;{shared} 5");
        check_mended(
            &format!("{whole}\n{shared};{deep} 7"),
            0,
            7,
            &format!("{whole}\n(root lost);{shared};{deep} 7"),
        );
    }

    #[test]
    fn a_root_that_ends_amid_inlined_calls_is_lost() {
        let (shared, deep) = (frames("s", 12), frames("d", 20));
        let whole = format!("main;serve;+{shared} 5");
        check_mended(
            &format!("{whole}\n{shared};{deep} 7"),
            0,
            7,
            &format!("{whole}\n(root lost);{shared};{deep} 7"),
        );
    }

    #[test]
    fn stacks_that_reach_no_limit_stay_as_they_are() {
        let stacks = format!("main;a 5\n{} 7", frames("d", 20));
        check_mended(&stacks, 0, 0, &stacks);
    }
}
