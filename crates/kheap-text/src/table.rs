//! One table, written in three ways: aligned text, CSV and Markdown.

use std::borrow::Cow;

use crate::guard::is_visible;
use crate::markdown;
use crate::width::{left, right, width};
use crate::wrap::{fill, fold};

/// Columns of figures are apart by two blanks.
const GAP: usize = 2;

/// The last column needs this much room beside the others; with less it goes on a
/// line of its own.
const LEAST_ROOM: usize = 24;

/// Longer cells stand out of their column rather than widen it for all: a file may
/// hold a name of a megabyte, and thousands of rows.
const MOST_WIDTH: usize = 120;

/// How far the last column is indented on a line of its own.
const INDENT: usize = 4;

/// What a column holds, which decides how it is aligned, broken and escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holds {
    /// Amounts and shares: aligned to the right, never broken.
    Figures,
    /// A few fixed words: aligned to the left, never broken.
    Words,
    /// A bar or a sparkline: left out where there is no room for it.
    Bars,
    /// A sentence or a name in words: broken between words.
    Text,
    /// Sentences with code in backticks: broken between words.
    Sentences,
    /// A name from a profile: code in Markdown, broken at its joints.
    Code,
    /// What is Markdown already, for tables of it.
    Markup,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Column {
    /// What people read above it; `None` where it is for programs only.
    pub header: Option<&'static str>,
    /// What programs read above it; `None` where it is for people only.
    pub key: Option<&'static str>,
    /// What it holds.
    pub holds: Holds,
}

impl Column {
    /// A column for people and programs.
    pub const fn new(header: &'static str, key: &'static str, holds: Holds) -> Self {
        Self {
            header: Some(header),
            key: Some(key),
            holds,
        }
    }

    /// A column that only people see.
    pub const fn shown(header: &'static str, holds: Holds) -> Self {
        Self {
            header: Some(header),
            key: None,
            holds,
        }
    }

    /// A column that only programs see.
    pub const fn data(key: &'static str) -> Self {
        Self {
            header: None,
            key: Some(key),
            holds: Holds::Words,
        }
    }

    /// What people read above it; nothing where it is for programs only.
    pub fn header(&self) -> &'static str {
        self.header.unwrap_or_default()
    }

    /// Whether it is aligned to the right.
    pub fn is_figures(&self) -> bool {
        self.holds == Holds::Figures
    }
}

/// One value, as people and as programs read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell {
    /// For people.
    pub text: String,
    /// For programs.
    pub value: String,
}

impl Cell {
    /// A value that people read in other words than programs.
    pub fn new(text: impl Into<String>, value: impl ToString) -> Self {
        Self {
            text: text.into(),
            value: value.to_string(),
        }
    }

    /// A value that all read alike.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            value: text.clone(),
            text,
        }
    }
}

/// A line of text, and the row that it shows; `None` for the header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Without a line break.
    pub text: String,
    /// The position of the row.
    pub row: Option<usize>,
}

