//! A folder of the local file system; each object is a file.
//!
//! Writes go to a temporary name in the same folder and are renamed: readers see the old object or the new one, and a
//! killed writer leaves the old one. Temporaries are never listed.

mod replace;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind as Io, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
#[cfg(unix)]
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::swap::{Held, Mark, Swapped};
use super::{ByteRange, Mode, PAGE, Pages, Pending, ReadAt, Source, Store, Version, pages};
use crate::error::{Error, ErrorKind, Result};
use crate::random;

/// Marks temporaries. Short, since names are limited to 255 bytes and the object's own name may use them all.
const TEMPORARY: &str = ".zarrust-partial";

/// Clocks of file systems go in steps; after this long a change falls into another one.
#[cfg(unix)]
const SETTLED: Duration = Duration::from_secs(3);

/// A folder may be removed, being empty, just when a file is to be made in it; so often in a row it is not by chance.
const MOST_ATTEMPTS: u32 = 100;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Tells temporaries of this process from those that another left behind: process ids come again, in containers at once.
static TOKEN: LazyLock<u64> = LazyLock::new(random::bits);

/// Objects as files below a folder.
pub struct LocalStore {
    root: PathBuf,
    identity: String,
    durable: bool,
}

impl LocalStore {
    /// A store at an absolute path, which need not exist. `durable` waits for the disk at every write.
    pub fn new(root: PathBuf, durable: bool) -> Self {
        let identity = format!("file://{}", resolved(&root).display());
        Self { root, identity, durable }
    }

    fn path(&self, key: &str) -> PathBuf {
        if key.is_empty() { self.root.clone() } else { self.root.join(key) }
    }

    fn open_file(&self, key: &str) -> Result<Option<OpenFile>> {
        let file = match File::open(self.path(key)) {
            Ok(file) => file,
            Err(e) if is_missing(&e) => return Ok(None),
            Err(e) => return Err(Error::io("cannot open the file", &e).at(key)),
        };
        let about = file.metadata().map_err(|e| Error::io("cannot read the file's size", &e).at(key))?;
        // A folder is no object; object stores would say "missing" too.
        Ok(about.is_file().then(|| OpenFile { file, size: about.len(), about }))
    }

    fn walk(&self, prefix: &str) -> Walk {
        let prefix = prefix.trim_end_matches('/');
        Walk { start: Some((self.path(prefix), prefix.to_owned())), open: Vec::new() }
    }

    /// What is in a folder; none when there is no such folder.
    fn entries(&self, prefix: &str) -> Result<Option<fs::ReadDir>> {
        let entries = fs::read_dir(self.path(prefix.trim_end_matches('/')));
        missing_is(entries.map(Some), None).map_err(|e| not_listed(&e, prefix))
    }

    /// Writes a value, which may come in parts, beside `target` and hands the finished temporary to `place`.
    fn stage<T>(&self, target: &Path, value: &[Bytes], place: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let folder = target.parent().unwrap_or(&self.root);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".{:016x}-{}-{number}{TEMPORARY}", *TOKEN, std::process::id());
        let temporary = folder.join(name);
        // Where folders are made for the file, the names up to the first that was there are new as well.
        let mut known = folder.to_owned();
        let mut attempts = 0;
        let mut file = loop {
            match File::create_new(&temporary) {
                Err(e) if e.kind() == Io::NotFound && attempts < MOST_ATTEMPTS => {
                    attempts += 1;
                    known = folder.ancestors().find(|above| above.exists()).unwrap_or(folder).to_owned();
                    match fs::create_dir_all(folder) {
                        // It was there, and has gone before that was looked at.
                        Err(e) if e.kind() == Io::AlreadyExists => {}
                        made => missing_is(made, ())?,
                    }
                }
                other => break other?,
            }
        };
        let placed = value
            .iter()
            .try_for_each(|part| file.write_all(part))
            .and_then(|()| if self.durable { file.sync_all() } else { Ok(()) })
            .and_then(|()| close(file))
            .and_then(|()| place(&temporary));
        if placed.is_err() {
            // The first error is the one to report; a temporary that stays is never listed.
            let _ = fs::remove_file(&temporary);
        } else if self.durable {
            sync_folders(folder, &known)?;
        }
        placed
    }

    /// Removes a folder and those above it, as far as nothing lies in them; the store's own stays.
    fn prune(&self, folder: &Path) {
        let below = folder.ancestors().take_while(|above| *above != self.root && above.starts_with(&self.root));
        // The first that is not empty, or may not be removed, stays, and so do those above it.
        let _ = below.map(fs::remove_dir).try_for_each(std::convert::identity);
    }
}

