//! How much memory a read takes beside the caller's: whole chunks are decoded straight into it, and no file decides more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod allocator;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use allocator::Observed;
use pollster::block_on;
use serde_json::{Value, json};
use zarrust_core::copy::View;
use zarrust_core::stores::{LocalStore, MemoryStore, Store};
use zarrust_core::{Array, Axis, Error, ErrorKind, Selection, Spec, runtime};

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Observed = Observed(|_, more| {
    // Wraps as the signed sum does.
    let before = IN_USE.fetch_add(more as usize, Relaxed);
    MOST.fetch_max(before.wrapping_add_signed(more), Relaxed);
});

const MIB: usize = 1 << 20;
const CHUNK: u64 = 64 << 20;

fn array(store: Arc<dyn Store>, length: u64, codecs: Value) -> Arc<Array> {
    let spec: Spec = serde_json::from_value(json!({
        "path": "", "shape": [length], "chunk_shape": [length], "chunk_key": {"name": "v2", "separator": "."},
        "element": {"size": 1, "swap": 1, "order": null}, "codecs": codecs, "write_empty_chunks": true,
    }))
    .unwrap();
    Arc::new(Array::new(store, spec, vec![0], &[]).unwrap())
}

fn view(data: &mut [u8]) -> View {
    // SAFETY: the callers keep `data` until the job has ended.
    unsafe { View::new(data.as_mut_ptr(), vec![1], Arc::new(())) }
}

/// The outcome of reading the elements into `out`, and the most memory it took on the way.
fn read(array: &Arc<Array>, axis: Axis, out: &mut [u8]) -> (Result<(), Error>, usize) {
    let before = IN_USE.load(Relaxed);
    MOST.store(before, Relaxed);
    let outcome = array.read(Selection::Box(vec![axis]), view(out)).and_then(|job| runtime::run(job, || Ok(())));
    (outcome, MOST.load(Relaxed) - before)
}

// One test alone in its process: the counters are everybody's.
#[test]
fn memory_beside_the_output_is_bounded_by_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(LocalStore::new(folder.path().to_owned(), false))];
    let mut data: Vec<u8> = (0..CHUNK).map(|i| (i % 251) as u8).collect();
    let mut out = vec![0_u8; data.len()];
    for store in stores {
        for codecs in [json!(["bytes"]), json!(["bytes", {"name": "zstd", "configuration": {"level": 1}}, "crc32c"])] {
            let array = array(store.clone(), CHUNK, codecs.clone());
            let job = array.write(Selection::all(&[CHUNK]), view(&mut data), Vec::new()).unwrap();
            runtime::run(job, || Ok::<(), Error>(())).unwrap();
            let stored = block_on(store.size("0")).unwrap().unwrap() as usize;
            let encoded = if codecs.as_array().unwrap().len() == 1 { 0 } else { stored };

            let (outcome, most) = read(&array, Axis::all(CHUNK), &mut out);
            outcome.unwrap();
            assert_eq!(out, data);
            assert!(most <= encoded + 3 * MIB, "{codecs}: the whole chunk took {} MiB more", most / MIB);

            let (outcome, most) = read(&array, Axis::Steps { start: 5, count: 10, step: 3 }, &mut out[..10]);
            outcome.unwrap();
            let allowed = if encoded == 0 { 0 } else { CHUNK as usize };
            assert!(most <= allowed + encoded + 3 * MIB, "{codecs}: a part took {} MiB more", most / MIB);
        }
        for codec in ["zstd", "gzip", "zlib"] {
            let codecs = json!(["bytes", {"name": codec, "configuration": {"level": 9}}]);
            let large = array(store.clone(), CHUNK, codecs.clone());
            out.fill(0);
            let job = large.write(Selection::all(&[CHUNK]), view(&mut out), Vec::new()).unwrap();
            runtime::run(job, || Ok::<(), Error>(())).unwrap();
            let small = array(store.clone(), 4096, codecs);
            let (outcome, most) = read(&small, Axis::all(4096), &mut out[..4096]);
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::CorruptChunk);
            assert!(most <= 3 * MIB, "{codec}: a bomb took {} MiB", most / MIB);
        }
    }
}
