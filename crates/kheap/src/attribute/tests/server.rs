//! What API servers of all versions do besides answering LISTs, and where it belongs.

use super::{API_SERVER, check};

#[track_caller]
fn check_server(stacks: &[(&str, &str)]) {
    for (stack, expected) in stacks {
        check(API_SERVER, stack, expected);
    }
}

#[test]
fn informers_of_the_server_are_its_own() {
    check_server(&[
        (
            "C/tools/cache.(*Reflector).Run;C/tools/cache.(*Reflector).ListAndWatch;\
             C/tools/cache.(*Reflector).list;C/tools/cache.(*Reflector).list.func1;\
             C/tools/pager.(*ListPager).List;C/rest.(*Request).Do;\
             k8s.io/api/rbac/v1.(*RoleBindingList).Unmarshal;\
             k8s.io/api/rbac/v1.(*RoleBinding).Unmarshal",
            "informer internal RoleBinding",
        ),
        (
            "k8s.io/kubernetes/pkg/controlplane/controller/kubernetesservice.(*Controller).Run;\
             C/rest.(*Request).Do;C/rest.Result.Into;k8s.io/api/core/v1.(*Endpoints).Unmarshal",
            "informer internal Endpoints",
        ),
        (
            "k8s.io/apiserver/plugin/pkg/authorizer/webhook.(*WebhookAuthorizer).Authorize;\
             C/rest.(*Request).Do;x.read",
            "connections internal unknown",
        ),
        (
            "C/tools/cache.(*sharedIndexInformer).HandleDeltas;\
             C/tools/cache.(*threadSafeMap).Update",
            "informer internal unknown",
        ),
        (
            "M/watch.(*StreamWatcher).receive;C/rest/watch.(*Decoder).Decode;\
             k8s.io/api/core/v1.(*ResourceQuota).Unmarshal",
            "informer internal ResourceQuota",
        ),
        (
            "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
             A/server.(*APIServerHandler).ServeHTTP;net/http.HandlerFunc.ServeHTTP;\
             A/endpoints/filters.WithAuthorization.func1;\
             k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac.(*RBACAuthorizer).Authorize;\
             k8s.io/kubernetes/pkg/registry/rbac/validation.(*DefaultRuleResolver).VisitRulesFor;\
             x.append",
            "connections internal unknown",
        ),
        (
            "C/tools/cache.(*processorListener).run;\
             k8s.io/kubernetes/plugin/pkg/auth/authorizer/node.(*graphPopulator).addPod;\
             k8s.io/kubernetes/plugin/pkg/auth/authorizer/node.(*Graph).AddPod",
            "informer internal unknown",
        ),
    ]);
}

#[test]
fn definitions_and_documents_have_one_part() {
    check_server(&[
        (
            "k8s.io/apiextensions-apiserver/pkg/controller/openapi.(*Controller).sync;\
             k8s.io/kube-openapi/pkg/builder.BuildOpenAPISpec",
            "crd-openapi internal unknown",
        ),
        (
            "k8s.io/apiextensions-apiserver/pkg/controller/openapiv3.(*Controller).buildV3Spec;\
             x.build",
            "crd-openapi internal unknown",
        ),
        (
            "k8s.io/apiextensions-apiserver/pkg/controller/establish.(*EstablishingController).sync;\
             x.copy",
            "crd-openapi internal unknown",
        ),
        (
            "k8s.io/kube-aggregator/pkg/controllers/openapi/aggregator.(*specAggregator).updateServiceLocked;\
             encoding/json.Unmarshal",
            "crd-openapi internal unknown",
        ),
        (
            "k8s.io/kube-aggregator/pkg/controllers/openapiv3/aggregator.(*specProxier).UpdateAPIServiceSpec;\
             x.get",
            "crd-openapi internal unknown",
        ),
        (
            "k8s.io/kube-aggregator/pkg/apiserver.(*discoveryManager).fetchFreshDiscoveryForService;\
             encoding/json.Unmarshal",
            "crd-openapi internal unknown",
        ),
        (
            "A/endpoints/discovery/aggregated.(*resourceDiscoveryManager).fetch;\
             encoding/json.Marshal",
            "crd-openapi internal unknown",
        ),
        (
            "A/endpoints/discovery.(*APIGroupHandler).ServeHTTP;x.make",
            "crd-openapi internal unknown",
        ),
        (
            "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
             A/server.(*APIServerHandler).ServeHTTP;net/http.HandlerFunc.ServeHTTP;\
             k8s.io/kube-openapi/pkg/handler3.(*OpenAPIService).HandleGroupVersion;\
             compress/gzip.NewWriter",
            "crd-openapi internal unknown",
        ),
        (
            "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
             A/server.(*APIServerHandler).ServeHTTP;net/http.HandlerFunc.ServeHTTP;\
             k8s.io/kube-openapi/pkg/cached.(*LastSuccess[...]).Get;x.marshal",
            "crd-openapi internal unknown",
        ),
        (
            "A/util/openapi.GetOpenAPIDefinitionsWithoutDisabledFeatures.func1;x.def",
            "crd-openapi internal unknown",
        ),
    ]);
}

