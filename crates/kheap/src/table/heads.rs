//! Tables whose heads name their columns in another order than that of `top`, or in a
//! unit of their own: they are put in order before anybody reads them.

use std::borrow::Cow;
use std::fmt::Write;

use super::csv;
use super::number::Shape;
use super::text::{clean, unquote};

/// What a head says that a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Flat,
    FlatShare,
    Cum,
    CumShare,
    Name,
    /// A running sum, or what the poster added.
    Other,
}

use Column::{Cum, CumShare, Flat, FlatShare, Name, Other};

/// The columns of `top`, which needs no help.
const OF_TOP: [Column; 5] = [Flat, FlatShare, Other, Cum, CumShare];

/// More columns have no meaning here.
const MOST: usize = 12;

/// Units of values, as heads say them.
const UNITS: [(&str, &str); 8] = [
    ("b", "B"),
    ("bytes", "B"),
    ("kb", "kB"),
    ("kib", "kB"),
    ("mb", "MB"),
    ("mib", "MB"),
    ("gb", "GB"),
    ("gib", "GB"),
];

/// A text whose tables have their columns in the order of `top`. Each line stays where it is.
pub(super) fn in_order(text: &str) -> Cow<'_, str> {
    if !text.lines().any(may_be_head) {
        return Cow::Borrowed(text);
    }
    let mut head: Option<Head> = None;
    let mut ordered = String::new();
    let mut is_changed = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let found = may_be_head(line).then(|| Head::of(unquote(&clean(line))));
        let written = match found.flatten() {
            Some(found) => {
                let is_needed = !found.is_of_top() && found.reads_first(lines.clone());
                head = is_needed.then_some(found);
                head.as_ref().map(Head::line)
            }
            None => head
                .as_ref()
                .and_then(|head| head.row(unquote(&clean(line)))),
        };
        is_changed |= written.is_some();
        ordered += written.as_deref().unwrap_or(line);
        ordered.push('\n');
    }
    match is_changed {
        true => Cow::Owned(ordered),
        false => Cow::Borrowed(text),
    }
}

/// Whether a line may name columns. Most lines do not, and our own CSV is read as it is.
fn may_be_head(line: &str) -> bool {
    const LONGEST: usize = 200;
    let has = |word: &[u8]| {
        let mut windows = line.as_bytes().windows(word.len());
        windows.any(|window| window.eq_ignore_ascii_case(word))
    };
    line.len() <= LONGEST && has(b"flat") && has(b"cum") && !line.starts_with(csv::HEADER)
}

/// The head of a table.
#[derive(Debug)]
struct Head {
    /// What stands between the cells; blanks where it is none.
    separator: Option<char>,
    columns: Vec<Column>,
    /// What bare numbers are.
    units: Vec<Option<&'static str>>,
}

impl Head {
    fn of(line: &str) -> Option<Self> {
        let separator = ['|', '\t', ',', ';']
            .into_iter()
            .find(|&c| line.contains(c));
        let mut head = Self {
            separator,
            columns: Vec::new(),
            units: Vec::new(),
        };
        match separator {
            Some(separator) => {
                for cell in cells(line, separator) {
                    let (column, unit) = column_of(cell).unwrap_or((Other, None));
                    head.push(column, unit);
                }
            }
            None => head.words(line)?,
        }
        // As `top` has it, the name needs no head.
        if separator.is_none() && !head.columns.contains(&Name) {
            head.push(Name, None);
        }
        let count = |column| head.columns.iter().filter(|one| **one == column).count();
        let is_whole = [Flat, Cum, Name].iter().all(|&column| count(column) == 1);
        let is_clear = count(FlatShare) <= 1 && count(CumShare) <= 1 && head.columns.len() <= MOST;
        (is_whole && is_clear).then_some(head)
    }

    fn push(&mut self, column: Column, unit: Option<&'static str>) {
        self.columns.push(column);
        self.units.push(unit);
    }

    /// Columns with blanks between them: each word belongs to one.
    fn words(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut at = 0;
        while at < words.len() {
            // The longest is meant: `flat (MB)`.
            let longest = (at + 1..=words.len().min(at + 3)).rev();
            let mut found = longest.filter_map(|end| {
                let column = column_of(&words[at..end].concat())?;
                Some((end, column))
            });
            let (end, (column, unit)) = found.next()?;
            self.push(column, unit);
            at = end;
        }
        Some(())
    }

