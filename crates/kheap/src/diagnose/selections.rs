//! What a signature selects in a heap, and the conditions on it.

use hashbrown::{HashMap, HashSet};

use super::heap::{Heap, Selected};
use super::history::History;
use super::share;
use super::signature::{Condition, Signature};
use crate::memory::Memory;

/// Which kinds are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kinds<'k> {
    All,
    One(&'k str),
    /// All but these.
    Rest(&'k HashSet<String>),
}

/// The selections of a signature in a heap, each made once.
#[derive(Debug)]
pub(super) struct Selections<'a, 's> {
    heap: &'a Heap<'a>,
    process: Option<&'a Memory>,
    history: Option<&'a History>,
    pub(super) signature: &'s Signature,
    whole: HashMap<String, Selected>,
    /// Stacks by kind.
    by_kind: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl<'a, 's> Selections<'a, 's> {
    pub(super) fn new(
        heap: &'a Heap<'a>,
        process: Option<&'a Memory>,
        history: Option<&'a History>,
        signature: &'s Signature,
    ) -> Self {
        Self {
            heap,
            process,
            history,
            signature,
            whole: HashMap::new(),
            by_kind: HashMap::new(),
        }
    }

    fn whole(&mut self, name: &str) -> &Selected {
        let (heap, process, signature) = (self.heap, self.process, self.signature);
        let select = signature.select.get(name);
        let entry = self.whole.entry(name.to_owned());
        entry.or_insert_with(|| match select {
            Some(select) if select.beside_heap => beside(heap, process),
            _ => heap.select(signature, name),
        })
    }

    pub(super) fn of(&mut self, name: &str, kinds: Kinds<'_>) -> Selected {
        let Heap::Stacks(stacks) = self.heap else {
            return self.whole(name).clone();
        };
        let items = match kinds {
            Kinds::All => return self.whole(name).clone(),
            Kinds::One(kind) => self.by_kind(name).get(kind).cloned().unwrap_or_default(),
            Kinds::Rest(told) => {
                let groups = self.by_kind(name).iter();
                let rest = groups.filter(|(kind, _)| !told.contains(*kind));
                let mut items: Vec<usize> = rest.flat_map(|(_, items)| items.clone()).collect();
                items.sort_unstable();
                items
            }
        };
        stacks.selected(items)
    }

    /// Made in one pass, however many kinds there are.
    fn by_kind(&mut self, name: &str) -> &HashMap<String, Vec<usize>> {
        if !self.by_kind.contains_key(name) {
            let items = self.whole(name).items.clone();
            let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
            if let Heap::Stacks(stacks) = self.heap {
                for item in items {
                    let kind = &stacks.analysis.stacks[item].place.kind;
                    groups.entry_ref(kind).or_default().push(item);
                }
            }
            self.by_kind.insert(name.to_owned(), groups);
        }
        &self.by_kind[name]
    }

    /// In the order of their names.
    pub(super) fn kinds_of(&mut self, name: &str) -> Vec<String> {
        let mut kinds: Vec<String> = self.by_kind(name).keys().cloned().collect();
        kinds.sort();
        kinds
    }

    pub(super) fn all_hold(&mut self, conditions: &[Condition], kinds: Kinds<'_>) -> bool {
        let mut conditions = conditions.iter();
        conditions.all(|condition| self.holds(condition, kinds))
    }

    fn holds(&mut self, condition: &Condition, kinds: Kinds<'_>) -> bool {
        if !condition.any_of.is_empty() {
            let mut lists = condition.any_of.iter();
            return lists.any(|all| self.all_hold(all, kinds));
        }
        if let Some(role) = condition.role {
            return self.heap.role() == role;
        }
        let Some(measure) = self.measure(condition, kinds) else {
            return false;
        };
        condition.at_least.is_none_or(|least| measure >= least)
            && condition.at_most.is_none_or(|most| measure <= most)
    }

    /// `None` where the heap does not tell.
    fn measure(&mut self, condition: &Condition, kinds: Kinds<'_>) -> Option<f64> {
        if let Some(name) = &condition.share {
            let total = self.heap.total();
            return Some(share(self.of(name, kinds).bytes, total));
        }
        if let Some(name) = &condition.bytes {
            return Some(self.of(name, kinds).bytes as f64);
        }
        if let Some(name) = &condition.objects {
            return self.of(name, kinds).objects.map(|objects| objects as f64);
        }
        if let Some(name) = &condition.mean_size {
            let selected = self.of(name, kinds);
            let objects = selected.objects.filter(|&objects| objects > 0)?;
            return Some(selected.bytes as f64 / objects as f64);
        }
        if let Some(name) = &condition.growth_share {
            let kind = match kinds {
                Kinds::All => None,
                Kinds::One(kind) => Some(kind),
                Kinds::Rest(_) => return None,
            };
            return self.history?.growth_share(self.signature, name, kind);
        }
        if let Some(pattern) = &condition.seen {
            return self.heap.seen(pattern).map(|seen| seen as f64);
        }
        if let Some([a, b]) = &condition.overlap {
            let (a, b) = (self.of(a, kinds), self.of(b, kinds));
            return Some(share(self.heap.in_common(&a, &b), self.heap.total()));
        }
        let [a, b] = condition.ratio.as_ref()?;
        let (a, b) = (self.of(a, kinds).bytes, self.of(b, kinds).bytes);
        (b != 0).then(|| a as f64 / b as f64)
    }
}

/// What of the process the profile does not show. No stack holds it.
fn beside(heap: &Heap<'_>, process: Option<&Memory>) -> Selected {
    let total = process.map_or(0, |process| process.total);
    Selected {
        bytes: total.saturating_sub(heap.total()).max(0),
        ..Selected::default()
    }
}
