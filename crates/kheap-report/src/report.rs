//! What a report is made of, and the two forms it takes.

use std::fmt::Write;

use askama::Template;
use kheap::{Comparison, Diagnosis, Heap, Memory, Series};
use kheap_evidence::Joined;
use kheap_flame::DrawError;
use kheap_text::diagnosis::Known;
use sha2::{Digest, Sha256};

use crate::header;
use crate::model::{self, Model};
use crate::page::Page;

/// What a report is about. It names nothing that is not in here.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The dump, or the newest of several.
    pub heap: &'a Heap<'a>,
    /// What is wrong with it.
    pub diagnosis: &'a Diagnosis,
    /// What is known beside the diagnosis.
    pub known: Known<'a>,
    /// What lies beside it.
    pub beside: Option<&'a Joined>,
    /// Its process taken apart, where its size is known.
    pub memory: Option<&'a Memory>,
    /// What it is compared with.
    pub change: Change<'a>,
    /// What the page can be asked beyond the report: without it, and in Markdown, nothing.
    pub model: Option<&'a Model>,
    /// The files, in the order of time: the last one is that of `heap`.
    pub inputs: &'a [Input],
    /// What the user has to say first, in Markdown.
    pub header: Option<&'a str>,
    /// The command that makes this report again.
    pub command: &'a str,
    /// That of the program.
    pub version: &'a str,
    /// What went wrong while the files were read, one sentence each.
    pub warnings: &'a [String],
}

/// What a dump is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// Nothing.
    None,
    /// An earlier dump.
    Pair {
        /// That dump.
        before: &'a Heap<'a>,
        /// The differences; their tables become those of the report.
        comparison: &'a Comparison,
    },
    /// A series that it is the end of.
    Series(&'a Series),
}

/// A file that a report was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// As the user calls it.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// When the dump was taken, as it is to be shown.
    pub time: Option<String>,
}

impl Input {
    /// Takes the fingerprint of a file.
    pub fn new(name: &str, bytes: &[u8], time: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            size: bytes.len() as u64,
            sha256: fingerprint(bytes),
            time,
        }
    }
}

/// A report as Markdown, and the pictures that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown {
    /// The report.
    pub text: String,
    /// To be written beside it.
    pub pictures: Vec<PictureFile>,
}

/// A picture beside a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFile {
    /// What stands in its name in place of `md`: `svg`, `diff.svg`, `growth.svg`.
    pub ending: &'static str,
    /// The picture.
    pub svg: String,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A picture cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A template cannot be filled.
    #[error("cannot fill the template: {0}")]
    Template(#[from] askama::Error),
}

#[derive(Template)]
#[template(path = "report.html")]
struct Html<'a> {
    page: &'a Page,
    header: Option<String>,
    nonce: String,
    /// The packed model.
    model: Option<String>,
    script: &'static str,
    style: &'static str,
}

/// The modules of the explorer as one script, and its style: see `build.rs`.
const SCRIPT: &str = include_str!(concat!(env!("OUT_DIR"), "/explorer.js"));
const STYLE: &str = include_str!("../explorer/explorer.css");

#[derive(Template)]
#[template(path = "report.md")]
struct Ticket<'a> {
    page: &'a Page,
    header: Option<String>,
    /// The file name of the report without its ending.
    stem: Option<&'a str>,
}

impl Report<'_> {
    /// Writes one HTML file that loads nothing.
    ///
    /// Only the scripts of the report run in it, whatever else it contains: a
    /// Content Security Policy names them by a number that depends on all input.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when a picture cannot be drawn; not for a dump without
    /// values, whose report says so.
    pub fn html(&self) -> Result<String, ReportError> {
        let mut page = Page::of(self, true)?;
        let nonce = self.nonce();
        for picture in &mut page.pictures {
            let script = format!("<script nonce=\"{nonce}\">");
            // In a picture every name is escaped, so that this is its own script.
            picture.svg = picture.svg.replace("<script>", &script);
        }
        let html = Html {
            page: &page,
            header: self.header.map(header::html),
            nonce,
            model: self.model.map(|model| model::pack(&model.json())),
            script: SCRIPT,
            style: STYLE,
        };
        Ok(html.render()? + "\n")
    }

    /// Writes the same for a ticket. `stem` is the file name without its ending,
    /// under which the pictures are found; without one there are none.
    ///
    /// # Errors
    ///
    /// As of [`html`](Self::html).
    pub fn markdown(&self, stem: Option<&str>) -> Result<Markdown, ReportError> {
        let page = Page::of(self, false)?;
        let ticket = Ticket {
            page: &page,
            header: self.header.map(header::markdown),
            stem,
        };
        let text = ticket.render()? + "\n";
        let charts = page.growth.iter().filter_map(|growth| growth.chart.clone());
        let charts = charts.map(|svg| PictureFile {
            ending: crate::growth::ENDING,
            svg,
        });
        let flames = page.pictures.iter().map(|picture| PictureFile {
            ending: picture.ending,
            svg: picture.svg.clone(),
        });
        Ok(Markdown {
            text,
            pictures: flames.chain(charts).collect(),
        })
    }

    /// What a script must know to run. No dump can contain it: it is the
    /// fingerprint of the dump, among others.
    fn nonce(&self) -> String {
        let mut all = format!("{}\n{}\n", self.version, self.command);
        for input in self.inputs {
            all += &input.sha256;
        }
        all += self.header.unwrap_or_default();
        fingerprint(all.as_bytes())
    }
}

fn fingerprint(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
