//! `numcodecs.n5_wrapper`: a block of N5, which is a chunk behind a header that says its shape. Numbers are big-endian; a
//! block at the end of an array may be cut short.
//!
//! Source: N5's specification, "Filesystem specification" 4.0; the name is zarr-python 2's `n5.py`.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BYTES_CODECS, BytesCodec, Chunk, Context, configuration, lz4_java};
use crate::element::{Endian, Swap};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::Scratch;

const NAME: &str = "n5_wrapper";

/// Blocks whose shape says how many elements they have, and blocks that say that beside.
const DEFAULT: u16 = 0;
const VARLENGTH: u16 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    compressor: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    name: String,
    #[serde(default)]
    configuration: Value,
}

struct N5 {
    shape: Vec<u32>,
    item: usize,
    size: usize,
    swap: Swap,
    inner: Option<Arc<dyn BytesCodec>>,
    /// Whether a compressed block may be lz4-java's.
    lz4: bool,
}

/// Builds the codec from the compressor of the blocks.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { compressor } = configuration(NAME, value)?;
    let element = chunk.element.clone();
    let (item, swap, size) = (element.size, element.swap_to(Some(Endian::Big))?, chunk.size()?);
    let shape: Option<Vec<u32>> = chunk.shape.iter().map(|length| u32::try_from(*length).ok()).collect();
    let shape = shape
        .filter(|shape| u16::try_from(shape.len()).is_ok())
        .ok_or_else(|| Error::metadata(format!("codec {NAME}: no header has room for the shape {:?}", chunk.shape)))?;
    let lz4 = compressor.as_ref().is_some_and(|codec| codec.name == "numcodecs.lz4");
    let inner = compressor.map(|codec| {
        let known = BYTES_CODECS.iter().find(|(name, _)| *name == codec.name);
        let (_, build) = known.ok_or_else(|| {
            Error::new(ErrorKind::UnknownCodec, format!("codec {NAME}: compressor {:?} is not known", codec.name))
        })?;
        build(&codec.configuration, Context { element })
    });
    Ok(Arc::new(N5 { shape, item, size, swap, inner: inner.transpose()?, lz4 }))
}

/// Takes big-endian bytes off the front.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk().ok_or_else(|| Error::corrupt("N5 block: its header is cut"))?;
    *rest = after;
    Ok(first)
}

impl N5 {
    /// The shape of a block, in our order of axes, and its data.
    fn header<'a>(&self, encoded: &'a [u8]) -> Result<(Vec<u32>, &'a [u8])> {
        let mut rest = encoded;
        let mode = u16::from_be_bytes(*take(&mut rest)?);
        if mode != DEFAULT && mode != VARLENGTH {
            return Err(Error::corrupt(format!("N5 block: mode is {mode}, expected {DEFAULT} or {VARLENGTH}")));
        }
        let axes = usize::from(u16::from_be_bytes(*take(&mut rest)?));
        if axes != self.shape.len() {
            return Err(Error::corrupt(format!("N5 block: it has {axes} axes, the array has {}", self.shape.len())));
        }
        let mut shape: Vec<u32> =
            (0..axes).map(|_| Ok(u32::from_be_bytes(*take(&mut rest)?))).collect::<Result<_>>()?;
        shape.reverse();
        if shape.iter().zip(&self.shape).any(|(length, most)| length > most) {
            return Err(Error::corrupt(format!("N5 block: its shape is {shape:?}, at most {:?}", self.shape)));
        }
        if mode == VARLENGTH {
            let elements = u32::from_be_bytes(*take(&mut rest)?) as usize;
            let expected = self.bytes(&shape) / self.item;
            if elements != expected {
                return Err(Error::corrupt(format!("N5 block: it has {elements} elements, its shape {expected}")));
            }
        }
        Ok((shape, rest))
    }

    /// Bytes of a block that is no larger than a chunk.
    fn bytes(&self, shape: &[u32]) -> usize {
        shape.iter().map(|length| *length as usize).product::<usize>() * self.item
    }

    fn decompress(&self, data: &[u8], out: &mut [u8]) -> Result<()> {
        match &self.inner {
            _ if self.lz4 && lz4_java::is_stream(data) => lz4_java::decode_into(data, out),
            Some(codec) => codec.decode_into(data, out),
            None => {
                check_size("N5 block", data.len(), out.len())?;
                out.copy_from_slice(data);
                Ok(())
            }
        }
    }

    /// Puts a block that is cut short at the start of a chunk of zeros.
    fn place(&self, shape: &[u32], block: &[u8], out: &mut [u8]) {
        out.fill(0);
        let Some((last, outer)) = shape.split_last() else { return };
        let row = *last as usize * self.item;
        if block.is_empty() {
            return;
        }
        for (number, data) in block.chunks_exact(row).enumerate() {
            // The row's coordinates from the innermost axis outwards, and how far apart its neighbours are in the chunk.
            let (mut rest, mut at, mut step) = (number, 0, self.shape[outer.len()] as usize * self.item);
            for (length, room) in outer.iter().zip(&self.shape).rev() {
                at += rest % *length as usize * step;
                rest /= *length as usize;
                step *= *room as usize;
            }
            out[at..at + row].copy_from_slice(data);
        }
    }
}

