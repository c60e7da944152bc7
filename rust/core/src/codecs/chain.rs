//! A resolved list of codecs: how the elements of one chunk become the bytes of an object.
//!
//! Source: Zarr v3 core specification, "Codecs": array-to-array codecs, one array-to-bytes codec, bytes-to-bytes codecs.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::bytes::Bytes;
use super::plug::{self, Plug, PlugBytes};
use super::sharding::Sharding;
use super::vlen::VLen;
use super::{ARRAY_BYTES_CODECS, ARRAY_CODECS, BYTES_CODECS, BytesCodec, Chunk, Context, PACKED_CODECS, Stage, Step};
use crate::element::{Element, Swap};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::{Output, Scratch};

/// Each computing codec holds the rest of the list: this bounds how deep that goes, and no honest list is as long.
const MAX_CODECS: usize = 64;

/// A copy of this length takes about 100 µs, of which waking another thread and coming back is a good part.
const COPIED: usize = 1 << 20;

/// How elements in memory become bytes and back.
pub enum Serializer {
    /// One after the other, in C order.
    Bytes(Bytes),
    /// In inner chunks with an index.
    Sharding(Box<Sharding>),
    /// Each after its length, where elements have no fixed size.
    VLen(VLen),
    /// By a computation over the whole chunk, and then by the rest of the list.
    Staged(Box<Staged>),
}

/// A computing codec and the codecs after it, which see what it makes.
pub struct Staged {
    stage: Stage,
    inner: Chain,
}

impl Staged {
    /// The codecs after the computation.
    pub fn inner(&self) -> &Chain {
        &self.inner
    }

    /// The shape of the encoded chunk.
    pub fn shape(&self) -> &[u64] {
        &self.stage.encoded.shape
    }

    /// What the encoded chunk is filled with where nothing is stored.
    pub fn fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        self.stage.codec.encode_fill(fill)
    }

    /// Decodes a chunk whose encoded form `read` puts into memory.
    pub fn decode(&self, decoded: &mut [u8], read: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<()> {
        let mut encoded = Scratch::sized(self.inner.decoded_size)?;
        read(&mut encoded)?;
        self.stage.codec.decode(&encoded, decoded)
    }

    /// Decodes a chunk whose encoded form lies in memory as it is stored.
    pub fn decode_stored(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        self.stage.codec.decode(encoded, decoded)
    }

    /// Encodes a chunk.
    pub fn encode(&self, decoded: &[u8]) -> Result<Scratch> {
        let mut encoded = Scratch::sized(self.inner.decoded_size)?;
        self.stage.codec.encode(decoded, &mut encoded)?;
        Ok(encoded)
    }
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
    /// Made by the caller, never by a document: those have names.
    Plugged(plug::Entry),
}

/// A codec that was found, at its place in the list.
enum Found {
    Step(Step),
    Serializer(Serializer),
    /// A serializer that works on the elements' bytes as they lie in memory.
    Packed(Arc<dyn BytesCodec>),
    Bytes(Arc<dyn BytesCodec>),
}

fn resolve(name: &str, configuration: &Value, chunk: &Chunk, plugs: &[Arc<dyn Plug>]) -> Result<Found> {
    if let Some(build) = find(ARRAY_CODECS, name) {
        return build(configuration, chunk).map(Found::Step);
    }
    if let Some(build) = find(ARRAY_BYTES_CODECS, name) {
        return build(configuration, chunk, plugs).map(Found::Serializer);
    }
    if let Some(build) = find(PACKED_CODECS, name) {
        return build(configuration, chunk).map(Found::Packed);
    }
    if let Some(build) = find(BYTES_CODECS, name) {
        return build(configuration, Context { element: chunk.element.clone() }).map(Found::Bytes);
    }
    if super::LEFT_OUT.contains(&name) {
        return Err(Error::new(
            ErrorKind::UnknownCodec,
            format!(
                "codec {name:?} is not in this build of zarrust, which was made from its source without the feature \
                 \"zfp\": install a wheel, which has it, or build with MATURIN_PEP517_ARGS=\"--features zfp\" where cmake \
                 and libclang are"
            ),
        ));
    }
    let known = super::names().join(", ");
    Err(Error::new(ErrorKind::UnknownCodec, format!("codec {name:?} is not known; known are {known}")))
}

