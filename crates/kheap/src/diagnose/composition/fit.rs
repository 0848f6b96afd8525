//! Rows of a table that explain a large one by their figures.
//!
//! A table does not say who calls whom. Where an allocator has 8,455 MB, and what one
//! function, or two together, hold below themselves is that much, they may be the ones
//! that asked. It is a fit of figures, and no proof.

use crate::diagnose::view::NamedRow;

/// How far off the figures may be, as a share of what is explained.
const TOLERANCE: f64 = 0.02;

/// Which share of it each of two must have: small ones fit anything.
const LEAST: f64 = 0.1;

/// How many rows are tried, in pairs: of very many some fit anything.
const MOST_ROWS: usize = 16;

/// Which rows explain a large one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Fit {
    /// The function that allocates for others.
    pub allocator: String,
    /// What it allocated.
    pub bytes: i64,
    /// The functions, and what each holds below itself; largest first.
    pub callers: Vec<(String, i64)>,
}

/// The one row, else the two, whose callees hold what the allocator has; of several the
/// nearest to it, as callers of callers hold more.
pub(super) fn fit(allocator: &NamedRow, candidates: &[&NamedRow]) -> Option<Fit> {
    let bytes = allocator.flat;
    let is_large = |row: &&&NamedRow| below(row) as f64 >= LEAST * bytes as f64;
    let mut large: Vec<&NamedRow> = candidates.iter().filter(is_large).copied().collect();
    large.sort_unstable_by(|a, b| below(b).cmp(&below(a)).then_with(|| a.name.cmp(&b.name)));
    large.truncate(MOST_ROWS);
    let off = |sum: i128| (sum - i128::from(bytes)).unsigned_abs();
    let tolerance = TOLERANCE * bytes as f64;
    let nearest = |ways: &mut dyn Iterator<Item = Vec<&NamedRow>>| {
        let rated = ways.map(|rows| {
            let sum = rows.iter().map(|row| i128::from(below(row))).sum();
            (off(sum), rows)
        });
        let fitting = rated.filter(|(off, _)| *off as f64 <= tolerance);
        let names = |rows: &[&NamedRow]| rows.iter().map(|row| row.name.clone()).collect();
        let key =
            |(off, rows): &(u128, Vec<&NamedRow>)| -> (u128, Vec<String>) { (*off, names(rows)) };
        fitting.min_by_key(key).map(|(_, rows)| owned(rows))
    };
    // Two of equal size may be one below the other, with the same bytes.
    let differ = |a: &NamedRow, b: &NamedRow| below(a).abs_diff(below(b)) as f64 > tolerance;
    let pairs = large.iter().enumerate().flat_map(|(at, first)| {
        let second = large[at + 1..]
            .iter()
            .filter(|second| differ(first, second));
        second.map(|second| vec![*first, *second])
    });
    let single = nearest(&mut large.iter().map(|row| vec![*row]));
    let callers = single.or_else(|| nearest(&mut pairs.into_iter()))?;
    Some(Fit {
        allocator: allocator.name.clone(),
        bytes,
        callers,
    })
}

/// What a function holds below itself.
fn below(row: &NamedRow) -> i64 {
    row.cum.saturating_sub(row.flat)
}

fn owned(mut rows: Vec<&NamedRow>) -> Vec<(String, i64)> {
    rows.sort_unstable_by(|a, b| b.cum.cmp(&a.cum).then_with(|| a.name.cmp(&b.name)));
    rows.into_iter()
        .map(|row| (row.name.clone(), below(row)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, flat: i64, cum: i64) -> NamedRow {
        NamedRow {
            name: name.to_owned(),
            flat,
            cum,
        }
    }

    #[track_caller]
    fn check(rows: &[NamedRow], expected: &[&str]) {
        let allocator = row("bytes.makeSlice", 8455, 8455);
        let found = fit(&allocator, &rows.iter().collect::<Vec<_>>());
        let callers = found.map_or_else(Vec::new, |fit| fit.callers);
        let names: Vec<&str> = callers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn two_functions_hold_together_what_the_allocator_has() {
        check(
            &[
                row("chunkenc.cut", 14, 4750),
                row("ingester.Push", 2, 4803),
                row("ingester.flushChunks", 1, 3753),
                row("chunk.Encode", 0, 3750),
            ],
            &["chunkenc.cut", "chunk.Encode"],
        );
    }

    #[test]
    fn one_function_is_enough() {
        check(
            &[
                row("a.F", 0, 8460),
                row("b.G", 0, 4228),
                row("c.H", 0, 4227),
            ],
            &["a.F"],
        );
    }

    #[test]
    fn what_does_not_fit_explains_nothing() {
        check(&[row("a.F", 0, 5000), row("b.G", 0, 2000)], &[]);
        // What it holds itself is not what it asked for.
        check(&[row("a.F", 8455, 8455)], &[]);
        // One may call the other.
        check(&[row("a.F", 0, 4230), row("b.G", 0, 4225)], &[]);
        // Small rows fit anything.
        check(&[row("a.F", 0, 8000), row("b.G", 0, 455)], &[]);
    }
}
