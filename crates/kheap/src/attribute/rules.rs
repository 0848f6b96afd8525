//! The rules as data: which frames decide the part and the verb of a stack.

use std::sync::OnceLock;

use serde::Deserialize;

use super::Role;
use super::kind::KindFrames;
use crate::knowledge::{Bits, Formula, FramesError, NamedFrames, has_bit};

/// All rules, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Rules {
    /// Pairs of frames of which the second must stand below the first.
    pairs: Vec<(usize, usize)>,
    /// The second ones of the pairs.
    lower: Bits,
    pub(super) verbs: Vec<Rule>,
    pub(super) parts: Vec<Rule>,
    /// What belongs to whichever of some parts has most.
    pub(super) shared: Option<Rule>,
    pub(super) shared_among: Vec<String>,
    /// The frames of JSON encoders, which are so deep that they lose their callers.
    pub(super) encoder: Bits,
    /// The frames that tell the story of a path.
    pub(super) landmarks: Bits,
    /// The frames that show a kind.
    pub(super) kinds: KindFrames,
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
    all: Bits,
    any: Bits,
    none: Bits,
    leaf: Bits,
    /// Positions in `Rules::pairs`.
    pairs: Vec<usize>,
}

/// What of the rules a stack has.
#[derive(Debug)]
pub(super) struct Seen<'f> {
    pub(super) frames: Bits,
    leaf: &'f [u64],
    /// Positions in `Rules::pairs`.
    pairs: Bits,
    cut: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
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
    #[error("rule {rule}: {reason}")]
    Frames { rule: String, reason: FramesError },
}

impl Rules {
    /// The rules that are compiled in.
    pub(super) fn builtin() -> &'static Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        RULES.get_or_init(|| {
            let rules = Rules::parse(include_str!("rules.toml"), NamedFrames::builtin());
            rules.expect("the built-in rules are tested")
        })
    }

    fn parse(text: &str, frames: &NamedFrames) -> Result<Self, RulesError> {
        let file: RulesFile = toml::from_str(text)?;
        let mut builder = RuleBuilder {
            frames,
            pairs: Vec::new(),
        };
        let verbs = builder.rules(file.verb)?;
        let parts = builder.rules(file.part)?;
        let (shared, shared_among) = match file.shared {
            Some(shared) => (Some(builder.rule(shared.rule)?), shared.among),
            None => (None, Vec::new()),
        };
        let mut lower = Bits::new(frames.len());
        builder.pairs.iter().for_each(|&(_, bit)| lower.insert(bit));
        let kinds = KindFrames::of(frames).map_err(|reason| RulesError::Frames {
            rule: "kinds".to_owned(),
            reason,
        })?;
        Ok(Self {
            kinds,
            encoder: builder.set("encoder", &file.encoder)?,
            landmarks: builder.set("landmarks", &file.landmarks)?,
            pairs: builder.pairs,
            lower,
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

    /// What puts stacks of a program of some role to a part, one by one.
    pub(super) fn formulas_of_part(&self, part: &str, role: Role) -> Vec<Formula> {
        self.formulas(&self.parts, part, role)
    }

    /// The same of a verb.
    pub(super) fn formulas_of_verb(&self, verb: &str, role: Role) -> Vec<Formula> {
        self.formulas(&self.verbs, verb, role)
    }

    fn formulas(&self, rules: &[Rule], name: &str, role: Role) -> Vec<Formula> {
        let mut found = Vec::new();
        let (mut before, mut asked) = (Vec::new(), Bits::new(NamedFrames::builtin().len()));
        for rule in rules.iter().filter(|rule| rule.is_for(role)) {
            let formulas = rule.when.iter().map(|when| self.formula(when));
            if rule.name == name {
                found.extend(formulas.map(|formula| {
                    Formula {
                        before: before.clone(),
                        // Without its root a stack shows no more than a table does, and what
                        // others asked for may be theirs.
                        is_sign: rule.cut == Some(true)
                            || formula
                                .only_class()
                                .is_some_and(|class| class.are_in(&asked)),
                        ..formula
                    }
                }));
                continue;
            }
            for formula in formulas {
                let is_whole = rule.cut != Some(true) && formula.none.is_empty();
                before.extend(formula.only_class().filter(|_| is_whole).cloned());
                let classes = formula.every.iter().chain(&formula.leaf);
                classes.for_each(|class| asked.add(class.row()));
            }
        }
        found
    }

    fn formula(&self, when: &Condition) -> Formula {
        let pairs = when.pairs.iter().map(|&pair| self.pairs[pair]);
        let mut frames: Vec<usize> = pairs.flat_map(|(upper, lower)| [upper, lower]).collect();
        frames.extend(when.all.ones());
        frames.sort_unstable();
        frames.dedup();
        let given = |class: &Bits| (!class.is_empty()).then(|| class.clone());
        let single = |bit: usize| {
            let mut class = Bits::new(NamedFrames::builtin().len());
            class.insert(bit);
            class
        };
        let mut every: Vec<Bits> = frames.into_iter().map(single).collect();
        every.extend(given(&when.any));
        Formula {
            leaf: given(&when.leaf).into_iter().collect(),
            every,
            none: given(&when.none).into_iter().collect(),
            ..Formula::default()
        }
    }

    /// What of the rules a stack without any frame has.
    pub(super) fn nothing_seen<'f>(&self, frames: &NamedFrames, cut: bool) -> Seen<'f> {
        Seen {
            frames: Bits::new(frames.len()),
            leaf: &[],
            pairs: Bits::new(self.pairs.len()),
            cut,
        }
    }

    /// Takes one more frame of a stack, which is read from the root to the leaf.
    pub(super) fn see<'f>(&self, seen: &mut Seen<'f>, frame: &'f [u64]) {
        seen.leaf = frame;
        if self.lower.meets(frame) {
            for (position, &(upper, lower)) in self.pairs.iter().enumerate() {
                if has_bit(frame, lower) && seen.frames.has(upper) {
                    seen.pairs.insert(position);
                }
            }
        }
        seen.frames.add(frame);
    }
}

impl Rule {
    fn is_for(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }

    pub(super) fn holds(&self, seen: &Seen<'_>, role: Role) -> bool {
        let of_cut = self.cut.is_none_or(|cut| cut == seen.cut);
        self.is_for(role) && of_cut && self.when.iter().any(|when| when.holds(seen))
    }
}

impl Condition {
    fn holds(&self, seen: &Seen<'_>) -> bool {
        let frames = seen.frames.row();
        self.all.are_in(&seen.frames)
            && (self.any.is_empty() || self.any.meets(frames))
            && !self.none.meets(frames)
            && (self.leaf.is_empty() || self.leaf.meets(seen.leaf))
            && self.pairs.iter().all(|&pair| seen.pairs.has(pair))
    }
}

/// Turns names of frames into bits.
#[derive(Debug)]
struct RuleBuilder<'f> {
    frames: &'f NamedFrames,
    pairs: Vec<(usize, usize)>,
}

