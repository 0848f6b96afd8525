//! Folders that are made for files, and go again where the files do not appear.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The folders that were made for some files. Dropped before it is kept, it removes those that
/// are empty.
#[derive(Debug, Default)]
pub(crate) struct NewFolder {
    /// The outermost first.
    made: Vec<PathBuf>,
}

impl NewFolder {
    /// Makes a folder, and those that it lies in, unless they are there.
    pub(crate) fn make(folder: &Path) -> io::Result<Self> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
        let mut new = Self::default();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => new.made.push(folder.to_path_buf()),
                // Somebody else made it meanwhile, or it is `new/..`, which is there by now.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// Leaves them for good.
    pub(crate) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // One that has files by now is somebody's.
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_unless_they_are_kept_or_have_files() {
        let root = tempfile::tempdir().expect("a folder");
        let [outer, inner] = ["a", "a/b/../c"].map(|name| root.path().join(name));
        let make = || NewFolder::make(&inner).expect("it can be made");
        let new = make();
        assert!(inner.is_dir());
        drop(new);
        assert!(!outer.exists());
        let new = make();
        fs::write(inner.join("file"), "").expect("it is written");
        drop(new);
        assert!(inner.join("file").exists());
        // What was there before stays.
        drop(make());
        assert!(inner.is_dir());
        fs::remove_dir_all(&outer).expect("it is there");
        make().keep();
        assert!(inner.is_dir());
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_leaves_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("file");
        fs::write(&file, "").expect("it is written");
        assert!(NewFolder::make(&file.join("folder")).is_err());
        #[cfg(unix)]
        {
            let link = root.path().join("link");
            std::os::unix::fs::symlink("nothing", &link).expect("it is made");
            assert!(NewFolder::make(&link.join("folder")).is_err());
        }
        fs::remove_file(&file).expect("it is there");
    }
}
