//! What stands before the rows of a text and belongs to none of them: the signs of a
//! diff, of a list or of a comment, row numbers, times and names of a log.

use std::borrow::Cow;

use super::line::{Line, classify};
use super::text::{clean, unquote};

/// What stands before each line, or between its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margin {
    Sign(&'static str),
    /// `12`, `12.`, `12)` or `12:`.
    Number,
    /// Commas after the columns, of a spreadsheet.
    Commas,
    /// So many words: `2026-11-30T09:31:00Z`, `apiserver_1  |`, `[9:31 AM]`.
    Words(usize),
}

const MARGINS: [Margin; 12] = [
    Margin::Sign("+"),
    Margin::Sign("-"),
    Margin::Sign("*"),
    Margin::Sign("\u{2022}"),
    Margin::Sign("#"),
    Margin::Sign("//"),
    Margin::Number,
    Margin::Commas,
    Margin::Words(1),
    Margin::Words(2),
    Margin::Words(3),
    Margin::Words(4),
];

/// A single row behind some words may be a quotation.
const LEAST_ROWS: usize = 2;

/// How many columns stand before the name.
const COLUMNS: usize = 5;

impl Margin {
    /// What stands before most rows of a text.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (mut bare, mut behind) = (0_usize, [0_usize; MARGINS.len()]);
        for line in text.lines() {
            if !may_be_row(line) {
                continue;
            }
            let line = clean(line);
            let line = unquote(&line);
            if is_row(line) {
                bare += 1;
                continue;
            }
            for (margin, count) in MARGINS.iter().zip(&mut behind) {
                *count += usize::from(margin.strip(line).is_some_and(|line| is_row(&line)));
            }
        }
        let most = MARGINS.into_iter().zip(behind).rev();
        let most = most.max_by_key(|(_, count)| *count);
        let (margin, count) = most.filter(|(_, count)| *count > bare)?;
        let is_enough = count >= LEAST_ROWS || !matches!(margin, Self::Words(_));
        is_enough.then_some(margin)
    }

    /// A line without it. Right before a digit a sign is one.
    fn strip(self, line: &str) -> Option<Cow<'_, str>> {
        let rest = match self {
            Self::Sign(sign) => line.strip_prefix(sign)?,
            Self::Number => after_number(line)?,
            Self::Commas => return without_commas(line).map(Cow::Owned),
            Self::Words(count) => return after_words(line, count).map(Cow::Borrowed),
        };
        let is_value = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        (!is_value).then(|| Cow::Borrowed(rest.trim_start()))
    }

    /// A line as it was before.
    pub(super) fn without(margin: Option<Self>, line: &str) -> Cow<'_, str> {
        let stripped = margin.and_then(|margin| margin.strip(line));
        stripped.unwrap_or(Cow::Borrowed(line))
    }

    /// Whether a line is a row behind one of them.
    pub(super) fn stands_before_row(line: &str) -> bool {
        let mut margins = MARGINS.iter();
        may_be_row(line)
            && margins.any(|margin| margin.strip(line).is_some_and(|line| is_row(&line)))
    }
}

/// Whether a line has the shares of a row. Most of a long text has not.
fn may_be_row(line: &str) -> bool {
    line.bytes().filter(|&byte| byte == b'%').nth(1).is_some()
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

/// The columns of a line of a spreadsheet, apart.
fn without_commas(line: &str) -> Option<String> {
    let starts = line.starts_with(|c: char| c.is_ascii_digit() || "-\".".contains(c));
    let may_be = starts || line.starts_with("flat,");
    (may_be && line.contains(',')).then(|| {
        let cells = line.splitn(COLUMNS + 1, ',');
        let cells: Vec<&str> = cells.map(|cell| cell.trim_matches('"')).collect();
        cells.join(" ")
    })
}

/// What follows some words, where that says something to a table: a row, or a header.
fn after_words(line: &str, count: usize) -> Option<&str> {
    const HEADERS: [&str; 4] = ["Showing ", "File:", "Type:", "flat "];
    // A sign is none; it may part what was from what is.
    line.split(' ').next()?.find(char::is_alphanumeric)?;
    let mut rest = line;
    for _ in 0..count {
        let (_, next) = rest.split_once(' ')?;
        rest = next.trim_start();
    }
    let may_say = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || HEADERS.iter().any(|header| rest.starts_with(header));
    let says = |line| {
        !matches!(
            classify(line),
            Ok(Line::Other | Line::Edge(_) | Line::Half(_))
        )
    };
    (may_say && says(rest) && !says(line)).then_some(rest)
}
