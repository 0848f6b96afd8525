//! What a program is, told from its frames.

use serde::Deserialize;

/// What a program is, told from its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Serves the Kubernetes API from a storage.
    ApiServer,
    /// etcd's server, by any of its packages: `etcdserver`, `mvcc`, `rafthttp`, `wal`.
    Etcd,
    /// Prometheus at work: it scrapes, stores or queries.
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
            (Self::Unknown | Self::Client, _) if shows_server(names.clone()) => Self::ApiServer,
            // A kubelet answers to requests too, and writes what it sends as a client.
            (Self::Unknown, _) if shows_answers(names.clone()) => Self::ApiServer,
            (Self::Unknown | Self::Client, Some(program)) if serves(program, names.clone()) => {
                Self::ApiServer
            }
            // Kubernetes' types are decoded, and by no client.
            (Self::Unknown, Some("apiserver")) if names.clone().any(is_decoder_of_type) => {
                Self::ApiServer
            }
            (Self::Unknown, Some("etcd")) => Self::Etcd,
            (Self::Unknown, Some("prometheus")) => Self::Prometheus,
            (Self::Unknown, _) if names.clone().any(watches) => Self::Client,
            (role, _) => role,
        }
    }

    /// Tells the role from canonical function names. What a package runs when it is
    /// linked says nothing: it is linked, used or not.
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let any = |found: fn(&str) -> bool| {
            let mut found = names.clone().filter(|name| found(name));
            found.any(|name| !is_initializer(name))
        };
        if any(is_api_server) {
            Self::ApiServer
        } else if any(is_etcd) {
            Self::Etcd
        } else if any(is_prometheus) {
            Self::Prometheus
        } else if any(|name| within(name, "k8s.io/client-go")) {
            Self::Client
        } else {
            Self::Unknown
        }
    }
}

/// Whether a program of this name is an API server. Others than Kubernetes' own must
/// show its library, or what that answers with.
fn serves<'a>(program: &str, names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let any = |package: &str| names.clone().any(|name| name.starts_with(package));
    let by_library = any("k8s.io/apiserver/pkg/");
    let by_answers = any("github.com/emicklei/go-restful") && any("k8s.io/api");
    match program {
        "kube-apiserver" => true,
        "apiserver" => by_library || by_answers,
        _ => program.ends_with("-apiserver") && by_library,
    }
}

/// Whether rows are of a server though none is of its storage, handlers or registry:
/// they install and call its handlers.
fn shows_server<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    const SERVER: [&str; 5] = [
        "k8s.io/apiserver/pkg/endpoints.",
        "k8s.io/apiserver/pkg/server.director.",
        "k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).",
        "k8s.io/kubernetes/cmd/kube-apiserver/app.",
        "k8s.io/kubernetes/pkg/controlplane.",
    ];
    let is_server = |name: &str| SERVER.iter().any(|prefix| name.starts_with(prefix));
    names.any(|name| is_server(name) && !is_initializer(name))
}

/// Whether rows are of answers to requests that Kubernetes' serializers write.
fn shows_answers<'a>(names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let is_called = |name: &str| {
        name.starts_with("github.com/emicklei/go-restful")
            && name
                .to_ascii_lowercase()
                .ends_with(".(*container).dispatch")
    };
    let encodes = |name: &str| {
        name.starts_with("k8s.io/apimachinery/pkg/runtime/serializer/")
            && name.to_ascii_lowercase().ends_with("encode")
    };
    names.clone().any(is_called) && names.clone().any(encodes)
}

/// Whether it decodes an object of Kubernetes from what servers and their storages speak.
fn is_decoder_of_type(name: &str) -> bool {
    name.starts_with("k8s.io/api/") && name.ends_with(").Unmarshal")
}

/// Whether a function belongs to the storage, the handlers or the registry of an API
/// server.
fn is_api_server(name: &str) -> bool {
    const SERVER: [&str; 3] = [
        "k8s.io/apiserver/pkg/storage",
        "k8s.io/apiserver/pkg/endpoints/handlers",
        "k8s.io/apiserver/pkg/registry",
    ];
    // What clients link of them: a name, a default, an option, a metric.
    const HELPERS: [&str; 8] = [
        "k8s.io/apiserver/pkg/endpoints/handlers/metrics",
        "k8s.io/apiserver/pkg/endpoints/handlers/negotiation",
        "k8s.io/apiserver/pkg/endpoints/handlers/responsewriters",
        "k8s.io/apiserver/pkg/registry/rest",
        "k8s.io/apiserver/pkg/storage/cacher/metrics",
        "k8s.io/apiserver/pkg/storage/etcd3/metrics",
        "k8s.io/apiserver/pkg/storage/names",
        "k8s.io/apiserver/pkg/storage/value/encrypt/envelope/metrics",
    ];
    // Its factory, one folder down, opens a storage.
    const BACKEND: &str = "k8s.io/apiserver/pkg/storage/storagebackend.";
    let is_helper = HELPERS.into_iter().any(|package| within(name, package));
    SERVER.into_iter().any(|package| within(name, package))
        && !is_helper
        && !name.starts_with(BACKEND)
}

