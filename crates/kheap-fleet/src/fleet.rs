//! A folder of datasets: what it has, what is added, and how a part is completed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::dataset::{self, DATASETS, Row};
use crate::hash::ContentHash;
use crate::partition::Partition;
use crate::rows::{CellRow, DumpRows, FindingRow, FunctionRow, SnapshotRow};

/// The file that lists what an export left out. Engines pass over names that begin so.
pub const LISTING: &str = "_left_out.txt";

/// The folder of files that are not complete.
const UNFINISHED: &str = "_unfinished";

/// How many rows are kept in memory before they are written: about 100 MB with their names.
const MOST_ROWS: usize = 1 << 20;

/// How many folders a part lies in: program and day.
const PARTITION_LEVELS: usize = 2;

/// How many digits of its hash a part is named by.
const NAME_DIGITS: usize = 16;

/// A folder with the datasets of many dumps. One program at a time may write to it.
#[derive(Debug)]
pub struct Fleet {
    out: PathBuf,
    rules: String,
    known: HashSet<ContentHash>,
    buffered: BTreeMap<Partition, Part>,
    /// How many rows that are.
    rows: usize,
}

/// Rows of one program and day that are not written yet.
#[derive(Debug, Default)]
struct Part {
    hashes: Vec<ContentHash>,
    snapshots: Vec<SnapshotRow>,
    functions: Vec<FunctionRow>,
    cells: Vec<CellRow>,
    findings: Vec<FindingRow>,
}

