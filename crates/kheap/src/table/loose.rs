//! Rows that are not those of `top`: tables of Markdown or HTML with columns of the
//! poster's choice, and lists of values and names.
//!
//! Nobody says what the columns are but their heads and what stands in them. A value
//! that may be flat or cum is taken for flat where all of them together fit into the
//! total, else for cum.

use std::borrow::Cow;

use super::cell::{Cell, Value, is_go_name};
use super::error::{TableError, TableErrorKind};
use super::line::{Line, Row, classify};
use super::number::Amount;
use super::reader::Reader;
use super::text::{NumberedLines, clean, unquote};
use super::{Table, TableWarning};

/// How many words beside values and a name a row of a list may have: more is prose.
const WORDS: usize = 2;

/// How much more than all the values may be by rounding.
const ROUNDING: f64 = 1.02;

/// How a line between two stacks begins.
const STACK_RULE: &str = "-----------+---";

/// Reads the rows of a text, if there are any.
pub(super) fn read(text: &str) -> Result<Option<Table>, TableError> {
    let mut loose = Loose::default();
    let mut grid = None;
    for (number, line) in NumberedLines::of(text) {
        if !may_say_something(line) {
            grid = None;
            continue;
        }
        let line = clean(line);
        let line = unquote(&line);
        loose.number = number;
        match cells(line) {
            Some(cells) => loose.grid_row(&cells, grid.get_or_insert_default()),
            None => {
                grid = None;
                loose.line(line);
            }
        }
    }
    loose.finish()
}

/// Whether a text has a row or so.
pub(super) fn has_rows(text: &str) -> bool {
    read(text).is_ok_and(|table| table.is_some())
}

/// Whether a line may be a row or a header. Most of a long text has neither.
fn may_say_something(line: &str) -> bool {
    let is_in_name = |pair: &[u8]| {
        pair[0] == b'.' && (pair[1].is_ascii_alphabetic() || matches!(pair[1], b'_' | b'(' | b'['))
    };
    let is_other = |byte: u8| matches!(byte, b'|' | b':' | b'+');
    line.bytes().any(is_other) || line.as_bytes().windows(2).any(is_in_name)
}

/// The cells of a line of a table, where it is one.
fn cells(line: &str) -> Option<Vec<Cow<'_, str>>> {
    if line.matches('|').count() < 2 {
        return None;
    }
    let inner = line.trim().trim_matches('|');
    let mut cells = Vec::new();
    let (mut from, mut before) = (0, ' ');
    for (at, c) in inner.char_indices() {
        if c == '|' && before != '\\' {
            cells.push(&inner[from..at]);
            from = at + 1;
        }
        before = c;
    }
    cells.push(&inner[from..]);
    let plain = |cell: &str| match cell.contains("\\|") {
        true => Cow::Owned(cell.trim().replace("\\|", "|")),
        false => Cow::Owned(cell.trim().to_owned()),
    };
    Some(cells.into_iter().map(plain).collect())
}

/// What stands in a column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Flat,
    Cum,
    /// Something else, such as how many objects.
    Other,
}

/// What the head of a table says of its columns.
#[derive(Debug, Default)]
struct Grid {
    columns: Vec<Option<Column>>,
    /// What a bare number is, where the head says so: `flat (MB)`.
    units: Vec<Option<&'static str>>,
    has_head: bool,
}

impl Grid {
    fn head(&mut self, cells: &[Cow<'_, str>]) {
        self.has_head = true;
        self.columns = cells.iter().map(|cell| column_of(cell)).collect();
        self.units = cells.iter().map(|cell| unit_of(cell)).collect();
    }
}

/// What the head of a column says that it is.
fn column_of(head: &str) -> Option<Column> {
    const HEADS: [(Column, &[&str]); 4] = [
        (
            Column::Other,
            &[
                "count", "object", "#", "calls", "sum%", "delta", "change", "before",
            ],
        ),
        (Column::Cum, &["cum", "inclusive"]),
        (
            Column::Name,
            &[
                "function",
                "func",
                "name",
                "symbol",
                "site",
                "frame",
                "method",
                "caller",
                "allocator",
            ],
        ),
        (
            Column::Flat,
            &[
                "flat", "self", "inuse", "in use", "in-use", "memory", "mem", "size", "bytes",
                "value", "heap", "alloc", "retained", "usage", "share", "%", "mb", "gb",
            ],
        ),
    ];
    let head = head.to_lowercase();
    let says = |words: &&[&str]| words.iter().any(|word| head.contains(word));
    let found = HEADS.iter().find(|(_, words)| says(words));
    found.map(|(column, _)| *column)
}

/// The unit that the head of a column says.
fn unit_of(head: &str) -> Option<&'static str> {
    let words = head.split(|c: char| !c.is_ascii_alphabetic());
    let mut units = words.filter_map(|word| match word {
        "B" | "bytes" => Some("B"),
        "kB" | "KB" | "KiB" => Some("kB"),
        "MB" | "MiB" => Some("MB"),
        "GB" | "GiB" => Some("GB"),
        _ => None,
    });
    units.next()
}

