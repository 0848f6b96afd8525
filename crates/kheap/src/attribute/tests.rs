//! Stacks as programs of different versions write them, and where they belong.
//!
//! `A/`, `M/` and `C/` stand for the packages of the API server, the API machinery
//! and the client.

mod server;

use std::sync::Arc;

use super::{Attribution, Dimensions, Heap, Place, Role, Rules};
use crate::fixture::{profile, view};
use crate::selection::{Selection, SelectionOptions};

/// A frame that only this program has.
const API_SERVER: &str = "A/registry/generic/registry.(*Store).Anchor";
const CLIENT: &str = "C/rest.Anchor";
const ETCD: &str = "go.etcd.io/etcd/server/v3/etcdserver.Anchor";

const LIST: &str = "A/endpoints/handlers.ListResource.func1";
const READ: &str = "A/registry/generic/registry.(*Store).ListPredicate;\
    A/storage/cacher.(*CacheDelegator).GetList;A/storage/etcd3.(*store).GetList";
/// The goroutine that fills a watch cache is a closure of what makes it.
const CACHING: &str = "A/storage/cacher.NewCacherFromConfig.func1;\
    A/storage/cacher.(*Cacher).startCaching;C/tools/cache.(*Reflector).ListAndWatch";

fn attributed(stacks: &str) -> Attribution {
    let full: String = stacks
        .split_inclusive([';', '\n'])
        .map(written_out)
        .collect();
    let profile = profile(&full);
    let sample_type = profile.sample_type("").unwrap();
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    Heap::new(selection).attribution().clone()
}

fn written_out(frame: &str) -> String {
    const SHORT: [(&str, &str); 3] = [
        ("A/", "k8s.io/apiserver/pkg/"),
        ("M/", "k8s.io/apimachinery/pkg/"),
        ("C/", "k8s.io/client-go/"),
    ];
    let short = SHORT
        .into_iter()
        .find(|(short, _)| frame.starts_with(short));
    short.map_or(frame.to_owned(), |(short, long)| {
        frame.replacen(short, long, 1)
    })
}

/// Attributes the first of some stacks.
#[track_caller]
fn check_first(stacks: &str, expected: &str) {
    let attribution = attributed(stacks);
    let place = attribution.of_sample[0].map(|place| &attribution.places[place as usize]);
    let place = place.expect("it has a value");
    let actual = format!("{} {} {}", place.part, place.verb, place.kind);
    assert_eq!(actual, expected, "{stacks}");
}

#[track_caller]
fn check(program: &str, stack: &str, expected: &str) {
    check_first(&format!("{stack} 5\nmain;{program} 1"), expected);
}

/// `frame0;frame1;…`, so many.
fn deep(frame: &str, count: usize) -> String {
    let frames: Vec<String> = (0..count).map(|at| format!("{frame}{at}")).collect();
    frames.join(";")
}

/// As many frames as Go keeps, from the root on.
fn cut(stack: &str) -> String {
    let frames: Vec<&str> = stack.split(';').take(32).collect();
    assert_eq!(frames.len(), 32, "{stack}");
    frames.join(";")
}

#[test]
fn a_cut_stack_is_mended_before_it_is_judged() {
    let calls = deep("google.golang.org/grpc.invoke", 8);
    let lost = cut(&format!(
        "{READ};{calls};{}",
        deep("google.golang.org/grpc.recv", 30)
    ));
    let lender = format!("main;A/endpoints/handlers.DeleteCollection.func1;{READ};{calls}");
    check_first(&format!("{lost} 900\n{lender} 1"), "write DELETE unknown");
}

#[test]
fn a_cut_read_of_a_registry_is_a_list() {
    let receive = deep("google.golang.org/grpc.(*parser).recvMsg.func", 30);
    check(
        API_SERVER,
        &cut(&format!("{READ};{receive}")),
        "list-etcd LIST unknown",
    );
    let fill =
        format!("C/tools/cache.(*Reflector).list;A/storage/cacher.(*listerWatcher).List;{READ}");
    check(
        API_SERVER,
        &cut(&format!("{fill};{receive}")),
        "watch-cache-fill internal unknown",
    );
}

