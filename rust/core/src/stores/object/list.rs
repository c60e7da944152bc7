//! Listings as they come from the service: no more than a page of them is in memory.
//!
//! Source: S3 ListObjectsV2, GCS and Azure alike: keys come in the order of their bytes, at most some thousands at once, and a
//! folder may have a marker, an empty object of its name and a slash. The slash is lost in `Path`.

use std::collections::HashSet;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::list::{PaginatedListOptions, PaginatedListResult};
use object_store::path::{DELIMITER, Path};
use object_store::{Error as Cause, ListResult, ObjectMeta};

use super::place::{Connection, Place, with_connection};
use super::{failed, folder};
use crate::error::{Error, ErrorKind, Result};
use crate::stores::{PAGE, Pages, below};

/// The part of a key below a folder; none when there is none.
pub(super) fn name<'a>(prefix: &str, key: &'a str) -> Option<&'a str> {
    below(prefix, key).filter(|rest| !rest.is_empty())
}

/// Every key below a folder.
pub(super) fn keys(place: Arc<Place>, prefix: String) -> Pages {
    stream::try_unfold(Keys::below(place, prefix), Keys::page).boxed()
}

/// Bytes of everything below a folder, as its listing has them.
pub(super) async fn total(place: Arc<Place>, prefix: String) -> Result<u64> {
    let (mut listing, mut bytes) = (Keys::below(place, prefix), 0);
    while let Some((_, further)) = listing.page().await? {
        bytes = further.bytes;
        listing = further;
    }
    Ok(bytes)
}

type Metas = BoxStream<'static, object_store::Result<ObjectMeta>>;

/// A listing of keys under way.
struct Keys {
    place: Arc<Place>,
    /// What is still to come; none before it is asked for.
    metas: Option<Metas>,
    is_over: bool,
    prefix: String,
    /// What came last.
    last: Option<Path>,
    /// An empty object, which is a marker if the next one lies below it.
    held: Option<String>,
    once: Once,
    /// Bytes of the keys so far.
    bytes: u64,
}

impl Keys {
    fn below(place: Arc<Place>, prefix: String) -> Self {
        let (metas, is_over, last, held) = (None, false, None, None);
        Self { place, metas, is_over, prefix, last, held, once: Once::default(), bytes: 0 }
    }

    async fn page(mut self) -> Result<Option<(Vec<String>, Self)>> {
        let mut page = Vec::new();
        if !self.is_over {
            let place = self.place.clone();
            with_connection!(place, |connection| self.fill(&mut page, &*connection.store))?;
        }
        if self.is_over {
            page.extend(self.held.take().filter(|key| self.once.is_new(key)));
        }
        self.once.turn();
        Ok(if page.is_empty() { None } else { Some((page, self)) })
    }

    /// Goes on with a page; after an error, by this store and from the key after the last one.
    async fn fill(&mut self, page: &mut Vec<String>, store: &dyn object_store::ObjectStore) -> Result<()> {
        let mut metas = match (self.metas.take(), &self.last) {
            (Some(metas), _) => metas,
            (None, None) => store.list(folder(&self.prefix)?.as_ref()),
            (None, Some(last)) => further(store, folder(&self.prefix)?, last.clone()),
        };
        while page.len() < PAGE {
            match metas.next().await {
                Some(Ok(meta)) => {
                    self.last = Some(meta.location.clone());
                    let key: String = meta.location.into();
                    if name(&self.prefix, &key).is_some() {
                        self.take(key, meta.size, page);
                    }
                }
                // A folder that nobody made is an empty one.
                Some(Err(Cause::NotFound { .. })) | None => {
                    self.is_over = true;
                    break;
                }
                Some(Err(cause)) => return Err(failed("list", cause)),
            }
        }
        self.metas = Some(metas);
        Ok(())
    }

    fn take(&mut self, key: String, size: u64, page: &mut Vec<String>) {
        if let Some(held) = self.held.take()
            && below(&held, &key).is_none()
            && held != key
            && self.once.is_new(&held)
        {
            page.push(held);
        }
        if size == 0 {
            self.held = Some(key);
        } else if self.once.is_new(&key) {
            self.bytes = self.bytes.saturating_add(size);
            page.push(key);
        }
    }
}

