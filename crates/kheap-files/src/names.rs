//! How a report names files: folders say much of a user and little of a heap.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use kheap_evidence::join::FileUse;
use kheap_report::Input;

/// The inputs by base name, unless two would be called alike.
pub fn short_inputs(inputs: &[Input]) -> Vec<Input> {
    let names: Vec<&str> = inputs.iter().map(|input| &*input.name).collect();
    let short = short_names(&names).into_iter().map(str::to_owned);
    let named = inputs.iter().zip(short);
    named
        .map(|(input, name)| input.clone().renamed(name))
        .collect()
}

/// Files beside a dump by base name, unless two would be called alike.
pub fn shorten(files: &mut [FileUse]) {
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

/// The last part of a path; all of it where there is none, as of `..`.
pub fn base(path: &Path) -> &str {
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
}
