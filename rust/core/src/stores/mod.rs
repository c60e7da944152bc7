//! Stores: flat maps from keys to bytes. One trait; one file per store.
//!
//! The methods are futures so that one body of the read and write code serves every store. A store whose futures never
//! wait (memory, disk) says so with [`Mode::Blocking`] and is then driven by plain worker threads, where a boxed ready future costs
//! some tens of nanoseconds; a network store is driven by tokio. `runtime.rs` has the single place that tells them apart.

mod local;
mod memory;
mod n5;
mod object;
mod prefix;
mod split;
mod swap;
mod zip;

use std::future::Future;
use std::io::IoSliceMut;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};

use crate::error::Result;
use crate::landing::Landing;

pub use local::LocalStore;
pub use memory::MemoryStore;
pub use n5::N5Store;
pub use object::{Client, Connection, Connector, ObjectStore, Traffic, traffic};
pub use prefix::PrefixStore;
pub use split::SplitStore;
pub use swap::{Contest, Held, Mark, Swapped};
pub use zip::{Entry, ZipStore};

/// A boxed future, as trait methods return it.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A listing that comes page by page, each no longer than a service's.
pub type Pages = BoxStream<'static, Result<Vec<String>>>;

/// Names on a page, where a store chooses it itself.
pub(crate) const PAGE: usize = 1000;

/// Part of an object, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// The whole object.
    All,
    /// From `start` to before `end`; what lies past the object's end is left out.
    Bounded {
        /// First byte.
        start: u64,
        /// One past the last byte.
        end: u64,
    },
    /// From this byte to the end.
    From(u64),
    /// The last bytes; the whole object when it is shorter.
    Suffix(u64),
}

impl ByteRange {
    /// The range within an object of `size` bytes.
    pub fn resolve(self, size: u64) -> Range<u64> {
        match self {
            Self::All => 0..size,
            Self::Bounded { start, end } => start.min(size)..end.clamp(start.min(size), size),
            Self::From(start) => start.min(size)..size,
            Self::Suffix(length) => size.saturating_sub(length)..size,
        }
    }
}

/// How a store's futures behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They finish without waiting, or block their thread; that many threads pay.
    Blocking {
        /// Threads worth using at once; none means as many as there are cores.
        threads: Option<usize>,
    },
    /// They wait for the network and need tokio.
    Network,
}

/// A file or buffer that can be read at any place without waiting for a network.
pub trait ReadAt: Send + Sync {
    /// Size in bytes when it was opened.
    fn size(&self) -> u64;

    /// Fills `out` from `offset`; an error when the object ends before.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()>;

    /// Fills the rows, one after the other, from `offset`.
    fn read_rows(&self, offset: u64, rows: &mut [IoSliceMut<'_>]) -> Result<()> {
        let mut at = offset;
        for row in rows {
            self.read_at(at, row)?;
            at += row.len() as u64;
        }
        Ok(())
    }

    /// What tells this version of the file from any other, now and later; none where nothing does.
    fn version(&self) -> Option<Version> {
        None
    }
}

/// A version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Which file.
    pub file: String,
    /// Which of its versions.
    pub tag: String,
}

/// An object whose existence has been looked up, where that is cheap.
pub enum Source {
    /// The whole value, in memory.
    Bytes(Bytes),
    /// An opened file.
    File(Arc<dyn ReadAt>),
    /// Nothing asked yet: every read is a request.
    Remote,
}

/// Part of an object, and what the answer said of the whole.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The bytes asked for.
    pub bytes: Bytes,
    /// Size of the whole object, where it was told.
    pub size: Option<u64>,
    /// What tells this version of the object from any other; none where nobody can tell.
    pub tag: Option<String>,
    /// The number of this version, where the service counts.
    pub number: Option<String>,
    /// Whether the tag will tell later versions as well. One made of a time in seconds says nothing within its second.
    pub settled: bool,
}

/// The answer to a read that may insist on a version.
#[derive(Clone, Debug)]
pub enum Answer {
    /// There is no such object.
    Missing,
    /// There is one, but of another version.
    Changed,
    /// Here it is.
    Found(Piece),
    /// Its bytes are where they were wanted.
    Landed,
}

