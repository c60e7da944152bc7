//! Any bytes as an archive, behind an entry of any sort that its directory names.

#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use zarrust_core::stores::{ByteRange, Entry, MemoryStore, Store, ZipStore};

fuzz_target!(|data: &[u8]| {
    let Some((head, archive)) = data.split_first_chunk::<16>() else { return };
    let number = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let entry = Entry {
        name: "k".to_owned(),
        header: number(0),
        stored: number(2),
        size: number(4) << (head[6] % 48),
        crc: u32::from_le_bytes([head[8], head[9], head[10], head[11]]),
        method: u16::from(head[12] & 15),
        encrypted: head[13] == 1,
    };
    let place: Arc<dyn Store> = Arc::new(MemoryStore::new());
    block_on(place.set("a.zip", Bytes::copy_from_slice(archive))).unwrap();
    let Ok(zip) = ZipStore::new(place, "a.zip".to_owned(), vec![entry], archive.len() as u64) else { return };
    for range in [ByteRange::All, ByteRange::Bounded { start: 1, end: 3 }, ByteRange::Suffix(5), ByteRange::From(2)] {
        let _ = block_on(zip.get("k", range));
    }
});
