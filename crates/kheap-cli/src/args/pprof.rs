//! The options of `go tool pprof`, as whoever types them from habit writes them.

use std::ffi::OsString;

/// What an option of pprof is here.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// A command, and its options. What the option of pprof takes stays.
    Command(&'static [&'static str]),
    /// A command that takes nothing.
    Alone(&'static [&'static str]),
    /// The option that takes the same value.
    Value(&'static str),
    /// An option of one value.
    Chosen(&'static [&'static str]),
    /// An option that takes no value; pprof takes `=true` and `=false`.
    Switch(&'static str),
    /// What kheap does without being asked; the other way where it is switched off.
    Always(&'static str),
}

use Meaning::{Alone, Always, Chosen, Command, Switch, Value};

/// In the order of pprof's help.
const OPTIONS: &[(&str, Meaning)] = &[
    ("comments", Command(&["info"])),
    ("dot", Command(&["graph", "--format", "dot"])),
    ("peek", Command(&["peek"])),
    ("png", Command(&["graph", "--format", "png"])),
    ("proto", Command(&["export", "--format", "pprof"])),
    ("svg", Command(&["graph", "--format", "svg"])),
    ("tags", Command(&["tags"])),
    ("text", Command(&["top"])),
    ("top", Command(&["top"])),
    ("traces", Command(&["traces"])),
    ("tree", Command(&["tree"])),
    ("web", Command(&["open"])),
    ("http", Alone(&["open"])),
    ("no_browser", Switch("--no-browser")),
    ("cum", Switch("--cum")),
    ("flat", Always("--cum")),
    ("functions", Chosen(&["--granularity", "functions"])),
    ("filefunctions", Chosen(&["--granularity", "filefunctions"])),
    ("files", Chosen(&["--granularity", "files"])),
    ("lines", Chosen(&["--granularity", "lines"])),
    ("addresses", Chosen(&["--granularity", "addresses"])),
    ("base", Value("--base")),
    ("diff_base", Value("--diff-base")),
    ("drop_negative", Switch("--drop-negative")),
    ("edgefraction", Value("--edge-fraction")),
    ("focus", Value("--focus")),
    ("hide", Value("--hide")),
    ("ignore", Value("--ignore")),
    ("nodecount", Value("--count")),
    ("nodefraction", Value("--node-fraction")),
    ("noinlines", Switch("--no-inlines")),
    ("normalize", Switch("--normalize")),
    ("output", Value("--output")),
    ("prune_from", Value("--prune-from")),
    ("relative_percentages", Switch("--relative-percentages")),
    ("sample_index", Value("--sample-type")),
    ("show", Value("--show")),
    ("show_from", Value("--show-from")),
    ("tagfocus", Value("--tag-focus")),
    ("tagignore", Value("--tag-ignore")),
    ("trim", Always("--no-trim")),
    ("unit", Value("--unit")),
    ("inuse_space", Chosen(&["--sample-type", "inuse_space"])),
    ("inuse_objects", Chosen(&["--sample-type", "inuse_objects"])),
    ("alloc_space", Chosen(&["--sample-type", "alloc_space"])),
    ("alloc_objects", Chosen(&["--sample-type", "alloc_objects"])),
];

/// What kheap does not have: an error should name the whole word, not its first letter.
const MISSING: &[&str] = &[
    "add_comment",
    "buildid",
    "call_tree",
    "callgrind",
    "compact_labels",
    "disasm",
    "divide_by",
    "eog",
    "evince",
    "gif",
    "gv",
    "intel_syntax",
    "kcachegrind",
    "list",
    "mean",
    "pdf",
    "ps",
    "raw",
    "seconds",
    "showcolumns",
    "source_path",
    "symbolize",
    "tagleaf",
    "tagroot",
    "taghide",
    "tagshow",
    "timeout",
    "tools",
    "topproto",
    "trim_path",
    "weblist",
];

/// The same words with the options of kheap, and the command that pprof has as an option in
/// its place. As they are where there is none of pprof.
pub(super) fn translated(words: Vec<OsString>) -> Vec<OsString> {
    let mut command: &[&str] = &[];
    let mut all: Vec<OsString> = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    all.extend(words.next());
    while let Some(word) = words.next() {
        if word == "--" {
            all.push(word);
            break;
        }
        let Some((meaning, value)) = meaning_of(&word) else {
            all.push(match is_missing(&word) {
                true => format!("-{}", word.to_string_lossy()).into(),
                false => word,
            });
            continue;
        };
        match (meaning, value) {
            (Command(words), value) => {
                command = words;
                all.extend(value.map(OsString::from));
            }
            (Alone(alone), value) => {
                command = alone;
                // The value may be the next word.
                if value.is_none() {
                    words.next();
                }
            }
            (Value(option), Some(value)) => all.push(format!("{option}={value}").into()),
            (Value(option), None) => all.push(option.into()),
            (Chosen(chosen), _) => all.extend(chosen.iter().map(OsString::from)),
            (Switch(option), value) => all.extend(is_on(value).then(|| option.into())),
            (Always(without), value) => all.extend((!is_on(value)).then(|| without.into())),
        }
    }
    all.extend(words);
    all.splice(1..1, command.iter().map(OsString::from));
    all
}

/// The meaning of a word, and the value behind its `=`.
fn meaning_of(word: &OsString) -> Option<(Meaning, Option<&str>)> {
    let (name, value) = option_of(word)?;
    let (_, meaning) = OPTIONS.iter().find(|(known, _)| *known == name)?;
    Some((*meaning, value))
}

fn is_missing(word: &OsString) -> bool {
    option_of(word).is_some_and(|(name, _)| MISSING.contains(&name))
}

/// The name of an option with one dash, and the value behind its `=`. With one dash kheap
/// has single letters only.
fn option_of(word: &OsString) -> Option<(&str, Option<&str>)> {
    let option = word.to_str()?.strip_prefix('-')?;
    Some(match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    })
}

