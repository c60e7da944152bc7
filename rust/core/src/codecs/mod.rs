//! Codecs: one file and one line of a table each.
//!
//! A codec computes and never waits, so there is no async form. Sizes: a decoder always learns how many bytes may come
//! out, from the metadata, and stops there; no size that a stored file claims is ever allocated.

mod astype;
mod bitround;
mod blosc;
pub mod bytes;
mod bz2;
mod cast_value;
pub mod chain;
mod checksum;
mod crc32c;
mod deflate;
mod delta;
mod fixedscaleoffset;
mod gzip;
mod lz4;
mod lz4_java;
mod lzma;
mod n5;
mod number;
mod output;
mod pack_bits;
mod packbits;
mod pcodec;
pub mod plug;
mod quantize;
mod reshape;
mod scale_offset;
pub mod sharding;
mod shuffle;
mod streamed;
mod transpose;
pub mod vlen;
mod wide;
#[cfg(feature = "zfp")]
mod zfp;
mod zlib;
mod zstd;

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::codecs::plug::Plug;
use crate::element::Element;
use crate::error::{Error, Result};

pub(crate) use deflate::{crc32, inflate};

/// What a codec may know of the bytes it will see, when it is built.
#[derive(Clone, Debug)]
pub struct Context {
    /// The element that was serialized to them.
    pub element: Element,
}

/// What a codec of arrays sees: a chunk in C order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Length of each axis in elements.
    pub shape: Vec<u64>,
    /// The elements' layout in memory.
    pub element: Element,
}

impl Chunk {
    /// Bytes of the chunk; an error when no memory could hold it.
    pub fn size(&self) -> Result<usize> {
        self.shape
            .iter()
            .try_fold(self.element.size as u64, |size, length| size.checked_mul(*length))
            .and_then(|size| isize::try_from(size).ok())
            .map(isize::unsigned_abs)
            .ok_or_else(|| {
                Error::metadata(format!("chunk of shape {:?} has more bytes than memory can have", self.shape))
            })
    }
}

/// A codec from arrays to arrays that computes. Both sizes are known from the metadata before a byte is read, so it
/// works between two slices of exactly those sizes.
pub trait ArrayCodec: Send + Sync {
    /// Encodes a chunk.
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()>;

    /// Decodes a chunk.
    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()>;

    /// What a chunk of nothing but `fill` is filled with after encoding.
    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>>;
}

/// A computing codec, and the chunk that comes out of it.
pub struct Stage {
    /// The codec.
    pub codec: Arc<dyn ArrayCodec>,
    /// The encoded chunk.
    pub encoded: Chunk,
}

/// What a codec from arrays to arrays turns out to be.
pub enum Step {
    /// Another order of axes, for each stored axis the axis it comes from: no byte moves for it.
    Order(Vec<usize>),
    /// A computation over the chunk.
    Stage(Stage),
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

/// Builds a codec from arrays to arrays from its configuration and the chunk it sees.
pub type BuildArray = fn(&Value, &Chunk) -> Result<Step>;

/// Builds a serializer from its configuration, the chunk it sees, and the codecs that are plugged in.
pub type BuildArrayBytes = fn(&Value, &Chunk, &[Arc<dyn Plug>]) -> Result<chain::Serializer>;

/// Builds a codec from arrays to bytes out of its configuration and the chunk it sees, whose elements it takes as they lie
/// in memory.
pub type BuildPacked = fn(&Value, &Chunk) -> Result<Arc<dyn BytesCodec>>;

/// Every codec from arrays to arrays.
pub static ARRAY_CODECS: &[(&str, BuildArray)] = &[
    ("cast_value", cast_value::build),
    ("numcodecs.astype", astype::build),
    ("numcodecs.bitround", bitround::build_numcodecs),
    ("bitround", bitround::build),
    ("numcodecs.delta", delta::build),
    ("numcodecs.fixedscaleoffset", fixedscaleoffset::build),
    ("numcodecs.packbits", packbits::build),
    ("numcodecs.quantize", quantize::build),
    ("reshape", reshape::build),
    ("scale_offset", scale_offset::build),
    ("transpose", transpose::build),
];

/// Every codec from arrays to bytes.
pub static ARRAY_BYTES_CODECS: &[(&str, BuildArrayBytes)] = &[
    ("bytes", bytes::build),
    ("endian", bytes::build),
    ("sharding_indexed", sharding::build),
    ("vlen-bytes", vlen::build_bytes),
    ("vlen-utf8", vlen::build_text),
];

/// Every codec from arrays to bytes that compresses the numbers of a chunk itself.
pub static PACKED_CODECS: &[(&str, BuildPacked)] = &[
    ("numcodecs.n5_wrapper", n5::build),
    ("numcodecs.pcodec", pcodec::build),
    #[cfg(feature = "zfp")]
    ("numcodecs.zfpy", zfp::build_zfpy),
    ("packbits", pack_bits::build),
    #[cfg(feature = "zfp")]
    ("zfp", zfp::build),
];

/// The codecs that a build can be without, for want of what they are made of.
const LEFT_OUT: &[&str] = if cfg!(feature = "zfp") { &[] } else { &["numcodecs.zfpy", "zfp"] };

/// Every codec from bytes to bytes, by its name in format 3.
pub static BYTES_CODECS: &[(&str, Build)] = &[
    ("blosc", blosc::build),
    ("crc32c", crc32c::build),
    ("gzip", gzip::build),
    ("numcodecs.adler32", checksum::build_adler32),
    ("numcodecs.bz2", bz2::build),
    ("numcodecs.crc32", checksum::build_crc32),
    ("numcodecs.crc32c", checksum::build_crc32c),
    ("numcodecs.fletcher32", checksum::build_fletcher32),
    ("numcodecs.jenkins_lookup3", checksum::build_jenkins_lookup3),
    ("numcodecs.lz4", lz4::build),
    ("numcodecs.lzma", lzma::build),
    ("numcodecs.shuffle", shuffle::build),
    ("numcodecs.zlib", zlib::build),
    ("zlib", zlib::build),
    ("zstd", zstd::build),
];

/// The names of all codecs.
pub fn names() -> Vec<&'static str> {
    let array = ARRAY_CODECS.iter().map(|(name, _)| *name);
    let array_bytes = ARRAY_BYTES_CODECS.iter().map(|(name, _)| *name);
    let packed = PACKED_CODECS.iter().map(|(name, _)| *name);
    array.chain(array_bytes).chain(packed).chain(BYTES_CODECS.iter().map(|(name, _)| *name)).collect()
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