/// A walk through a folder and those in it, that can rest.
struct Walk {
    /// Where to begin, as long as that was not done.
    start: Option<(PathBuf, String)>,
    /// The folders that are open, each in the one before: entries still to come, key, identity.
    open: Vec<(fs::ReadDir, String, PathBuf)>,
}

impl Walk {
    /// Opens a folder, unless a link leads back to it from within.
    fn enter(&mut self, folder: &Path, prefix: String) -> io::Result<()> {
        let Some(id) = missing_is(fs::canonicalize(folder).map(Some), None)? else { return Ok(()) };
        if self.open.iter().all(|(.., known)| *known != id)
            && let Some(entries) = missing_is(fs::read_dir(folder).map(Some), None)?
        {
            self.open.push((entries, prefix, id));
        }
        Ok(())
    }

    /// The next keys; none at the end.
    fn page(&mut self) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        if let Some((folder, prefix)) = self.start.take() {
            self.enter(&folder, prefix)?;
        }
        while keys.len() < PAGE
            && let Some((entries, prefix, _)) = self.open.last_mut()
        {
            let Some(entry) = entries.next().transpose()? else {
                self.open.pop();
                continue;
            };
            let Some(name) = listed_name(&entry) else { continue };
            let key = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            if entry.file_type()?.is_file() {
                keys.push(key);
                continue;
            }
            // Links are followed: people link disks into a store. One that leads nowhere is no object.
            match missing_is(fs::metadata(entry.path()).map(Some), None)? {
                Some(about) if about.is_dir() => self.enter(&entry.path(), key)?,
                Some(about) if about.is_file() => keys.push(key),
                _ => {}
            }
        }
        Ok(keys)
    }
}

/// Renames a file over `target`, also where only empty folders lie: a deleted array of more dimensions leaves them.
fn rename_over(temporary: &Path, target: &Path) -> io::Result<()> {
    match fs::rename(temporary, target) {
        Err(_) if target.is_dir() && remove_empty_folders(target).is_ok() => fs::rename(temporary, target),
        renamed => renamed,
    }
}

/// Removes a folder and those in it, and fails where it meets a file.
fn remove_empty_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty_folders(&entry.path())?;
        }
    }
    fs::remove_dir(folder)
}

/// Waits until the disk has the names in `folder` and in those above, up to `known`.
fn sync_folders(folder: &Path, known: &Path) -> io::Result<()> {
    for above in folder.ancestors() {
        File::open(above)?.sync_all()?;
        if above == known {
            break;
        }
    }
    Ok(())
}

/// The path without links, as far as it exists: two handles of one folder must meet in the same locks.
fn resolved(path: &Path) -> PathBuf {
    path.ancestors()
        .find_map(|above| Some(fs::canonicalize(above).ok()?.join(path.strip_prefix(above).ok()?)))
        .unwrap_or_else(|| path.to_owned())
}

/// Closes a file and reports what the system says then; dropping it would lose that.
#[cfg(unix)]
fn close(file: File) -> io::Result<()> {
    use std::os::fd::IntoRawFd;
    // SAFETY: the descriptor was just taken out of its owner, so it is open and nobody else closes it.
    if unsafe { libc::close(file.into_raw_fd()) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(unix))]
fn close(file: File) -> io::Result<()> {
    drop(file);
    Ok(())
}

fn listed_name(entry: &fs::DirEntry) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    (!name.ends_with(TEMPORARY)).then_some(name)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), Io::NotFound | Io::NotADirectory | Io::IsADirectory)
}

