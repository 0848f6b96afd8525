//! What the rules say of one stack by itself.

use hashbrown::HashMap;

use super::conditions::StackFrames;
use super::functions::Functions;
use super::stacks::NameId;
use super::{INTERNAL, OTHER, Place, Role, UNKNOWN};
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
    rules: &'r Rules,
    functions: &'r Functions,
    /// What was decided so far: many stacks show rules the same.
    decided: HashMap<StackFrames<'r>, Decided<'r>>,
}

/// What the rules say of the named frames of a stack.
#[derive(Debug, Clone, Copy)]
struct Decided<'r> {
    part: Option<&'r str>,
    verb: &'r str,
    is_encoder: bool,
    is_shared: bool,
}

impl<'r> Evaluator<'r> {
    pub(super) fn new(rules: &'r Rules, functions: &'r Functions) -> Self {
        Self {
            rules,
            functions,
            decided: HashMap::new(),
        }
    }

    /// Evaluates a stack, given root first; `is_cut` where its root is lost.
    pub(super) fn evaluate(&mut self, stack: &[NameId], is_cut: bool) -> Evaluated {
        let mut frames = StackFrames::none(self.rules, is_cut);
        for name in stack {
            frames.add(self.rules, self.functions.frames.row(name.index()));
        }
        let (rules, role) = (self.rules, self.functions.role);
        let decided = self.decided.entry(frames);
        let decided = *decided.or_insert_with_key(|frames| Decided::by(rules, role, frames));
        Evaluated {
            part: decided.part.map(str::to_owned),
            verb: decided.verb.to_owned(),
            kind: self.kind(stack).unwrap_or(UNKNOWN).to_owned(),
            is_shared: decided.is_shared,
            is_encoder: decided.is_encoder,
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

impl<'r> Decided<'r> {
    fn by(rules: &'r Rules, role: Role, frames: &StackFrames<'_>) -> Self {
        let shared = Some(&rules.shared).filter(|rule| frames.meet(rule, role));
        let mut parts = shared.into_iter().chain(&rules.parts);
        let part = parts.find(|rule| frames.meet(rule, role));
        let verb = rules.verbs.iter().find(|rule| frames.meet(rule, role));
        let verb = verb.map(|rule| rule.name.as_str());
        let implied = part.and_then(|rule| rule.verb.as_deref());
        Self {
            part: part.map(|rule| rule.name.as_str()),
            verb: verb.or(implied).unwrap_or(INTERNAL),
            is_encoder: rules.encoder.meets(frames.frames.row()),
            is_shared: shared.is_some(),
        }
    }
}
