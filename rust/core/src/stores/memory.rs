//! Objects in memory, for tests and scratch work.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::swap::{Mark, Swapped};
use super::{ByteRange, Mode, PAGE, Pages, Pending, Source, Store, below, pages};
use crate::fork;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A map from keys to bytes. Values are shared, not copied, on reading.
pub struct MemoryStore {
    identity: String,
    objects: RwLock<BTreeMap<String, Bytes>>,
}

impl MemoryStore {
    /// An empty store of its own.
    pub fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { identity: format!("memory://{}-{number}", std::process::id()), objects: RwLock::default() }
    }

    fn read<T>(&self, look: impl FnOnce(&BTreeMap<String, Bytes>) -> T) -> T {
        let _pass = fork::pass();
        look(&self.objects.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Bytes>) -> T) -> T {
        let _pass = fork::pass();
        change(&mut self.objects.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn mode(&self) -> Mode {
        Mode::Blocking { threads: None }
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async move { Ok(self.read(|objects| objects.get(key).cloned()).map(Source::Bytes)) })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            Ok(self.read(|objects| objects.get(key).cloned()).map(|value| {
                let part = range.resolve(value.len() as u64);
                value.slice(part.start as usize..part.end as usize)
            }))
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        Box::pin(async move {
            self.write(|objects| objects.insert(key.to_owned(), value));
            Ok(())
        })
    }

    fn set_parts<'a>(&'a self, key: &'a str, parts: Vec<Bytes>) -> Pending<'a, ()> {
        // Copied even where it is one part: it may lie in a far longer buffer, which others want back.
        self.set(key, parts.concat().into())
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        Box::pin(async move {
            Ok(self.write(|objects| {
                let absent = !objects.contains_key(key);
                if absent {
                    objects.insert(key.to_owned(), value);
                }
                absent
            }))
        })
    }

    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        Box::pin(async move {
            // Who changes an object holds its lock, and no other process has this memory.
            match (value, mark) {
                (Some(parts), Mark::Absent) => {
                    return self.set_if_absent(key, parts.concat().into()).await.map(Swapped::from);
                }
                (Some(parts), _) => self.set_parts(key, parts).await?,
                (None, _) => self.delete(key).await?,
            }
            Ok(Swapped::Done)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            self.write(|objects| objects.remove(key));
            Ok(())
        })
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            self.write(|objects| objects.retain(|key, _| below(prefix, key).is_none()));
            Ok(())
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move { Ok(self.read(|objects| objects.get(key).map(|value| value.len() as u64))) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            Ok(self.read(|objects| objects.keys().filter(|key| below(prefix, key).is_some()).cloned().collect()))
        })
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let names: BTreeSet<String> = self.read(|objects| {
                let inside = objects.keys().filter_map(|key| below(prefix, key));
                inside.filter_map(|rest| rest.split('/').next().map(str::to_owned)).collect()
            });
            Ok(names.into_iter().collect())
        })
    }

    fn list_pages(self: Arc<Self>, prefix: String) -> Pages {
        let mut last: Option<String> = None;
        pages(move || {
            let after = last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let page: Vec<String> = self.read(|objects| {
                let keys = objects.range::<str, _>((after, Bound::Unbounded)).map(|(key, _)| key);
                keys.filter(|key| below(&prefix, key).is_some()).take(PAGE).cloned().collect()
            });
            last = page.last().cloned().or(last.take());
            Ok(page)
        })
    }
}