    /// Whether these are the columns of `top`, or of our Markdown, in their units.
    fn is_of_top(&self) -> bool {
        let named = self.columns.strip_suffix(&[Name]);
        let is_in_order = named.is_some_and(|columns| {
            columns == OF_TOP || columns == [Flat, FlatShare, Cum, CumShare]
        });
        is_in_order && self.units.iter().all(Option::is_none)
    }

    /// Whether the first row below it has these columns. Where a cell holds more than a value,
    /// the table stays as it is.
    fn reads_first<'t>(&self, mut below: impl Iterator<Item = &'t str>) -> bool {
        let first = below.find(|line| line.contains(char::is_alphanumeric));
        first.is_some_and(|line| self.row(unquote(&clean(line))).is_some())
    }

    fn has_shares(&self) -> bool {
        [FlatShare, CumShare]
            .iter()
            .all(|column| self.columns.contains(column))
    }

    /// The order in which the cells of a row are written. Where a share is missing, the rows
    /// are none of `top`.
    fn order(&self) -> &'static [(Column, &'static str)] {
        match self.has_shares() {
            true => &[
                (Flat, "flat"),
                (FlatShare, "flat%"),
                (Cum, "cum"),
                (CumShare, "cum%"),
                (Name, "function"),
            ],
            false => &[(Flat, "flat"), (Cum, "cum"), (Name, "function")],
        }
    }

    fn line(&self) -> String {
        let heads = self.order().iter().map(|(_, head)| *head);
        format!("| {} |", heads.collect::<Vec<_>>().join(" | "))
    }

    /// A row in order; `None` where a line has no such cells.
    fn row(&self, line: &str) -> Option<String> {
        let name_at = self.columns.iter().position(|column| *column == Name)?;
        // Rows may have lost the tabs that the head has.
        let separator = self.separator.filter(|&separator| line.contains(separator));
        let parts: Vec<&str> = match separator {
            Some(separator) => cells(line, separator).collect(),
            None => line.split_whitespace().collect(),
        };
        let behind = self.columns.len() - name_at - 1;
        // The name may hold what stands between cells.
        let name_end = parts
            .len()
            .checked_sub(behind)
            .filter(|end| *end > name_at)?;
        let joined = separator.map_or_else(|| " ".to_owned(), String::from);
        let name = parts[name_at..name_end].join(&joined);
        let name = name.trim_matches('"');
        let values = parts[..name_at].iter().chain(&parts[name_end..]);
        let columns = self.columns.iter().zip(&self.units);
        let columns = columns.filter(|(column, _)| **column != Name);
        let values = values.zip(columns).map(|(value, (column, unit))| {
            let value = match column {
                Other => Cow::Borrowed(*value),
                _ => value_of(value, *column, *unit)?,
            };
            Some((*column, value))
        });
        let values: Vec<(Column, Cow<'_, str>)> = values.collect::<Option<_>>()?;
        if !name.contains(char::is_alphabetic) {
            return None;
        }
        let mut row = String::from("|");
        for (column, _) in self.order() {
            let value = values.iter().find(|(of, _)| of == column);
            let cell = value.map_or(name, |(_, value)| value);
            // A String takes all that is written to it.
            let _ = write!(row, " {cell} |");
        }
        Some(row)
    }
}

/// The cells of a line.
fn cells(line: &str, separator: char) -> impl Iterator<Item = &str> {
    let inner = match separator {
        '|' => line.trim().trim_matches('|'),
        _ => line,
    };
    let cells = inner.split(separator);
    cells.map(str::trim)
}

/// What a cell of a head says: the column, and its unit.
fn column_of(cell: &str) -> Option<(Column, Option<&'static str>)> {
    const NAMES: [&str; 9] = [
        "function",
        "functions",
        "functionname",
        "func",
        "name",
        "symbol",
        "location",
        "method",
        "node",
    ];
    let is_of_word = |c: &char| c.is_ascii_alphanumeric() || *c == '%';
    let word: String = cell.chars().filter(is_of_word).collect();
    let word = word.to_ascii_lowercase();
    if NAMES.contains(&word.as_str()) {
        return Some((Name, None));
    }
    if ["sum%", "sumpct"].contains(&word.as_str()) {
        return Some((Other, None));
    }
    let bases = [
        ("cumulative", Cum, CumShare),
        ("cum", Cum, CumShare),
        ("flat", Flat, FlatShare),
    ];
    bases.into_iter().find_map(|(base, value, share)| {
        let rest = word.strip_prefix(base)?;
        match rest {
            "" => Some((value, None)),
            "%" | "pct" | "percent" => Some((share, None)),
            _ => {
                let unit = UNITS.iter().find(|(word, _)| *word == rest)?;
                Some((value, Some(unit.1)))
            }
        }
    })
}

