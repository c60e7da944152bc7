//! `bytes`: elements one after the other in C order, in a given byte order.
//!
//! Source: Zarr v3 codec "bytes"; its name was "endian" in early drafts.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::chain::Serializer;
use super::plug::Plug;
use super::{Chunk, configuration};
use crate::element::Endian;
use crate::error::{Error, Result};

/// The byte order of the store against that of memory.
pub struct Bytes {
    swap_unit: usize,
}

impl Bytes {
    /// Elements whose order in the store is that in memory.
    pub fn as_in_memory() -> Self {
        Self { swap_unit: 1 }
    }

    /// The bytes that swap together between memory and store; 1 for none.
    pub fn swap_unit(&self) -> usize {
        self.swap_unit
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
    let element = chunk.element;
    let Configuration { endian } = configuration("bytes", value)?;
    let endian = match endian {
        Some(Stored::Memory) => return Ok(Serializer::Bytes(Bytes::as_in_memory())),
        Some(Stored::Little) => Some(Endian::Little),
        Some(Stored::Big) => Some(Endian::Big),
        None => None,
    };
    let swap_unit = match (element.swap, element.order, endian) {
        (1, _, _) => 1,
        (_, Some(memory), Some(stored)) if memory == stored => 1,
        (unit, Some(_), Some(_)) => unit,
        (unit, _, _) => {
            return Err(Error::metadata(format!("codec bytes: no endian, but the data type has {unit}-byte numbers")));
        }
    };
    Ok(Serializer::Bytes(Bytes { swap_unit }))
}
