//! Our own `top` as CSV: names first, bare numbers, no total.

use super::error::{TableError, TableErrorKind};
use super::text::clean;
use super::{Table, TableRow};
use crate::graph::InlineMark;

/// How the header of such a table begins.
const HEADER: &str = "name,flat,cum,inline";

/// Reads the table that begins with our header, if one does.
pub(super) fn read(text: &str) -> Result<Option<Table>, TableError> {
    let mut lines = text
        .lines()
        .zip(1..)
        .map(|(line, number)| (clean(line), number));
    if !lines.any(|(line, _)| line.trim().starts_with(HEADER)) {
        return Ok(None);
    }
    let mut table = Table::empty();
    for (text, line) in lines {
        let Some(row) = row(text.trim(), line)? else {
            break;
        };
        table.is_difference |= row.flat < 0 || row.cum < 0;
        table.rows.push(row);
    }
    if table.rows.is_empty() {
        let lines = text.lines().count();
        return Err(TableErrorKind::NoRows { lines }.anywhere());
    }
    table.warnings.push(
        "CSV has no unit and no total: its numbers are taken for counts unless a sample type \
         says that they are bytes, and shares are of its rows"
            .to_owned(),
    );
    Ok(Some(table))
}

/// A line of name, flat, cum and mark; none where the table ends.
fn row(text: &str, line: usize) -> Result<Option<TableRow>, TableError> {
    let mut cells = cells(text).into_iter();
    let mut next = || cells.next();
    let (Some(name), Some(flat), Some(cum), Some(mark)) = (next(), next(), next(), next()) else {
        return Ok(None);
    };
    let number = |cell: String| {
        let invalid = |_| TableErrorKind::InvalidNumber(cell.chars().take(32).collect()).at(line);
        cell.parse::<i64>().map_err(invalid)
    };
    Ok(Some(TableRow {
        name,
        flat: number(flat)?,
        cum: number(cum)?,
        inline: match &*mark {
            "inline" => InlineMark::Inline,
            "partial" => InlineMark::Partial,
            _ => InlineMark::None,
        },
        source: None,
        address: None,
        line,
    }))
}

/// The cells of a line; quotes hold commas together and stand for themselves twice.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut before = ' ';
    for c in line.chars() {
        match c {
            '"' => {
                // The second of two.
                if !is_quoted && before == '"' {
                    cells.last_mut().expect("there is one").push('"');
                }
                is_quoted = !is_quoted;
            }
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().expect("there is one").push(c),
        }
        before = c;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_cell_together() {
        assert_eq!(cells("a,\"b,c\",,\"d\"\"e\""), ["a", "b,c", "", "d\"e"]);
    }

    #[test]
    fn rows_end_where_others_begin() {
        let text = "$ kheap top --format csv\n\
            name,flat,cum,inline,flat_error\n\"m.f[a,b]\",5,7,inline,1\nm.g,1,1,none,1\n\nThanks";
        let table = read(text).unwrap().unwrap();
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|row| (&*row.name, row.flat, row.cum))
            .collect();
        assert_eq!(rows, [("m.f[a,b]", 5, 7), ("m.g", 1, 1)]);
        assert_eq!(table.rows[0].inline, InlineMark::Inline);
    }

    #[test]
    fn other_texts_are_left() {
        assert_eq!(read("flat,flat%,sum%\n1,2,3"), Ok(None));
        let error = read("name,flat,cum,inline\nm.f,x,7,none").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid table at line 2: invalid number \"x\""
        );
    }
}
