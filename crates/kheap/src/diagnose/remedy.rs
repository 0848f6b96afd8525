//! What to do, and when that applies.

use serde::Deserialize;

use super::condition::Condition;
use crate::knowledge::{CUSTOM_RESOURCE, Names, Span, Version, VersionRange, resource_of};

/// What to do about a problem.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "RemedyFile")]
#[non_exhaustive]
pub struct Remedy {
    /// In the imperative.
    pub text: String,
    /// The same for objects of one kind of Kubernetes' own: a query for all of them would name
    /// clients of others. `RESOURCE` stands for the resource of the kind.
    pub of_kind: Option<String>,
    /// The versions of Kubernetes that it is for: it is possible, and not done yet.
    pub kubernetes: Span,
    /// The versions of etcd that it is for.
    pub etcd: Span,
    /// The versions of Go that it is for.
    pub go: Span,
    /// Whose program it is for.
    pub code: Option<Code>,
    /// What must hold for it, besides.
    pub only_if: Vec<Condition>,
    /// What else it needs.
    pub needs: Option<Prerequisite>,
    /// The kinds for which it helps.
    pub kinds: Option<KindClass>,
    /// The feature gates of Kubernetes that do it where they are on.
    pub gates: Vec<String>,
    /// Whether it only asks who sends the requests.
    pub is_search: bool,
    /// Whether it only asks how many objects or requests there are.
    pub is_count: bool,
    /// What it orders, where other signatures order the same in other words.
    pub orders: Vec<String>,
    /// Whether it shows if what is large is expected, below remedies that change something.
    pub is_check: bool,
    /// Whether the versions that it is for stand in front of the text where they are not known.
    /// With an `obsolete_since` they always do.
    pub names_version: bool,
}

/// What a remedy needs besides, said behind it unless it is there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Prerequisite {
    /// A sentence.
    pub text: String,
    /// The versions of etcd for which it is to be said.
    pub etcd: Span,
}

/// What an advice orders: the same order is given once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Order {
    /// The name that signatures give it.
    pub name: String,
    /// The kind that it is about; `None` where it is about any.
    pub kind: Option<String>,
}

impl Order {
    /// An order about one kind, or any.
    #[must_use]
    pub fn new(name: &str, kind: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
        }
    }
}

/// Whose program a remedy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Code {
    /// It changes the code of the program, so the reader must be able to.
    Own,
    /// It is for a program of Kubernetes' releases, whose code the reader cannot change.
    Shipped,
}

/// The program that remedies are for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Running<'v> {
    /// The version of its server of Kubernetes.
    pub(super) kubernetes: Option<&'v VersionRange>,
    /// The version of etcd.
    pub(super) etcd: Option<&'v VersionRange>,
    /// The version of Go that built it.
    pub(super) go: Option<&'v VersionRange>,
    /// Whether it is a program of Kubernetes' releases.
    pub(super) is_shipped: bool,
}

/// A remedy that applies to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Advice {
    /// What to do, in the imperative. It is no finished sentence: words such as `KIND`, `FILE` and
    /// `HOST:PORT` stand for what the finding and its reader know. `Known::fill_in_for` of
    /// [kheap-text](https://docs.rs/kheap-text) fills them in.
    pub text: String,
    /// The same for objects of several kinds, where `text` is about those of one.
    pub of_kinds: Option<String>,
    /// The version of Kubernetes that does it by itself.
    pub obsolete_since: Option<Version>,
    /// The feature gates that do it where they are on.
    pub gates: Vec<String>,
    /// Whether it only asks who sends the requests: done where that is known.
    pub is_search: bool,
    /// Whether it only asks how many objects or requests there are: done where that is
    /// known.
    pub is_count: bool,
    /// Whether it shows if what is large is expected.
    pub is_check: bool,
    /// What it orders, where other findings may order the same in other words.
    pub orders: Vec<Order>,
}

