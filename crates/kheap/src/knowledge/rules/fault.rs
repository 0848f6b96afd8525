//! What is wrong with a text of rules, and where.

use super::user::{FRAME_BYTES, MAX_RULES_BYTES, MOST_FRAMES};
use crate::knowledge::frames::FramesError;

/// Why a text holds no rules, and where that shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid rules{}: {reason}", at(*.line))]
#[non_exhaustive]
pub struct RulesError {
    /// Line in the text, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: RulesFault,
}

/// What can be wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesFault {
    /// The text is too long.
    #[error("they are longer than {MAX_RULES_BYTES} bytes")]
    TooLong,
    /// It is not TOML, or has keys or values that no rules have.
    #[error("{0}")]
    Toml(String),
    /// There are too many frames.
    #[error("more than {MOST_FRAMES} frames")]
    TooManyFrames,
    /// There are too many of something else.
    #[error("{count} {what} are more than {most}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The name of a frame has other characters.
    #[error("frame {0:?} is not made of a-z, 0-9 and -")]
    FrameName(String),
    /// There is a frame of this name already.
    #[error("there is a frame {0} already")]
    KnownFrame(String),
    /// There is no frame of this name.
    #[error("{0} is no named frame")]
    NoFrame(String),
    /// A frame is stated by means of itself.
    #[error("frame {0} is stated by means of itself")]
    Circle(String),
    /// The expression of a frame is none.
    #[error("frame {name}: {reason}")]
    Expression {
        /// The frame.
        name: String,
        /// What is wrong, in one line.
        reason: String,
    },
    /// The expression of this frame is too large.
    #[error("frame {0}: larger than {FRAME_BYTES} bytes when it is compiled")]
    TooLarge(String),
    /// The automaton of this frame's expression is too large.
    #[error("frame {0}: it has too many states; repeat less in it")]
    TooManyStates(String),
    /// The automata of all expressions are too large.
    #[error("the expressions have too many states together; repeat less in them")]
    TooManyStatesTogether,
    /// The id of a part has other characters.
    #[error("part {0:?} is not made of a-z, A-Z, 0-9 and -")]
    PartId(String),
    /// There is a part of this id already.
    #[error("there is a part {0} already")]
    KnownPart(String),
    /// A rule is for a part that there is not.
    #[error("there is no part {0}; add a [[part]] with that id")]
    NoPart(String),
    /// A color is none.
    #[error("color {0:?} is not written like #ddaa33")]
    Color(String),
    /// A rule for this part or verb would hold for every stack.
    #[error("a rule for {0} names no frames that a stack must have")]
    Open(String),
    /// A rule for a part is wrong.
    #[error("rule {part}: {fault}")]
    Rule {
        /// The part.
        part: String,
        /// What is wrong with it.
        fault: Box<RulesFault>,
    },
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" in line {line}"))
}

/// What is wrong, and a word that stands there in the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) word: String,
    pub(super) reason: RulesFault,
    /// The key whose value the word is, where others may have it too.
    pub(super) key: Option<&'static str>,
    /// In how many lines before it stands the same.
    pub(super) before: usize,
}

impl Fault {
    pub(super) fn new(word: &str, reason: RulesFault) -> Self {
        Self {
            word: word.to_owned(),
            reason,
            key: None,
            before: 0,
        }
    }

    /// The line that has the word as a key or a value.
    pub(super) fn in_text(self, text: &str) -> RulesError {
        let quotes = ['"', '\''].map(|quote| format!("{quote}{}{quote}", self.word));
        let is_key = |line: &str, key: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let has = |line: &str| {
            let has_value = quotes.iter().any(|quoted| line.contains(quoted.as_str()));
            match self.key {
                Some(key) => is_key(line, key) && has_value,
                None => is_key(line, &self.word) || has_value,
            }
        };
        let lines = text.lines().enumerate();
        let mut lines = lines.filter(|(_, line)| !self.word.is_empty() && has(line));
        RulesError {
            line: lines.nth(self.before).map(|(position, _)| position + 1),
            reason: self.reason,
        }
    }
}

impl From<FramesError> for Fault {
    fn from(error: FramesError) -> Self {
        let (name, reason): (_, fn(String) -> RulesFault) = match error {
            FramesError::Unknown(name) => (name, RulesFault::NoFrame),
            FramesError::Known(name) => (name, RulesFault::KnownFrame),
            FramesError::Circle(name) => (name, RulesFault::Circle),
        };
        Self::new(&name.clone(), reason(name))
    }
}
