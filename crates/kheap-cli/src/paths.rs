//! How a report names files: folders say much of a user and little of a heap.

use std::path::{Path, PathBuf};

use kheap_files::{base, short_inputs};
use kheap_report::Input;
use kheap_text::shell::quoted;

use crate::archives;
use crate::args::SubjectArgs;

/// The folder that a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// The inputs by base name, unless two would be called alike or the user wants more.
pub(crate) fn inputs(args: &SubjectArgs, inputs: &[Input]) -> Vec<Input> {
    match args.full_paths {
        true => inputs.to_vec(),
        false => short_inputs(inputs),
    }
}

/// The command as a user would type it again, with the same names of files; and whether
/// folders are left out of it.
pub(crate) fn command(args: &SubjectArgs) -> (String, bool) {
    // An argument need not be text; what is shown of it is.
    let words = std::env::args_os().skip(1);
    let mut is_short = false;
    let words = words.map(|word| {
        let word = word.to_string_lossy().into_owned();
        let shown = match args.full_paths {
            true => word.clone(),
            false => shortened(&word),
        };
        is_short |= shown != word;
        quoted(&shown)
    });
    let words: Vec<String> = words.collect();
    (format!("kheap {}", words.join(" ")), is_short)
}

/// A word without the folders of the file that it names, if it names one.
fn shortened(word: &str) -> String {
    let (option, value) = match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
        _ => (String::new(), word),
    };
    // Expressions have slashes too, but name no file, and output has one by now.
    let path = PathBuf::from(value);
    match value.contains(['/', '\\'])
        && (path.exists() || archives::is_entry(&path) || is_in_folder(&path))
    {
        true => format!("{option}{}", base(&path)),
        false => word.to_owned(),
    }
}

/// Whether a file could be made under this name.
fn is_in_folder(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir) && path.extension().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_names_a_file_loses_its_folders() {
        let check = |word, expected| assert_eq!(shortened(word), expected);
        check("src/main.rs", "main.rs");
        check("--header=src/main.rs", "--header=main.rs");
        check("src/report.html", "report.html");
        check("--focus=k8s.io/api/core", "--focus=k8s.io/api/core");
        check("report", "report");
        check("./src", "src");
    }
}
