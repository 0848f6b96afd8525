//! How a report names files: folders say much of a user and little of a heap.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use kheap_evidence::join::FileUse;
use kheap_report::Input;
use kheap_text::shell::quoted;

use crate::archives;
use crate::args::SubjectArgs;

/// The inputs by base name, unless two would be called alike or the user wants more.
pub(crate) fn inputs(args: &SubjectArgs, inputs: &[Input]) -> Vec<Input> {
    if args.full_paths {
        return inputs.to_vec();
    }
    let names: Vec<&str> = inputs.iter().map(|input| &*input.name).collect();
    let short = short_names(&names).into_iter().map(str::to_owned);
    let named = inputs.iter().zip(short);
    named
        .map(|(input, name)| input.clone().renamed(name))
        .collect()
}

/// Files beside a dump by base name, unless two would be called alike.
pub(crate) fn shorten(files: &mut [FileUse]) {
    let names: Vec<String> = files.iter().map(|file| file.file.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (file, name) in files.iter_mut().zip(short_names(&names)) {
        name.clone_into(&mut file.file);
    }
}

/// Each path by its base name; all of it where others have the same.
fn short_names<'p>(paths: &[&'p str]) -> Vec<&'p str> {
    let short = || paths.iter().map(|path| base(Path::new(*path)));
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in short() {
        *counts.entry(name).or_default() += 1;
    }
    let both = paths.iter().zip(short());
    let names = both.map(|(path, name)| match counts[name] {
        1 => name,
        _ => path,
    });
    names.collect()
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
    use crate::growth::{self, Clock};

    #[test]
    fn a_base_name_is_enough_where_no_other_file_has_it() {
        let paths = [
            "a/heap.pb.gz",
            "b/heap.pb.gz",
            "b/other.pb.gz",
            "..",
            "last",
        ];
        let expected = ["a/heap.pb.gz", "b/heap.pb.gz", "other.pb.gz", "..", "last"];
        assert_eq!(short_names(&paths), expected);
    }

    #[test]
    fn each_name_is_counted_once() {
        growth::check(|count| {
            let paths: Vec<String> = (0..count).map(|at| format!("dumps/{at}.pb.gz")).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let mut clock = Clock::start();
            assert_eq!(
                short_names(&paths).last(),
                Some(&base(paths[count - 1].as_ref()))
            );
            clock.lap("short names");
            clock.laps
        });
    }

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
