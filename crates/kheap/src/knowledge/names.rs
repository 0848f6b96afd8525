//! Names that came with a version of Kubernetes, and what metrics were called before.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;

use super::versions::{Span, Version, VersionRange};

/// The names whose versions are known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    name: Vec<Name>,
}

/// A metric, a feature gate, a field or a flag of Kubernetes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    name: String,
    since: Option<Version>,
    until: Option<Version>,
    formerly: Option<String>,
    #[serde(default)]
    qualified: bool,
}

impl Name {
    /// The metric with a selector, as it labels its resources.
    fn selected(&self, selector: &str) -> String {
        let name = &self.name;
        let resource = self.qualified.then(|| selector.split_once("resource=\""));
        let resource = resource
            .flatten()
            .and_then(|(before, rest)| Some((before, rest.split_once('"')?)));
        match resource {
            Some((before, (resource, after))) => {
                format!("{name}{before}resource=~\"{resource}([.].*)?\"{after}")
            }
            None => format!("{name}{selector}"),
        }
    }
}

impl Names {
    pub(crate) fn builtin() -> &'static Self {
        static NAMES: OnceLock<Names> = OnceLock::new();
        NAMES.get_or_init(|| built_in!("names"))
    }

    /// The text of a remedy with the metrics that servers of these versions have: both
    /// where the versions may be older and newer than the change.
    pub(crate) fn for_versions<'t>(
        &self,
        text: &'t str,
        versions: Option<&VersionRange>,
    ) -> Cow<'t, str> {
        let renamed = self.name.iter().filter(|name| name.formerly.is_some());
        let mut found: Vec<_> = renamed
            .flat_map(|newest| metrics(text, &newest.name).map(move |place| (place, newest)))
            .collect();
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|((start, _), _)| *start);
        let mut query = String::new();
        let mut done = 0;
        for ((start, end), newest) in found {
            let selector = &text[start + newest.name.len()..end];
            let names = self.names_for(newest, versions).into_iter();
            let all: Vec<String> = names.map(|name| name.selected(selector)).collect();
            query += &text[done..start];
            query += &all.join(" or ");
            done = end;
        }
        Cow::Owned(query + &text[done..])
    }

    /// The names in a text that servers before `since` lack, and no older metric replaces.
    #[cfg(test)]
    pub(crate) fn missing_before(
        &self,
        text: &str,
        since: Option<Version>,
    ) -> Vec<(&str, Version)> {
        let named = self
            .name
            .iter()
            .filter(|name| name.formerly.is_none() && has_metric(text, &name.name));
        let named = named.filter_map(|name| Some((name.name.as_str(), name.since?)));
        named.filter(|(_, came)| since < Some(*came)).collect()
    }

    /// The older names of metrics in a text.
    #[cfg(test)]
    pub(crate) fn older(&self, text: &str) -> Vec<&str> {
        let older = self.name.iter().filter_map(|name| name.formerly.as_deref());
        older.filter(|name| has_metric(text, name)).collect()
    }

    /// The names that a metric may have, the newest first.
    fn names_for<'n>(&'n self, newest: &'n Name, versions: Option<&VersionRange>) -> Vec<&'n Name> {
        let mut names = Vec::new();
        let mut next = Some(newest);
        while let Some(name) = next {
            let has = name.since.and_then(|since| versions?.has(since));
            let span = Span {
                since: name.since,
                until: name.until,
                ..Span::default()
            };
            if span.may_hold(versions) {
                names.push(name);
            }
            if has == Some(true) {
                break;
            }
            let formerly = name.formerly.as_deref();
            next = formerly.and_then(|older| self.name.iter().find(|name| name.name == older));
        }
        names
    }
}

/// Where a metric stands in a text, with the selector behind it.
fn metrics<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).filter_map(move |(start, _)| {
        let end = start + name.len();
        let is_whole = !text[..start].ends_with(is_part) && !text[end..].starts_with(is_part);
        let selector = text[end..].starts_with('{').then(|| text[end..].find('}'));
        is_whole.then(|| (start, selector.flatten().map_or(end, |at| end + at + 1)))
    })
}

/// Whether a text names a metric.
#[cfg(test)]
fn has_metric(text: &str, name: &str) -> bool {
    metrics(text, name).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query as servers of a range of versions get it.
    #[track_caller]
    fn check(text: &str, range: [&str; 2], expected: &str) {
        let [at_least, at_most] = range.map(|version| version.parse().ok());
        let range = VersionRange {
            at_least,
            at_most,
            ..VersionRange::default()
        };
        let query = Names::builtin().for_versions(text, Some(&range));
        assert_eq!(query, expected);
    }

    #[test]
    fn a_query_has_the_names_that_the_server_may_have() {
        let watches = "sum(apiserver_longrunning_requests{verb=\"WATCH\"})";
        check(watches, ["1.23", ""], watches);
        check(
            watches,
            ["", "1.22"],
            "sum(apiserver_longrunning_gauge{verb=\"WATCH\"})",
        );
        check(
            watches,
            ["", "1.23"],
            "sum(apiserver_longrunning_requests{verb=\"WATCH\"} or \
             apiserver_longrunning_gauge{verb=\"WATCH\"})",
        );
        let objects = "topk(10, apiserver_resource_objects)";
        check(objects, ["1.34", ""], objects);
        check(
            objects,
            ["1.33", ""],
            "topk(10, apiserver_resource_objects or apiserver_storage_objects)",
        );
        check(objects, ["", "1.20"], "topk(10, etcd_object_counts)");
        check(
            objects,
            ["1.22", "1.22"],
            "topk(10, apiserver_storage_objects)",
        );
        check(
            &format!("{watches} and {objects}"),
            ["", "1.20"],
            "sum(apiserver_longrunning_gauge{verb=\"WATCH\"}) and topk(10, etcd_object_counts)",
        );
    }

    #[test]
    fn older_metrics_name_the_group_of_a_resource() {
        let ingresses = "apiserver_resource_objects{resource=\"ingresses\"}";
        check(ingresses, ["1.34", ""], ingresses);
        check(
            ingresses,
            ["1.33", ""],
            "apiserver_resource_objects{resource=\"ingresses\"} or \
             apiserver_storage_objects{resource=~\"ingresses([.].*)?\"}",
        );
    }

    #[test]
    fn a_longer_name_is_another_metric() {
        let text = "my_apiserver_resource_objects and apiserver_resource_objects_total";
        check(text, ["", ""], text);
    }

    #[test]
    fn a_server_of_any_version_has_one_name_of_a_metric() {
        let names = Names::builtin();
        for name in &names.name {
            let Some(formerly) = &name.formerly else {
                continue;
            };
            let older = names.name.iter().find(|older| older.name == *formerly);
            let older = older.unwrap_or_else(|| panic!("{formerly} is not in the list"));
            assert!(
                older
                    .until
                    .is_none_or(|until| name.since.is_some_and(|since| since <= until)),
                "between {formerly} and {} no version has a metric",
                name.name
            );
        }
    }
}
