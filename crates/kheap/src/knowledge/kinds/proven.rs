//! Kinds that the names of one profile show.
//!
//! Kinds that are newer than the list prove themselves: a type with a list of its own that
//! is encoded or copied as an object. Maps such as `ResourceList` are not.

use hashbrown::HashSet;

use super::data::Kinds;
use super::list::is_known_kind;
use crate::symbol::Symbol;

/// Kinds that the names of one profile show.
#[derive(Debug, Default)]
pub(crate) struct Proven {
    /// Groups and kinds of Kubernetes that have a list.
    listed: HashSet<(String, String)>,
    /// Packages of others, and their types that are copied as objects.
    copied: HashSet<(String, String)>,
}

impl Proven {
    pub(crate) fn by<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut proven = Self::default();
        for name in names {
            let Some(end) = memchr::memchr(b')', name.as_bytes()) else {
                continue;
            };
            let (receiver, method) = name.split_at(end);
            if receiver.ends_with("List") {
                proven.listed.extend(listed(name));
            }
            if method.starts_with(").DeepCopyObject") {
                proven.copied.extend(copied(name));
            }
        }
        proven
    }

    /// Whether a type of a package is copied as an object.
    pub(crate) fn is_copied(&self, package: &str, name: &str) -> bool {
        self.copied.contains(&(package.to_owned(), name.to_owned()))
    }

    /// Whether a type of a group is a kind.
    pub(crate) fn is_kind(&self, group: &str, name: &str) -> bool {
        let proven = || self.listed.contains(&(group.to_owned(), name.to_owned()));
        is_known_kind(group, name) || !Kinds::builtin().is_wrapper(group) && proven()
    }
}

/// The kind of a list that is an object itself.
fn listed(name: &str) -> Option<(String, String)> {
    let symbol = Symbol::parse(name);
    let kind = symbol.receiver?.name.strip_suffix("List")?;
    let is_object = Kinds::builtin().is_of_list(symbol.name);
    let group = Kinds::builtin().group(symbol.package)?;
    (is_object && !kind.is_empty()).then(|| (group.to_owned(), kind.to_owned()))
}

/// The package and the kind of a type that is copied as an object, or as its list.
fn copied(name: &str) -> Option<(String, String)> {
    let symbol = Symbol::parse(name);
    let name = symbol.receiver?.name;
    let kind = name.strip_suffix("List").unwrap_or(name);
    Some((symbol.package.to_owned(), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_newer_than_the_list_is_proven_by_its_list() {
        let check = |name: &str, kind: &str, expected: bool| {
            let proven = Proven::by([name].into_iter());
            assert_eq!(proven.is_kind("core", kind), expected, "{name}");
        };
        check(
            "k8s.io/api/core/v1.(*PodFlockList).Unmarshal",
            "PodFlock",
            true,
        );
        check(
            "k8s.io/kubernetes/pkg/apis/core.(*PodFlockList).DeepCopyObject",
            "PodFlock",
            true,
        );
        check(
            "k8s.io/api/core/v1.(*PodFlock).Unmarshal",
            "PodFlock",
            false,
        );
        check(
            "k8s.io/api/core/v1.(*ResourceList).DeepCopyInto",
            "Resource",
            false,
        );
        check(
            "example.com/apis/core/v1.(*PodFlockList).Unmarshal",
            "PodFlock",
            false,
        );
    }
}
