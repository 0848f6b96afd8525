//! What an unexplained heap is made of.

use kheap::diagnose::{Composition, Fit, KindBytes, ModuleBytes, Own};
use serde::Serialize;

use super::diagnose::{EvidenceRow, evidence_row};

/// What no finding claims.
#[derive(Debug, Serialize)]
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

#[derive(Debug, Serialize)]
struct OwnRow<'a> {
    module: &'a str,
    /// `vendor`, `files`, `program` or `most`.
    by: &'static str,
}

#[derive(Debug, Serialize)]
struct ModuleRow<'a> {
    module: &'a str,
    bytes: i64,
    /// The package of it that allocated most.
    package: &'a str,
    package_bytes: i64,
}

#[derive(Debug, Serialize)]
struct KindRow<'a> {
    /// Such as `maps`.
    kind: &'a str,
    bytes: i64,
    /// How many objects that are; null where their size is not known.
    count: Option<CountRow<'a>>,
}

#[derive(Debug, Serialize)]
struct CountRow<'a> {
    what: &'a str,
    least: i64,
    most: i64,
}

#[derive(Debug, Serialize)]
struct FitRow<'a> {
    allocator: &'a str,
    bytes: i64,
    callers: Vec<CallerRow<'a>>,
}

#[derive(Debug, Serialize)]
struct CallerRow<'a> {
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
