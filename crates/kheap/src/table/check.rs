//! Whether the numbers of a table can be those of one profile.

use super::error::{TableError, TableErrorKind};
use super::line::Row;
use super::number::rounded;
use super::text::excerpt;
use super::{Table, TableWarning, Unit};

/// How much more a rounded number may say than another that bounds it.
const ROUNDING: f64 = 0.02;

/// How many characters of a name an error has: enough to find it again.
pub(super) const NAME: usize = 80;

/// More than this no program of Go has in use: its addresses have 48 bits.
const MOST_IN_USE: i64 = 1 << 48;

/// What rows were printed with, which shows whether they fit each other.
#[derive(Debug, Default)]
pub(super) struct Printed {
    largest: Option<Largest>,
    /// What rounding may have added to the flats together.
    rounding: i64,
}

/// The largest value that has a share.
#[derive(Debug)]
struct Largest {
    /// Position of its row in the table.
    row: usize,
    value: i64,
    /// In percent.
    share: f64,
}

impl Printed {
    /// Notes the row that is at a position of the table.
    pub(super) fn note(&mut self, position: usize, row: &Row<'_>) {
        for (value, share) in [
            (row.flat.value, row.flat_share),
            (row.cum.value, row.cum_share),
        ] {
            let most = self.largest.as_ref().map_or(0, |largest| largest.value);
            if value.unsigned_abs() > most.unsigned_abs() && share > 0.0 {
                self.largest = Some(Largest {
                    row: position,
                    value,
                    share,
                });
            }
        }
        self.rounding = self.rounding.saturating_add(row.flat.rounding);
    }
}

impl Largest {
    /// What all is, if this is its share of it.
    fn total(&self) -> f64 {
        self.value.unsigned_abs() as f64 / self.share * 100.0
    }

    /// Whether it is more than all, as in a difference of two profiles.
    fn exceeds_all(&self) -> bool {
        self.share > 100.0 * (1.0 + ROUNDING)
    }

    /// Whether it is its share of a total, as far as rounding lets that be seen.
    fn fits(&self, total: i64) -> bool {
        // The share has two decimals and the value has at least one digit or two.
        let rounding = 0.06 / self.share + 0.02;
        let difference = (self.total() - total.unsigned_abs() as f64).abs();
        difference <= rounding * self.total()
    }
}

/// Refuses a table whose numbers contradict each other, and works out its total where
/// it is not written.
pub(super) fn check(table: &mut Table, printed: &Printed) -> Result<(), TableError> {
    if let Some(largest) = &printed.largest {
        check_total(table, largest)?;
    }
    check_rows(table)?;
    check_sum(table, printed.rounding)
}

/// Whether nothing speaks against a table's being of memory in use.
pub(super) fn is_in_use(table: &Table) -> bool {
    let sample_type = table.sample_type.as_deref();
    table.unit == Unit::Bytes && matches!(sample_type, None | Some("inuse_space" | "space"))
}

/// Works the total out where it is not written; else sees whether it fits.
fn check_total(table: &mut Table, largest: &Largest) -> Result<(), TableError> {
    let Some(total) = table.total else {
        table.is_difference |= largest.exceeds_all();
        table.total = rounded(largest.total());
        table.total_is_derived = table.total.is_some();
        return Ok(());
    };
    let fits = largest.fits(total);
    table.is_difference |= fits && largest.exceeds_all();
    if largest.exceeds_all() && !fits {
        let percent = largest.share;
        let line = table.rows[largest.row].text_line;
        return Err(TableErrorKind::MoreThanAll { percent }.at(line));
    }
    if largest.share >= 1.0 && !fits {
        table.warnings.push(TableWarning::Percentages);
    }
    Ok(())
}

/// Refuses rows that no profile has. In differences nothing bounds anything.
fn check_rows(table: &mut Table) -> Result<(), TableError> {
    let rows = &table.rows;
    table.is_difference |= rows.iter().any(|row| row.flat < 0 || row.cum < 0);
    if table.is_difference {
        return Ok(());
    }
    let exceeds = |value: i64, bound: i64| value as f64 > bound as f64 * (1.0 + ROUNDING);
    for row in rows {
        if exceeds(row.flat, row.cum) {
            return Err(TableErrorKind::MoreThanCum(excerpt(&row.name, NAME)).at(row.text_line));
        }
        if (table.total).is_some_and(|total| exceeds(row.cum, total)) {
            return Err(TableErrorKind::MoreThanTotal(excerpt(&row.name, NAME)).at(row.text_line));
        }
    }
    Ok(())
}

/// Refuses more than there is: rows that stand twice, and totals that no program
/// of Go can reach.
fn check_sum(table: &Table, rounding: i64) -> Result<(), TableError> {
    if table.is_difference {
        return Ok(());
    }
    let total = table.total.unwrap_or_else(|| table.flat_sum());
    if is_in_use(table) {
        check_addresses(table)?;
    }
    let most = total as f64 * (1.0 + ROUNDING) + rounding as f64;
    let mut sum = 0.0;
    for row in &table.rows {
        sum += row.flat as f64;
        if sum > most {
            return Err(TableErrorKind::SumMoreThanTotal.at(row.text_line));
        }
    }
    Ok(())
}

/// Refuses more bytes in use than a program can address.
pub(super) fn check_addresses(table: &Table) -> Result<(), TableError> {
    let total = table.total.unwrap_or_else(|| table.flat_sum());
    if table.is_difference || total <= MOST_IN_USE {
        return Ok(());
    }
    let line = table.rows.first().map_or(0, |row| row.text_line);
    Err(TableErrorKind::MoreThanAddresses { total }.at(line))
}
