//! What a program is, told from its frames.

use serde::Deserialize;

/// What a program is, told from its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Serves the Kubernetes API from a storage.
    ApiServer,
    /// etcd.
    Etcd,
    /// Prometheus.
    Prometheus,
    /// Talks to an API server: a controller, an operator, a scheduler.
    Client,
    /// Something else.
    Unknown,
}

impl Role {
    /// The name in output: `apiserver`, `etcd`, `prometheus`, `client`, `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "apiserver",
            Self::Etcd => "etcd",
            Self::Prometheus => "prometheus",
            Self::Client => "client",
            Self::Unknown => "unknown",
        }
    }

    /// Tells the role from the rows of a table, which has only some functions, else
    /// from the program that it names.
    pub(crate) fn of_table<'a>(
        names: impl Iterator<Item = &'a str> + Clone,
        program: Option<&str>,
    ) -> Self {
        let watches = |name: &str| name.starts_with("k8s.io/apimachinery/pkg/watch.");
        match (Self::of_names(names.clone()), program) {
            (Self::Unknown | Self::Client, Some("kube-apiserver")) => Self::ApiServer,
            (Self::Unknown, Some("etcd")) => Self::Etcd,
            (Self::Unknown, Some("prometheus")) => Self::Prometheus,
            (Self::Unknown, _) if names.clone().any(watches) => Self::Client,
            (role, _) => role,
        }
    }

    /// Tells the role from canonical function names.
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        const SERVER: [&str; 3] = [
            "k8s.io/apiserver/pkg/storage",
            "k8s.io/apiserver/pkg/endpoints/handlers",
            "k8s.io/apiserver/pkg/registry",
        ];
        // What clients link of them, for a name or a metric.
        const SERVER_HELPERS: [&str; 5] = [
            "k8s.io/apiserver/pkg/endpoints/handlers/negotiation",
            "k8s.io/apiserver/pkg/endpoints/handlers/responsewriters",
            "k8s.io/apiserver/pkg/storage/names",
            "k8s.io/apiserver/pkg/storage/cacher/metrics",
            "k8s.io/apiserver/pkg/storage/etcd3/metrics",
        ];
        const ETCD: [&str; 3] = ["/etcdserver.", "/mvcc.", "/etcdserverpb._KV_"];
        const PROMETHEUS: [&str; 2] = [
            "github.com/prometheus/prometheus/",
            "github.com/prometheus/tsdb",
        ];
        let within = |name: &str, package: &str| {
            let rest = name.strip_prefix(package);
            rest.is_some_and(|rest| rest.starts_with(['/', '.']))
        };
        let any = |found: &dyn Fn(&str) -> bool| names.clone().any(found);
        let serves = |name: &str| {
            SERVER.into_iter().any(|package| within(name, package))
                && !SERVER_HELPERS
                    .into_iter()
                    .any(|package| within(name, package))
                && !is_initializer(name)
        };
        if any(&serves) {
            Self::ApiServer
        } else if any(&|name| name.contains("etcd") && ETCD.into_iter().any(|p| name.contains(p))) {
            Self::Etcd
        } else if any(&|name| PROMETHEUS.into_iter().any(|p| name.starts_with(p))) {
            Self::Prometheus
        } else if any(&|name| within(name, "k8s.io/client-go")) {
            Self::Client
        } else {
            Self::Unknown
        }
    }
}

/// Whether a function runs when a package is linked, used or not: `.init`, `.init.0`,
/// `.init.func1`.
fn is_initializer(name: &str) -> bool {
    let (_, function) = name.rsplit_once('/').unwrap_or(("", name));
    function.split('.').nth(1) == Some("init")
}
