//! Promises that every store keeps. A new store joins by a line in `every_store`.

use std::sync::Arc;

use bytes::Bytes;
use pollster::block_on;
use zarrust_core::stores::{ByteRange, Contest, LocalStore, Mark, MemoryStore, Source, Store, Swapped};

/// A store and what keeps its place alive.
type Case = (Arc<dyn Store>, Option<tempfile::TempDir>);

fn every_store() -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    let durable = tempfile::tempdir().unwrap();
    vec![
        (Arc::new(MemoryStore::new()), None),
        (Arc::new(LocalStore::new(folder.path().to_owned(), false)), Some(folder)),
        (Arc::new(LocalStore::new(durable.path().join("made/on/demand"), true)), Some(durable)),
    ]
}

fn set(store: &dyn Store, key: &str, value: &'static [u8]) {
    block_on(store.set(key, Bytes::from_static(value))).unwrap();
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn every_store_gives_back_what_it_was_given_and_any_part_of_it() {
    for (store, _keep) in every_store() {
        set(&*store, "a/b", b"12345");
        let get = |range| block_on(store.get("a/b", range)).unwrap().unwrap();
        assert_eq!(&get(ByteRange::All)[..], b"12345");
        assert_eq!(&get(ByteRange::Bounded { start: 1, end: 3 })[..], b"23");
        assert_eq!(&get(ByteRange::Bounded { start: 3, end: 99 })[..], b"45");
        assert_eq!(&get(ByteRange::Bounded { start: 9, end: 99 })[..], b"");
        assert_eq!(&get(ByteRange::From(3))[..], b"45");
        assert_eq!(&get(ByteRange::Suffix(2))[..], b"45");
        assert_eq!(&get(ByteRange::Suffix(99))[..], b"12345");
        set(&*store, "a/b", b"");
        assert_eq!(&get(ByteRange::All)[..], b"");
        assert_eq!(block_on(store.size("a/b")).unwrap(), Some(0));
    }
}

#[test]
fn every_store_says_missing_only_of_what_is_not_there() {
    for (store, _keep) in every_store() {
        set(&*store, "a/b", b"1");
        for key in ["a", "a/c", "a/b/c", "x"] {
            assert_eq!(block_on(store.get(key, ByteRange::All)).unwrap(), None, "{key}");
            assert_eq!(block_on(store.size(key)).unwrap(), None, "{key}");
            assert!(block_on(store.open(key)).unwrap().is_none(), "{key}");
            block_on(store.delete(key)).unwrap();
        }
        assert!(matches!(block_on(store.open("a/b")).unwrap(), Some(Source::Bytes(_) | Source::File(_))));
        block_on(store.delete("a/b")).unwrap();
        assert_eq!(block_on(store.get("a/b", ByteRange::All)).unwrap(), None);
    }
}

#[test]
fn every_store_lists_and_deletes_folders_and_not_their_siblings() {
    for (store, _keep) in every_store() {
        for key in ["foo/a", "foo/b/c", "foobar/a", "foo.txt", "z"] {
            set(&*store, key, b"1");
        }
        let list = |prefix| sorted(block_on(store.list(prefix)).unwrap());
        assert_eq!(list(""), ["foo.txt", "foo/a", "foo/b/c", "foobar/a", "z"]);
        assert_eq!(list("foo"), ["foo/a", "foo/b/c"]);
        assert_eq!(list("foo/"), ["foo/a", "foo/b/c"]);
        assert_eq!(list("none"), [""; 0]);
        let names = |prefix| sorted(block_on(store.list_dir(prefix)).unwrap());
        assert_eq!(names(""), ["foo", "foo.txt", "foobar", "z"]);
        assert_eq!(names("foo"), ["a", "b"]);
        assert_eq!(names("none"), [""; 0]);
        block_on(store.delete_prefix("foo")).unwrap();
        assert_eq!(list(""), ["foo.txt", "foobar/a", "z"]);
        block_on(store.delete_prefix("")).unwrap();
        assert_eq!(list(""), [""; 0]);
    }
}

#[test]
fn one_of_many_creators_wins() {
    for (store, _keep) in every_store() {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                std::thread::spawn(move || {
                    block_on(store.set_if_absent("a/zarr.json", Bytes::from_static(b"{}"))).unwrap()
                })
            })
            .collect();
        let winners = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count();
        assert_eq!(winners, 1);
        assert_eq!(block_on(store.list("")).unwrap(), ["a/zarr.json"]);
    }
}

