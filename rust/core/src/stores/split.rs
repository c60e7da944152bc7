//! A store that is read by one way and listed by another: web servers that have no listing but pages with links.

use std::sync::Arc;

use bytes::Bytes;

use super::{Answer, ByteRange, Held, Mark, Mode, Pending, Source, Store, Swapped};
use crate::error::Result;
use crate::landing::Landing;

/// Objects of one store, names of another.
pub struct SplitStore {
    objects: Arc<dyn Store>,
    names: Arc<dyn Store>,
}

impl SplitStore {
    /// Both must show the same place.
    pub fn new(objects: Arc<dyn Store>, names: Arc<dyn Store>) -> Self {
        Self { objects, names }
    }
}

/// What the naming store has at `key`, waited for on a thread of its own, as it may block.
pub(super) async fn named<T: Send + 'static>(
    names: &Arc<dyn Store>,
    key: &str,
    what: impl for<'a> Fn(&'a dyn Store, &'a str) -> Pending<'a, T> + Send + 'static,
) -> Result<T> {
    let (names, key) = (names.clone(), key.to_owned());
    let mode = names.mode();
    crate::runtime::part_async(mode, Box::pin(async move { what(&*names, &key).await })).await
}

impl Store for SplitStore {
    fn identity(&self) -> &str {
        self.objects.identity()
    }

    fn mode(&self) -> Mode {
        self.objects.mode()
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        self.objects.open(key)
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        self.objects.get(key, range)
    }

    fn read<'a, 'm: 'a>(
        &'a self,
        key: &'a str,
        range: ByteRange,
        tag: Option<&'a str>,
        landing: Option<&'a mut Landing<'m>>,
    ) -> Pending<'a, Answer> {
        self.objects.read(key, range, tag, landing)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        self.objects.set(key, value)
    }

    fn set_parts<'a>(&'a self, key: &'a str, parts: Vec<Bytes>) -> Pending<'a, ()> {
        self.objects.set_parts(key, parts)
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        self.objects.set_if_absent(key, value)
    }

    fn hold<'a>(&'a self, key: &'a str) -> Pending<'a, Held> {
        self.objects.hold(key)
    }

    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        self.objects.swap(key, value, mark)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        self.objects.delete(key)
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let keys = self.list(prefix).await?;
            self.objects.delete_many(&keys).await
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        self.objects.size(key)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(named(&self.names, prefix, |names, prefix| names.list(prefix)))
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(named(&self.names, prefix, |names, prefix| names.list_dir(prefix)))
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::super::MemoryStore;
    use super::*;

    #[test]
    fn objects_come_from_one_store_and_names_from_the_other() {
        let (objects, names) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
        let split = SplitStore::new(objects.clone(), names.clone());
        block_on(async {
            names.set("a/b", Bytes::new()).await.unwrap();
            split.set("a/b", Bytes::from_static(b"1")).await.unwrap();
            split.set("c", Bytes::from_static(b"2")).await.unwrap();
            assert_eq!(split.get("a/b", ByteRange::All).await.unwrap().unwrap(), "1");
            assert_eq!(split.list("").await.unwrap(), ["a/b"]);
            assert_eq!(split.list_dir("").await.unwrap(), ["a"]);
            split.delete_prefix("a").await.unwrap();
            assert_eq!(objects.list("").await.unwrap(), ["c"]);
        });
    }
}