#[test]
fn waiting_requests_are_connections() {
    check_server(&[
        (
            "A/util/flowcontrol.(*configController).digestConfigObjects;x.make",
            "connections internal unknown",
        ),
        (
            "A/util/flowcontrol/fairqueuing/queueset.(*queueSet).StartRequest;x.make",
            "connections internal unknown",
        ),
        (
            "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
             A/server.(*APIServerHandler).ServeHTTP;net/http.HandlerFunc.ServeHTTP;\
             A/server/filters.(*priorityAndFairnessHandler).Handle;x.make",
            "connections internal unknown",
        ),
        (
            "A/authentication/token/cache.(*cachedTokenAuthenticator).doAuthenticateToken;\
             x.decode",
            "connections internal unknown",
        ),
        (
            "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
             A/server.(*APIServerHandler).ServeHTTP;net/http.HandlerFunc.ServeHTTP;\
             A/endpoints/filters.withAuthentication.func1;\
             k8s.io/kubernetes/pkg/serviceaccount.(*jwtTokenAuthenticator[...]).AuthenticateToken;\
             x.decode",
            "connections internal unknown",
        ),
        (
            "A/server/filters.(*timeoutHandler).ServeHTTP.func1;x.make",
            "connections internal unknown",
        ),
        (
            "A/authentication/request/x509.(*Authenticator).AuthenticateRequest;x.make",
            "connections internal unknown",
        ),
        (
            "A/authorization/union.unionAuthzHandler.Authorize;x.make",
            "connections internal unknown",
        ),
        (
            "A/endpoints/request.(*RequestInfoFactory).NewRequestInfo",
            "connections internal unknown",
        ),
    ]);
}

#[test]
fn encryption_is_part_of_reading_and_writing() {
    check_server(&[
        (
            "A/endpoints/handlers.ListResource.func1;A/storage/etcd3.(*store).GetList;\
             A/storage/value.(*prefixTransformers).TransformFromStorage;\
             A/storage/value/encrypt/envelope/kmsv2.(*envelopeTransformer).TransformFromStorage;\
             x.open",
            "list-etcd LIST unknown",
        ),
        (
            "A/storage/value/encrypt/envelope/kmsv2.newSimpleCache;x.make",
            "etcd-client internal unknown",
        ),
        (
            "A/storage/value/encrypt/envelope/kmsv2.(*gRPCService).Status;\
             google.golang.org/grpc.(*ClientConn).Invoke",
            "etcd-client internal unknown",
        ),
        (
            "A/server/options/encryptionconfig.(*kmsv2PluginProbe).check;x.make",
            "etcd-client internal unknown",
        ),
    ]);
}

#[test]
fn audit_has_backends() {
    check_server(&[
        (
            "k8s.io/apiserver/plugin/pkg/audit/buffered.(*bufferedBackend).processEvents;\
             A/audit.EventSplit",
            "audit internal unknown",
        ),
        (
            "k8s.io/apiserver/plugin/pkg/audit/webhook.(*backend).processEvents;\
             C/rest.(*Request).Do;bytes.growSlice",
            "audit internal unknown",
        ),
        (
            "k8s.io/apiserver/plugin/pkg/audit/log.(*backend).logEvent;encoding/json.Marshal",
            "audit internal unknown",
        ),
        (
            "k8s.io/apiserver/pkg/apis/audit/v1.Convert_audit_Event_To_v1_Event",
            "audit internal unknown",
        ),
        (
            "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).Write;x.make",
            "audit internal unknown",
        ),
    ]);
}

