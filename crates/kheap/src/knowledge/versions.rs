//! Which versions of Kubernetes, etcd and Go a program may have been built from, and why.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use memchr::memmem;
use serde::{Deserialize, Deserializer, de};

use crate::expressions::Expressions;
use crate::profile::Profile;
use crate::symbol;

/// How large the expressions of all marks may be compiled, in bytes.
const MARKS_BYTES: usize = 10 << 20;

/// Stands between a module and its version in a path.
const AT: &[u8] = b"@v";

/// A minor version, such as 1.34.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Version {
    /// 1 of 1.34.
    pub major: u32,
    /// 34 of 1.34.
    pub minor: u32,
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid version {0:?}: a version is written like 1.34")]
pub struct VersionError(pub String);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Takes `1.34`, `v1.34` and `1.34.2-gke.100`: what follows the minor version is left out.
impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let read = || {
            let (major, rest) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (minor, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let is_end = rest.is_empty() || rest.starts_with(['.', '-', '+']);
            is_end.then_some(Self {
                major: major.parse().ok()?,
                minor: minor.parse().ok()?,
            })
        };
        read().ok_or_else(|| VersionError(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// Kubernetes and its libraries.
    Kubernetes,
    /// The server of etcd.
    Etcd,
    /// Go's compiler and library.
    Go,
}

/// Which versions a program may have, and why no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct VersionRange {
    /// The oldest that it may have; `None` where nothing tells.
    pub at_least: Option<Version>,
    /// The newest that it may have; `None` where nothing tells.
    pub at_most: Option<Version>,
    /// What tells the bounds, that of the lower one first.
    pub reason: Vec<VersionReason>,
}

/// What tells a version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum VersionReason {
    /// A module in the path of a source file: `k8s.io/apiserver@v0.34`.
    Module(String),
    /// A function that only these versions have.
    Function(String),
    /// The user.
    Given,
}

impl fmt::Display for VersionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => write!(f, "source paths name {module}"),
            Self::Function(name) => write!(f, "{name} is on the stack"),
            Self::Given => write!(f, "given"),
        }
    }
}

impl VersionRange {
    /// The version that the user gives.
    pub fn given(version: Version) -> Self {
        Self::exactly(version, VersionReason::Given)
    }

    fn exactly(version: Version, reason: VersionReason) -> Self {
        Self {
            at_least: Some(version),
            at_most: Some(version),
            reason: vec![reason],
        }
    }

    /// Whether the program has this version or a newer one; `None` where the range does
    /// not tell.
    pub fn has(&self, version: Version) -> Option<bool> {
        match (self.at_least, self.at_most) {
            (Some(least), _) if least >= version => Some(true),
            (_, Some(most)) if most < version => Some(false),
            _ => None,
        }
    }
}

/// One line, such as `1.33 or newer: streamEncodeCollections is on the stack`.
impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least == most => write!(f, "{least}")?,
            (Some(least), Some(most)) => write!(f, "{least} to {most}")?,
            (Some(least), None) => write!(f, "{least} or newer")?,
            (None, Some(most)) => write!(f, "{most} or older")?,
            (None, None) => write!(f, "unknown")?,
        }
        let mut before = ": ";
        for reason in &self.reason {
            write!(f, "{before}{reason}")?;
            before = "; ";
        }
        Ok(())
    }
}

/// What a profile tells of the versions that its program was built from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Versions {
    /// Kubernetes or, in other programs, its libraries; `None` where nothing tells.
    pub kubernetes: Option<VersionRange>,
    /// etcd, where its server is in the program. Its clients do not tell its version.
    pub etcd: Option<VersionRange>,
    /// Go.
    pub go: Option<VersionRange>,
}

impl Versions {
    /// What the paths of source files and the names of functions tell.
    pub fn of(profile: &Profile) -> Self {
        let functions = profile.functions().iter();
        let marks = Bounds::of(functions.map(|function| profile.strings().get(function.name)));
        let module = |product| module(profile, product);
        let by_marks = |product| marks.range(product);
        Self {
            kubernetes: module(Product::Kubernetes).or_else(|| by_marks(Product::Kubernetes)),
            // Its functions show that the server is there; the module says more.
            etcd: by_marks(Product::Etcd).map(|range| module(Product::Etcd).unwrap_or(range)),
            go: by_marks(Product::Go),
        }
    }

