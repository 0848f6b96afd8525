//! Which code is the program's own.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::knowledge::{Modules, STANDARD_LIBRARY};
use crate::symbol::{Symbol, canonical};

/// The module of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Own {
    /// Its path, such as `github.com/grafana/loki`.
    pub module: String,
    /// What shows it.
    pub by: OwnBy,
}

/// What shows the module of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum OwnBy {
    /// Its vendor folder has the other modules.
    Vendor,
    /// Its source files have no version, those of other modules have one.
    Files,
    /// It is called like the program.
    Program,
    /// Most functions are of it.
    Most,
}

crate::__vocabulary! {
    OwnBy, "reason" {
        Vendor = "vendor",
        Files = "files",
        Program = "program",
        Most = "most",
    }
}

/// A function: its name as written, and its source file or nothing.
pub(crate) type Function<'f> = (&'f str, &'f str);

impl Own {
    /// What the functions of a program show of it.
    pub(crate) fn of<'f>(
        functions: impl Iterator<Item = Function<'f>> + Clone,
        program: Option<&str>,
    ) -> Option<Self> {
        let own = |module: String, by| Self { module, by };
        let vendor = most(functions.clone().filter_map(|(name, _)| vendor(name)));
        if let Some((module, _)) = vendor {
            return Some(own(module, OwnBy::Vendor));
        }
        let modules = Known::of(functions.clone());
        if let Some(module) = of_files(functions.clone(), &modules) {
            return Some(own(module, OwnBy::Files));
        }
        let named = program.and_then(|program| of_program(functions.clone(), &modules, program));
        if let Some(module) = named {
            return Some(own(module, OwnBy::Program));
        }
        let others = functions.filter_map(|(name, _)| modules.module(name));
        let (module, (count, all)) = most(others)?;
        let is_library = Modules::builtin().is_of_libraries(&module);
        (count > 1 && 2 * count > all && !is_library).then(|| own(module, OwnBy::Most))
    }

    /// Whether a function, by its canonical name, is of the program's own code.
    pub(crate) fn has(&self, name: &str) -> bool {
        let rest = name.strip_prefix("main.").or_else(|| {
            let rest = name.strip_prefix(self.module.as_str());
            rest.filter(|rest| rest.starts_with(['/', '.']))
        });
        rest.is_some()
    }
}

/// The packages of functions by name, which many functions may have.
struct Known<'f>(HashMap<&'f str, String>);

impl<'f> Known<'f> {
    fn of(functions: impl Iterator<Item = Function<'f>>) -> Self {
        let mut known = HashMap::new();
        for (name, _) in functions {
            known.entry(name).or_insert_with(|| {
                let name = canonical(name);
                Symbol::parse(&name).package.to_owned()
            });
        }
        Self(known)
    }

    fn package(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The module of a function; `None` for the standard library, `main`, and what is no Go.
    fn module(&self, name: &str) -> Option<String> {
        let package = self.package(name);
        let module = Modules::builtin().of(package);
        (package.contains('.') && module != STANDARD_LIBRARY).then(|| module.to_owned())
    }
}

/// The module whose vendor folder a function is in.
fn vendor(name: &str) -> Option<String> {
    let path = name.split(['(', '[', '{']).next()?;
    let (program, _) = path.split_once("/vendor/")?;
    Some(Modules::builtin().of(program).to_owned())
}

/// The one module whose files have no version, among others that have one.
fn of_files<'f>(
    functions: impl Iterator<Item = Function<'f>>,
    modules: &Known<'f>,
) -> Option<String> {
    let (mut versioned, mut plain) = (HashSet::new(), Vec::new());
    for (name, file) in functions {
        let Some(module) = modules.module(name).filter(|_| !file.is_empty()) else {
            continue;
        };
        match file.contains("@v") {
            true => drop(versioned.insert(module)),
            false => plain.push(module),
        }
    }
    let plain = plain
        .into_iter()
        .filter(|module| !versioned.contains(module));
    let (module, _) = most(plain)?;
    (!versioned.is_empty()).then_some(module)
}

