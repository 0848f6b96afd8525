//! `kheap report`: what stands in reports, the files beside them, and messages.

mod common;

use std::fs;

use common::{check_golden, kheap, on_terminal, project};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const CONTROLLER: &str = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const BEFORE: &str = "testdata/dumps/v1.20/series-configmaps/00.pb.gz";
const AFTER: &str = "testdata/dumps/v1.20/series-configmaps/10.pb.gz";
const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

#[track_caller]
fn check_output(name: &str, args: &[&str]) {
    let text = stdout(&[&["report"], args].concat());
    check_golden(
        &project().join("testdata/output").join(name),
        &structure(&text),
    );
}

#[track_caller]
fn check_error(args: &[&str], expected: &str) {
    let run = kheap(args);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
    assert_eq!(run.stderr, format!("error: {expected}\n"), "{args:?}");
}

/// A page without its pictures, styles and scripts, which have tests of their own.
fn structure(html: &str) -> String {
    let mut out = html.to_owned();
    for name in ["svg", "style", "script"] {
        let (open, close) = (format!("<{name}"), format!("</{name}>"));
        let mut rest = out.as_str();
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once(&open) {
            let (_, after) = after.split_once(&close).expect("it has an end");
            kept += &format!("{before}<{name}/>");
            rest = after;
        }
        out = kept + rest;
    }
    out
}

#[test]
fn reports_of_one_dump_are_as_they_were() {
    check_output(
        "report.md",
        &["--format", "markdown", "--rss", "6GB", STORM],
    );
    check_output("report.html.txt", &["--rss", "6GB", STORM]);
}

#[test]
fn reports_of_two_dumps_are_as_they_were() {
    check_output("report.two.md", &["--format", "markdown", BEFORE, AFTER]);
}

#[test]
fn reports_of_a_folder_are_as_they_were() {
    check_output("report.series.md", &["--format", "markdown", SERIES]);
    check_output("report.series.html.txt", &[SERIES]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for files in [&[STORM][..], &[BEFORE, AFTER], &[SERIES]] {
        let args = [&["report"], files].concat();
        assert_eq!(stdout(&args), stdout(&args), "{files:?}");
    }
}

#[test]
fn a_report_is_small_and_loads_nothing() {
    for files in [&[STORM][..], &[BEFORE, AFTER], &[SERIES]] {
        let html = stdout(&[&["report"], files].concat());
        assert!(html.len() < 900_000, "{files:?}: {}", html.len());
        for loading in [" src=", "@import", "url(", "<link", "<iframe", "<img"] {
            assert!(!html.contains(loading), "{files:?} has {loading}");
        }
        let links = html.split(" href=\"").skip(1);
        // Nothing is loaded from the pages that a signature is known from.
        assert!(
            { links }.all(|link| link.starts_with('#') || link.starts_with("https://")),
            "{files:?} leads elsewhere"
        );
        assert!(html.contains("default-src 'none'"));
    }
}

#[test]
fn the_runtimes_own_figures_take_the_process_apart() {
    let html = stdout(&["report", TEXT]);
    assert!(html.contains("id=\"process\"") && html.contains("room in partly used spans"));
    assert!(!stdout(&["report", BEFORE]).contains("id=\"process\""));
}

#[test]
fn the_pace_of_collections_is_known_to_a_report_too() {
    let garbage = |gogc: &[&str]| {
        let args = ["report", "--format", "markdown", "--rss", "6GB", STORM];
        let text = stdout(&[&args[..], gogc].concat());
        let line = text
            .lines()
            .find(|line| line.contains("garbage between two GCs"));
        line.expect("the process is taken apart").to_owned()
    };
    assert_ne!(garbage(&[]), garbage(&["--gogc", "20"]));
}

#[test]
fn pictures_of_a_ticket_lie_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (ticket, picture, growth) = (
        file("our #1.md"),
        file("our #1.svg"),
        file("our #1.growth.svg"),
    );
    let run = kheap(&["report", SERIES, "-o", &ticket]);
    let note = format!("note: pictures of the report: {picture}, {growth}\n");
    assert_eq!((run.code, run.stderr), (Some(0), note));
    let text = fs::read_to_string(&ticket).expect("it is written");
    assert!(text.contains("(<our%20%231.svg>)") && text.contains("(<our%20%231.growth.svg>)"));
    for picture in [&picture, &growth] {
        let svg = fs::read_to_string(picture).expect("it is written");
        roxmltree::Document::parse(&svg).expect("a picture is XML");
    }
    // What is there already stays, and nothing new comes beside it.
    fs::remove_file(&ticket).expect("it is there");
    fs::remove_file(&growth).expect("it is there");
    check_error(
        &["report", SERIES, "-o", &ticket],
        &format!("cannot write {picture}: it exists; overwrite it with --force"),
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_header_is_shown_first_and_its_html_is_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("header.md").display().to_string();
    fs::write(&path, "**Incident 7** <script>alert(1)</script>\n").expect("it can be written");
    let html = stdout(&["report", "--header", &path, BEFORE]);
    assert!(html.contains("<strong>Incident 7</strong> &lt;script&gt;alert(1)"));
    let text = stdout(&["report", "--format", "markdown", "--header", &path, BEFORE]);
    assert!(
        text.starts_with("# Heap report: kube-apiserver\n\n**Incident 7**"),
        "{text}"
    );
}

#[test]
fn what_is_left_out_of_a_series_stands_in_its_report() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["00", "10"] {
        let dump = project().join(SERIES).join(format!("{name}.pb.gz"));
        fs::copy(dump, folder.path().join(format!("{name}.pb.gz"))).expect("it can be copied");
    }
    let broken = folder.path().join("05.pb.gz");
    fs::write(&broken, b"\x1f\x8bcut off").expect("it can be written");
    let name = folder.path().display().to_string();
    let text = stdout(&["report", "--format", "markdown", &name]);
    let warnings = text.split("Warnings:").nth(1).unwrap_or_default();
    assert!(
        warnings.contains("05.pb.gz") && warnings.contains("left out"),
        "{text}"
    );
    assert_eq!(kheap(&["report", "--strict", &name]).code, Some(2));
}