/// Whether a function belongs to etcd's server. Its clients have the protocol, the
/// stored form and the errors: `etcdserverpb`, `mvccpb`, `raftpb`, `rpctypes`.
fn is_etcd(name: &str) -> bool {
    const SERVER: [&str; 4] = ["etcdserver", "mvcc", "rafthttp", "wal"];
    const SHARED: [&str; 4] = [
        "etcdserver/etcdserverpb",
        "etcdserver/api/v3rpc/rpctypes",
        "mvcc/mvccpb",
        "wal/walpb",
    ];
    if name.contains("/etcdserverpb._KV_") {
        return true;
    }
    // `go.etcd.io/etcd/server/v3/storage/mvcc`, `github.com/coreos/etcd/mvcc`.
    let Some((_, rest)) = name.split_once("/etcd/") else {
        return false;
    };
    let rest = rest.strip_prefix("server/v3/").unwrap_or(rest);
    let rest = rest.strip_prefix("storage/").unwrap_or(rest);
    let in_any = |packages: [&str; 4]| packages.into_iter().any(|package| within(rest, package));
    in_any(SERVER) && !in_any(SHARED)
}

/// Whether a function belongs to Prometheus at work. Operators and collectors link its
/// parser, its rules and its discovery.
fn is_prometheus(name: &str) -> bool {
    const ENGINES: [&str; 4] = [
        "github.com/prometheus/prometheus/promql.",
        "github.com/prometheus/prometheus/scrape.",
        "github.com/prometheus/prometheus/storage/",
        "github.com/prometheus/prometheus/tsdb",
    ];
    ENGINES.into_iter().any(|engine| name.starts_with(engine))
        || within(name, "github.com/prometheus/tsdb")
}

fn within(name: &str, package: &str) -> bool {
    let rest = name.strip_prefix(package);
    rest.is_some_and(|rest| rest.starts_with(['/', '.']))
}

