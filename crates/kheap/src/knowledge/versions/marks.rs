//! The oldest and the newest version that functions allow.

use std::collections::BTreeMap;

use super::data::{MarkFile, Product, VersionsData};
use super::range::{VersionRange, VersionReason};
use super::version::Version;
use crate::symbol;

/// The oldest and the newest version that functions allow, with the function.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    lower: BTreeMap<Product, (Version, VersionReason)>,
    upper: BTreeMap<Product, (Version, VersionReason)>,
}

impl Bounds {
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n [u8]>) -> Self {
        let data = VersionsData::builtin();
        let mut bounds = Self::default();
        for name in names {
            for position in data.functions.matches(name) {
                bounds.narrow(&data.file.mark[position], name);
            }
        }
        bounds
    }

    fn narrow(&mut self, mark: &MarkFile, name: &[u8]) {
        let entry = |version| {
            let name = String::from_utf8_lossy(name);
            let function = || VersionReason::Function(symbol::short(&name).into_owned());
            let folder = mark.folder.clone().map(VersionReason::Folder);
            (version, folder.unwrap_or_else(function))
        };
        let lower = self.lower.get(&mark.product).map(|(version, _)| *version);
        let upper = self.upper.get(&mark.product).map(|(version, _)| *version);
        if let Some(least) = mark.at_least.filter(|&least| lower < Some(least)) {
            self.lower.insert(mark.product, entry(least));
        }
        if let Some(most) = mark
            .at_most
            .filter(|&most| upper.is_none_or(|upper| most < upper))
        {
            self.upper.insert(mark.product, entry(most));
        }
    }

    /// `None` where nothing is known, or where marks contradict each other.
    pub(super) fn range(&self, product: Product) -> Option<VersionRange> {
        let (lower, upper) = (self.lower.get(&product), self.upper.get(&product));
        let version = |bound: Option<&(Version, VersionReason)>| bound.map(|(version, _)| *version);
        let bounds = lower.into_iter().chain(upper);
        let mut reason: Vec<VersionReason> = bounds.map(|(_, reason)| reason.clone()).collect();
        reason.dedup();
        let (at_least, at_most) = (version(lower), version(upper));
        let is_known = at_least.is_some() || at_most.is_some();
        let agree = at_most.is_none_or(|most| at_least.is_none_or(|least| least <= most));
        (is_known && agree).then_some(VersionRange {
            at_least,
            at_most,
            reason,
        })
    }
}
