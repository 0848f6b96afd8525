//! The lines of a text, put together to a table.

use std::borrow::Cow;
use std::iter::Enumerate;

use super::csv;
use super::error::{TableError, TableErrorKind};
use super::line::{About, Line, Row, classify, numbers};
use super::margin::Margin;
use super::name::{Name, is_complete, is_source, split_mark};
use super::number::{Amount, rounded};
use super::text::{clean, unquote};
use super::{Table, TableRow, Unit};
use crate::graph::InlineMark;
use crate::unit;

/// A name is not looked for on more lines than this; each may be read that often.
const MAX_WRAPPED_LINES: usize = 4;

/// So many lines that go on in the next one show that lines were broken at a width.
const LEAST_BROKEN: usize = 2;

/// How much more a rounded number may say than another that bounds it.
const ROUNDING: f64 = 0.02;

/// More than this no program of Go has in use: its addresses have 48 bits.
const MOST_IN_USE: i64 = 1 << 48;

/// Reads the first table of a text that is of memory in use, else the first one.
pub(super) fn read(text: &str) -> Result<Table, TableError> {
    if let Some(table) = csv::read(text)? {
        return Ok(table);
    }
    let mut lines = Lines {
        rest: text.lines().enumerate(),
        margin: Margin::of(text),
        width: width(text),
    };
    let (mut first, next) = read_one(&mut lines, Reader::new())?;
    let Some(next) = next else { return Ok(first) };
    let line = next.line;
    if !is_in_use(&first)
        && let Some(other) = read_in_use(lines, &first, next)
    {
        return Ok(other);
    }
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

/// Whether nothing speaks against a table's being of memory in use.
fn is_in_use(table: &Table) -> bool {
    let sample_type = table.sample_type.as_deref();
    table.unit == Unit::Bytes && matches!(sample_type, None | Some("inuse_space" | "space"))
}

/// Reads the first of the tables behind another that is of memory in use. What cannot
/// be read of them is not asked for.
fn read_in_use(mut lines: Lines<'_>, first: &Table, mut next: Next) -> Option<Table> {
    let mut before = (first.program.clone(), first.sample_type.clone(), first.unit);
    loop {
        let (program, sample_type, unit) = before;
        let line = next.line;
        let mut reader = Reader::new();
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

/// The lines of a text, clean and without what stands before them.
#[derive(Debug, Clone)]
struct Lines<'a> {
    rest: Enumerate<std::str::Lines<'a>>,
    margin: Option<Margin>,
    /// Where a terminal or a mail program broke the lines, if one did.
    width: Option<usize>,
}

#[derive(Debug, Clone)]
struct TextLine<'a> {
    /// From 1.
    number: usize,
    text: Cow<'a, str>,
    /// Whether it goes as far as lines do here, so that it may go on in the next one.
    is_full: bool,
}

/// The width at which lines were broken: that of the longest, where several are as long
/// and are followed by a word that is no row.
fn width(text: &str) -> Option<usize> {
    let longest = text.lines().map(length).max()?;
    let lines = text.lines().zip(text.lines().skip(1));
    let broken = lines.filter(|(line, next)| {
        let next = unquote(next);
        length(line) == longest && !next.is_empty() && !next.contains(' ')
    });
    (broken.count() >= LEAST_BROKEN).then_some(longest)
}

fn length(line: &str) -> usize {
    line.trim_end_matches('\r').chars().count()
}

impl<'a> Iterator for Lines<'a> {
    type Item = TextLine<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, line) = self.rest.next()?;
        let text = match clean(line) {
            Cow::Borrowed(line) => Margin::without(self.margin, unquote(line)),
            Cow::Owned(line) => {
                Cow::Owned(Margin::without(self.margin, unquote(&line)).into_owned())
            }
        };
        Some(TextLine {
            number: index + 1,
            is_full: Some(length(line)) == self.width,
            text,
        })
    }
}

