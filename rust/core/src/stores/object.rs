//! Objects on a network: whatever implements the trait of the `object_store` crate (S3, GCS, Azure, HTTP and others).
//!
//! The crate retries requests; here bodies that break are read on, ranges get the meaning of [`ByteRange`] on every
//! service, and errors lose what could be secret.
//!
//! Source: object_store 0.14, traits `ObjectStore` and `MultipartUpload`.

mod client;
mod conditional;
mod list;
mod patience;
mod place;
mod read;
mod redirect;
mod report;
mod shared;
mod traffic;

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error as Cause, ObjectStoreExt, PutPayload};

use super::{Answer, ByteRange, Held, Mark, Mode, Pages, Pending, Piece, Source, Store, Swapped};
use crate::error::{Error, ErrorKind, Result};
use crate::landing::Landing;
use conditional::Conditional;
pub use place::{Client, Connection};
use place::{Fixed, Place, with_connection};
use report::failed;
pub use traffic::{Connector, Traffic, traffic};

/// Values above this go up in parts: a lost connection then costs one part, and S3 takes no more than 5 GiB at once.
const LARGEST_PUT: usize = 64 << 20;

/// Bytes of a part.
const PART: usize = 16 << 20;

/// The most parts that S3 takes.
const MOST_PARTS: usize = 10_000;

/// Parts in flight at once.
const PARTS_AT_ONCE: usize = 4;

/// Deletions in flight at once where each is a request.
const DELETES_AT_ONCE: usize = 32;

/// Keys of a folder that are deleted before more of them are listed.
const DELETES_PER_LISTING: usize = 10_000;

/// A store of the `object_store` crate.
pub struct ObjectStore {
    place: Arc<Place>,
}

impl ObjectStore {
    /// Wraps `store`; `identity` is its URL without secrets, the same for two handles of one place.
    pub fn new(store: Arc<dyn object_store::ObjectStore>, identity: String) -> Self {
        let connection = Connection { store: store.clone(), paged: None };
        Self { place: Arc::new(Place::new(Fixed { store, identity }, connection)) }
    }

    /// Connects, again in every process that comes by a fork, and again when credentials have ended.
    pub fn connect(client: impl Client) -> Result<Self> {
        let connection = client.connect(false)?;
        Ok(Self { place: Arc::new(Place::new(client, connection)) })
    }

    async fn write_if(&self, key: &str, write: &Conditional) -> Result<Swapped> {
        let path = parse(key)?;
        with_connection!(self.place, |connection| write.send(&*connection.store, &path))
    }
}

async fn put_parts(store: &dyn object_store::ObjectStore, path: &Path, value: Vec<Bytes>) -> Result<()> {
    let mut upload = match store.put_multipart(path).await {
        Ok(upload) => upload,
        // WebDAV has no parts.
        Err(Cause::NotImplemented { .. }) => return put_whole(store, path, value).await,
        Err(cause) => return Err(failed("write", cause)),
    };
    let size = PART.max(length(&value).div_ceil(MOST_PARTS));
    let sent = futures::stream::iter(cut(value, size))
        .map(|part| {
            traffic::sent(part.content_length());
            upload.put_part(part)
        })
        .buffer_unordered(PARTS_AT_ONCE)
        .try_collect::<()>()
        .await;
    let done = match sent {
        Ok(()) => upload.complete().await.map(drop),
        Err(cause) => Err(cause),
    };
    if let Err(cause) = done {
        // What is left of an upload that cannot even be aborted is invisible; the first error is the one to tell.
        let _ = upload.abort().await;
        return Err(failed("write", cause));
    }
    Ok(())
}

async fn put_whole(store: &dyn object_store::ObjectStore, path: &Path, value: Vec<Bytes>) -> Result<()> {
    traffic::sent(length(&value));
    let put = store.put(path, PutPayload::from_iter(value)).await;
    put.map(drop).map_err(|cause| failed("write", cause))
}

fn length(value: &[Bytes]) -> usize {
    value.iter().map(Bytes::len).sum()
}

