//! The catalogue of signatures and their manual pages, in all formats.

use std::io::Write;

use anyhow::Result;
use kheap::Catalog;
use kheap::diagnose::{Need, Signature, VersionNote};
use serde::Serialize;

use super::sink::Sink;
use kheap_text::visible;

use super::terminal::HEADER;
use super::{json, pad};
use crate::args::Format;

/// Ids that are longer, which ours are not, do not widen the column.
const ID_WIDTH: usize = 60;

/// Lists the catalogue.
pub(crate) fn catalog(out: &mut Sink, catalog: &Catalog) -> Result<()> {
    let signatures = catalog.signatures();
    match out.format() {
        Format::Text => {
            let ids = signatures.iter().map(|signature| signature.id.as_str());
            let width = pad::column(ids, ID_WIDTH);
            for Signature { id, title, .. } in signatures {
                let title = visible(title, &[]);
                writeln!(out, "{}  {title}", pad::left(id, width))?;
            }
            Ok(())
        }
        Format::Json => write_json(out, signatures),
        Format::Csv => write_csv(out, signatures),
        Format::Markdown => {
            writeln!(out, "| id | title |\n| --- | --- |")?;
            for Signature { id, title, .. } in signatures {
                let title = visible(title, &[]).replace('|', "\\|");
                writeln!(out, "| `{id}` | {title} |")?;
            }
            Ok(())
        }
    }
}

/// Writes the manual page of one signature; as CSV its row of the list.
pub(crate) fn manual(out: &mut Sink, signature: &Signature) -> Result<()> {
    match out.format() {
        Format::Text => write_page(out, signature),
        Format::Json => write_json(out, std::slice::from_ref(signature)),
        Format::Csv => write_csv(out, std::slice::from_ref(signature)),
        Format::Markdown => write_markdown(out, signature),
    }
}

fn write_csv(out: &mut Sink, signatures: &[Signature]) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["id", "title"])?;
    for signature in signatures {
        csv.write_record([&signature.id, &signature.title])?;
    }
    Ok(csv.flush()?)
}

fn write_page(out: &mut Sink, signature: &Signature) -> Result<()> {
    out.line(HEADER, &signature.id)?;
    writeln!(out, "{}", visible(&signature.title, &[]))?;
    for paragraph in paragraphs(signature) {
        writeln!(out)?;
        out.prose("", "", &paragraph)?;
    }
    let scope = scope(signature);
    if !scope.is_empty() {
        writeln!(out)?;
    }
    for (name, words) in scope {
        writeln!(out, "{name}: {words}")?;
    }
    writeln!(out, "\nWhat to do")?;
    for line in advice(signature) {
        out.prose("- ", "  ", &line)?;
    }
    writeln!(out, "\nSources")?;
    for source in &signature.sources {
        writeln!(out, "- {}", visible(source, &[]))?;
    }
    Ok(())
}

fn write_markdown(out: &mut Sink, signature: &Signature) -> Result<()> {
    let title = visible(&signature.title, &[]);
    writeln!(out, "# {}\n\n{title}", signature.id)?;
    for paragraph in paragraphs(signature) {
        writeln!(out, "\n{}", visible(&paragraph, &[]))?;
    }
    let scope = scope(signature);
    if !scope.is_empty() {
        writeln!(out)?;
    }
    for (name, words) in scope {
        writeln!(out, "- {name}: {words}")?;
    }
    writeln!(out, "\n## What to do\n")?;
    for line in advice(signature) {
        writeln!(out, "1. {}", visible(&line, &['\n']))?;
    }
    writeln!(out, "\n## Sources\n")?;
    for source in &signature.sources {
        writeln!(out, "- <{}>", visible(source, &[]))?;
    }
    Ok(())
}

/// The text of the manual page; empty lines part its paragraphs.
fn paragraphs(signature: &Signature) -> Vec<String> {
    let lines: Vec<&str> = signature.about.trim().lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty());
    let paragraphs = paragraphs.filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.join(" ")).collect()
}

/// Where the signature is judged.
fn scope(signature: &Signature) -> Vec<(&'static str, String)> {
    let roles: Vec<&str> = signature.roles.iter().map(|role| role.name()).collect();
    let needs: Vec<&str> = signature.needs.iter().copied().map(Need::name).collect();
    let lists = [
        ("Programs", roles.join(", ")),
        ("Needs", needs.join(", ")),
        ("Yields to", signature.yields_to.join(", ")),
    ];
    lists
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .collect()
}

/// The remedies, and what changed with a version.
fn advice(signature: &Signature) -> Vec<String> {
    let versions = signature.versions.iter().map(VersionNote::text);
    let remedies = signature.remedy.iter().map(|remedy| remedy.text.clone());
    remedies.chain(versions).collect()
}

/// `kheap.signatures/1`.
#[derive(Debug, Serialize)]
struct Signatures<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// By id.
    rows: Vec<SignatureRow<'a>>,
}

#[derive(Debug, Serialize)]
struct SignatureRow<'a> {
    /// The public name.
    id: &'a str,
    /// One line.
    title: &'a str,
    /// The manual page, paragraphs parted by empty lines.
    about: String,
    /// Programs that can have it; all where empty.
    roles: Vec<&'static str>,
    /// `stacks`, `memstats` or `series`.
    needs: Vec<&'static str>,
    /// Ids that lead where they explain the same bytes.
    yields_to: &'a [String],
    /// What to do, most effective first.
    remedy: Vec<&'a str>,
    /// What changed with a version.
    versions: Vec<String>,
    /// Where it is known from.
    sources: &'a [String],
}

fn write_json(out: &mut Sink, signatures: &[Signature]) -> Result<()> {
    let list = Signatures {
        schema: "kheap.signatures/1",
        rows: signatures.iter().map(row).collect(),
    };
    json::write(out, &list)
}

fn row(signature: &Signature) -> SignatureRow<'_> {
    SignatureRow {
        id: &signature.id,
        title: &signature.title,
        about: paragraphs(signature).join("\n\n"),
        roles: signature.roles.iter().map(|role| role.name()).collect(),
        needs: signature.needs.iter().copied().map(Need::name).collect(),
        yields_to: &signature.yields_to,
        remedy: signature
            .remedy
            .iter()
            .map(|remedy| remedy.text.as_str())
            .collect(),
        versions: signature.versions.iter().map(VersionNote::text).collect(),
        sources: &signature.sources,
    }
}
