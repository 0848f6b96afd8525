//! Every command on terminals of 80 and 200 columns: what it shows, that no line is
//! longer than the terminal, and that no line breaks inside a word or a figure.

mod common;

use std::collections::HashSet;

use common::{check_golden, on_terminal_of, project};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const IDLE: &str = "testdata/dumps/v1.20/idle.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";

const SMALL: &str = "testdata/dumps/v1.34/idle.pb.gz";

/// Formats for other programs, and errors, which are one line.
const WHOLE_LINES: [&str; 7] = [
    "flame",
    "graph",
    "report",
    "man",
    "error.file",
    "error.option",
    "error.svg",
];

/// pprof's wide tables leave a name so few columns that its words break.
const WIDE_TABLES: [&str; 2] = ["tree", "peek"];

/// How the commands and queries begin that a text gives.
const PROGRAMS: [&str; 8] = [
    "kheap ",
    "kubectl ",
    "curl ",
    "jq ",
    "grep ",
    "topk(",
    "sum by (",
    "apiserver_",
];

/// How the line begins that is pasted into a chat.
const MESSAGE: &str = "To share: ";

/// All commands that have a help of their own.
const COMMANDS: [&str; 19] = [
    "diagnose",
    "breakdown",
    "memory",
    "signatures",
    "compare",
    "series",
    "lifetimes",
    "top",
    "peek",
    "tree",
    "traces",
    "tags",
    "sizes",
    "info",
    "report",
    "open",
    "flame",
    "graph",
    "completions",
];

fn commands() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("help", vec!["--help"]),
        (
            "diagnose",
            vec!["diagnose", STORM, "--rss", "6GB", "--limit", "5GB"],
        ),
        (
            "diagnose.series",
            vec!["diagnose", SERIES, "--limit", "16GiB"],
        ),
        (
            "diagnose.bundle",
            vec!["diagnose", "testdata/bundles/03-events-list-storm"],
        ),
        (
            "diagnose.table",
            vec![
                "diagnose",
                "testdata/incidents/02-k8s-86299-cachewatcher-buffers.txt",
            ],
        ),
        ("breakdown", vec!["breakdown", STORM]),
        (
            "breakdown.package",
            vec!["breakdown", "--by", "package", STORM],
        ),
        (
            "breakdown.two",
            vec!["breakdown", "--by", "kind", STORM, STORM],
        ),
        ("compare", vec!["compare", IDLE, STORM]),
        ("series", vec!["series", SERIES]),
        ("memory", vec!["memory", TEXT, "--limit", "1GB"]),
        (
            "sizes",
            vec!["sizes", "--by", "kind", "--count", "1", STORM],
        ),
        ("lifetimes", vec!["lifetimes", "--count", "5", STORM]),
        (
            "lifetimes.two",
            vec!["lifetimes", "--count", "5", IDLE, STORM],
        ),
        ("info", vec!["info", STORM]),
        ("signatures", vec!["signatures"]),
        ("signature", vec!["signatures", "list-from-etcd"]),
        ("top", vec!["top", "--count", "5", STORM]),
        ("peek", vec!["peek", "^bytes.makeSlice$", STORM]),
        ("tree", vec!["tree", "--count", "3", STORM]),
        ("traces", vec!["traces", "--focus", "Secret", SMALL]),
        ("tags", vec!["tags", IDLE]),
        (
            "flame",
            vec!["flame", "--format", "folded", "--focus", "Secret", SMALL],
        ),
        (
            "graph",
            vec!["graph", "--format", "mermaid", "--count", "3", SMALL],
        ),
        ("report", vec!["report", "--format", "markdown", SMALL]),
        ("man", vec!["man", "tags"]),
        ("error.file", vec!["top", "Cargo.toml"]),
        ("error.option", vec!["breakdown", "--by", "nothing", IDLE]),
        ("error.svg", vec!["flame", IDLE]),
    ]
}

fn shown(columns: usize, args: &[&str]) -> Option<String> {
    on_terminal_of(columns, args, &[("NO_COLOR", "1")])
}