/// Rows of cells below columns.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    /// How wide each column is, with its header.
    widths: Vec<usize>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        let columns = columns.into();
        let headers = columns.iter().map(Column::header);
        Self {
            widths: headers.map(width).collect(),
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row, which has a cell for each column.
    pub fn push(&mut self, cells: impl Into<Vec<Cell>>) {
        let cells = cells.into();
        debug_assert_eq!(cells.len(), self.columns.len());
        for (widest, cell) in self.widths.iter_mut().zip(&cells) {
            let width = width(&cell.text);
            if width <= MOST_WIDTH {
                *widest = width.max(*widest);
            }
        }
        self.rows.push(cells);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned lines, no longer than `room` columns where that is given: bars are
    /// left out first, and the last column is broken or gets lines of its own. So do all
    /// columns of words where there is no room for them beside the figures.
    pub fn lines<'t>(&'t self, room: Option<usize>) -> Vec<Line> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let Some((last, first)) = self.shown().split_last().map(|(l, f)| (*l, f.to_vec())) else {
            return Vec::new();
        };
        let with_bars = self.width_of(&first) + LEAST_ROOM;
        let kept: Vec<usize> = match room.is_some_and(|room| with_bars > room) {
            true => (first.into_iter())
                .filter(|&at| self.columns[at].holds != Holds::Bars)
                .collect(),
            false => first,
        };
        let (beside, apart) = kept.split_at(self.fitting(&kept, room));
        let mut lines = Vec::new();
        let mut write = |row: Option<usize>, texts: &dyn Fn(usize) -> &'t str| match apart {
            [] => self.write(&mut lines, row, beside, last, room, texts),
            _ => {
                let text = self.start(beside, texts).trim_end().to_owned();
                lines.push(Line { text, row });
                for &at in apart.iter().chain([&last]) {
                    self.write_apart(&mut lines, row, at, room, texts(at));
                }
            }
        };
        if self.has_headers() {
            write(None, &|at| self.columns[at].header());
        }
        for (row, cells) in self.rows.iter().enumerate() {
            write(Some(row), &|at| cells[at].text.as_str());
        }
        lines
    }

    /// How many of the columns stand beside each other: figures always do.
    fn fitting(&self, columns: &[usize], room: Option<usize>) -> usize {
        let mut used = 0;
        let full = columns.iter().position(|&at| {
            used += self.widths[at];
            let is_full = room.is_some_and(|room| used > room);
            used += GAP;
            is_full && self.columns[at].holds != Holds::Figures
        });
        full.unwrap_or(columns.len())
    }

    /// The cells of some columns, beside each other.
    fn start<'t>(&self, columns: &[usize], text: &dyn Fn(usize) -> &'t str) -> String {
        let mut start = String::new();
        for &at in columns {
            let width = self.widths[at];
            start += &match self.columns[at].holds {
                Holds::Figures => right(text(at), width),
                _ => left(text(at), width),
            };
            start += &" ".repeat(GAP);
        }
        start
    }

    /// A cell on lines of its own.
    fn write_apart(
        &self,
        lines: &mut Vec<Line>,
        row: Option<usize>,
        at: usize,
        room: Option<usize>,
        text: &str,
    ) {
        let room = room.map(|room| room.saturating_sub(INDENT));
        let pieces = pieces(text, self.columns[at].holds, room);
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            let text = format!("{}{piece}", " ".repeat(INDENT));
            lines.push(Line { text, row });
        }
    }

    fn write<'t>(
        &'t self,
        lines: &mut Vec<Line>,
        row: Option<usize>,
        kept: &[usize],
        last: usize,
        room: Option<usize>,
        text: &dyn Fn(usize) -> &'t str,
    ) {
        let start = self.start(kept, text);
        let used = width(&start);
        let left_over = room.map(|room| room.saturating_sub(used));
        let (indent, is_apart, left_over) = match (room, left_over) {
            // A header fits wherever its column starts.
            (Some(room), Some(some)) if some < LEAST_ROOM && width(text(last)) > some => (
                INDENT.min(used),
                used > 0,
                Some(room.saturating_sub(INDENT)),
            ),
            (_, some) => (used, false, some),
        };
        let broken = pieces(text(last), self.columns[last].holds, left_over);
        let mut push = |text: String| {
            let text = text.trim_end().to_owned();
            lines.push(Line { text, row });
        };
        if is_apart {
            push(start.clone());
        }
        for (at, piece) in broken.iter().enumerate() {
            push(match at == 0 && !is_apart {
                true => format!("{start}{piece}"),
                false => format!("{}{piece}", " ".repeat(indent)),
            });
        }
        if broken.is_empty() && !is_apart {
            push(start);
        }
    }

    /// The columns that people see.
    fn shown(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let shown = columns.filter(|(_, column)| column.header.is_some());
        shown.map(|(at, _)| at).collect()
    }

    fn has_headers(&self) -> bool {
        let mut headers = self.columns.iter().filter_map(|column| column.header);
        headers.any(|header| !header.is_empty())
    }

    fn width_of(&self, columns: &[usize]) -> usize {
        let widths = columns.iter().map(|&at| self.widths[at] + GAP);
        widths.sum()
    }

    /// Comma-separated values below the keys.
    pub fn csv(&self, cells_of: Cells) -> String {
        let columns = self.columns.iter().enumerate();
        let keyed: Vec<(usize, &str)> = columns
            .filter_map(|(at, column)| Some((at, column.key?)))
            .collect();
        let mut out = cells_of.record(keyed.iter().map(|(_, key)| key));
        for cells in &self.rows {
            out += &cells_of.record(keyed.iter().map(|(at, _)| &cells[*at].value));
        }
        out
    }

    /// A table of Markdown.
    pub fn markdown(&self) -> String {
        let shown = self.shown();
        let headers = shown.iter().map(|&at| self.columns[at].header());
        let mut out = row_of(headers.map(str::to_owned));
        let rules = shown.iter().map(|&at| match self.columns[at].holds {
            Holds::Figures => "---:".to_owned(),
            _ => "---".to_owned(),
        });
        out += &row_of(rules);
        for cells in &self.rows {
            let texts = shown.iter().map(|&at| {
                let text = cells[at].text.trim();
                match self.columns[at].holds {
                    Holds::Code if !text.is_empty() => markdown::code(text),
                    // The unit of a figure is whatever the profile says.
                    Holds::Words | Holds::Text | Holds::Figures => markdown::plain(text),
                    Holds::Sentences => markdown::cell(text),
                    Holds::Code | Holds::Bars | Holds::Markup => text.to_owned(),
                }
            });
            out += &row_of(texts);
        }
        out
    }
}

