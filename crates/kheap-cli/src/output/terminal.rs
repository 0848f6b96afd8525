//! Colour and width where people read, and messages for them.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as Ansi};

/// Shares from which a row is drawn in red, and in yellow.
const RED_SHARE: f64 = 0.2;
const YELLOW_SHARE: f64 = 0.05;

/// The width that is taken where a terminal does not tell.
const DEFAULT_WIDTH: usize = 80;

/// How results look: plain in a file or pipe, coloured on a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    color: bool,
    width: Option<usize>,
}

impl Style {
    pub(crate) fn plain() -> Self {
        Self {
            color: false,
            width: None,
        }
    }

    /// Colour only on a terminal, and never with NO_COLOR.
    pub(crate) fn of_stdout() -> Self {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Self::plain();
        }
        let width = terminal_size::terminal_size_of(&stdout);
        Self {
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
            width: Some(width.map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))),
        }
    }

    pub(crate) fn header(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    /// Paints a row by its share of the total.
    pub(crate) fn by_share(self, value: i64, total: i64, text: &str) -> String {
        let share = match total {
            0 => 0.0,
            _ => (value as f64 / total as f64).abs(),
        };
        let style = if share >= RED_SHARE {
            AnsiColor::Red.on_default().bold()
        } else if share >= YELLOW_SHARE {
            AnsiColor::Yellow.on_default()
        } else {
            return text.to_owned();
        };
        self.paint(style, text)
    }

    fn paint(self, style: Ansi, text: &str) -> String {
        match self.color {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    /// Fits a name that starts at `column` into a terminal: control characters
    /// are made visible, and what does not fit goes on under the beginning. In a
    /// file or pipe the name stays as it is.
    pub(crate) fn name(self, name: &str, column: usize) -> String {
        let Some(width) = self.width else {
            return name.to_owned();
        };
        let name = visible(name);
        let room = width.saturating_sub(column);
        if room < 20 {
            return name;
        }
        let indent = format!("\n{:column$}", "");
        wrap(&name, room).join(&indent)
    }
}

/// Escapes what a terminal would act on.
fn visible(name: &str) -> String {
    let escape = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    name.chars().map(escape).collect()
}

/// Breaks a name behind a slash or before a dot where one is near, else anywhere.
fn wrap(name: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut lines = Vec::new();
    let mut rest = &chars[..];
    while rest.len() > room {
        let break_before = |&at: &usize| rest[at - 1] == '/' || rest[at] == '.';
        let at = (room / 2..=room).rev().find(break_before).unwrap_or(room);
        let (line, next) = rest.split_at(at);
        lines.push(line.iter().collect());
        rest = next;
    }
    lines.push(rest.iter().collect());
    lines
}

pub(crate) fn error(message: &str) {
    tell(AnsiColor::Red, "error", message);
}

pub(crate) fn warn(message: &str) {
    tell(AnsiColor::Yellow, "warning", message);
}

pub(crate) fn note(message: &str) {
    tell(AnsiColor::Cyan, "note", message);
}

fn tell(color: AnsiColor, kind: &str, message: &str) {
    let style = color.on_default().bold();
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{style}{kind}:{style:#} {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_goes_on_under_its_beginning() {
        let style = Style {
            color: false,
            width: Some(36),
        };
        let name = style.name("k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal", 4);
        assert_eq!(
            name,
            "k8s.io/apimachinery/pkg/runtime\n    .(*Unknown).Unmarshal"
        );
        assert_eq!(style.name("main.main", 4), "main.main");
    }

    #[test]
    fn a_name_without_a_place_to_break_is_cut() {
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
    }

    #[test]
    fn a_plain_style_changes_nothing() {
        let style = Style::plain();
        assert_eq!(style.name("a\u{1b}b", 4), "a\u{1b}b");
        assert_eq!(style.by_share(1, 1, "x"), "x");
    }
}
