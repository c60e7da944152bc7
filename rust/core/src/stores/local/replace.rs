//! Replacing a file only while it is the one that was read.
//!
//! Writers that do so hold a lock on the file that they replace, from the look at what lies there to the rename. Who waits for
//! the lock then holds that of a file which has left its place, and sees it. Locks go with the process, and no other file is
//! needed.

use std::fs::{self, File};
use std::io::{self, ErrorKind as Io};
use std::path::Path;

use bytes::Bytes;

use super::{LocalStore, MOST_ATTEMPTS, missing_is, remove_empty_folders, rename_over};
use crate::error::{Error, Result};
use crate::stores::ByteRange;
use crate::stores::swap::{Held, Mark, Swapped};

/// Releases the lock: a child that was forked meanwhile has the file open as well, so closing it would not.
struct Locked<'a>(&'a File);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It fails for files that are not open; this one is.
        let _ = self.0.unlock();
    }
}

impl LocalStore {
    pub(super) fn hold_file(&self, key: &str) -> Result<Held> {
        Ok(match self.open_file(key)? {
            None => Held { bytes: None, mark: Mark::Absent },
            Some(file) => {
                let bytes = file.get(ByteRange::All).map_err(|e| e.at(key))?;
                Held { bytes: Some(bytes), mark: Mark::File(file.file) }
            }
        })
    }

    pub(super) fn swap_file(&self, key: &str, value: Option<&[Bytes]>, mark: &Mark) -> Result<Swapped> {
        // Locks of other systems keep readers out as well.
        if cfg!(not(unix)) && !matches!(mark, Mark::Absent) {
            return Ok(Swapped::Unable);
        }
        let swapped = match mark {
            Mark::Tagged { .. } => Ok(Swapped::Unable),
            Mark::Absent => self.fill(key, value),
            Mark::File(file) => self.replace(file, key, value),
            Mark::Any => self.replace_any(key, value),
        };
        swapped.map_err(|e| Error::io("cannot write the file", &e).at(key))
    }

    fn replace_any(&self, key: &str, value: Option<&[Bytes]>) -> io::Result<Swapped> {
        // Each failed attempt means that somebody else has written the file just then.
        for _ in 0..MOST_ATTEMPTS {
            let swapped = match missing_is(File::open(self.path(key)).map(Some), None)? {
                Some(file) if file.metadata()?.is_file() => self.replace(&file, key, value)?,
                _ => self.fill(key, value)?,
            };
            if swapped != Swapped::Changed {
                return Ok(swapped);
            }
        }
        Ok(Swapped::Changed)
    }

    /// Makes a file where there is none; nothing is to be done where none is wanted.
    fn fill(&self, key: &str, value: Option<&[Bytes]>) -> io::Result<Swapped> {
        value.map_or(Ok(Swapped::Done), |value| self.create(key, value).map(Swapped::from))
    }

    /// Makes a file; false when there was one.
    pub(super) fn create(&self, key: &str, value: &[Bytes]) -> io::Result<bool> {
        let target = self.path(key);
        self.stage(&target, value, |temporary| link_new(temporary, &target))
    }

    fn replace(&self, file: &File, key: &str, value: Option<&[Bytes]>) -> io::Result<Swapped> {
        let target = self.path(key);
        if file.lock().is_err() {
            // File systems of networks may have no locks.
            return Ok(Swapped::Unable);
        }
        let _locked = Locked(file);
        if !is_at(file, &target)? {
            return Ok(Swapped::Changed);
        }
        match value {
            Some(value) => self.stage(&target, value, |temporary| rename_over(temporary, &target))?,
            None => missing_is(fs::remove_file(&target), ())?,
        }
        Ok(Swapped::Done)
    }
}

/// Gives a finished file its name if no file has it, and takes its temporary name; false when there is one.
fn link_new(temporary: &Path, target: &Path) -> io::Result<bool> {
    link_new_by(|temporary, target| fs::hard_link(temporary, target), temporary, target)
}

fn link_new_by(link: impl Fn(&Path, &Path) -> io::Result<()>, temporary: &Path, target: &Path) -> io::Result<bool> {
    // A link fails where a name exists: exactly one of many creators wins.
    let made = match link(temporary, target) {
        // Folders are no objects; those that a deleted array has left are empty.
        Err(e) if e.kind() == Io::AlreadyExists && target.is_dir() => {
            remove_empty_folders(target).map_err(|_| io::Error::from(Io::IsADirectory))?;
            link(temporary, target)
        }
        made => made,
    };
    match made {
        Ok(()) => fs::remove_file(temporary).map(|()| true),
        Err(e) if e.kind() == Io::AlreadyExists => fs::remove_file(temporary).map(|()| false),
        // Memory cards and file systems of users may have no links. Creators take care there as they do where locks end.
        Err(_) if fs::symlink_metadata(target).is_ok_and(|about| !about.is_dir()) => {
            fs::remove_file(temporary).map(|()| false)
        }
        Err(_) => rename_over(temporary, target).map(|()| true),
    }
}

/// Whether this is the file that lies at `target`.
#[cfg(unix)]
fn is_at(file: &File, target: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let Some(there) = missing_is(fs::metadata(target).map(Some), None)? else { return Ok(false) };
    let held = file.metadata()?;
    let known = |about: &fs::Metadata| (about.dev(), about.ino());
    Ok(known(&held) == known(&there))
}

#[cfg(not(unix))]
fn is_at(_file: &File, _target: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_links_creates_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, target) = (folder.path().join("temporary"), folder.path().join("c"));
        let create = |text: &str| {
            fs::write(&temporary, text).unwrap();
            link_new_by(|_, _| Err(io::Error::from(Io::PermissionDenied)), &temporary, &target)
        };
        fs::create_dir_all(target.join("0")).unwrap();
        assert!(create("1").unwrap(), "empty folders are no object");
        assert!(!create("2").unwrap());
        assert_eq!(fs::read_to_string(&target).unwrap(), "1");
        assert!(!temporary.exists());
        fs::remove_file(&target).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("0"), "3").unwrap();
        assert!(create("4").is_err(), "and full ones are none to replace");
    }
}
