//! The Kubernetes kind that a function name shows.

use super::kinds::Proven;
use crate::knowledge::{Bits, FramesError, Kinds, NamedFrames, is_kind_of_any_group, is_version};
use crate::symbol::Symbol;

/// What kubectl calls an object without a Go type of its own.
pub(crate) const CUSTOM_RESOURCE: &str = "custom resource";

/// What a function says of the object that it works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// An object of this kind.
    Kind(String),
    /// A part of an object, or what stands around one: what is within is no object by
    /// itself, such as the claim in the spec of a stateful set.
    Part,
    /// Objects without a Go type.
    Custom,
    /// What reads custom resources into shape. It handles typed metadata, too.
    Coercer,
    /// Turning an object into maps: what patches and admission do with all objects,
    /// and coercers with custom resources.
    Conversion,
    /// The field manager, which turns typed objects into untyped ones too.
    FieldManager,
}

/// What the named frames show that a function is.
#[derive(Debug)]
pub(super) struct KindFrames {
    custom: Bits,
    coercer: Bits,
    conversion: Bits,
    field_manager: Bits,
}

impl KindFrames {
    pub(super) fn of(frames: &NamedFrames) -> Result<Self, FramesError> {
        let names = &Kinds::builtin().frames;
        Ok(Self {
            custom: frames.set(&names.custom)?,
            coercer: frames.set(&names.coercer)?,
            conversion: frames.set(&names.conversion)?,
            field_manager: frames.set(&names.field_manager)?,
        })
    }

    /// What a function shows that is some named frames.
    fn shown(&self, frames: &[u64]) -> Option<Shown> {
        let shown = [
            (&self.field_manager, Shown::FieldManager),
            (&self.custom, Shown::Custom),
            (&self.coercer, Shown::Coercer),
            (&self.conversion, Shown::Conversion),
        ];
        let mut shown = shown.into_iter();
        shown.find_map(|(bits, shown)| bits.meets(frames).then_some(shown))
    }
}

/// What a canonical function name shows that is some named frames.
pub(super) fn shown(name: &str, frames: &[u64], kinds: &KindFrames, proven: &Proven) -> Shown {
    let by_name = || {
        let symbol = Symbol::parse(name);
        match Kinds::builtin().group(symbol.package) {
            Some(group) => of_kubernetes(&symbol, group, proven),
            None => of_printer(&symbol).or_else(|| of_others(&symbol, proven)),
        }
    };
    kinds
        .shown(frames)
        .or_else(by_name)
        .unwrap_or(Shown::Nothing)
}

/// The kind whose rows of a table a function prints, such as `printPodList`.
fn of_printer(symbol: &Symbol) -> Option<Shown> {
    let kind = without_list(Kinds::builtin().printed(symbol.package, symbol.name)?);
    is_kind_of_any_group(kind).then(|| Shown::Kind(kind.to_owned()))
}

/// What a function shows in a package of one of Kubernetes' own API groups.
fn of_kubernetes(symbol: &Symbol, group: &str, proven: &Proven) -> Option<Shown> {
    let name = match symbol.receiver {
        Some(receiver) => receiver.name,
        None => converted(symbol.name).or_else(|| defaulted(symbol.name))?,
    };
    let kind = without_list(name);
    // All else in that group is part of a definition.
    if group == "apiextensions" && !name.starts_with("Conversion") {
        return Some(Shown::Kind("CustomResourceDefinition".to_owned()));
    }
    Some(match proven.is_kind(group, kind) {
        true => Shown::Kind(kind.to_owned()),
        false => Shown::Part,
    })
}

/// What a function shows elsewhere: in packages of operators, for which their code
/// generators have written it.
fn of_others(symbol: &Symbol, proven: &Proven) -> Option<Shown> {
    let receiver = symbol.receiver.map(|receiver| receiver.name);
    if symbol.package.contains("/apis/meta/") {
        let is_metadata = receiver?.starts_with("PartialObjectMetadata");
        return is_metadata.then(|| Shown::Kind("PartialObjectMetadata".to_owned()));
    }
    if !holds_objects(symbol.package) {
        return None;
    }
    let name = match receiver {
        // A package of this shape may hold clients and servers too.
        Some(name) if !is_written_for_objects(symbol, without_list(name), proven) => return None,
        Some(name) => name,
        None => converted(symbol.name)?,
    };
    let kind = without_list(name);
    Some(match kind.starts_with(|c: char| c.is_ascii_uppercase()) {
        false => return None,
        true if Kinds::builtin().is_part(kind) => Shown::Part,
        true => Shown::Kind(kind.to_owned()),
    })
}

