//! What to do, and when that applies.

use serde::Deserialize;

use super::condition::Condition;
use crate::knowledge::{Version, VersionRange};

/// What to do about a problem.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "RemedyFile")]
pub struct Remedy {
    /// In the imperative.
    pub text: String,
    /// The version of Kubernetes from which on it is possible.
    pub since: Option<Version>,
    /// The version of Kubernetes from which on it is done.
    pub obsolete_since: Option<Version>,
    /// What must hold for it, besides.
    pub only_if: Vec<Condition>,
    /// The kinds for which it helps.
    pub kinds: Option<KindClass>,
    /// The feature gates of Kubernetes that do it where they are on.
    pub gates: Vec<String>,
    /// Whether it only asks who sends the requests.
    pub is_search: bool,
    /// Whether it only asks how many objects or requests there are.
    pub is_count: bool,
}

/// A remedy that applies to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Advice {
    /// What to do, in the imperative.
    pub text: String,
    /// The version of Kubernetes that does it by itself.
    pub obsolete_since: Option<Version>,
    /// The feature gates that do it where they are on.
    pub gates: Vec<String>,
    /// Whether it only asks who sends the requests: done where that is known.
    pub is_search: bool,
    /// Whether it only asks how many objects or requests there are: done where that is
    /// known.
    pub is_count: bool,
}

/// Kinds that have something in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
pub enum KindClass {
    /// Kinds with a Go type in the server.
    BuiltIn,
    /// Custom resources.
    Custom,
    /// Kinds that the watch cache holds.
    Cached,
    /// Kinds that it does not hold unless configured: Events.
    Uncached,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RemedyFile {
    Text(String),
    Table(RemedyTable),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemedyTable {
    text: String,
    since: Option<Version>,
    obsolete_since: Option<Version>,
    #[serde(default)]
    only_if: Vec<Condition>,
    kinds: Option<KindClass>,
    #[serde(default)]
    gates: Vec<String>,
    #[serde(default)]
    search: bool,
    #[serde(default)]
    count: bool,
}

impl From<RemedyFile> for Remedy {
    fn from(file: RemedyFile) -> Self {
        match file {
            RemedyFile::Text(text) => Self {
                text,
                since: None,
                obsolete_since: None,
                only_if: Vec::new(),
                kinds: None,
                gates: Vec::new(),
                is_search: false,
                is_count: false,
            },
            RemedyFile::Table(table) => Self {
                text: table.text,
                since: table.since,
                obsolete_since: table.obsolete_since,
                only_if: table.only_if,
                kinds: table.kinds,
                gates: table.gates,
                is_search: table.search,
                is_count: table.count,
            },
        }
    }
}

impl Remedy {
    /// What it says of a finding.
    pub(super) fn advice(&self) -> Advice {
        Advice {
            text: self.text.clone(),
            obsolete_since: self.obsolete_since,
            gates: self.gates.clone(),
            is_search: self.is_search,
            is_count: self.is_count,
        }
    }

    /// Whether a program of these versions can do it, and has not done it yet. Where the
    /// version is not known for certain, it may.
    pub(super) fn is_for(&self, versions: Option<&VersionRange>) -> bool {
        let has = |version: Option<Version>| versions.zip(version).and_then(|(v, o)| v.has(o));
        has(self.since) != Some(false) && has(self.obsolete_since) != Some(true)
    }

    /// Whether it helps for objects of some kinds; for unknown ones it may.
    pub(super) fn helps(&self, kinds: &[String]) -> bool {
        self.kinds.is_none_or(|class| class.has_some_of(kinds))
    }
}

impl KindClass {
    /// Whether some of these kinds are of the class; unknown ones may be.
    pub(super) fn has_some_of(self, kinds: &[String]) -> bool {
        let is_custom = |kind: &String| kind == crate::knowledge::CUSTOM_RESOURCE;
        let is_event = |kind: &String| kind == "Event";
        kinds.is_empty()
            || match self {
                Self::Custom => kinds.iter().any(is_custom),
                Self::BuiltIn => !kinds.iter().all(is_custom),
                Self::Cached => !kinds.iter().all(is_event),
                Self::Uncached => kinds.iter().any(is_event),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(text: &str) -> Remedy {
        #[derive(Deserialize)]
        struct File {
            remedy: Remedy,
        }
        let file: File = toml::from_str(&format!("remedy = {text}")).unwrap();
        file.remedy
    }

    #[test]
    fn what_is_done_is_no_remedy() {
        let upgrade = remedy("{ text = 'Upgrade to 1.33.', obsolete_since = '1.33' }");
        let range = |version: &str| VersionRange::given(version.parse().unwrap());
        assert!(upgrade.is_for(Some(&range("1.32"))));
        assert!(!upgrade.is_for(Some(&range("1.33"))));
        assert!(upgrade.is_for(None));
        let gate = remedy("{ text = 'Turn on the gate.', since = '1.31' }");
        assert!(!gate.is_for(Some(&range("1.30"))));
        assert!(gate.is_for(Some(&range("1.31"))) && gate.is_for(None));
    }

    #[test]
    fn a_search_is_one_because_its_signature_says_so() {
        let search = |text: &str| remedy(text).advice().is_search;
        assert!(search("{ text = 'Ask around.', search = true }"));
        assert!(!search("'Find the client.'") && !search("{ text = 'Page.', since = '1.31' }"));
    }

    #[test]
    fn custom_resources_have_no_protobuf() {
        let protobuf = remedy("{ text = 'Ask for protobuf.', kinds = 'built-in' }");
        let custom = crate::knowledge::CUSTOM_RESOURCE.to_owned();
        assert!(!protobuf.helps(std::slice::from_ref(&custom)));
        assert!(protobuf.helps(&[custom, "Pod".to_owned()]) && protobuf.helps(&[]));
        assert!(remedy("'Page.'").helps(&[]));
    }

    #[test]
    fn events_are_not_in_the_watch_cache() {
        let cached = remedy("{ text = 'Ask the cache.', kinds = 'cached' }");
        let event = "Event".to_owned();
        assert!(!cached.helps(std::slice::from_ref(&event)));
        assert!(cached.helps(&["Pod".to_owned()]) && cached.helps(&[]));
    }
}
