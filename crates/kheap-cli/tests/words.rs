//! The vocabulary: words that readers had to read twice are in no text that users
//! see. WORDS such as "told" mean several things; the field has terms of its own.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::project;

/// The crates whose texts and comments keep the vocabulary: all of them.
const CRATES: [&str; 11] = [
    "kheap",
    "kheap-cli",
    "kheap-evidence",
    "kheap-export",
    "kheap-files",
    "kheap-flame",
    "kheap-fleet",
    "kheap-report",
    "kheap-start",
    "kheap-text",
    "kheap-web",
];

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

/// Beginnings of sentences that put the subject last. "What" begins questions and
/// headings too, as does "What to do".
const OPENINGS: [&str; 4] = ["Of ", "Such ", "So that ", "What "];

/// A note on a field begins with "Such as" or "What", and is no sentence.
const OF_NOTES: [&str; 2] = ["Such ", "What "];

/// What may stay, each with its reason.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "informer-full-object-cache.toml",
    "unless it is told",
    "an informer is given namespaces",
)];

/// The banned words in a text that users see, if any.
fn banned(text: &str) -> Option<String> {
    banned_with(text, &OPENINGS)
}

/// The banned words in a doc comment.
fn banned_in_note(note: &str) -> Option<String> {
    let openings = OPENINGS.into_iter().filter(|o| !OF_NOTES.contains(o));
    banned_with(note, &openings.collect::<Vec<_>>())
}

fn banned_with(text: &str, openings: &[&str]) -> Option<String> {
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
    // Dots of an argument that repeats end no sentence.
    let text = text.replace("...", "…");
    let opens = |opening: &&&str| sentences(&text).any(|one| one.starts_with(**opening));
    word.or_else(|| openings.iter().find(opens).map(|o| (*o).to_owned()))
}

/// The sentences of a text that end as such: neither questions nor headings.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends_here = |c: char| matches!(c, '.' | '!' | '?');
    let pieces = text.split_inclusive(['.', '!', '?']).map(str::trim_start);
    pieces.filter(move |piece| piece.ends_with(ends_here) && !piece.ends_with('?'))
}

/// The doc comments of a source file, a paragraph each.
fn notes(source: &str) -> Vec<String> {
    let mut notes = vec![String::new()];
    let mut is_code = false;
    for line in source.lines().map(str::trim_start) {
        let note = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"));
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        let is_fence = note.is_some_and(|note| note.starts_with("```"));
        is_code ^= is_fence;
        match note.filter(|_| !is_code && !is_fence) {
            Some(note) => {
                let last = notes.last_mut().expect("there is always one");
                *last = format!("{last} {note}").trim().to_owned();
            }
            None => notes.push(String::new()),
        }
    }
    notes.retain(|note| !note.is_empty());
    notes
}

