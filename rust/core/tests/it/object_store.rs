//! Promises of [`ObjectStore`] over real stores in memory and on disk; faults of networks are in `object_store_faults.rs`.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use tempfile::TempDir;
use zarrust_core::ErrorKind;
use zarrust_core::stores::{ByteRange, Mark, Mode, ObjectStore, Source, Store, Swapped};

/// Every store of the table, each empty; the folder lives as long as its store is used.
fn stores() -> Vec<(&'static str, ObjectStore, Option<TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    vec![
        ("memory", ObjectStore::new(Arc::new(InMemory::new()), "memory://".into()), None),
        ("local", ObjectStore::new(Arc::new(local), "file:///".into()), Some(folder)),
    ]
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

async fn fill(store: &ObjectStore, keys: &[&str]) {
    for key in keys {
        store.set(key, Bytes::from(key.to_string())).await.unwrap();
    }
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

#[test]
fn keys_come_back_as_they_were_written() {
    let keys =
        ["a b/c d", "a%20b", "a%2Fb/%", "é/日本/🦀", "c/0/1", ".zarray", "x+y=z&q", "tilde~", "(1)", "[2]", "'3'"];
    for (name, store, _folder) in stores() {
        run(async {
            fill(&store, &keys).await;
            assert_eq!(sorted(store.list("").await.unwrap()), sorted(keys.map(str::to_owned).to_vec()), "{name}");
            for key in keys {
                assert_eq!(store.get(key, ByteRange::All).await.unwrap().unwrap(), key, "{name}");
                assert_eq!(store.size(key).await.unwrap(), Some(key.len() as u64), "{name}: {key}");
                store.delete(key).await.unwrap();
            }
            assert_eq!(store.list("").await.unwrap(), Vec::<String>::new(), "{name}");
        });
    }
}

#[test]
fn ranges_mean_what_byte_range_says() {
    let data: Vec<u8> = (0..=99).collect();
    let ranges = [
        ByteRange::All,
        ByteRange::From(0),
        ByteRange::From(40),
        ByteRange::From(99),
        ByteRange::From(100),
        ByteRange::From(u64::MAX),
        ByteRange::Suffix(0),
        ByteRange::Suffix(1),
        ByteRange::Suffix(100),
        ByteRange::Suffix(1000),
        ByteRange::Bounded { start: 0, end: 100 },
        ByteRange::Bounded { start: 10, end: 20 },
        ByteRange::Bounded { start: 90, end: 200 },
        ByteRange::Bounded { start: 100, end: 200 },
        ByteRange::Bounded { start: 500, end: 600 },
        ByteRange::Bounded { start: 30, end: 30 },
        ByteRange::Bounded { start: 30, end: 20 },
    ];
    for (name, store, _folder) in stores() {
        run(async {
            for size in [0, 100] {
                store.set("a/b", Bytes::copy_from_slice(&data[..size])).await.unwrap();
                for range in ranges {
                    let part = range.resolve(size as u64);
                    let expected = &data[part.start as usize..part.end as usize];
                    let found = store.get("a/b", range).await.unwrap().unwrap();
                    assert_eq!(found, expected, "{name}: {range:?} of {size}");
                    assert_eq!(store.get("a", range).await.unwrap_or(None), None, "{name}: a folder");
                    assert_eq!(store.get("missing", range).await.unwrap(), None, "{name}: {range:?}");
                }
            }
        });
    }
}

#[test]
fn an_object_is_created_once() {
    for (name, store, _folder) in stores() {
        run(async {
            assert!(store.set_if_absent("a/zarr.json", "1".into()).await.unwrap(), "{name}");
            assert!(!store.set_if_absent("a/zarr.json", "2".into()).await.unwrap(), "{name}");
            assert_eq!(store.get("a/zarr.json", ByteRange::All).await.unwrap().unwrap(), "1", "{name}");
            store.set("a/zarr.json", "3".into()).await.unwrap();
            assert_eq!(store.get("a/zarr.json", ByteRange::All).await.unwrap().unwrap(), "3", "{name}");
        });
    }
}

#[test]
fn a_version_is_replaced_where_the_store_can_tell() {
    let value = |text: &'static str| Some(vec![Bytes::from_static(text.as_bytes())]);
    let (_, store, _) = stores().remove(0);
    run(async {
        let absent = store.hold("a").await.unwrap();
        assert_eq!(store.swap("a", value("1"), &absent.mark).await.unwrap(), Swapped::Done);
        assert_eq!(store.swap("a", value("2"), &absent.mark).await.unwrap(), Swapped::Changed);
        let first = store.hold("a").await.unwrap();
        assert_eq!(store.swap("a", None, &first.mark).await.unwrap(), Swapped::Unable, "no service has that");
        assert_eq!(store.swap("a", value("3"), &first.mark).await.unwrap(), Swapped::Done);
        assert_eq!(store.swap("a", value("4"), &first.mark).await.unwrap(), Swapped::Changed);
        store.delete("a").await.unwrap();
        assert_eq!(store.swap("a", value("5"), &first.mark).await.unwrap(), Swapped::Changed);
        assert_eq!(store.swap("a", value("6"), &Mark::Any).await.unwrap(), Swapped::Done);
        assert_eq!(store.get("a", ByteRange::All).await.unwrap().unwrap(), "6");
        assert_eq!(store.swap("a", None, &Mark::Any).await.unwrap(), Swapped::Done);
        assert_eq!(store.list("").await.unwrap(), [""; 0]);
    });
    let (_, disk, _folder) = stores().remove(1);
    run(async {
        disk.set("a", Bytes::new()).await.unwrap();
        let held = disk.hold("a").await.unwrap();
        assert_eq!(disk.swap("a", value("1"), &held.mark).await.unwrap(), Swapped::Unable);
        assert_eq!(disk.get("a", ByteRange::All).await.unwrap().unwrap(), "");
    });
}

#[test]
fn deleting_stays_below_the_prefix() {
    for (name, store, _folder) in stores() {
        run(async {
            fill(&store, &["foo/a", "foo/b/c", "foobar/a", "foo.x", "other"]).await;
            store.delete("missing").await.unwrap();
            store.delete_prefix("fo").await.unwrap();
            assert_eq!(store.list("").await.unwrap().len(), 5, "{name}");
            store.delete_prefix("foo").await.unwrap();
            assert_eq!(sorted(store.list("").await.unwrap()), ["foo.x", "foobar/a", "other"], "{name}");
            store.delete_prefix("foo").await.unwrap();
            store.delete_prefix("").await.unwrap();
            assert_eq!(store.list("").await.unwrap(), Vec::<String>::new(), "{name}");
        });
    }
}

#[test]
fn listings_are_complete_and_exact() {
    for (name, store, _folder) in stores() {
        run(async {
            fill(&store, &["zarr.json", "a/zarr.json", "a/c/0", "a/c/1", "ab/c", "a/cd"]).await;
            for prefix in ["a", "a/"] {
                let keys = sorted(store.list(prefix).await.unwrap());
                assert_eq!(keys, ["a/c/0", "a/c/1", "a/cd", "a/zarr.json"], "{name}");
                assert_eq!(sorted(store.list_dir(prefix).await.unwrap()), ["c", "cd", "zarr.json"], "{name}");
            }
            assert_eq!(sorted(store.list_dir("").await.unwrap()), ["a", "ab", "zarr.json"], "{name}");
            for nothing in ["missing", "zarr.json", "a/zarr.json", "b/c"] {
                assert_eq!(store.list(nothing).await.unwrap(), Vec::<String>::new(), "{name}: {nothing}");
                assert_eq!(
                    store.list_dir(nothing).await.unwrap_or_default(),
                    Vec::<String>::new(),
                    "{name}: {nothing}"
                );
            }
        });
    }
}

#[test]
fn a_large_value_goes_up_in_parts_and_comes_back() {
    let value = Bytes::from_iter((0..(65_usize << 20)).map(|i| (i / 1000) as u8));
    for (name, store, _folder) in stores() {
        let found = run(async {
            store.set("large", value.clone()).await.unwrap();
            store.get("large", ByteRange::All).await.unwrap().unwrap()
        });
        assert!(found == value, "{name}: {} bytes", found.len());
    }
}

#[test]
fn keys_that_no_path_can_hold_are_refused() {
    for (name, store, _folder) in stores() {
        run(async {
            for key in ["../a", "a//b", "/a", "a/", "a/./b"] {
                assert_eq!(store.get(key, ByteRange::All).await.unwrap_err().kind(), ErrorKind::InvalidKey, "{name}");
                assert_eq!(store.set(key, Bytes::new()).await.unwrap_err().kind(), ErrorKind::InvalidKey, "{name}");
                assert_eq!(store.delete(key).await.unwrap_err().kind(), ErrorKind::InvalidKey, "{name}");
            }
        });
    }
}

#[test]
fn opening_asks_nothing() {
    let (_, store, _) = stores().remove(0);
    assert_eq!((store.mode(), store.identity()), (Mode::Network, "memory://"));
    assert!(matches!(run(store.open("missing")), Ok(Some(Source::Remote))));
}