/// Kinds that have something in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    Table(Box<RemedyTable>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemedyTable {
    text: String,
    of_kind: Option<String>,
    since: Option<Version>,
    until: Option<Version>,
    obsolete_since: Option<Version>,
    #[serde(default)]
    etcd: Span,
    #[serde(default)]
    go: Span,
    code: Option<Code>,
    #[serde(default)]
    only_if: Vec<Condition>,
    needs: Option<Prerequisite>,
    kinds: Option<KindClass>,
    #[serde(default)]
    gates: Vec<String>,
    #[serde(default)]
    search: bool,
    #[serde(default)]
    count: bool,
    #[serde(default)]
    orders: Vec<String>,
    #[serde(default)]
    check: bool,
    #[serde(default)]
    names_version: bool,
}

impl From<RemedyFile> for Remedy {
    fn from(file: RemedyFile) -> Self {
        match file {
            RemedyFile::Text(text) => Self {
                text,
                of_kind: None,
                kubernetes: Span::default(),
                etcd: Span::default(),
                go: Span::default(),
                code: None,
                only_if: Vec::new(),
                needs: None,
                kinds: None,
                gates: Vec::new(),
                is_search: false,
                is_count: false,
                orders: Vec::new(),
                is_check: false,
                names_version: false,
            },
            RemedyFile::Table(table) => Self {
                text: table.text,
                of_kind: table.of_kind,
                kubernetes: Span {
                    since: table.since,
                    until: table.until,
                    obsolete_since: table.obsolete_since,
                    patched: Vec::new(),
                },
                etcd: table.etcd,
                go: table.go,
                code: table.code,
                only_if: table.only_if,
                needs: table.needs,
                kinds: table.kinds,
                gates: table.gates,
                is_search: table.search,
                is_count: table.count,
                orders: table.orders,
                is_check: table.check,
                names_version: table.names_version,
            },
        }
    }
}

impl Advice {
    /// A text alone.
    pub(super) fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            of_kinds: None,
            obsolete_since: None,
            gates: Vec::new(),
            is_search: false,
            is_count: false,
            is_check: false,
            orders: Vec::new(),
        }
    }
}

impl Remedy {
    /// The text as it holds for all versions, with older names of metrics.
    pub fn general(&self) -> String {
        let text = self.with_versions(&self.text, &Running::default());
        Names::builtin().for_versions(&text, None).into_owned()
    }

    /// A text with the versions that it is for in front, where they are not known to run,
    /// and with what it needs behind, unless that is known to run.
    fn with_versions(&self, text: &str, running: &Running<'_>) -> String {
        let text = match self.condition(running) {
            Some(condition) => {
                let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
                format!("If {condition}, {}{rest}", first.to_lowercase())
            }
            None => text.to_owned(),
        };
        let needs = self.needs.as_ref();
        match needs.filter(|needs| needs.etcd.may_hold(running.etcd)) {
            Some(needs) => format!("{text} {}", needs.text),
            None => text,
        }
    }

    /// The versions that it is for, in words, where they are not known to run. A step that newer
    /// versions do not need always names them, another one only with `names_version`.
    fn condition(&self, running: &Running<'_>) -> Option<String> {
        let spans = [
            ("Kubernetes", &self.kubernetes, running.kubernetes),
            ("etcd", &self.etcd, running.etcd),
        ];
        let is_done_by_some = |(_, span, versions): &(&str, &Span, Option<&VersionRange>)| {
            span.is_open_above(*versions)
        };
        if !self.names_version && !spans.iter().any(is_done_by_some) {
            return None;
        }
        let clauses = spans.into_iter().filter_map(|(product, span, versions)| {
            Some(format!(
                "{product} is {}",
                versions_in_words(span, versions)?
            ))
        });
        let clauses: Vec<String> = clauses.collect();
        (!clauses.is_empty()).then(|| clauses.join(" and "))
    }

