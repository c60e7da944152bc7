//! Damaged chunks of every codec of the tables: 4 KiB of elements, read through an array.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use pollster::block_on;
use serde_json::{Value, json};
use zarrust_core::codecs::{ARRAY_CODECS, BYTES_CODECS, names};
use zarrust_core::copy::View;
use zarrust_core::heap::{Heap, Slot};
use zarrust_core::stores::{ByteRange, MemoryStore, Store};
use zarrust_core::{Array, Error, ErrorKind, Selection, Spec, runtime};

use crate::configurations::{configurations, shape};

const SIZE: usize = 4096;
const KEY: &str = "0.0";

struct Chunk {
    title: String,
    store: Arc<dyn Store>,
    array: Arc<Array>,
    shape: Vec<u64>,
    item: usize,
}

/// The codecs of a chunk with the one that is tried, and behind them `more`.
fn chain(name: &str, configuration: &Value, more: &[Value]) -> Value {
    let codec = json!({"name": name, "configuration": configuration});
    let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
    let mut codecs = match name {
        _ if BYTES_CODECS.iter().any(|(known, _)| *known == name) => vec![bytes, codec],
        _ if ARRAY_CODECS.iter().any(|(known, _)| *known == name) => vec![codec, bytes],
        _ => vec![codec],
    };
    codecs.extend_from_slice(more);
    Value::Array(codecs)
}

impl Chunk {
    fn new(name: &str, configuration: &Value, element: &Value, more: &[Value]) -> Self {
        let (shape, item) = (shape(element).to_vec(), element["size"].as_u64().unwrap() as usize);
        let codecs = chain(name, configuration, more);
        let spec: Spec = serde_json::from_value(json!({
            "path": "", "shape": shape, "chunk_shape": shape, "element": element, "codecs": codecs,
            "chunk_key": {"name": "v2", "separator": "."}, "write_empty_chunks": true,
        }))
        .unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let fill = if matches!(element["kind"].as_str(), Some("text" | "binary")) { 0 } else { item };
        let array = Arc::new(Array::new(store.clone(), spec, vec![0; fill], &[]).unwrap());
        let chunk = Self { title: format!("{codecs} over {element}"), store, array, shape, item };
        chunk.write(element);
        chunk
    }

    fn view(&self, memory: &mut [u8], heap: &Arc<Heap>) -> View {
        let strides = vec![(self.shape[1] as usize * self.item) as isize, self.item as isize];
        // SAFETY: callers keep the memory until the job has ended.
        unsafe { View::new(memory.as_mut_ptr(), strides, Arc::new(())) }.with_heap(heap.clone())
    }

    fn write(&self, element: &Value) {
        let heap = self.array.heap();
        let mut memory = match element["kind"].as_str().unwrap() {
            "text" | "binary" => {
                let arena = heap.add(Bytes::from_static("words and wörter".as_bytes())).unwrap();
                let slot = |i| Slot { arena, length: i % 9, offset: 0 }.to_bytes();
                (0..(SIZE / self.item) as u32).flat_map(slot).collect()
            }
            kind => numbers(kind, self.item),
        };
        let job = self.array.write(Selection::all(&self.shape), self.view(&mut memory, &heap), Vec::new()).unwrap();
        runtime::run(job, || Ok::<(), Error>(())).unwrap_or_else(|error| panic!("{}: {error}", self.title));
    }

    fn stored(&self) -> Vec<u8> {
        block_on(self.store.get(KEY, ByteRange::All)).unwrap().unwrap().to_vec()
    }

    /// What a chunk of these bytes reads as; elements of any length one behind the other.
    fn read(&self, stored: &[u8]) -> Result<Vec<u8>, Error> {
        block_on(self.store.set(KEY, Bytes::copy_from_slice(stored))).unwrap();
        let (heap, mut out) = (self.array.heap(), vec![0; SIZE]);
        let job = self.array.read(Selection::all(&self.shape), self.view(&mut out, &heap)).unwrap();
        runtime::run(job, || Ok::<(), Error>(()))?;
        if !self.array.element().is_slot() {
            return Ok(out);
        }
        let arenas = heap.arenas();
        Ok(Slot::all(&out).flat_map(|slot| [arenas.get(slot).unwrap(), b"\0"].concat()).collect())
    }

    fn assert_corrupt(&self, error: &Error, what: &str) {
        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{}: {what}: {error}", self.title);
        assert!(error.to_string().contains(KEY), "{}: {what}: {error}", self.title);
    }
}

/// Small numbers that every type has, not all the same.
fn numbers(kind: &str, item: usize) -> Vec<u8> {
    let number = |i: usize| match (kind, item) {
        ("float", 2) => [0x3c00_u16, 0x4000, 0x4200][i % 3].to_le_bytes().to_vec(),
        ("float", 4) => ((i % 97) as f32).to_le_bytes().to_vec(),
        ("float", _) => ((i % 97) as f64).to_le_bytes().to_vec(),
        ("bool", _) => vec![u8::from(i.is_multiple_of(3))],
        _ => ((i % 97) as u64).to_le_bytes()[..item].to_vec(),
    };
    (0..SIZE / item).flat_map(number).collect()
}

fn chunks(more: &[Value]) -> Vec<Chunk> {
    let one = |name: &'static str| {
        let of = move |(configuration, element): &(Value, Value)| Chunk::new(name, configuration, element, more);
        configurations(name).iter().map(of).collect::<Vec<_>>()
    };
    names().into_iter().flat_map(one).collect()
}

/// Runs `check` over a chunk of every configuration of every codec, with `more` behind it.
fn with_each(more: &[Value], check: impl Fn(&Chunk) + Sync) {
    let chunks = chunks(more);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(chunk);
                }
            });
        }
    });
    println!("{} of {} codecs, {} chunks", names().len(), names().len(), chunks.len());
}

#[test]
fn every_cut_of_a_chunk_is_refused() {
    with_each(&[], |chunk| {
        let stored = chunk.stored();
        for length in 0..stored.len() {
            match chunk.read(&stored[..length]) {
                Ok(_) => panic!("{}: a cut to {length} of {} bytes is read", chunk.title, stored.len()),
                Err(error) => chunk.assert_corrupt(&error, &format!("a cut to {length}")),
            }
        }
    });
}

/// Reads the chunk with each of its bits flipped in turn; `is_right` judges what comes out instead of an error.
fn flip_each(chunk: &Chunk, is_right: impl Fn(&[u8], &[u8]) -> bool) {
    let mut stored = chunk.stored();
    let right = chunk.read(&stored).unwrap();
    for bit in 0..stored.len() * 8 {
        stored[bit / 8] ^= 1 << (bit % 8);
        match chunk.read(&stored) {
            Ok(found) => assert!(is_right(&found, &right), "{}: bit {bit}", chunk.title),
            Err(error) => chunk.assert_corrupt(&error, &format!("bit {bit}")),
        }
        stored[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_flipped_bit_of_a_chunk_without_a_checksum_gives_as_much_data_or_is_refused() {
    with_each(&[], |chunk| {
        flip_each(chunk, |found, right| chunk.array.element().is_slot() || found.len() == right.len());
    });
}

#[test]
fn a_flipped_bit_of_a_chunk_behind_a_checksum_gives_the_right_data_or_is_refused() {
    with_each(&[json!("crc32c")], |chunk| flip_each(chunk, |found, right| found == right));
}
