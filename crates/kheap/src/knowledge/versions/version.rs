//! A minor version, and how it is written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A minor version, such as 1.34.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1 of 1.34.
    pub major: u32,
    /// 34 of 1.34.
    pub minor: u32,
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

/// Takes `1.34`, `v1.34` and `1.34.2-gke.100`: what follows the minor version is left out.
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
            })
        };
        read().ok_or_else(|| VersionError(text.to_owned()))
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
    fn versions_are_read_in_all_spellings() {
        for text in ["1.34", "v1.34", "1.34.2", "v1.34.1-gke.100", "1.34+"] {
            assert_eq!(
                text.parse(),
                Ok(Version {
                    major: 1,
                    minor: 34
                }),
                "{text}"
            );
        }
        for text in ["1", "1.", ".34", "1.x", "1.34x", "one.two", ""] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
