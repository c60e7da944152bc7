//! `bytes`: elements one after the other in C order, in a given byte order.
//!
//! Source: Zarr v3 codec "bytes"; its name was "endian" in early drafts.

use serde::Deserialize;
use serde_json::Value;

use super::chain::Serializer;
use super::configuration;
use crate::element::{Element, Endian};
use crate::error::{Error, Result};

/// The byte order of the store against that of memory.
pub struct Bytes {
    swap_unit: usize,
}

impl Bytes {
    /// The bytes that swap together between memory and store; 1 for none.
    pub fn swap_unit(&self) -> usize {
        self.swap_unit
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    endian: Option<Endian>,
}

/// Builds the codec from its configuration.
pub fn build(value: &Value, _shape: &[u64], element: Element) -> Result<Serializer> {
    let Configuration { endian } = configuration("bytes", value)?;
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
