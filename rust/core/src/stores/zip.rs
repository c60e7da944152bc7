//! The entries of a ZIP archive that lies in another store, for reading.
//!
//! The caller has parsed the central directory. Nothing of it is believed where it could do harm: an entry must lie before
//! the next one and before the directory, and nothing is allocated that its stored bytes cannot decode to.
//!
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.7 (local file header) and 4.4.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{ByteRange, Mode, Pending, ReadAt, Source, Store, below};
use crate::codecs::{crc32, inflate};
use crate::error::{Error, ErrorKind, Result};
use crate::key;

/// Bytes of a local file header before its name.
const HEADER: u64 = 30;

/// The most bytes that one byte of DEFLATE can stand for.
const MOST_PER_BYTE: u64 = 1032;

/// Room for a local header's extra field in the first request for an entry; one that is longer costs a second request.
const EXTRA_ROOM: u64 = 256;

/// What the central directory says of an entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub name: String,
    /// Where the local header starts.
    pub header: u64,
    /// Bytes stored.
    pub stored: u64,
    /// Bytes of the value.
    pub size: u64,
    /// CRC-32 of the value.
    pub crc: u32,
    /// 0 stored, 8 deflated; what else there is cannot be read.
    pub method: u16,
    /// Whether the bytes are encrypted.
    pub encrypted: bool,
}

struct Known {
    entry: Entry,
    /// Where whatever follows the entry starts.
    limit: u64,
    /// Where the stored bytes start, once the local header has been seen.
    data: OnceLock<u64>,
}

/// The archive `key` of the store `inner`.
pub struct ZipStore {
    inner: Arc<dyn Store>,
    key: String,
    identity: String,
    entries: BTreeMap<String, Arc<Known>>,
    /// The archive itself where it can be opened, so that all reads see one and the same file.
    file: Option<Arc<dyn ReadAt>>,
}

impl ZipStore {
    /// A store of the entries; the central directory starts at `end`. Of entries with one name the last counts.
    pub fn new(inner: Arc<dyn Store>, key: String, entries: Vec<Entry>, end: u64) -> Result<Self> {
        let mut starts: Vec<u64> = entries.iter().map(|entry| entry.header).collect();
        starts.sort_unstable();
        let mut known = BTreeMap::new();
        for entry in entries {
            if entry.name.ends_with('/') {
                continue;
            }
            key::check(&entry.name).map_err(|e| e.within("entry of a ZIP archive"))?;
            let next = starts.partition_point(|start| *start <= entry.header);
            let limit = starts.get(next).copied().unwrap_or(end).min(end);
            let needed = entry.header.checked_add(HEADER).and_then(|start| start.checked_add(entry.stored));
            if needed.is_none_or(|needed| needed > limit) {
                return Err(damaged(&entry.name, "it reaches into what follows it"));
            }
            known.insert(entry.name.clone(), Arc::new(Known { entry, limit, data: OnceLock::new() }));
        }
        let file = match inner.mode() {
            // A store that blocks answers at once.
            Mode::Blocking { .. } => match pollster::block_on(inner.open(&key))? {
                Some(Source::File(file)) => Some(file),
                _ => None,
            },
            Mode::Network => None,
        };
        let identity = format!("zip:{}/{key}", inner.identity());
        Ok(Self { inner, key, identity, entries: known, file })
    }

    async fn fetch(&self, start: u64, end: u64) -> Result<Bytes> {
        let missing =
            || Error::new(ErrorKind::Store, "the archive is gone or was cut since it was opened").at(&self.key);
        let length = usize::try_from(end - start).map_err(|_| missing())?;
        let part = if let Some(file) = &self.file {
            if end > file.size() {
                return Err(missing());
            }
            let mut part = room(length)?;
            file.read_at(start, &mut part)?;
            Bytes::from(part)
        } else {
            self.inner.get(&self.key, ByteRange::Bounded { start, end }).await?.ok_or_else(missing)?
        };
        if part.len() == length { Ok(part) } else { Err(missing()) }
    }

    /// Where the stored bytes start.
    async fn data(&self, known: &Known) -> Result<u64> {
        if let Some(data) = known.data.get() {
            return Ok(*data);
        }
        let header = self.fetch(known.entry.header, known.entry.header + HEADER).await?;
        known.place(&header)
    }

    /// The stored bytes, all of them, with as few requests as can be.
    async fn stored(&self, known: &Known) -> Result<Bytes> {
        let entry = &known.entry;
        if self.file.is_none() && known.data.get().is_none() {
            let around = HEADER + entry.name.len() as u64 + EXTRA_ROOM;
            let fetched =
                self.fetch(entry.header, (entry.header + around).saturating_add(entry.stored).min(known.limit)).await?;
            let start = (known.place(&fetched)? - entry.header) as usize;
            // `place` has checked that the end is before the limit, so that it is no overflow.
            let end = start + entry.stored as usize;
            if end <= fetched.len() {
                return Ok(fetched.slice(start..end));
            }
        }
        let start = self.data(known).await?;
        self.fetch(start, start + entry.stored).await
    }