/// Why datasets cannot be written to a folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The system refuses to read a folder.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The system refuses to write, move or remove something.
    #[error("cannot write {}: {cause}", path.display())]
    Io {
        /// What it refuses.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A part cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Write {
        /// The part.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A part that is there cannot be read.
    #[error("cannot read {}: {cause}; delete it, and its dumps are exported again", path.display())]
    Damaged {
        /// The part.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A part is gone that another one belongs to.
    #[error("cannot add to {}: it is gone; delete {}, and its dumps are exported again", path.display(), snapshots.display())]
    Gone {
        /// The part that is gone.
        path: PathBuf,
        /// The part of snapshots of the same dumps.
        snapshots: PathBuf,
    },
    /// There is something else in the folder.
    #[error("cannot write to {}: it has {name}, which kheap did not write; name a new folder", folder.display())]
    OtherContent {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        name: String,
    },
    /// The folder is a file.
    #[error("cannot write to {}: it is a file; name a folder", .0.display())]
    NoFolder(PathBuf),
    /// A part has other columns.
    #[error("cannot add to {}: another version of kheap wrote it; name a new folder", .0.display())]
    OtherSchema(PathBuf),
    /// A part was attributed by other rules, so that its cells mean something else.
    #[error("cannot add to {}: it was written with other rules; name a new folder", .0.display())]
    OtherRules(PathBuf),
}

impl Fleet {
    /// Opens a folder to add dumps to, and deletes what an interrupted export left in it. The folder
    /// is made when the first part is written. `rules` names the rules of attribution: all dumps of
    /// a folder have the same.
    ///
    /// # Errors
    ///
    /// [`FleetError`] where the folder has anything else than datasets of this version and these
    /// rules, or cannot be read.
    pub fn open(out: &Path, rules: &str) -> Result<Self, FleetError> {
        let mut fleet = Self {
            out: out.to_owned(),
            rules: rules.to_owned(),
            known: HashSet::new(),
            buffered: BTreeMap::new(),
            rows: 0,
        };
        if !check_content(out)? {
            return Ok(fleet);
        }
        // All is looked at before anything is deleted.
        let found = DATASETS.iter().map(|dataset| parts(out, dataset));
        let found: Vec<BTreeSet<PathBuf>> = found.collect::<Result<_, _>>()?;
        let [others @ .., complete] = &found[..] else {
            return Ok(fleet);
        };
        let hashes = complete.par_iter().map(|part| fleet.read(part));
        let hashes: Vec<Vec<ContentHash>> = hashes.collect::<Result<_, _>>()?;
        fleet.known = hashes.into_iter().flatten().collect();
        for (dataset, parts) in DATASETS.iter().zip(others) {
            if let Some(part) = complete.difference(parts).next() {
                return Err(FleetError::Gone {
                    path: out.join(dataset).join(part),
                    snapshots: out.join(SnapshotRow::DATASET).join(part),
                });
            }
        }
        remove_folder(&out.join(UNFINISHED))?;
        for (dataset, parts) in DATASETS.iter().zip(others) {
            for part in parts.difference(complete) {
                let path = out.join(dataset).join(part);
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
        Ok(fleet)
    }

    /// Whether a dump of this content was added, now or by an earlier export.
    pub fn has(&self, hash: &ContentHash) -> bool {
        self.known.contains(hash)
    }

    /// Adds the rows of a dump, unless the same content was added before, and writes what is kept
    /// when it is much. Returns whether they were added.
    ///
    /// # Errors
    ///
    /// [`FleetError`] where parts cannot be written. Those that were completed before stay.
    pub fn add(&mut self, dump: DumpRows) -> Result<bool, FleetError> {
        if !self.known.insert(dump.hash) {
            return Ok(false);
        }
        self.rows += dump.len();
        let part = self.buffered.entry(dump.partition).or_default();
        part.hashes.push(dump.hash);
        part.snapshots.push(dump.snapshot);
        part.functions.extend(dump.functions);
        part.cells.extend(dump.cells);
        part.findings.extend(dump.findings);
        if self.rows >= MOST_ROWS {
            self.write()?;
        }
        Ok(true)
    }

    /// Writes what is kept, and lists what is left out, a line each, in [`LISTING`].
    ///
    /// # Errors
    ///
    /// [`FleetError`] as for [`add`](Self::add).
    pub fn finish(mut self, left_out: &[String]) -> Result<(), FleetError> {
        self.write()?;
        let path = self.out.join(LISTING);
        if left_out.is_empty() {
            return remove(&path, fs::remove_file(&path));
        }
        let unfinished = self.unfinished()?.join(LISTING);
        let lines: String = left_out.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&unfinished, lines).map_err(at(&unfinished))?;
        fs::rename(&unfinished, &path).map_err(at(&path))
    }

    /// Reads which dumps a part of snapshots has.
    fn read(&self, part: &Path) -> Result<Vec<ContentHash>, FleetError> {
        let path = self.out.join(SnapshotRow::DATASET).join(part);
        let written = dataset::read(&path).map_err(|error| FleetError::Damaged {
            path: path.clone(),
            cause: error.to_string(),
        })?;
        if !written.is_of_this_schema {
            return Err(FleetError::OtherSchema(path));
        }
        if written.rules.as_ref() != Some(&self.rules) {
            return Err(FleetError::OtherRules(path));
        }
        Ok(written.hashes)
    }

    /// Writes all parts that are kept.
    fn write(&mut self) -> Result<(), FleetError> {
        let parts = std::mem::take(&mut self.buffered);
        self.rows = 0;
        if parts.is_empty() {
            return Ok(());
        }
        let unfinished = self.unfinished()?;
        let parts = parts.into_par_iter();
        parts.try_for_each(|(partition, part)| self.complete(&unfinished, &partition, &part))
    }

    /// The folder of files that are not complete, which is made where it is missing.
    fn unfinished(&self) -> Result<PathBuf, FleetError> {
        let unfinished = self.out.join(UNFINISHED);
        fs::create_dir_all(&unfinished).map_err(at(&unfinished))?;
        Ok(unfinished)
    }

    /// Writes one part of each dataset, and moves them to where engines find them when all four are
    /// on disk. Snapshots come last: a part without them does not count.
    fn complete(
        &self,
        unfinished: &Path,
        partition: &Partition,
        part: &Part,
    ) -> Result<(), FleetError> {
        let hash = ContentHash::of_all(part.hashes.iter()).to_string();
        let name = format!("part-{}.parquet", &hash[..NAME_DIGITS]);
        let stage = Stage {
            unfinished,
            name: &name,
            rules: &self.rules,
        };
        let (functions, others) = rayon::join(
            || stage.write(&part.functions),
            || {
                stage.write(&part.cells)?;
                stage.write(&part.findings)?;
                stage.write(&part.snapshots)
            },
        );
        functions.and(others)?;
        for dataset in DATASETS {
            let from = stage.path(dataset);
            let folder = self.out.join(dataset).join(partition.folder());
            fs::create_dir_all(&folder).map_err(at(&folder))?;
            let to = folder.join(&name);
            fs::rename(&from, &to).map_err(at(&to))?;
        }
        Ok(())
    }
}

/// Nothing that is not complete stays, whatever went wrong.
impl Drop for Fleet {
    fn drop(&mut self) {
        // Where it cannot be removed now, opening the folder again removes it.
        let _ = remove_folder(&self.out.join(UNFINISHED));
    }
}

/// Where a part is written to before it is complete.
struct Stage<'s> {
    unfinished: &'s Path,
    name: &'s str,
    rules: &'s str,
}

impl Stage<'_> {
    fn path(&self, dataset: &str) -> PathBuf {
        self.unfinished.join(format!("{dataset}-{}", self.name))
    }

    /// Writes the rows of a dataset. Where there are none the part is empty: engines refuse a
    /// dataset without one.
    fn write<R: Row>(&self, rows: &[R]) -> Result<(), FleetError> {
        let path = self.path(R::DATASET);
        let file = File::create(&path).map_err(at(&path))?;
        dataset::write(file, rows, self.rules).map_err(|error| FleetError::Write {
            path,
            cause: error.to_string(),
        })
    }
}

