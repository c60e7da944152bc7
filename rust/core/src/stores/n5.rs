//! A hierarchy of N5 with the keys of format 2, for reading.
//!
//! Blocks have the same content under another key: their coordinates stand in the opposite order, in folders. Everything
//! else (documents, which are made from N5's, and listings) is the naming store's.
//!
//! Source: N5's specification, "Filesystem specification".

use std::sync::Arc;

use bytes::Bytes;

use super::split::named;
use super::{Answer, ByteRange, Mode, Pending, Source, Store};
use crate::error::{Error, ErrorKind};
use crate::landing::Landing;

/// Blocks of one store, documents and names of another.
pub struct N5Store {
    blocks: Arc<dyn Store>,
    names: Arc<dyn Store>,
}

impl N5Store {
    /// `blocks` has N5's own keys, `names` those of format 2.
    pub fn new(blocks: Arc<dyn Store>, names: Arc<dyn Store>) -> Self {
        Self { blocks, names }
    }
}

/// The key of the block that format 2 has as a chunk, `a/2.1.0` for `a/0/1/2`; none for what is no chunk.
fn block(key: &str) -> Option<String> {
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    if !name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let parents = (!folder.is_empty()).then_some(folder);
    Some(parents.into_iter().chain(name.rsplit('.')).collect::<Vec<_>>().join("/"))
}

fn read_only<T>() -> Pending<'static, T> {
    Box::pin(async { Err(Error::new(ErrorKind::Store, "a hierarchy of N5 is read, not changed")) })
}

impl Store for N5Store {
    fn identity(&self) -> &str {
        self.blocks.identity()
    }

    fn mode(&self) -> Mode {
        self.blocks.mode()
    }

    fn open<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async move {
            match block(key) {
                Some(block) => self.blocks.open(&block).await,
                None => Ok(self.get(key, ByteRange::All).await?.map(Source::Bytes)),
            }
        })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            match block(key) {
                Some(block) => self.blocks.get(&block, range).await,
                None => named(&self.names, key, move |names, key| names.get(key, range)).await,
            }
        })
    }

    fn read<'a, 'm: 'a>(
        &'a self,
        key: &'a str,
        range: ByteRange,
        tag: Option<&'a str>,
        landing: Option<&'a mut Landing<'m>>,
    ) -> Pending<'a, Answer> {
        Box::pin(async move {
            match block(key) {
                Some(block) => self.blocks.read(&block, range, tag, landing).await,
                None => named(&self.names, key, move |names, key| names.read(key, range, None, None)).await,
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
        Box::pin(async move {
            match block(key) {
                Some(block) => self.blocks.size(&block).await,
                None => named(&self.names, key, |names, key| names.size(key)).await,
            }
        })
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
    fn chunks_are_blocks_with_their_coordinates_turned_round() {
        for (key, found) in [
            ("a/b/2.1.0", Some("a/b/0/1/2")),
            ("12.3", Some("3/12")),
            ("7", Some("7")),
            ("a/0", Some("a/0")),
            ("a/.zarray", None),
            (".zgroup", None),
            ("a/1.x", None),
            ("a/1..2", None),
            ("a/1.", None),
            ("zarr.json", None),
        ] {
            assert_eq!(block(key).as_deref(), found, "{key}");
        }
    }

    #[test]
    fn blocks_come_from_one_store_and_documents_from_the_other() {
        let (blocks, names) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
        block_on(async {
            blocks.set("a/0/1", Bytes::from_static(b"block")).await.unwrap();
            names.set("a/.zarray", Bytes::from_static(b"{}")).await.unwrap();
            let store = N5Store::new(blocks.clone(), names);
            assert_eq!(store.get("a/1.0", ByteRange::All).await.unwrap().unwrap(), "block");
            assert_eq!(store.get("a/0.1", ByteRange::All).await.unwrap(), None);
            assert_eq!(store.get("a/.zarray", ByteRange::All).await.unwrap().unwrap(), "{}");
            assert_eq!(
                (store.size("a/1.0").await.unwrap(), store.size("a/.zarray").await.unwrap()),
                (Some(5), Some(2))
            );
            assert_eq!(store.list("").await.unwrap(), ["a/.zarray"]);
            assert!(matches!(store.open("a/1.0").await.unwrap(), Some(Source::Bytes(_) | Source::File(_))));
            assert!(store.set("a/1.0", Bytes::new()).await.is_err());
            assert!(store.delete_prefix("a").await.is_err());
            assert_eq!(blocks.list("").await.unwrap(), ["a/0/1"]);
        });
    }
}
