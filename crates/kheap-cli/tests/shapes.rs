//! One heap, posted in the shapes in which people post it: the cause is the same.

mod common;

use common::{kheap, kheap_with_input};

const DUMP: &str = "testdata/dumps/v1.34/configmap-list-cache-json.pb.gz";

/// The columns of a row of `top`: flat, flat%, sum%, cum, cum%, and the name.
fn columns(row: &str) -> Vec<&str> {
    let mut rest = row.trim();
    let mut columns = Vec::new();
    for _ in 0..5 {
        let (word, after) = rest.split_once(' ').expect("a row has six columns");
        columns.push(word);
        rest = after.trim_start();
    }
    columns.push(rest.split(" (").next().unwrap_or(rest));
    columns
}

/// What pprof prints above the rows, and the rows.
fn top(options: &[&str]) -> (String, Vec<String>) {
    let run = kheap(&[&["top"], options, &[DUMP]].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let (head, rows) = run.stdout.split_once("cum%\n").expect("it has a head");
    let rows = rows.lines().map(str::to_owned);
    (format!("{head}cum%\n"), rows.collect())
}

fn each(rows: &[String], change: impl Fn(&[&str]) -> String) -> String {
    rows.iter()
        .map(|row| change(&columns(row)) + "\n")
        .collect()
}

/// The finding that leads, and all notes.
fn diagnosis(text: &str) -> (Option<String>, String) {
    let run = kheap_with_input(&["diagnose", "--format", "json", "-"], text.as_bytes());
    assert_eq!(run.code, Some(0), "{}\n{text}", run.stderr);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let id = json["findings"][0]["id"].as_str().map(str::to_owned);
    (id, json["notes"].to_string())
}

fn output(command: &[&str]) -> String {
    let run = kheap(&[command, &[DUMP]].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

/// Name and text of each shape.
fn shapes() -> Vec<(&'static str, String)> {
    let (head, flat_rows) = top(&[]);
    let (_, cum_rows) = top(&["--cum"]);
    let rows = [&flat_rows[..], &cum_rows[..]].concat();
    let plain = head.clone() + &flat_rows.join("\n");
    let total = head.split(" of ").nth(1).expect("a total");
    let total = total.split(' ').next().expect("a word");
    let table_row = |c: &[&str]| {
        let [flat, flat_share, _, cum, cum_share, name] = c else {
            unreachable!("a row has six columns");
        };
        format!("| `{name}` | **{flat} ({flat_share})** | {cum} ({cum_share}) |")
    };
    let html_row = |c: &[&str]| {
        format!(
            "<tr><td><a href=\"https://a/b\">{}</a></td><td>{}</td><td>{}</td></tr>",
            c[5].replace('<', "&lt;"),
            c[0],
            c[3]
        )
    };
    let routine = |c: &[&str]| {
        format!(
            "ROUTINE ======================== {} in /src/a.go\n  {} {} (flat, cum) {} of Total\n    \
             . . 12: f()",
            c[5], c[0], c[3], c[4]
        )
    };
    let link = |c: &[&str]| {
        format!(
            "{} {} {} {} {} [{}](http://{})",
            c[0], c[1], c[2], c[3], c[4], c[5], c[5]
        )
    };
    let peeked = "growSlice|ListResource|Encode|transformResponse";
    vec![
        ("top", plain.clone()),
        (
            "top and top -cum",
            format!("{plain}\n(pprof) top -cum\n{head}{}", cum_rows.join("\n")),
        ),
        (
            "quoted",
            plain.lines().map(|line| format!("> {line}\n")).collect(),
        ),
        ("tree", output(&["tree"])),
        ("peek", output(&["peek", peeked])),
        ("traces", output(&["traces"])),
        ("list", format!("Total: {total}\n{}", each(&rows, routine))),
        ("Markdown of ours", output(&["top", "--format", "markdown"])),
        (
            "Markdown of others",
            format!(
                "| Function | Flat | Cumulative |\n|---|---|---|\n{}",
                each(&rows, table_row)
            ),
        ),
        ("links", head.clone() + &each(&flat_rows, link)),
        (
            "HTML",
            format!(
                "<p>Total: {total}</p><table><tr><th>name</th><th>flat</th><th>cum</th></tr>{}</table>",
                each(&rows, html_row)
            ),
        ),
        (
            "CSV",
            format!("Type: inuse_space\n{}", output(&["top", "--format", "csv"])),
        ),
        (
            "values, shares and names",
            format!(
                "Total: {total}\n{}",
                each(&flat_rows, |c| format!("{}, {}, {}", c[0], c[1], c[5]))
            ),
        ),
        (
            "without sum%",
            head + &each(&rows, |c| {
                format!("{} {} {} {} {}", c[0], c[1], c[3], c[4], c[5])
            }),
        ),
    ]
}

#[test]
fn every_shape_of_a_post_has_the_cause_of_the_dump() {
    let json = output(&["diagnose", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let cause = json["findings"][0]["id"].as_str().expect("it has a cause");
    let shapes = shapes();
    assert!(shapes.len() >= 12);
    for (name, text) in shapes {
        let (id, notes) = diagnosis(&text);
        assert_eq!(id.as_deref(), Some(cause), "{name}: {notes}\n{text}");
    }
}

#[test]
fn counts_of_nobody_knows_what_say_why_they_tell_no_cause() {
    let csv = output(&["top", "--format", "csv"]);
    let (id, notes) = diagnosis(&csv);
    assert_eq!(id, None);
    assert!(notes.contains("CSV has no unit"), "{notes}");
}
