//! Any bytes as the stored object of an array: shards and their indices, elements of any length, codecs over elements.

#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use serde_json::{Value, json};
use zarrust_core::copy::View;
use zarrust_core::stores::{MemoryStore, Store};
use zarrust_core::{Array, Axis, Selection, Spec, runtime};

/// Elements of the array, which is one chunk.
const LENGTH: u64 = 64;

struct Case {
    store: Arc<dyn Store>,
    array: Arc<Array>,
    element: usize,
}

fn case(element: Value, codecs: Value) -> Case {
    let size = element["size"].as_u64().unwrap() as usize;
    let spec: Spec = serde_json::from_value(json!({
        "path": "", "shape": [LENGTH], "chunk_shape": [LENGTH], "chunk_key": {"name": "v2", "separator": "."},
        "element": element, "codecs": codecs, "write_empty_chunks": true,
    }))
    .unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let fill = if size == 16 { Vec::new() } else { vec![0; size] };
    Case { array: Arc::new(Array::new(store.clone(), spec, fill, &[]).unwrap()), store, element: size }
}

fn shard(codecs: Value, index: Value, location: &str) -> Value {
    json!([{"name": "sharding_indexed", "configuration": {
        "chunk_shape": [16], "codecs": codecs, "index_codecs": index, "index_location": location,
    }}])
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let number = || json!({"size": 4, "swap": 4, "order": "little", "kind": "int"});
    let text = || json!({"size": 16, "swap": 1, "kind": "text"});
    let plain = json!([{"name": "bytes", "configuration": {"endian": "little"}}]);
    let summed = json!([{"name": "bytes", "configuration": {"endian": "little"}}, "crc32c"]);
    let zstd = json!([{"name": "bytes", "configuration": {"endian": "little"}}, "zstd"]);
    let filter = |name: &str, configuration: Value, last: &str| json!([{"name": name, "configuration": configuration}, {"name": "bytes", "configuration": {"endian": "little"}}, last]);
    vec![
        case(number(), shard(plain.clone(), plain.clone(), "start")),
        case(number(), shard(zstd, plain.clone(), "end")),
        case(number(), shard(plain, summed.clone(), "end")),
        case(text(), json!(["vlen-utf8"])),
        case(text(), shard(json!(["vlen-utf8"]), summed, "end")),
        case(number(), filter("numcodecs.delta", json!({"dtype": "<i4"}), "zstd")),
        case(json!({"size": 1, "swap": 1, "kind": "bool"}), filter("numcodecs.packbits", json!({}), "crc32c")),
        case(number(), filter("reshape", json!({"shape": [8, 8]}), "gzip")),
    ]
});

fuzz_target!(|data: &[u8]| {
    let Some((which, stored)) = data.split_first() else { return };
    let case = &CASES[usize::from(*which) % CASES.len()];
    block_on(case.store.set("0", Bytes::copy_from_slice(stored))).unwrap();
    for axis in [Axis::all(LENGTH), Axis::Steps { start: 3, count: 9, step: 5 }] {
        let mut out = vec![0_u8; LENGTH as usize * case.element];
        // SAFETY: the memory is there until the job has ended.
        let view = unsafe { View::new(out.as_mut_ptr(), vec![case.element as isize], Arc::new(())) };
        let job = case.array.read(Selection::Box(vec![axis]), view).unwrap();
        let _ = runtime::run(job, || Ok::<(), zarrust_core::Error>(()));
    }
});
