//! The rules as data: which frames decide the part and the verb of a stack.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use regex_automata::meta::BuildError;
use serde::Deserialize;

use super::kind::KindFrames;
use super::{INTERNAL, OTHER, Role};
use crate::expressions::Expressions;
use crate::knowledge::{
    Bits, ExceptFile, Formula, FramesError, FramesFile, NamedFrames, Part, RoleProof, Roles,
    has_bit, is_color, part,
};

/// The longest text of a user's rules, in bytes.
pub const MAX_RULES_BYTES: usize = 1 << 20;

/// How many frames a user may name.
const MOST_FRAMES: usize = 1000;

/// How large the expression of one of them may be compiled, in bytes.
const FRAME_BYTES: usize = 1 << 20;

/// What attribution goes by: named frames, parts, roles and rules.
///
/// A user's rules have the vocabulary of the built-in ones, and are tried before them.
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
/// assert_eq!(rules.title("tiles"), "map tiles");
/// assert_eq!(rules.title("list-etcd"), "LIST: read from etcd");
/// # Ok::<(), kheap::attribute::RulesError>(())
/// ```
#[derive(Debug)]
pub struct Rules {
    pub(super) frames: NamedFrames,
    pub(super) roles: Roles,
    /// The parts that the user adds.
    own: Vec<Part>,
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
struct UserFile {
    frames: BTreeMap<String, String>,
    except: BTreeMap<String, ExceptFile>,
    landmarks: Vec<String>,
    part: Vec<Part>,
    role: Vec<RoleProof>,
    verb: Vec<VerbFile>,
    rule: Vec<RuleFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerbFile {
    name: String,
    when: Vec<ConditionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    part: String,
    #[serde(default)]
    roles: Vec<Role>,
    cut: Option<bool>,
    verb: Option<String>,
    when: Vec<ConditionFile>,
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
struct ConditionFile {
    path: Vec<String>,
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
    leaf: Vec<String>,
}

/// Why a text holds no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid rules{}: {reason}", at(*.line))]
pub struct RulesError {
    /// Line in the text, from 1, where it can be told.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" in line {line}"))
}

/// What is wrong, and a word that stands there in the text.
#[derive(Debug)]
struct Fault {
    word: String,
    reason: String,
}

impl Fault {
    fn new(word: &str, reason: String) -> Self {
        Self {
            word: word.to_owned(),
            reason,
        }
    }

    /// The first line that has the word as a key or a value.
    fn in_text(self, text: &str) -> RulesError {
        let quotes = ['"', '\''].map(|quote| format!("{quote}{}{quote}", self.word));
        let has = |line: &&str| {
            let key = line.trim_start().strip_prefix(self.word.as_str());
            let is_key = key.is_some_and(|rest| rest.trim_start().starts_with('='));
            is_key || quotes.iter().any(|quoted| line.contains(quoted.as_str()))
        };
        let mut lines = text.lines();
        let position = lines.position(|line| !self.word.is_empty() && has(&line));
        RulesError {
            line: position.map(|position| position + 1),
            reason: self.reason,
        }
    }
}

impl Rules {
    /// The rules that are compiled in.
    pub fn builtin() -> &'static Arc<Self> {
        static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
        RULES.get_or_init(|| {
            let frames = NamedFrames::builtin().clone();
            let rules = Self::build(frames, UserFile::default());
            Arc::new(rules.expect("the built-in rules are tested"))
        })
    }

    /// Reads a user's rules, which are tried before those that are compiled in.
    ///
    /// # Errors
    ///
    /// [`RulesError`] with the line where that can be told, when the text is no TOML, is
    /// longer than [`MAX_RULES_BYTES`], or names a frame or a part that there is not.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        if text.len() > MAX_RULES_BYTES {
            let reason = format!("they are longer than {MAX_RULES_BYTES} bytes");
            return Err(RulesError { line: None, reason });
        }
        let mut file: UserFile = toml::from_str(text).map_err(|error| RulesError {
            line: error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count()),
            reason: error.message().lines().collect::<Vec<_>>().join("; "),
        })?;
        let frames = FramesFile {
            frames: std::mem::take(&mut file.frames),
            except: std::mem::take(&mut file.except),
            ..FramesFile::default()
        };
        let frames = with_frames(&frames).map_err(|fault| fault.in_text(text))?;
        let rules = check(&file).and_then(|()| Self::build(frames, file));
        rules.map_err(|fault| fault.in_text(text))
    }

    fn build(frames: NamedFrames, user: UserFile) -> Result<Self, Fault> {
        let file: Result<BuiltinFile, _> = toml::from_str(include_str!("../knowledge/rules.toml"));
        let file = file.expect("the built-in rules are tested");
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
        Ok(Self {
            kinds: KindFrames::of(&frames).map_err(fault_of_frames)?,
            roles: Roles::with(user.role),
            own: user.part,
            encoder,
            landmarks,
            pairs,
            lower,
            verbs,
            parts,
            shared: Some(shared),
            shared_among: file.shared.among,
            frames,
        })
    }

    /// The parts that the user adds.
    pub fn own_parts(&self) -> &[Part] {
        &self.own
    }

    /// The part of an id.
    pub fn part(&self, id: &str) -> Option<&Part> {
        let own = self.own.iter().find(|part| part.id == id);
        own.or_else(|| part(id))
    }

    /// What a part is, in a few words; the id itself for one that is not known.
    pub fn title<'r>(&'r self, id: &'r str) -> &'r str {
        self.part(id).map_or(id, |part| &part.title)
    }

    /// Whether some stack can belong to a part of this name.
    pub(crate) fn has_part(&self, name: &str) -> bool {
        name == OTHER || self.parts.iter().any(|rule| rule.name == name)
    }

    /// Whether some stack can belong to a verb of this name.
    pub(crate) fn has_verb(&self, name: &str) -> bool {
        name == INTERNAL || self.verbs.iter().any(|rule| rule.name == name)
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
    pub(super) fn nothing_seen<'f>(&self, cut: bool) -> Seen<'f> {
        Seen {
            frames: Bits::new(self.frames.len()),
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

/// The built-in frames, and a user's behind them.
fn with_frames(file: &FramesFile) -> Result<NamedFrames, Fault> {
    if file.frames.len() + file.except.len() > MOST_FRAMES {
        return Err(Fault::new("", format!("more than {MOST_FRAMES} frames")));
    }
    // Each alone tells which is the wrong one.
    for (name, expression) in &file.frames {
        if let Err(error) = Expressions::new(&[expression], FRAME_BYTES) {
            let reason = format!("frame {name}: {}", reason_of(&error));
            return Err(Fault::new(name, reason));
        }
    }
    NamedFrames::builtin().with(file).map_err(fault_of_frames)
}

/// What is wrong with an expression, in one line.
fn reason_of(error: &BuildError) -> String {
    let text = match error.syntax_error() {
        Some(error) => error.to_string(),
        None => format!("larger than {FRAME_BYTES} bytes when it is compiled"),
    };
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn fault_of_frames(error: FramesError) -> Fault {
    let word = match &error {
        FramesError::Unknown(name) | FramesError::Known(name) => name.clone(),
        FramesError::Toml(_) | FramesError::Regex(_) => String::new(),
    };
    Fault::new(&word, error.to_string())
}

/// What is wrong with a user's parts and rules, besides frames.
fn check(file: &UserFile) -> Result<(), Fault> {
    for (position, new) in file.part.iter().enumerate() {
        let id = new.id.as_str();
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let reason = format!("part {id:?} is not made of a-z, A-Z, 0-9 and -");
            return Err(Fault::new(id, reason));
        }
        let before = file.part[..position].iter().any(|other| other.id == id);
        if before || part(id).is_some() {
            return Err(Fault::new(id, format!("there is a part {id} already")));
        }
        if !is_color(&new.color) {
            let reason = format!("color {:?} is not written like #ddaa33", new.color);
            return Err(Fault::new(&new.color, reason));
        }
    }
    for rule in &file.rule {
        let id = rule.part.as_str();
        let own = file.part.iter().any(|part| part.id == id);
        if !own && part(id).is_none() {
            let reason = format!("there is no part {id}; add a [[part]] with that id");
            return Err(Fault::new(id, reason));
        }
        check_conditions(id, &rule.when)?;
    }
    let mut verbs = file.verb.iter();
    verbs.try_for_each(|verb| check_conditions(&verb.name, &verb.when))
}

/// A rule without frames would hold for every stack.
fn check_conditions(name: &str, when: &[ConditionFile]) -> Result<(), Fault> {
    let is_open = |when: &ConditionFile| {
        when.path.len() < 2 && when.all.is_empty() && when.any.is_empty() && when.leaf.is_empty()
    };
    match when.is_empty() || when.iter().any(is_open) {
        true => {
            let reason = format!("a rule for {name} names no frames that a stack must have");
            Err(Fault::new(name, reason))
        }
        false => Ok(()),
    }
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
            reason: format!("rule {}: {}", file.part, fault.reason),
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

    fn condition(&mut self, file: &ConditionFile) -> Result<Condition, Fault> {
        let mut pairs = Vec::new();
        for pair in file.path.windows(2) {
            let bit = |name: &String| self.frames.known(name).map_err(fault_of_frames);
            let pair = (bit(&pair[0])?, bit(&pair[1])?);
            pairs.push(self.pair(pair));
        }
        Ok(Condition {
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
        self.frames.set(names).map_err(fault_of_frames)
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

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(
            Rules::parse(text).unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        check_refused(
            "[[rule]]\npart = 'main'\nwhen = [{ any = ['b'] }]\n",
            "invalid rules in line 3: rule main: b is no named frame",
        );
        check_refused(
            "[[rule]]\npart = 'tiles'\nwhen = [{ any = ['main'] }]\n",
            "invalid rules in line 2: there is no part tiles; add a [[part]] with that id",
        );
        check_refused(
            "[frames]\ntile = '('\n",
            "invalid rules in line 2: frame tile: unclosed group",
        );
        check_refused(
            "[frames]\nmain = 'x'\n",
            "invalid rules in line 2: there is a frame main already",
        );
        check_refused(
            "[[part]]\nid = 'main'\ntitle = 'x'\ncolor = '#000000'\n",
            "invalid rules in line 2: there is a part main already",
        );
        check_refused(
            "[[part]]\nid = 'a'\ntitle = 'x'\ncolor = 'red'\n",
            "invalid rules in line 4: color \"red\" is not written like #ddaa33",
        );
        check_refused(
            "[[rule]]\npart = 'main'\nwhen = [{ none = ['init'] }]\n",
            "invalid rules in line 2: a rule for main names no frames that a stack must have",
        );
        check_refused(
            "[[rule]]\npart = 'main'\nwhen = []\nwho = 'me'\n",
            "invalid rules in line 4: unknown field `who`, expected one of `part`, `roles`, \
             `cut`, `verb`, `when`",
        );
        check_refused(
            "[[role]]\nname = 'queen'\npackages = []\n",
            "invalid rules in line 2: unknown variant `queen`, expected one of `apiserver`, \
             `etcd`, `prometheus`, `client`, `unknown`",
        );
        check_refused(
            "x",
            "invalid rules in line 1: key with no value, expected `=`",
        );
    }

    #[test]
    fn a_text_has_a_bound() {
        let long = "#".repeat(MAX_RULES_BYTES + 1);
        let expected = "invalid rules: they are longer than 1048576 bytes";
        check_refused(&long, expected);
        let frames: String = (0..=MOST_FRAMES).map(|n| format!("f{n} = 'x'\n")).collect();
        check_refused(
            &format!("[frames]\n{frames}"),
            "invalid rules: more than 1000 frames",
        );
        check_refused(
            "[frames]\na = 'x{1000}{1000}'\n",
            "invalid rules in line 2: frame a: larger than 1048576 bytes when it is compiled",
        );
    }

    #[test]
    fn a_path_wants_its_frames_from_the_root_to_the_leaf() {
        let text = "[frames]\na = '^a$'\nb = '^b$'\n\
                    [[rule]]\npart = 'main'\nwhen = [{ path = ['a', 'b'] }]\n";
        let rules = Rules::parse(text).unwrap();
        let holds = |stack: &str| {
            let rows = rules.frames.rows(stack.split(';'));
            let mut seen = rules.nothing_seen(false);
            for frame in 0..stack.split(';').count() {
                rules.see(&mut seen, rows.row(frame));
            }
            rules.parts[0].holds(&seen, Role::Unknown)
        };
        assert!(holds("a;x;b;y"));
        assert!(!holds("b;a"));
        assert!(!holds("a"));
        assert!(holds("b;a;b"));
    }
}
