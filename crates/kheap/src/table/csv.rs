//! Our own `top` as CSV: names first, bare numbers, no total.

use super::error::{TableError, TableErrorKind};
use super::line::{Line, classify};
use super::name::Name;
use super::number::NUMBER;
use super::reader::Reader;
use super::text::{NumberedLines, clean, excerpt};
use super::{Table, TableWarning, Unit};
use crate::graph::InlineMark;

/// How the header of such a table begins.
pub(super) const HEADER: &str = "name,flat,cum,inline";

/// Reads the table that begins with our header, if one does.
pub(super) fn read(text: &str) -> Result<Option<Table>, TableError> {
    let mut lines = NumberedLines::of(text).map(|(number, line)| (clean(line), number));
    let mut sample_type = None;
    let first = loop {
        let Some((line, number)) = lines.next() else {
            return Ok(None);
        };
        if line.trim().starts_with(HEADER) {
            break number;
        }
        if let Ok(Line::About(about)) = classify(line.trim()) {
            sample_type = about.sample_type.map(str::to_owned).or(sample_type);
        }
    };
    let mut reader = Reader::at(first);
    let are_bytes = sample_type
        .as_deref()
        .is_some_and(|kind| kind.ends_with("_space"));
    reader.begin(None, sample_type, None);
    for (text, line) in lines {
        reader.number = line;
        let cells = cells(text.trim());
        let [name, flat, cum, mark, ..] = &cells[..] else {
            break;
        };
        // What has commas behind the rows is a sentence.
        if !is_number(flat) && reader.has_rows() {
            break;
        }
        let values = [number(flat, line)?, number(cum, line)?];
        reader.add(&name_with(name, mark), values);
    }
    let mut table = reader.finish()?;
    if are_bytes {
        table.unit = Unit::Bytes;
        return Ok(Some(table));
    }
    table.warnings.push(TableWarning::Csv);
    Ok(Some(table))
}

/// A name as other tables have it, whose mark is a column of its own.
fn name_with<'a>(cell: &'a str, mark: &str) -> Name<'a> {
    Name {
        inline: match mark {
            "inline" => InlineMark::Inline,
            "partial" => InlineMark::Partial,
            _ => InlineMark::None,
        },
        ..Name::parse(cell)
    }
}

/// Whether a cell is a whole number, be it too large.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(cell: &str, line: usize) -> Result<i64, TableError> {
    let kind = match is_number(cell) {
        true => TableErrorKind::OutOfRange,
        false => TableErrorKind::InvalidNumber,
    };
    cell.parse()
        .map_err(|_| kind(excerpt(cell, NUMBER)).at(line))
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

    /// Each row: name, flat, cum, source and address.
    fn check(rows: &str, expected: &[&str]) {
        let table = read(&format!("name,flat,cum,inline,flat_error\n{rows}"));
        let table = table.unwrap().unwrap();
        let shown: Vec<String> = (table.rows.iter())
            .map(|row| {
                let source = row.source.as_deref().unwrap_or("-");
                let address = row.address.unwrap_or_default();
                format!("{} {} {} {source} {address:x}", row.name, row.flat, row.cum)
            })
            .collect();
        assert_eq!(shown, expected, "{rows}");
    }

    fn check_error(rows: &str, expected: &str) {
        let error = read(&format!("name,flat,cum,inline\n{rows}")).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid table{expected}"));
    }

    #[test]
    fn rows_end_where_others_begin() {
        let rows = "\"m.f[a,b]\",5,7,inline,1\nm.g,1,1,none,1\n";
        for end in ["\nThanks", "I ran this, and, well, what now?", "a,b"] {
            check(
                &format!("{rows}{end}"),
                &["m.f[a,b] 5 7 - 0", "m.g 1 1 - 0"],
            );
        }
        let table = read(&format!("$ kheap top\n{HEADER}\n{rows}"));
        assert_eq!(table.unwrap().unwrap().rows[0].inline, InlineMark::Inline);
    }

    #[test]
    fn lines_and_addresses_stand_in_the_name() {
        check(
            "m.f /src/m.go:12,5,7,none\nm.f /src/m.go:13,1,1,inline",
            &["m.f 5 7 /src/m.go:12 0", "m.f 1 1 /src/m.go:13 0"],
        );
        check(
            "000000000052eef3 m.f /src/m.go:12,5,7,none",
            &["m.f 5 7 /src/m.go:12 52eef3"],
        );
    }

    #[test]
    fn numbers_that_no_profile_has_are_refused() {
        let most = i64::MAX;
        check_error("m.f,7,5,none", " at line 2: \"m.f\" has more flat than cum");
        check_error(
            &format!("m.f,{most},{most},none\nm.g,{most},{most},none"),
            " at line 3: the rows up to here hold more than the total; leave out rows that stand \
             twice",
        );
        check_error(
            "m.f,5,5,none\nm.g,9223372036854775808,1,none",
            " at line 3: number \"9223372036854775808\" is too large",
        );
        check_error("m.f,x,7,none", " at line 2: invalid number \"x\"");
        check_error(
            "",
            ": no row (flat, flat%, sum%, cum, cum%, name) in 1 line",
        );
    }

    #[test]
    fn other_texts_are_left() {
        assert_eq!(read("flat,flat%,sum%\n1,2,3"), Ok(None));
    }
}
