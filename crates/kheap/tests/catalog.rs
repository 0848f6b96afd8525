//! The built-in signatures: each holds its own cases, and the whole catalogue its
//! contract.

#![cfg(feature = "diagnose")]

use std::fs;
use std::path::{Path, PathBuf};

use kheap::diagnose::{Catalog, Signature, SignatureFault};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/knowledge/signatures")
}

/// The files of the catalogue: id and text.
fn files() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ext| ext == "toml"));
    let file = |path: PathBuf| {
        let id = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        // Cases may stand in a file of their own.
        let cases = folder().join(format!("cases/{id}.toml"));
        let texts = [path, cases].map(|path| fs::read_to_string(path).expect("it can be read"));
        (id, texts.join("\n"))
    };
    let mut files: Vec<_> = paths.map(file).collect();
    files.sort();
    files
}

#[test]
fn every_file_is_compiled_in_and_named_like_its_id() {
    let ids: Vec<&str> = Catalog::builtin()
        .signatures()
        .iter()
        .map(|s| s.id.as_str())
        .collect();
    let files = files();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(ids, names);
}

#[test]
fn what_is_compiled_in_is_what_the_files_say() {
    for (id, text) in files() {
        let mut signature = Signature::parse(&text).expect("a signature");
        signature.case.clear();
        let built_in = Catalog::builtin().get(&id).expect("it is compiled in");
        // Only signatures of users have a fingerprint: the version stands for the others.
        let [built_in, parsed] = [built_in, &signature].map(|signature| {
            let text = format!("{signature:?}");
            let (fields, _) = text.rsplit_once(", fingerprint: ").expect("the last field");
            fields.to_owned()
        });
        assert_eq!(built_in, parsed, "{id}");
    }
}

#[test]
fn every_signature_has_a_case_that_fires_a_near_miss_and_a_source() {
    for (id, text) in files() {
        let signature = Signature::parse(&text).expect("a signature");
        let fires: Vec<bool> = signature.case.iter().map(|case| case.fires).collect();
        assert!(fires.contains(&true), "{id} has no case that fires");
        assert!(fires.contains(&false), "{id} has no near miss");
        assert!(!signature.sources.is_empty(), "{id} has no source");
        assert!(!signature.remedy.is_empty(), "{id} has no remedy");
        for other in &signature.yields_to {
            let leader = Catalog::builtin().get(other);
            assert!(leader.is_some(), "{id} yields to {other}");
        }
    }
}