fn resolve_plug(entry: plug::Entry, plugs: &[Arc<dyn Plug>]) -> Result<Found> {
    let plug = plugs.get(entry.plug).ok_or_else(|| Error::metadata(format!("no codec is in slot {}", entry.plug)))?;
    Ok(match entry.kind {
        plug::Kind::ArrayArray { encoded, fill } => {
            Found::Step(Step::Stage(plug::stage(plug.clone(), encoded.into(), fill)))
        }
        plug::Kind::ArrayBytes => Found::Packed(Arc::new(PlugBytes::new(plug.clone()))),
        plug::Kind::BytesBytes => Found::Bytes(Arc::new(PlugBytes::new(plug.clone()))),
    })
}

impl Chain {
    /// Resolves `codecs` for chunks like `chunk`; `plugs` are the codecs of the caller that the list has by number.
    pub fn build(codecs: &[Value], chunk: &Chunk, plugs: &[Arc<dyn Plug>]) -> Result<Self> {
        if codecs.len() > MAX_CODECS {
            return Err(Error::metadata(format!(
                "{} codecs in a list, at most {MAX_CODECS} are accepted",
                codecs.len()
            )));
        }
        Self::build_from(codecs, 0, chunk, plugs)
    }

    fn build_from(codecs: &[Value], start: usize, chunk: &Chunk, plugs: &[Arc<dyn Plug>]) -> Result<Self> {
        let shape = &chunk.shape;
        let element = &chunk.element;
        element.check()?;
        let decoded_size = chunk.size()?;
        let mut axes: Vec<usize> = (0..shape.len()).collect();
        let mut serializer = None;
        let mut chain: Vec<Arc<dyn BytesCodec>> = Vec::new();
        for (at, entry) in codecs.iter().enumerate().skip(start) {
            let stored = Chunk { shape: axes.iter().map(|axis| shape[*axis]).collect(), element: element.clone() };
            let found = match Entry::deserialize(entry) {
                Ok(Entry::Name(name)) => resolve(&name, &Value::Null, &stored, plugs)?,
                Ok(Entry::Full { name, configuration }) => resolve(&name, &configuration, &stored, plugs)?,
                Ok(Entry::Plugged(entry)) => resolve_plug(entry, plugs)?,
                Err(_) => return Err(Error::metadata(format!("codec is {entry}, expected an object with a name"))),
            };
            match (found, serializer.is_some()) {
                (Found::Step(_), true) => return Err(wrong_place(entry, "after the codec that makes bytes")),
                (Found::Step(Step::Order(order)), false) => axes = order.iter().map(|axis| axes[*axis]).collect(),
                (Found::Step(Step::Stage(_)) | Found::Packed(_), false) if element.is_slot() => {
                    return Err(wrong_place(entry, "before elements of any length are serialized"));
                }
                (Found::Step(Step::Stage(stage)), false) => {
                    let inner = Self::build_from(codecs, at + 1, &stage.encoded, plugs)?;
                    serializer = Some(Serializer::Staged(Box::new(Staged { stage, inner })));
                    break;
                }
                (Found::Serializer(_) | Found::Packed(_), true) => {
                    return Err(wrong_place(entry, "after another codec that makes bytes"));
                }
                (Found::Serializer(found), false) => serializer = Some(found),
                (Found::Packed(codec), false) => {
                    serializer = Some(Serializer::Bytes(Bytes::as_in_memory()));
                    chain.push(codec);
                }
                (Found::Bytes(_), false) => return Err(wrong_place(entry, "before the codec that makes bytes")),
                (Found::Bytes(codec), true) => chain.push(codec),
            }
        }
        let serializer = serializer.ok_or_else(|| {
            let names: Vec<String> = codecs.iter().map(name_of).collect();
            Error::metadata(format!("codecs are [{}], expected one that makes bytes of an array", names.join(", ")))
        })?;
        let mut bounds = vec![match &serializer {
            Serializer::Bytes(_) => decoded_size,
            Serializer::Sharding(sharding) => sharding.encoded_bound(),
            Serializer::Staged(staged) => staged.inner.encoded_bound(),
            // Nothing bounds a text, so only what the stored bytes hold is ever allocated.
            Serializer::VLen(_) => isize::MAX.unsigned_abs(),
        }];
        for codec in &chain {
            bounds.push(codec.encoded_bound(bounds.last().copied().unwrap_or(decoded_size)));
        }
        let order = (!axes.is_sorted()).then_some(axes);
        let stored_shape = match &order {
            Some(order) => order.iter().map(|axis| shape[*axis]).collect(),
            None => shape.clone(),
        };
        let element = element.clone();
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
    pub fn element(&self) -> &Element {
        &self.element
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
        self.codecs.is_empty() && !self.swaps()
    }

    /// Whether decoding or encoding so many bytes is no more than a copy, done sooner than another thread is woken.
    pub fn is_copied(&self, bytes: usize) -> bool {
        self.is_plain() && matches!(self.serializer, Serializer::Bytes(_)) && bytes <= COPIED
    }

    /// The bytes that change places between memory and store; none for a shard.
    fn swapping(&self) -> Option<&Swap> {
        match &self.serializer {
            Serializer::Bytes(bytes) => Some(bytes.swap()),
            Serializer::Sharding(_) | Serializer::Staged(_) | Serializer::VLen(_) => None,
        }
    }

    /// Undoes the codecs after the serializer, where its size is only bounded.
    pub fn decode_codecs<'a>(&self, encoded: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        self.decode_down_to(encoded, 0)
    }

