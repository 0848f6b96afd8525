//! Rules of a user, before those that are built in.

mod common;

use std::fs;

use common::{Run, kheap};
use tempfile::TempDir;

const IDLE: &str = "testdata/dumps/v1.20/idle.pb.gz";

const RULES: &str = "\
[frames]
documents = '^k8s\\.io/kube-openapi/|^github\\.com/(go-openapi|googleapis)/'

[[part]]
id = 'documents'
title = 'API documents'
color = '#ddaa33'

[[rule]]
part = 'documents'
when = [{ any = ['documents'] }]
";

fn with_rules(text: &str, args: &[&str]) -> (Run, String) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("rules.toml");
    fs::write(&file, text).expect("it can be written");
    let file = file.to_string_lossy().into_owned();
    (kheap(&[args, &["--rules", &file]].concat()), file)
}

#[test]
fn rules_are_used_wherever_stacks_are_attributed() {
    for args in [
        &["breakdown", IDLE][..],
        &["diagnose", IDLE],
        &["flame", "--group", "part", "--format", "folded", IDLE],
        &["report", "--format", "markdown", IDLE],
    ] {
        let (run, _) = with_rules(RULES, args);
        assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
        assert!(run.stdout.contains("API documents"), "{args:?}");
    }
}

const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";

#[test]
fn a_part_of_a_user_has_its_title_in_every_table_and_its_colour_in_every_picture() {
    // ConfigMaps too, which grow in the series.
    let rules = RULES.replace("github", "k8s\\.io/api/core/v1\\.|^github");
    let rules = rules.replace("#ddaa33", "#123abc");
    let check = |args: &[&str], has_color: bool| {
        let (run, _) = with_rules(&rules, args);
        assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
        assert!(run.stdout.contains("API documents"), "{args:?}");
        let color = run.stdout.to_lowercase().contains("#123abc");
        assert_eq!(color, has_color, "{args:?}");
    };
    for format in ["text", "markdown"] {
        for args in [
            &["breakdown", STORM][..],
            &["diagnose", SERIES],
            &["compare", IDLE, STORM],
            &["compare", "--by", "part", IDLE, STORM],
            &["series", SERIES],
            &["series", "--by", "part", SERIES],
        ] {
            check(&[args, &["--format", format]].concat(), false);
        }
    }
    for (command, formats) in [
        ("flame", &["svg"][..]),
        ("graph", &["svg", "dot", "mermaid"]),
        ("report", &["html"]),
    ] {
        for format in formats {
            check(&[command, "--format", format, STORM], true);
        }
    }
    check(&["report", "--format", "html", SERIES], true);
    check(&["report", "--format", "html", IDLE, STORM], true);
}

#[test]
fn rules_that_are_none_are_refused_with_their_line() {
    let text = RULES.replace("any = ['documents']", "any = ['docments']");
    let (run, file) = with_rules(&text, &["breakdown", IDLE]);
    let expected = format!(
        "error: cannot use {file}: invalid rules in line 11: rule documents: docments is no named \
         frame\n"
    );
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

/// A signature in the words of `RULES`: a frame, or a part.
const SIGNATURE: &str = "\
id = 'many-documents'
title = 'Many API documents are kept'
about = 'They are.'
remedy = ['Keep fewer.']
sources = ['https://example.com']
[select.kept]
SELECT
[[require]]
share = 'kept'
at_least = 0.01
[[case]]
name = 'all of it'
stacks = ['k8s.io/kube-openapi/x.y;example.com/yaml.z 100']
fires = true
[[case]]
name = 'a row of a table'
table = '''
Showing nodes accounting for 100MB, 100% of 100MB total
      flat  flat%   sum%        cum   cum%
     100MB   100%   100%      100MB   100%  k8s.io/kube-openapi/x.y
'''
fires = true
[[case]]
name = 'something else'
stacks = ['example.com/yaml.z 100']
fires = false
";

/// Looks for a signature that selects so, with the rules that it names and without.
#[track_caller]
fn check_signature(select: &str, refused: &str) {
    let folder = TempDir::new().expect("a folder");
    let rules = folder.path().join("rules.toml");
    fs::write(&rules, RULES).expect("it can be written");
    let signatures = folder.path().join("signatures");
    fs::create_dir(&signatures).expect("it can be made");
    let file = signatures.join("many-documents.toml");
    fs::write(file, SIGNATURE.replace("SELECT", select)).expect("it can be written");
    let [rules, signatures] = [&rules, &signatures].map(|path| path.to_string_lossy().into_owned());
    let args = ["diagnose", IDLE, "--all", "--signatures", &signatures];
    let run = kheap(&[&args[..], &["--rules", &rules]].concat());
    assert_eq!(run.code, Some(0), "{select}: {}", run.stderr);
    assert!(run.stdout.contains("many-documents"), "{}", run.stdout);
    let run = kheap(&args);
    assert!(run.stderr.contains(refused), "{}", run.stderr);
}

#[test]
fn signatures_may_name_frames_and_parts_of_rules() {
    check_signature("part = ['documents']", "there is no part \"documents\"");
    check_signature("any = ['documents']", "documents is no named frame");
    let both = "part = ['documents']\nany = ['documents', 'openapi/x']\nnone = ['main']";
    check_signature(both, "there is no part \"documents\"");
}