#[test]
fn every_case_holds() {
    let mut faults = Vec::new();
    for (id, text) in files() {
        let (signature, _) = text.split_once("[[case]]").expect("it has cases");
        for case in text.split("[[case]]").skip(1) {
            let with_case = format!("{signature}[[case]]{case}");
            if let Err(error) = Catalog::empty().add(&with_case) {
                faults.push(format!("{id}: {}", error.reason));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_built_in_files_name_all_their_frames() {
    for signature in Catalog::builtin().signatures() {
        assert!(signature.frames.is_empty(), "{}", signature.id);
        let selects = signature.select.values();
        let classes = selects.flat_map(|select| [&select.leaf, &select.any, &select.none]);
        for frame in classes.flat_map(|class| &class.0) {
            let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(frame.chars().all(is_of_name), "{}: {frame}", signature.id);
        }
    }
}

/// How long a signature may be, and all of them, without their cases.
#[test]
fn the_files_are_short_enough_to_be_held_in_mind() {
    // The blank line before the first case is of the cases.
    let lines = |text: &str| text.trim_end().lines().count();
    let without_cases = |text: &str| lines(text.split("[[case]]").next().expect("a part"));
    let sizes = files()
        .into_iter()
        .map(|(id, text)| (id, without_cases(&text)));
    let sizes: Vec<(String, usize)> = sizes.collect();
    for (id, size) in &sizes {
        assert!(*size <= 150, "{id}: {size}");
    }
    assert!(sizes.iter().map(|(_, size)| size).sum::<usize>() < 2140);
}

#[test]
fn every_file_passes_the_checks_that_users_files_pass() {
    for (id, text) in files() {
        let signature = Signature::parse(&text);
        let signature = signature.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(signature.id, id);
    }
}

/// The signature that the guide for authors shows.
fn example() -> String {
    let guide = fs::read_to_string(folder().join("README.md")).expect("the guide is there");
    let (_, rest) = guide.split_once("```toml\n").expect("an example");
    let (text, _) = rest.split_once("```").expect("its end");
    text.to_owned()
}

#[test]
fn no_remedy_has_a_placeholder_that_no_shell_takes() {
    for signature in Catalog::builtin().signatures() {
        for step in &signature.remedy {
            let has_brackets = step.text.contains("=<") || step.text.contains("#0");
            assert!(!has_brackets, "{}: {}", signature.id, step.text);
        }
    }
}

#[test]
fn the_example_for_authors_holds() {
    let text = &example();
    let signature = Signature::parse(text).expect("a signature");
    assert_eq!(signature.case.len(), 2);
    assert!(Catalog::empty().add(text).is_ok());
}

#[test]
fn the_catalogue_as_a_whole_is_sound() {
    assert_eq!(Catalog::builtin().check(), Ok(()));
    let mut catalog = Catalog::empty();
    let (_, text) = &files()[0];
    catalog.add(text).expect("a signature");
    let first = &catalog.signatures()[0].clone();
    let led = text.replacen("bytes = ", "yields_to = [\"nobody\"]\nbytes = ", 1);
    catalog.add(&led).expect("a signature");
    let error = catalog.check().unwrap_err().to_string();
    let expected = format!(
        "invalid signature: {} yields to nobody, which there is not",
        first.id
    );
    assert_eq!(error, expected);
}

#[test]
fn expressions_that_are_too_large_alone_or_together_are_refused() {
    let (guide, mut catalog) = (example(), Catalog::empty());
    let with = |pattern: String| {
        guide.replacen("path = ['", &format!("none = ['{pattern}']\npath = ['"), 1)
    };
    let error = catalog.add(&with("[a-z]{100000}".to_owned()));
    let error = error.map(str::to_owned).unwrap_err();
    assert_eq!(
        error.reason.to_string(),
        "the expressions of report-cache are too large"
    );
    for n in 0..200 {
        let patterns = (0..30).map(|position| format!("^main\\.f{n}x{position}$"));
        let text = with(patterns.collect::<Vec<_>>().join("', '"));
        let text = text.replace("report-cache", &format!("report-{n}"));
        // Judging its cases is not what this is about.
        let (text, _) = text.split_once("[[case]]").expect("it has cases");
        catalog.add(text).expect("a signature");
    }
    let error = catalog.check().unwrap_err().to_string();
    let expected = "invalid signature: the expressions of all signatures are too large together";
    assert_eq!(error, expected);
}

#[test]
fn a_signature_has_no_more_cases_than_can_be_judged_soon() {
    let case = "\n[[case]]\nname = 'more'\nstacks = ['main.f 9']\nfires = false\n";
    let cases = example().matches("[[case]]").count();
    let text = example() + &case.repeat(64);
    let error = Catalog::empty().add(&text).map(str::to_owned).unwrap_err();
    assert_eq!(error.reason, SignatureFault::TooManyCases(64 + cases));
}

#[test]
fn the_only_selection_is_what_is_claimed() {
    let text = "id = 'read-all'\ntitle = 'Whole payloads are held in memory'\nabout = ''\n\
        sample_types = ['inuse_space']\nremedy = ['read']\nsources = ['x']\n\
        [select.bodies]\nleaf = '^io.ReadAll$'\n\
        [[require]]\nshare = 'bodies'\nat_least = 0.05\n\
        [[case]]\nname = 'half of the heap'\nstacks = ['main;io.ReadAll 600', 'main;load 600']\n\
        fires = true\nbytes = 600\n";
    let mut catalog = Catalog::empty();
    assert_eq!(catalog.add(text), Ok("read-all"));
    let two = format!("{text}[select.others]\nleaf = '^main$'\n");
    let error = catalog.add(&two).map(str::to_owned).unwrap_err();
    assert_eq!(
        error.reason.to_string(),
        "read-all has no `bytes`, which says what it claims"
    );
}

#[test]
fn the_line_of_a_condition_or_case_is_said() {
    let line = |from: &str, to: &str| {
        let text = example().replacen(from, to, 1);
        let error = Catalog::empty().add(&text).map(str::to_owned).unwrap_err();
        let line = error.line.expect("it is known") - 1;
        text.lines().nth(line).expect("it is there").to_owned()
    };
    assert_eq!(line("at_least = 0.1", "at_least = -3"), "[[require]]");
    let case = "name = \"a third of the heap\"";
    assert_eq!(line("fires = true", "fires = false"), case);
}

#[test]
fn allocations_are_neither_claimed_nor_a_share() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = example().replacen("sample_types", "needs = [\"allocations\"]\nsample_types", 1);
        let text = text.replacen(
            "[[require]]",
            "[select.made]\nany = ['reports']\nallocated = true\n\n[[require]]",
            1,
        );
        let text = text.replacen(from, to, 1);
        let error = Catalog::empty().add(&text).map(str::to_owned).unwrap_err();
        assert_eq!(error.reason.to_string(), expected);
    };
    let place = "[select.made] counts allocations";
    check(
        "needs = [\"allocations\"]\n",
        "",
        &format!("{place}, so needs = [\"allocations\"]"),
    );
    check(
        "bytes = \"reports\"",
        "bytes = \"made\"",
        &format!("{place}: it is neither claimed nor united with others"),
    );
    check(
        "share = \"reports\"",
        "share = \"made\"",
        &format!("{place}, which only `bytes` and `ratio` measure"),
    );
}

#[test]
fn what_a_case_says_otherwise_is_said() {
    let check = |from: &str, to: &str, expected: &str| {
        let text = example().replacen(from, to, 1);
        let error = Catalog::empty().add(&text).map(str::to_owned).unwrap_err();
        assert!(error.line.is_some(), "{error}");
        assert_eq!(error.reason.to_string(), expected);
    };
    let fires = "case \"a third of the heap\"";
    check(
        "fires = true",
        "fires = false",
        &format!("{fires}: it fires"),
    );
    check(
        "bytes = 400",
        "bytes = 500",
        &format!("{fires}: it claims 400 MB, not 500"),
    );
    check(
        "main.load 800\"]",
        "main.load\"]",
        &format!("{fires}: stack \"main.main;main.load\" has no megabytes"),
    );
    let sent = "case \"reports that are being sent\"";
    check(
        "fires = false",
        "fires = true",
        &format!("{sent}: it does not fire"),
    );
    check(
        "[[require]]\nshare = \"reports\"\nat_least = 0.1\n",
        "",
        "report-cache has no [[require]], so that it would always fire",
    );
    check(
        "at_least = 0.1",
        "at_least = -3",
        "a condition has a bound below 0, which every heap meets or none",
    );
    check(
        "at_least = 0.1",
        "at_least = 50",
        "a share is at most 1, which is all of the heap",
    );
}
