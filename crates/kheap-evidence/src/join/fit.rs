//! Which files are of the process of the dump: times, program, process.

use std::collections::HashMap;
use std::path::Path;

use kheap::attribute::Role;

use super::dump::Dump;
use super::logs::{log_of, start_of_logs};
use super::reason::{Reason, Use};
use super::scrapes::{Scrapes, differ, nearest_in, scrapes_of};
use crate::goroutines::Goroutines;
use crate::metrics::Scrape;
use crate::moment::{MINUTE, SECOND};
use crate::observation::{Facts, Observation};
use crate::requests::LogKind;
use crate::version::Version as ServerVersion;

/// How far from the dump a scrape may certainly be.
pub(super) const NEAR: i64 = 5 * MINUTE;

/// How far from the dump a profile of goroutines may be: requests come and go.
const SAME_REQUESTS: i64 = 2 * MINUTE;

/// What times of one process may differ by, as different files tell it.
pub(super) const SAME_START: i64 = 10 * SECOND;

/// What is of the process of a dump.
#[derive(Debug)]
pub(super) struct Fitting<'a> {
    /// For each file whether it is used.
    pub(super) uses: Vec<Use>,
    /// The scrapes that are.
    pub(super) scrapes: Scrapes<'a>,
}

/// Says of each file whether it is used.
pub(super) fn fit<'a>(dump: &'a Dump, observations: &'a [Observation]) -> Fitting<'a> {
    let mut fit = Fit {
        dump,
        observations,
        start_of_log: None,
        timed_goroutines: None,
        log_spans: log_spans(observations),
        scrapes: Scrapes::default(),
    };
    let mut uses: Vec<Use> = observations.iter().map(|one| fit.alone(one)).collect();
    // The server log says when the process started; metrics are held against that and
    // against goroutines, and the audit log against all of it.
    fit.start_of_log = start_of_logs(dump, fit.used(&uses).filter_map(log_of));
    fit.timed_goroutines = fit.timed_goroutines(&uses);
    fit.scrapes = Scrapes::choose(&fit);
    fit.check_scrapes(&mut uses);
    fit.reject_companions(&mut uses);
    fit.check_logs(fit.start(), &mut uses);
    fit.check_goroutines(&mut uses);
    fit.check_versions(&mut uses);
    fit.add_remarks(&mut uses);
    Fitting {
        uses,
        scrapes: fit.scrapes,
    }
}

/// Files that are held against a dump and against each other.
pub(super) struct Fit<'a> {
    pub(super) dump: &'a Dump,
    pub(super) observations: &'a [Observation],
    /// When the process started, as the server log shows it.
    pub(super) start_of_log: Option<i64>,
    /// Goroutines whose time is known.
    pub(super) timed_goroutines: Option<&'a Goroutines>,
    /// The times of all logs, in order.
    pub(super) log_spans: Vec<((i64, i64), LogKind)>,
    /// The scrapes that are of the process.
    scrapes: Scrapes<'a>,
}

impl<'a> Fit<'a> {
    /// What a file says against itself.
    fn alone(&self, observation: &Observation) -> Use {
        let reason = match &observation.facts {
            // A part of the counters, or of the goroutines, counts wrong.
            Facts::Metrics(_) | Facts::Goroutines(_) if observation.is_cut() => Some(Reason::Cut),
            Facts::NotUnderstood if observation.is_cut() => Some(Reason::Cut),
            Facts::Goroutines(found) => self.goroutines(found),
            Facts::Requests(log) => self.log(log),
            Facts::Metrics(_) | Facts::Version(_) => None,
            Facts::OtherProfile => Some(Reason::OtherProfile),
            Facts::GitLfsPointer => Some(Reason::GitLfsPointer),
            Facts::NotUnderstood => Some(Reason::NotUnderstood),
        };
        match reason {
            Some(reason @ Reason::NamesOnly(_)) => Use::Used(Some(reason)),
            Some(reason) => Use::NotUsed(reason),
            None => Use::Used(None),
        }
    }