/// The rest of a listing. Not every service heeds where it is to start.
fn further(store: &dyn object_store::ObjectStore, folder: Option<Path>, last: Path) -> Metas {
    let rest = store.list_with_offset(folder.as_ref(), &last);
    rest.try_filter(move |meta| futures::future::ready(meta.location > last)).boxed()
}

/// Lets each name pass once; a service that repeats itself does so within a page or two.
#[derive(Default)]
struct Once {
    now: HashSet<String>,
    before: HashSet<String>,
}

impl Once {
    fn is_new(&mut self, name: &str) -> bool {
        !self.before.contains(name) && self.now.insert(name.to_owned())
    }

    /// Ends a page.
    fn turn(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }
}

/// The names directly below a folder.
pub(super) fn names(place: Arc<Place>, prefix: String) -> Pages {
    stream::once(async { Listing::begin(place, prefix) }).try_flatten().boxed()
}

/// A listing of names under way, where the service lists by pages.
struct Listing {
    place: Arc<Place>,
    names: Names,
    /// What the next page is asked for with; none when there is no other.
    token: Option<Option<String>>,
}

impl Listing {
    fn begin(place: Arc<Place>, prefix: String) -> Result<Pages> {
        let folder = folder(&prefix)?;
        let Some((_, root)) = place.connection()?.paged else {
            return Ok(stream::once(all(place, prefix, folder)).boxed());
        };
        let folder = folder.map_or(root.clone(), |folder| root.parts().chain(folder.parts()).collect());
        let listing = Self { place, names: Names::of(folder.into()), token: Some(None) };
        Ok(stream::try_unfold(listing, Self::page).boxed())
    }

    async fn page(mut self) -> Result<Option<(Vec<String>, Self)>> {
        while let Some(page_token) = self.token.take() {
            let prefix = (!self.names.folder.is_empty()).then(|| format!("{}{DELIMITER}", self.names.folder));
            let delimiter = Some(DELIMITER.into());
            let options = PaginatedListOptions { delimiter, page_token, ..PaginatedListOptions::default() };
            let found =
                with_connection!(self.place, |connection| list_page(&connection, prefix.as_deref(), options.clone()))?;
            self.token = found.page_token.map(Some);
            let page = self.names.take(found.result);
            // A page may have nothing but the folder's own marker.
            if !page.is_empty() {
                return Ok(Some((page, self)));
            }
        }
        Ok(None)
    }
}

async fn list_page(
    connection: &Connection,
    prefix: Option<&str>,
    options: PaginatedListOptions,
) -> Result<PaginatedListResult> {
    let Some((paged, _)) = &connection.paged else {
        return Err(Error::new(ErrorKind::Internal, "a service that listed by pages does no longer"));
    };
    paged.list_paginated(prefix, options).await.map_err(|cause| failed("list", cause))
}

/// All names at once, where the service knows no pages.
async fn all(place: Arc<Place>, prefix: String, folder: Option<Path>) -> Result<Vec<String>> {
    with_connection!(place, |connection| list_all(&*connection.store, &prefix, folder.as_ref()))
}

async fn list_all(store: &dyn object_store::ObjectStore, prefix: &str, folder: Option<&Path>) -> Result<Vec<String>> {
    match store.list_with_delimiter(folder).await {
        Ok(listed) => Ok(Names::of(prefix.to_owned()).take(listed)),
        Err(Cause::NotFound { .. }) => Ok(Vec::new()),
        Err(cause) => Err(failed("list", cause)),
    }
}

/// Makes names of listed paths: each once, of which an object and a folder may share one.
struct Names {
    folder: String,
    /// Objects whose folder may still come: each one's name begins the next one's.
    objects: Vec<String>,
}

impl Names {
    fn of(folder: String) -> Self {
        Self { folder: folder.trim_end_matches('/').to_owned(), objects: Vec::new() }
    }

