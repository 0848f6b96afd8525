//! The functions of a profile, as attribution knows them.

use super::Role;
use super::stacks::Names;
use crate::knowledge::{BitRows, KindHint, Proven, Rules};
use crate::profile::{Profile, Profiled};

/// The functions of a profile and what rules say of each: the same for all its sample
/// types.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) names: Names,
    /// What the program is.
    pub(crate) role: Role,
    /// By function: the named frames that it is.
    pub(crate) frames: BitRows,
    /// By function: what it says of the object that it works on.
    pub(super) hints: Vec<KindHint>,
}

impl Functions {
    pub(super) fn of(profile: &Profile, rules: &Rules) -> Self {
        let names = Names::of(profile);
        // References are no calls: nobody allocates in them.
        let has_calls = profile.profiled() != Profiled::References;
        let called = || names.iter().map(|name| if has_calls { name } else { "" });
        let proven = Proven::by(called());
        let frames = rules.frames.rows(called());
        let hint = |(at, name)| KindHint::of(name, frames.row(at), &proven);
        Self {
            role: rules.roles.of_names(called()),
            hints: called().enumerate().map(hint).collect(),
            frames,
            names,
        }
    }
}
