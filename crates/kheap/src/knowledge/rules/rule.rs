//! Rules as they are evaluated: frames are bits.

use crate::fingerprint::mixed;
use crate::knowledge::bits::Bits;
use crate::knowledge::frames::NamedFrames;
use crate::knowledge::parts::{OTHER, Parts};
use crate::knowledge::roles::{Role, Roles};

/// The verb of a stack without a request handler.
pub const INTERNAL: &str = "internal";

/// What attribution goes by: named frames, parts, roles and rules.
///
/// A user's rules have the vocabulary of the built-in ones, and are tried before them: [the
/// format](mod@crate::attribute::rules).
///
/// # Example
///
/// ```
/// use kheap::attribute::Rules;
///
/// let rules = Rules::parse(
///     "[frames]
///      tile = '^example\\.com/maps/tiles\\.'
///
///      [[part]]
///      id = 'tiles'
///      title = 'map tiles'
///      color = '#ddaa33'
///
///      [[rule]]
///      part = 'tiles'
///      when = [{ any = ['tile'] }]",
/// )?;
/// assert_eq!(rules.parts().title("tiles"), "map tiles");
/// assert_eq!(rules.parts().title("list-etcd"), "LIST (read from etcd)");
/// # Ok::<(), kheap::attribute::RulesError>(())
/// ```
#[derive(Debug)]
pub struct Rules {
    pub(crate) frames: NamedFrames,
    pub(crate) roles: Roles,
    /// What parts are called, also those that the user adds.
    pub(super) names: Parts,
    /// Pairs of frames: the second must stand below the first.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// The second ones of the pairs.
    pub(crate) lower: Bits,
    pub(crate) verbs: Vec<Rule>,
    pub(crate) parts: Vec<Rule>,
    /// What belongs to whichever of some parts has most.
    pub(crate) shared: Rule,
    pub(crate) shared_among: Vec<String>,
    /// The frames of JSON encoders, which are so deep that they lose their callers.
    pub(crate) encoder: Bits,
    /// The frames that a shortened path shows.
    pub(crate) landmarks: Bits,
    /// A fingerprint of the text of a user's rules.
    pub(crate) fingerprint: u64,
}

/// What decides a name.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// Empty where any role will do.
    pub(super) roles: Vec<Role>,
    /// Only for stacks that lost their root, or only for those that have it.
    pub(crate) cut: Option<bool>,
    /// The verb of a part that implies it.
    pub(crate) verb: Option<String>,
    /// One of them must hold.
    pub(crate) when: Vec<RuleCondition>,
}

/// Frames on a stack. Empty lists hold.
#[derive(Debug)]
pub(crate) struct RuleCondition {
    pub(crate) all: Bits,
    pub(crate) any: Bits,
    pub(crate) none: Bits,
    pub(crate) leaf: Bits,
    /// Positions in `Rules::pairs`.
    pub(crate) pairs: Vec<usize>,
}

impl Rules {
    /// Title and colour of every part.
    pub fn parts(&self) -> &Parts {
        &self.names
    }

    /// A fingerprint of what decides the parts: of these rules, and of what is compiled in.
    pub(crate) fn identity(&self) -> u64 {
        let builtin = env!("KHEAP_RULES").parse();
        mixed(builtin.expect("build.rs writes a number"), self.fingerprint)
    }

    /// Whether some stack can belong to a part of this name.
    pub(crate) fn has_part(&self, name: &str) -> bool {
        name == OTHER || self.parts.iter().any(|rule| rule.name == name)
    }

    /// Whether some stack can belong to a verb of this name.
    pub(crate) fn has_verb(&self, name: &str) -> bool {
        name == INTERNAL || self.verbs.iter().any(|rule| rule.name == name)
    }
}

impl Rule {
    pub(crate) fn is_for(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }
}
