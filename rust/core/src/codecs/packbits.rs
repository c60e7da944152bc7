//! `numcodecs.packbits`: eight booleans in a byte, behind a byte that says how many bits of the last one are unused.
//!
//! Source: numcodecs `packbits.py`. The first boolean is the highest bit.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{ArrayCodec, Chunk, Stage, Step, configuration, wide};
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

impl ArrayCodec for PackBits {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let Some((header, packed)) = encoded.split_first_mut() else { return Ok(()) };
        *header = unused(decoded.len());
        let (words, rest) = decoded.as_chunks::<8>();
        let Some((whole, last)) = packed.split_at_mut_checked(words.len()) else { return Ok(()) };
        wide::pack(words, whole);
        if let (Some(last), false) = (last.first_mut(), rest.is_empty()) {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            *last = wide::packed(word);
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
        let Some((whole, last)) = packed.split_at_checked(words.len()) else { return Ok(()) };
        wide::unpack(whole, words);
        if let Some(last) = last.first() {
            let length = rest.len();
            rest.copy_from_slice(&wide::unpacked(*last)[..length]);
        }
        Ok(())
    }

    fn encode_fill(&self, _: &[u8]) -> Result<Vec<u8>> {
        // A chunk of true begins with a byte of unused bits, so there is no one value that it is filled with.
        Ok(vec![0])
    }
}
