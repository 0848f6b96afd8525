//! How a report names files: folders say much of a user and little of a heap.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use kheap_evidence::join::FileUse;
use kheap_report::Input;
use kheap_text::shell::quoted;

use crate::archives;
use crate::args::SubjectArgs;

/// The inputs by base name, unless two would be called alike or the user wants more.
pub(crate) fn inputs(args: &SubjectArgs, inputs: &[Input]) -> Vec<Input> {
    let base = |name: &str| base(Path::new(name)).to_owned();
    let is_alone = |name: &str| {
        inputs
            .iter()
            .filter(|other| base(&other.name) == name)
            .count()
            == 1
    };
    let named = inputs.iter().map(|input| {
        let short = base(&input.name);
        let name = match !args.full_paths && is_alone(&short) {
            true => short,
            false => input.name.clone(),
        };
        input.clone().renamed(name)
    });
    named.collect()
}

/// Files beside a dump by base name, unless two would be called alike.
pub(crate) fn shorten(files: &mut [FileUse]) {
    let names: Vec<String> = files
        .iter()
        .map(|file| base(Path::new(&file.file)).to_owned())
        .collect();
    for (file, name) in files.iter_mut().zip(&names) {
        if names.iter().filter(|other| *other == name).count() == 1 {
            file.file.clone_from(name);
        }
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

/// The last part of a path; all of it where there is none, as of `..`.
pub(crate) fn base(path: &Path) -> &str {
    let name = path.file_name().and_then(OsStr::to_str);
    name.or(path.to_str()).unwrap_or("a file")
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
