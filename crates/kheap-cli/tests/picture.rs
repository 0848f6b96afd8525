//! `kheap flame` and `kheap graph`: formats, files, messages, and what stands in
//! the pictures.

mod common;

use std::fmt::Write;
use std::fs;

use common::{check_golden, kheap, kheap_with_input, on_terminal, project};
use roxmltree::{Document, Node};

const CONTROLLER: &str = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
const ALLOCS: &str = "testdata/dumps/v1.20/allocs.pb.gz";
const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";
const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

#[track_caller]
fn check_output(name: &str, actual: &str) {
    check_golden(&project().join("testdata/output").join(name), actual);
}

#[track_caller]
fn check_error(args: &[&str], expected: &str) {
    let run = kheap(args);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
    assert_eq!(run.stderr, format!("error: {expected}\n"), "{args:?}");
}

/// What people see of a picture, a line each: texts with their place, frames with
/// row, place, width, colour and tooltip.
fn structure(svg: &str) -> String {
    let document = Document::parse(svg).expect("the picture is XML");
    let mut out = String::new();
    for node in document.descendants().filter(Node::is_element) {
        let get = |name: &str| node.attribute(name).unwrap_or_default();
        let text = node.text().unwrap_or_default().replace('\n', " | ");
        let _ = match node.tag_name().name() {
            "svg" => writeln!(
                out,
                "svg {} {} {} {}",
                get("class"),
                get("y"),
                get("width"),
                get("height")
            ),
            "g" => writeln!(out, "g"),
            "title" => writeln!(out, "title {text}"),
            "text" => writeln!(
                out,
                "text {} {} {} {text}",
                get("class"),
                get("x"),
                get("y")
            ),
            "rect" => {
                let place = ["x", "y", "width", "height", "fill"].map(get).join(" ");
                writeln!(out, "rect {} {place}", get("class"))
            }
            "path" => writeln!(out, "path {} {}", get("d"), get("stroke-width")),
            _ => Ok(()),
        };
    }
    out
}

#[test]
fn flame_graphs_are_as_they_were() {
    check_output("flame.svg.txt", &structure(&stdout(&["flame", CONTROLLER])));
    let up = [
        "flame", "--flame", "--color", "package", "--width", "600", CONTROLLER,
    ];
    check_output("flame.up.svg.txt", &structure(&stdout(&up)));
    let grouped = [
        "flame",
        "--group",
        "kind",
        "--focus",
        "Reflector",
        "--title",
        "A <b>",
        CONTROLLER,
    ];
    check_output("flame.kind.svg.txt", &structure(&stdout(&grouped)));
    check_output(
        "flame.folded",
        &stdout(&["flame", "--format", "folded", CONTROLLER]),
    );
    check_output(
        "flame.json",
        &stdout(&["flame", "--format", "json", CONTROLLER]),
    );
}

#[test]
fn differential_flame_graphs_are_as_they_were() {
    let series = "testdata/dumps/v1.20/series-configmaps";
    let [before, after] = ["00", "10"].map(|n| format!("{series}/{n}.pb.gz"));
    let diff = |more: &[&str]| stdout(&[&["flame", &after, "--base", &before], more].concat());
    check_output(
        "flame.diff.svg.txt",
        &structure(&diff(&["--min-width", "12"])),
    );
    let folded = diff(&["--format", "folded", "--focus", "Unmarshal"]);
    check_output("flame.diff.folded", &folded);
}

#[test]
fn a_differential_graph_adds_up_to_both_profiles() {
    let folded = stdout(&["flame", "--format", "folded", STORM, "--base", IDLE]);
    let (mut before, mut after) = (0_i64, 0_i64);
    for line in folded.lines() {
        let mut words = line
            .rsplit(' ')
            .map(|word| word.parse::<i64>().expect("a value"));
        after += words.next().expect("after");
        before += words.next().expect("before");
    }
    let total = |file| {
        let json: serde_json::Value =
            serde_json::from_str(&stdout(&["top", "--format", "json", file])).expect("JSON");
        json["total"].as_i64().expect("a number")
    };
    assert_eq!((before, after), (total(IDLE), total(STORM)));
}

#[test]
fn a_base_is_read_in_the_sample_type_of_the_profile() {
    // Its own default is another.
    let shown = stdout(&["flame", STORM, "--base", ALLOCS]);
    let level = stdout(&[
        "flame",
        STORM,
        "--base",
        ALLOCS,
        "--sample-type",
        "inuse_space",
    ]);
    assert_eq!(shown, level);
}