/// The value in parts of this size, none of it copied; the last part may be shorter.
fn cut(value: Vec<Bytes>, size: usize) -> Vec<PutPayload> {
    let (mut parts, mut part, mut free) = (Vec::new(), Vec::new(), size);
    for mut bytes in value {
        while bytes.len() > free {
            part.push(bytes.split_to(free));
            parts.push(PutPayload::from_iter(std::mem::take(&mut part)));
            free = size;
        }
        free -= bytes.len();
        part.push(bytes);
    }
    parts.push(PutPayload::from_iter(part));
    parts
}

/// Removes objects, a thousand by one request where the service has one for that.
async fn delete_all(store: &dyn object_store::ObjectStore, paths: &[Path]) -> Result<()> {
    let mut deleted = store.delete_stream(futures::stream::iter(paths.to_vec()).map(Ok).boxed());
    while let Some(result) = deleted.next().await {
        match result {
            Ok(_) | Err(Cause::NotFound { .. }) => {}
            // Not every service that speaks S3's or Azure's protocol has that request; deleting twice does no harm.
            Err(Cause::Generic { .. } | Cause::NotImplemented { .. } | Cause::NotSupported { .. }) => {
                return delete_each(store, paths).await;
            }
            Err(cause) => return Err(failed("delete", cause)),
        }
    }
    Ok(())
}

async fn delete_each(store: &dyn object_store::ObjectStore, paths: &[Path]) -> Result<()> {
    let calls: Vec<_> = paths.iter().map(|path| delete(store, path)).collect();
    futures::stream::iter(calls).buffer_unordered(DELETES_AT_ONCE).try_collect().await
}

async fn delete(store: &dyn object_store::ObjectStore, path: &Path) -> Result<()> {
    match store.delete(path).await {
        Ok(()) | Err(Cause::NotFound { .. }) => Ok(()),
        Err(cause) => Err(failed("delete", cause)),
    }
}

/// Removes what lies below a folder as it is listed.
async fn delete_below(store: &dyn object_store::ObjectStore, prefix: &str, folder: Option<&Path>) -> Result<()> {
    let prefix = prefix.to_owned();
    let paths = store.list(folder).map_ok(|meta| meta.location).try_filter(move |path| {
        let inside = list::name(&prefix, path.as_ref()).is_some();
        futures::future::ready(inside)
    });
    let mut some = paths.try_chunks(DELETES_PER_LISTING);
    while let Some(paths) = some.next().await {
        delete_all(store, &paths.map_err(|error| failed("list", error.1))?).await?;
    }
    Ok(())
}

/// The path that stands for exactly this key.
fn parse(key: &str) -> Result<Path> {
    match Path::parse(key) {
        // The parser drops slashes at both ends.
        Ok(path) if path.as_ref() == key => Ok(path),
        Ok(_) => Err(Error::new(ErrorKind::InvalidKey, "key starts or ends with a slash")),
        Err(cause) => Err(failed("use the key", cause.into())),
    }
}

/// The path of a folder; none for the whole store.
fn folder(prefix: &str) -> Result<Option<Path>> {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    if prefix.is_empty() { Ok(None) } else { parse(prefix).map(Some) }
}

impl Store for ObjectStore {
    fn identity(&self) -> &str {
        self.place.identity()
    }

    fn mode(&self) -> Mode {
        Mode::Network
    }

