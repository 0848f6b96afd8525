//! How files appear under their names: complete, and those that belong together all or none.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempPath;

use super::sink::temporary_file;
use super::warn;
use crate::paths::folder_of;

/// Where a file is written, and where it appears.
pub(super) struct Place {
    /// How messages call it.
    pub(super) name: String,
    /// In the same folder, so that renaming is one step.
    pub(super) temporary: TempPath,
    pub(super) path: PathBuf,
    /// Whether it may replace a file.
    pub(super) force: bool,
}

impl Place {
    /// The file by the one name that all links lead to: the folder is there.
    fn file(&self) -> PathBuf {
        let folder = folder_of(&self.path).canonicalize().unwrap_or_default();
        folder.join(self.path.file_name().unwrap_or_default())
    }

    fn appear(self) -> Result<()> {
        let result = match self.force {
            true => self.temporary.persist(&self.path),
            false => self.temporary.persist_noclobber(&self.path),
        };
        let result = result.map_err(|error| error.error);
        result.with_context(|| format!("cannot write {}", self.name))
    }

    /// Gives the file that is to be replaced another name. A system that lets nobody replace it
    /// refuses this, too.
    fn set_aside(&self) -> Result<Option<PathBuf>> {
        if !self.force || self.path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let aside = || -> Result<PathBuf> {
            let aside = temporary_file(&self.path)?.into_temp_path();
            fs::rename(&self.path, &aside)?;
            // It is the old file now, which is deleted only when the new one is there.
            Ok(aside.keep()?)
        };
        let aside = aside().with_context(|| format!("cannot write {}", self.name))?;
        Ok(Some(aside))
    }
}

/// Puts files in their places, in this order. Where one may not appear, none does, and old ones
/// come back.
pub(super) fn appear(mut places: Vec<Place>) -> Result<()> {
    let mut files = HashSet::new();
    if let Some(twice) = places.iter().find(|place| !files.insert(place.file())) {
        bail!(
            "cannot write {}: another file of this command has this name; name another file",
            twice.name
        );
    }
    // A single rename leaves no moment without a file.
    if places.len() == 1 {
        return places.remove(0).appear();
    }
    let mut exchange = Exchange::default();
    let done = exchange.replace(places);
    match done {
        Ok(()) => exchange.end(),
        Err(_) => exchange.undo(),
    }
    done
}

/// Several files that are replaced together.
#[derive(Default)]
struct Exchange {
    /// Old files: their names, and where they are meanwhile.
    old: Vec<(PathBuf, PathBuf)>,
    /// The new ones that have appeared.
    new: Vec<PathBuf>,
}

impl Exchange {
    fn replace(&mut self, places: Vec<Place>) -> Result<()> {
        // All old ones first: most that is refused is refused here.
        for place in &places {
            if let Some(aside) = place.set_aside()? {
                self.old.push((place.path.clone(), aside));
            }
        }
        for place in places {
            let path = place.path.clone();
            place.appear()?;
            self.new.push(path);
        }
        Ok(())
    }

    fn end(self) {
        for (_, aside) in self.old {
            report(fs::remove_file(&aside), "cannot remove", &aside);
        }
    }

    fn undo(self) {
        for path in self.new {
            report(fs::remove_file(&path), "cannot remove", &path);
        }
        for (path, aside) in self.old {
            let what = format!("cannot rename {} back to", aside.display());
            report(fs::rename(&aside, &path), &what, &path);
        }
    }
}

/// Nothing else is to be done about it; whoever reads it can.
fn report(result: io::Result<()>, what: &str, path: &Path) {
    if let Err(error) = result {
        warn(&format!("{what} {}: {error}", path.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with old files, and the places of new ones: each with whether it may replace one.
    fn places(old: &[&str], new: &[(&str, bool)]) -> (tempfile::TempDir, Vec<Place>) {
        let folder = tempfile::tempdir().expect("a folder");
        for name in old {
            fs::write(folder.path().join(name), "old").expect("it is written");
        }
        let places = new.iter().map(|(name, force)| {
            let path = folder.path().join(name);
            let temporary = temporary_file(&path).expect("it is made").into_temp_path();
            fs::write(&temporary, "new").expect("it is written");
            let (name, force) = ((*name).to_owned(), *force);
            Place {
                name,
                temporary,
                path,
                force,
            }
        });
        let places = places.collect();
        (folder, places)
    }

    /// The files of a folder with their contents, folders with nothing.
    fn contents(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).expect("a folder");
        let files = entries.map(|entry| {
            let entry = entry.expect("an entry");
            let content = fs::read_to_string(entry.path()).unwrap_or_default();
            format!("{} {content}", entry.file_name().to_string_lossy())
        });
        let mut files: Vec<String> = files.collect();
        files.sort_unstable();
        files
    }

    #[test]
    fn all_files_appear_and_nothing_else_is_left() {
        let new = [("a", true), ("b", true), ("c", false)];
        let (folder, places) = places(&["a"], &new);
        appear(places).expect("they may appear");
        assert_eq!(contents(&folder), ["a new", "b new", "c new"]);
    }

    #[test]
    fn where_one_file_may_not_be_replaced_none_is() {
        let new = [("a", true), ("b", true), ("c", true)];
        let (folder, places) = places(&["a", "b"], &new);
        // No file takes the name of a folder.
        fs::create_dir(folder.path().join("c")).expect("it is made");
        let error = appear(places).expect_err("it is a folder").to_string();
        assert_eq!(error, "cannot write c");
        assert_eq!(contents(&folder), ["a old", "b old", "c "]);
    }

    #[test]
    fn where_one_file_cannot_appear_all_are_as_before() {
        // Somebody made the last one meanwhile, or took away what was written.
        let new = [("a", true), ("b", true), ("c", false)];
        let (folder, all) = places(&["a", "c"], &new);
        appear(all).expect_err("it is there");
        assert_eq!(contents(&folder), ["a old", "c old"]);
        let (folder, all) = places(&["a", "c"], &[("a", true), ("b", false), ("c", true)]);
        fs::remove_file(&all[2].temporary).expect("it is there");
        appear(all).expect_err("nothing was written");
        assert_eq!(contents(&folder), ["a old", "c old"]);
    }
}
