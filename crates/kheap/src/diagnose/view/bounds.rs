//! What the rows of a table say of a selection: bounds, and what is shown.
//!
//! A row says how much its function allocated itself (flat), and how much it and all below
//! it did (cum). Rows are cut off somewhere, and the way between two rows is unknown. So a
//! selection of stacks is not a number, but lies between two.
//!
//! For a class of frames, the stacks that have one hold **at least** the largest cum of
//! its rows, and the sum of its flats, which are of different stacks. At most they hold all,
//! as a function of any cum may be cut off. The stacks that a class allocates hold at least
//! the sum of its flats, and at most what is not the flat of another row.
//!
//! For stacks that have a frame of each of several classes:
//! * they hold at least what the classes hold together beyond all: `a + b - all`,
//! * and at most what the smallest of them holds;
//! * those that have none of some class hold at most what that class leaves of all.
//!
//! Between the bounds lies what is **shown**: the smallest class, if the others are seen to
//! go with it. Two classes go together where they must have a fifth of the heap in common,
//! or where they hold nearly the same. A class that must not be there and that holds half
//! as much is another explanation, so that nothing is shown. A single class is known as it
//! is; several count from a fifth of the heap on, and a sign that stands alone from a half.

use std::cmp::Reverse;

use crate::knowledge::{BitRows, Bits, Formula, NamedFrames};
use crate::profile::clamp;

/// A function of a table.
#[derive(Debug)]
pub(in crate::diagnose) struct NamedRow {
    pub(in crate::diagnose) name: String,
    pub(in crate::diagnose) flat: i64,
    pub(in crate::diagnose) cum: i64,
}

/// From which share of the heap on classes that agree count, and how much of it they must
/// have in common.
const SHOWN_SHARE: f64 = 0.2;

/// From which share of the heap on a sign that stands alone counts.
const ALONE_SHARE: f64 = 0.5;

/// How much of the larger of two classes the smaller one must be for both to be about the
/// same stacks.
const NEARLY: f64 = 0.7;

/// How much of what is shown another explanation must hold.
const RIVAL: f64 = 0.5;

/// How much of what signs that stand alone show others must, to be as good.
const AS_GOOD: f64 = 0.75;

/// What a table says of a selection. `low <= shown <= high`.
#[derive(Debug, Clone, Default)]
pub(super) struct Estimate {
    /// It holds at least so much, in all heaps that have such a table.
    pub(super) low: i64,
    /// What the rows show it to hold.
    pub(super) shown: i64,
    /// It holds at most so much.
    pub(super) high: i64,
    /// Whether a sign that stands alone shows it.
    pub(super) is_weak: bool,
    /// Rows that it rests on, in order.
    pub(super) items: Vec<usize>,
    /// Those of them that allocate it.
    leaves: Vec<usize>,
}

/// The rows of a table, with the frames that each is.
#[derive(Debug)]
pub(super) struct Rows<'r> {
    rows: &'r [NamedRow],
    frames: &'r BitRows,
    total: i64,
}

/// What one class holds.
#[derive(Debug)]
struct Class {
    low: i64,
    shown: i64,
    high: i64,
    items: Vec<usize>,
    is_leaf: bool,
}

impl<'r> Rows<'r> {
    pub(super) fn new(rows: &'r [NamedRow], frames: &'r BitRows, total: i64) -> Self {
        Self {
            rows,
            frames,
            total: total.max(0),
        }
    }

    /// What `own` holds, and one of some ways to be of a part, which all ask for `own`,
    /// too; `None` where any part will do.
    pub(super) fn of_parts(&self, own: &Formula, ways: Option<&[Formula]>) -> Estimate {
        let own = self.estimate(own, true);
        let Some(ways) = ways else {
            return own;
        };
        let ways: Vec<Estimate> = ways.iter().map(|way| self.estimate(way, false)).collect();
        let items = ways.iter().flat_map(|way| &way.items).copied();
        let strong = together(ways.iter().filter(|way| !way.is_weak));
        let weak = together(ways.iter().filter(|way| way.is_weak));
        let is_weak = (strong.shown as f64) < AS_GOOD * weak.shown as f64;
        let best = if is_weak { weak } else { strong };
        Estimate {
            // Rules before may take what a rule would.
            low: 0,
            shown: best.shown.min(own.high),
            high: own.high,
            is_weak,
            items: sorted(items.collect()),
            leaves: best.leaves,
        }
    }

