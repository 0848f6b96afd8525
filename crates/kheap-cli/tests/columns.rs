//! Every command on terminals of 80 and 200 columns: what it shows, and that no line
//! is longer than the terminal.

mod common;

use common::{check_golden, on_terminal_of, project};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const IDLE: &str = "testdata/dumps/v1.20/idle.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";

/// Names whose lines are pprof's, which are as long as their names.
const WHOLE_LINES: [&str; 5] = ["top", "peek", "tree", "traces", "tags"];

fn commands() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("help", vec!["--help"]),
        (
            "diagnose",
            vec!["diagnose", STORM, "--rss", "6GB", "--limit", "5GB"],
        ),
        (
            "diagnose.series",
            vec!["diagnose", SERIES, "--limit", "16GiB"],
        ),
        ("breakdown", vec!["breakdown", STORM]),
        ("compare", vec!["compare", IDLE, STORM]),
        ("series", vec!["series", SERIES]),
        ("memory", vec!["memory", TEXT, "--cgroup-limit", "1GB"]),
        (
            "sizes",
            vec!["sizes", "--by", "kind", "--count", "1", STORM],
        ),
        ("lifetimes", vec!["lifetimes", "--count", "5", STORM]),
        ("info", vec!["info", STORM]),
        ("signatures", vec!["signatures"]),
        ("signature", vec!["signatures", "list-from-etcd"]),
        ("top", vec!["top", "--count", "5", STORM]),
        ("peek", vec!["peek", "^bytes.makeSlice$", STORM]),
        ("tree", vec!["tree", "--count", "3", STORM]),
        (
            "traces",
            vec![
                "traces",
                "--focus",
                "Secret",
                "testdata/dumps/v1.34/idle.pb.gz",
            ],
        ),
        ("tags", vec!["tags", IDLE]),
    ]
}

fn check(columns: usize) {
    for (name, args) in commands() {
        let Some(shown) = on_terminal_of(columns, &args, &[("NO_COLOR", "1")]) else {
            return;
        };
        let file = format!("testdata/output/terminal/{name}.{columns}.txt");
        check_golden(&project().join(file), &shown);
        if WHOLE_LINES.contains(&name) {
            continue;
        }
        for line in shown.lines() {
            let width = line.chars().count();
            assert!(width <= columns, "{name}: {width} columns: {line}");
        }
    }
}

#[test]
fn every_command_fits_80_columns() {
    check(80);
}

#[test]
fn every_command_fits_200_columns() {
    check(200);
}