    fn take(&mut self, listed: ListResult) -> Vec<String> {
        let objects = listed.objects.into_iter().map(|meta| (meta.location, ""));
        let folders = listed.common_prefixes.into_iter().map(|path| (path, DELIMITER));
        let mut found: Vec<(String, &str)> = objects
            .chain(folders)
            .filter_map(|(path, end)| Some((name(&self.folder, path.as_ref())?.to_owned(), end)))
            .collect();
        // As the service orders them, where a folder's name ends in a slash.
        found.sort_unstable_by(|a, b| a.0.bytes().chain(a.1.bytes()).cmp(b.0.bytes().chain(b.1.bytes())));
        let mut names = Vec::with_capacity(found.len());
        for (name, end) in found {
            while self.objects.last().is_some_and(|object| !name.starts_with(object.as_str())) {
                self.objects.pop();
            }
            if self.objects.last() == Some(&name) {
                continue;
            }
            if end.is_empty() {
                self.objects.push(name.clone());
            }
            names.push(name);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use object_store::memory::InMemory;
    use pollster::block_on;

    use super::super::place::Fixed;
    use super::*;

    fn meta(key: &str, size: u64) -> ObjectMeta {
        let (location, last_modified) = (Path::parse(key).unwrap(), chrono::DateTime::UNIX_EPOCH);
        ObjectMeta { location, last_modified, size, e_tag: None, version: None }
    }

    fn listed(keys: &[(&str, u64)]) -> Vec<Vec<String>> {
        let metas: Vec<_> = keys.iter().map(|(key, size)| Ok(meta(key, *size))).collect();
        let (store, identity) = (Arc::new(InMemory::new()), "memory://".to_owned());
        let connection = Connection { store: store.clone(), paged: None };
        let mut listing = Keys::below(Arc::new(Place::new(Fixed { store, identity }, connection)), String::new());
        listing.metas = Some(stream::iter(metas).boxed());
        block_on(stream::try_unfold(listing, Keys::page).try_collect()).unwrap()
    }

    #[test]
    fn listings_hold_each_key_once_and_no_markers() {
        // As a service orders it where "a/b" is an object and "a/b/" its folder's marker.
        let found =
            listed(&[("a/b", 0), ("a/b-c", 0), ("a/b/", 0), ("a/b/c", 0), ("a/bc/", 0), ("a/bc/d", 0), ("a/e", 0)]);
        assert_eq!(found, [["a/b", "a/b-c", "a/b/c", "a/bc/d", "a/e"]]);
        let found = listed(&[("a/b", 0), ("a/b", 0), ("a/b/c", 0), ("a/e", 1), ("a/e", 1)]);
        assert_eq!(found, [["a/b/c", "a/e"]]);
        assert_eq!(listed(&[("a/b", 1), ("a/b/c", 0)]), [["a/b", "a/b/c"]], "an object with content is no marker");
        assert!(listed(&[]).is_empty());
    }

    #[test]
    fn pages_that_come_twice_are_told_once() {
        let keys: Vec<String> = (0..2 * PAGE + 7).map(|number| format!("k{number:06}")).collect();
        let twice: Vec<(&str, u64)> =
            keys.chunks(PAGE).flat_map(|page| page.iter().chain(page)).map(|k| (&**k, 1)).collect();
        assert_eq!(listed(&twice).concat(), keys);
    }

    #[test]
    fn an_object_and_a_folder_of_one_name_are_one_name() {
        let mut names = Names::of("x/".to_owned());
        let result = |objects: &[&str], folders: &[&str]| ListResult {
            objects: objects.iter().map(|key| meta(key, 1)).collect(),
            common_prefixes: folders.iter().map(|key| Path::parse(key).unwrap()).collect(),
            extensions: Default::default(),
        };
        assert_eq!(names.take(result(&["x/a", "x/a+", "x/a-b", "xy"], &["x/a-b"])), ["a", "a+", "a-b"]);
        // The folder of the first page's first object comes on the next page.
        assert_eq!(names.take(result(&["x/b"], &["x/a", "x/c"])), ["b", "c"]);
    }
}
