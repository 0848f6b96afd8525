//! How names of functions show a kind, as data.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;

use super::list::is_known_kind;
use crate::symbol;

/// Where the kinds of the group `core` are.
const CORE: &str = "k8s.io/api/core/";

/// How names of functions show a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Kinds {
    pub(super) frames: FrameNames,
    pub(super) encoded: Encoded,
    pub(super) received: Received,
    elided: Elided,
    groups: Groups,
    generated: Generated,
    metadata_alone: MetadataAlone,
    printers: Printers,
    others: Others,
}

/// Named frames, by what they show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FrameNames {
    pub(super) custom: Vec<String>,
    pub(super) coercer: Vec<String>,
    pub(super) conversion: Vec<String>,
    pub(super) field_manager: Vec<String>,
}

/// How JSON encoders show a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Encoded {
    /// Frames below which values of a map are written.
    pub(crate) map: Vec<String>,
    /// Those that write bytes.
    pub(crate) bytes: Vec<String>,
    /// The kind that has bytes in a map.
    pub(crate) kind: String,
}

/// How an answer of etcd is held against the objects of a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Received {
    /// Frames that allocate an answer whole.
    pub(crate) buffers: Vec<String>,
    /// Parts that hold all objects of a kind.
    pub(crate) stores: Vec<String>,
}

/// What people leave out of names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elided {
    prefix: String,
    modules: Vec<String>,
    short: Vec<String>,
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
    whole: Vec<WholeGroup>,
}

/// A group all of whose types belong to objects of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeGroup {
    group: String,
    kind: String,
    except: String,
}

/// Functions that code generators name after a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generated {
    convert: Vec<String>,
    to: String,
    defaults: Vec<String>,
    copies: String,
}

/// Objects with their metadata alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataAlone {
    packages: String,
    kind: String,
}