#[test]
fn what_audit_encodes_is_its_own_below_every_request() {
    let respond = "A/endpoints/handlers.transformResponseObject;\
        A/endpoints/handlers/responsewriters.WriteObjectNegotiated;A/audit.LogResponseObject;\
        A/audit.encodeObject;M/runtime/serializer/json.streamEncodeCollections;bytes.growSlice";
    let list = format!(
        "A/endpoints/handlers.ListResource.func1;A/endpoints/handlers.handleList;{respond}"
    );
    let get = format!("A/endpoints/handlers.getResourceHandler.func1;{respond}");
    let write = "A/endpoints/handlers.(*patcher).patchResource;A/audit.LogRequestPatch;x.clone";
    check_server(&[
        (&list, "audit LIST unknown"),
        (&get, "audit GET unknown"),
        (write, "audit PATCH unknown"),
    ]);
}

#[test]
fn tables_and_conversions_show_their_kind() {
    let list = "A/endpoints/handlers.ListResource.func1;A/endpoints/handlers.handleList";
    let table = format!(
        "{list};A/endpoints/handlers.transformResponseObject;A/endpoints/handlers.asTable;\
         k8s.io/kubernetes/pkg/printers/internalversion.printPodList;x.make"
    );
    let core = "k8s.io/kubernetes/pkg/apis/core/v1";
    let converted = format!(
        "{list};A/endpoints/handlers.transformResponseObject;\
         {core}.Convert_core_PodList_To_v1_PodList;{core}.autoConvert_core_PodList_To_v1_PodList"
    );
    check_server(&[
        (&table, "list-encode LIST Pod"),
        (&converted, "list-encode LIST Pod"),
    ]);
}

#[test]
fn admission_is_asked_outside_of_requests_too() {
    check_server(&[
        (
            "A/admission/plugin/policy/generic.(*policySource[...]).refreshPolicies;x.make",
            "admission internal unknown",
        ),
        (
            "github.com/google/cel-go/cel.(*Env).Compile;x.parse",
            "admission internal unknown",
        ),
        (
            "A/cel/environment.(*EnvSet).Extend;x.make",
            "admission internal unknown",
        ),
        (
            "github.com/antlr4-go/antlr/v4.(*ParserATNSimulator).closureWork;x.make",
            "admission internal unknown",
        ),
        (
            "github.com/antlr/antlr4/runtime/Go/antlr.NewBaseATNConfig7",
            "admission internal unknown",
        ),
        (
            "A/admission/plugin/webhook/generic.(*Webhook).Dispatch;C/rest.(*Request).Do;x.read",
            "admission internal unknown",
        ),
        (
            "A/endpoints/handlers.(*patcher).patchResource;\
             A/admission/plugin/webhook/mutating.(*mutatingDispatcher).Dispatch;x.read",
            "write PATCH unknown",
        ),
    ]);
}

#[test]
fn managed_fields_are_written() {
    check_server(&[
        (
            "M/util/managedfields/internal.(*structuredMergeManager).Apply;\
             sigs.k8s.io/structured-merge-diff/v6/merge.(*Updater).Apply;\
             sigs.k8s.io/structured-merge-diff/v6/typed.TypedValue.Merge",
            "write internal unknown",
        ),
        (
            "sigs.k8s.io/structured-merge-diff/v4/fieldpath.(*Set).Union",
            "write internal unknown",
        ),
        (
            "sigs.k8s.io/structured-merge-diff/v4/typed.(*mergingWalker).doLeaf",
            "write internal unknown",
        ),
        (
            "A/endpoints/handlers.UpdateResource.func1;\
             A/endpoints/handlers/fieldmanager.(*FieldManager).Update;\
             sigs.k8s.io/structured-merge-diff/v4/fieldpath.(*Set).Insert",
            "write UPDATE unknown",
        ),
        (
            "sigs.k8s.io/structured-merge-diff/v4/schema.(*Schema).CopyInto",
            "crd-openapi internal unknown",
        ),
    ]);
}

#[test]
fn copies_of_the_watch_cache_for_a_list_are_of_the_list() {
    check_server(&[
        (
            "A/storage/cacher.(*CacheDelegator).GetList;A/storage/cacher.(*Cacher).GetList;\
             A/storage/cacher.(*Cacher).GetList.func1;reflect.MakeSlice",
            "list-other internal unknown",
        ),
        (
            "A/storage/cacher.(*Cacher).waitUntilWatchCacheFreshAndForceAllEvents;reflect.MakeSlice",
            "watch-cache-events internal unknown",
        ),
    ]);
}

