//! The catalogue of signatures and their manual pages, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Catalog;
use kheap::diagnose::{Remedy, Signature};
use kheap_text::markdown::{link, words};
use kheap_text::placeholder::explained;
use kheap_text::signature::{paragraphs, scope};
use kheap_text::table::{Cell, Column, Holds, Table};
use kheap_text::{one_line, version};

use super::sink::Sink;
use super::terminal::{HEADER, plain_paint};
use crate::args::Format;
use crate::json::v1;

/// Lists the catalogue.
pub(crate) fn catalog(out: &mut Sink, catalog: &Catalog) -> Result<()> {
    let signatures = catalog.signatures();
    match out.format() {
        Format::Text => {
            out.table(&list(signatures, ["", ""]), "", |_| plain_paint())?;
            Ok(())
        }
        Format::Json => v1::signatures::json(out, signatures),
        Format::Csv => write_csv(out, signatures),
        Format::Markdown => {
            let table = list(signatures, ["id", "title"]);
            Ok(write!(out, "{}", table.markdown())?)
        }
    }
}

fn list(signatures: &[Signature], headers: [&'static str; 2]) -> Table {
    let mut table = Table::new([
        Column::shown(headers[0], Holds::Words),
        Column::shown(headers[1], Holds::Text),
    ]);
    for signature in signatures {
        table.push([&signature.id, &signature.title].map(|text| Cell::new(one_line(text), "")));
    }
    table
}

/// Writes the manual page of one signature; as CSV its row of the list.
pub(crate) fn manual(out: &mut Sink, signature: &Signature) -> Result<()> {
    match out.format() {
        Format::Text => write_page(out, signature),
        Format::Json => v1::signatures::json(out, std::slice::from_ref(signature)),
        Format::Csv => write_csv(out, std::slice::from_ref(signature)),
        Format::Markdown => write_markdown(out, signature),
    }
}

fn write_csv(out: &mut Sink, signatures: &[Signature]) -> Result<()> {
    out.record(["id", "title"])?;
    for signature in signatures {
        out.record([&signature.id, &signature.title])?;
    }
    Ok(())
}

fn write_page(out: &mut Sink, signature: &Signature) -> Result<()> {
    out.line(HEADER, &signature.id)?;
    out.prose("", "", &one_line(&signature.title))?;
    for paragraph in paragraphs(signature) {
        writeln!(out)?;
        out.prose("", "", &paragraph)?;
    }
    let scope = scope(signature);
    if !scope.is_empty() {
        writeln!(out)?;
    }
    for (name, words) in scope {
        out.prose("", "  ", &format!("{name}: {words}"))?;
    }
    let sections = [
        ("What to do", &remedies(signature)),
        ("Versions", &versions(signature)),
        ("Sources", &signature.sources),
    ];
    for (heading, lines) in sections {
        if !lines.is_empty() {
            writeln!(out, "\n{heading}")?;
        }
        for line in lines {
            out.prose("- ", "  ", line)?;
        }
        if let Some(legend) = explained(lines.iter().map(String::as_str)) {
            writeln!(out)?;
            out.prose("", "", &legend)?;
        }
    }
    Ok(())
}

fn write_markdown(out: &mut Sink, signature: &Signature) -> Result<()> {
    writeln!(out, "# {}\n\n{}", signature.id, words(&signature.title))?;
    for paragraph in paragraphs(signature) {
        writeln!(out, "\n{}", words(&paragraph))?;
    }
    let scope = scope(signature);
    if !scope.is_empty() {
        writeln!(out)?;
    }
    for (name, words) in scope {
        writeln!(out, "- {name}: {words}")?;
    }
    writeln!(out, "\n## What to do\n")?;
    for line in remedies(signature) {
        writeln!(out, "1. {}", words(&line))?;
    }
    let remedies = remedies(signature);
    if let Some(legend) = explained(remedies.iter().map(String::as_str)) {
        writeln!(out, "\n{}", words(&legend))?;
    }
    let versions = versions(signature);
    if !versions.is_empty() {
        writeln!(out, "\n## Versions\n")?;
    }
    for line in versions {
        writeln!(out, "- {}", words(&line))?;
    }
    writeln!(out, "\n## Sources\n")?;
    for source in &signature.sources {
        writeln!(out, "- {}", link(source))?;
    }
    Ok(())
}

/// What to do, most effective first.
fn remedies(signature: &Signature) -> Vec<String> {
    let remedies = signature.remedy.iter();
    remedies.map(Remedy::general).collect()
}

/// What changed with a version.
fn versions(signature: &Signature) -> Vec<String> {
    signature.versions.iter().map(version::note).collect()
}
