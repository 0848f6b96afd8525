//! Names as long as a file likes to make them: no command ends otherwise than with
//! a result or an error of one line, and columns stay narrow.

mod common;

use std::fs;
use std::path::Path;

use common::{heap_builder, kheap};

/// More than Rust's own formatting can pad a text to.
const LONG: usize = 70_000;

/// A heap of an API server whose functions, kinds, labels and program have long
/// names, some hundred rows of it.
fn write_profile(file: &Path, length: usize, grown: i64) {
    let mut builder = heap_builder();
    builder.header().period = 512 << 10;
    builder.header().period_type = builder.value_type("space", "bytes");
    let long = |letter: char| letter.to_string().repeat(length);
    let names = [
        format!("k8s.io/api/core/v1.(*{}).Unmarshal", long('K')),
        format!("{}.{}", long('p'), long('f')),
        "k8s.io/api/core/v1.(*Pod).Unmarshal".to_owned(),
    ];
    for name in names {
        let function = builder.function(&name, &format!("/{}/main.go", long('d')));
        let location = builder.location(None, 0x1000, &[(function, 7)]);
        let labels = [
            builder.number_label("bytes", 512, "bytes"),
            builder.text_label(&long('k'), &long('v')),
            builder.number_label(&long('n'), 7, &long('u')),
        ];
        let space = grown << 20;
        let values = [2048 * grown, space, 2048 * grown, space];
        let pushed = builder.sample(&[location], &values, &labels);
        pushed.expect("it is complete");
    }
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("memory takes it");
    fs::write(file, bytes).expect("there is room");
}

#[test]
fn long_names_stop_no_command() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (a, b) = (path("a.pb"), path("b.pb"));
    write_profile(Path::new(&a), LONG, 1);
    write_profile(Path::new(&b), LONG, 3);
    let tables = [
        "top a",
        "top b --base a",
        "tree a",
        "traces a",
        "tags a",
        "sizes a",
        "lifetimes a",
        "breakdown a",
        "info a",
        "diagnose a",
        "compare a b",
        "series a b",
        "memory a --rss 1GB",
        "peek K a",
    ];
    let formats = ["text", "markdown"];
    let tables = tables
        .iter()
        .flat_map(|command| formats.map(|format| format!("{command} --format {format}")));
    let pictures = [
        "flame a --format folded",
        "flame a --format json",
        "flame a --format svg",
        "flame b --base a --format svg",
        "graph a --format dot",
        "graph a --format mermaid",
        "graph a --format svg",
        "report a --output a.html",
        "report a --output a.md",
    ];
    let pictures = pictures.map(str::to_owned);
    for command in tables.chain(pictures) {
        let words = command.split(' ').map(|word| match word {
            "a" => a.clone(),
            "b" => b.clone(),
            "a.html" | "a.md" => path(word),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let run = kheap(&words);
        let end: String = run.stderr.chars().take(300).collect();
        assert_eq!(run.code, Some(0), "{command}: {end}");
    }
}

#[test]
fn tags_are_padded_as_in_pprof_whatever_their_length() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("long.pb");
    write_profile(&file, LONG, 1);
    let run = kheap(&["tags", &file.display().to_string()]);
    let (key, value) = ("k".repeat(LONG), "v".repeat(LONG));
    let indent = " ".repeat(LONG + 2);
    let expected = format!(" {key}: Total 3MB of 3MB (  100%)\n{indent} 3MB (  100%): {value}\n");
    assert!(run.stdout.contains(&expected));
}

#[test]
fn a_long_name_does_not_widen_the_rows_of_others() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("long.pb");
    write_profile(&file, LONG, 1);
    let run = kheap(&["breakdown", &file.display().to_string()]);
    let pod = run.stdout.lines().find(|line| line.ends_with(" Pod"));
    assert!(pod.expect("there is a row").chars().count() < 250);
}
