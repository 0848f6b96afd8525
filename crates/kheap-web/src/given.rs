//! The files that the page was given, as a host of `kheap-files`.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};
use kheap::Limits;
use kheap_evidence::archive::{self, Archive, ArchiveLimits};
use kheap_files::{Files, Host, archives, name};
use serde::Deserialize;

use crate::heads::{Headed, Heads};
use crate::open::Open;

/// A file that the page was given.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    /// Its path below the folder that it was in, if it was in one.
    name: PathBuf,
    size: u64,
}

/// All of them.
pub(crate) struct Given<'a> {
    heads: Heads<'a>,
    /// In the order in which they were given.
    paths: Vec<PathBuf>,
    /// The number and the size of each.
    files: HashMap<PathBuf, (usize, u64)>,
    /// The archives that were read.
    archives: Mutex<HashMap<PathBuf, Arc<Archive>>>,
    notes: Mutex<Vec<String>>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(files: &[Named], page: &'a dyn Open) -> Self {
        let numbered = files.iter().enumerate();
        let numbered = numbered.map(|(at, file)| (file.name.clone(), (at, file.size)));
        Self {
            heads: Heads::new(page),
            paths: files.iter().map(|file| file.name.clone()).collect(),
            files: numbered.collect(),
            archives: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// What the page says of them, each once.
    pub(crate) fn notes(self) -> Vec<String> {
        let notes = self.notes.into_inner();
        let mut once: Vec<String> = Vec::new();
        for note in notes.unwrap_or_else(PoisonError::into_inner) {
            if !once.contains(&note) {
                once.push(note);
            }
        }
        once
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }

    /// Whether there are several files by nature: a folder or an archive is among them.
    pub(crate) fn has_folder(&self) -> bool {
        self.paths()
            .any(|path| is_of_folder(path) || self.is_archive(path))
    }

    /// What may be a dump: all that are not hidden, and those of archives.
    pub(crate) fn find(&self, limits: &Limits) -> Result<Files> {
        let mut files = Files::default();
        for path in self.paths() {
            match path.file_name() {
                _ if is_hidden(path) => {}
                Some(name) if is_of_folder(path) => {
                    files.add(self, path.to_owned(), &name.to_string_lossy());
                }
                _ if self.is_archive(path) => {
                    files.add_archive(path, &*self.archive(path, limits)?)
                }
                _ => files.name(path.to_owned()),
            }
        }
        files.in_order(&self.names())
    }

    /// What was given as a user would name it: folders, and files of none.
    pub(crate) fn names(&self) -> Vec<PathBuf> {
        let mut known = HashSet::new();
        let names = self.paths().filter_map(|path| path.iter().next());
        let names = names.filter(|name| known.insert(*name));
        names.map(PathBuf::from).collect()
    }

    fn opened(&self, path: &Path) -> Result<Headed> {
        let Some(&(at, size)) = self.files.get(path) else {
            return Err(anyhow!(
                "cannot read {}: no such file; choose it",
                name(path)
            ));
        };
        Ok(self.heads.open(at, size))
    }

    fn archive(&self, path: &Path, limits: &Limits) -> Result<Arc<Archive>> {
        let mut known = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = known.get(path) {
            return Ok(Arc::clone(archive));
        }
        let read = Archive::read(self.opened(path)?, &ArchiveLimits::of(limits));
        let archive = Arc::new(read.map_err(|error| archives::unread(path, &error))?);
        known.insert(path.to_owned(), Arc::clone(&archive));
        Ok(archive)
    }

    /// The archive of a path, and the path in it; `None` where it is a path of a given file.
    fn place<'p>(&self, path: &'p Path) -> Option<(&'p Path, String)> {
        let archive = path
            .ancestors()
            .skip(1)
            .find(|part| self.files.contains_key(*part))?;
        let inner = path.strip_prefix(archive).ok()?.to_str()?;
        Some((archive, inner.to_owned()))
    }

    fn entry(&self, archive: &Path, inner: &str, limits: &Limits) -> Result<Box<dyn Read + Send>> {
        let read = self.archive(archive, limits)?;
        let entry = read
            .get(inner)
            .ok_or_else(|| archives::missing(archive, inner, &read))?;
        if let Some(content) = entry.content() {
            return Ok(content);
        }
        let opened = read.open(entry, self.opened(archive)?);
        opened.map_err(|error| anyhow!("cannot read {}/{inner}: {error}", archive.display()))
    }
}

impl Host for Given<'_> {
    fn open(&self, file: &Path, limits: &Limits) -> Result<Box<dyn Read + Send>> {
        match self.place(file) {
            Some((archive, inner)) => self.entry(archive, &inner, limits),
            None => Ok(Box::new(self.opened(file)?)),
        }
    }

    fn head(&self, file: &Path) -> Option<Box<dyn Read + Send>> {
        let Some((archive, inner)) = self.place(file) else {
            return Some(Box::new(self.opened(file).ok()?));
        };
        let archive = self.archive(archive, &limits()).ok()?;
        archive.get(&inner).map(|entry| entry.head())
    }

    fn is_archive(&self, file: &Path) -> bool {
        let opened = self.opened(file);
        opened.is_ok_and(|file| archive::is_archive(file).unwrap_or(false))
    }

    fn refuse_archive(&self, file: &Path) -> anyhow::Error {
        archives::refuse(file, self.archive(file, &limits()))
    }

    fn lies_beside(&self, file: &Path) -> bool {
        let Some((archive, inner)) = self.place(file) else {
            return self.opened(file).is_ok_and(kheap_evidence::is_beside);
        };
        let archive = self.archive(archive, &limits());
        archive.is_ok_and(|archive| archive.get(&inner).is_some_and(|entry| entry.is_beside))
    }

    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(work);
    }

    fn warn(&self, line: &str) {
        self.note(line);
    }

    fn note(&self, line: &str) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(line.to_owned());
    }
}

/// The limits of the program. A page has one thread.
pub(crate) fn limits() -> Limits {
    Limits::default().threads(false)
}

fn is_of_folder(path: &Path) -> bool {
    path.components().count() > 1
}

/// Whether a file, or a folder below the one that was given, is hidden.
fn is_hidden(path: &Path) -> bool {
    let below = path.iter().skip(1);
    { below }.any(|name| name.to_string_lossy().starts_with('.'))
}