    /// A file of metrics is used where one of its scrapes is.
    fn check_scrapes(&self, uses: &mut [Use]) {
        for (observation, usage) in self.observations.iter().zip(uses) {
            let Some(nearest) = nearest_in(observation, self.dump).filter(|_| usage.is_used())
            else {
                continue;
            };
            let all = scrapes_of(observation).count();
            *usage = match self.scrapes.count_in(observation) {
                0 => Use::NotUsed(self.scrape(nearest).unwrap_or_else(|| self.other(nearest))),
                used if used < all => Use::Used(Some(Reason::SomeScrapes { used, all })),
                _ => Use::Used(None),
            };
        }
    }

    /// Why a scrape is left out against which itself there is nothing.
    fn other(&self, scrape: &Scrape) -> Reason {
        if let Some(reason) = self.scrapes.other(scrape) {
            return reason.clone();
        }
        let start = |scrape: &Scrape| scrape.process.start_nanos.unwrap_or_default();
        Reason::OtherProcess {
            start: start(scrape),
            chosen: self.scrapes.nearest().map(start),
        }
    }

    fn goroutines(&self, found: &Goroutines) -> Option<Reason> {
        let program = found.program.as_ref().zip(self.dump.program.as_ref());
        if let Some((found, expected)) = program.filter(|(found, expected)| found != expected) {
            let (found, expected) = (found.clone(), expected.clone());
            return Some(Reason::OtherProgram { found, expected });
        }
        if let (Some(found), Some(expected)) = (&found.build_id, &self.dump.build_id)
            && found != expected
        {
            return Some(Reason::OtherBuild);
        }
        // A leak profile shows a few goroutines, which say nothing of all. A name is more
        // certain than what a program does.
        if program.is_none()
            && !found.is_leak
            && let Some(reason) = self.role(found.role)
        {
            return Some(reason);
        }
        let (time, (from, to)) = (found.time_nanos?, self.dump.fetched()?);
        let (before, after) = (from.saturating_sub(time), time.saturating_sub(to));
        if after > SAME_REQUESTS {
            return Some(Reason::Later(after));
        }
        (before > SAME_REQUESTS).then_some(Reason::Earlier(before))
    }

    pub(super) fn role(&self, found: Role) -> Option<Reason> {
        let expected = self.dump.role;
        let is_known = found != Role::Unknown && expected != Role::Unknown;
        (is_known && found != expected).then(|| Reason::OtherRole {
            found,
            expected,
            program: self.dump.program.clone(),
        })
    }

    /// When the process of the dump started, as the files that are used tell it.
    fn start(&self) -> Option<i64> {
        let of_scrape = || self.scrapes.nearest()?.process.start_nanos;
        self.start_of_log.or_else(of_scrape)
    }

