//! What stands before the rows of a text and belongs to none of them: the signs of a
//! diff, of a list or of a comment, and row numbers.

use super::line::{Line, classify};
use super::text::{clean, unquote};

/// What stands before each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margin {
    Sign(&'static str),
    /// `12`, `12.`, `12)` or `12:`.
    Number,
}

const MARGINS: [Margin; 6] = [
    Margin::Sign("+"),
    Margin::Sign("-"),
    Margin::Sign("*"),
    Margin::Sign("#"),
    Margin::Sign("//"),
    Margin::Number,
];

impl Margin {
    /// What stands before most rows of a text.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (mut bare, mut behind) = (0_usize, [0_usize; MARGINS.len()]);
        for line in text.lines() {
            let line = clean(line);
            let line = unquote(&line);
            if is_row(line) {
                bare += 1;
                continue;
            }
            for (margin, count) in MARGINS.iter().zip(&mut behind) {
                *count += usize::from(margin.strip(line).is_some_and(is_row));
            }
        }
        let most = MARGINS.into_iter().zip(behind).rev();
        let most = most.max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| *count > bare)
            .map(|(margin, _)| margin)
    }

    /// A line without it. Right before a digit a sign is one.
    fn strip(self, line: &str) -> Option<&str> {
        let rest = match self {
            Self::Sign(sign) => line.strip_prefix(sign)?,
            Self::Number => after_number(line)?,
        };
        let is_value = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        (!is_value).then(|| rest.trim_start())
    }

    /// A line as it was before.
    pub(super) fn without(margin: Option<Self>, line: &str) -> &str {
        let stripped = margin.and_then(|margin| margin.strip(line));
        stripped.unwrap_or(line)
    }

    /// Whether a line is a row behind one of them.
    pub(super) fn stands_before_row(line: &str) -> bool {
        let mut margins = MARGINS.iter();
        margins.any(|margin| margin.strip(line).is_some_and(is_row))
    }
}

fn is_row(line: &str) -> bool {
    matches!(classify(line), Ok(Line::Row(_)))
}

fn after_number(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = (rest.len() < line.len()).then_some(rest)?;
    let rest = rest.strip_prefix(['.', ')', ':']).unwrap_or(rest);
    rest.starts_with(' ').then_some(rest)
}
