//! Names of many Go versions and compilers.

use super::*;

/// Names of every form, most of them from real dumps.
const NAMES: [&str; 38] = [
    "runtime.mallocgc",
    "bytes.growSlice",
    "encoding/json.(*Encoder).Encode",
    "net/http.HandlerFunc.ServeHTTP",
    "net/http.initALPNRequest.ServeHTTP",
    "net/http.(*Server).Serve·dwrap·82",
    "encoding/json.floatEncoder.encode-fm",
    "encoding/json.appendString[go.shape.string]",
    "encoding/xml.map.init.0",
    "database/sql.OpenDB.gowrap1",
    "main.main.DefaultOpenAPIV3Config.func14",
    "main.walk-range2",
    "main.walk.func1-range1.deferwrap2",
    "go.(*struct { github.com/newrelic/go-agent.threadWithExtras }).NoticeError",
    "go.struct { io.Reader; io.Closer }.Close",
    "type:.eq.sync.Mutex",
    "type..eq.struct { runtime.gList; runtime.n int32 }",
    "go:buildid",
    "malloc",
    "std::vector<int>::push_back(int const&)",
    "vendor/golang.org/x/net/http2/hpack.(*Encoder).WriteField",
    "k8s.io/api/core/v1.(*Secret).Unmarshal",
    "k8s.io/kubernetes/pkg/apis/core.(*Secret).DeepCopyInto",
    "k8s.io/kubernetes/vendor/github.com/vmware/govmomi/vim25/types.init.1664",
    "k8s.io/kubernetes/vendor/golang.org/x/net/http2.glob..func10",
    "k8s.io/kubernetes/vendor/google.golang.org/grpc/credentials.init.0.func1",
    "k8s.io/kubernetes/vendor/gopkg.in/yaml%2ev2.(*parser).peek",
    "gopkg.in/yaml.v2.(*parser).peek",
    "github.com/grpc-ecosystem/go-grpc-prometheus.init.(*ClientMetrics).UnaryClientInterceptor.func1",
    "k8s.io/client-go/tools/cache.(*Reflector).ListAndWatch.func1.1.2",
    "k8s.io/client-go/tools/cache.(*Reflector).list.func1.SimplePageFunc.3",
    "k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).serveResource.ListResource.func2",
    "k8s.io/apiserver/pkg/endpoints/handlers.CreateResource.createHandler.func1",
    "k8s.io/apimachinery/pkg/util/sets.Set[go.shape.string].Insert",
    "github.com/google/btree.(*node[go.shape.struct { k8s.io/apiserver/pkg/storage/cacher.resourceVersion uint64 }]).split",
    "internal/sync.(*HashTrieMap[go.shape.interface {},go.shape.interface {}]).Store",
    "slices.Grow[go.shape.[]go.opentelemetry.io/otel/attribute.KeyValue,go.shape.struct { Key [4]int }]",
    "crypto/hmac.New.UnwrapNew[go.shape.interface { Sum([]uint8) []uint8 }].func1",
];

/// Checks the parts of a name, written as its kind and the parts that are there.
#[track_caller]
fn check_parse(name: &str, expected: &str) {
    let symbol = Symbol::parse(name);
    let mut actual = format!("{:?}", symbol.kind).to_lowercase();
    let receiver = symbol.receiver.map_or(String::new(), |receiver| {
        let star = if receiver.pointer { "*" } else { "" };
        format!("{star}{}{}", receiver.name, receiver.type_args)
    });
    let name = format!("{}{}", symbol.name, symbol.type_args);
    let inlined = symbol.inlined().collect::<Vec<_>>().join(", ");
    for (label, part) in [
        ("package", symbol.package),
        ("receiver", &receiver),
        ("name", &name),
        ("chain", symbol.chain),
        ("inlined", &inlined),
    ] {
        if !part.is_empty() {
            actual += &format!(" | {label} {part}");
        }
    }
    assert_eq!(actual, expected);
}

/// Checks a form of names, given one `name -> form` a line.
#[track_caller]
fn check_form(form: fn(&str) -> Cow<'_, str>, fixture: &str) {
    for line in fixture.lines() {
        let (name, expected) = line.split_once(" -> ").expect("a line is `name -> form`");
        let name = name.trim();
        assert_eq!(form(name), expected);
        let is_borrowed = matches!(form(name), Cow::Borrowed(_));
        assert!(
            is_borrowed || !name.ends_with(expected),
            "{name} is copied for nothing"
        );
    }
}

