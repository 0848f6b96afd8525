//! What the rules say of one stack by itself.

use super::conditions::StackFrames;
use super::functions::Functions;
use super::stacks::NameId;
use super::{INTERNAL, OTHER, Place, UNKNOWN};
use crate::knowledge::{CUSTOM_RESOURCE, KindHint, Rules};

/// What the rules say of one stack.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    pub(super) part: Option<String>,
    pub(super) verb: String,
    pub(super) kind: String,
    /// Whether the stack writes JSON.
    pub(super) is_encoder: bool,
    /// Whether it works for requests that it does not show.
    pub(super) is_shared: bool,
}

impl Evaluated {
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

/// The rules, and the functions of one profile.
#[derive(Debug)]
pub(super) struct Evaluator<'r> {
    pub(super) rules: &'r Rules,
    pub(super) functions: &'r Functions,
}

impl Evaluator<'_> {
    /// Evaluates a stack, given root first; `is_cut` where its root is lost.
    pub(super) fn evaluate(&self, stack: &[NameId], is_cut: bool) -> Evaluated {
        let mut frames = StackFrames::none(self.rules, is_cut);
        for name in stack {
            frames.add(self.rules, self.functions.frames.row(name.index()));
        }
        let shared = Some(&self.rules.shared).filter(|rule| frames.meet(rule, self.functions.role));
        let mut rules = shared.into_iter().chain(&self.rules.parts);
        let part = rules.find(|rule| frames.meet(rule, self.functions.role));
        let mut verbs = self.rules.verbs.iter();
        let verb = verbs.find(|rule| frames.meet(rule, self.functions.role));
        let verb = verb.map(|rule| rule.name.as_str());
        let implied = part.and_then(|rule| rule.verb.as_deref());
        Evaluated {
            part: part.map(|rule| rule.name.clone()),
            verb: verb.or(implied).unwrap_or(INTERNAL).to_owned(),
            kind: self.kind(stack).unwrap_or(UNKNOWN).to_owned(),
            is_shared: shared.is_some(),
            is_encoder: self.rules.encoder.meets(frames.frames.row()),
        }
    }

    /// The kind of the object that a stack works on: the outermost object wins over those
    /// embedded in it.
    fn kind(&self, stack: &[NameId]) -> Option<&str> {
        let mut is_coerced = false;
        let mut is_by_field_manager = false;
        for name in stack {
            match &self.functions.hints[name.index()] {
                // What is within a part is no object by itself.
                KindHint::Part => return None,
                KindHint::Kind(kind) => return Some(kind),
                KindHint::Coercer => is_coerced = true,
                KindHint::FieldManager => is_by_field_manager = true,
                KindHint::Custom if !is_by_field_manager => return Some(CUSTOM_RESOURCE),
                KindHint::Conversion if is_coerced && !is_by_field_manager => {
                    return Some(CUSTOM_RESOURCE);
                }
                KindHint::Custom | KindHint::Conversion | KindHint::Nothing => {}
            }
        }
        None
    }
}
