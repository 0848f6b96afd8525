//! Which versions of Kubernetes, etcd and Go a program may have been built from, and why.

mod data;
mod marks;
mod modules;
mod range;
mod span;
mod version;

use std::borrow::Cow;

use marks::Bounds;
use modules::module;

use super::Names;
use super::shipped::Shipped;
use crate::profile::Profile;

pub use data::Product;
#[cfg(test)]
pub(super) use data::expressions;
pub use range::{VersionRange, VersionReason};
pub use span::Span;
pub use version::{Version, VersionError};

/// A version that the user gives, where the code is of another one. A fork may have
/// functions of a newer version, so the given one leads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Contradiction {
    /// What has the version.
    pub product: Product,
    /// The version that is given.
    pub given: Version,
    /// What the code shows.
    pub shown: VersionRange,
}

/// Whether a profile is of a program of Kubernetes' own releases.
pub(crate) fn is_shipped(profile: &Profile) -> bool {
    let names = profile.function_names().into_iter();
    let names = names.map(|name| profile.text(name));
    Shipped::builtin().is_one(profile.program().as_deref(), names)
}

/// What a profile shows of the versions that its program was built from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Versions {
    /// Kubernetes or, in other programs, its libraries; `None` where nothing shows it.
    pub kubernetes: Option<VersionRange>,
    /// etcd, where its server is in the program. Its clients do not show its version.
    pub etcd: Option<VersionRange>,
    /// Go.
    pub go: Option<VersionRange>,
    /// What the code shows of Kubernetes, where the user gives another version: that of the
    /// server of a client.
    pub kubernetes_code: Option<VersionRange>,
}

impl Versions {
    /// What the paths of source files and the names of functions show.
    pub fn of(profile: &Profile) -> Self {
        let names = profile.function_names().into_iter();
        let marks = Bounds::of(names.map(|name| profile.strings().get(name)));
        let module = |product| module(profile, product);
        let by_marks = |product| marks.range(product);
        let versions = Self {
            kubernetes: module(Product::Kubernetes).or_else(|| by_marks(Product::Kubernetes)),
            // Its functions show that the server is there; the module says more.
            etcd: by_marks(Product::Etcd).map(|range| module(Product::Etcd).unwrap_or(range)),
            go: by_marks(Product::Go),
            kubernetes_code: None,
        };
        versions.of_release(|| is_shipped(profile))
    }

