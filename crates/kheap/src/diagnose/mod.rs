//! Which known problems a heap has, on what evidence, and what to do.
//!
//! Signatures are data (`knowledge/signatures`); one engine evaluates them over
//! stacks, or over the rows of a pasted table. A wrong diagnosis costs more than
//! none: where nothing matches, the largest places and paths are the answer.

mod answers;
mod cases;
mod catalog;
mod claim_reader;
mod composition;
mod condition;
#[expect(
    clippy::module_inception,
    reason = "named for its one function, which the crate re-exports"
)]
mod diagnose;
mod diagnosis;
mod dumps;
mod evaluate;
mod evidence;
mod expression;
mod finding;
mod history;
mod kinds;
mod note;
mod options;
mod overlap;
mod remedy;
mod select;
mod selections;
mod severity;
mod signature;
mod signature_error;
mod suppression;
mod trend;
mod user_signatures;
mod view;
mod vocabulary;

// The file is in the folder of the signatures, where whoever writes one looks for it.
#[doc = include_str!("../knowledge/signatures/README.md")]
pub mod signatures {}

pub use crate::program::{InferredProgram, ProgramBy};
pub use catalog::Catalog;
pub use claim_reader::ClaimReader;
pub use composition::{Composition, EqualObjects, Fit, KindBytes, ModuleBytes, Own, OwnBy};
pub use condition::{Bounds, Condition, Measure};
pub use diagnose::diagnose;
pub use diagnosis::{Diagnosis, NotJudged, Unjudged, Verdict};
pub use dumps::{Dumps, Newest};
pub use finding::{Evidence, Finding};
pub use history::History;
pub use note::Note;
pub use options::{DiagnoseOptions, Subject};
pub use remedy::{Advice, Code, KindClass, Order, Prerequisite, Remedy};
pub use select::{Frames, Select};
pub use severity::{Confidence, Severity, Thresholds};
pub use signature::{Case, ConfidenceRule, Each, Need, Signature, VersionNote};
pub use signature_error::{CaseFault, SignatureError, SignatureFault};
pub use suppression::Suppression;
pub use trend::{Forecast, NoForecast, Trend};

/// The share of a total; 0 where there is none.
fn share(value: i64, total: i64) -> f64 {
    match total {
        0 => 0.0,
        total => value as f64 / total as f64,
    }
}
