//! A minor version, and how it is written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A minor version, such as 1.34. Versions compare as such: a range that ends with 1.34
/// has all its patch releases.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Version {
    /// 1 of 1.34.
    pub major: u32,
    /// 34 of 1.34.
    pub minor: u32,
    /// 2 of 1.34.2, where it is written.
    pub patch: Option<u32>,
}

impl Version {
    /// A minor version, whichever of its patch releases it is.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: None,
        }
    }

    /// Whether no minor version lies between another one and it.
    pub(crate) fn follows(self, other: Self) -> bool {
        self.major == other.major && self.minor == other.minor + 1
    }

    /// As it is written with its patch release.
    pub(crate) fn with_patch(self) -> String {
        match self.patch {
            Some(patch) => format!("{self}.{patch}"),
            None => self.to_string(),
        }
    }

    /// Whether it is a patch release of the same minor version, this one or a newer one.
    pub(crate) fn has_patch(self, of: Self) -> bool {
        self == of && self.patch.is_some() && self.patch >= of.patch
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor).cmp(&(other.major, other.minor))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.major, self.minor).hash(state);
    }
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid version {0:?}: a version is written like 1.34")]
pub struct VersionError(pub String);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Takes `1.34`, `v1.34` and `1.34.2-gke.100`: what follows the patch release is left out.
impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let read = || {
            let (major, rest) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (minor, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let is_end = rest.is_empty() || rest.starts_with(['.', '-', '+']);
            is_end.then_some(Self {
                major: major.parse().ok()?,
                minor: minor.parse().ok()?,
                patch: patch(rest),
            })
        };
        read().ok_or_else(|| VersionError(text.to_owned()))
    }
}

/// The patch release in what follows a minor version. One before a release, such as
/// `3.5.13-rc.0`, is older than it.
fn patch(rest: &str) -> Option<u32> {
    let rest = rest.strip_prefix('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (patch, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let patch: u32 = patch.parse().ok()?;
    let before = ["-alpha", "-beta", "-rc"];
    match before.iter().any(|before| rest.starts_with(before)) {
        true => patch.checked_sub(1),
        false => Some(patch),
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Version {
    /// As it is read: `"1.34"`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_releases_count_within_their_minor_version() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        for (has, expected) in [
            ("3.5.13", true),
            ("v3.5.20-gke.1", true),
            ("3.5.14-rc.0", true),
            ("3.5.12", false),
            ("3.5.13-rc.0", false),
            ("3.5", false),
            ("3.5.x", false),
            ("3.4.31", false),
            ("3.6.13", false),
        ] {
            assert_eq!(version(has).has_patch(version("3.5.13")), expected, "{has}");
        }
        assert_eq!(version("3.5.20"), version("3.5"));
    }

    #[test]
    fn versions_are_read_in_all_spellings() {
        for text in ["1.34", "v1.34", "1.34.2", "v1.34.1-gke.100", "1.34+"] {
            assert_eq!(text.parse(), Ok(Version::new(1, 34)), "{text}");
        }
        for text in ["1", "1.", ".34", "1.x", "1.34x", "one.two", ""] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
