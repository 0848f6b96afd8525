//! The resource of the API that a kind is served as.

use super::CUSTOM_RESOURCE;

/// The resource of a kind of Kubernetes' own API, such as `pods` of Pod, as Kubernetes guesses
/// it: `meta.UnsafeGuessKindToResource`. `None` where it is no name of one kind; custom
/// resources have many.
pub fn resource_of(kind: &str) -> Option<String> {
    let is_name = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric());
    if kind == CUSTOM_RESOURCE || !is_name {
        return None;
    }
    let singular = kind.to_lowercase();
    if singular.ends_with("endpoints") {
        return Some(singular);
    }
    Some(match singular.as_bytes().last() {
        Some(b's') => format!("{singular}es"),
        Some(b'y') => format!("{}ies", &singular[..singular.len() - 1]),
        _ => format!("{singular}s"),
    })
}