/// One row, as far as it says.
#[derive(Debug, Clone, Default)]
struct LooseRow {
    line: usize,
    name: String,
    flat: Value,
    cum: Value,
    /// Whether somebody says that the value is flat, or there is a cum beside it.
    is_told: bool,
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Loose {
    number: usize,
    rows: Vec<LooseRow>,
    program: Option<String>,
    sample_type: Option<String>,
    time: Option<String>,
    total: Option<Amount>,
    /// Whether the lines are stacks, as `traces` prints them.
    in_stacks: bool,
}

impl Loose {
    /// A line that is of no table: a header of pprof, or a row of a list.
    fn line(&mut self, line: &str) {
        // Stacks are no rows.
        self.in_stacks |= line.starts_with(STACK_RULE);
        match classify(line) {
            Ok(Line::About(about)) => {
                self.in_stacks = false;
                self.program = about.program.map(str::to_owned).or(self.program.take());
                let sample_type = about.sample_type.map(str::to_owned);
                self.sample_type = sample_type.or(self.sample_type.take());
            }
            Ok(Line::Totals { total, .. } | Line::Total { total, .. }) => self.total = Some(total),
            Ok(Line::Time(time)) => self.time = Some(time.to_owned()),
            Ok(Line::Other) if !self.in_stacks => {
                if let Some(row) = list_row(line) {
                    self.push(row);
                }
            }
            _ => {}
        }
    }

    fn grid_row(&mut self, cells: &[Cow<'_, str>], grid: &mut Grid) {
        if cells
            .iter()
            .all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | ' ')))
        {
            return;
        }
        let parsed = cells.iter().enumerate().map(|(at, cell)| {
            let unit = grid.units.get(at).copied().flatten();
            Cell::parse(cell, unit)
        });
        let parsed: Vec<Cell<'_>> = parsed.collect();
        let is_row = parsed.iter().any(|cell| matches!(cell, Cell::Value(_)));
        if !is_row {
            if !grid.has_head {
                grid.head(cells);
            }
            return;
        }
        if let Some(row) = row_of_cells(&parsed, &grid.columns) {
            self.push(row);
        }
    }

    fn push(&mut self, row: LooseRow) {
        self.rows.push(LooseRow {
            line: self.number,
            ..row
        });
    }

    fn finish(mut self) -> Result<Option<Table>, TableError> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        self.values_of_shares();
        self.rows
            .retain(|row| row.flat.amount.is_some() || row.cum.amount.is_some());
        if self.rows.is_empty() {
            return Err(TableErrorKind::NoSizes.anywhere());
        }
        let is_cum = self.untold_are_cum();
        let has_untold = self.rows.iter().any(|row| !row.is_told);
        let mut reader = Reader::at(0);
        reader.begin(self.program, self.sample_type, self.time);
        if let Some(total) = self.total {
            reader.total(total)?;
        }
        for row in &self.rows {
            reader.number = row.line;
            reader.row(&top_row(row, is_cum))?;
        }
        let mut table = reader.finish()?;
        if has_untold {
            let are_cum = is_cum;
            table.warnings.push(TableWarning::Values { are_cum });
        }
        Ok(Some(table))
    }

    /// Where the total is known, a share shows a value.
    fn values_of_shares(&mut self) {
        let Some(total) = self.total else { return };
        for row in &mut self.rows {
            for value in [&mut row.flat, &mut row.cum] {
                value.fill(total);
            }
        }
    }

    /// Whether values without a known column count callees twice: together
    /// they are more than all.
    fn untold_are_cum(&self) -> bool {
        let untold = self.rows.iter().filter(|row| !row.is_told);
        let shares: f64 = untold.clone().filter_map(|row| row.flat.share).sum();
        let values: f64 = untold
            .filter_map(|row| row.flat.amount)
            .map(|amount| amount.value as f64)
            .sum();
        let is_more = |total: Amount| values > total.value as f64 * ROUNDING;
        shares > 100.0 * ROUNDING || self.total.is_some_and(is_more)
    }
}

