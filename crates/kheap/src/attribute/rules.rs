//! The rules as data: which frames decide the part and the verb of a stack.

use std::collections::BTreeMap;
use std::slice;
use std::sync::OnceLock;

use regex_automata::meta::BuildError;
use serde::Deserialize;

use super::Role;
use crate::expressions::Expressions;

/// Named frames fit into the bits of one number.
pub(super) type Mask = u128;

/// How large the expressions of the frames may be compiled, in bytes: several
/// times those that there are.
const FRAMES_BYTES: usize = 10 << 20;

/// All rules, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Rules {
    /// One expression a frame; its position is its bit.
    frames: Expressions,
    /// Frames that are one of `frames` and none of some others.
    except: Vec<Except>,
    /// Pairs of frames of which the second must stand below the first.
    pub(super) pairs: Vec<(Mask, Mask)>,
    pub(super) verbs: Vec<Rule>,
    pub(super) parts: Vec<Rule>,
    /// What belongs to whichever of some parts has most.
    pub(super) shared: Option<Rule>,
    pub(super) shared_among: Vec<String>,
    /// The frames of JSON encoders, which are so deep that they lose their callers.
    pub(super) encoder: Mask,
    /// The frames that tell the story of a path.
    pub(super) landmarks: Mask,
}

/// A frame that is another, save for some.
#[derive(Debug)]
struct Except {
    bit: Mask,
    of: Mask,
    none: Mask,
}

/// What decides a name.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    /// Empty where any role will do.
    roles: Vec<Role>,
    /// Only for stacks that lost their root, or only for those that have it.
    cut: Option<bool>,
    /// The verb of a part that implies it.
    pub(super) verb: Option<String>,
    when: Vec<Condition>,
}

/// Frames on a stack. Empty lists hold.
#[derive(Debug)]
struct Condition {
    all: Mask,
    any: Mask,
    none: Mask,
    leaf: Mask,
    /// Bits of `Rules::pairs`.
    pairs: u64,
}

/// What of the rules a stack has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) frames: Mask,
    pub(super) leaf: Mask,
    pub(super) pairs: u64,
    pub(super) cut: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    frames: BTreeMap<String, String>,
    #[serde(default)]
    except: BTreeMap<String, ExceptFile>,
    #[serde(default)]
    encoder: Vec<String>,
    #[serde(default)]
    landmarks: Vec<String>,
    shared: Option<SharedFile>,
    verb: Vec<RuleFile>,
    part: Vec<RuleFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptFile {
    of: String,
    none: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    name: String,
    #[serde(default)]
    roles: Vec<Role>,
    cut: Option<bool>,
    verb: Option<String>,
    when: Vec<ConditionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedFile {
    rule: RuleFile,
    among: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    #[serde(default)]
    leaf: Vec<String>,
}

/// Why a text holds no rules.
#[derive(Debug, thiserror::Error)]
enum RulesError {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error(transparent)]
    Regex(#[from] Box<BuildError>),
    #[error("rule {rule} names the unknown frame {frame}")]
    UnknownFrame { rule: String, frame: String },
    #[error("more than {limit} {what}")]
    TooMany { what: &'static str, limit: u32 },
}

impl Rules {
    /// The rules that are compiled in.
    pub(super) fn builtin() -> &'static Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        RULES.get_or_init(|| {
            let rules = Rules::parse(include_str!("rules.toml"));
            rules.expect("the built-in rules are tested")
        })
    }

    fn parse(text: &str) -> Result<Self, RulesError> {
        let file: RulesFile = toml::from_str(text)?;
        let names = file.frames.keys().chain(file.except.keys());
        let mut builder = RuleBuilder {
            bits: names.cloned().zip(0..).collect(),
            pairs: Vec::new(),
        };
        if builder.bits.len() > Mask::BITS as usize {
            let (what, limit) = ("named frames", Mask::BITS);
            return Err(RulesError::TooMany { what, limit });
        }
        let verbs = builder.rules(file.verb)?;
        let parts = builder.rules(file.part)?;
        let (shared, shared_among) = match file.shared {
            Some(shared) => (Some(builder.rule(shared.rule)?), shared.among),
            None => (None, Vec::new()),
        };
        if builder.pairs.len() > u64::BITS as usize {
            let (what, limit) = ("pairs of frames in paths", u64::BITS);
            return Err(RulesError::TooMany { what, limit });
        }
        let except = builder.excepts(&file.except)?;
        let expressions: Vec<String> = file.frames.into_values().collect();
        Ok(Self {
            except,
            encoder: builder.mask("encoder", &file.encoder)?,
            landmarks: builder.mask("landmarks", &file.landmarks)?,
            // Names of packages and functions of interest are ASCII.
            frames: Expressions::new(&expressions, FRAMES_BYTES)?,
            pairs: builder.pairs,
            verbs,
            parts,
            shared,
            shared_among,
        })
    }

    /// Whether a part has this name.
    pub(super) fn has_part(&self, name: &str) -> bool {
        self.parts.iter().any(|rule| rule.name == name)
    }

    pub(super) fn has_verb(&self, name: &str) -> bool {
        self.verbs.iter().any(|rule| rule.name == name)
    }

    /// The named frames that a canonical function name is.
    pub(super) fn frames_of(&self, name: &str) -> Mask {
        let matches = self.frames.matches(name.as_bytes());
        let mask = matches.fold(0, |mask, bit| mask | 1 << bit);
        let held = self.except.iter().filter(|except| except.holds(mask));
        held.fold(mask, |mask, except| mask | except.bit)
    }

    /// Takes one more frame of a stack, which is read from the root to the leaf.
    pub(super) fn see(&self, seen: &mut Seen, frame: Mask) {
        seen.leaf = frame;
        if frame == 0 {
            return;
        }
        for (bit, (upper, lower)) in self.pairs.iter().enumerate() {
            if frame & lower != 0 && seen.frames & upper != 0 {
                seen.pairs |= 1 << bit;
            }
        }
        seen.frames |= frame;
    }
}

