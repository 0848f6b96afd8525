//! `kheap schema`: what each command writes is what its schema says, key by key.

mod common;

use common::kheap;
use serde_json::{Map, Value, json};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const FIRST: &str = "testdata/dumps/v1.20/series-configmaps/00.pb.gz";
const LAST: &str = "testdata/dumps/v1.20/series-configmaps/10.pb.gz";
const CLIENT: &str = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
const ETCD: &str = "testdata/dumps/v1.36/etcd-heap.pb.gz";
const BUNDLE: &str = "testdata/bundles/01-one-bad-of-three";
const TABLE: &str = "testdata/incidents/01-k8s-97142-configmap-json-list.txt";

/// Each command with what it is run with.
const RUNS: [&[&str]; 31] = [
    &["breakdown", STORM],
    &["breakdown", "--by", "all", ETCD],
    &["compare", FIRST, LAST],
    &["compare", "--by", "place,function", CLIENT, ETCD],
    &["diagnose", STORM, "--limit", "4GB"],
    &["diagnose", CLIENT],
    &["diagnose", ETCD],
    &["diagnose", TEXT],
    &["diagnose", TABLE],
    &["diagnose", SERIES, "--limit", "1GB"],
    &["diagnose", BUNDLE],
    &["export", CLIENT],
    &["export", "testdata/malformed/valid-plain.pb"],
    &["flame", CLIENT],
    &["flame", "--base", FIRST, LAST],
    &[
        "info",
        STORM,
        TEXT,
        ETCD,
        "testdata/malformed/valid-empty-stack.pb",
    ],
    &["lifetimes", STORM],
    &["lifetimes", FIRST, LAST],
    &["memory", TEXT],
    &["memory", STORM, "--rss", "9GB"],
    &["peek", "Unmarshal", CLIENT],
    &["series", SERIES],
    &["series", SERIES, "--with", BUNDLE],
    &["signatures"],
    &["sizes", CLIENT],
    &["sizes", "--by", "kind", STORM],
    &["tags", CLIENT],
    &["top", CLIENT],
    &["top", "--churn", "--base", FIRST, LAST],
    &["traces", CLIENT],
    &["tree", ETCD],
];

fn schema(command: &str) -> Value {
    let run = kheap(&["schema", command]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("a schema is JSON")
}

fn commands() -> Vec<String> {
    let run = kheap(&["schema"]);
    run.stdout.lines().map(str::to_owned).collect()
}

/// Where a document breaks its schema. It knows the keywords that our schemas have, and
/// panics at any other, so that none is passed over.
struct Check<'s> {
    root: &'s Value,
}

impl Check<'_> {
    fn errors(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(true) => return Vec::new(),
            _ => return vec![format!("{at}: nothing may be here")],
        };
        let mut errors = Vec::new();
        for (keyword, rule) in schema {
            let is_kept = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "required" => true,
                "additionalProperties" | "prefixItems" => true,
                "properties" => {
                    errors.extend(self.of_object(schema, value, at));
                    true
                }
                "$ref" => {
                    let pointer = rule.as_str().and_then(|name| name.strip_prefix('#'));
                    let target = pointer.and_then(|pointer| self.root.pointer(pointer));
                    errors.extend(self.errors(target.expect("it is defined"), value, at));
                    true
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten();
                    errors.extend(items.flat_map(|item| self.errors(rule, item, at)));
                    true
                }
                "anyOf" => self.fitting(rule, value, at) >= 1,
                "oneOf" => self.fitting(rule, value, at) == 1,
                "const" => rule == value,
                "enum" => rule.as_array().expect("values").contains(value),
                "type" => is_of_type(rule, value),
                "format" => is_of_format(rule, value),
                "minimum" => value.is_null() || value.as_f64() >= rule.as_f64(),
                "minItems" => value.is_null() || value.as_array().map(Vec::len) >= size(rule),
                "maxItems" => value.is_null() || value.as_array().map(Vec::len) <= size(rule),
                other => panic!("{at}: unknown keyword {other}"),
            };
            if !is_kept {
                errors.push(format!("{at}: {keyword} {rule}, and it is {value:.80}"));
            }
        }
        // An object without named keys.
        if !schema.contains_key("properties") && schema.contains_key("additionalProperties") {
            errors.extend(self.of_object(schema, value, at));
        }
        errors
    }

    fn of_object(&self, schema: &Map<String, Value>, value: &Value, at: &str) -> Vec<String> {
        let Some(object) = value.as_object() else {
            return Vec::new();
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let missing = required.filter(|key| !object.contains_key(*key));
        let mut errors: Vec<String> = missing.map(|key| format!("{at}: no {key}")).collect();
        let named = schema.get("properties").and_then(Value::as_object);
        for (key, value) in object {
            let rule = named.and_then(|named| named.get(key));
            let rule = rule.or_else(|| schema.get("additionalProperties"));
            if let Some(rule) = rule {
                errors.extend(self.errors(rule, value, &format!("{at}.{key}")));
            }
        }
        errors
    }

    fn fitting(&self, rules: &Value, value: &Value, at: &str) -> usize {
        let rules = rules.as_array().expect("a list").iter();
        let fits = |rule: &&Value| self.errors(rule, value, at).is_empty();
        rules.filter(fits).count()
    }
}

