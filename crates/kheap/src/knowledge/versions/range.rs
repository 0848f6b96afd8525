//! Which versions a program may have, and why no others.

use super::version::Version;

/// Which versions a program may have, and why no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct VersionRange {
    /// The oldest that it may have; `None` where nothing shows it.
    pub at_least: Option<Version>,
    /// The newest that it may have; `None` where nothing shows it.
    pub at_most: Option<Version>,
    /// What shows the bounds, that of the lower one first.
    pub reason: Vec<VersionReason>,
}

/// What a version is known from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum VersionReason {
    /// A module in the path of a source file: `k8s.io/apiserver@v0.34`.
    Module(String),
    /// A function that only these versions have.
    Function(String),
    /// A folder of source code that only these versions have.
    Folder(String),
    /// A version of Go that no older release was built with. Others may have built an older
    /// version with it, so this bound decides nothing.
    Go(Version),
    /// The user.
    Given,
}

impl VersionRange {
    /// The version that the user gives.
    pub fn given(version: Version) -> Self {
        Self::exactly(version, VersionReason::Given)
    }

    pub(super) fn exactly(version: Version, reason: VersionReason) -> Self {
        Self {
            at_least: Some(version),
            at_most: Some(version),
            reason: vec![reason],
        }
    }

    /// Whether the code shows that the program has another version.
    pub fn excludes(&self, version: Version) -> bool {
        let is_newer = self.certain_least().is_some_and(|least| version < least);
        let is_older = self.at_most.is_some_and(|most| version > most);
        is_older || is_newer
    }

    /// The same of a release that was built with some version of Go. What the code itself
    /// shows is certain, and stays.
    pub(super) fn built_with(mut self, go: Version, oldest: Version) -> Self {
        let is_past = self.at_most.is_some_and(|most| most < oldest);
        if is_past || self.at_least.is_some() {
            return self;
        }
        self.reason.insert(0, VersionReason::Go(go));
        Self {
            at_least: Some(oldest),
            ..self
        }
    }

    /// The minor version that the program has, where there is one alone.
    pub(crate) fn only(&self) -> Option<Version> {
        self.at_least.filter(|_| self.at_least == self.at_most)
    }

    /// Whether the oldest version holds for official builds alone: it is known from the Go that
    /// built the program.
    fn is_of_official_builds(&self) -> bool {
        matches!(self.reason.first(), Some(VersionReason::Go(_)))
    }

    /// The oldest version that the program may have, whoever built it.
    pub(crate) fn certain_least(&self) -> Option<Version> {
        self.at_least.filter(|_| !self.is_of_official_builds())
    }

    /// Whether the program has this version or a newer one, whoever built it; `None` where the
    /// range does not tell.
    pub fn has(&self, version: Version) -> Option<bool> {
        match (self.certain_least(), self.at_most) {
            (Some(least), _) if least >= version => Some(true),
            (_, Some(most)) if most < version => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_what_a_version_has() {
        let version = |minor| Version::new(1, minor);
        let range = |at_least, at_most| VersionRange {
            at_least,
            at_most,
            ..VersionRange::default()
        };
        let between = range(Some(version(24)), Some(version(29)));
        assert_eq!(between.has(version(24)), Some(true));
        assert_eq!(between.has(version(27)), None);
        assert_eq!(between.has(version(30)), Some(false));
        assert_eq!(range(None, None).has(version(30)), None);
    }

    #[test]
    fn the_go_that_built_a_program_decides_nothing() {
        let [go, oldest] = ["1.27", "1.33"].map(|version| version.parse().expect("a version"));
        let official = VersionRange::default().built_with(go, oldest);
        assert_eq!(official.at_least, Some(oldest));
        assert_eq!(official.has(oldest), None);
        assert!(!official.excludes("1.30".parse().expect("a version")));
    }
}
