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
    /// A version of Go that no older release was built with.
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

    /// Whether the code shows that the program has another version. With which Go it was
    /// built shows nothing for certain.
    pub fn excludes(&self, version: Version) -> bool {
        let is_by_go = |reason: &VersionReason| matches!(reason, VersionReason::Go(_));
        let is_newer = self.at_least.is_some_and(|least| version < least);
        let is_older = self.at_most.is_some_and(|most| version > most);
        is_older || is_newer && !self.reason.first().is_some_and(is_by_go)
    }

    /// The same of a release that was built with some version of Go.
    pub(super) fn built_with(mut self, go: Version, oldest: Version) -> Self {
        let is_past = self.at_most.is_some_and(|most| most < oldest);
        if is_past || self.at_least >= Some(oldest) {
            return self;
        }
        if self.at_least.is_some() {
            self.reason.remove(0);
        }
        self.reason.insert(0, VersionReason::Go(go));
        Self {
            at_least: Some(oldest),
            ..self
        }
    }

    /// Whether the program has this version or a newer one; `None` where the range does
    /// not tell.
    pub fn has(&self, version: Version) -> Option<bool> {
        match (self.at_least, self.at_most) {
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
}
