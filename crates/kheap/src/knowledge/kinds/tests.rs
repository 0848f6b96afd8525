//! Names of functions, and the kinds that they show.

use super::{CUSTOM_RESOURCE, Hints, KindHint};
use crate::knowledge::frames::NamedFrames;

/// What a function says in a profile that has some others.
fn hint(name: &str, others: &[&str]) -> KindHint {
    let frames = NamedFrames::builtin().rows([name].into_iter());
    Hints::among(others.iter().copied()).of(name, frames.row(0))
}

#[track_caller]
fn check(name: &str, expected: &str) {
    let text = match hint(name, &[]) {
        KindHint::Nothing => "nothing".to_owned(),
        KindHint::Part => "part".to_owned(),
        KindHint::Coercer => "coercer".to_owned(),
        KindHint::Conversion => "conversion".to_owned(),
        KindHint::Kind(kind) => kind,
        KindHint::Custom => CUSTOM_RESOURCE.to_owned(),
        KindHint::FieldManager => "field manager".to_owned(),
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
    let both = [&*decode, &*copy];
    assert_eq!(hint(&decode, &both), KindHint::Kind("Gadget".to_owned()));
    let json = format!("{package}.(*Gadget).UnmarshalJSON");
    assert_eq!(hint(&json, &both), KindHint::Kind("Gadget".to_owned()));
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

#[test]
fn what_people_leave_out_of_a_name_is_put_back() {
    let check = |name: &str, whole: &str| {
        assert_eq!(super::whole_name(name.into()), whole);
        assert_eq!(super::whole_name(whole.into()), whole, "it is whole");
    };
    check(
        "apimachinery/pkg/runtime.F",
        "k8s.io/apimachinery/pkg/runtime.F",
    );
    let list = "k8s.io/apiserver/pkg/storage/etcd3.(*store).List";
    check("etcd3.(*store).List", list);
    check("k8s.io/.../etcd3.(*store).List", list);
    check("k8s.io/…/etcd3.(*store).List", list);
    check(
        "json.(*encodeState).marshal",
        "encoding/json.(*encodeState).marshal",
    );
    check(
        "v1.(*SecretList).Unmarshal",
        "k8s.io/api/core/v1.(*SecretList).Unmarshal",
    );
    for own in [
        "v1.(*Order).Unmarshal",
        "github.com/acme/.../v1.(*Event).Unmarshal",
        "cacher.New",
        "main.f[...]",
        "bytes.growSlice",
    ] {
        check(own, own);
    }
}