    /// What the names of functions tell, as in a table.
    pub(crate) fn of_names<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let marks = Bounds::of(names.map(str::as_bytes));
        Self {
            kubernetes: marks.range(Product::Kubernetes),
            etcd: marks.range(Product::Etcd),
            go: marks.range(Product::Go),
        }
    }

    /// The same with the versions that the user gives in place of those that are told.
    #[must_use]
    pub fn with_given(self, kubernetes: Option<Version>, etcd: Option<Version>) -> Self {
        Self {
            kubernetes: kubernetes.map(VersionRange::given).or(self.kubernetes),
            etcd: etcd.map(VersionRange::given).or(self.etcd),
            go: self.go,
        }
    }
}

/// The oldest and the newest version that functions allow, with the function.
#[derive(Debug, Default)]
struct Bounds {
    lower: BTreeMap<Product, (Version, String)>,
    upper: BTreeMap<Product, (Version, String)>,
}

impl Bounds {
    fn of<'n>(names: impl Iterator<Item = &'n [u8]>) -> Self {
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
            let short = || symbol::short(&name).into_owned();
            (version, mark.shown.clone().unwrap_or_else(short))
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

    /// `None` where nothing is told, or where marks contradict each other.
    fn range(&self, product: Product) -> Option<VersionRange> {
        let (lower, upper) = (self.lower.get(&product), self.upper.get(&product));
        let version = |bound: Option<&(Version, String)>| bound.map(|(version, _)| *version);
        let mut names: Vec<&String> = lower
            .into_iter()
            .chain(upper)
            .map(|(_, name)| name)
            .collect();
        names.dedup();
        let (at_least, at_most) = (version(lower), version(upper));
        let is_told = at_least.is_some() || at_most.is_some();
        let agree = at_most.is_none_or(|most| at_least.is_none_or(|least| least <= most));
        (is_told && agree).then(|| VersionRange {
            at_least,
            at_most,
            reason: names
                .into_iter()
                .map(|name| VersionReason::Function(name.clone()))
                .collect(),
        })
    }
}

/// The version of the first module of a product that a path names; the first in the order
/// of the file.
fn module(profile: &Profile, product: Product) -> Option<VersionRange> {
    let data = &VersionsData::builtin().file.module;
    let data = data.iter().find(|module| module.product == product)?;
    let texts = profile.strings().iter().flat_map(modules);
    let known = texts.filter_map(|(text, version)| Some((data.known(text, version)?, version)));
    let ((_, path), version) = known.min_by_key(|((rank, _), _)| *rank)?;
    let reason = VersionReason::Module(format!("{path}@v{version}"));
    // Kubernetes 1.34 has the libraries 0.34.
    let major = *data.majors.last()?;
    Some(VersionRange::exactly(Version { major, ..version }, reason))
}

/// The modules with their versions in a text, such as a path in the module cache.
fn modules(text: &[u8]) -> impl Iterator<Item = (&str, Version)> {
    memmem::find_iter(text, AT).filter_map(|at| {
        let before = str::from_utf8(&text[..at]).ok()?;
        let after = &text[at + AT.len()..];
        let end = after.iter().position(|byte| matches!(byte, b'/' | b'\\'));
        let version = str::from_utf8(&after[..end.unwrap_or(after.len())]).ok()?;
        Some((before, version.parse().ok()?))
    })
}

