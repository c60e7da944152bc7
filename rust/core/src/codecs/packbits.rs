//! `numcodecs.packbits`: eight booleans in a byte, behind a byte that says how many bits of the last one are unused.
//!
//! Source: numcodecs `packbits.py`. The first boolean is the highest bit.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{ArrayCodec, Chunk, Stage, Step, configuration};
use crate::element::{Element, Kind};
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {}

struct PackBits;

/// Builds the codec, which has no configuration, for elements of one byte.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration {} = configuration("packbits", value)?;
    if chunk.element.kind != Kind::Bool {
        return Err(Error::metadata("packbits: only booleans are packed"));
    }
    let length = chunk.size()?.div_ceil(8) as u64 + 1;
    let element = Element { kind: Kind::Uint, ..Element::bytes(1) };
    Ok(Step::Stage(Stage { codec: Arc::new(PackBits), encoded: Chunk { shape: vec![length], element } }))
}

/// Unused bits of the last byte.
fn unused(count: usize) -> u8 {
    (count.next_multiple_of(8) - count) as u8
}

/// Ones in the lowest bit of each of eight bytes, and in the highest.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Moves the lowest bit of byte `i` to bit `63 - i`; no two of the others meet.
const GATHER: u64 = 0x8040_2010_0804_0201;

/// A byte that is not zero counts as true.
#[inline]
fn pack(bits: [u8; 8]) -> u8 {
    let mut word = u64::from_le_bytes(bits);
    if word & !LOW != 0 {
        // The highest bit of each byte that is not zero.
        word = ((((word & !HIGH) + !HIGH) | word) & HIGH) >> 7;
    }
    (word.wrapping_mul(GATHER) >> 56) as u8
}

/// Eight booleans for each byte.
static UNPACKED: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte][bit] = ((byte >> (7 - bit)) & 1) as u8;
            bit += 1;
        }
        byte += 1;
    }
    table
};

#[inline]
fn unpack(byte: u8) -> [u8; 8] {
    UNPACKED[usize::from(byte)]
}

impl ArrayCodec for PackBits {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let Some((header, packed)) = encoded.split_first_mut() else { return Ok(()) };
        *header = unused(decoded.len());
        let (words, rest) = decoded.as_chunks::<8>();
        for (word, byte) in words.iter().zip(&mut *packed) {
            *byte = pack(*word);
        }
        if let (Some(last), false) = (packed.last_mut(), rest.is_empty()) {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            *last = pack(word);
        }
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        let Some((header, packed)) = encoded.split_first() else { return Ok(()) };
        if *header != unused(decoded.len()) {
            let (found, expected) = (*header, unused(decoded.len()));
            return Err(Error::corrupt(format!("packbits: {found} bits are unused, expected {expected}")));
        }
        let (words, rest) = decoded.as_chunks_mut::<8>();
        for (word, byte) in words.iter_mut().zip(packed) {
            *word = unpack(*byte);
        }
        if let Some(last) = packed.last() {
            let length = rest.len();
            rest.copy_from_slice(&unpack(*last)[..length]);
        }
        Ok(())
    }

    fn encode_fill(&self, _: &[u8]) -> Result<Vec<u8>> {
        // A chunk of true begins with a byte of unused bits, so there is no one value that it is filled with.
        Ok(vec![0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_packed_and_unpacked_bit_by_bit() {
        for byte in 0..=u8::MAX {
            let bits: [u8; 8] = std::array::from_fn(|i| byte >> (7 - i) & 1);
            assert_eq!((unpack(byte), pack(bits)), (bits, byte));
            assert_eq!(pack(bits.map(|bit| bit * 255)), byte);
            assert_eq!(pack(bits.map(|bit| bit * 128)), byte);
        }
    }
}
