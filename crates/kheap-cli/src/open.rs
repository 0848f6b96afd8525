//! `kheap open`: a report that is written where nobody has to clean up, and shown.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::OpenArgs;
use crate::manifests::Manifests;
use crate::output::Sink;
use crate::report::with_report;

pub(crate) fn open(args: &OpenArgs) -> Result<()> {
    let mut sink = Sink::open_file(None, false)?;
    let (page, manifests) = with_report(&args.subject, true, |report, joined| {
        let manifests = Manifests::write([joined], &args.subject.beside)?;
        Ok((report.html()?, manifests))
    })?;
    let mut file = tempfile::Builder::new()
        .prefix("kheap-")
        .suffix(".html")
        .tempfile()
        .context("cannot write the report to the folder for temporary files")?;
    let written = file.write_all(page.as_bytes());
    written.context("cannot write the report")?;
    manifests.close_with(Vec::new())?;
    // The browser reads it after this program has ended.
    let (_, path) = file.keep().context("cannot keep the report")?;
    writeln!(sink, "{}", path.display())?;
    sink.close()?;
    match args.no_browser {
        true => Ok(()),
        false => show(&path),
    }
}

/// Opens a file in the browser of `BROWSER`, or in that of the system.
fn show(path: &Path) -> Result<()> {
    let named = std::env::var_os("BROWSER").filter(|name| !name.is_empty());
    let mut browser = match &named {
        Some(name) => Command::new(name),
        None => of_system(),
    };
    let quiet = browser.arg(path).stdin(Stdio::null()).stdout(Stdio::null());
    let ended = quiet.stderr(Stdio::null()).status();
    let ended = ended.with_context(|| advice(path))?;
    if !ended.success() {
        bail!(advice(path));
    }
    Ok(())
}

fn advice(path: &Path) -> String {
    format!(
        "no browser opens; open {} in one, or set BROWSER",
        path.display()
    )
}

fn of_system() -> Command {
    let (program, args): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(args);
    command
}
