//! Codecs that the caller plugs in: written in Python, or in any other language that a binding speaks.
//!
//! A list of codecs has them by number, beside the codecs that it has by name; a document can only name. What comes out of
//! them is believed as little as what comes out of a file: its size is checked against the one that is known.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::output::{check_size, reserve, too_long};
use super::{ArrayCodec, BytesCodec, Chunk, Stage};
use crate::element::Element;
use crate::error::{Error, Result};

/// How many times larger than its input a plugged-in codec may make a chunk: text of numbers is the worst known, with
/// some 25 bytes for one of a single byte.
const MOST: usize = 64;

/// Room for headers of any sort beside that.
const HEADER: usize = 64 << 10;

const NAME: &str = "codec of the caller";

/// What a codec says instead of bytes, inside of an error: the chunk is not to be stored.
pub struct Nothing;

/// The error that says so.
pub fn nothing() -> Error {
    Error::foreign(Arc::new(Nothing), "the codec made nothing of the chunk")
}

/// Whether an error says so.
pub(crate) fn is_nothing(error: &Error) -> bool {
    error.foreign_object().is_some_and(|object| object.is::<Nothing>())
}

/// A codec of the caller, of any kind: an array is its elements in C order, as they lie in memory.
pub trait Plug: Send + Sync {
    /// The encoded bytes of a chunk, or [`nothing`].
    fn encode(&self, decoded: &[u8]) -> Result<Bytes>;

    /// The decoded bytes of a chunk.
    fn decode(&self, encoded: &[u8]) -> Result<Bytes>;
}

/// A plugged-in codec in a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its number among the plugs.
    pub plug: usize,
    #[serde(rename = "kind")]
    pub kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    ArrayArray { encoded: Encoded, fill: Vec<u8> },
    ArrayBytes,
    BytesBytes,
}

#[derive(Deserialize)]
pub(super) struct Encoded {
    shape: Vec<u64>,
    element: Element,
}

impl From<Encoded> for Chunk {
    fn from(encoded: Encoded) -> Self {
        Self { shape: encoded.shape, element: encoded.element }
    }
}

/// A stage that runs a plug; `fill` is the encoded fill value.
pub(super) fn stage(plug: Arc<dyn Plug>, encoded: Chunk, fill: Vec<u8>) -> Stage {
    Stage { codec: Arc::new(PlugArray { plug, fill }), encoded }
}

struct PlugArray {
    plug: Arc<dyn Plug>,
    fill: Vec<u8>,
}

impl ArrayCodec for PlugArray {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let found = self.plug.encode(decoded)?;
        if found.len() != encoded.len() {
            let (found, expected) = (found.len(), encoded.len());
            return Err(Error::metadata(format!("{NAME}: encodes to {found} bytes, expected {expected}")));
        }
        encoded.copy_from_slice(&found);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        let found = self.plug.decode(encoded)?;
        check_size(NAME, found.len(), decoded.len())?;
        decoded.copy_from_slice(&found);
        Ok(())
    }

    fn encode_fill(&self, _: &[u8]) -> Result<Vec<u8>> {
        Ok(self.fill.clone())
    }
}

/// A plug as a codec over bytes; also one that makes bytes of an array, whose elements are bytes as they lie in memory.
pub(super) struct PlugBytes(Arc<dyn Plug>);

impl PlugBytes {
    pub(super) fn new(plug: Arc<dyn Plug>) -> Self {
        Self(plug)
    }
}

impl BytesCodec for PlugBytes {
    fn encoded_bound(&self, decoded: usize) -> usize {
        decoded.saturating_mul(MOST).saturating_add(HEADER)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let encoded = self.0.encode(decoded)?;
        let most = self.encoded_bound(decoded.len());
        if encoded.len() > most {
            // It would be taken for damage when it is read.
            let (found, size) = (encoded.len(), decoded.len());
            return Err(Error::metadata(format!("{NAME}: makes {found} bytes of {size}, at most {most} are accepted")));
        }
        reserve(NAME, out, encoded.len())?;
        out.extend_from_slice(&encoded);
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let decoded = self.0.decode(encoded)?;
        check_size(NAME, decoded.len(), out.len())?;
        out.copy_from_slice(&decoded);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let decoded = self.0.decode(encoded)?;
        if decoded.len() > limit { Err(too_long(NAME, limit)) } else { Ok(Cow::Owned(decoded.into())) }
    }
}
