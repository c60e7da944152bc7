//! Archives made byte by byte: what is read, and what is refused.

use std::sync::Arc;

use bytes::Bytes;
use pollster::block_on;
use zarrust_core::error::ErrorKind;
use zarrust_core::stores::{ByteRange, Entry, LocalStore, MemoryStore, PrefixStore, Source, Store, ZipStore};

/// CRC-32 of `stored value`, by Python's `zlib.crc32`.
const CRC: u32 = 0xa348_6c82;
const VALUE: &[u8] = b"stored value";

/// A local header for a name of one letter, without an extra field, and the value behind it.
fn archive(value: &[u8]) -> Vec<u8> {
    let mut raw = b"PK\x03\x04".to_vec();
    raw.extend([0; 22]);
    raw.extend([1, 0, 0, 0]);
    raw.push(b'k');
    raw.extend(value);
    raw
}

fn entry(value: &[u8]) -> Entry {
    let size = value.len() as u64;
    Entry { name: "k".to_owned(), header: 0, stored: size, size, crc: CRC, method: 0, encrypted: false }
}

fn stores(raw: &[u8]) -> Vec<(Arc<dyn Store>, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let places: Vec<(Arc<dyn Store>, _)> = vec![
        (Arc::new(MemoryStore::new()), None),
        (Arc::new(LocalStore::new(folder.path().to_owned(), false)), Some(folder)),
    ];
    for (place, _) in &places {
        block_on(place.set("a.zip", Bytes::copy_from_slice(raw))).unwrap();
    }
    places
}

fn open(place: &Arc<dyn Store>, entry: Entry, end: u64) -> zarrust_core::error::Result<ZipStore> {
    ZipStore::new(place.clone(), "a.zip".to_owned(), vec![entry], end)
}

#[test]
fn an_entry_is_read_whole_and_in_parts() {
    let raw = archive(VALUE);
    for (place, _keep) in stores(&raw) {
        let zip = open(&place, entry(VALUE), raw.len() as u64).unwrap();
        let get = |range| block_on(zip.get("k", range)).unwrap().unwrap();
        assert_eq!(&get(ByteRange::All)[..], VALUE);
        assert_eq!(&get(ByteRange::Bounded { start: 1, end: 3 })[..], b"to");
        assert_eq!(&get(ByteRange::Suffix(5))[..], b"value");
        assert_eq!(block_on(zip.get("none", ByteRange::All)).unwrap(), None);
        assert_eq!(block_on(zip.size("k")).unwrap(), Some(12));
        assert_eq!(block_on(zip.list("")).unwrap(), ["k"]);
        if let Some(Source::File(file)) = block_on(zip.open("k")).unwrap() {
            let mut out = [0; 5];
            file.read_at(7, &mut out).unwrap();
            assert_eq!(&out, b"value");
            assert!(file.read_at(8, &mut out).is_err());
        }
        assert!(block_on(zip.set("k", Bytes::new())).is_err());
    }
}

#[test]
fn what_does_not_fit_is_corrupt_and_allocates_nothing() {
    let raw = archive(VALUE);
    let end = raw.len() as u64;
    let wrong = [
        Entry { crc: 0, ..entry(VALUE) },
        Entry { method: 12, ..entry(VALUE) },
        Entry { encrypted: true, ..entry(VALUE) },
        Entry { size: u64::MAX, ..entry(VALUE) },
        Entry { size: u64::MAX, method: 8, ..entry(VALUE) },
        Entry { size: 1 << 40, method: 8, ..entry(VALUE) },
        Entry { header: 2, stored: 4, size: 4, ..entry(VALUE) },
        Entry { stored: 13, size: 13, ..entry(VALUE) },
    ];
    for (place, _keep) in stores(&raw) {
        for entry in &wrong {
            let zip = open(&place, entry.clone(), end).unwrap();
            let error = block_on(zip.get("k", ByteRange::All)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{entry:?}");
            assert_eq!(error.key(), Some("k"));
        }
        for entry in [Entry { stored: u64::MAX, ..entry(VALUE) }, Entry { header: u64::MAX, ..entry(VALUE) }] {
            assert!(open(&place, entry.clone(), end).is_err(), "{entry:?}");
        }
        let outside = Entry { name: "../k".to_owned(), ..entry(VALUE) };
        assert_eq!(open(&place, outside, end).err().unwrap().kind(), ErrorKind::InvalidKey);
    }
}

#[test]
fn a_folder_is_a_store_of_its_own() {
    let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let view = PrefixStore::new(inner.clone(), "a/b/").unwrap();
    block_on(view.set("c/d", Bytes::from_static(b"1"))).unwrap();
    block_on(inner.set("a/bc/d", Bytes::from_static(b"2"))).unwrap();
    assert_eq!(block_on(inner.list("a/b")).unwrap(), ["a/b/c/d"]);
    assert_eq!(block_on(view.list("")).unwrap(), ["c/d"]);
    assert_eq!(block_on(view.list_dir("")).unwrap(), ["c"]);
    assert_eq!(block_on(view.get("c/d", ByteRange::All)).unwrap().unwrap(), "1");
    block_on(view.delete_prefix("")).unwrap();
    assert_eq!(block_on(inner.list("")).unwrap(), ["a/bc/d"]);
    assert!(PrefixStore::new(inner, "../x").is_err());
}
