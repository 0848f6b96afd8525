//! The lines of a text, and rows that a mail program or a terminal broke into several.

use std::borrow::Cow;

use super::line::{Line, classify};
use super::margin::Margin;
use super::name::{Name, is_complete, is_source, split_mark};
use super::text::{NumberedLines, clean, unquote};
use crate::graph::InlineMark;

/// A name is not looked for on more lines than this; each may be read that often.
const MAX_WRAPPED_LINES: usize = 4;

/// So many lines that go on in the next one show that lines were broken at a width.
const LEAST_BROKEN: usize = 2;

/// The lines of a text, clean and without what stands before them.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    rest: NumberedLines<'a>,
    margin: Option<Margin>,
    /// Where a terminal or a mail program broke the lines, if one did.
    width: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct TextLine<'a> {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: Cow<'a, str>,
    /// How many characters it had.
    length: usize,
    /// Whether it goes as far as lines do here, so that it may go on in the next one.
    is_full: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut lines = Self {
            rest: NumberedLines::of(text),
            margin: Margin::of(text),
            width: None,
        };
        lines.width = width(&lines);
        lines
    }
}

/// The width at which lines were broken: that of the longest of the table, where several
/// are as long and are followed by a word that is no row. Prose may be longer.
fn width(lines: &Lines<'_>) -> Option<usize> {
    let of_table = lines.clone().filter(|line| is_of_table(&line.text));
    let longest = of_table.map(|line| line.length).max()?;
    let pairs = lines.clone().zip(lines.clone().skip(1));
    let broken = pairs.filter(|(line, next)| {
        line.length == longest && !next.text.is_empty() && !next.text.contains(' ')
    });
    (broken.count() >= LEAST_BROKEN).then_some(longest)
}

/// Whether a line is a header, a row or what a narrow window left of one.
fn is_of_table(line: &str) -> bool {
    let is_none = |found| matches!(found, Line::Other | Line::Edge(_) | Line::About(_));
    line.contains('%') && !classify(line).is_ok_and(is_none)
}

impl<'a> Iterator for Lines<'a> {
    type Item = TextLine<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, line) = self.rest.next()?;
        let length = line.trim_end_matches('\r').chars().count();
        let text = match clean(line) {
            Cow::Borrowed(line) => Margin::without(self.margin, unquote(line)),
            Cow::Owned(line) => {
                Cow::Owned(Margin::without(self.margin, unquote(&line)).into_owned())
            }
        };
        Some(TextLine {
            number,
            text,
            length,
            is_full: Some(length) == self.width,
        })
    }
}

/// Joins a row with the lines that a mail program or a terminal broke off it, and
/// takes these lines; none where what follows does not surely belong to it.
pub(super) fn unwrap(
    line: &TextLine<'_>,
    found: &Line<'_>,
    lines: &mut Lines<'_>,
) -> Option<String> {
    let mut ahead = lines.clone();
    let mut joined = line.text.clone().into_owned();
    let mut is_full = line.is_full;
    let mut complete = None;
    for _ in 0..MAX_WRAPPED_LINES {
        let before = match &complete {
            None if joined.len() == line.text.len() => Ok(found.clone()),
            _ => classify(&joined),
        };
        let Some(next) = ahead.next() else { break };
        let separator = before.ok().and_then(|before| match is_full {
            true => full_junction(&before, &next.text).or_else(|| junction(&before, &next.text)),
            false => junction(&before, &next.text),
        });
        let Some(separator) = separator else { break };
        joined = format!("{joined}{separator}{}", next.text);
        is_full = next.is_full;
        if let Ok(Line::Row(row)) = classify(&joined)
            && is_complete(Name::parse(&row.name).name)
        {
            complete = Some((joined.clone(), ahead.clone()));
        }
    }
    let (joined, rest) = complete?;
    *lines = rest;
    Some(joined)
}

/// A row that goes to the edge goes on with the rest of its last word, and perhaps a mark.
fn full_junction(before: &Line<'_>, next: &str) -> Option<&'static str> {
    let (text, mark) = split_mark(next);
    let is_word = !text.is_empty() && !text.contains(' ');
    let is_rest = is_word && matches!(classify(next), Ok(Line::Other));
    let Line::Row(row) = before else { return None };
    let is_marked = Name::parse(&row.name).inline != InlineMark::None;
    // A path that follows a name is a word of its own.
    let is_path = text.starts_with('/') && is_source(text) && mark == InlineMark::None;
    (is_rest && !is_marked && !is_path).then_some("")
}

/// What stood between a row's beginning and the line that follows it; none where
/// that line is not its continuation.
fn junction(before: &Line<'_>, next: &str) -> Option<&'static str> {
    let continues = matches!(classify(next), Ok(Line::Other | Line::Half(_)));
    let first = next.chars().next()?;
    if !continues || !(first.is_alphanumeric() || "/()[]{}*._<".contains(first)) {
        return None;
    }
    match before {
        Line::Half(_) => half_junction(next),
        Line::Row(row) => row_junction(&Name::parse(&row.name), next),
        _ => None,
    }
}

/// Half a row goes on with the columns that it lacks, or with its name.
fn half_junction(next: &str) -> Option<&'static str> {
    let name = next.rsplit("% ").next().unwrap_or(next);
    // A mail program breaks words behind a hyphen, too.
    let name = name.strip_suffix('-').unwrap_or(name);
    Name::parse(name).is_symbol().then_some(" ")
}

/// A row goes on with its source, its mark or the end of its name.
fn row_junction(name: &Name<'_>, next: &str) -> Option<&'static str> {
    if name.inline != InlineMark::None {
        return None;
    }
    let (text, mark) = split_mark(next);
    let is_bare_mark = text.is_empty() && mark != InlineMark::None;
    let is_path = name.source.is_none() && text.starts_with('/') && is_source(text);
    if is_bare_mark || is_path {
        return Some(" ");
    }
    if name.source.is_some() || is_complete(name.name) || name.name.ends_with("..") {
        return None;
    }
    // A terminal breaks words; a mail program breaks at the spaces of a generic name.
    match (text.contains(' '), name.name.contains('[')) {
        (false, _) => Some(if name.name.ends_with([';', '{', ',']) {
            " "
        } else {
            ""
        }),
        (true, true) => Some(" "),
        (true, false) => None,
    }
}
