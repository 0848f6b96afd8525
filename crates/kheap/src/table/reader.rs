//! The lines of a text, put together to a table.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::check::{NAME, Printed, check};
use super::error::{TableError, TableErrorKind};
use super::line::{About, Edge, Line, Row, classify, numbers};
use super::moments::choose;
use super::name::Name;
use super::number::{Amount, rounded};
use super::text::excerpt;
use super::wrap::{Lines, unwrap};
use super::{Table, TableEdge, TableRow, TableWarning, Unit};

/// Reads all tables of a text, and chooses the one that is looked at.
pub(super) fn read(text: &str) -> Result<Table, TableError> {
    let mut lines = Lines::of(text);
    let (first, mut next) = read_one(&mut lines, Reader::at(0))?;
    let mut tables = vec![first];
    while let Some(found) = next {
        let before = tables.last().expect("the first was read");
        // What cannot be read behind the first table is not asked for.
        let Ok((table, after)) = read_one(&mut lines, Reader::after(before, &found)) else {
            break;
        };
        let is_told = found.said.sample_type.is_some();
        tables.push(with_own_type(table, tables.last(), is_told));
        next = after;
    }
    match tables.len() {
        1 => Ok(tables.remove(0)),
        _ => Ok(choose(tables)),
    }
}

/// A sample type that was read before goes on, but not in another unit.
fn with_own_type(mut table: Table, before: Option<&Table>, is_told: bool) -> Table {
    if !is_told && before.is_some_and(|before| before.unit != table.unit) {
        table.sample_type = None;
    }
    table
}

/// What is said of a table outside of its rows.
#[derive(Debug, Clone, Default)]
struct Said {
    program: Option<String>,
    sample_type: Option<String>,
    time: Option<String>,
    /// How long a profile of changes was taken, in nanoseconds.
    duration: Option<i64>,
}

/// What is known of a table before it is read.
#[derive(Debug)]
struct Next {
    /// Where it starts.
    line: usize,
    /// What was said since the table before.
    said: Said,
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
            let next = Next {
                line: line.number,
                said: std::mem::take(&mut reader.said_after),
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
    /// What is said after the rows.
    said_after: Said,
    /// How long a profile of changes was taken, in nanoseconds.
    duration: Option<i64>,
    /// How many bytes a bare number is worth, where the total says so.
    bare: f64,
    /// How many values were printed in each unit, by how many bytes it is.
    units: BTreeMap<u64, usize>,
    /// Whether a row came in this block of a call graph: callers stand above it, and
    /// callees below.
    below_row: bool,
    /// The routine whose values come next.
    routine: Option<String>,
    /// Whether a header of the same heap came, whose rows go on with these.
    goes_on: bool,
    /// Whether some rows are of another output of the same heap, so that those of one
    /// function are one row.
    merges: bool,
    /// The rows by name, source and address.
    known: HashMap<RowKey, usize>,
    /// The first row of each name, and whether it names its source.
    names: HashMap<String, (usize, bool)>,
    /// The names of the first rows, and how many rows these are: looked for where a table
    /// may start anew.
    looked_up: HashSet<String>,
    looked_at: usize,
}

/// What distinguishes the rows of one heap.
type RowKey = (String, Option<String>, Option<u64>);

impl Reader {
    /// A reader of a table that starts at a line.
    pub(super) fn at(number: usize) -> Self {
        Self {
            table: Table::empty(number),
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
            said_after: Said::default(),
            duration: None,
            bare: 1.0,
            units: BTreeMap::new(),
            below_row: false,
            routine: None,
            goes_on: false,
            merges: false,
            known: HashMap::new(),
            names: HashMap::new(),
            looked_up: HashSet::new(),
            looked_at: 0,
        }
    }

    /// A reader of the table behind another one: what was said goes on.
    fn after(before: &Table, next: &Next) -> Self {
        let mut reader = Self::at(next.line);
        let said = next.said.clone();
        reader.table.program = said.program.or_else(|| before.program.clone());
        reader.table.sample_type = said.sample_type.or_else(|| before.sample_type.clone());
        reader.table.time = said.time;
        reader.duration = said.duration;
        reader
    }