#[test]
fn watch_caches_of_all_versions_have_one_part() {
    check_server(&[
        (
            "A/storage/cacher.(*watchCache).processEvent;\
             A/storage/cacher.(*watchCache).updateCache;\
             A/storage/cacher.(*watchCache).resizeCacheLocked",
            "watch-cache-events internal unknown",
        ),
        (
            "A/storage/cacher/store.(*btreeStore).addOrUpdateElem;\
             github.com/google/btree.(*BTreeG[...]).ReplaceOrInsert",
            "watch-cache-events internal unknown",
        ),
        (
            "k8s.io/utils/third_party/forked/golang/btree.(*BTree[...]).Clone",
            "watch-cache-events internal unknown",
        ),
        (
            "A/storage/cacher.(*Cacher).dispatchEvents;\
             A/storage/cacher.(*Cacher).dispatchEvent;A/storage/cacher.setCachingObjects",
            "watch-serve internal unknown",
        ),
        (
            "A/storage/cacher.(*Cacher).dispatchEvents;\
             A/storage/cacher.(*watcherBookmarkTimeBuckets).popExpiredWatchersThreadUnsafe",
            "watch-serve internal unknown",
        ),
        (
            "A/storage/cacher.(*cacheWatcher).processInterval;\
             A/storage/cacher.(*watchCacheInterval).Next;\
             A/storage/cacher.(*watchCacheInterval).fillBuffer",
            "watch-init WATCH unknown",
        ),
        (
            "A/endpoints/handlers.ListResource.func1;\
             A/registry/generic/registry.(*Store).ListPredicate;\
             A/storage/cacher.(*Cacher).GetList;A/storage/cacher.(*Cacher).listItems;\
             A/storage/cacher/store.(*orderedLister).ListPrefix",
            "list-other LIST unknown",
        ),
        (
            "A/storage/cacher/progress.(*ConditionalProgressRequester).Run;x.make",
            "watch-cache-events internal unknown",
        ),
        (
            "A/storage/cacher/delegator.(*CacheDelegator).Watch;A/storage/cacher.newCacheWatcher",
            "watch-serve WATCH unknown",
        ),
    ]);
}

#[test]
fn responses_are_encoded_in_all_formats() {
    check_server(&[
        (
            "A/endpoints/handlers.ListResource.func1;\
             A/endpoints/handlers.transformResponseObject;\
             A/endpoints/handlers/responsewriters.WriteObjectNegotiated;\
             A/endpoints/handlers/responsewriters.SerializeObject;\
             M/runtime/serializer/json.streamEncodeCollections;\
             M/runtime/serializer/json.streamingEncodeUnstructuredList;encoding/json.Marshal;\
             bytes.growSlice",
            "list-encode LIST unknown",
        ),
        (
            "A/endpoints/handlers.ListResource.func1;\
             A/endpoints/handlers.transformResponseObject;\
             A/endpoints/handlers/responsewriters.WriteObjectNegotiated;\
             A/endpoints/handlers/responsewriters.SerializeObject;\
             M/runtime/serializer/cbor.(*serializer).Encode;\
             github.com/fxamacker/cbor/v2.(*encMode).Marshal;bytes.growSlice",
            "list-encode LIST unknown",
        ),
        (
            "A/endpoints/handlers.ListResource.func1;\
             A/endpoints/handlers.transformResponseObject;\
             A/endpoints/handlers/responsewriters.WriteObjectNegotiated;\
             A/endpoints/handlers/responsewriters.SerializeObject;\
             A/endpoints/handlers/responsewriters.(*deferredResponseWriter).Write;\
             compress/gzip.(*Writer).Write;compress/flate.NewWriter",
            "list-encode LIST unknown",
        ),
        (
            "A/endpoints/handlers/responsewriters.(*deferredResponseWriter).Write;\
             compress/flate.NewWriter",
            "compression internal unknown",
        ),
        (
            "A/endpoints/handlers/responsewriters.init.func1;compress/gzip.NewWriterLevel;x.make",
            "compression internal unknown",
        ),
        (
            "A/endpoints/handlers.getResourceHandler.func1;\
             A/endpoints/handlers.transformResponseObject;\
             M/runtime/serializer/protobuf.(*Serializer).doEncode",
            "get GET unknown",
        ),
    ]);
}