#[test]
fn a_function_follows_the_first_dot_after_the_last_slash() {
    check_parse(
        "runtime.mallocgc",
        "function | package runtime | name mallocgc",
    );
    check_parse(
        "k8s.io/kubernetes/vendor/gopkg.in/yaml%2ev2.resolve",
        "function | package k8s.io/kubernetes/vendor/gopkg.in/yaml%2ev2 | name resolve",
    );
}

#[test]
fn a_method_has_a_receiver() {
    check_parse(
        "encoding/json.(*Encoder).Encode",
        "method | package encoding/json | receiver *Encoder | name Encode",
    );
    check_parse(
        "net/http.initALPNRequest.ServeHTTP",
        "method | package net/http | receiver initALPNRequest | name ServeHTTP",
    );
}

#[test]
fn an_unescaped_version_belongs_to_the_package_unless_the_path_is_one_word() {
    check_parse(
        "gopkg.in/yaml.v2.(*parser).peek",
        "method | package gopkg.in/yaml.v2 | receiver *parser | name peek",
    );
    check_parse(
        "main.v2.Get",
        "method | package main | receiver v2 | name Get",
    );
}

#[test]
fn slashes_and_dots_in_brackets_do_not_separate() {
    check_parse(
        "go.(*struct { github.com/newrelic/go-agent.threadWithExtras }).NoticeError",
        "method | package go | receiver *struct { github.com/newrelic/go-agent.threadWithExtras } \
         | name NoticeError",
    );
    check_parse(
        "go.struct { io.Reader; io.Closer }.Close",
        "method | package go | receiver struct { io.Reader; io.Closer } | name Close",
    );
}

#[test]
fn type_arguments_belong_to_the_receiver_or_to_the_function() {
    check_parse(
        "internal/sync.(*HashTrieMap[go.shape.interface {},go.shape.interface {}]).Store",
        "method | package internal/sync \
         | receiver *HashTrieMap[go.shape.interface {},go.shape.interface {}] | name Store",
    );
    check_parse(
        "k8s.io/apimachinery/pkg/util/sets.Set[...].Insert",
        "method | package k8s.io/apimachinery/pkg/util/sets | receiver Set[...] | name Insert",
    );
    check_parse(
        "crypto/internal/fips140/tls13.NewEarlySecret[...].func1",
        "closure | package crypto/internal/fips140/tls13 | name NewEarlySecret[...] | chain .func1",
    );
}

#[test]
fn a_closure_hangs_on_its_function() {
    check_parse(
        "k8s.io/client-go/tools/cache.(*Reflector).ListAndWatch.func1.1.2",
        "closure | package k8s.io/client-go/tools/cache | receiver *Reflector \
         | name ListAndWatch | chain .func1.1.2",
    );
    check_parse(
        "main.walk.func1-range1.deferwrap2",
        "closure | package main | name walk | chain .func1-range1.deferwrap2",
    );
    check_parse(
        "encoding/json.floatEncoder.encode-fm",
        "closure | package encoding/json | receiver floatEncoder | name encode | chain -fm",
    );
    check_parse(
        "net/http.(*Server).Serve·dwrap·82",
        "closure | package net/http | receiver *Server | name Serve | chain ·dwrap·82",
    );
}

#[test]
fn a_function_named_like_a_closure_is_a_function() {
    check_parse("main.func1", "function | package main | name func1");
    check_parse(
        "main.func1.func2",
        "closure | package main | name func1 | chain .func2",
    );
}

#[test]
fn an_inlined_callee_stands_between_its_caller_and_the_closure() {
    check_parse(
        "k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).serveResource.ListResource.func2",
        "closure | package k8s.io/apiextensions-apiserver/pkg/apiserver | receiver *crdHandler \
         | name serveResource | chain .ListResource.func2 | inlined ListResource",
    );
    check_parse(
        "handlers.CreateResource.createHandler.func1",
        "closure | package handlers | name CreateResource | chain .createHandler.func1 \
         | inlined createHandler",
    );
    check_parse(
        "cache.(*controller).Run.(*Group).Start.withCancel.func3.1",
        "closure | package cache | receiver *controller | name Run \
         | chain .(*Group).Start.withCancel.func3.1 | inlined (*Group).Start, withCancel",
    );
}