#[test]
fn a_report_of_several_dumps_judges_the_newest_as_diagnose_does() {
    let text = stdout(&["report", "--format", "markdown", SERIES]);
    assert!(text.contains("The whole heap: "), "{text}");
    let limited = stdout(&["report", "--format", "markdown", "--limit", "200MB", SERIES]);
    assert_ne!(text, limited);
    let diagnosed = stdout(&[
        "diagnose", "--format", "markdown", "--limit", "200MB", SERIES,
    ]);
    for said in [&limited, &diagnosed] {
        let room = "29.98MB below the limit of 200MB. With garbage it can reach 340.04MB";
        assert!(said.contains(room), "{said}");
    }
    let again = format!("Then run `kheap diagnose {SERIES}` again.");
    assert!(limited.contains(&again), "{limited}");
}

#[test]
fn two_dumps_are_called_what_they_are() {
    let check = |args: &[&str], expected: &str| {
        let text = stdout(&[&["report", "--format", "markdown"], args].concat());
        let summary = text.split("## ").nth(1).unwrap_or_default().to_owned();
        assert!(summary.contains(expected), "{args:?}: {summary}");
    };
    check(&[BEFORE, BEFORE], "Both files are the same dump.");
    check(&[AFTER, BEFORE], "grew from");
    check(&[CONTROLLER, STORM], "Two programs are compared");
    check(
        &["--sample-type", "alloc_space", BEFORE, AFTER],
        "not the memory in use",
    );
}

#[test]
fn what_cannot_be_reported_is_said_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it can be written");
        path.display().to_string()
    };
    let path = file("report.html", b"mine");
    check_error(
        &["report", BEFORE, "-o", &path],
        &format!("cannot write {path}: it exists; overwrite it with --force"),
    );
    check_error(
        &["report", "-"],
        "a report lists its input files; save standard input to a file first",
    );
    check_error(
        &["report", "nowhere.pb.gz"],
        "cannot read nowhere.pb.gz: no such file; check the path",
    );
    let header = file("header.md", b"\xff");
    check_error(
        &["report", BEFORE, "--header", &header],
        &format!("{header} is not UTF-8; save it as UTF-8"),
    );
}

