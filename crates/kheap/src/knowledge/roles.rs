//! What a program is, known from its frames.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::expressions::Expressions;

/// What a program is, known from its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
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

crate::__vocabulary! {
    Role, "role" {
        ApiServer = "apiserver",
        Etcd = "etcd",
        Prometheus = "prometheus",
        Client = "client",
        Unknown = "unknown",
    }
}

impl Role {
    /// Finds the role from canonical function names, as far as is known without rules of
    /// the user. What a package runs when it is linked says nothing: it is linked, used or
    /// not.
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        Roles::builtin().of_names(names)
    }

    /// Whether a large part without a finding is worth a word: in a server (API server, etcd,
    /// Prometheus) parts are features; in other programs they are its own code.
    pub(crate) fn is_server(self) -> bool {
        !matches!(self, Self::Client | Self::Unknown)
    }
}

/// How large the expressions on the rows of a table may be compiled, in bytes.
const ROWS_BYTES: usize = 1 << 20;

/// What proves a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roles {
    role: Vec<RoleProof>,
    table: Vec<TableProof>,
}

/// Packages that only programs of one role run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleProof {
    name: Role,
    below: Option<String>,
    packages: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

/// What the rows of a table, or the program that it names, say of the role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableProof {
    role: Role,
    over: Vec<Role>,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default)]
    rows: Vec<String>,
}

impl Roles {
    /// What is compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static ROLES: OnceLock<Roles> = OnceLock::new();
        ROLES.get_or_init(|| built_in!("roles"))
    }

    /// What is compiled in, after more proofs.
    pub(crate) fn with(proofs: Vec<RoleProof>) -> Self {
        let mut roles = Self::builtin().clone();
        roles.role.splice(..0, proofs);
        roles
    }

    /// Finds the role from canonical function names.
    pub(crate) fn of_names<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> Role {
        let shown = self.role.iter().find(|proof| {
            let mut shown = names.clone().filter(|name| proof.is_shown_by(name));
            shown.any(|name| !is_initializer(name))
        });
        shown.map_or(Role::Unknown, |proof| proof.name)
    }

    /// Finds the role from the rows of a table, which has only some functions, else
    /// from the program that it names.
    pub(crate) fn of_table<'a>(
        &self,
        names: impl Iterator<Item = &'a str> + Clone,
        program: Option<&str>,
    ) -> Role {
        let by_names = self.of_names(names.clone());
        let holds = |proof: &&TableProof| {
            proof.over.contains(&by_names)
                && proof.is_of_program(program)
                && proof.has_rows(names.clone())
        };
        let proof = self.table.iter().find(holds);
        proof.map_or(by_names, |proof| proof.role)
    }
}

impl RoleProof {
    fn is_shown_by(&self, name: &str) -> bool {
        let name = match &self.below {
            Some(folder) => name.split_once(folder.as_str()).map(|(_, rest)| rest),
            None => Some(name),
        };
        name.is_some_and(|name| {
            let any = |packages: &[String]| packages.iter().any(|package| within(name, package));
            any(&self.packages) && !any(&self.except)
        })
    }
}

impl TableProof {
    fn is_of_program(&self, program: Option<&str>) -> bool {
        let is_it = |name: &String| match (name.strip_prefix('*'), program) {
            (Some(end), Some(program)) => program.ends_with(end),
            (None, Some(program)) => program == name,
            (_, None) => false,
        };
        self.programs.is_empty() || self.programs.iter().any(is_it)
    }

    fn has_rows<'a>(&self, names: impl Iterator<Item = &'a str>) -> bool {
        let rows = Expressions::new(&self.rows, ROWS_BYTES);
        let rows = rows.expect("the built-in roles are tested");
        let mut missing: Vec<bool> = vec![true; self.rows.len()];
        for name in names.filter(|name| !is_initializer(name)) {
            rows.matches(name.as_bytes())
                .for_each(|row| missing[row] = false);
        }
        !missing.contains(&true)
    }
}

/// Whether a name begins with a package, or with one below it. What ends in `.` or `/`
/// says itself where it ends.
fn within(name: &str, package: &str) -> bool {
    let rest = name.strip_prefix(package);
    let ends = package.ends_with(|end: char| !end.is_alphanumeric());
    rest.is_some_and(|rest| ends || rest.starts_with(['/', '.']))
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
            let found = Roles::builtin().of_table(names.iter().copied(), Some(program));
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
        check("kube-scheduler", &["bytes.growSlice"], Role::Client);
        check("batch-scheduler", &["bytes.growSlice"], Role::Unknown);
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
    fn etcd_is_known_from_all_packages_of_its_server() {
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