#[test]
fn call_graphs_are_as_they_were() {
    check_output("graph.dot", &stdout(&["graph", CONTROLLER]));
    check_output(
        "graph.mmd",
        &stdout(&["graph", "--format", "mermaid", CONTROLLER]),
    );
    check_output(
        "graph.svg.txt",
        &structure(&stdout(&["graph", "--format", "svg", CONTROLLER])),
    );
}

#[test]
fn the_ending_of_the_file_decides_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |command: &str, name: &str| {
        let path = folder.path().join(name).display().to_string();
        let run = kheap(&[command, CONTROLLER, "-o", &path]);
        assert_eq!(
            (run.code, run.stdout + &run.stderr),
            (Some(0), String::new())
        );
        fs::read_to_string(path).expect("it is written")
    };
    assert_eq!(written("flame", "a.svg"), stdout(&["flame", CONTROLLER]));
    assert_eq!(
        written("flame", "a.folded"),
        stdout(&["flame", "--format", "folded", CONTROLLER])
    );
    assert!(written("flame", "a.json").starts_with("{\n  \"schema\": \"kheap.flame/1\""));
    assert!(written("graph", "b.svg").contains("<svg class=\"kheap-graph\""));
    assert!(written("graph", "b.mmd").contains("flowchart TD"));
    assert!(written("graph", "b.gv").starts_with("digraph"));
}

#[test]
fn pictures_say_that_files_are_added_up() {
    for command in [&["flame"][..], &["graph", "--format", "svg"]] {
        let one = stdout(&[command, &[CONTROLLER]].concat());
        let two = stdout(&[command, &[CONTROLLER, CONTROLLER]].concat());
        assert!(!one.contains("files added up"), "{command:?}");
        assert!(two.contains("2 files added up"), "{command:?}");
    }
}

#[test]
fn a_graph_of_a_difference_has_signs() {
    let series = "testdata/dumps/v1.20/series-configmaps";
    let [before, after] = ["00", "10"].map(|n| format!("{series}/{n}.pb.gz"));
    let svg = stdout(&["graph", "--format", "svg", &after, "--base", &before]);
    assert!(
        svg.contains(">Heap of kube-apiserver, before and after<"),
        "{svg}"
    );
    assert!(svg.contains(">+ grew<") && svg.contains(">+"), "{svg}");
}

#[test]
fn several_files_and_a_pipe_are_drawn() {
    let sum = |folded: &str| {
        let values = folded
            .lines()
            .map(|line| line.rsplit(' ').next().expect("a value"));
        values
            .map(|value| value.parse::<i64>().expect("a number"))
            .sum::<i64>()
    };
    let once = stdout(&["flame", "--format", "folded", CONTROLLER]);
    let twice = stdout(&["flame", "--format", "folded", CONTROLLER, CONTROLLER]);
    assert_eq!(sum(&twice), 2 * sum(&once));
    let bytes = fs::read(project().join(CONTROLLER)).expect("the dump is there");
    assert_eq!(
        kheap_with_input(&["flame", "--format", "folded", "-"], &bytes).stdout,
        once
    );
}

#[test]
fn what_cannot_be_drawn_is_said_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("heap.svg").display().to_string();
    fs::write(&path, "mine").expect("it can be written");
    check_error(
        &["flame", CONTROLLER, "-o", &path],
        &format!("cannot write {path}: it exists; overwrite it with --force"),
    );
    check_error(
        &["flame", "-", "--base", "-"],
        "standard input (-) can be given only once",
    );
    check_error(
        &["flame", "--base", "nowhere.pb.gz", CONTROLLER],
        "cannot read nowhere.pb.gz: no such file; check the path",
    );
    check_error(
        &["graph", "--node-fraction", "1", IDLE],
        "nothing to draw: all nodes (145) are too small; add --no-trim to see them",
    );
    let run = kheap(&["flame", "--focus", "nothing like it", CONTROLLER]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            Some(2),
            "warning: --focus matched nothing\nerror: nothing to draw: no sample has a value; do \
             the filters leave anything?\n"
        )
    );
}

