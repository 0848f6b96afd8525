//! Types of the libraries that may grow: a new public struct is `#[non_exhaustive]`, or
//! stands in the list of `docs/semver.md` and here.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::project;

/// The crates that other programs build on.
const LIBRARIES: [&str; 5] = [
    "kheap",
    "kheap-evidence",
    "kheap-flame",
    "kheap-report",
    "kheap-text",
];

/// Structs that callers write, with all that there is to them.
const PLAIN: [&str; 9] = [
    "Amount",
    "Function",
    "Label",
    "Line",
    "Mapping",
    "Point",
    "StandardError",
    "ValueType",
    "Version",
];

/// The name and the attributes of each public type of a kind that a source declares, with
/// its body. Types of `mod tests` are indented and none of them.
fn declared<'s>(source: &'s str, kind: &str) -> Vec<(String, Vec<&'s str>, Vec<&'s str>)> {
    let lines: Vec<&str> = source.lines().collect();
    let start = format!("pub {kind} ");
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix(&start) else {
            continue;
        };
        let name = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next();
        let is_attribute = |line: &&&str| !line.is_empty() && !line.starts_with("///");
        let attributes = lines[..at].iter().rev().take_while(is_attribute);
        let body = lines[at..].iter().take_while(|line| **line != "}");
        found.push((
            name.unwrap_or_default().to_owned(),
            attributes.copied().collect(),
            body.copied().collect(),
        ));
    }
    found
}

fn can_grow(attributes: &[&str]) -> bool {
    attributes.contains(&"#[non_exhaustive]")
}

fn has_public_fields(body: &[&str]) -> bool {
    body.first().is_some_and(|first| first.ends_with('{'))
        && body.iter().any(|line| line.starts_with("    pub "))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The structs of a source that break the rule.
fn closed_structs(source: &str) -> Vec<String> {
    let structs = declared(source, "struct").into_iter();
    let closed = structs.filter(|(name, attributes, body)| {
        has_public_fields(body) && !can_grow(attributes) && !PLAIN.contains(&name.as_str())
    });
    closed.map(|(name, ..)| name).collect()
}

#[test]
fn a_public_struct_may_grow_unless_it_is_a_plain_value() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for library in LIBRARIES {
        let mut files = Vec::new();
        sources(
            &project().join("crates").join(library).join("src"),
            &mut files,
        );
        // What prost generates is no part of the interface.
        files.retain(|file| !file.ends_with("kheap/src/proto.rs"));
        for file in files {
            let source = fs::read_to_string(&file).expect("it can be read");
            seen += declared(&source, "struct").len();
            let closed = closed_structs(&source).into_iter();
            wrong.extend(closed.map(|name| format!("{}: {name}", file.display())));
        }
    }
    assert!(seen > 150, "only {seen} structs were read");
    assert!(
        wrong.is_empty(),
        "add #[non_exhaustive], or see \"Which types may grow\" in docs/semver.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn plain_values_are_listed_in_the_docs() {
    let docs = fs::read_to_string(project().join("docs/semver.md")).expect("it can be read");
    for name in PLAIN {
        assert!(docs.contains(&format!("`{name}`")), "{name} is not listed");
    }
}

#[test]
fn a_struct_that_cannot_grow_is_found() {
    let closed = "/// Rows.\n#[derive(Debug)]\npub struct Rows {\n    pub rows: u64,\n}\n";
    assert_eq!(closed_structs(closed), ["Rows"]);
    let open = closed.replace("pub struct", "#[non_exhaustive]\npub struct");
    assert_eq!(closed_structs(&open), [""; 0]);
    let private = closed.replace("    pub rows", "    rows");
    assert_eq!(closed_structs(&private), [""; 0]);
}