/// Whether the types of a package are API objects:
/// `github.com/cert-manager/…/apis/certmanager/v1`, `sigs.k8s.io/cluster-api/api/v1beta1`.
fn holds_objects(package: &str) -> bool {
    if Kinds::builtin().is_machinery(package) {
        return false;
    }
    let mut elements = package.split('/');
    let in_api = elements.any(|element| matches!(element, "api" | "apis"));
    let mut rest = elements.peekable();
    let of_group = package.contains("/apis/") && rest.peek().is_some();
    in_api && (of_group || rest.any(is_version))
}

/// The type in `Convert_v1_ConfigMap_To_core_ConfigMap`.
fn converted(function: &str) -> Option<&str> {
    let (_, rest) = function.split_once("onvert_")?;
    let (from, _) = rest.split_once("_To_")?;
    let (_version, kind) = from.split_once('_')?;
    Some(kind)
}

/// The type in `SetObjectDefaults_ConfigMap` and `SetDefaults_ConfigMap`.
fn defaulted(function: &str) -> Option<&str> {
    let rest = function.strip_prefix("SetObjectDefaults_");
    rest.or_else(|| function.strip_prefix("SetDefaults_"))
}

/// Whether a method is one that objects have: from Kubernetes' code generators, or to
/// read and write JSON. Below `api/` alone lie clients of other things and their
/// protobufs, too; those of API objects have a group there, a version before its time,
/// or are copied as objects elsewhere.
fn is_written_for_objects(symbol: &Symbol, kind: &str, proven: &Proven) -> bool {
    let (package, method) = (symbol.package, symbol.name);
    let is_marshalled = Kinds::builtin().is_marshalling(method);
    if method.starts_with("DeepCopy") {
        return true;
    }
    if !is_marshalled || kind.is_empty() {
        return false;
    }
    let is_api = package.contains("/apis/") || proven.is_copied(package, kind);
    match method.ends_with("JSON") {
        true => (is_api || ends_in_unstable(package)) && !Kinds::builtin().is_value(kind),
        false => is_api || ends_in_group(package),
    }
}

/// `…/api/v1alpha1`, where only Kubernetes counts versions so.
fn ends_in_unstable(package: &str) -> bool {
    let mut elements = package.rsplit('/');
    let version = elements.next().unwrap_or_default();
    let is_unstable = version.contains("alpha") || version.contains("beta");
    is_version(version) && is_unstable && elements.next() == Some("api")
}

/// `…/api/GROUP/VERSION`, as in `github.com/openshift/api/image/v1`.
fn ends_in_group(package: &str) -> bool {
    let mut elements = package.rsplit('/');
    let version = elements.next().is_some_and(is_version);
    let group = elements.next().is_some_and(|group| !is_version(group));
    version && group && elements.next() == Some("api")
}