/// A value in its column: a bare number gets the unit that the head says.
fn value_of<'v>(value: &'v str, column: Column, unit: Option<&str>) -> Option<Cow<'v, str>> {
    let value = value.trim_matches(['*', '`', '"']);
    if value.chars().all(|c| matches!(c, '-' | '–' | '—')) {
        return Some(Cow::Borrowed(value));
    }
    let shape = Shape::of(value)?;
    let is_bare = value.ends_with(|c: char| c.is_ascii_digit());
    match (column, shape) {
        (FlatShare | CumShare, Shape::Share) | (Flat | Cum, Shape::Amount) => {}
        (FlatShare | CumShare, Shape::Amount) if is_bare => {
            return Some(Cow::Owned(format!("{value}%")));
        }
        _ => return None,
    }
    match unit.filter(|_| is_bare && value != "0") {
        Some(unit) => Some(Cow::Owned(format!("{value}{unit}"))),
        None => Some(Cow::Borrowed(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        assert_eq!(lines(&in_order(&lines(text))), lines(expected));
    }

    #[test]
    fn columns_are_put_into_the_order_of_top() {
        check(
            "Function flat flat% cum cum%
             main.load (inline) 1MB 10% 2MB 20%
             and a sentence",
            "| flat | flat% | cum | cum% | function |
             | 1MB | 10% | 2MB | 20% | main.load (inline) |
             and a sentence",
        );
        check(
            "> cum  cum%  flat  flat%
             > 2MB 20% 1MB 10% main.load",
            "| flat | flat% | cum | cum% | function |
             | 1MB | 10% | 2MB | 20% | main.load |",
        );
        check(
            "| Cum | Cum% | Flat | Flat% | Name |
             |---|---|---|---|---|
             | 2MB | 20% | 1MB | 10% | `main.load` |",
            "| flat | flat% | cum | cum% | function |
             |---|---|---|---|---|
             | 1MB | 10% | 2MB | 20% | `main.load` |",
        );
        check(
            "Name\tCum\tFlat
             main.f[go.shape.int,go.shape.int]\t2MB\t1MB",
            "| flat | cum | function |
             | 1MB | 2MB | main.f[go.shape.int,go.shape.int] |",
        );
        check(
            "Name,Flat,Flat%,Cum,Cum%
             \"main.f[int,int]\",1MB,10,2MB,20",
            "| flat | flat% | cum | cum% | function |
             | 1MB | 10% | 2MB | 20% | main.f[int,int] |",
        );
    }

    #[test]
    fn the_unit_of_a_head_is_that_of_its_numbers() {
        check(
            "flat(MB) flat % cum (MB) cum % Function
             1.50 10.00 0 0 main.load",
            "| flat | flat% | cum | cum% | function |
             | 1.50MB | 10.00% | 0 | 0% | main.load |",
        );
    }

    #[test]
    fn what_top_prints_stays_as_it_is() {
        for text in [
            "flat  flat%   sum%        cum   cum%\n1MB 10% 10% 2MB 20% main.f\n",
            "| flat | flat% | cum | cum% | function |\n| 1MB | 10% | 2MB | 20% | `main.f` |\n",
            "the flat and the cum of main.f\n1MB 2MB main.f\n",
        ] {
            assert!(matches!(in_order(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_table_of_top_behind_another_one_is_read_as_it_is() {
        check(
            "cum cum% flat flat% name
             2MB 20% 1MB 10% main.f
             flat flat% sum% cum cum%
             1MB 10% 10% 2MB 20% main.f",
            "| flat | flat% | cum | cum% | function |
             | 1MB | 10% | 2MB | 20% | main.f |
             flat flat% sum% cum cum%
             1MB 10% 10% 2MB 20% main.f",
        );
    }
}