    /// What several selections hold together.
    pub(super) fn union(&self, mut parts: Vec<Estimate>) -> Estimate {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let shown = parts.iter().map(|part| part.shown);
        let (largest, sum) = (shown.clone().max().unwrap_or(0), sum(shown));
        let items = sorted(parts.iter().flat_map(|part| part.items.clone()).collect());
        let leaves = parts.iter().flat_map(|part| &part.leaves).copied();
        let own: usize = parts.iter().map(|part| part.leaves.len()).sum();
        // What different rows allocate is different.
        let allocate = !parts.is_empty() && parts.iter().all(|part| !part.leaves.is_empty());
        let is_apart = allocate && sorted(leaves.collect()).len() == own;
        let main = parts.iter().max_by_key(|part| part.shown);
        Estimate {
            low: parts.iter().map(|part| part.low).max().unwrap_or(0),
            shown: match is_apart {
                true => sum.min(self.total.max(largest)),
                false => self.flat(&items).clamp(largest, sum.max(largest)),
            },
            high: self::sum(parts.iter().map(|part| part.high)).min(self.total.max(largest)),
            is_weak: main.is_some_and(|part| part.is_weak),
            items,
            leaves: Vec::new(),
        }
    }

    /// What a formula holds; `is_exact` where it selects stacks, not just shows a part.
    fn estimate(&self, formula: &Formula, is_exact: bool) -> Estimate {
        let classes = self.classes(formula);
        let rival = self.most_held(&formula.none);
        let left = self.total - rival.min(self.total);
        let high = classes.iter().map(|class| class.high).min();
        let high = high.unwrap_or(self.total).min(left);
        if classes.is_empty() {
            return self.whole(high);
        }
        let counted: Vec<&Class> = classes.iter().filter(|c| !c.items.is_empty()).collect();
        let smallest = counted.iter().min_by_key(|class| class.shown);
        let (Some(smallest), true) = (smallest, is_seen(&classes, formula.is_sign)) else {
            return Estimate {
                high,
                ..Estimate::default()
            };
        };
        let is_single = classes.len() == 1 && !formula.is_sign;
        let is_alone = !is_single && (counted.len() == 1 || counted.len() < classes.len());
        let is_explained = rival > 0 && rival as f64 >= RIVAL * smallest.shown as f64;
        let agree = counted
            .iter()
            .all(|class| self.go_together(smallest, class));
        let most = left.min(self.total - self.most_held(&formula.before).min(self.total));
        let shown = smallest.shown.min(most);
        let counts = agree && !is_explained && self.is_enough(shown, formula, is_single, is_alone);
        let low = match is_exact {
            true => self.must_hold(&classes, formula),
            false => 0,
        };
        let items = counted.iter().flat_map(|class| class.items.clone());
        let leaves = counted.iter().filter(|class| class.is_leaf);
        Estimate {
            low,
            shown: if counts { shown } else { 0 }.clamp(low, high.max(low)),
            high: high.max(low),
            is_weak: is_alone && formula.at_least.is_none(),
            leaves: leaves.flat_map(|class| class.items.clone()).collect(),
            items: match is_explained {
                true => Vec::new(),
                false => sorted(items.collect()),
            },
        }
    }

    /// Whether so much is enough to be more than chance.
    fn is_enough(&self, shown: i64, formula: &Formula, is_single: bool, is_alone: bool) -> bool {
        let least = match formula.at_least {
            _ if is_single => 0.0,
            Some(share) => share,
            None if is_alone => ALONE_SHARE,
            None => SHOWN_SHARE,
        };
        shown as f64 >= least * self.total as f64
    }

    fn classes(&self, formula: &Formula) -> Vec<Class> {
        let other = [&formula.none[..], &formula.before].concat();
        let leaves = formula
            .leaf
            .iter()
            .map(|class| self.allocated(class, &other));
        let every = formula.every.iter().map(|class| self.passed(class, &other));
        leaves.chain(every).collect()
    }

    /// All of the heap, or what is left of it.
    fn whole(&self, high: i64) -> Estimate {
        Estimate {
            low: if high == self.total { high } else { 0 },
            shown: high,
            high,
            is_weak: false,
            items: (0..self.rows.len()).collect(),
            leaves: Vec::new(),
        }
    }

