//! What the path and the query of a request say.

use crate::resource::Resource;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Target {
    pub(super) resource: Resource,
    pub(super) namespace: String,
    pub(super) has_name: bool,
}

/// Reads `/api/v1/namespaces/NS/pods/NAME/status` or `/apis/GROUP/VERSION/…`; `None`
/// for what is no resource.
pub(super) fn target(path: &str) -> Option<Target> {
    let mut parts = path.split('/').skip(1);
    let group = match parts.next()? {
        "api" => "",
        "apis" => parts.next()?,
        _ => return None,
    };
    let _version = parts.next()?;
    let mut rest = parts.filter(|part| !part.is_empty());
    let mut first = rest.next()?;
    // The old form of a watch.
    if first == "watch" {
        first = rest.next()?;
    }
    let mut target = Target::default();
    if first == "namespaces" {
        let Some(namespace) = rest.next() else {
            target.resource = Resource::new(group, "namespaces");
            return Some(target);
        };
        match rest.next() {
            Some(resource) => {
                target.namespace = namespace.to_owned();
                first = resource;
            }
            None => target.has_name = true,
        }
    }
    target.has_name |= rest.next().is_some();
    target.resource = Resource::new(group, first);
    Some(target)
}

/// Whether a path is one at which a heap is fetched.
pub(super) fn is_heap(path: &str) -> bool {
    path.ends_with("/debug/pprof/heap") || path.ends_with("/debug/pprof/allocs")
}

/// Splits a request URI into path and query.
pub(super) fn split(uri: &str) -> (&str, &str) {
    uri.split_once('?').unwrap_or((uri, ""))
}

/// The parameters that change what an answer costs, in their order by name; versions,
/// tokens and names of objects are left out.
pub(super) fn shape(query: &str) -> String {
    let mut kept: Vec<String> = query.split('&').filter_map(parameter).collect();
    kept.sort_unstable();
    kept.join("&")
}

fn parameter(parameter: &str) -> Option<String> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let is_zero = value.is_empty() || value == "0";
    Some(match name {
        "resourceVersion" if value.is_empty() => return None,
        "resourceVersion" if !is_zero => format!("{name}=<version>"),
        "continue" if value.is_empty() => return None,
        "continue" => "continue=<token>".to_owned(),
        "fieldSelector" => format!("{name}={}", selector(value)),
        "fieldManager"
        | "limit"
        | "labelSelector"
        | "pretty"
        | "resourceVersion"
        | "resourceVersionMatch"
        | "sendInitialEvents"
        | "force" => parameter.to_owned(),
        _ => return None,
    })
}

/// A selector of one object, or of one node, is one for each of them.
fn selector(value: &str) -> String {
    let terms = value.split("%2C").flat_map(|term| term.split(','));
    let without_name = terms.map(|term| {
        let found = term.find("%3D").or_else(|| term.find('='));
        let field = found.map_or(term, |at| &term[..at]);
        match field.ends_with("name") || field.ends_with("Name") || field.ends_with("uid") {
            true => format!("{field}=<name>"),
            false => term.to_owned(),
        }
    });
    without_name.collect::<Vec<_>>().join(",")
}

/// The value of a parameter in a query or in its shape.
pub(crate) fn value<'q>(query: &'q str, wanted: &str) -> Option<&'q str> {
    let mut parameters = query.split('&').filter_map(|one| one.split_once('='));
    parameters
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        let check = |path: &str, group: &str, name: &str, namespace: &str, has_name: bool| {
            let expected = Target {
                resource: Resource::new(group, name),
                namespace: namespace.to_owned(),
                has_name,
            };
            assert_eq!(target(path), Some(expected), "{path}");
        };
        check("/api/v1/pods", "", "pods", "", false);
        check(
            "/api/v1/namespaces/prod/pods/p/status",
            "",
            "pods",
            "prod",
            true,
        );
        check(
            "/apis/apps/v1/namespaces/prod/deployments",
            "apps",
            "deployments",
            "prod",
            false,
        );
        check("/api/v1/namespaces", "", "namespaces", "", false);
        check("/api/v1/namespaces/prod", "", "namespaces", "", true);
        check("/api/v1/watch/pods", "", "pods", "", false);
        assert_eq!(target("/readyz"), None);
        assert_eq!(target("/apis/apps"), None);
    }

    #[test]
    fn shapes_have_no_names_and_no_versions() {
        let check = |query: &str, expected: &str| assert_eq!(shape(query), expected);
        check("limit=500&continue=eyJ2Ijo", "continue=<token>&limit=500");
        check(
            "timeoutSeconds=5&watch=true&resourceVersion=17",
            "resourceVersion=<version>",
        );
        check(
            "resourceVersion=0&pretty=true",
            "pretty=true&resourceVersion=0",
        );
        check(
            "fieldSelector=spec.nodeName%3Dnode-7",
            "fieldSelector=spec.nodeName=<name>",
        );
        check("", "");
    }
}
