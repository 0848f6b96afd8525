//! Which versions a program was built from, as far as a dump shows it, or as the user says.

mod common;

use common::kheap;
use serde_json::{Value, json};

const OLD_STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const LIST_FROM_ETCD: &str = "testdata/dumps/v1.20/configmap-list-json.pb.gz";
const NEW_STORM: &str = "testdata/dumps/v1.34/configmap-list-cache-json.pb.gz";

fn json_of(args: &[&str]) -> Value {
    let run = kheap(&[args, &["--format", "json"]].concat());
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn versions_are_ranges_with_their_reason() {
    let old = json!({
        "at_least": null,
        "at_most": "1.23",
        "reason": ["its code has etcd3.(*store).List"],
    });
    let info = json_of(&["info", OLD_STORM]);
    assert_eq!(info["rows"][0]["versions"]["kubernetes"], old);
    assert_eq!(info["rows"][0]["versions"]["etcd"], Value::Null);
    let diagnosis = json_of(&["diagnose", OLD_STORM]);
    assert_eq!(diagnosis["versions"]["kubernetes"], old);
    let text = kheap(&["info", OLD_STORM]).stdout;
    let line = "  Kubernetes   1.23 or older: its code has etcd3.(*store).List\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn remedies_that_a_given_version_rules_out_are_not_given() {
    let remedies = |version: &str| {
        let diagnosis = json_of(&["diagnose", "--kube-version", version, NEW_STORM]);
        let given = json!({"at_least": version, "at_most": version, "reason": ["given"]});
        assert_eq!(diagnosis["versions"]["kubernetes"], given);
        diagnosis["findings"][0]["remedy"].to_string()
    };
    assert!(remedies("1.30").contains("1.33"), "{}", remedies("1.30"));
    assert!(
        !remedies("1.36").contains("Upgrade to 1.33"),
        "{}",
        remedies("1.36")
    );
}

#[test]
fn a_given_etcd_rules_out_its_upgrade_from_the_patch_release_on() {
    let names_etcd = |kubernetes: &str, etcd: &[&str]| {
        let options = [&["--kube-version", kubernetes], etcd].concat();
        steps(&options, LIST_FROM_ETCD).contains("3.5.13 or newer")
    };
    // What the upgrade to 1.31 needs, and what remains to be done behind it.
    for kubernetes in ["1.20", "1.34"] {
        assert!(names_etcd(kubernetes, &[]), "{kubernetes}");
        for (etcd, expected) in [
            ("3.5", true),
            ("3.5.12", true),
            ("3.5.20", false),
            ("3.6", false),
        ] {
            let found = names_etcd(kubernetes, &["--etcd-version", etcd]);
            assert_eq!(found, expected, "{kubernetes} {etcd}");
        }
    }
}

#[test]
fn a_version_is_a_major_and_a_minor_one() {
    let run = kheap(&["diagnose", "--kube-version", "new", OLD_STORM]);
    assert_eq!(run.code, Some(2));
    let expected = "invalid version \"new\": a version is written like 1.34";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
}

#[test]
fn versions_that_no_release_has_are_refused() {
    let check = |option: &str, version: &str, expected: &str| {
        for command in ["diagnose", "info"] {
            let run = kheap(&[command, option, version, OLD_STORM]);
            assert_eq!(run.code, Some(2), "{version}");
            let first = run.stderr.lines().next().unwrap_or_default();
            assert!(first.ends_with(expected), "{}", run.stderr);
        }
    };
    let module = "v0.36 is a version of its modules; write 1.36";
    check("--kube-version", "0.36", module);
    let etcd = "no version of Kubernetes is 3.6; write one like 1.34";
    check("--kube-version", "3.6", etcd);
    let kubernetes = "no version of etcd is 1.34; write one like 3.6";
    check("--etcd-version", "1.34", kubernetes);
    let short = "invalid version \"9\": a version of etcd is written like 3.6";
    check("--etcd-version", "9", short);
    let short = "invalid version \"1\": a version is written like 1.34";
    check("--kube-version", "1", short);
    let letter = "invalid version \"v1.x\": a version is written like 1.34";
    check("--kube-version", "v1.x", letter);
}

/// The second line of an answer: what the code shows stays, and an option without use is named.
#[test]
fn the_heading_has_what_is_given_and_what_the_code_shows() {
    let check = |args: &[&str], expected: &str| {
        let run = kheap(&[&["diagnose"], args].concat());
        let line = run.stdout.lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(line, expected, "{args:?}");
    };
    let client = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
    check(&[client], "Kubernetes libraries: version unknown");
    check(
        &["--kube-version", "1.20", client],
        "Kubernetes 1.20 (given); Kubernetes libraries: version unknown",
    );
    let server = "testdata/dumps/v1.34/idle.pb.gz";
    check(
        &["--kube-version", "1.34", "--etcd-version", "3.5", server],
        "Kubernetes 1.34 (given); etcd 3.5 (given)",
    );
    let etcd = "testdata/dumps/other/etcd-range.pb.gz";
    check(
        &["--etcd-version", "3.5", "--kube-version", "1.34", etcd],
        "etcd 3.5 (given); --kube-version is not used: this is etcd",
    );
}

#[test]
fn a_given_version_that_the_code_contradicts_is_noted() {
    let notes = |version: &str| {
        json_of(&["diagnose", "--kube-version", version, OLD_STORM])["notes"].to_string()
    };
    let expected = "--kube-version 1.36 is used. The program has code of Kubernetes 1.23 or \
        older: its code has etcd3.(*store).List";
    assert!(notes("1.36").contains(expected), "{}", notes("1.36"));
    assert!(!notes("1.20").contains("is used"), "{}", notes("1.20"));
    let info = kheap(&["info", "--kube-version", "1.36", OLD_STORM]);
    assert!(info.stderr.contains(expected), "{}", info.stderr);
    assert!(
        info.stdout.contains("Kubernetes   1.36: given\n"),
        "{}",
        info.stdout
    );
}

/// What to do first, and all steps, of a dump whose server has a version.
fn steps(options: &[&str], dump: &str) -> String {
    let diagnosis = json_of(&[&["diagnose"], options, &[dump]].concat());
    diagnosis["findings"].to_string()
}

#[test]
fn steps_name_only_what_the_server_has() {
    let watchers = "testdata/dumps/v1.20/watchers-6000.pb.gz";
    let of = |version| steps(&["--kube-version", version], watchers);
    assert!(of("1.20").contains("apiserver_longrunning_gauge"));
    assert!(!of("1.20").contains("apiserver_longrunning_requests"));
    assert!(!of("1.36").contains("apiserver_longrunning_gauge"));
    let storm = |version| steps(&["--kube-version", version], OLD_STORM);
    // The gates are of 1.33, where they are on unless someone turned them off.
    assert!(!storm("1.32").contains("Turn StreamingCollection"));
    assert!(storm("1.33").contains("Turn StreamingCollection"));
    assert!(!storm("1.34").contains("Turn StreamingCollection"));
}

#[test]
fn nobody_knows_the_kind_of_a_custom_resource() {
    let table = "File: controller
Showing nodes accounting for 900MB, 90% of 1000MB total
      flat  flat%   sum%        cum   cum%
     500MB 50.00% 50.00%      500MB 50.00%  encoding/json.(*decodeState).objectInterface
     400MB 40.00% 90.00%      400MB 40.00%  k8s.io/apimachinery/pkg/runtime.DeepCopyJSONValue
";
    let run = common::kheap_with_input(&["diagnose", "-"], table.as_bytes());
    assert!(run.stdout.contains("; custom resource;"), "{}", run.stdout);
    assert!(
        run.stdout.contains("`kubectl get KIND -A -o json"),
        "{}",
        run.stdout
    );
}
