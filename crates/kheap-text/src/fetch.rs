//! How a profile of a program is fetched.

use std::collections::BTreeSet;
use std::iter;

use kheap::attribute::Role;
use kheap::diagnose::Evidence;
use kheap::{Diagnosis, Memory};
use kheap_evidence::metrics::COMPONENTS;

/// The file that steps fetch a dump to.
pub(crate) const DUMP: &str = "heap.pb.gz";

/// The command that fetches one.
pub(crate) const FETCH: &str = "curl -s 'http://HOST:PORT/debug/pprof/heap'";

/// The file that steps fetch a text to, which has the statistics of the runtime.
pub(crate) const TEXT: &str = "heap.txt";

/// The command that fetches it.
pub(crate) const FETCH_TEXT: &str =
    "curl -s 'http://HOST:PORT/debug/pprof/heap?debug=1' > heap.txt";

/// The same where the figures are to be those after a collection.
pub(crate) const FETCH_AFTER_GC: &str = "curl -s 'http://HOST:PORT/debug/pprof/heap?gc=1'";

/// The server of Kubernetes' own API.
const KUBE_APISERVER: &str = "kube-apiserver";

/// How commands that fetch a path of a program begin, and what takes their place for
/// kube-apiserver.
const CURL: &str = "curl -s 'http://HOST:PORT/";
const KUBECTL: &str = "kubectl get --raw '/";

/// A command that fetches a profile, as the program that is diagnosed needs it.
pub(crate) fn fetched(diagnosis: &Diagnosis, step: &str) -> String {
    by(
        diagnosis.known_program(),
        is_kube_apiserver(diagnosis),
        step,
    )
}

/// The same for a process that is taken apart.
pub(crate) fn fetched_of(memory: &Memory, step: &str) -> String {
    let name = memory.known_program();
    by(name, name == Some(KUBE_APISERVER), step)
}

/// kubectl reaches kube-apiserver, which has no port of plain HTTP. Nor have the other
/// programs of a control plane.
fn by(program: Option<&str>, is_kube_apiserver: bool, step: &str) -> String {
    if is_kube_apiserver {
        return step.replace(CURL, KUBECTL);
    }
    let mut secure = COMPONENTS.iter();
    match secure.find(|(name, _)| program == Some(*name)) {
        Some((_, port)) => {
            let curl =
                format!("curl -sk -H 'Authorization: Bearer TOKEN' 'https://127.0.0.1:{port}/");
            step.replace(CURL, &curl)
        }
        None => step.to_owned(),
    }
}

/// How two more dumps are fetched, which show whether a heap grows, and their files.
pub(crate) fn two_more(diagnosis: &Diagnosis, inputs: &[&str]) -> (String, [String; 2]) {
    let fetch = fetched(diagnosis, FETCH_AFTER_GC);
    let files = ["later-1.pb.gz", "later-2.pb.gz"].map(|file| new_file(file, inputs));
    let [first, second] = &files;
    let step = format!(
        "Fetch two more dumps over ten minutes: `{fetch} > {first}; sleep 600; {fetch} > {second}`."
    );
    (step, files)
}

/// The name of a file that a command writes: as wanted, or with a number where an input has
/// that name. A command that overwrites an input destroys the evidence.
pub(crate) fn new_file(wanted: &str, inputs: &[&str]) -> String {
    let taken = inputs
        .iter()
        .map(|input| file_name(input).to_ascii_lowercase());
    let taken: BTreeSet<String> = taken.collect();
    let is_free = |name: &str| !taken.contains(&name.to_ascii_lowercase());
    let (stem, ending) = match wanted.find('.') {
        Some(dot) => wanted.split_at(dot),
        None => (wanted, ""),
    };
    let numbered = (2..).map(|number| format!("{stem}-{number}{ending}"));
    let mut names = iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| is_free(name)).unwrap_or_default()
}

/// Gives the files that the commands of a step write names that no input has. The step has
/// no name of an input in it yet.
pub(crate) fn to_new_files(step: &str, inputs: &[&str]) -> String {
    let written = step.match_indices("> ").map(|(at, arrow)| {
        let after = &step[at + arrow.len()..];
        let end = after.find(|c| !is_of_name(c)).unwrap_or(after.len());
        after[..end].trim_end_matches('.')
    });
    let written: BTreeSet<&str> = written.filter(|name| name.contains('.')).collect();
    written.iter().fold(step.to_owned(), |step, name| {
        rename(&step, name, &new_file(name, inputs))
    })
}

/// Puts another name in the place of one that stands by itself.
fn rename(step: &str, old: &str, new: &str) -> String {
    let mut renamed = String::with_capacity(step.len());
    let mut rest = step;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        let is_whole = !before.ends_with(is_of_name) && !after.starts_with(char::is_alphanumeric);
        renamed += before;
        renamed += if is_whole { new } else { old };
        rest = after;
    }
    renamed + rest
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
}

/// The last element of a path of any system.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether kubectl reaches the program. Aggregated servers have its role too, and kubectl does
/// not reach them so: they have a name of their own.
fn is_kube_apiserver(diagnosis: &Diagnosis) -> bool {
    match diagnosis.known_program() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_overwrites_an_input() {
        let check = |inputs: &[&str], expected: &str| {
            assert_eq!(new_file("heap.pb.gz", inputs), expected);
        };
        check(&[], "heap.pb.gz");
        check(&["other.pb.gz"], "heap.pb.gz");
        check(&["heap.pb.gz"], "heap-2.pb.gz");
        check(&["a/heap.pb.gz", "b\\Heap-2.pb.gz"], "heap-3.pb.gz");
    }

    #[test]
    fn a_file_that_is_written_has_one_name_in_all_of_a_step() {
        let check = |step: &str, expected: &str| {
            let inputs = ["heap.pb.gz", "metrics.txt"];
            assert_eq!(to_new_files(step, &inputs), expected);
        };
        check(
            "Save it: `curl -s x > heap.pb.gz; curl -s y > metrics.txt`. Then run \
             `kheap diagnose heap.pb.gz --with metrics.txt audit.log`.",
            "Save it: `curl -s x > heap-2.pb.gz; curl -s y > metrics-2.txt`. Then run \
             `kheap diagnose heap-2.pb.gz --with metrics-2.txt audit.log`.",
        );
        check(
            "`curl -s x > heap.txt`, then `kheap memory heap.txt`.",
            "`curl -s x > heap.txt`, then `kheap memory heap.txt`.",
        );
        check("`kheap top heap.pb.gz`.", "`kheap top heap.pb.gz`.");
        check("a -> b > 5. Fine", "a -> b > 5. Fine");
    }
}