fn without_list(name: &str) -> &str {
    match name.strip_suffix("List") {
        Some(kind) if !kind.is_empty() => kind,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::rules::Rules;

    fn shown_by(name: &str, proven: &Proven) -> Shown {
        let rules = Rules::builtin();
        let frames = rules.frames.rows([name].into_iter());
        shown(name, frames.row(0), &rules.kinds, proven)
    }

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let text = match shown_by(name, &Proven::default()) {
            Shown::Nothing => "nothing".to_owned(),
            Shown::Part => "part".to_owned(),
            Shown::Coercer => "coercer".to_owned(),
            Shown::Conversion => "conversion".to_owned(),
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
        check("k8s.io/api/core/v1.(*PodSpec).Unmarshal", "part");
        check("k8s.io/api/core/v1.(*Container).Unmarshal", "part");
        check("k8s.io/api/core/v1.(*VolumeProjection).Unmarshal", "part");
        check("k8s.io/api/core/v1.(*KeyToPath).Unmarshal", "part");
        check("k8s.io/api/discovery/v1.(*Endpoint).Unmarshal", "part");
        check("k8s.io/api/rbac/v1.(*Subject).Unmarshal", "part");
        check(
            "k8s.io/api/admissionregistration/v1.(*ValidatingWebhook).DeepCopyInto",
            "part",
        );
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
    fn what_stands_around_objects_or_asks_for_them_is_no_kind() {
        check(
            "k8s.io/api/admission/v1.(*AdmissionReview).DeepCopyInto",
            "part",
        );
        check(
            "k8s.io/api/apidiscovery/v2.(*APIGroupDiscoveryList).Unmarshal",
            "part",
        );
        check(
            "k8s.io/kubernetes/pkg/apis/core/v1.Convert_url_Values_To_v1_PodLogOptions",
            "part",
        );
        check(
            "k8s.io/kubernetes/pkg/apis/core.(*PodAttachOptions).DeepCopyInto",
            "part",
        );
    }

    #[test]
    fn a_definition_is_known_by_its_schema() {
        let package = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1";
        let definition = "CustomResourceDefinition";
        check(
            &format!("{package}.(*JSONSchemaPropsOrArray).UnmarshalJSON"),
            definition,
        );
        check(
            &format!("{package}.Convert_v1_JSON_To_apiextensions_JSON"),
            definition,
        );
        check(
            &format!("{package}.(*ConversionReview).DeepCopyInto"),
            "part",
        );
    }

    #[test]
    fn defaults_are_set_on_kinds() {
        let package = "k8s.io/kubernetes/pkg/apis/core/v1";
        check(&format!("{package}.SetObjectDefaults_PodList"), "Pod");
        check(&format!("{package}.SetDefaults_ConfigMap"), "ConfigMap");
        check(&format!("{package}.SetDefaults_PodSpec"), "part");
    }

    #[test]
    fn protocols_and_configuration_of_kubernetes_are_no_objects() {
        check(
            "k8s.io/cri-api/pkg/apis/runtime/v1.(*ListContainersResponse).Unmarshal",
            "nothing",
        );
        check("k8s.io/kms/apis/v2.(*DecryptResponse).Unmarshal", "nothing");
        check(
            "k8s.io/kubelet/pkg/apis/podresources/v1.(*PodResources).Marshal",
            "nothing",
        );
        check(
            "k8s.io/kubernetes/pkg/kubelet/apis/config.(*KubeletConfiguration).DeepCopyInto",
            "nothing",
        );
        check(
            "k8s.io/kubernetes/pkg/scheduler/apis/config.(*KubeSchedulerConfiguration).DeepCopyInto",
            "nothing",
        );
        check(
            "k8s.io/autoscaler/vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1.(*VerticalPodAutoscaler).DeepCopyInto",
            "VerticalPodAutoscaler",
        );
    }

    #[test]
    fn kinds_of_others_may_be_called_like_parts_of_ours() {
        let package = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1";
        check(
            &format!("{package}.(*PrometheusRule).DeepCopyInto"),
            "PrometheusRule",
        );
        check(&format!("{package}.(*Probe).DeepCopyInto"), "Probe");
        check(
            &format!("{package}.(*PrometheusRuleSpec).DeepCopyInto"),
            "part",
        );
        check(
            "github.com/longhorn/longhorn-manager/k8s/pkg/apis/longhorn/v1beta2.(*Volume).DeepCopyInto",
            "Volume",
        );
    }

    #[test]
    fn others_write_their_kinds_in_protobuf_too() {
        check(
            "github.com/openshift/api/image/v1.(*Image).Unmarshal",
            "Image",
        );
        check(
            "github.com/openshift/api/template/v1.(*Template).Marshal",
            "Template",
        );
        let slim = "github.com/cilium/cilium/pkg/k8s/slim/k8s";
        check(&format!("{slim}/api/core/v1.(*Pod).Unmarshal"), "Pod");
        check(
            &format!("{slim}/api/core/v1.(*Container).Unmarshal"),
            "part",
        );
        check(
            &format!("{slim}/apis/meta/v1.(*ObjectMeta).Unmarshal"),
            "nothing",
        );
        check(
            &format!("{slim}/apis/meta/v1.(*PartialObjectMetadata).Unmarshal"),
            "PartialObjectMetadata",
        );
    }

    #[test]
    fn kinds_of_others_may_read_their_own_json() {
        for package in [
            "example.com/op/pkg/apis/gadgets/v1beta2",
            "example.com/op/apis/v2alpha1",
            "example.com/op/apis/gadgets/v1",
            "example.com/op/api/v1alpha1",
        ] {
            for method in [
                "DeepCopy",
                "DeepCopyInto",
                "DeepCopyObject",
                "UnmarshalJSON",
                "MarshalJSON",
            ] {
                for receiver in ["(*Gadget)", "Gadget", "(*Gadget[...])", "(*GadgetList)"] {
                    check(&format!("{package}.{receiver}.{method}"), "Gadget");
                }
                check(&format!("{package}.(*GadgetSpec).{method}"), "part");
                check(&format!("{package}.(*GadgetStatus).{method}"), "part");
            }
            for value in ["Duration", "ByteSize", "IntOrString", "StringMap"] {
                check(&format!("{package}.(*{value}).UnmarshalJSON"), "nothing");
            }
        }
        for package in [
            "example.com/op/pkg/apis/gadgets/v1",
            "example.com/op/apis/v1",
        ] {
            for method in ["Unmarshal", "Marshal", "MarshalTo", "MarshalToSizedBuffer"] {
                check(&format!("{package}.(*Gadget).{method}"), "Gadget");
            }
        }
    }

    #[test]
    fn a_kind_below_api_is_proven_by_its_copies() {
        let package = "example.com/op/api/v1";
        let decode = format!("{package}.(*Gadget).Unmarshal");
        let copy = format!("{package}.(*Gadget).DeepCopyObject");
        check(&decode, "nothing");
        let proven = Proven::by([&*decode, &*copy].into_iter());
        assert_eq!(shown_by(&decode, &proven), Shown::Kind("Gadget".to_owned()));
        let json = format!("{package}.(*Gadget).UnmarshalJSON");
        assert_eq!(shown_by(&json, &proven), Shown::Kind("Gadget".to_owned()));
    }

    #[test]
    fn a_package_of_objects_may_lie_below_its_version() {
        check(
            "github.com/mongodb/mongodb-kubernetes/api/v1/mdb.(*MongoDB).DeepCopyInto",
            "MongoDB",
        );
    }

    #[test]
    fn printers_of_tables_name_the_kind() {
        let package = "k8s.io/kubernetes/pkg/printers/internalversion";
        check(&format!("{package}.printPodList"), "Pod");
        check(&format!("{package}.printSecret"), "Secret");
        check(&format!("{package}.printPodList.func1"), "Pod");
        check(&format!("{package}.AddHandlers"), "nothing");
        check(&format!("{package}.printObjectCount"), "nothing");
    }

    #[test]
    fn conversions_of_lists_name_the_kind() {
        let package = "k8s.io/kubernetes/pkg/apis/core/v1";
        check(
            &format!("{package}.Convert_core_PodList_To_v1_PodList"),
            "Pod",
        );
        check(
            &format!("{package}.autoConvert_v1_PodList_To_core_PodList"),
            "Pod",
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
        check(
            "k8s.io/apiextensions-apiserver/pkg/apiserver.schemaCoercingConverter.ConvertToVersion",
            "coercer",
        );
        check(
            "k8s.io/apiextensions-apiserver/pkg/registry/customresource.NewStorage",
            CUSTOM_RESOURCE,
        );
    }

    #[test]
    fn typed_objects_are_turned_into_maps_too() {
        check(
            "k8s.io/apimachinery/pkg/runtime.structToUnstructured",
            "conversion",
        );
        check(
            "k8s.io/apimachinery/pkg/runtime.(*unstructuredConverter).ToUnstructured",
            "conversion",
        );
        check(
            "k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition.strategy.Validate",
            "nothing",
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
        check(
            "github.com/containerd/containerd/api/services/tasks/v1.(*ListTasksResponse).Unmarshal",
            "nothing",
        );
    }
}