/// Functions that print rows of tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Printers {
    package: String,
    prefix: String,
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
    pub(super) fn builtin() -> &'static Self {
        static KINDS: OnceLock<Kinds> = OnceLock::new();
        KINDS.get_or_init(|| built_in!("kinds"))
    }

    /// A name with what people leave out of it.
    pub(super) fn whole<'n>(&self, name: Cow<'n, str>) -> Cow<'n, str> {
        let own = without_dots(&name);
        let whole = match own.split_once('/') {
            Some((module, _)) => {
                let is_elided = self.elided.modules.iter().any(|m| m == module);
                is_elided.then(|| format!("{}{own}", self.elided.prefix))
            }
            None => self.of_short(own),
        };
        // Somebody else's path begins otherwise.
        let begins = before_dots(&name);
        let whole = whole.filter(|whole| whole.starts_with(begins));
        whole.map_or(name, Cow::Owned)
    }

    /// A name that has no path, with its path.
    fn of_short(&self, name: &str) -> Option<String> {
        let mut known = self.elided.short.iter();
        let whole = known.find_map(|whole| {
            let (path, short) = whole.split_at(whole.len() - symbol::short(whole).len());
            name.starts_with(short).then(|| format!("{path}{name}"))
        });
        whole.or_else(|| {
            let kind = name.strip_prefix("v1.(*")?.split(')').next()?;
            let kind = kind.strip_suffix("List").unwrap_or(kind);
            is_known_kind("core", kind).then(|| format!("{CORE}{name}"))
        })
    }

    /// The API group of Kubernetes whose types a package holds, by the name of its folder:
    /// `core` of `k8s.io/api/core/v1`.
    pub(super) fn group<'p>(&self, package: &'p str) -> Option<&'p str> {
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

    /// The kind whose objects all types of a group belong to, such as `name`.
    pub(super) fn kind_of_group(&self, group: &str, name: &str) -> Option<&str> {
        let mut groups = self.groups.whole.iter();
        let whole = groups.find(|whole| whole.group == group)?;
        (!name.starts_with(&whole.except)).then_some(&whole.kind)
    }

    /// The type that a function converts: that of `Convert_v1_ConfigMap_To_core_ConfigMap`.
    pub(super) fn converted<'f>(&self, function: &'f str) -> Option<&'f str> {
        let rest = without_prefix(function, &self.generated.convert)?;
        let (from, _) = rest.split_once(&self.generated.to)?;
        let (_version, name) = from.split_once('_')?;
        Some(name)
    }

    /// The type whose defaults a function sets: that of `SetObjectDefaults_ConfigMap`.
    pub(super) fn defaulted<'f>(&self, function: &'f str) -> Option<&'f str> {
        without_prefix(function, &self.generated.defaults)
    }

    /// Whether a method copies an object, or what one consists of.
    pub(super) fn is_copying(&self, method: &str) -> bool {
        method.starts_with(&self.generated.copies)
    }

    /// Whether a package holds the metadata of all objects.
    pub(super) fn is_of_metadata(&self, package: &str) -> bool {
        package.contains(&self.metadata_alone.packages)
    }

    /// The kind of metadata alone, of a type in a package that holds it.
    pub(super) fn metadata_alone(&self, name: &str) -> Option<&str> {
        let kind = &self.metadata_alone.kind;
        name.starts_with(kind).then_some(kind)
    }

    /// Whether the functions of a package print rows of tables.
    pub(super) fn is_printer(&self, package: &str) -> bool {
        package == self.printers.package
    }

    /// What a function prints, such as `PodList`.
    pub(super) fn printed<'f>(&self, package: &str, function: &'f str) -> Option<&'f str> {
        let is_printer = self.is_printer(package);
        let printed = function.strip_prefix(self.printers.prefix.as_str());
        printed.filter(|_| is_printer)
    }

    /// Whether the types of a group stand around objects, or describe them.
    pub(super) fn is_wrapper(&self, group: &str) -> bool {
        self.groups.wrappers.iter().any(|wrapper| wrapper == group)
    }

    /// Whether a method of a list shows that it is an object itself.
    pub(super) fn is_of_list(&self, method: &str) -> bool {
        begins(method, &self.groups.list_methods)
    }

    /// Whether the `apis` of a package are not the API.
    pub(super) fn is_machinery(&self, package: &str) -> bool {
        let repository = package.strip_prefix("k8s.io/");
        let repository = repository.and_then(|rest| rest.split('/').next());
        let mut machinery = self.others.machinery.iter();
        repository.is_some_and(|repository| machinery.any(|known| known == repository))
    }

    /// Whether a method writes or reads an object.
    pub(super) fn is_marshalling(&self, method: &str) -> bool {
        begins(method, &self.others.methods)
    }

    /// Whether a type is a value in an object that is written in its own way.
    pub(super) fn is_value(&self, name: &str) -> bool {
        ends(name, &self.others.values)
    }

    /// Whether a type of an operator is a part of its objects.
    pub(super) fn is_part(&self, name: &str) -> bool {
        self.others.metadata.iter().any(|part| part == name) || ends(name, &self.others.parts)
    }
}

fn begins(name: &str, prefixes: &[String]) -> bool {
    without_prefix(name, prefixes).is_some()
}

/// What follows the first of some prefixes that a name has.
fn without_prefix<'n>(name: &'n str, prefixes: &[String]) -> Option<&'n str> {
    let mut prefixes = prefixes.iter();
    prefixes.find_map(|prefix| name.strip_prefix(prefix.as_str()))
}

fn ends(name: &str, endings: &[String]) -> bool {
    endings.iter().any(|end| name.ends_with(end.as_str()))
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

/// What stands behind the last elements that somebody put dots for: `k8s.io/.../etcd3.New`.
fn without_dots(name: &str) -> &str {
    let path = name.split(['(', '[', '{']).next().unwrap_or(name);
    let ends = [".../", "…/"].map(|dots| path.rfind(dots).map(|at| at + dots.len()));
    let end = ends.into_iter().flatten().max();
    end.map_or(name, |end| &name[end..])
}

/// What stands before the first elements that somebody put dots for; nothing without dots.
fn before_dots(name: &str) -> &str {
    let path = name.split(['(', '[', '{']).next().unwrap_or(name);
    let starts = [".../", "…/"].map(|dots| path.find(dots));
    let start = starts.into_iter().flatten().min();
    &name[..start.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_shows_its_group() {
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
}
