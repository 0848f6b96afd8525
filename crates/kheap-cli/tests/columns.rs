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

/// Commands whose lines are pprof's, or of a format for other programs, and errors, which
/// are one line.
const WHOLE_LINES: [&str; 12] = [
    "top",
    "peek",
    "tree",
    "traces",
    "tags",
    "flame",
    "graph",
    "report",
    "man",
    "error.file",
    "error.option",
    "error.svg",
];

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
            "breakdown.two",
            vec!["breakdown", "--by", "kind", STORM, STORM],
        ),
        ("compare", vec!["compare", IDLE, STORM]),
        ("series", vec!["series", SERIES]),
        ("memory", vec!["memory", TEXT, "--cgroup-limit", "1GB"]),
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
            let width = line.chars().count();
            // A command is pasted as one line, which the terminal breaks.
            // So is a message for a chat.
            let is_message = line.trim_start().starts_with("To share: ");
            let is_fine = width <= columns || line.contains('`') || is_message;
            assert!(is_fine, "{name}: {width} columns: {line}");
        }
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
fn wholes(text: &str) -> HashSet<&str> {
    let is_whole = |word: &&str| {
        let is_word = word.chars().all(char::is_alphabetic);
        let is_figure = word.starts_with(|c: char| c.is_ascii_digit() || "+-±".contains(c))
            && word.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
        let is_bar = word.chars().all(|c| ('▁'..='█').contains(&c));
        word.len() > 1 && (is_word || is_figure || is_bar)
    };
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        // What goes on with a dot is the name of a function.
        if word.starts_with('.') {
            words.pop();
        }
        words.push(word);
    }
    words.into_iter().filter(is_whole).collect()
}

#[test]
fn no_line_breaks_inside_a_word_a_figure_or_a_sparkline() {
    let prose = commands().into_iter();
    for (name, args) in prose.filter(|(name, _)| !WHOLE_LINES.contains(name)) {
        let (Some(narrow), Some(wide)) = (shown(80, &args), shown(400, &args)) else {
            return;
        };
        let wide = wholes(&wide);
        let mut broken: Vec<&str> = wholes(&narrow).difference(&wide).copied().collect();
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
}
