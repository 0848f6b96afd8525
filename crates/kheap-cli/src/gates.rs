//! `--fail-on`: the conditions of a job against what was found.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use kheap::gate::{Gate, GateError};
use kheap::series::{By, Keys};
use kheap::{Diagnosis, Heap, Snapshot};
use kheap_text::diagnosis::Known;
use kheap_text::gate;

use crate::args::FailOn;
use crate::{EXIT_FINDINGS, output};

/// A heap as gates measure it, and an earlier one of the same process.
#[derive(Debug)]
pub(crate) struct Measured {
    before: Option<Snapshot>,
    after: Snapshot,
}

impl Measured {
    pub(crate) fn new(before: Option<Snapshot>, after: Snapshot) -> Self {
        Self { before, after }
    }

    /// A heap without a history.
    pub(crate) fn of(heap: &Heap<'_>, name: &str) -> Self {
        Self::new(None, Snapshot::new(heap, name, &Keys::default()))
    }

    fn check(&self, gate: &Gate, written: &str) -> Result<Option<Failure>> {
        let breach = gate.check(self.before.as_ref(), &self.after);
        let breach = breach.map_err(|error| match error {
            GateError::UnknownPart {
                part,
                similar: None,
                ..
            } => anyhow!(
                "unknown part {part:?}; `kheap breakdown --by part --format csv` lists those of a dump"
            ),
            error => error.into(),
        });
        let breach = breach.with_context(|| cannot_check(written))?;
        if gate.is_absent(&self.after) && !has_known_name(gate) {
            let by = gate.of.as_ref().map(|(by, _)| *by);
            let what = match by {
                // What it calls is not its own.
                Some(by @ (By::Function | By::Package)) => {
                    format!("nothing is allocated by this {} itself", by.name())
                }
                by => format!("the dump has no such {}", by.map_or("name", By::name)),
            };
            output::note(&format!(
                "{written}: {what}, so it counts as 0; check the name"
            ));
        }
        Ok(breach.map(|breach| Failure::of_bound(gate::breach(written, gate, &breach))))
    }
}

/// A condition that is not kept.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Whether it is about findings, which are shown anyway.
    pub(crate) is_of_findings: bool,
    /// The condition, what was found, and by how much it is too much.
    pub(crate) line: String,
}

impl Failure {
    fn of_bound(line: String) -> Self {
        Self {
            is_of_findings: false,
            line,
        }
    }

    /// The same of one of several heaps.
    pub(crate) fn of(self, file: &str) -> Self {
        Self {
            line: format!("{file}: {}", self.line),
            ..self
        }
    }
}

/// Whether the name was looked up in a list, so that a dump without it is no slip.
fn has_known_name(gate: &Gate) -> bool {
    let of = gate.of.as_ref();
    of.is_none_or(|(by, _)| *by == By::Part)
}

fn cannot_check(written: &str) -> String {
    format!("cannot check --fail-on '{written}'")
}

/// The conditions that two dumps do not keep, one line each.
pub(crate) fn of_pair(conditions: &[FailOn], pair: &Measured) -> Result<Vec<Failure>> {
    let mut failed = Vec::new();
    for condition in conditions {
        if let FailOn::Gate { gate, written } = condition {
            failed.extend(pair.check(gate, written)?);
        }
    }
    Ok(failed)
}

/// The conditions that a diagnosis does not keep. Growth is not known of a process with one
/// dump: an error where nothing else was given, and else a warning.
pub(crate) fn of_diagnosis(
    conditions: &[FailOn],
    diagnosis: &Diagnosis,
    known: &Known<'_>,
    measured: Option<&Measured>,
    is_single: bool,
) -> Result<Vec<Failure>> {
    let mut failed = Vec::new();
    let mut is_limit_checked = false;
    for condition in conditions {
        match condition {
            FailOn::Severity(level) => {
                let limit = gate::limit(diagnosis, known).filter(|_| !is_limit_checked);
                is_limit_checked = true;
                failed.extend(limit.map(Failure::of_bound));
                let findings = gate::findings(*level, &diagnosis.findings);
                failed.extend(findings.map(|line| Failure {
                    is_of_findings: true,
                    line,
                }));
            }
            FailOn::Gate { gate, written } => {
                let found = match measured {
                    Some(measured) => measured.check(gate, written),
                    None => (gate.check_total(diagnosis.total, &diagnosis.unit))
                        .map(|breach| breach.map(|breach| gate::breach(written, gate, &breach)))
                        .map(|line| line.map(Failure::of_bound))
                        .with_context(|| cannot_check(written)),
                };
                match found {
                    Ok(found) => failed.extend(found),
                    Err(error) if !is_single && is_without_growth(&error) => {
                        output::warn(&format!(
                            "{written} is not checked: the newest process has one dump; for two \
                             processes, run `kheap compare`"
                        ));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(failed)
}

fn is_without_growth(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(GateError::NoBefore))
}

/// Says which conditions fail, and ends with their exit code.
pub(crate) fn end(failed: &[Failure]) -> ExitCode {
    for failure in failed {
        output::failed(&failure.line);
    }
    match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(EXIT_FINDINGS),
    }
}
