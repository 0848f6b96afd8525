//! Which cluster, node and pod a dump is from, as far as its path or archive names them.

use std::net::IpAddr;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Source {
    pub(crate) cluster: Option<String>,
    pub(crate) node: Option<String>,
    pub(crate) pod: Option<String>,
}

impl Source {
    /// Reads folders such as `nodes/NAME`, `pod=NAME` and `10.0.0.11-6443`. Where several name the
    /// same thing, the deepest one counts.
    pub(crate) fn of(path: &str) -> Self {
        let mut source = Self::default();
        let mut folders = path.split(['/', '\\']).peekable();
        while let Some(folder) = folders.next() {
            let is_file = folders.peek().is_none();
            if is_file {
                break;
            }
            if let Some((key, name)) = folder.split_once('=') {
                source.set(key, name);
            } else if let Some(pod) = pod_of_logs(folder) {
                source.set("pod", pod);
            } else if let Some(address) = address(folder) {
                source.set("node", address);
            } else if is_plural(folder)
                && let Some(name) = folders.peek().copied()
                // The file itself is mostly called after what it is: `pods/heap.pb.gz`.
                && folders.clone().nth(1).is_some()
            {
                source.set(folder.trim_end_matches('s'), name);
            }
        }
        source
    }

    fn set(&mut self, key: &str, name: &str) {
        let place = match key {
            "cluster" => &mut self.cluster,
            "node" | "host" => &mut self.node,
            "pod" => &mut self.pod,
            _ => return,
        };
        if !name.is_empty() {
            *place = Some(name.to_owned());
        }
    }
}

/// Folders that have one folder for each of something.
fn is_plural(folder: &str) -> bool {
    matches!(folder, "clusters" | "nodes" | "hosts" | "pods")
}

/// The pod of a folder that a kubelet keeps logs in: `NAMESPACE_POD_UID`.
fn pod_of_logs(folder: &str) -> Option<&str> {
    let (rest, uid) = folder.rsplit_once('_')?;
    let (_, pod) = rest.split_once('_')?;
    is_uid(uid).then_some(pod)
}

/// Whether a text is the UID of a pod: that of a static pod, such as kube-apiserver's, is a hash.
fn is_uid(text: &str) -> bool {
    match text.len() {
        36 => text.matches('-').count() == 4,
        32 => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        _ => false,
    }
}

/// The address of a folder that is named after a server: `10.0.0.11`, `10.0.0.11-6443`.
fn address(folder: &str) -> Option<&str> {
    let without_port = folder.rsplit_once(['-', ':']);
    let without_port = without_port.filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map(|(host, _)| host);
    let mut hosts = [Some(folder), host].into_iter().flatten();
    hosts.find(|host| host.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a path names, as `cluster node pod`.
    #[track_caller]
    fn check(path: &str, expected: [&str; 3]) {
        let Source { cluster, node, pod } = Source::of(path);
        let found = [cluster, node, pod].map(Option::unwrap_or_default);
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn folders_name_clusters_nodes_and_pods() {
        check("clusters/eu-1/nodes/n7/heap.pb.gz", ["eu-1", "n7", ""]);
        check(
            "cluster=eu-1/node=n7/pod=api-0/1.pb.gz",
            ["eu-1", "n7", "api-0"],
        );
        check(
            "must-gather/pods/kube-apiserver-n7/heap.pb.gz",
            ["", "", "kube-apiserver-n7"],
        );
        check("b\\hosts\\n7\\heap.pb.gz", ["", "n7", ""]);
        check("dumps/pod=api-0", ["", "", ""]);
        check("cluster=eu/node=n7.pb.gz", ["eu", "", ""]);
    }

    #[test]
    fn bundles_are_named_after_addresses_and_logs_after_pods() {
        check("bundle/10.0.0.11-6443/heap.pb.gz", ["", "10.0.0.11", ""]);
        check("bundle/fd00::7/heap.pb.gz", ["", "fd00::7", ""]);
        let logs = "kube-system_api-0_0bd5fa4e-9c3c-4cf5-9b0d-7b3c0a5d1e11";
        check(&format!("pods/{logs}/heap.pb.gz"), ["", "", "api-0"]);
        let fixed = "kube-system_kube-apiserver-n7_d83b8e4d6f1c2a3b4c5d6e7f8091a2b3";
        check(
            &format!("pods/{fixed}/0.pb.gz"),
            ["", "", "kube-apiserver-n7"],
        );
    }

    #[test]
    fn the_deepest_name_counts() {
        check("nodes/a/nodes/b/heap.pb.gz", ["", "b", ""]);
    }

    #[test]
    fn what_names_nothing_is_no_name() {
        for path in [
            "pods/heap.pb.gz",
            "v1.20/idle.pb.gz",
            "node=/1.pb.gz",
            "-",
            "",
            "pods",
        ] {
            check(path, ["", "", ""]);
        }
    }
}