#[test]
fn a_report_does_not_replace_its_own_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ticket.svg").display().to_string();
    for force in [&[][..], &["--force"]] {
        let args = ["report", BEFORE, "--format", "markdown", "-o", &path];
        check_error(
            &[&args[..], force].concat(),
            &format!("cannot write {path}: a picture of the report has this name; name a file .md"),
        );
        let left = fs::read_dir(folder.path()).expect("it is there").count();
        assert_eq!(left, 0);
    }
}

/// As `diagnose` takes it: whoever has a folder need not know how many dumps it holds.
#[test]
fn a_folder_with_one_dump_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("a.pb.gz");
    fs::copy(project().join(BEFORE), &dump).expect("it can be copied");
    for unrecognised in [false, true] {
        if unrecognised {
            fs::write(folder.path().join("notes.bin"), b"hi").expect("it can be written");
        }
        let run = kheap(&["report", &folder.path().display().to_string()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("a.pb.gz"));
    }
}

#[test]
fn a_terminal_is_not_filled_with_a_page() {
    let Some(shown) = on_terminal(&["report", BEFORE], &[("NO_COLOR", "1")]) else {
        return;
    };
    let expected = format!(
        "error: a report is HTML; name an output file: `kheap report -o report.html {BEFORE}`\n"
    );
    assert_eq!(shown, expected);
}

#[test]
fn sample_types_that_occur_twice_are_left_out_as_everywhere() {
    let file = "testdata/malformed/valid-sample-type-twice.pb";
    let [top, report] = ["top", "report"].map(|command| kheap(&[command, file]).stderr);
    assert!(top.contains("several sample types named"), "{top}");
    assert!(report.contains(top.trim_end()), "{report}");
}

#[test]
fn small_findings_that_differ_in_their_kind_are_one_in_every_format() {
    let reflector = "k8s.io/client-go/tools/cache.(*Reflector).list.func1;\
                     k8s.io/client-go/rest.Result.Into";
    let of_kind = |kind: &str, megabytes: u64| {
        let list = format!("k8s.io/api/core/v1.(*{kind}List).Unmarshal");
        let object = format!("k8s.io/api/core/v1.(*{kind}).Unmarshal");
        format!("{reflector};{list};{object} {}\n", megabytes << 20)
    };
    let stacks = of_kind("Secret", 80) + &of_kind("Pod", 60) + &of_kind("ConfigMap", 40);
    let builder = kheap::ProfileBuilder::folded(&stacks).expect("stacks");
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("heap.pb.gz");
    let file = fs::File::create(&dump).expect("a file");
    kheap::encode(&builder.finish(), file).expect("there is room");
    let dump = dump.display().to_string();

    let count_all = "kubectl get Secret,Pod,ConfigMap -A -o name | cut -d/ -f1 | sort | uniq -c";
    let check = |args: &[&str], lines: &[&str]| {
        let text = structure(&stdout(&[args, &[&dump]].concat()));
        assert_eq!(text.matches("confidence high").count(), 1, "{text}");
        assert!(text.contains("The same of other kinds"), "{text}");
        assert!(text.contains(count_all), "{text}");
        for line in lines {
            assert!(text.contains(line), "no {line} in {text}");
        }
    };
    let text = ["60MB  33.33%  Pod\n", "40MB  22.22%  ConfigMap\n"];
    check(&["diagnose"], &text);
    let list = ["- 60MB, 33.33%: Pod\n", "- 40MB, 22.22%: ConfigMap\n"];
    check(&["diagnose", "--format", "markdown"], &list);
    check(&["report", "--format", "markdown"], &list);
    // A link to each of them leads to its line.
    let rows = [
        "<tr id=\"finding-informer-full-object-cache-2\"><td class=\"number\">60MB</td>",
        "<tr id=\"finding-informer-full-object-cache-3\"><td class=\"number\">40MB</td>",
    ];
    check(&["report"], &rows);
}
