//! SECURITY.md: each sentence of its promises is in docs/promises.md with the tests that hold it.
//! Those that no other test holds are held here.

mod common;

use std::fs;

use common::{kheap, project};

fn text(file: &str) -> String {
    let path = project().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The cells of the rows of the only table in a part of a document, without its head.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// The sentences of a cell: each begins with a capital, code or a name.
fn sentences(cell: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, _) in cell.match_indices(". ") {
        let next = &cell[at + 2..];
        let is_begin = |c: char| c.is_uppercase() || c == '`' || c == '[';
        // The program has no capital.
        if next.starts_with(is_begin) || next.starts_with("kheap ") || next.starts_with("gzip, ") {
            found.push(&cell[begin..=at]);
            begin = at + 2;
        }
    }
    found.push(&cell[begin..]);
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[test]
fn each_sentence_of_the_promises_has_its_tests() {
    let security = text("SECURITY.md");
    let promised = security
        .split("\n## ")
        .find(|part| part.starts_with("Promised"));
    let promised = rows(promised.expect("there are promises"));
    let cells = promised.iter().flatten();
    let promised: Vec<&str> = cells.flat_map(|cell| sentences(cell)).collect();
    assert!(promised.len() > 60, "{}", promised.len());
    let held = text("docs/promises.md");
    let held: Vec<&str> = rows(&held).iter().map(|row| row[0]).collect();
    assert_eq!(promised, held);
}

#[test]
fn each_test_of_a_promise_exists() {
    for row in rows(&text("docs/promises.md")) {
        let [sentence, tests] = row[..] else {
            panic!("{row:?}");
        };
        for tests in tests.split("; ") {
            let mut spans = tests.split('`').skip(1).step_by(2);
            let file = spans.next().expect("a file");
            let source = text(file);
            let mut count = 0;
            for test in spans {
                let begin = source.find(&format!("fn {test}("));
                let before = begin.map(|at| &source[..at]);
                // The attributes of a test stand right before it.
                let last = before.and_then(|before| before.rsplit("\n\n").next());
                assert!(
                    last.is_some_and(|last| last.contains("#[test]")),
                    "{sentence}: no test {test} in {file}"
                );
                count += 1;
            }
            let is_script = file.starts_with(".ci/");
            assert_eq!(is_script, count == 0, "{sentence}: {file}");
        }
    }
}

#[test]
fn unsafe_code_is_forbidden_where_it_is_not_promised() {
    let manifest = |name: &str| -> toml::Table {
        let manifest = text(name).parse();
        manifest.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let level = |lints: &toml::Value| {
        lints
            .get("rust")?
            .get("unsafe_code")?
            .as_str()
            .map(str::to_owned)
    };
    let workspace = &manifest("Cargo.toml")["workspace"]["lints"];
    assert_eq!(level(workspace).as_deref(), Some("forbid"));
    for entry in fs::read_dir(project().join("crates")).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if !path.is_dir() {
            continue;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("it is text");
        let lints = &manifest(&format!("crates/{name}/Cargo.toml"))["lints"];
        let expected = match name {
            "kheap-start" | "kheap-web" => Some("deny"),
            _ => None,
        };
        assert_eq!(level(lints).as_deref(), expected, "{name}");
        let is_inherited = lints.get("workspace").and_then(toml::Value::as_bool);
        assert_eq!(is_inherited == Some(true), expected.is_none(), "{name}");
    }
}

#[test]
fn a_command_shows_thirty_warnings_and_counts_the_others() {
    const CUT: usize = 40;
    let folder = tempfile::tempdir().expect("there is room");
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).expect("there is room");
    let dump = fs::read(project().join("testdata/dumps/v1.20/idle.pb.gz")).expect("it is there");
    fs::write(dumps.join("whole.pb.gz"), &dump).expect("there is room");
    for at in 0..CUT {
        let file = dumps.join(format!("cut-{at}.pb.gz"));
        fs::write(file, &dump[..dump.len() / 2]).expect("there is room");
    }
    let [dumps, copies] =
        [dumps, folder.path().join("copies")].map(|path| path.display().to_string());
    let run = kheap(&["redact", &dumps, "-o", &copies]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let (counts, warnings): (Vec<&str>, Vec<&str>) = { run.stderr.lines() }
        .filter(|line| line.starts_with("warning: "))
        .partition(|line| line.ends_with("more warnings are not shown"));
    assert_eq!(warnings.len(), 30, "{}", run.stderr);
    assert_eq!(counts, ["warning: 10 more warnings are not shown"]);
}

#[test]
fn of_other_messages_thirty_are_shown_too() {
    const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";
    for (condition, label, rest) in [
        (
            "total>0",
            "gate failed: ",
            "gate failed: 10 more failed conditions are not shown",
        ),
        // A function that is in no dump counts as 0.
        (
            "function:none>0",
            "note: ",
            "note: 10 more notes are not shown",
        ),
    ] {
        let mut words = vec!["diagnose", IDLE];
        words.extend((0..40).flat_map(|_| ["--fail-on", condition]));
        let run = kheap(&words);
        let lines: Vec<&str> = run
            .stderr
            .lines()
            .filter(|line| line.starts_with(label))
            .collect();
        assert_eq!(
            (lines.len(), lines.last()),
            (31, Some(&rest)),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn the_policy_of_the_page_forbids_connections() {
    let page = text("crates/kheap-web/page/page.html");
    let policy = page
        .lines()
        .find(|line| line.contains("Content-Security-Policy"));
    let policy = policy.expect("the page has a policy");
    for part in [
        "default-src 'none'",
        "connect-src 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
}
