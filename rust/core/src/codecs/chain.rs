//! A resolved list of codecs: how the elements of one chunk become the bytes of an object.
//!
//! Source: Zarr v3 core specification, "Codecs": array-to-array codecs, one array-to-bytes codec, bytes-to-bytes codecs.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::bytes::Bytes;
use super::sharding::Sharding;
use super::{ARRAY_BYTES_CODECS, ARRAY_CODECS, BYTES_CODECS, BytesCodec, Context};
use crate::element::{Element, swap_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::Output;

/// How elements in memory become bytes and back.
pub enum Serializer {
    /// One after the other, in C order.
    Bytes(Bytes),
    /// In inner chunks with an index.
    Sharding(Box<Sharding>),
}

/// The codecs of a chunk of known shape and element.
pub struct Chain {
    shape: Vec<u64>,
    element: Element,
    order: Option<Vec<usize>>,
    serializer: Serializer,
    codecs: Vec<Arc<dyn BytesCodec>>,
    /// The most bytes after the serializer and each codec; the last bounds the stored object.
    bounds: Vec<usize>,
    decoded_size: usize,
}

/// One entry of a `codecs` list; a bare name stands for a codec without configuration.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Name(String),
    Full {
        name: String,
        #[serde(default)]
        configuration: Value,
    },
}

impl Chain {
    /// Resolves `codecs` for chunks of `shape`.
    pub fn build(codecs: &[Value], shape: &[u64], element: Element) -> Result<Self> {
        let element = element.check()?;
        let decoded_size = decoded_size(shape, element)?;
        let mut axes: Vec<usize> = (0..shape.len()).collect();
        let mut serializer = None;
        let mut chain: Vec<Arc<dyn BytesCodec>> = Vec::new();
        let mut names = Vec::new();
        for entry in codecs {
            let (name, configuration) = match Entry::deserialize(entry) {
                Ok(Entry::Name(name)) => (name, Value::Null),
                Ok(Entry::Full { name, configuration }) => (name, configuration),
                Err(_) => return Err(Error::metadata(format!("codec is {entry}, expected an object with a name"))),
            };
            let context = Context { element };
            if let Some(build) = find(ARRAY_CODECS, &name) {
                if serializer.is_some() {
                    return Err(wrong_place(&name, "after the codec that makes bytes"));
                }
                let order = build(&configuration, shape.len())?;
                axes = order.iter().map(|axis| axes[*axis]).collect();
            } else if let Some(build) = find(ARRAY_BYTES_CODECS, &name) {
                if serializer.is_some() {
                    return Err(wrong_place(&name, "after another codec that makes bytes"));
                }
                let stored: Vec<u64> = axes.iter().map(|axis| shape[*axis]).collect();
                serializer = Some(build(&configuration, &stored, element)?);
            } else if let Some(build) = find(BYTES_CODECS, &name) {
                if serializer.is_none() {
                    return Err(wrong_place(&name, "before the codec that makes bytes"));
                }
                chain.push(build(&configuration, context)?);
            } else {
                let known = super::names().join(", ");
                return Err(Error::new(
                    ErrorKind::UnknownCodec,
                    format!("codec {name:?} is not known; known are {known}"),
                ));
            }
            names.push(name);
        }
        let serializer = serializer.ok_or_else(|| {
            Error::metadata(format!("codecs are [{}], expected one that makes bytes of an array", names.join(", ")))
        })?;
        let mut bounds = vec![match &serializer {
            Serializer::Bytes(_) => decoded_size,
            Serializer::Sharding(sharding) => sharding.encoded_bound(),
        }];
        for codec in &chain {
            bounds.push(codec.encoded_bound(bounds.last().copied().unwrap_or(decoded_size)));
        }
        let order = (!axes.is_sorted()).then_some(axes);
        let stored_shape = match &order {
            Some(order) => order.iter().map(|axis| shape[*axis]).collect(),
            None => shape.to_vec(),
        };
        Ok(Self { shape: stored_shape, element, order, serializer, codecs: chain, bounds, decoded_size })
    }

    /// The chunk's shape in the order of axes in which it is stored.
    pub fn stored_shape(&self) -> &[u64] {
        &self.shape
    }

    /// For each stored axis the array's axis; none when they are the same.
    pub fn order(&self) -> Option<&[usize]> {
        self.order.as_deref()
    }

    /// The elements' layout in memory.
    pub fn element(&self) -> Element {
        self.element
    }

