//! For which versions of a program something holds.

use serde::Deserialize;

use super::range::VersionRange;
use super::version::Version;

/// For which versions of a program something holds; for all without bounds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Span {
    /// The first version that has it.
    pub since: Option<Version>,
    /// The last one.
    pub until: Option<Version>,
    /// The version from which on it is done, or certain, and need not be said.
    pub obsolete_since: Option<Version>,
    /// The patch releases of older versions from which on it is, too.
    pub patched: Vec<Version>,
}

impl Span {
    /// Whether it holds for a program, or may, where its version is not known for certain.
    pub(crate) fn may_hold(&self, versions: Option<&VersionRange>) -> bool {
        let has = |since| versions.and_then(|versions| versions.has(since));
        self.since.and_then(has) != Some(false) && !self.is_past(versions)
    }

    /// Whether a program may be too old for it.
    pub(crate) fn is_open_below(&self, versions: Option<&VersionRange>) -> bool {
        let has = |since| versions.and_then(|versions| versions.has(since));
        self.since.is_some_and(|since| has(since).is_none())
    }

    /// Whether a program may be so new that it has done it. Where patch releases of its minor
    /// version differ in that, its own must be known.
    pub(crate) fn is_open_above(&self, versions: Option<&VersionRange>) -> bool {
        let is_known = |until| versions.and_then(|versions| versions.has(until)).is_some();
        let only = versions.and_then(VersionRange::only);
        let differs =
            only.is_some_and(|version| version.patch.is_none() && self.patched.contains(&version));
        self.obsolete_since
            .is_some_and(|until| differs || !is_known(until))
    }

    /// Whether a program is past it for certain.
    pub(crate) fn is_past(&self, versions: Option<&VersionRange>) -> bool {
        let least = versions.and_then(VersionRange::certain_least);
        let is_over = least.zip(self.until).is_some_and(|(l, until)| l > until);
        let is_done = (least.zip(self.obsolete_since)).is_some_and(|(l, since)| l >= since);
        let is_patched = |least: Version| self.patched.iter().any(|of| least.has_patch(*of));
        is_over || is_done || least.is_some_and(is_patched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(span: &str, version: Option<&str>, may_hold: bool) {
        let span: Span = toml::from_str(span).expect("a span");
        let version = version.map(|version| version.parse().expect("a version"));
        let range = version.map(VersionRange::given);
        assert_eq!(span.may_hold(range.as_ref()), may_hold, "{version:?}");
    }

    #[test]
    fn a_span_holds_between_its_bounds_and_where_nothing_is_known() {
        let span = "since = '1.24'\nuntil = '1.30'";
        for (version, may_hold) in [
            ("1.23", false),
            ("1.24", true),
            ("1.30", true),
            ("1.31", false),
        ] {
            check(span, Some(version), may_hold);
        }
        check(span, None, true);
        check("", Some("1.20"), true);
        check("obsolete_since = '1.31'", Some("1.30"), true);
        check("obsolete_since = '1.31'", Some("1.31"), false);
        let patched = "obsolete_since = '3.6'\npatched = ['3.4.31', '3.5.13']";
        for (version, may_hold) in [
            ("3.3.40", true),
            ("3.4.30", true),
            ("3.4.31", false),
            ("3.5", true),
            ("3.5.12", true),
            ("3.5.20", false),
            ("3.6", false),
        ] {
            check(patched, Some(version), may_hold);
        }
    }

    #[test]
    fn what_is_no_version_is_an_error() {
        let error = toml::from_str::<Span>("until = 'old'").unwrap_err();
        let expected = "invalid version \"old\": a version is written like 1.34";
        assert_eq!(error.message(), expected);
    }
}
