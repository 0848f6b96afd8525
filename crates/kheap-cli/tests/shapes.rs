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

/// The dump as `?debug=1` prints it, in which twice as much was allocated, without MemStats.
fn debug_1() -> String {
    let bytes = std::fs::read(common::project().join(DUMP)).expect("it is there");
    let profile = kheap::decode(&bytes).expect("it is a profile");
    let space = profile.sample_type("inuse_space").expect("it has one");
    let total = profile.total(space);
    let mut text = format!("heap profile: 1: {total} [2: {}] @ heap/1\n", 2 * total);
    for (sample, &value) in profile.samples().ids().zip(profile.values(space)) {
        let stack = profile.samples().stack(sample);
        if value == 0 {
            continue;
        }
        let addresses = stack
            .iter()
            .map(|&at| format!(" {:#x}", profile.locations().address(at)));
        text += &format!(
            "1: {value} [2: {}] @{}\n",
            2 * value,
            addresses.collect::<String>()
        );
        for &at in stack {
            for line in profile.locations().lines(at) {
                let name = profile.text(profile.function(line.function).name);
                let address = profile.locations().address(at);
                text += &format!("#\t{address:#x}\t{name}+0x1\t/src/a.go:{}\n", line.line);
            }
        }
        text.push('\n');
    }
    text
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
    let short = |c: &[&str]| {
        let (path, name) = c[5].rsplit_once('/').unwrap_or(("", c[5]));
        let first = path.split('/').next().unwrap_or_default();
        (
            format!("{} {} {} {} {}", c[0], c[1], c[2], c[3], c[4]),
            first.to_owned(),
            name.to_owned(),
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
        (
            "names without their paths",
            head.clone()
                + &each(&rows, |c| {
                    let (figures, _, name) = short(c);
                    format!("{figures} {name}")
                }),
        ),
        (
            "elided names",
            head.clone()
                + &each(&rows, |c| {
                    let (figures, first, name) = short(c);
                    match first.is_empty() {
                        true => format!("{figures} {name}"),
                        false => format!("{figures} {first}/.../{name}"),
                    }
                }),
        ),
        (
            "Windows",
            plain
                .replace("File: ", "File: C:\\k8s\\bin\\")
                .replace('\n', "\r\n"),
        ),
        ("debug=1", debug_1()),
        (
            "a part of debug=1",
            debug_1()
                .lines()
                .skip(3)
                .map(|line| format!("{line}\n"))
                .collect(),
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
fn counts_of_nobody_knows_what_say_why_they_show_no_cause() {
    let csv = output(&["top", "--format", "csv"]);
    let (id, notes) = diagnosis(&csv);
    assert_eq!(id, None);
    assert!(notes.contains("CSV has no unit"), "{notes}");
}