fn check(columns: usize) {
    for (name, args) in commands() {
        let Some(shown) = shown(columns, &args) else {
            return;
        };
        let file = format!("testdata/output/terminal/{name}.{columns}.txt");
        check_golden(&project().join(file), &shown);
        if WHOLE_LINES.contains(&name) {
            continue;
        }
        for line in shown.lines() {
            let width = kheap_text::width(line);
            let is_fine = width <= columns || is_to_paste(line);
            assert!(is_fine, "{name}: {width} columns: {line}");
        }
    }
}

/// A message for a chat is one line. A command that is longer than a line stands alone, and
/// the terminal breaks it: with a sentence around it, it would be pasted with the sentence.
fn is_to_paste(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with(MESSAGE) {
        return true;
    }
    let is_alone = !line.contains('`') && !line.ends_with(['.', ',', ';', ':']);
    is_alone && PROGRAMS.iter().any(|program| line.starts_with(program))
}

#[test]
fn a_command_within_a_sentence_is_too_long() {
    assert!(is_to_paste("    kheap diagnose a.pb.gz --rss 6GB"));
    for line in [
        "`kheap diagnose a.pb.gz --rss 6GB`",
        "Run kheap diagnose a.pb.gz",
        "kheap diagnose a.pb.gz.",
    ] {
        assert!(!is_to_paste(line), "{line}");
    }
}

#[test]
fn every_command_fits_80_columns() {
    check(80);
}

#[test]
fn every_command_fits_200_columns() {
    check(200);
}

/// The help of all commands, one below the other.
#[test]
fn every_help_fits_80_columns() {
    let helps = COMMANDS.map(|command| shown(80, &[command, "--help"]));
    let Some(helps) = helps.into_iter().collect::<Option<Vec<String>>>() else {
        return;
    };
    let helps = helps.join("\n");
    check_golden(
        &project().join("testdata/output/terminal/helps.80.txt"),
        &helps,
    );
    for line in helps.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// Words, figures and sparklines: names of Go have other characters, and may be broken
/// at these.
fn wholes(text: &str) -> HashSet<String> {
    let is_whole = |word: &String| {
        let is_word = word.chars().all(char::is_alphabetic);
        let is_figure = word.starts_with(|c: char| c.is_ascii_digit() || "+-±".contains(c))
            && word.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
        let is_bar = word.chars().all(|c| ('▁'..='█').contains(&c));
        word.len() > 1 && (is_word || is_figure || is_bar)
    };
    let mut words: Vec<String> = Vec::new();
    // A command that stands alone has no backticks.
    let text = text.replace('`', " ");
    for line in text.lines() {
        for (at, word) in line.split_whitespace().enumerate() {
            // A function goes on with a dot on the next line, a path behind a slash.
            let is_joint = |last: &str| {
                let is_path = last.len() > 1 && last.ends_with('/');
                is_path || word.len() > 1 && word.starts_with('.')
            };
            match words.last_mut() {
                Some(last) if at == 0 && is_joint(last) => last.push_str(word),
                _ => words.push(word.to_owned()),
            }
        }
    }
    words.into_iter().filter(is_whole).collect()
}

#[test]
fn no_line_breaks_inside_a_word_a_figure_or_a_sparkline() {
    let is_whole = |name: &str| WHOLE_LINES.contains(&name) || WIDE_TABLES.contains(&name);
    let prose = commands().into_iter();
    for (name, args) in prose.filter(|(name, _)| !is_whole(name)) {
        let (Some(narrow), Some(wide)) = (shown(80, &args), shown(400, &args)) else {
            return;
        };
        let wide = wholes(&wide);
        let narrow = wholes(&narrow);
        let mut broken: Vec<&String> = narrow.difference(&wide).collect();
        broken.sort_unstable();
        assert!(broken.is_empty(), "{name}: {broken:?}");
    }
}

#[test]
fn a_word_that_is_broken_is_found() {
    let found = |narrow: &'static str| {
        let wide = wholes("watch cache 12.5MB v1.(*Pod).Unmarshal ▁▂▃");
        wholes(narrow).difference(&wide).count()
    };
    assert_eq!(found("watch cache\n12.5MB v1\n.(*Pod).Unmarshal"), 0);
    assert_eq!(found("wat\nch cache 12.\n5MB ▁▂\n▃"), 5);
    assert_eq!(found("watch cache 12.5MB"), 0);
    assert_eq!(wholes("k8s.io/\napi/\npkg and"), wholes("and"));
    assert_eq!(wholes("dumps/ and / or"), wholes("and or"));
}