#[test]
fn the_end_of_a_connection_says_nothing_of_a_cut_stack() {
    let compress = deep("compress/flate.NewWriter.func", 32);
    check(API_SERVER, &compress, "other internal unknown");
    check(CLIENT, &compress, "other internal unknown");
    let receive = deep("google.golang.org/grpc.(*parser).recvMsg.func", 32);
    check(API_SERVER, &receive, "other internal unknown");
    // A server stands over all that it calls.
    let serve = cut(&format!("net/http.HandlerFunc.ServeHTTP;{}", deep("f", 31)));
    check(API_SERVER, &serve, "connections internal unknown");
}

#[test]
fn what_a_handler_holds_is_its_own() {
    const SERVE: &str = "net/http.(*conn).serve;net/http.serverHandler.ServeHTTP;\
        net/http.(*ServeMux).ServeHTTP;net/http.HandlerFunc.ServeHTTP";
    const METRICS: &str = "github.com/prometheus/client_golang/prometheus";
    let connections = "connections internal unknown";
    let other = "other internal unknown";
    for program in [CLIENT, "main.run"] {
        let handler = format!("{SERVE};example.com/shop.(*Shop).ServeHTTP");
        check(program, &format!("{handler};main.load"), other);
        check(program, &format!("{handler};encoding/json.Marshal"), other);
        let write = format!("{handler};net/http.(*response).Write;bufio.NewWriterSize");
        check(program, &write, connections);
        let call = format!("{handler};net/http.(*Client).Do;crypto/tls.(*Conn).Read");
        check(program, &call, connections);
        check(program, SERVE, connections);
        let read =
            "net/http.(*conn).serve;net/http.(*conn).readRequest;net/textproto.readMIMEHeader";
        check(program, read, connections);
        let wrapped = format!("{SERVE};{METRICS}/promhttp.InstrumentHandlerDuration.func1");
        let wrapped = format!("{wrapped};net/http.HandlerFunc.ServeHTTP");
        check(program, &format!("{wrapped};main.answer"), other);
        check(
            program,
            &format!("{wrapped};main.answer;{METRICS}.(*CounterVec).With"),
            "metrics internal unknown",
        );
        let gathered = format!("{wrapped};{METRICS}/promhttp.HandlerForTransactional.func1");
        check(
            program,
            &format!("{gathered};bytes.growSlice"),
            "metrics internal unknown",
        );
        let deep_handler = cut(&format!("{SERVE};main.answer;{}", deep("f", 31)));
        check(program, &deep_handler, other);
        let rpc = "google.golang.org/grpc.(*Server).serveStreams.func1.1;\
            google.golang.org/grpc.(*Server).handleStream;\
            google.golang.org/grpc.(*Server).processUnaryRPC";
        check(
            program,
            &format!("{rpc};main._Shop_Buy_Handler;main.buy"),
            other,
        );
        check(
            program,
            &format!("{rpc};google.golang.org/grpc.(*parser).recvMsg"),
            connections,
        );
    }
    let filters = format!("{SERVE};A/endpoints/filters.WithImpersonation.func1");
    check(API_SERVER, &format!("{filters};x.keep"), connections);
}

#[test]
fn encoders_that_end_in_a_connection_belong_where_others_do() {
    let encode = deep("encoding/json.(*encodeState).value", 31);
    let lost = format!("{encode};compress/flate.NewWriter");
    let encoded = format!("main;{LIST};A/endpoints/handlers.transformResponseObject");
    let whole = format!("{encoded};encoding/json.(*encodeState).marshal");
    check_first(
        &format!("{lost} 900\n{whole} 9"),
        "list-encode LIST unknown",
    );
}

#[test]
fn a_watch_cache_is_filled_by_what_it_starts() {
    let fill = "watch-cache-fill internal unknown";
    check(
        API_SERVER,
        &format!("{CACHING};C/tools/cache.(*Reflector).list;reflect.New"),
        fill,
    );
    let watch_list = "C/tools/cache.(*Reflector).watchList;C/tools/cache.handleWatch;x.Add";
    check(API_SERVER, &format!("{CACHING};{watch_list}"), fill);
    check(API_SERVER, "A/storage/etcd3.(*watchChan).sync;x.Get", fill);
    check(
        API_SERVER,
        &format!("{CACHING};C/tools/cache.(*Reflector).watch;x.Add"),
        "watch-cache-events internal unknown",
    );
    let change = "C/tools/cache.(*Reflector).watchHandler;A/storage/cacher.(*watchCache).Add";
    check(
        API_SERVER,
        &format!("{CACHING};{change}"),
        "watch-cache-events internal unknown",
    );
}

#[test]
fn a_cache_that_is_made_is_start_up() {
    let made = "A/storage/cacher.NewCacherFromConfig;A/storage/cacher/store.NewIndexer";
    check(API_SERVER, made, "startup internal unknown");
}

