//! Which versions a program was built from, as far as a dump shows it, or as the user says.

mod common;

use common::kheap;
use serde_json::{Value, json};

const OLD_STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
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
        "at_most": "1.22",
        "reason": ["etcd3.(*store).List is on the stack"],
    });
    let info = json_of(&["info", OLD_STORM]);
    assert_eq!(info["rows"][0]["versions"]["kubernetes"], old);
    assert_eq!(info["rows"][0]["versions"]["etcd"], Value::Null);
    let diagnosis = json_of(&["diagnose", OLD_STORM]);
    assert_eq!(diagnosis["versions"]["kubernetes"], old);
    let text = kheap(&["info", OLD_STORM]).stdout;
    let line = "  Kubernetes   1.22 or older: etcd3.(*store).List is on the stack\n";
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
fn a_version_is_a_major_and_a_minor_one() {
    let run = kheap(&["diagnose", "--kube-version", "new", OLD_STORM]);
    assert_eq!(run.code, Some(2));
    let expected = "invalid version \"new\": a version is written like 1.34";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
}
