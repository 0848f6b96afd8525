//! `kheap.toml`: what it gives to which command, what it suppresses, and what it cannot do.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{command, project};
use tempfile::TempDir;

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";

/// A folder to work in.
struct Folder(TempDir);

impl Folder {
    fn new(settings: &str) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        folder.write("kheap.toml", settings);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
        fs::write(file, text).expect("it can be written");
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        self.run_as(args, &self.path().join("nobody"))
    }

    /// As a user whose settings are in a folder.
    fn run_as(&self, args: &[&str], user: &Path) -> (Option<i32>, String, String) {
        let mut command = command(args);
        command.current_dir(self.path());
        command.env("XDG_CONFIG_HOME", user).env("APPDATA", user);
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (status.code(), text(stdout), text(stderr))
    }
}

fn storm() -> String {
    let file: PathBuf = project().join(STORM);
    file.display().to_string()
}

/// Settings that suppress a finding until a day.
fn suppress(id: &str, more: &str, until: &str) -> String {
    format!("[[suppress]]\nid = {id:?}\nreason = \"it is known\"\nuntil = {until}\n{more}\n")
}

#[track_caller]
fn check_error(settings: &str, message: &str) {
    let folder = Folder::new(settings);
    let (code, stdout, stderr) = folder.run(&["top", &storm()]);
    assert_eq!(stderr, format!("error: ./kheap.toml:{message}\n"));
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_key_is_the_default_of_an_option_and_the_command_line_wins() {
    let folder = Folder::new("focus = 'Unmarshal'\nlimit = '16GiB'\n");
    let file = storm();
    let top = |args: &[&str]| folder.run(&[&["top", "--count", "3", &file], args].concat());
    let (_, with_file, note) = top(&[]);
    let (_, typed, none) = top(&["--no-config", "--focus", "Unmarshal"]);
    assert_eq!(with_file, typed);
    assert_eq!(
        (note.as_str(), none.as_str()),
        ("note: uses ./kheap.toml (focus)\n", "")
    );
    let (_, other, none) = top(&["--focus", "Dispatch"]);
    assert_eq!(
        (other, none),
        (top(&["--no-config", "--focus=Dispatch"]).1, String::new())
    );
    let (_, all, _) = top(&["--focus", ""]);
    assert_eq!(all, top(&["--no-config"]).1);
}

#[test]
fn spellings_of_an_option_win_too() {
    let folder = Folder::new("limit = '5GB'\nshow-from = 'Dispatch'\n");
    let file = storm();
    for args in [
        ["memory", "--limit"],
        ["memory", "--cgroup-limit"],
        ["diagnose", "--cgroup-limit"],
    ] {
        let args = [&args[..], &["16GB", &file, "--rss", "6GB"]].concat();
        let (_, stdout, stderr) = folder.run(&args);
        assert!(
            stdout.contains("16GB") && !stdout.contains("5GB limit"),
            "{stdout}"
        );
        assert!(!stderr.contains("uses"), "{stderr}");
    }
    let (_, _, stderr) = folder.run(&["top", &file, "--show_from", "main"]);
    assert!(!stderr.contains("uses"), "{stderr}");
    let (_, stdout, stderr) = folder.run(&["memory", &file, "--rss", "6GB"]);
    assert!(stderr.contains("uses ./kheap.toml (limit)"), "{stderr}");
    assert!(stdout.contains("5GB"), "{stdout}");
}

#[test]
fn settings_do_not_count_as_options_that_have_no_effect() {
    let folder = Folder::new("limit = '16GB'\ngogc = 'off'\n");
    let file = storm();
    let args = ["diagnose", "--sample-type", "alloc_space", &file];
    let (_, _, stderr) = folder.run(&args);
    assert_eq!(stderr, "note: uses ./kheap.toml (gogc, limit)\n");
    let (_, _, stderr) = folder.run(&[&args[..], &["--limit", "4GB"]].concat());
    assert!(
        stderr.contains("note: --limit has no effect here"),
        "{stderr}"
    );
}

#[test]
fn the_working_folder_comes_before_the_user_and_a_named_file_before_both() {
    let folder = Folder::new("focus = 'here'\n");
    folder.write("user/kheap/kheap.toml", "focus = 'user'\n");
    folder.write("named.toml", "focus = 'named'\n");
    let user = folder.path().join("user");
    let focus = |args: &[&str]| {
        let (code, stdout, _) = folder.run_as(args, &user);
        assert_eq!(code, Some(0), "{stdout}");
        let line = stdout.lines().find(|line| line.starts_with("focus"));
        let words = line.map(|line| line.split_whitespace().skip(1));
        words.map(|words| words.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(focus(&["config"]).as_deref(), Some("here ./kheap.toml:1"));
    assert_eq!(
        focus(&["--config", "named.toml", "config"]).as_deref(),
        Some("named named.toml:1")
    );
    assert_eq!(
        focus(&["config", "--focus", "x"]).as_deref(),
        Some("x --focus")
    );
    assert_eq!(focus(&["config", "--no-config"]), None);
    fs::remove_file(folder.path().join("kheap.toml")).expect("it was there");
    let found = focus(&["config"]).expect("that of the user");
    assert!(
        found.starts_with("user ") && found.ends_with("kheap.toml:1"),
        "{found}"
    );
}

#[test]
fn an_option_before_a_file_is_one_of_diagnose() {
    let folder = Folder::new("nonsense = 1\n");
    let (code, stdout, stderr) = folder.run(&["--no-config", &storm()]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("Verdict: CRITICAL") || stdout.contains("Verdict: HIGH"));
}

/// It is about findings that are there, of other kinds.
#[test]
fn a_suppression_of_a_kind_that_no_finding_has_is_a_warning() {
    let file = storm();
    let folder = Folder::new(&suppress("list-from-etcd", "kind = 'Podd'", "2099-12-31"));
    for command in ["diagnose", "report"] {
        let output = ["--output", "report.html"];
        let output = if command == "report" {
            &output[..]
        } else {
            &[]
        };
        let (_, _, stderr) = folder.run(&[&[command, &file], output].concat());
        let warning = "warning: ./kheap.toml:1: the suppression of \"list-from-etcd\" for \"Podd\" \
                       matches nothing here; the findings are about ConfigMap; check the spelling of the kind";
        assert_eq!(stderr.matches(warning).count(), 1, "{command}: {stderr}");
    }
    // A signature that finds nothing here says nothing of its kinds.
    let absent = suppress("crd-openapi", "kind = 'Podd'", "2099-12-31");
    // These exist, but not in this dump.
    let known = ["Secret", "secret", "unknown", "custom resource"];
    let known =
        known.map(|kind| suppress("list-from-etcd", &format!("kind = '{kind}'"), "2099-12-31"));
    for settings in [&absent].into_iter().chain(&known) {
        let (_, _, stderr) = Folder::new(settings).run(&["diagnose", &file]);
        assert!(!stderr.contains("matches nothing"), "{stderr}");
    }
}

#[test]
fn a_kind_that_a_signature_of_the_user_names_is_known() {
    let settings = suppress("list-from-etcd", "kind = 'Tenant'", "2099-12-31");
    let folder = Folder::new(&(settings.clone() + "\n"));
    let warns = |folder: &Folder, more: &[&str]| {
        let (_, _, stderr) = folder.run(&[&["diagnose", &*storm()], more].concat());
        stderr.contains("matches nothing")
    };
    assert!(warns(&folder, &[]));
    folder.write(
        "own/tenants.toml",
        "id = 'tenants'\ntitle = 'Tenants'\nabout = 'Objects of tenants.'\n\
         sample_types = ['inuse_space']\nremedy = ['Delete them.']\n\
         sources = ['https://example.org']\n\
         require = [{ share = 'tenants', at_least = 0.05 }]\n\
         [select.tenants]\nkind = ['Tenant']\nany = ['example.org/tenants']\n",
    );
    assert!(!warns(&folder, &["--signatures", "own"]));
}

#[test]
fn a_command_that_uses_no_settings_takes_their_options_and_reads_no_file() {
    let folder = Folder::new("nonsense");
    for command in [&["man"][..], &["schema"], &["completions", "bash"]] {
        for options in [&["--config", "none.toml"][..], &["--no-config"], &[]] {
            let (code, _, stderr) = folder.run(&[command, options].concat());
            assert_eq!((code, stderr.as_str()), (Some(0), ""), "{command:?}");
        }
        let both = ["--no-config", "--config", "none.toml"];
        let (code, _, stderr) = folder.run(&[command, &both].concat());
        assert_eq!(code, Some(2), "{command:?}");
        assert!(stderr.contains("cannot be used with"), "{stderr}");
    }
}

#[test]
fn paths_are_relative_to_the_file() {
    let folder = Folder::new("");
    folder.write(
        "team/kheap.toml",
        "rules = 'own.toml'\nsignatures = 'known'\n",
    );
    let args = ["breakdown", "--config", "team/kheap.toml", &storm()];
    let (code, _, stderr) = folder.run(&args);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("error: team/kheap.toml:1: cannot read team/own.toml: no such file"),
        "{stderr}"
    );
    folder.write("team/own.toml", "");
    let (code, _, stderr) = folder.run(&args);
    assert_eq!(
        (code, stderr.as_str()),
        (Some(0), "note: uses team/kheap.toml (rules)\n")
    );
}

#[test]
fn a_suppressed_finding_is_one_line_and_fails_nothing() {
    let file = storm();
    let until = "2099-12-31";
    let folder = Folder::new(&suppress("list-from-etcd", "kind = 'ConfigMap'", until));
    let args = ["diagnose", &file, "--fail-on", "medium"];
    let (code, stdout, stderr) = folder.run(&args);
    assert_eq!(code, Some(1));
    let lines: Vec<&str> = stdout
        .lines()
        .filter(|line| line.contains("list-from-etcd"))
        .collect();
    assert_eq!(
        lines,
        ["suppressed: list-from-etcd (it is known, until 2099-12-31), 2.39GB of ConfigMap"]
    );
    assert!(
        stderr.starts_with("note: uses ./kheap.toml (1 suppression)\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("1 finding at medium or above: list-response-encoding (high)"),
        "{stderr}"
    );
    assert!(!stderr.contains("list-from-etcd"), "{stderr}");
    let [github, csv] = ["github", "csv"].map(|format| {
        let (_, stdout, _) = folder.run(&[&args[..], &["--format", format]].concat());
        let lines = stdout
            .lines()
            .filter(|line| line.contains("list-from-etcd"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(
        github,
        [
            "::notice title=kheap%3A suppressed::list-from-etcd (it is known, until 2099-12-31), \
             2.39GB of ConfigMap"
        ]
    );
    assert!(csv.is_empty(), "{csv:?}");

    let both = suppress("list-from-etcd", "", until)
        + &suppress("list-response-encoding", "", "'2099-12-31'");
    folder.write("kheap.toml", &both);
    let (code, stdout, _) = folder.run(&args);
    assert_eq!(code, Some(0), "{stdout}");
    let verdict = "Verdict: NO OPEN FINDING";
    let sentence = "No open finding, 2 suppressed (list-from-etcd, list-response-encoding).";
    let words = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(verdict) && words.contains(sentence),
        "{stdout}"
    );
    let (code, _, _) = folder.run(&["diagnose", &file, "--fail-on", "total>4GB"]);
    assert_eq!(code, Some(1), "a bound is about no finding");
}

#[test]
fn the_kind_of_a_suppression_may_be_in_small_letters() {
    let small = suppress("list-from-etcd", "kind = 'configmap'", "2099-12-31");
    let folder = Folder::new(&small);
    let (_, stdout, _) = folder.run(&["diagnose", &storm()]);
    assert!(stdout.contains("suppressed: list-from-etcd"), "{stdout}");
}

#[test]
fn a_suppression_of_another_kind_suppresses_nothing() {
    let folder = Folder::new(&suppress("list-from-etcd", "kind = 'Secret'", "2099-12-31"));
    let (_, stdout, _) = folder.run(&["diagnose", &storm()]);
    assert!(
        stdout.contains("[list-from-etcd]") && !stdout.contains("suppressed:"),
        "{stdout}"
    );
}

#[test]
fn an_expired_suppression_warns_and_has_no_effect() {
    let folder = Folder::new(&suppress("list-from-etcd", "", "2020-01-31"));
    let (code, stdout, stderr) = folder.run(&["diagnose", &storm(), "--fail-on", "high"]);
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("[list-from-etcd]") && !stdout.contains("suppressed:"),
        "{stdout}"
    );
    let warning = "warning: ./kheap.toml:1: the suppression of \"list-from-etcd\" expired on \
                   2020-01-31, so it has no effect; remove it, or set another day\n";
    assert!(stderr.starts_with(warning), "{stderr}");
}

#[test]
fn an_unknown_signature_is_a_warning() {
    let folder = Folder::new(&suppress("list-from-ectd", "", "2099-01-31"));
    let (code, _, stderr) = folder.run(&["diagnose", &storm()]);
    assert_eq!(code, Some(0));
    let warning = "warning: ./kheap.toml:1: suppresses the unknown signature \"list-from-ectd\"; \
                   `kheap signatures` lists them\n";
    assert!(stderr.ends_with(warning), "{stderr}");
}

#[test]
fn every_format_names_what_is_suppressed() {
    let reason = "reason = \"a | <b> [c](d)\"";
    let settings = suppress("list-from-etcd", "", "2099-12-31");
    let folder = Folder::new(&settings.replace("reason = \"it is known\"", reason));
    let file = storm();
    let (_, json, _) = folder.run(&["diagnose", "--format", "json", &file]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let one = &json["suppressed"][0];
    assert_eq!(one["id"], "list-from-etcd");
    assert_eq!(one["until"], "2099-12-31");
    assert_eq!(one["reason"], "a | <b> [c](d)");
    let ids = json["findings"].as_array().expect("findings").iter();
    assert!(ids.clone().count() > 0 && ids.clone().all(|one| one["id"] != "list-from-etcd"));
    let (_, markdown, _) = folder.run(&["diagnose", "--format", "markdown", &file]);
    assert!(
        markdown.contains("suppressed: list-from-etcd"),
        "{markdown}"
    );
    assert!(
        !markdown.contains("<b>") && !markdown.contains("[c](d)"),
        "{markdown}"
    );
    let (code, html, _) = folder.run(&["report", &file]);
    assert_eq!(code, Some(0));
    assert!(html.contains("suppressed: list-from-etcd") && !html.contains("<b> [c]"));
}

#[test]
fn what_is_wrong_with_a_file_is_one_line() {
    check_error(
        "# comment\nfokus = 'x'\n",
        "2: unknown key \"fokus\"; the keys are limit, gogc, kube-version, etcd-version, \
         signatures, rules, focus, ignore, hide, show, show-from, prune-from, tag-focus, \
         tag-ignore, suppress",
    );
    check_error(
        "[[suppress]]\nid = 'a'\nids = 'b'\n",
        "3: unknown key \"ids\"; the keys are id, kind, reason, until",
    );
    check_error(
        "\n[[suppress]]\nid = 'a'\nreason = 'b'\n",
        "2: a suppression needs \"until\"; add it",
    );
    check_error(
        &suppress("a", "", "'soon'"),
        "4: cannot use \"until\": write a day, such as 2026-12-31",
    );
    check_error(
        "limit = '5'\n",
        "1: cannot use \"limit\": no process is below 1MB; write the unit, such as 5GB or 500MB",
    );
    check_error(
        "limit = 5000000000\n",
        "1: cannot use \"limit\": the value is not a text; put it in quotes",
    );
    check_error(
        "suppress = 'a'\n",
        "1: cannot use \"suppress\": write [[suppress]] for each finding",
    );
    for (settings, begin) in [
        (
            "\nfocus = '('\n",
            "2: cannot use \"focus\": cannot use --focus: ",
        ),
        ("focus = 'a\n", "1: invalid TOML: "),
        ("focus = 'a'\nfocus = 'b'\n", "2: invalid TOML: "),
        ("etcd-version = '9'\n", "1: cannot use \"etcd-version\": "),
    ] {
        let (code, _, stderr) = Folder::new(settings).run(&["top", &storm()]);
        assert!(
            stderr.starts_with(&format!("error: ./kheap.toml:{begin}")),
            "{stderr}"
        );
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
    }
}

#[test]
fn a_file_has_a_bound_and_no_deep_nesting() {
    let (code, _, stderr) = Folder::new(&"#".repeat((64 << 10) + 1)).run(&["top", &storm()]);
    let message = "error: cannot read ./kheap.toml: it is larger than 65536 bytes, too large for \
                   settings\n";
    assert_eq!((code, stderr.as_str()), (Some(2), message));
    for nested in [
        "[".repeat(60_000),
        "a.".repeat(30_000),
        "{a=".repeat(20_000),
    ] {
        let (code, _, stderr) = Folder::new(&format!("x = {nested}")).run(&["config"]);
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.len() < 1300);
    }
}

/// What a stranger's folder cannot do: wait, read without end, ask another host, or hide
/// that it is used.
/// What is wrong with what a path leads to names the line, as other settings do.
#[test]
fn a_path_that_cannot_be_used_is_named_with_its_line() {
    let file = storm();
    let folder = Folder::new("");
    folder.write("broken.toml", "[[rule]\n");
    folder.write("signatures/broken.toml", "id = 1\n");
    folder.write("none/readme.txt", "");
    for (key, path, why) in [
        (
            "rules",
            "http://h/x",
            "cannot read ./http://h/x: no such file; check the path",
        ),
        (
            "rules",
            "/dev/null",
            "cannot read /dev/null: it is not a regular file; name another file",
        ),
        ("rules", "broken.toml", "cannot use ./broken.toml: "),
        (
            "signatures",
            "nowhere",
            "cannot read signatures of ./nowhere: no such file",
        ),
        (
            "signatures",
            "none",
            "no signatures (*.toml) in ./none; name the folder that has them",
        ),
        (
            "signatures",
            "signatures",
            "cannot use ./signatures/broken.toml: ",
        ),
    ] {
        folder.write("kheap.toml", &format!("# Ours\n{key} = '{path}'\n"));
        let message = format!("error: ./kheap.toml:2: {why}");
        for args in [&["diagnose", &file][..], &["config"]] {
            let (code, stdout, stderr) = folder.run(args);
            let line = stderr.lines().find(|line| line.starts_with("error: "));
            assert!(
                line.is_some_and(|line| line.starts_with(&message)),
                "{stderr}"
            );
            assert_eq!((code, stdout.as_str()), (Some(2), ""));
        }
        // A command that does not use it does not fail, and a typed path has no line.
        assert_eq!(folder.run(&["info", &file]).0, Some(0));
        let option = format!("--{key}");
        let (_, _, stderr) = folder.run(&["diagnose", &file, &option, path]);
        assert!(!stderr.contains("kheap.toml:"), "{stderr}");
    }
}

#[test]
fn settings_of_a_stranger_name_files_and_no_more() {
    let file = storm();
    for path in [
        "//host/share/rules.toml",
        "\\\\\\\\host\\\\share",
        "/\\\\host/x",
        "",
    ] {
        let (code, _, stderr) =
            Folder::new(&format!("rules = \"{path}\"\n")).run(&["breakdown", &file]);
        let message = "error: ./kheap.toml:1: cannot use \"rules\": the value is no local path; \
                       name a local one\n";
        assert_eq!((code, stderr.as_str()), (Some(2), message), "{path}");
    }
    for key in [
        "output = 'x'",
        "force = true",
        "max-inflated-size = '1TB'",
        "fail-on = 'info'",
    ] {
        let (code, _, stderr) = Folder::new(key).run(&["diagnose", &file]);
        assert_eq!(code, Some(2), "{key}");
        assert!(stderr.contains("unknown key"), "{stderr}");
    }
    let folder = Folder::new("focus = \"\\u001b[31mx\"\n");
    let (_, stdout, stderr) = folder.run(&["config"]);
    assert!(!(stdout + &stderr).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_files_of_the_kernel_are_refused() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let file = storm();
    let folder = Folder::new("");
    let settings = folder.path().join("kheap.toml");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    for target in [
        Path::new("/dev/zero"),
        &pipe,
        Path::new("/nowhere"),
        folder.path(),
    ] {
        fs::remove_file(&settings).expect("it was there");
        symlink(target, &settings).expect("a link");
        let (code, _, stderr) = folder.run(&["top", &file]);
        assert!(
            stderr.starts_with("error: cannot read ./kheap.toml: "),
            "{stderr}"
        );
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
    }
    fs::remove_file(&settings).expect("it was there");
    for path in ["pipe", "/dev/zero", "/proc/self/environ", "/proc/kmsg"] {
        folder.write("kheap.toml", &format!("rules = '{path}'\n"));
        for args in [&["breakdown", &file][..], &["config"]] {
            let (code, _, stderr) = folder.run(args);
            let is_error = |line: &&str| line.starts_with("error: ./kheap.toml:1: cannot ");
            let errors = stderr.lines().filter(is_error);
            assert_eq!((code, errors.count()), (Some(2), 1), "{stderr}");
        }
    }
}
