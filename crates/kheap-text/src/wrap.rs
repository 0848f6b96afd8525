//! Lines of a width: sentences break between words, names where a reader would
//! break them.

use crate::width::width;

/// Breaks sentences between words, never inside one; `first` and `next` stand
/// before the first line and before those that follow.
///
/// A command in backticks is one word: a shell runs the first line of a command that is
/// pasted in two. One that is longer than a line, or that does not fit behind its colon,
/// stands alone, without backticks and without the sign behind it.
pub fn fill(text: &str, room: usize, first: &str, next: &str) -> String {
    let mut out = String::new();
    for (at, paragraph) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let mut line = if at == 0 { first } else { next }.to_owned();
        let mut is_empty = true;
        for word in words(paragraph) {
            let needed = width(&word);
            let is_full = !is_empty && width(&line) + 1 + needed > room;
            let is_too_long = width(next) + needed > room;
            let is_behind_colon = is_full && line.trim_end().ends_with(':');
            let alone = (is_too_long || is_behind_colon)
                .then(|| command(&word))
                .flatten();
            if is_full {
                out.push_str(line.trim_end());
                out.push('\n');
                next.clone_into(&mut line);
                is_empty = true;
            }
            let word = alone.unwrap_or(&word);
            match is_empty {
                true => line.push_str(word.trim_start()),
                false => line.push_str(&format!(" {word}")),
            }
            is_empty = false;
            if alone.is_some() {
                out.push_str(&line);
                out.push('\n');
                next.clone_into(&mut line);
                is_empty = true;
            }
        }
        match is_empty && out.ends_with('\n') {
            true => drop(out.pop()),
            false => out.push_str(line.trim_end()),
        }
    }
    out
}

/// The command that is all of a word but for the sign that ends a sentence.
fn command(word: &str) -> Option<&str> {
    let code = word.trim_end_matches(['.', ',', ';', ':']);
    let code = code.strip_prefix('`')?.strip_suffix('`')?;
    (code.contains(' ') && !code.contains('`')).then_some(code)
}

/// The words of a sentence, each with the blanks beyond one before it. Figures of two
/// words, such as `1h 25m`, are one, and so is a command in backticks.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut blanks = String::new();
    let mut is_command = false;
    for word in text.split(' ') {
        let goes_on = |last: &str| is_command || is_duration(last) && is_duration(word);
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

/// Breaks a name into lines: between the names of a path, or else behind a slash or before
/// a dot where one is near, else anywhere.
pub fn fold(name: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut rest = &chars[..];
    while let Some(fits) = fitting(rest, room) {
        let last = |is_break: &dyn Fn(usize) -> bool| (1..=fits).rev().find(|&at| is_break(at));
        // A line that is nearly empty helps nobody.
        let between = last(&|at| rest[at - 1] == ' ').filter(|&at| at * 3 >= room);
        let joint = || last(&|at| rest[at - 1] == '/' || rest[at - 1] == ' ' || rest[at] == '.');
        let (line, next) = rest.split_at(between.or_else(joint).unwrap_or(fits));
        lines.push(line.iter().collect::<String>().trim_end().to_owned());
        rest = next;
    }
    lines.push(rest.iter().collect());
    lines
}

/// How many characters fit into a line, at least one; `None` where all of them do.
fn fitting(text: &[char], room: usize) -> Option<usize> {
    let mut used = 0;
    let fits = text.iter().position(|&c| {
        used += width(c.encode_utf8(&mut [0; 4]));
        used > room
    });
    fits.map(|fits| fits.max(1))
        .filter(|&fits| fits < text.len())
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
    fn a_command_is_never_broken() {
        let text = fill("Now run `sort a b`. Then read.", 14, "", "  ");
        assert_eq!(text, "Now run\n  `sort a b`.\n  Then read.");
        assert_eq!(fill("(`a  b`) c", 3, "", ""), "(`a  b`)\nc");
    }

    #[test]
    fn a_command_that_is_longer_than_a_line_stands_alone() {
        let text = fill("Run `sort a b | uniq -c`. Then read.", 14, "- ", "  ");
        assert_eq!(text, "- Run\n  sort a b | uniq -c\n  Then read.");
        let text = fill("Sort them: `sort a`. Then read.", 14, "- ", "  ");
        assert_eq!(text, "- Sort them:\n  sort a\n  Then read.");
        let text = fill("Count: `sort a b | uniq -c`.\nRead.", 14, "", "");
        assert_eq!(text, "Count:\nsort a b | uniq -c\nRead.");
        assert_eq!(
            fill("`sort a b | uniq -c`", 9, "", ""),
            "sort a b | uniq -c"
        );
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
            fold("LIST encode (unknown)", 16),
            ["LIST encode", "(unknown)"]
        );
        assert_eq!(
            fold("main.main → v1.(*SecretList).XXX_Unmarshal", 16),
            ["main.main →", "v1.(*SecretList)", ".XXX_Unmarshal"]
        );
        assert_eq!(fold("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(fold("漢字", 1), ["漢", "字"]);
    }
}