fn missing_is<T>(outcome: io::Result<T>, otherwise: T) -> io::Result<T> {
    match outcome {
        Err(e) if is_missing(&e) => Ok(otherwise),
        other => other,
    }
}

/// Takes the next names, up to `most` in all.
fn take_names(entries: &mut fs::ReadDir, most: usize, names: &mut Vec<String>) -> io::Result<()> {
    while names.len() < most
        && let Some(entry) = entries.next()
    {
        names.extend(listed_name(&entry?));
    }
    Ok(())
}

fn not_listed(error: &io::Error, prefix: &str) -> Error {
    Error::io("cannot list the folder", error).at(prefix)
}

/// A file opened for positional reads.
struct OpenFile {
    file: File,
    size: u64,
    about: fs::Metadata,
}

/// The version of a file that nobody has touched for a while. Another version has another time of change then, however
/// coarse the system's clock is; nobody can set that time.
#[cfg(unix)]
fn version(about: &fs::Metadata) -> Option<Version> {
    use std::os::unix::fs::MetadataExt;
    let changed = UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(about.ctime()).ok()?))?;
    if SystemTime::now().duration_since(changed).ok()? < SETTLED {
        return None;
    }
    Some(Version {
        file: format!("{}-{}", about.dev(), about.ino()),
        tag: format!(
            "{}-{}.{}-{}.{}",
            about.len(),
            about.mtime(),
            about.mtime_nsec(),
            about.ctime(),
            about.ctime_nsec()
        ),
    })
}

/// Nothing that the system tells of a file is sure to change with it.
#[cfg(not(unix))]
fn version(_about: &fs::Metadata) -> Option<Version> {
    None
}

impl OpenFile {
    fn get(&self, range: ByteRange) -> Result<Bytes> {
        let part = range.resolve(self.size);
        let length = usize::try_from(part.end - part.start)
            .map_err(|_| Error::new(ErrorKind::Memory, "the object is larger than memory can be"))?;
        let mut value = Vec::new();
        value
            .try_reserve_exact(length)
            .map_err(|_| Error::new(ErrorKind::Memory, format!("no memory for an object of {length} bytes")))?;
        value.resize(length, 0);
        self.read_at(part.start, &mut value)?;
        Ok(value.into())
    }
}

