//! The kinds of Kubernetes' own API groups.

use std::sync::OnceLock;

use super::hint::{CUSTOM_RESOURCE, UNKNOWN};

/// Whether a type is a kind of one of Kubernetes' groups. `LimitRange` of a group that is
/// not known yet may be one that has moved.
pub(super) fn is_known_kind(group: &str, name: &str) -> bool {
    let is_known = known().iter().any(|(known, _)| *known == group);
    match is_known {
        true => known().binary_search(&(group, name)).is_ok(),
        false => is_kind_of_any_group(name),
    }
}

/// Whether one of Kubernetes' groups has such a kind.
pub(super) fn is_kind_of_any_group(name: &str) -> bool {
    known().iter().any(|(_, kind)| *kind == name)
}

/// Whether Kubernetes has a kind of this name, in any case. `unknown` and the word for custom
/// resources count, too.
pub fn is_known_kind_name(name: &str) -> bool {
    let is_same = |known: &str| known.eq_ignore_ascii_case(name);
    [UNKNOWN, CUSTOM_RESOURCE].into_iter().any(is_same)
        || known().iter().any(|(_, kind)| is_same(kind))
}

/// Groups and kinds, sorted.
fn known() -> &'static [(&'static str, &'static str)] {
    static KINDS: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let lines = include_str!("../kinds.txt").lines();
        lines
            .filter_map(|line| line.split_once('/').filter(|_| !line.starts_with('#')))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_names_each_kind_once() {
        assert!(known().len() > 100);
        assert!(known().is_sorted_by(|a, b| a < b));
        assert!(known().iter().all(|(_, kind)| !kind.ends_with("List")));
    }

    #[test]
    fn a_kind_is_one_of_its_own_group() {
        assert!(is_known_kind("resource", "ResourceClaim"));
        assert!(!is_known_kind("core", "ResourceClaim"));
        // Any kind of a group that nobody has listed yet.
        assert!(is_known_kind("moved", "ResourceClaim"));
    }
}