    /// How elements become bytes.
    pub fn serializer(&self) -> &Serializer {
        &self.serializer
    }

    /// Bytes of a decoded chunk.
    pub fn decoded_size(&self) -> usize {
        self.decoded_size
    }

    /// The most bytes an encoded chunk has.
    pub fn encoded_bound(&self) -> usize {
        self.bounds.last().copied().unwrap_or(self.decoded_size)
    }

    /// Whether the encoded size is the same for all chunks, as it must be for the index of a shard.
    pub fn has_fixed_size(&self) -> bool {
        matches!(self.serializer, Serializer::Bytes(_)) && self.codecs.iter().all(|codec| codec.has_fixed_size())
    }

    /// Whether anything follows the serializer.
    pub fn has_codecs(&self) -> bool {
        !self.codecs.is_empty()
    }

    /// Whether stored bytes are the bytes in memory.
    pub fn is_plain(&self) -> bool {
        self.codecs.is_empty() && self.swap_unit() == Some(1)
    }

    /// The bytes that swap together between memory and store, 1 for none; none for a shard.
    fn swap_unit(&self) -> Option<usize> {
        match &self.serializer {
            Serializer::Bytes(bytes) => Some(bytes.swap_unit()),
            Serializer::Sharding(_) => None,
        }
    }

    /// Undoes the codecs after the serializer, where its size is only bounded.
    pub fn decode_codecs<'a>(&self, encoded: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        self.decode_down_to(encoded, 0)
    }

    /// Decodes a chunk whole, as elements in memory in stored order. Not for shards.
    pub fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        match self.codecs.first() {
            Some(first) => first.decode_into(&self.decode_down_to(encoded, 1)?, out)?,
            None if encoded.len() == out.len() => out.copy_from_slice(encoded),
            None => {
                return Err(Error::corrupt(format!(
                    "bytes: chunk has {} bytes, expected {}",
                    encoded.len(),
                    out.len()
                )));
            }
        }
        swap_bytes(out, self.swap_unit().unwrap_or(1));
        Ok(())
    }

    fn decode_down_to<'a>(&self, encoded: &'a [u8], first: usize) -> Result<Cow<'a, [u8]>> {
        let mut data = Cow::Borrowed(encoded);
        for (codec, limit) in self.codecs.iter().zip(&self.bounds).skip(first).rev() {
            data = match data {
                Cow::Borrowed(bytes) => codec.decode(bytes, *limit)?,
                Cow::Owned(bytes) => Cow::Owned(codec.decode(&bytes, *limit)?.into_owned()),
            };
        }
        Ok(data)
    }

    /// Bytes that `encode` swaps first; callers that hold memory of their own swap there.
    pub fn swaps(&self) -> bool {
        self.swap_unit() != Some(1)
    }

    /// Turns elements in memory into stored order of bytes, in place.
    pub fn swap(&self, elements: &mut [u8]) {
        swap_bytes(elements, self.swap_unit().unwrap_or(1));
    }

    /// Runs the codecs after the serializer over its bytes.
    pub fn encode_codecs(&self, serialized: &[u8]) -> Result<Output> {
        let mut data: Option<Output> = None;
        for codec in &self.codecs {
            let mut out = Output::take();
            codec.encode(data.as_ref().map_or(serialized, |data| &data[..]), &mut out)?;
            data = Some(out);
        }
        match data {
            Some(data) => Ok(data),
            None => {
                let mut copy = Output::take();
                copy.try_reserve_exact(serialized.len()).map_err(|_| out_of_memory(serialized.len()))?;
                copy.extend_from_slice(serialized);
                Ok(copy)
            }
        }
    }
}

fn out_of_memory(size: usize) -> Error {
    Error::new(ErrorKind::Memory, format!("no memory for a chunk of {size} bytes"))
}

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, build)| *build)
}

fn wrong_place(name: &str, where_: &str) -> Error {
    Error::metadata(format!("codec {name:?} stands {where_}"))
}

/// Bytes of a chunk; an error when no memory could hold it.
fn decoded_size(shape: &[u64], element: Element) -> Result<usize> {
    shape
        .iter()
        .try_fold(element.size as u64, |size, length| size.checked_mul(*length))
        .and_then(|size| isize::try_from(size).ok())
        .map(isize::unsigned_abs)
        .ok_or_else(|| Error::metadata(format!("chunk of shape {shape:?} has more bytes than memory can have")))
}
