//! `bytes`: elements one after the other in C order, in a given byte order.
//!
//! Source: Zarr v3 codec "bytes"; its name was "endian" in early drafts.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::chain::Serializer;
use super::plug::Plug;
use super::{Chunk, configuration};
use crate::element::{Endian, Swap};
use crate::error::Result;

/// The byte order of the store against that of memory.
pub struct Bytes {
    swap: Swap,
}

impl Bytes {
    /// Elements whose order in the store is that in memory.
    pub fn as_in_memory() -> Self {
        Self { swap: Swap::None }
    }

    /// The bytes that change places between memory and store.
    pub fn swap(&self) -> &Swap {
        &self.swap
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    endian: Option<Stored>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stored {
    Little,
    Big,
    /// As in memory: format 2 stores what its filters made. Documents of format 3 do not have it.
    Memory,
}

/// Builds the codec from its configuration.
pub fn build(value: &Value, chunk: &Chunk, _: &[Arc<dyn Plug>]) -> Result<Serializer> {
    let Configuration { endian } = configuration("bytes", value)?;
    let endian = match endian {
        Some(Stored::Memory) => return Ok(Serializer::Bytes(Bytes::as_in_memory())),
        Some(Stored::Little) => Some(Endian::Little),
        Some(Stored::Big) => Some(Endian::Big),
        None => None,
    };
    Ok(Serializer::Bytes(Bytes { swap: chunk.element.swap_to(endian)? }))
}
