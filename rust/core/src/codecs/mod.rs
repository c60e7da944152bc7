//! Codecs: one file and one line of a table each.
//!
//! A codec computes and never waits, so there is no async form. Sizes: a decoder always learns how many bytes may come
//! out, from the metadata, and stops there; no size that a stored file claims is ever allocated.

mod blosc;
pub mod bytes;
pub mod chain;
mod crc32c;
mod deflate;
mod gzip;
mod output;
pub mod sharding;
mod transpose;
mod zlib;
mod zstd;

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::element::Element;
use crate::error::{Error, Result};

pub(crate) use deflate::{crc32, inflate};

/// What a codec may know of the chunks it will see, when it is built.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The array's element.
    pub element: Element,
}

/// A codec from bytes to bytes: compressors and checksums.
pub trait BytesCodec: Send + Sync {
    /// The most bytes that `encode` makes of `decoded` bytes; bounds what a decoder further out may produce.
    fn encoded_bound(&self, decoded: usize) -> usize;

    /// Whether the encoded size depends on nothing but the decoded one; it is then [`Self::encoded_bound`].
    fn has_fixed_size(&self) -> bool {
        false
    }

    /// Appends the encoded form of `decoded` to `out`.
    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()>;

    /// Decodes into exactly `out.len()` bytes; more or fewer is a corrupt chunk.
    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()>;

    /// Decodes when the size is not known, only bounded by `limit`; a borrowed answer costs no copy.
    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>>;
}

/// Builds a codec from the `configuration` object of its metadata.
pub type Build = fn(&Value, Context) -> Result<Arc<dyn BytesCodec>>;

/// Builds an order of axes from a configuration and the number of axes.
pub type BuildArray = fn(&Value, usize) -> Result<Vec<usize>>;

/// Builds a serializer from a configuration, the shape it sees and the element.
pub type BuildArrayBytes = fn(&Value, &[u64], Element) -> Result<chain::Serializer>;

/// Every codec from arrays to arrays.
pub static ARRAY_CODECS: &[(&str, BuildArray)] = &[("transpose", transpose::build)];

/// Every codec from arrays to bytes.
pub static ARRAY_BYTES_CODECS: &[(&str, BuildArrayBytes)] =
    &[("bytes", bytes::build), ("endian", bytes::build), ("sharding_indexed", sharding::build)];

/// Every codec from bytes to bytes, by its name in format 3.
pub static BYTES_CODECS: &[(&str, Build)] = &[
    ("blosc", blosc::build),
    ("crc32c", crc32c::build),
    ("gzip", gzip::build),
    ("numcodecs.zlib", zlib::build),
    ("zlib", zlib::build),
    ("zstd", zstd::build),
];

/// The names of all codecs.
pub fn names() -> Vec<&'static str> {
    let array = ARRAY_CODECS.iter().map(|(name, _)| *name);
    let array_bytes = ARRAY_BYTES_CODECS.iter().map(|(name, _)| *name);
    array.chain(array_bytes).chain(BYTES_CODECS.iter().map(|(name, _)| *name)).collect()
}

/// Reads a codec's `configuration` into its own struct; an absent one is an empty object.
pub(crate) fn configuration<T: DeserializeOwned>(name: &str, value: &Value) -> Result<T> {
    let value = match value {
        Value::Null => Value::Object(Map::new()),
        Value::Object(_) => value.clone(),
        // serde would take a list for the fields in order.
        _ => return Err(Error::metadata(format!("codec {name}: configuration is {value}, expected an object"))),
    };
    serde_json::from_value(value).map_err(|e| Error::metadata(format!("codec {name}: {e}")))
}
