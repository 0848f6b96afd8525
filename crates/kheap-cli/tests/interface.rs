//! Types of the libraries that may grow: a new public struct or enum is
//! `#[non_exhaustive]`, or stands in the lists of `docs/semver.md` and here.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::project;

/// The crates that other programs build on.
const LIBRARIES: [&str; 6] = [
    "kheap",
    "kheap-evidence",
    "kheap-export",
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

/// Enums whose variants are all that there can be.
const CLOSED: [&str; 12] = [
    "BaseMode",
    "Change",
    "Confidence",
    "Direction",
    "Gogc",
    "InlineMark",
    "LabelText",
    "LabelValue",
    "Opened",
    "Order",
    "Severity",
    "Sides",
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

/// The types of a source that break the rule.
fn closed_types(source: &str) -> Vec<String> {
    let structs = declared(source, "struct").into_iter();
    let structs = structs
        .filter(|(name, _, body)| has_public_fields(body) && !PLAIN.contains(&name.as_str()));
    let enums = declared(source, "enum").into_iter();
    let enums = enums.filter(|(name, ..)| !CLOSED.contains(&name.as_str()));
    let closed = structs.chain(enums);
    let closed = closed.filter(|(_, attributes, _)| !can_grow(attributes));
    closed.map(|(name, ..)| name).collect()
}

/// The sources of all libraries. What prost generates is no part of the interface.
fn libraries() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for library in LIBRARIES {
        sources(
            &project().join("crates").join(library).join("src"),
            &mut files,
        );
    }
    files.retain(|file| !file.ends_with("kheap/src/proto.rs"));
    let read = |file: PathBuf| {
        let source = fs::read_to_string(&file).expect("it can be read");
        (file, source)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn a_public_type_may_grow_unless_it_is_listed() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (file, source) in libraries() {
        seen += declared(&source, "struct").len() + declared(&source, "enum").len();
        let closed = closed_types(&source).into_iter();
        wrong.extend(closed.map(|name| format!("{}: {name}", file.display())));
    }
    assert!(seen > 200, "only {seen} types were read");
    assert!(
        wrong.is_empty(),
        "add #[non_exhaustive], or see \"Which types may grow\" in docs/semver.md:\n{}",
        wrong.join("\n")
    );
}

/// The variants of the body of an enum.
fn variants(body: &[&str]) -> Vec<String> {
    let lines = body.iter().filter_map(|line| line.strip_prefix("    "));
    let lines = lines.filter(|line| line.starts_with(char::is_uppercase));
    let names = lines.filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next());
    names.map(str::to_owned).collect()
}

/// `kheap-text` compiles when an enum grows; then it has no sentence for the new variant.
#[test]
fn each_variant_has_a_sentence() {
    let sources = libraries();
    let enums = sources
        .iter()
        .flat_map(|(_, source)| declared(source, "enum"));
    let enums: Vec<(String, Vec<String>)> = enums
        .map(|(name, _, body)| (name, variants(&body)))
        .collect();
    let mut checked = 0;
    for (file, source) in &sources {
        for (end, _) in source.match_indices("crate::newer(") {
            let start = source[..end]
                .rfind("\nfn ")
                .max(source[..end].rfind("\npub fn "));
            let arms = &source[start.expect("it is in a function")..end];
            let is_worded = |(name, variants): &(String, Vec<String>)| {
                !variants.is_empty()
                    && variants.iter().all(|variant| {
                        let pattern = format!("{name}::{variant}");
                        arms.match_indices(&pattern).any(|(at, found)| {
                            !arms[at + found.len()..].starts_with(char::is_alphanumeric)
                        })
                    })
            };
            assert!(enums.iter().any(is_worded), "{}: {arms}", file.display());
            checked += 1;
        }
    }
    assert!(checked >= 10, "only {checked} were checked");
}

#[test]
fn exceptions_are_listed_in_the_docs() {
    let docs = fs::read_to_string(project().join("docs/semver.md")).expect("it can be read");
    for name in PLAIN.into_iter().chain(CLOSED) {
        assert!(docs.contains(&format!("`{name}`")), "{name} is not listed");
    }
}

#[test]
fn a_type_that_cannot_grow_is_found() {
    let closed = "/// Rows.\n#[derive(Debug)]\npub struct Rows {\n    pub rows: u64,\n}\n";
    assert_eq!(closed_types(closed), ["Rows"]);
    let open = closed.replace("pub struct", "#[non_exhaustive]\npub struct");
    assert_eq!(closed_types(&open), [""; 0]);
    let private = closed.replace("    pub rows", "    rows");
    assert_eq!(closed_types(&private), [""; 0]);
    assert_eq!(closed_types("pub enum Kind {\n    A,\n}\n"), ["Kind"]);
}
