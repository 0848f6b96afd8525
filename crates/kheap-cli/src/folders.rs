//! The files that a user names, and those of folders. A folder may be anybody's: what is
//! no regular file is never opened, and what cannot be read is passed over.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kheap::Limits;
use kheap_files::Files;

use crate::archives;
use crate::input::{self, Disk};

/// The files that are named, and all that are not hidden below folders and in archives; each
/// once.
pub(crate) fn find(files: &[PathBuf], limits: &Limits) -> Result<Files> {
    input::check_stdin_is_read_once(files.iter())?;
    let mut search = Search::default();
    for file in files {
        match file.is_dir() && !input::is_stdin(file) {
            true => search.below(file)?,
            false if archives::is_archive(file) => {
                let archive = archives::read(file, limits)?;
                search.files.add_archive(file, &archive);
            }
            false => search.files.name(file.clone()),
        }
    }
    search.files.in_order(files)
}

/// The names of all files in what was given, of that which can be looked into.
pub(crate) fn names(given: &[PathBuf], limits: &Limits) -> Vec<String> {
    let found = find(given, limits);
    match &found {
        Ok(found) => found.paths().map(input::name).collect(),
        Err(_) => given.iter().map(|file| input::name(file)).collect(),
    }
}

/// A walk through folders, which may be anybody's.
#[derive(Default)]
struct Search {
    files: Files,
    /// Folders that are still to be looked into, with their levels.
    folders: Vec<(PathBuf, usize)>,
}

/// How many levels of folders are looked into: each name of a path is looked up again for
/// all that lies below it.
const MOST_LEVELS: usize = 64;

impl Search {
    /// Finds what lies below a folder. What cannot be read is passed over, but for the
    /// folder itself. Links to folders are not followed: they may lead in circles.
    fn below(&mut self, folder: &Path) -> Result<()> {
        let cannot_read = || format!("cannot read {}", folder.display());
        if is_of_kernel(folder) {
            bail!(
                "{}: it is of the kernel; name a folder of dumps",
                cannot_read()
            );
        }
        let entries = fs::read_dir(folder);
        self.look_through(entries.with_context(cannot_read)?, 0);
        while let Some((folder, level)) = self.folders.pop() {
            match fs::read_dir(&folder) {
                _ if is_of_kernel(&folder) => self.pass_over(&folder, "it is of the kernel"),
                _ if level > MOST_LEVELS => {
                    let reason = format!("it lies below {MOST_LEVELS} folders");
                    self.pass_over(&folder, &reason);
                }
                Ok(entries) => self.look_through(entries, level),
                Err(error) => self.pass_over(&folder, &error.to_string()),
            }
        }
        Ok(())
    }

    fn look_through(&mut self, entries: fs::ReadDir, level: usize) {
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                self.add(entry.path(), &name, level + 1);
            }
        }
    }

    fn add(&mut self, path: PathBuf, name: &str, level: usize) {
        // Its own kind: a link to a folder is no folder.
        let is_link = path.is_symlink();
        match path.metadata() {
            Ok(kind) if kind.is_dir() && !is_link => self.folders.push((path, level)),
            Ok(kind) if kind.is_dir() => {}
            kind => match refusal(&path, kind) {
                Some(reason) => self.pass_over(&path, &reason),
                None => self.files.add(&Disk, path, name),
            },
        }
    }

    fn pass_over(&mut self, path: &Path, reason: &str) {
        self.files.pass_over(path, reason);
    }
}

/// Why a file of a folder is not opened; `None` where it is a regular file.
pub(crate) fn why_not_opened(path: &Path) -> Option<String> {
    refusal(path, path.metadata())
}

fn refusal(path: &Path, metadata: io::Result<Metadata>) -> Option<String> {
    let is_link = path.is_symlink();
    let kind = match metadata {
        Err(error) if is_link && error.kind() == ErrorKind::NotFound => {
            return Some("it is a link to nothing".to_owned());
        }
        Err(error) => return Some(error.to_string()),
        Ok(kind) => kind,
    };
    let reason = match is_link {
        _ if !kind.is_file() => "it is not a regular file",
        true if is_of_kernel(path) => "it is a link to a file of the kernel",
        // Other systems of files without end say that these are empty, too.
        true if kind.len() == 0 => "it is a link to an empty file",
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Folders of the kernel, whose files look regular, and wait or have no end.
const OF_KERNEL: [&str; 2] = ["/proc", "/sys"];

/// Whether a file or folder, or what a link leads to, is the kernel's.
pub(crate) fn is_of_kernel(path: &Path) -> bool {
    let real = path.canonicalize();
    real.is_ok_and(|real| OF_KERNEL.iter().any(|folder| real.starts_with(folder)))
}
