//! `kheap breakdown`.

use anyhow::Result;
use kheap::Breakdown;
use serde::Serialize;

use super::{added_up, share, write};
use crate::output::Sink;

/// `kheap.breakdown/1`. The bytes add up to `total`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct BreakdownJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// `apiserver`, `etcd`, `prometheus`, `client` or `unknown`.
    role: &'static str,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of `total` and `bytes`.
    unit: &'a str,
    /// The sum of all values.
    total: i64,
    /// How many files were added up; absent for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_up: Option<usize>,
    /// What became of stacks that lost their root.
    cut_stacks: Cut,
    /// Largest first.
    rows: Vec<BreakdownRowJson<'a>>,
    /// The functions that allocated most of what has no part.
    other_leaves: Vec<Leaf<'a>>,
}

/// In the unit of the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Cut {
    /// Their root was found in other stacks.
    mended: i64,
    /// Their remaining frames say where they belong.
    decided: i64,
    /// They belong where nearly all encoders' bytes belong.
    inferred: i64,
    /// Nothing is known of them.
    left: i64,
}

/// A dimension that was not asked for is absent.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct BreakdownRowJson<'a> {
    /// The part of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    /// The verb of the request, or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verb: Option<&'a str>,
    /// The Kubernetes kind, `custom resource` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    /// The Go package that allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
    /// The module of that package, `main` or `standard library`.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    /// In the unit of the report.
    bytes: i64,
    /// How many objects, where the profile counts them.
    objects: Option<i64>,
    /// Share of the total, 0..=1.
    share: f64,
}

/// A function that allocates.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Leaf<'a> {
    /// Its canonical name.
    name: &'a str,
    /// In the unit of the report.
    bytes: i64,
}

pub(crate) fn json(out: &mut Sink, breakdown: &Breakdown) -> Result<()> {
    let summary = &breakdown.summary;
    let rows = breakdown.rows.iter().map(|row| BreakdownRowJson {
        part: row.part.as_deref(),
        verb: row.verb.as_deref(),
        kind: row.kind.as_deref(),
        package: row.package.as_deref(),
        module: row.module.as_deref(),
        bytes: row.value,
        objects: row.objects,
        share: share(row.value, breakdown.total),
    });
    let leaves = breakdown.other_leaves.iter().map(|leaf| Leaf {
        name: &leaf.name,
        bytes: leaf.value,
    });
    let report = BreakdownJson {
        schema: "kheap.breakdown/1",
        program: summary.program.as_deref(),
        role: breakdown.role.name(),
        sample_type: &summary.sample_type,
        unit: &summary.sample_unit,
        total: breakdown.total,
        added_up: added_up(summary),
        cut_stacks: Cut {
            mended: breakdown.cut.mended,
            decided: breakdown.cut.decided,
            inferred: breakdown.cut.inferred,
            left: breakdown.cut.left,
        },
        rows: rows.collect(),
        other_leaves: leaves.collect(),
    };
    write(out, &report)
}
