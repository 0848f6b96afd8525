//! Findings of a heap, joined with what lies beside it: who, how many, from which file.

mod answer;
mod cost;
mod demand;
mod dump;
mod fit;
mod in_flight;
mod logs;
mod reason;
mod rows;
mod rss;
mod scrapes;
mod server;
mod who;

pub use answer::{Answer, HowMany};
pub use demand::asks_for_clients;
pub use dump::Dump;
pub use in_flight::Source;
pub use reason::{InFlightKind, Reason, Use};
pub use rss::OtherRss;
pub use server::{InForce, Server};
pub use who::{Addresses, Who};

use kheap::Diagnosis;

use crate::observation::{FileKind, Observation};

/// A diagnosis, and what lies beside the dump.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Joined {
    /// What became of each file, in the order in which they were given.
    pub files: Vec<FileUse>,
    /// The server, by the files that are of its process.
    pub server: Server,
    /// For each finding, in the order of the diagnosis.
    pub answers: Vec<Answer>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FileUse {
    /// Its name.
    pub file: String,
    /// What it was taken for.
    pub kind: FileKind,
    /// Whether it was used, and why not, or with what restriction.
    pub usage: Use,
}

/// What lies beside a dump, held against it.
#[derive(Debug)]
pub struct Beside {
    files: Vec<FileUse>,
    server: Server,
    rows: rows::Rows,
}

impl Beside {
    /// Holds files against a dump. A file counts only where its time, program and
    /// process fit; the others are listed with the reason, and blame nobody.
    pub fn new(dump: &Dump, observations: &[Observation]) -> Self {
        let fit::Fitting { uses, scrapes } = fit::fit(dump, observations);
        let pairs = observations.iter().zip(&uses);
        let used = pairs.filter_map(|(one, usage)| usage.is_used().then_some(one));
        let used: Vec<&Observation> = used.collect();
        let mut server = Server::of(&used, &scrapes);
        let doubt = |usage: &Use| matches!(usage.reason(), Some(Reason::OtherLists { .. }));
        server.doubts_lists = uses.iter().any(doubt);
        let rows = rows::rows(dump, &server, &used);
        let files = observations.iter().zip(uses);
        let files = files.map(|(observation, usage)| FileUse {
            file: observation.file.clone(),
            kind: observation.facts.kind(),
            usage,
        });
        Self {
            files: files.collect(),
            server,
            rows,
        }
    }

    /// What became of each file.
    pub fn files(&self) -> &[FileUse] {
        &self.files
    }

    /// The server, by the files that are of its process.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Answers for the findings of the dump.
    ///
    /// Users come from audit logs, user agents and addresses from either log; how many
    /// requests were in flight from the best source there is, which is named.
    pub fn join(self, diagnosis: &Diagnosis) -> Joined {
        let answers = diagnosis.findings.iter();
        let answers = answers.map(|finding| answer::answer(finding, &self.server, &self.rows));
        Joined {
            answers: answers.collect(),
            files: self.files,
            server: self.server,
        }
    }
}

impl Joined {
    /// Leaves out who it was: users, user agents, addresses, namespaces and selectors.
    pub fn forget_clients(&mut self) {
        for who in self.answers.iter_mut().flat_map(|answer| &mut answer.who) {
            who.user = None;
            who.user_agent = None;
            who.source = None;
            who.namespace = None;
            who.query = None;
            who.is_hidden = true;
        }
    }
}

/// Joins findings with what lies beside their dump: [`Beside::new`] and [`Beside::join`].
pub fn join(dump: &Dump, diagnosis: &Diagnosis, observations: &[Observation]) -> Joined {
    Beside::new(dump, observations).join(diagnosis)
}
