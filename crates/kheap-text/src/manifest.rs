//! What a manifest does, as comments in front of it.

use kheap_evidence::Manifest;

/// A manifest as it is written into a file.
pub fn file(manifest: &Manifest) -> String {
    let Manifest { name, yaml, .. } = manifest;
    format!(
        "# {limit}
# Read it, try it on one server, and apply it: kubectl apply -f {name}.yaml
# It works where this shows requests:
#   apiserver_flowcontrol_current_executing_requests{{flow_schema=\"{name}\"}}
# and it is needed where these stay above 0:
#   apiserver_flowcontrol_current_inqueue_requests{{flow_schema=\"{name}\"}}
{yaml}",
        limit = limit(manifest),
    )
}

/// What the limit does. A watch has its seats only while it starts.
fn limit(manifest: &Manifest) -> String {
    let at_once = Manifest::AT_ONCE;
    let Manifest {
        user,
        verb,
        resource,
        ..
    } = manifest;
    match &**verb {
        "WATCH" => format!(
            "Lets {user} start about {at_once} watches of {resource} at once; others of them wait.
# It does not limit open watches: one holds its seats only until its initial events are sent."
        ),
        verb => format!(
            "Lets {user} run about {at_once} {verb} requests of {resource} at once; others of them \
             wait."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_watches_promises_nothing_of_open_ones() {
        let mut manifest = Manifest::default();
        manifest.name = "kheap-ci-list-pods".to_owned();
        manifest.yaml = "kind: FlowSchema\n".to_owned();
        manifest.user = "ci".to_owned();
        manifest.verb = "LIST".to_owned();
        manifest.resource = "pods".to_owned();
        let text = file(&manifest);
        assert!(text.starts_with("# Lets ci run about 2 LIST requests of pods at once;"));
        assert!(text.ends_with("\"}\nkind: FlowSchema\n"), "{text}");
        "WATCH".clone_into(&mut manifest.verb);
        assert_eq!(
            limit(&manifest),
            "Lets ci start about 2 watches of pods at once; others of them wait.\n\
             # It does not limit open watches: one holds its seats only until its initial events \
             are sent."
        );
    }
}
