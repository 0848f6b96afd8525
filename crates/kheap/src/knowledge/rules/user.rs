//! The rules of a user: what is read of their file, and what is refused.

use regex_automata::meta::BuildError;

use super::fault::{Fault, RulesError, RulesFault};
use super::file::{ConditionFile, UserFile, build};
use super::rule::Rules;
use crate::expressions::{Expressions, MOST_AUTOMATA_BYTES, MOST_SETS, bytes_of};
use crate::fingerprint::fingerprint;
use crate::knowledge::frames::{FramesFile, NamedFrames, is_frame_name};
use crate::knowledge::parts::{Part, is_color, part};
use crate::knowledge::user_file;

/// The longest text of a user's rules, in bytes.
pub const MAX_RULES_BYTES: usize = 1 << 20;

/// How many frames a user may name.
pub(super) const MOST_FRAMES: usize = 1000;

/// How many parts, roles, verbs and rules they may add, each.
pub(super) const MOST_RULES: usize = 1000;

/// How many conditions these may have in all: all are tried on each stack.
pub(super) const MOST_CONDITIONS: usize = 4000;

/// How large the expression of one of them may be compiled, in bytes.
pub(super) const FRAME_BYTES: usize = 1 << 20;

impl Rules {
    /// Reads a user's rules, which are tried before those that are compiled in.
    ///
    /// # Errors
    ///
    /// [`RulesError`] with the line where that is known, when the text is no TOML, is
    /// longer than [`MAX_RULES_BYTES`], or names a frame or a part that there is not.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        if text.len() > MAX_RULES_BYTES {
            let reason = RulesFault::TooLong;
            return Err(RulesError { line: None, reason });
        }
        let mut file: UserFile = user_file::read(text).map_err(|fault| RulesError {
            line: fault.line,
            reason: RulesFault::Toml(fault.message),
        })?;
        let frames = FramesFile {
            frames: std::mem::take(&mut file.frames),
            except: std::mem::take(&mut file.except),
            ..FramesFile::default()
        };
        let frames = with_frames(&frames).map_err(|fault| fault.in_text(text))?;
        let rules = check(&file).and_then(|()| build(frames, file));
        let rules = rules.map_err(|fault| fault.in_text(text))?;
        Ok(Self {
            fingerprint: fingerprint(0, text),
            ..rules
        })
    }
}

/// The built-in frames, and a user's behind them.
fn with_frames(file: &FramesFile) -> Result<NamedFrames, Fault> {
    if file.frames.len() + file.except.len() > MOST_FRAMES {
        return Err(Fault::new("", RulesFault::TooManyFrames));
    }
    let mut names = file.frames.keys().chain(file.except.keys());
    if let Some(name) = names.find(|name| !is_frame_name(name)) {
        return Err(Fault::new(name, RulesFault::FrameName(name.clone())));
    }
    let mut bytes = 0;
    // Each alone shows which is the wrong one.
    for (name, expression) in &file.frames {
        if let Err(error) = Expressions::new(&[expression], FRAME_BYTES) {
            return Err(Fault::new(name, fault_of(name, &error)));
        }
        let Some(more) = bytes_of(expression) else {
            return Err(Fault::new(name, RulesFault::TooManyStates(name.clone())));
        };
        bytes += more;
        if bytes > MOST_AUTOMATA_BYTES {
            return Err(Fault::new(name, RulesFault::TooManyStatesTogether));
        }
    }
    let frames = NamedFrames::builtin().with(file).map_err(Fault::from)?;
    match frames.sets() > MOST_SETS {
        true => Err(Fault::new("", RulesFault::TooManyStatesTogether)),
        false => Ok(frames),
    }
}

/// What is wrong with the expression of a frame.
fn fault_of(name: &str, error: &BuildError) -> RulesFault {
    let name = name.to_owned();
    let Some(error) = error.syntax_error() else {
        return RulesFault::TooLarge(name);
    };
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    let reason = last.strip_prefix("error: ").unwrap_or(last).to_owned();
    RulesFault::Expression { name, reason }
}

