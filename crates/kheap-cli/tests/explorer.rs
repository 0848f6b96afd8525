//! The figures of a report's page are those of the program: random questions are put to
//! both. These tests are ignored, because they take Node.js; `.ci/run` installs it and
//! runs them: `cargo test -p kheap-cli --test explorer -- --ignored`.

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{kheap, project};
use serde_json::{Map, Value, json};

const DUMPS: [&str; 4] = [
    "testdata/dumps/v1.20/cr-list-cache-json.pb.gz",
    "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz",
    "testdata/dumps/v1.20/allocs.pb.gz",
    "testdata/dumps/v1.34/controller-secret-informer.pb.gz",
];
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

/// How many questions are asked of each dump.
const QUESTIONS: usize = 60;

/// Asks the page of a report, without a browser.
fn ask(report: &Path, questions: &Value) -> Vec<Value> {
    run_script("figures.js", Some(report), questions)
}

/// What a script beside the explorer's own answers.
fn run_script(name: &str, file: Option<&Path>, questions: &Value) -> Vec<Value> {
    let scripts = project().join("crates/kheap-report/explorer/test");
    let mut node = Command::new("node");
    node.arg(scripts.join(name)).args(file);
    let mut child = node
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is Node.js");
    let mut stdin = child.stdin.take().expect("it is piped");
    let asked = stdin.write_all(questions.to_string().as_bytes());
    asked.expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the page fails; see above");
    serde_json::from_slice(&output.stdout).expect("answers are JSON")
}

