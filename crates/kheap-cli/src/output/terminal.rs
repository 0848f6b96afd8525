//! Colour and width where people read, and messages for them.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as Paint};

use kheap_text::{fold, visible, width};

use super::pad;

/// Shares from which a row is drawn in red, and in yellow.
const RED_SHARE: f64 = 0.2;
const YELLOW_SHARE: f64 = 0.05;

/// The width that is taken where a terminal does not tell.
const DEFAULT_WIDTH: usize = 80;

/// The longest line of sentences, on a terminal or not.
const PROSE_WIDTH: usize = 100;

/// Room that a name needs to be broken into lines rather than left to the
/// terminal.
const LEAST_ROOM: usize = 16;

pub(super) const HEADER: Paint = Paint::new().bold();

/// How results look: plain in a file or pipe, coloured on a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    color: bool,
    /// Known on a terminal only.
    width: Option<usize>,
    /// What COLUMNS asks for in a pipe, where it is set.
    columns: Option<usize>,
}

impl Style {
    pub(super) fn plain() -> Self {
        Self {
            color: false,
            width: None,
            columns: None,
        }
    }

    /// Colour only on a terminal, and never with NO_COLOR.
    pub(super) fn of(stream: &impl RawStream) -> Self {
        if !stream.is_terminal() {
            let columns = std::env::var("COLUMNS").ok();
            return Self {
                columns: columns.and_then(|columns| columns.parse().ok()),
                ..Self::plain()
            };
        }
        let width = terminal_size::terminal_size();
        Self {
            color: AutoStream::choice(stream) != ColorChoice::Never,
            width: Some(width.map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))),
            columns: None,
        }
    }

    pub(super) fn is_terminal(self) -> bool {
        self.width.is_some()
    }

    /// The codes before and after a text; none where there is no colour.
    pub(super) fn codes(self, paint: Paint) -> (String, String) {
        match self.color {
            true => (format!("{paint}"), format!("{paint:#}")),
            false => Default::default(),
        }
    }

    /// The columns of a terminal; `None` where lines may have any length.
    pub(super) fn room(self) -> Option<usize> {
        self.width.map(|width| width.max(LEAST_ROOM))
    }

    /// Fits a name that starts at `column` into a terminal: what is too long goes
    /// on under its beginning. In a file or pipe the name stays as it is.
    pub(super) fn name(self, name: &str, column: usize) -> String {
        let Some(width) = self.width else {
            return name.to_owned();
        };
        // Escaped first, because that makes it longer.
        let name = visible(name, &[]);
        let room = width.saturating_sub(column);
        if room < LEAST_ROOM {
            return name;
        }
        let indent = format!("\n{}", pad::blanks(column));
        fold(&name, room).join(&indent)
    }

    /// Breaks sentences between words; `first` and `next` stand before the first
    /// line and before those that follow. Signatures of users bring sentences along, so
    /// that codes in them are escaped in a pipe too.
    pub(super) fn prose(self, first: &str, next: &str, text: &str) -> String {
        // A name in a sentence may have a line break, and would go on as a line of its own.
        let text = &visible(text, &[]);
        let width = self.width.or(self.columns);
        let width = width.unwrap_or(PROSE_WIDTH).min(PROSE_WIDTH);
        let filled = kheap_text::fill(text, width.max(LEAST_ROOM), first, next);
        match self.room() {
            // The terminal would cut it anywhere.
            Some(room) => fold_paths(&filled, room, first, next),
            None => filled,
        }
    }
}