#[cfg(unix)]
#[test]
fn a_replacement_finds_the_version_that_was_read_or_is_refused() {
    let value = |text: &'static str| Some(vec![Bytes::from_static(text.as_bytes())]);
    for (store, _keep) in every_store().into_iter().skip(1) {
        let hold = || block_on(store.hold("a/0")).unwrap();
        let swap = |new, mark: &Mark| block_on(store.swap("a/0", new, mark)).unwrap();
        let now = || block_on(store.get("a/0", ByteRange::All)).unwrap();
        let absent = hold();
        assert!(absent.bytes.is_none() && matches!(absent.mark, Mark::Absent));
        assert_eq!(swap(None, &absent.mark), Swapped::Done, "nothing to remove");
        assert_eq!(swap(value("1"), &absent.mark), Swapped::Done);
        assert_eq!(swap(value("2"), &absent.mark), Swapped::Changed, "somebody has made it");
        let first = hold();
        assert_eq!(first.bytes.as_deref(), Some(&b"1"[..]));
        assert_eq!(swap(value("3"), &first.mark), Swapped::Done);
        for late in [value("4"), None] {
            assert_eq!(swap(late, &first.mark), Swapped::Changed, "somebody has replaced it");
        }
        let second = hold();
        set(&*store, "a/0", b"5");
        assert_eq!(swap(value("6"), &second.mark), Swapped::Changed, "by a plain write, too");
        let third = hold();
        assert_eq!(swap(None, &third.mark), Swapped::Done);
        assert_eq!((now(), swap(value("7"), &third.mark)), (None, Swapped::Changed), "somebody has removed it");
        for new in ["8", "9"] {
            assert_eq!(swap(value(new), &Mark::Any), Swapped::Done);
            assert_eq!(now().unwrap(), new);
        }
        assert_eq!(swap(None, &Mark::Any), Swapped::Done);
        assert_eq!(swap(None, &Mark::Any), Swapped::Done);
        let tagged = Mark::Tagged { tag: Some("t".into()), number: None };
        assert_eq!(swap(value("1"), &tagged), Swapped::Unable, "a service's tag tells nothing of a file");
        assert_eq!(block_on(store.list("")).unwrap(), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn writers_that_replace_what_they_read_lose_nothing() {
    for (store, _keep) in every_store().into_iter().skip(1) {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let store = store.clone();
                std::thread::spawn(move || {
                    for _ in 0..50 {
                        let mut contest = Contest::default();
                        loop {
                            let held = block_on(store.hold("count")).unwrap();
                            let count: u32 =
                                held.bytes.map_or(0, |text| String::from_utf8_lossy(&text).parse().unwrap());
                            let next = Some(vec![Bytes::from((count + 1).to_string())]);
                            match block_on(store.swap("count", next, &held.mark)).unwrap() {
                                Swapped::Done => break,
                                Swapped::Changed => block_on(contest.pause(store.mode())).unwrap(),
                                Swapped::Unable => panic!("files can be replaced on a condition"),
                            }
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(block_on(store.get("count", ByteRange::All)).unwrap().unwrap(), "200");
        assert_eq!(block_on(store.list("")).unwrap(), ["count"]);
    }
}

#[test]
fn an_object_takes_the_place_of_empty_folders_alone() {
    for (store, _keep) in every_store().into_iter().skip(1) {
        set(&*store, "c/0/0", b"1");
        assert!(block_on(store.set_if_absent("c/0", Bytes::new())).is_err(), "there is something in it");
        block_on(store.delete("c/0/0")).unwrap();
        assert!(block_on(store.set_if_absent("c/0", Bytes::new())).unwrap());
        assert_eq!(block_on(store.list("")).unwrap(), ["c/0"]);
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_deleting_removes_the_link_alone() {
    use std::os::unix::fs::symlink;
    let (outside, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("kept"), b"1").unwrap();
    symlink(outside.path(), root.path().join("disk")).unwrap();
    symlink(root.path(), root.path().join("loop")).unwrap();
    symlink(root.path().join("nowhere"), root.path().join("broken")).unwrap();
    let store = LocalStore::new(root.path().to_owned(), false);
    assert_eq!(block_on(store.list("")).unwrap(), ["disk/kept"]);
    block_on(store.delete_prefix("disk")).unwrap();
    assert!(outside.path().join("kept").exists());
    assert!(!root.path().join("disk").exists());
}

#[test]
fn folders_go_with_the_last_of_their_objects_and_others_stay() {
    let root = tempfile::tempdir().unwrap();
    let store = LocalStore::new(root.path().to_owned(), false);
    let keys = ["a/b/c/0", "a/b/c/1", "a/b/d/0", "e/0"].map(str::to_owned);
    keys.iter().for_each(|key| set(&store, key, b"1"));
    std::fs::write(root.path().join("a/b/kept"), b"").unwrap();
    block_on(store.delete_many(&keys)).unwrap();
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root.path().join(folder)).unwrap();
        sorted(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
    };
    assert_eq!((names(""), names("a"), names("a/b")), (vec!["a".to_owned()], vec!["b".into()], vec!["kept".into()]));
    std::fs::remove_file(root.path().join("a/b/kept")).unwrap();
    set(&store, "a/b/0", b"1");
    block_on(store.delete_many(&["a/b/0".to_owned()])).unwrap();
    assert!(names("").is_empty(), "but the store's own folder stays");
}

#[test]
fn a_folder_that_vanishes_while_a_file_is_made_is_made_again() {
    let root = tempfile::tempdir().unwrap();
    let store = LocalStore::new(root.path().to_owned(), false);
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let store = &store;
            scope.spawn(move || {
                let keys = [format!("a/b/{writer}")];
                for _ in 0..2000 {
                    set(store, &keys[0], b"1");
                    assert!(block_on(store.get(&keys[0], ByteRange::All)).unwrap().is_some());
                    block_on(store.delete_many(&keys)).unwrap();
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_the_old_object_and_no_temporary() {
    let root = tempfile::tempdir().unwrap();
    let store = LocalStore::new(root.path().to_owned(), false);
    block_on(store.set("folder/kept", Bytes::from_static(b"1"))).unwrap();
    assert!(block_on(store.set("folder", Bytes::from_static(b"2"))).is_err());
    assert_eq!(block_on(store.get("folder/kept", ByteRange::All)).unwrap().as_deref(), Some(&b"1"[..]));
    let names: Vec<_> = std::fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["folder"]);
}

#[cfg(unix)]
#[test]
fn two_ways_to_one_folder_are_one_identity() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("real")).unwrap();
    std::os::unix::fs::symlink(root.path().join("real"), root.path().join("link")).unwrap();
    let open = |name: &str| LocalStore::new(root.path().join(name), false);
    assert_eq!(open("real/new/deep").identity(), open("link/new/deep").identity());
    assert_ne!(open("real").identity(), open("other").identity());
}