fn is_on(value: Option<&str>) -> bool {
    !matches!(value, Some("false" | "f" | "F" | "FALSE" | "False" | "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pprof: &str, kheap: &str) {
        let words = pprof.split(' ').map(OsString::from).collect();
        let words: Vec<String> = translated(words)
            .into_iter()
            .map(|word| word.into_string().expect("UTF-8"))
            .collect();
        assert_eq!(words.join(" "), kheap);
    }

    #[test]
    fn the_words_of_pprof_become_those_of_kheap() {
        check("kheap -top -cum heap.pb.gz", "kheap top --cum heap.pb.gz");
        check(
            "kheap -sample_index=alloc_space -nodecount 5 -top heap.pb.gz",
            "kheap top --sample-type=alloc_space --count 5 heap.pb.gz",
        );
        check(
            "kheap -peek=etcd.* heap.pb.gz",
            "kheap peek etcd.* heap.pb.gz",
        );
        check(
            "kheap -peek etcd.* heap.pb.gz",
            "kheap peek etcd.* heap.pb.gz",
        );
        check(
            "kheap -svg -output=heap.svg -trim=false heap.pb.gz",
            "kheap graph --format svg --output=heap.svg --no-trim heap.pb.gz",
        );
        check("kheap -http=:8080 heap.pb.gz", "kheap open heap.pb.gz");
        check("kheap -http :8080 heap.pb.gz", "kheap open heap.pb.gz");
        check(
            "kheap top -lines -hide=runtime heap.pb.gz",
            "kheap top --granularity lines --hide=runtime heap.pb.gz",
        );
        check("kheap -top -cum=false -flat a b", "kheap top a b");
    }

    #[test]
    fn other_words_stay() {
        for words in [
            "kheap top --cum -o out heap.pb.gz",
            "kheap -V",
            "kheap diagnose -",
            "kheap top -- -top",
        ] {
            check(words, words);
        }
        check(
            "kheap top -divide_by=2 heap.pb.gz",
            "kheap top --divide_by=2 heap.pb.gz",
        );
    }

    #[test]
    fn each_option_of_kheap_that_stands_here_is_one() {
        use clap::CommandFactory;

        let kheap = super::super::Cli::command();
        let subcommands: Vec<_> = kheap.get_subcommands().collect();
        let has_command = |name: &str| subcommands.iter().any(|it| it.get_name() == name);
        let has_option = |name: &str| {
            let mut all = subcommands.iter().flat_map(|it| it.get_arguments());
            all.any(|it| it.get_long() == name.strip_prefix("--"))
        };
        for (_, meaning) in OPTIONS {
            match meaning {
                Command(words) | Alone(words) => assert!(has_command(words[0]), "{words:?}"),
                Value(option) | Switch(option) | Always(option) => {
                    assert!(has_option(option), "{option}");
                }
                Chosen(words) => assert!(has_option(words[0]), "{words:?}"),
            }
        }
    }
}
