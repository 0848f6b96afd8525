//! The lines of a text, put together to a table.

use std::borrow::Cow;

use super::check::{NAME, Printed, check, is_in_use};
use super::error::{TableError, TableErrorKind};
use super::line::{About, Edge, Line, Row, classify, numbers};
use super::name::Name;
use super::number::Amount;
use super::text::excerpt;
use super::wrap::{Lines, unwrap};
use super::{Table, TableEdge, TableRow, Unit};

/// Reads the first table of a text that is of memory in use, else the first one.
pub(super) fn read(text: &str) -> Result<Table, TableError> {
    let mut lines = Lines::of(text);
    let (mut first, next) = read_one(&mut lines, Reader::at(0))?;
    let Some(next) = next else { return Ok(first) };
    let line = next.line;
    if !is_in_use(&first)
        && let Some(other) = read_in_use(lines, &first, next)
    {
        return Ok(other);
    }
    first.has_more = true;
    first.warnings.push(format!(
        "another table starts at line {line}; only the first is read"
    ));
    Ok(first)
}

/// What is known of a table before it is read.
#[derive(Debug)]
struct Next {
    /// Where it starts.
    line: usize,
    /// What was said since the table before.
    program: Option<String>,
    sample_type: Option<String>,
}

/// Reads the first of the tables behind another that is of memory in use. What cannot
/// be read of them is not asked for.
fn read_in_use(mut lines: Lines<'_>, first: &Table, mut next: Next) -> Option<Table> {
    let mut before = (first.program.clone(), first.sample_type.clone(), first.unit);
    loop {
        let (program, sample_type, unit) = before;
        let line = next.line;
        let mut reader = Reader::at(line);
        reader.table.program = next.program.or(program);
        let is_told = next.sample_type.is_some();
        reader.table.sample_type = next.sample_type.or(sample_type);
        let (mut table, after) = read_one(&mut lines, reader).ok()?;
        // A sample type that was told before goes on, but not in another unit.
        if !is_told && table.unit != unit {
            table.sample_type = None;
        }
        if is_in_use(&table) {
            table.warnings.push(format!(
                "the table before line {line} is left out; this one is of memory in use"
            ));
            return Some(table);
        }
        before = (table.program, table.sample_type, table.unit);
        next = after?;
    }
}

/// Reads one table, and says where the next one starts: `lines` go on there.
fn read_one(
    lines: &mut Lines<'_>,
    mut reader: Reader,
) -> Result<(Table, Option<Next>), TableError> {
    loop {
        let here = lines.clone();
        let Some(line) = lines.next() else {
            return Ok((reader.finish()?, None));
        };
        reader.number = line.number;
        let found = reader.classify(&line.text)?;
        let wrapped = match found {
            Line::Row(_) | Line::Half(_) => unwrap(&line, &found, lines),
            _ => None,
        };
        let found = match &wrapped {
            Some(joined) => reader.classify(joined)?,
            None => found,
        };
        if reader.starts_another(&found) {
            *lines = here;
            let (program, sample_type) = std::mem::take(&mut reader.said_after);
            let next = Next {
                line: line.number,
                program,
                sample_type,
            };
            return Ok((reader.finish()?, Some(next)));
        }
        reader.take(found, &line.text)?;
    }
}

/// What has been read so far.
#[derive(Debug)]
pub(super) struct Reader {
    table: Table,
    /// The line being read, counted from 1.
    pub(super) number: usize,
    /// The unit that some value had.
    unit: Option<Unit>,
    /// How many rows pprof says that it shows.
    announced: Option<usize>,
    /// The first half row, and how many there are.
    half: Option<(usize, &'static str)>,
    halves: usize,
    printed: Printed,
    /// The sum% of the row before.
    last_sum: f64,
    /// Whether something else stands between the last row and this line.
    gap: bool,
    /// A line after a row that is none; it matters if another row follows.
    pending: Option<usize>,
    /// The first of such lines between rows, and how many there are.
    strange: Option<usize>,
    stranges: usize,
    /// Program and sample type that are said after the rows.
    said_after: (Option<String>, Option<String>),
}

impl Reader {
    /// A reader of a table that starts at a line.
    pub(super) fn at(number: usize) -> Self {
        Self {
            table: Table::empty(),
            number,
            unit: None,
            announced: None,
            half: None,
            halves: 0,
            printed: Printed::default(),
            last_sum: 0.0,
            gap: false,
            pending: None,
            strange: None,
            stranges: 0,
            said_after: (None, None),
        }
    }