/// What is wrong with a user's parts and rules, besides frames.
fn check(file: &UserFile) -> Result<(), Fault> {
    check_counts(file)?;
    for (position, new) in file.part.iter().enumerate() {
        check_part(new, &file.part[..position])?;
    }
    for rule in &file.rule {
        let id = rule.part.as_str();
        let own = file.part.iter().any(|part| part.id == id);
        if !own && part(id).is_none() {
            return Err(Fault {
                key: Some("part"),
                ..Fault::new(id, RulesFault::NoPart(id.to_owned()))
            });
        }
        check_conditions(id, &rule.when)?;
    }
    let mut verbs = file.verb.iter();
    verbs.try_for_each(|verb| check_conditions(&verb.name, &verb.when))
}

fn check_counts(file: &UserFile) -> Result<(), Fault> {
    let UserFile {
        part,
        role,
        verb,
        rule,
        ..
    } = file;
    let counts = [
        (part.len(), MOST_RULES, "parts"),
        (role.len(), MOST_RULES, "roles"),
        (verb.len(), MOST_RULES, "verbs"),
        (rule.len(), MOST_RULES, "rules"),
        (conditions(file), MOST_CONDITIONS, "conditions"),
    ];
    let too_many = counts.into_iter().find(|(count, most, _)| count > most);
    too_many.map_or(Ok(()), |(count, most, what)| {
        Err(Fault::new("", RulesFault::TooMany { count, what, most }))
    })
}

/// How many conditions there are; of a path each step counts.
fn conditions(file: &UserFile) -> usize {
    let rules = file.rule.iter().flat_map(|rule| &rule.when);
    let verbs = file.verb.iter().flat_map(|verb| &verb.when);
    rules.chain(verbs).map(ConditionFile::steps).sum()
}

fn check_part(new: &Part, before: &[Part]) -> Result<(), Fault> {
    let id = new.id.as_str();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Fault::new(id, RulesFault::PartId(id.to_owned())));
    }
    let same = before.iter().filter(|other| other.id == id).count();
    if part(id).is_some() || same > 0 {
        return Err(Fault {
            key: Some("id"),
            before: same,
            ..Fault::new(id, RulesFault::KnownPart(id.to_owned()))
        });
    }
    if !is_color(&new.color) {
        let reason = RulesFault::Color(new.color.clone());
        return Err(Fault::new(&new.color, reason));
    }
    Ok(())
}

/// A rule without frames would hold for every stack.
fn check_conditions(name: &str, when: &[ConditionFile]) -> Result<(), Fault> {
    match when.is_empty() || when.iter().any(ConditionFile::is_open) {
        true => Err(Fault::new(name, RulesFault::Open(name.to_owned()))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(
            Rules::parse(text).unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn an_error_names_the_line() {
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
            "[frames]\nMain = 'x'\n",
            "invalid rules in line 2: frame \"Main\" is not made of a-z, 0-9 and -",
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
            "[[rule]]\npart = 'a'\nwhen = [{ any = ['main'] }]\n\
             [[part]]\nid = 'a'\ntitle = 'x'\ncolor = '#000000'\n\
             [[part]]\nid = 'a'\ntitle = 'y'\ncolor = '#000000'\n",
            "invalid rules in line 9: there is a part a already",
        );
        check_refused(
            "[except]\na = { of = 'b', none = [] }\nb = { of = 'a', none = [] }\n",
            "invalid rules in line 2: frame a is stated by means of itself",
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
    fn expressions_have_few_states_together() {
        let frames = |expression: fn(usize) -> String| {
            let frame = |number| format!("f{number} = '{}'\n", expression(number));
            let frames: String = (0..1000).map(frame).collect();
            Rules::parse(&format!("[frames]\n{frames}"))
        };
        // No two of these fit into one automaton.
        let wide = frames(|number| format!("x.{{8}}y{number}")).unwrap_err();
        assert_eq!(wide.reason, RulesFault::TooManyStatesTogether);
        let usual = frames(|number| format!("^example[.]com/package{number}[.]"));
        assert!(usual.is_ok(), "{usual:?}");
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
        let rules = "[[rule]]\npart = 'main'\nwhen = [{ any = ['main'] }]\n".repeat(MOST_RULES + 1);
        check_refused(&rules, "invalid rules: 1001 rules are more than 1000");
        let path = "'main', ".repeat(MOST_CONDITIONS + 2);
        check_refused(
            &format!("[[rule]]\npart = 'main'\nwhen = [{{ path = [{path}] }}]\n"),
            "invalid rules: 4001 conditions are more than 4000",
        );
        check_refused(
            "[frames]\na = 'x{1000}{1000}'\n",
            "invalid rules in line 2: frame a: larger than 1048576 bytes when it is compiled",
        );
    }
}
