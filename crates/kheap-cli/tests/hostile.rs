//! Shapes of input that ask for more than they are: names that stand in every stack,
//! folders that are anybody's, results that would replace what was read.
#![expect(clippy::print_stdout, reason = "figures that `--nocapture` shows")]

mod common;
#[path = "../../kheap/tests/common/growth.rs"]
mod growth;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Run, command, kheap};
use growth::{Clock, check_from};
use kheap::ProfileBuilder;

const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";

/// How long the names are that stand in every stack, how many, and in how many stacks.
const NAME_BYTES: usize = 980;
const NAMES: usize = 420;

fn text(path: &Path) -> &str {
    path.to_str().expect("it is text")
}

/// A folder with a profile of a few kilobytes, all of whose stacks have all of its long
/// names.
fn product() -> (tempfile::TempDir, PathBuf) {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let long = "a".repeat(NAME_BYTES);
    let frames = (0..NAMES).map(|number| {
        let function = builder.function(&format!("main.{long}{number}"), "main.go");
        builder.location(None, number as u64 + 1, &[(function, 1)])
    });
    let mut frames: Vec<_> = frames.collect();
    for number in 0..NAMES {
        frames.rotate_left(1);
        let added = builder.sample(&frames, &[number as i64 + 1], &[]);
        added.expect("one value");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("product.pb.gz");
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("it can be written");
    fs::write(&file, bytes).expect("it can be written");
    (folder, file)
}

#[test]
fn a_result_has_a_bound_by_the_size_of_the_profile() {
    let (folder, file) = product();
    let output = folder.path().join("result");
    for words in [
        &["flame", "--format", "folded"][..],
        &["flame", "--format", "json"],
        &["traces"],
        &["traces", "--format", "json"],
        &["traces", "--format", "csv"],
    ] {
        let run = kheap(&[words, &[text(&file), "-o", text(&output)]].concat());
        let note = match words[0] {
            "flame" => {
                "note: stacks have too many different frames; callees of some are left out\n"
            }
            _ => "",
        };
        let expected = format!(
            "{note}error: cannot write {}: the result is more than 100 times as large as the \
             profile, because its names are long and stand in many stacks; show less of it with \
             --focus\n",
            output.display()
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected), "{words:?}");
        assert!(!output.exists(), "{words:?}");
    }
}

#[test]
fn rows_that_share_long_names_have_the_same_bound() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let long = "a".repeat(NAME_BYTES);
    let function = builder.function(&format!("main.{long}"), &format!("/{long}"));
    for line in 1..=50_000 {
        let location = builder.location(None, line as u64, &[(function, line)]);
        let added = builder.sample(&[location], &[512], &[]);
        added.expect("one value");
    }
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("it can be written");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines.pb.gz");
    fs::write(&file, bytes).unwrap();
    let output = folder.path().join("result");
    let top = ["top", "--granularity", "lines", "--no-trim", "--count", "0"];
    let run = kheap(&[&top[..], &[text(&file), "-o", text(&output)]].concat());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr
            .contains(": the result is more than 100 times as large")
    );
    assert!(!output.exists());
}

#[test]
fn a_file_that_was_read_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("top.txt");
    let [rules, hard] = ["rules.toml", "hard.toml"].map(|name| folder.path().join(name));
    let top = kheap(&["top", IDLE]).stdout;
    fs::write(&table, &top).unwrap();
    fs::write(&rules, "").unwrap();
    fs::hard_link(&rules, &hard).unwrap();
    let check = |output: &Path, words: &[&str]| {
        let run = kheap(&[words, &["--force", "-o", text(output)]].concat());
        let expected = format!(
            "error: cannot write {}: it is an input of this command; name another file\n",
            output.display()
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected), "{words:?}");
    };
    check(&table, &["diagnose", text(&table)]);
    check(&rules, &["breakdown", IDLE, "--rules", text(&rules)]);
    check(&hard, &["breakdown", IDLE, "--rules", text(&rules)]);
    assert_eq!(fs::read_to_string(&table).unwrap(), top);
}

