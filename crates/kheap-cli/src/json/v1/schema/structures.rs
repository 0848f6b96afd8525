//! The schemas as the structures say them.

use std::path::Path;
use std::{env, fs};

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::json::v1::breakdown::BreakdownJson;
use crate::json::v1::compare::CompareJson;
use crate::json::v1::diagnose::DiagnoseJson;
use crate::json::v1::export::ExportJson;
use crate::json::v1::flame::FlameJson;
use crate::json::v1::lifetimes::LifetimesJson;
use crate::json::v1::memory::MemoryJson;
use crate::json::v1::pprof::{InfoJson, TagsJson, TopJson, TracesJson, TreeJson};
use crate::json::v1::series::SeriesJson;
use crate::json::v1::signatures::Signatures;
use crate::json::v1::sizes::SizesJson;

/// A command that writes JSON, what it writes in a sentence, and the structure.
type Described = (&'static str, &'static str, fn() -> Schema);

const STRUCTURES: [Described; 16] = [
    (
        "breakdown",
        "Which part of the program holds the memory. The bytes of the rows add up to `total`.",
        of::<BreakdownJson<'static>>,
    ),
    (
        "compare",
        "The changes between two dumps. The deltas of a table add up to that of the totals.",
        of::<CompareJson<'static>>,
    ),
    (
        "diagnose",
        "The known problems that were found. Several programs are a document each.",
        of::<DiagnoseJson<'static>>,
    ),
    (
        "export",
        "The samples one by one, in the order of the profile.",
        of::<ExportJson<'static>>,
    ),
    (
        "flame",
        "The frames as a tree: each row names its caller by position.",
        of::<FlameJson<'static>>,
    ),
    (
        "info",
        "The files: a row for each file, in the order of the arguments.",
        of::<InfoJson<'static>>,
    ),
    (
        "lifetimes",
        "How much remains in use and how much is short-lived. Sums of the rows are those of `total`.",
        of::<LifetimesJson<'static>>,
    ),
    (
        "memory",
        "A process taken apart. The rows add up to `total`: the exact ones, and the low end of \
         `headroom` with the high end of `rest`, or the other way round.",
        of::<MemoryJson<'static>>,
    ),
    (
        "peek",
        "Functions, each between its callers and callees: largest magnitude first, then by name.",
        of::<TreeJson<'static>>,
    ),
    (
        "series",
        "The growth over several dumps, oldest first.",
        of::<SeriesJson<'static>>,
    ),
    (
        "signatures",
        "The known problems, by id.",
        of::<Signatures<'static>>,
    ),
    (
        "sizes",
        "The sizes of the objects. The values add up to `total`.",
        of::<SizesJson<'static>>,
    ),
    (
        "tags",
        "How the values spread over labels, by key.",
        of::<TagsJson<'static>>,
    ),
    (
        "top",
        "Functions: largest magnitude first, then by name.",
        of::<TopJson<'static>>,
    ),
    (
        "traces",
        "The samples, in the order of the file.",
        of::<TracesJson<'static>>,
    ),
    (
        "tree",
        "Functions, each between its callers and callees: largest magnitude first, then by name.",
        of::<TreeJson<'static>>,
    ),
];

#[test]
fn each_file_is_what_the_structure_says() {
    let commands: Vec<&str> = super::commands().collect();
    assert_eq!(commands, STRUCTURES.map(|(command, ..)| command));
    for (command, about, of) in STRUCTURES {
        let schema = format!("{:#}\n", schema(command, about, of()));
        if env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/json/v1/schema");
            fs::write(folder.join(format!("{command}.json")), schema).expect("it can be written");
        } else {
            let stored = super::schema(command).expect("it is a command");
            assert_eq!(stored, schema, "{command}; UPDATE_GOLDEN=1 rewrites it");
        }
    }
}

/// The schema of what a command writes.
fn schema(command: &str, about: &str, mut schema: Schema) -> Value {
    schema.insert(
        "title".to_owned(),
        format!("kheap {command} --format json").into(),
    );
    schema.insert("description".to_owned(), about.into());
    let mut schema = schema.to_value();
    schema["properties"]["schema"] = json!({
        "description": "Name and version of this structure. In another version a key went or \
                        changed its meaning; new keys alone do not change it.",
        "const": format!("kheap.{command}/1"),
    });
    schema
}

/// The schema of a structure as it is written.
fn of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(complete));
    settings.into_generator().into_root_schema_for::<T>()
}

/// Says that an object has no other keys, and puts a description into one line.
fn complete(schema: &mut Schema) {
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}