    fn timed_goroutines(&self, uses: &[Use]) -> Option<&'a Goroutines> {
        let all = self.used(uses).filter_map(goroutines_of);
        let mut timed = all.filter(|found| found.time_nanos.is_some() && !found.is_leak);
        timed.next_back()
    }

    pub(super) fn used<'u>(
        &'u self,
        uses: &'u [Use],
    ) -> impl DoubleEndedIterator<Item = &'a Observation> + 'u {
        let all = self.observations.iter().zip(uses);
        all.filter_map(|(observation, usage)| usage.is_used().then_some(observation))
    }

    /// A text of goroutines has no time; where it was saved with a profile that does, it
    /// is left out with it.
    fn reject_companions(&self, uses: &mut [Use]) {
        let all = self.observations.iter().enumerate();
        let all = all.filter_map(|(at, observation)| Some((at, goroutines_of(observation)?)));
        let (timed, texts): (Vec<_>, Vec<_>) =
            all.partition(|(_, found)| found.time_nanos.is_some());
        for (at, profile) in timed {
            let Use::NotUsed(reason) = uses[at].clone() else {
                continue;
            };
            for &(other, text) in &texts {
                if uses[other].is_used() && is_text_of(profile, text) {
                    uses[other] = Use::NotUsed(reason.clone());
                }
            }
        }
    }

    /// The answer of /version names neither process nor time. It is of the server whose other
    /// files lie in its folder.
    fn check_versions(&self, uses: &mut [Use]) {
        let is_used = self.is_used_by_folder(uses);
        for (observation, usage) in self.observations.iter().zip(uses) {
            let Facts::Version(version) = &observation.facts else {
                continue;
            };
            // All other evidence in its folder may be of another process or time.
            let is_other = is_used.get(&folder(observation)) == Some(&false);
            let of_folder = || is_other.then_some(Reason::OtherFolder);
            if let Some(reason) = self.version(version).or_else(of_folder) {
                *usage = Use::NotUsed(reason);
            }
        }
    }

    /// Whether evidence of a process in a folder is used, for each folder that has some.
    fn is_used_by_folder(&self, uses: &[Use]) -> HashMap<Option<&'a Path>, bool> {
        let mut is_used = HashMap::new();
        for (observation, usage) in self.observations.iter().zip(uses) {
            if observation.facts.is_of_process() {
                *is_used.entry(folder(observation)).or_default() |= usage.is_used();
            }
        }
        is_used
    }

    /// Clients have libraries of their own versions.
    fn version(&self, version: &ServerVersion) -> Option<Reason> {
        if self.dump.role != Role::ApiServer {
            return self
                .role(Role::ApiServer)
                .filter(|_| self.dump.role != Role::Client);
        }
        let expected = self.dump.kubernetes.as_ref()?;
        let found = &version.git_version;
        let is_other = expected.excludes(found.parse().ok()?);
        is_other.then(|| Reason::OtherVersion {
            found: found.clone(),
            expected: expected.clone(),
        })
    }

    /// Texts of goroutines have no time; their number must be about that of /metrics,
    /// or of the profile that has its time.
    fn check_goroutines(&self, uses: &mut [Use]) {
        let of_scrape = || self.scrapes.nearest()?.process.goroutines;
        let timed = self.timed_goroutines.map(|found| found.total);
        let Some(counted) = timed.or_else(of_scrape) else {
            return;
        };
        for (observation, usage) in self.observations.iter().zip(uses) {
            let found =
                goroutines_of(observation).filter(|found| !found.is_leak && usage.is_used());
            let Some(found) = found.filter(|found| found.time_nanos.is_none()) else {
                continue;
            };
            if differ(found.total, counted, 50) {
                let found = found.total;
                *usage = Use::NotUsed(Reason::OtherGoroutines { found, counted });
            }
        }
    }

    /// What a file that is used does not tell.
    fn add_remarks(&self, uses: &mut [Use]) {
        for (observation, usage) in self.observations.iter().zip(uses) {
            if let Use::Used(reason @ None) = usage {
                *reason = self.remark(observation);
            }
        }
    }

    fn remark(&self, observation: &Observation) -> Option<Reason> {
        let is_log = log_of(observation).is_some_and(|log| log.kind == LogKind::Audit);
        let lacks_starts = log_of(observation).is_some_and(|log| !log.has_starts);
        if is_log && lacks_starts {
            return Some(Reason::NoStarts);
        }
        let mut nearest = scrapes_of(observation).filter(|one| self.scrapes.is_nearest(one));
        if let Some((counted, found)) = nearest.find_map(|one| self.lists_of_scrape(one)) {
            return Some(Reason::OtherLists { counted, found });
        }
        if let Some(&warning) = observation.warnings.first() {
            return Some(match is_log && !observation.is_whole() {
                true => Reason::Damaged(warning),
                false => Reason::PassedOver(warning),
            });
        }
        let compares = !matches!(observation.facts, Facts::Version(_));
        (compares && self.dump.at.is_none()).then_some(Reason::NoTime)
    }
}

fn folder(observation: &Observation) -> Option<&Path> {
    Path::new(&observation.file).parent()
}

/// The times of all logs, in order.
fn log_spans(observations: &[Observation]) -> Vec<((i64, i64), LogKind)> {
    let logs = observations.iter().filter_map(log_of);
    let spans = logs.filter_map(|log| Some((log.span?, log.kind)));
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable_by_key(|&(span, _)| span);
    spans
}

/// Whether a text is of the same goroutines as a profile, by their numbers.
fn is_text_of(profile: &Goroutines, text: &Goroutines) -> bool {
    let is_near = |one: i64, other: i64| one.abs_diff(other) <= one.unsigned_abs() / 20 + 1;
    profile.is_leak == text.is_leak
        && is_near(profile.total, text.total)
        && is_near(profile.lists.total, text.lists.total)
        && is_near(profile.watches.total, text.watches.total)
}

pub(super) fn goroutines_of(observation: &Observation) -> Option<&Goroutines> {
    match &observation.facts {
        Facts::Goroutines(found) => Some(found),
        _ => None,
    }
}