impl Except {
    fn holds(&self, mask: Mask) -> bool {
        mask & self.of != 0 && mask & self.none == 0
    }
}

impl Rule {
    pub(super) fn holds(&self, seen: &Seen, role: Role) -> bool {
        let of_role = self.roles.is_empty() || self.roles.contains(&role);
        let of_cut = self.cut.is_none_or(|cut| cut == seen.cut);
        of_role && of_cut && self.when.iter().any(|when| when.holds(seen))
    }
}

impl Condition {
    fn holds(&self, seen: &Seen) -> bool {
        seen.frames & self.all == self.all
            && (self.any == 0 || seen.frames & self.any != 0)
            && seen.frames & self.none == 0
            && (self.leaf == 0 || seen.leaf & self.leaf != 0)
            && seen.pairs & self.pairs == self.pairs
    }
}

/// Turns names of frames into bits.
#[derive(Debug)]
struct RuleBuilder {
    bits: BTreeMap<String, u32>,
    pairs: Vec<(Mask, Mask)>,
}

impl RuleBuilder {
    fn excepts(&self, files: &BTreeMap<String, ExceptFile>) -> Result<Vec<Except>, RulesError> {
        let excepts = files.iter().map(|(name, file)| {
            Ok(Except {
                bit: self.mask(name, slice::from_ref(name))?,
                of: self.mask(name, slice::from_ref(&file.of))?,
                none: self.mask(name, &file.none)?,
            })
        });
        excepts.collect()
    }

    fn rules(&mut self, files: Vec<RuleFile>) -> Result<Vec<Rule>, RulesError> {
        files.into_iter().map(|file| self.rule(file)).collect()
    }

    fn rule(&mut self, file: RuleFile) -> Result<Rule, RulesError> {
        let conditions = file.when.iter();
        let when: Result<_, _> = conditions.map(|c| self.condition(&file.name, c)).collect();
        Ok(Rule {
            when: when?,
            name: file.name,
            roles: file.roles,
            cut: file.cut,
            verb: file.verb,
        })
    }

    fn condition(&mut self, rule: &str, file: &ConditionFile) -> Result<Condition, RulesError> {
        let mut pairs = 0;
        for pair in file.path.windows(2) {
            let pair = (self.mask(rule, &pair[..1])?, self.mask(rule, &pair[1..])?);
            pairs |= 1_u64.checked_shl(self.pair(pair)).unwrap_or(0);
        }
        Ok(Condition {
            all: self.mask(rule, &file.all)?,
            any: self.mask(rule, &file.any)?,
            none: self.mask(rule, &file.none)?,
            leaf: self.mask(rule, &file.leaf)?,
            pairs,
        })
    }

    fn pair(&mut self, pair: (Mask, Mask)) -> u32 {
        let known = self.pairs.iter().position(|&p| p == pair);
        let position = known.unwrap_or_else(|| {
            self.pairs.push(pair);
            self.pairs.len() - 1
        });
        u32::try_from(position).unwrap_or(u32::MAX)
    }

    fn mask(&self, rule: &str, frames: &[String]) -> Result<Mask, RulesError> {
        let mut mask = 0;
        for frame in frames {
            let bit = self.bits.get(frame);
            let bit = bit.ok_or_else(|| RulesError::UnknownFrame {
                rule: rule.to_owned(),
                frame: frame.clone(),
            })?;
            mask |= 1 << bit;
        }
        Ok(mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_are_rules() {
        let rules = Rules::builtin();
        assert!(rules.parts.len() > 20);
        assert_eq!(rules.verbs.len(), 7);
    }

    #[test]
    fn a_rule_with_an_unknown_frame_is_refused() {
        let text = "verb = []\npart = [{ name = 'a', when = [{ any = ['b'] }] }]\n[frames]\n";
        let error = Rules::parse(text).unwrap_err();
        assert_eq!(error.to_string(), "rule a names the unknown frame b");
    }

    #[test]
    fn a_path_wants_its_frames_from_the_root_to_the_leaf() {
        let text = "verb = []\npart = [{ name = 'p', when = [{ path = ['a', 'b'] }] }]\n\
                    [frames]\na = '^a$'\nb = '^b$'\n";
        let rules = Rules::parse(text).unwrap();
        let holds = |stack: &str| {
            let mut seen = Seen::default();
            for frame in stack.split(';') {
                rules.see(&mut seen, rules.frames_of(frame));
            }
            rules.parts[0].holds(&seen, Role::Unknown)
        };
        assert!(holds("a;x;b;y"));
        assert!(!holds("b;a"));
        assert!(!holds("a"));
        assert!(holds("b;a;b"));
    }
}
