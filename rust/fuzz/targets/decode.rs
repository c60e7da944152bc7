//! Any bytes as what a codec has encoded. `CODEC=gzip` fuzzes one codec, by any name of the core's tables, which `CODEC=?`
//! lists; otherwise all. The first byte chooses among the codecs and their configurations.

#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use serde_json::{Value, json};
use zarrust_core::codecs::{
    ARRAY_CODECS, ArrayCodec, BYTES_CODECS, BytesCodec, Chunk, Context, PACKED_CODECS, Step, names,
};
use zarrust_core::copy::View;
use zarrust_core::stores::{MemoryStore, Store};
use zarrust_core::{Array, Axis, Element, ErrorKind, Selection, Spec, runtime};

#[path = "../../core/tests/it/configurations.rs"]
mod configurations;

/// Bytes of a decoded chunk.
const SIZE: usize = 4096;

enum Case {
    Bytes(Arc<dyn BytesCodec>),
    /// Bytes of the encoded chunk, which are as many for every chunk.
    Array(Arc<dyn ArrayCodec>, usize),
    /// Whatever needs an array around it: shards, orders of axes and of bytes, elements of any length.
    Stored { store: Arc<dyn Store>, array: Arc<Array>, chunk: Chunk, encoded: Option<usize> },
}

fn stored(name: &str, configuration: Value, element: Value, chunk: Chunk) -> Case {
    let codec = json!({"name": name, "configuration": configuration});
    let codecs = match name {
        "transpose" => json!([codec, {"name": "bytes", "configuration": {"endian": "little"}}]),
        _ => json!([codec]),
    };
    let spec: Spec = serde_json::from_value(json!({
        "path": "", "shape": chunk.shape, "chunk_shape": chunk.shape, "element": element, "codecs": codecs,
        "chunk_key": {"name": "v2", "separator": "."}, "write_empty_chunks": true,
    }))
    .unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let fill = if chunk.element.is_slot() { Vec::new() } else { vec![0; chunk.element.size] };
    let array = Arc::new(Array::new(store.clone(), spec, fill, &[]).unwrap());
    let encoded = matches!(name, "transpose" | "bytes" | "endian").then(|| chunk.size().unwrap());
    Case::Stored { store, array, chunk, encoded }
}

fn cases(name: &str) -> Vec<Case> {
    let case = |(configuration, of): (Value, Value)| {
        let element: Element = serde_json::from_value(of.clone()).unwrap();
        let chunk = Chunk { shape: configurations::shape(&of).to_vec(), element: element.clone() };
        if let Some((_, build)) = BYTES_CODECS.iter().find(|(known, _)| *known == name) {
            return Case::Bytes(build(&configuration, Context { element }).unwrap());
        }
        if let Some((_, build)) = PACKED_CODECS.iter().find(|(known, _)| *known == name) {
            return Case::Bytes(build(&configuration, &chunk).unwrap());
        }
        if let Some((_, build)) = ARRAY_CODECS.iter().find(|(known, _)| *known == name)
            && let Step::Stage(stage) = build(&configuration, &chunk).unwrap()
        {
            return Case::Array(stage.codec, stage.encoded.size().unwrap());
        }
        stored(name, configuration, of, chunk)
    };
    assert!(names().contains(&name), "no codec has this name");
    configurations::configurations(name).into_iter().map(case).collect()
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| match std::env::var("CODEC") {
    Ok(name) if name == "?" => {
        println!("{}", names().join(" "));
        std::process::exit(0)
    }
    Ok(name) => cases(&name),
    Err(_) => names().into_iter().flat_map(cases).collect(),
});

/// So many bytes, of which what is missing is zero.
fn fit(encoded: &[u8], length: usize) -> Vec<u8> {
    let mut fitted = encoded[..encoded.len().min(length)].to_vec();
    fitted.resize(length, 0);
    fitted
}

fn assert_corrupt<T>(result: &zarrust_core::Result<T>) {
    if let Err(error) = result {
        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{error}");
    }
}

fn read(store: &Arc<dyn Store>, array: &Arc<Array>, chunk: &Chunk, encoded: Vec<u8>) {
    block_on(store.set("0.0", Bytes::from(encoded))).unwrap();
    let (shape, element) = (&chunk.shape, chunk.element.size);
    let part = Axis::Steps { start: 1, count: 2, step: 2 };
    for axes in [[Axis::all(shape[0]), Axis::all(shape[1])], [part.clone(), part]] {
        let selection = Selection::Box(axes.to_vec());
        let counts = selection.counts();
        let mut out = vec![0_u8; selection.elements() * element];
        let strides = vec![(counts[1] * element) as isize, element as isize];
        // SAFETY: the memory is there until the job has ended.
        let view = unsafe { View::new(out.as_mut_ptr(), strides, Arc::new(())) };
        let view = view.with_heap(array.heap());
        let job = array.read(selection, view).unwrap();
        assert_corrupt(&runtime::run(job, || Ok::<(), zarrust_core::Error>(())));
    }
}

fuzz_target!(init: LazyLock::force(&CASES), |data: &[u8]| {
    let Some((which, encoded)) = data.split_first() else { return };
    match &CASES[usize::from(*which) % CASES.len()] {
        Case::Bytes(codec) => {
            let mut out = vec![0; SIZE];
            assert_corrupt(&codec.decode_into(encoded, &mut out));
            let decoded = codec.decode(encoded, SIZE);
            assert_corrupt(&decoded);
            assert!(decoded.map_or(0, |decoded| decoded.len()) <= SIZE);
        }
        Case::Array(codec, length) => {
            assert_corrupt(&codec.decode(&fit(encoded, *length), &mut [0; SIZE]));
        }
        Case::Stored { store, array, chunk, encoded: length } => {
            read(store, array, chunk, length.map_or_else(|| encoded.to_vec(), |length| fit(encoded, length)));
        }
    }
});
