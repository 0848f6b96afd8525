//! What a diagnosis is asked for, and what is known besides the heap.

use super::catalog::Catalog;
use super::history::History;
use super::severity::Thresholds;
use super::suppression::Suppression;
use crate::attribute::Heap;
use crate::knowledge::Version;
use crate::memory::MemoryOptions;
use crate::table::Table;

/// What can be diagnosed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// A heap with its stacks.
    Heap(&'a Heap<'a>),
    /// A pasted table, which has none.
    Table(&'a Table),
}

impl<'a> From<&'a Heap<'_>> for Subject<'a> {
    fn from(heap: &'a Heap<'_>) -> Self {
        Self::Heap(heap)
    }
}

impl<'a> From<&'a Table> for Subject<'a> {
    fn from(table: &'a Table) -> Self {
        Self::Table(table)
    }
}

/// What a heap is judged by, and what is known besides it.
///
/// # Example
///
/// ```
/// use kheap::diagnose::DiagnoseOptions;
/// use kheap::memory::MemoryOptions;
///
/// let process = MemoryOptions::default().rss(4 << 30);
/// let options = DiagnoseOptions::default().process(process);
/// assert!(options.history.is_none());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DiagnoseOptions<'a> {
    /// The signatures; those that are compiled in unless others are given.
    pub catalog: &'a Catalog,
    /// From which bytes and shares on a finding has a severity.
    pub thresholds: Thresholds,
    /// The process, whose size the caller may know. When its limit is reached is computed
    /// from the history.
    pub process: MemoryOptions,
    /// All snapshots; the newest of them is that of the heap itself.
    pub history: Option<&'a History>,
    /// What the poster says that a table counts, such as `inuse_space`; else its `Type:`
    /// line counts, else `inuse_space` where it has bytes.
    pub sample_type: Option<&'a str>,
    /// The version of Kubernetes that runs, where the caller knows it; else what the dump
    /// shows.
    pub kube_version: Option<Version>,
    /// The version of etcd that runs, in the same way.
    pub etcd_version: Option<Version>,
    /// Findings that are not to be reported; a note names each.
    pub suppressions: &'a [Suppression],
}

impl Default for DiagnoseOptions<'_> {
    fn default() -> Self {
        Self {
            catalog: Catalog::builtin(),
            thresholds: Thresholds::default(),
            process: MemoryOptions::default(),
            history: None,
            sample_type: None,
            kube_version: None,
            etcd_version: None,
            suppressions: &[],
        }
    }
}

crate::__setters! {
    impl<'a> DiagnoseOptions<'a> {
        catalog: &'a Catalog,
        thresholds: Thresholds,
        process: MemoryOptions,
        history: impl Into<Option<&'a History>>,
        sample_type: impl Into<Option<&'a str>>,
        kube_version: impl Into<Option<Version>>,
        etcd_version: impl Into<Option<Version>>,
        suppressions: &'a [Suppression],
    }
}