/// The module that is called like the program, or that has a folder of that name.
fn of_program<'f>(
    functions: impl Iterator<Item = Function<'f>>,
    modules: &Known<'f>,
    program: &str,
) -> Option<String> {
    let program = program.strip_suffix(".exe").unwrap_or(program);
    let named = functions.filter_map(|(name, _)| {
        let module = modules.module(name)?;
        is_called(modules.package(name), &module, program).then_some(module)
    });
    most(named).map(|(module, _)| module)
}

/// Whether a module is called like the program, or has a folder of that name at its top or
/// among its commands: deeper ones, such as `pkg/manager`, are anybody's.
fn is_called(package: &str, module: &str, program: &str) -> bool {
    if Modules::builtin().is_of_libraries(module) {
        return false;
    }
    let below = package.strip_prefix(module).unwrap_or_default();
    let mut folders = below.trim_start_matches('/').split('/');
    let is_top = match folders.next() {
        Some("cmd") => folders.next() == Some(program),
        first => first == Some(program),
    };
    // An organisation has many modules.
    is_top || module.rsplit('/').next() == Some(program)
}

/// What there is most of, then the first by name; how often, and how many there are.
fn most(items: impl Iterator<Item = String>) -> Option<(String, (usize, usize))> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    let all = counts.values().sum();
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(item, count)| (item, (count, all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(functions: &[Function<'_>], program: Option<&str>, expected: Option<(&str, OwnBy)>) {
        let own = Own::of(functions.iter().copied(), program);
        let own = own.as_ref().map(|own| (own.module.as_str(), own.by));
        assert_eq!(own, expected);
    }

    #[test]
    fn a_vendor_folder_is_the_programs() {
        let functions = [
            (
                "github.com/a/dns/vendor/k8s.io/api/core/v1.(*Pod).Unmarshal",
                "",
            ),
            ("github.com/b/lib.F", ""),
        ];
        check(&functions, None, Some(("github.com/a/dns", OwnBy::Vendor)));
    }

    #[test]
    fn files_of_other_modules_have_versions() {
        let functions = [
            ("example.org/shop/cart.Add", "/src/shop/cart/cart.go"),
            ("example.org/shop/cart.Drop", "/src/shop/cart/cart.go"),
            (
                "github.com/b/lib.F",
                "/go/pkg/mod/github.com/b/lib@v1.2.0/f.go",
            ),
            ("bytes.growSlice", "/usr/local/go/src/bytes/buffer.go"),
        ];
        check(&functions, None, Some(("example.org/shop", OwnBy::Files)));
        // Without a version nobody knows whose files these are.
        check(&functions[3..], None, None);
    }

    #[test]
    fn a_module_may_be_called_like_the_program() {
        let functions = [
            ("github.com/x/weedfs/weed/storage.NewVolume", ""),
            ("github.com/b/lib.F", ""),
        ];
        check(
            &functions,
            Some("weed.exe"),
            Some(("github.com/x/weedfs", OwnBy::Program)),
        );
        check(&functions, Some("server"), None);
        // A folder deep in a library is anybody's.
        let library = [("sigs.k8s.io/controller-runtime/pkg/manager.New", "")];
        check(&library, Some("manager"), None);
        let organisation = [("github.com/shop/toolkit.F", "")];
        check(&organisation, Some("shop"), None);
        let major = [("github.com/acme/shop/v2.F", "")];
        let own = Some(("github.com/acme/shop", OwnBy::Program));
        check(&major, Some("shop"), own);
    }

    #[test]
    fn most_functions_are_more_than_half_and_more_than_one() {
        let functions = [
            ("github.com/a/one.F", ""),
            ("github.com/a/one.G", ""),
            ("os.f", ""),
        ];
        check(&functions, None, Some(("github.com/a/one", OwnBy::Most)));
        check(&functions[1..], None, None);
        let even = [functions[0], ("github.com/b/lib.F", "")];
        check(&even, None, None);
        let library = [
            ("golang.org/x/net/http2.F", ""),
            ("golang.org/x/net/http2.G", ""),
        ];
        check(&library, None, None);
    }

    #[test]
    fn a_module_has_its_packages_and_main() {
        let own = Own {
            module: "github.com/a/one".to_owned(),
            by: OwnBy::Most,
        };
        assert!(own.has("github.com/a/one.F") && own.has("github.com/a/one/b.F"));
        assert!(own.has("main.main") && !own.has("github.com/a/one2.F"));
    }
}