    async fn value(&self, known: &Known) -> Result<Bytes> {
        let entry = &known.entry;
        known.check()?;
        if entry.method == 0 {
            let value = self.stored(known).await?;
            known.verify(&value)?;
            return Ok(value);
        }
        if entry.size / MOST_PER_BYTE > entry.stored {
            let claim = format!("it claims to be {} bytes, of {} stored ones", entry.size, entry.stored);
            return Err(damaged(&entry.name, &claim));
        }
        let stored = self.stored(known).await?;
        let mut value = room(usize::try_from(entry.size).map_err(|_| damaged(&entry.name, "it is too large"))?)?;
        inflate(&stored, &mut value).map_err(|e| e.within("ZIP entry").at(&entry.name))?;
        known.verify(&value)?;
        Ok(value.into())
    }

    async fn part(&self, known: &Known, range: ByteRange) -> Result<Bytes> {
        let part = range.resolve(known.entry.size);
        if known.entry.method != 0 || part == (0..known.entry.size) {
            let value = self.value(known).await?;
            return Ok(value.slice(part.start as usize..part.end as usize));
        }
        known.check()?;
        if part.is_empty() {
            return Ok(Bytes::new());
        }
        let data = self.data(known).await?;
        self.fetch(data + part.start, data + part.end).await
    }
}

impl Known {
    /// Refuses what cannot be read.
    fn check(&self) -> Result<()> {
        let entry = &self.entry;
        if entry.encrypted {
            return Err(damaged(&entry.name, "it is encrypted"));
        }
        match entry.method {
            0 if entry.stored != entry.size => Err(damaged(&entry.name, "it has two sizes")),
            0 | 8 => Ok(()),
            other => Err(damaged(&entry.name, &format!("compression method {other} is unknown, expected 0 or 8"))),
        }
    }

    /// Takes the place of the stored bytes from the local header.
    fn place(&self, header: &[u8]) -> Result<u64> {
        let name = &self.entry.name;
        let Some((fixed, _)) = header.split_first_chunk::<{ HEADER as usize }>() else {
            return Err(damaged(name, "its local header is cut"));
        };
        if !fixed.starts_with(b"PK\x03\x04") {
            return Err(damaged(name, "its local header is not where the directory says"));
        }
        let length = |at: usize| u64::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
        let data = self.entry.header + HEADER + length(26) + length(28);
        if data.checked_add(self.entry.stored).is_none_or(|end| end > self.limit) {
            return Err(damaged(name, "it reaches into what follows it"));
        }
        Ok(*self.data.get_or_init(|| data))
    }

    fn verify(&self, value: &[u8]) -> Result<()> {
        let found = crc32(value);
        if found == self.entry.crc {
            return Ok(());
        }
        Err(damaged(&self.entry.name, &format!("CRC-32 is {found:08x}, expected {:08x}", self.entry.crc)))
    }
}

fn damaged(name: &str, why: &str) -> Error {
    Error::corrupt(format!("ZIP entry cannot be read: {why}")).at(name)
}

fn room(length: usize) -> Result<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(length)
        .map_err(|_| Error::new(ErrorKind::Memory, format!("no memory for {length} bytes of a ZIP archive")))?;
    room.resize(length, 0);
    Ok(room)
}

fn read_only<T>() -> Pending<'static, T> {
    Box::pin(async { Err(Error::new(ErrorKind::Store, "a ZIP archive opened for reading cannot be changed")) })
}

/// A stored entry as a file.
struct Window {
    file: Arc<dyn ReadAt>,
    start: u64,
    known: Arc<Known>,
}

impl ReadAt for Window {
    fn size(&self) -> u64 {
        self.known.entry.size
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > self.size()) {
            return Err(damaged(&self.known.entry.name, "it ends before what is asked for"));
        }
        self.file.read_at(self.start + offset, out)?;
        if out.len() as u64 == self.size() { self.known.verify(out) } else { Ok(()) }
    }
}

impl Store for ZipStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn mode(&self) -> Mode {
        self.inner.mode()
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async move {
            let Some(known) = self.entries.get(key) else { return Ok(None) };
            known.check()?;
            match &self.file {
                _ if known.entry.method != 0 => Ok(Some(Source::Bytes(self.value(known).await?))),
                Some(file) => {
                    let start = self.data(known).await?;
                    Ok(Some(Source::File(Arc::new(Window { file: file.clone(), start, known: known.clone() }))))
                }
                None => Ok(Some(Source::Remote)),
            }
        })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            match self.entries.get(key) {
                Some(known) => self.part(known, range).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn set<'a>(&'a self, _key: &'a str, _value: Bytes) -> Pending<'a, ()> {
        read_only()
    }

    fn set_if_absent<'a>(&'a self, _key: &'a str, _value: Bytes) -> Pending<'a, bool> {
        read_only()
    }

    fn delete<'a>(&'a self, _key: &'a str) -> Pending<'a, ()> {
        read_only()
    }

    fn delete_prefix<'a>(&'a self, _prefix: &'a str) -> Pending<'a, ()> {
        read_only()
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move { Ok(self.entries.get(key).map(|known| known.entry.size)) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move { Ok(self.entries.keys().filter(|name| below(prefix, name).is_some()).cloned().collect()) })
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let inside = self.entries.keys().filter_map(|name| below(prefix, name));
            let names: BTreeSet<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
            Ok(names.into_iter().map(str::to_owned).collect())
        })
    }
}
