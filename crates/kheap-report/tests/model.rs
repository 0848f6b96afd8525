//! What a model distinguishes, and what it leaves out.

use kheap::{
    DiagnoseOptions, Heap, Profile, ProfileBuilder, Selection, SelectionOptions, diagnose,
};
use kheap_report::{Known, ModelBuilder};
use serde_json::Value;

fn model(profile: &Profile) -> Value {
    let sample_type = profile.sample_type("").expect("there is one");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    let mut builder = ModelBuilder::new();
    builder.add(&heap, "heap.pb.gz", None);
    let model = builder.finish(&heap, &diagnosis, &Known::default());
    serde_json::from_str(&model.json()).expect("it is JSON")
}

/// A heap of `count` stacks `main;f0`, `main;f1`, …, of 1, 2, … bytes.
fn heap(count: i64) -> Profile {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let location = |builder: &mut ProfileBuilder, name: &str| {
        let function = builder.function(name, "main.go");
        builder.location(None, 0, &[(function, 7)])
    };
    let main = location(&mut builder, "main");
    for value in 1..=count {
        let leaf = location(&mut builder, &format!("f{value}"));
        let added = builder.sample(&[leaf, main], &[value], &[]);
        added.expect("one value");
    }
    builder.finish()
}

fn numbers(list: &Value) -> Vec<i64> {
    let list = list.as_array().expect("a list").iter();
    list.filter_map(Value::as_i64).collect()
}

#[test]
fn equal_stacks_are_one_row() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    let function = builder.function("main", "main.go");
    let stack = [1, 2].map(|address| builder.location(None, address, &[(function, 7)]));
    for location in stack {
        builder
            .sample(&[location], &[1, 512], &[])
            .expect("two values");
    }
    let model = model(&builder.finish());
    assert_eq!(model["rows"]["values"], serde_json::json!([[[2], [1024]]]));
    assert_eq!(model["nodes"]["line"], serde_json::json!([0, 7]));
    assert_eq!(
        model["snapshots"][0]["totals"],
        serde_json::json!([2, 1024])
    );
}

#[test]
fn a_heap_of_usual_size_is_untrimmed() {
    let model = model(&heap(30_000));
    assert_eq!(model["trimmed"], 0);
    assert_eq!(numbers(&model["rows"]["node"]).len(), 30_000);
}

#[test]
fn past_a_bound_the_smallest_stacks_are_one_row() {
    let count = 50_000;
    let model = model(&heap(count));
    let values = numbers(&model["rows"]["values"][0][0]);
    assert_eq!(values.len(), 40_000);
    assert_eq!(
        values.iter().sum::<i64>(),
        count * (count + 1) / 2,
        "nothing is lost"
    );
    assert_eq!(model["trimmed"], 10_001);
    let rest: i64 = (1..=10_001).sum();
    assert_eq!(
        values.last(),
        Some(&rest),
        "the smallest are what is left out"
    );
    let strings = model["strings"].as_array().expect("a list");
    assert!(strings.contains(&Value::from("(trimmed)")));
    assert!(
        !strings.contains(&Value::from("f1")),
        "nor are their names kept"
    );
}
