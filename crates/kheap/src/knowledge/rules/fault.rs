//! What is wrong with a text of rules, and where.

use crate::knowledge::frames::FramesError;

/// Why a text holds no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid rules{}: {reason}", at(*.line))]
pub struct RulesError {
    /// Line in the text, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" in line {line}"))
}

/// What is wrong, and a word that stands there in the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) word: String,
    pub(super) reason: String,
    /// The key whose value the word is, where others may have it too.
    pub(super) key: Option<&'static str>,
    /// In how many lines before it stands the same.
    pub(super) before: usize,
}

impl Fault {
    pub(super) fn new(word: &str, reason: String) -> Self {
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
        let word = match &error {
            FramesError::Unknown(name) | FramesError::Known(name) | FramesError::Circle(name) => {
                name.clone()
            }
        };
        Self::new(&word, error.to_string())
    }
}
