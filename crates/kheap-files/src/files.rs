//! The files that may be dumps.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kheap_evidence::archive::{Archive, has_profile_name};

use crate::host::{Host, name};

/// The files that may be snapshots. They keep their paths, because the name of one may be no text,
/// and what is shown of it opens nothing.
#[derive(Debug, Default)]
pub struct Files {
    /// Those that may be.
    pub found: Vec<Found>,
    /// What of folders and archives is never opened, with the reason.
    pub passed_over: LeftOut,
    /// What of archives is neither a dump nor lies beside one.
    pub others: LeftOut,
    /// Whether an archive is among what was given.
    pub has_archive: bool,
    /// The first archive that is cut.
    pub(crate) cut: Option<PathBuf>,
}

/// Names of files that are left out.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// The first ones.
    pub named: Vec<String>,
    /// How many more there are: an archive may have any number.
    pub more: usize,
}

impl LeftOut {
    fn extend(&mut self, others: Self) {
        self.named.extend(others.named);
        self.more += others.more;
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.named.len() + self.more
    }
}

/// A file that may be a profile.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it should be one: it was named by the user, or looks like one.
    pub is_expected: bool,
}

impl Files {
    /// Those that are known to be dumps.
    pub fn of(dumps: impl Iterator<Item = PathBuf>) -> Self {
        let mut files = Self::default();
        dumps.for_each(|path| files.name(path));
        files
    }

    /// Adds a file that the user names.
    pub fn name(&mut self, path: PathBuf) {
        self.found.push(Found {
            path,
            is_expected: true,
        });
    }

    /// Adds a file of a folder, which its own name shows to be a dump or not. Archives in
    /// folders are passed over.
    pub fn add(&mut self, host: &dyn Host, path: PathBuf, name: &str) {
        match has_archive_name(name) && host.is_archive(&path) {
            true => self.pass_over(&path, "it is an archive; name it to read it"),
            false => {
                // Others are tried too, but not missed.
                let is_expected = has_profile_name(name) || name.ends_with(".gz");
                self.found.push(Found { path, is_expected });
            }
        }
    }

    /// Adds what is never opened.
    pub fn pass_over(&mut self, path: &Path, reason: &str) {
        let named = &mut self.passed_over.named;
        named.push(format!("{} ({reason})", path.display()));
    }

    /// Adds what an archive has.
    pub fn add_archive(&mut self, file: &Path, archive: &Archive) {
        self.found.extend(archive.entries.iter().map(|entry| Found {
            path: file.join(&entry.name),
            is_expected: has_profile_name(&entry.name),
        }));
        let name = |name: &str| file.join(name).display().to_string();
        self.has_archive = true;
        let (passed_over, others) = (&archive.passed_over, &archive.others);
        for (path, reason) in &passed_over.named {
            // An absolute path would replace that of the archive.
            let name = name(path.trim_start_matches('/'));
            let reason = reason.words();
            self.passed_over.named.push(format!("{name} ({reason})"));
        }
        if archive.is_cut {
            self.cut.get_or_insert_with(|| file.to_path_buf());
            let name = file.display();
            self.passed_over.named.push(format!(
                "{name} behind where it is cut (fetch the archive again)"
            ));
        }
        self.passed_over.more += passed_over.count - passed_over.named.len();
        let named = others.named.iter().map(|(path, ())| name(path));
        self.others.named.extend(named);
        self.others.more += others.count - others.named.len();
    }

    /// Puts in order what was found in the files that were given; each stays once.
    ///
    /// # Errors
    ///
    /// Where there is nothing that may be a dump.
    pub fn in_order(self, given: &[PathBuf]) -> Result<Self> {
        let Self {
            mut found,
            mut passed_over,
            others,
            has_archive,
            cut,
        } = self;
        found.sort();
        passed_over.named.sort_unstable();
        // A file of a folder may be named, too.
        found.dedup_by(|again, first| {
            let is_same = again.path == first.path;
            first.is_expected |= is_same && again.is_expected;
            is_same
        });
        if found.is_empty() && others.count() > 0 {
            let names: Vec<String> = given.iter().map(|file| name(file)).collect();
            bail!(
                "none of {} files in {} is a dump; name a folder or an archive that has one",
                others.count(),
                names.join(", ")
            );
        }
        if found.is_empty() {
            let names: Vec<String> = given.iter().map(|file| name(file)).collect();
            let names = names.join(", ");
            let Some(first) = passed_over.named.first() else {
                match has_archive {
                    false => bail!("no files in {names}; name a folder of dumps"),
                    true => bail!(
                        "no files in {names}: it is an empty archive, or holds only zeros; fetch it \
                         again"
                    ),
                }
            };
            let left_out = match passed_over.count() {
                1 => format!("{first} is left out"),
                count => format!("{count} files are left out, such as {first}"),
            };
            bail!("no dump in {names}: {left_out}; name a folder or an archive that has one");
        }
        Ok(Self {
            found,
            passed_over,
            others,
            has_archive,
            cut,
        })
    }

    /// Adds what others are.
    pub fn extend(&mut self, others: Self) {
        self.found.extend(others.found);
        self.passed_over.extend(others.passed_over);
        self.others.extend(others.others);
        self.has_archive |= others.has_archive;
        self.cut = self.cut.take().or(others.cut);
    }

    /// Their paths.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.found.iter().map(|file| &*file.path)
    }

    /// The folder of all of them, where it has a name.
    fn folder(&self) -> Option<&Path> {
        let folder = self.paths().next()?.parent()?;
        let is_one = self.paths().all(|path| path.parent() == Some(folder));
        Some(folder).filter(|folder| is_one && !folder.as_os_str().is_empty())
    }

    /// Names an archive that is cut, where there is no dump: it may lie behind the cut.
    pub(crate) fn check_is_whole(&self) -> Result<()> {
        let Some(first) = &self.cut else {
            return Ok(());
        };
        let first = name(first);
        bail!("{first} is cut, and has no dump before the cut; fetch the archive again")
    }

    /// The others than those that lie beside dumps.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn without(mut self, is_beside: impl Fn(&Path) -> bool) -> Result<Self> {
        let folder = self.folder().map(Path::to_owned);
        self.found.retain(|file| !is_beside(&file.path));
        if self.found.is_empty() {
            self.check_is_whole()?;
            let among = match folder {
                Some(folder) => format!("in {}", name(&folder)),
                None => "among these files".to_owned(),
            };
            bail!(
                "no dump {among}; name a heap profile, such as heap.pb.gz, or a folder that has one"
            );
        }
        Ok(self)
    }
}

/// Whether a file of a folder is called like an archive.
fn has_archive_name(name: &str) -> bool {
    const ENDS: [&str; 5] = [".tar", ".tgz", ".tzst", ".txz", ".zip"];
    name.contains(".tar.") || ENDS.iter().any(|end| name.ends_with(end))
}
