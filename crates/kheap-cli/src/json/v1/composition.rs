//! What an unexplained heap is made of.

use kheap::diagnose::{Composition, Fit, KindBytes, ModuleBytes, Own};
use serde::Serialize;

use super::diagnose::{EvidenceRow, evidence_row};

/// What no finding claims.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CompositionRow<'a> {
    /// What is taken apart; of a table what its rows hold.
    bytes: i64,
    /// The module of the program, where something shows it.
    own: Option<OwnRow<'a>>,
    /// Whose functions allocated it, largest first.
    modules: Vec<ModuleRow<'a>>,
    /// What kind of memory it is, largest first.
    kinds: Vec<KindRow<'a>>,
    /// The heaviest ways to who asked; none for a table.
    origins: Vec<EvidenceRow<'a>>,
    /// Rows of a table whose figures explain a large one.
    fits: Vec<FitRow<'a>>,
}

/// The module of the program.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OwnRow<'a> {
    /// Its path, such as `example.com/app`.
    module: &'a str,
    /// What shows it: `vendor`, `files`, `program` or `most`.
    by: &'static str,
}

/// A module, and what its functions allocated.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ModuleRow<'a> {
    /// Its path, `main` or `standard library`.
    module: &'a str,
    /// What its functions allocated.
    bytes: i64,
    /// The package of it that allocated most.
    package: &'a str,
    /// What that package allocated.
    package_bytes: i64,
}

/// A kind of memory.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct KindRow<'a> {
    /// Such as `maps`.
    kind: &'a str,
    /// What it takes.
    bytes: i64,
    /// How many objects that are; null where their size is not known.
    count: Option<CountRow<'a>>,
}

/// How many objects there are.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CountRow<'a> {
    /// What is counted.
    what: &'a str,
    /// At least so many.
    least: i64,
    /// At most so many.
    most: i64,
}

/// A large row of a table, and who calls it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FitRow<'a> {
    /// The function of the large row.
    allocator: &'a str,
    /// What it allocated.
    bytes: i64,
    /// The rows whose figures explain it.
    callers: Vec<CallerRow<'a>>,
}

/// A row that may be its caller.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CallerRow<'a> {
    /// Its function.
    name: &'a str,
    /// What it holds below itself.
    bytes: i64,
}

pub(super) fn composition_row(composition: &Composition) -> CompositionRow<'_> {
    CompositionRow {
        bytes: composition.bytes,
        own: composition.own.as_ref().map(own_row),
        modules: composition.modules.iter().map(module_row).collect(),
        kinds: composition.kinds.iter().map(kind_row).collect(),
        origins: composition
            .origins
            .iter()
            .filter_map(evidence_row)
            .collect(),
        fits: composition.fits.iter().map(fit_row).collect(),
    }
}

fn own_row(own: &Own) -> OwnRow<'_> {
    OwnRow {
        module: &own.module,
        by: own.by.name(),
    }
}

fn module_row(held: &ModuleBytes) -> ModuleRow<'_> {
    ModuleRow {
        module: &held.module,
        bytes: held.bytes,
        package: &held.package,
        package_bytes: held.package_bytes,
    }
}

fn kind_row(kind: &KindBytes) -> KindRow<'_> {
    let count = kind.count.as_ref();
    KindRow {
        kind: &kind.id,
        bytes: kind.bytes,
        count: count.map(|(what, least, most)| CountRow {
            what,
            least: *least,
            most: *most,
        }),
    }
}

fn fit_row(fit: &Fit) -> FitRow<'_> {
    let callers = fit.callers.iter();
    let callers = callers.map(|(name, bytes)| CallerRow {
        name,
        bytes: *bytes,
    });
    FitRow {
        allocator: &fit.allocator,
        bytes: fit.bytes,
        callers: callers.collect(),
    }
}
