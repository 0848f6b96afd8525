//! What a terminal is sent, and what a pipe.

mod common;

use std::fs;

use common::{Run, command, kheap, on_terminal};
use kheap::ProfileBuilder;
use kheap::profile::Mapping;

const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";

/// Sets the title of the terminal, then turns the direction of reading.
const EVIL: &str = "\u{1b}]0;title\u{7}\u{9b}2J\r\u{202e}evil";
const HARMLESS: &str = "\\u001b]0;title\\u0007\\u009b2J\\r\\u202eevil";

/// A profile with a text in every place that is shown.
fn profile_of(text: &str, unit: &str) -> Vec<u8> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type(text, unit);
    let evil = builder.string(text);
    let header = builder.header();
    header.comments = vec![evil];
    header.doc_url = evil;
    header.time_nanos = 1;
    header.period = 1;
    header.period_type.kind = evil;
    let program = builder.mapping(Mapping {
        filename: evil,
        build_id: evil,
        ..Mapping::default()
    });
    let function = builder.function(text, text);
    let location = builder.location(Some(program), 1, &[(function, 1)]);
    let labels = [
        builder.text_label(text, text),
        builder.number_label("size", 1, text),
    ];
    let added = builder.sample(&[location], &[64], &labels);
    added.expect("there is one sample type");
    let mut file = Vec::new();
    kheap::encode(&builder.finish(), &mut file).expect("memory takes it");
    file
}

fn is_harmless(c: char) -> bool {
    c == '\n' || c == '\t' || !(c.is_control() || c == '\u{202e}')
}

#[test]
fn control_characters_of_a_profile_never_reach_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evil\u{1b}[2J.pb.gz");
    fs::write(&file, profile_of(EVIL, "bytes")).unwrap();
    let file = file.display().to_string();
    for command in ["top", "peek .", "tree", "traces", "tags", "info"] {
        for format in ["text", "json", "csv", "markdown"] {
            let mut args: Vec<&str> = command.split(' ').collect();
            args.extend(["--format", format, &file]);
            let no_color = [("NO_COLOR", "1")];
            let Some(shown) = on_terminal(&args, &no_color) else {
                return;
            };
            assert!(shown.chars().all(is_harmless), "{args:?}: {shown:?}");
            let unwrapped = shown.replace(['\n', ' '], "");
            // JSON knows the first of these characters itself.
            assert!(unwrapped.contains(&HARMLESS[..20]), "{args:?}: {shown}");
            if format == "json" {
                serde_json::from_str::<serde_json::Value>(&shown).unwrap();
            }
        }
    }
}

#[test]
fn no_name_goes_on_as_a_line_of_its_own_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap.pb.gz");
    for unit in ["bytes", "kg\nforged line\n"] {
        fs::write(&file, profile_of("x\nforged line\n", unit)).unwrap();
        let file = file.display().to_string();
        for command in [
            "diagnose",
            "top",
            "peek .",
            "tree",
            "traces",
            "tags",
            "info",
            "sizes",
            "breakdown",
        ] {
            let mut args: Vec<&str> = command.split(' ').collect();
            args.push(&file);
            let Some(shown) = on_terminal(&args, &[("NO_COLOR", "1")]) else {
                return;
            };
            let is_forged = |line: &str| line.trim() == "forged line";
            assert!(!shown.lines().any(is_forged), "{args:?}: {shown}");
        }
    }
}

#[test]
fn a_pipe_gets_the_bytes_of_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evil.pb.gz");
    fs::write(&file, profile_of(EVIL, "bytes")).unwrap();
    let run = kheap(&["top", &file.display().to_string()]);
    assert!(run.stdout.contains(&format!("Doc: {EVIL}\n")));
}

