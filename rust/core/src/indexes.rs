//! Indexes of shards, kept for reads to come.
//!
//! An index is only of use with the version of the shard that it was read from, so it is kept with what tells that version:
//! on a network its tag, with which the inner chunks are asked for (`If-Match`), on disks what the opened file
//! says of itself. Indexes in memory are bounded in bytes; those not used for longest make room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::codecs::sharding::Index;
use crate::fork;

/// The bytes that are kept where nobody says otherwise: the indexes of four million inner chunks.
pub const DEFAULT_LIMIT: usize = 64 << 20;

/// Bytes of an entry beside its index and names, roughly.
const OVERHEAD: usize = 160;

static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT_LIMIT);
static HITS: AtomicU64 = AtomicU64::new(0);
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// Sets how many bytes are kept at most, none for the default; 0 keeps nothing.
pub fn configure(limit: Option<usize>) {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if LIMIT.swap(limit, Ordering::Relaxed) > limit {
        locked(|kept| *kept = Kept::default());
    }
}

/// How often a read was spared by an index that was kept, or a value by a cache.
pub fn hits() -> u64 {
    HITS.load(Ordering::Relaxed)
}

/// Counts a read that was spared.
pub fn hit() {
    HITS.fetch_add(1, Ordering::Relaxed);
}

/// An index and the version of the shard that it is of.
#[derive(Clone)]
pub(crate) struct Known {
    pub index: Arc<Index>,
    pub tag: String,
    /// How the shard is laid out: the same object can be read by other metadata.
    pub layout: u64,
}

impl Known {
    fn bytes(&self, place: &str) -> usize {
        self.index.bytes() + self.tag.len() + place.len() + OVERHEAD
    }
}

/// Two generations: what is used moves to the younger, and when that is full the elder is given up.
#[derive(Default)]
struct Kept {
    young: HashMap<String, Known>,
    old: HashMap<String, Known>,
    /// Bytes of the younger.
    bytes: usize,
}

impl Kept {
    fn add(&mut self, place: String, known: Known, limit: usize) {
        let bytes = known.bytes(&place);
        if bytes > limit / 2 {
            return;
        }
        if self.bytes + bytes > limit / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        if let Some(former) = self.young.insert(place.clone(), known) {
            self.bytes -= former.bytes(&place);
        }
    }

    fn remove(&mut self, place: &str) {
        self.old.remove(place);
        if let Some(known) = self.young.remove(place) {
            self.bytes -= known.bytes(place);
        }
    }
}

fn locked<T>(work: impl FnOnce(&mut Kept) -> T) -> T {
    let _pass = fork::pass();
    work(KEPT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// Where an object of a store is.
pub(crate) fn place(identity: &str, key: &str) -> String {
    format!("{identity}\0{key}")
}

/// The index that is kept of a shard; only good for the version that it comes with.
pub(crate) fn get(place: &str, layout: u64) -> Option<Known> {
    let limit = LIMIT.load(Ordering::Relaxed);
    if limit == 0 {
        return None;
    }
    locked(|kept| {
        if let Some(known) = kept.young.get(place) {
            return Some(known.clone());
        }
        let known = kept.old.remove(place)?;
        kept.add(place.to_owned(), known.clone(), limit);
        Some(known)
    })
    .filter(|known| known.layout == layout)
}

/// Keeps an index.
pub(crate) fn keep(place: String, known: Known) {
    let limit = LIMIT.load(Ordering::Relaxed);
    if limit > 0 {
        locked(|kept| {
            kept.remove(&place);
            kept.add(place, known, limit);
        });
    }
}

/// Drops the index of a shard that was changed.
pub(crate) fn forget(place: &str) {
    locked(|kept| kept.remove(place));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(entries: usize, tag: &str) -> Known {
        Known { index: Arc::new(Index::unchecked(entries)), tag: tag.to_owned(), layout: 1 }
    }

    #[test]
    fn what_is_kept_stays_within_its_bytes_and_what_is_used_stays_longest() {
        let mut kept = Kept::default();
        let limit = 20 * (16 * 100 + OVERHEAD + 8);
        for number in 0..1000 {
            kept.add(format!("p{number}"), known(100, "t"), limit);
            if kept.old.contains_key("p0") {
                let used = kept.old.remove("p0").unwrap();
                kept.add("p0".to_owned(), used, limit);
            }
            let all = kept.young.iter().chain(&kept.old);
            assert!(all.map(|(place, known)| known.bytes(place)).sum::<usize>() <= limit);
            assert_eq!(kept.bytes, kept.young.iter().map(|(place, known)| known.bytes(place)).sum::<usize>());
        }
        assert!(kept.young.contains_key("p0"), "used all the time");
        assert!(kept.young.contains_key("p999") && !kept.old.contains_key("p1"));
        kept.add("large".to_owned(), known(100_000, "t"), limit);
        assert!(!kept.young.contains_key("large"));
        kept.remove("p0");
        kept.remove("p0");
        assert_eq!(kept.bytes, kept.young.iter().map(|(place, known)| known.bytes(place)).sum::<usize>());
    }

    #[test]
    fn an_index_is_found_for_its_layout_alone_until_it_is_dropped() {
        let place = place("test://indexes", "c/0");
        keep(place.clone(), known(4, "one"));
        keep(place.clone(), known(4, "two"));
        assert_eq!(get(&place, 1).map(|known| known.tag).as_deref(), Some("two"));
        assert!(get(&place, 2).is_none());
        forget(&place);
        assert!(get(&place, 1).is_none());
    }
}
