//! What lies beside a dump, for people.

use std::io::Write;

use anyhow::Result;
use kheap::Diagnosis;
use kheap::diagnose::Finding;
use kheap_evidence::join::{Answer, FileUse, Server};
use kheap_text::diagnosis::Known;
use kheap_text::evidence::{
    self, Question, how_many, in_force, leaks, question, server, unknown_client, who,
};
use kheap_text::one_line;

use crate::output::sink::Sink;
use crate::output::{markdown, warn};

/// Who is behind a finding, and how many requests.
pub(super) fn write_answer(out: &mut Sink, finding: &Finding, answer: &Answer) -> Result<()> {
    let is_several = answer.who.len() > 1;
    for client in &answer.who {
        let share = match is_several {
            true => format!("{:.0}% of the load: ", client.share * 100.0),
            false => String::new(),
        };
        let words = format!("{share}{}", who(answer, client));
        out.prose("  Who: ", "    ", &one_line(&words))?;
    }
    if let Some(words) = unknown_client(answer) {
        out.prose("  Who: ", "    ", words)?;
    }
    let count = answer.how_many.as_ref();
    if let Some(words) = count.and_then(|count| how_many(finding, count, &answer.who)) {
        out.prose("  How many: ", "    ", &words)?;
    }
    for (remedy, why) in &answer.in_force {
        out.prose("  ", "    ", &in_force(remedy, why))?;
    }
    Ok(())
}

/// What became of each file; without any, which files would answer what is open.
pub(super) fn write_files(out: &mut Sink, diagnosis: &Diagnosis, known: &Known<'_>) -> Result<()> {
    let Some(joined) = known.beside else {
        if let Some(question) = question(diagnosis, known) {
            writeln!(out)?;
            write_question(out, &question)?;
        }
        return Ok(());
    };
    write_beside(out, &joined.files, &joined.server)?;
    if let Some(question) = question(diagnosis, known) {
        write_question(out, &question)?;
    }
    if known.offers_manifests
        && let Some(offer) = evidence::manifests(joined)
    {
        out.prose("", "", &offer)?;
    }
    Ok(())
}

fn write_question(out: &mut Sink, question: &Question) -> Result<()> {
    out.prose("", "", &question.words)?;
    for (step, number) in question.steps.iter().zip(1..) {
        out.prose(&format!("  {number}. "), "     ", step)?;
    }
    Ok(())
}

/// What became of each file, and what they say of the server.
pub(crate) fn write_beside(out: &mut Sink, files: &[FileUse], known: &Server) -> Result<()> {
    writeln!(out, "\nFiles beside the dump")?;
    for line in evidence::files(files) {
        let names = line.names(one_line);
        out.prose("  ", "    ", &format!("{names}: {}", line.words))?;
    }
    for words in server(known).into_iter().chain(leaks(known)) {
        out.prose("  ", "    ", &one_line(&words))?;
    }
    Ok(())
}

/// Warns of files that are not used, where the format of a result has no room for them.
pub(crate) fn warn_of_unused(files: &[FileUse]) {
    let unused: Vec<FileUse> = { files.iter() }
        .filter(|file| !file.usage.is_used())
        .cloned()
        .collect();
    for line in evidence::files(&unused) {
        warn(&format!("{}: {}", line.names(one_line), line.words));
    }
}

pub(super) fn write_markdown_answer(
    out: &mut Sink,
    finding: &Finding,
    answer: &Answer,
) -> Result<()> {
    if !answer.who.is_empty() {
        writeln!(out)?;
    }
    for client in &answer.who {
        let share = match answer.who.len() {
            1 => String::new(),
            _ => format!(", {:.0}% of the load", client.share * 100.0),
        };
        writeln!(
            out,
            "- who{share}: {}",
            markdown::code(&who(answer, client))
        )?;
    }
    if let Some(words) = unknown_client(answer) {
        writeln!(out, "- who: {}", markdown::words(words))?;
    }
    let count = answer.how_many.as_ref();
    if let Some(words) = count.and_then(|count| how_many(finding, count, &answer.who)) {
        writeln!(out, "\n{}", markdown::words(&words))?;
    }
    for (remedy, why) in &answer.in_force {
        writeln!(out, "\n{}", markdown::plain(&in_force(remedy, why)))?;
    }
    Ok(())
}

pub(super) fn write_markdown_files(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    known: &Known<'_>,
) -> Result<()> {
    let Some(joined) = known.beside else {
        if let Some(question) = question(diagnosis, known) {
            write_markdown_question(out, &question)?;
        }
        return Ok(());
    };
    write_markdown_beside(out, &joined.files)?;
    if let Some(question) = question(diagnosis, known) {
        write_markdown_question(out, &question)?;
    }
    Ok(())
}

fn write_markdown_question(out: &mut Sink, question: &Question) -> Result<()> {
    writeln!(out, "\n{}", markdown::words(&question.words))?;
    for (step, number) in question.steps.iter().zip(1..) {
        let gap = if number == 1 { "\n" } else { "" };
        writeln!(out, "{gap}{number}. {}", markdown::words(step))?;
    }
    Ok(())
}

/// What became of each file.
pub(crate) fn write_markdown_beside(out: &mut Sink, files: &[FileUse]) -> Result<()> {
    writeln!(out, "\n### Files beside the dump\n")?;
    for line in evidence::files(files) {
        let names = line.names(|name| markdown::code(name).to_string());
        writeln!(out, "- {names}: {}", markdown::words(&line.words))?;
    }
    Ok(())
}