/// The comments that begin with a mark, a paragraph each; doc comments are none.
fn paragraphs(source: &str, mark: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in source.lines().map(str::trim_start) {
        let comment = line.strip_prefix(mark);
        let comment = comment.filter(|rest| !rest.starts_with(['/', '!']));
        let last = found.last_mut().expect("there is always one");
        match comment.map(str::trim).filter(|comment| !comment.is_empty()) {
            Some(comment) => *last = format!("{last} {comment}").trim().to_owned(),
            None => found.push(String::new()),
        }
    }
    found.retain(|comment| !comment.is_empty());
    found
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
/// comments.
fn texts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut texts, mut quoted, mut inside) = (Vec::new(), String::new(), false);
    for line in code.lines() {
        let line = line.trim_start();
        if line.starts_with("//") && !inside {
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
    check_by(banned, path, texts);
}

#[track_caller]
fn check_by(
    banned: impl Fn(&str) -> Option<String>,
    path: &Path,
    texts: impl IntoIterator<Item = String>,
) {
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
    for name in CRATES {
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
        check(&path, texts(&source));
    }
}

#[test]
fn no_crate_is_left_out() {
    let folders = fs::read_dir(project().join("crates")).expect("the folder is there");
    let folders = folders.map(|entry| entry.expect("it can be listed"));
    let mut crates: Vec<String> = folders
        .filter(|folder| folder.path().join("Cargo.toml").exists())
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect();
    crates.sort();
    assert_eq!(crates, CRATES);
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

/// Knowledge files: titles of parts, which people see, and what comments say.
#[test]
fn knowledge_uses_the_vocabulary() {
    let folder = project().join("crates/kheap/src/knowledge");
    let mut found = Vec::new();
    files(&folder, "toml", &mut found);
    found.retain(|path| !path.starts_with(folder.join("signatures")));
    assert!(found.len() > 10, "{found:?}");
    for path in found {
        let text = fs::read_to_string(&path).expect("it is text");
        let values = text.lines().filter(|line| !line.starts_with('#'));
        check(&path, values.map(str::to_owned));
        check_by(banned_in_note, &path, paragraphs(&text, "#"));
    }
}

/// The page's texts and comments, names of variables included.
#[test]
fn the_explorer_uses_the_vocabulary() {
    let mut scripts = Vec::new();
    for folder in [
        "kheap-report/explorer",
        "kheap-report/templates",
        "kheap-flame/src",
    ] {
        files(&project().join("crates").join(folder), "js", &mut scripts);
    }
    scripts.retain(|path| {
        !path
            .components()
            .any(|part| part.as_os_str() == "node_modules")
    });
    assert!(scripts.len() > 20, "{scripts:?}");
    for path in scripts {
        let script = fs::read_to_string(&path).expect("it is text");
        let lines = script
            .lines()
            .map(|line| line.trim().trim_start_matches(['/', '*']));
        let lines = lines.map(|line| line.trim_start().to_owned());
        check_by(banned_in_note, &path, lines);
    }
}

#[test]
fn the_help_of_all_commands_uses_the_vocabulary() {
    let path = project().join("testdata/output/terminal/helps.80.txt");
    let help = fs::read_to_string(&path).expect("it is text");
    check(
        &path,
        [help.split_whitespace().collect::<Vec<_>>().join(" ")],
    );
}

#[test]
fn comments_use_the_vocabulary() {
    let mut sources = Vec::new();
    for name in CRATES {
        let folder = project().join("crates").join(name).join("src");
        files(&folder, "rs", &mut sources);
    }
    assert!(sources.len() > 100);
    for path in sources {
        let source = fs::read_to_string(&path).expect("it is text");
        check_by(banned_in_note, &path, notes(&source));
        check_by(banned_in_note, &path, paragraphs(&source, "//"));
    }
}

#[test]
fn banned_words_are_found_as_words_and_openings_at_the_start_of_sentences() {
    assert_eq!(banned("it is told."), Some("told".to_owned()));
    assert_eq!(banned("a toldable, stories"), None);
    assert_eq!(banned("Heaps. Of it, half."), Some("Of ".to_owned()));
    assert_eq!(banned("half Of it"), None);
    assert_eq!(
        banned("Heaps. What holds it is a map."),
        Some("What ".to_owned())
    );
    for fine in ["What is wrong", "What holds it?", "What to do"] {
        assert_eq!(banned(fine), None);
    }
    assert_eq!(banned_in_note("What it holds."), None);
    assert_eq!(banned_in_note("Of it, half."), Some("Of ".to_owned()));
    let source = "/// One\n/// two.\n\n//! ```\n//! told\n//! ```\n// told\n/// Three.";
    assert_eq!(notes(source), ["One two.", "Three."]);
    assert_eq!(
        paragraphs("// One\n// two.\n/// told\nf(); // told", "//"),
        ["One two."]
    );
    assert_eq!(texts("/// told\nlet a = \"b c\";"), ["b c"]);
}
