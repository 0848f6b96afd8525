//! Which findings explain the same bytes, and which of them leads.

use super::evaluate::Match;
use super::severity::Severity;
use super::share;
use super::view::{HeapView, RowView};
use crate::profile::clamp;

/// From which share of a finding on rows that another one rests on are worth a note.
const COUNTED_TWICE: f64 = 0.2;

/// Matches that explain the same bytes.
#[derive(Debug)]
pub(super) struct Group<'s> {
    /// The most specific one.
    pub(super) leader: Match<'s>,
    /// That of the worst.
    pub(super) severity: Severity,
    /// Ids of the others, in order.
    pub(super) related: Vec<String>,
}

/// Lets the more specific signature lead where two explain the same bytes.
pub(super) fn overlap<'s>(view: &HeapView<'_>, matches: Vec<Match<'s>>) -> Vec<Group<'s>> {
    let direct: Vec<Option<usize>> = (matches.iter())
        .map(|this| matches.iter().position(|other| leads(view, other, this)))
        .collect();
    let explained = |by: usize, at: usize| explains(view, &matches[by], &matches[at]);
    let leaders: Vec<usize> = (0..matches.len())
        .map(|at| leader(&direct, at, |next| explained(next, at)))
        .collect();
    let mut groups: Vec<Option<Group<'s>>> = (matches.iter().enumerate())
        .map(|(at, found)| {
            (leaders[at] == at).then(|| Group {
                leader: found.clone(),
                severity: found.severity,
                related: Vec::new(),
            })
        })
        .collect();
    for (at, found) in matches.iter().enumerate() {
        if let Some(group) = groups[leaders[at]].as_mut().filter(|_| leaders[at] != at) {
            group.severity = group.severity.max(found.severity);
            group.related.push(found.signature.id.clone());
        }
    }
    let mut groups: Vec<Group<'s>> = groups.into_iter().flatten().collect();
    for group in &mut groups {
        group.related.sort_unstable();
        group.related.dedup();
    }
    groups
}

/// Follows who leads whom as long as the same bytes are explained; of some that lead
/// each other in a circle the first one leads.
fn leader(direct: &[Option<usize>], from: usize, explains_first: impl Fn(usize) -> bool) -> usize {
    let mut way = vec![from];
    let mut at = from;
    while let Some(next) = direct[at].filter(|&next| explains_first(next)) {
        if let Some(start) = way.iter().position(|&passed| passed == next) {
            return way[start..].iter().copied().min().unwrap_or(from);
        }
        way.push(next);
        at = next;
    }
    at
}

fn leads(view: &HeapView<'_>, one: &Match<'_>, other: &Match<'_>) -> bool {
    other.signature.yields_to.contains(&one.signature.id) && explains(view, one, other)
}

/// Whether one finding claims at least half of what another claims.
fn explains(view: &HeapView<'_>, one: &Match<'_>, other: &Match<'_>) -> bool {
    let common = match view {
        HeapView::Stacks(stacks) => {
            let in_one = |item: &&usize| one.claimed.items.binary_search(item).is_ok();
            let common = other.claimed.items.iter().filter(in_one).copied();
            stacks.sum(&common.collect::<Vec<_>>())
        }
        HeapView::Rows(table) => most_in_common(table, one, other),
    };
    common >= other.claimed.bytes / 2
}

/// The most bytes that two findings may share in a heap with such a table. A stack has one
/// leaf: what the rows of one finding allocate is also of the other only where that one
/// claims more than its own rows allocate.
fn most_in_common(table: &RowView<'_>, one: &Match<'_>, other: &Match<'_>) -> i64 {
    let both =
        beyond_own_rows(table, one, other).saturating_add(beyond_own_rows(table, other, one));
    both.min(one.claimed.bytes)
}

/// What a finding claims beyond the bytes that rows of its own, and not of the other,
/// allocate. What a generic allocator holds may be of any caller.
fn beyond_own_rows(table: &RowView<'_>, this: &Match<'_>, other: &Match<'_>) -> i64 {
    let items = this.claimed.items.iter();
    let own = items
        .filter(|&&row| !table.is_generic(row) && other.claimed.items.binary_search(&row).is_err());
    let own = own.map(|&row| i128::from(table.rows[row].flat));
    clamp((i128::from(this.claimed.bytes) - own.sum::<i128>()).max(0))
}

/// Whether some findings claim bytes of a table twice: they claim more than the heap, or two
/// rest on a row that allocates much of what the smaller one claims.
pub(super) fn is_counted_twice(view: &HeapView<'_>, shown: &[&Match<'_>]) -> bool {
    let HeapView::Rows(table) = view else {
        return false;
    };
    let claimed: i128 = shown.iter().map(|one| i128::from(one.claimed.bytes)).sum();
    let mut pairs = (shown.iter().enumerate())
        .flat_map(|(at, one)| shown[at + 1..].iter().map(move |other| (one, other)));
    claimed > i128::from(view.total())
        || pairs.any(|(one, other)| {
            let smaller = one.claimed.bytes.min(other.claimed.bytes);
            let items = one.claimed.items.iter();
            let common = items.filter(|row| other.claimed.items.binary_search(row).is_ok());
            let flats = common.map(|&row| i128::from(table.rows[row].flat));
            share(clamp(flats.sum()), smaller) >= COUNTED_TWICE
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(direct: &[Option<usize>], expected: &[usize]) {
        let leaders = (0..direct.len()).map(|at| leader(direct, at, |_| true));
        assert_eq!(leaders.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn who_is_led_by_one_that_is_led_is_led_by_the_last() {
        check(&[None, Some(0), Some(1)], &[0, 0, 0]);
    }

    #[test]
    fn in_a_circle_the_first_leads() {
        check(&[Some(1), Some(0)], &[0, 0]);
        check(&[Some(1), Some(2), Some(1)], &[1, 1, 1]);
    }
}
