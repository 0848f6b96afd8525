//! `--fail-on`: exit code 1 and one line where a condition is met, 2 where it cannot be
//! checked, and `--format github`.

mod common;

use common::kheap;

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const FIRST: &str = "testdata/dumps/v1.20/series-configmaps/00.pb.gz";
const LAST: &str = "testdata/dumps/v1.20/series-configmaps/10.pb.gz";

/// Checks the exit code, and all that is on standard error.
#[track_caller]
fn check(args: &[&str], code: i32, stderr: &str) {
    let run = kheap(args);
    assert_eq!(run.stderr.trim_end(), stderr, "{args:?}");
    assert_eq!(run.code, Some(code), "{args:?}");
}

#[test]
fn a_bound_that_is_kept_changes_nothing() {
    let plain = kheap(&["compare", FIRST, LAST]);
    let kept = "growth>40%,total>1GB,part:watch-cache-events>42MB,kind:ConfigMap>24%";
    let gated = kheap(&["compare", FIRST, LAST, "--fail-on", kept]);
    assert_eq!((gated.code, gated.stderr.as_str()), (Some(0), ""));
    assert_eq!(gated.stdout, plain.stdout);
    check(&["diagnose", SERIES, "--fail-on", kept], 0, "");
}

#[test]
fn each_bound_that_is_passed_is_one_line() {
    let growth = "gate failed: growth>38%: the heap grew by 47.70MB, from 122.32MB to 170.02MB, \
                  38.99%: 0.99 percentage points too much";
    let part = "gate failed: part:watch-cache-events>41MB: part watch-cache-events has 41.92MB, \
                946.85kB too much";
    let both = format!("{growth}\n{part}");
    let bounds = ["growth>38%", "part:watch-cache-events>41MB"];
    let joined = bounds.join(",");
    check(&["compare", FIRST, LAST, "--fail-on", &joined], 1, &both);
    let repeated = [
        "diagnose",
        FIRST,
        LAST,
        "--fail-on",
        bounds[0],
        "--fail-on",
        bounds[1],
    ];
    check(&repeated, 1, &both);
    check(&["compare", LAST, FIRST, "--fail-on", "growth>0%"], 0, "");
}

#[test]
fn a_severity_and_a_limit_say_what_they_found() {
    let args = ["diagnose", STORM, "--fail-on", "high", "--limit", "4GB"];
    check(
        &args,
        1,
        "gate failed: --limit: The live heap takes 4.42GB, 434.16MB above the limit of 4GB\n\
         gate failed: high: 2 findings at high or above: list-from-etcd (high), \
         list-response-encoding (high)",
    );
    // A bound alone does not fail on findings.
    check(&["diagnose", STORM, "--fail-on", "total>5GB"], 0, "");
}

#[test]
fn what_cannot_be_checked_is_an_error() {
    check(
        &["diagnose", STORM, "--fail-on", "growth>10%"],
        2,
        "error: cannot check --fail-on 'growth>10%': growth needs an earlier dump of the same process; fetch another, and give both",
    );
    check(
        &["diagnose", STORM, "--fail-on", "part:watch-cache-event>1MB"],
        2,
        "error: cannot check --fail-on 'part:watch-cache-event>1MB': unknown part \
         \"watch-cache-event\"; did you mean \"watch-cache-events\"?",
    );
    let counts = ["--sample-type", "inuse_objects", "--fail-on", "total>1MB"];
    check(
        &[&["diagnose", STORM][..], &counts].concat(),
        2,
        "error: cannot check --fail-on 'total>1MB': the unit of the values is count, not bytes; \
         write a number without a unit",
    );
    for bound in ["growth>10", "total>4", "part:list-etcd>500"] {
        let number = bound.split('>').next_back().unwrap_or_default();
        let error = format!(
            "error: cannot check --fail-on '{bound}': {number} has no unit; write a size, such as \
             {number}MB, or a share, such as {number}%"
        );
        check(&["compare", FIRST, LAST, "--fail-on", bound], 2, &error);
        check(&["diagnose", SERIES, "--fail-on", bound], 2, &error);
    }
    check(&["compare", LAST, FIRST, "--fail-on", "growth>0"], 0, "");
    // The shell has made a file named 4GB of the rest.
    let run = kheap(&["diagnose", STORM, "--fail-on", "total"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("quote it"), "{}", run.stderr);
}

#[test]
fn a_name_that_no_dump_has_counts_as_nothing_and_is_said() {
    check(
        &["compare", FIRST, LAST, "--fail-on", "kind:ConfigMaps>1MB"],
        0,
        "note: kind:ConfigMaps>1MB: the dump has no such kind, so it counts as 0; check the name",
    );
}

#[test]
fn a_table_has_a_total_alone() {
    let table = "testdata/incidents/01-k8s-97142-configmap-json-list.txt";
    let run = kheap(&["diagnose", table, "--fail-on", "total>1MB"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let run = kheap(&["diagnose", table, "--fail-on", "part:list-etcd>1MB"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("a table has no parts"),
        "{}",
        run.stderr
    );
}

#[test]
fn annotations_are_lines_that_github_reads() {
    let args = ["--format", "github", "--fail-on", "total>4GB"];
    let run = kheap(&[&["diagnose", STORM][..], &args].concat());
    assert_eq!(run.code, Some(1));
    let commands = run.stdout.lines().map(|line| line.split(' ').next());
    let commands: Vec<&str> = commands.flatten().collect();
    // A finding that does not fail the job is no error.
    assert_eq!(commands, ["::error", "::warning", "::warning"]);
    let failing = [&["diagnose", STORM][..], &args[..3], &["high"]].concat();
    let run = kheap(&failing);
    let commands = run.stdout.lines().map(|line| line.split(' ').next());
    let commands: Vec<&str> = commands.flatten().collect();
    assert_eq!(commands, ["::error", "::error"]);
    let healthy = kheap(&[
        "diagnose",
        "--format",
        "github",
        "testdata/dumps/v1.34/idle.pb.gz",
    ]);
    assert!(
        healthy.stdout.starts_with("::notice title=kheap%3A "),
        "{}",
        healthy.stdout
    );
    let compared = kheap(&[&["compare", FIRST, LAST][..], &args[..2]].concat());
    assert!(
        compared.stdout.starts_with("::notice "),
        "{}",
        compared.stdout
    );
    let top = kheap(&[&["top", STORM][..], &args[..2]].concat());
    assert_eq!(top.code, Some(2));
}
