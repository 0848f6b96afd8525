//! The two forms that a report takes.

use askama::Template;
use kheap_flame::embedded_scripts;

use crate::growth;
use crate::header;
use crate::model;
use crate::page::Page;
use crate::report::{Report, ReportError, fingerprint, not_filled};

/// A report as Markdown, and the pictures that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Markdown {
    /// The report.
    pub text: String,
    /// To be written beside it.
    pub pictures: Vec<PictureFile>,
}

/// A picture beside a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PictureFile {
    /// What stands in its name in place of `md`: `svg`, `diff.svg`, `growth.svg`.
    pub ending: &'static str,
    /// The picture.
    pub svg: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Html<'a> {
    page: &'a Page,
    header: Option<String>,
    nonce: String,
    /// The packed model.
    model: Option<String>,
    script: String,
    style: &'static str,
}

/// What sorts and searches the tables of a report.
const TABLES: &str = include_str!("../templates/report.js");

/// The modules of the explorer as one script, and its style: see `build.rs`.
const EXPLORER: &str = include_str!(concat!(env!("OUT_DIR"), "/explorer.js"));
const STYLE: &str = include_str!("../explorer/explorer.css");

#[derive(Template)]
#[template(path = "report.md")]
struct Ticket<'a> {
    page: &'a Page,
    header: Option<String>,
    /// The file name of the report without its ending.
    stem: Option<&'a str>,
}

/// All scripts that run in reports, for a page that shows reports and names the scripts it
/// allows by their fingerprints.
///
/// # Example
///
/// ```
/// let scripts = kheap_report::scripts();
/// assert!(scripts.iter().any(|script| script.contains("theme-toggle")));
/// ```
pub fn scripts() -> Vec<String> {
    let of_pages = [false, true].map(script);
    of_pages.into_iter().chain(embedded_scripts()).collect()
}

/// The script of a page.
fn script(has_explorer: bool) -> String {
    let explorer = if has_explorer { EXPLORER } else { "" };
    format!("\n{TABLES}{explorer}")
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
        let nonce = self.nonce(&page);
        for picture in &mut page.pictures {
            let script = format!("<script nonce=\"{nonce}\">");
            // In a picture every name is escaped, so that this is its own script, its only one.
            picture.svg = picture.svg.replacen("<script>", &script, 1);
        }
        let html = Html {
            page: &page,
            header: self.header.map(header::html),
            nonce,
            model: self.model.map(|model| model::pack(&model.json())),
            script: script(self.model.is_some()),
            style: STYLE,
        };
        Ok(html.render().map_err(not_filled)? + "\n")
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
        let text = ticket.render().map_err(not_filled)? + "\n";
        let charts = page.growth.iter().filter_map(|growth| growth.chart.clone());
        let charts = charts.map(|svg| PictureFile {
            ending: growth::ENDING,
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
    /// fingerprint of the dump, among others; without inputs, that of the pictures,
    /// which bear its names.
    fn nonce(&self, page: &Page) -> String {
        let command = self.command.unwrap_or_default();
        let mut all = format!("{}\n{command}\n", self.version);
        for input in self.inputs {
            all += &input.sha256;
        }
        if self.inputs.is_empty() {
            all.extend(page.pictures.iter().map(|picture| &*picture.svg));
        }
        all += self.header.unwrap_or_default();
        fingerprint(all.as_bytes())
    }
}