impl RuleBuilder<'_> {
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
        let of_rule = |reason| RulesError::Frames {
            rule: rule.to_owned(),
            reason,
        };
        let mut pairs = Vec::new();
        for pair in file.path.windows(2) {
            let bit = |name: &String| self.frames.known(name).map_err(of_rule);
            let pair = (bit(&pair[0])?, bit(&pair[1])?);
            pairs.push(self.pair(pair));
        }
        Ok(Condition {
            all: self.set(rule, &file.all)?,
            any: self.set(rule, &file.any)?,
            none: self.set(rule, &file.none)?,
            leaf: self.set(rule, &file.leaf)?,
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

    fn set(&self, rule: &str, names: &[String]) -> Result<Bits, RulesError> {
        let set = self.frames.set(names);
        set.map_err(|reason| RulesError::Frames {
            rule: rule.to_owned(),
            reason,
        })
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
        let text = "verb = []\npart = [{ name = 'a', when = [{ any = ['b'] }] }]\n";
        let error = Rules::parse(text, NamedFrames::builtin()).unwrap_err();
        assert_eq!(error.to_string(), "rule a: b is no named frame");
    }

    #[test]
    fn a_path_wants_its_frames_from_the_root_to_the_leaf() {
        let text = "verb = []\npart = [{ name = 'p', when = [{ path = ['init', 'main'] }] }]\n";
        let frames = NamedFrames::builtin();
        let rules = Rules::parse(text, frames).unwrap();
        let holds = |stack: &str| {
            let rows = frames.rows(stack.split(';'));
            let mut seen = rules.nothing_seen(frames, false);
            for frame in 0..stack.split(';').count() {
                rules.see(&mut seen, rows.row(frame));
            }
            rules.parts[0].holds(&seen, Role::Unknown)
        };
        let (a, b) = ("runtime.doInit", "main.main");
        assert!(holds(&format!("{a};x;{b};y")));
        assert!(!holds(&format!("{b};{a}")));
        assert!(!holds(a));
        assert!(holds(&format!("{b};{a};{b}")));
    }
}