/// A flat map from keys to bytes. Keys have been checked by [`crate::key::check`].
pub trait Store: Send + Sync + 'static {
    /// What the store is, as a URL without secrets; equal for two handles of the same place, so that locks meet.
    fn identity(&self) -> &str;

    /// How the futures behave.
    fn mode(&self) -> Mode;

    /// Whether it is code of the user's that stores: which of its methods are called for what is known to it.
    fn is_foreign(&self) -> bool {
        false
    }

    /// Opens an object for reads of its parts; none when it definitely does not exist.
    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>>;

    /// Part of an object; none when it definitely does not exist.
    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>>;

    /// Part of an object with what is known of the whole; `tag` insists on a version that was read before. A store that
    /// receives the bytes piece by piece may leave them in `landing`.
    fn read<'a, 'm: 'a>(
        &'a self,
        key: &'a str,
        range: ByteRange,
        tag: Option<&'a str>,
        landing: Option<&'a mut Landing<'m>>,
    ) -> Pending<'a, Answer> {
        // A store that gives no tags gets none back.
        let _ = (tag, landing);
        let read = self.get(key, range);
        Box::pin(async move {
            Ok(match read.await? {
                None => Answer::Missing,
                Some(bytes) => {
                    let size = (range == ByteRange::All).then_some(bytes.len() as u64);
                    Answer::Found(Piece { bytes, size, tag: None, number: None, settled: false })
                }
            })
        })
    }

    /// Replaces an object, whole or not at all.
    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()>;

    /// The same for bytes in parts, which stores that can take them so do not join.
    fn set_parts<'a>(&'a self, key: &'a str, mut parts: Vec<Bytes>) -> Pending<'a, ()> {
        match parts.len() {
            1 => self.set(key, parts.swap_remove(0)),
            _ => self.set(key, parts.concat().into()),
        }
    }

    /// Creates an object; false when there was one.
    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool>;

    /// Reads an object that is to be replaced.
    fn hold<'a>(&'a self, key: &'a str) -> Pending<'a, Held> {
        Box::pin(async move { Ok(Held { bytes: self.get(key, ByteRange::All).await?, mark: Mark::Any }) })
    }

    /// Replaces an object, or removes it where there is no value, while it is of the version that is marked. A store may be
    /// able to create and not to replace, or to replace and not to remove.
    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        Box::pin(async move {
            match (value, mark) {
                (Some(value), Mark::Absent) => self.set_if_absent(key, value.concat().into()).await.map(Swapped::from),
                _ => Ok(Swapped::Unable),
            }
        })
    }

    /// Removes an object; nothing happens when there is none.
    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()>;

    /// Removes objects, in as few requests as the store allows.
    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Pending<'a, ()> {
        Box::pin(async move {
            for key in keys {
                self.delete(key).await?;
            }
            Ok(())
        })
    }

    /// Removes every object below the folder `prefix`; the empty prefix is the whole store.
    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()>;

    /// Size of an object in bytes; none when there is none.
    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>>;

    /// Bytes of all objects below the folder `prefix`; none where they are known only one by one.
    fn total<'a>(&'a self, prefix: &'a str) -> Pending<'a, Option<u64>> {
        let _ = prefix;
        Box::pin(async { Ok(None) })
    }

    /// Every key below the folder `prefix`, in no order.
    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>>;

    /// The names directly below the folder `prefix`, of objects and of folders alike, each once.
    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>>;

    /// The same as `list`, page by page where the store can.
    fn list_pages(self: Arc<Self>, prefix: String) -> Pages {
        stream::once(async move { self.list(&prefix).await }).boxed()
    }

    /// The same as `list_dir`, page by page where the store can.
    fn list_dir_pages(self: Arc<Self>, prefix: String) -> Pages {
        stream::once(async move { self.list_dir(&prefix).await }).boxed()
    }
}

/// The pages that `next` makes until one is empty.
pub(crate) fn pages(mut next: impl FnMut() -> Result<Vec<String>> + Send + 'static) -> Pages {
    let page = move || next().map(|page| (!page.is_empty()).then_some(page)).transpose();
    stream::iter(std::iter::from_fn(page)).boxed()
}

/// The part of `key` below the folder `prefix`; none when it lies elsewhere. `ab/c` is not below `a`.
pub(crate) fn below<'a>(prefix: &str, key: &'a str) -> Option<&'a str> {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    if prefix.is_empty() {
        return Some(key);
    }
    key.strip_prefix(prefix)?.strip_prefix('/')
}
