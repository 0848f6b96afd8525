//! Commands to a terminal: colours, sets of characters, links.
//!
//! Source: ECMA-48, sections 5.3 to 5.6, and ECMA-35 for sets of characters.

use super::escapes::{self, ESCAPE};

/// How long the parameters of a command may be, in bytes: two colours of 24 bits and some styles.
pub(super) const MOST_PARAMETERS: usize = 44;

/// The letters of commands that programs write without parameters.
const WITHOUT_PARAMETERS: &str = "ABCDHJKm";

/// The sets of characters that programs choose: drawings, and those of two countries.
const SETS: &str = "012ABKU";

/// How long the string of a command may be, such as the address of a link, in bytes.
const MOST_OF_STRING: usize = 256;

/// What is behind the first character of a command, such as `[1;31m` or `(B`: how many bytes that
/// has.
pub(super) fn command(text: &str) -> usize {
    let Some(kind) = text.chars().next() else {
        return 0;
    };
    let rest = &text[kind.len_utf8()..];
    let next = rest.chars().next().unwrap_or(' ');
    match kind {
        '[' => match parameters(rest) {
            0 => 0,
            parameters => 1 + parameters,
        },
        // A set of characters; `tput sgr0` writes one.
        '(' | ')' | '*' | '+' if SETS.contains(next) && !begins_pseudonym(rest) => 2,
        '%' if matches!(next, 'G' | '@') => 2,
        '#' if next.is_ascii_digit() => 2,
        ']' | 'P' | 'X' | '^' | '_' => string(rest).map_or(0, |string| 1 + string),
        // The end of a string; in JSON and others it is escaped.
        '\\' => 1 + usize::from(next == '\\'),
        '=' | '>' => 1,
        // Before anything else it may be a letter of a word.
        'c' | 'D' | 'E' | 'H' | 'M' | 'N' | 'O' | 'Z'
            if next.is_whitespace() || next.is_control() =>
        {
            1
        }
        _ => 0,
    }
}

/// The parameters of a command, and its letter or mark: how many bytes they have.
pub(super) fn parameters(text: &str) -> usize {
    let count = { text.bytes().take(MOST_PARAMETERS) }.take_while(is_parameter);
    let count = count.count();
    let rest = &text[count..];
    let is_end = |c: char| match c {
        '@' | '`' | '~' => true,
        // Any other letter is more likely one of a word.
        _ if count == 0 => WITHOUT_PARAMETERS.contains(c),
        _ => c.is_ascii_alphabetic(),
    };
    match rest.starts_with(is_end) && !begins_pseudonym(rest) {
        true => count + 1,
        false if rest.starts_with(" q") || rest.starts_with("!p") => count + 2,
        false => 0,
    }
}

/// Whether a word of a copy stands here: its letter is none of a command.
fn begins_pseudonym(text: &str) -> bool {
    text.starts_with("anon") || text.starts_with("Anon")
}

pub(super) fn is_parameter(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b';' | b':' | b'?' | b'<' | b'=' | b'>')
}

/// A string up to its end, which is a command of its own or a bell: how many bytes it has.
fn string(text: &str) -> Option<usize> {
    let mut length = 0;
    while length < MOST_OF_STRING {
        let c = escapes::single(&text[length..])?;
        length += c.length;
        match c.value {
            '\u{7}' | '\u{9c}' => return Some(length),
            ESCAPE => {
                let rest = &text[length..];
                return rest.starts_with('\\').then(|| length + command(rest));
            }
            _ => {}
        }
    }
    None
}

/// Whether a command has a string, whose words are words of the text.
pub(super) fn has_string(text: &str) -> bool {
    let begin = escapes::single(text).filter(|c| c.value == ESCAPE);
    begin.is_some_and(|c| text[c.length..].starts_with([']', 'P', 'X', '^', '_']))
}

/// Whether a command says how a text looks, or ends a string: nothing in it is of the text.
pub(super) fn is_look(command: &str) -> bool {
    let mut last = command.chars().rev();
    let is_set = |last: Option<char>| last.is_some_and(|c| c.is_ascii_alphabetic());
    let is_end = command.ends_with('\\') && !has_string(command);
    is_end || is_set(last.next()) && matches!(last.next(), Some('(' | ')')) || is_colour(command)
}

/// Whether a command to a terminal sets colours and styles: each of its parameters is one.
///
/// Source: ECMA-48, SGR, and ITU-T T.416 for colours of 8 and 24 bits. Fonts (10 to 20) are left
/// out: no terminal has them, and many addresses begin with 10.
fn is_colour(command: &str) -> bool {
    let Some(command) = command.strip_suffix('m') else {
        return false;
    };
    let parameters =
        command.trim_end_matches(|c: char| u8::try_from(c).is_ok_and(|b| is_parameter(&b)));
    let parameters = &command[parameters.len()..];
    if parameters.len() == command.len() {
        return false;
    }
    let parameters = parameters.split([';', ':']).filter(|one| !one.is_empty());
    let mut numbers = parameters.map(|one| one.parse::<u8>().ok());
    while let Some(number) = numbers.next() {
        let is_known = match number {
            Some(38 | 48 | 58) => {
                let values = match numbers.next().flatten() {
                    Some(5) => 1,
                    Some(2) => 3,
                    _ => return false,
                };
                (0..values).all(|_| numbers.next().flatten().is_some())
            }
            Some(0..=9 | 21..=55 | 59 | 90..=97 | 100..=107) => true,
            _ => false,
        };
        if !is_known {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_styles_and_colours_alone() {
        for colour in [
            "\x1b[m",
            "\x1b[0m",
            "\x1b[01;31m",
            "\\u001b[1;32;40;5m",
            "\x1b[1;38;5;196m",
            "\x1b[38;2;10;20;30;48;5;7m",
            "\x1b[38:2::255:0:0m",
            "^[[1;31m",
            "\u{9b}31m",
        ] {
            assert!(is_colour(colour), "{colour}");
        }
        for other in [
            "\x1b[10;211;47;93m",
            "\x1b[1;2;3;4H",
            "\x1b[38;5m",
            "\x1b",
            "m",
        ] {
            assert!(!is_colour(other), "{other}");
        }
    }
}