#[test]
fn watches_are_served_in_all_ways() {
    check_server(&[
        (
            "A/endpoints/handlers.ListResource.func1;\
             A/endpoints/handlers.serveWatchHandler.func1;\
             A/endpoints/handlers.(*WatchServer).HandleHTTP;\
             A/endpoints/handlers.(*watchEncoder).Encode;bytes.growSlice",
            "watch-serve WATCH unknown",
        ),
        (
            "golang.org/x/net/websocket.Handler.ServeHTTP;\
             golang.org/x/net/websocket.Server.serveWebSocket;\
             A/endpoints/handlers.(*WatchServer).HandleWS;bufio.NewReaderSize",
            "watch-serve WATCH unknown",
        ),
    ]);
}

#[test]
fn streams_are_connections() {
    check_server(&[
        (
            "A/endpoints/handlers.ConnectResource.func1.1;\
             M/util/proxy.(*UpgradeAwareHandler).ServeHTTP;\
             M/util/proxy.(*UpgradeAwareHandler).tryUpgrade;io.copyBuffer",
            "connections internal unknown",
        ),
        (
            "M/util/proxy.(*UpgradeAwareHandler).tryUpgrade.func2;io.copyBuffer",
            "connections internal unknown",
        ),
        (
            "github.com/moby/spdystream.(*Connection).Serve;\
             github.com/moby/spdystream/spdy.(*Framer).ReadFrame",
            "connections internal unknown",
        ),
        (
            "github.com/docker/spdystream.NewConnection",
            "connections internal unknown",
        ),
        (
            "M/util/httpstream/spdy.(*connection).CreateStream;x.make",
            "connections internal unknown",
        ),
        (
            "M/util/httpstream/wsstream.(*Conn).handle;x.make",
            "connections internal unknown",
        ),
        (
            "A/util/proxy.StreamTranslatorHandler.ServeHTTP;x.make",
            "connections internal unknown",
        ),
        (
            "github.com/gorilla/websocket.newConn",
            "connections internal unknown",
        ),
        (
            "sigs.k8s.io/apiserver-network-proxy/konnectivity-client/pkg/client.(*grpcTunnel).serve;\
             x.make",
            "connections internal unknown",
        ),
        (
            "sigs.k8s.io/apiserver-network-proxy/konnectivity-client/pkg/client.CreateSingleUseGrpcTunnel;\
             google.golang.org/grpc.DialContext;google.golang.org/grpc.(*ClientConn).connect",
            "connections internal unknown",
        ),
        (
            "k8s.io/kube-aggregator/pkg/apiserver.(*proxyHandler).ServeHTTP;x.make",
            "connections internal unknown",
        ),
        (
            "A/server/egressselector.(*EgressSelector).Lookup;x.make",
            "connections internal unknown",
        ),
        (
            "google.golang.org/grpc.(*addrConn).connect;\
             google.golang.org/grpc/internal/transport.NewHTTP2Client;\
             A/server/egressselector.(*grpcTunnelConnector).connect;net.Dial",
            "etcd-client internal unknown",
        ),
    ]);
}

#[test]
fn etcd_is_asked_by_its_client() {
    check_server(&[
        (
            "google.golang.org/grpc/internal/transport.NewHTTP2Client;\
             google.golang.org/grpc/internal/transport.newFramer;bufio.NewReaderSize",
            "etcd-client internal unknown",
        ),
        (
            "google.golang.org/grpc/internal/transport.(*loopyWriter).run;x.make",
            "etcd-client internal unknown",
        ),
        (
            "google.golang.org/grpc/internal/transport.(*recvBuffer).put",
            "etcd-client internal unknown",
        ),
        (
            "A/storage/etcd3.(*store).Get;go.etcd.io/etcd/client/v3.(*kv).Get;\
             go.etcd.io/etcd/api/v3/mvccpb.(*KeyValue).Unmarshal",
            "etcd-client internal unknown",
        ),
        (
            "A/endpoints/handlers.getResourceHandler.func1;A/storage/etcd3.(*store).Get;\
             go.etcd.io/etcd/client/v3.(*kv).Get",
            "get GET unknown",
        ),
        (
            "A/storage/etcd3.(*leaseManager).GetLease;x.make",
            "etcd-client internal unknown",
        ),
        (
            "A/storage/etcd3.(*compactor).runCompactLoop;x.make",
            "etcd-client internal unknown",
        ),
        (
            "runtime.mcall;runtime.newproc1;runtime.malg",
            "goroutines internal unknown",
        ),
        ("runtime.mstart;runtime.allocm", "runtime internal unknown"),
    ]);
}
