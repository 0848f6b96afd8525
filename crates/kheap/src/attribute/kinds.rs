//! The kinds of Kubernetes' own API groups.
//!
//! A package of an API group holds kinds, hundreds of types that are parts of them,
//! and options of requests, and no ending tells them apart. So kinds are those of a
//! list (`kinds.txt`), and those that prove themselves, being newer: a type with a
//! list of its own that is encoded or copied as an object. Maps such as `ResourceList`
//! are not.

use std::sync::OnceLock;

use hashbrown::HashSet;

use crate::symbol::Symbol;

/// Kinds that the names of one profile tell.
#[derive(Debug, Default)]
pub(super) struct Proven {
    /// Groups and kinds of Kubernetes that have a list.
    listed: HashSet<(String, String)>,
    /// Packages of others, and their types that are copied as objects.
    copied: HashSet<(String, String)>,
}

impl Proven {
    pub(super) fn by<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut proven = Self::default();
        for name in names {
            if name.contains("List).") {
                proven.listed.extend(listed(name));
            }
            if name.contains(").DeepCopyObject") {
                proven.copied.extend(copied(name));
            }
        }
        proven
    }

    /// Whether a type of a package is copied as an object.
    pub(super) fn is_copied(&self, package: &str, name: &str) -> bool {
        self.copied.contains(&(package.to_owned(), name.to_owned()))
    }

    /// Whether a type of a group is a kind.
    pub(super) fn is_kind(&self, group: &str, name: &str) -> bool {
        // `LimitRange` of a group that is not known yet may be one that has moved.
        let is_known = known().iter().any(|(known, _)| *known == group);
        let is_listed = match is_known {
            true => known().binary_search(&(group, name)).is_ok(),
            false => known().iter().any(|(_, kind)| *kind == name),
        };
        let proven = || self.listed.contains(&(group.to_owned(), name.to_owned()));
        is_listed || !WRAPPERS.contains(&group) && proven()
    }
}

/// Groups whose types stand around objects, or describe them.
const WRAPPERS: [&str; 2] = ["admission", "apidiscovery"];

/// The kind of a list that is an object itself.
fn listed(name: &str) -> Option<(String, String)> {
    const OBJECT_METHODS: [&str; 4] = ["DeepCopyObject", "Unmarshal", "Marshal", "XXX_"];
    let symbol = Symbol::parse(name);
    let kind = symbol.receiver?.name.strip_suffix("List")?;
    let is_object = (OBJECT_METHODS.into_iter()).any(|method| symbol.name.starts_with(method));
    let group = group(symbol.package)?;
    (is_object && !kind.is_empty()).then(|| (group.to_owned(), kind.to_owned()))
}

/// The package and the kind of a type that is copied as an object, or as its list.
fn copied(name: &str) -> Option<(String, String)> {
    let symbol = Symbol::parse(name);
    let name = symbol.receiver?.name;
    let kind = name.strip_suffix("List").unwrap_or(name);
    Some((symbol.package.to_owned(), kind.to_owned()))
}

/// The API group of Kubernetes whose types a package holds, by the name of its folder:
/// `core` of `k8s.io/api/core/v1`.
pub(super) fn group(package: &str) -> Option<&str> {
    const ROOTS: [&str; 5] = [
        "k8s.io/api/",
        "k8s.io/kubernetes/pkg/apis/",
        "k8s.io/apiextensions-apiserver/pkg/apis/",
        "k8s.io/kube-aggregator/pkg/apis/",
        "k8s.io/metrics/pkg/apis/",
    ];
    // Before there was a folder for it.
    const CORE: [&str; 2] = ["k8s.io/kubernetes/pkg/api", "k8s.io/kubernetes/pkg/api/v1"];
    if CORE.contains(&package) {
        return Some("core");
    }
    let own = ROOTS
        .into_iter()
        .find_map(|root| package.strip_prefix(root));
    // Cilium's slimmer copies of the same types.
    let copy = || Some(package.split_once("/k8s/api/")?.1);
    let (group, version) = match own.or_else(copy)? {
        rest if rest.contains('/') => rest.split_once('/')?,
        group => (group, "v1"),
    };
    is_version(version).then_some(group)
}

/// `v1`, `v1beta2`, `v2alpha1`.
pub(super) fn is_version(element: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = element.strip_prefix('v') else {
        return false;
    };
    let stable = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
    match stable {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(rest),
    }
}

/// Groups and kinds, sorted.
fn known() -> &'static [(&'static str, &'static str)] {
    static KINDS: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let lines = include_str!("kinds.txt").lines();
        lines
            .filter_map(|line| line.split_once('/').filter(|_| !line.starts_with('#')))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_names_each_kind_once() {
        assert!(known().len() > 100);
        assert!(known().is_sorted_by(|a, b| a < b));
        assert!(known().iter().all(|(_, kind)| !kind.ends_with("List")));
    }

    #[test]
    fn a_group_is_told_from_the_package() {
        assert_eq!(group("k8s.io/api/core/v1"), Some("core"));
        assert_eq!(group("k8s.io/kubernetes/pkg/apis/core"), Some("core"));
        assert_eq!(
            group("k8s.io/kubernetes/pkg/apis/apps/v1beta2"),
            Some("apps")
        );
        assert_eq!(group("k8s.io/kubernetes/pkg/api/v1"), Some("core"));
        assert_eq!(group("k8s.io/kubernetes/pkg/apis/core/validation"), None);
        assert_eq!(group("k8s.io/cri-api/pkg/apis/runtime/v1"), None);
        let cilium = "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/discovery/v1";
        assert_eq!(group(cilium), Some("discovery"));
        let longhorn = "github.com/longhorn/longhorn-manager/k8s/pkg/apis/longhorn/v1beta2";
        assert_eq!(group(longhorn), None);
    }

    #[test]
    fn a_kind_is_one_of_its_own_group() {
        let proven = Proven::default();
        assert!(proven.is_kind("resource", "ResourceClaim"));
        assert!(!proven.is_kind("core", "ResourceClaim"));
        // Of a group that nobody has listed yet, any.
        assert!(proven.is_kind("moved", "ResourceClaim"));
    }

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