/// Whether a function runs when a package is linked: `.init`, `.init.0`, `.init.func1`.
fn is_initializer(name: &str) -> bool {
    let (_, function) = name.rsplit_once('/').unwrap_or(("", name));
    let function = function
        .split_once('.')
        .map_or("", |(_, function)| function);
    function.split('.').next() == Some("init")
        || ["glob..", "map.init."]
            .into_iter()
            .any(|prefix| function.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], expected: Role) {
        let with_client = ["k8s.io/client-go/rest.(*Request).Do"].iter().chain(names);
        assert_eq!(Role::of_names(with_client.copied()), expected, "{names:?}");
    }

    #[test]
    fn an_api_server_stores_handles_and_registers() {
        check(
            &["k8s.io/apiserver/pkg/storage/etcd3.decode"],
            Role::ApiServer,
        );
        check(
            &["k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1"],
            Role::ApiServer,
        );
        check(
            &["k8s.io/apiserver/pkg/storage/storagebackend/factory.Create"],
            Role::ApiServer,
        );
    }

    #[test]
    fn a_table_may_name_a_server_whose_frames_it_lacks() {
        let check = |program: &str, names: &[&str], expected: Role| {
            let found = Role::of_table(names.iter().copied(), Some(program));
            assert_eq!(found, expected, "{program}: {names:?}");
        };
        let answers = [
            "github.com/emicklei/go-restful/v3.(*Container).Dispatch",
            "k8s.io/api/core/v1.(*Secret).Unmarshal",
        ];
        let library = ["k8s.io/apiserver/pkg/server.director.ServeHTTP"];
        check("kube-apiserver", &["bytes.growSlice"], Role::ApiServer);
        check("apiserver", &answers, Role::ApiServer);
        check("apiserver", &answers[..1], Role::Unknown);
        check("openshift-apiserver", &library, Role::ApiServer);
        check("ks-apiserver", &answers, Role::Unknown);
        check("dashboard", &answers, Role::Unknown);
        check("controller", &library, Role::ApiServer);
        let other = ["k8s.io/apiserver/pkg/server/mux.(*PathRecorderMux).ServeHTTP"];
        check("controller", &other, Role::Unknown);
        check("apiserver", &answers[1..], Role::ApiServer);
        let of_client = [answers[1], "k8s.io/client-go/rest.(*Request).Do"];
        check("apiserver", &of_client, Role::Client);
        let encoded = [
            answers[0],
            "k8s.io/apimachinery/pkg/runtime/serializer/json.(*Serializer).Encode",
        ];
        check("main", &encoded, Role::ApiServer);
        check("main", &encoded[1..], Role::Unknown);
        let kubelet = [encoded[0], encoded[1], of_client[1]];
        check("kubelet", &kubelet, Role::Client);
        let startup = ["k8s.io/kubernetes/cmd/kube-apiserver/app.CreateServerChain"];
        check("main", &startup, Role::ApiServer);
    }

    #[test]
    fn controllers_link_helpers_of_api_servers() {
        check(
            &["k8s.io/apiserver/pkg/endpoints/handlers/metrics.Register"],
            Role::Client,
        );
        check(
            &["k8s.io/apiserver/pkg/registry/rest.DefaultDeleteOptions"],
            Role::Client,
        );
        check(
            &["k8s.io/apiserver/pkg/storage/storagebackend.NewDefaultConfig"],
            Role::Client,
        );
        check(
            &["k8s.io/apiserver/pkg/storage/value/encrypt/envelope/metrics.RegisterMetrics"],
            Role::Client,
        );
        check(
            &["k8s.io/apiserver/pkg/storage/cacher.init.0"],
            Role::Client,
        );
        check(
            &["k8s.io/apiserver/pkg/server.(*SecureServingInfo).Serve"],
            Role::Client,
        );
    }

    #[test]
    fn etcd_is_told_from_all_packages_of_its_server() {
        for name in [
            "github.com/coreos/etcd/rafthttp.(*streamReader).run",
            "github.com/coreos/etcd/mvcc/backend.(*backend).run",
            "go.etcd.io/etcd/etcdserver/api/rafthttp.(*streamReader).run",
            "go.etcd.io/etcd/wal.(*WAL).Save",
            "go.etcd.io/etcd/server/v3/mvcc.(*store).Read",
            "go.etcd.io/etcd/server/v3/storage/wal.(*WAL).Save",
            "go.etcd.io/etcd/server/v3/etcdserver/api/v3rpc.(*kvServer).Range",
            "go.etcd.io/etcd/api/v3/etcdserverpb._KV_Range_Handler",
        ] {
            check(&[name], Role::Etcd);
        }
    }

    #[test]
    fn a_client_of_etcd_is_not_etcd() {
        for name in [
            "go.etcd.io/etcd/client/v3.(*kv).Do",
            "go.etcd.io/etcd/clientv3.(*kv).Do",
            "github.com/coreos/etcd/etcdserver/etcdserverpb.(*kVClient).Range",
            "go.etcd.io/etcd/etcdserver/api/v3rpc/rpctypes.Error",
            "go.etcd.io/etcd/mvcc/mvccpb.(*KeyValue).Unmarshal",
            "go.etcd.io/etcd/api/v3/mvccpb.(*KeyValue).Unmarshal",
            "go.etcd.io/etcd/raft/raftpb.(*Entry).Unmarshal",
        ] {
            check(&[name], Role::Client);
        }
    }

    #[test]
    fn prometheus_scrapes_stores_and_queries() {
        check(
            &["github.com/prometheus/prometheus/tsdb.newMemSeries"],
            Role::Prometheus,
        );
        check(
            &["github.com/prometheus/prometheus/tsdb/chunkenc.NewXORChunk"],
            Role::Prometheus,
        );
        check(
            &["github.com/prometheus/tsdb.newMemSeries"],
            Role::Prometheus,
        );
        check(
            &["github.com/prometheus/prometheus/promql.(*evaluator).eval"],
            Role::Prometheus,
        );
        check(
            &["github.com/prometheus/prometheus/promql/parser.init.ializers"],
            Role::Client,
        );
        check(
            &["github.com/prometheus/prometheus/model/rulefmt.Parse"],
            Role::Client,
        );
        check(
            &["github.com/prometheus/prometheus/discovery.RegisterConfig"],
            Role::Client,
        );
    }
}