    fn open<'a>(&'a self, _key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async { Ok(Some(Source::Remote)) })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            Ok(match self.read(key, range, None, None).await? {
                Answer::Found(piece) => Some(piece.bytes),
                Answer::Missing | Answer::Changed | Answer::Landed => None,
            })
        })
    }

    fn read<'a, 'm: 'a>(
        &'a self,
        key: &'a str,
        range: ByteRange,
        tag: Option<&'a str>,
        mut landing: Option<&'a mut Landing<'m>>,
    ) -> Pending<'a, Answer> {
        Box::pin(async move {
            let path = parse(key)?;
            with_connection!(self.place, |connection| read::read(
                &*connection.store,
                &path,
                range,
                tag,
                landing.as_deref_mut()
            ))
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        self.set_parts(key, vec![value])
    }

    fn set_parts<'a>(&'a self, key: &'a str, value: Vec<Bytes>) -> Pending<'a, ()> {
        Box::pin(async move {
            let path = parse(key)?;
            match length(&value) > LARGEST_PUT {
                true => with_connection!(self.place, |connection| put_parts(&*connection.store, &path, value.clone())),
                false => with_connection!(self.place, |connection| put_whole(&*connection.store, &path, value.clone())),
            }
        })
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        Box::pin(async move {
            match self.write_if(key, &Conditional::creation(vec![value])).await? {
                Swapped::Done => Ok(true),
                Swapped::Changed => Ok(false),
                Swapped::Unable => {
                    Err(Error::new(ErrorKind::Store, "the store cannot create an object only if there is none"))
                }
            }
        })
    }

    fn hold<'a>(&'a self, key: &'a str) -> Pending<'a, Held> {
        Box::pin(async move {
            Ok(match self.read(key, ByteRange::All, None, None).await? {
                Answer::Found(Piece { bytes, tag, number, .. }) => {
                    Held { bytes: Some(bytes), mark: Mark::Tagged { tag, number } }
                }
                Answer::Missing | Answer::Changed | Answer::Landed => Held { bytes: None, mark: Mark::Absent },
            })
        })
    }

    fn swap<'a>(&'a self, key: &'a str, value: Option<Vec<Bytes>>, mark: &'a Mark) -> Pending<'a, Swapped> {
        Box::pin(async move {
            match (value, mark) {
                (Some(value), Mark::Any) => self.set_parts(key, value).await?,
                (None, Mark::Any) => self.delete(key).await?,
                (Some(value), Mark::Absent) => return self.write_if(key, &Conditional::creation(value)).await,
                (Some(value), Mark::Tagged { tag, number }) if tag.is_some() => {
                    return self.write_if(key, &Conditional::update(value, tag.clone(), number.clone())).await;
                }
                (None, Mark::Absent) => {}
                (_, Mark::Tagged { .. } | Mark::File(_)) => return Ok(Swapped::Unable),
            }
            Ok(Swapped::Done)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let path = parse(key)?;
            with_connection!(self.place, |connection| delete(&*connection.store, &path))
        })
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let below_it = folder(prefix)?;
            with_connection!(self.place, |connection| delete_below(&*connection.store, prefix, below_it.as_ref()))
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Pending<'a, ()> {
        Box::pin(async move {
            let paths: Vec<_> = keys.iter().map(|key| parse(key)).collect::<Result<_>>()?;
            with_connection!(self.place, |connection| delete_all(&*connection.store, &paths))
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move {
            let path = parse(key)?;
            let found = with_connection!(self.place, |connection| read::head(&*connection.store, &path))?;
            Ok(found.map(|meta| meta.size))
        })
    }

    fn total<'a>(&'a self, prefix: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move { list::total(self.place.clone(), prefix.to_owned()).await.map(Some) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(list::keys(self.place.clone(), prefix.to_owned()).try_concat())
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(list::names(self.place.clone(), prefix.to_owned()).try_concat())
    }

    fn list_pages(self: Arc<Self>, prefix: String) -> Pages {
        list::keys(self.place.clone(), prefix)
    }

    fn list_dir_pages(self: Arc<Self>, prefix: String) -> Pages {
        list::names(self.place.clone(), prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_wherever_its_parts_end() {
        let parts = [&b"abc"[..], b"", b"defghij", b"k"].map(Bytes::from_static).to_vec();
        let pieces = |size| -> Vec<Vec<u8>> {
            cut(parts.clone(), size).iter().map(|piece| piece.iter().flatten().copied().collect()).collect()
        };
        assert_eq!(pieces(3), [&b"abc"[..], b"def", b"ghi", b"jk"]);
        assert_eq!(pieces(11), [b"abcdefghijk"]);
        assert_eq!(pieces(usize::MAX), [b"abcdefghijk"]);
        assert!(pieces(1).iter().all(|piece| piece.len() == 1));
    }

    #[test]
    fn keys_are_paths_unchanged_or_refused() {
        for key in ["a b/c%20d/%2F/é/日本", "a?b#c&d", "c/0/1", ".zarray", "a\\b", "~", "a+b"] {
            assert_eq!(parse(key).unwrap().as_ref(), key);
        }
        for key in ["/a", "a/", "a//b", "../a", "a/./b", "a\nb"] {
            assert_eq!(parse(key).unwrap_err().kind(), ErrorKind::InvalidKey, "{key:?}");
        }
    }
}