/// The row of a table by what its columns are, or else by what stands in them: the first
/// value is flat, the second cum.
fn row_of_cells(cells: &[Cell<'_>], columns: &[Option<Column>]) -> Option<LooseRow> {
    let mut row = LooseRow::default();
    let column = |at: usize| columns.get(at).copied().flatten();
    let mut values = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        match (column(at), cell) {
            (Some(Column::Name) | None, Cell::Name(name)) if row.name.is_empty() => {
                row.name = (*name).to_owned();
            }
            (Some(Column::Name), Cell::Words(words)) if row.name.is_empty() => {
                row.name = Some(*words).filter(|words| words.contains('.'))?.to_owned();
            }
            (_, Cell::Name(name)) if row.name.is_empty() => row.name = (*name).to_owned(),
            (Some(Column::Flat), Cell::Value(value)) => row.flat.add(value),
            (Some(Column::Cum), Cell::Value(value)) => {
                row.cum.add(value);
                row.is_told = true;
            }
            (None, Cell::Value(value)) => values.push(*value),
            _ => {}
        }
    }
    let has_flat_head = columns.contains(&Some(Column::Cum));
    row.is_told |= has_flat_head;
    for value in values {
        match row.flat.accepts(&value) {
            true => row.flat.add(&value),
            false => {
                row.is_told |= value.amount.is_some();
                row.cum.add(&value);
            }
        }
    }
    let has_value = !row.flat.is_empty() || !row.cum.is_empty();
    (has_value && !row.name.is_empty()).then_some(row)
}

/// The row of a list: a name of Go with one or two values before or behind it, and
/// hardly a word else.
fn list_row(line: &str) -> Option<LooseRow> {
    const LEFT_OUT: [&str; 16] = [
        "of",
        "the",
        "heap",
        "in",
        "use",
        "inuse",
        "inuse_space",
        "total",
        "with",
        "at",
        "is",
        "holds",
        "flat",
        "(inline)",
        "and",
        "mem",
    ];
    let mut row = LooseRow::default();
    let mut words = 0;
    let mut is_cum = false;
    for word in line.split([' ', '\t']).filter(|word| !word.is_empty()) {
        let bare =
            word.trim_matches(['*', '`', '~', '(', '[', ']', ',', ';', ':', '"', '\u{2248}']);
        let bare = if word.ends_with("%)") {
            bare.trim_end_matches(')')
        } else {
            bare
        };
        let name = word.trim_matches(['`', ',', ';', ':', '"']);
        let name = name.trim_start_matches("**").trim_end_matches("**");
        let lower = bare.to_lowercase();
        if let Cell::Value(value) = Cell::parse(bare.trim_end_matches(')'), None) {
            let is_bare_number = value.amount.is_some_and(|amount| amount.unit.is_none());
            if is_bare_number {
                continue;
            }
            match is_cum || !row.flat.accepts(&value) {
                true => row.cum.add(&value),
                false => row.flat.add(&value),
            }
        } else if row.name.is_empty() && is_go_name(name) {
            row.name = name.to_owned();
        } else if lower == "cum" || lower == "cumulative" {
            is_cum = row.flat.amount.is_some();
            row.is_told = true;
        } else {
            row.is_told |= lower == "flat";
            let is_word = bare.chars().any(char::is_alphabetic);
            words += usize::from(is_word && !LEFT_OUT.contains(&lower.as_str()));
        }
    }
    row.is_told |= row.cum.amount.is_some();
    let has_value = row.flat.amount.is_some() || row.flat.share.is_some();
    (has_value && words <= WORDS && !row.name.is_empty()).then_some(row)
}