impl ReadAt for OpenFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn version(&self) -> Option<Version> {
        version(&self.about)
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        use std::os::unix::fs::FileExt;
        self.file.read_exact_at(out, offset).map_err(|e| read_failed(&e))
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        use std::os::windows::fs::FileExt;
        let (mut at, mut rest) = (offset, out);
        while !rest.is_empty() {
            match self.file.seek_read(rest, at) {
                Ok(0) => return Err(read_failed(&io::Error::from(Io::UnexpectedEof))),
                Ok(n) => (at, rest) = (at + n as u64, &mut rest[n..]),
                Err(e) if e.kind() == Io::Interrupted => {}
                Err(e) => return Err(read_failed(&e)),
            }
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn read_rows(&self, offset: u64, rows: &mut [io::IoSliceMut<'_>]) -> Result<()> {
        use std::os::fd::AsRawFd;
        let (mut at, mut rest) = (offset, rows);
        while !rest.is_empty() {
            let most = rest.len().min(libc::UIO_MAXIOV as usize);
            let at_signed = libc::off_t::try_from(at).map_err(|_| read_failed(&io::Error::from(Io::InvalidInput)))?;
            // SAFETY: `IoSliceMut` is ABI-compatible with `iovec` and borrows valid, writable memory; `most` of them exist.
            let read = unsafe { libc::preadv(self.file.as_raw_fd(), rest.as_mut_ptr().cast(), most as i32, at_signed) };
            match usize::try_from(read) {
                Ok(0) => return Err(read_failed(&io::Error::from(Io::UnexpectedEof))),
                Ok(n) => {
                    at += n as u64;
                    io::IoSliceMut::advance_slices(&mut rest, n);
                }
                Err(_) => {
                    let e = io::Error::last_os_error();
                    if e.kind() != Io::Interrupted {
                        return Err(read_failed(&e));
                    }
                }
            }
        }
        Ok(())
    }
}

fn read_failed(error: &io::Error) -> Error {
    match error.kind() {
        Io::UnexpectedEof => Error::corrupt("the file became shorter while it was read"),
        _ => Error::io("cannot read the file", error),
    }
}

impl Store for LocalStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn mode(&self) -> Mode {
        Mode::Blocking { threads: None }
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async move { Ok(self.open_file(key)?.map(|file| Source::File(Arc::new(file)))) })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move { self.open_file(key)?.map(|file| file.get(range).map_err(|e| e.at(key))).transpose() })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        self.set_parts(key, vec![value])
    }

    fn set_parts<'a>(&'a self, key: &'a str, parts: Vec<Bytes>) -> Pending<'a, ()> {
        Box::pin(async move {
            let target = self.path(key);
            let staged = self.stage(&target, &parts, |temporary| rename_over(temporary, &target));
            staged.map_err(|e| Error::io("cannot write the file", &e).at(key))
        })
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        Box::pin(async move { self.create(key, &[value]).map_err(|e| Error::io("cannot create the file", &e).at(key)) })
    }

    fn hold<'a>(&'a self, key: &'a str) -> Pending<'a, Held> {
        Box::pin(async move { self.hold_file(key) })
    }

    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        Box::pin(async move { self.swap_file(key, value.as_deref(), mark) })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let path = self.path(key);
            match fs::remove_file(&path) {
                Err(e) if is_missing(&e) || path.is_dir() => Ok(()),
                other => other.map_err(|e| Error::io("cannot delete the file", &e).at(key)),
            }
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Pending<'a, ()> {
        Box::pin(async move {
            for key in keys {
                self.delete(key).await?;
            }
            let folders: BTreeSet<PathBuf> =
                keys.iter().filter_map(|key| Some(self.path(key).parent()?.into())).collect();
            // The deepest of each branch come last.
            folders.iter().rev().for_each(|folder| self.prune(folder));
            Ok(())
        })
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let path = self.path(prefix.trim_end_matches('/'));
            let removed = match fs::symlink_metadata(&path) {
                Ok(about) if about.is_symlink() && !prefix.is_empty() => fs::remove_file(&path),
                Ok(_) => missing_is(fs::remove_dir_all(&path), ()),
                Err(e) if is_missing(&e) => Ok(()),
                Err(e) => Err(e),
            };
            removed.map_err(|e| Error::io("cannot delete the folder", &e).at(prefix))
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move {
            let about = missing_is(fs::metadata(self.path(key)).map(Some), None);
            let about = about.map_err(|e| Error::io("cannot read the file's size", &e).at(key))?;
            Ok(about.filter(fs::Metadata::is_file).map(|about| about.len()))
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let mut walk = self.walk(prefix);
            let mut keys = Vec::new();
            loop {
                let page = walk.page().map_err(|e| not_listed(&e, prefix))?;
                if page.is_empty() {
                    return Ok(keys);
                }
                keys.extend(page);
            }
        })
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let mut names = Vec::new();
            if let Some(mut entries) = self.entries(prefix)? {
                take_names(&mut entries, usize::MAX, &mut names).map_err(|e| not_listed(&e, prefix))?;
            }
            Ok(names)
        })
    }

    fn list_pages(self: Arc<Self>, prefix: String) -> Pages {
        let mut walk = self.walk(&prefix);
        pages(move || walk.page().map_err(|e| not_listed(&e, &prefix)))
    }

    fn list_dir_pages(self: Arc<Self>, prefix: String) -> Pages {
        let mut entries = None;
        pages(move || {
            let mut names = Vec::new();
            if entries.is_none() {
                entries = Some(self.entries(&prefix)?);
            }
            if let Some(Some(entries)) = &mut entries {
                take_names(entries, PAGE, &mut names).map_err(|e| not_listed(&e, &prefix))?;
            }
            Ok(names)
        })
    }
}
