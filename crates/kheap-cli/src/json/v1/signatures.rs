//! `kheap signatures`.

use anyhow::Result;
use kheap::diagnose::{Need, Remedy, Signature};
use kheap_text::signature::paragraphs;
use kheap_text::version;
use serde::Serialize;

use super::write;
use crate::output::Sink;

/// `kheap.signatures/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Signatures<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// By id.
    rows: Vec<SignatureRow<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    remedy: Vec<String>,
    /// What changed with a version.
    versions: Vec<String>,
    /// Where it is known from.
    sources: &'a [String],
}

pub(crate) fn json(out: &mut Sink, signatures: &[Signature]) -> Result<()> {
    let list = Signatures {
        schema: "kheap.signatures/1",
        rows: signatures.iter().map(row).collect(),
    };
    write(out, &list)
}

fn row(signature: &Signature) -> SignatureRow<'_> {
    SignatureRow {
        id: &signature.id,
        title: &signature.title,
        about: paragraphs(signature).join("\n\n"),
        roles: signature.roles.iter().map(|role| role.name()).collect(),
        needs: signature.needs.iter().copied().map(Need::name).collect(),
        yields_to: &signature.yields_to,
        remedy: signature.remedy.iter().map(Remedy::general).collect(),
        versions: signature.versions.iter().map(version::note).collect(),
        sources: &signature.sources,
    }
}
