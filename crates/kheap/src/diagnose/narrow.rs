//! Queries for requests, narrowed to the one kind that a finding is about: those of other
//! kinds would name an innocent client.

use crate::knowledge::CUSTOM_RESOURCE;

/// Where a remedy asks metrics for the resource, before it asks the audit log.
const WHICH_RESOURCE: &str = ". Which resource: `";

/// What it says before it asks the audit log.
const WHICH_CLIENT: &str = "`. Which client, in the audit log: ";

/// How a query of the audit log starts.
const SELECT: &str = "jq -r 'select(.verb";

/// A remedy whose query of the audit log is about objects of a kind alone.
pub(super) fn narrowed(text: &str, kind: Option<&str>) -> String {
    let Some(resource) = kind.and_then(resource) else {
        return text.to_owned();
    };
    let Some((before, rest)) = text.split_once(SELECT) else {
        return text.to_owned();
    };
    let Some((verb, after)) = rest.split_once(") | ") else {
        return text.to_owned();
    };
    let before = match (
        before.split_once(WHICH_RESOURCE),
        before.rfind(WHICH_CLIENT),
    ) {
        (Some((first, _)), Some(at)) => {
            format!("{first}: {}", &before[at + WHICH_CLIENT.len()..])
        }
        _ => before.to_owned(),
    };
    // A pipe binds less than `and`.
    let verb = match verb.contains('|') {
        true => format!("(.verb{verb})"),
        false => format!(".verb{verb}"),
    };
    format!("{before}jq -r 'select({verb} and .objectRef.resource==\"{resource}\") | {after}")
}

/// The resource of a kind of Kubernetes' own API, as `meta.UnsafeGuessKindToResource` guesses
/// it; custom resources have many.
fn resource(kind: &str) -> Option<String> {
    let is_name = kind.chars().all(|c| c.is_ascii_alphanumeric());
    if kind == CUSTOM_RESOURCE || !is_name || kind.is_empty() {
        return None;
    }
    let singular = kind.to_lowercase();
    Some(match singular.as_bytes().last() {
        _ if singular == "endpoints" => singular,
        Some(b's') => format!("{singular}es"),
        Some(b'y') => format!("{}ies", &singular[..singular.len() - 1]),
        _ => format!("{singular}s"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Catalog;

    #[test]
    fn queries_are_about_the_kind() {
        let general = "Find the client. Which resource: `topk(5, x)`. Which client, in the audit \
                       log: `jq -r 'select(.verb==\"list\") | .userAgent' audit.log`.";
        assert_eq!(
            narrowed(general, Some("Event")),
            "Find the client: `jq -r 'select(.verb==\"list\" and \
             .objectRef.resource==\"events\") | .userAgent' audit.log`."
        );
        for kind in [None, Some(CUSTOM_RESOURCE)] {
            assert_eq!(narrowed(general, kind), general);
        }
        let test = "`jq -r 'select(.verb|test(\"update|patch\")) | .x' audit.log`";
        assert_eq!(
            narrowed(test, Some("Ingress")),
            "`jq -r 'select((.verb|test(\"update|patch\")) and \
             .objectRef.resource==\"ingresses\") | .x' audit.log`"
        );
        assert_eq!(narrowed("Page.", Some("Pod")), "Page.");
    }

    #[test]
    fn every_query_of_an_audit_log_can_be_narrowed() {
        let catalog = Catalog::builtin();
        let remedies = { catalog.signatures().iter() }.flat_map(|signature| &signature.remedy);
        let queries: Vec<_> = remedies
            .filter(|one| one.text.contains("audit.log`") || one.text.contains("audit.log |"))
            .collect();
        assert!(queries.len() > 5);
        for query in queries {
            let text = narrowed(&query.text, Some("Pod"));
            assert!(
                text.contains(" and .objectRef.resource==\"pods\") | "),
                "{text}"
            );
            assert!(!text.contains("Which resource"), "{text}");
        }
    }
}