fn size(rule: &Value) -> Option<usize> {
    rule.as_u64().map(|size| size as usize)
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        other => panic!("unknown type {other:?}"),
    };
    match rule {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

fn is_of_format(rule: &Value, value: &Value) -> bool {
    match rule.as_str() {
        Some("int64") => value.is_i64() || value.is_null(),
        Some("uint64" | "uint") => value.is_u64() || value.is_null(),
        Some("int128" | "double") => value.is_number() || value.is_null(),
        other => panic!("unknown format {other:?}"),
    }
}

/// All documents of a run; a diagnosis may have several.
fn documents(args: &[&str]) -> Vec<Value> {
    let run = kheap(&[args, &["--format", "json"]].concat());
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    let documents = serde_json::Deserializer::from_str(&run.stdout).into_iter();
    let documents: Result<Vec<Value>, _> = documents.collect();
    documents.expect("the output is JSON")
}

fn errors(schema: &Value, document: &Value) -> Vec<String> {
    Check { root: schema }.errors(schema, document, "$")
}

#[test]
fn what_a_command_writes_is_what_its_schema_says() {
    for args in RUNS {
        let schema = schema(args[0]);
        let documents = documents(args);
        assert!(!documents.is_empty(), "{args:?}");
        for document in &documents {
            let errors = errors(&schema, document);
            assert!(errors.is_empty(), "{args:?}: {errors:#?}");
        }
    }
}

#[test]
fn every_command_with_json_has_a_schema_and_a_run() {
    let help = kheap(&["completions", "bash"]).stdout;
    let subcommands = help.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_list = words.contains(&"diagnose") && words.contains(&"tree");
        is_list.then_some(line.to_owned())
    });
    let subcommands = subcommands.expect("completions list the commands");
    let mut with_json = Vec::new();
    for name in subcommands.split(|c: char| !c.is_ascii_lowercase()) {
        let help = kheap(&[name, "--help"]).stdout;
        if help.starts_with(|c: char| c.is_uppercase()) && help.contains("json") && name != "schema"
        {
            with_json.push(name.to_owned());
        }
    }
    with_json.sort();
    with_json.dedup();
    assert_eq!(with_json, commands());
    for name in commands() {
        assert!(RUNS.iter().any(|args| args[0] == name), "{name}");
    }
}

#[test]
fn a_document_that_breaks_its_schema_is_found() {
    let schema = schema("top");
    let right = documents(&["top", "--count", "3", CLIENT]).remove(0);
    let broken = |change: fn(&mut Value)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        errors(&schema, &wrong).len()
    };
    assert_eq!(broken(|_| {}), 0);
    assert_eq!(broken(|document| document["new"] = json!(1)), 1);
    assert_eq!(broken(|document| document["rows"][0]["new"] = json!(1)), 1);
    assert_eq!(
        broken(|document| document["schema"] = json!("kheap.top/2")),
        1
    );
    assert_eq!(
        broken(|document| document["rows"][1]["flat"] = json!("1")),
        2
    );
    assert_eq!(
        broken(|document| document["rows"][2]["flat"] = json!(1.5)),
        2
    );
    assert_eq!(
        broken(|document| document["rows"][0]["flat_error"] = json!(null)),
        0
    );
    assert_eq!(
        broken(|document| {
            let row = document["rows"][0].as_object_mut();
            row.and_then(|row| row.remove("cum"));
        }),
        1
    );
}

/// The keys of objects, with what a schema says of them.
fn keys<'s>(schema: &'s Value, found: &mut Vec<(&'s str, &'s Value)>) {
    match schema {
        Value::Object(object) => {
            let named = object.get("properties").and_then(Value::as_object);
            found.extend(
                named
                    .into_iter()
                    .flatten()
                    .map(|(key, rule)| (key.as_str(), rule)),
            );
            object.values().for_each(|value| keys(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_explained() {
    for command in commands() {
        let schema = schema(&command);
        assert_eq!(schema["title"], format!("kheap {command} --format json"));
        let mut found = Vec::new();
        keys(&schema, &mut found);
        assert!(found.len() > 5, "{command}");
        for (key, rule) in found {
            // The tag of a variant is explained by the variant.
            let is_tag = key == "type" && rule.get("const").is_some();
            let text = rule.get("description").and_then(Value::as_str);
            assert!(
                is_tag || text.is_some_and(|text| !text.contains('\n')),
                "{command}: {key}"
            );
        }
    }
}

#[test]
fn a_command_without_json_is_refused_in_one_line() {
    let run = kheap(&["schema", "redact"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.starts_with("error: invalid value 'redact' for"),
        "{}",
        run.stderr
    );
}
