//! How a profile of a program is fetched.

use kheap::attribute::Role;
use kheap::diagnose::Evidence;
use kheap::{Diagnosis, Memory};

/// The file that steps fetch a dump to.
pub(crate) const DUMP: &str = "heap.pb.gz";

/// The command that fetches one.
pub(crate) const FETCH: &str = "curl -s 'http://HOST:PORT/debug/pprof/heap'";

/// The file that steps fetch a text to, which has the statistics of the runtime.
pub(crate) const TEXT: &str = "heap.txt";

/// The command that fetches it.
pub(crate) const FETCH_TEXT: &str =
    "curl -s 'http://HOST:PORT/debug/pprof/heap?debug=1' > heap.txt";

/// The server of Kubernetes' own API.
const KUBE_APISERVER: &str = "kube-apiserver";

/// How commands that fetch a path of a program begin, and what takes their place for
/// kube-apiserver.
const CURL: &str = "curl -s 'http://HOST:PORT/";
const KUBECTL: &str = "kubectl get --raw '/";

/// A command that fetches a profile, as the program that is diagnosed needs it.
pub(crate) fn fetched(diagnosis: &Diagnosis, step: &str) -> String {
    by(is_kube_apiserver(diagnosis), step)
}

/// The same for a process that is taken apart.
pub(crate) fn fetched_of(memory: &Memory, step: &str) -> String {
    let inferred = memory.inferred_program.as_ref();
    let name = memory.program.as_deref();
    let name = name.or(inferred.map(|inferred| inferred.name.as_str()));
    by(name == Some(KUBE_APISERVER), step)
}

/// kubectl reaches kube-apiserver, which has no port of plain HTTP.
fn by(is_kube_apiserver: bool, step: &str) -> String {
    match is_kube_apiserver {
        true => step.replace(CURL, KUBECTL),
        false => step.to_owned(),
    }
}

/// Whether kubectl reaches the program. Aggregated servers have its role too, and kubectl does
/// not reach them so: they have a name of their own.
fn is_kube_apiserver(diagnosis: &Diagnosis) -> bool {
    let inferred = diagnosis.inferred_program.as_ref();
    let name = diagnosis.program.as_deref();
    let name = name.or(inferred.map(|inferred| inferred.name.as_str()));
    match name {
        Some(name) => name == KUBE_APISERVER && diagnosis.role == Role::ApiServer,
        None => diagnosis.role == Role::ApiServer || reads_kubernetes_from_etcd(diagnosis),
    }
}

/// Whether the rows of a table are those of Kubernetes itself and of a client of etcd: its
/// only program that has both serves the API.
fn reads_kubernetes_from_etcd(diagnosis: &Diagnosis) -> bool {
    let composition = diagnosis.composition.as_ref();
    let own = composition.and_then(|composition| composition.own.as_ref());
    let is_kubernetes = own.is_some_and(|own| own.module == "k8s.io/kubernetes");
    let is_of_etcd = |row: &Evidence| match row {
        Evidence::Row { name, .. } => name.starts_with("go.etcd.io/etcd/"),
        _ => false,
    };
    is_kubernetes && diagnosis.unclaimed.iter().any(is_of_etcd)
}