fn with_report(files: &[&str], test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    let name = path.display().to_string();
    let run = kheap(&[&["report"], files, &["-o", &name]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    test(&path);
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_writes_out_what_nobody_sees_as_the_program_does() {
    let all: Vec<String> = ('\0'..=char::MAX).map(|c| format!("a{c}b")).collect();
    let shown = run_script("visible.js", None, &json!(all));
    assert_eq!(shown.len(), all.len());
    for (name, shown) in all.iter().zip(shown) {
        assert_eq!(shown, kheap_text::one_line(name));
    }
}

/// Numbers that look random and are the same at each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// An expression that matches some of the names, in one of the forms that people write.
fn pattern(random: &mut Random, names: &[String]) -> String {
    let name = random.of(names).clone();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let word = random.of(&words).to_string();
    let quoted = regex_lite(&name);
    match random.below(8) {
        0 => format!("^{quoted}$"),
        1 => format!("{word}|{}", random.of(&words)),
        2 => format!("(?i){}", word.to_uppercase()),
        3 => format!("\\.{word}$"),
        4 => format!("[{}]\\w+\\)", word.chars().next().unwrap_or('a')),
        5 => "k8s\\.io/.*\\.go".to_owned(),
        6 => format!("\\Q{name}\\E"),
        _ => word,
    }
}

/// A name in which every sign stands for itself.
fn regex_lite(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_';
    let quoted = name.chars().map(|c| match is_plain(c) || !c.is_ascii() {
        true => c.to_string(),
        false => format!("\\{c}"),
    });
    quoted.collect()
}

/// A question to the page, and the same as arguments of the program.
fn question(random: &mut Random, names: &[String], types: &[String]) -> (Value, Vec<String>) {
    let mut asked = Map::new();
    let sample_type = random.of(types);
    asked.insert("sampleType".to_owned(), json!(sample_type));
    let mut args = vec!["--sample-type".to_owned(), sample_type.clone()];
    let filters = [
        ("focus", "--focus"),
        ("ignore", "--ignore"),
        ("hide", "--hide"),
        ("show", "--show"),
        ("showFrom", "--show-from"),
    ];
    for (key, option) in filters {
        if random.below(3) == 0 {
            let pattern = pattern(random, names);
            asked.insert(key.to_owned(), json!(pattern));
            args.extend([format!("{option}={pattern}")]);
        }
    }
    (Value::Object(asked), args)
}

/// Rows of a list in the JSON of the program, with these of their values.
fn rows(args: &[&str], keys: &[&str]) -> Vec<Value> {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let rows = answer["rows"].as_array().expect("there are rows");
    let only = |row: &Value| {
        keys.iter()
            .map(|&key| (key.to_owned(), row[key].clone()))
            .collect()
    };
    rows.iter().map(|row| Value::Object(only(row))).collect()
}

fn top(files: &[&str], more: &[String]) -> Vec<Value> {
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let args = [&["top", "--no-trim", "--format", "json"], &more[..], files].concat();
    rows(&args, &["name", "flat", "cum"])
}

fn texts(rows: &[Value], key: &str) -> Vec<String> {
    let text = |row: &Value| row[key].as_str().map(str::to_owned);
    rows.iter().filter_map(text).collect()
}

/// Puts random questions to the page of some dumps and to `kheap top`.
fn check_top(report_of: &[&str], files: &[&str], more: &Value, seed: u64) {
    with_report(report_of, |report| {
        let model = &ask(report, &json!([{"model": true}]))[0];
        let types = texts(model["types"].as_array().expect("a list"), "name");
        let names = texts(&top(files, &[]), "name");
        let mut random = Random(seed);
        let asked: Vec<(Value, Vec<String>)> = (0..QUESTIONS)
            .map(|_| question(&mut random, &names, &types))
            .collect();
        let questions = asked.iter().map(|(question, _)| {
            let mut question = question.clone();
            let more = more.as_object().expect("an object").clone();
            question.as_object_mut().expect("an object").extend(more);
            question
        });
        let answers = ask(report, &questions.collect());
        let mut counted = 0;
        for ((_, args), answer) in asked.iter().zip(answers) {
            let expected = top(files, args);
            counted += expected.len();
            assert_eq!(answer, Value::Array(expected), "{files:?} {args:?}");
        }
        assert!(counted > 100, "the questions have answers");
    });
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_lists_what_top_lists() {
    for (seed, dump) in DUMPS.iter().enumerate() {
        check_top(&[dump], &[dump], &json!({}), seed as u64 + 1);
    }
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_of_two_dumps_subtracts_as_top_does() {
    let [before, after] = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    let files = [&*format!("--base={before}"), &*after];
    check_top(&[&before, &after], &files, &json!({"base": true}), 7);
    check_top(&[&before, &after], &[&before], &json!({"snapshot": 0}), 8);
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_knows_callers_and_callees_as_peek_does() {
    let dump = DUMPS[0];
    with_report(&[dump], |report| {
        let names = texts(&top(&[dump], &[]), "name");
        let mut random = Random(3);
        let asked: Vec<&String> = (0..QUESTIONS).map(|_| random.of(&names)).collect();
        let questions = asked.iter().map(|name| json!({"sandwich": name}));
        let answers = ask(report, &questions.collect());
        for (name, answer) in asked.iter().zip(answers) {
            let pattern = format!("^{}$", regex_lite(name));
            let args = ["peek", "--format", "json", &pattern, dump];
            let expected = rows(&args, &["name", "flat", "cum", "callers", "callees"]);
            let edges = |list: &Value| -> Vec<(String, i64)> {
                let list = list.as_array().expect("a list").iter();
                let edge = |edge: &Value| {
                    Some((edge["name"].as_str()?.to_owned(), edge["weight"].as_i64()?))
                };
                list.filter_map(edge).collect()
            };
            for key in ["callers", "callees"] {
                assert_eq!(
                    edges(&answer[key]),
                    edges(&expected[0][key]),
                    "{name} {key}"
                );
            }
            assert_eq!(
                [&answer["flat"], &answer["cum"]],
                [&expected[0]["flat"], &expected[0]["cum"]]
            );
        }
    });
}

/// A line's name as `kheap top --granularity lines` has it.
fn line_name(name: &str, line: &Value) -> String {
    let file = line["file"].as_str().unwrap_or_default();
    match line["line"].as_i64() {
        Some(number) if number != 0 => format!("{name} {file}:{number}"),
        _ if file.is_empty() => name.to_owned(),
        _ => format!("{name} {file}"),
    }
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_counts_lines_as_top_does() {
    for (seed, dump) in DUMPS.iter().enumerate() {
        with_report(&[dump], |report| {
            let names = texts(&top(&[dump], &["--ignore=reflect".to_owned()]), "name");
            let mut random = Random(seed as u64 + 11);
            let asked: Vec<&String> = (0..QUESTIONS).map(|_| random.of(&names)).collect();
            let questions = asked
                .iter()
                .map(|name| json!({"lines": name, "ignore": "reflect"}));
            let answers = ask(report, &questions.collect());
            let args = ["--granularity=lines", "--ignore=reflect"].map(str::to_owned);
            let expected = top(&[dump], &args);
            let mut counted = 0;
            for (name, answer) in asked.iter().zip(answers) {
                let lines = answer.as_array().expect("a list");
                let own = format!("{name} ");
                let of_name = |row: &&Value| {
                    let text = row["name"].as_str().unwrap_or_default();
                    text == *name || text.strip_prefix(&own).is_some_and(|r| r.starts_with('/'))
                };
                let wanted: Vec<&Value> = expected.iter().filter(of_name).collect();
                assert_eq!(lines.len(), wanted.len(), "{dump} {name} {answer}");
                for line in lines {
                    let text = line_name(name, line);
                    let row = wanted.iter().find(|row| row["name"] == json!(text));
                    let row = row.unwrap_or_else(|| panic!("{dump}: {text}"));
                    assert_eq!(
                        [&line["flat"], &line["cum"]],
                        [&row["flat"], &row["cum"]],
                        "{text}"
                    );
                    counted += 1;
                }
            }
            assert!(counted >= QUESTIONS, "{dump}: each function has a line");
        });
    }
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_filters_by_places_and_findings_to_the_byte() {
    for dump in DUMPS {
        with_report(&[dump], |report| {
            let keys = ["part", "verb", "kind", "bytes"];
            let places = rows(&["breakdown", "--format", "json", dump], &keys);
            let questions = places.iter().map(|place| {
                let [part, verb, kind] = ["part", "verb", "kind"].map(|key| [&place[key]]);
                json!({"sum": true, "part": part, "verb": verb, "kind": kind})
            });
            let expected: Vec<f64> = { places.iter() }
                .map(|place| place["bytes"].as_f64().expect("a number"))
                .collect();
            let answers = ask(report, &questions.collect());
            let answers: Vec<f64> = answers.iter().filter_map(Value::as_f64).collect();
            assert_eq!(answers, expected, "{dump}");

            let run = kheap(&["diagnose", "--format", "json", dump]);
            let diagnosis: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
            let findings = diagnosis["findings"].as_array().expect("a list");
            let model = &ask(report, &json!([{"model": true}]))[0];
            let anchors = texts(model["findings"].as_array().expect("a list"), "anchor");
            let questions = anchors
                .iter()
                .map(|anchor| json!({"sum": true, "finding": anchor}));
            let answers = ask(report, &questions.collect());
            let claimed = findings.iter().map(|finding| &finding["bytes"]);
            let answers: Vec<Option<i64>> = answers
                .iter()
                .map(|a| a.as_f64().map(|a| a as i64))
                .collect();
            let claimed: Vec<Option<i64>> = claimed.map(Value::as_i64).collect();
            assert_eq!(answers, claimed[..answers.len()], "{dump}");
        });
    }
}

#[test]
#[ignore = "takes Node.js, which .ci/run installs"]
fn a_page_puts_callers_back_as_tree_does() {
    let dump = DUMPS[0];
    with_report(&[dump], |report| {
        let args = [
            "tree",
            "--mend-stacks",
            "--no-trim",
            "--format",
            "json",
            dump,
        ];
        let by_name = |mut rows: Vec<Value>| {
            rows.sort_by_key(|row| row["name"].to_string());
            rows
        };
        let expected = by_name(rows(&args, &["name", "flat", "cum"]));
        let answer = &ask(report, &json!([{"mended": true}]))[0];
        let answer = by_name(answer.as_array().expect("a list").clone());
        assert_ne!(answer, by_name(top(&[dump], &[])), "stacks are cut");
        assert_eq!(answer, expected);
    });
}
