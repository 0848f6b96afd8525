//! Versions that modules in the paths of source files have.

use memchr::memmem;

use super::data::{ModuleFile, Product, VersionsData};
use super::range::{VersionRange, VersionReason};
use super::version::Version;
use crate::profile::Profile;

/// Stands between a module and its version in a path.
const AT: &[u8] = b"@v";

/// How many modules of a path are looked at: real ones name one, or two where a module cache
/// is inside of another. Each costs the length of the path.
const MOST_MODULES: usize = 4;

/// The version of the first module of a product that a path names; the first in the order
/// of the file.
pub(super) fn module(profile: &Profile, product: Product) -> Option<VersionRange> {
    let data = &VersionsData::builtin().file.module;
    let data = data.iter().find(|module| module.product == product)?;
    let texts = profile.strings().iter().flat_map(modules);
    let known = texts.filter_map(|(text, version)| Some((data.known(text, version)?, version)));
    let ((_, path), version) = known.min_by_key(|((rank, _), _)| *rank)?;
    let reason = VersionReason::Module(format!("{path}@v{version}"));
    // Kubernetes 1.34 has the libraries 0.34.
    let major = *data.majors.last()?;
    Some(VersionRange::exactly(Version { major, ..version }, reason))
}

/// The modules with their versions in a text, such as a path in the module cache.
fn modules(text: &[u8]) -> impl Iterator<Item = (&str, Version)> {
    memmem::find_iter(text, AT)
        .take(MOST_MODULES)
        .filter_map(|at| {
            let before = str::from_utf8(&text[..at]).ok()?;
            let after = &text[at + AT.len()..];
            let end = after.iter().position(|byte| matches!(byte, b'/' | b'\\'));
            let version = str::from_utf8(&after[..end.unwrap_or(after.len())]).ok()?;
            Some((before, version.parse().ok()?))
        })
}

impl ModuleFile {
    /// The path of a module that shows the version, which ends a text, and where it stands
    /// in the order of those that do.
    fn known<'t>(&self, text: &'t str, version: Version) -> Option<(usize, &'t str)> {
        let counts = self.majors.contains(&version.major) && version.minor >= self.least;
        let module = |path: &String| match path.strip_suffix('*') {
            Some(start) => begin(text, start),
            None => begin(text, path).filter(|module| *module == path.as_str()),
        };
        if !counts || self.except.iter().any(|path| module(path).is_some()) {
            return None;
        }
        let mut paths = self.paths.iter().enumerate();
        paths.find_map(|(rank, path)| Some((rank, module(path)?)))
    }
}

/// The end of a text from some elements of a path on.
fn begin<'t>(text: &'t str, elements: &str) -> Option<&'t str> {
    let at = text.rfind(elements)?;
    let (before, module) = text.split_at(at);
    (before.is_empty() || before.ends_with(['/', '\\'])).then_some(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_with_many_versions_the_first_modules_count() {
        let path = format!(
            "/go/pkg/mod/k8s.io/api@v0.34.1/a.go{}",
            "@v1".repeat(1 << 20)
        );
        let found: Vec<_> = modules(path.as_bytes()).collect();
        assert_eq!(found.len(), 1, "the others have no version");
        assert_eq!(found[0].0, "/go/pkg/mod/k8s.io/api");
    }
}
