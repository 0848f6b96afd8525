//! The commands of kheap that sentences name, as another program has them.

use std::borrow::Cow;

use crate::markdown::spans;

/// How a command of kheap begins.
const KHEAP: &str = "kheap ";

/// What becomes of the commands of kheap that sentences name.
///
/// Sentences of this crate name them in backticks: `kheap top FILE`. A program that has no
/// such commands passes each sentence through [`apply`](Self::apply).
///
/// # Example
///
/// ```
/// use kheap_text::Commands;
///
/// let sentence = "Raise the limit. Who allocated it: `kheap top --cum FILE`.";
/// assert_eq!(Commands::Omitted.apply(sentence), "Raise the limit.");
/// let renamed = "Raise the limit. Who allocated it: `oc heap top --cum FILE`.";
/// assert_eq!(Commands::Of("oc heap").apply(sentence), renamed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Commands<'p> {
    /// They are those of kheap.
    #[default]
    Kheap,
    /// They are those of another program that takes the same commands: how it is called.
    Of(&'p str),
    /// There are none. A text ends before the first sentence that names one: what follows is
    /// about its output. A text that is nothing but a command becomes empty.
    Omitted,
}

impl Commands<'_> {
    /// Puts the commands of a text in these words.
    pub fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Kheap => Cow::Borrowed(text),
            Self::Of(program) => renamed(text, program),
            Self::Omitted => without(text),
        }
    }
}

fn renamed<'t>(text: &'t str, program: &str) -> Cow<'t, str> {
    let mut renamed = String::new();
    let mut rest = 0;
    for at in commands(text) {
        renamed += &text[rest..at];
        renamed += program;
        rest = at + KHEAP.trim_end().len();
    }
    match rest {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(renamed + &text[rest..]),
    }
}

fn without(text: &str) -> Cow<'_, str> {
    let Some(first) = commands(text).next() else {
        return Cow::Borrowed(text);
    };
    // The last end of a sentence or clause before it that is in no code.
    let mut end = 0;
    let mut start = 0;
    for (is_code, span) in spans(text) {
        // With its quotes.
        let len = span.len() + if is_code { 2 } else { 0 };
        if !is_code {
            let before = &span[..span.len().min(first.saturating_sub(start))];
            let ends = [". ", ".\n", "; ", "! ", "? ", " (", ", then "];
            let last = ends.iter().filter_map(|end| before.rfind(end)).max();
            end = last.map_or(end, |last| start + last);
        }
        start += len;
        if start > first {
            break;
        }
    }
    let kept = &text[..end];
    match text[end..].chars().next() {
        // What went was no more than a clause.
        Some(';' | ',' | ' ') if end > 0 => Cow::Owned(format!("{kept}.")),
        Some(mark) if end > 0 => Cow::Borrowed(&text[..end + mark.len_utf8()]),
        _ => Cow::Borrowed(""),
    }
}

/// Where commands of kheap begin: in code, at its start or behind another command.
fn commands(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut start = 0;
    spans(text).into_iter().flat_map(move |(is_code, span)| {
        let from = start + usize::from(is_code);
        start = from + span.len() + usize::from(is_code);
        let found = span.match_indices(KHEAP).filter(move |(at, _)| {
            let before = &span[..*at];
            is_code && (before.is_empty() || before.ends_with("| ") || before.ends_with("&& "))
        });
        found.map(move |(at, _)| from + at).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_before_its_first_command() {
        let check = |text, expected: &str| assert_eq!(Commands::Omitted.apply(text), expected);
        check("See `a`. Then `b. c`.", "See `a`. Then `b. c`.");
        check("See who: `kheap peek x FILE`. Rows are callers.", "");
        check("It grew. See `a`; then `kheap top`.", "It grew. See `a`.");
        check("It grew (see `kheap top`).", "It grew.");
        check("Fetch `x. y`. Run `a | kheap top -`.", "Fetch `x. y`.");
        check("Fetch `x`.\nRun `kheap top`.", "Fetch `x`.");
        check("Fetch `x`, then `kheap top`.", "Fetch `x`.");
        check("kheap reads heaps. Run `kheap top`.", "kheap reads heaps.");
        check(
            "The function `my.kheap x` grew.",
            "The function `my.kheap x` grew.",
        );
        check("", "");
    }

    #[test]
    fn every_command_is_renamed_and_no_other_word() {
        let check =
            |text, expected: &str| assert_eq!(Commands::Of("oc heap").apply(text), expected);
        check(
            "kheap: `kheap top F` or `a | kheap tree -`, no `x kheap y`",
            "kheap: `oc heap top F` or `a | oc heap tree -`, no `x kheap y`",
        );
        check("nothing", "nothing");
    }
}
