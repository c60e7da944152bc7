//! Any bytes as what a codec has encoded. `CODEC=gzip` fuzzes one codec; otherwise the first byte chooses.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use zarrust_core::codecs::{BYTES_CODECS, BytesCodec, Chunk, Context, PACKED_CODECS};
use zarrust_core::{Element, ErrorKind, Kind};

/// Bytes of a decoded chunk.
const SIZE: usize = 4096;

fn configuration(name: &str) -> Value {
    match name {
        "numcodecs.shuffle" => json!({"elementsize": 4}),
        "zfp" => json!({"mode": "reversible"}),
        _ => Value::Null,
    }
}

static CODECS: LazyLock<Vec<Arc<dyn BytesCodec>>> = LazyLock::new(|| {
    let wanted = std::env::var("CODEC").ok();
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let element = Element { swap: 4, kind: Kind::Int, ..Element::bytes(4) };
    let chunk = Chunk { shape: vec![SIZE as u64 / 4], element: element.clone() };
    let over_bytes = BYTES_CODECS
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, build)| build(&configuration(name), Context { element: element.clone() }).unwrap());
    let packed = PACKED_CODECS
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, build)| build(&configuration(name), &chunk).unwrap());
    let codecs: Vec<_> = over_bytes.chain(packed).collect();
    assert!(!codecs.is_empty(), "no codec has this name");
    codecs
});

fuzz_target!(|data: &[u8]| {
    let Some((which, encoded)) = data.split_first() else { return };
    let codec = &CODECS[usize::from(*which) % CODECS.len()];
    let mut out = vec![0; SIZE];
    if let Err(error) = codec.decode_into(encoded, &mut out) {
        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{error}");
    }
    if let Ok(decoded) = codec.decode(encoded, SIZE) {
        assert!(decoded.len() <= SIZE);
    }
});
