//! Any JSON as what the engine is told of an array.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use zarrust_core::stores::MemoryStore;
use zarrust_core::{Array, Spec};

fuzz_target!(|data: &[u8]| {
    let Ok(spec) = serde_json::from_slice::<Spec>(data) else { return };
    let fill = vec![0; spec.element.size.min(1 << 16)];
    let _ = Array::new(Arc::new(MemoryStore::new()), spec, fill, &[]);
});