/// The row as `top` would have it.
fn top_row(row: &LooseRow, untold_are_cum: bool) -> Row<'_> {
    const NOTHING: Amount = Amount {
        value: 0,
        unit: None,
        rounding: 0,
        exact: 0.0,
        factor: 1.0,
    };
    let (mut flat, mut cum) = (row.flat, row.cum);
    if !row.is_told && untold_are_cum {
        cum = std::mem::take(&mut flat);
    }
    let flat_amount = flat.amount.unwrap_or(NOTHING);
    // What is below a function is not less than what it has itself.
    let cum_amount = cum.amount.filter(|cum| cum.value >= flat_amount.value);
    Row {
        flat: flat_amount,
        flat_share: flat.share.unwrap_or(0.0),
        sum_share: None,
        cum: cum_amount.unwrap_or(flat_amount),
        cum_share: cum.share.unwrap_or(0.0),
        name: row.name.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Total, then each row: flat, cum, name.
    fn check(text: &str, expected: &str) {
        let shown = match read(text) {
            Ok(Some(table)) => {
                let total = table
                    .total
                    .map_or("-".to_owned(), |total| total.to_string());
                let rows = table.rows.iter();
                let rows = rows.map(|row| format!("{} {} {}", row.flat, row.cum, row.name));
                let warnings = table
                    .warnings
                    .iter()
                    .map(|warning| format!("! {warning:?}"));
                let lines = std::iter::once(total).chain(rows).chain(warnings);
                lines.collect::<Vec<_>>().join("\n")
            }
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        };
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        assert_eq!(shown, expected.join("\n"), "{text}");
    }

    const FLAT: &str = "! Values { are_cum: false }";
    const CUM: &str = "! Values { are_cum: true }";

    #[test]
    fn tables_of_markdown_are_read_by_their_heads() {
        check(
            "| Function | Flat | Cumulative |
|---|---|---|
| `meta.(*Mapper).Add` | **512 MB (50.0%)** | 512 MB |
| `rest.NewMapper` | \u{2014} | **768 MB (75.0%)** |",
            "1073741824
             536870912 536870912 meta.(*Mapper).Add
             0 805306368 rest.NewMapper",
        );
        check(
            "| MB (in use) | # objects | allocation site |
| --: | --: | :-- |
| 512 | 77 | main.load |
| 1.5 | 3 | main.(*T).f |",
            &format!("-\n536870912 536870912 main.load\n1572864 1572864 main.(*T).f\n{FLAT}"),
        );
    }

    #[test]
    fn tables_without_a_head_are_read_by_what_stands_in_them() {
        check(
            "| main.f | 1kB | 25% | 2kB | 50% |\n| main.g | 1kB | 25% | 1kB | 25% |",
            "4096\n1024 2048 main.f\n1024 1024 main.g",
        );
        check("| 1kB | main.f |", &format!("-\n1024 1024 main.f\n{FLAT}"));
    }

    #[test]
    fn rows_of_a_list_have_a_value_a_share_and_a_name() {
        for text in [
            "1kB 25% main.f\n2kB 50% main.(*T).g",
            "1kB, 25%, main.f\n2kB, 50%, main.(*T).g",
            "1kB (25%) main.f\n2kB (50%) main.(*T).g",
            "- main.f: 1kB (25%)\n- main.(*T).g: 2kB (50%)",
            "* `main.f` \u{2014} 1 kB, 25%\n* `main.(*T).g` \u{2014} 2 kB, 50%",
            "1. main.f 1kB 25%\n2. main.(*T).g 2kB 50%",
            "main.f holds 1kB (25% of the heap)\n**main.(*T).g** holds 2kB (50% of the heap)",
        ] {
            check(
                text,
                &format!("4096\n1024 1024 main.f\n2048 2048 main.(*T).g\n{FLAT}"),
            );
        }
        check(
            "Total: 4kB\nmain.f 25%\nmain.g 50%",
            &format!("4096\n1024 1024 main.f\n2048 2048 main.g\n{FLAT}"),
        );
        check("main.f: flat 1kB, cum 2kB", "-\n1024 2048 main.f");
        check("1kB 2kB main.f", "-\n1024 2048 main.f");
    }

    #[test]
    fn values_that_are_more_than_all_together_are_cum() {
        check(
            "4kB 100% main.main\n2kB 50% main.f",
            &format!("4096\n0 4096 main.main\n0 2048 main.f\n{CUM}"),
        );
    }

    #[test]
    fn shares_without_sizes_are_refused() {
        check(
            "main.f 25%\nmain.g 50%",
            "invalid table: the rows have percentages, but no sizes; add the line that says of how much \
             (`Showing nodes accounting for …`)",
        );
    }

    #[test]
    fn prose_is_no_list() {
        for prose in [
            "It takes 5GB after a while, and we do not know why; see heap.pb.gz",
            "we upgraded to v1.20.3 and it is 5GB",
            "k8s.io 5GB",
            "see https://example.com/a.b 5GB",
            "the function main.f of our own server takes more than 5GB of it now",
            "main.f",
        ] {
            check(prose, "nothing");
        }
    }
}
