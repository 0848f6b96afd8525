//! The vocabulary: words that readers had to read twice are in no text that users
//! see. WORDS such as "told" mean several things; the field has terms of its own.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::project;

/// Words that are banned wherever they stand.
const BANNED: [&str; 11] = [
    "told",
    "tells",
    "above all",
    "of which",
    "lets go",
    "let go",
    "so that there is",
    "as it should be",
    "what stays",
    "reads most",
    "nothing is said",
];

/// Beginnings of sentences that put the subject last.
const OPENINGS: [&str; 3] = ["Of ", "Such ", "So that "];

/// What may stay, each with its reason.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "informer-full-object-cache.toml",
    "unless it is told",
    "an informer is given namespaces",
)];

/// The banned words in a text, if any.
fn banned(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let is_word = |word: &&&str| {
        lower.match_indices(**word).any(|(at, found)| {
            let before = lower[..at].chars().next_back();
            let after = lower[at + found.len()..].chars().next();
            ![before, after]
                .into_iter()
                .flatten()
                .any(char::is_alphanumeric)
        })
    };
    let word = BANNED.iter().find(is_word).map(|word| (*word).to_owned());
    let opens = |opening: &&&str| {
        let inside = [". ", "! ", "? "].map(|end| format!("{end}{opening}"));
        text.starts_with(**opening) || inside.iter().any(|inside| text.contains(inside))
    };
    word.or_else(|| OPENINGS.iter().find(opens).map(|o| (*o).to_owned()))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

/// The texts in quotes of a source file with more than one word, without tests and
/// comments; and the help of arguments, which are comments.
fn texts(source: &str, is_help: bool) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut texts, mut quoted, mut inside) = (Vec::new(), String::new(), false);
    for line in code.lines() {
        let line = line.trim_start();
        if line.starts_with("//") && !inside {
            let help = line.strip_prefix("/// ").filter(|_| is_help);
            texts.extend(help.map(str::to_owned));
            continue;
        }
        // A quote alone in quotes of its own is no text.
        let line = line.replace(r#"'"'"#, "''").replace(r#"'\"'"#, "''");
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match (c, inside) {
                ('\\', true) => quoted.extend(chars.next()),
                ('"', true) => {
                    texts.push(std::mem::take(&mut quoted));
                    inside = false;
                }
                ('"', false) => inside = true,
                (c, true) => quoted.push(c),
                (_, false) => {}
            }
        }
        if inside {
            quoted.push(' ');
        }
    }
    texts.retain(|text| text.trim().contains(' '));
    texts
}

#[track_caller]
fn check(path: &Path, texts: impl IntoIterator<Item = String>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for text in texts {
        let mut allowed = ALLOWED.iter();
        if allowed.any(|(file, part, _)| *file == name && text.contains(part)) {
            continue;
        }
        let word = banned(&text);
        assert_eq!(word, None, "{}: {text:?}", path.display());
    }
}

#[test]
fn messages_and_help_use_the_vocabulary() {
    let mut sources = Vec::new();
    for name in [
        "kheap",
        "kheap-cli",
        "kheap-evidence",
        "kheap-flame",
        "kheap-report",
        "kheap-text",
    ] {
        let folder = project().join("crates").join(name).join("src");
        files(&folder, "rs", &mut sources);
    }
    assert!(sources.len() > 100);
    for path in sources {
        let is_test = path.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            part == "tests" || part == "tests.rs" || part == "fixture.rs"
        });
        if is_test {
            continue;
        }
        let source = fs::read_to_string(&path).expect("it is text");
        let is_help = path.components().any(|part| part.as_os_str() == "args");
        let texts = texts(&source, is_help);
        check(&path, texts);
    }
}

#[test]
fn signatures_use_the_vocabulary() {
    let mut signatures = Vec::new();
    let folder = project().join("crates/kheap/src/knowledge/signatures");
    files(&folder, "toml", &mut signatures);
    // Cases have names of tests.
    signatures.retain(|path| path.parent() == Some(&folder));
    assert!(signatures.len() > 20);
    for path in signatures {
        let text = fs::read_to_string(&path).expect("it is text");
        // The manual page; what follows are conditions.
        let page = text.split("\n[select").next().unwrap_or_default();
        check(&path, page.lines().map(str::to_owned));
    }
}

#[test]
fn documents_use_the_vocabulary() {
    let mut documents = vec![project().join("README.md")];
    files(&project().join("docs"), "md", &mut documents);
    for path in documents {
        let text = fs::read_to_string(&path).expect("it is text");
        check(&path, text.lines().map(str::to_owned));
    }
}

#[test]
fn banned_words_are_found_as_words_and_openings_at_the_start_of_sentences() {
    assert_eq!(banned("it is told."), Some("told".to_owned()));
    assert_eq!(banned("a toldable, stories"), None);
    assert_eq!(banned("Heaps. Of it, half"), Some("Of ".to_owned()));
    assert_eq!(banned("half Of it"), None);
    let source = "/// told you\nlet a = \"b c\";";
    assert_eq!(texts("let a = \"b c\";", false), ["b c"]);
    assert_eq!(texts(source, true), ["told you", "b c"]);
}
