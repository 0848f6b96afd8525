//! The files that a user names, and those of folders. A folder may be anybody's: what is
//! no regular file is never opened, and what cannot be read is passed over.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kheap::Limits;
use kheap_evidence::archive::has_profile_name;

use crate::{archives, input};

/// The files that may be snapshots. They keep their paths, because the name of one may be no text,
/// and what is shown of it opens nothing.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) found: Vec<Found>,
    /// What of folders and archives is never opened, with the reason.
    pub(crate) passed_over: LeftOut,
    /// What of archives is neither a dump nor lies beside one.
    pub(crate) others: LeftOut,
}

/// Names of files that are left out.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    pub(crate) named: Vec<String>,
    /// How many more there are: an archive may have any number.
    pub(crate) more: usize,
}

impl LeftOut {
    pub(crate) fn count(&self) -> usize {
        self.named.len() + self.more
    }
}

impl Files {
    /// Those that are named, and all that are not hidden below folders and in archives; each
    /// once.
    pub(crate) fn find(files: &[PathBuf], limits: &Limits) -> Result<Self> {
        input::check_stdin_is_read_once(files.iter())?;
        find(files, limits)
    }

    /// Those that are known to be dumps.
    pub(crate) fn of(dumps: impl Iterator<Item = PathBuf>) -> Self {
        let found = dumps.map(|path| Found {
            path,
            is_expected: true,
        });
        Self {
            found: found.collect(),
            passed_over: LeftOut::default(),
            others: LeftOut::default(),
        }
    }

    /// The names of all files in what was given, of that which can be looked into.
    pub(crate) fn names(given: &[PathBuf], limits: &Limits) -> Vec<String> {
        let found = Self::find(given, limits);
        match &found {
            Ok(found) => found.paths().map(input::name).collect(),
            Err(_) => given.iter().map(|file| input::name(file)).collect(),
        }
    }

    /// Their paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.found.iter().map(|file| &*file.path)
    }

    /// The others than those that lie beside dumps.
    pub(crate) fn without(mut self, is_beside: impl Fn(&Path) -> bool) -> Result<Self> {
        self.found.retain(|file| !is_beside(&file.path));
        if self.found.is_empty() {
            bail!(
                "no dump among these files; name a heap profile, such as heap.pb.gz, or a folder that has one"
            );
        }
        Ok(self)
    }
}

/// A file that may be a profile.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Whether it should be one: it was named by the user, or looks like one.
    pub(crate) is_expected: bool,
}

/// The files that are named, and all that are not hidden below folders and in archives; each
/// once.
fn find(files: &[PathBuf], limits: &Limits) -> Result<Files> {
    let mut search = Search::default();
    for file in files {
        match file.is_dir() && !input::is_stdin(file) {
            true => search.below(file)?,
            false if archives::is_archive(file) => search.archive(file, limits)?,
            false => search.found.push(Found {
                path: file.clone(),
                is_expected: true,
            }),
        }
    }
    let Search {
        mut found,
        mut passed_over,
        others,
        ..
    } = search;
    found.sort();
    passed_over.named.sort();
    // A file of a folder may be named, too.
    found.dedup_by(|again, first| {
        let is_same = again.path == first.path;
        first.is_expected |= is_same && again.is_expected;
        is_same
    });
    if found.is_empty() && others.count() > 0 {
        let names: Vec<String> = files.iter().map(|file| input::name(file)).collect();
        bail!(
            "none of {} files in {} is a dump; name a folder or an archive that has one",
            others.count(),
            names.join(", ")
        );
    }
    if found.is_empty() {
        let names: Vec<String> = files.iter().map(|file| input::name(file)).collect();
        let names = names.join(", ");
        let Some(first) = passed_over.named.first() else {
            bail!("no files in {names}; name a folder of dumps");
        };
        let left_out = match passed_over.count() {
            1 => format!("{first} is left out"),
            count => format!("{count} files are left out, such as {first}"),
        };
        bail!("no dump in {names}: {left_out}; name a folder or an archive that has one");
    }
    Ok(Files {
        found,
        passed_over,
        others,
    })
}

/// A walk through folders, which may be anybody's.
#[derive(Default)]
struct Search {
    found: Vec<Found>,
    passed_over: LeftOut,
    others: LeftOut,
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

    /// Finds what an archive has.
    fn archive(&mut self, file: &Path, limits: &Limits) -> Result<()> {
        let archive = archives::read(file, limits)?;
        self.found.extend(archive.entries.iter().map(|entry| Found {
            path: file.join(&entry.name),
            is_expected: has_profile_name(&entry.name),
        }));
        let name = |name: &str| file.join(name).display().to_string();
        let (passed_over, others) = (&archive.passed_over, &archive.others);
        for (path, reason) in &passed_over.named {
            // An absolute path would replace that of the archive.
            let name = name(path.trim_start_matches('/'));
            let reason = reason.words();
            self.passed_over.named.push(format!("{name} ({reason})"));
        }
        self.passed_over.more += passed_over.count - passed_over.named.len();
        let named = others.named.iter().map(|(path, ())| name(path));
        self.others.named.extend(named);
        self.others.more += others.count - others.named.len();
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
                None if has_archive_name(name) && archives::is_archive(&path) => {
                    self.pass_over(&path, "it is an archive; name it to read it");
                }
                None => {
                    // Others are tried too, but not missed.
                    let is_expected = has_profile_name(name) || name.ends_with(".gz");
                    self.found.push(Found { path, is_expected });
                }
            },
        }
    }

    fn pass_over(&mut self, path: &Path, reason: &str) {
        self.passed_over
            .named
            .push(format!("{} ({reason})", path.display()));
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

/// Whether a file of a folder is called like an archive.
fn has_archive_name(name: &str) -> bool {
    const ENDS: [&str; 5] = [".tar", ".tgz", ".tzst", ".txz", ".zip"];
    name.contains(".tar.") || ENDS.iter().any(|end| name.ends_with(end))
}

/// Folders of the kernel, whose files look regular, and wait or have no end.
const OF_KERNEL: [&str; 2] = ["/proc", "/sys"];

/// Whether a file or folder, or what a link leads to, is the kernel's.
pub(crate) fn is_of_kernel(path: &Path) -> bool {
    let real = path.canonicalize();
    real.is_ok_and(|real| OF_KERNEL.iter().any(|folder| real.starts_with(folder)))
}