#[test]
fn a_message_is_one_line_without_control_characters() {
    let file = "no\nsuch\u{1b}[2Jfile";
    let expected = "error: cannot read no\\nsuch\\u001b[2Jfile: no such file; check the path\n";
    assert_eq!(kheap(&["top", file]).stderr, expected);
    if let Some(shown) = on_terminal(&["top", file], &[("NO_COLOR", "1")]) {
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_complaint_about_an_argument_shows_every_character_of_it() {
    let argument = "--no\u{202e}sense\u{200b}\u{ad}";
    let format = format!("--format={argument}");
    for args in [
        &["top", argument][..],
        &[argument],
        &["signatures", &format],
    ] {
        let run = kheap(args);
        assert_eq!(run.code, Some(2), "{args:?}");
        let is_seen = |c: char| is_harmless(c) && !['\u{200b}', '\u{ad}'].contains(&c);
        assert!(
            run.stderr.chars().all(is_seen),
            "{args:?}: {:?}",
            run.stderr
        );
        assert!(run.stderr.contains("\\u202e"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn a_complaint_brings_no_codes_of_an_argument_along() {
    // Complaints are painted; a colour of an argument would pass as one of them.
    let code = "\u{1b}[31mred\u{1b}[8mhidden";
    let (file, format) = (format!("./{code}"), format!("--format={code}"));
    let (size, unit) = (format!("--rss={code}"), format!("--csv={code}"));
    for args in [
        &[code][..],
        &[&format!("--{code}")],
        &["top", IDLE, &format],
        &["top", IDLE, &unit],
        &["memory", IDLE, &size],
        &["diagnose", IDLE, "--kube-version", code],
        &["diagnose", IDLE, "--fail-on", code],
        &["help", code],
        &["completions", code],
        &["man", code],
        &["flame", IDLE, "--width", code],
        &["top", &file],
        &[&file],
        &["signatures", code],
    ] {
        let Some(shown) = on_terminal(args, &[]) else {
            return;
        };
        let is_passed = ["\u{1b}[31mred", "\u{1b}[8m"].map(|code| shown.contains(code));
        assert_eq!(is_passed, [false; 2], "{args:?}: {shown:?}");
        let words = shown.split_whitespace().collect::<String>();
        let is_shown =
            |text: &str| text.contains("u001b[8mhidden") || text.contains("u{1b}[8mhidden");
        assert!(is_shown(&words), "{args:?}: {shown:?}");
        let piped = kheap(args).stderr;
        assert!(is_shown(&piped), "{args:?}: {piped:?}");
    }
}

#[test]
fn a_complaint_is_shorter_than_a_screen() {
    let long = "x".repeat(100_000);
    for args in [
        &[&*long][..],
        &[&format!("--{long}")],
        &["top", &format!("--format={long}")],
        &["memory", IDLE, &format!("--rss={long}")],
        &["top", IDLE, "--focus", &format!("({long}")],
        &["top", &long],
    ] {
        let run = kheap(args);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.len() < 2_000, "{}", run.stderr.len());
    }
}

#[test]
fn a_terminal_gets_colour_unless_it_is_refused() {
    let args = ["top", "--focus", "no such name", IDLE];
    let Some(shown) = on_terminal(&args, &[]) else {
        return;
    };
    assert!(shown.contains("\u{1b}[1m      flat  flat%"), "{shown:?}");
    assert!(shown.contains("\u{1b}[33mwarning:\u{1b}[0m"), "{shown:?}");
    for args in [&args[..], &["toop"], &["--help"], &["top", "no-such-file"]] {
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let shown = on_terminal(args, &[(name, value)]).unwrap();
            assert!(!shown.contains('\u{1b}'), "{args:?} {name}: {shown:?}");
        }
    }
}

#[test]
fn pipes_get_no_colour_even_where_it_is_forced() {
    let variables = [
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("CLICOLOR", "1"),
        ("CLICOLOR_FORCE", "1"),
    ];
    let words = ["toop", "--help", "top no-such-file", "top --focus nothing"];
    for words in words {
        let mut args: Vec<&str> = words.split(' ').collect();
        if words.contains("--focus") {
            args.push(IDLE);
        }
        let output = command(&args).envs(variables).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        assert!(!printed.is_empty() && !printed.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_pipe_gets_long_names_in_one_line() {
    let Run { stdout, .. } = kheap(&["top", IDLE]);
    let terminal = on_terminal(&["top", IDLE], &[("NO_COLOR", "1")]);
    let Some(terminal) = terminal else { return };
    assert!(terminal.lines().count() > stdout.lines().count());
    assert_eq!(
        terminal.replace(['\n', ' '], ""),
        stdout.replace(['\n', ' '], "")
    );
}
