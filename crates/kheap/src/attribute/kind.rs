//! The Kubernetes kind that a function name shows.

use crate::symbol::Symbol;

/// What kubectl calls an object without a Go type of its own.
pub(super) const CUSTOM_RESOURCE: &str = "custom resource";

/// Types that are parts of objects, or stand around them.
const NO_KINDS: [&str; 22] = [
    "AdmissionReview",
    "APIGroupDiscovery",
    "EndpointSubset",
    "JSONSchemaProps",
    "ObjectMeta",
    "TypeMeta",
    "ListMeta",
    "LabelSelector",
    "Container",
    "ContainerPort",
    "EnvVar",
    "EphemeralContainer",
    "Lifecycle",
    "OwnerReference",
    "Probe",
    "ResourceRequirements",
    "SecurityContext",
    "ServicePort",
    "Toleration",
    "Volume",
    "VolumeDevice",
    "VolumeMount",
];

/// Kinds that end like parts of objects.
const KINDS: [&str; 3] = ["ComponentStatus", "DeviceTaintRule", "IPAddress"];

/// Endings of the names of such types.
const NO_KIND_ENDINGS: [&str; 24] = [
    "Address",
    "Affinity",
    "Alias",
    "Conditions",
    "Constraint",
    "Handler",
    "Hints",
    "Port",
    "Requirement",
    "Term",
    "Spec",
    "Status",
    "Source",
    "Condition",
    "Ref",
    "Reference",
    "Selector",
    "Strategy",
    "Action",
    "Rule",
    "Options",
    "Entry",
    "State",
    "Fields",
];

/// What a function says of the object that it works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// An object of this kind.
    Kind(String),
    /// Objects without a Go type.
    Custom,
    /// The field manager, which turns typed objects into untyped ones too.
    FieldManager,
}

/// Reads a canonical function name.
pub(super) fn shown(name: &str) -> Shown {
    if is_field_manager(name) {
        return Shown::FieldManager;
    }
    if is_custom(name) {
        return Shown::Custom;
    }
    let symbol = Symbol::parse(name);
    let kubernetes = symbol.package.starts_with("k8s.io/");
    let metadata = symbol
        .receiver
        .is_some_and(|r| r.name.starts_with("PartialObjectMetadata"));
    let of_objects = holds_objects(symbol.package) || (kubernetes && metadata);
    if !of_objects {
        return Shown::Nothing;
    }
    let kind = match symbol.receiver {
        // Elsewhere a package of this shape may hold clients and servers too.
        Some(_) if !kubernetes && !is_generated(symbol.package, symbol.name) => None,
        Some(receiver) => Some(receiver.name),
        None => converted(symbol.name),
    };
    match kind.and_then(|kind| kind_of_type(kind, kubernetes)) {
        Some(kind) => Shown::Kind(kind.to_owned()),
        None => Shown::Nothing,
    }
}

fn is_field_manager(name: &str) -> bool {
    name.starts_with("k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager.")
        || name.starts_with("k8s.io/apimachinery/pkg/util/managedfields")
}

fn is_custom(name: &str) -> bool {
    const PACKAGES: [&str; 2] = [
        "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured.",
        "k8s.io/apiextensions-apiserver/pkg/registry/customresource",
    ];
    const FUNCTIONS: [&str; 6] = [
        "decodeToUnstructured",
        "structToUnstructured",
        "DeepCopyJSONValue",
        "DeepCopyJSON",
        "(*unstructuredConverter)",
        "pkg/apiserver.(*crdHandler)",
    ];
    PACKAGES
        .into_iter()
        .any(|package| name.starts_with(package))
        || name.starts_with("k8s.io/")
            && FUNCTIONS
                .into_iter()
                .any(|function| name.contains(function))
}

/// Whether the types of a package are API objects: `k8s.io/api/core/v1`,
/// `k8s.io/kubernetes/pkg/apis/core`, `github.com/cert-manager/…/apis/certmanager/v1`.
fn holds_objects(package: &str) -> bool {
    // Metadata and options of requests, and the server's own configuration.
    const OTHERS: [&str; 2] = [
        "k8s.io/apimachinery/pkg/apis/",
        "k8s.io/apiserver/pkg/apis/",
    ];
    if OTHERS.into_iter().any(|other| package.starts_with(other)) {
        return false;
    }
    let mut elements = package.split('/');
    let in_api = elements.any(|element| matches!(element, "api" | "apis"));
    let rest: Vec<&str> = elements.collect();
    let of_group = package.contains("/apis/") && !rest.is_empty();
    in_api && (of_group || rest.last().is_some_and(|last| is_version(last)))
}

