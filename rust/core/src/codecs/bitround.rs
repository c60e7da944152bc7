//! `bitround` and `numcodecs.bitround`: numbers rounded to their first bits, so that the rest compresses.
//!
//! Source: zarr-extensions codec "bitround"; numcodecs `bitround.py`, for floating point numbers alone. Rounds half to even, as
//! numcodecs does.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::number::{NumberType, map};
use super::{ArrayCodec, Chunk, Stage, Step, configuration};
use crate::element::{Element, Kind};
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    keepbits: u32,
}

struct BitRound {
    number: NumberType,
    /// Bits that are rounded away; of integers, whose first bit is the first that is set, as many as are kept.
    bits: u32,
}

/// Builds `numcodecs.bitround`, for floating point numbers.
pub(super) fn build_numcodecs(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { keepbits } = configuration("bitround", value)?;
    let number = NumberType::of(&chunk.element).filter(|number| number.kind == Kind::Float);
    let Some(number) = number else {
        return Err(Error::metadata("bitround: only floating point numbers of 16 to 64 bits have bits to round"));
    };
    let bits = mantissa(number);
    if keepbits > bits {
        return Err(Error::metadata(format!("bitround: keepbits is {keepbits}, the data type has {bits}")));
    }
    Ok(step(number, bits - keepbits, chunk))
}

/// Builds `bitround`, for numbers of any kind.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { keepbits } = configuration("bitround", value)?;
    let number = number(&chunk.element).ok_or_else(|| Error::metadata("bitround: only numbers have bits to round"))?;
    if keepbits == 0 && number.kind != Kind::Float {
        return Err(Error::metadata("bitround: keepbits is 0, expected at least 1"));
    }
    let bits = if number.kind == Kind::Float { mantissa(number).saturating_sub(keepbits) } else { keepbits };
    Ok(step(number, bits, chunk))
}

/// The numbers that elements consist of. Times and durations are counts.
fn number(element: &Element) -> Option<NumberType> {
    let part = match element.kind {
        Kind::Complex => Element { kind: Kind::Float, size: element.size / 2, ..element.clone() },
        Kind::Other if element.size == 8 && element.swap == 8 => Element { kind: Kind::Int, ..element.clone() },
        _ => element.clone(),
    };
    NumberType::of(&part).filter(|number| number.kind != Kind::Bool)
}

fn mantissa(number: NumberType) -> u32 {
    match number.size {
        2 => 10,
        4 => 23,
        _ => 52,
    }
}

fn step(number: NumberType, bits: u32, chunk: &Chunk) -> Step {
    Step::Stage(Stage { codec: Arc::new(BitRound { number, bits }), encoded: chunk.clone() })
}

macro_rules! round {
    ($type:ty, $from:expr, $to:expr, $drop:expr) => {{
        let drop = $drop;
        let half: $type = (1 << (drop - 1)) - 1;
        let mask = <$type>::MAX << drop;
        map::<$type, $type>($from, $to, |x| x.wrapping_add(((x >> drop) & 1).wrapping_add(half)) & mask)
    }};
}

/// What would become larger than the type's greatest number stays below it.
macro_rules! round_integers {
    ($type:ty, $from:expr, $to:expr, $keep:expr) => {{
        let keep = $keep;
        map::<$type, $type>($from, $to, |x| {
            let drop = (<$type>::BITS - x.leading_zeros()).saturating_sub(keep);
            if drop == 0 {
                return x;
            }
            let half: $type = (1 << (drop - 1)) - 1;
            x.saturating_add(((x >> drop) & 1) + half) & (<$type>::MAX << drop)
        })
    }};
}

impl BitRound {
    fn round_floats(&self, native: &[u8], encoded: &mut [u8]) {
        match self.number.size {
            _ if self.bits == 0 => encoded.copy_from_slice(native),
            2 => round!(u16, native, encoded, self.bits),
            4 => round!(u32, native, encoded, self.bits),
            _ => round!(u64, native, encoded, self.bits),
        }
    }

    fn round_integers(&self, native: &[u8], encoded: &mut [u8]) {
        match self.number.size {
            1 => round_integers!(u8, native, encoded, self.bits),
            2 => round_integers!(u16, native, encoded, self.bits),
            4 => round_integers!(u32, native, encoded, self.bits),
            _ => round_integers!(u64, native, encoded, self.bits),
        }
    }
}

impl ArrayCodec for BitRound {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.number.to_native(decoded);
        match self.number.kind {
            Kind::Float => self.round_floats(&native, encoded),
            _ => self.round_integers(&native, encoded),
        }
        self.number.store(encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        decoded.copy_from_slice(encoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len()];
        self.encode(fill, &mut out)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rounded(kind: Kind, size: usize, keepbits: u32, decoded: &[u8]) -> Vec<u8> {
        let swap = if kind == Kind::Complex { size / 2 } else { size };
        let element = Element { kind, swap, ..Element::bytes(size) };
        let chunk = Chunk { shape: vec![(decoded.len() / size) as u64], element };
        let Step::Stage(stage) = build(&json!({"keepbits": keepbits}), &chunk).unwrap() else { panic!("an order") };
        assert_eq!(stage.encoded, chunk);
        let mut encoded = vec![0; decoded.len()];
        stage.codec.encode(decoded, &mut encoded).unwrap();
        encoded
    }

    #[test]
    fn integers_are_rounded_from_their_first_set_bit() {
        // As zarrs 0.23 rounds them.
        assert_eq!(
            rounded(Kind::Uint, 1, 1, &[0, 1, 2, 3, 5, 6, 7, 96, 100, 255]),
            [0, 1, 2, 4, 4, 8, 8, 128, 128, 128]
        );
        assert_eq!(rounded(Kind::Uint, 1, 3, &[0, 7, 8, 9, 10, 11, 13, 255]), [0, 7, 8, 8, 10, 12, 12, 224]);
        let ten = |x: u32| x.to_ne_bytes();
        assert_eq!(rounded(Kind::Int, 4, 2, &ten(1000)), ten(1024));
        assert_eq!(rounded(Kind::Other, 8, 8, &300_u64.to_ne_bytes()), 300_u64.to_ne_bytes());
        assert_eq!(rounded(Kind::Uint, 2, 99, &[1, 2, 3, 4]), [1, 2, 3, 4]);
    }

    #[test]
    fn both_parts_of_complex_numbers_are_rounded_and_large_keepbits_keep_all() {
        let numbers = [0.1_f32, 1.7, -3.3, 2.5].map(f32::to_ne_bytes).concat();
        assert_eq!(rounded(Kind::Complex, 8, 5, &numbers), rounded(Kind::Float, 4, 5, &numbers));
        assert_ne!(rounded(Kind::Float, 4, 5, &numbers), numbers);
        assert_eq!(rounded(Kind::Float, 4, 50, &numbers), numbers);
    }

    #[test]
    fn what_has_no_bits_and_no_bits_at_all_are_refused() {
        for (kind, size) in [(Kind::Bool, 1), (Kind::Other, 4), (Kind::Text, 16)] {
            let chunk = Chunk { shape: vec![1], element: Element { kind, ..Element::bytes(size) } };
            assert!(build(&json!({"keepbits": 3}), &chunk).is_err(), "{kind:?}");
        }
        let chunk = Chunk { shape: vec![1], element: Element { kind: Kind::Int, ..Element::bytes(4) } };
        assert!(build(&json!({"keepbits": 0}), &chunk).is_err());
        assert!(build_numcodecs(&json!({"keepbits": 3}), &chunk).is_err());
    }
}
