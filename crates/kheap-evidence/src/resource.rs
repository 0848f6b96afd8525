//! Resources of the API, and the kinds that findings name.

use std::fmt;

use kheap::knowledge::resource_of;

/// A resource as requests and metrics name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub struct Resource {
    /// Its API group; empty for the core group, and where a metric has none.
    pub group: String,
    /// Its plural, such as `pods`.
    pub name: String,
}

/// Groups of Kubernetes' own API, without their `.k8s.io`. Others are custom resources.
const BUILTIN_GROUPS: [&str; 16] = [
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "authentication",
    "authorization",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "internal.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
];

/// The same for those whose names are short.
const SHORT_GROUPS: [&str; 8] = [
    "",
    "apps",
    "autoscaling",
    "batch",
    "extensions",
    "policy",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.group {
            "" => f.write_str(&self.name),
            group => write!(f, "{}.{group}", self.name),
        }
    }
}

impl Resource {
    /// Makes one.
    pub fn new(group: &str, name: &str) -> Self {
        Self {
            group: group.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Whether objects of this kind, as findings name it, are of this resource.
    pub fn is_of_kind(&self, kind: &str) -> bool {
        match kind {
            // Aggregated servers give metrics; no object of them is here.
            "custom resource" => self.is_custom() && !self.group.ends_with("metrics.k8s.io"),
            kind => resource_of(kind).as_ref() == Some(&self.name) && !self.is_custom(),
        }
    }

    /// Whether a CustomResourceDefinition made it.
    pub fn is_custom(&self) -> bool {
        let builtin = (self.group.strip_suffix(".k8s.io"))
            .is_some_and(|group| BUILTIN_GROUPS.contains(&group));
        !builtin && !SHORT_GROUPS.contains(&&*self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_find_their_resources() {
        for (kind, group, name) in [
            ("Pod", "", "pods"),
            ("Endpoints", "", "endpoints"),
            ("NetworkPolicy", "networking.k8s.io", "networkpolicies"),
            ("Ingress", "networking.k8s.io", "ingresses"),
            ("custom resource", "platform.example.com", "tenantconfigs"),
            (
                "custom resource",
                "snapshot.storage.k8s.io",
                "volumesnapshots",
            ),
        ] {
            assert!(Resource::new(group, name).is_of_kind(kind), "{kind}");
        }
        assert!(!Resource::new("", "pods").is_of_kind("custom resource"));
        assert!(!Resource::new("", "secrets").is_of_kind("Pod"));
        for (kind, group, name) in [
            ("Pod", "metrics.k8s.io", "pods"),
            ("Service", "serving.knative.dev", "services"),
            ("Job", "batch.volcano.sh", "jobs"),
            ("custom resource", "metrics.k8s.io", "pods"),
        ] {
            assert!(!Resource::new(group, name).is_of_kind(kind), "{group}");
        }
    }
}
