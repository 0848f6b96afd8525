//! The kinds of Kubernetes, and how names of functions show them.
//!
//! A package of an API group holds kinds, hundreds of types that are parts of them, and
//! options of requests. No ending distinguishes them, so the kinds of Kubernetes are a list.

mod data;
mod hint;
mod list;
mod proven;
mod resource;
#[cfg(test)]
mod tests;

pub use hint::UNKNOWN;
pub(crate) use hint::{
    CUSTOM_RESOURCE, Hints, KindHint, encoded, kind_of, kind_of_status, received, whole_name,
};
pub use list::is_known_kind_name;
pub use resource::resource_of;