    /// What it says to who runs a program, about objects of one kind where that is known.
    pub(super) fn advice(&self, running: &Running<'_>, kind: Option<&str>) -> Advice {
        let resource = kind.and_then(resource_of);
        let of_kind = self.of_kind.as_ref().zip(resource);
        let of_kind = of_kind.map(|(text, resource)| text.replace("RESOURCE", &resource));
        let worded = |text: &str| {
            let text = self.with_versions(text, running);
            let names = Names::builtin();
            names.for_versions(&text, running.kubernetes).into_owned()
        };
        Advice {
            text: worded(of_kind.as_deref().unwrap_or(&self.text)),
            of_kinds: of_kind.is_some().then(|| worded(&self.text)),
            obsolete_since: self.kubernetes.obsolete_since,
            gates: self.gates.clone(),
            is_search: self.is_search,
            is_count: self.is_count,
            is_check: self.is_check,
            orders: self.orders_about(kind),
        }
    }

    /// What it orders. A search is about the kind whose clients it asks for.
    pub(super) fn orders_about(&self, kind: Option<&str>) -> Vec<Order> {
        let kind = kind.filter(|_| self.is_search);
        let orders = self.orders.iter();
        orders.map(|name| Order::new(name, kind)).collect()
    }

    /// Whether a program of these versions can do it, and has not done it yet. Where the
    /// version is not known for certain, it may.
    pub(super) fn is_for(&self, running: &Running<'_>) -> bool {
        self.kubernetes.may_hold(running.kubernetes)
            && self.etcd.may_hold(running.etcd)
            && self.go.may_hold(running.go)
    }

    /// Whether the reader can do it: nobody changes the code of a release.
    pub(super) fn is_within_reach(&self, running: &Running<'_>) -> bool {
        match self.code {
            None => true,
            Some(Code::Own) => !running.is_shipped,
            Some(Code::Shipped) => running.is_shipped,
        }
    }

    /// Whether it helps for objects of some kinds; for unknown ones it may.
    pub(super) fn helps(&self, kinds: &[String]) -> bool {
        self.kinds.is_none_or(|class| class.may_have(kinds))
    }
}

/// The versions of a span in words, as far as a program is not known to have them.
fn versions_in_words(span: &Span, versions: Option<&VersionRange>) -> Option<String> {
    let since = span.since.filter(|_| span.is_open_below(versions));
    let until = span.obsolete_since.filter(|_| span.is_open_above(versions));
    match (since, until) {
        (Some(since), Some(until)) if until.follows(since) => Some(since.to_string()),
        (Some(since), Some(until)) => Some(format!("{since} or newer, but older than {until}")),
        (Some(since), None) => Some(format!("{since} or newer")),
        (None, Some(until)) => Some(older_than(until, &span.patched)),
        (None, None) => None,
    }
}

/// Versions before one, or before the patch releases of older ones that have the same.
fn older_than(until: Version, patched: &[Version]) -> String {
    let Some((newest, others)) = patched.split_last() else {
        return format!("older than {until}");
    };
    let others = others.iter();
    let others = others.map(|patch| format!(" (older than {} in {patch})", patch.with_patch()));
    let others: String = others.collect();
    format!("older than {}{others}", newest.with_patch())
}

impl KindClass {
    /// Whether one of some kinds is of the class; of unknown ones one may be.
    pub(super) fn may_have(self, kinds: &[String]) -> bool {
        kinds.is_empty() || kinds.iter().any(|kind| self.has(kind))
    }

