//! Several tables of amounts read name by name. All are sorted, so each is read once: to look
//! for every name in every table takes far longer.

use std::sync::Arc;

use super::snapshot::{Amount, Amounts};

/// Each name of some tables, in order, and what it has in each table.
pub(crate) fn side_by_side<'t>(
    tables: &[&'t Amounts],
) -> impl Iterator<Item = (&'t Arc<str>, Vec<Amount>)> + use<'t> {
    let mut left: Vec<_> = tables.iter().map(|table| table.iter().peekable()).collect();
    std::iter::from_fn(move || {
        let heads = left.iter_mut().filter_map(|table| table.peek());
        let first = heads.map(|(key, _)| *key).reduce(first_of)?;
        let amounts = left.iter_mut().map(|table| {
            let its = table.next_if(|(key, _)| is_same(key, first));
            its.map_or_else(Amount::default, |(_, amount)| *amount)
        });
        Some((first, amounts.collect()))
    })
}

fn first_of<'k>(a: &'k Arc<str>, b: &'k Arc<str>) -> &'k Arc<str> {
    match is_same(a, b) || a < b {
        true => a,
        false => b,
    }
}

/// Whether two names are one. Snapshots mostly share it.
fn is_same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, i64)]) -> Amounts {
        let rows = rows.iter().map(|&(name, value)| {
            let variance = 0.0;
            (name.into(), Amount { value, variance })
        });
        rows.collect()
    }

    #[test]
    fn each_name_is_met_once_with_what_every_table_has() {
        let tables = [
            table(&[("a", 1), ("c", 2)]),
            table(&[]),
            table(&[("b", 3), ("c", 4), ("d", 5)]),
        ];
        let tables: Vec<&Amounts> = tables.iter().collect();
        let rows = side_by_side(&tables).map(|(name, amounts)| {
            let values = amounts.iter().map(|amount| amount.value);
            (&**name, values.collect::<Vec<_>>())
        });
        let expected = [
            ("a", vec![1, 0, 0]),
            ("b", vec![0, 0, 3]),
            ("c", vec![2, 0, 4]),
            ("d", vec![0, 0, 5]),
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        assert_eq!(side_by_side(&[]).count(), 0);
    }
}