/// `v1`, `v1beta2`, `v2alpha1`.
fn is_version(element: &str) -> bool {
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

/// The type in `Convert_v1_ConfigMap_To_core_ConfigMap`.
fn converted(function: &str) -> Option<&str> {
    let (_, rest) = function.split_once("onvert_")?;
    let (from, _) = rest.split_once("_To_")?;
    let (_version, kind) = from.split_once('_')?;
    Some(kind)
}

/// Whether a method is one that Kubernetes' code generators write for objects. Below
/// `api/` alone lie clients of other things and their protobufs, too.
fn is_generated(package: &str, method: &str) -> bool {
    const METHODS: [&str; 4] = ["Unmarshal", "Marshal", "XXX_", "Size"];
    let is_copied = method.starts_with("DeepCopy");
    let is_marshalled = METHODS.into_iter().any(|prefix| method.starts_with(prefix));
    is_copied || is_marshalled && !method.ends_with("JSON") && package.contains("/apis/")
}

/// Takes `List` off. Kubernetes' own types with some endings are parts of objects;
/// others call their kinds as they like.
fn kind_of_type(name: &str, kubernetes: bool) -> Option<&str> {
    let kind = match name.strip_suffix("List") {
        Some(kind) if !kind.is_empty() => kind,
        _ => name,
    };
    let ending = NO_KIND_ENDINGS.into_iter().any(|end| kind.ends_with(end));
    let spec = kind.ends_with("Spec") || kind.ends_with("Status");
    if kubernetes && KINDS.contains(&kind) {
        return Some(kind);
    }
    let part = NO_KINDS.contains(&kind) || spec || (kubernetes && ending);
    let upper = kind.starts_with(|c: char| c.is_ascii_uppercase());
    (upper && !part).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let text = match shown(name) {
            Shown::Nothing => "nothing".to_owned(),
            Shown::Kind(kind) => kind,
            Shown::Custom => CUSTOM_RESOURCE.to_owned(),
            Shown::FieldManager => "field manager".to_owned(),
        };
        assert_eq!(text, expected, "{name}");
    }

    #[test]
    fn types_of_api_packages_are_kinds_without_list() {
        check("k8s.io/api/core/v1.(*ConfigMap).Unmarshal", "ConfigMap");
        check("k8s.io/api/core/v1.(*SecretList).Unmarshal", "Secret");
        check(
            "k8s.io/kubernetes/pkg/apis/core.(*Secret).DeepCopyInto",
            "Secret",
        );
        check(
            "k8s.io/api/apps/v1beta2.(*Deployment).DeepCopy",
            "Deployment",
        );
        check(
            "k8s.io/kubernetes/pkg/apis/core/v1.Convert_v1_Pod_To_core_Pod",
            "Pod",
        );
        check(
            "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1.(*Certificate).Unmarshal",
            "Certificate",
        );
        check(
            "sigs.k8s.io/cluster-api/api/v1beta1.(*Machine).DeepCopyInto",
            "Machine",
        );
        check(
            "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.(*CustomResourceDefinition).Unmarshal",
            "CustomResourceDefinition",
        );
    }

    #[test]
    fn parts_of_objects_are_no_kinds() {
        check("k8s.io/api/core/v1.(*PodSpec).Unmarshal", "nothing");
        check("k8s.io/api/core/v1.(*Container).Unmarshal", "nothing");
        check("k8s.io/api/core/v1.(*EnvVar).Unmarshal", "nothing");
        check(
            "k8s.io/api/resource/v1alpha3.(*DeviceTaintRule).Unmarshal",
            "DeviceTaintRule",
        );
        check(
            "k8s.io/apimachinery/pkg/apis/meta/v1.(*ObjectMeta).Unmarshal",
            "nothing",
        );
        check(
            "k8s.io/apimachinery/pkg/apis/meta/v1.(*FieldsV1).Unmarshal",
            "nothing",
        );
    }

    #[test]
    fn kinds_of_others_may_end_like_parts_of_ours() {
        let package = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1";
        check(
            &format!("{package}.(*PrometheusRule).DeepCopyInto"),
            "PrometheusRule",
        );
        check(
            &format!("{package}.(*PrometheusRuleSpec).DeepCopyInto"),
            "nothing",
        );
    }

    #[test]
    fn metadata_alone_is_a_kind_of_its_own() {
        let name = "k8s.io/apimachinery/pkg/apis/meta/v1.(*PartialObjectMetadataList).Unmarshal";
        check(name, "PartialObjectMetadata");
    }

    #[test]
    fn untyped_objects_are_custom_resources() {
        check(
            "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured.(*Unstructured).DeepCopy",
            CUSTOM_RESOURCE,
        );
        check(
            "k8s.io/apimachinery/pkg/runtime.DeepCopyJSONValue",
            CUSTOM_RESOURCE,
        );
        check(
            "k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).ServeHTTP",
            CUSTOM_RESOURCE,
        );
    }

    #[test]
    fn other_packages_show_nothing() {
        check("encoding/json.(*encodeState).string", "nothing");
        check(
            "k8s.io/apiserver/pkg/apis/audit.(*Event).DeepCopy",
            "nothing",
        );
        check("k8s.io/client-go/rest.(*Request).Do", "nothing");
        check("example.com/api.(*Server).Run", "nothing");
        check(
            "google.golang.org/api/compute/v1.(*Instance).UnmarshalJSON",
            "nothing",
        );
        check(
            "github.com/envoyproxy/api/v2.(*ClusterLoadAssignment).Unmarshal",
            "nothing",
        );
        check(
            "github.com/docker/docker/api/types/v1.(*Conn).Do",
            "nothing",
        );
    }
}
