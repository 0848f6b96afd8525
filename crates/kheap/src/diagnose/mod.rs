//! Which known problems a heap has, on what evidence, and what to do.
//!
//! Signatures are data (`signatures/*.toml`); one engine evaluates them over
//! stacks, or over the rows of a pasted table. A wrong diagnosis costs more than
//! none: where nothing matches, the largest places and paths are the answer.

mod cases;
mod catalog;
#[expect(
    clippy::module_inception,
    reason = "named for its one function, which the crate re-exports"
)]
mod diagnose;
mod diagnosis;
mod dumps;
mod evidence;
mod finding;
mod heap;
mod history;
mod judge;
mod options;
mod patterns;
mod relate;
mod selections;
mod signature;
mod version;
mod watch;

pub use catalog::Catalog;
pub use diagnose::diagnose;
pub use diagnosis::{Diagnosis, NotJudged, Verdict};
pub use dumps::{Dumps, Newest};
pub use finding::{Confidence, Evidence, Finding, Severity, Thresholds};
pub use history::{Course, Forecast, History, Unforeseen};
pub use options::{DiagnoseOptions, Subject};
pub use signature::{
    Case, Condition, ConfidenceRule, Each, Need, Select, Signature, SignatureError, TableSelect,
    VersionNote,
};
pub use watch::Watch;

/// The share of a total; 0 where there is none.
fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
