//! What the rules say of a stack by itself.

use super::kind::{self, Shown};
use super::kinds::Proven;
use super::rules::Rules;
use super::stacks::{NameId, Names};
use super::{INTERNAL, OTHER, Place, Role, UNKNOWN};
use crate::knowledge::BitRows;

/// What the rules say of one stack.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) part: Option<String>,
    pub(super) verb: String,
    pub(super) kind: String,
    /// Whether the stack writes JSON.
    pub(super) is_encoder: bool,
    /// Whether it works for requests that it does not show.
    pub(super) is_shared: bool,
}

impl Verdict {
    pub(super) fn put(&mut self, (part, verb): &(String, String)) {
        self.part = Some(part.clone());
        self.verb.clone_from(verb);
    }

    pub(super) fn place(self) -> Place {
        Place {
            part: self.part.unwrap_or_else(|| OTHER.to_owned()),
            verb: self.verb,
            kind: self.kind,
        }
    }
}

/// The rules, matched against the names of one profile.
#[derive(Debug)]
pub(super) struct Judge<'r> {
    pub(super) rules: &'r Rules,
    role: Role,
    /// By function: the named frames that it is.
    pub(super) frames: BitRows,
    pub(super) shown: Vec<Shown>,
}

impl<'r> Judge<'r> {
    pub(super) fn new(names: &Names, role: Role, rules: &'r Rules) -> Self {
        let proven = Proven::by(names.iter());
        let frames = rules.frames.rows(names.iter());
        let shown = names.iter().enumerate();
        let shown = shown
            .map(|(at, name)| kind::shown(name, frames.row(at), &rules.kinds, &proven))
            .collect();
        Self {
            rules,
            role,
            shown,
            frames,
        }
    }

    /// Judges a stack, given root first; `cut` where its root is lost.
    pub(super) fn judge(&self, stack: &[NameId], cut: bool) -> Verdict {
        let mut seen = self.rules.nothing_seen(cut);
        let mut kind: Option<&str> = None;
        let mut is_part = false;
        let mut coercer = false;
        let mut field_manager = false;
        for name in stack {
            self.rules.see(&mut seen, self.frames.row(name.index()));
            match &self.shown[name.index()] {
                Shown::FieldManager => field_manager = true,
                // The outermost object wins over those embedded in it.
                Shown::Part => is_part = true,
                Shown::Coercer => coercer = true,
                Shown::Kind(shown) if !is_part => kind = kind.or(Some(shown)),
                shown @ (Shown::Custom | Shown::Conversion) if !is_part && !field_manager => {
                    let is_custom = coercer || *shown == Shown::Custom;
                    kind = kind.or(is_custom.then_some(kind::CUSTOM_RESOURCE));
                }
                Shown::Kind(_) | Shown::Custom | Shown::Conversion | Shown::Nothing => {}
            }
        }
        let shared = self
            .rules
            .shared
            .as_ref()
            .filter(|rule| rule.holds(&seen, self.role));
        let mut rules = shared.into_iter().chain(&self.rules.parts);
        let part = rules.find(|rule| rule.holds(&seen, self.role));
        let mut verbs = self.rules.verbs.iter();
        let verb = verbs.find(|rule| rule.holds(&seen, self.role));
        let verb = verb.map(|rule| &rule.name);
        let implied = part.and_then(|rule| rule.verb.as_ref());
        Verdict {
            part: part.map(|rule| rule.name.clone()),
            verb: verb.or(implied).map_or(INTERNAL, |verb| verb).to_owned(),
            kind: kind.unwrap_or(UNKNOWN).to_owned(),
            is_shared: shared.is_some(),
            is_encoder: self.rules.encoder.meets(seen.frames.row()),
        }
    }
}
