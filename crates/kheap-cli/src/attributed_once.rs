//! Every command attributes a heap once, however many questions it asks about it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use kheap::attribute::attributed_heaps;
use tempfile::TempDir;

use crate::args::Cli;

/// A heap with findings, the same program earlier, and a series with both.
const STORM: &str = "../../testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const IDLE: &str = "../../testdata/dumps/v1.20/idle.pb.gz";
const SERIES: &str = "../../testdata/dumps/v1.20/series-configmaps";

/// Runs a command, whose output goes to a file of some name, and counts the heaps that
/// its threads attribute.
#[track_caller]
fn check(command: &str, output: &Path, expected: usize) {
    let words = command.split(' ').map(OsString::from);
    let file = [OsString::from("--force"), "-o".into(), output.into()];
    let read = Cli::read(
        [OsString::from("kheap")]
            .into_iter()
            .chain(words)
            .chain(file)
            .collect(),
    );
    let (cli, _) = read.unwrap_or_else(|misuse| panic!("{command}: {misuse}"));
    let before = attributed_heaps();
    crate::run(&cli.command, None).unwrap_or_else(|error| panic!("{command}: {error:#}"));
    assert_eq!(attributed_heaps() - before, expected, "{command}");
    assert!(
        fs::metadata(output).is_ok_and(|file| file.len() > 0),
        "{command}"
    );
}

// The only test of this program that attributes: the count is that of all threads.
#[test]
fn a_command_attributes_each_heap_once() {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let dumps = fs::read_dir(SERIES).expect("a folder of dumps").count();
    let [text, svg, page] = ["out", "out.svg", "out.html"].map(file);

    check(&format!("top {STORM}"), &text, 0);
    check(&format!("breakdown {STORM}"), &text, 1);
    check(&format!("diagnose --all {STORM}"), &text, 1);
    check(&format!("diagnose {IDLE} {STORM}"), &text, 2);
    // A signature asks what the newest has allocated since its start: other values.
    check(&format!("diagnose {SERIES}"), &text, dumps + 1);
    check(&format!("flame {STORM}"), &svg, 1);
    check(
        &format!("flame --group part --mend-stacks {STORM}"),
        &svg,
        1,
    );
    check(&format!("graph --format svg {STORM}"), &svg, 1);
    check(
        &format!("compare --by place,kind,function {IDLE} {STORM}"),
        &text,
        2,
    );
    check(
        &format!("series --by place,kind,path {SERIES}"),
        &text,
        dumps,
    );
    check(&format!("sizes --by kind {STORM}"), &text, 1);
    let ticket = file("out.md");
    check(&format!("report --format markdown {STORM}"), &ticket, 1);
    check(
        &format!("report --format markdown {IDLE} {STORM}"),
        &ticket,
        2,
    );
    check(
        &format!("report --format markdown {SERIES}"),
        &ticket,
        dumps + 1,
    );
    // The page shows what was allocated as well: stacks that hold nothing now.
    check(&format!("report {STORM}"), &page, 2);
}
