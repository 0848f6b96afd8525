//! Findings of a heap, joined with what lies beside it: who, how many, from which file.

mod answer;
mod cost;
mod demand;
mod dump;
mod fit;
mod in_flight;
mod reason;
mod rows;
mod server;

pub use answer::{Answer, HowMany, Who};
pub use demand::asks_for_clients;
pub use dump::Dump;
pub use in_flight::Source;
pub use reason::{Reason, Use};
pub use server::{InForce, Server};

use kheap::Diagnosis;

use crate::observation::Observation;

/// A diagnosis, and what lies beside the dump.
#[derive(Debug, Clone, PartialEq)]
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
pub struct FileUse {
    /// Its name.
    pub file: String,
    /// What it was taken for, such as `metrics`.
    pub kind: &'static str,
    /// Whether it was used, and why not, or with what restriction.
    pub usage: Use,
}

/// Joins findings with what lies beside their dump.
///
/// A file counts only where its time, program and process fit the dump; the others are
/// listed with the reason, and blame nobody. Users come from audit logs, user agents
/// and addresses from either log; how many requests were in flight from the best
/// source there is, which is named.
pub fn join(dump: &Dump, diagnosis: &Diagnosis, observations: &[Observation]) -> Joined {
    let uses = fit::fit(dump, observations);
    let used: Vec<&Observation> = observations
        .iter()
        .zip(&uses)
        .filter_map(|(observation, usage)| usage.is_used().then_some(observation))
        .collect();
    let server = Server::of(&used);
    let rows = rows::rows(dump, &server, &used);
    let answers = diagnosis.findings.iter();
    let answers = answers.map(|finding| answer::answer(finding, &server, &rows));
    let answers = answers.collect();
    let files = observations.iter().zip(uses);
    let files = files.map(|(observation, usage)| FileUse {
        file: observation.file.clone(),
        kind: observation.facts.kind(),
        usage,
    });
    Joined {
        files: files.collect(),
        answers,
        server,
    }
}