#[test]
fn what_the_server_reads_for_itself_has_one_place() {
    let decode = "A/storage/etcd3.(*store).GetList;k8s.io/api/core/v1.(*Pod).Unmarshal";
    for caller in [
        "A/storage/cacher.(*consistencyChecker).check",
        "A/storage/cacher/consistency.(*Checker).check",
        "k8s.io/kubernetes/pkg/controlplane/reconcilers.(*storageLeases).ListLeases",
    ] {
        let stack = format!("{caller};{decode}");
        check(API_SERVER, &stack, "list-etcd internal Pod");
    }
    let client = "etcd-client internal unknown";
    check(
        API_SERVER,
        "A/storage/etcd3.(*statsCache).run;x.keys",
        client,
    );
    check(
        API_SERVER,
        "x.(*Repair).runOnce;A/storage/etcd3.(*store).GuaranteedUpdate",
        client,
    );
}

#[test]
fn a_client_of_etcd_is_named_like_its_server() {
    let watch = "go.etcd.io/etcd/clientv3.(*watchGrpcStream).serveWatchClient;\
        go.etcd.io/etcd/etcdserver/etcdserverpb.(*watchWatchClient).Recv";
    check(API_SERVER, watch, "etcd-client internal unknown");
    check(CLIENT, watch, "etcd-client internal unknown");
}

#[test]
fn patches_and_admission_turn_typed_objects_into_maps() {
    let patch = "A/endpoints/handlers.(*smpPatcher).applyPatchToCurrentObject;\
        M/runtime.(*unstructuredConverter).ToUnstructured;M/runtime.structToUnstructured";
    check(API_SERVER, patch, "write PATCH unknown");
    let crd =
        format!("k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).ServeHTTP;{patch}");
    check(API_SERVER, &crd, "write PATCH custom resource");
    let coercer = "k8s.io/apiextensions-apiserver/pkg/apiserver.schemaCoercingConverter.Convert";
    let read = format!("A/storage/etcd3.(*watchChan).transform;{coercer}");
    let conversion = format!("{read};M/runtime.structToUnstructured");
    check(
        API_SERVER,
        &conversion,
        "watch-cache-events internal custom resource",
    );
    check(API_SERVER, &read, "watch-cache-events internal unknown");
}

#[test]
fn a_part_of_an_object_has_no_kind_and_holds_none() {
    let set = "k8s.io/api/apps/v1.(*StatefulSetSpec).DeepCopyInto";
    let claim = "k8s.io/api/core/v1.(*PersistentVolumeClaim).DeepCopyInto";
    check(
        CLIENT,
        &format!("main;{set};{claim}"),
        "other internal unknown",
    );
    check(
        CLIENT,
        &format!("main;{claim}"),
        "other internal PersistentVolumeClaim",
    );
}

#[test]
fn audit_is_all_that_audit_does() {
    let filter = "A/endpoints/filters.WithAudit.func1";
    let serve = format!("net/http.HandlerFunc.ServeHTTP;{filter}");
    check(
        API_SERVER,
        &format!("{serve};x.Do"),
        "connections internal unknown",
    );
    let event = format!("{serve};A/audit.NewEventFromRequest");
    check(API_SERVER, &event, "audit internal unknown");
    let buffer = "k8s.io/apiserver/plugin/pkg/audit/buffered.NewBackend";
    check(API_SERVER, buffer, "audit internal unknown");
}

#[test]
fn a_reconciler_owns_what_it_makes() {
    let start =
        "sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Start.func2.2";
    check(CLIENT, &format!("{start};x.take"), "queue internal unknown");
    check(
        CLIENT,
        &format!("{start};x.(*Operator).Reconcile;x.build"),
        "other internal unknown",
    );
}

#[test]
fn a_watch_that_begins_with_the_list_fills_an_informer() {
    let list = "C/tools/cache.(*Reflector).watchList;C/tools/cache.(*threadSafeMap).Replace";
    check(CLIENT, list, "informer-list internal unknown");
    let watch = "C/tools/cache.(*Reflector).watchHandler;C/tools/cache.(*cache).Add";
    check(CLIENT, watch, "informer-watch internal unknown");
    let retry = "C/tools/watch.(*RetryWatcher).doReceive;x.Decode";
    check(CLIENT, retry, "informer-watch internal unknown");
    let broadcast = "M/watch.(*Broadcaster).loop;x.distribute";
    check(CLIENT, broadcast, "event-recorder internal unknown");
}

