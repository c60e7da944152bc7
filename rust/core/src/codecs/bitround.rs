//! `bitround`: the mantissa rounded to its first bits, so that the rest compresses.
//!
//! Source: zarr-extensions codec "bitround"; numcodecs `bitround.py`. Rounds half to even, as numcodecs does.

use serde::Deserialize;
use serde_json::Value;

use super::number::{NumberType, map, stage};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::element::Kind;
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    keepbits: u32,
}

struct BitRound {
    number: NumberType,
    /// Bits that are rounded away.
    drop: u32,
}

/// Builds the codec for floating point numbers.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { keepbits } = configuration("bitround", value)?;
    let number = NumberType::of(&chunk.element).filter(|number| number.kind == Kind::Float);
    let Some(number) = number else {
        return Err(Error::metadata("bitround: only floating point numbers of 16 to 64 bits have bits to round"));
    };
    let bits = match number.size {
        2 => 10,
        4 => 23,
        _ => 52,
    };
    if keepbits > bits {
        return Err(Error::metadata(format!("bitround: keepbits is {keepbits}, the data type has {bits}")));
    }
    let codec = BitRound { number, drop: bits - keepbits };
    stage("bitround", codec, chunk, number, number).map(Step::Stage)
}

macro_rules! round {
    ($type:ty, $from:expr, $to:expr, $drop:expr) => {{
        let drop = $drop;
        let half: $type = (1 << (drop - 1)) - 1;
        let mask = <$type>::MAX << drop;
        map::<$type, $type>($from, $to, |x| x.wrapping_add(((x >> drop) & 1).wrapping_add(half)) & mask)
    }};
}

impl ArrayCodec for BitRound {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        if self.drop == 0 {
            encoded.copy_from_slice(decoded);
            return Ok(());
        }
        let native = self.number.to_native(decoded);
        match self.number.size {
            2 => round!(u16, &native, encoded, self.drop),
            4 => round!(u32, &native, encoded, self.drop),
            _ => round!(u64, &native, encoded, self.drop),
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
