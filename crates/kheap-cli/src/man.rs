//! Manual pages, printed or written where `man` looks for them.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Command, CommandFactory};

use crate::args::Cli;
use crate::output::{self, NewFolder, Sink};

/// How a page of kheap begins: clap_mangen writes the title into the third line.
const TITLE: &str = "\n.TH kheap";

/// The folder of the pages of commands.
const SECTION: &str = "man1";

/// How much of a file shows whether it is such a page, in bytes.
const HEAD_BYTES: u64 = 256;

/// The page of a command, or of the program.
pub(crate) fn page(command: Option<&str>) -> Result<Vec<u8>> {
    let kheap = kheap();
    let command = match command {
        None => &kheap,
        Some(name) => kheap
            .find_subcommand(name)
            .with_context(|| format!("unknown command {name:?}; `kheap help` lists them"))?,
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(of(command)).render(&mut roff)?;
    Ok(roff)
}

/// Writes the pages of all commands into `man1` of a folder. Older ones are replaced, and nothing
/// else is.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let folder = &folder.join(SECTION);
    let shown = folder.display();
    // The folder may be a link, because the user names it. What is in it may be anybody's.
    if folder.is_symlink() {
        bail!("{shown} is a link; name the folder that it leads to, or remove it first");
    }
    let made = NewFolder::make(folder).with_context(|| {
        format!("cannot write manual pages to {shown}; name a folder that you may write to")
    })?;
    let kheap = kheap();
    let commands = kheap.get_subcommands().filter(|one| !one.is_hide_set());
    let pages = [&kheap].into_iter().chain(commands).map(of);
    let pages: Vec<Command> = pages.collect();
    // All are looked at before the first one is written.
    for page in &pages {
        check(&folder.join(file(page)))?;
    }
    let sinks = pages.into_iter().map(|page| -> Result<Sink> {
        let mut sink = Sink::open_file(Some(&folder.join(file(&page))), true)?;
        clap_mangen::Man::new(page).render(&mut sink)?;
        Ok(sink)
    });
    Sink::close_all(sinks.collect::<Result<Vec<_>>>()?)?;
    made.keep();
    output::note(&format!("manual pages are in {shown}"));
    Ok(())
}

fn kheap() -> Command {
    let mut kheap = Cli::command();
    kheap.build();
    // It has no page.
    kheap.mut_subcommand("help", |help| help.hide(true))
}

/// A command under the name of its page, such as `kheap-top`.
fn of(command: &Command) -> Command {
    let name = match command.get_name() {
        "kheap" => "kheap".to_owned(),
        name => format!("kheap-{name}"),
    };
    command.clone().display_name(name)
}

fn file(page: &Command) -> String {
    format!("{}.1", page.get_display_name().unwrap_or("kheap"))
}

/// Whether a page may stand there: nothing does, or a page of kheap. A link is not followed.
fn check(path: &Path) -> Result<()> {
    let shown = path.display();
    let is_file = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found
            .with_context(|| format!("cannot read {shown}"))?
            .is_file(),
    };
    let mut head = Vec::new();
    if is_file {
        let file = fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
        file.take(HEAD_BYTES).read_to_end(&mut head)?;
    }
    match String::from_utf8_lossy(&head).contains(TITLE) {
        true => Ok(()),
        false => bail!("{shown} is no manual page of kheap; remove it first"),
    }
}