#[test]
fn etcd_stores_in_its_backend() {
    for package in [
        "github.com/coreos/etcd",
        "go.etcd.io/etcd",
        "go.etcd.io/etcd/server/v3",
    ] {
        let backend = "backend internal unknown";
        check(
            ETCD,
            &format!("{package}/mvcc.(*storeTxnWrite).put;x.Marshal"),
            backend,
        );
        check(
            ETCD,
            &format!("main;{package}/mvcc.(*store).restore;x.Unmarshal"),
            backend,
        );
        check(
            ETCD,
            &format!("{package}/mvcc.restoreIntoIndex.func1"),
            backend,
        );
        check(ETCD, &format!("{package}/lease.(*lessor).Grant"), backend);
    }
    let send = "go.etcd.io/etcd/server/v3/etcdserver/api/v3rpc.(*serverWatchStream).sendLoop";
    check(ETCD, send, "connections internal unknown");
}

#[test]
fn kine_is_a_storage_in_the_api_server() {
    const KINE: &str = "github.com/k3s-io/kine/pkg";
    let handle = "go.etcd.io/etcd/api/v3/etcdserverpb._KV_Range_Handler";
    let list = format!(
        "{KINE}/server.(*KVServerBridge).Range;{KINE}/server.(*LimitedServer).list;\
         {KINE}/logstructured.(*LogStructured).List;{KINE}/drivers/generic.(*Generic).ListCurrent"
    );
    let rows = "database/sql.convertAssignRows;database/sql.cloneBytes";
    let range = "range internal unknown";
    check(API_SERVER, &format!("{handle};{list};{rows}"), range);
    check(API_SERVER, &format!("{list};{rows}"), range);
    check(ETCD, &format!("{list};{rows}"), range);
    let backend = "backend internal unknown";
    let poll = format!("{KINE}/logstructured/sqllog.(*SQLLog).poll;{rows}");
    check(API_SERVER, &poll, backend);
    let watch = "go.etcd.io/etcd/api/v3/etcdserverpb._Watch_Watch_Handler";
    let watch = format!("{watch};{KINE}/server.(*KVServerBridge).Watch;bytes.growSlice");
    check(API_SERVER, &watch, backend);
}

#[test]
fn receive_buffers_belong_to_readers_of_comparable_size() {
    let buffer = "google.golang.org/grpc/internal/transport.(*http2Client).reader;\
        google.golang.org/grpc/internal/mem.(*sizedBufferPool).Get";
    let read = format!("{LIST};{READ};k8s.io/api/core/v1.(*Pod).Unmarshal");
    let check = |buffers: u32, expected: &str| {
        let stacks = format!("{buffer} {buffers}\nmain;{read} 100\nmain;{API_SERVER} 1");
        check_first(&stacks, expected);
    };
    check(90, "list-etcd LIST unknown");
    check(400, "list-etcd LIST unknown");
    check(500, "etcd-receive internal unknown");
    check_first(
        &format!("{buffer} 5\nmain;{API_SERVER} 1"),
        "etcd-receive internal unknown",
    );
}

#[test]
fn what_a_program_does_below_main_is_start_up_of_servers_alone() {
    let main = "runtime.main;main.main;github.com/spf13/cobra.(*Command).Execute;x.Load";
    let init = "runtime.main;runtime.doInit1;x.init;regexp.MustCompile";
    for server in [API_SERVER, ETCD] {
        check(server, main, "startup internal unknown");
        check(server, init, "startup internal unknown");
    }
    for program in [CLIENT, "main.run"] {
        check(program, main, "main internal unknown");
        check(program, init, "startup internal unknown");
    }
}

#[test]
fn a_connection_needs_a_socket() {
    for program in [CLIENT, ETCD, "main.run"] {
        let buffers = "buffers internal unknown";
        check(program, "x.load;bufio.NewReaderSize", buffers);
        check(program, "x.copy;io.copyBuffer", buffers);
        let connections = "connections internal unknown";
        check(
            program,
            "net/http.(*conn).serve;bufio.NewReaderSize",
            connections,
        );
        let read = "net/http/internal/http2.(*ClientConn).readLoop;x.init.func5";
        check(program, read, connections);
        check(
            program,
            "x.save;compress/gzip.NewWriter",
            "compression internal unknown",
        );
        let compile = "x.load;regexp.MustCompile;regexp/syntax.Parse";
        check(program, compile, "regexps internal unknown");
        check(
            program,
            "runtime.malg;runtime.mallocgc",
            "goroutines internal unknown",
        );
    }
    check(
        "main.run",
        "runtime.main;main.main;bufio.NewWriterSize",
        "buffers internal unknown",
    );
}

