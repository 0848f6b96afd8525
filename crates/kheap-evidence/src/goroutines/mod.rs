//! Goroutine profiles: protobuf, `?debug=1`, `?debug=2`, and Go's `goroutineleak`.

mod census;
mod proto;
mod text;

pub use census::{Creator, Form, Goroutines, Group, Lists, Watches};
pub(crate) use proto::{build_id, of_profile};
pub(crate) use text::{is_dump, is_summary, read_dump, read_summary};