/// A Markdown report has a picture beside it, which may appear only where the report may.
#[test]
fn a_report_that_may_not_appear_replaces_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let [ticket, picture] = ["ticket.md", "ticket.svg"].map(|name| folder.path().join(name));
    fs::write(&picture, "<svg>old</svg>").unwrap();
    for (option, content) in [("--header", "words\n"), ("--with", "{}"), ("--rules", "")] {
        fs::write(&ticket, content).unwrap();
        let ticket = text(&ticket);
        let run = kheap(&["report", IDLE, option, ticket, "-o", ticket, "--force"]);
        let expected = format!(
            "error: cannot write {ticket}: it is an input of this command; name another file\n"
        );
        assert_eq!(run.code, Some(2), "{option}: {}", run.stderr);
        assert!(run.stderr.ends_with(&expected), "{option}: {}", run.stderr);
        assert_eq!(fs::read_to_string(&picture).unwrap(), "<svg>old</svg>");
        assert_eq!(fs::read_to_string(ticket).unwrap(), content);
    }
    fs::write(&ticket, "").unwrap();
    let run = kheap(&["report", IDLE, "-o", text(&ticket), "--force"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_ne!(fs::read_to_string(&picture).unwrap(), "<svg>old</svg>");
}

#[test]
fn a_bare_profile_in_any_order_of_fields_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap.pb");
    // The string table first: an empty string, "inuse_space" and "bytes".
    let mut bytes = b"\x32\x00\x32\x0binuse_space\x32\x05bytes".to_vec();
    bytes.extend(b"\x0a\x04\x08\x01\x10\x02");
    fs::write(&file, &bytes).unwrap();
    assert_eq!(kheap(&["info", text(&file)]).code, Some(0));
    let run = kheap(&["top", IDLE, "--force", "-o", text(&file)]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn an_archive_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dumps.tar");
    let mut archive = tar::Builder::new(fs::File::create(&file).unwrap());
    let dump = common::project().join(IDLE);
    archive.append_path_with_name(dump, "heap.pb.gz").unwrap();
    archive.finish().unwrap();
    let before = fs::read(&file).unwrap();
    let run = kheap(&["top", IDLE, "--force", "-o", text(&file)]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("it is an archive"), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_cell_is_a_formula_for_programs_alone() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let function = builder.function("=1+1", "main.go");
    let location = builder.location(None, 1, &[(function, 1)]);
    builder.sample(&[location], &[-7], &[]).unwrap();
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).unwrap();
    let rows = |words: &[&str]| {
        let words = [&["top", "-"], words].concat();
        let run = common::kheap_with_input(&words, &bytes);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let safe = "name,flat,cum,inline\n'=1+1,-7,-7,none\n";
    assert_eq!(rows(&["--format", "csv"]), safe);
    assert_eq!(rows(&["--csv", "safe"]), safe);
    let raw = "name,flat,cum,inline\n=1+1,-7,-7,none\n";
    assert_eq!(rows(&["--csv", "raw"]), raw);
    assert_eq!(rows(&["--csv", "raw", "--format", "csv"]), raw);
    let run = kheap(&["top", IDLE, "--csv", "raw", "--format", "json"]);
    let expected = "error: --csv has no effect with this --format; it is for CSV\n";
    assert_eq!((run.code, &*run.stderr), (Some(2), expected));
}

/// To look at the name of each function takes 64 times as long for 8 times as many
/// functions, whose name is 8 times as long.
#[test]
fn a_name_of_many_functions_is_looked_through_once() {
    // It takes a microsecond for each byte of a name.
    const EXPRESSION: &str = "(?:.{0,40}x){0,3}List.{0,50}";
    const FUNCTIONS_A_BYTE: u64 = 50;
    check_from(122, |length| {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let name = format!("main.{}", "n".repeat(length));
        for number in 0..FUNCTIONS_A_BYTE * length as u64 {
            let function = builder.function(&name, &format!("f{number}.go"));
            let location = builder.location(None, number, &[(function, 1)]);
            builder.sample(&[location], &[512], &[]).unwrap();
        }
        let mut bytes = Vec::new();
        kheap::encode(&builder.finish(), &mut bytes).unwrap();
        let mut clock = Clock::start();
        for option in [
            "--ignore",
            "--hide",
            "--prune-from",
            "--show-from",
            "--focus",
        ] {
            let run = common::kheap_with_input(&["top", "-", option, EXPRESSION], &bytes);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            clock.lap(option);
        }
        clock.laps
    });
}

/// Signatures whose only expression is this one, used on a profile of long names.
fn with_expression(expression: &str) -> Run {
    let (folder, file) = product();
    let signatures = folder.path().join("signatures");
    fs::create_dir(&signatures).expect("it can be written");
    let signature = format!(
        "id = 'slow'\ntitle = 'Slow'\nabout = 'It is.'\nremedy = ['Wait.']\n\
         sources = ['https://example.com']\nselect.all = {{ any = ['{expression}'] }}\n\
         require = [{{ share = 'all', at_least = 0.5 }}]\n"
    );
    fs::write(signatures.join("slow.toml"), signature).expect("it can be written");
    kheap(&["diagnose", text(&file), "--signatures", text(&signatures)])
}

#[test]
fn an_expression_with_states_without_end_is_refused() {
    let optional = "x?".repeat(700);
    for expression in ["[a-x]{1,4000}Z", "(?:.{0,90}x){0,40}Z", &optional] {
        let run = with_expression(expression);
        assert_eq!(run.code, Some(2), "{expression}: {}", run.stdout);
        assert!(run.stderr.contains("the expressions of slow are too large"));
    }
}

/// To compile an expression of 8 times as many repetitions takes 64 times as long.
#[test]
fn expressions_of_a_signature_are_not_compiled_before_they_are_known_to_be_small() {
    let folder = tempfile::tempdir().expect("there is room");
    let refuse = |expression: &str| {
        let expressions: Vec<String> = (0..1_000).map(|n| format!("{expression}{n}")).collect();
        let signature = format!(
            "id = 'slow'\ntitle = 'Slow'\nabout = 'It is.'\nremedy = ['Wait.']\n\
             sources = ['https://example.com']\nselect.all = {{ any = {expressions:?} }}\n\
             require = [{{ share = 'all', at_least = 0.5 }}]\n"
        );
        fs::write(folder.path().join("slow.toml"), signature).expect("it can be written");
        let run = kheap(&["signatures", "--signatures", text(folder.path())]);
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        assert!(
            run.stderr
                .ends_with(": the expressions of slow are too large\n"),
            "{}",
            run.stderr
        );
    };
    check_from(30, |times| {
        let mut clock = Clock::start();
        refuse(&format!("(?:[a-z]{{{times}}}){{{times}}}"));
        clock.lap("repetitions of repetitions");
        refuse(&"x?".repeat(times));
        clock.lap("optional letters");
        clock.laps
    });
}

/// To compile the expressions of 8 times as many profiles, each 8 times as long, takes 64
/// times as long.
#[test]
fn an_expression_of_each_of_many_profiles_takes_little_time() {
    check_from(5, |profiles| {
        let folder = tempfile::tempdir().expect("there is room");
        for number in 0..profiles as i64 {
            let mut builder = common::heap_builder();
            let function = builder.function("main.load", "main.go");
            let location = builder.location(None, 1, &[(function, 1)]);
            builder.sample(&[location], &[1, 512, 1, 512], &[]).unwrap();
            builder.header().time_nanos = (1_700_000_000 + number * 60) * 1_000_000_000;
            let letters = if number % 2 == 0 { profiles * 45 } else { 50 };
            let drop = r"(?i)\pL|".repeat(letters);
            builder.header().drop_frames = builder.string(drop);
            let mut bytes = Vec::new();
            kheap::encode(&builder.finish(), &mut bytes).unwrap();
            fs::write(folder.path().join(format!("{number}.pb.gz")), bytes).unwrap();
        }
        let mut clock = Clock::start();
        let run = kheap(&["report", text(folder.path()), "--format", "markdown"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        clock.lap("report");
        clock.laps
    });
}

#[test]
fn a_filter_with_states_without_end_is_refused() {
    let expression = "(?:[a-xZ]{0,60}[ace]){40}Z9";
    for option in [
        "--focus",
        "--hide",
        "--show-from",
        "--prune-from",
        "--ignore",
    ] {
        let run = kheap(&["top", IDLE, option, expression]);
        let expected = format!(
            "error: cannot use {option}: invalid regular expression {expression:?}: it has too \
             many states; shorten it, or repeat less in it\n"
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
    }
    // A comma parts the expressions of labels.
    let run = kheap(&["top", IDLE, "--tag-focus", "x.{400}y"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let run = kheap(&["peek", expression, IDLE]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn a_filter_without_end_is_refused() {
    let expression = "x".repeat(17_000);
    let expected = "it has 17000 bytes, more than 16384; shorten it\n";
    for words in [
        &["top", IDLE, "--focus", &expression][..],
        &["top", IDLE, "--tag-focus", &expression],
        &["peek", &expression, IDLE],
    ] {
        let run = kheap(words);
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        assert!(run.stderr.ends_with(expected), "{}", run.stderr);
    }
}

/// What a command says of a profile.
fn said_of(builder: ProfileBuilder, words: &[&str]) -> Run {
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("a profile");
    common::kheap_with_input(&[words, &["-"]].concat(), &bytes)
}

#[test]
fn an_expression_without_end_that_a_profile_brings_along_is_left_out() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let function = builder.function("main.load", "main.go");
    let location = builder.location(None, 1, &[(function, 1)]);
    builder.sample(&[location], &[7], &[]).unwrap();
    builder.header().drop_frames = builder.string("x?".repeat(30_000));
    let run = said_of(builder, &["top"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("main.load"));
    let expected = "it has 60004 bytes, more than 16384";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
}

/// How a profile is refused whose names are written too often.
const NAMES_TOO_LONG: &str = "it repeats long names: ";

#[test]
fn a_comment_that_is_made_again_and_again_is_refused() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let comment = builder.string("c".repeat(990));
    builder.header().comments = vec![comment; 100_000];
    let run = said_of(builder, &["top"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains(NAMES_TOO_LONG), "{}", run.stderr);
}

#[test]
fn of_many_comments_the_first_are_shown() {
    for words in [&["top"][..], &["info"], &["breakdown"]] {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let comment = builder.string("again");
        builder.header().comments = vec![comment; 5000];
        let run = said_of(builder, words);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(run.stdout.matches("again").count(), 100, "{}", run.stdout);
        assert!(run.stdout.contains("(4900 more comments)"));
    }
}

#[test]
fn labels_that_name_something_long_each_are_refused() {
    const COUNT: usize = 400;
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let long = "k".repeat(985);
    let names: Vec<String> = (0..COUNT).map(|number| format!("{long}{number}")).collect();
    for number in 0..COUNT {
        let labels = (0..COUNT).map(|key| {
            let unit = &names[(key + number) % COUNT];
            builder.number_label(&names[key], 1, unit)
        });
        let labels: Vec<_> = labels.collect();
        builder.sample(&[], &[1], &labels).unwrap();
    }
    let run = said_of(builder, &["top"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains(NAMES_TOO_LONG), "{}", run.stderr);
}

#[test]
fn of_many_labels_in_several_units_the_first_are_named() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    for number in 0..5000 {
        let key = format!("key{number}");
        let labels = ["ms", "s"].map(|unit| builder.number_label(&key, 1, unit));
        builder.sample(&[], &[1], &labels).unwrap();
    }
    let run = said_of(builder, &["top"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 21, "{}", run.stderr);
    let last = "warning: 4980 more labels come in several units\n";
    assert!(run.stderr.ends_with(last), "{}", run.stderr);
}

#[test]
fn an_expression_that_a_profile_brings_along_has_few_states() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let name = "abcdexZ".repeat(20_000);
    let function = builder.function(&name, "main.go");
    let location = builder.location(None, 1, &[(function, 1)]);
    builder.sample(&[location], &[7], &[]).unwrap();
    let drop = builder.string("(?:[a-xZ]{0,60}[ace]){0,40}Z9");
    builder.header().drop_frames = drop;
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).unwrap();
    let run = common::kheap_with_input(&["top", "-"], &bytes);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("it has too many states"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains(&name));
}

#[test]
fn classes_of_characters_that_take_long_to_read_are_refused() {
    let wide = r"(?i)[a-\x{10ffff}]".repeat(900);
    let many = format!("(?i){}", r"\pL|".repeat(3_900));
    for expression in [&wide, &many] {
        let run = kheap(&["top", IDLE, "--focus", expression]);
        let expected = "its classes have too many characters; name fewer, or leave (?i) out\n";
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        assert!(run.stderr.ends_with(expected), "{}", run.stderr);

        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let function = builder.function("main.load", "main.go");
        let location = builder.location(None, 1, &[(function, 1)]);
        builder.sample(&[location], &[7], &[]).unwrap();
        builder.header().drop_frames = builder.string(expression);
        let run = said_of(builder, &["top"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(expected.trim_end()), "{}", run.stderr);
        assert!(with_expression(expression).code == Some(2));
    }
}

#[test]
fn a_folder_has_no_more_signatures_than_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1001 {
        fs::write(folder.path().join(format!("s{number}.toml")), "").unwrap();
    }
    let run = kheap(&["signatures", "--signatures", text(folder.path())]);
    let expected = format!(
        "error: 1001 signatures in {} are more than 1000; move some elsewhere\n",
        folder.path().display()
    );
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn an_argument_need_not_be_text() {
        let folder = tempfile::tempdir().unwrap();
        let mut name = OsString::from(folder.path());
        name.push(OsStr::from_bytes(b"/heap\xff.pb.gz"));
        fs::copy(common::project().join(IDLE), &name).unwrap();
        let mut run = command(&["report", "--format", "markdown"]);
        let output = run.arg(&name).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""));
        assert!(String::from_utf8_lossy(&output.stdout).contains("heap\u{fffd}.pb.gz"));
    }

    #[test]
    fn an_argument_that_has_to_be_text_is_named() {
        let check = |words: &[&[u8]], expected: &str| {
            let words = words.iter().map(|word| OsStr::from_bytes(word));
            let output = command(&["top"]).args(words).output().unwrap();
            let hint = "hint: `kheap top --help` lists the options\n";
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(stderr, format!("error: {expected}\n{hint}"));
            assert_eq!(output.status.code(), Some(2));
        };
        let value = "invalid value '\u{fffd}' for '--focus': it is not valid UTF-8";
        check(&[b"--focus", b"\xff", b"x"], value);
        check(&[b"heap\xff.pb", b"--focus", b"\xff"], value);
        let whole = "invalid argument '--focus=\u{fffd}': it is not valid UTF-8";
        check(&[b"--focus=\xff", b"x"], whole);
    }

    #[test]
    fn of_a_folder_that_is_anybodys_dumps_are_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.pb.gz", "b.pb.gz"] {
            fs::copy(common::project().join(IDLE), path(name)).unwrap();
        }
        symlink("/dev/zero", path("device.pb.gz")).unwrap();
        symlink(folder.path(), path("circle")).unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(path("a-pipe.pb.gz"))
            .status();
        let has_pipe = pipe.is_ok_and(|status| status.success());
        symlink("/proc/kmsg", path("kernel.pb.gz")).unwrap();
        // More levels than a path may have characters.
        let mut deep = path("deep");
        fs::create_dir(&deep).unwrap();
        while deep.as_os_str().len() < 3_900 {
            deep.push("a-folder-in-a-folder");
            fs::create_dir(&deep).unwrap();
        }
        let locked = path("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        let run = kheap(&["series", text(folder.path())]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("left out, never opened: "),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr
                .contains("device.pb.gz (it is not a regular file)")
        );
        // A pipe would never end, and each dump would be met again in a circle.
        assert!(
            !has_pipe
                || run
                    .stderr
                    .contains("a-pipe.pb.gz (it is not a regular file)")
        );
        assert!(run.stdout.contains("The 2 dumps"), "{}", run.stdout);
        assert!(run.stderr.len() < 4_000, "{}", run.stderr.len());
    }

    #[test]
    fn links_to_the_kernel_and_to_nothing_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.pb.gz", "b.pb.gz"] {
            fs::copy(common::project().join(IDLE), path(name)).unwrap();
        }
        // Files that say they have 4,096 bytes, one behind another link.
        symlink(
            "/sys/kernel/mm/transparent_hugepage/enabled",
            path("c.pb.gz"),
        )
        .unwrap();
        symlink(path("c.pb.gz"), path("d.pb.gz")).unwrap();
        symlink("/nowhere", path("e.pb.gz")).unwrap();
        let run = kheap(&["series", text(folder.path())]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let kernel = match Path::new("/sys/kernel/mm/transparent_hugepage/enabled").exists() {
            true => "it is a link to a file of the kernel",
            false => "it is a link to nothing",
        };
        let [c, d, e] = ["c.pb.gz", "d.pb.gz", "e.pb.gz"].map(path);
        let expected = format!(
            "note: 3 left out, never opened: {} ({kernel}), {} ({kernel}), {} (it is a link to \
             nothing)\n",
            c.display(),
            d.display(),
            e.display()
        );
        assert_eq!(run.stderr, expected);
        let run = kheap(&["top", text(&e)]);
        let expected = format!(
            "error: cannot read {}: it is a link to nothing; name a file\n",
            e.display()
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_of_the_kernel_is_not_looked_into() {
        for folder in ["/proc", "/proc/self", "/sys"] {
            let run = kheap(&["series", folder]);
            let expected = format!(
                "error: cannot read {folder}: it is of the kernel; name a folder of dumps\n"
            );
            assert_eq!((run.code, run.stderr), (Some(2), expected));
        }
    }

    #[test]
    fn a_signature_that_is_a_link_to_the_kernel_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kernel.toml");
        symlink("/proc/self/status", &file).unwrap();
        let run = kheap(&["signatures", "--signatures", text(folder.path())]);
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        let expected = ": it is a link to a file of the kernel; name another file\n";
        assert!(run.stderr.ends_with(expected) || !Path::new("/proc/self/status").exists());
    }

    #[test]
    fn a_file_that_standard_input_reads_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("top.txt");
        let top = kheap(&["top", IDLE]).stdout;
        fs::write(&table, &top).unwrap();
        let mut run = command(&["diagnose", "-", "--force", "-o", text(&table)]);
        let output = run.stdin(fs::File::open(&table).unwrap()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        let expected = "it is an input of this command; name another file";
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(fs::read_to_string(&table).unwrap(), top);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heap.pb.gz");
        fs::copy(common::project().join(IDLE), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o200)).unwrap();
        if fs::File::open(&file).is_ok() {
            return common::skip("root reads all files");
        }
        let run = kheap(&["top", IDLE, "--force", "-o", text(&file)]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        let expected = "it cannot be read and may be a heap profile; remove it first";
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }

    /// A shell would run names of the profile as lines of a script.
    #[test]
    fn a_program_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [copy, script] = ["copy", "script"].map(|name| folder.path().join(name));
        common::copy_program(&copy);
        fs::write(&script, "#!/bin/sh\n").unwrap();
        let check = |program: &str, target: &str, reason: &str| {
            let mut run = std::process::Command::new(program);
            run.args(["top", IDLE, "--force", "-o", target]);
            let output = run.current_dir(common::project()).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(stderr, format!("error: cannot write {target}: {reason}\n"));
            assert_eq!(output.status.code(), Some(2));
        };
        let own = "it is this program; name another file";
        // Other systems have no such name.
        if Path::new("/proc/self/exe").exists() {
            check(text(&copy), "/proc/self/exe", own);
        }
        check(text(&copy), text(&copy), own);
        for other in [&copy, &script] {
            let reason = "it looks like a program; remove it first";
            check(env!("CARGO_BIN_EXE_kheap"), text(other), reason);
        }
        // Binaries of macOS, of one kind of processor or of several, in both orders of bytes.
        let magics = [0xfeed_face_u32, 0xfeed_facf, 0xcafe_babe, 0xcafe_babf];
        let other = folder.path().join("other");
        for bytes in magics
            .iter()
            .flat_map(|magic| [magic.to_be_bytes(), magic.to_le_bytes()])
        {
            fs::write(&other, bytes).unwrap();
            let reason = "it looks like a program; remove it first";
            check(env!("CARGO_BIN_EXE_kheap"), text(&other), reason);
            assert_eq!(fs::read(&other).unwrap(), bytes);
        }
        assert_eq!(fs::read_to_string(&script).unwrap(), "#!/bin/sh\n");
        let bytes = |path: &Path| fs::metadata(path).unwrap().len();
        assert_eq!(bytes(&copy), bytes(Path::new(env!("CARGO_BIN_EXE_kheap"))));
    }

    #[test]
    fn a_file_of_the_kernel_is_no_output() {
        // To read it can wait for ever.
        if !Path::new("/proc/kmsg").exists() {
            return common::skip("no /proc/kmsg");
        }
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/proc/kmsg", &link).unwrap();
        for target in ["/proc/kmsg", text(&link)] {
            let run = kheap(&["top", IDLE, "--force", "-o", target]);
            let expected = format!(
                "error: cannot write {target}: it is a file of the kernel; name another file\n"
            );
            assert_eq!((run.code, run.stderr), (Some(2), expected));
        }
    }

    #[test]
    fn a_report_of_which_one_file_cannot_be_replaced_replaces_none() {
        const FILES: [&str; 4] = ["r.md", "r.svg", "r.diff.svg", "r.growth.svg"];
        let folder = tempfile::tempdir().unwrap();
        let files = FILES.map(|name| folder.path().join(name));
        let chattr = |flag: &str, file: &Path| {
            let done = std::process::Command::new("chattr")
                .args([flag, text(file)])
                .output();
            done.is_ok_and(|output| output.status.success())
        };
        let dumps =
            ["00", "09"].map(|at| format!("testdata/dumps/v1.20/series-configmaps/{at}.pb.gz"));
        for fixed in &files[..3] {
            files
                .iter()
                .for_each(|file| fs::write(file, "old").unwrap());
            if !chattr("+i", fixed) {
                return common::skip("no chattr, or not for this user");
            }
            let run = kheap(&[
                "report",
                &dumps[0],
                &dumps[1],
                "--force",
                "-o",
                text(&files[0]),
            ]);
            assert!(chattr("-i", fixed));
            assert_eq!(run.code, Some(2), "{}", run.stderr);
            let expected = format!("error: cannot write {}: ", fixed.display());
            assert!(run.stderr.contains(&expected), "{}", run.stderr);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FILES.len());
            for file in &files {
                assert_eq!(fs::read_to_string(file).unwrap(), "old");
            }
        }
    }

    #[test]
    fn new_content_does_not_run_as_somebody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("top.txt");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o6755)).unwrap();
        let run = kheap(&["top", IDLE, "--force", "-o", text(&file)]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o644);
    }

    #[test]
    fn any_number_of_threads_may_be_asked_for() {
        for threads in ["1000000000", "1", "0", "many"] {
            let mut run = command(&["series", "testdata/dumps/v1.20/series-configmaps"]);
            let output = run.env("RAYON_NUM_THREADS", threads).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{threads}");
        }
    }

    /// What ends in a zone, within half a minute: all that shows a time or asks for today.
    #[track_caller]
    fn check_zone(zone: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = folder.path().join("kheap.toml");
        let known = "[[suppress]]\nid = 'list-from-etcd'\nreason = 'r'\nuntil = 2099-12-31\n";
        fs::write(&settings, known).expect("it is written");
        let settings = format!("--config={}", text(&settings));
        for args in [
            &["info", IDLE][..],
            &["config", &settings],
            &["diagnose", IDLE, &settings],
            &["compare", IDLE, IDLE],
        ] {
            let mut run = command(args);
            let run = run.env("TZ", zone).stderr(Stdio::null());
            let mut child = run.stdout(Stdio::piped()).spawn().expect("it starts");
            let end = (0..600).find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(50));
                child.try_wait().expect("it is a child")
            });
            let _ = child.kill();
            let stdout = child.wait_with_output().expect("it ends").stdout;
            assert_eq!(end.and_then(|status| status.code()), Some(0), "{args:?}");
            let stdout = String::from_utf8_lossy(&stdout);
            assert_eq!(stdout, kheap(args).stdout, "{args:?}");
        }
    }

    #[test]
    fn a_zone_without_end_is_no_zone() {
        check_zone(":/dev/zero");
        check_zone(":/proc/kmsg");
    }

    #[test]
    fn a_zone_that_is_a_pipe_is_no_zone() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            return common::skip("no mkfifo");
        }
        // It would wait for whoever writes into the pipe.
        check_zone(&format!(":{}", pipe.display()));
    }

    #[test]
    fn help_that_cannot_be_written_is_an_error() {
        let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
            return common::skip("no /dev/full");
        };
        let full = Stdio::from(full);
        let status = command(&["--help"])
            .stdout(full)
            .stderr(Stdio::null())
            .status();
        assert_eq!(status.unwrap().code(), Some(2));
    }

    #[test]
    fn a_closed_output_is_an_error() {
        let run = |words: &str| {
            let mut shell = std::process::Command::new("sh");
            let program = env!("CARGO_BIN_EXE_kheap");
            let line = format!("exec '{program}' {words} >&-");
            let shell = shell.args(["-c", &line]).current_dir(common::project());
            shell.output().unwrap()
        };
        let closed = "cannot write standard output: it is closed; redirect it to a file";
        let series = "testdata/dumps/v1.20/series-configmaps";
        for words in [
            "top DUMP",
            "top DUMP -o -",
            "top DUMP -o /dev/stdout",
            "tree DUMP",
            "peek . DUMP",
            "traces DUMP --format json",
            "tags DUMP --csv raw",
            "sizes DUMP",
            "info DUMP",
            "diagnose DUMP",
            "breakdown DUMP",
            "memory DUMP --rss 1GB",
            "lifetimes DUMP",
            "compare DUMP DUMP",
            &format!("series {series}"),
            "flame DUMP",
            "flame DUMP --format folded",
            "graph DUMP",
            "report DUMP --format markdown",
            "open DUMP --no-browser",
            "signatures",
            "completions bash",
            "man",
            "--help",
            "top --help",
            "--version",
        ] {
            let output = run(&words.replace("DUMP", IDLE));
            let stderr = String::from_utf8_lossy(&output.stderr);
            let expected = format!("error: {closed}\n");
            assert_eq!(
                (output.status.code(), &*stderr),
                (Some(2), &*expected),
                "{words}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let copies = folder.path().join("copies");
        let output = run(&format!("redact {IDLE} -o {}", copies.display()));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*stderr),
            (Some(2), &*format!("error: {closed}\n"))
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("top.txt");
        let output = run(&format!("top {IDLE} -o {}", file.display()));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            kheap(&["top", IDLE]).stdout
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_output_that_is_open_for_reading_is_an_error() {
        let expected = "error: cannot write standard output: it is open for reading only; \
                        redirect it with >\n";
        for words in [
            &["top", IDLE][..],
            &["report", IDLE, "--format", "markdown"],
            &["completions", "bash"],
            &["--help"],
            &["--version"],
        ] {
            let null = fs::File::open("/dev/null").unwrap();
            let output = command(words).stdout(null).stderr(Stdio::piped()).output();
            let output = output.unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!((output.status.code(), &*stderr), (Some(2), expected));
        }
    }

    #[test]
    fn an_output_into_nothing_is_none_that_is_closed() {
        let null = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/null");
        let status = command(&["top", IDLE]).stdout(null.unwrap()).status();
        assert_eq!(status.unwrap().code(), Some(0));
    }

    #[test]
    fn a_dump_is_not_written_into_through_a_descriptor() {
        let folder = tempfile::tempdir().unwrap();
        let (dump, rules) = (
            folder.path().join("a.pb.gz"),
            folder.path().join("rules.toml"),
        );
        fs::copy(common::project().join(IDLE), &dump).unwrap();
        fs::write(&rules, "# none\n").unwrap();
        let program = env!("CARGO_BIN_EXE_kheap");
        let check = |file: &Path, words: &str, expected: &str| {
            let before = fs::read(file).unwrap();
            let line = format!("exec 5<>'{}'; exec '{program}' {words}", file.display());
            let mut shell = std::process::Command::new("sh");
            let run = shell.args(["-c", &line]).current_dir(common::project());
            let output = run.output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{stderr}");
            assert!(stderr.contains(expected), "{stderr}");
            assert_eq!(fs::read(file).unwrap(), before);
        };
        for place in ["/proc/self/fd/5", "/dev/fd/5"] {
            let words = format!("top {IDLE} -o {place}");
            check(
                &dump,
                &words,
                "it looks like a heap profile; name another file",
            );
            let words = format!("breakdown {IDLE} --rules {} -o {place}", rules.display());
            check(
                &rules,
                &words,
                "it is an input of this command; name another file",
            );
        }
    }

    #[test]
    fn without_threads_a_bundle_is_read_as_with_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("kheap");
        common::copy_program(&program);
        let bundle = folder.path().join("bundle");
        fs::create_dir(&bundle).unwrap();
        let testdata = common::project().join("testdata/bundles/01-one-bad-of-three");
        for entry in fs::read_dir(testdata).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, bundle.join(path.file_name().unwrap())).unwrap();
        }
        let alone = |words: &str| {
            let mut shell = std::process::Command::new("setpriv");
            shell.args([
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "sh",
                "-c",
            ]);
            shell.arg(format!("ulimit -u 1; exec ./kheap {words}"));
            shell.current_dir(folder.path()).env("TZ", "UTC").output()
        };
        if !alone("--version").is_ok_and(|output| output.status.success()) {
            return common::skip("no right to become nobody");
        }
        let output = alone("diagnose bundle").unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let mut run = std::process::Command::new(&program);
        let run = run
            .args(["diagnose", "bundle"])
            .current_dir(folder.path())
            .env("TZ", "UTC");
        let expected = run.output().unwrap().stdout;
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&expected)
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn with_little_room_for_addresses_no_thread_is_started() {
        let bundle = "testdata/bundles/01-one-bad-of-three";
        let run = |kilobytes: u64, words: &str| {
            let program = env!("CARGO_BIN_EXE_kheap");
            let line = format!("ulimit -v {kilobytes} && exec '{program}' {words}");
            let mut shell = std::process::Command::new("sh");
            let shell = shell.args(["-c", &line]).current_dir(common::project());
            shell.env("TZ", "UTC").output().unwrap()
        };
        let series = "testdata/dumps/v1.20/series-configmaps";
        for words in [
            format!("diagnose {bundle}"),
            format!("series {series}"),
            format!("top {bundle}/heap.pb.gz"),
            format!("report {series} --format markdown"),
        ] {
            let expected = kheap(&words.split(' ').collect::<Vec<_>>()).stdout;
            // A thread of its own reserves up to 128 MiB, wherever the limit is.
            for kilobytes in (160_000..=400_000).step_by(30_000) {
                let output = run(kilobytes, &words);
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(
                    output.status.code(),
                    Some(0),
                    "{kilobytes} {words}: {stderr}"
                );
                assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn many_small_files_beside_a_dump_take_little_memory() {
        let folder = tempfile::tempdir().unwrap();
        let dump = common::project().join(IDLE);
        fs::copy(dump, folder.path().join("heap.pb.gz")).unwrap();
        let goroutines = "goroutine 1 [select]:\nmain.f(0x1)\n\t/a/f.go:1 +0x1\n";
        for number in 0..5000 {
            let file = folder.path().join(format!("{number}.txt"));
            fs::write(file, goroutines).unwrap();
        }
        let mut shell = std::process::Command::new("sh");
        // A table of each file with each other one takes 200 MB.
        let line = format!(
            "ulimit -v 240000 && exec '{}' diagnose --rss 4GB .",
            env!("CARGO_BIN_EXE_kheap")
        );
        let shell = shell.args(["-c", &line]).current_dir(folder.path());
        let output = shell.env("RAYON_NUM_THREADS", "1").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
    }

    #[test]
    fn folders_are_looked_into_to_some_level() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.pb.gz", "b.pb.gz"] {
            fs::copy(common::project().join(IDLE), folder.path().join(name)).unwrap();
        }
        fs::create_dir_all(folder.path().join("d/".repeat(100))).unwrap();
        let run = kheap(&["series", text(folder.path())]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let expected = "1 left out, never opened: ";
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(
            run.stderr.contains("(it lies below 64 folders)"),
            "{}",
            run.stderr
        );
    }

    #[test]
    fn a_file_alone_need_not_be_text_either() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(b"heap\xff");
        fs::copy(common::project().join(IDLE), folder.path().join(name)).unwrap();
        let mut run = command(&[]);
        let output = run.arg(name).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}
