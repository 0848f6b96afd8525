//! The parts of a program, by name.

use super::rules::Rules;
use super::{INTERNAL, OTHER};

/// Whether some stack can belong to a part of this name.
pub(crate) fn is_part(name: &str) -> bool {
    name == OTHER || Rules::builtin().has_part(name)
}

/// Whether some stack can belong to a verb of this name.
pub(crate) fn is_verb(name: &str) -> bool {
    name == INTERNAL || Rules::builtin().has_verb(name)
}

/// What a part is, in a few words; the name itself for one that is not known.
pub fn title(part: &str) -> &str {
    match part {
        "list-etcd" => "LIST: read from etcd",
        "list-encode" => "LIST: encode the response",
        "list-other" => "LIST: other work",
        "watch-init" => "watches: initial state",
        "watch-serve" => "watches: buffers and encoding",
        "watch-cache-fill" => "watch cache: initial fill",
        "watch-cache-events" => "watch cache: changes",
        "get" => "GET requests",
        "write" => "write requests",
        "crd-openapi" => "CRDs and OpenAPI",
        "admission" => "admission and CEL",
        "audit" => "audit events",
        "etcd-client" => "etcd client",
        "informer" => "the program's own informers",
        "informer-list" => "informer cache: initial list",
        "informer-watch" => "informer cache: watch events",
        "raw-body" => "raw bodies of responses",
        "queue" => "queues and handlers",
        "event-recorder" => "event recorders",
        "range" => "range requests",
        "raft-log" => "raft log",
        "backend" => "backend and index",
        "connections" => "HTTP and TLS connections",
        "metrics" => "metrics of the program",
        "startup" => "start-up",
        "runtime" => "Go runtime",
        OTHER => "not attributed",
        part => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_rules_has_a_title() {
        for rule in &Rules::builtin().parts {
            assert_ne!(title(&rule.name), rule.name, "{}", rule.name);
        }
    }
}
