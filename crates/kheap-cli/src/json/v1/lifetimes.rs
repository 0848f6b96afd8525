//! `kheap lifetimes`.

use std::collections::BTreeMap;

use anyhow::Result;
use kheap::Lifetimes;
use kheap::lifetimes::{LifetimeRow, Sites};
use serde::Serialize;

use super::write;
use crate::output::Sink;

/// `kheap.lifetimes/1`. Sums of the rows are those of `total`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct LifetimesJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null where the file does not name it.
    program: Option<&'a str>,
    /// What the rows are: `function`, `package`, `part` or `kind`.
    by: &'static str,
    /// Unit of all amounts: `bytes`.
    unit: &'static str,
    /// Seconds between the two dumps; null for a single one.
    seconds: Option<f64>,
    /// All rows together.
    total: LifetimesRowJson<'a>,
    /// What is retained, mixed and churning, each in all.
    in_all: BTreeMap<&'static str, InAll>,
    /// Mean age of short-lived memory, in seconds; null for one dump, or where it is unknown.
    churning_age: Option<f64>,
    /// Most allocated first, of two dumps between them.
    rows: Vec<LifetimesRowJson<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InAll {
    /// How many rows.
    sites: usize,
    /// What they have in use.
    inuse: i64,
    /// What they allocated, of two dumps between them.
    allocated: i64,
}

impl InAll {
    fn of(sites: Sites) -> Self {
        Self {
            sites: sites.sites,
            inuse: sites.inuse,
            allocated: sites.allocated,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LifetimesRowJson<'a> {
    /// The function, package, part or kind.
    pub(crate) name: &'a str,
    /// What was allocated since the process started.
    pub(crate) allocated: i64,
    /// What of it is in use.
    pub(crate) inuse: i64,
    /// `inuse` as a share of `allocated`; null where nothing was allocated.
    pub(crate) live_ratio: Option<f64>,
    /// For two dumps `retained`, `mixed`, `churning` or `idle`; of one `mostly-live`, `partly-live`
    /// or `mostly-freed`; `unclear` where samples are few.
    pub(crate) lifetime: &'static str,
    /// For two dumps only: what was allocated between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allocated_between: Option<i64>,
    /// For two dumps only: the change of `inuse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grown: Option<i64>,
    /// For two dumps only: `allocated_between` by second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_second: Option<f64>,
    /// For two dumps only: mean age of live objects in seconds; absent where it cannot
    /// be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mean_age: Option<f64>,
}

impl<'a> LifetimesRowJson<'a> {
    pub(crate) fn of(row: &'a LifetimeRow) -> Self {
        Self {
            name: &row.name,
            allocated: row.allocated,
            inuse: row.inuse,
            live_ratio: row.live_ratio,
            lifetime: row.lifetime.name(),
            allocated_between: row.between.map(|between| between.allocated),
            grown: row.between.map(|between| between.grown),
            per_second: row.between.map(|between| between.per_second),
            mean_age: row.between.and_then(|between| between.mean_age),
        }
    }
}

pub(crate) fn json(out: &mut Sink, lifetimes: &Lifetimes) -> Result<()> {
    let in_all = lifetimes.possible().into_iter();
    let in_all = in_all.map(|lifetime| (lifetime.name(), InAll::of(lifetimes.in_all(lifetime))));
    let report = LifetimesJson {
        schema: "kheap.lifetimes/1",
        program: lifetimes.summary.program.as_deref(),
        by: lifetimes.by.name(),
        unit: "bytes",
        seconds: lifetimes.seconds,
        total: LifetimesRowJson::of(&lifetimes.total),
        in_all: in_all.collect(),
        churning_age: lifetimes.churning_age(),
        rows: lifetimes.rows.iter().map(LifetimesRowJson::of).collect(),
    };
    write(out, &report)
}