    fn classify<'a>(&self, line: &'a str) -> Result<Line<'a>, TableError> {
        classify(line).map_err(|kind| kind.at(self.number))
    }

    /// Whether a line belongs to a second table: it is a header, or after a gap a
    /// row whose running sum starts anew.
    fn starts_another(&mut self, line: &Line<'_>) -> bool {
        self.has_rows()
            && match line {
                Line::Totals { total, .. } | Line::Total { total, .. } => !self.is_same_heap(total),
                Line::Columns => !self.goes_on,
                Line::Row(_) if self.goes_on => false,
                Line::Row(row) => {
                    let is_first = row.sum_share == Some(row.flat_share);
                    self.gap && is_first && self.is_anew(row)
                }
                _ => false,
            }
    }

    /// Whether a row that is first in a table cannot follow those before.
    fn is_anew(&mut self, row: &Row<'_>) -> bool {
        let new = self.table.rows.iter().skip(self.looked_at);
        self.looked_up.extend(new.map(|row| row.name.clone()));
        self.looked_at = self.table.rows.len();
        let name = Name::parse(&row.name).name;
        self.last_sum > row.flat_share || self.looked_up.contains(name)
    }

    /// Whether a total is that of the table, so that what follows is another look at the
    /// same heap: `top -cum`, `peek` or `list` after `top`.
    fn is_same_heap(&self, total: &Amount) -> bool {
        let said = &self.said_after;
        let is_same = |said: &Option<String>, known: &Option<String>| {
            said.is_none() || known.is_none() || said == known
        };
        // Nobody says so of memory in use, as it is what pprof shows.
        let type_of = |said: &Option<String>| said.clone().unwrap_or("inuse_space".to_owned());
        let known_type = type_of(&self.table.sample_type);
        self.table.total == Some(total.value)
            && is_same(&said.program, &self.table.program)
            && (said.sample_type.as_ref()).is_none_or(|said| *said == known_type)
            && is_same(&said.time, &self.table.time)
    }

    /// Rows that stood there before are not to be added once more.
    fn go_on(&mut self) {
        (self.goes_on, self.merges) = (true, true);
    }

    fn take(&mut self, line: Line<'_>, text: &str) -> Result<(), TableError> {
        let is_row = matches!(line, Line::Row(_));
        let is_edge = matches!(line, Line::Edge(_));
        self.mind(&line, text);
        match line {
            Line::Row(row) => self.rows(&row)?,
            Line::Half(missing) => {
                self.half.get_or_insert((self.number, missing));
                self.halves += 1;
            }
            Line::Edge(edge) => self.edge(edge),
            Line::Routine(name) => self.routine = Some(name.to_owned()),
            Line::RoutineValues { flat, cum, share } => self.routine_row(flat, cum, share)?,
            Line::Totals { .. } | Line::Total { .. } if self.has_rows() => self.go_on(),
            // What follows a table is not about it, but about the next one.
            Line::About(about) if self.has_rows() => {
                let said = &mut self.said_after;
                said.program = about.program.map(str::to_owned).or(said.program.take());
                let sample_type = about.sample_type.map(str::to_owned);
                said.sample_type = sample_type.or(said.sample_type.take());
            }
            Line::Time(time) if self.has_rows() => self.said_after.time = Some(time.to_owned()),
            Line::Duration(nanos) if self.has_rows() => self.said_after.duration = Some(nanos),
            _ if self.has_rows() => {}
            Line::About(about) => self.about(about),
            Line::Totals { shown, total } => self.totals(shown, total)?,
            Line::Total { total, bare } => {
                self.table.total = Some(self.value(total, "total")?);
                self.bare = bare;
            }
            Line::Time(time) => self.table.time = Some(time.to_owned()),
            Line::Duration(nanos) => self.duration = Some(nanos),
            Line::Count(count) => self.announced = Some(count),
            Line::Columns | Line::Other => {}
        }
        self.gap = !is_row;
        self.below_row = is_row || self.below_row && is_edge;
        Ok(())
    }

    /// Minds lines that stand between rows without a blank, as no prose does; those of a
    /// call graph are known.
    fn mind(&mut self, line: &Line<'_>, text: &str) {
        let is_known = text.contains('|') || text.starts_with('-') || text.starts_with("Showing ");
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
                is_callee: self.below_row,
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

    /// The row of a routine whose source was listed.
    fn routine_row(&mut self, flat: Amount, cum: Amount, share: f64) -> Result<(), TableError> {
        let Some(routine) = self.routine.take() else {
            return Ok(());
        };
        let (name, source) = routine.rsplit_once(" in ").unwrap_or((&routine, ""));
        let name = match source {
            "" => Cow::Borrowed(name),
            source => Cow::Owned(format!("{name} {source}")),
        };
        self.row(&Row {
            flat,
            // Not printed.
            flat_share: 0.0,
            sum_share: None,
            cum,
            cum_share: share,
            name,
        })
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

    /// Says what is known of a table before its rows.
    pub(super) fn begin(
        &mut self,
        program: Option<String>,
        sample_type: Option<String>,
        time: Option<String>,
    ) {
        (self.table.program, self.table.sample_type) = (program, sample_type);
        self.table.time = time;
    }

    /// Says what there is in all.
    pub(super) fn total(&mut self, total: Amount) -> Result<(), TableError> {
        self.table.total = Some(self.value(total, "total")?);
        Ok(())
    }

    pub(super) fn row(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let name = Name::parse(&row.name);
        let flat = self.value(row.flat, name.name)?;
        let cum = self.value(row.cum, name.name)?;
        self.goes_on = false;
        self.last_sum = row.sum_share.unwrap_or_default();
        let known = (
            name.name.to_owned(),
            name.source.map(str::to_owned),
            name.address,
        );
        if let Some(at) = self
            .known
            .get(&known)
            .copied()
            .or_else(|| self.elsewhere(&known))
        {
            let before = &mut self.table.rows[at];
            let is_repeated = (before.flat, before.cum) == (flat, cum);
            if self.merges || is_repeated {
                (before.flat, before.cum) = (before.flat.max(flat), before.cum.max(cum));
                return Ok(());
            }
        }
        self.names
            .entry(known.0.clone())
            .or_insert((self.table.rows.len(), known.1.is_some()));
        self.known.insert(known, self.table.rows.len());
        let mut row = row.clone();
        (row.flat.value, row.cum.value) = (flat, cum);
        self.printed.note(self.table.rows.len(), &row);
        for amount in [row.flat, row.cum] {
            if amount.unit == Some(Unit::Bytes) && amount.value != 0 {
                *self.units.entry(amount.factor as u64).or_default() += 1;
            }
        }
        self.add(&name, [flat, cum]);
        Ok(())
    }

    /// The row of the same function in another output of the heap, where one of both names
    /// no source: `list` after `top` does.
    fn elsewhere(&self, (name, source, _): &RowKey) -> Option<usize> {
        let &(at, has_source) = self.names.get(name).filter(|_| self.merges)?;
        (!has_source || source.is_none()).then_some(at)
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
            text_line: self.number,
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
        if amount.unit.is_none() && self.bare != 1.0 {
            let value = rounded(amount.exact * self.bare);
            return value
                .ok_or_else(|| TableErrorKind::OutOfRange(excerpt(what, NAME)).at(self.number));
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
        self.mark_delta();
        let most = self
            .units
            .iter()
            .max_by_key(|(unit, count)| (**count, **unit));
        self.table.printed_in = most.and_then(|(unit, _)| size_unit(*unit));
        check(&mut self.table, &self.printed)?;
        self.warn_of_missing_rows();
        Ok(self.table)
    }

    /// A profile of memory that took some time says what changed meanwhile: Go's own of
    /// a heap takes none.
    fn mark_delta(&mut self) {
        if self.table.unit == Unit::Bytes {
            self.table.delta_nanos = self.duration.filter(|&nanos| nanos > 0);
            self.table.is_difference |= self.table.delta_nanos.is_some();
        }
    }

    fn warn_of_missing_rows(&mut self) {
        let rows = self.table.rows.len();
        let warnings = &mut self.table.warnings;
        if let Some(line) = self.strange {
            let more = self.stranges - 1;
            warnings.push(TableWarning::NotRow { line, more });
        }
        if let Some((line, missing)) = self.half {
            let more = self.halves - 1;
            warnings.push(TableWarning::HalfRow {
                line,
                more,
                missing: missing.into(),
            });
        }
        if let Some(announced) = self.announced.filter(|&announced| announced > rows) {
            warnings.push(TableWarning::MissingRows { rows, announced });
        }
    }
}

/// The unit of so many bytes.
fn size_unit(bytes: u64) -> Option<&'static str> {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let power = (0..UNITS.len()).find(|power| 1 << (10 * power) == bytes)?;
    Some(UNITS[power])
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
