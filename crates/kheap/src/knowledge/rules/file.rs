//! The file of the rules, and how its names of frames become bits.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::fault::{Fault, RulesFault};
use super::rule::{Rule, RuleCondition, Rules};
use crate::knowledge::bits::Bits;
use crate::knowledge::frames::{ExceptFile, NamedFrames};
use crate::knowledge::parts::{Part, Parts};
use crate::knowledge::roles::{Role, RoleProof, Roles};

/// The rules that are compiled in, whose frames and parts have files of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltinFile {
    encoder: Vec<String>,
    landmarks: Vec<String>,
    shared: SharedFile,
    verb: Vec<VerbFile>,
    rule: Vec<RuleFile>,
}

/// What a user adds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UserFile {
    pub(super) frames: BTreeMap<String, String>,
    pub(super) except: BTreeMap<String, ExceptFile>,
    pub(super) landmarks: Vec<String>,
    pub(super) part: Vec<Part>,
    pub(super) role: Vec<RoleProof>,
    pub(super) verb: Vec<VerbFile>,
    pub(super) rule: Vec<RuleFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerbFile {
    pub(super) name: String,
    pub(super) when: Vec<ConditionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) part: String,
    #[serde(default)]
    roles: Vec<Role>,
    cut: Option<bool>,
    verb: Option<String>,
    pub(super) when: Vec<ConditionFile>,
}

impl From<VerbFile> for RuleFile {
    fn from(file: VerbFile) -> Self {
        Self {
            part: file.name,
            roles: Vec::new(),
            cut: None,
            verb: None,
            when: file.when,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedFile {
    rule: RuleFile,
    among: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConditionFile {
    path: Vec<String>,
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
    leaf: Vec<String>,
}

impl ConditionFile {
    /// How much it asks of a stack: of a path each step.
    pub(super) fn steps(&self) -> usize {
        self.path.len().saturating_sub(1).max(1)
    }

    /// Whether it names no frame that a stack must have, so that it would hold for all.
    pub(super) fn is_open(&self) -> bool {
        self.path.len() < 2 && self.all.is_empty() && self.any.is_empty() && self.leaf.is_empty()
    }
}

impl Rules {
    /// The rules that are compiled in.
    pub fn builtin() -> &'static Arc<Rules> {
        static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
        RULES.get_or_init(|| {
            let frames = NamedFrames::builtin().clone();
            let rules = build(frames, UserFile::default());
            Arc::new(rules.expect("the built-in rules are tested"))
        })
    }
}

/// The rules that are compiled in, behind those of a user.
pub(super) fn build(frames: NamedFrames, user: UserFile) -> Result<Rules, Fault> {
    let file: BuiltinFile = built_in!("rules");
    let mut builder = RuleBuilder {
        frames: &frames,
        pairs: Vec::new(),
    };
    let verbs = user.verb.into_iter().chain(file.verb);
    let verbs = builder.rules(verbs.map(RuleFile::from))?;
    let parts = builder.rules(user.rule.into_iter().chain(file.rule))?;
    let shared = builder.rule(file.shared.rule)?;
    let landmarks = [user.landmarks, file.landmarks].concat();
    let (encoder, landmarks) = (builder.set(&file.encoder)?, builder.set(&landmarks)?);
    let pairs = builder.pairs;
    let mut lower = Bits::new(frames.len());
    pairs.iter().for_each(|&(_, bit)| lower.insert(bit));
    Ok(Rules {
        roles: Roles::with(user.role),
        names: Parts::with_own(user.part),
        encoder,
        landmarks,
        fingerprint: 0,
        pairs,
        lower,
        verbs,
        parts,
        shared,
        shared_among: file.shared.among,
        frames,
    })
}

/// Turns names of frames into bits.
#[derive(Debug)]
struct RuleBuilder<'f> {
    frames: &'f NamedFrames,
    pairs: Vec<(usize, usize)>,
}

impl RuleBuilder<'_> {
    fn rules(&mut self, files: impl Iterator<Item = RuleFile>) -> Result<Vec<Rule>, Fault> {
        files.map(|file| self.rule(file)).collect()
    }

    fn rule(&mut self, file: RuleFile) -> Result<Rule, Fault> {
        let conditions = file.when.iter();
        let when: Result<_, Fault> = conditions.map(|c| self.condition(c)).collect();
        let when = when.map_err(|fault| Fault {
            reason: RulesFault::Rule {
                part: file.part.clone(),
                fault: Box::new(fault.reason),
            },
            ..fault
        });
        Ok(Rule {
            when: when?,
            name: file.part,
            roles: file.roles,
            cut: file.cut,
            verb: file.verb,
        })
    }

    fn condition(&mut self, file: &ConditionFile) -> Result<RuleCondition, Fault> {
        let mut pairs = Vec::new();
        for pair in file.path.windows(2) {
            let pair = (self.frames.known(&pair[0])?, self.frames.known(&pair[1])?);
            pairs.push(self.pair(pair));
        }
        Ok(RuleCondition {
            all: self.set(&file.all)?,
            any: self.set(&file.any)?,
            none: self.set(&file.none)?,
            leaf: self.set(&file.leaf)?,
            pairs,
        })
    }

    fn pair(&mut self, pair: (usize, usize)) -> usize {
        let known = self.pairs.iter().position(|&p| p == pair);
        known.unwrap_or_else(|| {
            self.pairs.push(pair);
            self.pairs.len() - 1
        })
    }

    fn set(&self, names: &[String]) -> Result<Bits, Fault> {
        Ok(self.frames.set(names)?)
    }
}