#[test]
fn an_ending_that_means_no_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (command, known) in [
        ("flame", ".svg, .png, .folded, .txt or .json"),
        ("graph", ".dot, .gv, .svg, .png, .mmd, .mermaid or .md"),
        ("report", ".html, .htm, .md or .markdown"),
    ] {
        check_error(
            &[command, CONTROLLER, "-o", &path("heap.doc")],
            &format!("unknown format .doc; name the file {known}, or give --format"),
        );
    }
    assert!(!folder.path().join("heap.doc").exists());
    stdout(&["flame", CONTROLLER, "-o", &path("heap.SVG")]);
    stdout(&["flame", CONTROLLER, "-o", &path("heap")]);
    let given = ["flame", CONTROLLER, "--format", "svg", "-o", &path("a.doc")];
    stdout(&given);
}

#[test]
fn an_option_that_the_format_has_no_use_for_is_refused() {
    let check = |args: &[&str], expected: &str| {
        check_error(&[args, &[CONTROLLER]].concat(), expected);
    };
    check(
        &["flame", "--scale", "3"],
        "--scale has no effect in this format; it is for PNG",
    );
    check(
        &["graph", "--scale", "3"],
        "--scale has no effect in this format; it is for PNG",
    );
    check(
        &["flame", "--format", "folded", "--width", "900"],
        "--width has no effect in folded stacks; it is for pictures",
    );
    check(
        &["flame", "--format", "json", "--color", "part"],
        "--color has no effect in JSON; it is for pictures",
    );
    check(
        &["flame", "--format", "folded", "--all-frames"],
        "--all-frames has no effect in folded stacks; it is for pictures",
    );
    check(
        &["flame", "--inverted"],
        "--inverted: stacks grow down already; --reverse shows the functions that allocate \
         first, --flame lets stacks grow up",
    );
    check(
        &["flame", "--base", IDLE, "--color", "part"],
        "--color has no effect with --base; it is for one profile",
    );
}

#[test]
fn what_of_a_graph_finds_no_room_is_said() {
    let all = ["graph", "--count", "0", "--no-trim", ALLOCS, "--format"];
    let draw = |format| kheap(&[&all[..], &[format]].concat());
    for format in ["mermaid", "svg"] {
        let run = draw(format);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let shown = run
            .stderr
            .strip_prefix("note: ")
            .expect("a note")
            .trim_end();
        assert!(shown.starts_with("No room for "), "{shown}");
        assert!(run.stdout.contains(shown), "{shown}");
    }
    assert!(draw("mermaid").stdout.chars().count() <= 50_000);
    assert!(draw("svg").stderr.contains(" 665 nodes and "));
}

#[cfg(not(feature = "png"))]
#[test]
fn without_png_the_message_says_how_to_get_it() {
    for command in ["flame", "graph"] {
        check_error(
            &[command, CONTROLLER, "--format", "png"],
            "this kheap draws no PNG; `cargo install --path crates/kheap-cli --features png` \
             installs one that does",
        );
    }
}

#[cfg(feature = "png")]
#[test]
fn a_png_is_as_wide_as_the_picture_times_its_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let size = |command: &str, more: &[&str]| {
        let path = folder.path().join("heap.png").display().to_string();
        let args = [&[command, CONTROLLER, "-o", &path, "--force"], more].concat();
        assert_eq!(stdout(&args), "");
        let png = fs::read(&path).expect("it is written");
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let number =
            |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        (number(16), number(20))
    };
    let (width, height) = size("flame", &["--width", "600", "--scale", "1"]);
    assert_eq!(width, 600);
    assert_eq!(
        size("flame", &["--width", "600", "--scale", "2"]),
        (1200, 2 * height)
    );
    assert!(size("graph", &[]).0 > 400);
}

#[test]
fn a_terminal_is_not_filled_with_a_picture() {
    for (command, format) in [("flame", "svg"), ("graph", "svg")] {
        let Some(shown) = on_terminal(
            &[command, "--format", format, CONTROLLER],
            &[("NO_COLOR", "1")],
        ) else {
            return;
        };
        let expected = format!(
            "error: a terminal shows no SVG; name a file: `kheap {command} -o heap.svg …`\n"
        );
        assert_eq!(shown, expected);
    }
    let shown = on_terminal(&["graph", CONTROLLER], &[("NO_COLOR", "1")]).unwrap_or_default();
    assert!(shown.starts_with("digraph"), "DOT is text: {shown}");
}

#[test]
fn pictures_below_their_limit_in_size() {
    for dump in [STORM, "testdata/dumps/v1.20/cr-12k-idle.pb.gz"] {
        assert!(stdout(&["flame", dump]).len() < 1_000_000, "{dump}");
    }
}