    /// What stacks that have a frame of each class hold at least.
    fn must_hold(&self, classes: &[Class], formula: &Formula) -> i64 {
        if !formula.none.is_empty() {
            // A function that is cut off may be on all of them.
            return 0;
        }
        let held = classes.iter().map(|class| i128::from(class.low));
        let beyond = (classes.len() as i128 - 1) * i128::from(self.total);
        clamp((held.sum::<i128>() - beyond).max(0))
    }

    /// Whether two classes, the first one smaller, are seen to be about the same
    /// stacks.
    fn go_together(&self, smaller: &Class, larger: &Class) -> bool {
        let (a, b) = (smaller.shown as f64, larger.shown as f64);
        let all = self.total as f64;
        a + b - all >= SHOWN_SHARE * all || a >= NEARLY * b
    }

    /// What the largest of some classes holds at least.
    fn most_held(&self, classes: &[Bits]) -> i64 {
        let held = classes.iter().map(|class| self.passed(class, &[]).low);
        held.max().unwrap_or(0)
    }

    /// The stacks that have a frame of a class.
    fn passed(&self, class: &Bits, none: &[Bits]) -> Class {
        let items = self.matching(class, none);
        let cums = items.iter().map(|&item| self.rows[item].cum);
        let low = cums
            .max()
            .unwrap_or(0)
            .max(self.flat(&items))
            .clamp(0, self.total);
        Class {
            low,
            shown: low,
            high: self.total,
            items,
            is_leaf: false,
        }
    }

    /// The stacks that a class allocates, by itself or through generic allocators.
    fn allocated(&self, class: &Bits, none: &[Bits]) -> Class {
        let items = self.matching(class, none);
        let generic = self.matching(NamedFrames::builtin().look_through(), &[]);
        let generic: Vec<usize> = (generic.into_iter())
            .filter(|item| !items.contains(item))
            .collect();
        let low = self.flat(&items).clamp(0, self.total);
        let through = low.saturating_add(self.flat(&generic));
        let cums = items.iter().map(|&item| self.rows[item].cum);
        let unlisted = self.total.saturating_sub(self.flat_of_all());
        let high = through
            .saturating_add(unlisted.max(0))
            .clamp(low, self.total);
        Class {
            low,
            shown: cums.max().unwrap_or(0).min(through).clamp(low, high),
            high,
            items,
            is_leaf: true,
        }
    }

    fn matching(&self, class: &Bits, none: &[Bits]) -> Vec<usize> {
        let rows = 0..self.rows.len();
        let rows = rows.filter(|&row| class.meets(self.frames.row(row)));
        rows.filter(|&row| !none.iter().any(|class| class.meets(self.frames.row(row))))
            .collect()
    }

    fn flat(&self, items: &[usize]) -> i64 {
        sum(items.iter().map(|&item| self.rows[item].flat))
    }

    fn flat_of_all(&self) -> i64 {
        sum(self.rows.iter().map(|row| row.flat))
    }
}

/// The largest of some estimates, and those beside it that rest on other rows.
fn together<'e>(estimates: impl Iterator<Item = &'e Estimate>) -> Estimate {
    let mut estimates: Vec<&Estimate> = estimates.collect();
    estimates.sort_by_key(|estimate| Reverse(estimate.shown));
    let mut estimates = estimates.into_iter();
    let mut all = estimates.next().cloned().unwrap_or_default();
    let allocates = !all.leaves.is_empty();
    for next in estimates.filter(|next| allocates && !next.leaves.is_empty()) {
        if next.items.iter().all(|item| !all.items.contains(item)) {
            all.shown = all.shown.saturating_add(next.shown);
            all.leaves.extend(&next.leaves);
            all.items.extend(&next.items);
        }
    }
    all
}

/// Whether classes have rows enough to be judged. What allocates may stand for those above
/// it, which hold nothing themselves.
fn is_seen(classes: &[Class], is_sign: bool) -> bool {
    let has_rows = |class: &Class| !class.items.is_empty();
    let leaf = !is_sign && classes.iter().any(|class| class.is_leaf && has_rows(class));
    leaf || classes.iter().all(has_rows)
}

fn sum(values: impl Iterator<Item = i64>) -> i64 {
    values.fold(0, i64::saturating_add)
}

fn sorted(mut items: Vec<usize>) -> Vec<usize> {
    items.sort_unstable();
    items.dedup();
    items
}