#[test]
fn an_initializer_is_a_function_even_with_a_number() {
    check_parse(
        "k8s.io/api/core/v1.init.0",
        "init | package k8s.io/api/core/v1 | name init.0",
    );
    check_parse(
        "html/template.init",
        "init | package html/template | name init",
    );
    check_parse(
        "time.init.ializers",
        "init | package time | name init.ializers",
    );
    check_parse(
        "encoding/xml.map.init.0",
        "init | package encoding/xml | name map.init.0",
    );
    check_parse("mime.initMime", "function | package mime | name initMime");
    check_parse(
        "google.golang.org/grpc/credentials.init.0.func1",
        "closure | package google.golang.org/grpc/credentials | name init.0 | chain .func1",
    );
    check_parse(
        "golang.org/x/net/http2.glob..func10",
        "closure | package golang.org/x/net/http2 | name glob. | chain .func10",
    );
}

#[test]
fn a_name_without_a_package_is_all_name() {
    check_parse("malloc", "foreign | name malloc");
    check_parse("[libc.so.6]", "foreign | name [libc.so.6]");
    check_parse("github.com/lib/pq", "foreign | name github.com/lib/pq");
    check_parse("main.", "foreign | name main.");
    check_parse("", "foreign");
    check_parse(
        "type:.eq.sync.Mutex",
        "generated | name type:.eq.sync.Mutex",
    );
}

#[test]
fn the_short_form_keeps_the_last_path_element_that_is_no_version() {
    check_form(
        short,
        "main.main -> main.main
         malloc -> malloc
         encoding/json.(*Encoder).Encode -> json.(*Encoder).Encode
         k8s.io/api/core/v1.(*Secret).Unmarshal -> v1.(*Secret).Unmarshal
         k8s.io/api/autoscaling/v2.(*MetricSpec).Unmarshal -> autoscaling/v2.(*MetricSpec).Unmarshal
         sigs.k8s.io/structured-merge-diff/v6/value.mapReflect.ZipUsing -> value.mapReflect.ZipUsing
         k8s.io/kubernetes/vendor/gopkg.in/yaml%2ev2.resolve -> yaml%2ev2.resolve
         slices.Grow[go.shape.[]go.uber.org/zap.Field] -> slices.Grow[go.shape.[]go.uber.org/zap.Field]",
    );
}

#[test]
fn the_canonical_form_has_no_vendor_tree() {
    check_form(
        canonical,
        "k8s.io/api/core/v1.(*Secret).Unmarshal -> k8s.io/api/core/v1.(*Secret).Unmarshal
         k8s.io/kubernetes/vendor/k8s.io/api/core/v1.init.0 -> k8s.io/api/core/v1.init.0
         github.com/coreos/etcd/cmd/vendor/github.com/a/vendor/go.uber.org/zap.New -> go.uber.org/zap.New
         vendor/golang.org/x/net/http2/hpack.init -> golang.org/x/net/http2/hpack.init
         k8s.io/kubernetes/pkg/apis/core.(*Secret).DeepCopyInto -> k8s.io/kubernetes/pkg/apis/core.(*Secret).DeepCopyInto
         github.com/vendor.Func -> github.com/vendor.Func
         go.(*struct { k8s.io/kubernetes/vendor/a.B }).C -> go.(*struct { k8s.io/kubernetes/vendor/a.B }).C",
    );
}

#[test]
fn the_canonical_form_has_no_type_arguments() {
    check_form(
        canonical,
        "btree.NewG[...] -> btree.NewG[...]
         btree.(*node[go.shape.*uint8]).split -> btree.(*node[...]).split
         slices.Grow[go.shape.[]a/vendor/b.KeyValue,go.shape.struct { Key [4]int }] -> slices.Grow[...]
         a/vendor/b.F[a/vendor/c.T].(*Map[int]).Load.func1.2 -> b.F[...].(*Map[...]).Load.func1.2",
    );
}

#[test]
fn an_unmatched_bracket_keeps_the_rest() {
    check_form(
        canonical,
        "a.F[int].G[b[c] -> a.F[...].G[b[c]
         a.F]].G[int] -> a.F]].G[...]
         a.F[b/vendor/c -> a.F[b/vendor/c",
    );
}