#[test]
fn handlers_are_called_by_wrappers_of_all_spellings() {
    let serve = "google.golang.org/grpc.(*Server).handleStream;\
        google.golang.org/grpc.(*Server).processStreamingRPC";
    for wrapper in [
        "chainStreamInterceptors.func1",
        "NewServer.chainStreamServerInterceptors.chainStreamInterceptors.func2",
        "getChainStreamHandler.func1",
        "chainUnaryServerInterceptors.chainUnaryInterceptors.func1.getChainUnaryHandler.1",
    ] {
        let stack = format!("{serve};google.golang.org/grpc.{wrapper};main.(*Index).Put");
        check("main.run", &stack, "other internal unknown");
    }
    for wrapper in [
        "net/http.http2Handler.ServeHTTP",
        "net/http/internal/http2.(*serverConn).runHandler",
    ] {
        let stack = format!("{wrapper};net/http.HandlerFunc.ServeHTTP;main.answer");
        check("main.run", &stack, "other internal unknown");
    }
}

#[test]
fn controllers_know_the_cluster() {
    const GRAPH: &str = "k8s.io/kubernetes/pkg/controller/garbagecollector";
    let controllers = "controllers internal unknown";
    let write =
        format!("{GRAPH}.(*GraphBuilder).processGraphChanges;{GRAPH}.(*concurrentUIDToNode).Write");
    check(CLIENT, &write, controllers);
    check(
        CLIENT,
        &format!("{GRAPH}.(*GraphBuilder).startMonitors"),
        controllers,
    );
    let scheduler = "k8s.io/kubernetes/pkg/scheduler/backend/cache.(*cacheImpl).addPod";
    check(CLIENT, scheduler, controllers);
    let watch = "C/tools/cache.(*processorListener).run;k8s.io/kubernetes/pkg/scheduler.addPod";
    check(CLIENT, watch, "queue internal unknown");
    let discover = "C/discovery.(*DiscoveryClient).downloadAPIs;x.decode";
    check(CLIENT, discover, "crd-openapi internal unknown");
}

#[test]
fn a_list_that_lost_its_reflector_fills_an_informer() {
    let decode = deep("k8s.io/api/core/v1.(*PodSpec).Unmarshal", 30);
    for lister in [
        "C/tools/pager.(*ListPager).List",
        "C/informers/core/v1.NewFilteredPodInformer.func1",
        "C/metadata/metadatainformer.NewFilteredMetadataInformer.func1",
    ] {
        let list = "C/kubernetes/typed/core/v1.(*pods).List";
        let stack = cut(&format!("{lister};{list};{decode}"));
        check(CLIENT, &stack, "informer-list internal unknown");
    }
}

#[test]
fn rules_of_a_user_are_tried_first() {
    let rules = Rules::parse(
        "[frames]
         tile = '^example\\.com/maps/tiles\\.'
         draw = '^example\\.com/maps/draw\\.'
         [[part]]
         id = 'tiles'
         title = 'map tiles'
         color = '#ddaa33'
         [[verb]]
         name = 'DRAW'
         when = [{ any = ['draw'] }]
         [[role]]
         name = 'client'
         packages = ['example.com/maps']
         [[rule]]
         part = 'tiles'
         roles = ['client']
         when = [{ any = ['tile'], none = ['goroutine'] }]",
    );
    let rules = Arc::new(rules.unwrap());
    let stacks = "example.com/maps/draw.All;example.com/maps/tiles.Load;bufio.NewReader 5
                  net/http.(*conn).serve;bufio.NewReader 7";
    let heap = view(stacks);
    let heap = Heap::new(heap.select()).with_rules(&rules);
    let place = |place: &Place| format!("{} {} {}", place.part, place.verb, place.kind);
    let places = &heap.attribution().places;
    let places: Vec<String> = places.iter().map(place).collect();
    let expected = ["tiles DRAW unknown", "connections internal unknown"];
    assert_eq!(places, expected);
    let breakdown = crate::breakdown(&heap, Dimensions::ALL);
    assert_eq!(breakdown.role, Role::Client);
    assert_eq!(breakdown.parts.title("tiles"), "map tiles");
}
