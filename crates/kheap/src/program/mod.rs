//! Which program a heap is of, where its file does not say it.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::path;
use crate::profile::Profile;
use crate::symbol::{Symbol, canonical};

mod own;

pub use own::{Own, OwnBy};

/// A program by what its code shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct InferredProgram {
    /// What it is likely called: the folder of its main function, or its module.
    pub name: String,
    /// What shows it.
    pub by: ProgramBy,
}

/// What shows the name of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ProgramBy {
    /// The folder of the package main, after which Go names what it builds.
    MainFolder,
    /// Its vendor folder has the other modules.
    Vendor,
    /// Its source files have no version, those of other modules have one.
    Files,
}

crate::__vocabulary! {
    ProgramBy, "reason" {
        MainFolder = "main-folder",
        Vendor = "vendor",
        Files = "files",
    }
}

/// Folders in which people build whatever it is, and a repository of many programs.
const OF_ANY: [&str; 13] = [
    "",
    ".",
    "/",
    "app",
    "build",
    "cmd",
    "go",
    "kubernetes",
    "main",
    "src",
    "tmp",
    "work",
    "workspace",
];

/// The name of a program: that of its file, else what its functions show.
pub(crate) fn known<'p>(
    named: Option<&'p String>,
    inferred: Option<&'p InferredProgram>,
) -> Option<&'p str> {
    let name = named.or(inferred.map(|program| &program.name));
    name.map(String::as_str)
}

impl InferredProgram {
    /// What the functions of a dump show.
    pub(crate) fn of_profile(profile: &Profile) -> Option<Self> {
        let functions = profile.functions().iter();
        let named =
            functions.map(|function| [function.name, function.filename].map(|id| profile.text(id)));
        let functions: Vec<[Cow<'_, str>; 2]> = named.collect();
        Self::of(functions.iter().map(|[name, file]| (&**name, &**file)))
    }

    /// What functions with their source files show; nothing where it is not certain.
    pub(crate) fn of<'f>(
        functions: impl Iterator<Item = (&'f str, &'f str)> + Clone,
    ) -> Option<Self> {
        let main = main_folder(functions.clone()).map(|name| (name, ProgramBy::MainFolder));
        let (name, by) = main.or_else(|| {
            let own = Own::of(functions, None)?;
            let by = match own.by {
                OwnBy::Vendor => ProgramBy::Vendor,
                OwnBy::Files => ProgramBy::Files,
                _ => return None,
            };
            Some((last_element(&own.module).to_owned(), by))
        })?;
        (!OF_ANY.contains(&name.as_str())).then_some(Self { name, by })
    }
}

/// The one folder that the files of the package main are in.
fn main_folder<'f>(functions: impl Iterator<Item = (&'f str, &'f str)>) -> Option<String> {
    let mut known = HashMap::new();
    let mut is_main = |name: &'f str| {
        let found = || Symbol::parse(&canonical(name)).package == "main";
        *known.entry(name).or_insert_with(found)
    };
    let mains = functions
        .filter(|(name, file)| name.starts_with("main.") && file.contains('/') && is_main(name));
    let mut folders = mains.filter_map(|(_, file)| Some(file.rsplit_once('/')?.0));
    let folder = folders.next()?;
    let name = last_element(folder);
    let name = name.split('@').next().unwrap_or(name);
    (folders.all(|other| other == folder) && !OF_ANY.contains(&name)).then(|| name.to_owned())
}

/// The last element of a path that is no major version.
fn last_element(folder: &str) -> &str {
    let is_version = |element: &str| {
        let digits = element.strip_prefix('v').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit())
    };
    match folder.rsplit_once('/') {
        Some((front, last)) if is_version(last) => path::base(front),
        _ => path::base(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(functions: &[(&str, &str)], expected: Option<(&str, ProgramBy)>) {
        let found = InferredProgram::of(functions.iter().copied());
        let found = found.as_ref().map(|found| (found.name.as_str(), found.by));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_program_is_called_like_the_folder_of_its_main_function() {
        let by = ProgramBy::MainFolder;
        check(
            &[("main.main", "/go/src/example.org/shop/cmd/shopd/main.go")],
            Some(("shopd", by)),
        );
        check(
            &[("main.main.func1", "example.org/shop@v1.2.0/main.go")],
            Some(("shop", by)),
        );
        check(
            &[("main.main", "/src/example.org/shop/v2/main.go")],
            Some(("shop", by)),
        );
        check(
            &[
                ("main.main", "/app/main.go"),
                ("os.Open", "/usr/go/src/os/file.go"),
            ],
            None,
        );
        check(
            &[("main.main", "/a/one/main.go"), ("main.f", "/a/two/f.go")],
            None,
        );
    }

    #[test]
    fn else_it_is_called_like_its_module_where_that_is_certain() {
        let vendored = ("example.org/shop/vendor/github.com/b/lib.F", "");
        check(&[vendored], Some(("shop", ProgramBy::Vendor)));
        let many = ("k8s.io/kubernetes/vendor/github.com/b/lib.F", "");
        check(&[many], None);
        check(
            &[("github.com/b/lib.F", ""), ("github.com/b/lib.G", "")],
            None,
        );
    }
}