/// Breaks paths of files that are longer than a line. Addresses stay whole, so that they
/// can be followed.
fn fold_paths(text: &str, room: usize, first: &str, next: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| {
        let start = if at == 0 { first } else { next };
        let word = line.strip_prefix(start).unwrap_or(line);
        let is_path = word.contains('/') && !word.contains("://") && !word.contains(' ');
        let room = room.saturating_sub(width(start).max(width(next)));
        match is_path && width(word) > room && room > 0 {
            true => start.to_owned() + &fold_path(word, room).join(&format!("\n{next}")),
            false => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Breaks a path behind its slashes, and a part that is longer than a line anywhere.
fn fold_path(path: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in path.split_inclusive('/') {
        match lines.last_mut() {
            Some(line) if width(line) + width(part) <= room => line.push_str(part),
            _ => lines.extend(fold(part, room)),
        }
    }
    lines
}

/// No colour.
pub(super) fn plain_paint() -> Paint {
    Paint::new()
}

/// The colour of a row, by its share of the total.
pub(super) fn by_share(value: i64, total: i64) -> Paint {
    let share = match total {
        0 => 0.0,
        _ => (value as f64 / total as f64).abs(),
    };
    if share >= RED_SHARE {
        AnsiColor::Red.on_default().bold()
    } else if share >= YELLOW_SHARE {
        AnsiColor::Yellow.on_default()
    } else {
        Paint::new()
    }
}

/// A terminal behind a guard: whatever a profile contains, only our own codes
/// are acted on.
pub(super) struct Screen {
    stream: BufWriter<Box<dyn Write>>,
    /// What is held back until its line is complete, because writers may split
    /// characters.
    line: Vec<u8>,
}

impl Screen {
    pub(super) fn new(stream: BufWriter<Box<dyn Write>>) -> Self {
        let line = Vec::new();
        Self { stream, line }
    }

    /// Writes codes of our own.
    pub(super) fn write_codes(&mut self, codes: &str) -> io::Result<()> {
        self.release(self.line.len())?;
        self.stream.write_all(codes.as_bytes())
    }

    fn release(&mut self, length: usize) -> io::Result<()> {
        let text: Vec<u8> = self.line.drain(..length).collect();
        let text = visible(&String::from_utf8_lossy(&text), &['\n', '\t']);
        self.stream.write_all(text.as_bytes())
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|&byte| byte == b'\n') {
            self.release(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.release(self.line.len())?;
        self.stream.flush()
    }
}

pub(crate) fn error(message: &str) {
    tell(AnsiColor::Red, "error", message);
}

/// Says which condition of `--fail-on` is not kept.
pub(crate) fn failed(message: &str) {
    FAILED_GATES.tell(message);
}

/// What to do about an error.
pub(crate) fn hint(message: &str) {
    tell(AnsiColor::Cyan, "hint", message);
}

/// How many messages of a kind are shown: more of them are more than a screen.
const MOST_OF_A_KIND: usize = 30;

/// Messages of a kind. The first ones are shown.
struct Kind {
    color: AnsiColor,
    label: &'static str,
    /// What one of them, and several, are called.
    names: [&'static str; 2],
    /// How many there were.
    count: AtomicUsize,
}

static NOTES: Kind = Kind::new(AnsiColor::Cyan, "note", ["note is", "notes are"]);
static WARNINGS: Kind = Kind::new(AnsiColor::Yellow, "warning", ["warning is", "warnings are"]);
static FAILED_GATES: Kind = {
    let names = ["failed condition is", "failed conditions are"];
    Kind::new(AnsiColor::Red, "gate failed", names)
};

impl Kind {
    const fn new(color: AnsiColor, label: &'static str, names: [&'static str; 2]) -> Self {
        Self {
            color,
            label,
            names,
            count: AtomicUsize::new(0),
        }
    }

    fn tell(&self, message: &str) {
        if self.count.fetch_add(1, Ordering::Relaxed) < MOST_OF_A_KIND {
            tell(self.color, self.label, message);
        }
    }

    /// Says how many were not shown.
    fn tell_rest(&self) {
        let count = self.count.load(Ordering::Relaxed);
        let [one, several] = self.names;
        let message = match count.saturating_sub(MOST_OF_A_KIND) {
            0 => return,
            1 => format!("1 more {one} not shown"),
            more => format!("{more} more {several} not shown"),
        };
        tell(self.color, self.label, &message);
    }
}

/// Those warnings that were shown: a file that is read for several dumps has one.
static SHOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Shows a warning, unless it was shown before, or there were many.
pub(crate) fn warn(message: &str) {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.contains(message) {
        return;
    }
    if shown.len() < MOST_OF_A_KIND {
        shown.insert(message.to_owned());
    }
    WARNINGS.tell(message);
}

/// Says in the end how many messages of each kind were not shown.
pub(crate) fn count_messages() {
    for kind in [&NOTES, &WARNINGS, &FAILED_GATES] {
        kind.tell_rest();
    }
}

pub(crate) fn note(message: &str) {
    NOTES.tell(message);
}

/// The longest message, in characters: names in it may have any length.
const LONGEST: usize = 1_200;

/// How much of a longer one is shown of its end, which says what to do.
const TAIL: usize = 300;

/// Writes one line to standard error, whatever the message contains. Escaped in
/// pipes too: logs are read on terminals.
fn tell(color: AnsiColor, kind: &str, message: &str) {
    let mut stderr = io::stderr();
    let (begin, end) = Style::of(&stderr).codes(color.on_default().bold());
    let message = cut(&visible(message, &[]));
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(stderr, "{begin}{kind}:{end} {message}");
}

/// A message that fits on a screen.
fn cut(message: &str) -> String {
    let count = message.chars().count();
    if count <= LONGEST {
        return message.to_owned();
    }
    let head: String = message.chars().take(LONGEST - TAIL).collect();
    let tail: String = message.chars().skip(count - TAIL).collect();
    format!("{head} … {tail}")
}

/// Writes painted help to standard output.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn show_help(text: &str) -> io::Result<()> {
    show(stdout()?, text)
}

/// Standard output, where there is one that takes what is written. Elsewhere a result would
/// be lost without an error.
///
/// # Errors
///
/// When it was closed before the program began, or is open for reading only.
pub(super) fn stdout() -> io::Result<io::Stdout> {
    let fault = if kheap_start::is_stdout_closed() {
        "it is closed; redirect it to a file"
    } else if is_stdout_for_reading() {
        "it is open for reading only; redirect it with >"
    } else {
        return Ok(io::stdout());
    };
    Err(io::Error::other(fault))
}

/// Whether standard output is open for reading only, as by `1< FILE`. Rust reports each
/// write to it as a success. Only Linux shows it, by the permissions of a link.
fn is_stdout_for_reading() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::PermissionsExt;
        let link = std::fs::symlink_metadata("/proc/self/fd/1");
        link.is_ok_and(|link| link.permissions().mode() & 0o200 == 0)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Writes a painted complaint about the arguments to standard error.
pub(crate) fn show_misuse(text: &str) {
    // Where standard error is closed there is nobody to read it.
    let _ = show(io::stderr(), text);
}

fn show(mut stream: impl RawStream, text: &str) -> io::Result<()> {
    let text = match Style::of(&stream).color {
        true => painted(text),
        false => visible(&anstream::adapter::strip_str(text).to_string(), &KEPT),
    };
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Kept in help and complaints, which have several lines.
const KEPT: [char; 2] = ['\n', '\t'];

/// Escapes what nobody sees in a painted text, but for codes of colour: a complaint
/// quotes the argument.
fn painted(text: &str) -> String {
    const BEGIN: &str = "\u{1b}[";
    let mut parts = text.split(BEGIN);
    let mut out = visible(parts.next().unwrap_or_default(), &KEPT);
    for part in parts {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        let code = &part[..part.len() - digits.len()];
        match digits.strip_prefix('m') {
            Some(rest) => out += &format!("{BEGIN}{code}m{}", visible(rest, &KEPT)),
            None => out += &visible(&format!("{BEGIN}{part}"), &KEPT),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_goes_on_under_its_beginning() {
        let style = Style {
            color: false,
            width: Some(36),
            columns: None,
        };
        let name = style.name("k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal", 4);
        assert_eq!(
            name,
            "k8s.io/apimachinery/pkg/runtime\n    .(*Unknown).Unmarshal"
        );
        assert_eq!(style.name("main.main", 4), "main.main");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        let style = Style {
            color: false,
            width: Some(30),
            columns: None,
        };
        let text = style.prose(
            "- ",
            "  ",
            "Page with limit, for example 500; --watch-cache-sizes.",
        );
        assert_eq!(
            text,
            "- Page with limit, for example\n  500; --watch-cache-sizes."
        );
        assert_eq!(Style::plain().prose("- ", "  ", "One line."), "- One line.");
    }

    #[test]
    fn a_path_that_is_longer_than_a_line_breaks_at_its_slashes() {
        let style = Style {
            color: false,
            width: Some(30),
            columns: None,
        };
        let check = |text: &str, expected: &str| {
            assert_eq!(style.prose("- ", "  ", text), expected);
        };
        check(
            "dumps/of/a/long/week/monday.pb.gz  9:00",
            "- dumps/of/a/long/week/\n  monday.pb.gz\n  9:00",
        );
        check(
            "https://kubernetes.io/docs/concepts/api",
            "- https://kubernetes.io/docs/concepts/api",
        );
    }

    #[test]
    fn sentences_bring_no_codes_along() {
        let text = Style::plain().prose("- ", "  ", "clear\u{1b}[2J it\nnow");
        assert_eq!(text, "- clear\\u001b[2J it\\nnow");
    }

    #[test]
    fn a_painted_text_keeps_codes_of_colour_alone() {
        let check = |text: &str, expected: &str| assert_eq!(painted(text), expected);
        check("a \u{1b}[1mb\u{1b}[0m\n", "a \u{1b}[1mb\u{1b}[0m\n");
        check("\u{1b}[33m--x\u{202e}y", "\u{1b}[33m--x\\u202ey");
        check("\u{1b}[2Jclear \u{1b}]0;t", "\\u001b[2Jclear \\u001b]0;t");
    }

    #[test]
    fn a_pipe_takes_its_width_from_columns() {
        let narrow = Style {
            columns: Some(30),
            ..Style::plain()
        };
        let text = narrow.prose("", "", "Page with limit, for example 500; or so.");
        assert_eq!(text, "Page with limit, for example\n500; or so.");
    }

    #[test]
    fn a_plain_style_changes_nothing() {
        let style = Style::plain();
        assert_eq!(style.name("a\u{1b}b", 4), "a\u{1b}b");
        assert_eq!(style.codes(by_share(1, 1)), Default::default());
    }
}