#[test]
fn closures_of_two_builds_agree_without_numbers() {
    check_form(
        without_numbers,
        "io.Copy -> io.Copy
         io.Copy.func2 -> io.Copy.func
         io.Copy.func1.1.2 -> io.Copy.func
         io.Copy.func1.gowrap1 -> io.Copy.func
         io.Copy·dwrap·82 -> io.Copy.func
         io.Copy.func1-range2.3 -> io.Copy.func-range.func
         io.T.Copy-fm -> io.T.Copy-fm
         cache.(*Reflector).list.func1.SimplePageFunc.3 -> cache.(*Reflector).list.func.SimplePageFunc.func
         main.func1 -> main.func1
         k8s.io/api/core/v1.10.Get -> k8s.io/api/core/v1.10.Get
         malloc.1 -> malloc.1
         type:.eq.main.T.1 -> type:.eq.main.T.1",
    );
}

#[test]
fn initializers_of_two_builds_agree_without_numbers() {
    check_form(
        without_numbers,
        "types.init -> types.init
         types.init.1664 -> types.init
         types.init.0.func1 -> types.init.func
         types.init.ializers -> types.init
         types.map.init.0 -> types.init
         http2.glob..func10 -> http2.init.func
         http2.init.func5 -> http2.init.func",
    );
}

#[test]
fn every_prefix_of_a_name_reads_and_its_forms_are_stable() {
    for name in NAMES {
        for end in (0..=name.len()).filter(|&end| name.is_char_boundary(end)) {
            let prefix = &name[..end];
            assert_eq!(join(&Symbol::parse(prefix)), prefix);
            assert_eq!(short(prefix).is_empty(), prefix.is_empty(), "{prefix}");
            for form in [canonical, without_numbers] {
                let once = form(prefix);
                assert_eq!(form(&once), once, "{prefix}");
            }
        }
    }
}

/// Puts the parts of a name together again.
fn join(symbol: &Symbol<'_>) -> String {
    let dot = if symbol.package.is_empty() { "" } else { "." };
    let receiver = symbol.receiver.map_or(String::new(), |receiver| {
        let (open, close) = if receiver.pointer {
            ("(*", ")")
        } else {
            ("", "")
        };
        format!("{open}{}{}{close}.", receiver.name, receiver.type_args)
    });
    let function = format!("{}{}{}", symbol.name, symbol.type_args, symbol.chain);
    format!("{}{dot}{receiver}{function}", symbol.package)
}

#[test]
fn a_long_name_takes_linear_time() {
    for unit in [
        "(",
        "[",
        "{",
        ".",
        "/",
        "-",
        "·",
        "·dwrap·",
        ".func1",
        ".(*T).M",
        "[]",
        "a.1",
        "/v2.",
        "/vendor/",
    ] {
        let name = format!("a/b.C{}", unit.repeat(1 << 16));
        let symbol = Symbol::parse(&name);
        assert!(symbol.inlined().count() <= 1 << 16);
        assert!(short(&name).len() <= name.len());
        assert!(without_numbers(&canonical(&name)).len() <= name.len() + (1 << 20));
    }
}

#[test]
fn the_identity_of_an_identity_is_itself() {
    for name in NAMES {
        let once = identity(name);
        assert_eq!(identity(&once), once, "{name}");
        assert!(!once.contains("/vendor/"), "{name}");
    }
}

#[test]
fn the_major_version_of_a_module_is_no_part_of_its_identity() {
    let check = |name: &str, expected: &str| assert_eq!(identity(name), expected);
    check(
        "github.com/emicklei/go-restful/v3.NewRequest",
        "github.com/emicklei/go-restful.NewRequest",
    );
    check(
        "gopkg.in/yaml.v3.(*parser).peek",
        "gopkg.in/yaml.(*parser).peek",
    );
    check(
        "k8s.io/api/core/v1.(*Secret).Unmarshal",
        "k8s.io/api/core/v1.(*Secret).Unmarshal",
    );
    check(
        "k8s.io/api/autoscaling/v2.init",
        "k8s.io/api/autoscaling/v2.init",
    );
    check("malloc", "malloc");
    check("", "");
}

#[test]
fn a_vendor_folder_in_another_is_dropped_with_it() {
    for tree in ["a/vendor/vendor/", "vendor/vendor/", "vendor/a/vendor/"] {
        assert_eq!(canonical(&format!("{tree}k8s.io/x.F")), "k8s.io/x.F");
    }
}

#[test]
fn a_binary_in_brackets_is_no_type_argument() {
    assert_eq!(canonical("[kube-apiserver]"), "[kube-apiserver]");
    assert_eq!(short("[vdso]"), "[vdso]");
}