/// The data, with its expressions compiled.
#[derive(Debug)]
struct VersionsData {
    file: VersionsFile,
    /// One a mark, in their order.
    functions: Expressions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionsFile {
    module: Vec<ModuleFile>,
    mark: Vec<MarkFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleFile {
    product: Product,
    paths: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    majors: Vec<u32>,
    least: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkFile {
    product: Product,
    at_least: Option<Version>,
    at_most: Option<Version>,
    functions: String,
    shown: Option<String>,
}

impl VersionsData {
    fn builtin() -> &'static Self {
        static VERSIONS: OnceLock<VersionsData> = OnceLock::new();
        VERSIONS.get_or_init(|| {
            let file: Result<VersionsFile, _> = toml::from_str(include_str!("versions.toml"));
            let file = file.expect("the built-in versions are tested");
            let functions: Vec<&String> = file.mark.iter().map(|mark| &mark.functions).collect();
            let functions = Expressions::new(&functions, MARKS_BYTES);
            Self {
                functions: functions.expect("the built-in versions are tested"),
                file,
            }
        })
    }
}

impl ModuleFile {
    /// The path of a module that tells the version, which ends a text, and where it stands
    /// in the order of those that do.
    fn known<'t>(&self, text: &'t str, version: Version) -> Option<(usize, &'t str)> {
        let counts = self.majors.contains(&version.major) && version.minor >= self.least;
        let module = |path: &String| match path.strip_suffix('*') {
            Some(start) => begin(text, start),
            None => begin(text, path).filter(|module| *module == path.as_str()),
        };
        if !counts || self.except.iter().any(|path| module(path).is_some()) {
            return None;
        }
        let mut paths = self.paths.iter().enumerate();
        paths.find_map(|(rank, path)| Some((rank, module(path)?)))
    }
}

/// The end of a text from some elements of a path on.
fn begin<'t>(text: &'t str, elements: &str) -> Option<&'t str> {
    let at = text.rfind(elements)?;
    let (before, module) = text.split_at(at);
    (before.is_empty() || before.ends_with(['/', '\\'])).then_some(module)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    /// A profile of functions, each with the path of its file where one is given.
    fn versions(functions: &[(&str, &str)]) -> Versions {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        for (name, path) in functions {
            builder.function(name, path);
        }
        Versions::of(&builder.finish())
    }

    fn text(range: Option<VersionRange>) -> String {
        range.map_or_else(|| "unknown".to_owned(), |range| range.to_string())
    }

    #[track_caller]
    fn check_kubernetes(functions: &[(&str, &str)], expected: &str) {
        assert_eq!(
            text(versions(functions).kubernetes),
            expected,
            "{functions:?}"
        );
    }

    #[track_caller]
    fn check_path(path: &str, expected: &str) {
        check_kubernetes(&[("main.f", path)], expected);
    }

    #[test]
    fn paths_of_modules_tell_the_version() {
        let exactly = "1.34: source paths name k8s.io/apiserver@v0.34";
        check_path("/go/pkg/mod/k8s.io/apiserver@v0.34.1/pkg/x.go", exactly);
        check_path("k8s.io/apiserver@v0.34.1/pkg/x.go", exactly);
        check_path("/m/k8s.io/apiserver@v0.34.0-rc.1/x.go", exactly);
        check_path(
            "/m/k8s.io/kubernetes@v1.28.3/pkg/x.go",
            "1.28: source paths name k8s.io/kubernetes@v1.28",
        );
        check_path(
            "/m/github.com/k3s-io/kubernetes@v1.30.2-k3s1/pkg/x.go",
            "1.30: source paths name github.com/k3s-io/kubernetes@v1.30",
        );
        check_path(
            "/m/github.com/k3s-io/kubernetes/staging/src/k8s.io/api@v1.30.2-k3s1/x.go",
            "1.30: source paths name k8s.io/api@v1.30",
        );
        for other in [
            "/go/src/k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/x.go",
            "/m/k8s.io/apiserver@v0.x/y.go",
            "/m/k8s.io/klog/v2@v2.40.1/klog.go",
            "/m/k8s.io/klog@v1.0.0/klog.go",
            "/m/k8s.io/utils@v0.0.0-20240102154912-e7106e64919e/buffer/x.go",
            "/m/k8s.io/minikube@v1.32.0/x.go",
            "/m/sigs.k8s.io/controller-runtime@v0.19.0/x.go",
        ] {
            check_path(other, "unknown");
        }
    }

    #[test]
    fn a_server_leads_its_libraries() {
        let client = ("main.f", "/m/k8s.io/client-go@v0.29.0/x.go");
        let server = ("main.g", "/m/k8s.io/apiserver@v0.30.1/x.go");
        let expected = "1.30: source paths name k8s.io/apiserver@v0.30";
        check_kubernetes(&[client, server], expected);
    }

    #[test]
    fn functions_tell_bounds() {
        let stream = "k8s.io/apimachinery/pkg/runtime/serializer/json.streamEncodeCollections";
        check_kubernetes(
            &[(stream, "")],
            "1.33 or newer: json.streamEncodeCollections is on the stack",
        );
        let vendored = "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/server.Run";
        check_kubernetes(
            &[(vendored, "")],
            "1.29 or older: the prefix k8s.io/kubernetes/vendor/ is on the stack",
        );
        let interval = "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/storage/cacher.\
            newCacheIntervalFromStore";
        check_kubernetes(
            &[(vendored, ""), (interval, "")],
            "1.24 to 1.29: cacher.newCacheIntervalFromStore is on the stack; \
             the prefix k8s.io/kubernetes/vendor/ is on the stack",
        );
        // Never more certain than the input.
        check_kubernetes(&[(vendored, ""), (stream, "")], "unknown");
    }

    #[test]
    fn a_client_of_etcd_does_not_tell_its_version() {
        let client = (
            "go.etcd.io/etcd/client/v3.(*kv).Do",
            "/m/go.etcd.io/etcd/client/v3@v3.5.9/kv.go",
        );
        assert_eq!(versions(&[client]).etcd, None);
        let server = ("go.etcd.io/etcd/server/v3/storage/mvcc.(*store).Read", "");
        let etcd = |functions: &[(&str, &str)]| text(versions(functions).etcd);
        assert_eq!(
            etcd(&[server]),
            "3.6 or newer: mvcc.(*store).Read is on the stack"
        );
        let api = ("main.f", "/m/go.etcd.io/etcd/api/v3@v3.6.0/x.go");
        assert_eq!(
            etcd(&[server, api]),
            "3.6: source paths name go.etcd.io/etcd/api/v3@v3.6"
        );
        let old = ("go.etcd.io/etcd/mvcc/backend.(*backend).run", "");
        assert_eq!(etcd(&[old]), "3.4: backend.(*backend).run is on the stack");
    }

    #[test]
    fn go_leaves_marks_too() {
        let go = |name: &str| text(versions(&[(name, "")]).go);
        let json = "1.27 or newer: jsontext.AppendFormat is on the stack";
        assert_eq!(go("encoding/json/jsontext.AppendFormat"), json);
        assert_eq!(go("main.main"), "unknown");
    }

    #[test]
    fn a_given_version_leads() {
        let server = ("main.f", "/m/k8s.io/apiserver@v0.34.1/x.go");
        let given = versions(&[server]).with_given("1.31".parse().ok(), None);
        assert_eq!(text(given.kubernetes), "1.31: given");
    }

    #[test]
    fn a_range_says_what_a_version_has() {
        let version = |minor| Version { major: 1, minor };
        let range = |at_least, at_most| VersionRange {
            at_least,
            at_most,
            ..VersionRange::default()
        };
        let between = range(Some(version(24)), Some(version(29)));
        assert_eq!(between.has(version(24)), Some(true));
        assert_eq!(between.has(version(27)), None);
        assert_eq!(between.has(version(30)), Some(false));
        assert_eq!(range(None, None).has(version(30)), None);
    }

    #[test]
    fn versions_are_read_in_all_spellings() {
        for text in ["1.34", "v1.34", "1.34.2", "v1.34.1-gke.100", "1.34+"] {
            assert_eq!(
                text.parse(),
                Ok(Version {
                    major: 1,
                    minor: 34
                }),
                "{text}"
            );
        }
        for text in ["1", "1.", ".34", "1.x", "1.34x", "one.two", ""] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
