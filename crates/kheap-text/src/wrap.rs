//! Lines of a width: sentences break between words, names where a reader would
//! break them.

use crate::width::width;

/// Breaks sentences between words, never inside one; `first` and `next` stand
/// before the first line and before those that follow.
pub fn fill(text: &str, room: usize, first: &str, next: &str) -> String {
    let mut out = String::new();
    for (at, paragraph) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let mut line = if at == 0 { first } else { next }.to_owned();
        let mut is_empty = true;
        for word in words(paragraph) {
            if !is_empty && width(&line) + 1 + width(&word) > room {
                out.push_str(&line);
                out.push('\n');
                next.clone_into(&mut line);
                is_empty = true;
            }
            match is_empty {
                true => line.push_str(word.trim_start()),
                false => line.push_str(&format!(" {word}")),
            }
            is_empty = false;
        }
        out.push_str(line.trim_end());
    }
    out
}

/// The words of a sentence, each with the blanks beyond one before it. Figures of two
/// words, such as `1h 25m`, are one, and so is a command in backticks: a shell runs the
/// first line of a command that is pasted in two. It may break behind a pipe.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut blanks = String::new();
    let mut is_command = false;
    for word in text.split(' ') {
        let goes_on = |last: &str| match is_command {
            true => !last.ends_with('|'),
            false => is_duration(last) && is_duration(word),
        };
        match words.last_mut() {
            _ if word.is_empty() => blanks.push(' '),
            Some(last) if goes_on(last) => {
                last.push_str(&std::mem::take(&mut blanks));
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(std::mem::take(&mut blanks) + word),
        }
        is_command ^= word.matches('`').count() % 2 == 1;
    }
    words
}

/// Whether a word is a figure with a unit of time, such as `25m` or `9.7s,`.
fn is_duration(word: &str) -> bool {
    let word = word.trim_end_matches([',', '.', ';', ')']);
    let figure = word.trim_end_matches(['s', 'm', 'h', 'd']);
    figure.len() + 1 == word.len()
        && !figure.is_empty()
        && figure.bytes().all(|c| c.is_ascii_digit() || c == b'.')
}

/// Breaks a name into lines: behind a slash or before a dot where one is near, else
/// anywhere.
pub fn fold(name: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut lines = Vec::new();
    let mut rest = &chars[..];
    while rest.len() > room {
        let is_break = |at: usize| rest[at - 1] == '/' || rest[at - 1] == ' ' || rest[at] == '.';
        let at = (1..=room).rev().find(|&at| is_break(at));
        let (line, next) = rest.split_at(at.unwrap_or(room.max(1)));
        lines.push(line.iter().collect::<String>().trim_end().to_owned());
        rest = next;
    }
    lines.push(rest.iter().collect());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_between_words_only() {
        let text = fill(
            "Page with limit, for example 500; --watch-cache-sizes.",
            30,
            "- ",
            "  ",
        );
        assert_eq!(
            text,
            "- Page with limit, for example\n  500; --watch-cache-sizes."
        );
        assert_eq!(fill("a b\nc", 80, "- ", "  "), "- a b\n  c");
        assert_eq!(fill("incomprehensible a", 8, "", ""), "incomprehensible\na");
        assert_eq!(fill("", 8, "- ", ""), "-");
        assert_eq!(fill("a  b  c", 4, "", ""), "a  b\nc");
    }

    #[test]
    fn a_command_breaks_behind_a_pipe_only() {
        let text = fill("Run `sort a b | uniq -c | head`. Then read.", 14, "", "  ");
        assert_eq!(
            text,
            "Run\n  `sort a b |\n  uniq -c |\n  head`. Then\n  read."
        );
        assert_eq!(fill("`a  b` c", 3, "", ""), "`a  b`\nc");
    }

    #[test]
    fn a_duration_is_one_word() {
        assert_eq!(
            fill("reached in 1h 25m.", 13, "", ""),
            "reached in\n1h 25m."
        );
    }

    #[test]
    fn a_name_breaks_at_its_joints_where_one_is_near() {
        assert_eq!(fold("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(
            fold("k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal", 32),
            ["k8s.io/apimachinery/pkg/runtime", ".(*Unknown).Unmarshal"]
        );
        assert_eq!(
            fold("LIST: encode (unknown)", 16),
            ["LIST: encode", "(unknown)"]
        );
    }
}