/// What has been read so far.
#[derive(Debug)]
struct Reader {
    table: Table,
    /// The line being read, counted from 1.
    number: usize,
    /// The unit that some value had.
    unit: Option<Unit>,
    /// How many rows pprof says that it shows.
    announced: Option<usize>,
    /// The first half row, and how many there are.
    half: Option<(usize, &'static str)>,
    halves: usize,
    /// The largest value and its share, in percent.
    largest: (i64, f64),
    /// What rounding may have added to the flats together.
    rounding: i64,
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
    fn new() -> Self {
        Self {
            table: Table::empty(),
            number: 0,
            unit: None,
            announced: None,
            half: None,
            halves: 0,
            largest: (0, 0.0),
            rounding: 0,
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
        let has_rows = !self.table.rows.is_empty();
        has_rows
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
            Line::About(about) if !self.table.rows.is_empty() => {
                let (program, sample_type) = &mut self.said_after;
                if let Some(said) = about.program {
                    *program = Some(said.to_owned());
                }
                if let Some(said) = about.sample_type {
                    *sample_type = Some(said.to_owned());
                }
            }
            _ if !self.table.rows.is_empty() => {}
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
                if !self.gap && !self.table.rows.is_empty() {
                    self.pending = Some(self.number);
                }
            }
            _ => self.pending = None,
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
        for (value, share) in [(flat, row.flat_share), (cum, row.cum_share)] {
            if value.unsigned_abs() > self.largest.0.unsigned_abs() && share > 0.0 {
                self.largest = (value, share);
            }
        }
        self.rounding = self.rounding.saturating_add(row.flat.rounding);
        self.last_sum = row.sum_share.unwrap_or_default();
        self.table.rows.push(TableRow {
            name: name.name.to_owned(),
            flat,
            cum,
            inline: name.inline,
            source: name.source.map(str::to_owned),
            address: name.address,
            line: self.number,
        });
        Ok(())
    }

    /// A value, once its unit fits those before. A bare number fits all.
    fn value(&mut self, amount: Amount, what: &str) -> Result<i64, TableError> {
        if let Some(unit) = amount.unit
            && *self.unit.get_or_insert(unit) != unit
        {
            let what = what.chars().take(80).collect();
            return Err(TableErrorKind::MixedUnits(what).at(self.number));
        }
        Ok(amount.value)
    }

    fn finish(mut self) -> Result<Table, TableError> {
        if self.table.rows.is_empty() {
            return Err(match self.half {
                Some((line, missing)) => TableErrorKind::HalfRow { missing }.at(line),
                None => TableErrorKind::NoRows { lines: self.number }.anywhere(),
            });
        }
        self.table.unit = self.unit.unwrap_or(Unit::Count);
        self.check_total()?;
        self.check_rows()?;
        self.check_sum()?;
        self.warn_of_missing_rows();
        Ok(self.table)
    }

    /// Works the total out where it is not written; else sees whether it fits.
    fn check_total(&mut self) -> Result<(), TableError> {
        let (value, share) = self.largest;
        let by_share = (share > 0.0).then(|| value.unsigned_abs() as f64 / share * 100.0);
        let is_difference = share > 100.0 * (1.0 + ROUNDING);
        let Some(total) = self.table.total else {
            self.table.is_difference = is_difference;
            self.table.total = by_share.and_then(rounded);
            self.table.total_is_derived = self.table.total.is_some();
            return Ok(());
        };
        let Some(by_share) = by_share else {
            return Ok(());
        };
        // The share has two decimals and the value has at least one digit or two.
        let rounding = 0.06 / share + 0.02;
        let difference = (by_share - total.unsigned_abs() as f64).abs();
        let fits = difference <= rounding * by_share;
        self.table.is_difference = fits && is_difference;
        if is_difference && !fits {
            return Err(self.more_than_all());
        }
        if share >= 1.0 && !fits {
            let warning = "the percentages do not fit the total: is its line from another table?";
            self.table.warnings.push(warning.to_owned());
        }
        Ok(())
    }

    /// That the largest row has more than all of what is more than it.
    fn more_than_all(&self) -> TableError {
        let (value, share) = self.largest;
        let mut rows = self.table.rows.iter();
        let row = rows.find(|row| row.flat == value || row.cum == value);
        let kind = TableErrorKind::MoreThanAll(format!("{share}%"));
        match row {
            Some(row) => kind.at(row.line),
            None => kind.anywhere(),
        }
    }

    /// Refuses rows that no profile has. In differences nothing bounds anything.
    fn check_rows(&mut self) -> Result<(), TableError> {
        let rows = &self.table.rows;
        self.table.is_difference |= rows.iter().any(|row| row.flat < 0 || row.cum < 0);
        if self.table.is_difference {
            return Ok(());
        }
        let exceeds = |value: i64, bound: i64| value as f64 > bound as f64 * (1.0 + ROUNDING);
        for row in rows {
            let name = || row.name.chars().take(80).collect();
            if exceeds(row.flat, row.cum) {
                return Err(TableErrorKind::MoreThanCum(name()).at(row.line));
            }
            if (self.table.total).is_some_and(|total| exceeds(row.cum, total)) {
                return Err(TableErrorKind::MoreThanTotal(name()).at(row.line));
            }
        }
        Ok(())
    }

    /// Refuses more than there is: rows that stand twice, and totals that no program
    /// of Go can reach.
    fn check_sum(&self) -> Result<(), TableError> {
        if self.table.is_difference {
            return Ok(());
        }
        let total = (self.table.total).unwrap_or_else(|| self.table.flat_sum());
        let first = self.table.rows[0].line;
        if is_in_use(&self.table) && total > MOST_IN_USE {
            let total = unit::label(total, "bytes", unit::AUTO);
            return Err(TableErrorKind::MoreThanAddresses(total).at(first));
        }
        let most = total as f64 * (1.0 + ROUNDING) + self.rounding as f64;
        let mut sum = 0.0;
        for row in &self.table.rows {
            sum += row.flat as f64;
            if sum > most {
                return Err(TableErrorKind::SumMoreThanTotal.at(row.line));
            }
        }
        Ok(())
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

/// Joins a row with the lines that a mail program or a terminal broke off it, and
/// takes these lines; none where what follows does not surely belong to it.
fn unwrap(line: &TextLine<'_>, found: &Line<'_>, lines: &mut Lines<'_>) -> Option<String> {
    let mut ahead = lines.clone();
    let mut joined = line.text.clone().into_owned();
    let mut is_full = line.is_full;
    let mut complete = None;
    for _ in 0..MAX_WRAPPED_LINES {
        let before = match &complete {
            None if joined.len() == line.text.len() => Ok(found.clone()),
            _ => classify(&joined),
        };
        let Some(next) = ahead.next() else { break };
        let separator = before.ok().and_then(|before| match is_full {
            true => full_junction(&before, &next.text).or_else(|| junction(&before, &next.text)),
            false => junction(&before, &next.text),
        });
        let Some(separator) = separator else { break };
        joined = format!("{joined}{separator}{}", next.text);
        is_full = next.is_full;
        if let Ok(Line::Row(row)) = classify(&joined)
            && is_complete(Name::parse(&row.name).name)
        {
            complete = Some((joined.clone(), ahead.clone()));
        }
    }
    let (joined, rest) = complete?;
    *lines = rest;
    Some(joined)
}

/// A row that goes to the edge goes on with the rest of its last word, and perhaps a mark.
fn full_junction(before: &Line<'_>, next: &str) -> Option<&'static str> {
    let (text, mark) = split_mark(next);
    let is_word = !text.is_empty() && !text.contains(' ');
    let is_rest = is_word && matches!(classify(next), Ok(Line::Other));
    let Line::Row(row) = before else { return None };
    let is_marked = Name::parse(&row.name).inline != InlineMark::None;
    // A path that follows a name is a word of its own.
    let is_path = text.starts_with('/') && is_source(text) && mark == InlineMark::None;
    (is_rest && !is_marked && !is_path).then_some("")
}

/// What stood between a row's beginning and the line that follows it; none where
/// that line is not its continuation.
fn junction(before: &Line<'_>, next: &str) -> Option<&'static str> {
    let continues = matches!(classify(next), Ok(Line::Other | Line::Half(_)));
    let first = next.chars().next()?;
    if !continues || !(first.is_alphanumeric() || "/()[]{}*._<".contains(first)) {
        return None;
    }
    match before {
        Line::Half(_) => half_junction(next),
        Line::Row(row) => row_junction(&Name::parse(&row.name), next),
        _ => None,
    }
}

/// Half a row goes on with the columns that it lacks, or with its name.
fn half_junction(next: &str) -> Option<&'static str> {
    let name = next.rsplit("% ").next().unwrap_or(next);
    // A mail program breaks words behind a hyphen, too.
    let name = name.strip_suffix('-').unwrap_or(name);
    Name::parse(name).is_symbol().then_some(" ")
}

/// A row goes on with its source, its mark or the end of its name.
fn row_junction(name: &Name<'_>, next: &str) -> Option<&'static str> {
    if name.inline != InlineMark::None {
        return None;
    }
    let (text, mark) = split_mark(next);
    let is_bare_mark = text.is_empty() && mark != InlineMark::None;
    let is_path = name.source.is_none() && text.starts_with('/') && is_source(text);
    if is_bare_mark || is_path {
        return Some(" ");
    }
    if name.source.is_some() || is_complete(name.name) || name.name.ends_with("..") {
        return None;
    }
    // A terminal breaks words; a mail program breaks at the spaces of a generic name.
    match (text.contains(' '), name.name.contains('[')) {
        (false, _) => Some(if name.name.ends_with([';', '{', ',']) {
            " "
        } else {
            ""
        }),
        (true, true) => Some(" "),
        (true, false) => None,
    }
}