/// The lines of a cell that has so much room.
fn pieces(text: &str, holds: Holds, room: Option<usize>) -> Vec<String> {
    match (room, holds) {
        (Some(room), Holds::Code) => fold(text, room),
        (Some(room), Holds::Text | Holds::Sentences) => {
            let filled = fill(text, room, "", "");
            filled.lines().map(str::to_owned).collect()
        }
        _ => vec![text.to_owned()],
    }
}

/// Who reads comma-separated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Cells {
    /// A spreadsheet, which runs some texts as formulas: these get an apostrophe.
    #[default]
    Safe,
    /// A program, which needs the texts as they are.
    Raw,
}

impl Cells {
    /// A line of comma-separated values, as RFC 4180 has them, but with a line feed alone:
    /// of a table that is too long to be kept.
    pub fn record<S: AsRef<str>>(self, values: impl IntoIterator<Item = S>) -> String {
        let values = values.into_iter().map(|value| self.quoted(value.as_ref()));
        values.collect::<Vec<_>>().join(",") + "\n"
    }

    fn quoted(self, value: &str) -> String {
        let value = match self {
            Self::Safe => guarded(value),
            Self::Raw => Cow::Borrowed(value),
        };
        match value.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", value.replace('"', "\"\"")),
            false => value.into_owned(),
        }
    }
}

fn row_of(cells: impl Iterator<Item = String>) -> String {
    let cells = cells.map(|cell| match cell.is_empty() {
        true => " ".to_owned(),
        false => format!(" {cell} "),
    });
    format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
}

/// What a spreadsheet takes for the beginning of a formula, in full width too.
///
/// Source: OWASP, "CSV Injection".
const FORMULA: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// What parts cells where the comma does not, as in countries that have decimal commas.
const SEMICOLON: char = ';';

/// What parts cells or lines for a program that takes no notice of the quotes: tabs and all
/// that Unicode breaks lines at.
const BREAKS: [char; 8] = [
    '\t', '\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{2028}', '\u{2029}',
];

fn is_separator(c: char) -> bool {
    c == SEMICOLON || BREAKS.contains(&c)
}

/// A text that a spreadsheet would run as a formula begins with an apostrophe instead, and so
/// does each part of it that may become a cell. Numbers stay numbers, and Go has no such names.
fn guarded(value: &str) -> Cow<'_, str> {
    let is_name = value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if is_name && !value.contains(is_separator) {
        return Cow::Borrowed(value);
    }
    let parts = value.split_inclusive(is_separator);
    let safe = parts.map(|part| match is_formula(part) {
        true => format!("'{part}"),
        false => part.to_owned(),
    });
    let safe: String = safe.collect();
    match value.starts_with(BREAKS) {
        true => Cow::Owned(format!("'{safe}")),
        false => Cow::Owned(safe),
    }
}