/// Whether the folder exists, and has nothing but datasets.
fn check_content(out: &Path) -> Result<bool, FleetError> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(_) if out.is_file() => return Err(FleetError::NoFolder(out.to_owned())),
        Err(error) => return Err(unread(out)(error)),
    };
    let known = DATASETS.into_iter().chain([UNFINISHED, LISTING]);
    let known: BTreeSet<&str> = known.collect();
    for entry in entries {
        let name = entry.map_err(unread(out))?.file_name();
        let name = name.to_string_lossy();
        // Hidden files are of the system, such as `.DS_Store`.
        if !known.contains(&*name) && !name.starts_with('.') {
            return Err(FleetError::OtherContent {
                folder: out.to_owned(),
                name: name.into_owned(),
            });
        }
    }
    Ok(true)
}

/// The parts of a dataset: their paths below it.
///
/// # Errors
///
/// [`FleetError::OtherContent`] where others wrote files that engines read, such as parts that one
/// joined: their rows would count twice, or be lost.
fn parts(out: &Path, dataset: &str) -> Result<BTreeSet<PathBuf>, FleetError> {
    let dataset = out.join(dataset);
    let mut found = BTreeSet::new();
    let mut level = vec![dataset.clone()];
    for _ in 0..=PARTITION_LEVELS {
        let below = level.iter().map(|folder| entries(folder));
        let below: Vec<Vec<PathBuf>> = below.collect::<Result<_, _>>()?;
        level = below.into_iter().flatten().collect();
        for path in level.iter().filter(|path| is_table(path)) {
            if !is_part(path) {
                return Err(FleetError::OtherContent {
                    folder: out.to_owned(),
                    name: relative(path, out).display().to_string(),
                });
            }
            found.insert(relative(path, &dataset).to_owned());
        }
    }
    Ok(found)
}

/// A path below a folder as seen from there.
fn relative<'p>(path: &'p Path, folder: &Path) -> &'p Path {
    path.strip_prefix(folder).unwrap_or(path)
}

/// Whether engines read a file: they pass over what begins with a dot or an underscore.
fn is_table(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".parquet") && !name.starts_with(['.', '_'])
}

/// Whether a file has the name of a part of kheap.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let digits = name
        .strip_prefix("part-")
        .and_then(|name| name.strip_suffix(".parquet"));
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    digits.is_some_and(|digits| digits.len() == NAME_DIGITS && digits.bytes().all(is_digit))
}

/// What is in a folder; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, FleetError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unread(folder)(error)),
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    paths.collect::<io::Result<_>>().map_err(unread(folder))
}

fn remove_folder(folder: &Path) -> Result<(), FleetError> {
    remove(folder, fs::remove_dir_all(folder))
}

/// That something is not there, whether it was or not.
fn remove(path: &Path, removed: io::Result<()>) -> Result<(), FleetError> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn unread(folder: &Path) -> impl Fn(io::Error) -> FleetError {
    let path = folder.to_owned();
    move |cause| FleetError::Read {
        path: path.clone(),
        cause,
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> FleetError {
    let path = path.to_owned();
    move |cause| FleetError::Io {
        path: path.clone(),
        cause,
    }
}
