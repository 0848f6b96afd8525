//! The server, as the files say that are of its process.

use super::fit::goroutines_of;
use super::logs::log_of;
use super::scrapes::Scrapes;
use kheap::diagnose::Advice;
use kheap::knowledge::Version;

use crate::goroutines::Goroutines;
use crate::metrics::{Counters, Process, Scrape};
use crate::observation::{Facts, Observation};
use crate::resource::Resource;
use crate::version::minor;

/// What is known of the server besides its heap.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Server {
    /// Its version, such as `v1.36.2`.
    pub version: Option<String>,
    /// When its process started, in nanoseconds since 1970.
    pub start_nanos: Option<i64>,
    /// The scrape that is nearest to the dump.
    pub scrape: Option<Box<Scrape>>,
    /// The one before it.
    pub earlier: Option<Box<Scrape>>,
    /// Its goroutines, by the profile that has most.
    pub goroutines: Option<Box<Goroutines>>,
    /// Goroutines that can never go on.
    pub leaks: Option<Box<Goroutines>>,
    /// Whether goroutines show that the counters of LISTs are wrong.
    pub(crate) doubts_lists: bool,
}

/// Why a remedy is left out: it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InForce {
    /// The server is that new, or newer.
    Version(String),
    /// These feature gates are on.
    Gates(Vec<String>),
}

impl Server {
    pub(super) fn of(used: &[&Observation], scrapes: &Scrapes<'_>) -> Self {
        let scrape = scrapes.nearest();
        let of_logs = used.iter().filter_map(|one| log_of(one)?.process_start);
        let of_scrape = || scrape?.process.start_nanos;
        Self {
            version: version(used, scrape),
            start_nanos: of_logs.max().or_else(of_scrape),
            scrape: scrape.cloned().map(Box::new),
            earlier: scrapes.earlier().cloned().map(Box::new),
            goroutines: goroutines(used, false),
            leaks: goroutines(used, true),
            doubts_lists: false,
        }
    }

    /// The minor release of Kubernetes 1, such as 36.
    pub fn minor(&self) -> Option<u32> {
        minor(self.version.as_deref()?)
    }

    /// The process, where metrics tell of it.
    pub fn process(&self) -> Option<&Process> {
        Some(&self.scrape.as_deref()?.process)
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = (&Resource, &Counters)> {
        self.scrape.iter().flat_map(|scrape| &scrape.resources)
    }

    /// How many objects of a resource there are.
    pub(super) fn objects(&self, resource: &Resource) -> Option<i64> {
        let objects = self.scrape.as_deref()?.objects.get(resource)?;
        Some(*objects).filter(|&count| count >= 0)
    }

    /// The mean bytes of an answer to a LIST of a resource: of those between the two
    /// scrapes, else of all since the start.
    pub(super) fn answer_bytes(&self, resource: &Resource) -> Option<i64> {
        let answers = |scrape: &Option<Box<Scrape>>| {
            let counters = scrape.as_deref()?.resources.get(resource)?;
            Some(counters.list_answers)
        };
        let (bytes, count) = answers(&self.scrape)?;
        let (bytes_before, count_before) = answers(&self.earlier).unwrap_or_default();
        // Counters of a process that has restarted go back.
        let mean =
            |bytes: f64, count: f64| (count >= 1.0 && bytes >= 0.0).then(|| (bytes / count) as i64);
        mean(bytes - bytes_before, count - count_before).or_else(|| mean(bytes, count))
    }

    /// The same for LISTs of one namespace, since the start.
    pub(super) fn namespace_answer_bytes(&self, resource: &Resource) -> Option<i64> {
        let counters = self.scrape.as_deref()?.resources.get(resource)?;
        let (bytes, count) = counters.namespace_answers;
        (count >= 1.0).then(|| (bytes / count) as i64)
    }

    /// Whether what is advised is in force already: the gates that do it are on, or the
    /// server has the release that does it by itself. A gate that is off counts before
    /// the release.
    pub fn in_force(&self, advice: &Advice) -> Option<InForce> {
        let known = self.scrape.as_deref().map(|scrape| &scrape.gates);
        let gates = advice.gates.iter();
        let states = gates.filter_map(|gate| known?.get(gate)).copied();
        let states: Vec<bool> = states.collect();
        if states.contains(&false) {
            return None;
        }
        if !states.is_empty() && states.len() == advice.gates.len() {
            return Some(InForce::Gates(advice.gates.clone()));
        }
        let version = self.version.as_deref()?;
        let has: Version = version.parse().ok()?;
        (has >= advice.obsolete_since?).then(|| InForce::Version(version.to_owned()))
    }
}

fn version(used: &[&Observation], scrape: Option<&Scrape>) -> Option<String> {
    let of_file = |observation: &&Observation| match &observation.facts {
        Facts::Version(version) => Some(version.git_version.clone()),
        Facts::Requests(log) => log.version.clone(),
        _ => None,
    };
    let of_scrape = scrape.and_then(|scrape| scrape.process.version.clone());
    of_scrape.or_else(|| used.iter().find_map(of_file))
}

/// The profile that has its time, else the one with most goroutines.
fn goroutines(used: &[&Observation], is_leak: bool) -> Option<Box<Goroutines>> {
    let all = used.iter().filter_map(|one| goroutines_of(one));
    let wanted = all.filter(|found| found.is_leak == is_leak);
    let best = wanted.max_by_key(|found| (found.time_nanos.is_some(), found.total));
    best.cloned().map(Box::new)
}