/// Whether a text begins like a formula. Spreadsheets leave out blanks before it, characters
/// that nobody sees and quotes.
fn is_formula(text: &str) -> bool {
    let is_left_out = |c: char| c.is_whitespace() || !is_visible(c) || matches!(c, '"' | '\'');
    let begins = text.trim_start_matches(is_left_out).starts_with(FORMULA);
    // What is infinite or no number for Rust is a name for a spreadsheet.
    let number = text.trim_end_matches(is_separator).parse::<f64>();
    begins && !number.is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let check = |cell: &str, expected: &str| {
            assert_eq!(Cells::Safe.record([cell]), format!("{expected}\n"));
        };
        check("=1+1", "'=1+1");
        check("@SUM(1)", "'@SUM(1)");
        check("-2 apples", "'-2 apples");
        check("\r=1,2", "\"'\r'=1,2\"");
        check("\n=1", "\"'\n'=1\"");
        check("a;=1+1", "a;'=1+1");
        check("a;=1+1;-7;b", "a;'=1+1;-7;b");
        check("a;\"=1+1;b", "\"a;'\"\"=1+1;b\"");
        check("a\tb\t @SUM(1)", "a\tb\t' @SUM(1)");
        check("a\n=1", "\"a\n'=1\"");
        check("\t=1", "'\t'=1");
        check("\u{a0}=1+1", "'\u{a0}=1+1");
        check(
            "\u{3000}\u{200b}\u{feff}=1+1",
            "'\u{3000}\u{200b}\u{feff}=1+1",
        );
        check("main.f;main.-g", "main.f;main.-g");
        check("\u{ff1d}1+1", "'\u{ff1d}1+1");
        check("-2.5e3", "-2.5e3");
        for not_finite in ["-inf", "+infinity", "-NaN", "-1e999"] {
            check(not_finite, &format!("'{not_finite}"));
        }
        for line_break in ['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'] {
            check(
                &format!("a{line_break}=1{line_break}-7"),
                &format!("a{line_break}'=1{line_break}-7"),
            );
            check(&format!("{line_break}=1"), &format!("'{line_break}'=1"));
        }
        check("main.f", "main.f");
    }

    #[test]
    fn a_program_gets_every_cell_as_it_is() {
        let check = |cell: &str, expected: &str| assert_eq!(Cells::Raw.record([cell]), expected);
        check("=1+1", "=1+1\n");
        check("\r=1,2", "\"\r=1,2\"\n");
        check("\"a\"", "\"\"\"a\"\"\"\n");
    }

    fn table() -> Table {
        let mut table = Table::new([
            Column::new("size", "bytes", Holds::Figures),
            Column::shown("", Holds::Bars),
            Column::data("share"),
            Column::new("function", "name", Holds::Code),
        ]);
        let cell = Cell::same;
        table.push([
            Cell::new("4kB", 4096),
            cell("███"),
            cell("0.8"),
            cell("main.load"),
        ]);
        table.push([
            Cell::new("512B", 512),
            cell("█"),
            cell("0.1"),
            cell("k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal"),
        ]);
        table
    }

    fn check(room: Option<usize>, expected: &str) {
        let lines: Vec<String> = table()
            .lines(room)
            .into_iter()
            .map(|line| line.text)
            .collect();
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn figures_are_aligned_and_names_stay_whole_in_a_pipe() {
        check(
            None,
            "size       function\n 4kB  ███  main.load\n512B  █    \
             k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal",
        );
    }

    #[test]
    fn names_are_broken_under_their_beginning() {
        check(
            Some(48),
            "size       function\n 4kB  ███  main.load\n512B  █    \
             k8s.io/apimachinery/pkg/runtime\n           .(*Unknown).Unmarshal",
        );
    }

    #[test]
    fn time_is_linear_in_rows() {
        let mut table = table();
        // Looked up again for each row, widths would take an hour.
        for _ in 0..100_000 {
            table.push(["1", "", "", "main.f"].map(Cell::same));
        }
        assert_eq!(table.lines(None).len(), 100_003);
    }

    #[test]
    fn bars_go_first_where_there_is_no_room() {
        check(
            Some(34),
            "size  function\n 4kB  main.load\n512B  k8s.io/apimachinery/pkg/\n      \
             runtime.(*Unknown).Unmarshal",
        );
    }

    #[test]
    fn a_name_without_room_gets_a_line_of_its_own() {
        check(
            Some(20),
            "size  function\n 4kB  main.load\n512B\n    k8s.io/\n    apimachinery/\n    \
             pkg/runtime\n    .(*Unknown)\n    .Unmarshal",
        );
    }

    #[test]
    fn columns_of_words_without_room_get_lines_of_their_own() {
        let mut table = Table::new([
            Column::shown("size", Holds::Figures),
            Column::shown("part", Holds::Words),
            Column::shown("verb", Holds::Words),
            Column::shown("kind", Holds::Text),
        ]);
        table.push(["4kB", "watch cache", "internal", "Pod"].map(Cell::same));
        table.push(["1kB", "regexp", "", ""].map(Cell::same));
        let lines = |room| {
            let lines = table.lines(Some(room)).into_iter();
            lines.map(|line| line.text).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            lines(26),
            "size  part\n    verb\n    kind\n 4kB  watch cache\n    internal\n    Pod\n 1kB  regexp"
        );
    }

    #[test]
    fn csv_has_the_values_below_their_keys() {
        assert_eq!(
            table().csv(Cells::Safe),
            "bytes,share,name\n4096,0.8,main.load\n\
             512,0.1,k8s.io/apimachinery/pkg/runtime.(*Unknown).Unmarshal\n"
        );
        assert_eq!(Cells::Safe.quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn words_of_the_user_are_no_markup_in_markdown() {
        let mut table = Table::new([Column::shown("part", Holds::Words)]);
        table.push([Cell::same("<b>|\n# ![i](http://x)")]);
        let text = table.markdown();
        let row = text.lines().last().unwrap_or_default();
        assert_eq!(text.lines().count(), 3, "{text}");
        for raw in ["<b>", "![", "||"] {
            assert!(!row.contains(raw), "{row}");
        }
    }

    #[test]
    fn markdown_has_names_as_code() {
        let text = table().markdown();
        let lines: Vec<&str> = text.lines().take(3).collect();
        assert_eq!(
            lines,
            [
                "| size | | function |",
                "| ---: | --- | --- |",
                "| 4kB | ███ | `main.load` |"
            ]
        );
    }
}