    fn classify<'a>(&self, line: &'a str) -> Result<Line<'a>, TableError> {
        classify(line).map_err(|kind| kind.at(self.number))
    }

    /// Whether a line belongs to a second table: it is a header, or after a gap a
    /// row whose running sum starts anew.
    fn starts_another(&self, line: &Line<'_>) -> bool {
        self.has_rows()
            && match line {
                Line::Totals { .. } | Line::Columns => true,
                Line::Row(row) => {
                    let is_first = row.sum_share == Some(row.flat_share);
                    self.gap && is_first && self.last_sum > row.flat_share
                }
                _ => false,
            }
    }

    fn take(&mut self, line: Line<'_>, text: &str) -> Result<(), TableError> {
        let is_row = matches!(line, Line::Row(_));
        self.mind(&line, text);
        match line {
            Line::Row(row) => self.rows(&row)?,
            Line::Half(missing) => {
                self.half.get_or_insert((self.number, missing));
                self.halves += 1;
            }
            // What follows a table is not about it, but about the next one.
            Line::About(about) if self.has_rows() => {
                let (program, sample_type) = &mut self.said_after;
                if let Some(said) = about.program {
                    *program = Some(said.to_owned());
                }
                if let Some(said) = about.sample_type {
                    *sample_type = Some(said.to_owned());
                }
            }
            Line::Edge(edge) => self.edge(edge),
            _ if self.has_rows() => {}
            Line::About(about) => self.about(about),
            Line::Totals { shown, total } => self.totals(shown, total)?,
            Line::Count(count) => self.announced = Some(count),
            Line::Columns | Line::Other => {}
        }
        self.gap = !is_row;
        Ok(())
    }

    /// Minds lines that stand between rows without a blank, as no prose does; those of a
    /// call graph are known.
    fn mind(&mut self, line: &Line<'_>, text: &str) {
        let is_known = text.contains('|') || text.starts_with('-');
        match line {
            Line::Row(_) => {
                if let Some(number) = self.pending.take() {
                    self.strange.get_or_insert(number);
                    self.stranges += 1;
                }
            }
            Line::Other if !is_known && text.contains(char::is_alphanumeric) => {
                if !self.gap && self.has_rows() {
                    self.pending = Some(self.number);
                }
            }
            _ => self.pending = None,
        }
    }

    /// What does not fit the values of the rows is no edge of theirs.
    fn edge(&mut self, edge: Edge<'_>) {
        let unit = edge.weight.unit;
        if unit.is_none() || self.unit.is_none() || unit == self.unit {
            self.table.edges.push(TableEdge {
                name: Name::parse(edge.name).name.to_owned(),
                weight: edge.weight.value,
            });
        }
    }

    /// What is said last counts: at a prompt the sample type may change.
    fn about(&mut self, about: About<'_>) {
        let (program, sample_type) = (about.program, about.sample_type);
        if let Some(program) = program {
            self.table.program = Some(program.to_owned());
        }
        if let Some(sample_type) = sample_type {
            self.table.sample_type = Some(sample_type.to_owned());
        }
    }

    /// A header without rows is forgotten when the next one comes.
    fn totals(&mut self, shown: Amount, total: Amount) -> Result<(), TableError> {
        (self.unit, self.announced) = (None, None);
        self.table.edges.clear();
        self.table.shown = Some(self.value(shown, "shown")?);
        self.table.total = Some(self.value(total, "total")?);
        Ok(())
    }

    /// A row, and those that ran into its line.
    fn rows(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let mut text: &str = &row.name;
        let mut numbers = row.clone();
        while let Some((name, next, rest)) = split_row(text) {
            numbers.name = name.into();
            self.row(&numbers)?;
            (numbers, text) = (next, rest);
        }
        numbers.name = text.into();
        self.row(&numbers)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let name = Name::parse(&row.name);
        let flat = self.value(row.flat, name.name)?;
        let cum = self.value(row.cum, name.name)?;
        self.printed.note(self.table.rows.len(), row);
        self.last_sum = row.sum_share.unwrap_or_default();
        self.add(&name, [flat, cum]);
        Ok(())
    }

    /// Adds a row of flat and cum.
    pub(super) fn add(&mut self, name: &Name<'_>, [flat, cum]: [i64; 2]) {
        self.table.rows.push(TableRow {
            name: name.name.to_owned(),
            flat,
            cum,
            inline: name.inline,
            source: name.source.map(str::to_owned),
            address: name.address,
            line: self.number,
        });
    }

    pub(super) fn has_rows(&self) -> bool {
        !self.table.rows.is_empty()
    }

    /// A value, once its unit fits those before. A bare number fits all.
    fn value(&mut self, amount: Amount, what: &str) -> Result<i64, TableError> {
        if let Some(unit) = amount.unit
            && *self.unit.get_or_insert(unit) != unit
        {
            return Err(TableErrorKind::MixedUnits(excerpt(what, NAME)).at(self.number));
        }
        Ok(amount.value)
    }

    /// The table, once its numbers fit each other.
    pub(super) fn finish(mut self) -> Result<Table, TableError> {
        if !self.has_rows() {
            return Err(match self.half {
                Some((line, missing)) => TableErrorKind::HalfRow { missing }.at(line),
                None => TableErrorKind::NoRows { lines: self.number }.anywhere(),
            });
        }
        self.table.unit = self.unit.unwrap_or(Unit::Count);
        check(&mut self.table, &self.printed)?;
        self.warn_of_missing_rows();
        Ok(self.table)
    }

    fn warn_of_missing_rows(&mut self) {
        let rows = self.table.rows.len();
        let and_more = |count: usize| match count - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        if let Some(line) = self.strange {
            let more = and_more(self.stranges);
            let warning = format!("line {line}{more} between rows is left out: it is no row");
            self.table.warnings.push(warning);
        }
        if let Some((line, missing)) = self.half {
            let more = and_more(self.halves);
            (self.table.warnings).push(format!(
                "line {line}{more} is left out: it is half a row, {missing} is missing"
            ));
        }
        if let Some(announced) = self.announced.filter(|&announced| announced > rows) {
            let warning = format!("only {rows} of the {announced} rows are in the text");
            self.table.warnings.push(warning);
        }
    }
}

/// Parts a name, the numbers of another row that ran into its line, and what follows.
fn split_row(text: &str) -> Option<(&str, Row<'_>, &str)> {
    let blanks = text.match_indices("  ").map(|(at, _)| at);
    let mut starts = blanks.filter(|&at| !text[at..].starts_with("   "));
    starts.find_map(|at| {
        let (name, rest) = (text[..at].trim_end(), text[at..].trim_start());
        let Ok(Line::Row(mut row)) = numbers(rest) else {
            return None;
        };
        let Cow::Borrowed(last) = std::mem::take(&mut row.name) else {
            return None;
        };
        row.sum_share.is_some().then_some((name, row, last))
    })
}