    /// Whether a kind is of the class.
    pub(super) fn has(self, kind: &str) -> bool {
        match self {
            Self::Custom => kind == CUSTOM_RESOURCE,
            Self::BuiltIn => kind != CUSTOM_RESOURCE,
            Self::Cached => kind != "Event",
            Self::Uncached => kind == "Event",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Catalog;

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
        assert!(is_for(&upgrade, "1.32", "") && !is_for(&upgrade, "1.33", ""));
        assert!(is_for(&upgrade, "", ""));
        let gate = remedy("{ text = 'Turn on the gate.', since = '1.31' }");
        assert!(!is_for(&gate, "1.30", "") && is_for(&gate, "1.31", ""));
        assert!(is_for(&gate, "", ""));
        let flag = remedy("{ text = 'Set it.', etcd = { since = '3.6' } }");
        assert!(is_for(&flag, "1.30", "3.6") && !is_for(&flag, "1.30", "3.5"));
        assert!(is_for(&flag, "1.30", ""));
    }

    #[test]
    fn no_memory_limit_is_set_in_a_go_without_it() {
        let since: Version = "1.19".parse().unwrap();
        let signatures = Catalog::builtin().signatures().iter();
        let remedies = signatures.flat_map(|one| &one.remedy);
        let sets_limit = |remedy: &&Remedy| remedy.text.contains("set GOMEMLIMIT");
        let setting: Vec<&Remedy> = remedies.filter(sets_limit).collect();
        assert!(!setting.is_empty());
        for remedy in setting {
            assert_eq!(remedy.go.since, Some(since), "{}", remedy.text);
            let is_for = |go: &str| {
                let go = go.parse().ok().map(VersionRange::given);
                remedy.is_for(&Running {
                    go: go.as_ref(),
                    ..Running::default()
                })
            };
            assert!(!is_for("1.15") && is_for("1.19") && is_for(""));
        }
    }

    #[test]
    fn a_remedy_names_no_version_that_is_known_to_run() {
        let text = |etcd: &str, text: &str| {
            let etcd = etcd.parse().ok().map(VersionRange::given);
            let running = Running {
                etcd: etcd.as_ref(),
                ..Running::default()
            };
            remedy(text).advice(&running, None).text
        };
        let new = "{ text = 'Set it.', etcd = { since = '3.6' }, names_version = true }";
        assert_eq!(text("3.6", new), "Set it.");
        assert_eq!(text("", new), "If etcd is 3.6 or newer, set it.");
        let old = "{ text = 'Set it.', etcd = { obsolete_since = '3.6' }, names_version = true }";
        assert_eq!(text("3.5", old), "Set it.");
        assert_eq!(text("", old), "If etcd is older than 3.6, set it.");
        let plain = "{ text = 'Set it.', etcd = { since = '3.6' } }";
        assert_eq!(text("", plain), "Set it.");
        let done = "{ text = 'Upgrade it.', etcd = { obsolete_since = '3.6' } }";
        assert_eq!(text("3.5", done), "Upgrade it.");
        assert_eq!(text("", done), "If etcd is older than 3.6, upgrade it.");
        let one = "{ text = 'Set it.', etcd = { since = '3.5', obsolete_since = '3.6' } }";
        assert_eq!(text("", one), "If etcd is 3.5, set it.");
        let some = "{ text = 'Set it.', etcd = { since = '3.2', obsolete_since = '3.6' } }";
        let expected = "If etcd is 3.2 or newer, but older than 3.6, set it.";
        assert_eq!(text("", some), expected);
        let patched = "{ text = 'Upgrade it.', since = '1.31', \
                       etcd = { obsolete_since = '3.6', patched = ['3.4.31', '3.5.13'] } }";
        assert_eq!(text("3.5.9", patched), "Upgrade it.");
        let expected = "If Kubernetes is 1.31 or newer and etcd is older than 3.5.13 \
                        (older than 3.4.31 in 3.4), upgrade it.";
        assert_eq!(text("", patched), expected);
        let needy = "{ text = 'Set it.', needs = { text = 'It needs b.', \
                     etcd = { obsolete_since = '3.6', patched = ['3.5.13'] } } }";
        for old in ["", "3.4", "3.5", "3.5.12"] {
            assert_eq!(text(old, needy), "Set it. It needs b.", "{old}");
        }
        for new in ["3.5.13", "3.5.20", "3.6"] {
            assert_eq!(text(new, needy), "Set it.", "{new}");
        }
    }

    #[test]
    fn a_query_is_about_the_kind_that_is_known() {
        let query = remedy("{ text = 'Find it.', of_kind = 'Find it among RESOURCE.' }");
        let advice = |kind| query.advice(&Running::default(), kind);
        let one = advice(Some("Ingress"));
        assert_eq!(one.text, "Find it among ingresses.");
        assert_eq!(one.of_kinds.as_deref(), Some("Find it."));
        for kind in [None, Some(CUSTOM_RESOURCE)] {
            let any = advice(kind);
            assert_eq!((any.text.as_str(), any.of_kinds), ("Find it.", None));
        }
    }

    #[test]
    fn every_query_of_an_audit_log_can_be_about_one_kind() {
        let remedies = Catalog::builtin()
            .signatures()
            .iter()
            .flat_map(|one| &one.remedy);
        let queries = remedies.filter(|remedy| remedy.text.contains("jq -r"));
        let mut count = 0;
        for query in queries {
            let of_kind = query.of_kind.as_deref().unwrap_or_default();
            let clause = "and .objectRef.resource==\"RESOURCE\") | ";
            assert!(of_kind.contains(clause), "{}", query.text);
            count += 1;
        }
        assert!(count > 5);
    }

    /// Whether a remedy is for versions of Kubernetes and etcd, where they are known.
    fn is_for(remedy: &Remedy, kubernetes: &str, etcd: &str) -> bool {
        let [kubernetes, etcd] =
            [kubernetes, etcd].map(|version| version.parse().ok().map(VersionRange::given));
        remedy.is_for(&Running {
            kubernetes: kubernetes.as_ref(),
            etcd: etcd.as_ref(),
            ..Running::default()
        })
    }

    #[test]
    fn nobody_changes_the_code_of_a_release() {
        let [own, release] = [false, true].map(|is_shipped| Running {
            is_shipped,
            ..Running::default()
        });
        let strip = remedy("{ text = 'Set a transform.', code = 'own' }");
        assert!(strip.is_within_reach(&own) && !strip.is_within_reach(&release));
        let shrink = remedy("{ text = 'Keep fewer objects.', code = 'shipped' }");
        assert!(!shrink.is_within_reach(&own) && shrink.is_within_reach(&release));
        let page = remedy("'Page.'");
        assert!(page.is_within_reach(&own) && page.is_within_reach(&release));
    }

    /// A remedy that names what an older server lacks is not for it.
    #[test]
    fn remedies_name_nothing_that_the_server_lacks() {
        let names = Names::builtin();
        for signature in Catalog::builtin().signatures() {
            for remedy in &signature.remedy {
                let missing = names.missing_before(&remedy.text, remedy.kubernetes.since);
                let mut missing = missing.into_iter().filter(|(_, since)| {
                    // An upgrade to a version that has it.
                    let done = remedy.kubernetes.obsolete_since;
                    let upgrade = done.filter(|done| done >= since);
                    let is_upgrade = |done| remedy.text.contains(&format!("pgrade to {done}"));
                    !upgrade.is_some_and(is_upgrade)
                });
                let first = missing
                    .next()
                    .map(|(name, since)| format!("{name} {since}"));
                assert_eq!(first, None, "{}: {}", signature.id, remedy.text);
                assert_eq!(names.older(&remedy.text), [""; 0], "{}", signature.id);
            }
        }
    }

    /// What only a change of the code can do.
    const OF_CODE: [&str; 12] = [
        "--include=*.go",
        "-lostcancel",
        "SetTransform",
        "cache.Options",
        "context.WithCancel",
        "controller-runtime",
        "defer ",
        "grpc.ClientConn",
        "informers.",
        "metadatainformer",
        "rest.Config",
        "sync.Pool",
    ];

    #[test]
    fn a_change_of_code_is_marked() {
        for signature in Catalog::builtin().signatures() {
            let other = signature
                .remedy
                .iter()
                .filter(|remedy| remedy.code != Some(Code::Own));
            for remedy in other {
                let named = OF_CODE.into_iter().find(|word| remedy.text.contains(word));
                assert_eq!(named, None, "{}: {}", signature.id, remedy.text);
            }
        }
    }

    #[test]
    fn a_search_is_one_because_its_signature_says_so() {
        let search = |text: &str| remedy(text).advice(&Running::default(), None).is_search;
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
