//! What the page asks.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::answer::Answer;
use crate::given::{Given, Named};
use crate::open::Open;
use crate::{report, save};

/// A question, and the files that it is about.
#[derive(Debug, Deserialize)]
struct Question {
    files: Vec<Named>,
    #[serde(flatten)]
    task: Task,
}

/// What the page wants.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase")]
enum Task {
    /// The report on all files. A text that was pasted should be a table.
    Report {
        #[serde(default)]
        pasted: bool,
    },
    /// The flame graph of a dump among them.
    Flame { dump: PathBuf },
    /// A copy of a dump among them without private names.
    Redact { dump: PathBuf },
}

pub(crate) fn answer(question: &[u8], page: &dyn Open) -> Result<Answer> {
    let question = serde_json::from_slice(question);
    let Question { files, task } = question.context("the page asks what kheap does not know")?;
    let given = Given::new(&files, page);
    let mut answer = match &task {
        Task::Report { pasted } => report::report(&given, *pasted),
        Task::Flame { dump } => save::flame(&given, dump),
        Task::Redact { dump } => save::redact(&given, dump),
    }?;
    answer.notes.extend(given.notes());
    Ok(answer)
}