    /// Decodes a chunk whole, as elements in memory in stored order. Only where elements are serialized as bytes.
    pub fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        match self.codecs.first() {
            Some(first) => {
                first.decode_into(&self.decode_down_to(encoded, 1)?, out)?;
                self.swap(out);
            }
            None if encoded.len() == out.len() => self.store(encoded, out),
            None => {
                return Err(Error::corrupt(format!(
                    "bytes: chunk has {} bytes, expected {}",
                    encoded.len(),
                    out.len()
                )));
            }
        }
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
        self.swapping() != Some(&Swap::None)
    }

    /// Turns elements in memory into stored order of bytes, in place.
    pub fn swap(&self, elements: &mut [u8]) {
        self.swapping().unwrap_or(&Swap::None).apply(elements);
    }

    /// Copies elements in memory in stored order of bytes, or the other way round.
    pub fn store(&self, elements: &[u8], out: &mut [u8]) {
        self.swapping().unwrap_or(&Swap::None).copy(elements, out);
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

fn name_of(entry: &Value) -> String {
    match entry {
        Value::String(name) => name.clone(),
        Value::Object(fields) => fields.get("name").and_then(Value::as_str).unwrap_or("a plugged-in codec").to_owned(),
        other => other.to_string(),
    }
}

fn wrong_place(entry: &Value, where_: &str) -> Error {
    Error::metadata(format!("codec {:?} stands {where_}", name_of(entry)))
}

#[cfg(all(test, not(feature = "zfp")))]
mod tests {
    use super::*;

    #[test]
    fn a_codec_that_a_build_is_without_says_where_it_is() {
        let chunk = Chunk { shape: vec![4], element: Element::bytes(4) };
        for name in super::super::LEFT_OUT {
            let Err(error) = Chain::build(&[Value::from(*name)], &chunk, &[]) else { panic!("{name} was built") };
            assert_eq!(error.kind(), ErrorKind::UnknownCodec);
            assert!(error.message().contains("install a wheel"), "{error}");
        }
    }
}
