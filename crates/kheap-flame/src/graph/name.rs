//! Names of functions in boxes: short, and broken so that boxes stay narrow.

use kheap::symbol;

use crate::label::{one_line, shorten};

/// The longest name in a box, in characters.
const LONGEST_NAME: usize = 80;

/// A line is broken where it gets longer, if it can be, in characters.
const LINE: usize = 26;

/// The name of a function in lines: `json` and `(*Encoder).Encode` go together as long
/// as they fit.
pub(super) fn lines_of(name: &str) -> Vec<String> {
    let canonical = symbol::canonical(name);
    let short = shorten(&one_line(&symbol::short(&canonical)), LONGEST_NAME);
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(&short) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + piece.chars().count() <= LINE => *line += piece,
            _ => lines.push(piece.to_owned()),
        }
    }
    match lines.is_empty() {
        true => vec![String::new()],
        false => lines,
    }
}

/// What stands between dots, each with the dot behind it. Dots in brackets, and those
/// in front of digits and spaces, break nothing.
fn pieces(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, c) in name.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '.' if depth == 0
                && name[at + 1..].starts_with(|c: char| c == '(' || c.is_alphabetic()) =>
            {
                pieces.push(&name[start..=at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < name.len() {
        pieces.push(&name[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[&str]) {
        assert_eq!(lines_of(name), expected, "{name}");
    }

    #[test]
    fn a_long_name_is_broken_behind_dots() {
        check("encoding/json.Unmarshal", &["json.Unmarshal"]);
        check(
            "k8s.io/apiserver/pkg/endpoints/filters.WithAuthorization.func1",
            &["filters.WithAuthorization.", "func1"],
        );
        check(
            "example.com/a/registry.(*Store).CompleteWithOptions",
            &["registry.(*Store).", "CompleteWithOptions"],
        );
        check("", &[""]);
    }
}