    /// What the names of functions show, as in a table, which may name its program.
    pub(crate) fn of_names<'n>(
        names: impl Iterator<Item = &'n str> + Clone,
        program: Option<&str>,
    ) -> Self {
        let marks = Bounds::of(names.clone().map(str::as_bytes));
        let versions = Self {
            kubernetes: marks.range(Product::Kubernetes),
            etcd: marks.range(Product::Etcd),
            go: marks.range(Product::Go),
            kubernetes_code: None,
        };
        versions.of_release(|| Shipped::builtin().is_one(program, names))
    }

    /// The same where a program of Kubernetes' own releases was built with a Go that older
    /// releases never had.
    fn of_release(self, is_shipped: impl FnOnce() -> bool) -> Self {
        let go = self.go.as_ref().and_then(|go| go.at_least);
        let oldest = go.and_then(|go| Some((go, Shipped::builtin().oldest_with(go)?)));
        match oldest {
            Some((go, oldest)) if is_shipped() => {
                let range = self.kubernetes.unwrap_or_default();
                Self {
                    kubernetes: Some(range.built_with(go, oldest)),
                    ..self
                }
            }
            _ => self,
        }
    }

    /// Which versions that the user gives are not those of the code.
    pub fn contradictions(
        &self,
        kubernetes: Option<Version>,
        etcd: Option<Version>,
    ) -> Vec<Contradiction> {
        let all = [
            (Product::Kubernetes, kubernetes, &self.kubernetes),
            (Product::Etcd, etcd, &self.etcd),
        ];
        let contradictions = all.into_iter().filter_map(|(product, given, shown)| {
            let (given, shown) = given.zip(shown.clone())?;
            shown.excludes(given).then_some(Contradiction {
                product,
                given,
                shown,
            })
        });
        contradictions.collect()
    }

    /// A query of a server's metrics with the names that they have in its versions; `query` has
    /// the newest ones.
    pub fn query<'q>(&self, query: &'q str) -> Cow<'q, str> {
        Names::builtin().for_versions(query, self.kubernetes.as_ref())
    }

    /// The same with the versions that the user gives in place of those that they show.
    #[must_use]
    pub fn with_given(self, kubernetes: Option<Version>, etcd: Option<Version>) -> Self {
        Self {
            kubernetes_code: kubernetes.and(self.kubernetes.clone()),
            kubernetes: kubernetes.map(VersionRange::given).or(self.kubernetes),
            etcd: etcd.map(VersionRange::given).or(self.etcd),
            go: self.go,
        }
    }
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

    /// The bounds and what shows them, in a line.
    fn text(range: Option<VersionRange>) -> String {
        let Some(range) = range else {
            return "unknown".to_owned();
        };
        let version = |version: Option<Version>| version.map(|version| version.to_string());
        let bounds = match (version(range.at_least), version(range.at_most)) {
            (Some(least), Some(most)) if least == most => least,
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("{least} or newer"),
            (None, most) => format!("{} or older", most.unwrap_or_default()),
        };
        let reasons = range.reason.iter().map(|reason| match reason {
            VersionReason::Module(module) => format!("source paths name {module}"),
            VersionReason::Function(name) | VersionReason::Folder(name) => {
                format!("{name} is on the stack")
            }
            VersionReason::Go(go) => format!("built with Go {go} or newer"),
            VersionReason::Given => "given".to_owned(),
        });
        format!("{bounds}: {}", reasons.collect::<Vec<_>>().join("; "))
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
    fn paths_of_modules_show_the_version() {
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
    fn functions_show_bounds() {
        let stream = "k8s.io/apimachinery/pkg/runtime/serializer/json.streamEncodeCollections";
        check_kubernetes(
            &[(stream, "")],
            "1.33 or newer: json.streamEncodeCollections is on the stack",
        );
        let vendored = "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/server.Run";
        check_kubernetes(
            &[(vendored, "")],
            "1.29 or older: k8s.io/kubernetes/vendor/ is on the stack",
        );
        let interval = "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/storage/cacher.\
            newCacheIntervalFromStore";
        check_kubernetes(
            &[(vendored, ""), (interval, "")],
            "1.24 to 1.29: cacher.newCacheIntervalFromStore is on the stack; \
             k8s.io/kubernetes/vendor/ is on the stack",
        );
        // Never more certain than the input.
        check_kubernetes(&[(vendored, ""), (stream, "")], "unknown");
    }

    #[test]
    fn a_release_is_not_older_than_its_go() {
        let go = ("net/http/internal/http2.(*Framer).ReadFrame", "");
        let release = ("k8s.io/kubernetes/cmd/kube-apiserver/app.Run", "");
        let expected = "1.33 or newer: built with Go 1.27 or newer";
        check_kubernetes(&[go, release], expected);
        check_kubernetes(&[go], "unknown");
        let stream = "k8s.io/apimachinery/pkg/runtime/serializer/json.streamEncodeCollections";
        check_kubernetes(
            &[go, release, (stream, "")],
            "1.33 or newer: json.streamEncodeCollections is on the stack",
        );
        let interval = "k8s.io/apiserver/pkg/storage/cacher.newCacheIntervalFromStore";
        // What the code shows holds for every build.
        check_kubernetes(
            &[go, release, (interval, "")],
            "1.24 or newer: cacher.newCacheIntervalFromStore is on the stack",
        );
    }

    #[test]
    fn a_client_of_etcd_does_not_show_its_version() {
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
        let json = "1.25 or newer: jsontext.AppendFormat is on the stack";
        assert_eq!(go("encoding/json/jsontext.AppendFormat"), json);
        let http = "1.27 or newer: http2.(*Framer).ReadFrame is on the stack";
        assert_eq!(go("net/http/internal/http2.(*Framer).ReadFrame"), http);
        assert_eq!(go("main.main"), "unknown");
    }

    #[test]
    fn a_given_version_leads() {
        let server = ("main.f", "/m/k8s.io/apiserver@v0.34.1/x.go");
        let given = versions(&[server]).with_given("1.31".parse().ok(), None);
        assert_eq!(text(given.kubernetes), "1.31: given");
    }

    #[test]
    fn code_excludes_versions_and_go_does_not() {
        let excludes = |functions: &[(&str, &str)], version: &str| {
            let range = versions(functions).kubernetes.expect("a range");
            range.excludes(version.parse().unwrap())
        };
        let stream = "k8s.io/apimachinery/pkg/runtime/serializer/json.streamEncodeCollections";
        assert!(excludes(&[(stream, "")], "1.20") && !excludes(&[(stream, "")], "1.35"));
        let old = "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/server.Run";
        assert!(excludes(&[(old, "")], "1.36") && !excludes(&[(old, "")], "1.20"));
        // A release may be built anew with another Go.
        let go = ("encoding/json/v2.unmarshalFull", "");
        let release = ("k8s.io/kubernetes/cmd/kube-apiserver/app.Run", "");
        assert!(!excludes(&[go, release], "1.30"));
    }
}
