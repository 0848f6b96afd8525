//! The kinds of Kubernetes' own API groups, and how other kinds are told.

use std::sync::OnceLock;

use serde::Deserialize;

/// How names of functions show a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kinds {
    pub(crate) frames: KindFrames,
    printers: Printers,
    groups: Groups,
    others: Others,
}

/// Named frames, by what they show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct KindFrames {
    pub(crate) custom: Vec<String>,
    pub(crate) coercer: Vec<String>,
    pub(crate) conversion: Vec<String>,
    pub(crate) field_manager: Vec<String>,
}

/// Functions that print rows of tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Printers {
    package: String,
    prefix: String,
}

/// Packages of Kubernetes' own API groups.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Groups {
    roots: Vec<String>,
    copies: String,
    core: Vec<String>,
    wrappers: Vec<String>,
    list_methods: Vec<String>,
}

/// Packages of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Others {
    machinery: Vec<String>,
    methods: Vec<String>,
    values: Vec<String>,
    metadata: Vec<String>,
    parts: Vec<String>,
}

impl Kinds {
    /// What is compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static KINDS: OnceLock<Kinds> = OnceLock::new();
        KINDS.get_or_init(|| {
            let kinds = toml::from_str(include_str!("kinds.toml"));
            kinds.expect("the built-in kinds are tested")
        })
    }

    /// The API group of Kubernetes whose types a package holds, by the name of its folder:
    /// `core` of `k8s.io/api/core/v1`.
    pub(crate) fn group<'p>(&self, package: &'p str) -> Option<&'p str> {
        if self.groups.core.iter().any(|core| core == package) {
            return Some("core");
        }
        let mut roots = self.groups.roots.iter();
        let own = roots.find_map(|root| package.strip_prefix(root.as_str()));
        let copy = || Some(package.split_once(self.groups.copies.as_str())?.1);
        let (group, version) = match own.or_else(copy)? {
            rest if rest.contains('/') => rest.split_once('/')?,
            group => (group, "v1"),
        };
        is_version(version).then_some(group)
    }

    /// What a function prints, such as `PodList`.
    pub(crate) fn printed<'f>(&self, package: &str, function: &'f str) -> Option<&'f str> {
        let is_printer = package == self.printers.package;
        let printed = function.strip_prefix(self.printers.prefix.as_str());
        printed.filter(|_| is_printer)
    }

    /// Whether the types of a group stand around objects, or describe them.
    pub(crate) fn is_wrapper(&self, group: &str) -> bool {
        self.groups.wrappers.iter().any(|wrapper| wrapper == group)
    }

    /// Whether a method of a list shows that it is an object itself.
    pub(crate) fn is_of_list(&self, method: &str) -> bool {
        begins(method, &self.groups.list_methods)
    }

    /// Whether the `apis` of a package are not the API.
    pub(crate) fn is_machinery(&self, package: &str) -> bool {
        let repository = package.strip_prefix("k8s.io/");
        let repository = repository.and_then(|rest| rest.split('/').next());
        let mut machinery = self.others.machinery.iter();
        repository.is_some_and(|repository| machinery.any(|known| known == repository))
    }

    /// Whether a method writes or reads an object.
    pub(crate) fn is_marshalling(&self, method: &str) -> bool {
        begins(method, &self.others.methods)
    }

    /// Whether a type is a value in an object that is written in its own way.
    pub(crate) fn is_value(&self, name: &str) -> bool {
        ends(name, &self.others.values)
    }

    /// Whether a type of an operator is a part of its objects.
    pub(crate) fn is_part(&self, name: &str) -> bool {
        self.others.metadata.iter().any(|part| part == name) || ends(name, &self.others.parts)
    }
}

fn begins(name: &str, prefixes: &[String]) -> bool {
    prefixes
        .iter()
        .any(|prefix| name.starts_with(prefix.as_str()))
}

fn ends(name: &str, endings: &[String]) -> bool {
    endings.iter().any(|end| name.ends_with(end.as_str()))
}

/// Whether a type is a kind of one of Kubernetes' groups. `LimitRange` of a group that is
/// not known yet may be one that has moved.
pub(crate) fn is_known_kind(group: &str, name: &str) -> bool {
    let is_known = known().iter().any(|(known, _)| *known == group);
    match is_known {
        true => known().binary_search(&(group, name)).is_ok(),
        false => is_kind_of_any_group(name),
    }
}

/// Whether one of Kubernetes' groups has such a kind.
pub(crate) fn is_kind_of_any_group(name: &str) -> bool {
    known().iter().any(|(_, kind)| *kind == name)
}

/// `v1`, `v1beta2`, `v2alpha1`.
pub(crate) fn is_version(element: &str) -> bool {
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
        let check = |package: &str, expected: Option<&str>| {
            assert_eq!(Kinds::builtin().group(package), expected, "{package}");
        };
        check("k8s.io/api/core/v1", Some("core"));
        check("k8s.io/kubernetes/pkg/apis/core", Some("core"));
        check("k8s.io/kubernetes/pkg/apis/apps/v1beta2", Some("apps"));
        check("k8s.io/kubernetes/pkg/api/v1", Some("core"));
        check("k8s.io/kubernetes/pkg/apis/core/validation", None);
        check("k8s.io/cri-api/pkg/apis/runtime/v1", None);
        let cilium = "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/discovery/v1";
        check(cilium, Some("discovery"));
        let longhorn = "github.com/longhorn/longhorn-manager/k8s/pkg/apis/longhorn/v1beta2";
        check(longhorn, None);
    }

    #[test]
    fn a_kind_is_one_of_its_own_group() {
        assert!(is_known_kind("resource", "ResourceClaim"));
        assert!(!is_known_kind("core", "ResourceClaim"));
        // Of a group that nobody has listed yet, any.
        assert!(is_known_kind("moved", "ResourceClaim"));
    }
}