impl BytesCodec for N5 {
    fn encoded_bound(&self, decoded: usize) -> usize {
        let inner = self.inner.as_ref().map_or(decoded, |codec| codec.encoded_bound(decoded));
        inner.saturating_add(4 + 4 * self.shape.len())
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        check_size("N5 block", decoded.len(), self.size)?;
        reserve(NAME, out, self.encoded_bound(decoded.len()))?;
        out.extend_from_slice(&DEFAULT.to_be_bytes());
        out.extend_from_slice(&(self.shape.len() as u16).to_be_bytes());
        self.shape.iter().rev().for_each(|length| out.extend_from_slice(&length.to_be_bytes()));
        let mut data = Scratch::sized(decoded.len())?;
        data.copy_from_slice(decoded);
        self.swap.apply(&mut data);
        match &self.inner {
            Some(codec) => codec.encode(&data, out),
            None => {
                out.extend_from_slice(&data);
                Ok(())
            }
        }
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        check_size("N5 block", self.size, out.len())?;
        let (shape, data) = self.header(encoded)?;
        if shape == self.shape {
            self.decompress(data, out)?;
        } else {
            let mut block = Scratch::sized(self.bytes(&shape))?;
            self.decompress(data, &mut block)?;
            self.place(&shape, &block, out);
        }
        self.swap.apply(out);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        if self.size > limit {
            return Err(too_long(NAME, limit));
        }
        let mut out = Vec::new();
        reserve(NAME, &mut out, self.size)?;
        out.resize(self.size, 0);
        self.decode_into(encoded, &mut out)?;
        Ok(Cow::Owned(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::{Element, Kind};

    fn codec(compressor: Value) -> Arc<dyn BytesCodec> {
        let element = Element { size: 2, swap: 2, order: Some(Endian::Little), kind: Kind::Uint, runs: vec![] };
        build(&json!({"compressor": compressor}), &Chunk { shape: vec![2, 3], element }).unwrap()
    }

    #[test]
    fn a_block_that_is_cut_short_lies_at_the_start_of_the_chunk() {
        // Two axes, lengths 2 and 1 in N5's order: one row of two numbers.
        let block = [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4];
        let mut out = [9; 12];
        codec(Value::Null).decode_into(&block, &mut out).unwrap();
        assert_eq!(out, [2, 1, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
        // The same with the number of its elements, and with two rows of one number.
        let counted = [0, 1, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4];
        codec(Value::Null).decode_into(&counted, &mut out).unwrap();
        assert_eq!(out, [2, 1, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
        let tall = [0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4];
        codec(Value::Null).decode_into(&tall, &mut out).unwrap();
        assert_eq!(out, [2, 1, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0]);
        let none = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2];
        codec(Value::Null).decode_into(&none, &mut out).unwrap();
        assert_eq!(out, [0; 12]);
    }

    #[test]
    fn what_is_encoded_is_a_block_of_the_whole_chunk() {
        let data: Vec<u8> = (0..12).collect();
        for compressor in [Value::Null, json!({"name": "gzip", "configuration": {"level": 1}})] {
            let codec = codec(compressor);
            let mut encoded = Vec::new();
            codec.encode(&data, &mut encoded).unwrap();
            assert_eq!(encoded[..12], [0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2]);
            assert!(encoded.len() <= codec.encoded_bound(12));
            assert_eq!(codec.decode(&encoded, 12).unwrap(), data);
        }
    }

    #[test]
    fn headers_that_do_not_fit_are_corrupt() {
        let good = [0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let mut out = [0; 12];
        let codec = codec(Value::Null);
        codec.decode_into(&good, &mut out).unwrap();
        for length in 0..good.len() {
            let error = codec.decode_into(&good[..length], &mut out).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{length}");
        }
        for (at, value) in [(1, 2), (3, 1), (3, 3), (4, 1), (7, 4), (11, 3), (11, 1)] {
            let mut spoilt = good;
            spoilt[at] = value;
            let error = codec.decode_into(&spoilt, &mut out).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptChunk, "byte {at} is {value}");
        }
    }

    #[test]
    fn a_compressor_must_be_one() {
        let chunk = Chunk { shape: vec![2], element: Element::bytes(1) };
        for name in ["nothing", "numcodecs.n5_wrapper"] {
            let error = build(&json!({"compressor": {"name": name}}), &chunk).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::UnknownCodec);
        }
        let chunk = Chunk { shape: vec![1 << 32], ..chunk };
        assert_eq!(build(&Value::Null, &chunk).err().unwrap().kind(), ErrorKind::InvalidMetadata);
    }
}
