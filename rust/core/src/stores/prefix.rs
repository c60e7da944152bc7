//! A folder of another store, seen as a store of its own.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::{Answer, ByteRange, Held, Mark, Mode, Pages, Pending, Source, Store, Swapped, below};
use crate::error::Result;
use crate::key;
use crate::landing::Landing;

/// The keys of `inner` below a folder, without the folder's name.
pub struct PrefixStore {
    inner: Arc<dyn Store>,
    folder: String,
    identity: String,
}

impl PrefixStore {
    /// A view of the folder `folder` of `inner`; the empty folder is all of it.
    pub fn new(inner: Arc<dyn Store>, folder: &str) -> Result<Self> {
        key::check_prefix(folder)?;
        let folder = folder.trim_end_matches('/').to_owned();
        // Written as a longer path: a handle of the folder itself has the same identity, so that locks meet.
        let identity =
            if folder.is_empty() { inner.identity().to_owned() } else { format!("{}/{folder}", inner.identity()) };
        Ok(Self { inner, folder, identity })
    }

    fn full(&self, key: &str) -> String {
        match (self.folder.as_str(), key) {
            ("", key) => key.to_owned(),
            (folder, "") => folder.to_owned(),
            (folder, key) => format!("{folder}/{key}"),
        }
    }
}

impl Store for PrefixStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn mode(&self) -> Mode {
        self.inner.mode()
    }

    fn is_foreign(&self) -> bool {
        self.inner.is_foreign()
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async move { self.inner.open(&self.full(key)).await })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move { self.inner.get(&self.full(key), range).await })
    }

    fn read<'a, 'm: 'a>(
        &'a self,
        key: &'a str,
        range: ByteRange,
        tag: Option<&'a str>,
        landing: Option<&'a mut Landing<'m>>,
    ) -> Pending<'a, Answer> {
        Box::pin(async move { self.inner.read(&self.full(key), range, tag, landing).await })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        Box::pin(async move { self.inner.set(&self.full(key), value).await })
    }

    fn set_parts<'a>(&'a self, key: &'a str, parts: Vec<Bytes>) -> Pending<'a, ()> {
        Box::pin(async move { self.inner.set_parts(&self.full(key), parts).await })
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        Box::pin(async move { self.inner.set_if_absent(&self.full(key), value).await })
    }

    fn hold<'a>(&'a self, key: &'a str) -> Pending<'a, Held> {
        Box::pin(async move { self.inner.hold(&self.full(key)).await })
    }

    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        Box::pin(async move { self.inner.swap(&self.full(key), value, mark).await })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        Box::pin(async move { self.inner.delete(&self.full(key)).await })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Pending<'a, ()> {
        Box::pin(async move {
            let keys: Vec<_> = keys.iter().map(|key| self.full(key)).collect();
            self.inner.delete_many(&keys).await
        })
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        Box::pin(async move { self.inner.delete_prefix(&self.full(prefix)).await })
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move { self.inner.size(&self.full(key)).await })
    }

    fn total<'a>(&'a self, prefix: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move { self.inner.total(&self.full(prefix)).await })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let keys = self.inner.list(&self.full(prefix)).await?;
            Ok(keys.iter().filter_map(|key| below(&self.folder, key)).map(str::to_owned).collect())
        })
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move { self.inner.list_dir(&self.full(prefix)).await })
    }

    fn list_pages(self: Arc<Self>, prefix: String) -> Pages {
        let pages = self.inner.clone().list_pages(self.full(&prefix));
        pages
            .map_ok(move |keys| keys.iter().filter_map(|key| below(&self.folder, key)).map(str::to_owned).collect())
            .boxed()
    }

    fn list_dir_pages(self: Arc<Self>, prefix: String) -> Pages {
        self.inner.clone().list_dir_pages(self.full(&prefix))
    }
}
