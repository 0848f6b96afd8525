//! `kheap schema`: JSON Schema of what each command writes.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::breakdown::BreakdownJson;
use super::compare::CompareJson;
use super::diagnose::DiagnoseJson;
use super::export::ExportJson;
use super::flame::FlameJson;
use super::lifetimes::LifetimesJson;
use super::memory::MemoryJson;
use super::pprof::{InfoJson, TagsJson, TopJson, TracesJson, TreeJson};
use super::series::SeriesJson;
use super::signatures::Signatures;
use super::sizes::SizesJson;

/// A command that writes JSON, what it writes in a sentence, and the structure.
type Described = (&'static str, &'static str, fn() -> Schema);

/// By name.
const SCHEMAS: [Described; 16] = [
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

/// The commands that write JSON, by name.
pub(crate) fn commands() -> impl Iterator<Item = &'static str> {
    SCHEMAS.into_iter().map(|(command, ..)| command)
}

/// The schema of what a command writes, if it writes JSON.
pub(crate) fn schema(command: &str) -> Option<Value> {
    let (name, about, of) = SCHEMAS.into_iter().find(|(name, ..)| *name == command)?;
    let mut schema = of();
    schema.insert(
        "title".to_owned(),
        format!("kheap {name} --format json").into(),
    );
    schema.insert("description".to_owned(), about.into());
    let mut schema = schema.to_value();
    schema["properties"]["schema"] = json!({
        "description": "Name and version of this structure. In another version a key went or \
                        changed its meaning; new keys alone do not change it.",
        "const": format!("kheap.{name}/1"),
    });
    Some(schema)
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
