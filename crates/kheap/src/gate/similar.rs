//! The name that is meant by a misspelled one.

/// The name that differs least, where no more than a third of it differs.
pub(super) fn most_similar<'n>(wanted: &str, names: &'n [String]) -> Option<&'n str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    // A name is short; to compare a long text with each would take long.
    let most = wanted.len() / 3;
    let near = names.iter().filter_map(|name| {
        let name_chars: Vec<char> = name.chars().collect();
        let is_near = name_chars.len().abs_diff(wanted.len()) <= most;
        let distance = is_near.then(|| distance(&wanted, &name_chars))?;
        (distance <= most).then_some((distance, name.as_str()))
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many characters are inserted, left out or replaced (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, one) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(one != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_is_similar() {
        let names = ["plan-cache", "watch-cache-events", "other"].map(str::to_owned);
        let check = |wanted: &str, expected: Option<&str>| {
            assert_eq!(most_similar(wanted, &names), expected, "{wanted}");
        };
        check("plan-cach", Some("plan-cache"));
        check("Plancache", Some("plan-cache"));
        check("watch-cache-event", Some("watch-cache-events"));
        check("wal", None);
        check("", None);
        check("backends", None);
    }

    #[test]
    fn the_distance_counts_what_differs() {
        let distance = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| text.chars().collect::<Vec<_>>());
            distance(&a, &b)
        };
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
